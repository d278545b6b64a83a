terraform {
  # Write-only arguments, which keep the password below out of the state, came with 1.11 of terraform and of tofu.
  required_version = ">= 1.11"

  required_providers {
    substrate = {
      source = "substrate/substrate"
    }
  }
}

# The address and the token come from GITLAB_BASE_URL and GITLAB_TOKEN.
provider "substrate" {
  gitlab = {}
}

# A small company: one top-level group, one subgroup per team, their projects below.
resource "substrate_gitlab_group" "company" {
  name             = "Northwind"
  path             = "northwind"
  description      = "Everything that Northwind runs."
  visibility_level = "private"
}

resource "substrate_gitlab_group" "team" {
  for_each = var.teams

  name             = each.value.name
  path             = each.key
  parent_id        = substrate_gitlab_group.company.id
  description      = each.value.description
  visibility_level = "private"
}

locals {
  projects = merge([
    for team, settings in var.teams : {
      for project, description in settings.projects : "${team}/${project}" => {
        team        = team
        name        = project
        description = description
      }
    }
  ]...)
}

resource "substrate_gitlab_project" "this" {
  for_each = local.projects

  name             = each.value.name
  path             = each.value.name
  namespace_id     = substrate_gitlab_group.team[each.value.team].id
  description      = each.value.description
  visibility_level = "private"
}

# Labels of the top-level group serve every project below it.
resource "substrate_gitlab_group_label" "priority" {
  for_each = {
    "priority::high"   = "#d9534f"
    "priority::normal" = "#428bca"
    "priority::low"    = "#5cb85c"
  }

  group       = substrate_gitlab_group.company.id
  name        = each.key
  color       = each.value
  description = "How soon it matters."
}

resource "substrate_gitlab_project_label" "outage" {
  project     = substrate_gitlab_project.this["platform/gateway"].id
  name        = "outage"
  color       = "#8e44ad"
  description = "Customers notice."
}

# A value that anyone may see is an ordinary attribute.
resource "substrate_gitlab_group_variable" "region" {
  group = substrate_gitlab_group.company.id
  key   = "DEPLOY_REGION"
  value = "eu-central-1"
}

# A secret is write-only: it goes to GitLab and into neither the plan nor the state. Raise the version to send it again.
resource "substrate_gitlab_project_variable" "registry_password" {
  project          = substrate_gitlab_project.this["platform/gateway"].id
  key              = "REGISTRY_PASSWORD"
  masked           = true
  value_wo         = var.registry_password
  value_wo_version = 1
}
