//! The gRPC service: each call goes to the engine; state stores answer UNIMPLEMENTED by the generated defaults.

use std::sync::Arc;

use tonic::codegen::BoxStream;
use tonic::{Request, Response, Status};

use crate::Error;
use crate::engine::diagnostics;
use crate::engine::provider::Provider;
use crate::process::caught;
use crate::proto::tfplugin6::{self as proto, provider_server};

/// A provider as the service that the host calls.
#[derive(Clone)]
pub struct Service(Arc<Provider>);

impl Service {
    /// Serves `provider`.
    pub fn new(provider: Provider) -> Self {
        Service(Arc::new(provider))
    }

    /// The provider behind the service.
    pub fn provider(&self) -> &Provider {
        &self.0
    }
}

/// A bug in the engine ends one call and not the process.
async fn guarded<T>(name: &'static str, call: impl Future<Output = T>) -> Result<Response<T>, Status> {
    caught(name, call).await.map(Response::new).map_err(Status::internal)
}

/// The diagnostic of a bug: what a resource's table calls, such as a check, may panic as well.
fn bug(panic: String) -> Option<proto::Diagnostic> {
    let error = Error::new(panic).hint("Please report this with the log.");
    Some(diagnostics::error("a bug in the provider", &error))
}

macro_rules! service {
    (
        diagnosed { $($call:ident: $module:ident;)* }
        plain { $($plain:ident: $result:ident;)* }
        streams { $($stream:ident: $events:ident;)* }
    ) => {
        #[tonic::async_trait]
        impl provider_server::Provider for Service {
            $(async fn $call(
                &self,
                request: Request<proto::$module::Request>,
            ) -> Result<Response<proto::$module::Response>, Status> {
                let answer = caught(stringify!($call), self.0.$call(request.into_inner())).await;
                Ok(Response::new(answer.unwrap_or_else(|panic| {
                    let mut answer = proto::$module::Response::default();
                    answer.diagnostics.extend(bug(panic));
                    answer
                })))
            })*

            $(async fn $plain(
                &self,
                request: Request<proto::$result::Request>,
            ) -> Result<Response<proto::$result::Response>, Status> {
                guarded(stringify!($plain), self.0.$plain(request.into_inner())).await
            })*

            $(async fn $stream(
                &self,
                request: Request<proto::$events::Request>,
            ) -> Result<Response<BoxStream<proto::$events::Event>>, Status> {
                guarded(stringify!($stream), async {
                    Box::pin(self.0.$stream(request.into_inner()).await) as BoxStream<_>
                }).await
            })*
        }
    };
}

service! {
    diagnosed {
        get_metadata: get_metadata;
        get_provider_schema: get_provider_schema;
        validate_provider_config: validate_provider_config;
        validate_resource_config: validate_resource_config;
        validate_data_resource_config: validate_data_resource_config;
        upgrade_resource_state: upgrade_resource_state;
        get_resource_identity_schemas: get_resource_identity_schemas;
        upgrade_resource_identity: upgrade_resource_identity;
        configure_provider: configure_provider;
        read_resource: read_resource;
        plan_resource_change: plan_resource_change;
        apply_resource_change: apply_resource_change;
        import_resource_state: import_resource_state;
        move_resource_state: move_resource_state;
        read_data_source: read_data_source;
        generate_resource_config: generate_resource_config;
        validate_ephemeral_resource_config: validate_ephemeral_resource_config;
        open_ephemeral_resource: open_ephemeral_resource;
        renew_ephemeral_resource: renew_ephemeral_resource;
        close_ephemeral_resource: close_ephemeral_resource;
        validate_list_resource_config: validate_list_resource_config;
        get_functions: get_functions;
        plan_action: plan_action;
        validate_action_config: validate_action_config;
    }
    plain {
        call_function: call_function;
        stop_provider: stop_provider;
    }
    streams {
        list_resource: list_resource;
        invoke_action: invoke_action;
    }
}
