//! Failures: what can go wrong with one try, whether a repetition is safe, and what the user is told.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::io;
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};
use tfplugin::Error;
use tfplugin::value::Path;
use time::OffsetDateTime;

use super::answer::{Answer, Meaning, Refusal, status_text};
use super::retry::{GivenUp, asked_wait};
use super::{Method, Origins, Redactor};

/// A gateway that got no answer from the server behind it: 596, 597 and 599 are what Proxmox VE's proxy takes over from
/// AnyEvent::HTTP for a request that was cut while it was sent or answered.
const GATEWAY: [u16; 5] = [502, 504, 596, 597, 599];

/// What hyper says of an answer that is no HTTP, such as the alert of a server that speaks TLS.
const NO_HTTP: &str = "invalid HTTP version";

/// What was asked, in a form that may be shown.
#[derive(Clone)]
pub(super) struct Asked {
    /// What an SDK calls it: "iam:CreateRole".
    pub(super) action: Option<String>,
    /// Of an action: what it is like to a server, whatever method carries it.
    pub(super) method: Method,
    /// Without the query, and redacted.
    pub(super) url: String,
    pub(super) repeatable: bool,
    /// Redacted, too.
    pub(super) purpose: Option<String>,
    /// Whether the bodies are kept out of logs and errors as a whole.
    pub(super) confidential: bool,
    pub(super) redactor: Redactor,
    pub(super) origins: Origins,
    /// Where the user set what the request says, by the API's name of the parameter.
    pub(super) places: BTreeMap<String, Path>,
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.action {
            Some(action) => write!(f, "`{action}`"),
            None => write!(f, "{} {}", self.method, self.url),
        }
    }
}

impl Asked {
    /// The error for a write that may have been executed.
    pub(super) fn lost(&self, problem: &str) -> Error {
        let what = match &self.purpose {
            Some(purpose) => format!("the request to {purpose}"),
            None => "it".to_owned(),
        };
        Error::answer_lost(format!("{problem}; {what} may have been executed all the same"))
            .hint("Look at the server before you repeat it: what it was to make or change may be there.")
    }

    /// The end of an exchange that a panic or the end of the process cut.
    pub(super) fn cut_off(&self, cause: &str) -> Fault {
        Fault::Lost { problem: format!("was cut off: {}", self.redactor.excerpt(cause)) }
    }
}

/// Why one try has no answer that the caller can use.
#[derive(Clone)]
pub(super) enum Fault {
    /// It was not sent: the user's interrupt, the end of the operation's time, or an exhausted budget.
    Prevented(Error),
    /// There was no connection to send it on.
    Unreachable { problem: String, hint: String, passing: bool },
    /// It was sent, and the answer did not come, or not whole.
    Lost { problem: String },
    /// The server answered something else than success.
    Refused { answer: Answer, refusal: Refusal },
}

impl Fault {
    /// Sorts an error of the client; `timeout` is the limit that the try had.
    pub(super) fn of(error: &reqwest::Error, asked: &Asked, timeout: Duration) -> Self {
        let cause = asked.redactor.excerpt(&root_cause(error));
        if error.is_connect() || error.is_builder() || refuses_the_client(error) {
            return unreachable(error, cause, asked.origins);
        }
        Fault::Lost {
            problem: match error.is_timeout() {
                true => format!("was not answered within {} s", timeout.as_secs_f64()),
                false => format!("lost its connection before the answer was complete ({cause})"),
            },
        }
    }

    /// Whether the server may have executed the request although there is no answer, or none that tells.
    pub(super) fn is_lost(&self, asked: &Asked) -> bool {
        match self {
            Fault::Prevented(_) | Fault::Unreachable { .. } => false,
            Fault::Lost { .. } => true,
            Fault::Refused { answer, refusal } => match (refusal.meaning, answer.status()) {
                (Meaning::Busy | Meaning::Declined | Meaning::NotFound | Meaning::Conflict, _) => false,
                (_, status) if GATEWAY.contains(&status) => true,
                // A server may fail in the midst of the work, and a proxy's 503 may follow what it passed on.
                (_, 500 | 503) => !asked.repeatable,
                _ => false,
            },
        }
    }

    /// Whether the request may be sent again: nothing was executed, or a repetition does no harm.
    pub(super) fn may_repeat(&self, asked: &Asked) -> bool {
        match self {
            Fault::Prevented(_) => false,
            Fault::Unreachable { passing, .. } => *passing,
            Fault::Lost { .. } => asked.repeatable,
            Fault::Refused { answer, refusal } => match (refusal.meaning, answer.status()) {
                (Meaning::Busy, _) => true,
                (Meaning::Declined | Meaning::NotFound | Meaning::Conflict, _) => false,
                (_, 503) => asked.repeatable,
                (_, status) if GATEWAY.contains(&status) => asked.repeatable,
                (_, 501) => false,
                (_, 500..) => asked.method.reads(),
                _ => false,
            },
        }
    }

    /// How long the server asks to wait.
    pub(super) fn asked_wait(&self) -> Option<Duration> {
        match self {
            Fault::Refused { answer, .. } => asked_wait(&answer.headers),
            _ => None,
        }
    }
}

impl GivenUp {
    /// The error that the caller gets.
    pub(super) fn into_error(self, asked: &Asked) -> Error {
        let tries = match self.tries {
            1 => String::new(),
            tries => format!(" (tried {tries} times)"),
        };
        let gone = asked.method == Method::Delete
            && matches!(&self.fault, Fault::Refused { refusal, .. } if refusal.meaning == Meaning::NotFound);
        if self.lost && !asked.method.reads() && !gone {
            let problem = match &self.fault {
                Fault::Prevented(error) => error.message().to_owned(),
                Fault::Unreachable { problem, .. } | Fault::Lost { problem } => problem.clone(),
                Fault::Refused { answer, refusal } => answered(answer, refusal, asked),
            };
            let earlier = if self.fault.is_lost(asked) { "" } else { ", after a try that got no answer" };
            return asked.lost(&format!("{asked} {problem}{tries}{earlier}"));
        }
        match self.fault {
            Fault::Prevented(error) => error.context(asked),
            Fault::Unreachable { problem, hint, .. } => {
                Error::unreachable(format!("{asked} {problem}{tries}")).hint(hint)
            }
            Fault::Lost { problem } => {
                let hint = if problem.contains(NO_HTTP) {
                    format!(
                        "Check whether {} should begin with `https://` or have another port.",
                        asked.origins.address
                    )
                } else {
                    format!("Check that the server at {} works, and what is on the way to it.", asked.origins.address)
                };
                // A read that got no answer did nothing: it can go to another address.
                Error::unreachable(format!("{asked} {problem}{tries}")).hint(hint)
            }
            Fault::Refused { answer, refusal } => refused(&answer, &refusal, asked, &tries),
        }
    }
}

fn refused(answer: &Answer, refusal: &Refusal, asked: &Asked, tries: &str) -> Error {
    let mut message = format!("{asked} {}{tries}", answered(answer, refusal, asked));
    if let Some(wait) = asked_wait(&answer.headers).filter(|_| refusal.meaning == Meaning::Busy) {
        message = format!("{message}; it asks to wait {} s", wait.as_secs());
    }
    let error = match refusal.meaning {
        Meaning::NotFound => Error::not_found(message),
        Meaning::Conflict => Error::conflict(message),
        Meaning::AsStatus if asked.method.reads() && [&GATEWAY[..], &[503]].concat().contains(&answer.status()) => {
            Error::unreachable(message)
        }
        Meaning::AsStatus | Meaning::Busy | Meaning::Declined | Meaning::Failure => Error::new(message),
    };
    let place = refusal.parameter.as_ref().and_then(|parameter| asked.places.get(parameter));
    let error = match place {
        Some(place) => error.at(place.clone()),
        None => error,
    };
    match refusal.hint.clone().or_else(|| hint(answer.status(), refusal.meaning, asked.origins)) {
        Some(hint) => error.hint(hint),
        None => error,
    }
}

/// "answered 403 Forbidden: insufficient_scope".
fn answered(answer: &Answer, refusal: &Refusal, asked: &Asked) -> String {
    let status = status_text(answer.status);
    let mut text = format!("answered {status}");
    if let Some(location) = answer.header("location").filter(|_| answer.status.is_redirection()) {
        text = format!("{text} to {}", asked.redactor.excerpt(location));
    }
    // Many servers say their status twice.
    let message = asked.redactor.excerpt(&refusal.message);
    let message = message.strip_prefix(&status).unwrap_or(&message).trim_start_matches([':', ' ']);
    match message.is_empty() {
        true => text,
        false => format!("{text}: {message}"),
    }
}

fn hint(status: u16, meaning: Meaning, origins: Origins) -> Option<String> {
    let Origins { address, credential, .. } = origins;
    Some(match (meaning, status) {
        (Meaning::Failure, _) => {
            format!("This is not how the API answers: check whether {address} leads to a proxy or to a wrong path.")
        }
        (Meaning::NotFound, _) => format!(
            "It does not exist, or the credential in {credential} may not see it, or {address} is not the API's address."
        ),
        (Meaning::Conflict, _) => "It exists already or was changed by someone else: import it, or plan again.".into(),
        (Meaning::Busy, 429) => "The server limits how often it is asked: run again later, or with a smaller \
                                 `-parallelism`."
            .into(),
        (Meaning::Busy, _) => "The server was busy for too long: run again later.".into(),
        (Meaning::Declined, 500..) => return None,
        (_, 300..=399) => format!("The transport follows no redirect: set {address} to where the API really is."),
        (_, 401) => format!("Check the credential in {credential}: it is missing, wrong, expired or revoked."),
        (_, 403) => format!(
            "The credential in {credential} lacks a right or a scope for this, or the server's edition lacks the feature."
        ),
        (_, 500..) => "The server failed, not the configuration: its log says why. Run again when it works.".into(),
        _ => return None,
    })
}

fn unreachable(error: &reqwest::Error, cause: String, origins: Origins) -> Fault {
    let Origins { address, .. } = origins;
    if let Some(tls) = find::<rustls::Error>(error) {
        let (problem, hint) = untrusted(tls, cause, origins);
        return Fault::Unreachable { problem, hint, passing: false };
    }
    let (problem, hint) = if error.is_builder() {
        (format!("cannot be sent: {cause}"), format!("Check {address}."))
    } else if error.is_dns() || cause.contains("dns error") || cause.contains("lookup address") {
        (format!("cannot find the host: {cause}"), format!("Check the host name in {address}, and the DNS."))
    } else if error.is_timeout() {
        ("got no connection in time".to_owned(), format!("Check {address}, and firewalls on the way to it."))
    } else {
        (format!("got no connection: {cause}"), format!("Check {address}, and that the server runs."))
    };
    Fault::Unreachable { problem, hint, passing: !error.is_builder() }
}

fn untrusted(tls: &rustls::Error, cause: String, origins: Origins) -> (String, String) {
    use CertificateError::{Expired, ExpiredContext, NotValidForName, NotValidForNameContext, UnknownIssuer};
    let Origins { address, ca_certificate, .. } = origins;
    match tls {
        rustls::Error::InvalidCertificate(UnknownIssuer) => (
            "cannot trust the server: an unknown authority signed its certificate".into(),
            format!("Put the certificate of that authority, in PEM, into {ca_certificate}."),
        ),
        rustls::Error::InvalidCertificate(expired @ (Expired | ExpiredContext { .. })) => (
            format!("cannot trust the server: its certificate expired{}", when(expired)),
            "Renew the server's certificate, or set this machine's clock.".into(),
        ),
        rustls::Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => (
            format!("cannot trust the server: {cause}"),
            format!("Use a host name in {address} that the server's certificate is made for."),
        ),
        rustls::Error::InvalidCertificate(_) => (
            format!("cannot trust the server: {cause}"),
            format!(
                "Give the server a certificate of its own, not that of an authority, and put what signed it into \
                 {ca_certificate}."
            ),
        ),
        rustls::Error::InvalidMessage(_) => (
            format!("got an answer that is not TLS: {cause}"),
            format!("Check whether {address} should begin with `http://` or have another port."),
        ),
        rustls::Error::AlertReceived(alert) if OF_CLIENT.contains(alert) => (
            format!("is refused for the client certificate: {alert:?}"),
            "Set the client's certificate and key, or check that the server trusts who signed it and that it is valid."
                .into(),
        ),
        _ => (
            format!("cannot agree on TLS: {cause}"),
            "Check the server's TLS settings, and whether it demands a client certificate.".into(),
        ),
    }
}

/// What a server says of the client's certificate, or of there being none (RFC 8446, section 6.2).
const OF_CLIENT: [AlertDescription; 7] = [
    AlertDescription::BadCertificate,
    AlertDescription::UnsupportedCertificate,
    AlertDescription::CertificateRevoked,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateUnknown,
    AlertDescription::UnknownCA,
    AlertDescription::CertificateRequired,
];

/// Whether the server refused the client's certificate. With TLS 1.3 the request is on its way by then, but is not read.
fn refuses_the_client(error: &reqwest::Error) -> bool {
    matches!(find(error), Some(rustls::Error::AlertReceived(alert)) if OF_CLIENT.contains(alert))
}

/// " on 2026-01-31", where it is told when the certificate expired.
fn when(expired: &CertificateError) -> String {
    let CertificateError::ExpiredContext { not_after, .. } = expired else { return String::new() };
    let seconds = i64::try_from(not_after.as_secs()).ok();
    let time = seconds.and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    time.map(|time| format!(" on {}", time.date())).unwrap_or_default()
}

/// The innermost error's text; the outer ones repeat the URL, which may hold a secret.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    chain(error).last().map(ToString::to_string).unwrap_or_default()
}

fn find<T: StdError + 'static>(error: &reqwest::Error) -> Option<&T> {
    chain(error).find_map(|cause| cause.downcast_ref())
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    fn inner<'e>(cause: &&'e (dyn StdError + 'static)) -> Option<&'e (dyn StdError + 'static)> {
        let cause: &'e (dyn StdError + 'static) = *cause;
        // The source of an io::Error is the source of what it wraps, not what it wraps.
        match cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(wrapped) => Some(wrapped),
            None => cause.source(),
        }
    }
    std::iter::successors(error.source(), inner)
}
