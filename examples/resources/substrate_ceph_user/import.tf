import {
  to = substrate_ceph_user.example
  id = "client.kubernetes"
}
