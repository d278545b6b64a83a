import {
  to = substrate_ceph_pool.example
  id = "kubernetes"
}
