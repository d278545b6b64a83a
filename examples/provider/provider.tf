terraform {
  required_providers {
    substrate = {
      source = "substrate/substrate"
    }
  }
}

# Tokens come from GITLAB_TOKEN and VAULT_TOKEN; a backend that nothing uses is never contacted.
provider "substrate" {
  gitlab = {
    base_url = "https://gitlab.example.com/api/v4"
  }

  vault = {
    address = "https://vault.example.com"
  }
}
