//! The gRPC server: the provider, and what go-plugin expects beside it.

use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::transport::Server;

use super::listener::{self, Listener};
use super::services::Services;
use crate::proto::health::health_server::HealthServer;
use crate::proto::plugin::grpc_broker_server::GrpcBrokerServer;
use crate::proto::plugin::grpc_controller_server::GrpcControllerServer;
use crate::proto::plugin::grpc_stdio_server::GrpcStdioServer;
use crate::proto::tfplugin6::provider_server::{Provider, ProviderServer};

/// The limit of providers in Go; tonic's own is 4 MiB, and a schema or a state may be larger.
const LARGEST_MESSAGE: usize = 256 << 20;

/// Serves until the future is dropped; `shutdown` is cancelled when the host asks for the end.
pub(super) async fn serve<P: Provider>(
    provider: P,
    listener: Listener,
    tls: Option<TlsAcceptor>,
    shutdown: CancellationToken,
) -> Result<(), tonic::transport::Error> {
    let services = Services { shutdown };
    let provider = ProviderServer::new(provider)
        .max_decoding_message_size(LARGEST_MESSAGE)
        .max_encoding_message_size(LARGEST_MESSAGE);
    Server::builder()
        .add_service(provider)
        .add_service(GrpcStdioServer::new(services.clone()))
        .add_service(GrpcBrokerServer::new(services.clone()))
        .add_service(GrpcControllerServer::new(services.clone()))
        .add_service(HealthServer::new(services))
        .serve_with_incoming(listener::incoming(listener, tls))
        .await
}

#[cfg(all(test, unix))]
mod tests {
    use bytes::Bytes;
    use futures_util::{FutureExt, stream};
    use rustls::client::ClientConfig;
    use tokio::net::TcpStream;
    use tonic::transport::Channel;
    use tonic::{Code, Request, Response, Status};

    use super::super::environment::Environment;
    use super::super::host::{self, Host};
    use super::super::listener::{Place, Transport};
    use super::super::tls;
    use super::*;
    use crate::proto::health::HealthCheckRequest;
    use crate::proto::health::health_check_response::ServingStatus;
    use crate::proto::health::health_client::HealthClient;
    use crate::proto::plugin::grpc_broker_client::GrpcBrokerClient;
    use crate::proto::plugin::grpc_controller_client::GrpcControllerClient;
    use crate::proto::plugin::grpc_stdio_client::GrpcStdioClient;
    use crate::proto::tfplugin6::provider_client::ProviderClient;
    use crate::proto::tfplugin6::{DynamicValue, Schema, get_provider_schema, read_resource, stop_provider};

    /// Has an empty schema, and reads a resource as the host has it.
    struct Echo;

    #[tonic::async_trait]
    impl Provider for Echo {
        async fn get_provider_schema(
            &self,
            _: Request<get_provider_schema::Request>,
        ) -> Result<Response<get_provider_schema::Response>, Status> {
            let provider = Some(Schema { version: 7, block: None });
            Ok(Response::new(get_provider_schema::Response { provider, ..Default::default() }))
        }

        async fn read_resource(
            &self,
            request: Request<read_resource::Request>,
        ) -> Result<Response<read_resource::Response>, Status> {
            let new_state = request.into_inner().current_state;
            Ok(Response::new(read_resource::Response { new_state, ..Default::default() }))
        }
    }

    /// A plugin in this process, and what a host knows of it.
    struct Plugin {
        place: Place,
        certificate: String,
    }

    impl Plugin {
        async fn start(transport: Transport, host: Option<&Host>) -> Self {
            let environment = Environment::from("echo", |variable| match variable {
                "PLUGIN_MIN_PORT" => Some("10000".to_owned()),
                "PLUGIN_MAX_PORT" => Some("25000".to_owned()),
                _ => None,
            });
            let tls = host.map(|host| tls::mutual(&host.pem()).expect("an identity"));
            let certificate = tls.as_ref().map(|tls| tls.certificate.clone()).unwrap_or_default();
            let (listener, place) = listener::bind(transport, &environment).await.expect("a socket");
            tokio::spawn(serve(Echo, listener, tls.map(|tls| tls.acceptor), CancellationToken::new()));
            Plugin { place, certificate }
        }

        async fn dial(&self, tls: Option<ClientConfig>) -> Result<Channel, tonic::transport::Error> {
            host::dial(&self.place.address, tls).await
        }

        /// Asks for the schema over a connection of its own.
        async fn schema_version(&self, tls: Option<ClientConfig>) -> Result<i64, String> {
            let channel = self.dial(tls).await.map_err(|error| error.to_string())?;
            let answer = ProviderClient::new(channel).get_provider_schema(get_provider_schema::Request {}).await;
            answer
                .map(|answer| answer.into_inner().provider.expect("a schema").version)
                .map_err(|status| format!("{:?}", status.code()))
        }
    }

    #[tokio::test]
    async fn only_the_pinned_certificate_is_served() {
        for transport in [Transport::Unix, Transport::Tcp] {
            let host = Host::new();
            let plugin = Plugin::start(transport, Some(&host)).await;
            let certificate = &plugin.certificate;
            assert_eq!(plugin.schema_version(Some(host.tls(certificate))).await, Ok(7));
            let foreign = Host::new().tls(certificate);
            plugin.schema_version(Some(foreign)).await.expect_err("a foreign certificate is refused");
            plugin.schema_version(Some(host::tls(certificate, None))).await.expect_err("nobody comes without one");
            plugin.schema_version(None).await.expect_err("nobody comes without TLS");
            assert_eq!(plugin.schema_version(Some(host.tls(certificate))).await, Ok(7), "the host may come again");
        }
    }

    #[tokio::test]
    async fn a_stolen_certificate_is_refused_without_its_key() {
        let host = Host::new();
        let plugin = Plugin::start(Transport::Unix, Some(&host)).await;
        let thief = Host::new().with_certificate_of(&host);
        plugin.schema_version(Some(thief.tls(&plugin.certificate))).await.expect_err("the signature is another");
    }

    #[tokio::test]
    async fn a_peer_that_says_nothing_keeps_nobody_waiting() {
        let host = Host::new();
        let plugin = Plugin::start(Transport::Tcp, Some(&host)).await;
        let silent = TcpStream::connect(&plugin.place.address.text).await.expect("a connection");
        assert_eq!(plugin.schema_version(Some(host.tls(&plugin.certificate))).await, Ok(7));
        drop(silent);
    }

    #[tokio::test]
    async fn the_port_is_in_the_range_of_the_host() {
        let plugin = Plugin::start(Transport::Tcp, None).await;
        let port = plugin.place.address.text.strip_prefix("127.0.0.1:").expect("loopback");
        assert!((10000..=25000).contains(&port.parse::<u16>().expect("a port")));
        assert_eq!(plugin.schema_version(None).await, Ok(7));
    }

    #[tokio::test]
    async fn a_large_message_passes_both_ways() {
        let plugin = Plugin::start(Transport::Unix, None).await;
        let channel = plugin.dial(None).await.expect("a connection");
        let mut provider = ProviderClient::new(channel).max_decoding_message_size(LARGEST_MESSAGE);
        let current_state = Some(DynamicValue { msgpack: Bytes::from(vec![7; 6 << 20]), json: Bytes::new() });
        let request = read_resource::Request { current_state: current_state.clone(), ..Default::default() };
        let answer = provider.read_resource(request).await.expect("an answer").into_inner();
        assert!(answer.new_state == current_state, "the state came back as it was");
        let refused = provider.stop_provider(stop_provider::Request {}).await.expect_err("it is not implemented");
        assert_eq!(refused.code(), Code::Unimplemented);
    }

    #[tokio::test]
    async fn what_go_plugin_opens_stays_open_until_shutdown() {
        let plugin = Plugin::start(Transport::Unix, None).await;
        let channel = plugin.dial(None).await.expect("a connection");
        let health = HealthCheckRequest { service: "plugin".to_owned() };
        let answer = HealthClient::new(channel.clone()).check(health).await.expect("an answer").into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving);
        let other = HealthCheckRequest { service: "other".to_owned() };
        let refused = HealthClient::new(channel.clone()).check(other.clone()).await.expect_err("there is no other");
        assert_eq!(refused.code(), Code::NotFound);
        let mut watch = HealthClient::new(channel.clone()).watch(other).await.expect("a stream").into_inner();
        let first = watch.message().await.expect("no error").expect("a status");
        assert_eq!(first.status(), ServingStatus::ServiceUnknown);

        let mut output = GrpcStdioClient::new(channel.clone()).stream_stdio(()).await.expect("a stream").into_inner();
        let mut broker = GrpcBrokerClient::new(channel.clone());
        let mut dials = broker.start_stream(stream::pending()).await.expect("a stream").into_inner();
        assert!(output.message().now_or_never().is_none(), "nothing is sent");
        assert!(dials.message().now_or_never().is_none(), "nothing is sent");
        GrpcControllerClient::new(channel).shutdown(()).await.expect("an answer");
        assert_eq!(output.message().await.expect("no error"), None);
        assert_eq!(dials.message().await.expect("no error"), None);
        assert_eq!(watch.message().await.expect("no error"), None);
    }
}
