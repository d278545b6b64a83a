//! How the cluster feels.

use super::client::{Ceph, object};
use crate::http::{Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};
use tfplugin::value::{Object, Value};

/// Shows how the cluster feels, and why.
#[derive(Clone, Schema)]
#[tf(name = "ceph_health")]
pub struct Health {
    /// Whether all is well: `HEALTH_OK`, `HEALTH_WARN` or `HEALTH_ERR`.
    status: Computed<String>,

    /// What is not well.
    checks: Computed<Vec<Check>>,
}

/// Something that is not well.
#[derive(Clone, Nested)]
pub struct Check {
    /// What it is, such as `OSD_DOWN`.
    #[tf(read = "type")]
    code: Computed<String>,

    /// How bad it is: `HEALTH_WARN` or `HEALTH_ERR`.
    severity: Computed<String>,

    /// It in a sentence.
    #[tf(read = "summary.message")]
    message: Computed<String>,

    /// Whether it does not count, since somebody muted it.
    muted: Computed<bool>,
}

/// The part about health in our form: before 17.2, no check says that it is muted.
fn read(answer: &Object) -> Object {
    let mut health = answer.get("health").and_then(Value::as_map).cloned().unwrap_or_default();
    if let Some(Value::List(checks)) = health.get_mut("checks") {
        for check in checks {
            if let Value::Map(check) = check {
                check.entry("muted".to_owned()).or_insert(Value::Bool(false));
            }
        }
    }
    health
}

impl DataSource for Health {
    type Client = Ceph;

    async fn read(ceph: &Ceph, _: Health) -> Result<Health> {
        let answer = object(&ceph.send(Request::get(path!("health/minimal"))).await?)?;
        decode(&read(&answer), &Known::new())
    }
}
