//! Names in a container.

use tfplugin::prelude::*;

/// How a container resolves names; what is omitted is as on its node.
#[derive(Clone, Nested)]
pub struct Dns {
    /// Domain that short names are looked up in; several with blanks between them.
    #[tf(api = "searchdomain")]
    pub domain: Option<String>,

    /// Addresses of name servers.
    #[tf(api = "nameserver", check = addresses)]
    pub servers: Option<Vec<String>>,
}

fn addresses(servers: &[String]) -> Result<(), String> {
    let is_address = |server: &str| server.split('%').next().unwrap_or_default().parse::<std::net::IpAddr>().is_ok();
    match servers.iter().find(|server| !is_address(server)) {
        _ if servers.is_empty() => Err("has no elements; omit it for those of the node".to_owned()),
        Some(server) => Err(format!("has `{server}`, which is no address such as `192.0.2.53`")),
        None => Ok(()),
    }
}
