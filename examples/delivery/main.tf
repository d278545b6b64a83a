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

resource "substrate_vault_mount" "ci" {
  path        = "ci"
  type        = "kv"
  description = "Secrets of pipelines"

  options = {
    version = "2"
  }
}

# From GitLab to Vault: a token that GitLab generates goes into a secret, and nowhere else. From 20 days before its end,
# an apply issues a successor, delivers it, and revokes this one.
resource "substrate_gitlab_project_access_token" "reader" {
  project      = substrate_gitlab_project.this["catalog"].id
  name         = "reader"
  description  = "Reads the catalog's code for the scanner; its token is in Vault."
  scopes       = ["read_api", "read_repository"]
  access_level = "reporter"

  rotation_configuration = {
    expiration_days    = 60
    rotate_before_days = 20
  }

  deliver = {
    vault_kv = {
      mount = substrate_vault_mount.ci.path
      name  = "gitlab/catalog"
      key   = "token"
    }
  }
}

resource "substrate_vault_policy" "scanner" {
  name = "scanner"
  policy = provider::substrate::vault_policy_document([
    {
      description  = "The token that reads the catalog's code"
      path         = "${substrate_vault_mount.ci.path}/data/gitlab/catalog"
      capabilities = ["read"]
    },
  ])
}

# From GitLab to GitLab: the token of one project becomes a variable of another.
resource "substrate_gitlab_project_access_token" "release" {
  project      = substrate_gitlab_project.this["catalog"].id
  name         = "release"
  description  = "Tags releases of the catalog; its token is a variable of the deployer."
  scopes       = ["write_repository"]
  access_level = "developer"

  rotation_configuration = {
    expiration_days    = 60
    rotate_before_days = 20
  }

  deliver = {
    gitlab_variable = {
      project   = substrate_gitlab_project.this["deployer"].id
      key       = "CATALOG_TOKEN"
      protected = true
    }
  }
}

# From Vault to GitLab: an ephemeral resource reads the secret in each run, and a write-only argument hands it on. The
# variable is written again whenever the secret has a new version.
resource "substrate_vault_kv_secret_v2" "registry" {
  mount                = substrate_vault_mount.ci.path
  name                 = "registry"
  data_json_wo         = jsonencode({ username = "deployer", password = var.registry_password })
  data_json_wo_version = var.registry_password_version
}

ephemeral "substrate_vault_kv_secret_v2" "registry" {
  mount   = substrate_vault_kv_secret_v2.registry.mount
  name    = substrate_vault_kv_secret_v2.registry.name
  version = substrate_vault_kv_secret_v2.registry.version
}

resource "substrate_gitlab_project_variable" "registry_password" {
  project          = substrate_gitlab_project.this["deployer"].id
  key              = "REGISTRY_PASSWORD"
  masked           = true
  value_wo         = ephemeral.substrate_vault_kv_secret_v2.registry.data["password"]
  value_wo_version = substrate_vault_kv_secret_v2.registry.version
}
