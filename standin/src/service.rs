//! The gRPC service: each call of the host goes to a method of `Standin` with its name.

use tfplugin::engine::diagnostics;
use tfplugin::proto::tfplugin6::{self as proto, provider_server::Provider};
use tonic::{Request, Response, Status};

use crate::standin::Standin;

/// A stand-in as the service that the host calls.
pub(crate) struct Service(Standin);

impl Service {
    pub(crate) fn new(standin: Standin) -> Self {
        Service(standin)
    }
}

macro_rules! service {
    (
        refusing { $($call:ident: $module:ident, $cannot:literal;)* }
        plain { $($plain:ident: $result:ident;)* }
        agreeing { $($agreeing:ident: $nothing:ident;)* }
    ) => {
        #[tonic::async_trait]
        impl Provider for Service {
            $(async fn $call(
                &self,
                request: Request<proto::$module::Request>,
            ) -> Result<Response<proto::$module::Response>, Status> {
                let answer = self.0.$call(&request.into_inner());
                Ok(Response::new(answer.unwrap_or_else(|error| {
                    let mut answer = proto::$module::Response::default();
                    answer.diagnostics.push(diagnostics::error($cannot, &error));
                    answer
                })))
            })*

            $(async fn $plain(
                &self,
                _: Request<proto::$result::Request>,
            ) -> Result<Response<proto::$result::Response>, Status> {
                Ok(Response::new(self.0.$plain()))
            })*

            $(async fn $agreeing(
                &self,
                _: Request<proto::$nothing::Request>,
            ) -> Result<Response<proto::$nothing::Response>, Status> {
                Ok(Response::new(proto::$nothing::Response::default()))
            })*

            async fn call_function(
                &self,
                request: Request<proto::call_function::Request>,
            ) -> Result<Response<proto::call_function::Response>, Status> {
                Ok(Response::new(self.0.call_function(&request.into_inner())))
            }
        }
    };
}

service! {
    refusing {
        configure_provider: configure_provider, "the provider's configuration is refused";
        validate_resource_config: validate_resource_config, "the resource's configuration is refused";
        validate_data_resource_config: validate_data_resource_config, "the data source's configuration is refused";
        upgrade_resource_state: upgrade_resource_state, "the state cannot be read";
        read_resource: read_resource, "the resource cannot be read";
        plan_resource_change: plan_resource_change, "the resource cannot be planned";
        apply_resource_change: apply_resource_change, "the resource cannot be applied";
        import_resource_state: import_resource_state, "the resource cannot be imported";
        move_resource_state: move_resource_state, "the resource cannot be moved";
        read_data_source: read_data_source, "the data source cannot be read";
        open_ephemeral_resource: open_ephemeral_resource, "the ephemeral resource cannot be opened";
    }
    plain {
        get_metadata: get_metadata;
        get_provider_schema: get_provider_schema;
        get_functions: get_functions;
    }
    agreeing {
        validate_provider_config: validate_provider_config;
        validate_ephemeral_resource_config: validate_ephemeral_resource_config;
        renew_ephemeral_resource: renew_ephemeral_resource;
        close_ephemeral_resource: close_ephemeral_resource;
        get_resource_identity_schemas: get_resource_identity_schemas;
        stop_provider: stop_provider;
    }
}
