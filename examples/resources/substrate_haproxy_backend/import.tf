import {
  to = substrate_haproxy_backend.example
  id = "web"
}
