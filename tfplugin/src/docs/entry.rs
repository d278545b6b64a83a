//! One attribute as a manual entry: its type, its text, and what the table says besides.

use crate::docs::prose::{listed, literal, sentence};
use crate::schema::{Field, Kind, Word};

const WRITE_ONLY: &str =
    "[Write-only](https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments)";

/// Where an attribute stands.
pub(super) struct Place<'a> {
    /// Whether a backend decides what the user leaves out.
    pub decided: bool,
    /// The attributes of the same object.
    pub siblings: &'a [Field],
    /// Whether somebody could set it here.
    pub settable: bool,
}

/// The entry of an attribute, without the marker of its list.
pub(super) fn entry(field: &Field, place: &Place) -> String {
    let mut sentences = vec![sentence(field.doc)];
    if place.settable {
        sentences.extend(conditions(field, place));
    }
    if let Some(instead) = field.deprecated {
        sentences.push(format!("**Deprecated:** {instead}"));
    }
    let list = match words_of(&field.kind) {
        [] => String::new(),
        words if words.iter().all(|word| word.doc.is_empty()) => {
            let names: Vec<&str> = words.iter().map(|word| word.word).collect();
            sentences.insert(1, format!("{} {}.", one_of(field), listed(&names, "or")));
            String::new()
        }
        words => {
            sentences.push(format!("{}:", one_of(field)));
            words.iter().map(explained).collect()
        }
    };
    format!("`{}` ({}) {}{list}", field.name, labels(field, place), sentences.join(" "))
}

/// How a list of words begins.
fn one_of(field: &Field) -> &'static str {
    match field.kind {
        Kind::String(_) => "One of",
        _ => "Each is one of",
    }
}

/// A word with its meaning, as a line of a list.
fn explained(word: &Word) -> String {
    match word.doc {
        "" => format!("\n  - `{}`", word.word),
        doc => format!("\n  - `{}`: {}", word.word, sentence(doc)),
    }
}

/// Whether a backend fills in the attribute when the user omits it.
pub(super) fn is_left_to_backend(field: &Field, place: &Place) -> bool {
    place.decided && place.settable && field.computed
}

/// What the type and its wrappers are called: `String, Sensitive`.
fn labels(field: &Field, place: &Place) -> String {
    let mut labels = vec![kind_name(&field.kind)];
    if is_left_to_backend(field, place) {
        labels.push("Computed".to_owned());
    }
    if field.deprecated.is_some() {
        labels.push("Deprecated".to_owned());
    }
    if field.write_only {
        labels.push(WRITE_ONLY.to_owned());
    } else if field.sensitive {
        labels.push("Sensitive".to_owned());
    }
    labels.join(", ")
}

/// The registry's name of a type.
pub(super) fn kind_name(kind: &Kind) -> String {
    match kind {
        Kind::Bool => "Boolean".to_owned(),
        Kind::Number(_) => "Number".to_owned(),
        Kind::String(_) => "String".to_owned(),
        Kind::Dynamic => "Dynamic".to_owned(),
        Kind::Object(_) => "Attributes".to_owned(),
        Kind::List(Kind::Object(_)) => "Attributes List".to_owned(),
        Kind::Set(Kind::Object(_)) => "Attributes Set".to_owned(),
        Kind::Map(Kind::Object(_)) => "Attributes Map".to_owned(),
        Kind::List(element) => format!("List of {}", kind_name(element)),
        Kind::Set(element) => format!("Set of {}", kind_name(element)),
        Kind::Map(element) => format!("Map of {}", kind_name(element)),
    }
}

/// What happens when the attribute comes from elsewhere or changes; nothing that its text says already.
fn conditions(field: &Field, place: &Place) -> Vec<String> {
    let mut sentences = Vec::new();
    if !field.env.is_empty() {
        let variables = listed(field.env, "or");
        sentences.push(match field.env.len() {
            1 => format!("It can also come from the environment variable {variables}."),
            _ => format!("It can also come from the environment variables {variables}; the first that is set counts."),
        });
    }
    if let Some(default) = field.default {
        sentences.push(format!("Defaults to `{}`.", literal(&default())));
    }
    if field.write_only {
        let version = format!("{}_version", field.name);
        let has_version = place.siblings.iter().any(|sibling| sibling.name == version);
        if has_version && !field.doc.contains(&version) {
            sentences.push(format!("It is sent again when `{version}` changes."));
        }
    }
    if let Some(loss) = field.fixed {
        sentences.push(format!("It cannot be changed: a replacement {loss}."));
    }
    if field.replace && !field.doc.contains("replace") {
        sentences.push("Changing it replaces the resource.".to_owned());
    }
    sentences
}

/// The words that an attribute or its elements may hold.
fn words_of(kind: &Kind) -> &'static [Word] {
    match kind {
        Kind::String(text) => text.words,
        Kind::List(element) | Kind::Set(element) | Kind::Map(element) => words_of(element),
        _ => &[],
    }
}
