ephemeral "substrate_ceph_user_key" "kubernetes" {
  entity = "client.kubernetes"
}
