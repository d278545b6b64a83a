//! A type as core knows it: from the schema that the provider shows, and from nothing else.

use std::collections::BTreeMap;

use crate::proto::tfplugin6::schema::object::NestingMode;
use crate::proto::tfplugin6::{self as proto};
use crate::value::{Object, Path, Step, Type, Value};
use crate::{Error, Result};

/// The attributes of a type, or of an object inside of one.
#[derive(Clone, Debug, Default)]
pub(super) struct Shape {
    pub attributes: Vec<Attribute>,
    pub version: i64,
}

/// One attribute.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub name: String,
    pub ty: Type,
    pub nested: Option<(NestingMode, Shape)>,
    pub required: bool,
    pub optional: bool,
    pub computed: bool,
    pub write_only: bool,
}

impl Shape {
    /// Reads a schema, which must be one that core would load.
    pub(super) fn of(schema: &proto::Schema) -> Result<Shape> {
        let block = schema.block.as_ref().ok_or_else(|| Error::new("the schema has no block"))?;
        let attributes = block.attributes.iter().map(Attribute::of).collect::<Result<_>>()?;
        Ok(Shape { attributes, version: schema.version })
    }

    /// The type of its values.
    pub(super) fn ty(&self) -> Type {
        let attributes = self.attributes.iter().map(|attribute| (attribute.name.clone(), attribute.ty.clone()));
        Type::Object(attributes.collect::<BTreeMap<_, _>>())
    }

    /// Refuses a configuration without what is required, as core does before it asks the provider.
    pub(super) fn complete(&self, config: &Object, at: &Path) -> Result<()> {
        for attribute in &self.attributes {
            let path = at.then(Step::Attribute(attribute.name.clone()));
            let value = config.get(&attribute.name).unwrap_or(&Value::Null);
            if attribute.required && value.is_null() {
                return Err(Error::new(format!("`{path}` is required")).at(path));
            }
            if let Some((mode, shape)) = &attribute.nested {
                for (step, object) in objects(*mode, value) {
                    shape.complete(object, &step.map_or(path.clone(), |step| path.then(step)))?;
                }
            }
        }
        Ok(())
    }

    /// The texts of write-only attributes, which must never come back.
    pub(super) fn secrets(&self, config: &Object) -> Vec<String> {
        let of_attribute = |attribute: &Attribute| {
            let value = config.get(&attribute.name).unwrap_or(&Value::Null);
            match (&attribute.nested, attribute.write_only, value) {
                (_, true, Value::String(text)) => vec![text.clone()],
                (Some((mode, shape)), ..) => {
                    objects(*mode, value).into_iter().flat_map(|(_, object)| shape.secrets(object)).collect()
                }
                _ => Vec::new(),
            }
        };
        self.attributes.iter().flat_map(of_attribute).collect()
    }
}

impl Attribute {
    fn of(attribute: &proto::schema::Attribute) -> Result<Attribute> {
        let refused = |what: &str| Error::new(format!("the attribute `{}` {what}", attribute.name));
        if attribute.required == (attribute.optional || attribute.computed) {
            return Err(refused("is not exactly one of required, and optional or computed"));
        }
        if attribute.write_only && attribute.computed {
            return Err(refused("is write-only and computed"));
        }
        if attribute.nested_type.is_some() != attribute.r#type.is_empty() {
            return Err(refused("has not exactly one of a type and a nested type"));
        }
        let nested = attribute.nested_type.as_ref().map(|object| {
            let attributes = object.attributes.iter().map(Attribute::of).collect::<Result<_>>()?;
            let mode = NestingMode::try_from(object.nesting).map_err(|_| refused("has an unknown nesting"))?;
            Ok((mode, Shape { attributes, version: 0 }))
        });
        let nested: Option<(NestingMode, Shape)> = nested.transpose()?;
        let ty = match &nested {
            None => Type::from_json(&attribute.r#type).map_err(|error| refused(&error.to_string()))?,
            Some((mode, shape)) => nest(*mode, shape.ty()).ok_or_else(|| refused("has an invalid nesting"))?,
        };
        Ok(Attribute {
            name: attribute.name.clone(),
            ty,
            nested,
            required: attribute.required,
            optional: attribute.optional,
            computed: attribute.computed,
            write_only: attribute.write_only,
        })
    }

    /// Whether only the provider sets it.
    pub(super) fn is_computed_only(&self) -> bool {
        self.computed && !self.optional
    }
}

/// The objects in a nested attribute's value, with the step that leads to each; none where it is the value itself.
pub(super) fn objects(mode: NestingMode, value: &Value) -> Vec<(Option<Step>, &Object)> {
    match (mode, value) {
        (NestingMode::Map, Value::Map(members)) => {
            members.iter().filter_map(|(key, member)| Some((Some(Step::Key(key.clone())), member.as_map()?))).collect()
        }
        (_, Value::Map(object)) => vec![(None, object)],
        (_, Value::List(elements)) => {
            let numbered = elements.iter().enumerate();
            numbered
                .filter_map(|(index, element)| Some((Some(Step::Index(index.try_into().ok()?)), element.as_map()?)))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn nest(mode: NestingMode, object: Type) -> Option<Type> {
    match mode {
        NestingMode::Single => Some(object),
        NestingMode::List => Some(Type::List(Box::new(object))),
        NestingMode::Set => Some(Type::Set(Box::new(object))),
        NestingMode::Map => Some(Type::Map(Box::new(object))),
        NestingMode::Invalid => None,
    }
}
