//! The kinds of IAM's operations, and how those are sent that change something.

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use tfplugin::prelude::*;

use crate::aws::client::Aws;
use crate::http::{Action, Method};

/// Sends a change of `subject`, until IAM knows what this process made before.
pub async fn settled<T, E, F>(aws: &Aws, subject: &str, action: Action, send: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    aws.recent.settled(subject, || aws.call(action, &send)).await
}

/// One that reads.
pub const fn read(name: &'static str) -> Action {
    Action { service: "iam", name, method: Method::Get }
}

/// One that makes something, and would make another one if it was repeated.
pub const fn make(name: &'static str) -> Action {
    Action { service: "iam", name, method: Method::Post }
}

/// One that sets what it names, as often as it is sent.
pub const fn set(name: &'static str) -> Action {
    Action { service: "iam", name, method: Method::Put }
}

/// One that deletes.
pub const fn delete(name: &'static str) -> Action {
    Action { service: "iam", name, method: Method::Delete }
}
