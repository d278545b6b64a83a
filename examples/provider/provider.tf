terraform {
  required_providers {
    substrate = {
      source = "substrate/substrate"
    }
  }
}

# The token comes from GITLAB_TOKEN; a backend that nothing uses is never contacted.
provider "substrate" {
  gitlab = {
    base_url = "https://gitlab.example.com/api/v4"
  }
}
