resource "substrate_haproxy_backend" "web" {
  name = "web"
  mode = "http"
}

resource "substrate_haproxy_frontend" "edge" {
  name            = "edge"
  mode            = "http"
  routes          = true
  default_backend = substrate_haproxy_backend.web.name
  binds           = { http = { address = "127.0.0.1", port = 8080 } }
}

resource "substrate_haproxy_route" "example" {
  frontend    = substrate_haproxy_frontend.edge.name
  hosts       = ["www.example.com", "example.com"]
  path_prefix = "/shop"
  redirect    = "https://shop.example.com/"
}
