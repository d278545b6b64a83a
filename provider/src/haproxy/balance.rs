//! How a backend chooses among its servers, and how it checks them.

use tfplugin::prelude::*;

/// How requests are spread over servers.
#[derive(Clone, Debug, Nested)]
pub struct Balance {
    /// By what a server is chosen.
    algorithm: Algorithm,

    /// Name of the header, for `hdr`.
    hdr_name: Option<String>,

    /// Name of the parameter, for `url_param`.
    url_param: Option<String>,

    /// Expression, for `hash`.
    hash_expression: Option<String>,
}

/// By what a server is chosen.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Algorithm {
    /// The first one that has room.
    First,
    /// A hash of an expression.
    Hash,
    /// A hash of a header.
    Hdr,
    /// The one with the fewest connections.
    Leastconn,
    /// Chance.
    Random,
    /// The cookie of RDP.
    #[tf(word = "rdp-cookie")]
    RdpCookie,
    /// In turn.
    Roundrobin,
    /// A hash of the client's address.
    Source,
    /// In turn, without changes of weights at run time.
    #[tf(word = "static-rr")]
    StaticRr,
    /// A hash of the path.
    Uri,
    /// A hash of a parameter.
    #[tf(word = "url_param")]
    UrlParam,
}

/// How health is checked.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum CheckKind {
    /// With a request of HTTP.
    #[tf(word = "httpchk")]
    Http,
    /// As LDAP.
    #[tf(word = "ldap-check")]
    Ldap,
    /// As MySQL.
    #[tf(word = "mysql-check")]
    Mysql,
    /// As Redis.
    #[tf(word = "redis-check")]
    Redis,
    /// As SMTP.
    #[tf(word = "smtpchk")]
    Smtp,
    /// With a hello of SSL.
    #[tf(word = "ssl-hello-chk")]
    SslHello,
    /// With rules of TCP.
    #[tf(word = "tcp-check")]
    Tcp,
}

/// Request of a check.
#[derive(Clone, Debug, Nested)]
pub struct HttpCheck {
    /// Method, such as `GET`; omit it for `OPTIONS`.
    #[tf(check = method)]
    method: Option<String>,

    /// Path to ask for.
    uri: Option<String>,

    /// Version of HTTP, such as `HTTP/1.1`.
    version: Option<String>,
}

fn method(word: &str) -> Result<(), String> {
    let known = ["HEAD", "PUT", "POST", "GET", "TRACE", "PATCH", "DELETE", "CONNECT", "OPTIONS"];
    match known.contains(&word) {
        true => Ok(()),
        false => Err(format!("is `{word}`; methods are {}", known.join(", "))),
    }
}
