//! The trait of a resource whose object comes with a secret that is shown once.

use std::future::Future;
use std::marker::PhantomData;
use std::time::{Duration, SystemTime};

use crate::backend::{AnyClient, Client};
use crate::engine::erased::{BoxFuture, ErasedResource, client_of, guarded};
use crate::engine::import;
use crate::operation;
use crate::schema::{Field, Schema, Secret, TIMEOUTS, Table, completed};
use crate::value::Object;
use crate::{Error, Result};

/// Something that is issued with a secret, never changed, and succeeded by another one.
///
/// The secret goes to the sink that the user names in the attribute `deliver`, which the provider adds to the table.
/// Each change of an attribute, apart from `local` ones, issues a successor: it is delivered, and then everything that
/// was alive under the natural key before is revoked. So the table needs a natural key (`also`), which belongs to the
/// resource alone, and a key with a part that the backend assigns. What the backend computes is computed anew with
/// each successor, without a word.
pub trait Generated: Schema {
    /// The connection to the backend.
    type Client: Client;

    /// Refuses what would be issued in vain, such as with an end that is over: in the plan, if all of it is known there.
    fn check(plan: &Self, now: SystemTime) -> Result<()> {
        let _ = (plan, now);
        Ok(())
    }

    /// Makes the one call that brings an object into being, beside those that are there.
    ///
    /// An error that is [`Error::answer_lost`] makes the engine look for the object and revoke it, since nobody has its
    /// secret.
    fn issue(client: &Self::Client, plan: Self) -> impl Future<Output = Result<Issued<Self>>> + Send;

    /// Reads the object; `None` when the backend says for certain that there is none, or that its secret is of no use
    /// any more.
    fn read(client: &Self::Client, key: Self::Key) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Every object of this natural key whose secret can be used.
    fn live(client: &Self::Client, natural: Self::Natural) -> impl Future<Output = Result<Vec<Self>>> + Send;

    /// Makes the object's secret useless.
    fn revoke(client: &Self::Client, key: Self::Key) -> impl Future<Output = Result<()>> + Send;

    /// Whether it is time for a successor. `object` is the state, with the `local` attributes of the plan.
    fn is_due(object: &Self, now: SystemTime) -> bool {
        let _ = (object, now);
        false
    }

    /// Adjusts what was read to what the plan or the state says about it; there is no prior object on import.
    fn reconcile(prior: Option<&Self>, actual: Self) -> Self {
        let _ = prior;
        actual
    }

    /// Brings a state of an older version to the current shape.
    fn upgrade(version: i64, state: Object) -> Result<Object> {
        let _ = state;
        Err(Error::new(format!("a state of version {version} cannot be upgraded")))
    }
}

/// What a backend issued.
#[derive(Debug)]
pub struct Issued<R> {
    /// The object, for the state.
    pub object: R,
    /// Its secret, for the sink.
    pub secret: Secret<String>,
}

/// A generated resource without its type.
pub(crate) trait ErasedGenerated: ErasedResource {
    /// Adds the attribute that names the sink.
    fn complete(&mut self, deliver: Field);
    /// Refuses to plan what would be issued in vain.
    fn check(&self, plan: Object, now: SystemTime) -> Result<()>;
    fn issue(&self, client: AnyClient, plan: Object) -> BoxFuture<'static, Result<Issued<Object>>>;
    /// What is alive under the natural key of `object`.
    fn live(&self, client: AnyClient, object: Object) -> BoxFuture<'static, Result<Vec<Object>>>;
    fn is_due(&self, object: Object, now: SystemTime) -> bool;
}

pub(crate) fn erase<R: Generated>() -> Box<dyn ErasedGenerated> {
    Box::new(Adapter::<R> { table: R::TABLE, resource: PhantomData })
}

struct Adapter<R> {
    table: &'static Table,
    resource: PhantomData<fn() -> R>,
}

impl<R: Generated> ErasedGenerated for Adapter<R> {
    fn complete(&mut self, deliver: Field) {
        let mut fields = R::TABLE.fields.to_vec();
        let place = fields.iter().position(|field| field.name == TIMEOUTS.name).unwrap_or(fields.len());
        fields.insert(place, deliver);
        self.table = Box::leak(Box::new(Table { fields: fields.leak(), generated: true, ..*R::TABLE }));
    }

    fn check(&self, plan: Object, now: SystemTime) -> Result<()> {
        // What is not known yet is checked when it is issued.
        R::from_object(plan).map_or(Ok(()), |plan| R::check(&plan, now))
    }

    fn issue(&self, client: AnyClient, plan: Object) -> BoxFuture<'static, Result<Issued<Object>>> {
        guarded(async move {
            let wanted = R::from_object(plan.clone())?;
            R::check(&wanted, SystemTime::now())?;
            operation::proceed()?;
            let issued = R::issue(client_of(&client)?, wanted).await?;
            let object = R::reconcile(Some(&R::from_object(plan)?), issued.object);
            Ok(Issued { object: object.into_object(), secret: issued.secret })
        })
    }

    fn live(&self, client: AnyClient, object: Object) -> BoxFuture<'static, Result<Vec<Object>>> {
        guarded(async move {
            let live = R::live(client_of(&client)?, R::natural(&object)?).await?;
            Ok(live.into_iter().map(R::into_object).collect())
        })
    }

    fn is_due(&self, object: Object, now: SystemTime) -> bool {
        // The state of an import lacks what its user never wrote; a successor follows anyway.
        let object = R::from_object(completed(R::TABLE.fields, object, &Object::new()));
        object.is_ok_and(|object| R::is_due(&object, now))
    }
}

impl<R: Generated> ErasedResource for Adapter<R> {
    fn table(&self) -> &'static Table {
        self.table
    }

    fn settle_time(&self) -> Duration {
        R::Client::SETTLE
    }

    fn read(&self, client: AnyClient, key: Object) -> BoxFuture<'static, Result<Option<Object>>> {
        guarded(async move {
            let found = R::read(client_of(&client)?, R::key(&key)?).await?;
            Ok(found.map(R::into_object))
        })
    }

    fn delete(&self, client: AnyClient, state: Object) -> BoxFuture<'static, Result<()>> {
        guarded(async move {
            operation::proceed()?;
            R::revoke(client_of(&client)?, R::key(&state)?).await
        })
    }

    fn locate(&self, client: AnyClient, natural: Object) -> BoxFuture<'static, Result<Option<Object>>> {
        guarded(async move {
            let live = R::live(client_of(&client)?, R::natural(&natural)?).await?.into_iter();
            let keys = live.map(|object| Ok(R::key_object(&R::key(&object.into_object())?)));
            let mut keys = keys.collect::<Result<Vec<_>>>()?;
            match keys.len() {
                0 | 1 => Ok(keys.pop()),
                _ => Err(Error::new(format!("it is not the only one: there are {}", import::ids_of(R::TABLE, &keys)))
                    .hint("Import one of them by its id.")),
            }
        })
    }

    fn reconcile(&self, prior: Object, actual: Object) -> BoxFuture<'static, Result<Object>> {
        guarded(async move {
            // The stub of an import holds little more than the key.
            let prior = R::from_object(prior).ok();
            Ok(R::reconcile(prior.as_ref(), R::from_object(actual)?).into_object())
        })
    }

    fn upgrade(&self, version: i64, state: Object) -> Result<Object> {
        R::upgrade(version, state)
    }
}
