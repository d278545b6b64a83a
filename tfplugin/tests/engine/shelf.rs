//! A backend in memory: objects in the API's form, a log of the calls, and faults on demand.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tfplugin::operation;
use tfplugin::prelude::*;
use tfplugin::value::{Number, Object, Value};
use tokio::sync::Notify;

static SHELVES: Mutex<BTreeMap<String, Arc<Shelf>>> = Mutex::new(BTreeMap::new());

/// How to reach a shelf.
#[derive(Nested)]
pub struct Config {
    /// Name of the shelf.
    #[tf(default = "default")]
    shelf: String,

    /// Secret of the reader.
    pub token: Option<Secret<String>>,
}

/// What goes wrong with a call.
#[derive(Clone)]
pub enum Fault {
    /// It is refused.
    Refused,
    /// It happens, and its answer is lost.
    AnswerLost,
    /// It never arrives, and nobody can tell.
    Swallowed,
    /// The resource's code panics.
    Panic,
    /// The answer does not hold this attribute.
    Omit(&'static str),
    /// The answer holds another value.
    Answer(&'static str, Value),
    /// The answer waits until the test lets it go.
    Held(Arc<Notify>, Arc<Notify>),
}

/// A server's memory.
#[derive(Default)]
pub struct Shelf {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<u64, Object>,
    last: u64,
    log: Vec<String>,
    faults: BTreeMap<String, Vec<Fault>>,
}

/// A connection to a shelf.
pub struct Librarian(Arc<Shelf>);

impl Shelf {
    /// The shelf of this name, which is there from its first mention.
    pub fn named(name: &str) -> Arc<Shelf> {
        let mut shelves = SHELVES.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(shelves.entry(name.to_owned()).or_default())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the next call of this verb go wrong.
    pub fn fault(&self, verb: &str, fault: Fault) {
        self.state().faults.entry(verb.to_owned()).or_default().push(fault);
    }

    /// The calls since the last look.
    pub fn calls(&self) -> Vec<String> {
        std::mem::take(&mut self.state().log)
    }

    /// The objects by number.
    pub fn objects(&self) -> BTreeMap<u64, Object> {
        self.state().objects.clone()
    }

    /// Puts an object there, or changes one, as another person would.
    pub fn put(&self, id: u64, members: &[(&str, Value)]) {
        let mut state = self.state();
        let object = state.objects.entry(id).or_default();
        object.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        object.insert("id".to_owned(), id.into());
        state.last = state.last.max(id);
    }

    /// Takes an object away, as another person would.
    pub fn remove(&self, id: u64) {
        self.state().objects.remove(&id);
    }

    fn log(&self, line: String) {
        self.state().log.push(line);
    }

    fn next_fault(&self, verb: &str) -> Option<Fault> {
        let mut state = self.state();
        let faults = state.faults.get_mut(verb)?;
        (!faults.is_empty()).then(|| faults.remove(0))
    }

    fn number(&self) -> u64 {
        let mut state = self.state();
        state.last += 1;
        state.last
    }
}

impl Client for Librarian {
    const NAME: &'static str = "shelf";
    const DOC: &'static str = "A shelf.";
    const SETTLE: Duration = Duration::ZERO;

    type Config = Config;

    async fn connect(config: Config) -> Result<Self> {
        operation::proceed()?;
        let shelf = Shelf::named(&config.shelf);
        let secret = config.token.map_or("none", |_| "some");
        shelf.log(format!("connect token={secret}"));
        Ok(Librarian(shelf))
    }
}

impl Librarian {
    /// A connection to a shelf that was made elsewhere.
    pub fn of(shelf: Arc<Shelf>) -> Self {
        Librarian(shelf)
    }

    /// Sends one request; `act` is what the server does with it.
    pub async fn call<T>(
        &self,
        verb: &str,
        line: String,
        act: impl FnOnce() -> Result<T>,
        alter: impl FnOnce(T, &Fault) -> T,
    ) -> Result<T> {
        operation::proceed()?;
        self.0.log(line);
        let fault = self.0.next_fault(verb);
        match &fault {
            Some(Fault::Refused) => return Err(Error::new("403 Forbidden")),
            Some(Fault::Swallowed) => return Err(Error::answer_lost("the connection was cut")),
            Some(Fault::Panic) => panic!("the {verb} is out of order"),
            _ => {}
        }
        let answer = act()?;
        match &fault {
            Some(Fault::AnswerLost) => Err(Error::answer_lost("the connection was cut")),
            Some(Fault::Held(arrived, released)) => {
                arrived.notify_one();
                released.notified().await;
                Ok(answer)
            }
            Some(fault) => Ok(alter(answer, fault)),
            None => Ok(answer),
        }
    }

    /// Makes an object from a body; `complete` adds what the server decides.
    pub async fn create(&self, body: Body, complete: impl FnOnce(u64, &mut Object)) -> Result<Object> {
        let line = format!("create {}", shown(&body));
        let act = || {
            let id = self.0.number();
            let mut object: Object = body.set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
            object.insert("id".to_owned(), id.into());
            complete(id, &mut object);
            let kept =
                object.iter().filter(|(name, _)| *name != "token").map(|(name, value)| (name.clone(), value.clone()));
            self.0.state().objects.insert(id, kept.collect());
            Ok(object)
        };
        self.call("create", line, act, altered).await
    }

    /// The object of this number.
    pub async fn read(&self, id: u64) -> Result<Option<Object>> {
        let act = || Ok(self.0.state().objects.get(&id).cloned());
        self.call("read", format!("read {id}"), act, |answer, fault| answer.map(|answer| altered(answer, fault))).await
    }

    /// The first object of which all this is true.
    pub async fn find(&self, wanted: &[(&str, Value)]) -> Result<Option<Object>> {
        let terms: Vec<_> = wanted.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
        let act = || {
            let objects = self.0.objects();
            let fits = |object: &&Object| wanted.iter().all(|(name, value)| object.get(*name) == Some(value));
            Ok(objects.values().find(fits).cloned())
        };
        self.call("find", format!("find {}", terms.join(" ")), act, |answer, _| answer).await
    }

    /// Changes an object.
    pub async fn update(&self, id: u64, body: Body, complete: impl FnOnce(u64, &mut Object)) -> Result<()> {
        let act = || {
            let number = self.0.number();
            let mut state = self.0.state();
            let object = state.objects.get_mut(&id).ok_or_else(|| Error::not_found("404 Not Found"))?;
            object.extend(body.set.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
            body.unset.iter().for_each(|name| {
                object.remove(*name);
            });
            complete(number, object);
            Ok(())
        };
        self.call("update", format!("update {id} {}", shown(&body)), act, |answer, _| answer).await
    }

    /// Deletes an object.
    pub async fn delete(&self, id: u64, how: &str) -> Result<()> {
        let act = || match self.0.state().objects.remove(&id) {
            Some(_) => Ok(()),
            None => Err(Error::not_found("404 Not Found")),
        };
        self.call("delete", format!("delete {id}{how}"), act, |answer, _| answer).await
    }

    /// The objects of which all this is true.
    pub async fn list(&self, wanted: &[(&str, Value)]) -> Result<Vec<Object>> {
        let terms: Vec<_> = wanted.iter().map(|(name, value)| format!("{name}={}", text(value))).collect();
        let act = || {
            let fits = |object: &Object| wanted.iter().all(|(name, value)| object.get(*name) == Some(value));
            Ok(self.0.objects().into_values().filter(fits).collect())
        };
        self.call("list", format!("list {}", terms.join(" ")), act, |answer, _| answer).await
    }

    /// Every object.
    pub fn all(&self) -> Vec<Object> {
        self.0.objects().into_values().collect()
    }

    /// Notes something that is not a request.
    pub fn note(&self, line: impl Into<String>) {
        self.0.log(line.into());
    }
}

fn altered(mut answer: Object, fault: &Fault) -> Object {
    match fault {
        Fault::Omit(name) => drop(answer.remove(*name)),
        Fault::Answer(name, value) => drop(answer.insert((*name).to_owned(), value.clone())),
        _ => {}
    }
    answer
}

/// A body as one line: what is set, then what is cleared.
fn shown(body: &Body) -> String {
    let redacted = |line: String| body.secrets.iter().fold(line, |line, secret| line.replace(secret, "(secret)"));
    let set = body.set.iter().map(|(name, value)| redacted(format!("{name}={}", text(value))));
    set.chain(body.unset.iter().map(|name| format!("-{name}"))).collect::<Vec<_>>().join(" ")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::List(elements) => format!("[{}]", elements.iter().map(text).collect::<Vec<_>>().join(",")),
        Value::Map(members) => {
            let members = members.iter().map(|(name, member)| format!("{name}:{}", text(member)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Dynamic(_, inner) => text(inner),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// A number of the API.
pub fn number(number: u64) -> Value {
    Value::Number(Number::from(number))
}
