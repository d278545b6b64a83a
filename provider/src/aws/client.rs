//! The connection to AWS: one account, seen through its services.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aws_config::SdkConfig;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tfplugin::collection::Collections;
use tfplugin::prelude::*;
use tokio::sync::OnceCell;

use super::config::{Config, Endpoints};
use super::credentials;
use super::iam::Recent;
use super::refusal::{explain, is_denied};
use super::route53::{Dns, SharedZone, Zones};
use crate::http::{Action, Method, Sdk};

/// Partitions by the beginnings of their regions' names; all others are of `aws`.
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "aws-cn"),
    ("eu-isoe-", "aws-iso-e"),
    ("eusc-", "aws-eusc"),
    ("us-gov-", "aws-us-gov"),
    ("us-iso-", "aws-iso"),
    ("us-isob-", "aws-iso-b"),
    ("us-isof-", "aws-iso-f"),
];

/// A connection with one identity.
pub struct Aws {
    sdk: Sdk,
    config: SdkConfig,
    endpoints: Endpoints,
    route53: OnceLock<aws_sdk_route53::Client>,
    iam: OnceLock<aws_sdk_iam::Client>,
    zones: OnceLock<Zones>,
    account: OnceCell<String>,
    /// Tags of every object that can have tags.
    pub default_tags: BTreeMap<String, String>,
    wait_for_sync: bool,
    /// What has been read once for all.
    pub collections: Collections,
    /// What was made in IAM a moment ago.
    pub recent: Recent,
}

impl Client for Aws {
    const NAME: &'static str = "aws";
    const DOC: &'static str = "AWS account to manage.";
    const TITLE: &'static str = "AWS";
    /// IAM may take half a minute until a new role is seen everywhere, and sometimes more.
    const SETTLE: Duration = Duration::from_secs(120);
    type Config = Config;

    async fn connect(config: Config) -> Result<Aws> {
        let sdk = Sdk::new(&config.settings()?, config.identity(), explain)?;
        let loaded = credentials::load(&config, &sdk).await?;
        let aws = Aws {
            sdk,
            config: loaded,
            wait_for_sync: config.route53.as_ref().is_none_or(|route53| route53.wait_for_sync),
            endpoints: config.endpoints.unwrap_or_default(),
            route53: OnceLock::new(),
            iam: OnceLock::new(),
            zones: OnceLock::new(),
            account: OnceCell::new(),
            default_tags: config.default_tags,
            collections: Collections::default(),
            recent: Recent::default(),
        };
        if !config.allowed_account_ids.is_empty() || !config.forbidden_account_ids.is_empty() {
            let account = aws.account().await?;
            let allowed = config.allowed_account_ids.is_empty() || config.allowed_account_ids.contains(account);
            let why = match (allowed, config.forbidden_account_ids.contains(account)) {
                (true, false) => return Ok(aws),
                (true, true) => "`aws.forbidden_account_ids` holds it",
                (false, _) => "`aws.allowed_account_ids` does not hold it",
            };
            return Err(Error::new(format!("the credentials are those of the account {account}"))
                .hint(format!("{why}: use other credentials, or correct the list.")));
        }
        Ok(aws)
    }
}

impl Aws {
    /// Route 53's client; what it makes is sent with [`call`](Self::call).
    pub fn route53(&self) -> &aws_sdk_route53::Client {
        self.route53.get_or_init(|| aws_sdk_route53::Client::new(&self.at(self.endpoints.route53.as_deref())))
    }

    /// IAM's client; what it makes is sent with [`call`](Self::call).
    pub fn iam(&self) -> &aws_sdk_iam::Client {
        self.iam.get_or_init(|| aws_sdk_iam::Client::new(&self.at(self.endpoints.iam.as_deref())))
    }

    /// A zone of Route 53, by its id without the path before it.
    pub fn zone(&self, id: &str) -> Arc<SharedZone> {
        let zones = || Zones::new(Dns::new(self.route53().clone(), self.sdk.clone()), self.wait_for_sync);
        self.zones.get_or_init(zones).get(id)
    }

    /// The region.
    pub fn region(&self) -> String {
        self.config.region().map(ToString::to_string).unwrap_or_default()
    }

    /// The partition of AWS that the region belongs to, as ARNs name it.
    pub fn partition(&self) -> &'static str {
        let region = self.region();
        let found = PARTITIONS.iter().find(|(start, _)| region.starts_with(start));
        found.map_or("aws", |(_, partition)| partition)
    }

    fn at(&self, endpoint: Option<&str>) -> SdkConfig {
        credentials::addressed(&self.config, endpoint)
    }

    /// Id of the account, asked once.
    pub async fn account(&self) -> Result<&str> {
        let ask = || async {
            let sts = aws_sdk_sts::Client::new(&self.at(self.endpoints.sts.as_deref()));
            let action = Action { service: "sts", name: "GetCallerIdentity", method: Method::Get };
            let identity = self.call(action, || sts.get_caller_identity().send()).await?;
            identity.account.ok_or_else(|| Error::new("sts:GetCallerIdentity names no account"))
        };
        self.account.get_or_try_init(ask).await.map(String::as_str)
    }

    /// Sends what `send` makes, as often as is safe.
    pub async fn call<T, E, F>(&self, action: Action, send: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        self.sdk.call(action, send).await
    }

    /// The same for a call that there is another way for; `None` where the identity may not make it.
    pub async fn call_if_allowed<T, E, F>(&self, action: Action, send: impl Fn() -> F) -> Result<Option<T>>
    where
        F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
        E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let send = || async {
            match send().await {
                Err(SdkError::ServiceError(refused)) if is_denied(refused.err().meta()) => Ok(None),
                answer => answer.map(Some),
            }
        };
        self.sdk.call(action, send).await
    }
}
