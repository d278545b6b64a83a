//! The resource identity: the key, as core keeps and compares it.

use crate::schema::{Table, member, wire_type};
use crate::value::{Gather, Object, Type, Value};

/// The type of the identity: an object of the key's attributes.
pub(crate) fn identity_type(table: &Table) -> Type {
    let attributes =
        table.key.iter().filter_map(|name| Some(((*name).to_owned(), wire_type(&table.field(name)?.kind))));
    Type::Object(attributes.gather())
}

/// The identity of an object, if its whole key is known.
pub(crate) fn identity(table: &Table, object: &Object) -> Option<Value> {
    let mut identity = Object::new();
    for name in table.key {
        match member(object, name) {
            Value::Unknown => return None,
            Value::Null if table.needs(name) => return None,
            value => identity.insert((*name).to_owned(), value.clone()),
        };
    }
    (!identity.is_empty()).then_some(Value::Map(identity))
}

/// An object by what the user wrote, for messages: `name = "x", path = "y"`.
pub(crate) fn describe(table: &Table, object: &Object) -> String {
    let names = table.fields.iter().filter(|field| !field.sensitive && !field.is_computed_only());
    let parts = names.filter_map(|field| match member(object, field.name) {
        Value::String(text) if text.len() <= 100 => Some(format!("{} = {text:?}", field.name)),
        Value::Number(number) => Some(format!("{} = {number}", field.name)),
        _ => None,
    });
    parts.take(4).collect::<Vec<_>>().join(", ")
}
