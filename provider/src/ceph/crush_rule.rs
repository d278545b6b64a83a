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

/// A rule in our form. It is kept as steps: `take default~ssd`, `chooseleaf_firstn 0 type host`, `emit`. One that was
/// written by hand can have more of them than the attributes can say.
fn read(mut rule: Object) -> Result<Object> {
    let steps = rule.remove("steps");
    let steps = steps.as_ref().and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_map);
    let word = |step: &Object, name: &str| step.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let of = |op: &str| steps.clone().filter(|step| word(step, "op").starts_with(op)).collect::<Vec<_>>();
    let (takes, choices) = (of("take"), of("choose"));
    let ([take], [choice]) = (takes.as_slice(), choices.as_slice()) else {
        let several = format!("it has {} steps that take and {} that choose", takes.len(), choices.len());
        return Err(Error::new(several).hint("Such a rule is for `crushtool` alone: remove it from the state."));
    };
    let taken = word(take, "item_name");
    let (root, class) = taken.split_once('~').map_or((&*taken, None), |(root, class)| (root, Some(class)));
    rule.insert("root".to_owned(), root.into());
    rule.insert("device_class".to_owned(), class.map_or(Value::Null, Value::from));
    rule.insert("failure_domain".to_owned(), word(choice, "type").into());
    Ok(rule)
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
        rule.map(|rule| decode(&read(rule.clone())?, &Known::new())).transpose()
    }

    async fn delete(ceph: &Ceph, name: String, _: CrushRule) -> Result<()> {
        ceph.delete(CRUSH_RULE, path!("crush_rule" / name)).await
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tfplugin::value::from_plain_json;

    use super::*;

    fn rule(steps: &serde_json::Value) -> Result<Object> {
        read(from_plain_json(json!({ "rule_name": "r", "steps": steps })).as_map().unwrap().clone())
    }

    #[test]
    fn a_rule_is_told_by_what_it_takes_and_chooses() {
        let take = json!({ "op": "take", "item": -2, "item_name": "default~ssd" });
        let choose = json!({ "op": "chooseleaf_firstn", "num": 0, "type": "host" });
        let tries = json!({ "op": "set_chooseleaf_tries", "num": 5 });
        let emit = json!({ "op": "emit" });
        let read = rule(&json!([tries, take, choose, emit])).unwrap();
        assert!(has(&read, "root", "default") && has(&read, "device_class", "ssd"));
        assert!(has(&read, "failure_domain", "host"));
        let two = rule(&json!([take, choose, emit, take, choose, emit])).unwrap_err();
        assert_eq!(two.message(), "it has 2 steps that take and 2 that choose");
        assert!(rule(&json!([take, choose, choose, emit])).is_err() && rule(&json!([])).is_err());
    }
}
