//! The operations of Route 53.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::aws::error::{self, Refusal};
use crate::aws::proxy::Moto;
use crate::aws::request::{Request, Service};
use crate::aws::route53::batch::{Batch, parameters};
use crate::aws::route53::changes::{Changes, Sync};
use crate::aws::route53::zone::{RecordSet, Zone};
use crate::aws::route53::{listing, names, zones};
use crate::http::call::{Answer, Call};

/// How often a change that is being processed looks how long that takes.
const STEP: Duration = Duration::from_millis(10);

/// Route 53.
#[derive(Debug, Default)]
pub struct Route53(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    zones: BTreeMap<String, Zone>,
    references: BTreeSet<String>,
    changes: Changes,
    processing: Duration,
    truncated: u32,
}

impl Route53 {
    /// When changes from now on are in sync.
    pub fn sync(&self, sync: Sync) {
        self.lock().changes.sync = sync;
    }

    /// How long changes from now on take.
    pub fn process(&self, time: Duration) {
        self.lock().processing = time;
    }

    /// How many batches from now on are done in part.
    pub fn truncate(&self, batches: u32) {
        self.lock().truncated = batches;
    }

    /// The record sets of a zone, in the order of a listing.
    pub fn records(&self, zone: &str) -> Vec<RecordSet> {
        self.lock().zones.get(zone).map(|zone| zone.records.values().cloned().collect()).unwrap_or_default()
    }

    /// Answers a call.
    pub async fn answer(&self, call: &Call, request: &Request, moto: &Moto<'_>) -> Answer {
        let answered = match request.name.as_str() {
            "CreateHostedZone" => self.create_zone(call, moto).await,
            "DeleteHostedZone" => self.delete_zone(call, request, moto).await,
            "AssociateVPCWithHostedZone" | "DisassociateVPCFromHostedZone" => {
                Ok(self.submitted(moto.forward(call).await))
            }
            "ListHostedZonesByName" => Ok(self.zones_by_name(call, moto).await),
            "ChangeResourceRecordSets" => self.change(call, request).await,
            "ListResourceRecordSets" => self.list(call, request),
            "GetChange" => self.lock().changes.get(&request.id).map(|info| error::route53(200, &request.name, &info)),
            _ => Ok(self.counted(moto.forward(call).await)),
        };
        answered.unwrap_or_else(|refusal| refusal.answer(&Service::Route53))
    }

    async fn create_zone(&self, call: &Call, moto: &Moto<'_>) -> Result<Answer, Refusal> {
        let parameters = parameters(&String::from_utf8_lossy(&call.body));
        let parameter = |name: &str| parameters.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(flaw) = names::flaw(&parameter("Name")) {
            return Err(Refusal::new(400, "InvalidDomainName", flaw));
        }
        if !self.lock().references.insert(parameter("CallerReference")) {
            let said = "A hosted zone has already been created with the specified caller reference.";
            return Err(Refusal::new(409, "HostedZoneAlreadyExists", said));
        }
        let answer = moto.forward(call).await;
        let Some((name, id, servers)) = zones::made(&String::from_utf8_lossy(&answer.body)) else { return Ok(answer) };
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        let info = {
            let mut state = self.lock();
            state.zones.insert(id, Zone::new(&name, &servers));
            state.changes.submit(None)
        };
        Ok(self.counted(zones::submitted(answer, &info)))
    }

    async fn delete_zone(&self, call: &Call, request: &Request, moto: &Moto<'_>) -> Result<Answer, Refusal> {
        let in_use = self.lock().zones.get(&request.id).is_some_and(Zone::is_in_use);
        if in_use {
            let said = "The specified hosted zone contains non-required resource record sets and so cannot be deleted.";
            return Err(Refusal::new(400, "HostedZoneNotEmpty", said));
        }
        let answer = moto.forward(call).await;
        if answer.status != 200 {
            return Ok(answer);
        }
        let mut state = self.lock();
        state.zones.remove(&request.id);
        Ok(zones::submitted(answer, &state.changes.submit(None)))
    }

    async fn zones_by_name(&self, call: &Call, moto: &Moto<'_>) -> Answer {
        let mut every = call.clone();
        every.target = "/2013-04-01/hostedzone?maxitems=100000".to_owned();
        let answer = self.counted(moto.forward(&every).await);
        match zones::by_name(&String::from_utf8_lossy(&answer.body), call) {
            Some(content) if answer.status == 200 => error::route53(200, "ListHostedZonesByName", &content),
            _ => answer,
        }
    }

    async fn change(&self, call: &Call, request: &Request) -> Result<Answer, Refusal> {
        let mut batch = Batch::parse(&String::from_utf8_lossy(&call.body))?;
        batch.check_size()?;
        {
            let mut state = self.lock();
            let zone = state.zone(&request.id)?;
            if zone.busy {
                let said = "The request was rejected because Route 53 was still processing a prior request.";
                return Err(Refusal::new(400, "PriorRequestNotComplete", said));
            }
            zone.busy = true;
        }
        self.processed().await;
        let mut state = self.lock();
        let truncated = state.truncated > 0;
        state.truncated = state.truncated.saturating_sub(1);
        let zone = state.zone(&request.id)?;
        zone.busy = false;
        if truncated {
            batch.truncate();
        }
        batch.apply(zone, &request.id)?;
        let info = state.changes.submit(batch.comment);
        Ok(error::route53(200, &request.name, &info))
    }

    /// Waits for as long as a change takes, by what is said of that meanwhile.
    async fn processed(&self) {
        let begin = Instant::now();
        loop {
            let time = self.lock().processing;
            let left = time.saturating_sub(begin.elapsed());
            if left.is_zero() {
                return;
            }
            pause(left.min(STEP)).await;
        }
    }

    fn list(&self, call: &Call, request: &Request) -> Result<Answer, Refusal> {
        let mut state = self.lock();
        let content = listing::page(state.zone(&request.id)?, call)?;
        Ok(error::route53(200, &request.name, &content))
    }

    /// What moto did, with a change that can be awaited.
    fn submitted(&self, answer: Answer) -> Answer {
        match answer.status {
            200 => zones::submitted(answer, &self.lock().changes.submit(None)),
            _ => answer,
        }
    }

    fn counted(&self, answer: Answer) -> Answer {
        let state = self.lock();
        zones::corrected(answer, &|id| state.zones.get(id).map(|zone| zone.records.len()))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn zone(&mut self, id: &str) -> Result<&mut Zone, Refusal> {
        let unknown = || Refusal::new(404, "NoSuchHostedZone", format!("No hosted zone found with ID: {id}"));
        self.zones.get_mut(id).ok_or_else(unknown)
    }
}

#[expect(clippy::disallowed_methods, reason = "the lab is no provider: nothing stops it but its owner")]
async fn pause(time: Duration) {
    tokio::time::sleep(time).await;
}
