import {
  to = substrate_haproxy_frontend.example
  id = "edge"
}
