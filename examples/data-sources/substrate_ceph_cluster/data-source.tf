data "substrate_ceph_cluster" "this" {
  pool = "kubernetes"
}

# What ceph-csi's Helm chart takes.
output "csi" {
  value = {
    clusterID = data.substrate_ceph_cluster.this.fsid
    monitors  = data.substrate_ceph_cluster.this.monitor_addresses
  }
}

# What a storage of Proxmox VE takes.
output "monhost" {
  value = data.substrate_ceph_cluster.this.monitor_hosts
}
