//! What the server says of itself, and its seal: the paths under `sys` that need no token.

use serde_json::{Map, Value, json};

use crate::openbao::fields::{Field, Kind, flag, text};
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};
use crate::openbao::store::{Barrier, Store};
use crate::openbao::times;

/// Key that unseals.
pub const UNSEAL_KEY: &str = "5e1f9a7c3b2d4e6f8091a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d5e6f7";

const VERSION: &str = "2.0.0-HEAD";

const UNSEAL: &[Field] = &[Field::input("key", Kind::Text), Field::input("reset", Kind::Boolean)];

const INIT: &[Field] = &[Field::input("secret_shares", Kind::Integer), Field::input("secret_threshold", Kind::Integer)];

/// Answers a call that needs neither a token nor the unseal key, or `None` for any other.
pub fn answer(request: &mut Request, store: &mut Store, root_token: &str) -> Option<Outcome> {
    let path = request.path.clone();
    Some(match (path.as_str(), request.operation) {
        ("sys/health", Operation::Read) => Ok(health(request, store)),
        ("sys/seal-status", Operation::Read) => Ok(Reply::Plain(200, seal_status(store))),
        ("sys/leader", Operation::Read) if store.barrier == Barrier::Unsealed => Ok(Reply::Plain(200, leader())),
        ("sys/init", Operation::Read) => {
            Ok(Reply::Plain(200, json!({ "initialized": store.barrier != Barrier::Uninitialized })))
        }
        ("sys/init", Operation::Write) => initialize(request, store, root_token),
        ("sys/unseal", Operation::Write) => unseal(request, store),
        ("sys/health" | "sys/init" | "sys/seal-status" | "sys/unseal", _) => request.unsupported(),
        _ => return None,
    })
}

/// `sys/health`: the status tells the state, and the query may ask for another one (`http/sys_health.go`).
fn health(request: &Request, store: &Store) -> Reply {
    let (usual, asked) = match store.barrier {
        Barrier::Uninitialized => (501, "uninitcode"),
        Barrier::Sealed => (503, "sealedcode"),
        Barrier::Unsealed => (200, "activecode"),
    };
    let status = text(&request.body, asked).parse().unwrap_or(usual);
    let works = store.barrier == Barrier::Unsealed;
    let replication = if works { "disabled" } else { "unknown" };
    let mut shown = json!({
        "initialized": store.barrier != Barrier::Uninitialized,
        "sealed": !works,
        "standby": !works,
        "performance_standby": false,
        "replication_performance_mode": replication,
        "replication_dr_mode": replication,
        "server_time_utc": times::now().unix_timestamp(),
        "version": VERSION,
    });
    add_cluster(&mut shown, store);
    Reply::Plain(status, shown)
}

fn seal_status(store: &Store) -> Value {
    let keys = i64::from(store.barrier != Barrier::Uninitialized);
    let mut shown = json!({
        "type": "shamir",
        "initialized": store.barrier != Barrier::Uninitialized,
        "sealed": store.barrier != Barrier::Unsealed,
        "t": keys,
        "n": keys,
        "progress": 0,
        "nonce": "",
        "version": VERSION,
        "build_date": "",
        "migration": false,
        "recovery_seal": false,
    });
    add_cluster(&mut shown, store);
    shown
}

/// The cluster is known once its store can be read.
fn add_cluster(shown: &mut Value, store: &Store) {
    if let (Some(shown), Barrier::Unsealed) = (shown.as_object_mut(), store.barrier) {
        shown.insert("cluster_id".to_owned(), json!(store.cluster.0));
        shown.insert("cluster_name".to_owned(), json!(store.cluster.1));
    }
}

fn leader() -> Value {
    json!({
        "ha_enabled": false,
        "is_self": false,
        "active_time": "0001-01-01T00:00:00Z",
        "leader_address": "",
        "leader_cluster_address": "",
    })
}

fn initialize(request: &mut Request, store: &mut Store, root_token: &str) -> Outcome {
    request.fields(&[INIT])?;
    if store.barrier != Barrier::Uninitialized {
        return Err(Refusal::bad_request("Vault is already initialized"));
    }
    store.barrier = Barrier::Sealed;
    Ok(Reply::Plain(
        200,
        json!({ "keys": [UNSEAL_KEY], "keys_base64": [base64_of_hex(UNSEAL_KEY)], "root_token": root_token }),
    ))
}

fn unseal(request: &mut Request, store: &mut Store) -> Outcome {
    let params: Map<String, Value> = request.fields(&[UNSEAL])?;
    let key = text(&params, "key");
    if key.is_empty() && !flag(&params, "reset") {
        return Err(Refusal::bad_request("'key' must be specified in request body as JSON, or 'reset' set to true"));
    }
    if store.barrier == Barrier::Uninitialized {
        return Err(Refusal::bad_request("Vault is not initialized"));
    }
    if key == UNSEAL_KEY || key == base64_of_hex(UNSEAL_KEY) {
        store.barrier = Barrier::Unsealed;
    } else if !key.is_empty() {
        return Err(Refusal::bad_request("Unseal failed, invalid key"));
    }
    Ok(Reply::Plain(200, seal_status(store)))
}

fn base64_of_hex(hex: &str) -> String {
    use base64::prelude::{BASE64_STANDARD, Engine as _};
    let digits: Vec<u8> =
        hex.chars().filter_map(|digit| digit.to_digit(16)).filter_map(|n| u8::try_from(n).ok()).collect();
    BASE64_STANDARD.encode(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect::<Vec<u8>>())
}
