//! One call on its way: who asks, what for, with which parameters, and how long it takes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::http::call::{Answer, Call, pairs, segments};
use crate::http::control;
use crate::http::serve::{Handler, Instruments, pause};
use crate::proxmox::multipart;
use crate::proxmox::reply::{Delay, Outcome, Refusal, Reply};
use crate::proxmox::table::{Method, TABLE};
use crate::proxmox::verify;
use crate::proxmox::world::{Asked, Options, World};
use crate::proxmox::{cluster, content, description, guests, pools, storage, users};

/// Where the paths of the API begin.
pub const PREFIX: &str = "/api2/json";

/// The greatest body that is not a file.
const LARGEST_BODY: usize = 512 << 10;

/// How often a call looks whether a lock is free.
const LOOK: Duration = Duration::from_millis(10);

/// What everybody may call.
const WORLD: &[(&str, &str)] = &[("GET", "/access/domains"), ("POST", "/access/ticket")];

/// What needs a ticket; the words of the refusal are unrecorded.
const NO_TOKENS: &[(&str, &str)] = &[("PUT", "/access/password")];

/// The cluster behind its API.
#[derive(Debug)]
pub struct Service {
    options: Options,
    world: Mutex<World>,
    writes: Mutex<Vec<Write>>,
}

/// A call that changes something on a node: from its arrival to its answer, or to its task.
#[derive(Debug)]
struct Write {
    node: String,
    begun: Instant,
    ended: Instant,
}

impl Service {
    /// The cluster of the first day.
    pub fn new(options: Options) -> Self {
        Self { world: Mutex::new(World::new(options.clone())), options, writes: Mutex::default() }
    }

    /// The cluster, with everything done that is due.
    pub fn world(&self) -> MutexGuard<'_, World> {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(Instant::now());
        world
    }

    /// The greatest number of calls that changed something on a node, and of their tasks, at once.
    pub fn most_writers(&self, node: &str) -> usize {
        let mut spans = self.world().tasks.spans(node);
        spans.extend(self.writes().iter().filter(|write| write.node == node).map(|write| (write.begun, write.ended)));
        let at = |moment: Instant| spans.iter().filter(|(begun, ended)| *begun <= moment && moment < *ended).count();
        spans.iter().map(|(begun, _)| at(*begun)).max().unwrap_or_default()
    }

    fn writes(&self) -> MutexGuard<'_, Vec<Write>> {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The answer now, without a wait.
    pub fn execute(&self, call: &Call) -> Outcome {
        let now = Instant::now();
        let path = call.path.strip_prefix(PREFIX).unwrap_or(&call.path);
        let segments = segments(path);
        let mut world = self.world();
        let found = TABLE.find(&call.method, &segments);
        let open = found.as_ref().is_some_and(|(method, _)| WORLD.contains(&(method.verb, method.path)));
        let who = match open {
            true => String::new(),
            false => world.access.caller(call, self.options.penalty, now)?,
        };
        let Some((method, captured)) = found else {
            let reason = format!("Method '{} {path}' not implemented", call.method);
            return Err(Refusal::new(501, reason));
        };
        let (mut params, file) = parameters(call, method)?;
        let clash = captured.iter().find(|(name, _)| params.contains_key(*name)).map(|(name, _)| *name);
        params.extend(captured.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let mut asked = Asked { method: (method.verb, method.path), params, who, now };
        if asked.who.contains('!') && NO_TOKENS.contains(&asked.method) {
            return Err(Refusal::new(403, "Permission check failed (not allowed for API tokens)"));
        }
        if let Some(check) = &method.check {
            world.access.demand(check, &asked)?;
        }
        check_node(&world, &asked)?;
        let mut errors = verify::complaints(&method.parameters, &mut asked.params);
        if let Some(name) = clash {
            errors.insert(
                name.to_owned(),
                "duplicate parameter (already defined in URI with conflicting values)".to_owned(),
            );
        }
        if !errors.is_empty() {
            return Err(Refusal::of_parameters(errors));
        }
        let outcome = answer(&mut world, &asked, file);
        if method.verb != "GET" {
            world.look(now);
        }
        outcome
    }
}

/// The node that a call is for must be one of the cluster's.
fn check_node(world: &World, asked: &Asked) -> Result<(), Refusal> {
    match asked.get("node").filter(|_| asked.method.1.starts_with("/nodes/")) {
        Some(node) if !world.options.nodes.iter().any(|known| known == node) => Err(Refusal::failed(format!(
            "hostname lookup '{node}' failed - failed to get address info for: {node}: Name or service not known"
        ))),
        _ => Ok(()),
    }
}

fn answer(world: &mut World, asked: &Asked, file: Option<Bytes>) -> Outcome {
    let outcome = users::answer(world, asked)
        .or_else(|| cluster::answer(world, asked))
        .or_else(|| pools::answer(world, asked))
        .or_else(|| storage::answer(world, asked))
        .or_else(|| content::answer(world, asked, file))
        .or_else(|| guests::answer(world, asked));
    let (verb, path) = asked.method;
    outcome.unwrap_or_else(|| Err(Refusal::new(501, format!("Method '{verb} {path}' not implemented"))))
}

type Parameters = (BTreeMap<String, String>, Option<Bytes>);

/// Parameters of the query and the body, and the file of an upload.
fn parameters(call: &Call, method: &Method) -> Result<Parameters, Refusal> {
    let mut params = BTreeMap::new();
    add(&mut params, call.query.clone())?;
    let uploads = method.path.ends_with("/upload");
    if call.body.is_empty() {
        return Ok((params, None));
    }
    if !["POST", "PUT"].contains(&method.verb) {
        return Err(Refusal::new(501, format!("Unexpected content for method '{}'", method.verb)));
    }
    if uploads {
        let parts = multipart::parts(call).ok_or_else(|| Refusal::new(501, "upload needs a multipart form"))?;
        let file = parts.iter().find(|part| part.file.is_some() && part.name == "filename").cloned();
        let fields = parts.into_iter().filter(|part| part.file.is_none());
        add(
            &mut params,
            fields.map(|part| (part.name, String::from_utf8_lossy(&part.content).into_owned())).collect(),
        )?;
        if let Some(name) = file.as_ref().and_then(|part| part.file.clone()) {
            add(&mut params, vec![("filename".to_owned(), name)])?;
        }
        return Ok((params, file.map(|part| part.content)));
    }
    if call.body.len() > LARGEST_BODY {
        return Err(Refusal::new(501, "for data too large"));
    }
    let content_type = call.header("content-type").unwrap_or_default();
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/x-www-form-urlencoded" => {
            let text = std::str::from_utf8(&call.body).map_err(|_| Refusal::new(400, "the form is no UTF-8"))?;
            add(&mut params, pairs(text))?;
        }
        "application/json" => add(&mut params, of_json(&call.body)?)?,
        other => return Err(Refusal::new(501, format!("unsupported content type '{other}'"))),
    }
    Ok((params, None))
}

fn add(params: &mut BTreeMap<String, String>, pairs: Vec<(String, String)>) -> Result<(), Refusal> {
    for (name, value) in pairs {
        if params.insert(name.clone(), value).is_some() {
            return Err(Refusal::of_parameter(&name, "type check ('string') failed - got ARRAY"));
        }
    }
    Ok(())
}

/// Texts and numbers of a JSON object; whatever else is there has the wrong type.
fn of_json(body: &Bytes) -> Result<Vec<(String, String)>, Refusal> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else {
        return Err(Refusal::new(400, "the body is no JSON object"));
    };
    let pair = |(name, value): (String, Value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(number) => Ok((name, number.to_string())),
        other => Err(Refusal::of_parameter(&name, &format!("type check ('string') failed - got {other}"))),
    };
    fields.into_iter().map(pair).collect()
}

impl Handler for Service {
    fn prefix(&self) -> &'static str {
        PREFIX
    }

    async fn answer(&self, call: &Call, instruments: &Instruments) -> Answer {
        let begun = Instant::now();
        let mut tried = begun;
        let outcome = loop {
            match self.execute(call) {
                Err(Refusal { delay: Delay::WhileLocked(patience), .. }) if begun.elapsed() < patience => {
                    pause(LOOK).await;
                    tried = Instant::now();
                }
                outcome => break outcome,
            }
        };
        if let Err(Refusal { delay: Delay::For(time), .. }) = &outcome {
            pause(*time).await;
        }
        self.note(call, &outcome, begun, tried);
        self.judge(call, &outcome, instruments);
        let headers = |answer: Answer| {
            answer.with_header("Cache-Control", "max-age=0").with_header("Server", "pve-api-daemon/3.0")
        };
        match outcome {
            Ok(reply) => headers(reply.answer()),
            Err(refusal) => headers(refusal.answer()),
        }
    }

    fn control(&self, call: &Call, instruments: &Instruments) -> Option<Answer> {
        control::answer(call, instruments, || self.renew())
    }

    fn fields(&self, call: &Call) -> Map<String, Value> {
        if let Some(parts) = multipart::parts(call) {
            let field = |part: multipart::Part| match part.file {
                Some(name) => (part.name, json!(name)),
                None => (part.name, json!(String::from_utf8_lossy(&part.content))),
            };
            return parts.into_iter().map(field).collect();
        }
        crate::http::params::body(call).unwrap_or_default()
    }
}

impl Service {
    /// Notes a call that a real server would not understand: what it has not, what it does not know, and what its
    /// description is against.
    fn judge(&self, call: &Call, outcome: &Outcome, instruments: &Instruments) {
        let path = call.path.strip_prefix(PREFIX).unwrap_or(&call.path);
        let (query, fields) = (crate::http::params::query(call), self.fields(call));
        if let Err(complaint) = description::check(&call.method, path, &segments(path), query.into_iter().chain(fields))
        {
            instruments.log.violate(complaint);
        } else if let Err(refusal) = outcome {
            let misformed = refusal.errors.values().any(|error| error.starts_with("invalid format"));
            if misformed || refusal.status == 501 {
                instruments.log.violate(format!("{} {path}: {} {:?}", call.method, refusal.reason, refusal.errors));
            }
        }
    }

    /// Notes a call that changes something on a node. Where it made a task, the rest is the task's.
    fn note(&self, call: &Call, outcome: &Outcome, begun: Instant, tried: Instant) {
        let segments = segments(call.path.strip_prefix(PREFIX).unwrap_or_default());
        let [first, node, ..] = segments.as_slice() else { return };
        if first == "nodes" && call.method != "GET" {
            let is_task = |data: &Value| data.as_str().is_some_and(|text| text.starts_with("UPID:"));
            let has_task = matches!(outcome, Ok(Reply::Data(data)) if is_task(data));
            let ended = if has_task { tried } else { Instant::now() };
            self.writes().push(Write { node: node.clone(), begun, ended });
        }
    }

    /// The cluster of the first day again.
    pub fn renew(&self) {
        *self.world() = World::new(self.options.clone());
        self.writes().clear();
    }
}
