//! As whom AWS is asked, and where.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tfplugin::prelude::*;

use super::tags;
use crate::http::{Method, Origins, Rule, Settings};

/// Calls to Route 53 in a second, in the long run: what an account has for all who use it.
const RATE: f64 = 10.0;

/// Calls to Route 53 at once after a rest.
const BURST: u64 = 50;

/// Where the user says as whom.
const CREDENTIAL: &str = "`aws.profile`, `aws.access_key`, `aws.assume_role` or the environment";

const ORIGINS: Origins = Origins {
    address: "`aws.endpoints` or `aws.region`",
    credential: CREDENTIAL,
    ca_certificate: "`aws.custom_ca_bundle` or AWS_CA_BUNDLE",
};

/// An account of AWS and the right to change it.
///
/// What is not set is looked for as the AWS command line does: `AWS_*` variables, `~/.aws/config` with its profiles, SSO
/// logins, roles and processes, a web identity's token, and the metadata of a container or an instance.
#[derive(Nested)]
#[expect(clippy::duplicated_attributes, reason = "an attribute can stand in several rules")]
#[tf(requires(access_key, secret_key), requires(secret_key, access_key), requires(token, access_key))]
pub struct Config {
    /// Region whose endpoints are used; Route 53 and IAM have one for each partition.
    region: Option<String>,

    /// Profile of the shared configuration files; it goes before keys of the environment.
    pub profile: Option<String>,

    /// Access key id.
    pub access_key: Option<String>,

    /// Secret access key.
    pub secret_key: Option<Secret<String>>,

    /// Session token that belongs to temporary keys.
    pub token: Option<Secret<String>>,

    /// Configuration files; omit it for `~/.aws/config`.
    #[tf(default = Vec::new())]
    pub shared_config_files: Vec<String>,

    /// Credentials files; omit it for `~/.aws/credentials`.
    #[tf(default = Vec::new())]
    pub shared_credentials_files: Vec<String>,

    /// Roles to assume, one after the other.
    #[tf(default = Vec::new())]
    pub assume_role: Vec<AssumeRole>,

    /// Role to assume with the token of another issuer, such as the ID token of a CI job.
    pub assume_role_with_web_identity: Option<WebIdentity>,

    /// Accounts that may be worked in; any other is refused before the first call.
    #[tf(default = BTreeSet::new(), check = account_ids)]
    pub allowed_account_ids: BTreeSet<String>,

    /// Accounts that may not be worked in.
    #[tf(default = BTreeSet::new(), check = account_ids)]
    pub forbidden_account_ids: BTreeSet<String>,

    /// Tags of every object that can have tags.
    #[tf(default = BTreeMap::new(), check = tags::allowed)]
    pub default_tags: BTreeMap<String, String>,

    /// Addresses of services, for a private endpoint or an emulator.
    pub endpoints: Option<Endpoints>,

    /// Route 53's rates, and whether changes are awaited.
    pub route53: Option<Route53>,

    /// File with certificates in PEM that are trusted besides those of the system.
    #[tf(env("AWS_CA_BUNDLE"))]
    custom_ca_bundle: Option<String>,

    /// How often a request is repeated that failed in passing or was throttled.
    #[tf(default = 24, env("AWS_MAX_ATTEMPTS"), check = between(0..=100))]
    max_retries: u64,
}

/// A role to assume.
#[derive(Nested)]
pub struct AssumeRole {
    /// ARN of the role.
    pub role_arn: String,

    /// Name of the session, which CloudTrail shows.
    #[tf(default = "terraform-provider-substrate")]
    pub session_name: String,

    /// External id that the role's trust asks for.
    pub external_id: Option<String>,

    /// Seconds that the session lasts.
    #[tf(default = 3600, check = between(900..=43_200))]
    pub duration_seconds: u64,

    /// Policy in JSON that narrows what the session may.
    pub policy: Option<String>,

    /// ARNs of policies that narrow what the session may.
    #[tf(default = BTreeSet::new())]
    pub policy_arns: BTreeSet<String>,

    /// Tags of the session.
    #[tf(default = BTreeMap::new())]
    pub tags: BTreeMap<String, String>,
}

/// A role to assume with the token of another issuer.
#[derive(Nested)]
#[tf(one_of(web_identity_token, web_identity_token_file))]
pub struct WebIdentity {
    /// ARN of the role.
    pub role_arn: String,

    /// Name of the session, which CloudTrail shows.
    #[tf(default = "terraform-provider-substrate")]
    pub session_name: String,

    /// Seconds that the session lasts.
    #[tf(default = 3600, check = between(900..=43_200))]
    pub duration_seconds: u64,

    /// The token.
    pub web_identity_token: Option<Secret<String>>,

    /// File with the token, read anew for each session.
    pub web_identity_token_file: Option<String>,
}

/// Addresses of services.
#[derive(Default, Nested)]
pub struct Endpoints {
    /// Of IAM.
    #[tf(check = address)]
    pub iam: Option<String>,

    /// Of Route 53.
    #[tf(check = address)]
    pub route53: Option<String>,

    /// Of STS, which gives temporary credentials.
    #[tf(check = address)]
    pub sts: Option<String>,
}

/// Route 53's rates, and whether changes are awaited.
#[derive(Nested)]
pub struct Route53 {
    /// Calls in a second, in the long run. An account has 10 for all who use it (since 30 July 2026; 5 before).
    #[tf(default = RATE, check = rate)]
    requests_per_second: f64,

    /// Calls at once after a rest.
    #[tf(default = BURST, check = between(1..=1_000))]
    burst: u64,

    /// Whether a change is awaited until all of Route 53's servers have it.
    #[tf(default = true)]
    pub wait_for_sync: bool,
}

impl Config {
    /// The region that the configuration names.
    pub fn region(&self) -> Option<String> {
        self.region.clone()
    }

    /// What tells two identities apart that may be of two accounts, each with rates of its own.
    pub fn identity(&self) -> String {
        let roles = self.assume_role.iter().map(|role| role.role_arn.as_str());
        let web = self.assume_role_with_web_identity.iter().map(|role| role.role_arn.as_str());
        let who = [&self.profile, &self.access_key].into_iter().flatten().map(String::as_str);
        let endpoint = self.endpoints.iter().flat_map(|endpoints| endpoints.route53.as_deref());
        endpoint.chain(who).chain(web).chain(roles).fold("aws".to_owned(), |all, part| format!("{all} {part}"))
    }

    /// How requests are sent, whatever service they are for.
    pub fn settings(&self) -> Result<Settings> {
        let mut settings = Settings::new("https://amazonaws.com", ORIGINS, |_| None);
        settings.retry.tries = u32::try_from(self.max_retries).unwrap_or(u32::MAX).saturating_add(1);
        settings.retry.longest_wait = Duration::from_secs(20);
        settings.ca_certificate = self.custom_ca_bundle.as_deref().map(authorities).transpose()?;
        let rates = self.route53.as_ref().map(|route53| (route53.requests_per_second, route53.burst));
        let (per_second, burst) = rates.unwrap_or((RATE, BURST));
        let burst = u32::try_from(burst).unwrap_or(u32::MAX);
        settings.rules.push(Rule { method: Method::Post, pattern: "route53", per_second, burst });
        Ok(settings)
    }
}

fn rate(per_second: &f64) -> Result<(), String> {
    match (0.1..=1_000.0).contains(per_second) {
        true => Ok(()),
        false => Err(format!("is {per_second}; 0.1 to 1000 are allowed")),
    }
}

fn address(text: &str) -> Result<(), String> {
    match ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme)) {
        true => Ok(()),
        false => Err(format!("is `{text}`; it begins with `https://` or `http://`")),
    }
}

fn account_ids(ids: &BTreeSet<String>) -> Result<(), String> {
    let is_id = |id: &&String| id.len() == 12 && id.bytes().all(|digit| digit.is_ascii_digit());
    match ids.iter().find(|id| !is_id(id)) {
        Some(id) => Err(format!("holds `{id}`; an account id has 12 digits")),
        None => Ok(()),
    }
}

fn authorities(file: &str) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| {
        Error::new(format!("cannot read `{file}`: {error}")).hint("Correct `aws.custom_ca_bundle` or AWS_CA_BUNDLE.")
    })
}
