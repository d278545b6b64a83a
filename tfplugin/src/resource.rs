//! The trait of a resource, and the change that an update is given.

use std::future::Future;
use std::sync::{Arc, OnceLock};

use crate::backend::Client;
use crate::schema::{Body, Schema, completed};
use crate::value::Object;
use crate::{Error, Result};

/// Something that Terraform creates, reads, updates and deletes.
///
/// Implementations write `async fn`. They never see an unknown value, never write a diagnostic and never set state.
pub trait Resource: Schema {
    /// The connection to the backend.
    type Client: Client;

    /// Makes the one call that brings the object into being and returns what it answered.
    ///
    /// The engine stores the answer, sends what is left through [`update`](Self::update) and reads back. An error
    /// that is [`Error::answer_lost`] makes it look for the object.
    fn create(client: &Self::Client, plan: Self) -> impl Future<Output = Result<Self>> + Send;

    /// Reads the object; `None` only when the backend says for certain that there is none.
    fn read(client: &Self::Client, key: Self::Key) -> impl Future<Output = Result<Option<Self>>> + Send;

    /// Reads an object that is in the state as `prior`, which may lack everything but the key after an import.
    ///
    /// It is [`read`](Self::read), unless a list that all share tells enough of an object that the state knows: what is
    /// returned of `prior` is believed, so a change of it is not noticed.
    fn refresh(
        client: &Self::Client,
        key: Self::Key,
        prior: Self,
    ) -> impl Future<Output = Result<Option<Self>>> + Send {
        drop(prior);
        Self::read(client, key)
    }

    /// Sends what changed; the engine reads back, unless the object says that nobody may read it.
    fn update(client: &Self::Client, key: Self::Key, change: Change<Self>) -> impl Future<Output = Result<()>> + Send {
        let _ = (client, key, change);
        async { Err(Error::new(format!("`{}` has no update: please report this bug", Self::TABLE.name))) }
    }

    /// Deletes the object, and waits until it is gone where the backend deletes it later.
    fn delete(client: &Self::Client, key: Self::Key, state: Self) -> impl Future<Output = Result<()>> + Send;

    /// Finds the object by the natural key. Import by name, data sources, adoption and lost answers use it.
    fn locate(client: &Self::Client, natural: Self::Natural) -> impl Future<Output = Result<Option<Self>>> + Send {
        let _ = (client, natural);
        async { Ok(None) }
    }

    /// The natural key that the planned object will have, if it can be told before the create.
    fn natural_of(client: &Self::Client, plan: &Self) -> impl Future<Output = Result<Option<Self::Natural>>> + Send
    where
        Self: Clone,
    {
        let _ = client;
        let natural = Self::natural(&plan.clone().into_object());
        async { Ok(natural.ok()) }
    }

    /// Refuses a change that no connection with this configuration can make. It is asked when the change is planned, with
    /// what is known by then.
    fn permit(config: &<Self::Client as Client>::Config, change: &Change<Self>) -> Result<()> {
        let _ = (config, change);
        Ok(())
    }

    /// Waits until a created object can be used, where the backend goes on after it answered.
    fn ready(client: &Self::Client, key: Self::Key, created: Self) -> impl Future<Output = Result<()>> + Send {
        let _ = (client, key, created);
        async { Ok(()) }
    }

    /// Whether the create copies another object: what the plan leaves out is then cleared of what came along.
    fn is_copy(plan: &Self) -> bool {
        let _ = plan;
        false
    }

    /// Looks again at what was read where it is not what was expected and the backend answers reads from what lags
    /// behind. `expected` is the plan or the state; an import expects nothing.
    fn confirm(
        client: &Self::Client,
        expected: Option<&Self>,
        actual: Self,
    ) -> impl Future<Output = Result<Self>> + Send {
        let _ = (client, expected);
        async { Ok(actual) }
    }

    /// Whether only the name is left of what was read, such as a history without a present: a create goes over it.
    fn is_vacant(&self) -> bool {
        false
    }

    /// Adjusts what was read to what the plan or the state says about it, where the API shows more than the user
    /// manages. There is no prior object on import.
    fn reconcile(prior: Option<&Self>, actual: Self) -> Self {
        let _ = prior;
        actual
    }

    /// Whether somebody else wrote over the write-only values since `prior` was stored.
    ///
    /// It is asked on a refresh only. The state then forgets the values' versions, so that the next plan sends the
    /// values again.
    fn overwritten(prior: &Self, actual: &Self) -> bool {
        let _ = (prior, actual);
        false
    }

    /// Brings a state of an older version to the current shape.
    fn upgrade(version: i64, state: Object) -> Result<Object> {
        let _ = state;
        Err(Error::new(format!("a state of version {version} cannot be upgraded")))
    }
}

/// What an update is to bring about.
#[derive(Debug)]
pub struct Change<R: Schema> {
    /// The object as it is.
    pub prior: R,
    /// The object as it is to be; what the backend will fill in is unset.
    pub plan: R,
    body: Body,
    answer: Answer,
}

/// Where an update leaves what its answer told.
pub(crate) type Answer = Arc<OnceLock<Object>>;

impl<R: Schema> Change<R> {
    /// A change between two objects; `plan` holds the write-only values.
    pub(crate) fn new(prior: Object, plan: Object) -> Result<Self> {
        let body = Body::diff(R::TABLE.fields, &prior, &plan);
        let prior = completed(R::TABLE.fields, prior, &plan);
        let plan = completed(R::TABLE.fields, plan, &Object::new());
        let (prior, plan) = (R::from_object(prior)?, R::from_object(plan)?);
        Ok(Change { prior, plan, body, answer: Answer::default() })
    }

    /// Where the engine finds what the update's answer told.
    pub(crate) fn answer(&self) -> Answer {
        Arc::clone(&self.answer)
    }

    /// Hands over what the update's answer told. It fills in what the plan left open where nobody may read the object
    /// (`stops_reading`); elsewhere the engine reads back.
    pub fn answered(&self, object: R) {
        self.answer.get_or_init(|| object.into_object());
    }

    /// The attributes that changed and belong into the body of an update.
    pub fn diff(&self) -> Body {
        self.body.clone()
    }
}
