//! Data sources: of a resource, from the same struct, or of their own.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::OnceLock;

use crate::backend::{AnyClient, Client};
use crate::engine::erased::{BoxFuture, client_of, guarded};
use crate::resource::Resource;
use crate::schema::{Field, Kind, Presence, Rule, Schema, Table, member};
use crate::value::{Gather, Object, Value};
use crate::{Error, Result};

/// Something that is only read, and is not the twin of a resource.
pub trait DataSource: Schema {
    /// The connection to the backend.
    type Client: Client;

    /// Reads; `config` holds what the user set, and the answer everything.
    fn read(client: &Self::Client, config: Self) -> impl Future<Output = Result<Self>> + Send;
}

pub(crate) trait ErasedDataSource: Send + Sync {
    /// The name in its table, which is not made for it: most starts need no more than the names.
    fn name(&self) -> &'static str;
    fn table(&self) -> &'static Table;
    fn read(&self, client: AnyClient, config: Object) -> BoxFuture<'static, Result<Object>>;
}

pub(crate) fn erase<D: DataSource>() -> Box<dyn ErasedDataSource> {
    Box::new(Own::<D>(PhantomData))
}

pub(crate) fn of_resource<R: Resource + Clone>() -> Box<dyn ErasedDataSource> {
    Box::new(OfResource::<R> { table: OnceLock::new(), resource: PhantomData })
}

struct Own<D>(PhantomData<fn() -> D>);

impl<D: DataSource> ErasedDataSource for Own<D> {
    fn name(&self) -> &'static str {
        D::TABLE.name
    }

    fn table(&self) -> &'static Table {
        D::TABLE
    }

    fn read(&self, client: AnyClient, config: Object) -> BoxFuture<'static, Result<Object>> {
        guarded(async move {
            let client = client_of::<D::Client>(&client)?;
            Ok(D::read(client, D::from_object(config)?).await?.into_object())
        })
    }
}

struct OfResource<R> {
    table: OnceLock<&'static Table>,
    resource: PhantomData<fn() -> R>,
}

impl<R: Resource + Clone> ErasedDataSource for OfResource<R> {
    fn name(&self) -> &'static str {
        R::TABLE.name
    }

    fn table(&self) -> &'static Table {
        self.table.get_or_init(|| Box::leak(Box::new(looked_up(R::TABLE))))
    }

    fn read(&self, client: AnyClient, config: Object) -> BoxFuture<'static, Result<Object>> {
        let table = self.table();
        guarded(async move {
            let client = client_of::<R::Client>(&client)?;
            let known =
                |names: &[&str]| names.iter().all(|name| config.get(*name).is_some_and(|value| !value.is_null()));
            let found = match R::TABLE.also {
                also if !also.is_empty() && known(also) => R::locate(client, R::natural(&config)?).await?,
                _ => R::read(client, R::key(&config)?).await?,
            };
            let missing = || {
                let given: Vec<_> =
                    config.iter().filter_map(|(name, value)| Some(format!("{name} = {}", shown(value)?))).collect();
                Error::not_found(format!("there is no object with {}", given.join(", ")))
                    .hint("Check the spelling, and that the credentials may see it.")
            };
            Ok(visible(table.fields, &R::reconcile(None, found.ok_or_else(missing)?).into_object()))
        })
    }
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(format!("{text:?}")),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What the data source's table shows of a resource.
fn visible(fields: &[Field], object: &Object) -> Object {
    let members =
        fields.iter().map(|field| (field.name.to_owned(), visible_value(&field.kind, member(object, field.name))));
    members.gather()
}

fn visible_value(kind: &Kind, value: &Value) -> Value {
    match (kind, value) {
        (Kind::Object(fields), Value::Map(members)) => Value::Map(visible(fields, members)),
        (Kind::List(kind) | Kind::Set(kind), Value::List(elements)) => {
            Value::List(elements.iter().map(|element| visible_value(kind, element)).collect())
        }
        (Kind::Map(kind), Value::Map(members)) => {
            Value::Map(members.iter().map(|(key, member)| (key.clone(), visible_value(kind, member))).gather())
        }
        (_, value) => value.clone(),
    }
}

/// Whether answers hold it, so that a data source can.
fn is_visible(field: &Field) -> bool {
    !field.is_carried() && !field.write_only
}

/// The kind without what answers do not hold.
fn visible_kind(kind: Kind) -> Kind {
    let inside = |kind: &Kind| &*Box::leak(Box::new(visible_kind(*kind)));
    match kind {
        Kind::Object(fields) => {
            let fields = fields.iter().filter(|field| is_visible(field));
            let fields = fields.map(|field| Field { kind: visible_kind(field.kind), doc: fact(field.doc), ..*field });
            let fields: Vec<Field> = fields.collect();
            Kind::Object(fields.leak())
        }
        Kind::List(kind) => Kind::List(inside(kind)),
        Kind::Set(kind) => Kind::Set(inside(kind)),
        Kind::Map(kind) => Kind::Map(inside(kind)),
        kind => kind,
    }
}

/// The table of a resource seen from a data source: the keys are looked for, all else is computed.
fn looked_up(table: &'static Table) -> Table {
    let both_ways = !table.also.is_empty();
    let fields = table.fields.iter().filter(|field| is_visible(field)).map(|field| {
        let searched = table.is_key(field.name) || table.also.contains(&field.name);
        let required = table.is_key(field.name) && (!both_ways || table.also.contains(&field.name));
        Field {
            presence: match (required, searched) {
                (true, _) => Presence::Required,
                (false, true) => Presence::Optional,
                (false, false) => Presence::Computed,
            },
            computed: searched && !required,
            kind: visible_kind(field.kind),
            default: None,
            replace: false,
            fixed: None,
            doc: match (required, searched) {
                (true, _) => needed(field.doc),
                (false, true) => field.doc,
                (false, false) => fact(field.doc),
            },
            ..*field
        }
    });
    let fields: Vec<Field> = fields.collect();
    let alternatives = |names: &[&'static str], others: &[&str]| {
        names.iter().copied().filter(|name| !others.contains(name)).collect::<Vec<_>>()
    };
    let mut choice = alternatives(table.key, table.also);
    choice.extend(alternatives(table.also, table.key));
    let rules: Vec<Rule> = if both_ways && choice.len() == 2 { vec![Rule::OneOf(choice.leak())] } else { Vec::new() };
    Table { fields: fields.leak(), rules: rules.leak(), timeouts: None, ..Table::new(table.name, looks_up(table.doc)) }
}

/// The text of a resource's page as a data source's: the first paragraph, without what only a manager needs to know.
fn looks_up(doc: &'static str) -> &'static str {
    let first = doc.split("\n\n").next().unwrap_or(doc);
    match first.strip_prefix("Manages ") {
        Some(rest) => format!("Looks up {rest}").leak(),
        None => first,
    }
}

/// The text of an attribute that cannot be left out: without what stands after "omit".
fn needed(doc: &'static str) -> &'static str {
    let Some((first, rest)) = doc.split_once("; omit") else { return doc };
    let after = rest.split_once(". ").map_or(String::new(), |(_, after)| format!(" {after}"));
    format!("{first}.{after}").leak()
}

/// What an attribute is; the sentences after it, and what stands after "omit", are for those who set it.
fn fact(doc: &'static str) -> &'static str {
    let first = doc.split_once(". ").map_or(doc, |(first, _)| first);
    let first = first.split_once("; omit").map_or(first, |(first, _)| first);
    match first.ends_with('.') {
        true => first,
        false => format!("{first}.").leak(),
    }
}
