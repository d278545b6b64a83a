//! Issuers of tokens that the account trusts.

use super::action::{delete, make, read};
use super::provider_url::ProviderUrl;
use super::tag_list::{from_list, to_list};
use super::{names, provider_calls};
use crate::aws::client::Aws;
use crate::aws::tags::Tagging;
use tfplugin::prelude::*;
use tfplugin::schema::Semantic;

/// Manages an OpenID Connect provider: an issuer of tokens, such as a GitLab, whose tokens roles can trust.
#[derive(Clone, Schema)]
#[tf(name = "iam_openid_connect_provider", key(arn), also(url), moved_from("aws_iam_openid_connect_provider"))]
pub struct OpenIdConnectProvider {
    /// Address of the issuer: the claim `iss` of its tokens.
    #[tf(replace)]
    url: ProviderUrl,

    /// Audiences that tokens may have: what a job's `aud` says.
    client_id_list: BTreeSet<String>,

    /// Thumbprints of certificates that sign the issuer's, 40 hexadecimal digits each; omit it, and IAM finds it out.
    /// IAM does not look at it for issuers whose certificates an authority signed that it knows, such as GitLab.com and
    /// GitHub. Once set it can be changed, but not taken away: IAM has no call for that.
    #[tf(computed, check = thumbprints)]
    thumbprint_list: Option<BTreeSet<String>>,

    #[tf(flatten)]
    tagging: Tagging,

    /// ARN of the provider, which trust policies name.
    #[tf(check = names::arn)]
    arn: Computed<String>,
}

fn thumbprints(all: &BTreeSet<String>) -> Result<(), String> {
    let wrong = all.iter().find(|one| one.len() != 40 || !one.bytes().all(|digit| digit.is_ascii_hexdigit()));
    match (wrong, all.len()) {
        (Some(wrong), _) => Err(format!("has `{wrong}`, which is not 40 hexadecimal digits")),
        (None, 1..=5) => Ok(()),
        (None, count) => Err(format!("has {count} thumbprints; 1 to 5 are allowed, or omit it")),
    }
}

impl Resource for OpenIdConnectProvider {
    type Client = Aws;

    async fn create(aws: &Aws, plan: Self) -> Result<Self> {
        let tagging = plan.tagging.clone().complete(&aws.default_tags);
        let request = aws.iam().create_open_id_connect_provider().url(plan.url.issuer());
        let request = request.set_client_id_list(Some(plan.client_id_list.iter().cloned().collect()));
        let request = request.set_thumbprint_list(plan.thumbprint_list.clone().map(Vec::from_iter));
        let request = request.set_tags(to_list(&tagging.wanted(&aws.default_tags))?);
        let answer = aws.call(make("CreateOpenIDConnectProvider"), || request.clone().send()).await?;
        let arn = answer.open_id_connect_provider_arn;
        let arn = arn.ok_or_else(|| Error::answer_lost("iam:CreateOpenIDConnectProvider answered without the ARN"))?;
        aws.recent.changed(&arn);
        Ok(OpenIdConnectProvider { arn: arn.into(), tagging, ..plan })
    }

    async fn read(aws: &Aws, arn: String) -> Result<Option<Self>> {
        let ask = || aws.iam().get_open_id_connect_provider().open_id_connect_provider_arn(&arn).send();
        let Some(found) = if_there(aws.call(read("GetOpenIDConnectProvider"), ask).await)? else { return Ok(None) };
        Ok(Some(OpenIdConnectProvider {
            url: ProviderUrl::read(format!("https://{}", found.url.unwrap_or_default()))?,
            client_id_list: found.client_id_list.into_iter().flatten().collect(),
            thumbprint_list: found.thumbprint_list.map(BTreeSet::from_iter),
            tagging: Tagging::of(from_list(found.tags), &aws.default_tags),
            arn: arn.into(),
        }))
    }

    async fn update(aws: &Aws, arn: String, change: Change<Self>) -> Result<()> {
        provider_calls::change_audiences(aws, &arn, &change.prior.client_id_list, &change.plan.client_id_list).await?;
        if let Some(thumbprints) = &change.plan.thumbprint_list
            && change.prior.thumbprint_list.as_ref() != Some(thumbprints)
        {
            provider_calls::set_thumbprints(aws, &arn, thumbprints).await?;
        }
        let changes = change.prior.tagging.changes(&change.plan.tagging, &aws.default_tags);
        provider_calls::tag(aws, &arn, changes).await
    }

    async fn delete(aws: &Aws, arn: String, _: Self) -> Result<()> {
        let request = aws.iam().delete_open_id_connect_provider().open_id_connect_provider_arn(&arn);
        aws.call(delete("DeleteOpenIDConnectProvider"), || request.clone().send()).await.map(drop)
    }

    async fn locate(aws: &Aws, url: ProviderUrl) -> Result<Option<Self>> {
        match provider_calls::arn_of(aws, &url).await? {
            Some(arn) => Self::read(aws, arn).await,
            None => Ok(None),
        }
    }

    fn reconcile(prior: Option<&Self>, actual: Self) -> Self {
        let tagging = Tagging::reconcile(prior.map(|prior| &prior.tagging), actual.tagging.clone());
        OpenIdConnectProvider { tagging, ..actual }
    }
}
