resource "substrate_haproxy_frontend" "example" {
  name   = "edge"
  mode   = "http"
  routes = true

  binds = {
    http = { address = "127.0.0.1", port = 8080 }
  }
}
