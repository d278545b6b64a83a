//! The thin generic adapter between the engine, which is not generic, and a resource's type.

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;
use std::time::Duration;

use crate::backend::{AnyClient, Client};
use crate::generated::ErasedGenerated;
use crate::operation;
use crate::process::caught;
use crate::resource::{Change, Resource};
use crate::schema::{Attribute, Table, completed};
use crate::value::{Object, Value};
use crate::{Error, Result};

/// A future that the engine can hold without knowing its type.
pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What is managed, without its type: read, deleted and found in one way, whoever made it.
pub(crate) trait ErasedResource: Send + Sync {
    fn table(&self) -> &'static Table;
    fn settle_time(&self) -> Duration;
    fn read(&self, client: AnyClient, key: Object) -> BoxFuture<'static, Result<Option<Object>>>;
    /// Reads what a state holds.
    fn refresh(&self, client: AnyClient, prior: Object) -> BoxFuture<'static, Result<Option<Object>>> {
        self.read(client, prior)
    }
    fn delete(&self, client: AnyClient, state: Object) -> BoxFuture<'static, Result<()>>;
    /// The key's attributes of the object with this natural key.
    fn locate(&self, client: AnyClient, natural: Object) -> BoxFuture<'static, Result<Option<Object>>>;
    fn reconcile(&self, prior: Object, actual: Object) -> BoxFuture<'static, Result<Object>>;
    /// What was read, looked at again where it is not what was expected; what lags behind nowhere is right.
    fn confirm(&self, client: AnyClient, expected: Object, actual: Object) -> BoxFuture<'static, Result<Object>> {
        let _ = (client, expected);
        Box::pin(async { Ok(actual) })
    }
    /// Whether somebody else wrote over its write-only values; what has none says no.
    fn overwritten(&self, prior: Object, actual: Object) -> BoxFuture<'static, Result<bool>> {
        let _ = (prior, actual);
        Box::pin(async { Ok(false) })
    }
    fn upgrade(&self, version: i64, state: Object) -> Result<Object>;
}

/// A [`Resource`] without its type.
pub(crate) trait ErasedWritten: ErasedResource {
    fn create(&self, client: AnyClient, plan: Object) -> BoxFuture<'static, Result<Object>>;
    /// Updates, and returns what the answer told if the resource hands it over.
    fn update(&self, client: AnyClient, prior: Object, plan: Object) -> BoxFuture<'static, Result<Option<Object>>>;
    /// The key's attributes of the object that a create with this plan would double.
    fn find_planned(&self, client: AnyClient, plan: Object) -> BoxFuture<'static, Result<Option<Object>>>;
    fn ready(&self, client: AnyClient, created: Object) -> BoxFuture<'static, Result<()>>;
    /// Whether the create copies another object.
    fn is_copy(&self, plan: Object) -> bool;
    /// Refuses a change that no connection with this configuration can make; a configuration that cannot be read, and a
    /// change of what is not known yet, are judged later.
    fn permit(&self, config: Object, prior: Object, plan: Object) -> Result<()>;
}

/// How what is managed comes into being and changes.
pub(crate) enum Managed {
    /// It is created and updated.
    Written(Box<dyn ErasedWritten>),
    /// It is issued, and succeeded by another one.
    Generated(Box<dyn ErasedGenerated>),
}

impl Deref for Managed {
    type Target = dyn ErasedResource;

    fn deref(&self) -> &Self::Target {
        match self {
            Managed::Written(resource) => &**resource,
            Managed::Generated(resource) => &**resource,
        }
    }
}

/// The client behind the erased one.
pub(crate) fn client_of<C: Client>(client: &AnyClient) -> Result<&C> {
    let inner: &(dyn Any + Send + Sync) = &**client;
    inner.downcast_ref().ok_or_else(|| Error::new(format!("`{}` is not the backend's client", C::NAME)))
}

/// A call into a backend, whose panic is an error: after a panic nobody knows whether a write happened.
pub(crate) fn guarded<T: 'static>(
    call: impl Future<Output = Result<T>> + Send + 'static,
) -> BoxFuture<'static, Result<T>> {
    erased(Box::pin(call))
}

/// The same for a future without its type: else all of it would be compiled anew for each method of each resource.
fn erased<T: 'static>(call: BoxFuture<'static, Result<T>>) -> BoxFuture<'static, Result<T>> {
    Box::pin(async {
        let result = caught("a call into a backend", call).await;
        result.unwrap_or_else(|panic| {
            Err(Error::answer_lost(format!("a bug in the provider: {panic}")).hint("Please report this with the log."))
        })
    })
}

/// The key's attributes of an object that was found.
fn key_of<R: Resource>(found: R) -> Result<Object> {
    Ok(R::key_object(&R::key(&found.into_object())?))
}

pub(crate) struct ResourceAdapter<R>(PhantomData<fn() -> R>);

impl<R> ResourceAdapter<R> {
    pub(crate) fn new() -> Self {
        ResourceAdapter(PhantomData)
    }
}

impl<R: Resource + Clone> ErasedResource for ResourceAdapter<R> {
    fn table(&self) -> &'static Table {
        R::TABLE
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

    fn refresh(&self, client: AnyClient, prior: Object) -> BoxFuture<'static, Result<Option<Object>>> {
        guarded(async move {
            let (client, key) = (client_of(&client)?, R::key(&prior)?);
            // The stub of an import holds little more than the key.
            let found = match R::from_object(completed(R::TABLE.fields, prior, &Object::new())) {
                Ok(prior) => R::refresh(client, key, prior).await?,
                Err(_) => R::read(client, key).await?,
            };
            Ok(found.map(R::into_object))
        })
    }

    fn delete(&self, client: AnyClient, state: Object) -> BoxFuture<'static, Result<()>> {
        guarded(async move {
            operation::proceed()?;
            let key = R::key(&state)?;
            let state = completed(R::TABLE.fields, state, &Object::new());
            R::delete(client_of(&client)?, key, R::from_object(state)?).await
        })
    }

    fn locate(&self, client: AnyClient, natural: Object) -> BoxFuture<'static, Result<Option<Object>>> {
        guarded(async move {
            let found = R::locate(client_of(&client)?, R::natural(&natural)?).await?;
            found.map(key_of).transpose()
        })
    }

    fn reconcile(&self, prior: Object, actual: Object) -> BoxFuture<'static, Result<Object>> {
        guarded(async move {
            // The stub of an import holds little more than the key.
            let prior = R::from_object(prior).ok();
            Ok(R::reconcile(prior.as_ref(), R::from_object(actual)?).into_object())
        })
    }

    fn confirm(&self, client: AnyClient, expected: Object, actual: Object) -> BoxFuture<'static, Result<Object>> {
        guarded(async move {
            // The stub of an import holds little more than the key.
            let expected = R::from_object(expected).ok();
            let confirmed = R::confirm(client_of(&client)?, expected.as_ref(), R::from_object(actual)?).await?;
            Ok(confirmed.into_object())
        })
    }

    fn overwritten(&self, prior: Object, actual: Object) -> BoxFuture<'static, Result<bool>> {
        guarded(async move {
            let whole = |object| R::from_object(completed(R::TABLE.fields, object, &Object::new()));
            // The stub of an import holds little more than the key, and nobody wrote over what was never sent.
            let prior = whole(prior).ok();
            let actual = whole(actual)?;
            Ok(prior.is_some_and(|prior| R::overwritten(&prior, &actual)))
        })
    }

    fn upgrade(&self, version: i64, state: Object) -> Result<Object> {
        R::upgrade(version, state)
    }
}

impl<R: Resource + Clone> ErasedWritten for ResourceAdapter<R> {
    fn create(&self, client: AnyClient, plan: Object) -> BoxFuture<'static, Result<Object>> {
        guarded(async move {
            operation::proceed()?;
            let created = R::create(client_of(&client)?, R::from_object(plan)?).await?;
            Ok(created.into_object())
        })
    }

    fn update(&self, client: AnyClient, prior: Object, plan: Object) -> BoxFuture<'static, Result<Option<Object>>> {
        guarded(async move {
            operation::proceed()?;
            let key = R::key(&prior)?;
            let change = Change::<R>::new(prior, plan)?;
            let answer = change.answer();
            R::update(client_of(&client)?, key, change).await?;
            Ok(answer.get().cloned())
        })
    }

    fn find_planned(&self, client: AnyClient, plan: Object) -> BoxFuture<'static, Result<Option<Object>>> {
        guarded(async move {
            let client = client_of::<R::Client>(&client)?;
            if let Ok(key) = R::key(&plan) {
                let found = R::read(client, key.clone()).await?;
                return Ok(found.filter(|found| !found.is_vacant()).map(|_| R::key_object(&key)));
            }
            if R::TABLE.also.is_empty() {
                return Ok(None);
            }
            let Some(natural) = R::natural_of(client, &R::from_object(plan)?).await? else {
                return Ok(None);
            };
            let found = R::locate(client, natural).await?;
            found.filter(|found| !found.is_vacant()).map(key_of).transpose()
        })
    }

    fn is_copy(&self, plan: Object) -> bool {
        R::from_object(plan).is_ok_and(|plan| R::is_copy(&plan))
    }

    fn permit(&self, config: Object, prior: Object, plan: Object) -> Result<()> {
        let config = <R::Client as Client>::Config::from_value(Value::Map(config));
        match (config, Change::<R>::new(prior, plan)) {
            (Ok(config), Ok(change)) => R::permit(&config, &change),
            _ => Ok(()),
        }
    }

    fn ready(&self, client: AnyClient, created: Object) -> BoxFuture<'static, Result<()>> {
        guarded(async move {
            let key = R::key(&created)?;
            let created = completed(R::TABLE.fields, created, &Object::new());
            R::ready(client_of(&client)?, key, R::from_object(created)?).await
        })
    }
}
