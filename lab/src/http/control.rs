//! Control endpoints under `/lab`, for processes that cannot reach the log and the faults in memory.

use serde_json::{Value, json};

use crate::http::call::{Answer, Call, segments};
use crate::http::fault::Fault;
use crate::http::serve::Instruments;

/// Answers a call under `/lab`, or `None` for any other path.
///
/// - `GET /lab/requests`, `DELETE /lab/requests`: the request log;
/// - `GET /lab/violations`: calls that the real server would not understand;
/// - `POST /lab/faults`: `{"method": "POST", "path": "/groups", "nth": 1, "effect": {"status": {"status": 503}}}`;
/// - `DELETE /lab/faults`: no more faults;
/// - `POST /lab/reset`, by `reset`: the state of the start, an empty log and no faults.
pub fn answer(call: &Call, instruments: &Instruments, reset: impl FnOnce()) -> Option<Answer> {
    let segments = segments(&call.path);
    let (first, rest) = segments.split_first()?;
    if first != "lab" {
        return None;
    }
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    Some(match (call.method.as_str(), rest.as_slice()) {
        ("GET", ["requests"]) => Answer::json(200, &json!(instruments.log.requests())),
        ("DELETE", ["requests"]) => {
            instruments.log.clear();
            Answer::empty(204)
        }
        ("GET", ["violations"]) => Answer::json(200, &json!(instruments.log.violations())),
        ("POST", ["faults"]) => match serde_json::from_slice::<Fault>(&call.body) {
            Ok(fault) => {
                instruments.faults.add(fault);
                Answer::empty(204)
            }
            Err(error) => Answer::json(400, &json!({ "error": error.to_string() })),
        },
        ("DELETE", ["faults"]) => {
            instruments.faults.clear();
            Answer::empty(204)
        }
        ("POST", ["reset"]) => {
            reset();
            instruments.log.reset();
            instruments.faults.clear();
            Answer::empty(204)
        }
        _ => Answer::json(404, &Value::from("the lab has no such control")),
    })
}
