//! The types that an attribute can have, and how each moves between Rust and the value tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::str::FromStr;

use crate::schema::{Kind, Presence, Rule, Shape, Text};
use crate::value::{Gather, Number, Object, Value};
use crate::{Error, Result};

/// A type that an attribute can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an attribute",
    label = "not an attribute type",
    note = "an attribute is a bool, integer, f64, String, Vec, BTreeSet, BTreeMap<String, _>, an enum with derive(OneOf), \
            a struct with derive(Nested), a Semantic newtype, or one of these in Option, Computed, Secret or WriteOnly"
)]
pub trait Attribute: Sized {
    /// What its values look like.
    const KIND: Kind;
    /// Who supplies it.
    const PRESENCE: Presence = Presence::Required;
    /// Whether Terraform hides the value.
    const SENSITIVE: bool = false;
    /// Whether the value never reaches plan or state.
    const WRITE_ONLY: bool = false;
    /// Whether null is one of its values.
    const NULLABLE: bool = false;
    /// Rules between the attributes of its objects.
    const RULES: &'static [Rule] = &[];

    /// The Rust value; unknown stands only where the backend has not answered yet.
    fn from_value(value: Value) -> Result<Self>;

    /// The value in the tree.
    fn into_value(self) -> Value;
}

/// A text that is parsed instead of validated, and whose `==` says when two spellings mean the same.
///
/// `Display` writes it as it was spelled. It is an [`Attribute`] by that alone.
pub trait Semantic: FromStr<Err: Display> + PartialEq + Display {
    /// A text of the configuration, of the state or of an answer. Configurations are validated before, so only the other
    /// two can hold what does not parse.
    fn read(text: String) -> Result<Self> {
        text.parse().map_err(|error: Self::Err| Error::new(error.to_string()))
    }

    /// What works and may not be meant, each as a sentence: validation shows it as a warning at the attribute.
    fn warnings(&self) -> Vec<String> {
        Vec::new()
    }
}

impl<T: Semantic> Attribute for T {
    const KIND: Kind = Kind::String(Text {
        words: &[],
        parse: Some(parses::<T>),
        equal: Some(means_the_same::<T>),
        warn: Some(warnings::<T>),
    });

    fn from_value(value: Value) -> Result<Self> {
        T::read(String::from_value(value)?)
    }

    fn into_value(self) -> Value {
        Value::from(self.to_string())
    }
}

fn parses<T: Semantic>(text: &str) -> Result<(), String> {
    text.parse::<T>().map(drop).map_err(|error| error.to_string())
}

fn means_the_same<T: Semantic>(one: &str, other: &str) -> bool {
    one == other || matches!((one.parse::<T>(), other.parse::<T>()), (Ok(one), Ok(other)) if one == other)
}

fn warnings<T: Semantic>(text: &str) -> Vec<String> {
    text.parse::<T>().map(|parsed| parsed.warnings()).unwrap_or_default()
}

/// Takes an attribute out of an object; an absent one is null.
pub fn take<T: Attribute>(object: &mut Object, name: &str) -> Result<T> {
    let value = object.remove(name).unwrap_or_default();
    let absent = value.is_null();
    T::from_value(value).map_err(|error| match absent {
        true => Error::new(format!("the API did not return `{name}`")).at_attribute(name),
        false => error.context(format!("`{name}`")).at_attribute(name),
    })
}

/// The members of an object.
pub fn members(value: Value) -> Result<Object> {
    match value {
        Value::Map(members) => Ok(members),
        other => Err(unexpected("an object", &other)),
    }
}

fn unexpected(wanted: &str, value: &Value) -> Error {
    let found = match value {
        Value::Null => "nothing",
        Value::Unknown => "a value that is not known yet",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::List(_) => "a list",
        Value::Map(_) => "an object",
        Value::Dynamic(..) => "a dynamic value",
    };
    Error::new(format!("expected {wanted}, got {found}"))
}

impl Attribute for bool {
    const KIND: Kind = Kind::Bool;

    fn from_value(value: Value) -> Result<Self> {
        value.as_bool().ok_or_else(|| unexpected("a boolean", &value))
    }

    fn into_value(self) -> Value {
        Value::Bool(self)
    }
}

impl Attribute for String {
    const KIND: Kind = Kind::String(Text::ANY);

    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(unexpected("a string", &other)),
        }
    }

    fn into_value(self) -> Value {
        Value::String(self)
    }
}

macro_rules! number {
    ($($type:ty, $shape:ident, $read:ident, $wanted:literal;)*) => {$(
        impl Attribute for $type {
            const KIND: Kind = Kind::Number(Shape::$shape);

            fn from_value(value: Value) -> Result<Self> {
                match &value {
                    Value::Number(number) => number.$read().ok_or_else(|| Error::new(concat!("expected ", $wanted))),
                    _ => Err(unexpected($wanted, &value)),
                }
            }

            fn into_value(self) -> Value {
                Value::Number(Number::from(self))
            }
        }
    )*};
}

number! {
    u64, Unsigned, as_u64, "a whole number that is not negative";
    i64, Signed, as_i64, "a whole number";
    f64, Fraction, as_f64, "a number";
}

/// Any value, with the type that it carries.
impl Attribute for Value {
    const KIND: Kind = Kind::Dynamic;
    const NULLABLE: bool = true;

    fn from_value(value: Value) -> Result<Self> {
        Ok(value)
    }

    fn into_value(self) -> Value {
        self
    }
}

impl<T: Attribute> Attribute for Option<T> {
    const KIND: Kind = T::KIND;
    const PRESENCE: Presence = Presence::Optional;
    const SENSITIVE: bool = T::SENSITIVE;
    const WRITE_ONLY: bool = T::WRITE_ONLY;
    const NULLABLE: bool = true;
    const RULES: &'static [Rule] = T::RULES;

    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Null | Value::Unknown => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }

    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }
}

fn elements<T: Attribute, C: Default + Extend<T>>(value: Value) -> Result<C> {
    match value {
        Value::List(elements) => elements.into_iter().map(T::from_value).try_gather(),
        other => Err(unexpected("a list", &other)),
    }
}

impl<T: Attribute> Attribute for Vec<T> {
    const KIND: Kind = Kind::List(&T::KIND);
    const RULES: &'static [Rule] = T::RULES;

    fn from_value(value: Value) -> Result<Self> {
        elements(value)
    }

    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: Attribute + Ord> Attribute for BTreeSet<T> {
    const KIND: Kind = Kind::Set(&T::KIND);
    const RULES: &'static [Rule] = T::RULES;

    fn from_value(value: Value) -> Result<Self> {
        elements(value)
    }

    fn into_value(self) -> Value {
        Value::List(self.into_iter().map(T::into_value).collect())
    }
}

impl<T: Attribute> Attribute for BTreeMap<String, T> {
    const KIND: Kind = Kind::Map(&T::KIND);
    const RULES: &'static [Rule] = T::RULES;

    fn from_value(value: Value) -> Result<Self> {
        match value {
            Value::Map(members) => {
                members.into_iter().map(|(key, member)| Ok((key, T::from_value(member)?))).try_gather()
            }
            other => Err(unexpected("a map", &other)),
        }
    }

    fn into_value(self) -> Value {
        Value::Map(self.into_iter().map(|(key, member)| (key, member.into_value())).gather())
    }
}
