//! Terraform's types, as they stand in a schema and before a dynamic value.

use std::collections::BTreeMap;

/// A type in Terraform's own notation, such as `["list","string"]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// `"bool"`.
    Bool,
    /// `"number"`.
    Number,
    /// `"string"`.
    String,
    /// `"dynamic"`: each value carries its type.
    Dynamic,
    /// `["list", T]`.
    List(Box<Type>),
    /// `["set", T]`.
    Set(Box<Type>),
    /// `["map", T]`.
    Map(Box<Type>),
    /// `["object", {name: T}]`; every attribute is present in a value.
    Object(BTreeMap<String, Type>),
    /// `["tuple", [T]]`.
    Tuple(Vec<Type>),
}
