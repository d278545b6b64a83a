//! The servers of a backend.

use tfplugin::prelude::*;

use super::bind::TlsVersion;

/// A server.
#[derive(Clone, Debug, Nested)]
pub struct Server {
    /// Address or host name.
    address: String,

    /// Port to connect to; omit it for the one that the client connected to.
    #[tf(check = between(1..=65_535))]
    port: Option<u64>,

    /// Whether its health is checked.
    check: Option<bool>,

    /// Whether it is used only when the others are down.
    backup: Option<bool>,

    /// Share of the requests, compared with the others'.
    #[tf(check = between(0..=256))]
    weight: Option<u64>,

    /// Connections at once.
    maxconn: Option<u64>,

    /// Milliseconds between checks.
    inter: Option<u64>,

    /// Checks that must succeed for it to be up.
    rise: Option<u64>,

    /// Checks that must fail for it to be down.
    fall: Option<u64>,

    /// Port of the checks.
    #[tf(check = between(1..=65_535))]
    health_check_port: Option<u64>,

    /// Value of the backend's cookie.
    cookie: Option<String>,

    /// Whether TLS is spoken to it.
    ssl: Option<bool>,

    /// What its certificate must be.
    verify: Option<ServerVerification>,

    /// File with the authorities of its certificate.
    ssl_cafile: Option<String>,

    /// File with the certificate that is shown to it.
    ssl_certificate: Option<String>,

    /// Oldest version of TLS.
    ssl_min_ver: Option<TlsVersion>,

    /// Name that is asked for in TLS, as an expression such as `str(api.internal)`.
    sni: Option<String>,

    /// Protocols to offer within TLS, such as `h2,http/1.1`.
    alpn: Option<String>,

    /// Whether checks speak TLS.
    #[tf(api = "check-ssl")]
    check_ssl: Option<bool>,

    /// Name that checks ask for in TLS.
    #[tf(api = "check-sni")]
    check_sni: Option<String>,

    /// Whether it is told the client's address (PROXY protocol, version 1).
    #[tf(api = "send-proxy")]
    send_proxy: Option<bool>,

    /// Whether it is told the client's address (PROXY protocol, version 2).
    #[tf(api = "send-proxy-v2")]
    send_proxy_v2: Option<bool>,

    /// Whether it is taken out of service.
    maintenance: Option<bool>,
}

/// What a server's certificate must be.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum ServerVerification {
    /// Anything.
    None,
    /// Signed by a known authority.
    Required,
}
