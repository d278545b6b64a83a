resource "substrate_ceph_user" "example" {
  entity = "client.kubernetes"

  caps = {
    mon = "profile rbd"
    mgr = "profile rbd pool=kubernetes"
    osd = "profile rbd pool=kubernetes, profile rbd-read-only pool=images"
  }
}
