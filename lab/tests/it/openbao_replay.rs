//! Every exchange that was recorded with OpenBao 2.2.2, played again in the same order: the lab answers each with the
//! same status and the same body, but for identifiers, times and secrets, which have the same form.

use lab::OpenBao;
use rcgen::KeyPair;
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::openbao_client::Bao;

/// One request a line, with its answer. Secrets, tokens and keys were replaced by words in angle brackets, and requests
/// have no headers.
const RECORDING: &str = include_str!("fixtures/openbao-2.2.2.jsonl");

/// Paths that are not replayed, each with the reason.
const NOT_REPLAYED: &[(&str, &str)] = &[
    ("/v1/identity/", "Nothing that is managed needs entities and groups."),
    ("/v1/pki/", "The engine can be mounted, which is replayed, and issues nothing."),
    ("/v1/sys/config/cors", "Nothing that is managed depends on it."),
    ("/v1/sys/quotas/", "Quotas are not modelled."),
    ("/v1/transit/", "The engine can be mounted, which is replayed, and has no keys."),
];

/// The token of exchange 110, which has the policy `p1`, was used for these.
const WITH_POLICY: std::ops::RangeInclusive<usize> = 117..=120;
/// A token that the server does not know.
const WITH_UNKNOWN_TOKEN: usize = 121;
/// No token.
const WITHOUT_TOKEN: std::ops::RangeInclusive<usize> = 122..=123;
const TOKEN_WITH_POLICY: usize = 110;

#[derive(Deserialize)]
struct Exchange {
    method: String,
    path: String,
    request: Value,
    response: Value,
    status: u16,
}

/// What stands for the words in angle brackets.
#[derive(Default)]
struct Secrets {
    root: Option<String>,
    unseal_key: String,
    public_key: String,
    with_policy: Option<String>,
    newest: String,
}

#[tokio::test]
async fn the_lab_answers_as_the_recorded_server() {
    let lab = OpenBao::builder().uninitialized().start().await.expect("a port is free");
    let client = Bao::of(&lab).with_token(None);
    let mut secrets = Secrets { public_key: public_key(), ..Secrets::default() };
    let mut findings = Vec::new();
    let (mut replayed, mut left_out) = (0, vec![0; NOT_REPLAYED.len()]);
    for (number, line) in RECORDING.lines().enumerate() {
        let exchange: Exchange = serde_json::from_str(line).expect("a line of the recording is an exchange");
        if let Some(rule) = NOT_REPLAYED.iter().position(|(path, _)| exchange.path.starts_with(path)) {
            left_out[rule] += 1;
            continue;
        }
        let client = client.with_token(secrets.token_for(number));
        let path = exchange.path.strip_prefix("/v1").expect("the recording is of the API");
        let reply = client.send(&exchange.method, path, &secrets.filled(&exchange)).await;
        let place = format!("{number} {} {}", exchange.method, exchange.path);
        if reply.status != exchange.status {
            findings.push(format!("{place}: status {} instead of {}", reply.status, exchange.status));
        }
        assert_eq!(reply.text.is_empty(), exchange.response.is_null(), "{place}: {}", reply.text);
        compare(&place, "", &exchange.response, &reply.body, &mut findings);
        secrets.learn(number, &reply.body);
        replayed += 1;
    }
    assert!(findings.is_empty(), "{} differences:\n{}", findings.len(), findings.join("\n"));
    assert!(
        left_out.iter().all(|number| *number > 0),
        "a path that is not replayed is not in the recording: {left_out:?}"
    );
    assert_eq!((replayed, left_out.iter().sum::<usize>()), (118, 18));
}

#[test]
fn a_difference_is_found() {
    let recorded = serde_json::json!({"errors": ["a"], "data": {"uuid": "831bc8ae-627e", "n": 1}, "keys": ["k"]});
    let found = |answered: Value| {
        let mut findings = Vec::new();
        compare("", "", &recorded, &answered, &mut findings);
        findings.len()
    };
    assert_eq!(
        found(serde_json::json!({"errors": ["a"], "data": {"uuid": "931bc8ae-627f", "n": 1}, "keys": ["k"]})),
        0
    );
    assert_eq!(
        found(serde_json::json!({"errors": ["b"], "data": {"uuid": "831bc8ae-627e", "n": 1}, "keys": ["k"]})),
        1
    );
    assert_eq!(found(serde_json::json!({"errors": ["a"], "data": {"uuid": "831bc8ae", "n": "1"}, "keys": []})), 3);
    assert_eq!(found(serde_json::json!({"errors": ["a"], "data": {"n": 1, "more": 1}})), 3);
}

impl Secrets {
    fn token_for(&self, number: usize) -> Option<&str> {
        match number {
            _ if WITH_POLICY.contains(&number) => self.with_policy.as_deref(),
            WITH_UNKNOWN_TOKEN => Some("s.unknown"),
            _ if WITHOUT_TOKEN.contains(&number) => None,
            _ => self.root.as_deref(),
        }
    }

    /// The request with secrets instead of words. The key that unsealed the recorded server is none of this one's.
    fn filled(&self, exchange: &Exchange) -> Value {
        let mut text = exchange.request.to_string();
        let key = exchange.request.get("key").and_then(Value::as_str).filter(|_| exchange.path.ends_with("/unseal"));
        if let Some(key) = key {
            text = text.replace(key, &self.unseal_key);
        }
        let public_key = Value::from(self.public_key.trim_end()).to_string();
        let public_key = public_key.trim_matches('"');
        let text = text.replace("<PEM PUBLIC KEY>", public_key).replace("<TOKEN>", &self.newest);
        serde_json::from_str(&text).expect("the words are replaced by texts")
    }

    fn learn(&mut self, number: usize, answered: &Value) {
        if let Some(root) = answered["root_token"].as_str() {
            self.root = Some(root.to_owned());
            self.unseal_key = answered["keys"][0].as_str().expect("there is a key").to_owned();
        }
        if let Some(token) = answered["auth"]["client_token"].as_str() {
            token.clone_into(&mut self.newest);
            if number == TOKEN_WITH_POLICY {
                self.with_policy = Some(token.to_owned());
            }
        }
    }
}

/// Compares two values. The name is that of the member which holds them.
fn compare(place: &str, name: &str, recorded: &Value, answered: &Value, findings: &mut Vec<String>) {
    match (recorded, answered) {
        (Value::Object(recorded), Value::Object(answered)) => {
            for (name, recorded) in recorded {
                match answered.get(name) {
                    Some(answered) => compare(&format!("{place} .{name}"), name, recorded, answered, findings),
                    None => findings.push(format!("{place}: no member `{name}`")),
                }
            }
            let more = answered.keys().filter(|name| !recorded.contains_key(*name));
            findings.extend(more.map(|name| format!("{place}: member `{name}` is not in the recording")));
        }
        (Value::Array(recorded), Value::Array(answered)) if recorded.len() == answered.len() => {
            for (recorded, answered) in recorded.iter().zip(answered) {
                compare(place, name, recorded, answered, findings);
            }
        }
        (recorded, answered) if means_the_same(name, recorded, answered) => {}
        (recorded, answered) => findings.push(format!("{place}: {answered} instead of {recorded}")),
    }
}

fn means_the_same(name: &str, recorded: &Value, answered: &Value) -> bool {
    match (recorded, answered) {
        (Value::String(recorded), Value::String(answered)) => same_text(name, recorded, answered),
        (Value::Number(recorded), Value::Number(answered)) => match (name, recorded.as_i64(), answered.as_i64()) {
            ("server_time_utc" | "creation_time", Some(_), Some(answered)) => {
                (answered - OffsetDateTime::now_utc().unix_timestamp()).abs() < 60
            }
            // What is left of a lifetime.
            ("ttl", Some(recorded), Some(answered)) => (recorded - answered).abs() <= 1,
            _ => recorded == answered,
        },
        _ => recorded == answered,
    }
}

fn same_text(name: &str, recorded: &str, answered: &str) -> bool {
    match (name, recorded) {
        _ if recorded == answered => true,
        (_, "<SECRET>" | "<TOKEN>") => !answered.is_empty(),
        (_, "<PEM PUBLIC KEY>") => answered.starts_with("-----BEGIN PUBLIC KEY") && answered.ends_with("-----"),
        (_, "") => false,
        ("request_id" | "uuid" | "cluster_id" | "migration_id" | "entity_id" | "secret_id_accessor", _) => {
            same_form(recorded, answered)
        }
        ("accessor" | "cluster_name", _) => {
            let start = |text: &str| text.rfind(['_', '-']).map(|end| text[..end].to_owned());
            start(recorded) == start(answered) && same_form(recorded, answered)
        }
        ("created_time" | "updated_time" | "deletion_time" | "expire_time" | "issue_time", _) => {
            answered.ends_with('Z') && OffsetDateTime::parse(answered, &Rfc3339).is_ok()
        }
        _ => false,
    }
}

/// Whether letters and digits stand where letters and digits stand, and all else is the same.
fn same_form(recorded: &str, answered: &str) -> bool {
    let same = |(one, other): (char, char)| one == other || (one.is_alphanumeric() && other.is_alphanumeric());
    recorded.len() == answered.len() && recorded.chars().zip(answered.chars()).all(same)
}

fn public_key() -> String {
    KeyPair::generate().expect("ring makes P-256 keys").public_key_pem()
}
