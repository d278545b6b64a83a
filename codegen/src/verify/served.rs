//! The schemas at hand, and what of them a test serves.

use super::address::Address;
use super::needs::Need;
use crate::problem::Problem;
use crate::schema::{self, Document, constraints, folder, lock};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The parts of a provider's schema that hold types, with the keyword of their blocks.
pub(super) const PARTS: [(&str, &str); 3] =
    [("resource", "resource_schemas"), ("data", "data_source_schemas"), ("ephemeral", "ephemeral_resource_schemas")];

/// Everything that a stand-in can be made of, by namespace and name of the provider.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    offers: BTreeMap<String, Offer>,
    /// Values that attributes take: type → attribute → constraint.
    constraints: Map<String, Value>,
}

/// One provider's schema.
#[derive(Clone, Debug, Default)]
pub struct Offer {
    /// One value of `provider_schemas` in the output of `terraform providers schema -json`.
    schema: Map<String, Value>,
    /// The provider's version, where it is known.
    version: Option<String>,
}

impl Catalog {
    /// The schemas in the folder that `SUBSTRATE_SCHEMAS` names, with the values that attributes take, else those that
    /// are committed.
    pub fn at_hand() -> Result<Self, Problem> {
        match schema::named() {
            Some(path) => Ok(Catalog { constraints: constraints(&path)?, ..Self::read(&folder(&path)?)? }),
            None => Self::read(&lock()),
        }
    }

    /// The schemas in these documents; a type in a later one takes the place of the same type in an earlier one.
    pub fn read(documents: &[Document]) -> Result<Self, Problem> {
        let mut catalog = Catalog::default();
        for document in documents {
            let written: Value = serde_json::from_str(&document.text)
                .map_err(|error| Problem::new(format!("{} is no schema: {error}", document.file.display())))?;
            for (address, schema) in written["provider_schemas"].as_object().into_iter().flatten() {
                let Some(address) = Address::parse(address) else { continue };
                let version = written["provider_versions"].as_object().into_iter().flatten();
                let mut version = version.filter(|(of, _)| Address::parse(of).as_ref() == Some(&address));
                let version = version.next().and_then(|(_, version)| version.as_str()).map(str::to_owned);
                catalog.offers.entry(key(&address)).or_default().add(schema, version);
            }
        }
        Ok(catalog)
    }

    /// The schema of a provider.
    pub(super) fn offer(&self, address: &Address) -> Option<&Offer> {
        self.offers.get(&key(address))
    }

    /// The file for the stand-in: the schema of the types that are needed, or of all where that is not known.
    pub(super) fn serving(&self, host: &str, address: &Address, need: &Need) -> Value {
        let schema = self.offer(address).map(|offer| offer.pruned(need)).unwrap_or_default();
        let types = need.types.iter().map(|(_, type_name)| type_name);
        let constraints: Map<String, Value> =
            types.filter_map(|type_name| Some((type_name.clone(), self.constraints.get(type_name)?.clone()))).collect();
        let address = format!("{host}/{}/{}", address.namespace, address.name);
        json!({ "format_version": "1.0", "provider_schemas": { address: schema }, "constraints": constraints })
    }
}

/// The registry does not matter: a mirror has the same provider under each.
fn key(address: &Address) -> String {
    format!("{}/{}", address.namespace, address.name)
}

impl Offer {
    /// The names of the types that a keyword can have.
    pub(super) fn types(&self, keyword: &str) -> impl Iterator<Item = &str> {
        let part = PARTS.iter().find(|(of, _)| *of == keyword).map_or("", |(_, part)| *part);
        self.schema.get(part).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str())
    }

    /// The version of the provider that has this schema.
    pub(super) fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    fn add(&mut self, schema: &Value, version: Option<String>) {
        self.version = version.or(self.version.take());
        for (part, value) in schema.as_object().into_iter().flatten() {
            match (self.schema.get_mut(part).and_then(Value::as_object_mut), value.as_object()) {
                (Some(types), Some(newer)) if part != "provider" => types.extend(newer.clone()),
                _ => {
                    self.schema.insert(part.clone(), value.clone());
                }
            }
        }
    }

    fn pruned(&self, need: &Need) -> Map<String, Value> {
        let mut pruned = self.schema.clone();
        if need.is_open {
            return pruned;
        }
        for (keyword, part) in PARTS {
            if let Some(types) = pruned.get_mut(part).and_then(Value::as_object_mut) {
                types.retain(|name, _| need.types.contains(&(keyword, name.clone())));
            }
        }
        pruned
    }
}
