data "substrate_ceph_health" "now" {}

check "cluster" {
  assert {
    condition     = data.substrate_ceph_health.now.status != "HEALTH_ERR"
    error_message = join(", ", data.substrate_ceph_health.now.checks[*].message)
  }
}

output "health" {
  value = data.substrate_ceph_health.now.status
}
