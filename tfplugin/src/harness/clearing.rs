//! Takes each optional attribute out of an example on its own.

use super::document::Document;
use super::evaluation::Scope;
use super::host::Host;
use super::lifecycle::{applied, change};
use crate::schema::{Presence, Table, validate};
use crate::{Error, Result};

/// Clears and restores each optional attribute; those that rules make necessary are returned.
pub(super) async fn clear_each(
    host: &mut Host,
    table: &Table,
    address: &str,
    document: &Document,
) -> Result<Vec<String>> {
    let mut skipped = Vec::new();
    for name in document.arguments(address) {
        let field = table.field(&name).ok_or_else(|| Error::new(format!("there is no argument `{name}`")))?;
        if field.presence == Presence::Required && !field.is_filled_in() {
            continue;
        }
        let cleared = document.without(address, &name);
        let entry = cleared.entry(address).ok_or_else(|| Error::new(format!("there is no `{address}`")))?;
        let config = host.config_of(entry, &Scope::new())?;
        if let Some(problem) = validate(table.fields, table.rules, &config).errors.first() {
            skipped.push(format!("{name}: {}", problem.message()));
            continue;
        }
        let doing = |what: &str| format!("{what} `{name}`");
        let changed = change(host, table, address, &cleared).await.map_err(|error| error.context(doing("without")))?;
        if changed {
            applied(host, document).await.map_err(|error| error.context(doing("again with")))?;
        }
    }
    Ok(skipped)
}
