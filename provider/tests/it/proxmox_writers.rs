//! How many writes a node is given at once, whatever they are: pvedaemon has three workers.

use std::fmt::Write;
use std::time::Duration;

use lab::Proxmox;

use crate::estate::{document, fine, host};
use crate::proxmox_container::TEMPLATE;

/// Machines and containers of one node, with these descriptions and sizes.
fn guests(description: &str, size: &str) -> String {
    let mut text = String::new();
    for index in 0..8 {
        let disk = format!("datastore_id = \"local-lvm\", size = \"{size}\"");
        write!(
            text,
            "resource \"substrate_proxmox_vm\" \"v{index}\" {{\n  node_name = \"pve1\"\n  vm_id = {}\n  stop_on_destroy = true\n  \
             description = \"{description}\"\n  disk = {{ scsi0 = {{ {disk} }} }}\n}}\n\
             resource \"substrate_proxmox_container\" \"c{index}\" {{\n  node_name = \"pve1\"\n  vm_id = {}\n  \
             template_file_id = \"{TEMPLATE}\"\n  unprivileged = true\n  stop_on_destroy = true\n  \
             description = \"{description}\"\n  disk = {{ {disk} }}\n}}\n",
            300 + index,
            400 + index
        )
        .expect("a text takes everything");
    }
    text
}

#[tokio::test]
async fn creates_changes_and_deletes_come_by_three_writers() {
    let lab = Proxmox::builder().task_time(Duration::from_millis(40)).start().await.expect("a port is free");
    lab.put_file(TEMPLATE, b"x");
    let mut host = host(&lab).await;
    for text in [guests("First.", "2G"), guests("Second.", "4G")] {
        fine(host.apply(&document(&text)).await);
        assert_eq!(lab.most_writers("pve1"), 3, "all places are used, and no more");
    }
    assert_eq!(lab.guests().len(), 16);
    assert_eq!((lab.count("PUT", "/nodes/*/*/*/resize"), lab.count("POST", "/nodes/*/*/*/status/start")), (16, 16));
    fine(host.destroy().await);
    assert!(lab.guests().is_empty());
    assert_eq!(lab.count("DELETE", "/nodes/*/*/*"), 16);
    assert_eq!(lab.most_writers("pve1"), 3);
}
