//! Network cards of a machine.

use crate::proxmox::client::text_of;
use crate::proxmox::formats;
use crate::proxmox::mac::MacAddress;
use crate::proxmox::properties;
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

/// A network card, by its slot.
#[derive(Clone, Nested)]
pub struct NetworkDevice {
    /// Bridge of the node that it is plugged into.
    #[tf(check = formats::bridge)]
    pub bridge: Option<String>,

    /// What the guest sees.
    #[tf(default = Model::Virtio)]
    pub model: Model,

    /// Address; omit it for one that Proxmox VE chooses.
    #[tf(api = "macaddr", computed)]
    pub mac_address: Option<MacAddress>,

    /// VLAN that its packets belong to.
    #[tf(api = "tag", check = between(1..=4094))]
    pub vlan_id: Option<u64>,

    /// VLANs that may pass, such as `10;20-30`.
    #[tf(check = formats::ranges(';'))]
    pub trunks: Option<String>,

    /// Whether the firewall looks at it.
    pub firewall: Option<bool>,

    /// Bytes of the longest packet; 1 is the bridge's.
    #[tf(check = between(1..=65_520))]
    pub mtu: Option<u64>,

    /// MB that it may pass in a second.
    #[tf(api = "rate", check = formats::within(0.0, 1e6))]
    pub rate_limit: Option<f64>,

    /// Queues of packets.
    #[tf(check = between(0..=64))]
    pub queues: Option<u64>,

    /// Whether its cable is pulled out.
    #[tf(api = "link_down")]
    pub disconnected: Option<bool>,
}

/// A network card that QEMU knows.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Model {
    /// Paravirtual.
    Virtio,
    /// Intel's 82540EM.
    E1000,
    /// The same by its number.
    #[tf(word = "e1000-82540em", api = "e1000-82540em")]
    E1000_82540em,
    /// Intel's 82544GC.
    #[tf(word = "e1000-82544gc", api = "e1000-82544gc")]
    E1000_82544gc,
    /// Intel's 82545EM.
    #[tf(word = "e1000-82545em", api = "e1000-82545em")]
    E1000_82545em,
    /// Intel's, of PCI Express.
    E1000e,
    /// Intel's 82551.
    I82551,
    /// Intel's 82557B.
    I82557b,
    /// Intel's 82559ER.
    I82559er,
    /// NE2000 of ISA.
    Ne2kIsa,
    /// NE2000 of PCI.
    Ne2kPci,
    /// AMD's.
    Pcnet,
    /// Realtek's.
    Rtl8139,
    /// VMware's.
    Vmxnet3,
}

/// What stands in front.
const BARE: &str = "model";

/// What an answer's text says.
pub fn read(text: &str) -> Object {
    let mut card = properties::parse(text, BARE);
    let models = Model::WORDS.iter().map(|word| word.word);
    if let Some((model, address)) = models.into_iter().find_map(|model| card.remove_entry(model)) {
        card.insert("model".to_owned(), model.into());
        card.insert("macaddr".to_owned(), address);
    }
    card
}

/// The text of a card: as it is, with what is wanted.
pub fn text(current: Option<&str>, card: &Value) -> String {
    let current = current.map(read).unwrap_or_default();
    let mut card = properties::merged(current, NetworkDevice::FIELDS, properties::of(NetworkDevice::FIELDS, card));
    let model = card.remove(BARE).map(|model| text_of(&model)).unwrap_or_default();
    match card.remove("macaddr") {
        Some(address) => card.insert(model, address),
        None => card.insert(BARE.to_owned(), model.into()),
    };
    properties::join(&card, BARE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::schema::{Attribute, Field, from_api};

    #[test]
    fn a_card_is_read_and_written() {
        let field = Field::of::<NetworkDevice>("network_device", "");
        let answer = "virtio=BC:24:11:57:88:48,bridge=vmbr0,tag=7,new=1";
        let value = from_api(&field, Value::Map(read(answer))).unwrap();
        let card = NetworkDevice::from_value(value.clone()).unwrap();
        assert_eq!((card.model, card.bridge.as_deref(), card.vlan_id), (Model::Virtio, Some("vmbr0"), Some(7)));
        assert_eq!(text(Some(answer), &value), "bridge=vmbr0,new=1,tag=7,virtio=BC:24:11:57:88:48");
        let anew = NetworkDevice { mac_address: None, vlan_id: None, ..card };
        assert_eq!(text(None, &anew.into_value()), "virtio,bridge=vmbr0");
    }
}
