//! What a provider registers, for tests that hold for every type.

use crate::engine::Provider;
use crate::engine::import;
use crate::schema::Table;
use crate::value::Object;

/// Every resource by its name with the prefix.
pub fn resources(provider: &Provider) -> Vec<(String, &'static Table)> {
    let named = provider.resources.iter();
    named.map(|(name, at)| (name.clone(), provider.backends[at.backend].resources[at.index].table())).collect()
}

/// Every data source by its name with the prefix.
pub fn data_sources(provider: &Provider) -> Vec<(String, &'static Table)> {
    let named = provider.data_sources.iter();
    named.map(|(name, at)| (name.clone(), provider.backends[at.backend].data_sources[at.index].table())).collect()
}

/// Every ephemeral resource by its name with the prefix.
pub fn ephemerals(provider: &Provider) -> Vec<(String, &'static Table)> {
    let named = provider.ephemerals.iter();
    named.map(|(name, at)| (name.clone(), provider.backends[at.backend].ephemerals[at.index].table())).collect()
}

/// Every function by its name.
pub fn function_tables(provider: &Provider) -> Vec<(String, &'static Table)> {
    let named = provider.functions.iter();
    named.map(|(name, at)| ((*name).to_owned(), provider.backends[at.backend].functions[at.index].table())).collect()
}

/// The pattern of a type's import ids, such as `{project}:{label_id}`.
pub fn id_pattern(table: &Table) -> String {
    import::pattern(table)
}

/// The import id of an object.
pub fn import_id(table: &Table, object: &Object) -> String {
    import::id_of(table, object)
}

/// Whether an id has the form of the type's import ids.
pub fn parses_import_id(table: &Table, id: &str) -> bool {
    import::parse(table, &import::pattern(table), id).is_some()
}
