import {
  to = substrate_ceph_erasure_code_profile.example
  id = "two-and-one"
}
