//! Where a frontend listens.

use tfplugin::prelude::*;

/// An address that a frontend listens on.
#[derive(Clone, Debug, Nested)]
#[tf(when_true(strict_sni, ssl))]
pub struct Bind {
    /// Address, such as `10.0.0.1`, `::` or a path of a socket; omit it for every address.
    address: Option<String>,

    /// Port to listen on.
    #[tf(check = between(1..=65_535))]
    port: Option<u64>,

    /// Whether clients speak TLS here.
    ssl: Option<bool>,

    /// File or directory with certificates, such as `substrate_haproxy_certificate.www.file`; it needs `ssl = true`.
    ssl_certificate: Option<String>,

    /// File that lists certificates and their names.
    crt_list: Option<String>,

    /// Protocols to offer within TLS, such as `h2,http/1.1`.
    alpn: Option<String>,

    /// Whether a client that asks for a name without a certificate is refused.
    strict_sni: Option<bool>,

    /// Oldest version of TLS.
    ssl_min_ver: Option<TlsVersion>,

    /// Newest version of TLS.
    ssl_max_ver: Option<TlsVersion>,

    /// Ciphers of TLS up to 1.2, as OpenSSL names them.
    ciphers: Option<String>,

    /// Ciphers of TLS 1.3, as OpenSSL names them.
    ciphersuites: Option<String>,

    /// Whether a client must show a certificate.
    verify: Option<ClientVerification>,

    /// File with the authorities of clients' certificates.
    ssl_cafile: Option<String>,

    /// Whether a proxy in front says whose request it is (PROXY protocol).
    accept_proxy: Option<bool>,

    /// Whether addresses that this machine does not have are taken.
    transparent: Option<bool>,

    /// Whether an address of IPv6 takes clients of IPv4, too.
    v4v6: Option<bool>,
}

impl Bind {
    /// The address and the port; none where it is no port that it listens on.
    pub fn place(&self) -> Option<(Option<&str>, u16)> {
        Some((self.address.as_deref(), u16::try_from(self.port?).ok()?))
    }
}

/// A version of TLS.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum TlsVersion {
    /// TLS 1.0.
    #[tf(word = "tlsv1.0", api = "TLSv1.0")]
    Tls10,
    /// TLS 1.1.
    #[tf(word = "tlsv1.1", api = "TLSv1.1")]
    Tls11,
    /// TLS 1.2.
    #[tf(word = "tlsv1.2", api = "TLSv1.2")]
    Tls12,
    /// TLS 1.3.
    #[tf(word = "tlsv1.3", api = "TLSv1.3")]
    Tls13,
}

/// What is asked of a client's certificate.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum ClientVerification {
    /// Nothing.
    None,
    /// If there is one, it must be valid.
    Optional,
    /// There must be a valid one.
    Required,
}
