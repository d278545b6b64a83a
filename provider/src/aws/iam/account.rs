//! The roles of an account: all of them in a few calls, or one of them after a write.
//!
//! GetAccountAuthorizationDetails tells of each role its trust, its policies, its boundary and its tags; ListRoles adds
//! the description and the length of sessions. Whoever may not call the two reads role by role, and so is read what they do
//! not tell of: IAM's lists show late what was just made.

use std::sync::Arc;

use aws_sdk_iam::types::{AttachedPermissionsBoundary, EntityType, Role, RoleDetail, Tag};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use tfplugin::prelude::*;

use super::action::read;
use super::document::decoded;
use super::propagation::NO_ARN;
use super::tag_list::from_list;
use crate::aws::client::Aws;
use crate::aws::tags::Tags;

/// Roles of a page; IAM gives fewer where their policies are long.
const PAGE: i32 = 500;

const DETAILS: &str = "iam roles with their policies";
const LIST: &str = "iam roles";

/// What IAM gives to a role.
#[derive(Clone, Debug, Nested)]
pub struct Assigned {
    /// ARN of the role.
    pub arn: Computed<String>,

    /// Id that no other role ever has, even one of the same name.
    pub unique_id: Computed<String>,

    /// When the role was created.
    pub create_date: Computed<String>,
}

/// A role as IAM has it.
#[derive(Clone, Debug)]
pub struct Found {
    /// What IAM gave to it.
    pub assigned: Assigned,
    /// Its path.
    pub path: String,
    /// Who may assume it.
    pub trust: String,
    /// What it is for; empty where nobody says.
    pub description: String,
    /// Seconds that a session lasts at most.
    pub max_session_duration: u64,
    /// ARN of the policy that bounds it.
    pub permissions_boundary: Option<String>,
    /// Its tags.
    pub tags: Tags,
}

/// Roles by their names, or none where the call is not allowed.
type Roles<T> = Option<Arc<BTreeMap<String, T>>>;

/// Marks what was listed as stale; before and after each write to a role or to what belongs to one.
pub fn wrote(aws: &Aws) {
    aws.collections.wrote(DETAILS);
    aws.collections.wrote(LIST);
}

/// The role of this name.
pub async fn role(aws: &Aws, name: &str) -> Result<Option<Found>> {
    if let Some(details) = details(aws).await? {
        if let Some(role) = details.get(name) {
            let list = aws.collections.read(LIST, || list(aws)).await?;
            let listed = list.as_deref().and_then(|list| list.as_ref()?.get(name));
            let listed = listed.filter(|listed| Some(&listed.role_id) == role.role_id.as_ref() && has_arn(listed));
            if let Some(listed) = listed {
                return detailed(role, listed).map(Some);
            }
        } else if !may_lag(aws).await? {
            return Ok(None);
        }
    }
    aws.recent.settled(name, || get(aws, name)).await
}

async fn get(aws: &Aws, name: &str) -> Result<Option<Found>> {
    let found = if_there(aws.call(read("GetRole"), || aws.iam().get_role().role_name(name).send()).await)?;
    match found.and_then(|answer| answer.role) {
        Some(role) if !has_arn(&role) => Err(Error::new(NO_ARN)),
        role => role.as_ref().map(single).transpose(),
    }
}

/// A role that was just made may have its unique id in the place of the ARN.
fn has_arn(role: &Role) -> bool {
    role.arn.starts_with("arn:")
}

/// Whether what is not in the list of details may be there all the same, since somebody made it a moment before. What this
/// process writes after the list was read is not meant: then the list says what was there before.
async fn may_lag(aws: &Aws) -> Result<bool> {
    let current = aws.collections.read_current(DETAILS, || load_details(aws)).await?;
    Ok(current.is_some())
}

/// The document of a role's own policy.
pub async fn inline_policy(aws: &Aws, role: &str, policy: &str) -> Result<Option<String>> {
    if let Some(details) = details(aws).await? {
        let policies = details.get(role).and_then(|role| role.role_policy_list.as_ref());
        let found = policies.into_iter().flatten().find(|one| one.policy_name.as_deref() == Some(policy));
        if found.is_some() || !may_lag(aws).await? {
            return Ok(found.and_then(|policy| policy.policy_document.as_deref()).map(decoded));
        }
    }
    let ask = || aws.iam().get_role_policy().role_name(role).policy_name(policy).send();
    let found = if_there(aws.call(read("GetRolePolicy"), ask).await)?;
    Ok(found.map(|answer| decoded(&answer.policy_document)))
}

/// Whether a managed policy is attached to a role.
pub async fn is_attached(aws: &Aws, role: &str, policy_arn: &str) -> Result<bool> {
    if let Some(details) = details(aws).await? {
        let attached = details.get(role).and_then(|role| role.attached_managed_policies.as_ref());
        let is_attached = attached.into_iter().flatten().any(|one| one.policy_arn.as_deref() == Some(policy_arn));
        if is_attached || !may_lag(aws).await? {
            return Ok(is_attached);
        }
    }
    let attached = if_there(attached(aws, role).await)?;
    Ok(attached.into_iter().flatten().any(|arn| arn == policy_arn))
}

/// ARNs of the managed policies that are attached to a role now.
pub async fn attached(aws: &Aws, role: &str) -> Result<Vec<String>> {
    let (mut arns, mut marker) = (Vec::new(), None);
    loop {
        let ask = || aws.iam().list_attached_role_policies().role_name(role).set_marker(marker.clone()).send();
        let page = aws.call(read("ListAttachedRolePolicies"), ask).await?;
        arns.extend(page.attached_policies.into_iter().flatten().filter_map(|policy| policy.policy_arn));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(arns);
        }
    }
}

/// Names of a role's own policies now.
pub async fn inline_policies(aws: &Aws, role: &str) -> Result<Vec<String>> {
    let (mut names, mut marker) = (Vec::new(), None);
    loop {
        let ask = || aws.iam().list_role_policies().role_name(role).set_marker(marker.clone()).send();
        let page = aws.call(read("ListRolePolicies"), ask).await?;
        names.extend(page.policy_names);
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(names);
        }
    }
}

/// Names of the instance profiles that a role is in now.
pub async fn instance_profiles(aws: &Aws, role: &str) -> Result<Vec<String>> {
    let (mut names, mut marker) = (Vec::new(), None);
    loop {
        let ask = || aws.iam().list_instance_profiles_for_role().role_name(role).set_marker(marker.clone()).send();
        let page = aws.call(read("ListInstanceProfilesForRole"), ask).await?;
        names.extend(page.instance_profiles.into_iter().map(|profile| profile.instance_profile_name));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(names);
        }
    }
}

/// All roles by their names; none after a write, or where the call is not allowed.
async fn details(aws: &Aws) -> Result<Option<Arc<BTreeMap<String, RoleDetail>>>> {
    let details = aws.collections.read(DETAILS, || load_details(aws)).await?;
    Ok(details.and_then(|details| details.as_ref().clone()))
}

async fn load_details(aws: &Aws) -> Result<Roles<RoleDetail>> {
    let (mut roles, mut marker) = (BTreeMap::new(), None);
    loop {
        let ask = || {
            let request = aws.iam().get_account_authorization_details().filter(EntityType::Role);
            request.max_items(PAGE).set_marker(marker.clone()).send()
        };
        let Some(page) = aws.call_if_allowed(read("GetAccountAuthorizationDetails"), ask).await? else {
            return Ok(None);
        };
        let named =
            page.role_detail_list.into_iter().flatten().filter_map(|role| Some((role.role_name.clone()?, role)));
        roles.extend(named);
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(Some(Arc::new(roles)));
        }
    }
}

async fn list(aws: &Aws) -> Result<Roles<Role>> {
    let (mut roles, mut marker) = (BTreeMap::new(), None);
    loop {
        let ask = || aws.iam().list_roles().max_items(PAGE).set_marker(marker.clone()).send();
        let Some(page) = aws.call_if_allowed(read("ListRoles"), ask).await? else { return Ok(None) };
        roles.extend(page.roles.into_iter().map(|role| (role.role_name.clone(), role)));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(Some(Arc::new(roles)));
        }
    }
}

/// A role from both lists: the one with details lacks the description, the other one tags and boundary.
fn detailed(role: &RoleDetail, listed: &Role) -> Result<Found> {
    found(listed, role.tags.clone(), role.permissions_boundary.as_ref())
}

/// A role from an answer that tells of it alone.
pub fn single(role: &Role) -> Result<Found> {
    found(role, role.tags.clone(), role.permissions_boundary.as_ref())
}

fn found(role: &Role, tags: Option<Vec<Tag>>, boundary: Option<&AttachedPermissionsBoundary>) -> Result<Found> {
    let (unique_id, create_date) = (role.role_id.clone().into(), time(&role.create_date)?.into());
    Ok(Found {
        assigned: Assigned { arn: role.arn.clone().into(), unique_id, create_date },
        path: role.path.clone(),
        trust: role.assume_role_policy_document.as_deref().map(decoded).unwrap_or_default(),
        description: role.description.clone().unwrap_or_default(),
        max_session_duration: role.max_session_duration.and_then(|seconds| seconds.try_into().ok()).unwrap_or(3600),
        permissions_boundary: boundary.and_then(|boundary| boundary.permissions_boundary_arn.clone()),
        tags: from_list(tags).collect(),
    })
}

fn time(time: &DateTime) -> Result<String> {
    time.fmt(Format::DateTime).map_err(|error| Error::new(format!("IAM answered a time that is none: {error}")))
}
