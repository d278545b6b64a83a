terraform {
  # Write-only arguments and ephemeral variables, which keep secrets out of plan and state, came with 1.11.
  required_version = ">= 1.11"

  required_providers {
    substrate = {
      source = "substrate/substrate"
    }
  }
}

# Addresses and credentials come from GITLAB_BASE_URL, GITLAB_TOKEN, VAULT_ADDR and VAULT_TOKEN.
provider "substrate" {
  gitlab = {}
  vault  = {}
}

resource "substrate_gitlab_group" "company" {
  name             = "Northwind"
  path             = "northwind"
  visibility_level = "private"
}

resource "substrate_gitlab_project" "this" {
  for_each = {
    catalog  = "Serves what the shop sells."
    deployer = "Deploys every service."
  }

  name             = each.key
  path             = each.key
  namespace_id     = substrate_gitlab_group.company.id
  description      = each.value
  visibility_level = "private"
}

# Vault verifies the ID tokens of this GitLab's jobs.
resource "substrate_vault_jwt_auth_backend" "gitlab" {
  path               = "gitlab"
  description        = "Jobs of our GitLab"
  oidc_discovery_url = var.gitlab_url
  bound_issuer       = var.gitlab_url
}

# What the deployment may read: a token that GitLab generates, and that nobody has to copy or to renew.
resource "substrate_vault_mount" "ci" {
  path = "ci"
  type = "kv"

  options = {
    version = "2"
  }
}

resource "substrate_gitlab_project_access_token" "release" {
  project      = substrate_gitlab_project.this["catalog"].id
  name         = "release"
  scopes       = ["read_api", "write_repository"]
  access_level = "developer"

  rotation_configuration = {
    expiration_days    = 30
    rotate_before_days = 10
  }

  deliver = {
    vault_kv = {
      mount = substrate_vault_mount.ci.path
      name  = "deployer/catalog"
      key   = "token"
    }
  }
}

resource "substrate_vault_policy" "deployer" {
  name = "deployer"
  policy = provider::substrate::vault_policy_document([
    {
      description  = "Tokens of the projects that it deploys"
      path         = "${substrate_vault_mount.ci.path}/data/deployer/*"
      capabilities = ["read"]
    },
  ])
}

# Who may: jobs of the deployer that run on its branch `main` and deploy to production.
resource "substrate_vault_gitlab_trust" "deployer" {
  backend         = substrate_vault_jwt_auth_backend.gitlab.path
  role_name       = "deployer"
  gitlab_url      = var.gitlab_url
  project         = substrate_gitlab_project.this["deployer"].path_with_namespace
  branch          = "main"
  protected_only  = true
  environment     = "production"
  bound_audiences = [var.vault_audience]
  token_policies  = [substrate_vault_policy.deployer.name]
  token_ttl       = 900
}
