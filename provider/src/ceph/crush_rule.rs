//! CRUSH rules of replicated pools.

use super::client::{Ceph, create, has, with_body};
use crate::http::{Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};
use tfplugin::value::{Object, Value};

/// The part of the API with the rules.
pub const CRUSH_RULE: &str = "crush_rule";

/// Manages a CRUSH rule, which says where copies of data are placed.
///
/// Ceph cannot change a rule: a change makes another one in its place, which works once no pool uses the old one. Rules
/// of erasure coded pools are made with these pools.
#[derive(Clone, Schema)]
#[tf(name = "ceph_crush_rule", key(name), moved_from("ceph_crush_rule"))]
pub struct CrushRule {
    /// Name of the rule.
    #[tf(read = "rule_name")]
    name: String,

    /// Root of the hierarchy that data is placed below.
    #[tf(default = "default", replace)]
    root: String,

    /// Type of what can fail as a whole, such as `osd`, `host` or `rack`: each copy is placed in another one.
    #[tf(replace)]
    failure_domain: String,

    /// Class of the devices to use, such as `hdd`, `ssd` or `nvme`; omit it for all.
    #[tf(replace)]
    device_class: Option<String>,

    /// Number of the rule.
    rule_id: Computed<u64>,
}

/// A rule in our form. It is kept as steps: `take default~ssd`, `chooseleaf_firstn 0 type host`, `emit`.
fn read(mut rule: Object) -> Object {
    let steps = rule.remove("steps");
    let steps = steps.as_ref().and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_map);
    for step in steps {
        let member = |name: &str| step.get(name).and_then(Value::as_str);
        match member("op") {
            Some("take") => {
                let taken = member("item_name").unwrap_or_default();
                let (root, class) = taken.split_once('~').map_or((taken, None), |(root, class)| (root, Some(class)));
                rule.insert("root".to_owned(), root.into());
                rule.insert("device_class".to_owned(), class.map_or(Value::Null, Value::from));
            }
            Some(op) if op.starts_with("choose") => {
                rule.insert("failure_domain".to_owned(), member("type").map_or(Value::Null, Value::from));
            }
            _ => {}
        }
    }
    rule
}

impl Resource for CrushRule {
    type Client = Ceph;

    /// Ceph answers 201 to a rule that there is already, and keeps the one that there is.
    async fn create(ceph: &Ceph, plan: CrushRule) -> Result<CrushRule> {
        ceph.refuse_another(CRUSH_RULE, Request::get(path!("crush_rule")), "rule_name", &plan.name).await?;
        let request = create(path!("crush_rule")).purpose(format!("create the CRUSH rule `{}`", plan.name));
        ceph.write(CRUSH_RULE, with_body(request, &Body::create(plan.clone()))).await?;
        Ok(plan)
    }

    async fn read(ceph: &Ceph, name: String) -> Result<Option<CrushRule>> {
        let rules = ceph.list(CRUSH_RULE, Request::get(path!("crush_rule"))).await?;
        let rule = rules.iter().find(|rule| has(rule, "rule_name", name.as_str()));
        rule.map(|rule| decode(&read(rule.clone()), &Known::new())).transpose()
    }

    async fn delete(ceph: &Ceph, name: String, _: CrushRule) -> Result<()> {
        ceph.delete(CRUSH_RULE, path!("crush_rule" / name)).await
    }
}
