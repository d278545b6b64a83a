//! The server as tests hold it: started, called, watched, slowed down and stopped.

use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::aws::proxy::{Door, Services};
use crate::aws::route53::{RecordSet, Sync};
use crate::http::call::encode;
use crate::http::plain;
use crate::http::running::{Place, Running};
use crate::moto::Moto;

/// A running AWS account, empty. Dropping it stops it.
///
/// All services have the same address; it takes any credentials. In its log and for its faults, the method is the
/// service as signatures name it and the path is the operation. Record sets, changes and what IAM enforces are the
/// lab's own; zones, tags, roles, policies and all other services are moto's.
///
/// ```no_run
/// # async fn example() {
/// use lab::{Aws, Fault};
///
/// let aws = Aws::start().await;
/// aws.fault(Fault::on("route53", "/ChangeResourceRecordSets").nth(2).reset_after());
/// // … use aws.url as the endpoint of each service …
/// assert_eq!(aws.count("iam", "/CreateRole"), 1);
/// # }
/// ```
#[derive(Debug)]
pub struct Aws {
    running: Running,
    aside: Running,
    services: Arc<Services>,
    _moto: Moto,
}

impl Aws {
    /// The account that everything belongs to.
    pub const ACCOUNT: &'static str = Moto::ACCOUNT;

    /// Starts one on a free port of the loopback address, after making moto's environment where that was never done.
    ///
    /// # Panics
    ///
    /// moto cannot be installed, such as without Python, or does not start; the text says what to do.
    pub async fn start() -> Self {
        Self::try_start().await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same, with an error instead of a panic.
    ///
    /// # Errors
    ///
    /// As [`Aws::start`] panics.
    pub async fn try_start() -> io::Result<Self> {
        let moto = tokio::task::spawn_blocking(Moto::try_start).await.map_err(io::Error::other)??;
        let services = Arc::new(Services::new(moto.address()));
        let (running, _) = Running::start(Place::default(), |_| Door::strict(&services)).await?;
        let (aside, _) = Running::start(Place::default(), |_| Door::lenient(&services)).await?;
        Ok(Self { running, aside, services, _moto: moto })
    }

    /// Lets a service, such as `route53`, answer this many requests a second and this many at once; the rest gets 400
    /// `Throttling`. Without this word all are answered; AWS gives Route 53 five a second for an account.
    pub fn limit(&self, service: &str, rate: f64, burst: u32) {
        self.services.throttle.set(service, rate, burst);
    }

    /// When a change of record sets is said to be in sync; at once without this word.
    pub fn sync(&self, sync: Sync) {
        self.services.route53.sync(sync);
    }

    /// How long a change of record sets takes; another one for the same zone gets `PriorRequestNotComplete` meanwhile.
    pub fn process(&self, time: Duration) {
        self.services.route53.process(time);
    }

    /// How long what IAM makes from now on is not found, listed, assumed or known as a principal.
    pub fn propagate(&self, delay: Duration) {
        self.services.iam.propagation.delay(delay);
    }

    /// Calls IAM or STS, past the log, faults and rates: to prepare a state, to change one behind the back of whoever
    /// is tested, or to look. Returns the status and the XML.
    ///
    /// The thread waits for the answer.
    ///
    /// # Panics
    ///
    /// The lab does not answer.
    #[must_use = "the status tells whether it worked"]
    pub fn query(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in parameters {
            body += &format!("&{}={}", encode(name), encode(value));
        }
        self.send(service, "POST", "/", "application/x-www-form-urlencoded", &body)
    }

    /// Calls Route 53 in the same way; the path starts after the version, such as `/hostedzone`.
    ///
    /// # Panics
    ///
    /// The lab does not answer.
    #[must_use = "the status tells whether it worked"]
    pub fn route53(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        self.send("route53", method, &format!("/2013-04-01{path}"), "text/xml", body)
    }

    /// The record sets of a zone, in the order of a listing.
    pub(super) fn records(&self, zone: &str) -> Vec<RecordSet> {
        self.services.route53.records(zone)
    }

    fn send(&self, service: &str, method: &str, target: &str, kind: &str, body: &str) -> (u16, String) {
        let authority = self.aside.url.trim_start_matches("http://");
        let scope = format!("AWS4-HMAC-SHA256 Credential=lab/20260101/us-east-1/{service}/aws4_request, Signature=0");
        let headers = [("Authorization", scope.as_str()), ("Content-Type", kind)];
        plain::exchange(authority, method, target, &headers, body.as_bytes())
            .unwrap_or_else(|error| panic!("{service} {method} {target}: {error}"))
    }
}

impl Deref for Aws {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}
