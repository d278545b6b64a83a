data "substrate_haproxy_info" "this" {}

output "version" {
  value = data.substrate_haproxy_info.this.version
}
