//! The kinds of IAM's operations.

use crate::http::{Action, Method};

/// One that reads.
pub const fn read(name: &'static str) -> Action {
    Action { service: "iam", name, method: Method::Get }
}

/// One that makes something, and would make another one if it was repeated.
pub const fn make(name: &'static str) -> Action {
    Action { service: "iam", name, method: Method::Post }
}

/// One that sets what it names, as often as it is sent.
pub const fn set(name: &'static str) -> Action {
    Action { service: "iam", name, method: Method::Put }
}

/// One that deletes.
pub const fn delete(name: &'static str) -> Action {
    Action { service: "iam", name, method: Method::Delete }
}
