resource "substrate_ceph_pool" "example" {
  name         = "kubernetes"
  type         = "replicated"
  size         = 3
  min_size     = 2
  applications = ["rbd"]

  quota_max_bytes = "10 TiB"
}
