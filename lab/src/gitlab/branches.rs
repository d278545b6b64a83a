//! Protected branches: `doc/api/protected_branches.md`, `lib/api/protected_branches.rb`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::gitlab::context::{Context, flag, number, text};
use crate::gitlab::errors::{Outcome, Refusal};
use crate::gitlab::fields::{Field, On};
use crate::gitlab::store::{Branch, Holder, Right, Rule, Store};
use crate::gitlab::{paging, tables};
use crate::http::call::Answer;

/// Rights with their single parameter, their list of rules, and their name in answers and errors.
const RIGHTS: &[(Right, &str, &str, &str)] = &[
    (Right::Push, "push_access_level", "allowed_to_push", "Push access levels"),
    (Right::Merge, "merge_access_level", "allowed_to_merge", "Merge access levels"),
    (Right::Unprotect, "unprotect_access_level", "allowed_to_unprotect", "Unprotect access levels"),
];

/// `GET /projects/:id/protected_branches`.
pub fn list(context: &mut Context, project: i64) -> Outcome {
    let params = context.params(On::Both, &[tables::LIST_BRANCHES, tables::PAGE], &[])?;
    let search = text(&params, "search").unwrap_or_default();
    let branches: Vec<&Branch> =
        context.store.branches.values().filter(|b| b.project == project && b.name.contains(search)).collect();
    paging::page(context, &params, &branches, |branch| show(context, branch))
}

/// `GET /projects/:id/protected_branches/:name`.
pub fn get(context: &mut Context, project: i64, name: &str) -> Outcome {
    context.params(On::Both, &[], &[])?;
    Ok(Answer::json(200, &show(context, find(context.store, project, name)?)))
}

/// `POST /projects/:id/protected_branches`. Who is not named gets the default, maintainers.
pub fn create(context: &mut Context, project: i64) -> Outcome {
    let params = context.params(On::Create, &accepted(context), &["name"])?;
    let name = text(&params, "name").unwrap_or_default();
    if find(context.store, project, name).is_ok() {
        return Err(Refusal::message(409, format!("Protected branch '{name}' already exists")));
    }
    if name.is_empty() {
        return Err(Refusal::message(422, json!(["Name can't be blank"])));
    }
    let mut branch = Branch {
        id: context.store.next_id(),
        project,
        name: name.to_owned(),
        rules: BTreeMap::new(),
        allow_force_push: flag(&params, "allow_force_push").unwrap_or_default(),
        code_owner_approval_required: flag(&params, "code_owner_approval_required").unwrap_or_default(),
    };
    for (right, level, list, _) in RIGHTS {
        let rules = branch.rules.entry(*right).or_default();
        if let Some(level) = number(&params, level) {
            rules.push(Rule { id: context.store.next_id(), holder: Holder::Level(level) });
        }
        change(context, rules, params.get(*list))?;
        if rules.is_empty() && (*right != Right::Unprotect || context.licensed()) {
            rules.push(Rule { id: context.store.next_id(), holder: Holder::Level(40) });
        }
    }
    check(&branch)?;
    let shown = show(context, &branch);
    context.store.branches.insert(branch.id, branch);
    Ok(Answer::json(201, &shown))
}

/// `PATCH /projects/:id/protected_branches/:name`. A rule with an ID is changed, or removed with `_destroy`; one without
/// is added to those that are there.
pub fn update(context: &mut Context, project: i64, name: &str) -> Outcome {
    let mut branch = find(context.store, project, name)?.clone();
    let params = context.params(On::Update, &accepted(context), &[])?;
    if let Some(force) = flag(&params, "allow_force_push") {
        branch.allow_force_push = force;
    }
    if let Some(required) = flag(&params, "code_owner_approval_required") {
        branch.code_owner_approval_required = required;
    }
    for (right, _, list, _) in RIGHTS {
        change(context, branch.rules.entry(*right).or_default(), params.get(*list))?;
    }
    check(&branch)?;
    let shown = show(context, &branch);
    context.store.branches.insert(branch.id, branch);
    Ok(Answer::json(200, &shown))
}

/// `DELETE /projects/:id/protected_branches/:name`.
pub fn delete(context: &mut Context, project: i64, name: &str) -> Outcome {
    context.params(On::Both, &[], &[])?;
    let id = find(context.store, project, name)?.id;
    context.store.branches.remove(&id);
    Ok(Answer::empty(204))
}

/// Protects default branches whose time has come: GitLab does that in a background job after the first push, with the
/// rules of the group (`app/services/projects/protect_default_branch_service.rb`), and leaves one alone that is
/// protected already.
pub fn protect_defaults(store: &mut Store) {
    let mut due = Vec::new();
    for project in store.projects.values_mut() {
        match project.protects_in {
            Some(0) => {
                project.protects_in = None;
                due.push(project.id);
            }
            Some(left) => project.protects_in = Some(left - 1),
            None => {}
        }
    }
    for project in due {
        protect_default(store, project);
    }
}

fn protect_default(store: &mut Store, id: i64) {
    let Some(project) = store.projects.get(&id) else { return };
    let Some(name) = project.default_branch.clone() else { return };
    if find(store, id, &name).is_ok() {
        return;
    }
    let lineage = store.lineage(project.namespace);
    let group = lineage.first().map(|group| &group.settings);
    let defaults = group.and_then(|settings| settings.get("default_branch_protection_defaults")).cloned();
    if group.and_then(|settings| number(settings, "default_branch_protection")) == Some(0) {
        return;
    }
    let defaults = defaults.unwrap_or_else(|| crate::gitlab::groups::protection(2));
    let mut rules: BTreeMap<Right, Vec<Rule>> = BTreeMap::new();
    for (right, list) in [(Right::Push, "allowed_to_push"), (Right::Merge, "allowed_to_merge")] {
        let level = defaults[list][0]["access_level"].as_i64().unwrap_or(40);
        rules.insert(right, vec![Rule { id: store.next_id(), holder: Holder::Level(level) }]);
    }
    let branch = Branch {
        id: store.next_id(),
        project: id,
        name,
        rules,
        allow_force_push: defaults["allow_force_push"].as_bool().unwrap_or_default(),
        code_owner_approval_required: defaults["code_owner_approval_required"].as_bool().unwrap_or_default(),
    };
    store.branches.insert(branch.id, branch);
}

fn accepted(context: &Context) -> Vec<&'static [Field]> {
    vec![tables::BRANCH, if context.licensed() { tables::BRANCH_EE } else { tables::BRANCH_CE }]
}

fn find<'a>(store: &'a Store, project: i64, name: &str) -> Result<&'a Branch, Refusal> {
    store
        .branches
        .values()
        .find(|branch| branch.project == project && branch.name == name)
        .ok_or_else(Refusal::no_record)
}

fn change(context: &mut Context, rules: &mut Vec<Rule>, given: Option<&Value>) -> Result<(), Refusal> {
    for entry in given.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object) {
        let holder = holder(context, entry)?;
        let Some(id) = number(entry, "id") else {
            let holder = holder.ok_or_else(|| Refusal::message(422, json!(["Access level can't be blank"])))?;
            rules.push(Rule { id: context.store.next_id(), holder });
            continue;
        };
        let index = rules.iter().position(|rule| rule.id == id).ok_or_else(Refusal::no_record)?;
        if flag(entry, "_destroy") == Some(true) {
            rules.remove(index);
        } else if let Some(holder) = holder {
            rules[index].holder = holder;
        }
    }
    Ok(())
}

fn holder(context: &Context, entry: &Map<String, Value>) -> Result<Option<Holder>, Refusal> {
    let named: Vec<Holder> = [
        number(entry, "access_level").map(Holder::Level),
        number(entry, "user_id").map(Holder::User),
        number(entry, "group_id").map(Holder::Group),
        number(entry, "deploy_key_id").map(Holder::DeployKey),
    ]
    .into_iter()
    .flatten()
    .collect();
    match named.as_slice() {
        [] => Ok(None),
        [Holder::User(user)] if !context.options.users.contains(user) => {
            Err(Refusal::message(422, json!(["Push access levels user is not a member of the project"])))
        }
        [Holder::Group(group)] if !context.store.groups.contains_key(group) => {
            Err(Refusal::message(422, json!(["Push access levels group does not have access to the project"])))
        }
        [holder] => Ok(Some(*holder)),
        _ => Err(Refusal::violation(400, "a rule names one of user, group, deploy key and level".to_owned())),
    }
}

/// No right has the same holder twice.
fn check(branch: &Branch) -> Result<(), Refusal> {
    for (right, _, _, name) in RIGHTS {
        let rules = branch.rules.get(right).map(Vec::as_slice).unwrap_or_default();
        for (index, rule) in rules.iter().enumerate() {
            if rules[..index].iter().any(|other| other.holder == rule.holder) {
                let what = match rule.holder {
                    Holder::Level(_) => "access level",
                    Holder::User(_) => "user",
                    Holder::Group(_) => "group",
                    Holder::DeployKey(_) => "deploy key",
                };
                return Err(Refusal::message(422, json!([format!("{name} {what} has already been taken")])));
            }
        }
    }
    Ok(())
}

fn show(context: &Context, branch: &Branch) -> Value {
    let rules = |right| -> Value {
        branch.rules.get(&right).into_iter().flatten().map(|rule| show_rule(context, rule)).collect()
    };
    let mut shown = json!({
        "id": branch.id,
        "name": branch.name,
        "push_access_levels": rules(Right::Push),
        "merge_access_levels": rules(Right::Merge),
        "allow_force_push": branch.allow_force_push,
    });
    if context.licensed() {
        shown["unprotect_access_levels"] = rules(Right::Unprotect);
        shown["code_owner_approval_required"] = json!(branch.code_owner_approval_required);
        shown["inherited"] = json!(false);
    }
    shown
}

/// A rule for a user, group or key has the level 40 besides, the column's default.
fn show_rule(context: &Context, rule: &Rule) -> Value {
    let (level, description) = match rule.holder {
        Holder::Level(0) => (0, "No one".to_owned()),
        Holder::Level(30) => (30, "Developers + Maintainers".to_owned()),
        Holder::Level(60) => (60, "Administrators".to_owned()),
        Holder::Level(level) => (level, "Maintainers".to_owned()),
        Holder::User(user) => (40, format!("User {user}")),
        Holder::Group(group) => (40, context.store.groups.get(&group).map(|g| g.name.clone()).unwrap_or_default()),
        Holder::DeployKey(_) => (40, "Deploy key".to_owned()),
    };
    let mut shown = json!({ "id": rule.id, "access_level": level, "access_level_description": description });
    if let Holder::DeployKey(key) = rule.holder {
        shown["deploy_key_id"] = json!(key);
    }
    if context.licensed() {
        let user = if let Holder::User(user) = rule.holder { Some(user) } else { None };
        let group = if let Holder::Group(group) = rule.holder { Some(group) } else { None };
        shown["user_id"] = json!(user);
        shown["group_id"] = json!(group);
    }
    shown
}
