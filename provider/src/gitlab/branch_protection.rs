//! Branch protections: who can push to, merge into and unprotect a branch.

use super::branch_rights::{Allowed, RIGHTS, Wanted, is_community, split_rights};
use super::client::{GitLab, found, has};
use super::listing::Listing;
use super::words::Role;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::value::Value;

/// Manages the protection of a branch, or of all branches that match a pattern.
///
/// GitLab protects the default branch of a new project by itself: set `adopt_existing` for that one.
/// GitLab CE cannot change who may push or merge: there the branch is unprotected and protected anew at once.
#[derive(Clone, Schema)]
#[tf(name = "gitlab_branch_protection", key(project, branch), moved_from("gitlab_branch_protection"))]
pub struct BranchProtection {
    /// Path or number of the project.
    #[tf(url)]
    project: String,

    /// Name of the branch, or a pattern such as `release/*`.
    #[tf(api = "name", check = length(1..=255))]
    branch: String,

    /// Lowest role that can push.
    #[tf(computed, on = create)]
    push_access_level: Option<Role>,

    /// Lowest role that can merge.
    #[tf(computed, on = create)]
    merge_access_level: Option<Role>,

    /// Lowest role that can remove the protection.
    #[tf(computed, on = create)]
    unprotect_access_level: Option<Role>,

    /// Users, groups and deploy keys that can push besides.
    #[tf(on = create)]
    allowed_to_push: Option<BTreeSet<Allowed>>,

    /// Users and groups that can merge besides.
    #[tf(on = create)]
    allowed_to_merge: Option<BTreeSet<Allowed>>,

    /// Users and groups that can remove the protection besides.
    #[tf(on = create)]
    allowed_to_unprotect: Option<BTreeSet<Allowed>>,

    /// Whether those who can push can force a push.
    #[tf(computed)]
    allow_force_push: Option<bool>,

    /// Whether changes to files with code owners need their approval.
    #[tf(computed)]
    code_owner_approval_required: Option<bool>,

    /// Whether to take over a protection that exists already, such as that of the default branch.
    #[tf(local, default = false, adopts)]
    adopt_existing: bool,

    /// Number of the protection.
    #[tf(read = "id")]
    branch_protection_id: Computed<u64>,
}

type Key = <BranchProtection as Schema>::Key;

fn protections(project: &str) -> Listing {
    Listing::of(path!("projects" / project / "protected_branches"))
}

fn url((project, branch): &Key) -> ApiPath {
    path!("projects" / project / "protected_branches" / branch)
}

impl Resource for BranchProtection {
    type Client = GitLab;

    async fn create(gitlab: &GitLab, plan: Self) -> Result<Self> {
        gitlab.post_as(protections(&plan.project).path, plan, split_rights).await
    }

    async fn read(gitlab: &GitLab, key: Key) -> Result<Option<Self>> {
        let (list, one, branch) = (protections(&key.0), Request::get(url(&key)), key.1.clone());
        let answer = gitlab
            .find_among(list, one, |one| has(one, "name", branch.as_str()) && !has(one, "inherited", true))
            .await?;
        found(answer.map(split_rights), &Self::key_object(&key))
    }

    async fn update(gitlab: &GitLab, key: Key, change: Change<Self>) -> Result<()> {
        let mut body = change.diff();
        let plan = change.plan.clone();
        let rights = [
            Wanted { role: plan.push_access_level, others: plan.allowed_to_push },
            Wanted { role: plan.merge_access_level, others: plan.allowed_to_merge },
            Wanted { role: plan.unprotect_access_level, others: plan.allowed_to_unprotect },
        ];
        // The rules are changed by their numbers, which only a fresh answer holds.
        let current = gitlab.look_up(Request::get(url(&key))).await?.unwrap_or_default();
        for ((_, others, together), wanted) in RIGHTS.into_iter().zip(rights) {
            let Some(current) = current.get(together).and_then(Value::as_list) else { continue };
            let changes = wanted.changes(current);
            if !changes.is_empty() {
                body = body.with(others, Value::List(changes));
            }
        }
        if is_community(&current) && RIGHTS.iter().any(|(_, others, _)| body.set.contains_key(others)) {
            gitlab.delete(url(&key)).await?;
            let again = gitlab.post_as(protections(&key.0).path, change.plan, split_rights).await.map(drop);
            return again.map_err(|error| error.context("the branch is not protected any more"));
        }
        gitlab.change::<Self>(Request::patch(url(&key)), body).await
    }

    async fn delete(gitlab: &GitLab, key: Key, _: Self) -> Result<()> {
        gitlab.delete(url(&key)).await
    }
}
