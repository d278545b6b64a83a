//! Between a guest's attributes and its configuration in Proxmox VE, which is a list of options.

use std::collections::BTreeMap;

use tfplugin::Error;
use tfplugin::schema::{Field, Table, to_api};
use tfplugin::value::{Object, Path, Step, Value};

use super::client::{attribute, text_of};
use super::properties;

/// Options by their names.
pub type Options = BTreeMap<String, String>;

/// An attribute whose option is a text of properties.
pub struct Text {
    /// The attribute.
    pub attribute: &'static str,
    /// The option, without its number where it has slots.
    pub option: &'static str,
    /// The property that stands without a name.
    pub bare: &'static str,
    /// The attributes inside.
    pub fields: &'static [Field],
}

/// Which attributes stand how in the configuration of a guest.
pub struct Layout {
    /// The resource.
    pub table: &'static Table,
    /// Attributes that are options as they stand.
    pub plain: &'static [&'static str],
    /// Attributes with one option.
    pub single: &'static [Text],
    /// Attributes with an option for each slot, which is the name with a number.
    pub slots: &'static [Text],
    /// Attributes whose members are options.
    pub spread: &'static [(&'static str, &'static [Field])],
}

/// Where the user set an option: the attribute, and the slot if it has some.
pub type PlaceOf = for<'o> fn(&'o str) -> Option<(&'static str, Option<&'o str>)>;

/// Whether an option is `prefix` with a number.
pub fn is_numbered(option: &str, prefix: &str) -> bool {
    let number = option.strip_prefix(prefix).unwrap_or_default();
    !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit())
}

/// The options of a configuration.
pub fn of(config: &Object) -> Options {
    config.iter().map(|(name, value)| (name.clone(), text_of(value))).collect()
}

/// Whether two states of a guest differ, and by nothing but a lock.
pub fn differ_by_lock(one: &Options, other: &Options) -> bool {
    one != other && content(one).eq(content(other))
}

fn content(options: &Options) -> impl Iterator<Item = (&String, &String)> {
    options.iter().filter(|(name, _)| !["digest", "lock"].contains(&name.as_str()))
}

/// The paths of the attributes that these options belong to, so that a refusal points at them.
pub fn places<'o>(place_of: PlaceOf, options: impl IntoIterator<Item = &'o str>) -> Vec<(String, Path)> {
    let places = options.into_iter().filter_map(|option| {
        let (name, slot) = place_of(option)?;
        let path = attribute(name);
        let path = slot.map_or(path.clone(), |slot| path.then(Step::Key(slot.to_owned())));
        Some((option.to_owned(), path))
    });
    places.collect()
}

/// An error that points at the attribute of an option.
pub fn placed(place_of: PlaceOf, option: &str, error: Error) -> Error {
    match places(place_of, [option]).pop() {
        Some((_, path)) => error.at(path),
        None => error,
    }
}

impl Layout {
    /// Where the user set an option.
    pub fn place_of<'o>(&self, option: &'o str) -> Option<(&'static str, Option<&'o str>)> {
        if let Some(slots) = self.slots.iter().find(|slots| is_numbered(option, slots.option)) {
            return Some((slots.attribute, Some(option)));
        }
        if let Some(single) = self.single.iter().find(|single| single.option == option) {
            return Some((single.attribute, None));
        }
        let spread = self.spread.iter().find(|(_, fields)| fields.iter().any(|field| field.api == option));
        let own = || self.table.fields.iter().find(|field| field.api == option).map(|field| field.name);
        spread.map(|(attribute, _)| *attribute).or_else(own).map(|attribute| (attribute, None))
    }

    /// What options say, as an answer has it. `member` reads an option of a spread attribute.
    pub fn read(&self, options: &Options, member: impl Fn(&Options, &'static str) -> Option<Value>) -> Object {
        let mut answer = Object::new();
        for (option, text) in options {
            if let Some(slots) = self.slots.iter().find(|slots| is_numbered(option, slots.option)) {
                put_slot(&mut answer, slots.attribute, option, slots.read(text));
            }
        }
        for field in self.plain.iter().filter_map(|attribute| self.table.field(attribute)) {
            answer.extend(options.get(field.api).map(|text| (field.read.to_owned(), text.as_str().into())));
        }
        for single in self.single {
            let object = options.get(single.option).map(|text| Value::Map(single.read(text)));
            answer.extend(object.map(|object| (single.attribute.to_owned(), object)));
        }
        for (attribute, fields) in self.spread {
            let members = fields.iter().filter_map(|field| Some((field.read.to_owned(), member(options, field.api)?)));
            let members: Object = members.collect();
            if !members.is_empty() {
                answer.insert((*attribute).to_owned(), Value::Map(members));
            }
        }
        answer
    }

    /// The options that an object stands for, whose current ones keep what the provider does not know. `gathered` writes
    /// an option of a spread attribute.
    pub fn wanted(
        &self,
        object: &Object,
        current: &Options,
        gathered: impl Fn(String, &Value) -> (String, String),
    ) -> Options {
        let member = |name: &str| object.get(name).filter(|value| !matches!(value, Value::Null | Value::Unknown));
        let mut options = Options::new();
        for field in self.plain.iter().filter_map(|attribute| self.table.field(attribute)) {
            let text = member(field.name).map(|value| text_of(&to_api(&field.kind, value)));
            options.extend(text.map(|text| (field.api.to_owned(), text)));
        }
        for single in self.single {
            let text = member(single.attribute).map(|value| single.wanted(current.get(single.option), value));
            options.extend(text.map(|text| (single.option.to_owned(), text)));
        }
        for slots in self.slots {
            for (slot, value) in member(slots.attribute).and_then(Value::as_map).into_iter().flatten() {
                options.insert(slot.clone(), slots.wanted(current.get(slot), value));
            }
        }
        for (attribute, fields) in self.spread {
            let members = member(attribute).map(|value| properties::of(fields, value)).unwrap_or_default();
            options.extend(members.into_iter().map(|(name, value)| gathered(name, &value)));
        }
        options
    }
}

impl Text {
    fn read(&self, text: &str) -> Object {
        properties::in_lists(properties::parse(text, self.bare), self.fields)
    }

    fn wanted(&self, current: Option<&String>, value: &Value) -> String {
        let current = current.map(|current| properties::parse(current, self.bare)).unwrap_or_default();
        properties::join(&properties::merged(current, self.fields, properties::of(self.fields, value)), self.bare)
    }
}

/// Puts what is in a slot into an answer.
pub fn put_slot(answer: &mut Object, attribute: &str, slot: &str, members: Object) {
    let entry = answer.entry(attribute.to_owned()).or_insert_with(|| Value::Map(Object::new()));
    if let Value::Map(slots) = entry {
        slots.insert(slot.to_owned(), Value::Map(members));
    }
}

/// The list of an option such as `tags`.
pub fn list(text: &str) -> Value {
    Value::List(text.split([';', ',']).filter(|part| !part.is_empty()).map(Value::from).collect())
}

/// The option of tags, none for no tags.
pub fn of_tags<'t>(tags: Option<impl IntoIterator<Item = &'t String>>) -> Option<(String, String)> {
    let tags: Vec<&str> = tags.into_iter().flatten().map(String::as_str).collect();
    (!tags.is_empty()).then(|| ("tags".to_owned(), tags.join(";")))
}
