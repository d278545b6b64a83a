import {
  to = substrate_haproxy_route.example
  id = "edge/www.example.com/shop"
}
