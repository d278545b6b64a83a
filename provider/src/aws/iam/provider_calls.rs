//! Calls that find and change an OpenID Connect provider.

use tfplugin::prelude::*;

use super::action::{read, set, settled};
use super::provider_url::ProviderUrl;
use super::tag_list::to_list;
use crate::aws::client::Aws;
use crate::aws::tags::TagChanges;

/// The ARN of the provider for this issuer.
pub async fn arn_of(aws: &Aws, url: &ProviderUrl) -> Result<Option<String>> {
    let ask = || aws.iam().list_open_id_connect_providers().send();
    let listed = aws.call(read("ListOpenIDConnectProviders"), ask).await?;
    let mut arns = listed.open_id_connect_provider_list.into_iter().flatten().filter_map(|provider| provider.arn);
    Ok(arns.find(|arn| {
        let issuer = arn.split_once(":oidc-provider/").and_then(|(_, issuer)| issuer.parse::<ProviderUrl>().ok());
        issuer.as_ref() == Some(url)
    }))
}

/// Adds audiences before others are removed, so that a provider always has one.
pub async fn change_audiences(aws: &Aws, arn: &str, prior: &BTreeSet<String>, plan: &BTreeSet<String>) -> Result<()> {
    for id in plan.difference(prior) {
        let request = aws.iam().add_client_id_to_open_id_connect_provider();
        let request = request.open_id_connect_provider_arn(arn).client_id(id);
        let action = set("AddClientIDToOpenIDConnectProvider");
        settled(aws, arn, action, || request.clone().send()).await?;
    }
    for id in prior.difference(plan) {
        let request = aws.iam().remove_client_id_from_open_id_connect_provider();
        let request = request.open_id_connect_provider_arn(arn).client_id(id);
        let action = set("RemoveClientIDFromOpenIDConnectProvider");
        settled(aws, arn, action, || request.clone().send()).await?;
    }
    Ok(())
}

/// Sets the thumbprints.
pub async fn set_thumbprints(aws: &Aws, arn: &str, thumbprints: &BTreeSet<String>) -> Result<()> {
    let request = aws.iam().update_open_id_connect_provider_thumbprint().open_id_connect_provider_arn(arn);
    let request = request.set_thumbprint_list(Some(thumbprints.iter().cloned().collect()));
    let action = set("UpdateOpenIDConnectProviderThumbprint");
    settled(aws, arn, action, || request.clone().send()).await.map(drop)
}

/// Changes the tags.
pub async fn tag(aws: &Aws, arn: &str, changes: TagChanges) -> Result<()> {
    if !changes.removed.is_empty() {
        let request = aws.iam().untag_open_id_connect_provider().open_id_connect_provider_arn(arn);
        let request = request.set_tag_keys(Some(changes.removed));
        let action = set("UntagOpenIDConnectProvider");
        settled(aws, arn, action, || request.clone().send()).await?;
    }
    if !changes.set.is_empty() {
        let request = aws.iam().tag_open_id_connect_provider().open_id_connect_provider_arn(arn);
        let request = request.set_tags(to_list(&changes.set)?);
        let action = set("TagOpenIDConnectProvider");
        settled(aws, arn, action, || request.clone().send()).await?;
    }
    Ok(())
}
