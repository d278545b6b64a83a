//! The life of a resource, from its two examples.

use std::future::Future;

use super::clearing;
use super::document::Document;
use super::host::Host;
use super::instance::Instance;
use super::registry::{import_id, resources};
use super::report::{Action, Report};
use crate::schema::{Field, Table, Volatile};
use crate::value::{Object, Value};
use crate::{Error, Result};

/// A part of a life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The first example is validated and applied.
    Create,
    /// Nothing changes when it is planned again.
    Settle,
    /// It is imported into a state of its own.
    Import,
    /// The second example is applied.
    Update,
    /// Each optional attribute is taken out on its own.
    Clear,
    /// It is deleted behind the back and made again.
    Vanish,
    /// It is destroyed, and once more.
    Destroy,
}

/// What a life needs.
pub struct Life<'a> {
    /// Type with the provider's prefix; the main resource of both examples is called `example`.
    pub type_name: &'a str,
    /// The first example.
    pub resource: &'a str,
    /// The second example.
    pub update: &'a str,
    /// Deletes the object as a colleague would.
    pub vanish: &'a (dyn Fn(&Instance) + Sync),
    /// Hears which step is over.
    pub over: &'a (dyn Fn(Step) + Sync),
}

/// Leads a life; the attributes that could not be taken out are returned, each with the reason.
pub async fn live(host: &mut Host, life: &Life<'_>) -> Result<Vec<String>> {
    let mut table = resources(host.provider()).into_iter();
    let table = table.find(|(name, _)| name == life.type_name).map(|(_, table)| table);
    let table = table.ok_or_else(|| Error::new(format!("there is no resource `{}`", life.type_name)))?;
    let address = format!("{}.example", life.type_name);
    let resource = Document::parse(life.resource).map_err(|error| error.context("resource.tf"))?;
    let update = Document::parse(life.update).map_err(|error| error.context("resource_update.tf"))?;

    step(life, Step::Create, async {
        host.validate(&resource).await?.success()?;
        applied(host, &resource).await
    })
    .await?;
    step(life, Step::Settle, async { host.plan(&resource).await?.empty() }).await?;
    step(life, Step::Import, import(host, table, &address)).await?;
    step(life, Step::Update, async {
        host.validate(&update).await?.success()?;
        match change(host, table, &address, &update).await? {
            true => Ok(()),
            false => Err(Error::new("it changes nothing")),
        }
    })
    .await?;
    let skipped = step(life, Step::Clear, clearing::clear_each(host, table, &address, &update)).await?;
    step(life, Step::Vanish, vanish(host, life, &address, &update)).await?;
    step(life, Step::Destroy, destroy(host, &address, &update)).await?;
    Ok(skipped)
}

async fn step<T>(life: &Life<'_>, step: Step, doing: impl Future<Output = Result<T>>) -> Result<T> {
    let done = doing.await.map_err(|error| error.context(format!("`{}`, {step:?}", life.type_name)));
    (life.over)(step);
    done
}

/// Applies without an error or a warning.
pub(super) async fn applied(host: &mut Host, document: &Document) -> Result<()> {
    let report = host.apply(document).await?;
    silent(&report)
}

fn silent(report: &Report) -> Result<()> {
    match report.messages.is_empty() {
        true => Ok(()),
        false => Err(Error::new(report.text())),
    }
}

/// Applies a change of the object, which stays the same one unless its plan says otherwise or a successor is issued,
/// and plans again.
///
/// Whether there was anything to do is returned.
pub(super) async fn change(host: &mut Host, table: &Table, address: &str, document: &Document) -> Result<bool> {
    let before = host.instance(address)?.clone();
    let report = host.apply(document).await?;
    silent(&report)?;
    if report.actions.is_empty() {
        return Ok(false);
    }
    let after = host.instance(address)?;
    match report.actions.get(address) {
        Some(Action::Update) | None
            if !table.generated && import_id(table, &before.state) != import_id(table, &after.state) =>
        {
            return Err(Error::new("the update made another object"));
        }
        Some(Action::Create | Action::Delete) => return Err(Error::new(format!("{:?}", report.actions))),
        Some(Action::Replace) if !may_replace(table, &before.state, &after.state) => {
            return Err(Error::new("it was replaced, but no changed attribute asks for it"));
        }
        _ => {}
    }
    host.plan(document).await?.empty().map_err(|error| error.context("planned again"))?;
    Ok(true)
}

fn may_replace(table: &Table, before: &Object, after: &Object) -> bool {
    let asks = |name: &str| table.field(name).is_some_and(|field| field.replace || table.is_key(name));
    before.iter().any(|(name, value)| asks(name) && after.get(name) != Some(value))
}

/// An import knows all but what the API never returns.
async fn import(host: &mut Host, table: &Table, address: &str) -> Result<()> {
    let original = host.instance(address)?.clone();
    let id = import_id(table, &original.state);
    let copy = format!("{}.imported", original.type_name);
    host.import(&copy, &id).await?.success().map_err(|error| error.context(format!("by `{id}`")))?;
    equal(table, &original, host.instance(&copy)?)?;
    host.import_by_identity(&copy, address).await?.success().map_err(|error| error.context("by identity"))?;
    equal(table, &original, host.instance(&copy)?)?;
    host.forget(&copy);
    Ok(())
}

fn equal(table: &Table, original: &Instance, imported: &Instance) -> Result<()> {
    for field in table.fields.iter().filter(|field| !field.is_carried() && !field.write_only) {
        let (original, imported) = (original.get(field.name), imported.get(field.name));
        let alike = crate::schema::equal(&field.kind, original, imported);
        // Nobody can tell an empty text or list that was configured from one that was not.
        let empty = |value: &Value| value.is_null() || crate::schema::is_empty(value);
        let untold = imported.is_null() && follows_carried(table, field);
        let same = alike || untold || (empty(original) && empty(imported));
        if !same {
            let text = format!("`{}` is {original:?} in the state and {imported:?} after an import", field.name);
            return Err(Error::new(text));
        }
    }
    Ok(())
}

/// Whether it is computed from an attribute that no answer holds, such as a day from a rotation.
fn follows_carried(table: &Table, field: &Field) -> bool {
    let Volatile::With(names) = field.volatile else { return false };
    field.nullable && names.iter().any(|name| table.field(name).is_some_and(Field::is_carried))
}

async fn vanish(host: &mut Host, life: &Life<'_>, address: &str, update: &Document) -> Result<()> {
    (life.vanish)(host.instance(address)?);
    silent(&host.refresh().await?)?;
    if host.instance(address).is_ok() {
        return Err(Error::new("it is deleted, but a refresh does not say so"));
    }
    let planned = host.plan(update).await?.success()?;
    if planned.actions.get(address) != Some(&Action::Create) {
        return Err(Error::new(format!("it is gone, but the plan is {:?}", planned.actions)));
    }
    applied(host, update).await?;
    host.plan(update).await?.empty()
}

async fn destroy(host: &mut Host, address: &str, update: &Document) -> Result<()> {
    let last = host.instance(address)?.clone();
    // By itself first, so that its parents are there to be asked.
    applied(host, &update.except(address)).await?;
    if host.instance(address).is_ok() {
        return Err(Error::new("it is destroyed and still in the state"));
    }
    let gone = host.read(&last).await?;
    if gone.instance.is_some() {
        return Err(Error::new("it is destroyed, but can still be read"));
    }
    let again = host.remove(&last).await?;
    if again.failed() {
        return Err(Error::new(format!("destroying it twice fails: {:?}", again.diagnostics)));
    }
    silent(&host.destroy().await?)?;
    silent(&host.destroy().await?)
}
