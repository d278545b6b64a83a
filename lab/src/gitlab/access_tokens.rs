//! Access tokens of projects: `doc/api/project_access_tokens.md`, `lib/api/resource_access_tokens.rb`.

use std::cmp::Reverse;

use serde_json::{Map, Value, json};

use crate::gitlab::callers::Caller;
use crate::gitlab::context::{Context, flag, number, text};
use crate::gitlab::errors::{Outcome, Refusal};
use crate::gitlab::fields::On;
use crate::gitlab::store::{self, AccessToken};
use crate::gitlab::{paging, tables};
use crate::http::call::Answer;

/// How long a token lives at most, in days (`PersonalAccessToken.max_expiration_lifetime_in_days`).
const LONGEST: i64 = 400;

/// How long a token lives whose creator did not say, in days.
const UNSAID: i64 = 365;

/// How long a successor lives whose creator did not say, in days.
const UNSAID_SUCCESSOR: i64 = 7;

/// `GET /projects/:id/access_tokens`: those that are no longer active, too, unless told otherwise.
pub fn list(context: &mut Context, project: i64) -> Outcome {
    let params = context.params(On::Both, &[tables::LIST_TOKENS, tables::PAGE], &[])?;
    let mut tokens: Vec<&AccessToken> =
        context.store.tokens.values().filter(|token| token.project == project && wanted(token, &params)).collect();
    order(&mut tokens, text(&params, "sort").unwrap_or_default());
    paging::page(context, &params, &tokens, |token| show(token))
}

/// `GET /projects/:id/access_tokens/:token_id`, also of one that is no longer active.
pub fn get(context: &mut Context, project: i64, id: &str) -> Outcome {
    context.params(On::Both, &[], &[])?;
    Ok(Answer::json(200, &show(find(context, project, id)?)))
}

/// `POST /projects/:id/access_tokens`. An expiry in the past is taken; the token is born expired.
pub fn create(context: &mut Context, project: i64) -> Outcome {
    let params = context.params(On::Create, &[tables::ACCESS_TOKEN], &["name", "scopes"])?;
    let access_level = number(&params, "access_level").unwrap_or(40);
    if context.caller != Caller::User {
        return Err(refused("User does not have permission to create project access token"));
    }
    if access_level > context.options.access_level {
        return Err(refused("Access level of the token contains permissions not held by the creating user"));
    }
    let scopes = params.get("scopes").and_then(Value::as_array).into_iter().flatten();
    let token = AccessToken {
        id: 0,
        project,
        user: context.store.next_id(),
        name: text(&params, "name").unwrap_or_default().to_owned(),
        description: params.get("description").cloned().unwrap_or_default(),
        scopes: scopes.filter_map(Value::as_str).map(str::to_owned).collect(),
        access_level,
        created_at: String::new(),
        expires_at: expiry(&params, UNSAID),
        last_used_at: None,
        revoked: false,
        secret: String::new(),
    };
    check(&token)?;
    Ok(Answer::json(201, &issue(context, token)))
}

/// `POST /projects/:id/access_tokens/:token_id/rotate`: a successor with the same bot, and the end of its predecessor.
pub fn rotate(context: &mut Context, project: i64, id: &str) -> Outcome {
    let params = context.params(On::Both, &[tables::ROTATE_TOKEN], &[])?;
    if context.caller != Caller::User {
        return Err(Refusal::message(401, "401 Unauthorized"));
    }
    let Ok(predecessor) = find(context, project, id) else { return Err(Refusal::message(404, "404 Not Found")) };
    if predecessor.revoked {
        return Err(refused("Token already revoked"));
    }
    let successor = AccessToken { expires_at: expiry(&params, UNSAID_SUCCESSOR), ..predecessor.clone() };
    check(&successor)?;
    revoke(context, successor.id);
    Ok(Answer::json(200, &issue(context, successor)))
}

/// `DELETE /projects/:id/access_tokens/:token_id`: GitLab keeps what it revoked, and revokes it again
/// (`app/services/resource_access_tokens/revoke_service.rb`, since 17.9).
pub fn delete(context: &mut Context, project: i64, id: &str) -> Outcome {
    context.params(On::Both, &[], &[])?;
    let id = find(context, project, id)?.id;
    revoke(context, id);
    Ok(Answer::empty(204))
}

fn find<'a>(context: &'a Context, project: i64, id: &str) -> Result<&'a AccessToken, Refusal> {
    let token = id.parse().ok().and_then(|id: i64| context.store.tokens.get(&id));
    token
        .filter(|token| token.project == project)
        .ok_or_else(|| Refusal::not_found(&format!("Could not find project access token with token_id: {id}")))
}

fn expiry(params: &Map<String, Value>, unsaid: i64) -> String {
    text(params, "expires_at").map_or_else(|| store::in_days(unsaid), str::to_owned)
}

/// `app/models/personal_access_token.rb`, with the expiry of tokens enforced, as it is by default.
fn check(token: &AccessToken) -> Result<(), Refusal> {
    let last = store::in_days(LONGEST);
    if token.name.trim().is_empty() {
        return Err(refused("Name can't be blank"));
    }
    if token.name.chars().count() > 255 {
        return Err(refused("Name is too long (maximum is 255 characters)"));
    }
    if token.scopes.is_empty() {
        return Err(refused("Scopes can't be blank"));
    }
    if token.expires_at > last {
        return Err(refused(&format!("Expiration date must be before {last}")));
    }
    Ok(())
}

/// Keeps a new token, and shows it with its secret, this once.
fn issue(context: &mut Context, mut token: AccessToken) -> Value {
    token.id = context.store.next_id();
    token.created_at = store::now();
    token.last_used_at = None;
    token.secret = format!("glpat-{:020}", token.id);
    let mut shown = show(&token);
    shown["token"] = json!(token.secret);
    context.store.tokens.insert(token.id, token);
    shown
}

fn revoke(context: &mut Context, id: i64) {
    if let Some(token) = context.store.tokens.get_mut(&id) {
        token.revoked = true;
    }
}

/// `app/finders/personal_access_tokens_finder.rb`. A token that expires today is in neither state.
fn wanted(token: &AccessToken, params: &Map<String, Value>) -> bool {
    let in_state = match text(params, "state") {
        Some("active") => token.active(),
        Some(_) => token.revoked || token.expires_at < store::today(),
        None => true,
    };
    let used = |compare: fn(&str, &str) -> bool| {
        move |limit: &str| token.last_used_at.as_deref().is_some_and(|used| compare(used, limit))
    };
    let holds = |name: &str, fits: &dyn Fn(&str) -> bool| text(params, name).is_none_or(fits);
    in_state
        && flag(params, "revoked").is_none_or(|revoked| revoked == token.revoked)
        && holds("created_before", &|limit| token.created_at.as_str() <= limit)
        && holds("created_after", &|limit| token.created_at.as_str() >= limit)
        && holds("last_used_before", &used(|used, limit| used <= limit))
        && holds("last_used_after", &used(|used, limit| used >= limit))
        && holds("expires_before", &|limit| token.expires_at.as_str() < limit)
        && holds("expires_after", &|limit| token.expires_at.as_str() >= limit)
        && holds("search", &|words| resembles(&token.name, words))
}

/// `Gitlab::SQL::Pattern.fuzzy_search`: fewer than three characters must be all of it.
fn resembles(name: &str, words: &str) -> bool {
    let (name, words) = (name.to_lowercase(), words.to_lowercase());
    if words.chars().count() < 3 { name == words } else { name.contains(&words) }
}

/// `PersonalAccessToken.simple_sorts`; unsorted, the database gives the oldest first.
fn order(tokens: &mut [&AccessToken], by: &str) {
    match by {
        "created_desc" => tokens.sort_by_key(|token| Reverse((&token.created_at, token.id))),
        "expires_asc" => tokens.sort_by_key(|token| (&token.expires_at, Reverse(token.id))),
        "expires_desc" => tokens.sort_by_key(|token| Reverse((&token.expires_at, token.id))),
        "last_used_asc" => tokens.sort_by_key(|token| (&token.last_used_at, Reverse(token.id))),
        "last_used_desc" => tokens.sort_by_key(|token| Reverse((&token.last_used_at, token.id))),
        "name_asc" => tokens.sort_by_key(|token| token.name.to_lowercase()),
        "name_desc" => tokens.sort_by_key(|token| Reverse(token.name.to_lowercase())),
        _ => tokens.sort_by_key(|token| (&token.created_at, token.id)),
    }
}

fn refused(reason: &str) -> Refusal {
    Refusal::message(400, format!("400 Bad request - {reason}"))
}

fn show(token: &AccessToken) -> Value {
    json!({
        "id": token.id,
        "name": token.name,
        "revoked": token.revoked,
        "created_at": token.created_at,
        "description": token.description,
        "scopes": token.scopes,
        "user_id": token.user,
        "last_used_at": token.last_used_at,
        "active": token.active(),
        "expires_at": token.expires_at,
        "access_level": token.access_level,
        "resource_type": "project",
        "resource_id": token.project,
    })
}
