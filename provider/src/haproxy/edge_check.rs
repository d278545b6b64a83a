//! Which layer between a client and a public host is missing.

use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};

use futures_util::future::try_join_all;
use tfplugin::operation;
use tfplugin::prelude::*;

use super::client::HaProxy;
use super::place::host_name;
use super::probe::{Finding, Layer, probe, request_path};

/// Shows which layer is missing between a client and a public host: DNS, the edge, HAProxy, or the ingress behind it.
///
/// It asks every address from where Terraform runs, and fails for no answer: `missing` tells it.
#[derive(Clone, Schema)]
#[tf(name = "haproxy_edge_check")]
pub struct EdgeCheck {
    /// Public host name.
    #[tf(check = host_name)]
    host: String,

    /// Path to ask for, with its query if it has one.
    #[tf(default = "/", check = request_path)]
    path: String,

    /// Whether to ask with TLS.
    #[tf(default = true)]
    tls: bool,

    /// Port to ask at; omit it for 443, or 80 without TLS.
    #[tf(check = between(1..=65_535))]
    port: Option<u64>,

    /// Address to ask in the place of those that DNS has, such as before the DNS is switched over.
    #[tf(check = ip_address)]
    address: Option<String>,

    /// Whether any certificate is accepted.
    #[tf(default = false)]
    insecure: bool,

    /// Addresses that DNS has for the host, or the one that was given.
    addresses: Computed<Vec<String>>,

    /// The first layer that is missing: `dns`, `edge`, `tls`, `haproxy` or `ingress`; `none` when all are there.
    missing: Computed<Layer>,

    /// What was found, in words, and at which address.
    detail: Computed<String>,

    /// Status of the answer; null where there was none.
    status: Computed<Option<u64>>,
}

fn ip_address(text: &str) -> Result<(), String> {
    text.parse::<IpAddr>().map(drop).map_err(|_| format!("is `{text}`; write an address such as `192.0.2.7`"))
}

impl EdgeCheck {
    fn port(&self) -> u16 {
        let usual = if self.tls { 443 } else { 80 };
        self.port.and_then(|port| u16::try_from(port).ok()).unwrap_or(usual)
    }

    /// Where to ask: the address that was given, or those that DNS has.
    async fn addresses(&self) -> Result<BTreeSet<IpAddr>> {
        if let Some(address) = &self.address {
            return Ok(address.parse().into_iter().collect());
        }
        let found = operation::cancellable(tokio::net::lookup_host((self.host.as_str(), self.port()))).await?;
        Ok(found.map(|addresses| addresses.map(|address| address.ip()).collect()).unwrap_or_default())
    }

    async fn ask(&self, address: SocketAddr) -> Result<(SocketAddr, Finding)> {
        Ok((address, probe(&self.host, &self.path, self.tls, self.insecure, address).await?))
    }
}

impl DataSource for EdgeCheck {
    type Client = HaProxy;

    async fn read(_: &HaProxy, mut check: EdgeCheck) -> Result<EdgeCheck> {
        let addresses = check.addresses().await?;
        let asked = addresses.iter().map(|address| check.ask(SocketAddr::new(*address, check.port())));
        let nowhere = || Finding::without_answer(Layer::Dns, format!("DNS has no address for `{}`", check.host));
        let found = Finding::first_missing(try_join_all(asked).await?).unwrap_or_else(nowhere);
        let Finding { missing, detail, status } = found;
        check.addresses = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().into();
        (check.missing, check.detail, check.status) = (missing.into(), detail.into(), status.into());
        Ok(check)
    }
}
