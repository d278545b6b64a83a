//! The lab's own table of facts: every parameter of every endpoint it has, with type, words and default.
//!
//! Sources: the parameter blocks of GitLab's own API (`lib/api/groups.rb`, `lib/api/projects.rb`,
//! `lib/api/helpers/{groups,projects,label,variables,protected_branches}_helpers.rb` and their `ee/` counterparts,
//! version 18) and `doc/api/*.md`; the defaults are those of a new object on an instance with default settings.

use crate::gitlab::fields::Field;
use crate::gitlab::fields::Kind::{
    Boolean, Date, Integer, Integers, Number, Object, Objects, Text, Texts, Time, Word, Words,
};
use crate::gitlab::fields::On::{Both, Create, Neither, Update};
use crate::gitlab::fields::Unset::{Empty, False, Hidden, Int, IntOrNull, Is, Null, True};

/// Visibility of groups and projects, from low to high.
pub const VISIBILITY: &[&str] = &["private", "internal", "public"];

/// Access levels of a feature; the pages and the package registry have `public`, too.
pub const ACCESS: &[&str] = &["disabled", "private", "enabled"];
const ACCESS_OR_PUBLIC: &[&str] = &["disabled", "private", "enabled", "public"];

/// Access levels of a protected branch (`ProtectedRefAccess.allowed_access_levels`).
const BRANCH_LEVELS: &[i64] = &[0, 30, 40, 60];
const ROLES: &[&str] = &["developer", "maintainer", "no_one"];
const MEMBER_LEVELS: &[i64] = &[5, 10, 15, 20, 25, 30, 40, 50];
const SORT: &[&str] = &["asc", "desc"];

const LEVEL: &[Field] = &[Field::query("access_level", Number(BRANCH_LEVELS))];
const PROTECTION_DEFAULTS: &[Field] = &[
    Field::query("allowed_to_push", Objects(LEVEL)),
    Field::query("allowed_to_merge", Objects(LEVEL)),
    Field::query("allow_force_push", Boolean),
    Field::query("code_owner_approval_required", Boolean),
    Field::query("developer_can_initial_push", Boolean),
];

/// Settings of a group in every edition.
pub const GROUP: &[Field] = &[
    Field::new("name", Text, Both, Hidden),
    Field::new("path", Text, Both, Hidden),
    Field::new("parent_id", Integer, Create, Hidden),
    Field::new("organization_id", Integer, Create, Int(1)),
    // The column is `NOT NULL DEFAULT ''`, unlike that of a project.
    Field::new("description", Text, Both, Is("")),
    Field::new("visibility", Word(VISIBILITY), Both, Is("private")),
    Field::new("share_with_group_lock", Boolean, Both, False),
    Field::new("require_two_factor_authentication", Boolean, Both, False),
    Field::new("two_factor_grace_period", Integer, Both, Int(48)),
    Field::new(
        "project_creation_level",
        Word(&["noone", "owner", "maintainer", "developer", "administrator"]),
        Both,
        Is("developer"),
    ),
    Field::new("subgroup_creation_level", Word(&["owner", "maintainer"]), Both, Is("maintainer")),
    Field::new("auto_devops_enabled", Boolean, Both, Null),
    Field::new("emails_disabled", Boolean, Both, Hidden),
    Field::new("emails_enabled", Boolean, Both, True),
    Field::new("show_diff_preview_in_email", Boolean, Both, True),
    Field::new("mentions_disabled", Boolean, Both, Null),
    Field::new("lfs_enabled", Boolean, Both, True),
    Field::new("request_access_enabled", Boolean, Both, True),
    Field::new("default_branch", Text, Both, Null),
    Field::new("default_branch_protection", Number(&[0, 1, 2, 3, 4]), Both, Int(2)),
    Field::new("default_branch_protection_defaults", Object(PROTECTION_DEFAULTS), Both, Hidden),
    Field::new(
        "shared_runners_setting",
        Word(&["enabled", "disabled_and_overridable", "disabled_and_unoverridable", "disabled_with_override"]),
        Both,
        Is("enabled"),
    ),
    Field::new("enabled_git_access_protocol", Word(&["", "ssh", "http", "all"]), Both, Hidden),
    Field::new("allow_personal_snippets", Boolean, Update, Hidden),
    Field::new("max_artifacts_size", Integer, Update, Null),
    Field::new("math_rendering_limits_enabled", Boolean, Update, True),
    Field::new("lock_math_rendering_limits_enabled", Boolean, Update, False),
    Field::new("prevent_sharing_groups_outside_hierarchy", Boolean, Update, False),
    Field::new("step_up_auth_required_oauth_provider", Text, Update, Hidden),
    Field::new("archived", Boolean, Neither, False),
    Field::new("avatar_url", Text, Neither, Null),
    Field::new("marked_for_deletion_on", Text, Neither, Null),
];

/// Settings of a group that a licence adds.
pub const GROUP_EE: &[Field] = &[
    Field::new("membership_lock", Boolean, Both, False),
    Field::new("shared_runners_minutes_limit", Integer, Both, Null),
    Field::new("extra_shared_runners_minutes_limit", Integer, Both, Null),
    Field::new("wiki_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("duo_availability", Word(&["default_on", "default_off", "never_on"]), Both, Hidden),
    Field::new("experiment_features_enabled", Boolean, Both, Hidden),
    Field::new("file_template_project_id", Integer, Update, Null),
    Field::new("prevent_forking_outside_group", Boolean, Update, False),
    Field::new("unique_project_download_limit", Integer, Update, Int(0)),
    Field::new("unique_project_download_limit_interval_in_seconds", Integer, Update, Int(0)),
    Field::new("unique_project_download_limit_allowlist", Texts, Update, Empty),
    Field::new("unique_project_download_limit_alertlist", Integers, Update, Empty),
    Field::new("auto_ban_user_on_excessive_projects_download", Boolean, Update, False),
    Field::new("ip_restriction_ranges", Text, Update, Null),
    Field::new("allowed_email_domains_list", Text, Update, Null),
    Field::new("service_access_tokens_expiration_enforced", Boolean, Update, True),
    Field::new("duo_features_enabled", Boolean, Update, True),
    Field::new("lock_duo_features_enabled", Boolean, Update, False),
    Field::new("web_based_commit_signing_enabled", Boolean, Update, Hidden),
    Field::new("only_allow_merge_if_pipeline_succeeds", Boolean, Update, False),
    Field::new("allow_merge_on_skipped_pipeline", Boolean, Update, False),
    Field::new("only_allow_merge_if_all_discussions_are_resolved", Boolean, Update, False),
    Field::new("ldap_cn", Text, Neither, Null),
    Field::new("ldap_access", Integer, Neither, Null),
    Field::new("repository_storage", Text, Neither, Is("default")),
];

const EXPIRATION: &[Field] = &[
    Field::query("cadence", Text),
    Field::query("enabled", Boolean),
    Field::query("keep_n", Integer),
    Field::query("older_than", Text),
    Field::query("name_regex", Text),
    Field::query("name_regex_delete", Text),
    Field::query("name_regex_keep", Text),
];

/// Settings of a project in every edition.
pub const PROJECT: &[Field] = &[
    Field::new("name", Text, Both, Hidden),
    Field::new("path", Text, Both, Hidden),
    Field::new("namespace_id", Integer, Create, Hidden),
    Field::new("default_branch", Text, Both, Hidden),
    Field::new("initialize_with_readme", Boolean, Create, Hidden),
    Field::new("repository_object_format", Word(&["sha1", "sha256"]), Create, Is("sha1")),
    Field::new("import_url", Text, Both, Null),
    Field::new("template_name", Text, Create, Hidden),
    Field::new("template_project_id", Integer, Create, Hidden),
    Field::new("description", Text, Both, Null),
    Field::new("visibility", Word(VISIBILITY), Both, Is("private")),
    Field::new("topics", Texts, Both, Empty),
    Field::new("tag_list", Texts, Both, Hidden),
    // Features. The words with `_enabled` are the older names of the same settings.
    Field::new("analytics_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("builds_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("container_registry_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("environments_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("feature_flags_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("forking_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("infrastructure_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("issues_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("merge_requests_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("model_experiments_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("model_registry_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("monitor_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("operations_access_level", Word(ACCESS), Both, Hidden),
    Field::new("package_registry_access_level", Word(ACCESS_OR_PUBLIC), Both, Is("enabled")),
    Field::new("pages_access_level", Word(ACCESS_OR_PUBLIC), Both, Is("private")),
    Field::new("releases_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("repository_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("security_and_compliance_access_level", Word(ACCESS), Both, Is("private")),
    Field::new("snippets_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("wiki_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("issues_enabled", Boolean, Both, Hidden),
    Field::new("merge_requests_enabled", Boolean, Both, Hidden),
    Field::new("wiki_enabled", Boolean, Both, Hidden),
    Field::new("jobs_enabled", Boolean, Both, Hidden),
    Field::new("snippets_enabled", Boolean, Both, Hidden),
    Field::new("container_registry_enabled", Boolean, Both, Hidden),
    Field::new("packages_enabled", Boolean, Both, Hidden),
    // Merge requests.
    Field::new("merge_method", Word(&["ff", "rebase_merge", "merge"]), Both, Is("merge")),
    Field::new("squash_option", Word(&["never", "always", "default_on", "default_off"]), Both, Is("default_off")),
    Field::new("only_allow_merge_if_pipeline_succeeds", Boolean, Both, False),
    Field::new("allow_merge_on_skipped_pipeline", Boolean, Both, Null),
    Field::new("only_allow_merge_if_all_discussions_are_resolved", Boolean, Both, False),
    Field::new("printing_merge_request_link_enabled", Boolean, Both, True),
    Field::new("remove_source_branch_after_merge", Boolean, Both, True),
    Field::new("resolve_outdated_diff_discussions", Boolean, Both, False),
    Field::new("suggestion_commit_message", Text, Both, Null),
    Field::new("merge_commit_template", Text, Both, Null),
    Field::new("squash_commit_template", Text, Both, Null),
    Field::new("issue_branch_template", Text, Both, Null),
    Field::new("merge_request_title_regex", Text, Both, Null),
    Field::new("merge_request_title_regex_description", Text, Both, Null),
    Field::new("autoclose_referenced_issues", Boolean, Both, True),
    Field::new("mr_default_target_self", Boolean, Both, Hidden),
    // CI/CD.
    Field::new("auto_cancel_pending_pipelines", Word(&["disabled", "enabled"]), Both, Is("enabled")),
    Field::new(
        "auto_devops_deploy_strategy",
        Word(&["continuous", "manual", "timed_incremental"]),
        Both,
        Is("continuous"),
    ),
    Field::new("auto_devops_enabled", Boolean, Both, False),
    Field::new("build_git_strategy", Word(&["fetch", "clone"]), Both, Is("fetch")),
    Field::new("build_timeout", Integer, Both, Int(3600)),
    Field::new("build_coverage_regex", Text, Both, Hidden),
    Field::new("ci_config_path", Text, Both, Null),
    Field::new("ci_default_git_depth", Integer, Update, IntOrNull(20)),
    Field::new("ci_delete_pipelines_in_seconds", Integer, Update, Null),
    Field::new("ci_forward_deployment_enabled", Boolean, Both, True),
    Field::new("ci_forward_deployment_rollback_allowed", Boolean, Update, True),
    Field::new("ci_allow_fork_pipelines_to_run_in_parent_project", Boolean, Update, True),
    Field::new("ci_separated_caches", Boolean, Update, True),
    Field::new("ci_id_token_sub_claim_components", Texts, Update, Hidden),
    Field::new(
        "ci_pipeline_variables_minimum_override_role",
        Word(&["no_one_allowed", "developer", "maintainer", "owner"]),
        Update,
        Is("developer"),
    ),
    Field::new("ci_push_repository_for_job_token_allowed", Boolean, Update, False),
    Field::new("group_runners_enabled", Boolean, Both, True),
    Field::new("keep_latest_artifact", Boolean, Update, True),
    Field::new("max_artifacts_size", Integer, Update, Null),
    Field::new("public_builds", Boolean, Both, Hidden),
    Field::new("public_jobs", Boolean, Both, True),
    Field::new(
        "resource_group_default_process_mode",
        Word(&["unordered", "oldest_first", "newest_first", "newest_ready_first"]),
        Both,
        Is("unordered"),
    ),
    Field::new("restrict_user_defined_variables", Boolean, Update, True),
    Field::new("shared_runners_enabled", Boolean, Both, True),
    Field::new("container_expiration_policy_attributes", Object(EXPIRATION), Both, Hidden),
    // The rest.
    Field::new("emails_disabled", Boolean, Both, Hidden),
    Field::new("emails_enabled", Boolean, Both, True),
    Field::new("enforce_auth_checks_on_uploads", Boolean, Both, True),
    Field::new("lfs_enabled", Boolean, Both, True),
    Field::new("repository_storage", Text, Both, Is("default")),
    Field::new("request_access_enabled", Boolean, Both, True),
    Field::new("service_desk_enabled", Boolean, Both, False),
    Field::new("show_default_award_emojis", Boolean, Both, Hidden),
    Field::new("show_diff_preview_in_email", Boolean, Both, Hidden),
    Field::new("warn_about_potentially_unwanted_characters", Boolean, Both, True),
    Field::new("archived", Boolean, Neither, False),
    Field::new("avatar_url", Text, Neither, Null),
    Field::new("ci_job_token_scope_enabled", Boolean, Neither, False),
    Field::new("forks_count", Integer, Neither, Int(0)),
    Field::new("import_error", Text, Neither, Null),
    Field::new("import_status", Text, Neither, Is("none")),
    Field::new("import_type", Text, Neither, Null),
    Field::new("marked_for_deletion_at", Text, Neither, Null),
    Field::new("marked_for_deletion_on", Text, Neither, Null),
    Field::new("open_issues_count", Integer, Neither, Int(0)),
    Field::new("runner_token_expiration_interval", Integer, Neither, Null),
    Field::new("service_desk_address", Text, Neither, Null),
    Field::new("shared_with_groups", Integers, Neither, Empty),
    Field::new("star_count", Integer, Neither, Int(0)),
];

/// Settings of a project that a licence adds.
pub const PROJECT_EE: &[Field] = &[
    Field::new("use_custom_template", Boolean, Create, Hidden),
    Field::new("group_with_project_templates_id", Integer, Create, Hidden),
    Field::new("only_allow_merge_if_all_status_checks_passed", Boolean, Both, False),
    Field::new("approvals_before_merge", Integer, Both, Int(0)),
    Field::new("external_authorization_classification_label", Text, Both, Is("")),
    Field::new("mirror", Boolean, Both, False),
    Field::new("mirror_trigger_builds", Boolean, Both, False),
    Field::new("prevent_merge_without_jira_issue", Boolean, Both, False),
    Field::new("requirements_access_level", Word(ACCESS), Both, Is("enabled")),
    Field::new("allow_pipeline_trigger_approve_deployment", Boolean, Update, False),
    Field::new("auto_duo_code_review_enabled", Boolean, Update, False),
    Field::new("ci_restrict_pipeline_cancellation_role", Word(ROLES), Update, Is("developer")),
    Field::new("fallback_approvals_required", Integer, Update, Hidden),
    Field::new("issues_template", Text, Both, Null),
    Field::new("merge_pipelines_enabled", Boolean, Both, False),
    Field::new("merge_requests_template", Text, Both, Null),
    Field::new("merge_trains_enabled", Boolean, Both, False),
    Field::new("merge_trains_skip_train_allowed", Boolean, Both, False),
    Field::new("mirror_branch_regex", Text, Update, Hidden),
    Field::new("mirror_overwrites_diverged_branches", Boolean, Update, False),
    Field::new("mirror_user_id", Integer, Update, Int(1)),
    Field::new("only_mirror_protected_branches", Boolean, Update, False),
    Field::new("compliance_frameworks", Texts, Neither, Empty),
    Field::new("pre_receive_secret_detection_enabled", Boolean, Neither, False),
    Field::new("requirements_enabled", Boolean, Neither, False),
    Field::new("secret_push_protection_enabled", Boolean, Neither, False),
    Field::new("security_and_compliance_enabled", Boolean, Neither, True),
];

/// A label. `priority` belongs to project labels; group labels take it without effect.
pub const LABEL: &[Field] = &[
    Field::new("name", Text, Create, Hidden),
    Field::new("new_name", Text, Update, Hidden),
    Field::new("color", Text, Both, Hidden),
    Field::new("description", Text, Both, Null),
    Field::new("priority", Integer, Both, Null),
    Field::new("archived", Boolean, Both, False),
];

/// How the older label endpoints, without an ID in the path, name the label.
pub const LABEL_KEY: &[Field] =
    &[Field::new("name", Text, Update, Hidden), Field::new("label_id", Text, Update, Hidden)];

const FILTER: &[Field] = &[Field::query("environment_scope", Text)];

/// A CI variable.
pub const VARIABLE: &[Field] = &[
    Field::new("key", Text, Both, Hidden),
    Field::new("value", Text, Both, Is("")),
    Field::new("protected", Boolean, Both, False),
    Field::new("masked", Boolean, Both, False),
    Field::new("masked_and_hidden", Boolean, Create, Hidden),
    Field::new("raw", Boolean, Both, False),
    Field::new("variable_type", Word(&["env_var", "file"]), Both, Is("env_var")),
    Field::new("description", Text, Both, Null),
];

/// The scope of a CI variable; one other than `*` of a group's needs a licence.
pub const VARIABLE_SCOPE: &[Field] =
    &[Field::new("environment_scope", Text, Both, Is("*")), Field::new("filter", Object(FILTER), Update, Hidden)];

/// The scope of a group's CI variable without a licence.
pub const VARIABLE_EVERYWHERE: &[Field] = &[
    Field::new("environment_scope", Word(&["*"]), Both, Is("*")),
    Field::new("filter", Object(FILTER), Update, Hidden),
];

/// Which of several variables of one key is meant.
pub const VARIABLE_FILTER: &[Field] = &[Field::query("filter", Object(FILTER))];

/// A protected branch in every edition. Without a licence a rule can only name a deploy key
/// (`lib/api/helpers/protected_branches_helpers.rb`).
pub const BRANCH: &[Field] = &[
    Field::new("name", Text, Create, Hidden),
    Field::new("push_access_level", Number(BRANCH_LEVELS), Create, Hidden),
    Field::new("merge_access_level", Number(BRANCH_LEVELS), Create, Hidden),
    Field::new("allow_force_push", Boolean, Both, False),
];

/// Rules of a protected branch without a licence.
pub const BRANCH_CE: &[Field] =
    &[Field::new("allowed_to_push", Objects(&[Field::query("deploy_key_id", Integer)]), Both, Hidden)];

/// Rules of a protected branch with a licence. Only pushing can be allowed to a deploy key.
pub const BRANCH_EE: &[Field] = &[
    Field::new("unprotect_access_level", Number(BRANCH_LEVELS), Create, Hidden),
    Field::new("allowed_to_push", Objects(PUSH_RULE), Both, Hidden),
    Field::new("allowed_to_merge", Objects(RULE), Both, Hidden),
    Field::new("allowed_to_unprotect", Objects(RULE), Both, Hidden),
    Field::new("code_owner_approval_required", Boolean, Both, False),
];

const RULE: &[Field] = &[
    Field::query("id", Integer),
    Field::query("access_level", Number(BRANCH_LEVELS)),
    Field::query("user_id", Integer),
    Field::query("group_id", Integer),
    Field::query("_destroy", Boolean),
];

const PUSH_RULE: &[Field] = &[
    Field::query("id", Integer),
    Field::query("access_level", Number(BRANCH_LEVELS)),
    Field::query("user_id", Integer),
    Field::query("group_id", Integer),
    Field::query("deploy_key_id", Integer),
    Field::query("_destroy", Boolean),
];

/// Scopes of a project's access token (`Gitlab::Auth.resource_bot_scopes`, with the registries switched on).
const TOKEN_SCOPES: &[&str] = &[
    "api",
    "read_api",
    "create_runner",
    "manage_runner",
    "k8s_proxy",
    "self_rotate",
    "ai_features",
    "read_repository",
    "write_repository",
    "read_registry",
    "write_registry",
    "read_virtual_registry",
    "write_virtual_registry",
    "read_observability",
    "write_observability",
];

/// An access token of a project (`lib/api/resource_access_tokens.rb`).
pub const ACCESS_TOKEN: &[Field] = &[
    Field::new("name", Text, Create, Hidden),
    Field::new("description", Text, Create, Hidden),
    Field::new("scopes", Words(TOKEN_SCOPES), Create, Empty),
    Field::new("access_level", Number(&[10, 15, 20, 30, 40, 50]), Create, Hidden),
    Field::new("expires_at", Date, Create, Hidden),
];

/// The successor of an access token.
pub const ROTATE_TOKEN: &[Field] = &[Field::query("expires_at", Date)];

/// Second step of a deletion.
pub const DELETE: &[Field] = &[Field::query("permanently_remove", Boolean), Field::query("full_path", Text)];

/// Target of a group transfer.
pub const GROUP_TRANSFER: &[Field] = &[Field::query("group_id", Integer)];

/// Target of a project transfer.
pub const PROJECT_TRANSFER: &[Field] = &[Field::query("namespace", Text)];

/// Query of one group.
pub const GET_GROUP: &[Field] =
    &[Field::query("with_custom_attributes", Boolean), Field::query("with_projects", Boolean)];

/// Query of one project.
pub const GET_PROJECT: &[Field] = &[
    Field::query("statistics", Boolean),
    Field::query("license", Boolean),
    Field::query("with_custom_attributes", Boolean),
];

/// Query of one label.
pub const GET_LABEL: &[Field] = &[
    Field::query("include_ancestor_groups", Boolean),
    Field::query("include_descendant_groups", Boolean),
    Field::query("only_group_labels", Boolean),
];

/// Paging of every list.
pub const PAGE: &[Field] = &[
    Field::query("page", Integer),
    Field::query("per_page", Integer),
    Field::query("pagination", Word(&["legacy", "keyset"])),
];

/// Query of a list of groups.
pub const LIST_GROUPS: &[Field] = &[
    Field::query("statistics", Boolean),
    Field::query("archived", Boolean),
    Field::query("skip_groups", Integers),
    Field::query("all_available", Boolean),
    Field::query("visibility", Word(VISIBILITY)),
    Field::query("search", Text),
    Field::query("owned", Boolean),
    Field::query("order_by", Word(&["name", "path", "id", "similarity"])),
    Field::query("sort", Word(SORT)),
    Field::query("min_access_level", Number(MEMBER_LEVELS)),
    Field::query("top_level_only", Boolean),
    Field::query("marked_for_deletion_on", Text),
    Field::query("active", Boolean),
    Field::query("repository_storage", Text),
    Field::query("with_custom_attributes", Boolean),
];

const PROJECT_ORDER: &[&str] =
    &["id", "name", "path", "created_at", "updated_at", "last_activity_at", "similarity", "star_count"];

/// Query of a list of projects.
pub const LIST_PROJECTS: &[Field] = &[
    Field::query("order_by", Word(PROJECT_ORDER)),
    Field::query("sort", Word(SORT)),
    Field::query("archived", Boolean),
    Field::query("active", Boolean),
    Field::query("visibility", Word(VISIBILITY)),
    Field::query("search", Text),
    Field::query("search_namespaces", Boolean),
    Field::query("owned", Boolean),
    Field::query("starred", Boolean),
    Field::query("imported", Boolean),
    Field::query("membership", Boolean),
    Field::query("with_issues_enabled", Boolean),
    Field::query("with_merge_requests_enabled", Boolean),
    Field::query("min_access_level", Number(MEMBER_LEVELS)),
    Field::query("id_after", Integer),
    Field::query("id_before", Integer),
    Field::query("topic", Texts),
    Field::query("include_pending_delete", Boolean),
    Field::query("marked_for_deletion_on", Text),
    Field::query("simple", Boolean),
    Field::query("statistics", Boolean),
    Field::query("with_custom_attributes", Boolean),
];

/// What the list of a group's projects has besides.
pub const LIST_GROUP_PROJECTS: &[Field] = &[
    Field::query("include_subgroups", Boolean),
    Field::query("include_ancestor_groups", Boolean),
    Field::query("with_shared", Boolean),
    Field::query("with_security_reports", Boolean),
];

/// Query of a list of labels.
pub const LIST_LABELS: &[Field] = &[
    Field::query("with_counts", Boolean),
    Field::query("include_ancestor_groups", Boolean),
    Field::query("search", Text),
    Field::query("archived", Boolean),
];

/// What the list of a group's labels has besides.
pub const LIST_GROUP_LABELS: &[Field] =
    &[Field::query("include_descendant_groups", Boolean), Field::query("only_group_labels", Boolean)];

/// Query of a list of protected branches.
pub const LIST_BRANCHES: &[Field] = &[Field::query("search", Text)];

/// Query of a list of access tokens (`lib/api/helpers/personal_access_tokens_helpers.rb`).
pub const LIST_TOKENS: &[Field] = &[
    Field::query("revoked", Boolean),
    Field::query("state", Word(&["active", "inactive"])),
    Field::query("created_before", Time),
    Field::query("created_after", Time),
    Field::query("last_used_before", Time),
    Field::query("last_used_after", Time),
    Field::query("expires_before", Date),
    Field::query("expires_after", Date),
    Field::query("search", Text),
    Field::query("sort", Word(TOKEN_ORDER)),
];

const TOKEN_ORDER: &[&str] = &[
    "created_asc",
    "created_desc",
    "expires_asc",
    "expires_desc",
    "last_used_asc",
    "last_used_desc",
    "name_asc",
    "name_desc",
];
