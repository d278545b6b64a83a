data "substrate_haproxy_edge_check" "www" {
  host    = "www.example.com"
  address = "127.0.0.1"
  port    = 9
  tls     = false
}

output "missing" {
  value = data.substrate_haproxy_edge_check.www.missing
}
