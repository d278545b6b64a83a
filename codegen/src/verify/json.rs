//! Reads `.tf.json` files.

use super::address::Address;
use super::configuration::{Configuration, REMOTE_STATE, Requirement, TYPED, Use, Variable, implied_provider};
use super::remote_state::{Backend, RemoteState};
use crate::problem::{Place, Problem};
use serde_json::Value;
use std::path::Path;

/// Adds what a file says to what is known of its folder. Places are the file's beginning.
pub(super) fn read(text: &str, file: &Path, configuration: &mut Configuration) -> Result<(), Problem> {
    let place = Place { file: file.to_owned(), line: 1, column: 1 };
    let root: Value = serde_json::from_str(text)
        .map_err(|error| Problem::at(Place { line: error.line(), ..place.clone() }, format!("not read: {error}")))?;
    for settings in bodies(&root["terraform"]) {
        configuration.has_backend |= !settings["backend"].is_null() || !settings["cloud"].is_null();
        for (kind, body) in bodies(&settings["backend"]).into_iter().flat_map(labels) {
            configuration.backend = backend(kind, body);
        }
        if !settings["cloud"].is_null() {
            configuration.backend = backend("cloud", &settings["cloud"]);
        }
        for (name, entry) in bodies(&settings["required_providers"]).into_iter().flat_map(labels) {
            configuration.has_aliases |= !entry["configuration_aliases"].is_null();
            let source = entry["source"].as_str();
            let Some(address) = source.map_or_else(|| Some(Address::implied(name)), Address::parse) else { continue };
            let version = entry["version"].as_str().or(entry.as_str()).map(str::to_owned);
            configuration.required.insert(name.to_owned(), Requirement { address, version, place: place.clone() });
        }
    }
    let top = |keyword: &str| bodies(&root[keyword]).into_iter().flat_map(labels);
    configuration.configured.extend(top("provider").map(|(name, _)| (name.to_owned(), place.clone())));
    for (name, body) in top("variable") {
        let has_default = bodies(body).iter().any(|body| body.get("default").is_some());
        configuration.variables.push(Variable { name: name.to_owned(), has_default, place: place.clone() });
    }
    for (_, call) in top("module") {
        configuration.calls.extend(bodies(call).iter().filter_map(|call| call["source"].as_str()).map(str::to_owned));
    }
    for keyword in TYPED {
        for (type_name, named) in top(keyword) {
            for (name, body) in bodies(named).into_iter().flat_map(labels) {
                for body in bodies(body) {
                    typed(keyword, type_name, name, body, &place, configuration);
                }
            }
        }
    }
    Ok(())
}

fn typed(
    keyword: &'static str,
    type_name: &str,
    name: &str,
    body: &Value,
    place: &Place,
    configuration: &mut Configuration,
) {
    if (keyword, type_name) == ("data", REMOTE_STATE) {
        configuration.remote_states.push(RemoteState {
            name: name.to_owned(),
            backend: backend(body["backend"].as_str().unwrap_or_default(), &body["config"]),
            place: place.clone(),
        });
    }
    let named = body["provider"].as_str().and_then(|provider| provider.split('.').next());
    let provider = named.unwrap_or(implied_provider(type_name)).to_owned();
    configuration.uses.push(Use { keyword, type_name: type_name.to_owned(), provider, place: place.clone() });
    let protected = bodies(&body["lifecycle"]).iter().any(|lifecycle| lifecycle["prevent_destroy"] == true);
    if keyword == "resource" && protected {
        configuration.protected.push((type_name.to_owned(), name.to_owned()));
    }
}

fn backend(kind: &str, body: &Value) -> Backend {
    let texts = bodies(body).into_iter().flat_map(labels);
    let texts = texts.filter_map(|(name, value)| Some((name.to_owned(), value.as_str()?.to_owned())));
    Backend { kind: kind.to_owned(), arguments: texts.collect() }
}

/// A block in JSON is an object, or a list of them.
fn bodies(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(bodies) => bodies.iter().collect(),
        Value::Null => Vec::new(),
        body => vec![body],
    }
}

fn labels(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_says_the_same_as_native_syntax() {
        let text = r#"{
            "terraform": {"required_providers": [{"aws": {"source": "hashicorp/aws", "version": ">= 6"}}], "backend": {"s3": {"bucket": "b"}}},
            "data": {"terraform_remote_state": {"n": {"backend": "s3", "config": {"bucket": "b", "key": "k"}}}},
            "variable": {"a": {}, "b": {"default": null}},
            "module": {"m": {"source": "../m"}},
            "resource": {"aws_vpc": {"v": [{"lifecycle": {"prevent_destroy": true}}], "w": {"provider": "aws.west"}}}
        }"#;
        let mut configuration = Configuration::default();
        read(text, Path::new("main.tf.json"), &mut configuration).unwrap();
        assert!(configuration.has_backend);
        assert_eq!(configuration.backend, backend("s3", &serde_json::json!({"bucket": "b"})));
        let read = &configuration.remote_states[0];
        assert_eq!((read.name.as_str(), read.backend.arguments["key"].as_str()), ("n", "k"));
        assert_eq!(configuration.required["aws"].version.as_deref(), Some(">= 6"));
        let variables: Vec<_> =
            configuration.variables.iter().map(|one| (one.name.as_str(), one.has_default)).collect();
        assert_eq!(variables, [("a", false), ("b", true)]);
        assert_eq!(configuration.calls, ["../m"]);
        let uses: Vec<_> =
            configuration.uses.iter().map(|one| (one.type_name.as_str(), one.provider.as_str())).collect();
        let state = ("terraform_remote_state", "terraform");
        assert_eq!(uses, [("aws_vpc", "aws"), ("aws_vpc", "aws"), state]);
        assert_eq!(configuration.protected, [("aws_vpc".to_owned(), "v".to_owned())]);
    }
}
