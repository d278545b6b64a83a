//! Projects: repositories with their issues, pipelines and registries.

use super::client::{GitLab, MOVED};
use super::container_expiration_policy::ContainerExpirationPolicy;
use super::import_url::{without_credentials, without_user};
use super::words::{Access, PublicAccess, Visibility, starts_with_project};
use super::{deletion, namespace};
use crate::http::{ApiPath, Request, path};
use tfplugin::operation;
use tfplugin::prelude::*;
use tfplugin::value::Value;

/// Manages a project.
///
/// A changed `path` or `namespace_id` renames or transfers the project; it never replaces it.
#[derive(Clone, Schema)]
#[tf(name = "gitlab_project", key(id), also(path_with_namespace), moved_from("gitlab_project"))]
#[tf(conflicts(import_url, import_url_wo, template_name), requires(import_url_wo, import_url_wo_version))]
#[tf(timeouts(create = "10m", update = "10m", delete = "10m"))]
pub struct Project {
    /// Name of the project.
    #[tf(check = namespace::name)]
    name: String,

    /// Last segment of the project's URL; GitLab makes it of the name when it is omitted.
    #[tf(computed, check = namespace::slug)]
    path: Option<String>,

    /// Number of the group, or of the user's namespace, that the project is in; omit it for the user's own. Changing it transfers the project.
    #[tf(computed, on = create, read = "namespace.id")]
    namespace_id: Option<u64>,

    /// Text shown under the name.
    #[tf(check = length(0..=2000))]
    description: Option<String>,

    /// Who can see the project.
    #[tf(computed, api = "visibility", volatile(namespace_id))]
    visibility_level: Option<Visibility>,

    /// Branch that is shown and cloned first; it must exist, or come with `initialize_with_readme`.
    #[tf(computed)]
    default_branch: Option<String>,

    /// Words to find the project by.
    #[tf(computed)]
    topics: Option<BTreeSet<String>>,

    /// Whether the project is read-only and out of the way.
    #[tf(computed, on = call)]
    archived: Option<bool>,

    /// Whether the project starts with a README, and so with a default branch. It means nothing after the create.
    #[tf(unread, on = create)]
    initialize_with_readme: Option<bool>,

    /// Repository to import, without credentials.
    #[tf(computed, check = without_credentials)]
    import_url: Option<String>,

    /// Repository to import, with credentials in the URL. It never reaches the state; raise `import_url_wo_version` to send it again.
    #[tf(api = "import_url")]
    import_url_wo: Option<WriteOnly<String>>,

    /// Number to raise when `import_url_wo` changes.
    #[tf(local)]
    import_url_wo_version: Option<u64>,

    /// Name of the built-in template, or of the custom one with `use_custom_template`, to start from.
    #[tf(unread, on = create)]
    template_name: Option<String>,

    /// Number of the custom template's project.
    #[tf(unread, on = create)]
    template_project_id: Option<u64>,

    /// Whether the template is one of the instance's or the group's own.
    #[tf(unread, on = create)]
    use_custom_template: Option<bool>,

    /// Number of the group that holds the custom templates.
    #[tf(unread, on = create)]
    group_with_project_templates_id: Option<u64>,

    /// Storage that holds the repository; only administrators can choose it.
    #[tf(computed)]
    repository_storage: Option<String>,

    /// Who can use the analytics.
    #[tf(computed)]
    analytics_access_level: Option<Access>,

    /// Who can use CI/CD.
    #[tf(computed)]
    builds_access_level: Option<Access>,

    /// Who can use the container registry.
    #[tf(computed)]
    container_registry_access_level: Option<Access>,

    /// Who can use the environments.
    #[tf(computed)]
    environments_access_level: Option<Access>,

    /// Who can use the feature flags.
    #[tf(computed)]
    feature_flags_access_level: Option<Access>,

    /// Who can use forking.
    #[tf(computed)]
    forking_access_level: Option<Access>,

    /// Who can use the infrastructure pages.
    #[tf(computed)]
    infrastructure_access_level: Option<Access>,

    /// Who can use the issues.
    #[tf(computed)]
    issues_access_level: Option<Access>,

    /// Who can use merge requests.
    #[tf(computed)]
    merge_requests_access_level: Option<Access>,

    /// Who can use the model experiments.
    #[tf(computed)]
    model_experiments_access_level: Option<Access>,

    /// Who can use the model registry.
    #[tf(computed)]
    model_registry_access_level: Option<Access>,

    /// Who can use the monitoring pages.
    #[tf(computed)]
    monitor_access_level: Option<Access>,

    /// Who can use GitLab Pages.
    #[tf(computed)]
    pages_access_level: Option<PublicAccess>,

    /// Who can use the releases.
    #[tf(computed)]
    releases_access_level: Option<Access>,

    /// Who can use the repository.
    #[tf(computed)]
    repository_access_level: Option<Access>,

    /// Who can use the requirements.
    #[tf(computed)]
    requirements_access_level: Option<Access>,

    /// Who can use the security and compliance pages.
    #[tf(computed)]
    security_and_compliance_access_level: Option<Access>,

    /// Who can use the snippets.
    #[tf(computed)]
    snippets_access_level: Option<Access>,

    /// Who can use the wiki.
    #[tf(computed)]
    wiki_access_level: Option<Access>,

    /// Who can use the package registry.
    #[tf(computed)]
    package_registry_access_level: Option<PublicAccess>,

    /// Whether Git LFS is on.
    #[tf(computed)]
    lfs_enabled: Option<bool>,

    /// Whether users can ask for membership.
    #[tf(computed)]
    request_access_enabled: Option<bool>,

    /// Whether the project sends email.
    #[tf(computed)]
    emails_enabled: Option<bool>,

    /// Whether issues can come by email.
    #[tf(computed)]
    service_desk_enabled: Option<bool>,

    /// Whether thumbs up and down are shown before anybody gave them.
    #[tf(computed, unread)]
    show_default_award_emojis: Option<bool>,

    /// Whether uploads of private projects ask who reads them.
    #[tf(computed)]
    enforce_auth_checks_on_uploads: Option<bool>,

    /// Label that an external authorization service decides by.
    #[tf(computed)]
    external_authorization_classification_label: Option<String>,

    /// How merge requests are merged.
    #[tf(computed)]
    merge_method: Option<MergeMethod>,

    /// Whether commits are squashed on merge.
    #[tf(computed)]
    squash_option: Option<Squash>,

    /// Whether merge requests need a pipeline that succeeded.
    #[tf(computed)]
    only_allow_merge_if_pipeline_succeeds: Option<bool>,

    /// Whether a skipped pipeline counts as one that succeeded.
    #[tf(computed)]
    allow_merge_on_skipped_pipeline: Option<bool>,

    /// Whether merge requests need all threads to be resolved.
    #[tf(computed)]
    only_allow_merge_if_all_discussions_are_resolved: Option<bool>,

    /// Whether merge requests need all external status checks to pass.
    #[tf(computed)]
    only_allow_merge_if_all_status_checks_passed: Option<bool>,

    /// Whether merge requests run pipelines on the merged result.
    #[tf(computed)]
    merge_pipelines_enabled: Option<bool>,

    /// Whether merge trains are on.
    #[tf(computed)]
    merge_trains_enabled: Option<bool>,

    /// Whether a merge request can skip the merge train.
    #[tf(computed)]
    merge_trains_skip_train_allowed: Option<bool>,

    /// Whether a merge request without an issue in Jira is refused.
    #[tf(computed)]
    prevent_merge_without_jira_issue: Option<bool>,

    /// Whether a push prints the link that opens a merge request.
    #[tf(computed)]
    printing_merge_request_link_enabled: Option<bool>,

    /// Whether a merge deletes the source branch by default.
    #[tf(computed)]
    remove_source_branch_after_merge: Option<bool>,

    /// Whether threads on lines that a push changes are resolved.
    #[tf(computed)]
    resolve_outdated_diff_discussions: Option<bool>,

    /// Whether a merge closes the issues that it names.
    #[tf(computed)]
    autoclose_referenced_issues: Option<bool>,

    /// Whether merge requests of a fork go to the fork by default.
    #[tf(computed, unread)]
    mr_default_target_self: Option<bool>,

    /// Message of the commit that applies a suggestion.
    suggestion_commit_message: Option<String>,

    /// Template of merge commits' messages.
    merge_commit_template: Option<String>,

    /// Template of squash commits' messages.
    squash_commit_template: Option<String>,

    /// Template of the names of branches that are made from issues.
    issue_branch_template: Option<String>,

    /// Text that new issues start with.
    issues_template: Option<String>,

    /// Text that new merge requests start with.
    merge_requests_template: Option<String>,

    /// Whether GitLab Duo reviews merge requests.
    #[tf(computed, on = update)]
    auto_duo_code_review_enabled: Option<bool>,

    /// Path of the CI configuration, if not `.gitlab-ci.yml`; the instance can have a default for new projects.
    #[tf(computed)]
    ci_config_path: Option<String>,

    /// Commits that a job fetches; 0 for all.
    #[tf(computed, on = update, check = between(0..=1000))]
    ci_default_git_depth: Option<u64>,

    /// Seconds after which pipelines are deleted; null to keep them.
    #[tf(on = update)]
    ci_delete_pipelines_in_seconds: Option<u64>,

    /// Whether older deployments are stopped when a newer one runs.
    #[tf(computed)]
    ci_forward_deployment_enabled: Option<bool>,

    /// Whether an older deployment can be run again to roll back.
    #[tf(computed, on = update)]
    ci_forward_deployment_rollback_allowed: Option<bool>,

    /// Whether protected and other branches have caches of their own.
    #[tf(computed, on = update)]
    ci_separated_caches: Option<bool>,

    /// Whether pipelines of merge requests from forks can run in this project.
    #[tf(computed, on = update)]
    ci_allow_fork_pipelines_to_run_in_parent_project: Option<bool>,

    /// Parts of the `sub` claim in ID tokens, in their order; the first must be `project_path`.
    #[tf(computed, on = update, check = starts_with_project)]
    ci_id_token_sub_claim_components: Option<Vec<String>>,

    /// Lowest role that can override pipeline variables.
    #[tf(computed, on = update)]
    ci_pipeline_variables_minimum_override_role: Option<OverrideRole>,

    /// Whether a job's token can push to this repository.
    #[tf(computed, on = update)]
    ci_push_repository_for_job_token_allowed: Option<bool>,

    /// Lowest role that can cancel pipelines and jobs.
    #[tf(computed, on = update)]
    ci_restrict_pipeline_cancellation_role: Option<CancelRole>,

    /// Whether a pipeline's trigger token can approve deployments.
    #[tf(computed, on = update)]
    allow_pipeline_trigger_approve_deployment: Option<bool>,

    /// Whether a newer pipeline cancels older ones that wait.
    #[tf(computed)]
    auto_cancel_pending_pipelines: Option<Toggle>,

    /// How jobs get the source.
    #[tf(computed)]
    build_git_strategy: Option<GitStrategy>,

    /// Seconds that a job can take.
    #[tf(computed, check = between(600..=2_629_745))]
    build_timeout: Option<u64>,

    /// Whether Auto DevOps is on.
    #[tf(computed)]
    auto_devops_enabled: Option<bool>,

    /// How Auto DevOps deploys.
    #[tf(computed)]
    auto_devops_deploy_strategy: Option<DeployStrategy>,

    /// Whether the instance's runners serve the project.
    #[tf(computed)]
    shared_runners_enabled: Option<bool>,

    /// Whether the group's runners serve the project.
    #[tf(computed)]
    group_runners_enabled: Option<bool>,

    /// Whether everybody who can see the project can see job logs and artifacts.
    #[tf(computed, on = update)]
    public_jobs: Option<bool>,

    /// Whether the latest successful artifacts of each ref are kept.
    #[tf(computed, on = update)]
    keep_latest_artifact: Option<bool>,

    /// Largest size of a job's artifacts in MiB; null for the group's.
    #[tf(on = update)]
    max_artifacts_size: Option<u64>,

    /// Order in which jobs of a new resource group run.
    #[tf(computed)]
    resource_group_default_process_mode: Option<ProcessMode>,

    /// When the container registry deletes tags.
    #[tf(computed, api = "container_expiration_policy_attributes", read = "container_expiration_policy")]
    container_expiration_policy: Option<ContainerExpirationPolicy>,

    /// Whether the project is pulled from `import_url` again and again.
    #[tf(computed)]
    mirror: Option<bool>,

    /// Whether an update of the mirror starts pipelines.
    #[tf(computed, volatile(mirror))]
    mirror_trigger_builds: Option<bool>,

    /// Whether the mirror overwrites branches that went another way.
    #[tf(computed, on = update, volatile(mirror))]
    mirror_overwrites_diverged_branches: Option<bool>,

    /// Whether only protected branches are mirrored.
    #[tf(computed, on = update, volatile(mirror))]
    only_mirror_protected_branches: Option<bool>,

    /// Pattern of the branches that are mirrored.
    #[tf(unread, on = update)]
    mirror_branch_regex: Option<String>,

    /// Number of the user that mirrored changes belong to.
    #[tf(computed, on = update, volatile(mirror))]
    mirror_user_id: Option<u64>,

    /// Whether a destroy archives the project and deletes nothing, whatever `permanently_delete_on_destroy` says.
    #[tf(local, default = false)]
    archive_on_destroy: bool,

    /// Whether a destroy removes the project at once instead of marking it.
    #[tf(local, default = false)]
    permanently_delete_on_destroy: bool,

    /// Number that GitLab assigned to the project.
    id: Computed<u64>,

    /// Path with all groups, such as `infra/network/edge`.
    #[tf(volatile(path, namespace_id))]
    path_with_namespace: Computed<String>,

    /// Page of the project.
    #[tf(volatile(path, namespace_id))]
    web_url: Computed<String>,

    /// Address to clone from over HTTP.
    #[tf(volatile(path, namespace_id))]
    http_url_to_repo: Computed<String>,

    /// Address to clone from over SSH.
    #[tf(volatile(path, namespace_id))]
    ssh_url_to_repo: Computed<String>,

    /// Whether nothing has been pushed yet.
    empty_repo: Computed<bool>,
}

/// How merge requests are merged.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum MergeMethod {
    Merge,
    RebaseMerge,
    Ff,
}

/// Whether commits are squashed.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum Squash {
    Never,
    Always,
    DefaultOn,
    DefaultOff,
}

/// Who can override pipeline variables.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum OverrideRole {
    NoOneAllowed,
    Developer,
    Maintainer,
    Owner,
}

/// Who can cancel pipelines.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum CancelRole {
    Developer,
    Maintainer,
    NoOne,
}

/// A setting that GitLab keeps as a word.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum Toggle {
    Enabled,
    Disabled,
}

/// How jobs get the source.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum GitStrategy {
    Fetch,
    Clone,
}

/// How Auto DevOps deploys.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum DeployStrategy {
    Continuous,
    Manual,
    TimedIncremental,
}

/// In which order jobs of a resource group run.
#[derive(Clone, Copy, PartialEq, OneOf)]
enum ProcessMode {
    Unordered,
    OldestFirst,
    NewestFirst,
    NewestReadyFirst,
}

fn url(id: &u64) -> ApiPath {
    path!("projects" / id)
}

impl Resource for Project {
    type Client = GitLab;

    async fn create(gitlab: &GitLab, plan: Project) -> Result<Project> {
        gitlab.post(path!("projects"), plan).await
    }

    async fn read(gitlab: &GitLab, id: u64) -> Result<Option<Project>> {
        gitlab.find_unmarked(Request::get(url(&id))).await
    }

    async fn update(gitlab: &GitLab, id: u64, change: Change<Project>) -> Result<()> {
        let (prior, plan) = (&change.prior, &change.plan);
        let archives = plan.archived.is_some() && plan.archived != prior.archived;
        // An archived project refuses every other change.
        if archives && plan.archived == Some(false) {
            gitlab.act(Request::post(path!("projects" / id / "unarchive")), None).await?;
        }
        if plan.namespace_id.is_some() && plan.namespace_id != prior.namespace_id {
            let target = plan.namespace_id.map(|namespace| ("namespace", namespace));
            gitlab.act(Request::put(path!("projects" / id / "transfer")), target).await?;
        }
        gitlab.put::<Project>(url(&id), change.diff()).await?;
        if archives && plan.archived == Some(true) {
            gitlab.act(Request::post(path!("projects" / id / "archive")), None).await?;
        }
        Ok(())
    }

    async fn delete(gitlab: &GitLab, id: u64, state: Project) -> Result<()> {
        if state.archive_on_destroy {
            return gitlab.act(Request::post(path!("projects" / id / "archive")), None).await;
        }
        let permanently = state.permanently_delete_on_destroy;
        deletion::delete(gitlab, Request::get(url(&id)), url(&id), "path_with_namespace", permanently).await
    }

    async fn locate(gitlab: &GitLab, path_with_namespace: String) -> Result<Option<Project>> {
        // The path of a project that was moved or marked is free, although GitLab still redirects from it.
        gitlab.find_unmarked(Request::get(path!("projects" / path_with_namespace)).accept(MOVED)).await
    }

    async fn natural_of(gitlab: &GitLab, plan: &Project) -> Result<Option<String>> {
        match plan.path.clone().or_else(|| namespace::path_of_name(&plan.name)) {
            Some(path) => namespace::full_path_of_project(gitlab, plan.namespace_id, &path).await,
            None => Ok(None),
        }
    }

    /// Some versions show the credentials of `import_url_wo`, masked or not; they go no further.
    fn reconcile(_: Option<&Self>, mut actual: Self) -> Self {
        actual.import_url = actual.import_url.map(|url| without_user(&url));
        actual
    }

    /// Imports and templates go on after the answer; settings that are sent meanwhile would be lost.
    async fn ready(gitlab: &GitLab, id: u64, created: Project) -> Result<()> {
        if created.import_url.is_none()
            && created.import_url_wo_version.is_none()
            && created.template_name.is_none()
            && created.template_project_id.is_none()
        {
            return Ok(());
        }
        loop {
            let project = gitlab.look_up(Request::get(url(&id))).await?.unwrap_or_default();
            match project.get("import_status").and_then(Value::as_str) {
                Some("scheduled" | "started") => operation::sleep(std::time::Duration::from_secs(1)).await?,
                Some("failed") => {
                    let reason = project.get("import_error").and_then(Value::as_str).unwrap_or("GitLab gave no reason");
                    return Err(Error::new(format!("the import failed: {reason}")));
                }
                _ => return Ok(()),
            }
        }
    }
}
