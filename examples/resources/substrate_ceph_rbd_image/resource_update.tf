resource "substrate_ceph_pool" "rbd" {
  name         = "rbd"
  size         = 3
  applications = ["rbd"]
}

resource "substrate_ceph_pool" "data" {
  name         = "${substrate_ceph_pool.rbd.name}-data"
  size         = 2
  applications = ["rbd"]
}

resource "substrate_ceph_rbd_image" "example" {
  pool         = substrate_ceph_pool.rbd.name
  name         = "disk-0"
  size         = "2 GiB"
  features     = ["layering", "exclusive-lock", "object-map", "fast-diff"]
  obj_size     = "4 MiB"
  stripe_unit  = "64 KiB"
  stripe_count = 4
  data_pool    = substrate_ceph_pool.data.name

  configuration = {
    rbd_qos_iops_limit = "500"
  }

  force_destroy = true

  timeouts = {
    delete = "1h"
  }
}
