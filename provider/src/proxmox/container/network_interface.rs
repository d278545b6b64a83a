//! Network interfaces of a container.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::proxmox::formats;
use crate::proxmox::mac::MacAddress;
use tfplugin::prelude::*;

/// A network interface, by its slot.
#[derive(Clone, Nested)]
pub struct NetworkInterface {
    /// Name in the container, such as `eth0`.
    #[tf(check = formats::plain)]
    pub name: String,

    /// Bridge of the node that it is plugged into.
    #[tf(check = formats::bridge)]
    pub bridge: Option<String>,

    /// Address of the card; omit it for one that Proxmox VE chooses.
    #[tf(api = "hwaddr", computed)]
    pub mac_address: Option<MacAddress>,

    /// IPv4 address with its prefix, such as `192.0.2.7/24`; or `dhcp`, or `manual`.
    #[tf(api = "ip", check = ipv4_config)]
    pub ipv4_address: Option<String>,

    /// IPv4 address of the router.
    #[tf(api = "gw", check = ipv4)]
    pub ipv4_gateway: Option<String>,

    /// IPv6 address with its prefix; or `auto`, `dhcp` or `manual`.
    #[tf(api = "ip6", check = ipv6_config)]
    pub ipv6_address: Option<String>,

    /// IPv6 address of the router.
    #[tf(api = "gw6", check = ipv6)]
    pub ipv6_gateway: Option<String>,

    /// VLAN that its packets belong to.
    #[tf(api = "tag", check = between(1..=4094))]
    pub vlan_id: Option<u64>,

    /// VLANs that may pass, such as `10;20`.
    #[tf(check = formats::ranges(';'))]
    pub trunks: Option<String>,

    /// Whether the firewall looks at it.
    pub firewall: Option<bool>,

    /// Bytes of the longest packet.
    #[tf(check = between(64..=65_535))]
    pub mtu: Option<u64>,

    /// MB that it may pass in a second.
    #[tf(api = "rate", check = formats::within(0.0, 1e6))]
    pub rate_limit: Option<f64>,

    /// Whether its cable is pulled out.
    #[tf(api = "link_down")]
    pub disconnected: Option<bool>,
}

fn ipv4(address: &str) -> Result<(), String> {
    address.parse::<Ipv4Addr>().map(drop).map_err(|_| "is no IPv4 address".to_owned())
}

fn ipv6(address: &str) -> Result<(), String> {
    address.parse::<Ipv6Addr>().map(drop).map_err(|_| "is no IPv6 address".to_owned())
}

fn ipv4_config(text: &str) -> Result<(), String> {
    match ["dhcp", "manual"].contains(&text) || is_network(text, ipv4, 32) {
        true => Ok(()),
        false => Err("is no IPv4 address with a prefix such as `192.0.2.7/24`, nor `dhcp` or `manual`".to_owned()),
    }
}

fn ipv6_config(text: &str) -> Result<(), String> {
    match ["auto", "dhcp", "manual"].contains(&text) || is_network(text, ipv6, 128) {
        true => Ok(()),
        false => {
            Err("is no IPv6 address with a prefix such as `2001:db8::7/64`, nor `auto`, `dhcp` or `manual`".to_owned())
        }
    }
}

fn is_network(text: &str, address: fn(&str) -> Result<(), String>, longest: u8) -> bool {
    let parts = text.split_once('/');
    parts.is_some_and(|(host, prefix)| address(host).is_ok() && prefix.parse::<u8>().is_ok_and(|n| n <= longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_of_their_family() {
        assert!(ipv4_config("192.0.2.7/24").is_ok() && ipv4_config("dhcp").is_ok());
        assert!(ipv6_config("2001:db8::7/64").is_ok() && ipv6_config("auto").is_ok());
        for wrong in ["192.0.2.7", "192.0.2.7/33", "2001:db8::7/64", "auto", ""] {
            assert!(ipv4_config(wrong).is_err(), "{wrong}");
        }
    }
}
