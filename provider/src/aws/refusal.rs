//! What AWS's error codes mean.

use aws_smithy_types::error::metadata::ErrorMetadata;

use crate::http::{Meaning, Refusal};

/// Codes of a service that is asked too often or is at work on the same object; some come with HTTP 400.
const BUSY: [&str; 8] = [
    "ConcurrentModification",
    "PriorRequestNotComplete",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
];

/// Reads an error's code and message.
pub fn explain(error: &ErrorMetadata) -> Refusal {
    let code = error.code().unwrap_or_default();
    let text = match error.message() {
        Some(message) => format!("{code}: {message}"),
        None => code.to_owned(),
    };
    let refusal = Refusal::new(text);
    match code {
        code if BUSY.contains(&code) => refusal.means(Meaning::Busy),
        "EntityAlreadyExists" | "HostedZoneAlreadyExists" => refusal.means(Meaning::Conflict),
        // Its 409 says what is in the way of a deletion, not that the object is there already.
        "DeleteConflict" | "LimitExceeded" => refusal.means(Meaning::Failure),
        "NoSuchEntity" | "NoSuchHostedZone" => refusal.means(Meaning::NotFound),
        "ExpiredToken" | "ExpiredTokenException" | "InvalidClientTokenId" | "SignatureDoesNotMatch" => {
            refusal.hint("The credentials are wrong or expired: log in again, and check this machine's clock.")
        }
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => refusal.hint(
            "Give the identity that the message names a policy with that action, or use another with `aws.profile` or \
             `aws.assume_role`.",
        ),
        _ => refusal,
    }
}
