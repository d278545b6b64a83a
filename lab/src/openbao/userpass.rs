//! Login with a name and a password: `builtin/credential/userpass`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::openbao::engine::{Seat, entry};
use crate::openbao::fields::{self, Field, Kind, text};
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::token_params;

/// Users by name.
#[derive(Debug, Default)]
pub struct Userpass(BTreeMap<String, User>);

#[derive(Debug)]
struct User {
    settings: Map<String, Value>,
    password: String,
}

const PASSWORD: &[Field] = &[Field::input("password", Kind::Text)];

impl Userpass {
    /// Whether there is a user.
    pub fn exists(&self, path: &str) -> Option<bool> {
        let name = path.strip_prefix("users/").filter(|name| !name.contains('/'))?;
        Some(self.0.contains_key(&name.to_lowercase()))
    }

    /// Answers a call.
    pub fn answer(&mut self, request: &mut Request, path: &str, seat: &Seat) -> Outcome {
        if let Some(Some(name)) = entry(path, "login") {
            return self.login(request, &name.to_lowercase(), seat);
        }
        let Some(named) = entry(path, "users") else { return request.unknown_path() };
        match (named.map(str::to_lowercase), request.operation) {
            (None, Operation::List) => Ok(Reply::list(self.0.keys().cloned())),
            (Some(name), operation) => match (name.strip_suffix("/password"), operation) {
                (Some(name), Operation::Write) => self.set_password(request, name),
                (None, Operation::Read) => Ok(self
                    .0
                    .get(&name)
                    .map_or(Reply::Nothing, |user| Reply::Data(Value::Object(user.settings.clone())))),
                (None, Operation::Write) => self.write(request, name),
                (None, Operation::Delete) => {
                    self.0.remove(&name);
                    Ok(Reply::Nothing)
                }
                _ => request.unsupported(),
            },
            _ => request.unsupported(),
        }
    }

    fn write(&mut self, request: &mut Request, name: String) -> Outcome {
        let mut params = request.fields(&[PASSWORD, token_params::FIELDS])?;
        let existing = self.0.get(&name);
        let password = match (params.remove("password"), existing) {
            (Some(password), _) => password.as_str().unwrap_or_default().to_owned(),
            (None, Some(user)) => user.password.clone(),
            (None, None) => String::new(),
        };
        if password.is_empty() {
            return Err(Refusal::bad_request("missing password"));
        }
        let mut settings =
            existing.map_or_else(|| fields::defaults(token_params::FIELDS), |user| user.settings.clone());
        settings.extend(params);
        token_params::check(&mut settings)?;
        self.0.insert(name, User { settings, password });
        Ok(Reply::Nothing)
    }

    fn set_password(&mut self, request: &mut Request, name: &str) -> Outcome {
        let params = request.fields(&[PASSWORD])?;
        let Some(user) = self.0.get_mut(name) else { return Err(Refusal::internal("username does not exist")) };
        match text(&params, "password") {
            "" => Err(Refusal::bad_request("missing password")),
            password => {
                password.clone_into(&mut user.password);
                Ok(Reply::Nothing)
            }
        }
    }

    fn login(&self, request: &mut Request, name: &str, seat: &Seat) -> Outcome {
        if request.operation != Operation::Write {
            return request.unsupported();
        }
        let params = request.fields(&[PASSWORD])?;
        let user = self.0.get(name).filter(|user| user.password == text(&params, "password"));
        let user = user.ok_or_else(|| Refusal::bad_request("invalid username or password"))?;
        let mount = seat.path.trim_start_matches("auth/").trim_end_matches('/');
        let (path, display_name) = (format!("{}login/{name}", seat.path), format!("{mount}-{name}"));
        let grant = token_params::grant(&user.settings, path, display_name, json!({ "username": name }));
        Ok(Reply::Login(Box::new(grant)))
    }
}
