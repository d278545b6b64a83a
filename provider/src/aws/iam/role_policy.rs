//! Policies that belong to one role.

use super::action::{delete, set};
use super::document::PolicyDocument;
use super::{account, names, role_calls};
use crate::aws::client::Aws;
use tfplugin::prelude::*;
use tfplugin::schema::Semantic;

/// Manages a policy that is part of a role and ends with it.
#[derive(Clone, Schema)]
#[tf(name = "iam_role_policy", key(role, name), conflicts(name, name_prefix), moved_from("aws_iam_role_policy"))]
pub struct RolePolicy {
    /// Name of the role.
    #[tf(check = names::name(64))]
    role: String,

    /// Name of the policy; omit it for one that the role has no other of.
    #[tf(computed, check = names::name(128))]
    name: Option<String>,

    /// Beginning of a name that the role has no other of.
    #[tf(local, replace, check = names::prefix(128))]
    name_prefix: Option<String>,

    /// What the role may do, in JSON, compared by what it means.
    policy: PolicyDocument,
}

async fn put(aws: &Aws, role: &str, name: &str, policy: &PolicyDocument) -> Result<()> {
    let request = aws.iam().put_role_policy().role_name(role).policy_name(name).policy_document(policy.sent());
    role_calls::write(aws, role, set("PutRolePolicy"), || request.clone().send()).await?;
    aws.recent.changed(name);
    Ok(())
}

impl Resource for RolePolicy {
    type Client = Aws;

    async fn create(aws: &Aws, plan: RolePolicy) -> Result<RolePolicy> {
        let name = plan.name.clone().unwrap_or_else(|| names::unique(plan.name_prefix.as_deref()));
        put(aws, &plan.role, &name, &plan.policy).await?;
        Ok(RolePolicy { name: Some(name), ..plan })
    }

    async fn read(aws: &Aws, (role, name): (String, String)) -> Result<Option<RolePolicy>> {
        let Some(policy) = account::inline_policy(aws, &role, &name).await? else { return Ok(None) };
        let policy = PolicyDocument::read(policy)?;
        Ok(Some(RolePolicy { role, name: Some(name), name_prefix: None, policy }))
    }

    async fn update(aws: &Aws, (role, name): (String, String), change: Change<RolePolicy>) -> Result<()> {
        put(aws, &role, &name, &change.plan.policy).await
    }

    async fn delete(aws: &Aws, (role, name): (String, String), _: RolePolicy) -> Result<()> {
        let send = || aws.iam().delete_role_policy().role_name(&role).policy_name(&name).send();
        role_calls::write(aws, &role, delete("DeleteRolePolicy"), send).await?;
        aws.recent.parted(&role);
        Ok(())
    }
}
