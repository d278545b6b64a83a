//! CI variables of groups and projects: `doc/api/project_level_variables.md`, `doc/api/group_level_variables.md`.

use serde_json::{Map, Value, json};

use crate::gitlab::context::{Context, flag, text};
use crate::gitlab::errors::{Outcome, Problems, Refusal};
use crate::gitlab::fields::{Field, On};
use crate::gitlab::store::{Owner, Variable};
use crate::gitlab::{paging, tables};
use crate::http::call::Answer;

/// `GET …/variables`.
pub fn list(context: &mut Context, owner: Owner) -> Outcome {
    let params = context.params(On::Both, &[tables::PAGE], &[])?;
    let variables: Vec<&Variable> = context.store.variables.values().filter(|v| v.owner == owner).collect();
    paging::page(context, &params, &variables, |variable| show(variable))
}

/// `GET …/variables/:key`.
pub fn get(context: &mut Context, owner: Owner, key: &str) -> Outcome {
    let params = context.params(On::Both, &[tables::VARIABLE_FILTER], &[])?;
    let (_, variable) = find(context, owner, key, &params)?;
    Ok(Answer::json(200, &show(variable)))
}

/// `POST …/variables`.
pub fn create(context: &mut Context, owner: Owner) -> Outcome {
    let params = context.params(On::Create, &accepted(context, owner), &["key", "value"])?;
    let hidden = flag(&params, "masked_and_hidden") == Some(true);
    let mut variable = Variable {
        owner,
        key: text(&params, "key").unwrap_or_default().to_owned(),
        scope: "*".to_owned(),
        value: String::new(),
        masked: hidden,
        hidden,
        raw: false,
        settings: Map::new(),
    };
    for (name, default) in
        [("variable_type", json!("env_var")), ("protected", json!(false)), ("description", Value::Null)]
    {
        variable.settings.insert(name.to_owned(), default);
    }
    apply(&mut variable, params);
    if hidden {
        variable.masked = true;
    }
    let id = context.store.next_id();
    check(context, id, &variable).check()?;
    let shown = show(&variable);
    context.store.variables.insert(id, variable);
    Ok(Answer::json(201, &shown))
}

/// `PUT …/variables/:key`. Hiding is a choice of the creation (`app/models/concerns/ci/hidable_variable.rb`).
pub fn update(context: &mut Context, owner: Owner, key: &str) -> Outcome {
    let params = context.params(On::Update, &accepted(context, owner), &[])?;
    let (id, before) = find(context, owner, key, &params)?;
    let mut variable = before.clone();
    if text(&params, "key").is_some_and(|other| other != key) {
        // The path wins: a key cannot be changed, and who tries is mistaken.
        return Err(Refusal::violation(400, "the key of a variable cannot change".to_owned()));
    }
    apply(&mut variable, params);
    let mut problems = check(context, id, &variable);
    if variable.hidden && !variable.masked {
        problems.add("base", "The visibility setting cannot be changed for masked and hidden variables.");
    }
    problems.check()?;
    let shown = show(&variable);
    context.store.variables.insert(id, variable);
    Ok(Answer::json(200, &shown))
}

/// `DELETE …/variables/:key`.
pub fn delete(context: &mut Context, owner: Owner, key: &str) -> Outcome {
    let params = context.params(On::Both, &[tables::VARIABLE_FILTER], &[])?;
    let (id, _) = find(context, owner, key, &params)?;
    context.store.variables.remove(&id);
    Ok(Answer::empty(204))
}

/// Scopes of a group's variables other than `*` need a licence (`ee/lib/ee/api/helpers/variables_helpers.rb`).
fn accepted(context: &Context, owner: Owner) -> Vec<&'static [Field]> {
    match owner {
        Owner::Group(_) if !context.licensed() => vec![tables::VARIABLE, tables::VARIABLE_EVERYWHERE],
        Owner::Group(_) | Owner::Project(_) => vec![tables::VARIABLE, tables::VARIABLE_SCOPE],
    }
}

/// The one variable that key and filter leave; several are a conflict (`lib/api/helpers/variables_helpers.rb`).
fn find<'a>(
    context: &'a Context,
    owner: Owner,
    key: &str,
    params: &Map<String, Value>,
) -> Result<(i64, &'a Variable), Refusal> {
    let scope = params.get("filter").and_then(|filter| filter.get("environment_scope")).and_then(Value::as_str);
    let mut found = context.store.variables.iter().filter(|(_, variable)| {
        variable.owner == owner && variable.key == key && scope.is_none_or(|scope| scope == variable.scope)
    });
    match (found.next(), found.next()) {
        (Some((id, variable)), None) => Ok((*id, variable)),
        (None, _) => Err(Refusal::not_found("Variable")),
        (Some(_), Some(_)) => Err(Refusal::message(
            409,
            "There are multiple variables with provided parameters. Please use 'filter[environment_scope]'",
        )),
    }
}

fn apply(variable: &mut Variable, mut params: Map<String, Value>) {
    for name in ["key", "filter", "masked_and_hidden"] {
        params.remove(name);
    }
    let mut take = |name: &str| params.remove(name);
    if let Some(value) = take("value") {
        variable.value = value.as_str().unwrap_or_default().to_owned();
    }
    if let Some(scope) = take("environment_scope") {
        variable.scope = scope.as_str().unwrap_or_default().to_owned();
    }
    if let Some(masked) = take("masked") {
        variable.masked = masked == Value::Bool(true);
    }
    if let Some(raw) = take("raw") {
        variable.raw = raw == Value::Bool(true);
    }
    variable.settings.extend(params);
}

fn check(context: &Context, id: i64, variable: &Variable) -> Problems {
    let mut problems = Problems::default();
    let too_long = |text: &str, limit: usize| text.chars().count() > limit;
    if variable.key.is_empty() {
        problems.add("key", "can't be blank");
    }
    if too_long(&variable.key, 255) {
        problems.add("key", "is too long (maximum is 255 characters)");
    }
    if variable.key.is_empty() || !variable.key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
        problems.add("key", "can contain only letters, digits and '_'.");
    }
    let taken = context.store.variables.iter().any(|(other_id, other)| {
        *other_id != id && other.owner == variable.owner && other.key == variable.key && other.scope == variable.scope
    });
    if taken {
        problems.add("key", format!("({}) has already been taken", variable.key));
    }
    if variable.masked && !maskable(&variable.value, variable.raw) {
        problems.add("value", "is invalid");
    }
    if too_long(&variable.value, 10_000) {
        problems.add("value", "is too long (maximum is 10000 characters)");
    }
    if text(&variable.settings, "description").is_some_and(|text| too_long(text, 255)) {
        problems.add("description", "is too long (maximum is 255 characters)");
    }
    if variable.scope.is_empty() {
        problems.add("environment_scope", "can't be blank");
    }
    if too_long(&variable.scope, 255) {
        problems.add("environment_scope", "is too long (maximum is 255 characters)");
    }
    if !variable.scope.chars().all(|c| c.is_ascii_alphanumeric() || "-_/${}. *".contains(c)) {
        problems.add(
            "environment_scope",
            "can contain only letters, digits, '-', '_', '/', '$', '{', '}', '.', '*' and spaces",
        );
    }
    problems
}

/// Whether jobs can hide a value (`app/models/concerns/ci/maskable.rb`): at least eight characters without spaces, and
/// unless it is raw, only those of Base64 and `@ : . ~ -`.
fn maskable(value: &str, raw: bool) -> bool {
    // Ruby's `\s` knows only the spaces of ASCII.
    let space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r');
    let plain = |c: char| c.is_ascii_alphanumeric() || "_+=/@:.~-".contains(c);
    value.chars().count() >= 8 && if raw { !value.contains(space) } else { value.chars().all(plain) }
}

fn show(variable: &Variable) -> Value {
    let mut shown = variable.settings.clone();
    shown.insert("key".to_owned(), json!(variable.key));
    shown.insert("value".to_owned(), if variable.hidden { Value::Null } else { json!(variable.value) });
    shown.insert("environment_scope".to_owned(), json!(variable.scope));
    shown.insert("masked".to_owned(), json!(variable.masked));
    shown.insert("hidden".to_owned(), json!(variable.hidden));
    shown.insert("raw".to_owned(), json!(variable.raw));
    Value::Object(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_values_follow_the_two_patterns() {
        for good in ["12345678", "abc_+=/@:.~-"] {
            assert!(maskable(good, false), "{good}");
        }
        for bad in ["1234567", "1234 5678", "12345678\n", "pass$word", "pässword", ""] {
            assert!(!maskable(bad, false), "{bad}");
        }
        assert!(maskable("pass$wörd", true));
        assert!(!maskable("pass word", true));
        assert!(!maskable("short$", true));
    }
}
