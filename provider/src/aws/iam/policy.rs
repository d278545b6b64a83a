//! Managed policies of the account.

use super::action::{delete, make};
use super::document::PolicyDocument;
use super::tag_list::{from_list, to_list};
use super::{names, policies};
use crate::aws::client::Aws;
use crate::aws::tags::Tagging;
use tfplugin::prelude::*;
use tfplugin::schema::Semantic;

/// Manages a policy that stands by itself and can be attached to any number of roles.
#[derive(Clone, Schema)]
#[tf(name = "iam_policy", key(arn), also(name), conflicts(name, name_prefix), moved_from("aws_iam_policy"))]
pub struct Policy {
    /// Name, unique in the account whatever its case; omit it for one that nobody else has.
    #[tf(computed, replace, check = names::name(128))]
    name: Option<String>,

    /// Beginning of a name that nobody else has.
    #[tf(local, replace, check = names::prefix(128))]
    name_prefix: Option<String>,

    /// What the policy allows and denies, in JSON, compared by what it means. Each change makes a version of it; the
    /// oldest goes when there are five.
    policy: PolicyDocument,

    /// Path that stands before the name in the ARN.
    #[tf(default = "/", replace, check = names::path)]
    path: String,

    /// What the policy is for. IAM cannot change it afterwards.
    #[tf(replace, check = length(0..=1000))]
    description: Option<String>,

    #[tf(flatten)]
    tagging: Tagging,

    /// ARN of the policy.
    #[tf(check = names::arn)]
    arn: Computed<String>,

    /// Id that no other policy ever has, even one of the same name.
    policy_id: Computed<String>,

    /// To how many identities the policy is attached.
    #[tf(volatile)]
    attachment_count: Computed<u64>,
}

async fn found(aws: &Aws, arn: String) -> Result<Option<Policy>> {
    let Some(found) = policies::policy(aws, &arn).await? else { return Ok(None) };
    let document = policies::document(aws, &arn, &found).await?;
    Ok(Some(Policy {
        name: found.policy_name,
        name_prefix: None,
        policy: PolicyDocument::read(document)?,
        path: found.path.unwrap_or_else(|| "/".to_owned()),
        description: found.description,
        tagging: Tagging::of(from_list(found.tags), &aws.default_tags),
        arn: arn.into(),
        policy_id: found.policy_id.map(Computed::from).unwrap_or_default(),
        attachment_count: u64::try_from(found.attachment_count.unwrap_or_default()).unwrap_or_default().into(),
    }))
}

impl Resource for Policy {
    type Client = Aws;

    async fn create(aws: &Aws, plan: Policy) -> Result<Policy> {
        let name = plan.name.clone().unwrap_or_else(|| names::unique(plan.name_prefix.as_deref()));
        let tagging = plan.tagging.clone().complete(&aws.default_tags);
        let request = aws.iam().create_policy().policy_name(&name).path(&plan.path);
        let request = request.policy_document(plan.policy.sent()).set_description(plan.description.clone());
        let request = request.set_tags(to_list(&tagging.wanted(&aws.default_tags))?);
        let made = policies::write(aws, &name, make("CreatePolicy"), || request.clone().send()).await;
        let (arn, policy_id) = match made.map(|answer| answer.policy) {
            Ok(policy) => policy.and_then(|policy| policy.arn.zip(policy.policy_id)),
            Err(lost) if lost.is_answer_lost() => {
                let found = aws.recent.appears(|| Policy::locate(aws, name.clone())).await;
                // Nobody else has a name that was made here.
                return found.filter(|_| plan.name.is_none()).ok_or(lost);
            }
            Err(error) => return Err(error),
        }
        .ok_or_else(|| Error::answer_lost("iam:CreatePolicy answered without the policy"))?;
        aws.recent.changed(&arn);
        let (arn, policy_id, attachment_count) = (arn.into(), policy_id.into(), 0.into());
        Ok(Policy { name: Some(name), tagging, arn, policy_id, attachment_count, ..plan })
    }

    async fn read(aws: &Aws, arn: String) -> Result<Option<Policy>> {
        found(aws, arn).await
    }

    async fn update(aws: &Aws, arn: String, change: Change<Policy>) -> Result<()> {
        let (prior, plan) = (&change.prior, &change.plan);
        if prior.policy != plan.policy {
            policies::new_version(aws, &arn, plan.policy.sent()).await?;
        }
        policies::tag(aws, &arn, prior.tagging.changes(&plan.tagging, &aws.default_tags)).await
    }

    async fn delete(aws: &Aws, arn: String, _: Policy) -> Result<()> {
        policies::delete_other_versions(aws, &arn).await?;
        let request = aws.iam().delete_policy().policy_arn(&arn);
        policies::write(aws, &arn, delete("DeletePolicy"), || request.clone().send()).await.map(drop)
    }

    async fn locate(aws: &Aws, name: String) -> Result<Option<Policy>> {
        match policies::arn_of(aws, &name).await? {
            Some(arn) => found(aws, arn).await,
            None => Ok(None),
        }
    }

    fn reconcile(prior: Option<&Policy>, actual: Policy) -> Policy {
        Policy { tagging: Tagging::reconcile(prior.map(|prior| &prior.tagging), actual.tagging.clone()), ..actual }
    }
}
