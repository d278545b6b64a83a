//! Create, read, update and delete of one object, so that nothing that exists is lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::backend::AnyClient;
use crate::collection;
use crate::engine::erased::{ErasedResource, ErasedWritten};
use crate::engine::plan::{is_note, refused_changes};
use crate::engine::write_only::{with_write_only, without_versions, without_write_only};
use crate::engine::{identity, import};
use crate::operation::{self, Operation};
use crate::schema::{Field, Presence, Sent, Table, changes, check, equal, filled_in, member, settle_object};
use crate::value::{Gather, Object, Value};
use crate::{Error, Result};

/// What becomes of an object whose creation failed after it was there.
const TAINTED: &str = "It is in the state, tainted: the next apply replaces it, unless `untaint` is run for it first.";

/// What an operation left behind: the state, and what there is to say about it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub state: Option<Object>,
    pub error: Option<Error>,
    pub warnings: Vec<Error>,
}

/// The objects that this process created or took over and the places that it delivered secrets to, so that no two
/// resources claim one object or one place.
#[derive(Default)]
pub(crate) struct Claims(Mutex<Claimed>);

#[derive(Default)]
struct Claimed {
    objects: BTreeSet<String>,
    /// Where the secret of each object goes.
    places: BTreeMap<String, String>,
}

impl Claims {
    /// Claims an object by its key; what is issued has none before, and is claimed by its natural key.
    pub(super) fn claim(&self, table: &Table, object: &Object) -> bool {
        self.claimed().objects.insert(Self::key(table, object))
    }

    /// Claims the place that the secret of an object goes to, for the one before it that it succeeds, too.
    pub(super) fn claim_place(&self, table: &Table, prior: Option<&Object>, object: &Object, place: String) -> bool {
        let (key, before) = (Self::key(table, object), prior.map(|prior| Self::key(table, prior)));
        let mut claimed = self.claimed();
        let others = claimed.places.iter().filter(|(owner, _)| **owner != key && Some(*owner) != before.as_ref());
        if others.into_iter().any(|(_, taken)| *taken == place) {
            return false;
        }
        claimed.places.retain(|owner, _| Some(owner) != before.as_ref());
        claimed.places.insert(key, place);
        true
    }

    /// Lets go of an object that is no more, so that its key and its place can be used again.
    pub(super) fn release(&self, table: &Table, object: &Object) {
        let (key, mut claimed) = (Self::key(table, object), self.claimed());
        claimed.objects.remove(&key);
        claimed.places.remove(&key);
    }

    fn claimed(&self) -> MutexGuard<'_, Claimed> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn key(table: &Table, object: &Object) -> String {
        let names = if table.generated { table.also } else { table.key };
        let values: Vec<&Value> = names.iter().map(|name| member(object, name)).collect();
        format!("{} {values:?}", table.name)
    }
}

/// How the object came to be that a create puts into state.
#[derive(Clone, Copy, PartialEq)]
enum Origin {
    Created,
    /// Created with what another object has.
    Copied,
    Adopted,
}

/// One resource under one connection.
pub(crate) struct Subject<'a, R: ?Sized = dyn ErasedResource> {
    pub resource: &'a R,
    pub client: AnyClient,
    pub stop: CancellationToken,
    pub claims: &'a Claims,
    /// The type's name with the provider's prefix, for messages.
    pub type_name: &'a str,
}

impl Outcome {
    pub(super) fn failed(state: Option<Object>, error: Error) -> Self {
        Outcome { state, error: Some(error), warnings: Vec::new() }
    }
}

impl Subject<'_, dyn ErasedWritten> {
    /// Creates the planned object, or takes over the one that is there if the plan asks for it.
    pub(crate) async fn create(&self, planned: Object, config: &Object) -> Outcome {
        let limit = self.limit("create", &planned);
        Operation::new(self.stop.clone(), limit).run(self.create_within_limit(planned, config)).await
    }

    async fn create_within_limit(&self, planned: Object, config: &Object) -> Outcome {
        let full = with_write_only(self.fields(), &planned, config);
        let readable = is_readable(self.fields(), &planned);
        match if readable { self.look_before(&full).await } else { Ok(None) } {
            Err(error) => return Outcome::failed(None, error),
            Ok(Some((key, actual))) => return self.take_over(key, actual, &planned, full, None).await,
            Ok(None) => {}
        }
        match self.resource.create(self.client.clone(), full.clone()).await {
            Ok(answer) => {
                let copied = self.resource.is_copy(full.clone());
                let origin = if copied { Origin::Copied } else { Origin::Created };
                self.complete(answer, &planned, full, origin).await
            }
            Err(error) if error.is_answer_lost() => self.recover(error, &planned, full).await,
            Err(error) if error.is_conflict() && !readable => {
                Outcome::failed(None, self.refusal(&full, &planned, Some(error)))
            }
            Err(error) if error.is_conflict() => match self.find_with_key(&full).await {
                Ok(Some((key, actual))) => self.take_over(key, actual, &planned, full, Some(error)).await,
                _ => Outcome::failed(None, error),
            },
            Err(error) => Outcome::failed(None, error),
        }
    }

    /// The object that a create would double. An earlier list may answer that there is none; that there is one it cannot
    /// tell alone, since this process may have deleted it meanwhile.
    async fn look_before(&self, full: &Object) -> Result<Option<(Object, Object)>> {
        match collection::before(self.resource.find_planned(self.client.clone(), full.clone())).await? {
            Some(key) => self.with_object(key).await,
            None => Ok(None),
        }
    }

    /// The object that the plan describes, as it is now, with its key.
    async fn find_with_key(&self, full: &Object) -> Result<Option<(Object, Object)>> {
        match self.resource.find_planned(self.client.clone(), full.clone()).await? {
            Some(key) => self.with_object(key).await,
            None => Ok(None),
        }
    }

    async fn with_object(&self, key: Object) -> Result<Option<(Object, Object)>> {
        let actual = self.resource.read(self.client.clone(), key.clone()).await?;
        Ok(actual.map(|actual| (key, actual)))
    }

    /// Brings an object that was there already to the plan, if the plan adopts; refuses otherwise.
    async fn take_over(
        &self,
        key: Object,
        actual: Object,
        planned: &Object,
        full: Object,
        refusal: Option<Error>,
    ) -> Outcome {
        let adopts = |field: &Field| field.adopts && member(planned, field.name) == &Value::Bool(true);
        match self.fields().iter().any(adopts) {
            true => self.complete(actual, planned, full, Origin::Adopted).await,
            false => Outcome::failed(None, self.refusal(&key, planned, refusal)),
        }
    }

    /// Why nothing is created where something is, and what to do.
    fn refusal(&self, key: &Object, planned: &Object, refusal: Option<Error>) -> Error {
        let error = refusal.unwrap_or_else(|| {
            Error::conflict(format!("it exists already: {}", identity::describe(self.table(), planned)))
        });
        let way_out = match self.fields().iter().find(|field| field.adopts) {
            Some(field) => format!("set `{} = true` to take it over", field.name),
            None => "choose another name".to_owned(),
        };
        let id = import::id_of(self.table(), key);
        error.hint(format!("Import it with the id `{id}`, or {way_out}."))
    }

    /// From the first answer to the finished state: what the create did not send, then the read-back.
    async fn complete(&self, answer: Object, planned: &Object, full: Object, origin: Origin) -> Outcome {
        let answer = match self.resource.reconcile(planned.clone(), answer.clone()).await {
            Ok(answer) => answer,
            Err(error) => {
                let first = settle_object(self.fields(), Some(planned), answer);
                return Outcome::failed(Some(known(first)), error);
            }
        };
        let mut first = settle_object(self.fields(), Some(planned), answer);
        if origin == Origin::Adopted {
            // What only the answer of its own create told, nobody can tell any more.
            let carried = self.fields().iter().filter(|field| field.is_carried());
            for field in carried.filter(|field| member(&first, field.name).is_unknown()).collect::<Vec<_>>() {
                first.insert(field.name.to_owned(), Value::Null);
            }
        }
        if !self.claims.claim(self.table(), &first) {
            let id = import::id_of(self.table(), &first);
            let error = Error::conflict(format!("`{id}` belongs to another resource of this run already"));
            return Outcome::failed(None, error.hint("Give one of the two another name, or remove it."));
        }
        let readable = is_readable(self.fields(), planned);
        // What is sent while the backend still works on the object could be lost.
        let ready = self.resource.ready(self.client.clone(), first.clone()).await;
        let (prior, wanted) = match origin {
            Origin::Created => (first.clone(), left_to_send(self.fields(), &first, full)),
            Origin::Copied => (first.clone(), left_to_change(self.fields(), &first, full)),
            Origin::Adopted => (undelivered(self.fields(), &first), left_to_change(self.fields(), &first, full)),
        };
        if ready.is_ok() && self.fields().iter().any(|field| is_left(field, &prior, &wanted, origin)) {
            match self.resource.update(self.client.clone(), prior.clone(), wanted).await {
                Ok(_) if readable => {}
                Ok(answer) => first = told(self.fields(), &first, planned, answer),
                Err(error) => {
                    let error = error.context("it exists, but not all could be set");
                    return Outcome::failed(Some(known(prior)), error.and_hint(TAINTED));
                }
            }
        }
        let seen = match ready {
            Ok(()) if !readable => Ok(first.clone()),
            Ok(()) => self.read_back(&first, planned).await,
            Err(error) => Err(error),
        };
        self.seen(seen, first, planned, "created")
    }

    /// Looks for the object of a create whose answer was lost. What was there before was refused earlier.
    async fn recover(&self, lost: Error, planned: &Object, full: Object) -> Outcome {
        let readable = is_readable(self.fields(), planned);
        let found = match if readable { self.look(planned, self.find_with_key(&full)).await } else { Ok(None) } {
            Ok(Some((_, actual))) => self.resource.reconcile(planned.clone(), actual).await.ok(),
            _ => None,
        };
        if let Some(actual) = found {
            let state = settle_object(self.fields(), Some(planned), actual);
            if self.matches(planned, &state) && self.claims.claim(self.table(), &state) {
                let id = import::id_of(self.table(), &state);
                let hint = format!(
                    "`{id}` was found and is in the state, tainted: the next apply replaces it, or run untaint to keep it."
                );
                return Outcome::failed(Some(known(state)), lost.hint(hint));
            }
        }
        let description = identity::describe(self.table(), planned);
        let hint =
            format!("It may exist all the same: look for {description} and import or delete it before the next apply.");
        Outcome::failed(None, lost.hint(hint))
    }

    /// Updates the object to the plan. When that fails, the state is what the backend has then.
    pub(crate) async fn update(&self, prior: Object, planned: Object, config: &Object) -> Outcome {
        let limit = self.limit("update", &planned);
        Operation::new(self.stop.clone(), limit).run(self.update_within_limit(prior, planned, config)).await
    }

    async fn update_within_limit(&self, prior: Object, planned: Object, config: &Object) -> Outcome {
        // A value that was unknown when the change was planned.
        if let Some(refusal) = refused_changes(self.fields(), config, &prior, &planned).into_iter().next() {
            return Outcome::failed(Some(prior), refusal);
        }
        let concerns_backend = |field: &Field| {
            member(&prior, field.name) != member(&planned, field.name) && !is_note(self.fields(), field)
        };
        if !self.fields().iter().any(concerns_backend) {
            return Outcome { state: Some(planned), ..Outcome::default() };
        }
        let full = with_write_only(self.fields(), &planned, config);
        let sent = self.resource.update(self.client.clone(), prior.clone(), full).await;
        match sent {
            Ok(answer) if !is_readable(self.fields(), &planned) => {
                let actual = told(self.fields(), &prior, &planned, answer);
                self.compared_with_plan(&planned, actual)
            }
            Ok(_) => match self.read_back(&prior, &planned).await {
                Ok(actual) => self.compared_with_plan(&planned, actual),
                // The server accepted it, the plan says it all, and asking again is what the user interrupted.
                Err(error) if error.is_stopped() && planned.values().all(Value::is_wholly_known) => {
                    Outcome { state: Some(planned), ..Outcome::default() }
                }
                Err(error) => {
                    let state = Some(known(sent_state(self.fields(), &prior, &planned)));
                    Outcome::failed(state, error.context("it was updated, but reading it back failed"))
                }
            },
            Err(error) if !is_readable(self.fields(), &planned) => Outcome::failed(Some(prior), error),
            Err(error) => {
                let actual = self.look(&prior, self.read_settled(&prior, &prior)).await;
                Outcome::failed(Some(actual.ok().flatten().unwrap_or(prior)), error)
            }
        }
    }
}

impl<R: ErasedResource + ?Sized> Subject<'_, R> {
    pub(super) fn table(&self) -> &'static Table {
        self.resource.table()
    }

    pub(super) fn fields(&self) -> &'static [Field] {
        self.table().fields
    }

    /// Refreshes; none when the object is gone.
    pub(crate) async fn read(&self, prior: &Object) -> Result<Option<Object>> {
        let limit = self.limit("read", prior);
        let state = Operation::new(self.stop.clone(), limit).run(self.read_drift(prior)).await?;
        if state.is_none() {
            self.claims.release(self.table(), prior);
        }
        Ok(state)
    }

    /// Deletes; an object that is gone already is as good.
    pub(crate) async fn delete(&self, prior: Object) -> Outcome {
        let limit = self.limit("delete", &prior);
        let deletion = self.resource.delete(self.client.clone(), prior.clone());
        match Operation::new(self.stop.clone(), limit).run(deletion).await {
            Err(error) if !error.is_not_found() => Outcome::failed(Some(prior), error),
            _ => {
                self.claims.release(self.table(), &prior);
                Outcome::default()
            }
        }
    }

    /// The object as it is; where somebody wrote over the write-only values, as if they had never been sent.
    async fn read_drift(&self, prior: &Object) -> Result<Option<Object>> {
        let Some(actual) = self.resource.refresh(self.client.clone(), prior.clone()).await? else {
            return Ok(None);
        };
        let actual = self.settled(actual, prior).await?;
        let overwritten = self.resource.overwritten(prior.clone(), actual.clone()).await?;
        Ok(Some(if overwritten { without_versions(self.fields(), actual) } else { actual }))
    }

    async fn read_settled(&self, key: &Object, before: &Object) -> Result<Option<Object>> {
        let Some(actual) = self.resource.read(self.client.clone(), key.clone()).await? else {
            return Ok(None);
        };
        self.settled(actual, before).await.map(Some)
    }

    /// What was read, as it may stand in the state after `before`.
    async fn settled(&self, actual: Object, before: &Object) -> Result<Object> {
        let actual = self.resource.confirm(self.client.clone(), before.clone(), actual).await?;
        let actual = self.resource.reconcile(before.clone(), actual).await?;
        let settled = without_write_only(self.fields(), settle_object(self.fields(), Some(before), actual));
        match settled.iter().find(|(_, value)| !value.is_wholly_known()) {
            Some((name, _)) => Err(Error::new(format!("the API did not return `{name}`")).at_attribute(name)),
            None => Ok(settled),
        }
    }

    /// Reads until the object is visible, for as long as the backend may take.
    pub(super) async fn read_back(&self, key: &Object, planned: &Object) -> Result<Object> {
        let mut pause = Duration::from_millis(250);
        let mut left = self.resource.settle_time();
        // What the create alone returned is carried over, such as a token that is shown once.
        let before = merged_local(self.fields(), planned, key);
        loop {
            if let Some(actual) = self.read_settled(key, &before).await? {
                return Ok(actual);
            }
            if left.is_zero() {
                let id = import::id_of(self.table(), key);
                return Err(Error::new(format!("`{id}` does not appear, although the server accepted it")));
            }
            let wait = pause.min(left);
            operation::sleep(wait).await?;
            left -= wait;
            pause *= 2;
        }
    }

    /// What a read-back leaves of an object that was just made, as its own answer tells it in `first`.
    pub(super) fn seen(&self, seen: Result<Object>, first: Object, planned: &Object, made: &str) -> Outcome {
        match seen {
            Ok(actual) => self.compared_with_plan(planned, actual),
            // The answer of the create says it all, and asking again is what the user interrupted.
            Err(error) if error.is_stopped() && is_complete(planned, &first) => self.compared_with_plan(planned, first),
            Err(error) => {
                Outcome::failed(Some(known(first)), error.context(format!("it was {made}, but reading it back failed")))
            }
        }
    }

    /// Keeps what the plan promised, and says where the backend has something else.
    pub(super) fn compared_with_plan(&self, planned: &Object, actual: Object) -> Outcome {
        let mut outcome = Outcome::default();
        let state = self.fields().iter().map(|field| {
            let actual = member(&actual, field.name);
            let promised = filled_in(&field.kind, member(planned, field.name), actual);
            if equal(&field.kind, &promised, actual) {
                return (field.name.to_owned(), promised);
            }
            if field.is_computed_only() {
                // Somebody else may have changed it, such as the path of a group above; the next refresh shows it.
                tracing::debug!(attribute = field.name, "the backend changed a value that the plan kept");
                outcome.warnings.extend(unstable(self.type_name, field));
            } else {
                let text = format!("the server kept another value for `{}` than the one that was sent", field.name);
                let hint =
                    "It may not support the setting, or needs a licence for it. The next plan shows the difference.";
                outcome.warnings.push(Error::new(text).hint(hint).at_attribute(field.name));
            }
            (field.name.to_owned(), promised)
        });
        let state = known(state.gather());
        outcome.state = Some(state);
        outcome
    }

    /// Looks at what a failed operation left behind, with time of its own: the operation's may be over.
    async fn look<F: Future>(&self, object: &Object, look: F) -> F::Output {
        Operation::new(self.stop.clone(), self.limit("read", object)).run(look).await
    }

    pub(super) fn matches(&self, planned: &Object, actual: &Object) -> bool {
        self.fields().iter().all(|field| {
            let wanted = member(planned, field.name);
            let sent = matches!(field.sent, Sent::Always | Sent::OnCreate);
            let judged = sent && !field.is_carried() && !field.write_only && !wanted.is_null();
            !judged || !wanted.is_wholly_known() || equal(&field.kind, wanted, member(actual, field.name))
        })
    }

    /// How long an operation may take: what the user set, else the table's default.
    pub(super) fn limit(&self, operation: &str, object: &Object) -> Option<Duration> {
        let timeouts = self.table().timeouts?;
        let configured = member(object, "timeouts").as_map().and_then(|timeouts| timeouts.get(operation)?.as_str());
        let default = match operation {
            "create" => timeouts.create,
            "read" => timeouts.read,
            "update" => timeouts.update,
            _ => timeouts.delete,
        };
        check::parse_duration(configured.unwrap_or(default)).ok()
    }
}

/// What debug builds say where a computed value changed without being `volatile`: the table may be wrong.
fn unstable(type_name: &str, field: &Field) -> Option<Error> {
    let text = format!("`{type_name}.{}` changed, but its table does not say `volatile`", field.name);
    cfg!(debug_assertions).then(|| Error::new(text).at_attribute(field.name))
}

/// Whether the object may be read; an attribute can forbid it.
pub(crate) fn is_readable(fields: &[Field], object: &Object) -> bool {
    !fields.iter().any(|field| field.stops_reading && member(object, field.name) == &Value::Bool(true))
}

/// An object that an update changed, as far as its answer and the plan tell; else it is as it was.
fn told(fields: &[Field], prior: &Object, planned: &Object, answer: Option<Object>) -> Object {
    let answer = settle_object(fields, Some(planned), answer.unwrap_or_default());
    let told = fields.iter().map(|field| {
        let actual = match member(&answer, field.name) {
            Value::Null | Value::Unknown => member(prior, field.name),
            answer => answer,
        };
        (field.name.to_owned(), filled_in(&field.kind, member(planned, field.name), actual))
    });
    told.gather()
}

/// Whether the create did not bring the attribute about.
fn is_left(field: &Field, prior: &Object, wanted: &Object, origin: Origin) -> bool {
    let adopted = origin == Origin::Adopted;
    let settable = !field.is_computed_only() && !field.local && !field.url;
    let unseen = field.unread || field.write_only;
    let sent = !adopted && (unseen || field.sent == Sent::OnCreate);
    settable && !sent && changes(field, prior, wanted)
}

/// An adopted object without what nobody can see of it: what this configuration never delivered is to be sent.
fn undelivered(fields: &[Field], first: &Object) -> Object {
    let mut prior = first.clone();
    for field in fields.iter().filter(|field| field.unread || field.write_only) {
        prior.insert(field.name.to_owned(), Value::Null);
    }
    for field in fields.iter().filter(|field| field.local && !is_note(fields, field)) {
        prior.insert(field.name.to_owned(), Value::Null);
    }
    prior
}

/// The plan for an object that was adopted or copied: what nobody sets stays with the backend, or is cleared where nobody
/// may fill it in.
fn left_to_change(fields: &[Field], first: &Object, full: Object) -> Object {
    let mut wanted = left_to_send(fields, first, full.clone());
    let cleared = fields.iter().filter(|field| field.presence == Presence::Optional && !field.is_filled_in());
    for field in cleared.filter(|field| member(&full, field.name).is_null()) {
        wanted.insert(field.name.to_owned(), Value::Null);
    }
    wanted
}

/// The plan with what the create already brought about, so that only what is left differs from `first`.
fn left_to_send(fields: &[Field], first: &Object, full: Object) -> Object {
    let wanted = fields.iter().map(|field| {
        let value = match member(&full, field.name) {
            Value::Null => member(first, field.name).clone(),
            value => filled_in(&field.kind, value, member(first, field.name)),
        };
        (field.name.to_owned(), value)
    });
    wanted.gather()
}

/// The state after an update that was accepted but could not be read back: the plan, and the prior value where it is unknown.
fn sent_state(fields: &[Field], prior: &Object, planned: &Object) -> Object {
    let state = fields.iter().map(|field| {
        let value = match member(planned, field.name) {
            value if value.is_wholly_known() => value,
            _ => member(prior, field.name),
        };
        (field.name.to_owned(), value.clone())
    });
    state.gather()
}

/// The plan, with local values that only the first answer held.
fn merged_local(fields: &[Field], planned: &Object, first: &Object) -> Object {
    let mut merged = planned.clone();
    for field in fields.iter().filter(|field| field.is_carried() && member(planned, field.name).is_unknown()) {
        merged.insert(field.name.to_owned(), member(first, field.name).clone());
    }
    merged
}

fn is_complete(planned: &Object, first: &Object) -> bool {
    first.values().all(Value::is_wholly_known)
        && planned.iter().all(|(name, wanted)| !wanted.is_wholly_known() || wanted == member(first, name))
}

/// State holds no unknown: what the backend did not tell is null until the next refresh.
pub(crate) fn known(mut object: Object) -> Object {
    fn settle(value: &mut Value) {
        match value {
            Value::Unknown => *value = Value::Null,
            Value::List(elements) => elements.iter_mut().for_each(settle),
            Value::Map(members) => members.values_mut().for_each(settle),
            Value::Dynamic(_, inner) => settle(inner),
            _ => {}
        }
    }
    object.values_mut().for_each(settle);
    object
}

/// An object that was found, as it may stand in a state.
pub(crate) fn state_of(fields: &[Field], object: Object) -> Object {
    known(without_write_only(fields, settle_object(fields, None, object)))
}
