//! What was there before a transaction, and the way back to it.

use std::time::{Duration, Instant};

use tfplugin::operation;
use tfplugin::prelude::*;

use super::client::Api;
use super::refusal::{message, verdict};
use crate::http::{Answer, Request, path};

/// How often to ask for the worker.
const LOOK: Duration = Duration::from_millis(100);

/// How long to ask for a worker that does not answer, such as during a reload of somebody else.
const LIMIT: Duration = Duration::from_secs(2);

/// How often to send the former configuration while no answer comes.
const TRIES: u32 = 3;

/// HAProxy before a change.
pub struct Before {
    /// The configuration's version.
    pub version: u64,
    text: String,
}

/// The worker that serves before a commit, by the number of its process.
#[derive(Clone, Copy)]
pub struct Worker(u64);

impl Worker {
    /// Asks right before the commit, so that a reload of somebody else is not taken for ours.
    pub async fn serving(api: &Api) -> Result<Worker> {
        let end = Instant::now() + LIMIT;
        loop {
            match api.worker().await {
                Err(error) if Instant::now() >= end || error.is_stopped() => return Err(error),
                Err(_) => operation::sleep(LOOK).await?,
                worker => return worker.map(Worker),
            }
        }
    }

    /// Whether another worker takes over within the time that a reload may take.
    pub async fn is_succeeded(self, api: &Api) -> bool {
        let end = Instant::now() + api.patience;
        loop {
            if api.worker().await.is_ok_and(|now| now != self.0) {
                return true;
            }
            if Instant::now() >= end || operation::sleep(LOOK).await.is_err() {
                return false;
            }
        }
    }
}

impl Before {
    /// Looks at the configuration with its version.
    pub async fn look(api: &Api) -> Result<Before> {
        let answer = api.configuration().await?;
        let version = answer.header("configuration-version").and_then(|version| version.parse().ok());
        let version = match version {
            Some(version) => version,
            None => api.version().await?,
        };
        Ok(Before { version, text: without_version(&answer.text()) })
    }

    /// Puts the configuration back that was there before the commit that made `version`, and returns `why`. The worker
    /// that served before the commit serves still, unless HAProxy tells of another one.
    ///
    /// A version that moved on is somebody else's work, which stays.
    pub async fn restore(&self, api: &Api, version: u64, former: Worker, why: &str) -> Result<String> {
        let worker = Worker::serving(api).await.unwrap_or(former);
        let back = self.put_back(api, version).await;
        api.wrote_sections();
        let answer = back.map_err(|error| {
            error.context(format!("{why}; the refused configuration may still be in HAProxy's file: look there"))
        })?;
        match answer.status() {
            // The answer to an earlier try was lost.
            409 if Before::look(api).await?.text == self.text => {}
            409 => {
                return Err(Error::new(format!("{why}; somebody else changed the configuration meanwhile")).hint(
                    "The change was not taken back, since theirs would go with it: remove what HAProxy refuses by hand.",
                ));
            }
            400 => {
                let lines = verdict(&message(&answer).unwrap_or_else(|| answer.text()));
                return Err(Error::new(format!("{why}; the former configuration is refused, too: {lines}"))
                    .hint("The old worker still serves. Correct the configuration by hand before HAProxy restarts."));
            }
            _ => {}
        }
        match worker.is_succeeded(api).await {
            true => Ok(why.to_owned()),
            false => {
                Err(Error::new(format!("{why}; the former configuration is back, but no worker took it up, either"))
                    .hint("The old worker still serves. Find the cause in HAProxy's log before HAProxy restarts."))
            }
        }
    }

    async fn put_back(&self, api: &Api, version: u64) -> Result<Answer> {
        let mut tries = 1;
        loop {
            let raw = Request::post(path!("services/haproxy/configuration/raw")).query("version", version);
            let raw = raw.query("force_reload", true).bytes("text/plain", self.text.clone()).accept(400).accept(409);
            match api.send(raw.confidential().purpose("put the former configuration back")).await {
                Err(error) if error.is_answer_lost() && tries < TRIES => tries += 1,
                answer => return answer,
            }
            operation::sleep(LOOK).await?;
        }
    }
}

/// The text without the lines in which the API keeps its version and its checksum: it writes those itself.
fn without_version(text: &str) -> String {
    let kept = text.split_inclusive('\n');
    kept.filter(|line| !line.starts_with("# _version=") && !line.starts_with("# _md5hash=")).collect()
}
