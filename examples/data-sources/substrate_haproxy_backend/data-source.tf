data "substrate_haproxy_backend" "web" {
  name = "web"
}

output "servers" {
  value = data.substrate_haproxy_backend.web.servers
}
