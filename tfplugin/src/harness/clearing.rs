//! Takes each optional attribute out of an example on its own.

use super::document::Document;
use super::evaluation::Scope;
use super::host::Host;
use super::lifecycle::{applied, change};
use crate::schema::{Field, Presence, Table, validate};
use crate::{Error, Result};

/// Clears and restores each optional attribute; those that rules make necessary, or whose change is refused, are
/// returned.
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
        if let Some(refusal) = refusal(host, field, &cleared).await? {
            skipped.push(format!("{name}: {refusal}"));
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

/// Why the plan refuses to clear an attribute that refuses changes.
async fn refusal(host: &mut Host, field: &Field, cleared: &Document) -> Result<Option<String>> {
    if field.fixed.is_none() && field.change.is_none() {
        return Ok(None);
    }
    let report = host.plan(cleared).await?;
    let refused = report.messages.into_iter().find(|message| message.is_error && message.attribute == field.name);
    Ok(refused.and_then(|refused| refused.detail.lines().next().map(str::to_owned)))
}
