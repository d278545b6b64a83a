//! A desk that issues passes, whose secrets go to the drawers of a safe.

use std::sync::Arc;

use tfplugin::value::{Object, Value};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::host::{Answered, Host, Planned, map, row};
use crate::passes::{host, now, table};
use crate::shelf::{Fault, Shelf, number};

/// The type of what is issued.
pub const PASS: &str = "test_pass";

/// A host with what is on the two servers.
#[derive(Clone)]
pub struct Desk {
    name: String,
    /// The host, whose provider knows both.
    pub host: Arc<Host>,
    /// Where passes are issued.
    pub shelf: Arc<Shelf>,
    /// Where their secrets go.
    pub safe: Arc<Shelf>,
}

/// The drawer of a safe, as the attribute `deliver`.
pub fn drawer(drawer: u64) -> Value {
    map(&[("safe_drawer", map(&[("drawer", number(drawer)), ("side", Value::Null)])), ("shelf_slot", Value::Null)])
}

/// A pass of Josef's, whose secret goes to the first drawer, with these members.
pub fn pass(members: &[(&str, Value)]) -> Object {
    let mut config = row(table(), &[("row", "a".into()), ("name", "Josef".into()), ("deliver", drawer(1))]);
    config.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    config
}

/// The gates that a pass opens.
pub fn gates(gates: &[&str]) -> (&'static str, Value) {
    ("gates", Value::List(gates.iter().map(|gate| (*gate).into()).collect()))
}

impl Desk {
    /// A desk with servers of this name.
    pub async fn new(name: &str) -> Desk {
        let (host, safe) = host(name).await;
        Desk { name: name.to_owned(), shelf: Arc::clone(&host.shelf), host, safe }
    }

    /// The servers with a new process.
    pub async fn restarted(&self) -> Desk {
        Desk::new(&self.name).await
    }

    /// Plans.
    pub async fn plan(&self, prior: &Value, config: &Object) -> Planned {
        self.host.plan_of(PASS, prior, &Value::Map(config.clone())).await
    }

    /// Plans and applies; the secret is told nowhere.
    pub async fn bring(&self, prior: &Value, config: &Object) -> Answered {
        assert_eq!(self.host.validate_of(PASS, config).await, [""; 0]);
        let planned = self.plan(prior, config).await;
        assert_eq!((&planned.diagnostics, &planned.replace), (&vec![], &vec![]));
        let answer = self.host.apply_of(PASS, prior, &planned.state, &Value::Map(config.clone())).await;
        let seen = format!("{planned:?} {answer:?}");
        assert!(!seen.contains("sesame"), "the secret is told: {seen}");
        answer
    }

    /// [`bring`](Self::bring) without a complaint; the plan after it is empty.
    pub async fn settled(&self, prior: &Value, config: &Object) -> Value {
        let answer = self.bring(prior, config).await;
        assert_eq!(answer.diagnostics, [""; 0]);
        assert_eq!(self.plan(&answer.state, config).await.state, answer.state);
        assert_eq!(self.read(&answer.state).await, answer.state);
        answer.state
    }

    /// An apply that goes on until its process is killed.
    pub fn begun(&self, prior: &Value, config: &Object) -> JoinHandle<Answered> {
        let (desk, prior, config) = (self.clone(), prior.clone(), config.clone());
        tokio::spawn(async move { desk.bring(&prior, &config).await })
    }

    /// Refreshes without a complaint.
    pub async fn read(&self, state: &Value) -> Value {
        let read = self.host.read_of(PASS, state).await;
        assert_eq!(read.diagnostics, [""; 0]);
        read.state
    }

    /// Applies the end.
    pub async fn destroy(&self, state: &Value) -> Answered {
        self.host.apply_of(PASS, state, &Value::Null, &Value::Null).await
    }

    /// Numbers of the passes that are alive.
    pub fn alive(&self) -> Vec<u64> {
        self.shelf.objects().into_keys().collect()
    }

    /// What a drawer keeps.
    pub fn kept(&self, drawer: u64) -> Option<Value> {
        self.safe.objects().get(&drawer).map(|drawer| drawer["secret"].clone())
    }

    /// Another pass of the same name, as an interrupted run leaves it behind.
    pub fn leave(&self, id: u64) {
        self.shelf.put(id, &[("row", "a".into()), ("name", "Josef".into()), ("ends_at", number(now() + 9))]);
    }
}

/// A fault that holds a call until the other end lets it go.
pub fn held() -> (Fault, Arc<Notify>, Arc<Notify>) {
    let (arrived, released) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    (Fault::Held(Arc::clone(&arrived), Arc::clone(&released)), arrived, released)
}
