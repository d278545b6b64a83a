//! The configuration of the JWT auth method: whose JWTs it verifies, and how.

use tfplugin::prelude::*;
use tfplugin::value::{Value, from_plain_json};

use super::pem::Pem;
use super::role::role_name;

/// Where the keys come from, and what holds for every role.
#[derive(Clone, Default, Nested)]
#[expect(clippy::duplicated_attributes, reason = "an attribute can stand in several rules")]
#[tf(
    one_of(oidc_discovery_url, jwks_url, jwks_pairs, jwt_validation_pubkeys),
    requires(oidc_discovery_ca_pem, oidc_discovery_url),
    requires(oidc_client_id, oidc_discovery_url),
    requires(oidc_client_id, oidc_client_secret_wo),
    requires(oidc_client_secret_wo, oidc_client_id),
    requires(jwks_ca_pem, jwks_url),
    conflicts(jwks_pairs, jwks_ca_pem, oidc_discovery_ca_pem),
    conflicts(jwks_pairs, bound_issuer)
)]
pub struct JwtConfig {
    /// Address of an OpenID provider, such as `https://gitlab.example.com`, without `/.well-known/openid-configuration`.
    /// Vault asks it for its keys.
    oidc_discovery_url: Option<String>,

    /// Certificates in PEM to trust where Vault asks `oidc_discovery_url`; omit it for those of Vault's system.
    oidc_discovery_ca_pem: Option<String>,

    /// Client id of Vault at the provider, for logins through a browser.
    oidc_client_id: Option<String>,

    /// Client secret of Vault at the provider.
    #[tf(api = "oidc_client_secret")]
    oidc_client_secret_wo: Option<WriteOnly<String>>,

    /// Version of the client secret; a new one sends it. Every other change of the configuration sends it too.
    #[tf(local)]
    oidc_client_secret_wo_version: Option<u64>,

    /// How the provider answers.
    oidc_response_mode: Option<ResponseMode>,

    /// What the provider answers with: `code`, which is what it does when this is omitted, or `id_token`.
    oidc_response_types: Option<BTreeSet<String>>,

    /// Address of a JSON Web Key Set.
    jwks_url: Option<String>,

    /// Certificates in PEM to trust where Vault asks `jwks_url`; omit it for those of Vault's system.
    jwks_ca_pem: Option<String>,

    /// Addresses of JSON Web Key Sets, of which any may have the key. OpenBao does not know it.
    jwks_pairs: Option<Vec<JwksPair>>,

    /// Public keys in PEM.
    jwt_validation_pubkeys: Option<BTreeSet<Pem>>,

    /// Issuer that a JWT must have; omit it for any that the keys belong to.
    bound_issuer: Option<String>,

    /// Algorithms that a JWT may be signed with; omit it for all that Vault knows, or for `RS256` where people log in
    /// through a browser.
    jwt_supported_algs: Option<BTreeSet<String>>,

    /// Name of the role for logins that name none.
    #[tf(check = role_name)]
    default_role: Option<String>,

    /// What is special about the provider: `provider`, such as `azure`, and its settings.
    #[tf(check = without_key)]
    provider_config: Option<BTreeMap<String, String>>,

    /// Whether a login's namespace goes into the parameter `state`, so that one address to send users back to serves all
    /// namespaces.
    #[tf(default = true)]
    namespace_in_state: bool,

    /// Ids of critical extensions of certificates that Vault does not know and should pass over. OpenBao does not know it.
    unsupported_critical_cert_extensions: Option<BTreeSet<String>>,
}

/// A JSON Web Key Set.
#[derive(Clone, Nested)]
pub struct JwksPair {
    /// Its address.
    jwks_url: String,
    /// Certificates in PEM to trust there; omit it for those of Vault's system.
    jwks_ca_pem: Option<String>,
}

/// How an OpenID provider answers.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum ResponseMode {
    /// In the address that the user is sent back to.
    Query,
    /// In a form that the browser posts.
    #[tf(word = "form_post")]
    FormPost,
}

/// The setting of `gsuite` that Vault never tells: the path of a file with a key, or, in old configurations, the key.
const KEY_FILE: &str = "gsuite_service_account";

/// The settings of providers that are no texts (`provider_gsuite.go`).
const TYPED: [&str; 3] = ["fetch_groups", "fetch_user_info", "groups_recurse_max_depth"];

/// Keeps a key out of plan and state.
fn without_key(settings: &BTreeMap<String, String>) -> Result<(), String> {
    match settings.get(KEY_FILE) {
        Some(key) if key.trim_start().starts_with('{') => Err(format!(
            "has a key in `{KEY_FILE}`, which would stand in the state; put it into a file on Vault's servers"
        )),
        _ => Ok(()),
    }
}

impl JwtConfig {
    /// Parts a body into what is said to the mount and what belongs to the configuration.
    pub fn part(mut body: Body) -> (Body, Body) {
        let belongs = |name: &&'static str| Self::FIELDS.iter().any(|field| field.api == *name);
        let mut config = Body::default();
        (config.set, body.set) = body.set.into_iter().partition(|(name, _)| belongs(name));
        (config.unset, body.unset) = body.unset.into_iter().partition(belongs);
        config.secrets.append(&mut body.secrets);
        (body, config)
    }

    /// The settings of the provider in the types that it wants.
    pub fn typed(mut config: Body) -> Body {
        if let Some(Value::Map(settings)) = config.set.get_mut("provider_config") {
            for (_, value) in settings.iter_mut().filter(|(name, _)| TYPED.contains(&name.as_str())) {
                let json = value.as_str().and_then(|text| serde_json::from_str(text).ok());
                if let Some(json) = json {
                    *value = from_plain_json(json);
                }
            }
        }
        config
    }

    /// The configuration that was read, with what Vault never tells as `prior` has it.
    pub fn settled(mut self, prior: Option<&JwtConfig>) -> JwtConfig {
        let kept = prior.and_then(|prior| prior.provider_config.as_ref()?.get(KEY_FILE));
        if let (Some(settings), Some(kept)) = (&mut self.provider_config, kept) {
            settings.insert(KEY_FILE.to_owned(), kept.clone());
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_a_provider_have_its_types() {
        let settings = [("provider", "gsuite"), ("fetch_groups", "true"), ("groups_recurse_max_depth", "5")];
        let settings = settings.map(|(name, value)| (name.to_owned(), Value::from(value)));
        let body = JwtConfig::typed(Body::default().with("provider_config", Value::Map(settings.into())));
        let typed = body.set["provider_config"].as_map().unwrap();
        assert_eq!(typed["provider"], Value::from("gsuite"));
        assert_eq!(typed["fetch_groups"], Value::Bool(true));
        assert_eq!(typed["groups_recurse_max_depth"], Value::from(5_u64));
    }

    #[test]
    fn a_key_is_no_setting() {
        let settings = |value: &str| BTreeMap::from([(KEY_FILE.to_owned(), value.to_owned())]);
        assert_eq!(without_key(&settings("/etc/vault/google.json")), Ok(()));
        assert!(without_key(&settings("{\"private_key\": \"x\"}")).is_err());
    }

    #[test]
    fn what_vault_never_tells_stays_as_it_was() {
        let with = |names: &[&str]| JwtConfig {
            provider_config: Some(names.iter().map(|name| ((*name).to_owned(), "x".to_owned())).collect()),
            ..JwtConfig::default()
        };
        let settled = with(&["provider"]).settled(Some(&with(&["provider", KEY_FILE, "gone"])));
        assert_eq!(settled.provider_config, with(&["provider", KEY_FILE]).provider_config);
    }
}
