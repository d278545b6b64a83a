//! The managed policies of an account, and the versions of one.
//!
//! GetAccountAuthorizationDetails tells the documents of all in a few calls, but not their tags; GetPolicy tells the tags
//! of one. A version of a policy never changes, so a document that was listed holds as long as the version is the default.

use std::sync::Arc;

use aws_sdk_iam::types::{EntityType, ManagedPolicyDetail, Policy, PolicyScopeType, PolicyVersion};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tfplugin::prelude::*;

use super::action::{delete, make, read, set, settled};
use super::document::decoded;
use super::tag_list::to_list;
use crate::aws::client::Aws;
use crate::aws::tags::TagChanges;
use crate::http::Action;

/// Policies of a page; IAM gives fewer where they are long.
const PAGE: i32 = 500;

const DETAILS: &str = "iam policies";

/// Policies by their ARNs, or none where the call is not allowed.
type Policies = Option<Arc<BTreeMap<String, ManagedPolicyDetail>>>;

/// Sends a write to a policy, after which what was listed is stale.
pub async fn write<T, E, F>(aws: &Aws, arn: &str, action: Action, send: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    aws.collections.wrote(DETAILS);
    let written = settled(aws, arn, action, send).await;
    aws.collections.wrote(DETAILS);
    written
}

/// The policy with this ARN.
pub async fn policy(aws: &Aws, arn: &str) -> Result<Option<Policy>> {
    let found = aws.call(read("GetPolicy"), || aws.iam().get_policy().policy_arn(arn).send()).await;
    Ok(if_there(found)?.and_then(|answer| answer.policy))
}

/// The document of a policy's default version.
pub async fn document(aws: &Aws, arn: &str, policy: &Policy) -> Result<String> {
    let version = policy.default_version_id.as_deref().unwrap_or("v1");
    // The list has the account's own alone.
    let policies = if arn.contains(":iam::aws:") { None } else { details(aws).await? };
    let listed = policies.and_then(|policies| {
        // Another policy of this ARN may have been made since.
        let listed = policies.get(arn).filter(|one| one.policy_id.is_none() || one.policy_id == policy.policy_id)?;
        let mut versions = listed.policy_version_list.iter().flatten();
        versions.find(|one| one.version_id.as_deref() == Some(version))?.document.clone()
    });
    if let Some(document) = listed {
        return Ok(decoded(&document));
    }
    let ask = || aws.iam().get_policy_version().policy_arn(arn).version_id(version).send();
    let answer = aws.call(read("GetPolicyVersion"), ask).await?;
    let document = answer.policy_version.and_then(|version| version.document);
    document.map(|document| decoded(&document)).ok_or_else(|| Error::new("iam:GetPolicyVersion answered no document"))
}

/// The ARN of the account's policy of this name, whatever its path is. Names have no case.
pub async fn arn_of(aws: &Aws, name: &str) -> Result<Option<String>> {
    if let Some(policies) = details(aws).await? {
        let is_it = |arn: &&String| arn.rsplit('/').next().is_some_and(|one| one.eq_ignore_ascii_case(name));
        return Ok(policies.keys().find(is_it).cloned());
    }
    let mut marker = None;
    loop {
        let ask = || {
            aws.iam().list_policies().scope(PolicyScopeType::Local).max_items(PAGE).set_marker(marker.clone()).send()
        };
        let page = aws.call(read("ListPolicies"), ask).await?;
        let is_it = |policy: &Policy| policy.policy_name.as_ref().is_some_and(|one| one.eq_ignore_ascii_case(name));
        if let Some(policy) = page.policies.into_iter().flatten().find(is_it) {
            return Ok(policy.arn);
        }
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(None);
        }
    }
}

/// Makes a document the default version. Five versions are the most, so that the oldest has to go.
pub async fn new_version(aws: &Aws, arn: &str, document: &str) -> Result<()> {
    let request = aws.iam().create_policy_version().policy_arn(arn).policy_document(document).set_as_default(true);
    let create = || write(aws, arn, make("CreatePolicyVersion"), || request.clone().send());
    match create().await {
        Err(error) if has_all_versions(&error) => {
            let oldest = other_versions(aws, arn).await?.into_iter().min_by_key(number);
            let Some(oldest) = oldest else { return Err(error) };
            delete_version(aws, arn, &oldest).await?;
            create().await.map(drop)
        }
        created => created.map(drop),
    }
}

/// Whether it says `A managed policy can have up to 5 versions.`; a document that is too long is `LimitExceeded` as well.
fn has_all_versions(refused: &Error) -> bool {
    let said = refused.message().split_once("LimitExceeded").map(|(_, said)| said.to_lowercase());
    said.is_some_and(|said| said.contains("versions"))
}

/// The number of a version such as `v7`; several can be of the same second.
fn number(version: &PolicyVersion) -> u64 {
    let id = version.version_id.as_deref().and_then(|id| id.strip_prefix('v'));
    id.and_then(|number| number.parse().ok()).unwrap_or_default()
}

/// Changes the tags of a policy.
pub async fn tag(aws: &Aws, arn: &str, changes: TagChanges) -> Result<()> {
    if !changes.removed.is_empty() {
        let request = aws.iam().untag_policy().policy_arn(arn).set_tag_keys(Some(changes.removed));
        write(aws, arn, set("UntagPolicy"), || request.clone().send()).await?;
    }
    if !changes.set.is_empty() {
        let request = aws.iam().tag_policy().policy_arn(arn).set_tags(to_list(&changes.set)?);
        write(aws, arn, set("TagPolicy"), || request.clone().send()).await?;
    }
    Ok(())
}

/// Deletes all versions but the default one, which goes with the policy.
pub async fn delete_other_versions(aws: &Aws, arn: &str) -> Result<()> {
    for version in other_versions(aws, arn).await? {
        delete_version(aws, arn, &version).await?;
    }
    Ok(())
}

async fn delete_version(aws: &Aws, arn: &str, version: &PolicyVersion) -> Result<()> {
    let id = version.version_id.as_deref().unwrap_or_default();
    let send = || aws.iam().delete_policy_version().policy_arn(arn).version_id(id).send();
    match write(aws, arn, delete("DeletePolicyVersion"), send).await {
        Err(error) if !error.is_not_found() => return Err(error),
        _ => aws.recent.parted(arn),
    }
    Ok(())
}

async fn other_versions(aws: &Aws, arn: &str) -> Result<Vec<PolicyVersion>> {
    let (mut versions, mut marker) = (Vec::new(), None);
    loop {
        let ask = || aws.iam().list_policy_versions().policy_arn(arn).set_marker(marker.clone()).send();
        let page = aws.call(read("ListPolicyVersions"), ask).await?;
        versions.extend(page.versions.into_iter().flatten().filter(|version| !version.is_default_version));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(versions);
        }
    }
}

async fn details(aws: &Aws) -> Result<Policies> {
    let details = aws.collections.read(DETAILS, || load(aws)).await?;
    Ok(details.and_then(|details| details.as_ref().clone()))
}

async fn load(aws: &Aws) -> Result<Policies> {
    let (mut policies, mut marker) = (BTreeMap::new(), None);
    loop {
        let ask = || {
            let request = aws.iam().get_account_authorization_details().filter(EntityType::LocalManagedPolicy);
            request.max_items(PAGE).set_marker(marker.clone()).send()
        };
        let Some(page) = aws.call_if_allowed(read("GetAccountAuthorizationDetails"), ask).await? else {
            return Ok(None);
        };
        policies.extend(page.policies.into_iter().flatten().filter_map(|one| Some((one.arn.clone()?, one))));
        marker = page.marker.filter(|_| page.is_truncated);
        if marker.is_none() {
            return Ok(Some(Arc::new(policies)));
        }
    }
}
