//! How often Proxmox VE is asked.

use std::fmt::Write;

use lab::Proxmox;

use crate::estate::{document, fine, host, understood};
use crate::proxmox_vm::{nothing_to_do, renewed};

#[tokio::test]
async fn a_hundred_machines_and_ten_pools_are_a_hundred_and_two_calls() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let mut text = String::new();
    for pool in 0..10 {
        writeln!(text, "resource \"substrate_proxmox_pool\" \"p{pool}\" {{\n  pool_id = \"p{pool}\"\n}}")
            .expect("a text takes all");
    }
    for index in 0..100 {
        writeln!(
            text,
            "resource \"substrate_proxmox_vm\" \"v{index}\" {{\n  node_name = \"pve{}\"\n  vm_id = {}\n  \
             pool_id = substrate_proxmox_pool.p{}.pool_id\n  agent = {{ enabled = true }}\n}}",
            index % 3 + 1,
            200 + index,
            index % 10
        )
        .expect("a text takes all");
    }
    fine(host.apply(&document(&text)).await);
    lab.catch_up();
    renewed(&lab, &mut host).await;
    lab.clear_log();
    fine(host.refresh().await);
    assert_eq!(lab.count("GET", "/cluster/resources"), 1);
    assert_eq!(lab.count("GET", "/nodes/*/qemu/*/config"), 100);
    assert_eq!(lab.count("GET", "/pools"), 1);
    assert_eq!(lab.requests().len(), 102);
    nothing_to_do(host.plan(&document(&text)).await);
    understood(&lab);
}
