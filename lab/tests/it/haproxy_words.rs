//! What may differ between a recorded answer of the Data Plane API and the lab's: identifiers, addresses in memory,
//! process ids, times, and what HAProxy says of itself.

use serde_json::Value;

/// Members whose values are of the moment.
const OF_THE_MOMENT: &[&str] = &["not_after", "not_before", "operational_state", "reload_timestamp", "size"];

/// What a text of HAProxy's must tell in both, or in neither.
const TOLD: &[&str] = &["cannot bind socket (Address already in use) for [127.0.0.1:18999]", "New worker"];

/// All differences that count.
pub fn differences(place: &str, recorded: &Value, answered: &Value) -> Vec<String> {
    let mut findings = Vec::new();
    compare(place, "", recorded, answered, &mut findings);
    findings
}

/// The text with words in angle brackets for what differs from run to run.
pub fn masked(text: &str) -> String {
    let mut masked = String::new();
    let mut word = String::new();
    for character in text.chars().chain(['\n']) {
        if character.is_ascii_alphanumeric() || "-_".contains(character) {
            word.push(character);
            continue;
        }
        masked.push_str(&mask(&word, masked.ends_with('(') && character == ')'));
        masked.push(character);
        word.clear();
    }
    masked.pop();
    // HAProxy names the file as it was called with.
    masked.replace("'/var/lib/haproxy-test/haproxy.cfg'", "'haproxy.cfg'")
}

fn mask(word: &str, in_brackets: bool) -> String {
    let parts: Vec<&str> = word.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match lengths.as_slice() {
        [8, 4, 4, 4, 12] => "<uuid>".to_owned(),
        [4, 2, 2, ..] if parts.iter().all(|part| digits(part)) => format!("<day>-{}", parts[3..].join("-")),
        [32] if word.bytes().all(|byte| byte.is_ascii_hexdigit()) => "<hash>".to_owned(),
        [_] if word.starts_with("0x") => "<address>".to_owned(),
        [_] if word.starts_with("onlyvalidate") => "<temporary>".to_owned(),
        [_] if in_brackets && digits(word) => "<pid>".to_owned(),
        _ => word.to_owned(),
    }
}

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
            for (recorded, answered) in by_name(place, recorded).into_iter().zip(by_name(place, answered)) {
                compare(place, name, recorded, answered, findings);
            }
        }
        (recorded, answered) if means_the_same(place, name, recorded, answered) => {}
        (recorded, answered) => findings.push(format!("{place}: {answered} instead of {recorded}")),
    }
}

/// The recorded server listed sections in any order.
fn by_name<'a>(place: &str, list: &'a [Value]) -> Vec<&'a Value> {
    let mut list: Vec<&Value> = list.iter().collect();
    if place.contains("/configuration/backends") || place.contains("/transactions") {
        list.sort_by_key(|value| value["name"].as_str());
    }
    list
}

/// Servers that are given with a whole section are written in any order.
fn sorted(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    for servers in lines.chunk_by_mut(|one, other| [one, other].iter().all(|line| line.starts_with("  server "))) {
        servers.sort_unstable();
    }
    lines.join("\n")
}

fn means_the_same(place: &str, name: &str, recorded: &Value, answered: &Value) -> bool {
    let same_kind = std::mem::discriminant(recorded) == std::mem::discriminant(answered);
    match (recorded, answered) {
        _ if OF_THE_MOMENT.contains(&name) || place.contains("/runtime/info .info") => same_kind,
        // Numbers of maps.
        (Value::String(one), Value::String(other)) if name == "id" && one.parse::<u32>().is_ok() => {
            place.contains("/runtime/maps") && other.parse::<u32>().is_ok() || one == other
        }
        (Value::String(one), Value::String(other)) if name == "response" || one.starts_with("Reload failed: ") => {
            let start = |text: &str| text.split_once("[").map(|(start, _)| start.to_owned());
            start(one) == start(other) && TOLD.iter().all(|told| one.contains(told) == other.contains(told))
        }
        (Value::String(one), Value::String(other)) => sorted(&masked(one)) == sorted(&masked(other)),
        _ => recorded == answered,
    }
}

#[test]
fn a_difference_is_found() {
    use serde_json::json;
    let recorded = json!({"id": "2026-11-20-1", "keys": [{"id": "0x7fe1", "key": "a"}], "message": "tx 9f8acec7-4b84-4c5d-940d-44b64e45f02c"});
    let found = |answered: Value| differences("", &recorded, &answered).len();
    let same = json!({"id": "2027-01-02-1", "keys": [{"id": "0x12", "key": "a"}], "message": "tx aaf802b5-c6ee-48cd-a010-9a80083613d7"});
    assert_eq!(found(same), 0);
    assert_eq!(found(json!({"id": "2027-01-02-2", "keys": [{"id": "1", "key": "b"}], "message": "tx"})), 4);
    assert_eq!(found(json!({"id": "2027-01-02-1", "keys": [], "more": 1})), 3);
}
