//! Labels of groups and projects: `doc/api/labels.md`, `doc/api/group_labels.md`, `lib/api/helpers/label_helpers.rb`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::gitlab::context::{Context, flag, text};
use crate::gitlab::errors::{Outcome, Problems, Refusal};
use crate::gitlab::fields::On;
use crate::gitlab::store::{Label, Owner, Store};
use crate::gitlab::{colors, paging, tables};
use crate::http::call::Answer;

/// `GET …/labels`: by title; a project's list has the labels of its groups, too, unless told otherwise.
pub fn list(context: &mut Context, owner: Owner) -> Outcome {
    let mut tables = vec![tables::LIST_LABELS, tables::PAGE];
    if matches!(owner, Owner::Group(_)) {
        tables.push(tables::LIST_GROUP_LABELS);
    }
    let params = context.params(On::Both, &tables, &[])?;
    let with_ancestors = flag(&params, "include_ancestor_groups").unwrap_or(true);
    let search = text(&params, "search").unwrap_or_default().to_lowercase();
    let mut labels: Vec<&Label> = available(context.store, owner, with_ancestors)
        .into_iter()
        .chain(descendants(context.store, owner, &params))
        .filter(|label| label.name.to_lowercase().contains(&search))
        .filter(|label| flag(&params, "archived").is_none_or(|archived| archived == label.archived))
        .collect();
    labels.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    let counts = flag(&params, "with_counts") == Some(true);
    paging::page(context, &params, &labels, |label| show(label, owner, counts))
}

/// `GET …/labels/:label_id`.
pub fn get(context: &mut Context, owner: Owner, id_or_title: &str) -> Outcome {
    let params = context.params(On::Both, &[tables::GET_LABEL], &[])?;
    let with_ancestors = flag(&params, "include_ancestor_groups").unwrap_or(true);
    let label = find(context.store, owner, id_or_title, with_ancestors)?;
    Ok(Answer::json(200, &show(label, owner, false)))
}

/// `POST …/labels`. A title that a group above has is taken, too.
pub fn create(context: &mut Context, owner: Owner) -> Outcome {
    let params = context.params(On::Create, &[tables::LABEL], &["name", "color"])?;
    let name = text(&params, "name").unwrap_or_default().trim().to_owned();
    if available(context.store, owner, true).iter().any(|label| label.name == name) {
        return Err(Refusal::message(409, "Label already exists"));
    }
    let mut label = Label {
        id: context.store.next_id(),
        owner,
        name,
        color: String::new(),
        description: Value::Null,
        archived: false,
        priorities: BTreeMap::new(),
    };
    apply(&mut label, owner, &params)?;
    let shown = show(&label, owner, false);
    context.store.labels.insert(label.id, label);
    Ok(Answer::json(201, &shown))
}

/// `PUT …/labels/:label_id`, or the older form with the name among the parameters.
pub fn update(context: &mut Context, owner: Owner, id_or_title: Option<&str>) -> Outcome {
    let mut params = context.params(On::Update, &keyed(&[tables::LABEL], id_or_title), &[])?;
    let key = key(&mut params, id_or_title)?;
    let mut label = find(context.store, owner, &key, false)?.clone();
    if params.is_empty() {
        return Err(Refusal::parameter(
            "new_name, color, description, priority, archived are missing, at least one parameter must be provided",
        ));
    }
    if let Some(name) = text(&params, "new_name") {
        let name = name.trim();
        let other = available(context.store, owner, true).into_iter().find(|l| l.name == name && l.id != label.id);
        if let Some(other) = other {
            let reason = match other.owner {
                Owner::Group(group) if other.owner != owner => format!(
                    "already exists at group level for {}. Please choose another one.",
                    context.store.full_name(group)
                ),
                _ => "has already been taken".to_owned(),
            };
            return Err(Refusal::message(400, json!({ "title": [reason] })));
        }
        label.name = name.to_owned();
    }
    apply(&mut label, owner, &params)?;
    let shown = show(&label, owner, false);
    context.store.labels.insert(label.id, label);
    Ok(Answer::json(200, &shown))
}

/// `DELETE …/labels/:label_id`, or the older form with the name among the parameters.
pub fn delete(context: &mut Context, owner: Owner, id_or_title: Option<&str>) -> Outcome {
    let mut params = context.params(On::Update, &keyed(&[], id_or_title), &[])?;
    let key = key(&mut params, id_or_title)?;
    let id = find(context.store, owner, &key, false)?.id;
    context.store.labels.remove(&id);
    Ok(Answer::empty(204))
}

fn keyed(
    tables: &[&'static [crate::gitlab::fields::Field]],
    id_or_title: Option<&str>,
) -> Vec<&'static [crate::gitlab::fields::Field]> {
    let mut tables = tables.to_vec();
    if id_or_title.is_none() {
        tables.push(tables::LABEL_KEY);
    }
    tables
}

fn key(params: &mut Map<String, Value>, id_or_title: Option<&str>) -> Result<String, Refusal> {
    let named = ["label_id", "name"].iter().filter_map(|name| params.remove(*name)).next();
    match (id_or_title, named) {
        (Some(key), _) => Ok(key.to_owned()),
        (None, Some(Value::String(key))) => Ok(key),
        _ => Err(Refusal::parameter("label_id, name are missing, exactly one parameter must be provided")),
    }
}

/// An ID comes before a title that is a number.
fn find<'a>(store: &'a Store, owner: Owner, key: &str, with_ancestors: bool) -> Result<&'a Label, Refusal> {
    let labels = available(store, owner, with_ancestors);
    let by_id = labels.iter().find(|label| Some(label.id) == key.parse().ok());
    let found = by_id.or_else(|| labels.iter().find(|label| label.name == key));
    found.copied().ok_or_else(|| Refusal::not_found("Label"))
}

fn available(store: &Store, owner: Owner, with_ancestors: bool) -> Vec<&Label> {
    let above = if with_ancestors { store.ancestors(owner) } else { Vec::new() };
    let inherits = |label: &Label| matches!(label.owner, Owner::Group(group) if above.contains(&group));
    store.labels.values().filter(|label| label.owner == owner || inherits(label)).collect()
}

/// Labels of the groups and projects below a group, for those who ask.
fn descendants<'a>(store: &'a Store, owner: Owner, params: &Map<String, Value>) -> Vec<&'a Label> {
    let Owner::Group(top) = owner else { return Vec::new() };
    if flag(params, "include_descendant_groups") != Some(true) {
        return Vec::new();
    }
    let projects = flag(params, "only_group_labels") == Some(false);
    let below = |label: &&Label| match label.owner {
        Owner::Group(group) => group != top && store.is_in(group, top),
        Owner::Project(project) => {
            projects && store.projects.get(&project).is_some_and(|project| store.is_in(project.namespace, top))
        }
    };
    store.labels.values().filter(below).collect()
}

fn apply(label: &mut Label, owner: Owner, params: &Map<String, Value>) -> Result<(), Refusal> {
    if let Some(color) = text(params, "color") {
        label.color = colors::digits(color);
    }
    if let Some(description) = params.get("description") {
        label.description = description.clone();
    }
    if let Some(archived) = flag(params, "archived") {
        label.archived = archived;
    }
    if let (Owner::Project(project), Some(priority)) = (owner, params.get("priority")) {
        match priority.as_i64() {
            Some(priority) => drop(label.priorities.insert(project, priority)),
            None => drop(label.priorities.remove(&project)),
        }
    }
    check(label).check()
}

/// `app/models/label.rb` and `app/validators/color_validator.rb`.
fn check(label: &Label) -> Problems {
    let mut problems = Problems::default();
    if label.name.is_empty() {
        problems.add("title", "can't be blank");
    }
    if label.name.is_empty() || label.name.contains(',') {
        problems.add("title", "is invalid");
    }
    if label.name.chars().count() > 255 {
        problems.add("title", "is too long (maximum is 255 characters)");
    }
    if !colors::valid(&label.color) {
        problems.add("color", "must be a valid color code");
    }
    if label.priorities.values().any(|priority| *priority < 0) {
        problems.add("priority", "must be greater than or equal to 0");
    }
    problems
}

fn show(label: &Label, owner: Owner, counts: bool) -> Value {
    let html = label.description.as_str().unwrap_or_default();
    let mut shown = json!({
        "id": label.id,
        "name": label.name,
        "description": label.description,
        "description_html": html.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
        "text_color": colors::text_on(&label.color),
        "color": label.color,
        "archived": label.archived,
        "subscribed": false,
    });
    if counts {
        for name in ["open_issues_count", "closed_issues_count", "open_merge_requests_count"] {
            shown[name] = json!(0);
        }
    }
    if let Owner::Project(project) = owner {
        // Only the labels in a project's answers have these two (`lib/api/entities/project_label.rb`).
        shown["priority"] = json!(label.priorities.get(&project));
        shown["is_project_label"] = json!(matches!(label.owner, Owner::Project(_)));
    }
    shown
}
