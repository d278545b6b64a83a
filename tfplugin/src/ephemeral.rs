//! Ephemeral resources: values that exist for one run and reach neither plan nor state.

use std::future::Future;
use std::marker::PhantomData;
use std::time::SystemTime;

use crate::Result;
use crate::backend::{AnyClient, Client};
use crate::engine::erased::{BoxFuture, client_of, guarded};
use crate::schema::{Field, Schema, Table, member};
use crate::value::Object;

/// A value that is opened for a run, renewed while the run lasts and closed at its end.
pub trait Ephemeral: Schema {
    /// The connection to the backend.
    type Client: Client;

    /// Opens it; `config` holds what the user set.
    fn open(client: &Self::Client, config: Self) -> impl Future<Output = Result<Opened<Self>>> + Send;

    /// Renews it before [`Opened::renew_at`]; returns when to renew next. `handle` is what `open` gave.
    fn renew(client: &Self::Client, handle: &[u8]) -> impl Future<Output = Result<Option<SystemTime>>> + Send {
        let _ = (client, handle);
        async { Ok(None) }
    }

    /// Closes it. It is called once for every open that succeeded: by core, or at the end of the process, for which there
    /// is a second at most.
    fn close(client: &Self::Client, handle: &[u8]) -> impl Future<Output = Result<()>> + Send {
        let _ = (client, handle);
        async { Ok(()) }
    }
}

/// An open ephemeral resource.
#[derive(Debug)]
pub struct Opened<E> {
    /// Every attribute.
    pub value: E,
    /// When it must be renewed at the latest.
    pub renew_at: Option<SystemTime>,
    /// What `renew` and `close` need, such as a lease's id.
    pub handle: Vec<u8>,
}

pub(crate) trait ErasedEphemeral: Send + Sync {
    fn table(&self) -> &'static Table;
    fn open(&self, client: AnyClient, config: Object) -> BoxFuture<'static, Result<Opened<Object>>>;
    fn renew(&self, client: AnyClient, handle: Vec<u8>) -> BoxFuture<'static, Result<Option<SystemTime>>>;
    fn close(&self, client: AnyClient, handle: Vec<u8>) -> BoxFuture<'static, Result<()>>;
}

pub(crate) fn erase<E: Ephemeral>() -> Box<dyn ErasedEphemeral> {
    Box::new(Adapter::<E>(PhantomData))
}

/// The value with what was configured as it was configured, and nothing in its place that was not: core takes an open
/// ephemeral resource that differs for a mistake, and never closes it.
fn as_configured(fields: &[Field], config: &Object, mut value: Object) -> Object {
    for field in fields.iter().filter(|field| !field.is_computed_only()) {
        let configured = member(config, field.name);
        if !configured.is_null() || !field.is_filled_in() {
            value.insert(field.name.to_owned(), configured.clone());
        }
    }
    value
}

struct Adapter<E>(PhantomData<fn() -> E>);

impl<E: Ephemeral> ErasedEphemeral for Adapter<E> {
    fn table(&self) -> &'static Table {
        E::TABLE
    }

    fn open(&self, client: AnyClient, config: Object) -> BoxFuture<'static, Result<Opened<Object>>> {
        guarded(async move {
            let opened = E::open(client_of::<E::Client>(&client)?, E::from_object(config.clone())?).await?;
            let value = as_configured(E::TABLE.fields, &config, opened.value.into_object());
            Ok(Opened { value, renew_at: opened.renew_at, handle: opened.handle })
        })
    }

    fn renew(&self, client: AnyClient, handle: Vec<u8>) -> BoxFuture<'static, Result<Option<SystemTime>>> {
        guarded(async move { E::renew(client_of::<E::Client>(&client)?, &handle).await })
    }

    fn close(&self, client: AnyClient, handle: Vec<u8>) -> BoxFuture<'static, Result<()>> {
        guarded(async move { E::close(client_of::<E::Client>(&client)?, &handle).await })
    }
}
