//! Shapes: the types that inputs and outputs declare.

use super::reader::key_text;
use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use std::fmt::{self, Display, Formatter};

/// A type constraint as Terraform writes it, without `any`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Shape {
    /// `bool`.
    Bool,
    /// `number`.
    Number,
    /// `string`.
    Text,
    /// `list(…)`.
    List(Box<Shape>),
    /// `set(…)`.
    Set(Box<Shape>),
    /// `map(…)`.
    Map(Box<Shape>),
    /// `object({…})`.
    Object(Vec<Attribute>),
    /// `tuple([…])`.
    Tuple(Vec<Shape>),
}

/// One attribute of an object's type.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Attribute {
    /// The name.
    pub name: String,
    /// The type.
    pub shape: Shape,
    /// Whether the type says `optional(…)`.
    pub optional: bool,
    /// The default as it is written in `optional(…, default)`.
    pub default: Option<String>,
}

impl Shape {
    /// The type that an expression of a description stands for; `source` is the text that it was parsed from.
    ///
    /// # Errors
    /// The byte offset and what is wrong there.
    pub fn parse(expression: &Expression, source: &str) -> Result<Self, (usize, String)> {
        let refuse = |text: String| Err((expression.span().map_or(0, |span| span.start), text));
        match expression {
            Expression::Variable(name) => match name.as_str() {
                "bool" => Ok(Self::Bool),
                "number" => Ok(Self::Number),
                "string" => Ok(Self::Text),
                "any" => refuse("`any` is no type here: callers and checks need to know what comes".into()),
                other => refuse(format!("`{other}` is not a type")),
            },
            Expression::FuncCall(call) => {
                let arguments: Vec<&Expression> = call.args.iter().collect();
                match (call.name.name.as_str(), arguments.as_slice()) {
                    ("list", [inner]) => Ok(Self::List(Box::new(Self::parse(inner, source)?))),
                    ("set", [inner]) => Ok(Self::Set(Box::new(Self::parse(inner, source)?))),
                    ("map", [inner]) => Ok(Self::Map(Box::new(Self::parse(inner, source)?))),
                    ("object", [Expression::Object(object)]) => {
                        let attributes = object.iter().map(|(key, value)| attribute(key, value.expr(), source));
                        attributes.collect::<Result<_, _>>().map(Self::Object)
                    }
                    ("tuple", [Expression::Array(array)]) => {
                        array.iter().map(|inner| Self::parse(inner, source)).collect::<Result<_, _>>().map(Self::Tuple)
                    }
                    (name, _) => refuse(format!("`{name}(…)` is not a type")),
                }
            }
            _ => refuse("this is not a type".into()),
        }
    }

    /// Whether values hold others.
    pub fn is_collection(&self) -> bool {
        !matches!(self, Self::Bool | Self::Number | Self::Text)
    }

    /// Whether Terraform takes a value of the type `given` where this one is asked for.
    pub fn accepts(&self, given: &Self) -> bool {
        match (self, given) {
            (Self::Text, Self::Bool | Self::Number | Self::Text)
            | (Self::Bool, Self::Bool | Self::Text)
            | (Self::Number, Self::Number | Self::Text) => true,
            (Self::List(inner) | Self::Set(inner), Self::List(given) | Self::Set(given))
            | (Self::Map(inner), Self::Map(given)) => inner.accepts(given),
            (Self::List(inner) | Self::Set(inner), Self::Tuple(given)) => {
                given.iter().all(|given| inner.accepts(given))
            }
            (Self::Tuple(inner), Self::Tuple(given)) => {
                inner.len() == given.len() && inner.iter().zip(given).all(|(inner, given)| inner.accepts(given))
            }
            (Self::Map(inner), Self::Object(given)) => given.iter().all(|given| inner.accepts(&given.shape)),
            (Self::Object(inner), Self::Map(given)) => {
                inner.iter().all(|attribute| attribute.optional && attribute.shape.accepts(given))
            }
            (Self::Object(inner), Self::Object(given)) => inner.iter().all(|attribute| {
                given
                    .iter()
                    .find(|given| given.name == attribute.name)
                    .map_or(attribute.optional, |given| attribute.shape.accepts(&given.shape))
            }),
            _ => false,
        }
    }

    /// The type of a part: an attribute, an element of a map, or an element of a list by its number.
    pub fn part(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Map(inner) => Some(inner),
            Self::List(inner) => name.parse::<usize>().is_ok().then_some(inner),
            Self::Tuple(inner) => inner.get(name.parse::<usize>().ok()?),
            Self::Object(attributes) => {
                attributes.iter().find(|attribute| attribute.name == name).map(|attribute| &attribute.shape)
            }
            _ => None,
        }
    }

    /// What a reader of an error message calls a value of this type.
    pub fn noun(&self) -> &'static str {
        match self {
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text => "a string",
            Self::List(_) | Self::Set(_) | Self::Tuple(_) => "a list",
            Self::Map(_) => "a map",
            Self::Object(_) => "an object",
        }
    }
}

fn attribute(key: &ObjectKey, value: &Expression, source: &str) -> Result<Attribute, (usize, String)> {
    let name = key_text(key);
    let Expression::FuncCall(call) = value else {
        return Ok(Attribute { name, shape: Shape::parse(value, source)?, optional: false, default: None });
    };
    let arguments: Vec<&Expression> = call.args.iter().collect();
    match (call.name.name.as_str(), arguments.as_slice()) {
        ("optional", [inner]) => {
            Ok(Attribute { name, shape: Shape::parse(inner, source)?, optional: true, default: None })
        }
        ("optional", [inner, default]) => {
            let default = default.span().and_then(|span| source.get(span)).map(str::to_owned);
            Ok(Attribute { name, shape: Shape::parse(inner, source)?, optional: true, default })
        }
        _ => Ok(Attribute { name, shape: Shape::parse(value, source)?, optional: false, default: None }),
    }
}

/// On one line, as in a table.
impl Display for Shape {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::Number => f.write_str("number"),
            Self::Text => f.write_str("string"),
            Self::List(inner) => write!(f, "list({inner})"),
            Self::Set(inner) => write!(f, "set({inner})"),
            Self::Map(inner) => write!(f, "map({inner})"),
            Self::Tuple(inner) => {
                let inner: Vec<String> = inner.iter().map(Self::to_string).collect();
                write!(f, "tuple([{}])", inner.join(", "))
            }
            Self::Object(attributes) => {
                let attributes: Vec<String> = attributes.iter().map(Attribute::to_string).collect();
                write!(f, "object({{ {} }})", attributes.join(", "))
            }
        }
    }
}

impl Display for Attribute {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { name, shape, optional, default } = self;
        match (optional, default) {
            (false, _) => write!(f, "{name} = {shape}"),
            (true, None) => write!(f, "{name} = optional({shape})"),
            (true, Some(default)) => {
                let default = default.split_whitespace().collect::<Vec<_>>().join(" ");
                write!(f, "{name} = optional({shape}, {default})")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Shape {
        Shape::parse(&hcl_edit::parser::parse_expr(text).unwrap(), text).unwrap()
    }

    #[test]
    fn a_type_prints_as_it_was_written() {
        let text = r#"map(object({ route = string, tags = optional(map(string), {}), size = optional(number) }))"#;
        assert_eq!(shape(text).to_string(), text);
    }

    #[test]
    fn any_and_unknown_words_are_refused_with_their_offset() {
        for (text, offset) in [("list(any)", 5), ("map(strin)", 4), ("vector(string)", 0)] {
            let expression = hcl_edit::parser::parse_expr(text).unwrap();
            assert_eq!(Shape::parse(&expression, text).unwrap_err().0, offset, "{text}");
        }
    }

    #[test]
    fn what_terraform_converts_is_accepted_and_nothing_else() {
        let accepted = [
            ("string", "number"),
            ("list(string)", "set(string)"),
            ("map(string)", "object({ a = string })"),
            ("object({ a = string, b = optional(number) })", "object({ a = string })"),
        ];
        for (wanted, given) in accepted {
            assert!(shape(wanted).accepts(&shape(given)), "{wanted} takes {given}");
        }
        let refused = [
            ("number", "bool"),
            ("list(string)", "map(string)"),
            ("map(string)", "map(map(string))"),
            ("object({ a = string })", "object({ b = string })"),
        ];
        for (wanted, given) in refused {
            assert!(!shape(wanted).accepts(&shape(given)), "{wanted} does not take {given}");
        }
    }
}
