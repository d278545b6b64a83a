//! Credentials as AWS's own tools find them.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::origin::Origin;
use tfplugin::prelude::*;

use super::config::{AssumeRole, Config, WebIdentity};
use crate::http::Sdk;

/// The region where nobody says another: both services are the same from each region of a partition.
const REGION: &str = "us-east-1";

/// What the SDK knows of the account before any service is asked: the region, and how to get credentials.
pub async fn load(config: &Config, sdk: &Sdk) -> Result<SdkConfig> {
    // A call that waits for its turn is not stalled, and the transport knows when an answer is.
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .http_client(sdk.credentials_client())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Some(profile) = &config.profile {
        loader = loader.profile_name(profile);
    }
    let files = profile_files(config);
    if let Some(files) = files.clone() {
        loader = loader.profile_files(files);
    }
    let region = region(config, files.clone()).await;
    loader = loader.region(region.clone());
    if let Some(keys) = given(config) {
        loader = loader.credentials_provider(keys);
    } else if let Some(name) = &config.profile {
        loader = loader.credentials_provider(of_profile(name, files, region, sdk));
    }
    let mut base = loader.load().await;
    if let Some(web) = &config.assume_role_with_web_identity {
        base = with(base.clone(), WebIdentityProvider::new(web, &sts(&base, config)));
    }
    for role in &config.assume_role {
        base = with(base.clone(), assumed(role, &sts(&base, config)).await?);
    }
    // The transport waits and repeats.
    Ok(base.into_builder().http_client(sdk.http_client()).retry_config(RetryConfig::disabled()).build())
}

/// Credentials of the profile that the configuration names. The SDK's own chain takes keys of the environment before it,
/// which may be those of another account.
fn of_profile(
    name: &str,
    files: Option<EnvConfigFiles>,
    region: Option<Region>,
    sdk: &Sdk,
) -> ProfileFileCredentialsProvider {
    let base = ProviderConfig::without_region().with_region(region).with_http_client(sdk.credentials_client());
    let mut builder = ProfileFileCredentialsProvider::builder().configure(&base).profile_name(name);
    if let Some(files) = files {
        builder = builder.profile_files(files);
    }
    builder.build()
}

/// The region, without a question to an instance's metadata: elsewhere that takes seconds to fail.
async fn region(config: &Config, files: Option<EnvConfigFiles>) -> Option<Region> {
    let mut profile = ProfileFileRegionProvider::builder();
    if let Some(name) = &config.profile {
        profile = profile.profile_name(name);
    }
    if let Some(files) = files {
        profile = profile.profile_files(files);
    }
    let given = RegionProviderChain::first_try(config.region().map(Region::new));
    let found = given.or_else(EnvironmentVariableRegionProvider::new()).or_else(profile.build());
    found.or_else(Region::from_static(REGION)).region().await
}

fn with(base: SdkConfig, provider: impl ProvideCredentials + 'static) -> SdkConfig {
    base.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
}

/// The configuration under which STS is asked.
fn sts(base: &SdkConfig, config: &Config) -> SdkConfig {
    addressed(base, config.endpoints.as_ref().and_then(|endpoints| endpoints.sts.as_deref()))
}

/// The same with the address of a service, which goes before those of the environment and of the profile.
pub fn addressed(base: &SdkConfig, endpoint: Option<&str>) -> SdkConfig {
    let Some(endpoint) = endpoint else { return base.clone() };
    let mut builder = base.to_builder();
    builder.set_endpoint_url(Some(endpoint.to_owned())).insert_origin("endpoint_url", Origin::shared_config());
    builder.build()
}

fn given(config: &Config) -> Option<Credentials> {
    let (id, secret) = config.access_key.as_ref().zip(config.secret_key.as_ref())?;
    let token = config.token.as_ref().map(|token| token.expose().clone());
    Some(Credentials::new(id, secret.expose(), token, None, "configuration"))
}

fn profile_files(config: &Config) -> Option<EnvConfigFiles> {
    let (configs, credentials) = (&config.shared_config_files, &config.shared_credentials_files);
    if configs.is_empty() && credentials.is_empty() {
        return None;
    }
    let mut files = EnvConfigFiles::builder();
    files = match configs.is_empty() {
        true => files.include_default_config_file(true),
        false => configs.iter().fold(files, |files, file| files.with_file(EnvConfigFileKind::Config, file)),
    };
    files = match credentials.is_empty() {
        true => files.include_default_credentials_file(true),
        false => credentials.iter().fold(files, |files, file| files.with_file(EnvConfigFileKind::Credentials, file)),
    };
    Some(files.build())
}

async fn assumed(role: &AssumeRole, sts: &SdkConfig) -> Result<AssumeRoleProvider> {
    let mut builder = AssumeRoleProvider::builder(&role.role_arn)
        .configure(sts)
        .session_name(&role.session_name)
        .session_length(Duration::from_secs(role.duration_seconds))
        .policy_arns(role.policy_arns.iter().cloned().collect())
        .tags(role.tags.clone());
    if let Some(id) = &role.external_id {
        builder = builder.external_id(id);
    }
    if let Some(policy) = &role.policy {
        builder = builder.policy(policy);
    }
    match sts.credentials_provider() {
        Some(provider) => Ok(builder.build_from_provider(provider).await),
        None => Ok(builder.build().await),
    }
}

/// A session of a role that trusts another issuer's token.
#[derive(Debug)]
struct WebIdentityProvider {
    sts: aws_sdk_sts::Client,
    role_arn: String,
    session_name: String,
    seconds: i32,
    token: Token,
}

#[derive(Debug)]
enum Token {
    Given(Secret<String>),
    File(PathBuf),
}

impl WebIdentityProvider {
    fn new(web: &WebIdentity, sts: &SdkConfig) -> Self {
        let file = || web.web_identity_token_file.clone().unwrap_or_default();
        WebIdentityProvider {
            sts: aws_sdk_sts::Client::new(sts),
            role_arn: web.role_arn.clone(),
            session_name: web.session_name.clone(),
            seconds: i32::try_from(web.duration_seconds).unwrap_or(i32::MAX),
            token: web.web_identity_token.clone().map_or_else(|| Token::File(file().into()), Token::Given),
        }
    }

    async fn session(&self) -> provider::Result {
        let token = match &self.token {
            Token::Given(token) => token.expose().clone(),
            Token::File(file) => tokio::fs::read_to_string(file).await.map_err(|error| {
                CredentialsError::provider_error(format!("cannot read `{}`: {error}", file.display()))
            })?,
        };
        let ask = self.sts.assume_role_with_web_identity().role_arn(&self.role_arn);
        let ask = ask.role_session_name(&self.session_name).duration_seconds(self.seconds);
        let answer = ask.web_identity_token(token.trim()).send().await.map_err(CredentialsError::provider_error)?;
        let keys = answer.credentials.ok_or_else(|| CredentialsError::unhandled("STS answered no credentials"))?;
        let expires = SystemTime::try_from(keys.expiration).map_err(CredentialsError::unhandled)?;
        let token = Some(keys.session_token);
        Ok(Credentials::new(keys.access_key_id, keys.secret_access_key, token, Some(expires), "WebIdentity"))
    }
}

impl ProvideCredentials for WebIdentityProvider {
    fn provide_credentials<'a>(&'a self) -> provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        provider::future::ProvideCredentials::new(self.session())
    }
}
