//! Groups: the namespaces that hold projects.

use super::client::GitLab;
use super::words::{Access, Role, Visibility};
use super::{deletion, namespace};
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;

/// Manages a group, the namespace that holds projects and other groups.
///
/// A changed `path` or `parent_id` renames or transfers the group with all that is in it; it never replaces it.
#[derive(Clone, Schema)]
#[tf(name = "gitlab_group", key(id), also(full_path), moved_from("gitlab_group"))]
#[tf(timeouts(create = "5m", update = "5m", delete = "10m"))]
pub struct Group {
    /// Name shown in the interface.
    #[tf(check = namespace::name)]
    name: String,

    /// Last segment of the group's URL.
    #[tf(check = namespace::slug)]
    path: String,

    /// Number of the group that this one is in; omit it for a top-level group. Changing it transfers the group.
    #[tf(on = create)]
    parent_id: Option<u64>,

    /// Text shown under the name.
    description: Option<String>,

    /// Who can see the group.
    #[tf(computed, api = "visibility", volatile(parent_id))]
    visibility_level: Option<Visibility>,

    /// Branch that new projects start with; null for the instance's.
    default_branch: Option<String>,

    /// How the default branches of new projects are protected.
    #[tf(computed)]
    default_branch_protection_defaults: Option<ProtectionDefaults>,

    /// Role that can create projects in the group.
    #[tf(computed)]
    project_creation_level: Option<ProjectCreation>,

    /// Role that can create groups in the group.
    #[tf(computed)]
    subgroup_creation_level: Option<SubgroupCreation>,

    /// Whether users can ask for membership.
    #[tf(computed)]
    request_access_enabled: Option<bool>,

    /// Whether members need a second factor to sign in.
    #[tf(computed)]
    require_two_factor_authentication: Option<bool>,

    /// Hours until a member must have set up the second factor.
    #[tf(computed)]
    two_factor_grace_period: Option<u64>,

    /// Whether projects cannot be shared with other groups.
    #[tf(computed)]
    share_with_group_lock: Option<bool>,

    /// Whether groups below this one can only be shared within the hierarchy; only for top-level groups.
    #[tf(computed, on = update, volatile(parent_id))]
    prevent_sharing_groups_outside_hierarchy: Option<bool>,

    /// Whether projects can only be forked within the group.
    #[tf(computed, on = update)]
    prevent_forking_outside_group: Option<bool>,

    /// Whether members cannot be added to the projects of the group.
    #[tf(computed)]
    membership_lock: Option<bool>,

    /// Whether Auto DevOps is the default for projects.
    #[tf(computed)]
    auto_devops_enabled: Option<bool>,

    /// Whether the group sends email.
    #[tf(computed)]
    emails_enabled: Option<bool>,

    /// Whether nobody can mention the group.
    #[tf(computed)]
    mentions_disabled: Option<bool>,

    /// Whether projects can use Git LFS.
    #[tf(computed)]
    lfs_enabled: Option<bool>,

    /// Who can use the group's wiki.
    #[tf(computed)]
    wiki_access_level: Option<Access>,

    /// Whether the projects can use the instance's runners.
    #[tf(computed, on = update)]
    shared_runners_setting: Option<SharedRunners>,

    /// Minutes a month on the instance's runners; 0 for no limit, null for the instance's.
    #[tf(computed)]
    shared_runners_minutes_limit: Option<u64>,

    /// Minutes on the instance's runners that were bought in addition.
    #[tf(computed)]
    extra_shared_runners_minutes_limit: Option<u64>,

    /// Largest size of a job's artifacts in MiB; null for the instance's.
    #[tf(on = update)]
    max_artifacts_size: Option<u64>,

    /// Networks that can reach the group, such as `10.0.0.0/8`; only for top-level groups.
    #[tf(comma, on = update)]
    ip_restriction_ranges: Option<BTreeSet<String>>,

    /// Domains that members' addresses must have; only for top-level groups.
    #[tf(comma, on = update)]
    allowed_email_domains_list: Option<BTreeSet<String>>,

    /// Number of the project with the file templates for the group.
    #[tf(on = update)]
    file_template_project_id: Option<u64>,

    /// Whether merge requests need a pipeline that succeeded.
    #[tf(computed, on = update)]
    only_allow_merge_if_pipeline_succeeds: Option<bool>,

    /// Whether a skipped pipeline counts as one that succeeded.
    #[tf(computed, on = update)]
    allow_merge_on_skipped_pipeline: Option<bool>,

    /// Whether merge requests need all threads to be resolved.
    #[tf(computed, on = update)]
    only_allow_merge_if_all_discussions_are_resolved: Option<bool>,

    /// Whether the size of rendered formulas is limited.
    #[tf(computed, on = update)]
    math_rendering_limits_enabled: Option<bool>,

    /// Whether groups and projects below cannot change the limit of formulas.
    #[tf(computed, on = update)]
    lock_math_rendering_limits_enabled: Option<bool>,

    /// Whether users of the group can have personal snippets; only for enterprise users.
    #[tf(computed, unread, on = update)]
    allow_personal_snippets: Option<bool>,

    /// Protocol that Git clients can use.
    #[tf(computed, unread)]
    enabled_git_access_protocol: Option<GitProtocol>,

    /// Whether GitLab signs commits that are made in its interface.
    #[tf(computed, unread, on = update)]
    web_based_commit_signing_enabled: Option<bool>,

    /// Name of the identity provider that must confirm the user once more before the group opens.
    #[tf(unread, on = update)]
    step_up_auth_required_oauth_provider: Option<String>,

    /// Number of the organization that the group belongs to.
    #[tf(computed, on = create)]
    organization_id: Option<u64>,

    /// Whether GitLab Duo is on for the group.
    #[tf(computed, unread)]
    duo_availability: Option<DuoAvailability>,

    /// Whether GitLab Duo features are on.
    #[tf(computed, on = update)]
    duo_features_enabled: Option<bool>,

    /// Whether groups and projects below cannot change the setting of GitLab Duo.
    #[tf(computed, on = update)]
    lock_duo_features_enabled: Option<bool>,

    /// Whether experimental features are on.
    #[tf(computed, unread)]
    experiment_features_enabled: Option<bool>,

    /// Projects that a user can download in the interval before an alert; 0 for no limit.
    #[tf(computed, on = update)]
    unique_project_download_limit: Option<u64>,

    /// Seconds in which the downloads are counted.
    #[tf(computed, on = update)]
    unique_project_download_limit_interval_in_seconds: Option<u64>,

    /// Names of users whose downloads are not limited.
    #[tf(on = update)]
    unique_project_download_limit_allowlist: Option<BTreeSet<String>>,

    /// Numbers of users who are told when the limit is reached.
    #[tf(on = update)]
    unique_project_download_limit_alertlist: Option<BTreeSet<u64>>,

    /// Whether a user who downloads more is banned.
    #[tf(computed, on = update)]
    auto_ban_user_on_excessive_projects_download: Option<bool>,

    /// Whether a destroy removes the group at once instead of marking it; GitLab offers that only below the top level.
    #[tf(local, default = false)]
    permanently_remove_on_delete: bool,

    /// Number that GitLab assigned to the group.
    id: Computed<u64>,

    /// Path with all parents, such as `infra/network`.
    #[tf(volatile(path, parent_id))]
    full_path: Computed<String>,

    /// Name with the names of all parents.
    #[tf(volatile(name, parent_id))]
    full_name: Computed<String>,

    /// Page of the group.
    #[tf(volatile(path, parent_id))]
    web_url: Computed<String>,
}

/// How a default branch is protected.
#[derive(Clone, Nested)]
struct ProtectionDefaults {
    /// Who can push.
    #[tf(computed)]
    allowed_to_push: Option<BTreeSet<Allowed>>,

    /// Who can merge.
    #[tf(computed)]
    allowed_to_merge: Option<BTreeSet<Allowed>>,

    /// Whether those who can push can force a push.
    #[tf(computed)]
    allow_force_push: Option<bool>,

    /// Whether developers can make the first push.
    #[tf(computed)]
    developer_can_initial_push: Option<bool>,

    /// Whether changes to files with code owners need their approval.
    #[tf(computed)]
    code_owner_approval_required: Option<bool>,
}

/// A role that is allowed something.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
struct Allowed {
    /// The lowest role.
    access_level: Role,
}

/// Who can create projects.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum ProjectCreation {
    Noone,
    Owner,
    Maintainer,
    Developer,
    Administrator,
}

/// Who can create groups below a group.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum SubgroupCreation {
    Owner,
    Maintainer,
}

/// Whether the projects of a group use the instance's runners.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum SharedRunners {
    Enabled,
    DisabledAndOverridable,
    DisabledAndUnoverridable,
}

/// Protocols of Git.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum GitProtocol {
    Ssh,
    Http,
    All,
}

/// Whether GitLab Duo is on.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum DuoAvailability {
    DefaultOn,
    DefaultOff,
    NeverOn,
}

fn url(id: &u64) -> ApiPath {
    path!("groups" / id)
}

/// The group without its projects, of which GitLab would add the first hundred.
fn alone(url: ApiPath) -> Request {
    Request::get(url).query("with_projects", false)
}

impl Resource for Group {
    type Client = GitLab;

    async fn create(gitlab: &GitLab, plan: Group) -> Result<Group> {
        gitlab.post(path!("groups"), plan).await
    }

    async fn read(gitlab: &GitLab, id: u64) -> Result<Option<Group>> {
        gitlab.find_unmarked(alone(url(&id))).await
    }

    async fn update(gitlab: &GitLab, id: u64, change: Change<Group>) -> Result<()> {
        if change.plan.parent_id != change.prior.parent_id {
            let target = change.plan.parent_id.map(|parent| ("group_id", parent));
            gitlab.act(Request::post(path!("groups" / id / "transfer")), target).await?;
        }
        gitlab.put::<Group>(url(&id), change.diff()).await
    }

    async fn delete(gitlab: &GitLab, id: u64, state: Group) -> Result<()> {
        deletion::delete(gitlab, alone(url(&id)), url(&id), "full_path", state.permanently_remove_on_delete).await
    }

    async fn locate(gitlab: &GitLab, full_path: String) -> Result<Option<Group>> {
        // A path of digits alone reads as a number.
        let found: Option<Group> = gitlab.find_unmarked(alone(path!("groups" / full_path))).await?;
        Ok(found.filter(|group| group.full_path.get().is_some_and(|path| path.eq_ignore_ascii_case(&full_path))))
    }

    async fn natural_of(gitlab: &GitLab, plan: &Group) -> Result<Option<String>> {
        namespace::full_path(gitlab, plan.parent_id, &plan.path).await
    }
}
