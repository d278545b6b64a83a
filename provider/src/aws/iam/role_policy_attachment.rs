//! Managed policies of roles.

use super::action::set;
use super::{account, names, role_calls};
use crate::aws::client::Aws;
use tfplugin::prelude::*;

/// Manages the attachment of a managed policy to a role.
#[derive(Clone, Schema)]
#[tf(
    name = "iam_role_policy_attachment",
    key(role, policy_arn),
    import = "{role}/{policy_arn}",
    moved_from("aws_iam_role_policy_attachment")
)]
pub struct RolePolicyAttachment {
    /// Name of the role.
    #[tf(check = names::name(64))]
    role: String,

    /// ARN of the policy, one of the account or one of AWS's, such as `arn:aws:iam::aws:policy/ReadOnlyAccess`.
    #[tf(check = names::arn)]
    policy_arn: String,
}

impl Resource for RolePolicyAttachment {
    type Client = Aws;

    async fn create(aws: &Aws, plan: RolePolicyAttachment) -> Result<RolePolicyAttachment> {
        let request = aws.iam().attach_role_policy().role_name(&plan.role).policy_arn(&plan.policy_arn);
        role_calls::write(aws, &plan.role, set("AttachRolePolicy"), || request.clone().send()).await?;
        Ok(plan)
    }

    async fn read(aws: &Aws, (role, policy_arn): (String, String)) -> Result<Option<RolePolicyAttachment>> {
        let is_attached = account::is_attached(aws, &role, &policy_arn).await?;
        Ok(is_attached.then_some(RolePolicyAttachment { role, policy_arn }))
    }

    async fn delete(aws: &Aws, (role, policy_arn): (String, String), _: Self) -> Result<()> {
        role_calls::detach(aws, &role, &policy_arn).await
    }
}
