resource "substrate_ceph_erasure_code_profile" "example" {
  name                 = "two-and-one"
  k                    = 2
  m                    = 1
  plugin               = "jerasure"
  technique            = "reed_sol_van"
  crush_failure_domain = "osd"
  crush_root           = "default"
  crush_device_class   = "ssd"
}
