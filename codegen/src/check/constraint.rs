//! Types of variables.

use crate::module::Shape;
use crate::schema::{Field, Type};
use hcl_edit::expr::Expression;

/// The type that a variable declares; `any`, and what is no type, is not known.
pub(crate) fn declared(expression: &Expression, source: &str) -> Type {
    Shape::parse(expression, source).map_or(Type::Dynamic, |shape| Type::from(&shape))
}

impl From<&Shape> for Type {
    fn from(shape: &Shape) -> Self {
        let boxed = |inner: &Shape| Box::new(Type::from(inner));
        match shape {
            Shape::Bool => Type::Bool,
            Shape::Number => Type::Number,
            Shape::Text => Type::String,
            Shape::List(inner) => Type::List(boxed(inner)),
            Shape::Set(inner) => Type::Set(boxed(inner)),
            Shape::Map(inner) => Type::Map(boxed(inner)),
            Shape::Tuple(parts) => Type::Tuple(parts.iter().map(Type::from).collect()),
            Shape::Object(attributes) => Type::Object(
                attributes
                    .iter()
                    .map(|attribute| {
                        let field = Field { kind: Type::from(&attribute.shape), optional: attribute.optional };
                        (attribute.name.clone(), field)
                    })
                    .collect(),
            ),
        }
    }
}
