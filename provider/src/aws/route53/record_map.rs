//! Records by their keys, such as `www A` or `www A blue`, and the edits that make one map of them another.

use std::collections::BTreeMap;

use aws_sdk_route53::types::ResourceRecordSet;
use tfplugin::prelude::*;

use super::edit::Edit;
use super::record_name::{RecordName, within};
use super::record_set::{RecordSet, RecordType, same};
use super::set_key::SetKey;
use super::value_form::values_fit;

/// How many problems are told at once.
const MOST_TOLD: usize = 10;

type Sets = BTreeMap<SetKey, ResourceRecordSet>;

/// Refuses a map without records, and keys and policies that do not belong together.
pub fn check(records: &BTreeMap<String, RecordSet>) -> Result<(), String> {
    if records.is_empty() {
        return Err("holds no record".to_owned());
    }
    let mut seen = BTreeMap::new();
    for (key, set) in records {
        let (name, kind, identifier) = parts(key)?;
        if set.is_routed() != identifier.is_some() {
            let what = if set.is_routed() { "a set identifier behind its type" } else { "a routing policy" };
            return Err(format!("needs {what} for `{key}`"));
        }
        if let Some(values) = set.values() {
            let kind = kind.parse().map_err(|reason| format!("holds `{key}`: {reason}"))?;
            values_fit(values, &kind).map_err(|reason| format!("holds `{key}`, which {reason}"))?;
        }
        if let Some(other) = seen.insert(SetKey::new(&name, &kind, identifier), key) {
            return Err(format!("holds `{other}` and `{key}`, which are the same record"));
        }
    }
    Ok(())
}

/// Name, type and identifier of a key.
fn parts(key: &str) -> Result<(String, String, Option<String>), String> {
    let refused = |reason: String| format!("holds `{key}`, which is not `<name> <type>`: {reason}");
    let (name, rest) = key.split_once(' ').ok_or_else(|| refused("there is no type".to_owned()))?;
    let (kind, identifier) = rest.split_once(' ').map_or((rest, None), |(kind, rest)| (kind, Some(rest.to_owned())));
    name.parse::<RecordName>().map_err(refused)?;
    kind.parse::<RecordType>().map_err(refused)?;
    Ok((name.to_owned(), kind.to_owned(), identifier.filter(|identifier| !identifier.is_empty())))
}

/// The record set that a key names in a zone.
pub fn keyed(key: &str, zone: &str) -> Option<SetKey> {
    let (name, kind, identifier) = parts(key).ok()?;
    Some(SetKey::new(&within(&name, zone), &kind, identifier))
}

/// The record sets as Route 53 takes them.
pub fn sets(records: &BTreeMap<String, RecordSet>, zone: &str) -> Result<Sets> {
    let mut sets = Sets::new();
    for (key, set) in records {
        let place = keyed(key, zone).ok_or_else(|| Error::new(format!("`{key}` is not `<name> <type>`")))?;
        let set = set.sent(&place.name(), &place.kind, place.identifier.as_deref())?;
        if sets.insert(place, set).is_some() {
            let error = Error::new(format!("`{key}` names a record that another key names, too"));
            return Err(error.hint("Remove one of them.").at_attribute("records"));
        }
    }
    Ok(sets)
}

/// The edits that make `after` of `before`, one for each name; those of aliases come last, since what they target can be in
/// a batch before theirs.
pub fn edits(before: &Sets, after: &Sets) -> Vec<Edit> {
    let mut edits: BTreeMap<SetKey, Edit> = BTreeMap::new();
    let stays =
        |key: &SetKey| matches!((before.get(key), after.get(key)), (Some(one), Some(other)) if same(one, other));
    for (key, set) in before.iter().filter(|(key, _)| !stays(key)) {
        edits.entry(key.first_of_name()).or_default().before.push(set.clone());
    }
    for (key, set) in after.iter().filter(|(key, _)| !stays(key)) {
        edits.entry(key.first_of_name()).or_default().after.push(set.clone());
    }
    let mut edits: Vec<Edit> = edits.into_values().collect();
    edits.sort_by_key(|edit| edit.after.iter().any(|set| set.alias_target.is_some()));
    edits
}

/// One error for all edits that failed, each with its records.
pub fn named(edits: &[Edit], results: Vec<Result<()>>) -> Result<()> {
    let total = results.len();
    let failed = edits.iter().zip(results).filter_map(|(edit, result)| Some((edit, result.err()?)));
    let failed: Vec<(&Edit, Error)> = failed.collect();
    let Some((_, first)) = failed.first() else { return Ok(()) };
    let told = failed.iter().take(MOST_TOLD).map(|(edit, error)| {
        let keys: Vec<String> = edit.keys().iter().map(ToString::to_string).collect();
        format!("{}: {}", keys.join(", "), error.message())
    });
    let more = failed.len().saturating_sub(MOST_TOLD);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    let told: Vec<String> = told.collect();
    let text = format!("{} of {total} names failed: {}{more}", failed.len(), told.join("; "));
    let error = match first {
        _ if failed.iter().all(|(_, error)| error.is_not_found()) => Error::not_found(text),
        first if first.is_stopped() => Error::stopped(text),
        _ => Error::new(text),
    };
    Err(match first.hint_text() {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

/// The same error for a resource that may be half made: what is left of a create is an update, and its failure taints.
pub fn kept(error: Error) -> Error {
    let untaint = "If it is tainted now, `terraform untaint` keeps its records: else the next apply makes them anew.";
    let hint = error.hint_text().map_or_else(|| untaint.to_owned(), |hint| format!("{hint} {untaint}"));
    error.hint(hint)
}

/// What is managed of what the zone has, with the keys of `prior`; with `others`, all but what the zone cannot do without.
pub fn reconciled(
    prior: Option<&BTreeMap<String, RecordSet>>,
    actual: BTreeMap<String, RecordSet>,
    zone: &str,
    others: bool,
) -> BTreeMap<String, RecordSet> {
    let placed = actual.into_iter().filter_map(|(key, set)| Some((keyed(&key, zone)?, set)));
    let mut left: BTreeMap<SetKey, RecordSet> = placed.collect();
    let mut records = BTreeMap::new();
    for (key, prior) in prior.into_iter().flatten() {
        if let Some(set) = keyed(key, zone).and_then(|place| left.remove(&place)) {
            records.insert(key.clone(), set.settled(Some(prior)));
        }
    }
    if others {
        left.retain(|key, _| !key.is_essential(zone));
        records.extend(left.into_iter().map(|(key, set)| (key.to_string(), set.settled(None))));
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(value: &str) -> RecordSet {
        let set = ResourceRecordSet::builder().name("a.").r#type("A".into()).ttl(60);
        let value = aws_sdk_route53::types::ResourceRecord::builder().value(value).build().unwrap();
        RecordSet::answered(&set.resource_records(value).build().unwrap()).unwrap()
    }

    fn map(entries: &[(&str, &str)]) -> BTreeMap<String, RecordSet> {
        entries.iter().map(|(key, value)| ((*key).to_owned(), record(value))).collect()
    }

    #[test]
    fn a_key_is_a_name_and_a_type() {
        let shown = |key: &str| keyed(key, "example.com").map(|key| key.to_string());
        assert_eq!(shown("www A").as_deref(), Some("www.example.com A"));
        assert_eq!(shown(" MX").as_deref(), Some("example.com MX"));
        assert_eq!(shown("www A blue one").as_deref(), Some("www.example.com A blue one"));
        for wrong in ["www", "www X", "a..b A"] {
            assert!(check(&map(&[(wrong, "192.0.2.1")])).is_err(), "{wrong}");
        }
        assert!(check(&map(&[])).is_err() && check(&map(&[("www A blue", "192.0.2.1")])).is_err());
        assert!(check(&map(&[("www A", "192.0.2.1"), ("WWW. A", "192.0.2.1")])).is_err());
    }

    #[test]
    fn all_of_a_name_is_one_edit_and_what_stays_is_none() {
        let before = sets(&map(&[("www A", "192.0.2.1"), ("api A", "192.0.2.2")]), "example.com").unwrap();
        let after = sets(&map(&[("www CNAME", "api"), ("api.example.com A", "192.0.2.2")]), "example.com").unwrap();
        let edits = edits(&before, &after);
        assert_eq!(edits.len(), 1);
        assert_eq!((edits[0].before.len(), edits[0].after.len()), (1, 1));
    }

    #[test]
    fn others_are_shown_only_where_they_are_to_go() {
        let actual = || {
            map(&[
                ("example.com NS", "ns-1.example.net"),
                ("www.example.com A", "192.0.2.1"),
                ("x.example.com A", "192.0.2.2"),
            ])
        };
        let prior = map(&[("www A", "192.0.2.1"), ("gone A", "192.0.2.3")]);
        let keys = |others| reconciled(Some(&prior), actual(), "example.com", others).into_keys().collect::<Vec<_>>();
        assert_eq!(keys(false), ["www A"]);
        assert_eq!(keys(true), ["www A", "x.example.com A"]);
        assert_eq!(reconciled(None, actual(), "example.com", true).len(), 2);
    }

    #[test]
    fn each_failure_is_named() {
        let edits = edits(&Sets::new(), &sets(&map(&[("a A", "192.0.2.1"), ("b A", "x")]), "example.com").unwrap());
        let error = named(&edits, vec![Ok(()), Err(Error::new("it is wrong").hint("Mend it."))]).unwrap_err();
        assert_eq!(error.message(), "1 of 2 names failed: b.example.com A: it is wrong");
    }
}
