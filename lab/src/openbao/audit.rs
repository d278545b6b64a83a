//! `sys/audit`: devices that are kept and write nothing (`vault/audit.go`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::openbao::fields::{Field, Kind, flag, text};
use crate::openbao::reply::{Outcome, Refusal, Reply};
use crate::openbao::request::{Operation, Request};

/// A device, as the list shows it.
pub type Device = Map<String, Value>;

const DEVICE: &[Field] = &[
    Field::input("description", Kind::Text),
    Field::input("local", Kind::Boolean),
    Field::input("options", Kind::Pairs),
    Field::input("type", Kind::Text),
];

/// Answers a call to the list or to a device.
pub fn answer(request: &mut Request, devices: &mut BTreeMap<String, Device>, path: &str) -> Outcome {
    let place = format!("{path}/");
    match (request.operation, path) {
        (Operation::Read, "") => Ok(Reply::Data(json!(devices))),
        (_, "") => request.unsupported(),
        (Operation::Write, _) => enable(request, devices, place),
        (Operation::Delete, _) => {
            devices.remove(&place);
            Ok(Reply::Nothing)
        }
        _ => request.unsupported(),
    }
}

fn enable(request: &mut Request, devices: &mut BTreeMap<String, Device>, place: String) -> Outcome {
    let params = request.fields(&[DEVICE])?;
    let refuse = |error: String| Err(Refusal::bad_request(error));
    if devices.keys().any(|other| other.starts_with(&place) || place.starts_with(other.as_str())) {
        return refuse("path already in use".to_owned());
    }
    let options = params.get("options").and_then(Value::as_object).cloned().unwrap_or_default();
    match text(&params, "type") {
        "file" if text(&options, "file_path").is_empty() && text(&options, "path").is_empty() => {
            return refuse("file_path is required".to_owned());
        }
        "socket" if text(&options, "address").is_empty() => return refuse("address is required".to_owned()),
        "file" | "socket" | "syslog" => {}
        other => return refuse(format!("unknown backend type: {other:?}")),
    }
    let device = Map::from_iter([
        ("path".to_owned(), json!(place)),
        ("type".to_owned(), json!(text(&params, "type"))),
        ("description".to_owned(), json!(text(&params, "description"))),
        ("options".to_owned(), Value::Object(options)),
        ("local".to_owned(), json!(flag(&params, "local"))),
    ]);
    devices.insert(place, device);
    Ok(Reply::Nothing)
}
