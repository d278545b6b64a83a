resource "substrate_gitlab_group" "company" {
  name             = "Company"
  path             = "company"
  visibility_level = "public"
}

resource "substrate_gitlab_project" "templates" {
  name         = "templates"
  namespace_id = substrate_gitlab_group.company.id
}

resource "substrate_gitlab_group" "example" {
  name             = "Foundation"
  path             = "foundation"
  organization_id  = 1
  description      = "The ground that every workload runs on."
  visibility_level = "internal"

  default_branch = "trunk"
  default_branch_protection_defaults = {
    allowed_to_push              = [{ access_level = "no one" }]
    allowed_to_merge             = [{ access_level = "developer" }]
    allow_force_push             = false
    developer_can_initial_push   = true
    code_owner_approval_required = true
  }

  project_creation_level                   = "maintainer"
  subgroup_creation_level                  = "owner"
  request_access_enabled                   = false
  require_two_factor_authentication        = true
  two_factor_grace_period                  = 24
  share_with_group_lock                    = true
  prevent_forking_outside_group            = true
  membership_lock                          = true
  auto_devops_enabled                      = false
  emails_enabled                           = false
  mentions_disabled                        = true
  lfs_enabled                              = false
  wiki_access_level                        = "private"
  enabled_git_access_protocol              = "ssh"
  allow_personal_snippets                  = false
  web_based_commit_signing_enabled         = true
  step_up_auth_required_oauth_provider     = "openid_connect"
  allowed_email_domains_list               = ["example.com", "example.org"]
  file_template_project_id                 = substrate_gitlab_project.templates.id
  math_rendering_limits_enabled            = false
  lock_math_rendering_limits_enabled       = true
  prevent_sharing_groups_outside_hierarchy = true
  ip_restriction_ranges                    = ["10.0.0.0/8", "192.0.2.0/24"]

  only_allow_merge_if_pipeline_succeeds            = true
  allow_merge_on_skipped_pipeline                  = true
  only_allow_merge_if_all_discussions_are_resolved = true

  shared_runners_setting             = "disabled_and_overridable"
  shared_runners_minutes_limit       = 5000
  extra_shared_runners_minutes_limit = 100
  max_artifacts_size                 = 200

  duo_availability            = "default_off"
  duo_features_enabled        = false
  lock_duo_features_enabled   = true
  experiment_features_enabled = false

  unique_project_download_limit                     = 50
  unique_project_download_limit_interval_in_seconds = 3600
  unique_project_download_limit_allowlist           = ["backup"]
  unique_project_download_limit_alertlist           = [1]
  auto_ban_user_on_excessive_projects_download      = true

  timeouts = {
    create = "2m"
    read   = "1m"
    update = "2m"
    delete = "5m"
  }
}
