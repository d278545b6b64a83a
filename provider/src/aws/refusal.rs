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

/// Codes for what the identity may not do.
const DENIED: [&str; 3] = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation"];

/// Whether the identity may not do what it asked for.
pub fn is_denied(error: &ErrorMetadata) -> bool {
    error.code().is_some_and(|code| DENIED.contains(&code))
}

/// Reads an error's code and message.
pub fn explain(error: &ErrorMetadata) -> Refusal {
    // Every service names what went wrong, so that a 404 without a name is a proxy's and says nothing about an object.
    let Some(code) = error.code() else {
        return Refusal::new(error.message().unwrap_or_default()).means(Meaning::Failure);
    };
    let text = match error.message() {
        Some(message) => format!("{code}: {message}"),
        None => code.to_owned(),
    };
    let refusal = Refusal::new(text);
    match code {
        code if BUSY.contains(&code) => refusal.means(Meaning::Busy),
        "EntityAlreadyExists" | "HostedZoneAlreadyExists" => refusal.means(Meaning::Conflict),
        // Its 409 says what is in the way of a deletion, not that the object is there already.
        "DeleteConflict" => refusal
            .means(Meaning::Failure)
            .hint(
                "Something is attached to it or belongs to it: delete that first, or destroy both in one run. From a role, \
                 `force_detach_policies = true`, applied before, takes away what others attached.",
            ),
        "LimitExceeded" => {
            refusal.means(Meaning::Failure).hint("Delete what is not needed any more, or ask AWS for a higher quota.")
        }
        "NoSuchEntity" | "NoSuchHostedZone" => refusal.means(Meaning::NotFound).hint(
            "Check the name, id or ARN in the message; what is of another account than the credentials is not found, either.",
        ),
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "RequestExpired"
        | "SignatureDoesNotMatch"
        | "UnrecognizedClientException" => {
            refusal.hint("The credentials are wrong or expired: log in again, and check this machine's clock.")
        }
        code if DENIED.contains(&code) => refusal.hint(
            "Give the identity that the message names a policy with that action, or use another with `aws.profile` or \
             `aws.assume_role`.",
        ),
        _ => refusal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_a_code_says_something_about_an_object() {
        let of = |code: &str| explain(&ErrorMetadata::builder().code(code).message("m").build());
        assert_eq!((of("NoSuchEntity").meaning, of("Throttling").meaning), (Meaning::NotFound, Meaning::Busy));
        assert_eq!(
            (of("InvalidInput").meaning, of("InvalidInput").message.as_str()),
            (Meaning::AsStatus, "InvalidInput: m")
        );
        assert_eq!(explain(&ErrorMetadata::builder().build()), Refusal::new("").means(Meaning::Failure));
    }
}
