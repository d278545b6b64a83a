//! The table as Terraform's schema.

use crate::proto::tfplugin6::{self, StringKind, schema::object::NestingMode};
use crate::schema::{Field, Kind, Presence};
use crate::value::{Gather, Type};

/// The type of a kind's values.
pub fn wire_type(kind: &Kind) -> Type {
    match kind {
        Kind::Bool => Type::Bool,
        Kind::Number(_) => Type::Number,
        Kind::String(_) => Type::String,
        Kind::Dynamic => Type::Dynamic,
        Kind::List(element) => Type::List(Box::new(wire_type(element))),
        Kind::Set(element) => Type::Set(Box::new(wire_type(element))),
        Kind::Map(element) => Type::Map(Box::new(wire_type(element))),
        Kind::Object(fields) => object_type(fields),
    }
}

/// The type of an object with these attributes.
pub fn object_type(fields: &[Field]) -> Type {
    Type::Object(fields.iter().map(|field| (field.name.to_owned(), wire_type(&field.kind))).gather())
}

/// The type by which a function takes an argument. One with objects comes as it was written: a host would drop what the
/// object type does not have, and refuse an object that leaves out what may be null.
pub(crate) fn argument_type(kind: &Kind) -> Type {
    match kind {
        _ if holds_objects(kind) => Type::Dynamic,
        kind => wire_type(kind),
    }
}

fn holds_objects(kind: &Kind) -> bool {
    match kind {
        Kind::Object(_) => true,
        Kind::List(element) | Kind::Set(element) | Kind::Map(element) => holds_objects(element),
        Kind::Bool | Kind::Number(_) | Kind::String(_) | Kind::Dynamic => false,
    }
}

/// A schema with these attributes.
pub fn block(version: i64, doc: &str, fields: &[Field]) -> tfplugin6::Schema {
    let block = tfplugin6::schema::Block {
        attributes: fields.iter().map(|field| attribute(field, false)).collect(),
        description: doc.to_owned(),
        description_kind: StringKind::Markdown.into(),
        ..Default::default()
    };
    tfplugin6::Schema { version, block: Some(block) }
}

/// Whatever stands inside a computed attribute is computed too.
fn attribute(field: &Field, inside_computed: bool) -> tfplugin6::schema::Attribute {
    let computed_only = inside_computed || field.is_computed_only();
    let required = !computed_only && field.presence == Presence::Required && !field.is_filled_in();
    let nested_type = field.nested().map(|fields| tfplugin6::schema::Object {
        attributes: fields.iter().map(|field| attribute(field, computed_only)).collect(),
        nesting: nesting(&field.kind).into(),
        ..Default::default()
    });
    tfplugin6::schema::Attribute {
        name: field.name.to_owned(),
        r#type: if nested_type.is_some() { Vec::new() } else { wire_type(&field.kind).to_json() },
        nested_type,
        description: field.doc.to_owned(),
        required,
        optional: !computed_only && !required,
        computed: computed_only || field.is_filled_in(),
        sensitive: field.sensitive && !field.write_only,
        description_kind: StringKind::Markdown.into(),
        deprecated: field.deprecated.is_some(),
        write_only: field.write_only,
        deprecation_message: field.deprecated.unwrap_or_default().to_owned(),
    }
}

fn nesting(kind: &Kind) -> NestingMode {
    match kind {
        Kind::List(_) => NestingMode::List,
        Kind::Set(_) => NestingMode::Set,
        Kind::Map(_) => NestingMode::Map,
        _ => NestingMode::Single,
    }
}
