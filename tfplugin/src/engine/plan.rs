//! The plan: what each attribute will be, from the configurations and the prior state alone.

use crate::Error;
use crate::schema::{
    Field, Kind, Merge, Table, Volatile, completed_value, corresponds, equal, member, missing_for_create, partner,
};
use crate::value::{Gather, Object, Path, Step, Value};

/// A planned object and the attributes whose change replaces the resource.
#[derive(Debug)]
pub(crate) struct Plan {
    pub planned: Object,
    pub replace: Vec<Path>,
    /// What no plan may do: changes that are refused, and creates without what they need.
    pub refused: Vec<Error>,
}

/// What an update does with the values that the backend decided.
#[derive(Clone, Copy, PartialEq)]
enum Renewal {
    /// They stay, unless they are computed from something that changes.
    Least,
    /// Those that are `volatile` change.
    Volatile,
    /// All change: a successor has its own.
    All,
}

/// Plans a create (`prior` is none) or an update. `backend` is what the provider's configuration says about the backend,
/// and `is_due` says of what is generated whether its time is over.
pub(crate) fn plan(
    table: &Table,
    backend: &Value,
    config: &Object,
    prior: Option<&Object>,
    is_due: impl FnOnce(Object) -> bool,
) -> Plan {
    let top = |name: &str| Before { value: prior.map(|prior| member(prior, name)), same: true };
    let mut planned = plan_object(table.fields, config, top);
    for (field, merge) in table.fields.iter().filter_map(|field| Some((field, field.merge?))) {
        let merged = merged(merge, backend, &planned);
        planned.insert(field.name.to_owned(), merged);
    }
    let Some(prior) = prior else {
        let refused = missing_for_create(table.fields, table.rules, config);
        return Plan { planned, replace: Vec::new(), refused };
    };
    let touched = table.fields.iter().any(|field| differs(field, prior, &planned) && !is_note(table.fields, field));
    let renewal = match (table.generated, touched) {
        (true, touched) if touched || is_due(noted(table.fields, prior, &planned)) => Renewal::All,
        (false, true) => Renewal::Volatile,
        _ => Renewal::Least,
    };
    renew(table.fields, config, prior, &mut planned, renewal);
    let mut replace = Vec::new();
    replacements(table.fields, prior, &planned, &Path::default(), &mut replace);
    let refused = refused_changes(table.fields, config, prior, &planned);
    Plan { planned, replace, refused }
}

/// The defaults with the object's own entries over them; unknown as a whole until both are known.
fn merged(Merge { defaults, own }: Merge, backend: &Value, planned: &Object) -> Value {
    let defaults = match backend {
        Value::Unknown => &Value::Unknown,
        backend => backend.as_map().map_or(&Value::Null, |backend| member(backend, defaults)),
    };
    let both = [defaults, member(planned, own)];
    if !both.iter().all(|map| map.is_wholly_known()) {
        return Value::Unknown;
    }
    let entries = both.into_iter().filter_map(Value::as_map).flatten();
    Value::Map(entries.map(|(key, value)| (key.clone(), value.clone())).gather())
}

/// The changes that attributes refuse. What somebody else still has to say may turn out to be the same; what the backend
/// will add to it makes no difference.
pub(crate) fn refused_changes(fields: &[Field], config: &Object, prior: &Object, planned: &Object) -> Vec<Error> {
    let refused = fields.iter().filter(|field| differs(field, prior, planned)).filter_map(|field| {
        let (prior, planned) = (member(prior, field.name), member(planned, field.name));
        if planned.is_unknown() || !member(config, field.name).is_wholly_known() {
            return None;
        }
        if let Some(loss) = field.fixed {
            let text = format!("`{}` cannot be changed: a replacement {loss}", field.name);
            let hint =
                "Put the old value back; or, if that loss is meant, remove the resource, apply, and add it anew.";
            return Some(Error::new(text).hint(hint).at_attribute(field.name));
        }
        // A state may be older than what its objects have by now.
        let reason = field.change?(&completed_value(&field.kind, prior.clone()), planned).err()?;
        Some(Error::new(format!("`{}` {reason}", field.name)).at_attribute(field.name))
    });
    refused.collect()
}

/// Whether a change of the attribute is no more than a note in the state: the backend is not told about it.
pub(crate) fn is_note(fields: &[Field], field: &Field) -> bool {
    field.local && !is_version(fields, field)
}

/// Whether the attribute is the version of a write-only one, so that its change sends the value.
pub(crate) fn is_version(fields: &[Field], field: &Field) -> bool {
    let name = field.name.strip_suffix("_version");
    name.is_some_and(|name| fields.iter().any(|field| field.write_only && field.name == name))
}

/// The object as it is, with the notes that are planned.
fn noted(fields: &[Field], prior: &Object, planned: &Object) -> Object {
    let mut noted = prior.clone();
    for field in fields.iter().filter(|field| field.local && !field.is_computed_only()) {
        let planned = member(planned, field.name);
        if planned.is_wholly_known() {
            noted.insert(field.name.to_owned(), planned.clone());
        }
    }
    noted
}

/// Makes unknown again what the backend computes anew, and what is computed from that.
fn renew(fields: &[Field], config: &Object, prior: &Object, planned: &mut Object, renewal: Renewal) {
    for field in fields {
        let (config, prior) = (member(config, field.name), member(prior, field.name));
        if let Some(planned) = planned.get_mut(field.name) {
            renew_inside(&field.kind, config, prior, planned, renewal);
        }
    }
    let mut stale: Vec<&Field> = fields.iter().filter(|field| is_left_to_backend(field, config)).collect();
    loop {
        let (anew, rest): (Vec<&Field>, Vec<&Field>) = stale.into_iter().partition(|field| match field.volatile {
            _ if renewal == Renewal::All => true,
            Volatile::Never => false,
            Volatile::Always => renewal == Renewal::Volatile,
            Volatile::With(names) => names.iter().any(|name| member(prior, name) != member(planned, name)),
        });
        if anew.is_empty() {
            return;
        }
        for field in anew {
            planned.insert(field.name.to_owned(), Value::Unknown);
        }
        stale = rest;
    }
}

/// The same inside an attribute, where it is certain what stood in each place before.
fn renew_inside(kind: &Kind, config: &Value, prior: &Value, planned: &mut Value, renewal: Renewal) {
    let (Value::Map(config), Value::Map(prior), Value::Map(planned)) = (config, prior, planned) else { return };
    match kind {
        Kind::Object(fields) => renew(fields, config, prior, planned, renewal),
        Kind::Map(kind) => {
            for (key, planned) in planned {
                renew_inside(kind, member(config, key), member(prior, key), planned, renewal);
            }
        }
        _ => {}
    }
}

fn differs(field: &Field, prior: &Object, planned: &Object) -> bool {
    member(prior, field.name) != member(planned, field.name)
}

/// Whether the backend decides the value: nobody configured it and no default fills it.
fn is_left_to_backend(field: &Field, config: &Object) -> bool {
    field.is_computed_only() || (field.computed && member(config, field.name).is_null())
}

/// What stood in a value's place before.
#[derive(Clone, Copy)]
struct Before<'a> {
    value: Option<&'a Value>,
    /// Whether it is certainly the same object. Its spelling holds in any case, what the backend computed for it only then.
    same: bool,
}

impl<'a> Before<'a> {
    fn member(self, name: &str) -> Before<'a> {
        Before { value: self.value.and_then(Value::as_map).map(|prior| member(prior, name)), ..self }
    }

    /// What the backend computed, if it still holds.
    fn computed(self) -> Value {
        self.value.filter(|_| self.same).cloned().unwrap_or(Value::Unknown)
    }
}

fn plan_object<'a>(fields: &[Field], config: &Object, before: impl Fn(&str) -> Before<'a>) -> Object {
    let planned = fields.iter().map(|field| {
        let value = plan_field(field, member(config, field.name), before(field.name));
        (field.name.to_owned(), value)
    });
    planned.gather()
}

fn plan_field(field: &Field, config: &Value, before: Before<'_>) -> Value {
    if field.write_only {
        return Value::Null;
    }
    if field.is_computed_only() {
        return match before.computed() {
            Value::Null if !field.nullable => Value::Unknown,
            value => value,
        };
    }
    match (config, field.default) {
        (Value::Null, Some(default)) => spelled(&field.kind, default(), before.value),
        (Value::Null, None) if field.computed => before.computed(),
        (config, _) => plan_value(&field.kind, config, before),
    }
}

/// The configured value, in the prior spelling where both mean the same.
fn plan_value(kind: &Kind, config: &Value, before: Before<'_>) -> Value {
    let planned = match (kind, config) {
        (Kind::Object(fields), Value::Map(members)) => {
            Value::Map(plan_object(fields, members, |name| before.member(name)))
        }
        // An element that changed, or still may, can be another one: nothing of the one in its place is promised.
        (Kind::List(kind @ Kind::Object(_)), Value::List(elements)) => {
            let prior = before.value.and_then(Value::as_list).unwrap_or_default();
            let elements = elements.iter().enumerate().map(|(index, element)| {
                let value = prior.get(index);
                let same = before.same && value.is_some_and(|prior| is_same(kind, element, prior));
                plan_value(kind, element, Before { value, same })
            });
            Value::List(elements.collect())
        }
        (Kind::Set(kind @ Kind::Object(_)), Value::List(elements)) => {
            let prior = before.value.and_then(Value::as_list).unwrap_or_default();
            let elements = elements.iter().enumerate().map(|(index, element)| {
                let value = partner(prior, index, |prior| is_same(kind, element, prior));
                plan_value(kind, element, Before { value, ..before })
            });
            Value::List(elements.collect())
        }
        (Kind::Map(kind @ Kind::Object(_)), Value::Map(members)) => {
            let prior = before.value.and_then(Value::as_map);
            let members = members.iter().map(|(key, member)| {
                let value = prior.and_then(|prior| prior.get(key));
                (key.clone(), plan_value(kind, member, Before { value, ..before }))
            });
            Value::Map(members.gather())
        }
        (_, config) => config.clone(),
    };
    spelled(kind, planned, before.value)
}

/// Whether the configured element is certain to be this one.
fn is_same(kind: &Kind, element: &Value, prior: &Value) -> bool {
    element.is_wholly_known() && corresponds(kind, element, prior)
}

fn spelled(kind: &Kind, planned: Value, prior: Option<&Value>) -> Value {
    match prior {
        Some(prior) if equal(kind, prior, &planned) => prior.clone(),
        _ => planned,
    }
}

/// The attributes whose change replaces the resource, wherever they stand.
fn replacements(fields: &[Field], prior: &Object, planned: &Object, at: &Path, found: &mut Vec<Path>) {
    for field in fields.iter().filter(|field| differs(field, prior, planned)) {
        let path = at.then(Step::Attribute(field.name.to_owned()));
        if field.replace && !is_untold(field, prior, planned) {
            found.push(path);
        } else {
            replacements_inside(&field.kind, member(prior, field.name), member(planned, field.name), &path, found);
        }
    }
}

/// Whether nobody says what the object was made with, or is to be: an import knows no carried value.
fn is_untold(field: &Field, prior: &Object, planned: &Object) -> bool {
    field.is_carried() && [prior, planned].iter().any(|object| member(object, field.name).is_null())
}

fn replacements_inside(kind: &Kind, prior: &Value, planned: &Value, at: &Path, found: &mut Vec<Path>) {
    match (kind, prior, planned) {
        (Kind::Object(fields), Value::Map(prior), Value::Map(planned)) => {
            replacements(fields, prior, planned, at, found);
        }
        (Kind::List(kind), Value::List(prior), Value::List(planned)) => {
            for (index, (prior, planned)) in prior.iter().zip(planned).enumerate() {
                let path = at.then(Step::Index(index.try_into().unwrap_or(i64::MAX)));
                replacements_inside(kind, prior, planned, &path, found);
            }
        }
        (Kind::Map(kind), Value::Map(prior), Value::Map(planned)) => {
            for (key, prior) in prior {
                let path = at.then(Step::Key(key.clone()));
                replacements_inside(kind, prior, member(planned, key), &path, found);
            }
        }
        // An element of a set has no path, and one that changed is another element: the set itself is named.
        (Kind::Set(Kind::Object(fields)), Value::List(prior), Value::List(planned)) => {
            let fixed: Vec<&Field> = fields.iter().filter(|field| field.replace).collect();
            let same = |one: &Value, other: &Value| match (one.as_map(), other.as_map()) {
                (Some(one), Some(other)) => fixed.iter().all(|field| !differs(field, one, other)),
                _ => false,
            };
            if !fixed.is_empty() && !planned.iter().all(|planned| prior.iter().any(|prior| same(planned, prior))) {
                found.push(at.clone());
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Presence, Text};

    const TEXT: Kind = Kind::String(Text::ANY);
    const SIZE: Field = Field { replace: true, ..Field::new("size", "Size.", TEXT, Presence::Optional) };
    const NOTE: Field = Field::new("note", "Note.", TEXT, Presence::Optional);
    const NUMBER: Field =
        Field { volatile: Volatile::With(&["note"]), ..Field::new("number", "Number.", TEXT, Presence::Computed) };
    const DISK: Kind = Kind::Object(&[SIZE, NOTE, NUMBER]);

    fn disk(size: &str, note: &str, number: Option<&str>) -> Value {
        let number = number.map(Value::from).unwrap_or_default();
        let members = [("size", size.into()), ("note", note.into()), ("number", number)];
        Value::Map(members.map(|(name, value)| (name.to_owned(), value)).into())
    }

    /// The plan of one attribute of this kind.
    fn planned(kind: Kind, prior: Value, config: Value) -> (Value, Vec<String>) {
        let fields: &'static [Field] = vec![Field::new("disk", "Disk.", kind, Presence::Optional)].leak();
        let table = Table { fields, ..Table::new("thing", "A thing.") };
        let object = |value| Object::from([("disk".to_owned(), value)]);
        let mut plan = plan(&table, &Value::Null, &object(config), Some(&object(prior)), |_| false);
        let replace = plan.replace.iter().map(ToString::to_string).collect();
        (plan.planned.remove("disk").unwrap(), replace)
    }

    #[test]
    fn what_the_backend_adds_puts_no_judgement_off() {
        let grows = |prior: &Value, planned: &Value| {
            let size = |value: &Value| value.as_map().map(|disk| member(disk, "size").clone());
            match (size(prior), size(planned)) {
                (Some(prior), Some(Value::String(planned))) if prior.as_str() > Some(&planned) => {
                    Err("makes it smaller".to_owned())
                }
                _ => Ok(()),
            }
        };
        let fields = [Field { change: Some(grows), ..Field::new("disk", "Disk.", DISK, Presence::Optional) }];
        let object = |value| Object::from([("disk".to_owned(), value)]);
        let unknown = |size: Value, number: Value| {
            let members = [("size", size), ("note", "b".into()), ("number", number)];
            object(Value::Map(members.map(|(name, value)| (name.to_owned(), value)).into()))
        };
        let prior = object(disk("2", "a", Some("7")));
        let refused = |config: Object, planned: Object| refused_changes(&fields, &config, &prior, &planned).len();
        assert_eq!(refused(object(disk("1", "b", None)), unknown("1".into(), Value::Unknown)), 1);
        assert_eq!(refused(object(disk("3", "b", None)), unknown("3".into(), Value::Unknown)), 0);
        let later = unknown(Value::Unknown, Value::Null);
        assert_eq!(refused(later, unknown(Value::Unknown, Value::Unknown)), 0, "it may turn out to be larger");
        assert_eq!(refused(object(Value::Null), object(Value::Unknown)), 0);
    }

    #[test]
    fn a_change_is_judged_with_the_defaults_that_an_old_state_lacks() {
        const LOCK: Kind = Kind::Object(&[Field {
            default: Some(|| "open".into()),
            ..Field::new("state", "State.", TEXT, Presence::Optional)
        }]);
        let stays = |prior: &Value, planned: &Value| match prior.as_map().map(|prior| member(prior, "state")) {
            Some(Value::String(_)) if prior != planned => Err("stays as it is".to_owned()),
            Some(Value::String(_)) => Ok(()),
            other => panic!("a lock without a state: {other:?}"),
        };
        let fields = [Field { change: Some(stays), ..Field::new("lock", "Lock.", LOCK, Presence::Optional) }];
        let lock = |state: Value| {
            let lock = Value::Map(Object::from([("state".to_owned(), state)]));
            Object::from([("lock".to_owned(), lock)])
        };
        let refused = |state: &str| {
            let planned = lock(state.into());
            refused_changes(&fields, &planned, &lock(Value::Null), &planned).len()
        };
        assert_eq!((refused("shut"), refused("open")), (1, 0));
    }

    #[test]
    fn a_replacement_inside_an_attribute_is_named_where_it_stands() {
        let (small, large) = (|| disk("1", "a", Some("7")), || disk("2", "a", None));
        let map = |disk| Value::Map(Object::from([("k".to_owned(), disk)]));
        let list = |disk| Value::List(vec![disk]);
        assert_eq!(planned(DISK, small(), large()).1, ["disk.size"]);
        assert_eq!(planned(Kind::List(&DISK), list(small()), list(large())).1, ["disk[0].size"]);
        assert_eq!(planned(Kind::Map(&DISK), map(small()), map(large())).1, ["disk[\"k\"].size"]);
        assert_eq!(planned(Kind::Set(&DISK), list(small()), list(large())).1, ["disk"]);
        let noted = || disk("1", "b", None);
        assert_eq!(planned(Kind::Set(&DISK), list(small()), list(noted())).1, [""; 0]);
        assert_eq!(planned(DISK, small(), Value::Unknown).1, [""; 0]);
    }

    #[test]
    fn a_carried_value_replaces_only_where_it_is_known_before_and_after() {
        let fields: &'static [Field] = &[Field { local: true, ..SIZE }];
        let table = Table { fields, ..Table::new("thing", "A thing.") };
        let object = |value: Value| Object::from([("size".to_owned(), value)]);
        let replaces = |prior: Value, config: Value| {
            !plan(&table, &Value::Null, &object(config), Some(&object(prior)), |_| false).replace.is_empty()
        };
        assert!(replaces("1".into(), "2".into()));
        assert!(!replaces(Value::Null, "2".into()), "it was imported");
        assert!(!replaces("1".into(), Value::Null));
    }

    #[test]
    fn a_change_of_what_is_fixed_is_refused_unless_it_is_unknown_or_new() {
        let fields: &'static [Field] = &[Field { fixed: Some("deletes its data"), ..SIZE }];
        let table = Table { fields, ..Table::new("thing", "A thing.") };
        let object = |value: Value| Object::from([("size".to_owned(), value)]);
        let refused =
            |prior, config| plan(&table, &Value::Null, &object(config), Some(&object(prior)), |_| false).refused.len();
        assert_eq!(refused("1".into(), "2".into()), 1);
        assert_eq!(refused("1".into(), Value::Null), 1);
        assert_eq!(refused("1".into(), "1".into()), 0);
        assert_eq!(refused("1".into(), Value::Unknown), 0);
        assert_eq!(
            refused_changes(fields, &object("2".into()), &object("1".into()), &object("2".into()))[0].path(),
            Some(&Path::default().then(Step::Attribute("size".into())))
        );
    }

    #[test]
    fn a_merged_map_follows_the_backend_and_the_object() {
        let fields: &'static [Field] = vec![
            Field::new("tags", "Tags.", Kind::Map(&TEXT), Presence::Optional),
            Field {
                merge: Some(Merge { defaults: "default_tags", own: "tags" }),
                ..Field::new("tags_all", "All.", Kind::Map(&TEXT), Presence::Computed)
            },
        ]
        .leak();
        let table = Table { fields, ..Table::new("thing", "A thing.") };
        let map = |entries: &[(&str, &str)]| {
            Value::Map(entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).into())).collect())
        };
        let backend = |tags: Value| Value::Map(Object::from([("default_tags".to_owned(), tags)]));
        let object = |tags: Value, all: Value| Object::from([("tags".to_owned(), tags), ("tags_all".to_owned(), all)]);
        let all = |backend: &Value, tags: Value, prior: Option<&Object>| {
            let mut plan = plan(&table, backend, &object(tags, Value::Null), prior, |_| false);
            plan.planned.remove("tags_all").unwrap()
        };
        let defaults = backend(map(&[("team", "core"), ("env", "test")]));
        let own = || map(&[("env", "live")]);
        let both = map(&[("team", "core"), ("env", "live")]);
        assert_eq!(all(&defaults, own(), None), both);
        let prior = object(own(), own());
        assert_eq!(all(&defaults, own(), Some(&prior)), both, "a default that is new is a change");
        assert_eq!(all(&Value::Null, own(), Some(&object(own(), both))), own(), "and so is one that is gone");
        assert_eq!(all(&Value::Null, Value::Null, None), map(&[]));
        for (backend, tags) in [
            (Value::Unknown, own()),
            (backend(Value::Unknown), own()),
            (backend(Value::Map(Object::from([("a".to_owned(), Value::Unknown)]))), own()),
            (backend(Value::Null), Value::Unknown),
        ] {
            assert_eq!(all(&backend, tags, None), Value::Unknown);
        }
    }

    #[test]
    fn what_is_volatile_inside_an_attribute_is_unknown_when_its_neighbour_changes() {
        let prior = || disk("1", "a", Some("7"));
        assert_eq!(planned(DISK, prior(), disk("1", "a", None)).0, prior());
        let (plan, _) = planned(DISK, prior(), disk("1", "b", None));
        assert_eq!(plan.as_map().unwrap()["number"], Value::Unknown);
        let map = |disk| Value::Map(Object::from([("k".to_owned(), disk)]));
        assert_eq!(planned(Kind::Map(&DISK), map(prior()), map(disk("1", "a", None))).0, map(prior()));
        let (plan, _) = planned(Kind::Map(&DISK), map(prior()), map(disk("1", "b", None)));
        assert_eq!(plan.as_map().unwrap()["k"].as_map().unwrap()["number"], Value::Unknown);
    }

    #[test]
    fn an_element_that_moved_keeps_nothing_of_the_one_in_its_place() {
        let prior = Value::List(vec![disk("1", "a", Some("7")), disk("2", "b", Some("8"))]);
        let config = Value::List(vec![disk("2", "b", None), disk("2", "b", None)]);
        let (plan, _) = planned(Kind::List(&DISK), prior, config);
        let numbers: Vec<_> = plan.as_list().unwrap().iter().map(|disk| &disk.as_map().unwrap()["number"]).collect();
        assert_eq!(numbers, [&Value::Unknown, &Value::from("8")]);
    }
}
