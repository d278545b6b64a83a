//! Delivery: a secret that a resource generated goes to one place that keeps secrets, and nowhere else.
//!
//! A place is a [`Sink`], registered beside the resources of its backend. The provider offers every sink in the
//! attribute `deliver` of every [`Generated`](crate::generated::Generated) resource, so no backend knows another.

use std::future::Future;
use std::marker::PhantomData;

use crate::Result;
use crate::backend::{AnyClient, Backend, Client};
use crate::engine::erased::{BoxFuture, client_of, guarded};
use crate::schema::{Attribute, Field, Kind, Nested, Presence, Rule, Secret};
use crate::value::Value;

/// The attribute of a generated resource that names the sink.
pub(crate) const DELIVER: &str = "deliver";

const DELIVER_DOC: &str = "Where the secret goes; neither the state nor a plan holds it. A change of the resource issues a successor and \
    delivers its secret before the predecessor is revoked, and so does the first apply after an import. Destroying the \
    resource revokes the secret, but leaves it where it was delivered.";

/// A place that keeps a secret.
pub trait Sink: Send + Sync + 'static {
    /// The connection to the backend.
    type Client: Client;

    /// What the user writes to name the place. All of it is the user's: nothing is computed or write-only.
    type Target: Nested + Attribute + Send;

    /// The member of `deliver` that stands for it, such as `vault_kv`.
    const NAME: &'static str;

    /// The manual entry of that member.
    const DOC: &'static str;

    /// The place in words, such as ``key `token` of `kv/app` ``. Targets of one place have the same, others have others: of
    /// two resources that deliver to one place, the second is refused.
    fn place(target: &Self::Target) -> String;

    /// Fails if a delivery is certain to fail, such as where the place is missing. Nothing is issued then.
    ///
    /// It writes nothing.
    fn probe(client: &Self::Client, target: Self::Target) -> impl Future<Output = Result<()>> + Send {
        let _ = (client, target);
        async { Ok(()) }
    }

    /// Puts the secret there, in the place of an earlier one.
    ///
    /// An error that is [`answer_lost`](crate::Error::answer_lost) says that it may be there all the same. The secret
    /// belongs into the request with [`Body::with_secret`](crate::schema::Body::with_secret), which keeps it out of logs.
    fn deliver(
        client: &Self::Client,
        target: Self::Target,
        secret: &Secret<String>,
    ) -> impl Future<Output = Result<()>> + Send;
}

pub(crate) trait ErasedSink: Send + Sync {
    fn name(&self) -> &'static str;
    /// The member of `deliver`.
    fn field(&self) -> Field;
    fn place(&self, target: Value) -> Result<String>;
    fn probe(&self, client: AnyClient, target: Value) -> BoxFuture<'static, Result<()>>;
    fn deliver(&self, client: AnyClient, target: Value, secret: Secret<String>) -> BoxFuture<'static, Result<()>>;
}

pub(crate) fn erase<S: Sink>() -> Box<dyn ErasedSink> {
    Box::new(Adapter::<S>(PhantomData))
}

struct Adapter<S>(PhantomData<fn() -> S>);

impl<S: Sink> ErasedSink for Adapter<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn field(&self) -> Field {
        Field::of::<Option<S::Target>>(S::NAME, S::DOC)
    }

    fn place(&self, target: Value) -> Result<String> {
        Ok(format!("`{}`, {}", S::NAME, S::place(&S::Target::from_value(target)?)))
    }

    fn probe(&self, client: AnyClient, target: Value) -> BoxFuture<'static, Result<()>> {
        guarded(async move { S::probe(client_of(&client)?, S::Target::from_value(target)?).await })
    }

    fn deliver(&self, client: AnyClient, target: Value, secret: Secret<String>) -> BoxFuture<'static, Result<()>> {
        guarded(async move { S::deliver(client_of(&client)?, S::Target::from_value(target)?, &secret).await })
    }
}

/// The attribute `deliver`, with a member for each sink of these backends.
///
/// No answer holds it, so it is carried like what an API takes and never returns.
pub(crate) fn attribute(backends: &[Backend]) -> Field {
    let mut sinks: Vec<Field> = backends.iter().flat_map(|backend| &backend.sinks).map(|sink| sink.field()).collect();
    sinks.sort_by_key(|sink| sink.name);
    let names: Vec<&str> = sinks.iter().map(|sink| sink.name).collect();
    let rules = vec![Rule::OneOf(names.leak())];
    Field {
        unread: true,
        rules: rules.leak(),
        ..Field::new(DELIVER, DELIVER_DOC, Kind::Object(sinks.leak()), Presence::Required)
    }
}
