//! Settings of a project that hang together: older and newer names, and fields that are computed from others.

use serde_json::{Map, Value, json};

use crate::gitlab::context::{flag, number, text};
use crate::gitlab::errors::{Problems, Refusal};
use crate::gitlab::tables::ACCESS;

/// Older switches and the access levels that replaced them.
const SWITCHES: &[(&str, &str)] = &[
    ("issues_enabled", "issues_access_level"),
    ("merge_requests_enabled", "merge_requests_access_level"),
    ("wiki_enabled", "wiki_access_level"),
    ("jobs_enabled", "builds_access_level"),
    ("snippets_enabled", "snippets_access_level"),
    ("container_registry_enabled", "container_registry_access_level"),
    ("packages_enabled", "package_registry_access_level"),
];

/// Fields that only a pull mirror shows (`ee/lib/ee/api/entities/project.rb`).
const OF_MIRRORS: &[&str] = &[
    "mirror_overwrites_diverged_branches",
    "mirror_trigger_builds",
    "mirror_user_id",
    "only_mirror_protected_branches",
];

/// Claims that the `sub` of an ID token can be made of (`doc/ci/secrets/id_token_authentication.md`).
const CLAIMS: &[&str] = &["project_path", "ref_type", "ref"];

/// Objects and lists that a new project has.
pub fn composed(now: &str) -> Map<String, Value> {
    let mut composed = Map::new();
    composed.insert("ci_id_token_sub_claim_components".to_owned(), json!(CLAIMS));
    composed.insert(
        "container_expiration_policy".to_owned(),
        json!({
            "cadence": "1d",
            "enabled": false,
            "keep_n": 10,
            "older_than": "90d",
            "name_regex": ".*",
            "name_regex_delete": ".*",
            "name_regex_keep": null,
            "next_run_at": now,
        }),
    );
    composed
}

/// Puts parameters into the settings; what answers do not show is not kept.
pub fn apply(settings: &mut Map<String, Value>, mut params: Map<String, Value>) -> Result<(), Refusal> {
    for (switch, level) in SWITCHES {
        if let Some(on) = params.remove(*switch).and_then(|value| value.as_bool()) {
            params.entry(*level).or_insert_with(|| json!(if on { "enabled" } else { "disabled" }));
        }
    }
    if let Some(disabled) = params.remove("emails_disabled").and_then(|value| value.as_bool()) {
        params.insert("emails_enabled".to_owned(), Value::Bool(!disabled));
    }
    for (older, newer) in [("public_builds", "public_jobs"), ("tag_list", "topics")] {
        if let Some(value) = params.remove(older) {
            params.insert(newer.to_owned(), value);
        }
    }
    if let Some(Value::Array(topics)) = params.get_mut("topics") {
        topics.sort_by_key(|topic| topic.as_str().unwrap_or_default().to_owned());
        topics.dedup();
    }
    if let Some(Value::Object(given)) = params.remove("container_expiration_policy_attributes") {
        expire(settings, given)?;
    }
    params.retain(|name, _| settings.contains_key(name));
    settings.extend(params);
    Ok(())
}

/// Adds what is computed from other settings.
pub fn compute(shown: &mut Map<String, Value>) {
    for (switch, level) in SWITCHES {
        let on = text(shown, level) != Some("disabled");
        shown.insert((*switch).to_owned(), Value::Bool(on));
    }
    let emails = flag(shown, "emails_enabled").unwrap_or(true);
    shown.insert("emails_disabled".to_owned(), Value::Bool(!emails));
    let topics = shown.get("topics").cloned().unwrap_or_else(|| json!([]));
    shown.insert("tag_list".to_owned(), topics);
    if flag(shown, "mirror") != Some(true) {
        shown.retain(|name, _| !OF_MIRRORS.contains(&name.as_str()));
    }
    // A merge train needs merged results pipelines, and skipping a train needs a train
    // (`ee/app/models/ee/project_ci_cd_setting.rb`).
    for (needed, dependent) in [
        ("merge_pipelines_enabled", "merge_trains_enabled"),
        ("merge_trains_enabled", "merge_trains_skip_train_allowed"),
    ] {
        if flag(shown, needed) == Some(false) {
            shown.insert(dependent.to_owned(), Value::Bool(false));
        }
    }
}

/// Checks settings against each other.
pub fn check(settings: &Map<String, Value>, problems: &mut Problems) {
    // `app/models/project_feature.rb`, `repository_children_level`.
    let rank = |name: &str| ACCESS.iter().position(|level| Some(*level) == text(settings, name));
    for child in ["merge_requests_access_level", "builds_access_level"] {
        if rank(child) > rank("repository_access_level") {
            problems.add(
                &format!("project_feature.{child}"),
                "cannot have higher visibility level than repository access level",
            );
        }
    }
    let claims = settings.get("ci_id_token_sub_claim_components").and_then(Value::as_array);
    let claims: Vec<&str> = claims.into_iter().flatten().filter_map(Value::as_str).collect();
    if claims.first() != Some(&"project_path") {
        problems.add(
            "ci_cd_settings.id_token_sub_claim_components",
            "project_path must be the first element of the sub claim components",
        );
    }
    if let Some(unknown) = claims.iter().find(|claim| !CLAIMS.contains(claim)) {
        problems.add(
            "ci_cd_settings.id_token_sub_claim_components",
            format!("the following components are not supported: {unknown}"),
        );
    }
    // `app/models/project.rb`: between 10 minutes and a month.
    if number(settings, "build_timeout").is_some_and(|seconds| !(600..2_629_746).contains(&seconds)) {
        problems.add("build_timeout", "needs to be between 10 minutes and 1 month");
    }
    if number(settings, "ci_default_git_depth").is_some_and(|depth| !(0..=1000).contains(&depth)) {
        problems.add("ci_cd_settings.default_git_depth", "must be less than or equal to 1000");
    }
    if text(settings, "description").is_some_and(|text| text.chars().count() > 2000) {
        problems.add("description", "is too long (maximum is 2000 characters)");
    }
    if flag(settings, "mirror") == Some(true) && text(settings, "import_url").is_none_or(str::is_empty) {
        problems.add("import_url", "can't be blank");
    }
}

/// Changes the expiration policy; its words are those of `app/models/container_expiration_policy.rb`.
fn expire(settings: &mut Map<String, Value>, mut given: Map<String, Value>) -> Result<(), Refusal> {
    let mut problems = Problems::default();
    let words = |name: &str, words: &[&str]| text(&given, name).is_none_or(|word| words.contains(&word));
    if !words("cadence", &["1d", "7d", "14d", "1month", "3month"]) {
        problems.add("container_expiration_policy.cadence", "is not included in the list");
    }
    if !words("older_than", &["7d", "14d", "30d", "60d", "90d"]) {
        problems.add("container_expiration_policy.older_than", "is not included in the list");
    }
    if number(&given, "keep_n").is_some_and(|kept| ![1, 5, 10, 25, 50, 100].contains(&kept)) {
        problems.add("container_expiration_policy.keep_n", "is not included in the list");
    }
    problems.check()?;
    // Two names of one column.
    let regex = given.get("name_regex_delete").or_else(|| given.get("name_regex")).cloned();
    if let Some(regex) = regex {
        given.insert("name_regex".to_owned(), regex.clone());
        given.insert("name_regex_delete".to_owned(), regex);
    }
    if let Some(Value::Object(policy)) = settings.get_mut("container_expiration_policy") {
        policy.extend(given);
    }
    Ok(())
}
