//! Import ids: the peers' spelling of a key.

use crate::backend::AnyClient;
use crate::engine::erased::ErasedResource;
use crate::schema::{Field, Kind, Table, Text, member, not_allowed};
use crate::value::{Gather, Number, Object, Value};
use crate::{Error, Result};

/// The pattern of a table's import ids, such as `{project}:{label_id}`. A last part in brackets may be left out with what
/// stands before it; a first part in brackets, too, and is no part of the key: it says where an object was that can move.
pub(crate) fn pattern(table: &Table) -> String {
    match table.import {
        "" => table.key.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(":"),
        pattern => pattern.to_owned(),
    }
}

/// The pattern as a user reads it: `<project>:<label_id>`, or the natural key.
pub fn shown_pattern(table: &Table) -> String {
    let key = pattern(table).replace('{', "<").replace('}', ">");
    match (table.also.is_empty(), natural_pattern(table)) {
        (false, Some(natural)) => format!("`{key}` or `{}`", natural.replace('{', "<").replace('}', ">")),
        _ => format!("`{key}`"),
    }
}

/// The import id of an object.
pub(crate) fn id_of(table: &Table, object: &Object) -> String {
    let pattern = pattern(table);
    let (_, pattern) = without_first(&pattern);
    let (mut id, last) = with_last(pattern);
    if table.key.iter().all(|name| table.needs(name) || !member(object, name).is_null()) {
        id = last;
    }
    for name in table.key {
        let text = match member(object, name) {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => "?".to_owned(),
        };
        id = id.replace(&format!("{{{name}}}"), &text);
    }
    id
}

/// The import ids of several objects, for messages: `1`, `2`.
pub(crate) fn ids_of(table: &Table, objects: &[Object]) -> String {
    objects.iter().map(|object| format!("`{}`", id_of(table, object))).collect::<Vec<_>>().join(", ")
}

/// The key that an import id names; a natural key is looked up.
pub(crate) async fn key_of(resource: &dyn ErasedResource, client: AnyClient, id: &str) -> Result<Object> {
    let table = resource.table();
    if let Some(key) = parse(table, &pattern(table), id) {
        return Ok(key);
    }
    let natural = natural_pattern(table).and_then(|pattern| parse(table, &pattern, id));
    let Some(natural) = natural else {
        return Err(Error::new(format!("`{id}` is not an import id, expected {}", shown_pattern(table))));
    };
    let located = resource.locate(client, natural).await?;
    located.ok_or_else(|| {
        Error::not_found(format!("there is no `{id}`")).hint("Check the spelling, and that the credentials may see it.")
    })
}

/// The import pattern with the natural key in the place of the key's own parts.
fn natural_pattern(table: &Table) -> Option<String> {
    match table.also {
        [] => None,
        also => Some(also.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(":")),
    }
}

/// The first part in brackets, and the pattern without it.
fn without_first(pattern: &str) -> (Option<&str>, &str) {
    match pattern.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((first, rest)) => (Some(first), rest),
        None => (None, pattern),
    }
}

/// The pattern without its last part in brackets, and with it.
fn with_last(pattern: &str) -> (String, String) {
    match pattern.split_once('[') {
        Some((needed, last)) => (needed.to_owned(), format!("{needed}{}", last.trim_end_matches(']'))),
        None => (pattern.to_owned(), pattern.to_owned()),
    }
}

/// What stands before the first part must be there; each part is as short as all can be read, and the last one takes the
/// rest.
pub(crate) fn parse(table: &Table, pattern: &str, id: &str) -> Option<Object> {
    let (first, pattern) = without_first(pattern);
    if let Some(first) = first
        && let Some(mut key) = parse_whole(table, &format!("{first}{pattern}"), id)
    {
        key.retain(|name, _| !first.contains(&format!("{{{name}}}")));
        return Some(key);
    }
    let (needed, whole) = with_last(pattern);
    [whole, needed].iter().find_map(|pattern| parse_whole(table, pattern, id))
}

fn parse_whole(table: &Table, pattern: &str, id: &str) -> Option<Object> {
    let (begin, parts) = pattern.split_once('{')?;
    let parts: Vec<(&str, &str)> = parts.split('{').map(|part| part.split_once('}')).collect::<Option<_>>()?;
    parse_parts(table, &parts, id.strip_prefix(begin)?)
}

/// `parts` are names, each with what stands behind it.
fn parse_parts(table: &Table, parts: &[(&str, &str)], text: &str) -> Option<Object> {
    let ((name, separator), others) = parts.split_first()?;
    let field = table.field(name)?;
    let named = |value: Value| ((*name).to_owned(), value);
    if others.is_empty() {
        return Some(Object::from([named(typed(field, text.strip_suffix(separator)?)?)]));
    }
    // A part that is nothing is one where no other reading is left.
    let ends = text.match_indices(separator).map(|(end, _)| end);
    let (nothing, mut ends): (Vec<usize>, Vec<usize>) = ends.partition(|end| *end == 0);
    ends.extend(nothing);
    ends.into_iter().find_map(|end| {
        let value = typed(field, &text[..end])?;
        let mut object = parse_parts(table, others, &text[end + separator.len()..])?;
        object.extend([named(value)]);
        Some(object)
    })
}

/// A part of an id as the attribute's value; what the backend sets has a form of its own, such as an ARN.
fn typed(field: &Field, text: &str) -> Option<Value> {
    if text.is_empty() && !takes_nothing(field) {
        return None;
    }
    let value = match field.kind {
        Kind::Number(_) => Value::Number(Number::from(text.parse::<u64>().ok()?)),
        Kind::String(rules) if not_allowed(&rules, text).is_none() => Value::from(text),
        _ => return None,
    };
    let has_its_form = field.check.is_none_or(|check| check(&value).is_ok());
    (has_its_form || !field.is_computed_only()).then_some(value)
}

/// Whether nothing has the form of the attribute, such as the name of a zone's own records.
fn takes_nothing(field: &Field) -> bool {
    matches!(field.kind, Kind::String(Text { parse: Some(parse), .. }) if parse("").is_ok())
}

/// The state of an object that is only known by its key; the read that follows fills it.
pub(crate) fn stub(table: &Table, key: &Object) -> Object {
    let members = table.fields.iter().map(|field| {
        let value = match (key.get(field.name), field.local, field.default) {
            (Some(value), ..) => value.clone(),
            (None, true, Some(default)) => default(),
            _ => Value::Null,
        };
        (field.name.to_owned(), value)
    });
    members.gather()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Presence;

    const TEXT: Kind = Kind::String(Text::ANY);
    const TABLE: Table = Table {
        fields: &[
            Field::new("project", "Project.", TEXT, Presence::Required),
            Field::new("key", "Key.", TEXT, Presence::Required),
            Field::new("scope", "Scope.", TEXT, Presence::Required),
        ],
        key: &["project", "key", "scope"],
        ..Table::new("variable", "A variable.")
    };

    #[test]
    fn the_last_part_takes_the_rest() {
        let key = parse(&TABLE, &pattern(&TABLE), "infra/net:TOKEN:review/*:x").unwrap();
        assert_eq!(member(&key, "project"), &Value::from("infra/net"));
        assert_eq!(member(&key, "key"), &Value::from("TOKEN"));
        assert_eq!(member(&key, "scope"), &Value::from("review/*:x"));
        assert_eq!(id_of(&TABLE, &key), "infra/net:TOKEN:review/*:x");
    }

    #[test]
    fn a_pattern_may_begin_with_a_word() {
        let pattern = "auth/{project}/role/{key}";
        let key = parse(&TABLE, pattern, "auth/team/jwt/role/deploy").unwrap();
        assert_eq!((member(&key, "project"), member(&key, "key")), (&"team/jwt".into(), &"deploy".into()));
        assert!(parse(&TABLE, pattern, "team/jwt/role/deploy").is_none());
    }

    fn kind(text: &str) -> Result<(), String> {
        if ["A", "TXT"].contains(&text) { Ok(()) } else { Err("is no kind".to_owned()) }
    }

    #[test]
    fn a_part_is_as_long_as_it_must_be_and_the_last_may_be_left_out() {
        const KIND: Field =
            Field::new("kind", "Kind.", Kind::String(Text { parse: Some(kind), ..Text::ANY }), Presence::Required);
        const NAME: Kind = Kind::String(Text { parse: Some(|_| Ok(())), ..Text::ANY });
        const RECORD: Table = Table {
            fields: &[
                Field::new("zone", "Zone.", TEXT, Presence::Required),
                Field::new("name", "Name.", NAME, Presence::Required),
                KIND,
                Field::new("set", "Set.", TEXT, Presence::Optional),
            ],
            key: &["zone", "name", "kind", "set"],
            import: "{zone}_{name}_{kind}[_{set}]",
            ..Table::new("record", "A record.")
        };
        for (id, name, kind, set) in [
            ("Z1_www_A", "www", "A", None),
            ("Z1__dmarc.example.com_TXT", "_dmarc.example.com", "TXT", None),
            ("Z1_www_A_blue_one", "www", "A", Some("blue_one")),
            ("Z1__a_b_TXT_A", "_a_b", "TXT", Some("A")),
            ("Z1__TXT", "", "TXT", None),
            ("Z1__TXT_blue", "", "TXT", Some("blue")),
        ] {
            let key = parse(&RECORD, RECORD.import, id).unwrap();
            assert_eq!((member(&key, "name"), member(&key, "kind")), (&name.into(), &kind.into()), "{id}");
            assert_eq!(member(&key, "set"), &set.map(Value::from).unwrap_or_default(), "{id}");
            assert_eq!(id_of(&RECORD, &key), id);
        }
        assert!(parse(&RECORD, RECORD.import, "Z1_www_MX").is_none());
        assert_eq!(shown_pattern(&RECORD), "`<zone>_<name>_<kind>[_<set>]`");
    }

    #[test]
    fn a_first_part_in_brackets_says_where_the_object_was() {
        const GUEST: Table = Table {
            fields: &[
                Field::new("node", "Node.", TEXT, Presence::Required),
                Field::new("number", "Number.", Kind::Number(crate::schema::Shape::Unsigned), Presence::Required),
            ],
            key: &["number"],
            import: "[{node}/]{number}",
            ..Table::new("guest", "A guest.")
        };
        let key = Object::from([("number".to_owned(), Value::Number(Number::from(100_u64)))]);
        assert_eq!(parse(&GUEST, GUEST.import, "pve1/100"), Some(key.clone()));
        assert_eq!(parse(&GUEST, GUEST.import, "100"), Some(key.clone()));
        assert_eq!(parse(&GUEST, GUEST.import, "pve1/"), None);
        assert_eq!((id_of(&GUEST, &key).as_str(), shown_pattern(&GUEST).as_str()), ("100", "`[<node>/]<number>`"));
    }

    #[test]
    fn an_id_with_too_few_or_empty_parts_is_refused() {
        for wrong in ["", "infra/net", "infra/net:TOKEN", "infra/net::x", "::"] {
            assert!(parse(&TABLE, &pattern(&TABLE), wrong).is_none(), "{wrong}");
        }
        assert_eq!(shown_pattern(&TABLE), "`<project>:<key>:<scope>`");
    }
}
