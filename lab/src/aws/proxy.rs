//! The proxy: which service a call is for, whether it is admitted, and who answers.

use std::sync::Arc;

use roxmltree::Document;
use serde_json::{Map, Value};

use crate::aws::iam::Iam;
use crate::aws::request::{self, Request, Service};
use crate::aws::route53::Route53;
use crate::aws::throttle::Throttle;
use crate::aws::xml::{all, edited};
use crate::http::call::{Answer, Call};
use crate::http::forward::Forwarder;
use crate::http::serve::{Handler, Instruments};

/// What the two ways into the lab share.
#[derive(Debug, Default)]
pub struct Services {
    /// DNS.
    pub route53: Route53,
    /// Roles, policies and the credentials that roles give.
    pub iam: Iam,
    /// Rates.
    pub throttle: Throttle,
    /// Who may ask moto: its threads do not guard what they share.
    turn: tokio::sync::Mutex<()>,
}

/// A way into the lab.
#[derive(Debug)]
pub struct Door {
    services: Arc<Services>,
    moto: Forwarder,
    /// Whether rates and delays hold for those who come this way.
    strict: bool,
}

impl Door {
    /// For those who are tested, with the moto at `host:port` behind it.
    pub fn strict(services: &Arc<Services>, moto: &str) -> Self {
        Self { services: Arc::clone(services), moto: Forwarder::new(moto), strict: true }
    }

    /// For those who prepare a state or look at one.
    pub fn lenient(services: &Arc<Services>, moto: &str) -> Self {
        Self { strict: false, ..Self::strict(services, moto) }
    }

    async fn forward(&self, call: &Call, request: &Request) -> Answer {
        let (services, moto) = (&self.services, Moto { forwarder: &self.moto, turn: &self.services.turn });
        match request.service {
            Service::Route53 => services.route53.answer(call, request, &moto).await,
            Service::Iam => services.iam.answer(call, request, &moto).await,
            Service::Sts => services.iam.assume(call, request, &moto).await,
            Service::Other(_) => moto.forward(call).await,
        }
    }
}

impl Handler for Door {
    fn prefix(&self) -> &'static str {
        ""
    }

    async fn answer(&self, call: &Call, instruments: &Instruments) -> Answer {
        let request = Request::of(call);
        if self.strict
            && let Err(refusal) = self.services.throttle.admit(&request.service)
        {
            return refusal.answer(&request.service);
        }
        let answer = self.forward(call, &request).await;
        if answer.status >= 500 {
            let said = String::from_utf8_lossy(&answer.body);
            let what =
                format!("{} {} was answered with {}: {said}", request.service.name(), request.name, answer.status);
            instruments.log.violate(what);
        }
        answer
    }

    /// The service in place of the method, and the operation in place of the path.
    fn named(&self, call: &Call) -> (String, String) {
        let request = Request::of(call);
        (request.service.name().to_owned(), format!("/{}", request.name))
    }

    fn fields(&self, call: &Call) -> Map<String, Value> {
        request::fields(call)
    }
}

/// The moto behind the proxy.
#[derive(Clone, Copy, Debug)]
pub struct Moto<'a> {
    forwarder: &'a Forwarder,
    turn: &'a tokio::sync::Mutex<()>,
}

impl Moto<'_> {
    /// Forwards a call as it came, when moto has answered those before it.
    pub async fn forward(&self, call: &Call) -> Answer {
        let _turn = self.turn.lock().await;
        match self.forwarder.forward(call).await {
            Ok(answer) => without_second_message(answer),
            Err(error) => Answer::text(502, &format!("the moto behind the lab does not answer: {error}")),
        }
    }
}

/// Beside `Message`, moto's errors have a `message`, which AWS has not.
fn without_second_message(answer: Answer) -> Answer {
    if answer.status < 400 {
        return answer;
    }
    let second = |document: &Document<'_>| all(document, "message").map(|node| (node.range(), String::new())).collect();
    Answer { body: edited(&String::from_utf8_lossy(&answer.body), second).into(), ..answer }
}
