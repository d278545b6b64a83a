//! Validation of a configuration: what is wrong or doubtful, and where, before anything is changed.

use crate::Error;
use crate::schema::compare::{completed_value, member};
use crate::schema::words::not_a_word;
use crate::schema::{Field, Kind, Rule, Shape, Text};
use crate::value::{Object, Path, Step, Value};

/// What validation has to say about a configuration; each finding has the path of its attribute.
#[derive(Debug, Default)]
pub struct Findings {
    /// What is wrong.
    pub errors: Vec<Error>,
    /// What is allowed and may not be meant.
    pub warnings: Vec<Error>,
}

/// Looks at a whole configuration. Unknown values are skipped; a null that a default fills is checked.
pub fn validate(fields: &[Field], rules: &[Rule], config: &Object) -> Findings {
    let mut findings = Findings::default();
    validate_object(fields, rules, config, &Path::default(), &mut findings);
    findings
}

fn validate_object(fields: &[Field], rules: &[Rule], config: &Object, at: &Path, findings: &mut Findings) {
    for field in fields {
        let path = at.then(Step::Attribute(field.name.to_owned()));
        let given = member(config, field.name);
        if field.is_computed_only() {
            if !given.is_null() {
                let text = format!("`{path}` is set by the backend");
                findings.errors.push(Error::new(text).hint("Remove it from the configuration.").at(path));
            }
            continue;
        }
        let default = field.default.map(|default| default()).unwrap_or_default();
        let value = if given.is_null() { &default } else { given };
        match value {
            Value::Unknown => {}
            Value::Null if field.presence == crate::schema::Presence::Required && !field.is_filled_in() => {
                findings.errors.push(Error::new(format!("`{path}` is required")).at(path));
            }
            Value::Null => {}
            value => {
                validate_value(&field.kind, field.rules, value, &path, findings);
                if let (Some(check), true) = (field.check, value.is_wholly_known())
                    && let Err(reason) = check(&completed_value(&field.kind, value.clone()))
                {
                    findings.errors.push(Error::new(format!("`{path}` {reason}")).at(path));
                }
            }
        }
    }
    findings.errors.extend(rules.iter().filter_map(|rule| judge(rule, fields, config, at)));
}

/// `rules` are those between the attributes of the objects in the value.
fn validate_value(kind: &Kind, rules: &[Rule], value: &Value, path: &Path, findings: &mut Findings) {
    if let (Kind::List(_) | Kind::Set(_) | Kind::Map(_), true) = (kind, has_null(value)) {
        let error = Error::new(format!("`{path}` holds a null")).hint("Leave the element out.");
        findings.errors.push(error.at(path.clone()));
    }
    match (kind, value) {
        (Kind::Number(shape), Value::Number(number)) => {
            let reason = match shape {
                Shape::Unsigned if number.as_u64().is_none() => "must be a whole number that is not negative",
                Shape::Signed if number.as_i64().is_none() => "must be a whole number",
                _ => return,
            };
            findings.errors.push(Error::new(format!("`{path}` {reason}")).at(path.clone()));
        }
        (Kind::String(rule), Value::String(text)) => {
            let finding = |reason: String| Error::new(format!("`{path}`: {reason}")).at(path.clone());
            findings.errors.extend(not_allowed(rule, text).map(finding));
            findings.warnings.extend(rule.warn.map(|warn| warn(text)).unwrap_or_default().into_iter().map(finding));
        }
        (Kind::List(kind), Value::List(elements)) => {
            for (index, element) in elements.iter().enumerate() {
                let index = i64::try_from(index).unwrap_or(i64::MAX);
                validate_value(kind, rules, element, &path.then(Step::Index(index)), findings);
            }
        }
        // A set's element has no path of its own on the wire.
        (Kind::Set(kind), Value::List(elements)) => {
            elements.iter().for_each(|element| validate_value(kind, rules, element, path, findings));
        }
        (Kind::Map(kind), Value::Map(members)) => {
            for (key, member) in members {
                validate_value(kind, rules, member, &path.then(Step::Key(key.clone())), findings);
            }
        }
        (Kind::Object(fields), Value::Map(members)) => validate_object(fields, rules, members, path, findings),
        _ => {}
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::List(elements) => elements.iter().any(Value::is_null),
        Value::Map(members) => members.values().any(Value::is_null),
        _ => false,
    }
}

/// Why a text is not allowed, if it is not.
pub fn not_allowed(rules: &Text, text: &str) -> Option<String> {
    if !rules.words.is_empty() && !rules.words.iter().any(|word| word.word == text) {
        return Some(not_a_word(text, rules.words));
    }
    rules.parse.and_then(|parse| parse(text).err())
}

/// What nothing is set of although an object that is to be created needs it.
pub(crate) fn missing_for_create(fields: &[Field], rules: &[Rule], config: &Object) -> Vec<Error> {
    let missing = |name: &&str| {
        let filled_in = fields.iter().any(|field| field.name == *name && field.is_filled_in());
        member(config, name).is_null() && !filled_in
    };
    let refused = rules.iter().filter_map(|rule| match rule {
        Rule::CreatedWith(names) if names.iter().all(&missing) => Some(names),
        _ => None,
    });
    refused.map(|names| Error::new(nothing_set(names)).at_attribute(names[0])).collect()
}

fn nothing_set(names: &[&str]) -> String {
    match names {
        [name] => format!("`{name}` is not set, and nothing can be created without it"),
        names => format!("nothing can be created without one of {}", quoted(names)),
    }
}

/// What a rule refuses, where everything that it names is known; `at` is the object's place.
fn judge(rule: &Rule, fields: &[Field], config: &Object, at: &Path) -> Option<Error> {
    let field = |name: &str| fields.iter().find(|field| field.name == name);
    let value = |name: &str| match member(config, name) {
        Value::Null => field(name).and_then(|field| field.default).map(|default| default()).unwrap_or_default(),
        given => given.clone(),
    };
    let whole = |name: &str| match field(name) {
        Some(field) => completed_value(&field.kind, value(name)),
        None => value(name),
    };
    let (name, text) = broken(rule, value, whole, |name| field(name).is_some_and(|field| field.computed))?;
    if at.0.is_empty() {
        return Some(Error::new(text).at_attribute(name));
    }
    // The tools show no line for an attribute that is not there, but one for the object that it is missing in.
    let there = !member(config, name).is_null();
    let path = if there { at.then(Step::Attribute(name.to_owned())) } else { at.clone() };
    Some(Error::new(format!("in `{at}` {text}")).at(path))
}

/// The attribute that breaks a rule, and what is wrong with it, with what each attribute holds, also with the defaults in
/// its objects, and whether the backend fills it in.
fn broken(
    rule: &Rule,
    value: impl Fn(&str) -> Value,
    whole: impl Fn(&str) -> Value,
    is_computed: impl Fn(&str) -> bool,
) -> Option<(&'static str, String)> {
    match rule {
        Rule::Conflicts(names) | Rule::OneOf(names) => {
            let values: Vec<_> = names.iter().map(|name| value(name)).collect();
            let set: Vec<_> = names.iter().zip(&values).filter(|(_, value)| !value.is_null()).collect();
            let known: Vec<_> = set.iter().filter(|(_, value)| !value.is_unknown()).map(|(name, _)| **name).collect();
            if known.len() > 1 {
                Some((known[1], format!("only one of {} can be set", quoted(&known))))
            } else if set.is_empty() && matches!(rule, Rule::OneOf(_)) {
                Some((names[0], format!("one of {} must be set", quoted(names))))
            } else {
                None
            }
        }
        Rule::Requires(name, needed) => {
            let given = value(name);
            let missing = !given.is_null() && !given.is_unknown() && value(needed).is_null();
            missing.then(|| (*name, format!("`{name}` needs `{needed}`")))
        }
        Rule::RequiresAny(name, needed) => {
            let given = value(name);
            let missing = !given.is_null() && !given.is_unknown() && needed.iter().all(|name| value(name).is_null());
            missing.then(|| (*name, format!("`{name}` needs one of {}", quoted(needed))))
        }
        Rule::RequiresWord(name, needed, word) => {
            let given = value(name);
            let is_another = match value(needed) {
                Value::Null => !is_computed(needed),
                other => other.as_str().is_some_and(|other| other != *word),
            };
            let refused = !given.is_null() && !given.is_unknown() && is_another;
            refused.then(|| (*name, format!("`{name}` needs `{needed} = {word:?}`")))
        }
        Rule::AtMost(name, most) => {
            let (given, most_given) = (value(name), value(most));
            let refused = given.as_number().zip(most_given.as_number()).is_some_and(|(given, most)| given > most);
            refused.then(|| (*name, format!("`{name}` cannot be above `{most}`")))
        }
        Rule::Fits(name, other, judge) => {
            let (given, beside) = (whole(name), whole(other));
            let known = [name, other].iter().all(|name| !value(name).is_null() && value(name).is_wholly_known());
            let reason = known.then(|| judge(&given, &beside).err()).flatten()?;
            Some((*name, format!("`{name}` {reason}")))
        }
        Rule::WhenTrue(name, needed) => {
            let missing = value(name).as_bool() == Some(true) && value(needed).is_null();
            missing.then(|| (*name, format!("`{name} = true` needs `{needed}`")))
        }
        Rule::WhenWord(name, needed, word) => {
            let missing = value(name).as_str() == Some(*word) && value(needed).is_null();
            missing.then(|| (*name, format!("`{name} = {word:?}` needs `{needed}`")))
        }
        // It is judged where it is known whether there is an object already.
        Rule::CreatedWith(_) => None,
        Rule::Implies(name, needed) => {
            let refused = value(name).as_bool() == Some(true) && value(needed).as_bool() == Some(false);
            refused.then(|| (*name, format!("`{name} = true` needs `{needed} = true`")))
        }
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Presence;

    const TEXT: Kind = Kind::String(Text::ANY);
    const FIELDS: &[Field] = &[
        Field::new("set", "Set.", TEXT, Presence::Optional),
        Field::new("weight", "Weight.", TEXT, Presence::Optional),
        Field::new("region", "Region.", TEXT, Presence::Optional),
        Field { computed: true, ..Field::new("zone", "Zone.", TEXT, Presence::Optional) },
    ];

    /// What is wrong when these are set.
    fn wrong(config: &[(&str, Value)]) -> Vec<String> {
        let config = config.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let rules = [Rule::RequiresAny("set", &["weight", "region"])];
        let errors = validate(FIELDS, &rules, &config).errors;
        errors.iter().map(|error| error.message().to_owned()).collect()
    }

    #[test]
    fn one_of_several_is_enough_and_what_is_unknown_may_be_it() {
        assert_eq!(wrong(&[("set", "a".into())]), ["`set` needs one of `weight`, `region`"]);
        assert!(wrong(&[("set", "a".into()), ("region", "x".into())]).is_empty());
        assert!(wrong(&[("set", "a".into()), ("weight", Value::Unknown)]).is_empty());
        assert!(wrong(&[("set", Value::Unknown)]).is_empty() && wrong(&[]).is_empty());
    }

    #[test]
    fn a_word_and_a_limit_are_judged_where_both_sides_are_known() {
        let number = |number: u64| Value::Number(number.into());
        let refused = |rule: Rule, set: Value, weight: Value| {
            let config = Object::from([("set".to_owned(), set), ("weight".to_owned(), weight)]);
            judge(&rule, FIELDS, &config, &Path::default()).map(|error| error.message().to_owned())
        };
        let word = |set: Value, weight: Value| refused(Rule::RequiresWord("set", "weight", "all"), set, weight);
        for weight in ["none".into(), Value::Null] {
            assert_eq!(word("a".into(), weight).as_deref(), Some("`set` needs `weight = \"all\"`"));
        }
        for (set, weight) in [("a".into(), "all".into()), (Value::Null, "none".into()), (Value::Unknown, "none".into())]
        {
            assert_eq!(word(set, weight), None);
        }
        assert_eq!(word("a".into(), Value::Unknown), None);
        assert_eq!(refused(Rule::RequiresWord("set", "zone", "all"), "a".into(), Value::Null), None);
        let when = |set: Value, weight: Value| refused(Rule::WhenWord("set", "weight", "all"), set, weight);
        assert_eq!(when("all".into(), Value::Null).as_deref(), Some("`set = \"all\"` needs `weight`"));
        for (set, weight) in [
            ("all".into(), "a".into()),
            ("all".into(), Value::Unknown),
            ("a".into(), Value::Null),
            (Value::Unknown, Value::Null),
        ] {
            assert_eq!(when(set, weight), None);
        }
        let limit = |set: Value, weight: Value| refused(Rule::AtMost("set", "weight"), set, weight);
        assert_eq!(limit(number(10), number(9)).as_deref(), Some("`set` cannot be above `weight`"));
        for (set, weight) in [(number(9), number(10)), (number(9), number(9)), (number(9), Value::Null)] {
            assert_eq!(limit(set, weight), None);
        }
        assert_eq!((limit(Value::Unknown, number(1)), limit(number(1), Value::Unknown)), (None, None));
    }

    #[test]
    fn what_fits_is_judged_with_the_defaults_of_the_objects() {
        const SIDE: Kind = Kind::Object(&[Field {
            default: Some(|| "left".into()),
            ..Field::new("side", "Side.", TEXT, Presence::Optional)
        }]);
        let fields = [
            Field::new("door", "Door.", SIDE, Presence::Optional),
            Field::new("wall", "Wall.", TEXT, Presence::Optional),
        ];
        // A typed function has no other door than one with a side.
        let judged = |door: &Value, wall: &Value| match door.as_map().map(|door| member(door, "side")) {
            Some(side) if side == wall => Err("leads into it".to_owned()),
            Some(Value::String(_)) => Ok(()),
            other => panic!("a door without a side: {other:?}"),
        };
        let rule = Rule::Fits("door", "wall", judged);
        let refused = |side: Value, wall: Value| {
            let door = Value::Map(Object::from([("side".to_owned(), side)]));
            let config = Object::from([("door".to_owned(), door), ("wall".to_owned(), wall)]);
            judge(&rule, &fields, &config, &Path::default()).map(|error| error.message().to_owned())
        };
        assert_eq!(refused(Value::Null, "left".into()).as_deref(), Some("`door` leads into it"));
        assert_eq!(refused("right".into(), "left".into()), None);
        for (side, wall) in [(Value::Unknown, "left".into()), (Value::Null, Value::Unknown), (Value::Null, Value::Null)]
        {
            assert_eq!(refused(side, wall), None);
        }
    }

    #[test]
    fn what_a_create_needs_may_still_come_and_is_not_asked_of_others() {
        let rules = [Rule::CreatedWith(&["set", "weight"]), Rule::CreatedWith(&["zone"])];
        let missing = |config: &[(&str, Value)]| {
            let config = config.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            missing_for_create(FIELDS, &rules, &config)
        };
        let refused = missing(&[]);
        assert_eq!(refused.len(), 1, "the backend fills in the zone: {refused:?}");
        assert_eq!(refused[0].message(), "nothing can be created without one of `set`, `weight`");
        assert!(missing(&[("weight", Value::Unknown)]).is_empty() && missing(&[("set", "a".into())]).is_empty());
        assert!(validate(FIELDS, &rules, &Object::new()).errors.is_empty());
    }

    #[test]
    fn the_rules_of_objects_hold_in_a_map() {
        const RULES: &[Rule] = &[Rule::RequiresAny("set", &["weight"])];
        let fields =
            [Field { rules: RULES, ..Field::new("all", "All.", Kind::Map(&Kind::Object(FIELDS)), Presence::Optional) }];
        let object = Value::Map(Object::from([("set".to_owned(), "a".into())]));
        let config = Object::from([("all".to_owned(), Value::Map(Object::from([("k".to_owned(), object)])))]);
        let errors = validate(&fields, &[], &config).errors;
        assert_eq!(errors[0].message(), "in `all[\"k\"]` `set` needs one of `weight`");
    }
}
