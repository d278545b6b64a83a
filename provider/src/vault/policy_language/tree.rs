//! What a policy's text consists of, before anybody asks what it means.

use super::fault::{Fault, Position};

/// How deep objects and lists may be nested; no policy needs more than six levels.
pub(super) const DEPTH: usize = 64;

/// A name of a block or of an attribute.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) at: Position,
    pub(super) text: String,
}

/// `key = value`, or a block that may have names: `path "secret/*" { … }` has the key `path` and the name `secret/*`.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) key: Key,
    pub(super) names: Vec<Key>,
    pub(super) value: Node,
}

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) at: Position,
    pub(super) value: Value,
}

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Bool(bool),
    /// In its notation, such as `0x10`: where a text is wanted, the servers take it as it is written.
    Integer(String),
    Fraction(f64),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Item>),
}

impl Item {
    /// What stands below the key: `a "b" { … }` is the same as `a { "b" { … } }`.
    pub(super) fn below(&self) -> Node {
        let value = self.value.clone();
        match self.names.split_first() {
            None => value,
            Some((name, names)) => {
                let inner = Item { key: name.clone(), names: names.to_vec(), value };
                Node { at: name.at, value: Value::Object(vec![inner]) }
            }
        }
    }
}

impl Node {
    /// Says that a value of another type is wanted here.
    pub(super) fn unexpected(&self, wanted: &str) -> Fault {
        Fault::new(self.at, format!("expected {wanted}, found {}", self.value.kind()))
    }

    /// The members of an object.
    pub(super) fn members(&self, wanted: &str) -> Result<&[Item], Fault> {
        match &self.value {
            Value::Object(members) => Ok(members),
            _ => Err(self.unexpected(wanted)),
        }
    }

    /// The elements of a list.
    pub(super) fn elements(&self, wanted: &str) -> Result<&[Node], Fault> {
        match &self.value {
            Value::List(elements) => Ok(elements),
            _ => Err(self.unexpected(wanted)),
        }
    }

    /// A text. A whole number is one too, as it is written.
    pub(super) fn text(&self) -> Result<&str, Fault> {
        match &self.value {
            Value::Text(text) | Value::Integer(text) => Ok(text),
            _ => Err(self.unexpected("a text in quotes")),
        }
    }

    /// A whole number. A text that holds one is a number too.
    pub(super) fn integer(&self) -> Result<i64, Fault> {
        match &self.value {
            Value::Integer(text) | Value::Text(text) => self.parse(text),
            _ => Err(self.unexpected("a whole number")),
        }
    }

    fn parse(&self, text: &str) -> Result<i64, Fault> {
        parse_integer(text).ok_or_else(|| Fault::new(self.at, format!("`{text}` is not a whole number of 64 bits")))
    }
}

impl Value {
    /// What the value is, for a message.
    fn kind(&self) -> &'static str {
        match self {
            Value::Bool(_) => "a boolean",
            Value::Integer(_) | Value::Fraction(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Object(_) => "a block",
        }
    }
}

/// A whole number in decimal, in hexadecimal after `0x`, or in octal after `0`, as Go's `strconv.ParseInt` takes it
/// with the base 0.
pub(super) fn parse_integer(text: &str) -> Option<i64> {
    let (sign, digits) = match text.split_at_checked(1) {
        Some((sign @ ("-" | "+"), digits)) => (sign, digits),
        _ => ("", text),
    };
    let (radix, digits) = match digits.strip_prefix('0') {
        Some("") => (10, "0"),
        Some(rest) => match rest.strip_prefix(['x', 'X']) {
            Some(rest) => (16, rest),
            None => (8, rest),
        },
        None => (10, digits),
    };
    let plain = digits.chars().all(|digit| digit.is_digit(radix));
    plain.then(|| i64::from_str_radix(&format!("{sign}{digits}"), radix).ok()).flatten()
}
