//! What is issued with a secret: nothing is issued that cannot be delivered, nothing lives on that was issued in vain,
//! and what a successor replaces is revoked when the successor's secret is in its place.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::backend::{AnyClient, Backend};
use crate::collection;
use crate::delivery::{DELIVER, ErasedSink};
use crate::engine::apply::{Outcome, Subject, known};
use crate::engine::configured::Configured;
use crate::engine::write_only::with_write_only;
use crate::engine::{identity, import};
use crate::generated::ErasedGenerated;
use crate::operation::Operation;
use crate::schema::{Secret, equal, member, settle_object};
use crate::value::{Object, Value};
use crate::{Error, Result};

/// Time to revoke what must not live on, where the user sets no limit.
const CLEAN_UP: Duration = Duration::from_secs(60);

/// Where a secret goes: the sink, what the user wrote about the place, and the way to its client.
pub(crate) struct Delivery<'a> {
    pub sink: &'a dyn ErasedSink,
    pub backend: &'a Backend,
    pub configured: &'a Configured,
    pub target: Value,
}

impl Delivery<'_> {
    /// The sink's client, once nothing speaks against a delivery.
    async fn prepare(&self) -> Result<AnyClient> {
        let prepared = async {
            let client = self.configured.client(self.backend).await?;
            self.sink.probe(client.clone(), self.target.clone()).await?;
            Ok(client)
        };
        prepared.await.map_err(|error| self.about(error, "cannot be delivered"))
    }

    async fn deliver(&self, client: AnyClient, secret: Secret<String>) -> Result<()> {
        let delivered = self.sink.deliver(client, self.target.clone(), secret.clone()).await;
        delivered.map_err(|error| self.about(error.without(secret.expose()), "was not delivered"))
    }

    fn about(&self, error: Error, what: &str) -> Error {
        let error = error.context(format!("the secret {what} to `{}`", self.sink.name()));
        match error.path() {
            Some(_) => error,
            None => error.at_attribute(DELIVER),
        }
    }
}

/// Why there is no new object whose secret is in its place.
struct Failure {
    error: Error,
    /// What was issued all the same and is still alive.
    alive: Option<Object>,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Failure { error, alive: None }
    }
}

impl Subject<'_, dyn ErasedGenerated> {
    /// Issues the planned object and delivers its secret, where nothing lives under its natural key.
    pub(crate) async fn issue(&self, planned: &Object, config: &Object, delivery: &Delivery<'_>) -> Outcome {
        if !self.claims.claim(self.table(), planned) {
            let described = identity::describe(self.table(), planned);
            let error = Error::conflict(format!("another resource of this run issues the same: {described}"));
            return Outcome::failed(None, error.hint("Give one of the two another name, or remove it."));
        }
        if let Err(error) = self.claim_place(None, planned, delivery) {
            self.claims.release(self.table(), planned);
            return Outcome::failed(None, error);
        }
        let limit = self.limit("create", planned);
        let issued = Operation::new(self.stop.clone(), limit).run(self.issue_first(planned, config, delivery)).await;
        if issued.state.is_none() {
            self.claims.release(self.table(), planned);
        }
        issued
    }

    /// Refuses a place that another resource delivers to: the secret of one would be lost, and each rotation change which.
    fn claim_place(&self, prior: Option<&Object>, planned: &Object, delivery: &Delivery<'_>) -> Result<()> {
        let place = delivery.sink.place(delivery.target.clone())?;
        if self.claims.claim_place(self.table(), prior, planned, place.clone()) {
            return Ok(());
        }
        let error =
            Error::conflict(format!("another resource of this run delivers its secret to the same place: {place}"));
        Err(error.hint("Give one of the two another place, or remove it.").at_attribute(DELIVER))
    }

    async fn issue_first(&self, planned: &Object, config: &Object, delivery: &Delivery<'_>) -> Outcome {
        let there = match collection::before(self.living(planned)).await {
            Ok(listed) => self.confirmed(listed).await,
            Err(error) => Err(error),
        };
        match there {
            Ok(there) if there.is_empty() => {}
            Ok(there) => {
                let hint = "Import it, and the next apply issues a successor and revokes it, or choose another name.";
                return Outcome::failed(None, self.taken(planned, &there).hint(hint));
            }
            Err(error) => return Outcome::failed(None, error),
        }
        match self.bring_out(planned, config, delivery, &[]).await {
            Ok(first) => self.finished(first, planned).await,
            Err(Failure { error, alive }) => Outcome::failed(alive.map(known), error),
        }
    }

    /// Brings an object to the plan: it stays where only notes change, else a successor takes its place.
    pub(crate) async fn succeed(
        &self,
        prior: Object,
        planned: &Object,
        config: &Object,
        delivery: &Delivery<'_>,
    ) -> Outcome {
        if let Err(error) = self.claim_place(Some(&prior), planned, delivery) {
            return Outcome::failed(Some(prior), error);
        }
        let limit = self.limit("update", planned);
        let succession = self.succeed_within_limit(prior, planned, config, delivery);
        Operation::new(self.stop.clone(), limit).run(succession).await
    }

    async fn succeed_within_limit(
        &self,
        prior: Object,
        planned: &Object,
        config: &Object,
        delivery: &Delivery<'_>,
    ) -> Outcome {
        let mut before = match self.predecessors(&prior, planned).await {
            Ok(before) => before,
            Err(error) => return Outcome::failed(Some(prior), error),
        };
        let successor = match self.bring_out(planned, config, delivery, &before).await {
            Ok(successor) => successor,
            Err(Failure { error, .. }) => return Outcome::failed(Some(prior), error),
        };
        before.retain(|object| !self.is_same(object, &successor));
        let mut outcome = self.finished(successor, planned).await;
        if let Err(error) = self.revoke(&before).await {
            let hint = "Revoke it yourself; else the next successor does.";
            let alive = error.context("a successor took its place, but what was there before is alive").hint(hint);
            outcome.error = Some(match outcome.error {
                Some(first) => first.and_hint(alive),
                None => alive,
            });
        }
        outcome
    }

    /// Takes over notes that concern nobody but the state, and reads what is computed from them.
    pub(crate) async fn note(&self, prior: Object, planned: Object) -> Outcome {
        if planned.values().all(Value::is_wholly_known) {
            return Outcome { state: Some(planned), ..Outcome::default() };
        }
        let limit = self.limit("update", &planned);
        match Operation::new(self.stop.clone(), limit).run(self.read_back(&prior, &planned)).await {
            Ok(actual) => self.compared_with_plan(&planned, actual),
            Err(error) => Outcome::failed(Some(prior), error),
        }
    }

    /// Revokes the object, and before it what an interrupted succession left behind.
    pub(crate) async fn revoke_all(&self, prior: Object) -> Outcome {
        let limit = self.limit("delete", &prior);
        let leftovers = async {
            for leftover in self.leftovers(&prior).await? {
                self.revoke_one(leftover).await?;
            }
            Ok(())
        };
        match Operation::new(self.stop.clone(), limit).run(leftovers).await {
            Ok(()) => self.delete(prior).await,
            Err(error) => Outcome::failed(Some(prior), error),
        }
    }

    /// Issues an object and delivers its secret. `before` is what was alive already, the one in the state at the end.
    async fn bring_out(
        &self,
        planned: &Object,
        config: &Object,
        delivery: &Delivery<'_>,
        before: &[Object],
    ) -> Result<Object, Failure> {
        let client = delivery.prepare().await?;
        let full = with_write_only(self.fields(), planned, config);
        let issued = match self.resource.issue(self.client.clone(), full).await {
            Ok(issued) => issued,
            Err(error) if error.is_answer_lost() => return Err(self.revoke_lost(error, planned, before).await.into()),
            Err(error) => return Err(error.into()),
        };
        let object = settle_object(self.fields(), Some(planned), issued.object);
        let Err(error) = delivery.deliver(client, issued.secret).await else {
            return Ok(object);
        };
        let id = import::id_of(self.table(), &object);
        // Whoever fetches the secret may have the new one by now, or still the old one: both stay good.
        if error.is_answer_lost() && !before.is_empty() {
            let hint = format!("The secret of `{id}` may be there all the same, so nothing was revoked: apply again.");
            return Err(error.and_hint(hint).into());
        }
        Err(match self.revoke(std::slice::from_ref(&object)).await {
            Ok(()) => error.and_hint(format!("`{id}`, which was issued for it, is revoked.")).into(),
            Err(alive) => {
                let hint = format!("What was issued for it is alive until the next apply revokes it: {alive}");
                Failure { error: error.and_hint(hint), alive: Some(object) }
            }
        })
    }

    /// Looks for what was issued by a call whose answer was lost, and revokes it: nobody has its secret.
    async fn revoke_lost(&self, lost: Error, planned: &Object, before: &[Object]) -> Error {
        let living = self.apart(self.living(planned)).await.unwrap_or_default().into_iter();
        let is_new = |object: &Object| !before.iter().any(|known| self.is_same(known, object));
        let found: Vec<Object> = living.filter(|object| is_new(object) && self.matches(planned, object)).collect();
        if found.is_empty() {
            let described = identity::describe(self.table(), planned);
            let hint = format!("It may be alive all the same, with a secret that nobody has: look for {described}.");
            return lost.and_hint(hint);
        }
        let ids = import::ids_of(self.table(), &found);
        match self.revoke(&found).await {
            Ok(()) => lost.and_hint(format!("Nobody has the secret of {ids}, which was found and is revoked.")),
            Err(alive) => lost.and_hint(format!("Nobody has the secret of {ids}, but it is alive: {alive}")),
        }
    }

    /// What a successor will replace: what an interrupted succession left behind, and at last the object itself.
    async fn predecessors(&self, prior: &Object, planned: &Object) -> Result<Vec<Object>> {
        let mut predecessors = self.living(prior).await?;
        predecessors.retain(|object| !self.is_same(object, prior));
        let strangers = match self.is_renamed(prior, planned) {
            true => self.living(planned).await?,
            // Nothing under this name was delivered from here so far.
            false if member(prior, DELIVER).is_null() => predecessors.clone(),
            false => Vec::new(),
        };
        if !strangers.is_empty() {
            let hint = "A successor would take its place: revoke it if nobody needs it, or choose another name.";
            return Err(self.taken(planned, &strangers).hint(hint));
        }
        predecessors.push(prior.clone());
        Ok(predecessors)
    }

    /// What is alive beside the object because a succession was interrupted.
    async fn leftovers(&self, prior: &Object) -> Result<Vec<Object>> {
        if member(prior, DELIVER).is_null() {
            return Ok(Vec::new());
        }
        match self.living(prior).await {
            Ok(living) => Ok(living.into_iter().filter(|object| !self.is_same(object, prior)).collect()),
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// What is alive under the natural key of `object`.
    async fn living(&self, object: &Object) -> Result<Vec<Object>> {
        self.resource.live(self.client.clone(), object.clone()).await
    }

    /// Those that are there by now; an earlier list may name some that were revoked since.
    async fn confirmed(&self, listed: Vec<Object>) -> Result<Vec<Object>> {
        let mut there = Vec::new();
        for object in listed {
            there.extend(self.resource.read(self.client.clone(), object).await?);
        }
        Ok(there)
    }

    /// Revokes all of them, whatever the user interrupts; the error names those that could not be revoked.
    async fn revoke(&self, objects: &[Object]) -> Result<()> {
        let mut alive = Vec::new();
        for object in objects {
            if let Err(error) = self.apart(self.revoke_one(object.clone())).await {
                alive.push(format!("`{}`: {}", import::id_of(self.table(), object), error.message()));
            }
        }
        match alive.is_empty() {
            true => Ok(()),
            false => Err(Error::new(alive.join("; "))),
        }
    }

    async fn revoke_one(&self, object: Object) -> Result<()> {
        match self.resource.delete(self.client.clone(), object).await {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// Runs what must not be left undone, with time of its own and past the user's interrupt.
    async fn apart<F: Future>(&self, work: F) -> F::Output {
        Operation::new(CancellationToken::new(), Some(CLEAN_UP)).run(work).await
    }

    async fn finished(&self, first: Object, planned: &Object) -> Outcome {
        let seen = self.read_back(&first, planned).await;
        self.seen(seen, first, planned, "issued and delivered")
    }

    fn taken(&self, planned: &Object, there: &[Object]) -> Error {
        let (described, ids) = (identity::describe(self.table(), planned), import::ids_of(self.table(), there));
        Error::conflict(format!("there is {ids} already: {described}"))
    }

    fn is_same(&self, one: &Object, other: &Object) -> bool {
        self.table().key.iter().all(|name| member(one, name) == member(other, name))
    }

    fn is_renamed(&self, prior: &Object, planned: &Object) -> bool {
        let mut names = self.table().also.iter().filter_map(|name| self.table().field(name));
        names.any(|field| !equal(&field.kind, member(prior, field.name), member(planned, field.name)))
    }
}
