//! Roles.

use super::account::{self, Assigned, Found};
use super::action::{delete, set};
use super::document::TrustDocument;
use super::names;
use super::role_calls::{self, seconds};
use super::tag_list::to_list;
use crate::aws::client::Aws;
use crate::aws::tags::Tagging;
use tfplugin::prelude::*;
use tfplugin::schema::Semantic;

/// Manages a role: an identity with permissions that others take on for some time.
#[derive(Clone, Schema)]
#[tf(name = "iam_role", key(name), conflicts(name, name_prefix), moved_from("aws_iam_role"))]
pub struct Role {
    /// Name, unique in the account whatever its case; omit it for one that nobody else has.
    #[tf(computed, check = names::name(64))]
    name: Option<String>,

    /// Beginning of a name that nobody else has.
    #[tf(local, replace, check = names::prefix(64))]
    name_prefix: Option<String>,

    /// Who may assume the role, in JSON, compared by what it means. For jobs of GitLab and GitHub, the functions
    /// `gitlab_trust_policy` and `github_trust_policy` write it.
    assume_role_policy: TrustDocument,

    /// Path that stands before the name in the ARN.
    #[tf(default = "/", replace, check = names::path)]
    path: String,

    /// What the role is for.
    #[tf(check = names::description)]
    description: Option<String>,

    /// Seconds that a session of the role lasts at most.
    #[tf(default = 3600, check = between(3600..=43_200))]
    max_session_duration: u64,

    /// ARN of the policy that bounds what the role's policies can allow.
    #[tf(check = names::arn)]
    permissions_boundary: Option<String>,

    /// Whether a deletion takes away what others attached to the role: policies, and its place in instance profiles.
    #[tf(local, default = false)]
    force_detach_policies: bool,

    #[tf(flatten)]
    tagging: Tagging,

    #[tf(flatten)]
    assigned: Assigned,
}

fn shown(name: String, found: Found, aws: &Aws) -> Result<Role> {
    Ok(Role {
        name: Some(name),
        name_prefix: None,
        assume_role_policy: TrustDocument::read(found.trust)?,
        path: found.path,
        description: Some(found.description),
        max_session_duration: found.max_session_duration,
        permissions_boundary: found.permissions_boundary,
        force_detach_policies: false,
        tagging: Tagging::of(found.tags, &aws.default_tags),
        assigned: found.assigned,
    })
}

impl Resource for Role {
    type Client = Aws;

    async fn create(aws: &Aws, plan: Role) -> Result<Role> {
        let name = plan.name.clone().unwrap_or_else(|| names::unique(plan.name_prefix.as_deref()));
        let (tagging, is_own_name) = (plan.tagging.clone().complete(&aws.default_tags), plan.name.is_none());
        let request = aws.iam().create_role().role_name(&name).path(&plan.path);
        let request = request.assume_role_policy_document(plan.assume_role_policy.sent());
        let request = request.max_session_duration(seconds(plan.max_session_duration));
        let request = request.set_description(plan.description.clone());
        let request = request.set_permissions_boundary(plan.permissions_boundary.clone());
        let request = request.set_tags(to_list(&tagging.wanted(&aws.default_tags))?);
        let Found { assigned, .. } = role_calls::create(aws, &name, is_own_name, request).await?;
        Ok(Role { name: Some(name), tagging, assigned, ..plan })
    }

    async fn read(aws: &Aws, name: String) -> Result<Option<Role>> {
        let found = account::role(aws, &name).await?;
        found.map(|found| shown(name, found, aws)).transpose()
    }

    async fn update(aws: &Aws, name: String, change: Change<Role>) -> Result<()> {
        let (prior, plan) = (&change.prior, &change.plan);
        if prior.assume_role_policy != plan.assume_role_policy {
            let request = aws.iam().update_assume_role_policy().role_name(&name);
            let request = request.policy_document(plan.assume_role_policy.sent());
            role_calls::write(aws, &name, set("UpdateAssumeRolePolicy"), || request.clone().send()).await?;
        }
        if (&prior.description, prior.max_session_duration) != (&plan.description, plan.max_session_duration) {
            role_calls::describe(aws, &name, plan.description.as_deref(), plan.max_session_duration).await?;
        }
        if prior.permissions_boundary != plan.permissions_boundary {
            role_calls::bound(aws, &name, plan.permissions_boundary.as_deref()).await?;
        }
        role_calls::tag(aws, &name, prior.tagging.changes(&plan.tagging, &aws.default_tags)).await
    }

    async fn delete(aws: &Aws, name: String, state: Role) -> Result<()> {
        if state.force_detach_policies {
            role_calls::strip(aws, &name).await?;
        }
        let send = || aws.iam().delete_role().role_name(&name).send();
        role_calls::write(aws, &name, delete("DeleteRole"), send).await.map(drop)
    }

    fn reconcile(prior: Option<&Role>, actual: Role) -> Role {
        Role { tagging: Tagging::reconcile(prior.map(|prior| &prior.tagging), actual.tagging.clone()), ..actual }
    }
}
