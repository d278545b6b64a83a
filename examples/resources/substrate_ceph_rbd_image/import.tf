import {
  to = substrate_ceph_rbd_image.example
  id = "rbd/disk-0"
}
