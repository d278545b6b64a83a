//! Calls that change a role or what belongs to it.

use aws_sdk_iam::operation::create_role::builders::CreateRoleFluentBuilder;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tfplugin::prelude::*;

use super::account::{self, Found};
use super::action::{delete, make, set, settled};
use super::tag_list::to_list;
use crate::aws::client::Aws;
use crate::aws::tags::TagChanges;
use crate::http::Action;

/// Sends a write to a role, after which what was listed is stale.
pub async fn write<T, E, F>(aws: &Aws, role: &str, action: Action, send: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    account::wrote(aws);
    let written = settled(aws, role, action, send).await;
    account::wrote(aws);
    written
}

/// Creates a role. If the answer is lost, one whose name was made here is found by that name; any other is waited for, so
/// that whoever looks for it finds it.
pub async fn create(aws: &Aws, name: &str, is_own_name: bool, request: CreateRoleFluentBuilder) -> Result<Found> {
    let made = write(aws, name, make("CreateRole"), || request.clone().send()).await;
    let found = match made {
        Ok(answer) => answer.role.as_ref().map(account::single).transpose()?,
        Err(lost) if lost.is_answer_lost() => {
            let found = aws.recent.appears(|| account::role(aws, name)).await;
            Some(found.filter(|_| is_own_name).ok_or(lost)?)
        }
        Err(error) => return Err(error),
    };
    let found = found.ok_or_else(|| Error::answer_lost("iam:CreateRole answered without the role"))?;
    aws.recent.changed(name);
    found.assigned.arn.get().into_iter().for_each(|arn| aws.recent.changed(arn));
    Ok(found)
}

/// Seconds as IAM's client has them.
pub fn seconds(session: u64) -> i32 {
    i32::try_from(session).unwrap_or(i32::MAX)
}

/// Sets what a role is for and how long its sessions last: IAM takes either for unset where a call leaves it out.
pub async fn describe(aws: &Aws, role: &str, description: Option<&str>, session: u64) -> Result<()> {
    let request = aws.iam().update_role().role_name(role).description(description.unwrap_or_default());
    let request = request.max_session_duration(seconds(session));
    write(aws, role, set("UpdateRole"), || request.clone().send()).await.map(drop)
}

/// Sets the policy that bounds a role, or takes it away.
pub async fn bound(aws: &Aws, role: &str, boundary: Option<&str>) -> Result<()> {
    match boundary {
        Some(arn) => {
            let send = || aws.iam().put_role_permissions_boundary().role_name(role).permissions_boundary(arn).send();
            write(aws, role, set("PutRolePermissionsBoundary"), send).await?;
        }
        None => {
            let send = || aws.iam().delete_role_permissions_boundary().role_name(role).send();
            unless_gone(write(aws, role, delete("DeleteRolePermissionsBoundary"), send).await)?;
        }
    }
    Ok(())
}

/// Changes the tags of a role.
pub async fn tag(aws: &Aws, role: &str, changes: TagChanges) -> Result<()> {
    if !changes.removed.is_empty() {
        let send = || aws.iam().untag_role().role_name(role).set_tag_keys(Some(changes.removed.clone())).send();
        write(aws, role, set("UntagRole"), send).await?;
    }
    if !changes.set.is_empty() {
        let tags = to_list(&changes.set)?;
        write(aws, role, set("TagRole"), || aws.iam().tag_role().role_name(role).set_tags(tags.clone()).send()).await?;
    }
    Ok(())
}

/// Takes away all that would keep a role from being deleted.
pub async fn strip(aws: &Aws, role: &str) -> Result<()> {
    for profile in account::instance_profiles(aws, role).await? {
        let iam = || aws.iam().remove_role_from_instance_profile().role_name(role).instance_profile_name(&profile);
        unless_gone(write(aws, role, delete("RemoveRoleFromInstanceProfile"), || iam().send()).await)?;
    }
    for arn in account::attached(aws, role).await? {
        detach(aws, role, &arn).await?;
    }
    for policy in account::inline_policies(aws, role).await? {
        let send = || aws.iam().delete_role_policy().role_name(role).policy_name(&policy).send();
        unless_gone(write(aws, role, delete("DeleteRolePolicy"), send).await)?;
    }
    aws.recent.parted(role);
    Ok(())
}

/// Detaches a managed policy.
pub async fn detach(aws: &Aws, role: &str, arn: &str) -> Result<()> {
    let send = || aws.iam().detach_role_policy().role_name(role).policy_arn(arn).send();
    unless_gone(write(aws, role, delete("DetachRolePolicy"), send).await)?;
    aws.recent.parted(role);
    aws.recent.parted(arn);
    Ok(())
}

/// What is gone already is as good.
fn unless_gone<T>(written: Result<T>) -> Result<()> {
    match written {
        Err(error) if !error.is_not_found() => Err(error),
        _ => Ok(()),
    }
}
