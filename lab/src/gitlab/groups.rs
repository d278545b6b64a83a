//! Groups: `doc/api/groups.md`, `lib/api/groups.rb`.

use serde_json::{Map, Value, json};

use crate::gitlab::context::{Context, flag, number, text};
use crate::gitlab::errors::{Outcome, Problems, Refusal};
use crate::gitlab::fields::{On, defaults};
use crate::gitlab::server::Deletion;
use crate::gitlab::store::{Doom, Group, Owner, now, today};
use crate::gitlab::{names, paging, projects, tables, visibility};
use crate::http::call::Answer;

/// `GET /groups`.
pub fn list(context: &mut Context) -> Outcome {
    listed(context, None)
}

/// `GET /groups/:id/subgroups`.
pub fn subgroups(context: &mut Context, id: &str) -> Outcome {
    let parent = context.group(id)?.id;
    listed(context, Some(parent))
}

/// `POST /groups`.
pub fn create(context: &mut Context) -> Outcome {
    let tables = context.edition(tables::GROUP, tables::GROUP_EE);
    let mut params = context.params(On::Create, &tables, &["name", "path"])?;
    let parent = number(&params, "parent_id");
    if let Some(parent) = parent {
        let parent = context.group(&parent.to_string())?;
        if context.store.lineage(parent.id).iter().any(|group| group.doom.is_some()) {
            return Err(Refusal::forbidden());
        }
    }
    let mut settings = defaults(tables.iter().flat_map(|table| table.iter()));
    settings.insert("default_branch_protection_defaults".to_owned(), protection(2));
    let mut group = Group {
        id: context.store.next_group(),
        name: take(&mut params, "name").unwrap_or_default(),
        path: take(&mut params, "path").unwrap_or_default(),
        parent,
        settings,
        created_at: now(),
        doom: None,
    };
    apply(&mut group, params);
    check(context, &group, None).check_as_text("Failed to save group")?;
    let shown = show(context, &group, Detail::Created);
    context.store.groups.insert(group.id, group);
    Ok(Answer::json(201, &shown))
}

/// `GET /groups/:id`. Reading a group that is being deleted brings its end closer.
pub fn get(context: &mut Context, id: &str) -> Outcome {
    let params = context.params(On::Both, &[tables::GET_GROUP], &[])?;
    let group = context.group(id)?.clone();
    match group.doom.as_ref().and_then(|doom| doom.polls) {
        Some(0) => {
            context.store.remove_group(group.id);
            return Err(Refusal::not_found("Group"));
        }
        Some(_) => {
            let doom = context.store.groups.get_mut(&group.id).and_then(|group| group.doom.as_mut());
            if let Some(polls) = doom.and_then(|doom| doom.polls.as_mut()) {
                *polls -= 1;
            }
        }
        None => {}
    }
    let detail = if flag(&params, "with_projects").unwrap_or(true) { Detail::WithProjects } else { Detail::Single };
    Ok(Answer::json(200, &show(context, &group, detail)))
}

/// `PUT /groups/:id`.
pub fn update(context: &mut Context, id: &str) -> Outcome {
    let tables = context.edition(tables::GROUP, tables::GROUP_EE);
    let mut group = context.group(id)?.clone();
    let mut params = context.params(On::Update, &tables, &[])?;
    let before = group.clone();
    if let Some(name) = take(&mut params, "name") {
        group.name = name;
    }
    if let Some(path) = take(&mut params, "path") {
        group.path = path;
    }
    let mut problems = Problems::default();
    for top_only in ["ip_restriction_ranges", "prevent_sharing_groups_outside_hierarchy"] {
        let given = params.get(top_only).is_some_and(|value| !matches!(value, Value::Null | Value::Bool(false)));
        if group.parent.is_some() && given && params.get(top_only) != Some(&json!("")) {
            problems.add(top_only, "only allowed for top-level groups");
        }
    }
    problems.check()?;
    apply(&mut group, params);
    check(context, &group, Some(&before)).check()?;
    let shown = show(context, &group, Detail::WithProjects);
    context.store.groups.insert(group.id, group);
    Ok(Answer::json(200, &shown))
}

/// `DELETE /groups/:id`.
///
/// Since GitLab 18.0 the first call marks the group and frees its path by a suffix; the second, with
/// `permanently_remove` and the path as it is then, removes a subgroup (`immediately_delete_subgroup_error`). A
/// top-level group goes when its time is over.
pub fn delete(context: &mut Context, id: &str) -> Outcome {
    let group = context.group(id)?.clone();
    let params = context.params(On::Both, &[tables::DELETE], &[])?;
    let polls = context.options.polls();
    if flag(&params, "permanently_remove") == Some(true) {
        let refusal = if group.parent.is_none() {
            Some("`permanently_remove` option is only available for subgroups.")
        } else if group.doom.is_none() {
            Some("Group must be marked for deletion first.")
        } else if text(&params, "full_path") != Some(context.store.full_path(group.id).as_str()) {
            Some("`full_path` is incorrect. You must enter the complete path for the subgroup.")
        } else {
            None
        };
        if let Some(refusal) = refusal {
            return Err(Refusal::message(400, refusal));
        }
        if let Some(doom) = context.store.groups.get_mut(&group.id).and_then(|group| group.doom.as_mut()) {
            doom.polls = Some(polls);
        }
        return Ok(accepted());
    }
    if group.doom.is_some() {
        return Err(Refusal::message(400, "Group has been already marked for deletion"));
    }
    let ends = matches!(context.options.deletion, Deletion::AfterPolls(_));
    let inherits = context.store.lineage(group.id).iter().any(|ancestor| ancestor.doom.is_some());
    if let (false, Some(group)) = (inherits, context.store.groups.get_mut(&group.id)) {
        let suffix = format!("-deletion_scheduled-{}", group.id);
        let doom =
            Doom { since: today(), name: group.name.clone(), path: group.path.clone(), polls: ends.then_some(polls) };
        group.name.push_str(&suffix);
        group.path.push_str(&suffix);
        group.doom = Some(doom);
    }
    Ok(accepted())
}

/// `POST /groups/:id/restore`.
pub fn restore(context: &mut Context, id: &str) -> Outcome {
    context.params(On::Both, &[], &[])?;
    let mut group = context.group(id)?.clone();
    let Some(doom) = group.doom.take() else {
        return Err(Refusal::message(400, "Group has not been marked for deletion"));
    };
    group.name = doom.name;
    group.path = doom.path;
    let shown = show(context, &group, Detail::Single);
    context.store.groups.insert(group.id, group);
    Ok(Answer::json(201, &shown))
}

/// `POST /groups/:id/transfer`; without `group_id` to the top level. The texts are those of
/// `app/services/groups/transfer_service.rb`.
pub fn transfer(context: &mut Context, id: &str) -> Outcome {
    let params = context.params(On::Both, &[tables::GROUP_TRANSFER], &[])?;
    let mut group = context.group(id)?.clone();
    let parent = match number(&params, "group_id") {
        Some(parent) => Some(context.group(&parent.to_string())?.id),
        None => None,
    };
    let store = &context.store;
    let refusal = if parent.is_none() && group.parent.is_none() {
        Some("Group is already a root group.")
    } else if parent == group.parent {
        Some("Group is already associated to the parent group.")
    } else if parent.is_some_and(|parent| store.is_in(parent, group.id)) {
        Some("Cannot transfer group to one of its subgroup.")
    } else if store.path_taken(parent, &group.path, Owner::Group(group.id)) {
        Some("The parent group already has a subgroup or a project with the same path.")
    } else {
        None
    };
    if let Some(refusal) = refusal {
        return Err(Refusal::message(400, format!("Transfer failed: {refusal}")));
    }
    group.parent = parent;
    let id = group.id;
    context.store.groups.insert(id, group);
    if let Some(limit) = parent.and_then(|parent| context.store.groups.get(&parent)) {
        let limit = visibility::of(&limit.settings).to_owned();
        visibility::lower(context.store, id, &limit);
    }
    let group = context.group(&id.to_string())?;
    Ok(Answer::json(201, &show(context, group, Detail::Single)))
}

/// Rules of a default branch for the numbers that they replaced (`lib/gitlab/access/default_branch_protection.rb`).
pub fn protection(number: i64) -> Value {
    let (push, merge) = match number {
        0 => (30, 30),
        1 => (30, 40),
        3 => (40, 30),
        _ => (40, 40),
    };
    let mut defaults = json!({
        "allowed_to_push": [{ "access_level": push }],
        "allow_force_push": number == 0,
        "allowed_to_merge": [{ "access_level": merge }],
    });
    if number == 4 {
        defaults["developer_can_initial_push"] = Value::Bool(true);
    }
    defaults
}

#[derive(Clone, Copy, PartialEq)]
enum Detail {
    Listed,
    Created,
    Single,
    WithProjects,
}

fn listed(context: &mut Context, parent: Option<i64>) -> Outcome {
    let params = context.params(On::Both, &[tables::LIST_GROUPS, tables::PAGE], &[])?;
    let store = &context.store;
    let search = text(&params, "search").unwrap_or_default().to_lowercase();
    let skipped: Vec<i64> =
        params.get("skip_groups").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_i64).collect();
    let mut groups: Vec<&Group> = store
        .groups
        .values()
        .filter(|group| parent.is_none() || group.parent == parent)
        .filter(|group| flag(&params, "top_level_only") != Some(true) || group.parent.is_none())
        .filter(|group| group.name.to_lowercase().contains(&search) || group.path.to_lowercase().contains(&search))
        .filter(|group| !skipped.contains(&group.id))
        .filter(|group| text(&params, "visibility").is_none_or(|word| visibility::of(&group.settings) == word))
        .filter(|group| flag(&params, "active").is_none_or(|active| active == group.doom.is_none()))
        .collect();
    match text(&params, "order_by") {
        Some("id") => groups.sort_by_key(|group| group.id),
        Some("path") => groups.sort_by_key(|group| (group.path.clone(), group.id)),
        _ => groups.sort_by_key(|group| (group.name.clone(), group.id)),
    }
    if text(&params, "sort") == Some("desc") {
        groups.reverse();
    }
    paging::page(context, &params, &groups, |group| show(context, group, Detail::Listed))
}

fn take(params: &mut Map<String, Value>, name: &str) -> Option<String> {
    params.remove(name).map(|value| value.as_str().unwrap_or_default().to_owned())
}

/// Puts parameters into the settings. `emails_disabled` is the older opposite of `emails_enabled`.
fn apply(group: &mut Group, mut params: Map<String, Value>) {
    params.remove("parent_id");
    if let Some(disabled) = params.remove("emails_disabled").and_then(|value| value.as_bool()) {
        params.insert("emails_enabled".to_owned(), Value::Bool(!disabled));
    }
    if let Some(number) = number(&params, "default_branch_protection") {
        params.entry("default_branch_protection_defaults").or_insert_with(|| protection(number));
    }
    group.settings.extend(params);
}

fn check(context: &Context, group: &Group, before: Option<&Group>) -> Problems {
    let mut problems = Problems::default();
    if before.is_none_or(|before| before.name != group.name) {
        names::check_group_name(&group.name, &mut problems);
        // Only below a parent are names unique (`app/models/namespace.rb`).
        let same = |other: &&Group| other.parent == group.parent && other.id != group.id && other.name == group.name;
        if group.parent.is_some() && context.store.groups.values().any(|other| same(&other)) {
            problems.add("name", "has already been taken");
        }
    }
    if before.is_none_or(|before| before.path != group.path) {
        names::check_group_path(&group.path, group.parent.is_none(), &mut problems);
        if context.store.path_taken(group.parent, &group.path, Owner::Group(group.id)) {
            problems.add("path", "has already been taken");
        }
    }
    if before.is_none_or(|before| visibility::of(&before.settings) != visibility::of(&group.settings)) {
        let wanted = visibility::of(&group.settings);
        visibility::check_group(context.store, before.map(|group| group.id), group.parent, wanted, &mut problems);
    }
    problems
}

fn show(context: &Context, group: &Group, detail: Detail) -> Value {
    let prefix = group.parent.map(|parent| (context.store.full_path(parent), context.store.full_name(parent)));
    let (full_path, full_name) = match prefix {
        Some((path, name)) => (format!("{path}/{}", group.path), format!("{name} / {}", group.name)),
        None => (group.path.clone(), group.name.clone()),
    };
    let mut shown = Map::new();
    shown.insert("id".to_owned(), json!(group.id));
    shown.insert("web_url".to_owned(), json!(format!("{}/groups/{full_path}", context.url)));
    shown.insert("name".to_owned(), json!(group.name));
    shown.insert("path".to_owned(), json!(group.path));
    shown.extend(group.settings.clone());
    let emails = flag(&group.settings, "emails_enabled").unwrap_or(true);
    shown.insert("emails_disabled".to_owned(), json!(!emails));
    shown.insert("full_name".to_owned(), json!(full_name));
    shown.insert("full_path".to_owned(), json!(full_path));
    shown.insert("created_at".to_owned(), json!(group.created_at));
    shown.insert("parent_id".to_owned(), json!(group.parent));
    shown.insert("marked_for_deletion_on".to_owned(), json!(group.doom.as_ref().map(|doom| &doom.since)));
    if group.parent.is_some() {
        // `expose … if: ->(group) { group.root? }`.
        shown.remove("prevent_sharing_groups_outside_hierarchy");
        shown.remove("service_access_tokens_expiration_enforced");
    }
    if detail != Detail::Listed {
        shown.insert("shared_with_groups".to_owned(), json!([]));
    }
    if matches!(detail, Detail::Single | Detail::WithProjects) {
        shown.insert("runners_token".to_owned(), json!(format!("GR1348941lab-group-{}", group.id)));
    }
    if detail == Detail::WithProjects {
        let own = context.store.projects.values().filter(|project| project.namespace == group.id).take(100);
        shown.insert("projects".to_owned(), own.map(|project| projects::show(context, project)).collect());
        shown.insert("shared_projects".to_owned(), json!([]));
    }
    Value::Object(shown)
}

/// A deletion is answered with 202 and this text (`accepted!` in `lib/api/helpers.rb`).
pub fn accepted() -> Answer {
    Answer::json(202, &json!({ "message": "202 Accepted" }))
}
