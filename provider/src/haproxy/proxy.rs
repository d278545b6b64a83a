//! What frontends and backends have in common.

use tfplugin::prelude::*;

/// What is understood of the traffic.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Mode {
    /// HTTP, request by request.
    Http,
    /// Nothing: bytes, such as TLS that servers terminate.
    Tcp,
}

/// How connections are kept.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum ConnectionMode {
    /// They are closed on both sides after a request.
    #[tf(word = "httpclose")]
    Close,
    /// Those to servers are closed after a request.
    #[tf(word = "http-server-close")]
    ServerClose,
    /// They are kept.
    #[tf(word = "http-keep-alive")]
    KeepAlive,
}

/// How servers are told the client's address.
#[derive(Clone, Debug, Nested)]
pub struct ForwardFor {
    /// Always `true`; omit `forwardfor` where they are not told.
    #[tf(default = true, check = is_on)]
    enabled: bool,

    /// Network whose requests have the header already, such as `127.0.0.0/8`.
    except: Option<String>,

    /// Name of the header; omit it for `X-Forwarded-For`.
    header: Option<String>,
}

fn is_on(enabled: &bool) -> Result<(), String> {
    match enabled {
        true => Ok(()),
        false => Err("cannot be false; omit `forwardfor` in its place".to_owned()),
    }
}
