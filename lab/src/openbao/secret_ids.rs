//! Secret IDs of a role: issued, looked up and destroyed.

use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::openbao::engine::Seat;
use crate::openbao::fields::{Field, Kind, flag, number, strings, text};
use crate::openbao::ids;
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::times;
use crate::openbao::token_params::is_block;

/// A secret ID.
#[derive(Clone, Debug)]
pub struct SecretId {
    /// The secret ID itself.
    pub id: String,
    /// Metadata, which goes into the tokens of logins.
    pub metadata: Map<String, Value>,
    accessor: String,
    uses: i64,
    limited: bool,
    ttl: i64,
    cidr_list: Vec<String>,
    token_bound_cidrs: Vec<String>,
    created: OffsetDateTime,
    updated: OffsetDateTime,
}

const ISSUE: &[Field] = &[
    Field::input("cidr_list", Kind::Texts),
    Field::input("metadata", Kind::Text),
    Field::input("num_uses", Kind::Integer),
    Field::input("secret_id", Kind::Text),
    Field::input("token_bound_cidrs", Kind::Texts),
    Field::input("ttl", Kind::Seconds),
];

const NAMED: &[Field] = &[Field::input("secret_id", Kind::Text), Field::input("secret_id_accessor", Kind::Text)];

impl SecretId {
    /// Whether it has not expired.
    pub fn lives(&self) -> bool {
        self.expires().is_none_or(|expires| expires > times::now())
    }

    /// Counts a use; true if there is none left.
    pub fn was_last_use(&mut self) -> bool {
        self.updated = times::now();
        self.uses -= i64::from(self.uses > 0);
        // A secret ID without a limit has 0 uses from the start, and is never at its last.
        self.uses == 0 && self.limited
    }

    fn expires(&self) -> Option<OffsetDateTime> {
        (self.ttl > 0).then(|| times::after(self.created, self.ttl))
    }

    fn show(&self) -> Value {
        json!({
            "secret_id_accessor": self.accessor,
            "secret_id_num_uses": self.uses,
            "secret_id_ttl": self.ttl,
            "creation_time": times::text(self.created),
            "expiration_time": self.expires().map_or_else(|| "0001-01-01T00:00:00Z".to_owned(), times::text),
            "last_updated_time": times::text(self.updated),
            "metadata": self.metadata,
            "cidr_list": self.cidr_list,
            "token_bound_cidrs": self.token_bound_cidrs,
        })
    }
}

/// Answers a call to a path below a role.
pub fn answer(
    request: &mut Request,
    path: &str,
    role: &Map<String, Value>,
    secret_ids: &mut Vec<SecretId>,
    seat: &Seat,
) -> Outcome {
    match (path, request.operation) {
        ("secret-id", Operation::List) => Ok(Reply::list(secret_ids.iter().map(|secret| secret.accessor.clone()))),
        ("secret-id" | "custom-secret-id", Operation::Write) => {
            let secret = issue(request, path == "custom-secret-id", role)?;
            let shown = Reply::Data(json!({
                "secret_id": secret.id,
                "secret_id_accessor": secret.accessor,
                "secret_id_num_uses": secret.uses,
                "secret_id_ttl": if secret.ttl > 0 { secret.ttl.min(seat.max_ttl) } else { secret.ttl },
            }));
            secret_ids.push(secret);
            Ok(shown)
        }
        (_, Operation::Write | Operation::Delete) => named(request, path, secret_ids),
        _ => request.unsupported(),
    }
}

fn issue(request: &mut Request, custom: bool, role: &Map<String, Value>) -> Result<SecretId, Refusal> {
    let params = request.fields(&[ISSUE])?;
    let refuse = |error: &str| Err(Refusal::bad_request(error));
    if custom && text(&params, "secret_id").is_empty() {
        return refuse("missing secret_id");
    }
    if !flag(role, "bind_secret_id") {
        return refuse("bind_secret_id is not set on the role");
    }
    let (cidr_list, token_bound_cidrs) = (strings(&params, "cidr_list"), strings(&params, "token_bound_cidrs"));
    if cidr_list.iter().any(|block| !is_block(block)) {
        return refuse("failed to validate CIDR blocks");
    }
    if token_bound_cidrs.iter().any(|block| !is_block(block)) {
        return refuse("failed to validate token CIDR blocks");
    }
    let (most, longest) = (number(role, "secret_id_num_uses"), number(role, "secret_id_ttl"));
    let uses = params.get("num_uses").map_or(most, |_| number(&params, "num_uses"));
    if uses < 0 {
        return refuse("num_uses cannot be negative");
    }
    if most > 0 && (uses == 0 || uses > most) {
        return refuse("num_uses cannot be higher than the role's secret_id_num_uses");
    }
    let ttl = params.get("ttl").map_or(longest, |_| number(&params, "ttl"));
    if longest > 0 && (ttl == 0 || ttl > longest) {
        return refuse("ttl cannot be longer than the role's secret_id_ttl");
    }
    let id = if custom { text(&params, "secret_id").to_owned() } else { ids::uuid() };
    let metadata = metadata(text(&params, "metadata"))?;
    let now = times::now();
    Ok(SecretId {
        id,
        metadata,
        accessor: ids::uuid(),
        uses,
        limited: uses > 0,
        ttl,
        cidr_list,
        token_bound_cidrs,
        created: now,
        updated: now,
    })
}

/// Metadata is a JSON object in a text, or `k=v` with commas (`strutil.ParseArbitraryKeyValues`).
fn metadata(text: &str) -> Result<Map<String, Value>, Refusal> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    if let Ok(Value::Object(pairs)) = serde_json::from_str(text) {
        return Ok(pairs);
    }
    let pair = |pair: &str| pair.split_once('=').map(|(key, value)| (key.trim().to_owned(), json!(value.trim())));
    text.split(',')
        .map(pair)
        .collect::<Option<_>>()
        .ok_or_else(|| Refusal::bad_request("failed to parse metadata: failed to parse key/value pairs"))
}

/// Looks one up or destroys it, by itself or by its accessor.
fn named(request: &mut Request, path: &str, secret_ids: &mut Vec<SecretId>) -> Outcome {
    let params = request.fields(&[NAMED])?;
    let by_accessor = path.starts_with("secret-id-accessor");
    let member = if by_accessor { "secret_id_accessor" } else { "secret_id" };
    let name = text(&params, member);
    if name.is_empty() {
        return Err(Refusal::bad_request(format!("missing {member}")));
    }
    let found =
        secret_ids.iter().position(|secret| if by_accessor { secret.accessor == name } else { secret.id == name });
    let unknown = || format!("failed to find accessor entry for secret_id_accessor: {name:?}");
    match (path.ends_with("lookup"), found) {
        (true, Some(found)) => Ok(Reply::Data(secret_ids[found].show())),
        (true, None) if by_accessor => Ok(Reply::Gone(json!({ "error": unknown() }))),
        (false, Some(found)) => {
            secret_ids.remove(found);
            Ok(Reply::Nothing)
        }
        (false, None) if by_accessor => Err(Refusal::internal(&unknown())),
        (_, None) => Ok(Reply::Nothing),
    }
}
