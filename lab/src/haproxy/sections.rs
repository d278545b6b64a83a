//! Sections and what they hold, as the API names them: frontends, backends and defaults.

use serde_json::{Map, Value};

use crate::haproxy::file::{File, Section};
use crate::haproxy::refusal::Refusal;
use crate::haproxy::rules::{LISTS, List};
use crate::haproxy::{attributes, check, params};

/// Kinds of sections that can be changed: collection, word of the file, and what messages call one.
const KINDS: &[(&str, &str, &str)] =
    &[("frontends", "frontend", "Frontend"), ("backends", "backend", "Backend"), ("defaults", "defaults", "Defaults")];

/// A kind of sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Word of the file.
    pub word: &'static str,
    title: &'static str,
}

/// What a path names below a section.
#[derive(Clone, Copy, Debug)]
pub enum Collection {
    /// Lines with names.
    Named(&'static params::Kind),
    /// Lines whose places count.
    List(&'static List),
}

/// An object as the API takes and gives it.
pub type Object = Map<String, Value>;

impl Kind {
    /// The kind of this collection.
    #[must_use]
    pub fn of(collection: &str) -> Option<Self> {
        let (_, word, title) = KINDS.iter().find(|(known, ..)| *known == collection)?;
        Some(Self { word, title })
    }

    /// What sections of this kind hold at this path.
    #[must_use]
    pub fn collection(self, path: &str) -> Option<Collection> {
        let named = params::KINDS.iter().find(|kind| kind.path == path && kind.of == self.word);
        let list = || LISTS.iter().find(|list| list.path == path && list.of.contains(&self.word));
        named.map(Collection::Named).or_else(|| list().map(Collection::List))
    }

    fn missing(self, name: &str) -> Refusal {
        Refusal::missing(format!("{} {name} does not exist", self.title))
    }

    /// All sections of the kind.
    #[must_use]
    pub fn all(self, file: &File, full: bool) -> Vec<Object> {
        let sections = file.sections.iter().filter(|section| section.kind == self.word);
        sections.map(|section| read(section, full)).collect()
    }

    /// One section.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub fn get(self, file: &File, name: &str, full: bool) -> Result<Object, Refusal> {
        file.section(self.word, name).map(|section| read(section, full)).ok_or_else(|| self.missing(name))
    }

    /// Adds a section.
    ///
    /// # Errors
    ///
    /// One of that name is there, or a field is not what it may be.
    pub fn create(self, file: &mut File, object: &Object, full: bool) -> Result<(), Refusal> {
        let name = object.get("name").and_then(Value::as_str).unwrap_or_default();
        if file.section(self.word, name).is_some() {
            return Err(Refusal::exists(format!("{} {name}", self.word)));
        }
        let mut section = Section { kind: self.word.to_owned(), name: name.to_owned(), ..Section::default() };
        write(&mut section, object, full)?;
        file.sections.push(section);
        Ok(())
    }

    /// Replaces what a section says about itself, and with `full` all that it holds too.
    ///
    /// # Errors
    ///
    /// It is not there, or a field is not what it may be.
    pub fn replace(self, file: &mut File, name: &str, object: &Object, full: bool) -> Result<(), Refusal> {
        let section = file.section_mut(self.word, name).ok_or_else(|| self.missing(name))?;
        write(section, object, full)
    }

    /// Removes a section.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub fn delete(self, file: &mut File, name: &str) -> Result<(), Refusal> {
        let at = file.sections.iter().position(|section| section.kind == self.word && section.name == name);
        file.sections.remove(at.ok_or_else(|| self.missing(name))?);
        Ok(())
    }

    /// The section that a change of its children is about.
    ///
    /// # Errors
    ///
    /// It is not there.
    pub fn parent<'a>(self, file: &'a mut File, name: &str) -> Result<&'a mut Section, Refusal> {
        file.section_mut(self.word, name).ok_or_else(|| Refusal::missing_parent(self.word, name))
    }

    /// Checks the body of a section, with all that it holds.
    ///
    /// # Errors
    ///
    /// A field is not what it may be.
    pub fn check(self, object: &Object) -> Result<(), Refusal> {
        check::section(self.word, object)?;
        for list in LISTS {
            objects(object.get(list.field)).try_for_each(|rule| check::child(list.path, rule))?;
        }
        for kind in params::KINDS {
            let children = object.get(kind.path).and_then(Value::as_object).into_iter().flat_map(Map::values);
            children.filter_map(Value::as_object).try_for_each(|child| check::child(kind.path, child))?;
        }
        Ok(())
    }

    /// Fields of a body that are not modelled, and would be dropped.
    #[must_use]
    pub fn dropped(self, object: &Object, full: bool) -> Vec<String> {
        let held = |field: &str| {
            full && (LISTS.iter().any(|list| list.field == field)
                || params::KINDS.iter().any(|kind| kind.path == field))
        };
        let mut dropped: Vec<String> =
            object.keys().filter(|field| !attributes::has(field) && !held(field)).cloned().collect();
        for list in LISTS.iter().filter(|_| full) {
            let of_rules = objects(object.get(list.field)).flat_map(|rule| list.dropped(rule));
            dropped.extend(of_rules.map(|field| format!("{}.{field}", list.field)));
        }
        for kind in params::KINDS.iter().filter(|_| full) {
            let children = object.get(kind.path).and_then(Value::as_object).into_iter().flat_map(Map::values);
            let of_children = children.filter_map(Value::as_object).flat_map(|child| kind.dropped(child));
            dropped.extend(of_children.map(|field| format!("{}.{field}", kind.path)));
        }
        dropped
    }
}

/// A section as an object.
fn read(section: &Section, full: bool) -> Object {
    let mut object = attributes::read(section);
    if full {
        for list in LISTS.iter().filter(|list| !section.positions(list.word).is_empty()) {
            object.insert(list.field.to_owned(), read_list(section, list).into());
        }
        for kind in params::KINDS.iter().filter(|kind| !section.positions(kind.word).is_empty()) {
            let children = read_named(section, kind);
            let by_name = children.into_iter().map(|child| (name_of(&child), Value::from(child)));
            object.insert(kind.path.to_owned(), by_name.collect::<Map<_, _>>().into());
        }
    }
    object
}

fn write(section: &mut Section, object: &Object, full: bool) -> Result<(), Refusal> {
    attributes::write(section, object)?;
    if full {
        for list in LISTS {
            let rules: Vec<Object> = objects(object.get(list.field)).cloned().collect();
            write_list(section, list, &rules)?;
        }
        for kind in params::KINDS {
            let children = object.get(kind.path).and_then(Value::as_object).filter(|_| kind.of == section.kind);
            replace_named(section, kind, &children.cloned().unwrap_or_default())?;
        }
    }
    Ok(())
}

/// All lines of a list.
#[must_use]
pub fn read_list(section: &Section, list: &List) -> Vec<Value> {
    let lines = section.positions(list.word).into_iter().map(|at| &section.lines[at].text);
    lines.map(|line| list.read(line).into()).collect()
}

/// Replaces a list. Lines that already mean the same stay as they are.
///
/// # Errors
///
/// A rule is not modelled.
pub fn write_list(section: &mut Section, list: &List, rules: &[Object]) -> Result<(), Refusal> {
    let mut texts = rules.iter().map(|rule| list.write(rule)).collect::<Result<Vec<_>, _>>()?;
    for (text, at) in texts.iter_mut().zip(section.positions(list.word)) {
        if list.read(text) == list.read(&section.lines[at].text) {
            text.clone_from(&section.lines[at].text);
        }
    }
    section.replace_all(list.word, texts);
    Ok(())
}

/// All lines with names.
#[must_use]
pub fn read_named(section: &Section, kind: &params::Kind) -> Vec<Object> {
    section.positions(kind.word).into_iter().map(|at| kind.read(&section.lines[at].text)).collect()
}

/// Where the line of this name stands.
#[must_use]
pub fn position(section: &Section, kind: &params::Kind, name: &str) -> Option<usize> {
    section.positions(kind.word).into_iter().find(|at| name_of(&kind.read(&section.lines[*at].text)) == name)
}

/// Puts a line with a name in the place of the one that has it, or adds it.
///
/// # Errors
///
/// A field has another type.
pub fn put_named(section: &mut Section, kind: &params::Kind, name: &str, child: &Object) -> Result<(), Refusal> {
    let text = kind.write(child)?;
    let at = position(section, kind, name);
    if !at.is_some_and(|at| kind.read(&section.lines[at].text) == kind.read(&text)) {
        section.put(at, Some(text));
    }
    Ok(())
}

fn replace_named(section: &mut Section, kind: &params::Kind, children: &Object) -> Result<(), Refusal> {
    for child in read_named(section, kind).iter().filter(|child| !children.contains_key(&name_of(child))) {
        let at = position(section, kind, &name_of(child));
        section.put(at, None);
    }
    for (name, child) in children {
        let child = child.as_object().ok_or_else(|| Refusal::of_type(name, child))?;
        put_named(section, kind, name, child)?;
    }
    Ok(())
}

/// The name of an object.
#[must_use]
pub fn name_of(object: &Object) -> String {
    object.get("name").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn objects(list: Option<&Value>) -> impl Iterator<Item = &Object> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}
