resource "substrate_ceph_crush_rule" "osd" {
  name           = "one-copy-per-osd"
  failure_domain = "osd"
}

resource "substrate_ceph_pool" "example" {
  name              = "kubernetes-volumes"
  type              = "replicated"
  size              = 2
  min_size          = 1
  pg_num            = 4
  pg_autoscale_mode = "off"
  crush_rule        = substrate_ceph_crush_rule.osd.name
  applications      = ["rbd"]

  quota_max_bytes   = "20 TiB"
  quota_max_objects = 1000000

  compression_mode           = "aggressive"
  compression_algorithm      = "zstd"
  compression_required_ratio = 0.8
  compression_min_blob_size  = "8 KiB"
  compression_max_blob_size  = "128 KiB"

  force_destroy = true

  timeouts = {
    update = "1h"
  }
}
