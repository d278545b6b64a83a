//! The debug mode: a provider that a person starts and hosts attach to.

use serde_json::json;

use super::listener::Address;
use super::plugin::Plugin;

/// What a person has to do so that the next runs use this process.
pub(super) fn instructions(plugin: &Plugin, address: &Address) -> String {
    let attach = json!({
        "Protocol": "grpc",
        "ProtocolVersion": 6,
        "Pid": std::process::id(),
        "Test": true,
        "Addr": { "Network": address.network, "String": address.text },
    });
    let source = plugin.source;
    let providers = json!({
        format!("registry.opentofu.org/{source}"): attach,
        format!("registry.terraform.io/{source}"): attach,
    });
    format!(
        "The provider runs until Ctrl-C. Set this variable where you run terraform or tofu:\n\n\
         TF_REATTACH_PROVIDERS='{providers}'\n"
    )
}
