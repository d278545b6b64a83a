resource "substrate_ceph_crush_rule" "example" {
  name           = "one-copy-per-osd"
  failure_domain = "osd"
}
