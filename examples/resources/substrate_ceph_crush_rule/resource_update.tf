resource "substrate_ceph_crush_rule" "example" {
  name           = "one-copy-per-osd"
  root           = "default"
  failure_domain = "host"
  device_class   = "ssd"
}
