//! A backend: a connection that is made on first use, and the list of what runs over it.

use std::any::Any;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use crate::Result;
use crate::action::{Action, ErasedAction};
use crate::data_source::{DataSource, ErasedDataSource};
use crate::delivery::{ErasedSink, Sink};
use crate::engine::erased::{BoxFuture, Managed, ResourceAdapter};
use crate::ephemeral::{Ephemeral, ErasedEphemeral};
use crate::function::{ErasedFunction, Function};
use crate::generated::Generated;
use crate::list::{ErasedList, List};
use crate::resource::Resource;
use crate::schema::{Attribute, Field, Nested, Rule};
use crate::value::Value;

/// A connection to a backend.
pub trait Client: Send + Sync + Sized + 'static {
    /// The backend's attribute in the provider's configuration.
    const NAME: &'static str;
    /// What the attribute is for, in a sentence.
    const DOC: &'static str;
    /// What people call the backend; the manual is ordered by it.
    const TITLE: &'static str = Self::NAME;
    /// How long a new object may take to become visible.
    const SETTLE: Duration = Duration::from_secs(10);

    /// The backend's part of the provider's configuration.
    type Config: Nested + Attribute + Send;

    /// Connects. It is called on first use, with everything known, and not again if it succeeds.
    fn connect(config: Self::Config) -> impl Future<Output = Result<Self>> + Send;

    /// Ends the session that the process itself opened, if any; it is given a second on shutdown.
    fn disconnect(&self) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// A client of some backend.
pub(crate) type AnyClient = Arc<dyn Any + Send + Sync>;

type Connect = fn(Value) -> BoxFuture<'static, Result<AnyClient>>;
type Disconnect = fn(AnyClient) -> BoxFuture<'static, ()>;

/// Everything that runs over one connection.
pub struct Backend {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) title: &'static str,
    pub(crate) config: &'static [Field],
    pub(crate) rules: &'static [Rule],
    pub(crate) connect: Connect,
    pub(crate) disconnect: Disconnect,
    pub(crate) resources: Vec<Managed>,
    pub(crate) sinks: Vec<Box<dyn ErasedSink>>,
    pub(crate) data_sources: Vec<Box<dyn ErasedDataSource>>,
    pub(crate) ephemerals: Vec<Box<dyn ErasedEphemeral>>,
    pub(crate) lists: Vec<Box<dyn ErasedList>>,
    pub(crate) actions: Vec<Box<dyn ErasedAction>>,
    pub(crate) functions: Vec<Box<dyn ErasedFunction>>,
}

/// A [`Backend`] under construction; the type keeps resources of other clients out.
pub struct Registry<C> {
    backend: Backend,
    client: std::marker::PhantomData<fn() -> C>,
}

impl<C: Client> Registry<C> {
    /// A backend without anything in it.
    #[expect(clippy::new_without_default, reason = "a registry is the start of a list and not a value")]
    pub fn new() -> Self {
        let backend = Backend {
            name: C::NAME,
            doc: C::DOC,
            title: C::TITLE,
            config: C::Config::FIELDS,
            rules: <C::Config as Nested>::RULES,
            connect: |config| {
                Box::pin(async move {
                    let client = C::connect(C::Config::from_value(config)?).await?;
                    Ok(Arc::new(client) as AnyClient)
                })
            },
            disconnect: |client| {
                Box::pin(async move {
                    if let Ok(client) = client.downcast::<C>() {
                        client.disconnect().await;
                    }
                })
            },
            resources: Vec::new(),
            sinks: Vec::new(),
            data_sources: Vec::new(),
            ephemerals: Vec::new(),
            lists: Vec::new(),
            actions: Vec::new(),
            functions: Vec::new(),
        };
        Registry { backend, client: std::marker::PhantomData }
    }

    /// Adds a resource.
    #[must_use]
    pub fn resource<R: Resource<Client = C> + Clone>(mut self) -> Self {
        self.backend.resources.push(Managed::Written(Box::new(ResourceAdapter::<R>::new())));
        self
    }

    /// Adds a resource that is issued with a secret.
    #[must_use]
    pub fn generated<R: Generated<Client = C>>(mut self) -> Self {
        self.backend.resources.push(Managed::Generated(crate::generated::erase::<R>()));
        self
    }

    /// Adds a place that secrets can be delivered to, by the generated resources of every backend.
    #[must_use]
    pub fn sink<S: Sink<Client = C>>(mut self) -> Self {
        self.backend.sinks.push(crate::delivery::erase::<S>());
        self
    }

    /// Adds the data source of a resource: the same attributes, found by the key or the natural key.
    #[must_use]
    pub fn look_up<R: Resource<Client = C> + Clone>(mut self) -> Self {
        self.backend.data_sources.push(crate::data_source::of_resource::<R>());
        self
    }

    /// Adds a data source of its own.
    #[must_use]
    pub fn data_source<D: DataSource<Client = C>>(mut self) -> Self {
        self.backend.data_sources.push(crate::data_source::erase::<D>());
        self
    }

    /// Adds an ephemeral resource.
    #[must_use]
    pub fn ephemeral<E: Ephemeral<Client = C>>(mut self) -> Self {
        self.backend.ephemerals.push(crate::ephemeral::erase::<E>());
        self
    }

    /// Adds a list resource.
    #[must_use]
    pub fn list<L: List<Client = C>>(mut self) -> Self {
        self.backend.lists.push(crate::list::erase::<L>());
        self
    }

    /// Adds an action.
    #[must_use]
    pub fn action<A: Action<Client = C>>(mut self) -> Self {
        self.backend.actions.push(crate::action::erase::<A>());
        self
    }

    /// Adds a function.
    #[must_use]
    pub fn function<F: Function>(mut self) -> Self {
        self.backend.functions.push(crate::function::erase::<F>());
        self
    }

    /// The finished backend.
    pub fn build(self) -> Backend {
        self.backend
    }
}
