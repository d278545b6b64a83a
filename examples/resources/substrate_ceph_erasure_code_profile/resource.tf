resource "substrate_ceph_erasure_code_profile" "example" {
  name                 = "two-and-one"
  k                    = 2
  m                    = 1
  crush_failure_domain = "osd"
}
