resource "substrate_haproxy_backend" "example" {
  name = "web"
  mode = "http"

  servers = {
    web1 = { address = "127.0.0.1", port = 19011 }
  }
}
