//! The agent in a virtual machine, which answers, is not there or hangs; unrecorded but for the one that is not there.

use serde_json::{Value, json};

use crate::proxmox::guest::{Agent, Kind};
use crate::proxmox::parts;
use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::world::{Asked, World};

/// Answers for the agent.
pub fn answer(world: &World, asked: &Asked) -> Outcome {
    let guest = world.guest(Kind::Qemu, asked)?;
    let enabled = guest.option("agent").map(|agent| parts::known("agent", agent));
    if enabled.is_none_or(|agent| agent.get("enabled").is_none_or(|enabled| enabled != "1")) {
        return Err(Refusal::failed("No QEMU guest agent configured"));
    }
    if guest.running.is_none() {
        return Err(Refusal::failed(format!("VM {} is not running", guest.vmid)));
    }
    let command = asked.method.1.rsplit('/').next().unwrap_or_default();
    let interfaces = match &guest.agent {
        Agent::Absent => return Err(Refusal::failed("QEMU guest agent is not running")),
        Agent::Hangs => {
            let reason = format!("VM {} qmp command 'guest-{command}' failed - got timeout", guest.vmid);
            return Err(Refusal::failed(reason).after(world.options.agent));
        }
        Agent::Answers(interfaces) => interfaces,
    };
    Ok(Reply::Data(match command {
        "ping" => json!({ "result": {} }),
        "info" => json!({ "result": { "version": "7.2.0", "supported_commands": [] } }),
        _ => json!({ "result": interfaces.iter().map(interface).collect::<Vec<Value>>() }),
    }))
}

fn interface((name, hardware, addresses): &(String, String, Vec<String>)) -> Value {
    let address = |address: &String| {
        let (ip, prefix) = address.split_once('/').unwrap_or((address, "32"));
        let kind = if ip.contains(':') { "ipv6" } else { "ipv4" };
        json!({ "ip-address": ip, "ip-address-type": kind, "prefix": prefix.parse::<u8>().unwrap_or(32) })
    };
    let addresses: Vec<Value> = addresses.iter().map(address).collect();
    json!({ "name": name, "hardware-address": hardware, "ip-addresses": addresses })
}

/// The interfaces of a container, which its node sees.
pub fn of_container(world: &World, asked: &Asked) -> Outcome {
    let guest = world.guest(Kind::Lxc, asked)?;
    if guest.running.is_none() {
        return Ok(Reply::Data(Value::Null));
    }
    let Agent::Answers(interfaces) = &guest.agent else { return Ok(Reply::Data(json!([]))) };
    let row = |(name, hardware, addresses): &(String, String, Vec<String>)| {
        let mut row = json!({ "name": name, "hwaddr": hardware });
        for address in addresses {
            row[if address.contains(':') { "inet6" } else { "inet" }] = json!(address);
        }
        row
    };
    Ok(Reply::Data(interfaces.iter().map(row).collect()))
}
