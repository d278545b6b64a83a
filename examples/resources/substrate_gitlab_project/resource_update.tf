resource "substrate_gitlab_group" "infra" {
  name             = "Infrastructure"
  path             = "infra"
  visibility_level = "public"
}

resource "substrate_gitlab_group" "edge" {
  name             = "Edge"
  path             = "edge"
  parent_id        = substrate_gitlab_group.infra.id
  visibility_level = "public"
}

resource "substrate_gitlab_project" "example" {
  name             = "Gateways"
  path             = "gateways"
  namespace_id     = substrate_gitlab_group.edge.id
  description      = "What stands between us and the world."
  visibility_level = "public"
  default_branch   = "main"
  topics           = ["network", "terraform"]
  archived         = false

  archive_on_destroy = false

  initialize_with_readme          = true
  template_project_id             = 1
  use_custom_template             = true
  group_with_project_templates_id = substrate_gitlab_group.infra.id
  repository_storage              = "nvme"

  import_url                          = "https://git.example.com/gateways.git"
  mirror                              = true
  mirror_trigger_builds               = true
  mirror_overwrites_diverged_branches = true
  only_mirror_protected_branches      = false
  mirror_branch_regex                 = "release/.*"
  mirror_user_id                      = 1

  analytics_access_level               = "private"
  builds_access_level                  = "private"
  container_registry_access_level      = "disabled"
  environments_access_level            = "private"
  feature_flags_access_level           = "disabled"
  forking_access_level                 = "private"
  infrastructure_access_level          = "private"
  issues_access_level                  = "private"
  merge_requests_access_level          = "private"
  model_experiments_access_level       = "disabled"
  model_registry_access_level          = "disabled"
  monitor_access_level                 = "private"
  package_registry_access_level        = "public"
  pages_access_level                   = "public"
  releases_access_level                = "private"
  repository_access_level              = "enabled"
  requirements_access_level            = "disabled"
  security_and_compliance_access_level = "enabled"
  snippets_access_level                = "disabled"
  wiki_access_level                    = "disabled"

  lfs_enabled                                 = false
  request_access_enabled                      = false
  emails_enabled                              = false
  service_desk_enabled                        = true
  show_default_award_emojis                   = false
  enforce_auth_checks_on_uploads              = false
  external_authorization_classification_label = "internal"

  merge_method                                     = "rebase_merge"
  squash_option                                    = "always"
  only_allow_merge_if_pipeline_succeeds            = true
  allow_merge_on_skipped_pipeline                  = true
  only_allow_merge_if_all_discussions_are_resolved = true
  only_allow_merge_if_all_status_checks_passed     = true
  merge_pipelines_enabled                          = true
  merge_trains_enabled                             = true
  merge_trains_skip_train_allowed                  = true
  prevent_merge_without_jira_issue                 = true
  printing_merge_request_link_enabled              = false
  remove_source_branch_after_merge                 = false
  resolve_outdated_diff_discussions                = true
  autoclose_referenced_issues                      = false
  mr_default_target_self                           = true
  suggestion_commit_message                        = "Apply %%{suggestions_count} suggestions"
  merge_commit_template                            = "Merge %%{source_branch}"
  squash_commit_template                           = "%%{title}"
  issue_branch_template                            = "%%{id}-%%{title}"
  issues_template                                  = "What did you expect?"
  merge_requests_template                          = "Why is it needed?"
  auto_duo_code_review_enabled                     = true

  ci_config_path                                   = "ci/main.yml"
  ci_default_git_depth                             = 50
  ci_delete_pipelines_in_seconds                   = 604800
  ci_forward_deployment_enabled                    = false
  ci_forward_deployment_rollback_allowed           = false
  ci_separated_caches                              = false
  ci_allow_fork_pipelines_to_run_in_parent_project = false
  ci_id_token_sub_claim_components                 = ["project_path", "ref"]
  ci_pipeline_variables_minimum_override_role      = "maintainer"
  ci_push_repository_for_job_token_allowed         = true
  ci_restrict_pipeline_cancellation_role           = "maintainer"
  allow_pipeline_trigger_approve_deployment        = true
  auto_cancel_pending_pipelines                    = "disabled"
  build_git_strategy                               = "clone"
  build_timeout                                    = 7200
  auto_devops_enabled                              = true
  auto_devops_deploy_strategy                      = "manual"
  shared_runners_enabled                           = false
  group_runners_enabled                            = false
  public_jobs                                      = false
  keep_latest_artifact                             = false
  max_artifacts_size                               = 500
  resource_group_default_process_mode              = "oldest_first"

  container_expiration_policy = {
    enabled           = true
    cadence           = "7d"
    keep_n            = 5
    older_than        = "14d"
    name_regex_delete = ".*"
    name_regex_keep   = "v.+"
  }

  timeouts = {
    create = "5m"
    read   = "1m"
    update = "5m"
    delete = "5m"
  }
}
