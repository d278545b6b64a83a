//! A second opinion on requests: the description that a real server gives of itself, which the lab's own table knows
//! nothing of.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io::Read;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use crate::http::log::Request;

/// Paths, methods and parameters of version 8.4 with their limits; its words for people were left out.
const COMPRESSED: &[u8] = include_bytes!("../../tests/it/fixtures/pve-8.4-parameters.json.xz");

static DESCRIPTION: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    let mut text = String::new();
    lzma_rust2::XzReader::new(COMPRESSED, true).read_to_string(&mut text).expect("the description is there");
    serde_json::from_str(&text).expect("the description is an object")
});

/// Holds a request against the description: path, method, names, kinds, words, limits, patterns, parts, and what must be
/// there. The formats that have a name alone are none of its business.
///
/// # Errors
///
/// The description has something against it; the text says what.
pub fn valid(request: &Request) -> Result<(), String> {
    let values = request.query.clone().into_iter().chain(request.fields.clone());
    check(&request.method, &request.path, &request.segments, values)
}

/// The same for a request that is in no log yet.
///
/// # Errors
///
/// The same.
pub fn check(
    method: &str,
    path: &str,
    segments: &[String],
    values: impl Iterator<Item = (String, Value)>,
) -> Result<(), String> {
    let mut complaints = Vec::new();
    let mut values: BTreeMap<String, Value> = values.collect();
    match find(method, segments) {
        None => complaints.push("there is no such method".to_owned()),
        Some((parameters, captured)) => {
            values.extend(captured);
            complaints.extend(object(parameters, &values));
        }
    }
    match complaints.is_empty() {
        true => Ok(()),
        false => Err(format!("{method} {path}: {}", complaints.join("; "))),
    }
}

type Captured = BTreeMap<String, Value>;

fn find(method: &str, segments: &[String]) -> Option<(&'static Map<String, Value>, Captured)> {
    let exact = |path: &str| path.matches('{').count();
    let mut paths: Vec<&'static String> = DESCRIPTION.keys().collect();
    paths.sort_by_key(|path| exact(path));
    paths.into_iter().find_map(|path| {
        let parameters = DESCRIPTION[path].get(method)?.as_object()?;
        let wanted: Vec<&str> = path.split('/').skip(1).collect();
        let same = wanted.len() == segments.len()
            && wanted.iter().zip(segments).all(|(wanted, segment)| wanted.starts_with('{') || wanted == segment);
        let names = wanted.iter().zip(segments).filter(|(wanted, _)| wanted.starts_with('{'));
        let captured = names.map(|(name, value)| (name.trim_matches(['{', '}']).to_owned(), value.as_str().into()));
        same.then(|| (parameters, captured.collect()))
    })
}

fn known<'a>(parameters: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let number = name.len() - name.trim_end_matches(|digit: char| digit.is_ascii_digit()).len();
    let numbered = || parameters.get(&format!("{}[n]", &name[..name.len() - number])).filter(|_| number > 0);
    parameters.get(name).or_else(numbered)
}

fn object(parameters: &Map<String, Value>, values: &BTreeMap<String, Value>) -> Vec<String> {
    let mut complaints = Vec::new();
    for (name, value) in values {
        let Some(parameter) = known(parameters, name) else {
            complaints.push(format!("`{name}` is not known"));
            continue;
        };
        complaints.extend(one(parameter, value).into_iter().map(|complaint| format!("`{name}` {complaint}")));
        let needed = parameter["requires"].as_str().filter(|needed| !values.contains_key(*needed));
        complaints.extend(needed.map(|needed| format!("`{name}` needs `{needed}`")));
    }
    let is_required = |parameter: &Value| parameter["optional"] != 1 && parameter.get("alias").is_none();
    let required = parameters.iter().filter(|(_, parameter)| is_required(parameter)).map(|(name, _)| name);
    complaints.extend(required.filter(|name| !values.contains_key(*name)).map(|name| format!("`{name}` is missing")));
    complaints
}

fn one(parameter: &Value, value: &Value) -> Vec<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        other => return vec![format!("is {other}, which is neither a text nor a number")],
    };
    let number = text.parse::<f64>().ok();
    let limit = |name: &str| number_of(&parameter[name]);
    let length = |name: &str| parameter[name].as_u64().map(|limit| (text.chars().count() as u64).cmp(&limit));
    let wrong = [
        (parameter["type"] == "integer" && text.parse::<i64>().is_err(), "is no whole number"),
        (parameter["type"] == "number" && number.is_none(), "is no number"),
        (parameter["type"] == "boolean" && !["0", "1"].contains(&text.as_str()), "is neither 0 nor 1"),
        (limit("minimum").is_some_and(|least| number.is_some_and(|number| number < least)), "is too small"),
        (limit("maximum").is_some_and(|most| number.is_some_and(|number| number > most)), "is too great"),
        (length("minLength").is_some_and(Ordering::is_lt), "is too short"),
        (length("maxLength").is_some_and(Ordering::is_gt), "is too long"),
        (
            parameter["enum"].as_array().is_some_and(|words| !words.iter().any(|word| *word == *text)),
            "is no word for it",
        ),
        (parameter["pattern"].as_str().is_some_and(|wanted| !pattern(wanted).is_match(&text)), "has the wrong form"),
    ];
    let complaints = wrong.iter().filter(|(wrong, _)| *wrong).map(|(_, complaint)| format!("{complaint}: {text}"));
    complaints.chain(parameter["format"].as_object().into_iter().flat_map(|parts| parted(parts, &text))).collect()
}

/// A limit, which the description has as a number or as a text.
fn number_of(limit: &Value) -> Option<f64> {
    limit.as_f64().or_else(|| limit.as_str()?.parse().ok())
}

/// Takes a text such as `virtio,bridge=vmbr0` apart and checks each part.
fn parted(parts: &Map<String, Value>, text: &str) -> Vec<String> {
    let first = parts.iter().find(|(_, part)| part["default_key"] == 1).map(|(name, _)| name.as_str());
    let mut values = BTreeMap::new();
    for piece in text.split(',').filter(|piece| !piece.is_empty()) {
        let is_name = |name: &str| first.is_none() || parts.contains_key(name) || !name.contains([':', '/']);
        let named = piece.split_once('=').filter(|(name, _)| is_name(name));
        let Some((name, value)) = named.or(first.map(|first| (first, piece))) else {
            return vec![format!("has a part without a name: {piece}")];
        };
        let part = &parts.get(name).unwrap_or(&Value::Null);
        if let Some(named) = part["keyAlias"].as_str() {
            values.insert(named.to_owned(), Value::from(name));
        }
        values.insert(part["alias"].as_str().unwrap_or(name).to_owned(), Value::from(value));
    }
    object(parts, &values)
}

/// A pattern of Perl, which says in another way that letters count.
fn pattern(text: &str) -> Regex {
    let text = text.replace("(?^:", "(?:").replace("(?^i:", "(?i:").replace("{,", "{0,");
    Regex::new(&format!("^(?:{text})$")).expect("Perl's patterns are those of the library")
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use serde_json::json;

    use super::*;
    use crate::proxmox::table::{Kind, Parameter, TABLE};

    fn request(method: &str, path: &str, fields: Value) -> Request {
        Request {
            method: method.to_owned(),
            path: path.to_owned(),
            segments: crate::http::call::segments(path),
            query: Map::new(),
            fields: fields.as_object().cloned().unwrap_or_default(),
            headers: hyper::HeaderMap::new(),
            status: 200,
            answer: bytes::Bytes::new(),
            at: Instant::now(),
        }
    }

    #[test]
    fn a_request_is_held_against_the_description() {
        let complaint = |method, path, fields| valid(&request(method, path, fields)).unwrap_err();
        assert_eq!(valid(&request("GET", "/version", json!({}))), Ok(()));
        let good = json!({ "vmid": 100, "net0": "virtio=BC:24:11:57:88:48,bridge=vmbr0", "scsi0": "local:1,ssd=1" });
        assert_eq!(valid(&request("POST", "/nodes/pve1/qemu", good)), Ok(()));
        assert!(complaint("GET", "/nope", json!({})).contains("no such method"));
        let wrong = json!({ "cores": "two", "net0": "bridge=vmbr0", "scsi1": "local:1,tag=3", "bios": "efi", "x": 1 });
        let said = complaint("POST", "/nodes/pve1/qemu", wrong);
        for part in [
            "`vmid` is missing",
            "`cores` is no whole number",
            "`net0` `model` is missing",
            "`scsi1` `tag` is not known",
            "`bios` is no word for it",
            "`x` is not known",
        ] {
            assert!(said.contains(part), "{part} is not in {said}");
        }
        assert!(complaint("PUT", "/access/roles/r", json!({ "append": 1 })).contains("`append` needs `privs`"));
        assert!(
            complaint("POST", "/access/users", json!({ "userid": "a@pve", "password": "short" })).contains("too short")
        );
    }

    /// What the table says of a parameter, in the words of the description.
    fn differences(own: &Parameter, described: &Value, in_path: bool) -> Vec<&'static str> {
        let kind = match described["type"].as_str() {
            Some("integer") => Kind::Integer,
            Some("number") => Kind::Number,
            Some("boolean") => Kind::Boolean,
            _ => Kind::Text,
        };
        let words = described["enum"].as_array().map(Vec::len).unwrap_or_default();
        // Names of disks have a format of their own here, since there are hundreds.
        let same_words = own.words.len() == words || own.format.is_some_and(|format| format.ends_with("-key"));
        let limits = |name: &str| number_of(&described[name]);
        let lengths = |name: &str| described[name].as_u64().and_then(|length| usize::try_from(length).ok());
        let facts = [
            (own.kind == kind, "kind"),
            (own.required == (described["optional"] != 1) || in_path, "required"),
            (same_words, "words"),
            (own.range == (limits("minimum"), limits("maximum")), "range"),
            (own.length == (lengths("minLength"), lengths("maxLength")), "length"),
            (own.pattern.is_some() == described["pattern"].is_string(), "pattern"),
            (own.needs == described["requires"].as_str(), "needs"),
            (described["format"].is_null() || own.format.is_some() || own.parts.is_some(), "format"),
        ];
        facts.iter().filter(|(same, _)| !same).map(|(_, fact)| *fact).collect()
    }

    #[test]
    fn the_table_says_what_the_description_says() {
        let mut findings = Vec::new();
        for method in TABLE.methods() {
            let described = DESCRIPTION[method.path][method.verb].as_object().expect("the method is described");
            for (name, parameter) in described {
                let bare = name.trim_end_matches("[n]");
                let own = method
                    .parameters
                    .iter()
                    .find(|own| own.name == bare && own.count.is_some() == name.ends_with("[n]"));
                match own {
                    None => findings.push(format!("{} {}: no `{name}`", method.verb, method.path)),
                    Some(own) => {
                        let differ = differences(own, parameter, method.path.contains(&format!("{{{name}}}")));
                        findings.extend(
                            differ.iter().map(|fact| format!("{} {}: `{name}`: {fact}", method.verb, method.path)),
                        );
                    }
                }
            }
            let more = method.parameters.len() - described.len();
            assert_eq!(more, 0, "{} {} has parameters that are not described", method.verb, method.path);
        }
        assert!(findings.is_empty(), "{}", findings.join("\n"));
    }

    #[test]
    fn parts_have_the_names_that_the_description_has() {
        let parameters = DESCRIPTION["/nodes/{node}/qemu"]["POST"].as_object().unwrap();
        for (name, own) in
            [("net[n]", "net"), ("scsi[n]", "scsi"), ("ide[n]", "ide"), ("efidisk0", "efidisk"), ("vga", "vga")]
        {
            let described: Vec<&str> =
                parameters[name]["format"].as_object().unwrap().keys().map(String::as_str).collect();
            let mut known: Vec<&str> = TABLE.parts(own).iter().map(|part| part.name).collect();
            known.sort_unstable();
            assert_eq!(known, described, "{name}");
        }
    }
}
