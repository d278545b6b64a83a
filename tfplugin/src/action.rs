//! Actions: things to do once, that leave no state.

use std::future::Future;
use std::marker::PhantomData;

use tokio::sync::mpsc;

use crate::Result;
use crate::backend::{AnyClient, Client};
use crate::engine::erased::{BoxFuture, client_of, guarded};
use crate::schema::{Schema, Table};
use crate::value::Object;

/// Something that is invoked; the fields of the struct are its configuration.
pub trait Action: Schema {
    /// The connection to the backend.
    type Client: Client;

    /// Does it, and tells how far it is.
    fn invoke(client: &Self::Client, config: Self, progress: Progress) -> impl Future<Output = Result<()>> + Send;
}

/// Where an action says how far it is.
#[derive(Clone, Debug)]
pub struct Progress(mpsc::UnboundedSender<String>);

impl Progress {
    pub(crate) fn new() -> (Progress, mpsc::UnboundedReceiver<String>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Progress(sender), receiver)
    }

    /// Shows a line to the user; nobody may be listening any more.
    pub fn say(&self, message: impl Into<String>) {
        if self.0.send(message.into()).is_err() {
            tracing::debug!("nobody listens to the action's progress");
        }
    }
}

pub(crate) trait ErasedAction: Send + Sync {
    fn table(&self) -> &'static Table;
    fn invoke(&self, client: AnyClient, config: Object, progress: Progress) -> BoxFuture<'static, Result<()>>;
}

pub(crate) fn erase<A: Action>() -> Box<dyn ErasedAction> {
    Box::new(Adapter::<A>(PhantomData))
}

struct Adapter<A>(PhantomData<fn() -> A>);

impl<A: Action> ErasedAction for Adapter<A> {
    fn table(&self) -> &'static Table {
        A::TABLE
    }

    fn invoke(&self, client: AnyClient, config: Object, progress: Progress) -> BoxFuture<'static, Result<()>> {
        guarded(async move { A::invoke(client_of::<A::Client>(&client)?, A::from_object(config)?, progress).await })
    }
}
