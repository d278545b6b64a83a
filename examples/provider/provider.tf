terraform {
  required_providers {
    substrate = {
      source = "substrate/substrate"
    }
  }
}

# A backend that nothing uses is never contacted. Secrets come from the environment: GITLAB_TOKEN, VAULT_TOKEN,
# CEPH_USERNAME and CEPH_PASSWORD, HAPROXY_DATAPLANE_USERNAME and HAPROXY_DATAPLANE_PASSWORD, PROXMOX_VE_API_TOKEN.
provider "substrate" {
  ceph = {
    endpoints = ["https://ceph-1.example.com:8443"]
  }

  gitlab = {
    base_url = "https://gitlab.example.com/api/v4"
  }

  haproxy = {
    url = "https://edge.example.com:5555"
  }

  proxmox = {
    endpoint = "https://pve1.example.com:8006"
  }

  vault = {
    address = "https://vault.example.com"
  }
}
