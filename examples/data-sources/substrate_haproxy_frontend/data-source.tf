data "substrate_haproxy_frontend" "edge" {
  name = "edge"
}

output "binds" {
  value = data.substrate_haproxy_frontend.edge.binds
}
