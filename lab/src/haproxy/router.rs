//! Which part of the API answers a call, and who may call it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::haproxy::refusal::Refusal;
use crate::haproxy::reply::{Outcome, Reply};
use crate::haproxy::request::Request;
use crate::haproxy::state::State;
use crate::http::call::{Answer, Call, matches, segments};

/// Paths below `/v3` at which there is something.
const PATHS: &[&str] = &[
    "/info",
    "/services/haproxy/configuration/backends/**",
    "/services/haproxy/configuration/crt_stores",
    "/services/haproxy/configuration/defaults/**",
    "/services/haproxy/configuration/frontends/**",
    "/services/haproxy/configuration/global",
    "/services/haproxy/configuration/raw",
    "/services/haproxy/configuration/resolvers",
    "/services/haproxy/configuration/userlists",
    "/services/haproxy/configuration/version",
    "/services/haproxy/reloads",
    "/services/haproxy/reloads/*",
    "/services/haproxy/runtime/backends/*/servers",
    "/services/haproxy/runtime/backends/*/servers/*",
    "/services/haproxy/runtime/info",
    "/services/haproxy/runtime/maps",
    "/services/haproxy/runtime/maps/*",
    "/services/haproxy/runtime/maps/*/entries",
    "/services/haproxy/runtime/maps/*/entries/*",
    "/services/haproxy/storage/maps",
    "/services/haproxy/storage/maps/*",
    "/services/haproxy/storage/ssl_certificates",
    "/services/haproxy/storage/ssl_certificates/*",
    "/services/haproxy/transactions",
    "/services/haproxy/transactions/*",
];

/// Who may call.
#[derive(Clone, Debug)]
pub struct User {
    /// Name.
    pub name: String,
    /// Password.
    pub password: String,
}

impl User {
    /// Signs a call.
    #[must_use]
    pub fn sign(&self, call: Call) -> Call {
        call.with_header("authorization", &self.header())
    }

    fn header(&self) -> String {
        format!("Basic {}", STANDARD.encode(format!("{}:{}", self.name, self.password)))
    }

    fn signed(&self, call: &Call) -> bool {
        call.header("authorization") == Some(&self.header())
    }
}

impl State {
    /// Answers a call, and notes what the API would have dropped.
    pub fn answer(&mut self, call: &Call, user: &User, violations: &mut Vec<String>) -> Answer {
        let outcome = self.outcome(call, user, violations);
        match outcome {
            Ok(reply) => reply.answer(self.version),
            Err(refusal) => {
                let version = refusal.version.unwrap_or(self.version).to_string();
                refusal.answer().with_header("Configuration-Version", &version)
            }
        }
    }

    /// Whoever asks for what is nowhere is told so, known or not.
    fn outcome(&mut self, call: &Call, user: &User, violations: &mut Vec<String>) -> Outcome {
        let missing = || Refusal::new(404, format!("path {} was not found", call.path));
        let request = Request::of(call).ok_or_else(missing)?;
        let below = call.path.strip_prefix("/v3").map(segments).unwrap_or_default();
        if !PATHS.iter().any(|pattern| matches(pattern, &below)) {
            return Err(missing());
        }
        if !user.signed(call) {
            return Err(Refusal::new(401, "unauthenticated for invalid credentials"));
        }
        // Its text is unrecorded.
        let method = || Refusal::new(405, format!("method {} is not allowed", call.method));
        self.route(&request, violations).unwrap_or_else(|| Err(method()))
    }

    fn route(&mut self, request: &Request, violations: &mut Vec<String>) -> Option<Outcome> {
        let path: Vec<&str> = request.path.iter().map(String::as_str).collect();
        Some(match (request.call.method.as_str(), path.as_slice()) {
            ("GET", ["info"]) => {
                let api = json!({ "build_date": "0001-01-01T00:00:00.000Z", "version": " dev.dirty" });
                Ok(Reply::json(200, json!({ "api": api, "system": {} })))
            }
            ("GET", ["transactions"]) => Ok(Reply::json(200, self.all_transactions(request.query("status")))),
            ("POST", ["transactions"]) => self.open_by(request),
            ("GET", ["transactions", id]) => self.transaction(id).map(|told| Reply::json(200, told)),
            ("PUT", ["transactions", id]) => {
                let after = request.after();
                let committed = self.commit_transaction(id, after);
                committed.map(|(told, reload)| Reply::changed(after, 200, Some(told), reload))
            }
            ("DELETE", ["transactions", id]) => self.drop_transaction(id).map(|()| Reply::empty(204)),
            ("GET", ["reloads"]) => Ok(Reply::json(200, self.reloads.all())),
            ("GET", ["reloads", id]) => self.reloads.get(id).map(|told| Reply::json(200, told)),
            (_, ["configuration", ..]) => return self.configuration(request, violations),
            (_, ["runtime", ..]) => return self.runtime(request),
            (_, ["storage", ..]) => return self.storage(request),
            _ => return None,
        })
    }

    fn open_by(&mut self, request: &Request) -> Outcome {
        let absent = || Refusal::unprocessable(602, "version in query is required".to_owned());
        let version = request.version()?.ok_or_else(absent)?;
        Ok(Reply::json(201, self.open(version)?))
    }
}
