//! The services that go-plugin expects beside the provider's own.

use std::pin::Pin;

use futures_util::{Stream, StreamExt, future, stream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_server::Health;
use crate::proto::health::{HealthCheckRequest, HealthCheckResponse};
use crate::proto::plugin::grpc_broker_server::GrpcBroker;
use crate::proto::plugin::grpc_controller_server::GrpcController;
use crate::proto::plugin::grpc_stdio_server::GrpcStdio;
use crate::proto::plugin::{ConnInfo, StdioData};

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What go-plugin calls; all of it ends with the process.
#[derive(Clone, Debug)]
pub(super) struct Services {
    /// Cancelled when the host asks for the end.
    pub(super) shutdown: CancellationToken,
}

impl Services {
    fn until_shutdown<T: Send + 'static>(
        &self,
        answers: impl Stream<Item = Result<T, Status>> + Send + 'static,
    ) -> Result<Response<Answers<T>>, Status> {
        Ok(Response::new(answers.take_until(self.shutdown.clone().cancelled_owned()).boxed()))
    }
}

#[tonic::async_trait]
impl GrpcStdio for Services {
    /// Sends nothing: standard output belongs to the handshake, and logs go to standard error.
    async fn stream_stdio(&self, _: Request<()>) -> Result<Response<Answers<StdioData>>, Status> {
        self.until_shutdown(stream::pending())
    }
}

#[tonic::async_trait]
impl GrpcBroker for Services {
    /// Reads what the host sends and answers nothing: providers open no further connections.
    async fn start_stream(&self, request: Request<Streaming<ConnInfo>>) -> Result<Response<Answers<ConnInfo>>, Status> {
        self.until_shutdown(request.into_inner().filter_map(|_| future::ready(None)))
    }
}

#[tonic::async_trait]
impl GrpcController for Services {
    async fn shutdown(&self, _: Request<()>) -> Result<Response<()>, Status> {
        self.shutdown.cancel();
        Ok(Response::new(()))
    }
}

#[tonic::async_trait]
impl Health for Services {
    async fn check(&self, request: Request<HealthCheckRequest>) -> Result<Response<HealthCheckResponse>, Status> {
        match status(&request.into_inner()) {
            ServingStatus::Serving => Ok(Response::new(ServingStatus::Serving.into())),
            _ => Err(Status::not_found("no such service")),
        }
    }

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Answers<HealthCheckResponse>>, Status> {
        let first = status(&request.into_inner()).into();
        self.until_shutdown(stream::once(future::ready(Ok(first))).chain(stream::pending()))
    }
}

fn status(request: &HealthCheckRequest) -> ServingStatus {
    match request.service.as_str() {
        "" | "plugin" => ServingStatus::Serving,
        _ => ServingStatus::ServiceUnknown,
    }
}

impl From<ServingStatus> for HealthCheckResponse {
    fn from(status: ServingStatus) -> Self {
        HealthCheckResponse { status: status.into() }
    }
}
