//! The proxy in front of a manager's dashboard: it forwards each call as it came, and notes what Ceph does not know.

use std::sync::{Arc, OnceLock};

use crate::http::call::{Answer, Call};
use crate::http::forward::Forwarder;
use crate::http::serve::{Handler, Instruments};

/// What Ceph says of an argument that an endpoint does not have (Python, and the monitors of `osd pool set`).
const UNKNOWN: [&str; 2] = ["unexpected keyword argument", "unrecognized variable"];

/// Addresses of dashboards, each with that of the proxy before it.
pub type Doors = Arc<OnceLock<Vec<(String, String)>>>;

/// A dashboard that calls are forwarded to.
#[derive(Debug)]
pub struct Upstream {
    dashboard: Forwarder,
    doors: Doors,
}

impl Upstream {
    /// Forwards to `host:port`. A standby sends those who ask to the active manager's own address; here, to its proxy.
    pub fn new(authority: &str, doors: &Doors) -> Self {
        Self { dashboard: Forwarder::new(authority), doors: Arc::clone(doors) }
    }

    fn redirected(&self, mut answer: Answer) -> Answer {
        let doors = self.doors.get().map(Vec::as_slice).unwrap_or_default();
        for (_, value) in answer.headers.iter_mut().filter(|(name, _)| name == "location") {
            if let Some((dashboard, proxy)) = doors.iter().find(|(dashboard, _)| value.starts_with(dashboard)) {
                *value = value.replacen(dashboard, proxy, 1);
            }
        }
        answer
    }
}

impl Handler for Upstream {
    fn prefix(&self) -> &'static str {
        "/api"
    }

    async fn answer(&self, call: &Call, instruments: &Instruments) -> Answer {
        let answer = match self.dashboard.forward(call).await {
            Ok(answer) => self.redirected(answer),
            Err(error) => return Answer::text(502, &format!("the manager behind the lab does not answer: {error}")),
        };
        let said = String::from_utf8_lossy(&answer.body);
        if answer.status == 405 || (answer.status >= 400 && UNKNOWN.iter().any(|text| said.contains(text))) {
            instruments
                .log
                .violate(format!("{} {} was answered with {}: {said}", call.method, call.path, answer.status));
        }
        answer
    }
}
