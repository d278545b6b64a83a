//! Which handler answers which path.

use crate::gitlab::context::Context;
use crate::gitlab::errors::{Outcome, Refusal};
use crate::gitlab::store::Owner;
use crate::gitlab::{access_tokens, branches, callers, groups, labels, projects, server, variables};
use crate::http::call::{Answer, encode};

/// Answers a call by its method and the decoded segments after `/api/v4`.
pub fn route(context: &mut Context, segments: &[String]) -> Outcome {
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    callers::check_reach(context, &path)?;
    let method = context.call.method.clone();
    match (method.as_str(), path.as_slice()) {
        ("GET", ["version"]) => server::version(context),
        ("GET", ["metadata"]) => server::metadata(context),
        ("GET", ["user"]) => callers::current(context),
        ("GET", ["namespaces", id]) => projects::get_namespace(context, id),
        (method, ["groups", rest @ ..]) => group(context, method, rest),
        (method, ["projects", rest @ ..]) => project(context, method, rest),
        _ => Err(unknown(context)),
    }
}

fn group(context: &mut Context, method: &str, path: &[&str]) -> Outcome {
    match (method, path) {
        ("GET", []) => groups::list(context),
        ("POST", []) => groups::create(context),
        ("GET", [id]) => groups::get(context, id),
        ("PUT", [id]) => groups::update(context, id),
        ("DELETE", [id]) => groups::delete(context, id),
        ("POST", [id, "transfer"]) => groups::transfer(context, id),
        ("POST", [id, "restore"]) => groups::restore(context, id),
        ("GET", [id, "subgroups"]) => groups::subgroups(context, id),
        ("GET", [id, "projects"]) => projects::list_of_group(context, id),
        (method, [id, "labels", rest @ ..]) => {
            let owner = Owner::Group(context.group(id)?.id);
            labelled(context, method, owner, rest)
        }
        (method, [id, "variables", rest @ ..]) => {
            let owner = Owner::Group(context.group(id)?.id);
            variable(context, method, owner, rest)
        }
        _ => Err(unknown(context)),
    }
}

fn project(context: &mut Context, method: &str, path: &[&str]) -> Outcome {
    if let [id, rest @ ..] = path
        && context.store.project(id).is_none()
        && let Some(project) = context.store.moved(id)
    {
        return moved(context, project.id, rest);
    }
    match (method, path) {
        ("GET", []) => projects::list(context),
        ("POST", []) => projects::create(context),
        ("GET", [id]) => projects::get(context, id),
        ("PUT", [id]) => projects::update(context, id),
        ("DELETE", [id]) => projects::delete(context, id),
        ("PUT", [id, "transfer"]) => projects::transfer(context, id),
        ("POST", [id, "archive"]) => projects::archive(context, id, true),
        ("POST", [id, "unarchive"]) => projects::archive(context, id, false),
        ("POST", [id, "restore"]) => projects::restore(context, id),
        (method, [id, "labels", rest @ ..]) => {
            let owner = Owner::Project(context.project(id)?.id);
            labelled(context, method, owner, rest)
        }
        (method, [id, "variables", rest @ ..]) => {
            let owner = Owner::Project(context.project(id)?.id);
            variable(context, method, owner, rest)
        }
        (method, [id, "access_tokens", rest @ ..]) => {
            let project = context.project(id)?.id;
            access_token(context, method, project, rest)
        }
        (method, [id, "protected_branches", rest @ ..]) => {
            let project = context.project(id)?.id;
            match (method, rest) {
                ("GET", []) => branches::list(context, project),
                ("POST", []) => branches::create(context, project),
                ("GET", [name]) => branches::get(context, project, name),
                ("PATCH", [name]) => branches::update(context, project, name),
                ("DELETE", [name]) => branches::delete(context, project, name),
                _ => Err(unknown(context)),
            }
        }
        _ => Err(unknown(context)),
    }
}

fn labelled(context: &mut Context, method: &str, owner: Owner, path: &[&str]) -> Outcome {
    match (method, path) {
        ("GET", []) => labels::list(context, owner),
        ("POST", []) => labels::create(context, owner),
        ("PUT", []) => labels::update(context, owner, None),
        ("DELETE", []) => labels::delete(context, owner, None),
        ("GET", [label]) => labels::get(context, owner, label),
        ("PUT", [label]) => labels::update(context, owner, Some(label)),
        ("DELETE", [label]) => labels::delete(context, owner, Some(label)),
        _ => Err(unknown(context)),
    }
}

fn variable(context: &mut Context, method: &str, owner: Owner, path: &[&str]) -> Outcome {
    match (method, path) {
        ("GET", []) => variables::list(context, owner),
        ("POST", []) => variables::create(context, owner),
        ("GET", [key]) => variables::get(context, owner, key),
        ("PUT", [key]) => variables::update(context, owner, key),
        ("DELETE", [key]) => variables::delete(context, owner, key),
        _ => Err(unknown(context)),
    }
}

fn access_token(context: &mut Context, method: &str, project: i64, path: &[&str]) -> Outcome {
    match (method, path) {
        ("GET", []) => access_tokens::list(context, project),
        ("POST", []) => access_tokens::create(context, project),
        ("GET", [token]) => access_tokens::get(context, project, token),
        ("DELETE", [token]) => access_tokens::delete(context, project, token),
        ("POST", [token, "rotate"]) if *token != "self" => access_tokens::rotate(context, project, token),
        _ => Err(unknown(context)),
    }
}

/// `find_project!` in `lib/api/helpers.rb`: a path that a project left leads to its ID.
fn moved(context: &Context, project: i64, rest: &[&str]) -> Outcome {
    if context.call.method != "GET" {
        return Err(Refusal::message(405, "Non GET methods are not allowed for moved projects"));
    }
    let rest: String = rest.iter().map(|segment| format!("/{}", encode(segment))).collect();
    let place = format!("{}/api/v4/projects/{project}{rest}", context.url);
    Ok(Answer::text(301, "Moved Permanently").with_header("Location", &place))
}

/// GitLab answers `{"error": "404 Not Found"}` for a path that it does not have (`lib/api/api.rb`, `route :any, '*path'`).
fn unknown(context: &Context) -> Refusal {
    let mut refusal = Refusal::violation(404, "404 Not Found".to_owned());
    refusal.violation = Some(format!("{} {} is no endpoint", context.call.method, context.call.path));
    refusal
}
