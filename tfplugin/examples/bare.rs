//! A provider without resources: what a process costs, and what the tests start.

use std::process::ExitCode;

use tfplugin::process::{Plugin, caught, run};
use tfplugin::proto::tfplugin6::provider_server::Provider;
use tfplugin::proto::tfplugin6::{FunctionError, Schema, call_function, get_provider_schema, schema, stop_provider};
use tonic::{Request, Response, Status};

fn main() -> ExitCode {
    let plugin = Plugin { source: "example/bare", version: env!("CARGO_PKG_VERSION"), crates: &["bare"] };
    run(&plugin, Bare, async || tracing::info!("goodbye"))
}

struct Bare;

#[tonic::async_trait]
impl Provider for Bare {
    async fn get_provider_schema(
        &self,
        _: Request<get_provider_schema::Request>,
    ) -> Result<Response<get_provider_schema::Response>, Status> {
        tracing::debug!(resources = 0, "described");
        let provider = Some(Schema { version: 0, block: Some(schema::Block::default()) });
        Ok(Response::new(get_provider_schema::Response { provider, ..Default::default() }))
    }

    /// Every function panics, `caught` inside a call that is told so.
    async fn call_function(
        &self,
        request: Request<call_function::Request>,
    ) -> Result<Response<call_function::Response>, Status> {
        let text = match request.into_inner().name.as_str() {
            "caught" => caught("CallFunction", fail()).await.unwrap_or_else(|text| text),
            _ => fail().await,
        };
        let error = Some(FunctionError { text, function_argument: None });
        Ok(Response::new(call_function::Response { result: None, error }))
    }

    async fn stop_provider(
        &self,
        _: Request<stop_provider::Request>,
    ) -> Result<Response<stop_provider::Response>, Status> {
        Ok(Response::new(stop_provider::Response::default()))
    }
}

async fn fail() -> String {
    panic!("out of cheese")
}
