import {
  to = substrate_ceph_crush_rule.example
  id = "one-copy-per-osd"
}
