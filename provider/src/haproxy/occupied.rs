//! Ports that another program has.
//!
//! `haproxy -c` does not try to bind. A reload does, and while it tries again for two seconds it has the old worker stop
//! listening everywhere (`MAX_START_RETRIES` and `SIGTTOU` in `src/haproxy.c`): so it must not come so far.

use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use tfplugin::operation;
use tfplugin::prelude::*;
use tfplugin::value::{Path, Step};
use tokio::net::{TcpSocket, TcpStream};

use super::bind::Bind;
use super::client::Api;

/// How long an answer may take; nobody answers at most ports.
const LIMIT: Duration = Duration::from_millis(500);

type Binds = BTreeMap<String, Bind>;

/// Refuses binds, those apart that were there before, whose port another program has: one that takes connections, or, on
/// this machine, one that is bound.
pub async fn refuse(api: &Api, binds: &Binds, prior: Option<&Binds>) -> Result<()> {
    let Some(host) = &api.host else { return Ok(()) };
    let known = |name: &str| prior.and_then(|prior| prior.get(name)).and_then(Bind::place);
    let new: Vec<_> = binds.iter().filter_map(|(name, bind)| Some((name, bind.place()?))).collect();
    let new: Vec<_> = new.into_iter().filter(|(name, place)| known(name) != Some(*place)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let configured = api.configuration().await?.text();
    for (name, (address, port)) in new {
        let Some(reached) = reachable(address, host).filter(|_| !is_bound(&configured, port)) else { continue };
        if is_here(host) && is_held(address, port) || takes_connections(&reached, port).await? {
            let path =
                Path(vec![Step::Attribute("binds".into()), Step::Key(name.clone()), Step::Attribute("port".into())]);
            let text = format!("another program has the port {reached}:{port} already");
            return Err(Error::new(text).at(path).hint(
                "Stop it, or choose another port: HAProxy could not load the configuration. If it is something on the way \
                 that answers, set `haproxy.check_ports = false`.",
            ));
        }
    }
    Ok(())
}

/// Where an address can be reached; that of every interface is the API's own. A loopback address is on this machine, and
/// so tells nothing of another one.
fn reachable(address: Option<&str>, host: &str) -> Option<String> {
    match address {
        None | Some("*") => Some(host.to_owned()),
        Some(address) => match address.parse::<IpAddr>().ok()? {
            every if every.is_unspecified() => Some(host.to_owned()),
            one if one.is_loopback() && !is_here(host) => None,
            one => Some(one.to_string()),
        },
    }
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Whether HAProxy itself has the port, in whatever section, or may have it: who knows what a variable says.
fn is_bound(configured: &str, port: u16) -> bool {
    let binds = configured.lines().filter_map(|line| line.trim_start().strip_prefix("bind "));
    let addresses = binds.filter_map(|rest| rest.split_whitespace().next()).flat_map(|list| list.split(','));
    addresses.filter_map(|address| address.rsplit(':').next()).any(|found| match found.split_once('-') {
        _ if found.contains(['$', '}']) => true,
        Some((first, last)) => {
            first.parse().is_ok_and(|first| port >= first) && last.parse().is_ok_and(|last| port <= last)
        }
        None => found.parse() == Ok(port),
    })
}

/// Whether a program of this machine has a port, even if it does not listen: it is bound as HAProxy would, and let go at
/// once. What else is in the way, such as a missing right, says nothing of HAProxy.
fn is_held(address: Option<&str>, port: u16) -> bool {
    let every = IpAddr::from(Ipv4Addr::UNSPECIFIED);
    let address = address.and_then(|address| address.parse().ok()).unwrap_or(every);
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let bound = socket.and_then(|socket| {
        socket.set_reuseaddr(true)?;
        socket.bind((address, port).into())
    });
    bound.is_err_and(|error| error.kind() == ErrorKind::AddrInUse)
}

async fn takes_connections(address: &str, port: u16) -> Result<bool> {
    let connecting = operation::cancellable(TcpStream::connect((address, port)));
    match tokio::time::timeout(LIMIT, connecting).await {
        Ok(connected) => Ok(connected?.is_ok()),
        Err(_) => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_haproxy_has_itself_is_known() {
        let text =
            "frontend a\n  bind 127.0.0.1:8080 name x\n  bind :80,:8443 ssl\nbackend b\n  server s 10.0.0.1:9000\n";
        for port in [8080, 80, 8443] {
            assert!(is_bound(text, port), "{port}");
        }
        assert!(!is_bound(text, 9000) && !is_bound(text, 443));
        let range = "listen a\n  bind :8000-8010\n";
        assert!(is_bound(range, 8000) && is_bound(range, 8010) && !is_bound(range, 8011));
        assert!(is_bound("listen a\n  bind 10.0.0.1:\"${PORT}\"\n", 443));
    }

    #[test]
    fn an_address_of_every_interface_is_the_machines() {
        for every in [None, Some("*"), Some("0.0.0.0"), Some("::")] {
            assert_eq!(reachable(every, "edge.example.com").as_deref(), Some("edge.example.com"));
        }
        assert_eq!(reachable(Some("10.0.0.1"), "edge").as_deref(), Some("10.0.0.1"));
        assert_eq!(reachable(Some("127.0.0.1"), "127.0.0.1").as_deref(), Some("127.0.0.1"));
        assert_eq!(reachable(Some("127.0.0.1"), "edge"), None);
        assert_eq!(reachable(Some("/run/edge.sock"), "edge"), None);
    }
}
