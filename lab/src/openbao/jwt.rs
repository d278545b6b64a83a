//! Login with JWTs: `builtin/credential/jwt`.
//!
//! Signatures are not verified: a JWT that is well-formed gets 501, and is a violation. Of the URLs of keys is checked only
//! whether something listens there.

use std::collections::BTreeMap;
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use base64::DecodeError;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use serde_json::{Map, Value, json};

use crate::openbao::engine::{Seat, entry};
use crate::openbao::fields::{self, Field, Kind, Unset, flag, number, strings, text};
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::token_params;

/// Configuration and roles.
#[derive(Debug, Default)]
pub struct Jwt {
    config: Option<Map<String, Value>>,
    roles: BTreeMap<String, Map<String, Value>>,
}

const CONFIG: &[Field] = &[
    Field::new("bound_issuer", Kind::Text, Unset::Zero),
    Field::new("default_role", Kind::Lower, Unset::Zero),
    Field::new("jwks_ca_pem", Kind::Text, Unset::Zero),
    Field::new("jwks_url", Kind::Text, Unset::Zero),
    Field::new("jwt_supported_algs", Kind::Texts, Unset::Zero),
    Field::new("jwt_validation_pubkeys", Kind::Texts, Unset::Zero),
    Field::new("namespace_in_state", Kind::Boolean, Unset::True),
    Field::new("oidc_client_id", Kind::Text, Unset::Zero),
    Field::input("oidc_client_secret", Kind::Text),
    Field::new("oidc_discovery_ca_pem", Kind::Text, Unset::Zero),
    Field::new("oidc_discovery_url", Kind::Text, Unset::Zero),
    Field::new("oidc_response_mode", Kind::Text, Unset::Zero),
    Field::new("oidc_response_types", Kind::Texts, Unset::Zero),
    Field::new("provider_config", Kind::Object, Unset::Zero),
];

const ROLE: &[Field] = &[
    Field::new("allowed_redirect_uris", Kind::Texts, Unset::Null),
    Field::new("bound_audiences", Kind::Texts, Unset::Null),
    Field::new("bound_claims", Kind::Object, Unset::Null),
    Field::new("bound_claims_type", Kind::Text, Unset::Is("string")),
    Field::new("bound_subject", Kind::Text, Unset::Zero),
    Field::new("callback_mode", Kind::Text, Unset::Is("client")),
    Field::new("claim_mappings", Kind::Pairs, Unset::Null),
    Field::new("clock_skew_leeway", Kind::SignedSeconds, Unset::Zero),
    Field::new("expiration_leeway", Kind::SignedSeconds, Unset::Zero),
    Field::new("groups_claim", Kind::Text, Unset::Zero),
    Field::new("max_age", Kind::Seconds, Unset::Zero),
    Field::new("not_before_leeway", Kind::SignedSeconds, Unset::Zero),
    Field::new("oauth2_metadata", Kind::Texts, Unset::Null),
    Field::new("oidc_scopes", Kind::Texts, Unset::Null),
    Field::input("poll_interval", Kind::Integer),
    Field::new("role_type", Kind::Text, Unset::Is("oidc")),
    Field::new("token_policies_template_claims", Kind::Boolean, Unset::Zero),
    Field::new("user_claim", Kind::Text, Unset::Zero),
    Field::new("user_claim_json_pointer", Kind::Boolean, Unset::Zero),
    Field::new("verbose_oidc_logging", Kind::Boolean, Unset::Zero),
];

/// What a write resets if it leaves it out: `data.Get` instead of `data.GetOk`.
const RESET: &[(&str, &str)] = &[("role_type", "oidc"), ("bound_claims_type", "string"), ("callback_mode", "client")];

const LOGIN: &[Field] = &[Field::input("role", Kind::Lower), Field::input("jwt", Kind::Text)];

impl Jwt {
    /// Whether there is a role.
    pub fn exists(&self, path: &str) -> Option<bool> {
        path.strip_prefix("role/").map(|name| self.roles.contains_key(&name.to_lowercase()))
    }

    /// Answers a call.
    pub fn answer(&mut self, request: &mut Request, path: &str, seat: &Seat) -> Outcome {
        match entry(path, "role") {
            Some(name) => return self.role(request, name.filter(|name| !name.contains('/')), seat),
            None if path == "config" => return self.config(request),
            None if path == "login" => return self.login(request),
            None => {}
        }
        request.unknown_path()
    }

    fn config(&mut self, request: &mut Request) -> Outcome {
        match request.operation {
            Operation::Read => Ok(self.config.as_ref().map_or(Reply::Nothing, |config| {
                let mut shown = config.clone();
                shown.remove("oidc_client_secret");
                Reply::Data(Value::Object(shown))
            })),
            Operation::Write => {
                let params = request.fields(&[CONFIG])?;
                let mut config = fields::defaults(CONFIG);
                if let Some(kept) = self.config.as_ref().and_then(|config| config.get("namespace_in_state")) {
                    config.insert("namespace_in_state".to_owned(), kept.clone());
                }
                config.extend(params);
                check_config(&config)?;
                self.config = Some(config);
                Ok(Reply::Nothing)
            }
            _ => request.unsupported(),
        }
    }

    fn role(&mut self, request: &mut Request, name: Option<&str>, seat: &Seat) -> Outcome {
        let Some(name) = name.map(str::to_lowercase) else {
            return match request.operation {
                Operation::List => Ok(Reply::list(self.roles.keys().cloned())),
                _ => request.unsupported(),
            };
        };
        match request.operation {
            Operation::Read => {
                Ok(self.roles.get(&name).map_or(Reply::Nothing, |role| Reply::Data(Value::Object(role.clone()))))
            }
            Operation::Delete => {
                self.roles.remove(&name);
                Ok(Reply::Nothing)
            }
            Operation::Write => {
                let params = request.fields(&[ROLE, token_params::FIELDS])?;
                let mut role = self.roles.get(&name).cloned().unwrap_or_else(|| {
                    let mut role = fields::defaults(ROLE);
                    role.extend(fields::defaults(token_params::FIELDS));
                    role
                });
                role.extend(RESET.iter().map(|(name, value)| ((*name).to_owned(), json!(value))));
                role.extend(params);
                check_role(&mut role)?;
                if number(&role, "poll_interval") == 0 {
                    role.remove("poll_interval");
                }
                if number(&role, "token_max_ttl") > seat.max_ttl {
                    request.warn(
                        "token max ttl is greater than the system or backend mount's maximum TTL value; issued tokens' \
                         max TTL value will be truncated",
                    );
                }
                if flag(&role, "verbose_oidc_logging") {
                    request.warn(
                        "verbose_oidc_logging has been enabled for this role. This is not recommended in production \
                         since sensitive information may be present in OIDC responses.",
                    );
                }
                self.roles.insert(name, role);
                Ok(Reply::Nothing)
            }
            Operation::List | Operation::Patch => request.unsupported(),
        }
    }

    fn login(&self, request: &mut Request) -> Outcome {
        if request.operation != Operation::Write {
            return request.unsupported();
        }
        let params = request.fields(&[LOGIN])?;
        let refuse = |error: String| Err(Refusal::bad_request(error));
        let Some(config) = &self.config else { return refuse("could not load configuration".to_owned()) };
        let name = [text(&params, "role"), text(config, "default_role")].into_iter().find(|name| !name.is_empty());
        let Some(name) = name else { return refuse("missing role".to_owned()) };
        let Some(role) = self.roles.get(name) else { return refuse(format!("role {name:?} could not be found")) };
        if text(role, "role_type") == "oidc" {
            return refuse("role with oidc role_type is not allowed".to_owned());
        }
        let jwt = text(&params, "jwt");
        if jwt.is_empty() {
            return refuse("missing token".to_owned());
        }
        match decode(jwt) {
            Err(why) => refuse(format!("error validating token: error verifying token signature: {why}")),
            Ok(()) => {
                let what = "the lab verifies no signatures of JWTs";
                Err(Refusal::new(501, what).remembered(what.to_owned()))
            }
        }
    }
}

fn check_config(config: &Map<String, Value>) -> Result<(), Refusal> {
    let refuse = |error: &str| Err(Refusal::bad_request(error));
    let keys = strings(config, "jwt_validation_pubkeys");
    let (jwks, discovery) = (text(config, "jwks_url"), text(config, "oidc_discovery_url"));
    if [!keys.is_empty(), !jwks.is_empty(), !discovery.is_empty()].into_iter().filter(|given| *given).count() != 1 {
        return refuse("exactly one of 'jwt_validation_pubkeys', 'jwks_url' or 'oidc_discovery_url' must be set");
    }
    let client = text(config, "oidc_client_id");
    if client.is_empty() != text(config, "oidc_client_secret").is_empty() {
        return refuse("both 'oidc_client_id' and 'oidc_client_secret' must be set for OIDC");
    }
    if !client.is_empty() && discovery.is_empty() {
        return refuse("'oidc_discovery_url' must be set for OIDC");
    }
    if !discovery.is_empty() && !listens(discovery) {
        return refuse("error checking oidc discovery URL");
    }
    if !jwks.is_empty() && !listens(jwks) {
        return refuse("error checking jwks URL");
    }
    if keys.iter().any(|key| !is_pem(key)) {
        return refuse("error parsing public key: data does not contain any valid RSA or ECDSA public keys");
    }
    Ok(())
}

fn check_role(role: &mut Map<String, Value>) -> Result<(), Refusal> {
    let refuse = |error: String| Err(Refusal::bad_request(error));
    let kind = text(role, "role_type").to_owned();
    if !["jwt", "oidc"].contains(&kind.as_str()) {
        return refuse(format!("invalid 'role_type': {kind}"));
    }
    token_params::check(role)?;
    let claims_type = text(role, "bound_claims_type").to_owned();
    if !["string", "glob"].contains(&claims_type.as_str()) {
        return refuse(format!("invalid 'bound_claims_type': {claims_type}"));
    }
    if claims_type == "glob" {
        check_globs(role)?;
    }
    let targets: Vec<&str> =
        role["claim_mappings"].as_object().into_iter().flatten().filter_map(|(_, target)| target.as_str()).collect();
    for (index, target) in targets.iter().enumerate() {
        if *target == "role" {
            return refuse("metadata key \"role\" is reserved and may not be a mapping destination".to_owned());
        }
        if targets[..index].contains(target) {
            return refuse(format!("multiple keys are mapped to metadata key {target:?}"));
        }
    }
    if text(role, "user_claim").is_empty() {
        return refuse("a user claim must be defined on the role".to_owned());
    }
    let mode = text(role, "callback_mode");
    if !["device", "direct", "client"].contains(&mode) {
        return refuse(format!("invalid 'callback_mode': {mode}"));
    }
    if kind == "oidc" && strings(role, "allowed_redirect_uris").is_empty() {
        return refuse("'allowed_redirect_uris' must be set if 'role_type' is 'oidc' or unspecified.".to_owned());
    }
    let unbound = strings(role, "bound_audiences").is_empty()
        && strings(role, "token_bound_cidrs").is_empty()
        && text(role, "bound_subject").is_empty()
        && role["bound_claims"].as_object().is_none_or(Map::is_empty);
    if kind == "jwt" && unbound {
        return refuse("must have at least one bound constraint when creating/updating a role".to_owned());
    }
    Ok(())
}

/// With globs, every claim is a text or a list of texts.
fn check_globs(role: &Map<String, Value>) -> Result<(), Refusal> {
    for (_, claim) in role["bound_claims"].as_object().into_iter().flatten() {
        let values = match claim {
            Value::Array(values) => values.as_slice(),
            Value::String(_) | Value::Bool(_) | Value::Number(_) => std::slice::from_ref(claim),
            other => return Err(Refusal::bad_request(format!("claim is not a string or list: {other}"))),
        };
        if let Some(wrong) = values.iter().find(|value| !value.is_string()) {
            return Err(Refusal::bad_request(format!("claim is not a string: {wrong}")));
        }
    }
    Ok(())
}

/// Whether something accepts connections at a URL's host.
fn listens(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let port = if scheme == "https" { 443 } else { 80 };
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let place = if has_port { host.to_owned() } else { format!("{host}:{port}") };
    let mut addresses = place.to_socket_addrs().into_iter().flatten();
    addresses.any(|address| TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok())
}

fn is_pem(text: &str) -> bool {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let (Some(first), Some(last)) = (lines.first(), lines.last()) else { return false };
    let framed = first.starts_with("-----BEGIN ") && last.starts_with("-----END ") && lines.len() > 2;
    framed && BASE64_STANDARD.decode(lines[1..lines.len() - 1].concat()).is_ok()
}

/// The words of go-jose and of Go's decoder for what is no JWT.
fn decode(jwt: &str) -> Result<(), String> {
    let parts: Vec<&str> = jwt.split('.').collect();
    if parts.len() != 3 {
        return Err("go-jose/go-jose: compact JWS format must have three parts".to_owned());
    }
    for part in &parts {
        BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|error| {
            let place = match error {
                DecodeError::InvalidByte(place, _) | DecodeError::InvalidLastSymbol(place, _) => place,
                DecodeError::InvalidLength(length) => length.saturating_sub(1),
                DecodeError::InvalidPadding => part.len(),
            };
            format!("illegal base64 data at input byte {place}")
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_jwt_is_refused_as_go_refuses_it() {
        assert_eq!(decode("x.y.z").unwrap_err(), "illegal base64 data at input byte 0");
        assert_eq!(decode("a+b.y.z").unwrap_err(), "illegal base64 data at input byte 1");
        assert_eq!(decode("a.b").unwrap_err(), "go-jose/go-jose: compact JWS format must have three parts");
        assert_eq!(decode("e30.e30.AAAA"), Ok(()));
    }

    #[test]
    fn a_host_listens_or_not() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        assert!(listens(&format!("http://{address}/keys")));
        drop(listener);
        assert!(!listens(&format!("http://{address}/keys")));
        assert!(!listens("keys"));
    }
}
