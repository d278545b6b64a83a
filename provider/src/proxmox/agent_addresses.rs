//! Addresses that the guest agent of a machine tells.

use std::net::IpAddr;
use std::time::Duration;

use serde_json::Value as Json;
use tfplugin::operation;
use tfplugin::prelude::*;

use super::client::Proxmox;
use super::guest_words::guest_id;
use super::guests::Guest;
use crate::http::Request;

/// How long an agent may take. Proxmox VE itself gives up one that is not there after 3 s (`PVE::QemuServer::Agent`).
const PATIENCE: Duration = Duration::from_secs(5);

/// Shows the addresses of a machine, which its guest agent tells. Nothing else asks an agent, so that a refresh of
/// `proxmox_vm` never waits for one.
///
/// The machine must run, with `agent = { enabled = true }` and `qemu-guest-agent` in it; an agent that does not answer is an
/// error within seconds.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_agent_addresses")]
pub struct AgentAddresses {
    /// Number of the machine.
    #[tf(check = guest_id)]
    vm_id: u64,

    /// IPv4 addresses of all interfaces, without those that hold within the machine or the link alone.
    ipv4_addresses: Computed<Vec<String>>,

    /// IPv6 addresses of all interfaces, without those that hold within the machine or the link alone.
    ipv6_addresses: Computed<Vec<String>>,

    /// All interfaces by their names in the machine.
    interfaces: Computed<BTreeMap<String, Interface>>,
}

/// An interface of a machine.
#[derive(Clone, Nested)]
pub struct Interface {
    /// Address of the card.
    mac_address: Computed<Option<String>>,

    /// IPv4 addresses with their prefixes, such as `192.0.2.7/24`.
    ipv4_addresses: Computed<Vec<String>>,

    /// IPv6 addresses with their prefixes.
    ipv6_addresses: Computed<Vec<String>>,
}

/// An address with its prefix.
#[derive(Clone, Copy)]
struct Address {
    ip: IpAddr,
    prefix: u64,
}

impl DataSource for AgentAddresses {
    type Client = Proxmox;

    async fn read(proxmox: &Proxmox, config: AgentAddresses) -> Result<AgentAddresses> {
        let guest = Guest::machine(config.vm_id);
        let answer = ask(proxmox, guest).await?;
        let interfaces: Vec<(&str, &Json, Vec<Address>)> = answer["result"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| Some((one["name"].as_str()?, &one["hardware-address"], addresses(&one["ip-addresses"]))))
            .collect();
        let all = || interfaces.iter().flat_map(|(.., addresses)| addresses).filter(|address| is_global(address.ip));
        let bare = |address: &Address| address.ip.to_string();
        Ok(AgentAddresses {
            ipv4_addresses: all().filter(|address| address.ip.is_ipv4()).map(bare).collect::<Vec<_>>().into(),
            ipv6_addresses: all().filter(|address| address.ip.is_ipv6()).map(bare).collect::<Vec<_>>().into(),
            interfaces: interfaces.iter().map(shown).collect::<BTreeMap<_, _>>().into(),
            ..config
        })
    }
}

async fn ask(proxmox: &Proxmox, guest: Guest) -> Result<Json> {
    let Some(found) = guest.find(proxmox).await? else {
        return Err(Error::not_found(format!("no node has the {guest}")).at_attribute("vm_id"));
    };
    let request = Request::get(guest.url(&found.node).literal("agent/network-get-interfaces"));
    let asked = tokio::time::timeout(PATIENCE, proxmox.get(request.purpose("ask the guest agent")));
    match operation::cancellable(asked).await? {
        Ok(Err(error)) if error.is_stopped() => Err(error),
        Ok(Err(error)) => Err(error.hint(
            "Start the machine, with `agent = { enabled = true }` and `qemu-guest-agent` in it, and give it time to boot.",
        )),
        Ok(answer) => answer,
        Err(_) => Err(Error::new(format!("the guest agent of {guest} did not answer within {} s", PATIENCE.as_secs()))
            .hint("Look at `qemu-guest-agent` in the machine.")),
    }
}

fn addresses(answer: &Json) -> Vec<Address> {
    let address =
        |one: &Json| Some(Address { ip: one["ip-address"].as_str()?.parse().ok()?, prefix: one["prefix"].as_u64()? });
    answer.as_array().into_iter().flatten().filter_map(address).collect()
}

/// Whether others can reach an address.
fn is_global(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !ip.is_loopback() && !ip.is_link_local(),
        IpAddr::V6(ip) => !ip.is_loopback() && !ip.is_unicast_link_local(),
    }
}

fn shown((name, card, addresses): &(&str, &Json, Vec<Address>)) -> (String, Interface) {
    let of = |wanted: fn(&IpAddr) -> bool| {
        let addresses = addresses.iter().filter(|address| wanted(&address.ip));
        addresses.map(|address| format!("{}/{}", address.ip, address.prefix)).collect::<Vec<_>>()
    };
    let interface = Interface {
        mac_address: card.as_str().map(str::to_uppercase).into(),
        ipv4_addresses: of(IpAddr::is_ipv4).into(),
        ipv6_addresses: of(IpAddr::is_ipv6).into(),
    };
    ((*name).to_owned(), interface)
}
