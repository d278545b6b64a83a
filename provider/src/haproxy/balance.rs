//! How a backend chooses among its servers.

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
