resource "substrate_ceph_user" "example" {
  entity = "client.kubernetes"

  caps = {
    mon = "profile rbd"
    osd = "profile rbd pool=kubernetes"
  }
}
