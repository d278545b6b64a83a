//! Projects: `doc/api/projects.md`, `lib/api/projects.rb`.

use serde_json::{Map, Value, json};

use crate::gitlab::context::{Context, flag, number, text};
use crate::gitlab::errors::{Outcome, Problems, Refusal};
use crate::gitlab::fields::{On, defaults};
use crate::gitlab::groups::accepted;
use crate::gitlab::server::Deletion;
use crate::gitlab::settings;
use crate::gitlab::store::{Doom, Owner, Project, USER, USER_NAMESPACE, now, today};
use crate::gitlab::{names, paging, tables, visibility};
use crate::http::call::Answer;

/// `GET /projects`.
pub fn list(context: &mut Context) -> Outcome {
    listed(context, None)
}

/// `GET /groups/:id/projects`.
pub fn list_of_group(context: &mut Context, id: &str) -> Outcome {
    let group = context.group(id)?.id;
    listed(context, Some(group))
}

/// `POST /projects`.
pub fn create(context: &mut Context) -> Outcome {
    let tables = context.edition(tables::PROJECT, tables::PROJECT_EE);
    let mut params = context.params(On::Create, &tables, &[])?;
    let (name, path) = match (take(&mut params, "name"), take(&mut params, "path")) {
        (None, None) => {
            return Err(Refusal::parameter("name, path are missing, at least one parameter must be provided"));
        }
        (Some(name), None) => (name.clone(), names::project_path_of(&name)),
        (None, Some(path)) => (path.clone(), path),
        (Some(name), Some(path)) => (name, path),
    };
    let namespace = number(&params, "namespace_id").unwrap_or(USER_NAMESPACE);
    let doomed = context.store.lineage(namespace).iter().any(|group| group.doom.is_some());
    if doomed || (namespace != USER_NAMESPACE && !context.store.groups.contains_key(&namespace)) {
        return Err(Refusal::message(400, json!({ "namespace": ["is not valid"] })));
    }
    let mut settings = defaults(tables.iter().flat_map(|table| table.iter()));
    settings.extend(settings::composed(&now()));
    let mut project = Project {
        id: context.store.next_project(),
        name,
        path,
        namespace,
        settings,
        created_at: now(),
        repository: Default::default(),
        default_branch: None,
        protects_in: None,
        doom: None,
    };
    let has_content = flag(&params, "initialize_with_readme") == Some(true)
        || ["import_url", "template_name", "template_project_id"].iter().any(|name| filled(&params, name));
    if has_content {
        let wanted = text(&params, "default_branch").filter(|name| !name.is_empty());
        let branch = wanted.map_or_else(|| initial_branch(context, namespace), str::to_owned);
        project.repository.insert(branch.clone());
        project.default_branch = Some(branch);
        project.protects_in = Some(context.options.protection_delay);
    }
    if filled(&params, "import_url") {
        project.settings.insert("import_status".to_owned(), json!("finished"));
        project.settings.insert("import_type".to_owned(), json!("git"));
    }
    params.remove("default_branch");
    settings::apply(&mut project.settings, params)?;
    check(context, &project, None).check()?;
    let shown = show(context, &project);
    context.store.projects.insert(project.id, project);
    Ok(Answer::json(201, &shown))
}

/// `GET /projects/:id`. Reading a project that is being deleted brings its end closer.
pub fn get(context: &mut Context, id: &str) -> Outcome {
    context.params(On::Both, &[tables::GET_PROJECT], &[])?;
    let project = context.project(id)?.clone();
    match project.doom.as_ref().and_then(|doom| doom.polls) {
        Some(0) => {
            context.store.remove_project(project.id);
            return Err(Refusal::not_found("Project"));
        }
        Some(_) => {
            let doom = context.store.projects.get_mut(&project.id).and_then(|project| project.doom.as_mut());
            if let Some(polls) = doom.and_then(|doom| doom.polls.as_mut()) {
                *polls -= 1;
            }
        }
        None => {}
    }
    let mut shown = show(context, &project);
    let access = json!({ "access_level": 50, "notification_level": 3 });
    shown["permissions"] = if project.namespace == USER_NAMESPACE {
        json!({ "project_access": access, "group_access": null })
    } else {
        json!({ "project_access": null, "group_access": access })
    };
    Ok(Answer::json(200, &shown))
}

/// `PUT /projects/:id`.
pub fn update(context: &mut Context, id: &str) -> Outcome {
    let tables = context.edition(tables::PROJECT, tables::PROJECT_EE);
    let mut project = context.project(id)?.clone();
    let mut params = context.params(On::Update, &tables, &[])?;
    if params.is_empty() {
        return Err(Refusal::parameter("at least one parameter must be provided"));
    }
    if filled(&params, "only_mirror_protected_branches") && filled(&params, "mirror_branch_regex") {
        return Err(Refusal::parameter("only_mirror_protected_branches, mirror_branch_regex are mutually exclusive"));
    }
    let before = project.clone();
    if let Some(name) = take(&mut params, "name") {
        project.name = name;
    }
    if let Some(path) = take(&mut params, "path") {
        project.path = path;
    }
    if let Some(branch) = take(&mut params, "default_branch").filter(|name| !name.is_empty()) {
        move_head(context, &mut project, &branch)?;
    }
    settings::apply(&mut project.settings, params)?;
    check(context, &project, Some(&before)).check()?;
    let shown = show(context, &project);
    context.store.projects.insert(project.id, project);
    Ok(Answer::json(200, &shown))
}

/// `DELETE /projects/:id`; the two steps are those of a group, and the second works for every project.
pub fn delete(context: &mut Context, id: &str) -> Outcome {
    let project = context.project(id)?.clone();
    let params = context.params(On::Both, &[tables::DELETE], &[])?;
    let polls = context.options.polls();
    if flag(&params, "permanently_remove") == Some(true) {
        let refusal = if project.doom.is_none() {
            Some("Project must be marked for deletion first.")
        } else if text(&params, "full_path") != Some(context.store.project_path(&project).as_str()) {
            Some("`full_path` is incorrect. You must enter the complete path for the project.")
        } else {
            None
        };
        if let Some(refusal) = refusal {
            return Err(Refusal::message(400, refusal));
        }
        if let Some(doom) = context.store.projects.get_mut(&project.id).and_then(|project| project.doom.as_mut()) {
            doom.polls = Some(polls);
        }
        return Ok(accepted());
    }
    if project.doom.is_some() {
        return Err(Refusal::message(400, "Project has been already marked for deletion"));
    }
    let ends = matches!(context.options.deletion, Deletion::AfterPolls(_));
    let inherits = context.store.lineage(project.namespace).iter().any(|group| group.doom.is_some());
    if let (false, Some(project)) = (inherits, context.store.projects.get_mut(&project.id)) {
        let suffix = format!("-deletion_scheduled-{}", project.id);
        let (name, path) = (project.name.clone(), project.path.clone());
        project.name.push_str(&suffix);
        project.path.push_str(&suffix);
        project.doom = Some(Doom { since: today(), name, path, polls: ends.then_some(polls) });
    }
    Ok(accepted())
}

/// `POST /projects/:id/restore`.
pub fn restore(context: &mut Context, id: &str) -> Outcome {
    context.params(On::Both, &[], &[])?;
    let mut project = context.project(id)?.clone();
    let Some(doom) = project.doom.take() else {
        return Err(Refusal::message(400, "Project has not been marked for deletion"));
    };
    project.name = doom.name;
    project.path = doom.path;
    let shown = show(context, &project);
    context.store.projects.insert(project.id, project);
    Ok(Answer::json(201, &shown))
}

/// `POST /projects/:id/archive` and `unarchive`, which answer with 201 and do not mind being repeated.
pub fn archive(context: &mut Context, id: &str, archived: bool) -> Outcome {
    context.params(On::Both, &[], &[])?;
    let mut project = context.project(id)?.clone();
    project.settings.insert("archived".to_owned(), Value::Bool(archived));
    let shown = show(context, &project);
    context.store.projects.insert(project.id, project);
    Ok(Answer::json(201, &shown))
}

/// `PUT /projects/:id/transfer`; `namespace` is an ID or a full path (`app/services/projects/transfer_service.rb`).
pub fn transfer(context: &mut Context, id: &str) -> Outcome {
    let mut project = context.project(id)?.clone();
    let params = context.params(On::Both, &[tables::PROJECT_TRANSFER], &["namespace"])?;
    let wanted = text(&params, "namespace").unwrap_or_default();
    let namespace = match context.store.group(wanted) {
        Some(group) => group.id,
        None if wanted == "root" || wanted == USER_NAMESPACE.to_string() => USER_NAMESPACE,
        None => return Err(Refusal::not_found("Namespace")),
    };
    let refusal = if namespace == project.namespace {
        Some("Project is already in this namespace.")
    } else if context.store.path_taken(Some(namespace), &project.path, Owner::Project(project.id)) {
        Some("Project with same name or path in target namespace already exists")
    } else {
        None
    };
    if let Some(refusal) = refusal {
        let mut problems = Problems::default();
        problems.add("new_namespace", refusal);
        problems.check_as_text("Failed to transfer project")?;
    }
    project.namespace = namespace;
    if let Some(group) = context.store.groups.get(&namespace) {
        visibility::lower_one(&mut project.settings, visibility::of(&group.settings));
    }
    let shown = show(context, &project);
    context.store.projects.insert(project.id, project);
    Ok(Answer::json(200, &shown))
}

/// A project as answers show it.
pub fn show(context: &Context, project: &Project) -> Value {
    let path = context.store.project_path(project);
    let url = context.url;
    let mut shown = project.settings.clone();
    settings::compute(&mut shown);
    if let Some(branch) = &project.default_branch {
        shown.insert("readme_url".to_owned(), json!(format!("{url}/{path}/-/blob/{branch}/README.md")));
    } else {
        shown.insert("readme_url".to_owned(), Value::Null);
    }
    let branch = project.default_branch.clone().unwrap_or_else(|| initial_branch(context, project.namespace));
    let api = format!("{url}/api/v4/projects/{}", project.id);
    let host = url.split("://").nth(1).unwrap_or_default().split(':').next().unwrap_or_default();
    let computed = json!({
        "id": project.id,
        "name": project.name,
        "name_with_namespace": format!("{} / {}", context.store.full_name(project.namespace), project.name),
        "path": project.path,
        "path_with_namespace": path,
        "created_at": project.created_at,
        "updated_at": project.created_at,
        "last_activity_at": project.created_at,
        "creator_id": USER,
        "default_branch": branch,
        "empty_repo": project.repository.is_empty(),
        "ssh_url_to_repo": format!("git@{host}:{path}.git"),
        "http_url_to_repo": format!("{url}/{path}.git"),
        "web_url": format!("{url}/{path}"),
        "container_registry_image_prefix": format!("{host}/{path}").to_lowercase(),
        "namespace": namespace(context, project.namespace),
        "can_create_merge_request_in": true,
        "runners_token": format!("GR1348941lab-project-{}", project.id),
        "marked_for_deletion_at": project.doom.as_ref().map(|doom| &doom.since),
        "marked_for_deletion_on": project.doom.as_ref().map(|doom| &doom.since),
        "_links": {
            "self": api,
            "issues": format!("{api}/issues"),
            "merge_requests": format!("{api}/merge_requests"),
            "repo_branches": format!("{api}/repository/branches"),
            "labels": format!("{api}/labels"),
            "events": format!("{api}/events"),
            "members": format!("{api}/members"),
            "cluster_agents": format!("{api}/cluster_agents"),
        },
    });
    if let Value::Object(computed) = computed {
        shown.extend(computed);
    }
    if project.namespace == USER_NAMESPACE {
        shown.insert("owner".to_owned(), json!({ "id": USER, "username": "root", "name": "Administrator" }));
    }
    Value::Object(shown)
}

fn listed(context: &mut Context, group: Option<i64>) -> Outcome {
    let mut tables = vec![tables::LIST_PROJECTS, tables::PAGE];
    if group.is_some() {
        tables.push(tables::LIST_GROUP_PROJECTS);
    }
    let params = context.params(On::Both, &tables, &[])?;
    let store = &context.store;
    let deep = flag(&params, "include_subgroups") == Some(true);
    let inside = |project: &Project| match group {
        None => true,
        Some(group) => project.namespace == group || (deep && store.is_in(project.namespace, group)),
    };
    let mut projects: Vec<&Project> =
        store.projects.values().filter(|project| inside(project) && wanted(context, project, &params)).collect();
    match text(&params, "order_by") {
        Some("name") => projects.sort_by_key(|project| (project.name.clone(), project.id)),
        Some("path") => projects.sort_by_key(|project| (project.path.clone(), project.id)),
        // IDs rise with time, so that all other orders are that of the ID here.
        _ => projects.sort_by_key(|project| project.id),
    }
    if text(&params, "sort") != Some("asc") {
        projects.reverse();
    }
    let simple = flag(&params, "simple") == Some(true);
    let show = |project: &&Project| {
        let mut shown = show(context, project);
        if let (true, Value::Object(fields)) = (simple, &mut shown) {
            fields.retain(|name, _| SIMPLE.contains(&name.as_str()));
        }
        shown
    };
    if group.is_none() && text(&params, "pagination") == Some("keyset") {
        return paging::keyset(context, &params, &projects, |project| project.id, show);
    }
    paging::page(context, &params, &projects, show)
}

/// Fields of a list with `simple=true` (`lib/api/entities/basic_project_details.rb`).
const SIMPLE: &[&str] = &[
    "id",
    "description",
    "name",
    "name_with_namespace",
    "path",
    "path_with_namespace",
    "created_at",
    "default_branch",
    "tag_list",
    "topics",
    "ssh_url_to_repo",
    "http_url_to_repo",
    "web_url",
    "readme_url",
    "forks_count",
    "avatar_url",
    "star_count",
    "last_activity_at",
    "visibility",
    "namespace",
];

fn wanted(context: &Context, project: &Project, params: &Map<String, Value>) -> bool {
    let search = text(params, "search").unwrap_or_default().to_lowercase();
    let full_path = context.store.project_path(project).to_lowercase();
    let in_namespace = flag(params, "search_namespaces") == Some(true) && full_path.contains(&search);
    let found = project.name.to_lowercase().contains(&search) || project.path.to_lowercase().contains(&search);
    let archived = flag(&project.settings, "archived").unwrap_or_default();
    let active = !archived && project.doom.is_none();
    let topics: Vec<&Value> = params.get("topic").and_then(Value::as_array).into_iter().flatten().collect();
    let own = project.settings.get("topics").and_then(Value::as_array);
    (found || in_namespace)
        && flag(params, "archived").is_none_or(|wanted| wanted == archived)
        && flag(params, "active").is_none_or(|wanted| wanted == active)
        && text(params, "visibility").is_none_or(|word| word == visibility::of(&project.settings))
        && number(params, "id_after").is_none_or(|id| project.id > id)
        && number(params, "id_before").is_none_or(|id| project.id < id)
        && topics.iter().all(|topic| own.is_some_and(|own| own.contains(topic)))
}

/// A branch can become the default only if it exists (`Project#change_head`).
fn move_head(context: &mut Context, project: &mut Project, branch: &str) -> Result<(), Refusal> {
    let current = project.default_branch.clone().unwrap_or_else(|| initial_branch(context, project.namespace));
    if branch == current {
        return Ok(());
    }
    if !project.repository.contains(branch) {
        let reason = format!("Could not change HEAD: branch '{branch}' does not exist");
        return Err(Refusal::message(400, json!({ "base": [reason] })));
    }
    project.default_branch = Some(branch.to_owned());
    Ok(())
}

fn check(context: &Context, project: &Project, before: Option<&Project>) -> Problems {
    let mut problems = Problems::default();
    if before.is_none_or(|before| before.name != project.name) {
        names::check_project_name(&project.name, &mut problems);
        let taken =
            context.store.projects.values().any(|other| {
                other.namespace == project.namespace && other.id != project.id && other.name == project.name
            });
        if taken {
            problems.add("project_namespace.name", "has already been taken");
            problems.add("name", "has already been taken");
        }
    }
    if before.is_none_or(|before| before.path != project.path) {
        names::check_project_path(&project.path, &mut problems);
        if context.store.path_taken(Some(project.namespace), &project.path, Owner::Project(project.id)) {
            problems.add("path", "has already been taken");
        }
    }
    visibility::check_project(context.store, project.namespace, visibility::of(&project.settings), &mut problems);
    settings::check(&project.settings, &mut problems);
    problems
}

/// The branch that an empty project is going to have: that of the nearest group which names one, or `main`.
fn initial_branch(context: &Context, namespace: i64) -> String {
    let lineage = context.store.lineage(namespace);
    let named =
        lineage.iter().filter_map(|group| text(&group.settings, "default_branch")).find(|name| !name.is_empty());
    named.unwrap_or("main").to_owned()
}

/// `GET /namespaces/:id`: a group, or the user's own (`doc/api/namespaces.md`).
pub fn get_namespace(context: &mut Context, id: &str) -> Outcome {
    context.params(On::Both, &[], &[])?;
    let wanted = context.group(id).map(|group| group.id);
    let own = id == "root" || id.parse() == Ok(USER_NAMESPACE);
    match wanted {
        Ok(group) => Ok(Answer::json(200, &namespace(context, group))),
        Err(_) if own => Ok(Answer::json(200, &namespace(context, USER_NAMESPACE))),
        Err(_) => Err(Refusal::not_found("Namespace")),
    }
}

fn namespace(context: &Context, id: i64) -> Value {
    let url = context.url;
    let path = context.store.full_path(id);
    match context.store.groups.get(&id) {
        Some(group) => json!({
            "id": id, "name": group.name, "path": group.path, "kind": "group", "full_path": path,
            "parent_id": group.parent, "avatar_url": null, "web_url": format!("{url}/groups/{path}"),
        }),
        None => json!({
            "id": id, "name": "Administrator", "path": "root", "kind": "user", "full_path": path,
            "parent_id": null, "avatar_url": null, "web_url": format!("{url}/{path}"),
        }),
    }
}

fn filled(params: &Map<String, Value>, name: &str) -> bool {
    !matches!(params.get(name), None | Some(Value::Null | Value::Bool(false))) && text(params, name) != Some("")
}

fn take(params: &mut Map<String, Value>, name: &str) -> Option<String> {
    params.remove(name).map(|value| value.as_str().unwrap_or_default().to_owned())
}
