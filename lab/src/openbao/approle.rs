//! Login of machines with a role ID and a secret ID: `builtin/credential/approle`.
//!
//! Addresses that a login is bound to are kept and not checked. Endpoints for single fields of a role are not modelled,
//! but for `role-id`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::openbao::engine::{Seat, entry};
use crate::openbao::fields::{self, Field, Kind, Unset, flag, number, strings, text};
use crate::openbao::ids;
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::secret_ids::{self, SecretId};
use crate::openbao::token_params;

/// Roles by name.
#[derive(Debug, Default)]
pub struct AppRole(BTreeMap<String, Role>);

#[derive(Debug)]
struct Role {
    settings: Map<String, Value>,
    role_id: String,
    secret_ids: Vec<SecretId>,
}

const ROLE: &[Field] = &[
    Field::new("bind_secret_id", Kind::Boolean, Unset::True),
    Field::new("local_secret_ids", Kind::Boolean, Unset::Zero),
    Field::input("role_id", Kind::Text),
    Field::new("secret_id_bound_cidrs", Kind::Texts, Unset::Null),
    Field::new("secret_id_num_uses", Kind::Integer, Unset::Zero),
    Field::new("secret_id_ttl", Kind::Seconds, Unset::Zero),
];

const ROLE_ID: &[Field] = &[Field::input("role_id", Kind::Text)];

const LOGIN: &[Field] = &[Field::input("role_id", Kind::Text), Field::input("secret_id", Kind::Text)];

impl AppRole {
    /// Whether there is a role.
    pub fn exists(&self, path: &str) -> Option<bool> {
        let name = path.strip_prefix("role/").filter(|name| !name.contains('/'))?;
        Some(self.0.contains_key(&name.to_lowercase()))
    }

    /// Answers a call.
    pub fn answer(&mut self, request: &mut Request, path: &str, seat: &Seat) -> Outcome {
        if path == "login" {
            return self.login(request, seat);
        }
        let Some(named) = entry(path, "role") else { return request.unknown_path() };
        let Some(name) = named else {
            return match request.operation {
                Operation::List => Ok(Reply::list(self.0.keys().cloned())),
                _ => request.unsupported(),
            };
        };
        match name.split_once('/') {
            None => self.role(request, &name.to_lowercase(), seat),
            Some((name, "role-id")) => self.role_id(request, &name.to_lowercase()),
            Some((name, rest)) => self.secret_ids(request, &name.to_lowercase(), rest, seat),
        }
    }

    fn role(&mut self, request: &mut Request, name: &str, seat: &Seat) -> Outcome {
        match request.operation {
            Operation::Read => {
                Ok(self.0.get(name).map_or(Reply::Nothing, |role| Reply::Data(Value::Object(role.settings.clone()))))
            }
            Operation::Delete => {
                self.0.remove(name);
                Ok(Reply::Nothing)
            }
            Operation::Write => self.write(request, name, seat),
            Operation::List | Operation::Patch => request.unsupported(),
        }
    }

    fn write(&mut self, request: &mut Request, name: &str, seat: &Seat) -> Outcome {
        let mut params = request.fields(&[ROLE, token_params::FIELDS])?;
        let existing = self.0.get(name);
        if existing.is_some() && params.contains_key("local_secret_ids") {
            return Err(Refusal::bad_request("local_secret_ids can only be modified during role creation"));
        }
        if text(&params, "token_type").starts_with("default-") {
            let kind = text(&params, "token_type").replace("default-", "");
            request.warn(format!("default-{kind} has no useful meaning; adjusting to {kind}"));
        }
        let role_id = match (params.remove("role_id"), existing) {
            (Some(given), _) => given.as_str().unwrap_or_default().to_owned(),
            (None, Some(role)) => role.role_id.clone(),
            (None, None) => ids::uuid(),
        };
        let mut settings = existing.map_or_else(
            || {
                let mut settings = fields::defaults(ROLE);
                settings.extend(fields::defaults(token_params::FIELDS));
                settings
            },
            |role| role.settings.clone(),
        );
        settings.extend(params);
        check(&mut settings, &role_id)?;
        if self.0.iter().any(|(other, role)| other != name && role.role_id == role_id) {
            return Err(Refusal::internal("role_id already in use"));
        }
        if number(&settings, "token_max_ttl") > seat.max_ttl {
            request.warn(
                "token_max_ttl is greater than the backend mount's maximum TTL value; issued tokens' max TTL value \
                 will be truncated",
            );
        }
        let secret_ids = self.0.remove(name).map(|role| role.secret_ids).unwrap_or_default();
        self.0.insert(name.to_owned(), Role { settings, role_id, secret_ids });
        Ok(Reply::Nothing)
    }

    fn role_id(&mut self, request: &mut Request, name: &str) -> Outcome {
        let role = self.0.get_mut(name);
        match request.operation {
            Operation::Read => Ok(role.map_or(Reply::Nothing, |role| Reply::Data(json!({ "role_id": role.role_id })))),
            Operation::Write => {
                let params = request.fields(&[ROLE_ID])?;
                let Some(role) = role else { return Err(Refusal::unsupported_path()) };
                match text(&params, "role_id") {
                    "" => Err(Refusal::bad_request("missing role_id")),
                    id => {
                        id.clone_into(&mut role.role_id);
                        Ok(Reply::Nothing)
                    }
                }
            }
            _ => request.unsupported(),
        }
    }

    fn secret_ids(&mut self, request: &mut Request, name: &str, path: &str, seat: &Seat) -> Outcome {
        const PATHS: &[&str] = &[
            "custom-secret-id",
            "secret-id",
            "secret-id-accessor/destroy",
            "secret-id-accessor/lookup",
            "secret-id/destroy",
            "secret-id/lookup",
        ];
        if !PATHS.contains(&path) {
            return request.unknown_path();
        }
        let Some(role) = self.0.get_mut(name) else {
            let error = format!("role {name:?} does not exist");
            return Err(match (path, request.operation) {
                ("secret-id", Operation::List) => Refusal::bad_request(error),
                ("secret-id" | "custom-secret-id", _) => Refusal::new(404, error),
                _ => Refusal::internal(&error),
            });
        };
        role.secret_ids.retain(SecretId::lives);
        secret_ids::answer(request, path, &role.settings, &mut role.secret_ids, seat)
    }

    fn login(&mut self, request: &mut Request, seat: &Seat) -> Outcome {
        if request.operation != Operation::Write {
            return request.unsupported();
        }
        let params = request.fields(&[LOGIN])?;
        let wrong = || Refusal::bad_request("invalid role or secret ID");
        let role_id = text(&params, "role_id").trim();
        if role_id.is_empty() {
            return Err(Refusal::bad_request("missing role_id"));
        }
        let (name, role) = self.0.iter_mut().find(|(_, role)| role.role_id == role_id).ok_or_else(wrong)?;
        role.secret_ids.retain(SecretId::lives);
        let mut metadata = Map::new();
        if flag(&role.settings, "bind_secret_id") {
            let id = text(&params, "secret_id").trim();
            if id.is_empty() {
                return Err(Refusal::bad_request("missing secret_id"));
            }
            let found = role.secret_ids.iter().position(|secret| secret.id == id).ok_or_else(wrong)?;
            metadata = role.secret_ids[found].metadata.clone();
            if role.secret_ids[found].was_last_use() {
                role.secret_ids.remove(found);
            }
        }
        metadata.insert("role_name".to_owned(), json!(name));
        let path = format!("{}login", seat.path);
        let display_name = seat.path.trim_start_matches("auth/").trim_end_matches('/').to_owned();
        let grant = token_params::grant(&role.settings, path, display_name, Value::Object(metadata));
        Ok(Reply::Login(Box::new(grant)))
    }
}

fn check(settings: &mut Map<String, Value>, role_id: &str) -> Result<(), Refusal> {
    token_params::check(settings)?;
    let refuse = |error: &str| Err(Refusal::bad_request(error));
    if role_id.is_empty() {
        return refuse("invalid role_id supplied, or failed to generate a role_id");
    }
    if strings(settings, "secret_id_bound_cidrs").iter().any(|block| !token_params::is_block(block)) {
        return refuse("invalid CIDR blocks");
    }
    if number(settings, "secret_id_num_uses") < 0 {
        return refuse("secret_id_num_uses cannot be negative");
    }
    let bound = flag(settings, "bind_secret_id")
        || !strings(settings, "secret_id_bound_cidrs").is_empty()
        || !strings(settings, "token_bound_cidrs").is_empty();
    // An error without a response of its own, so the server takes it for its own mistake.
    if bound { Ok(()) } else { Err(Refusal::internal("at least one constraint should be enabled on the role")) }
}
