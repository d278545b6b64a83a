//! Who calls: the one user, or the bot user of a project's access token (`lib/api/api_guard.rb`).

use serde_json::{Value, json};

use crate::gitlab::context::Context;
use crate::gitlab::errors::{Outcome, Refusal};
use crate::gitlab::fields::On;
use crate::gitlab::server::Options;
use crate::gitlab::store::{self, AccessToken, Store, USER, USER_NAMESPACE};
use crate::http::call::{Answer, Call};

/// Who makes a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// The one user.
    User,
    /// The bot user of the access token with this ID.
    Bot(i64),
}

/// The caller that a `PRIVATE-TOKEN` or a bearer token stands for, if its scopes allow the call.
pub fn identify(call: &Call, options: &Options, store: &mut Store) -> Result<Caller, Refusal> {
    let bearer = call.header("authorization").and_then(|value| value.strip_prefix("Bearer "));
    let token = call
        .header("private-token")
        .or(bearer)
        .or_else(|| call.query.iter().find(|(name, _)| name == "private_token").map(|(_, value)| value.as_str()));
    let (caller, scopes) = match token {
        Some(token) if token == options.token => (Caller::User, vec!["api"]),
        Some(token) if token == options.read_token => (Caller::User, vec!["read_api"]),
        Some(token) => {
            let bot = store.tokens.values_mut().find(|known| known.secret == token).ok_or_else(unknown)?;
            check(bot)?;
            bot.last_used_at = Some(store::now());
            (Caller::Bot(bot.id), bot.scopes.iter().map(String::as_str).collect())
        }
        None => return Err(unknown()),
    };
    let wanted: &[&str] = if call.method == "GET" { &["api", "read_api"] } else { &["api"] };
    match scopes.iter().any(|scope| wanted.contains(scope)) {
        true => Ok(caller),
        false => Err(insufficient(wanted)),
    }
}

/// Refuses what the bot of an access token cannot see: all but itself and its project. The lab does not model what
/// else would be open to it.
pub fn check_reach(context: &Context, path: &[&str]) -> Result<(), Refusal> {
    let Caller::Bot(token) = context.caller else { return Ok(()) };
    let own = context.store.tokens.get(&token).map(|token| token.project);
    match path {
        ["user" | "version" | "metadata"] => Ok(()),
        ["projects", id, ..] if context.store.project(id).map(|project| project.id) == own => Ok(()),
        ["projects", _, ..] => Err(Refusal::not_found("Project")),
        _ => Err(Refusal::violation(
            404,
            format!("the lab does not know what a project's bot sees at {}", context.call.path),
        )),
    }
}

/// `GET /user`.
pub fn current(context: &mut Context) -> Outcome {
    context.params(On::Both, &[], &[])?;
    let bot = match context.caller {
        Caller::User => None,
        Caller::Bot(token) => context.store.tokens.get(&token),
    };
    Ok(Answer::json(200, &bot.map_or_else(|| owner(context), |token| bot_user(context, token))))
}

fn check(token: &AccessToken) -> Result<(), Refusal> {
    let reason = match (token.revoked, token.expired()) {
        (false, false) => return Ok(()),
        (true, _) => "Token was revoked. You have to re-authorize from the user.",
        (false, true) => "Token is expired. You can either do re-authorization or token refresh.",
    };
    Err(Refusal {
        status: 401,
        body: json!({ "error": "invalid_token", "error_description": reason }),
        violation: None,
    })
}

fn unknown() -> Refusal {
    Refusal::message(401, "401 Unauthorized")
}

fn insufficient(wanted: &[&str]) -> Refusal {
    Refusal {
        status: 403,
        body: json!({
            "error": "insufficient_scope",
            "error_description": "The request requires higher privileges than provided by the access token.",
            "scope": wanted.join(" "),
        }),
        violation: None,
    }
}

fn owner(context: &Context) -> Value {
    let mut user = person(context, "root", "Administrator", "2025-01-01T00:00:00.000Z");
    let more = json!({
        "id": USER,
        "bot": false,
        "last_sign_in_at": "2025-01-01T00:00:00.000Z",
        "confirmed_at": "2025-01-01T00:00:00.000Z",
        "email": "admin@example.com",
        "projects_limit": 100_000,
        "current_sign_in_at": store::now(),
        "can_create_group": true,
        "can_create_project": true,
        "commit_email": "admin@example.com",
        "is_admin": true,
        "note": null,
        "namespace_id": USER_NAMESPACE,
        "created_by": null,
    });
    merge(&mut user, more);
    user
}

/// The user that GitLab makes for an access token (`app/services/resource_access_tokens/create_service.rb`).
fn bot_user(context: &Context, token: &AccessToken) -> Value {
    let username = format!("project_{}_bot_{}", token.project, token.user);
    let email = format!("{username}@noreply.localhost");
    let mut user = person(context, &username, &token.name, &token.created_at);
    let more = json!({
        "id": token.user,
        "bot": true,
        "last_sign_in_at": null,
        "confirmed_at": token.created_at,
        "email": email,
        "projects_limit": 0,
        "current_sign_in_at": null,
        "can_create_group": false,
        "can_create_project": false,
        "commit_email": email,
    });
    merge(&mut user, more);
    user
}

fn person(context: &Context, username: &str, name: &str, created_at: &str) -> Value {
    json!({
        "username": username,
        "public_email": "",
        "name": name,
        "state": "active",
        "locked": false,
        "avatar_url": null,
        "web_url": format!("{}/{username}", context.url),
        "created_at": created_at,
        "bio": "",
        "location": "",
        "linkedin": "",
        "twitter": "",
        "discord": "",
        "website_url": "",
        "organization": "",
        "job_title": "",
        "pronouns": null,
        "work_information": null,
        "local_time": null,
        "last_activity_on": store::today(),
        "theme_id": 3,
        "color_scheme_id": 1,
        "identities": [],
        "two_factor_enabled": false,
        "external": false,
        "private_profile": false,
    })
}

fn merge(user: &mut Value, more: Value) {
    if let (Value::Object(user), Value::Object(more)) = (user, more) {
        user.extend(more);
    }
}
