//! Refusals and answers in XML, as the services of AWS word them.

use bytes::Bytes;

use crate::aws::request::Service;
use crate::aws::xml::escape;
use crate::http::call::Answer;
use crate::openbao::ids;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Status of the answer.
    pub status: u16,
    /// Code that clients tell refusals apart by.
    pub code: &'static str,
    /// What a person reads.
    pub message: String,
}

impl Refusal {
    /// A refusal with this status, code and text.
    pub fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// The answer; all three services have the same.
    pub fn answer(&self, service: &Service) -> Answer {
        let id = ids::uuid();
        answer(self.status, &id, &body(service, self.code, &self.message, &id))
    }
}

/// The body of a refusal.
pub fn body(service: &Service, code: &str, message: &str, id: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"{}\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{}</Message></Error>\
         <RequestId>{id}</RequestId></ErrorResponse>",
        service.namespace(),
        escape(message),
    )
}

/// An answer of Route 53: the root is named for the operation.
pub fn route53(status: u16, operation: &str, content: &str) -> Answer {
    let namespace = Service::Route53.namespace();
    let body = format!("<{operation}Response xmlns=\"{namespace}\">{content}</{operation}Response>");
    answer(status, &ids::uuid(), &body)
}

/// An answer of IAM: the result is wrapped twice, and the request's id follows.
pub fn iam(action: &str, content: &str) -> Answer {
    let (namespace, id) = (Service::Iam.namespace(), ids::uuid());
    let body = format!(
        "<{action}Response xmlns=\"{namespace}\"><{action}Result>{content}</{action}Result>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{action}Response>"
    );
    answer(200, &id, &body)
}

fn answer(status: u16, id: &str, body: &str) -> Answer {
    Answer { body: Bytes::from(format!("<?xml version=\"1.0\"?>\n{body}")), ..Answer::empty(status) }
        .with_header("Content-Type", "text/xml")
        .with_header("x-amzn-RequestId", id)
}
