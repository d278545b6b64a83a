//! The server as tests hold it: started, called, watched, slowed down and stopped.

use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::aws::error;
use crate::aws::proxy::{Door, Services};
use crate::aws::request::Service;
use crate::aws::route53::{RecordSet, Sync};
use crate::blocking::Carrier;
use crate::http::call::encode;
use crate::http::plain;
use crate::http::running::{Place, Running};
use crate::moto::Moto;
use crate::openbao::ids;

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
    aside: Aside,
    services: Arc<Services>,
}

/// What tests call themselves: they wait for its answers on the thread that may serve the rest.
#[derive(Debug)]
struct Aside {
    // The server ends before the runtime that carries it, and moto last.
    running: Running,
    _carrier: Carrier,
    moto: Moto,
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
        let services = Arc::new(Services::default());
        let shared = Arc::clone(&services);
        let aside = tokio::task::spawn_blocking(move || Aside::start(&shared));
        let aside = aside.await.map_err(io::Error::other)??;
        let (running, _) = Running::start(Place::default(), |_| Door::strict(&services, aside.moto.address())).await?;
        Ok(Self { running, aside, services })
    }

    /// What leads any client of AWS here that reads its settings from the environment, terraform's S3 backend among them.
    #[must_use]
    pub fn environment(&self) -> [(&'static str, String); 6] {
        [
            ("AWS_ENDPOINT_URL", self.url.clone()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_DEFAULT_REGION", "us-east-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// The body of a refusal, for a fault with a status: `Fault::on("iam", "/CreateRole").status(400, &body)`.
    #[must_use]
    pub fn refusal(service: &str, code: &str, message: &str) -> String {
        error::body(&Service::named(service), code, message, &ids::uuid())
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
    /// What is being processed is, too, done after that time.
    pub fn process(&self, time: Duration) {
        self.services.route53.process(time);
    }

    /// Answers the next so many batches as if they were done, and does only the first change of each, as users reported
    /// of AWS (aws/aws-sdk#472); AWS could not reproduce it.
    pub fn truncate(&self, batches: u32) {
        self.services.route53.truncate(batches);
    }

    /// How long roles, users and policies that are made from now on are not found, listed, assumed or known as a
    /// principal.
    pub fn propagate(&self, delay: Duration) {
        self.services.iam.propagation.delay(delay);
    }

    /// Lets all that IAM made be known now.
    pub fn settle(&self) {
        self.services.iam.propagation.settle();
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
        let authority = self.aside.running.url.trim_start_matches("http://");
        let scope = format!("AWS4-HMAC-SHA256 Credential=lab/20260101/us-east-1/{service}/aws4_request, Signature=0");
        let headers = [("Authorization", scope.as_str()), ("Content-Type", kind)];
        plain::exchange(authority, method, target, &headers, body.as_bytes())
            .unwrap_or_else(|error| panic!("{service} {method} {target}: {error}"))
    }
}

impl Aside {
    fn start(services: &Arc<Services>) -> io::Result<Self> {
        let (moto, carrier) = (Moto::try_start()?, Carrier::new()?);
        let door = Door::lenient(services, moto.address());
        let (running, _) = carrier.block_on(Running::start(Place::default(), |_| door))?;
        Ok(Self { running, _carrier: carrier, moto })
    }
}

impl Deref for Aws {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}
