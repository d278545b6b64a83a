//! List resources: what exists, for `terraform query`.

use std::future::Future;
use std::marker::PhantomData;

use crate::Result;
use crate::backend::{AnyClient, Client};
use crate::engine::erased::{BoxFuture, client_of, guarded};
use crate::engine::state_of;
use crate::resource::Resource;
use crate::schema::{Schema, Table};
use crate::value::Object;

/// A way to list the objects of a resource; the fields of the struct are the filter, under the resource's name.
pub trait List: Schema {
    /// The connection to the backend.
    type Client: Client;
    /// What is listed.
    type Item: Resource<Client = Self::Client>;

    /// Lists at most `limit` objects.
    fn list(
        client: &Self::Client,
        filter: Self,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Listed<Self::Item>>>> + Send;
}

/// One object that was found.
#[derive(Debug)]
pub struct Listed<R> {
    /// What a person would call it.
    pub display_name: String,
    /// The object with its key.
    pub object: R,
}

pub(crate) trait ErasedList: Send + Sync {
    fn table(&self) -> &'static Table;
    fn item(&self) -> &'static Table;
    fn list(&self, client: AnyClient, filter: Object, limit: usize) -> BoxFuture<'static, Result<Vec<Listed<Object>>>>;
}

pub(crate) fn erase<L: List>() -> Box<dyn ErasedList> {
    Box::new(Adapter::<L>(PhantomData))
}

struct Adapter<L>(PhantomData<fn() -> L>);

impl<L: List> ErasedList for Adapter<L> {
    fn table(&self) -> &'static Table {
        L::TABLE
    }

    fn item(&self) -> &'static Table {
        L::Item::TABLE
    }

    fn list(&self, client: AnyClient, filter: Object, limit: usize) -> BoxFuture<'static, Result<Vec<Listed<Object>>>> {
        guarded(async move {
            let found = L::list(client_of::<L::Client>(&client)?, L::from_object(filter)?, limit).await?;
            let found = found.into_iter().take(limit);
            let listed = found.map(|one| {
                let object = L::Item::reconcile(None, one.object).into_object();
                Listed { display_name: one.display_name, object: state_of(L::Item::TABLE.fields, object) }
            });
            Ok(listed.collect())
        })
    }
}
