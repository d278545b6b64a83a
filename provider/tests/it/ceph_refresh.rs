//! How often Ceph is asked: what a list holds is read with the list.

use std::fmt::Write;
use std::time::Duration;

use lab::Ceph;
use serde_json::json;

use crate::estate::{document, fine, host, understood};

fn pools(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        let name = format!("pool-{index}");
        writeln!(text, "resource \"substrate_ceph_pool\" \"p{index}\" {{\n  name = {name:?}\n  pg_num = 1\n}}")
            .expect("a text takes everything");
        text
    })
}

fn images(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        writeln!(
            text,
            "resource \"substrate_ceph_rbd_image\" \"i{index}\" {{\n  pool = \"rbd\"\n  name = \"disk-{index}\"\n  size \
             = \"4 MiB\"\n}}"
        )
        .expect("a text takes everything");
        text
    })
}

#[tokio::test]
async fn a_hundred_pools_are_one_list() {
    let ceph = Ceph::start().await;
    let mut host = host(&ceph).await;
    fine(host.apply(&document(&pools(100))).await);
    ceph.clear_log();
    fine(host.refresh().await);
    assert_eq!(host.addresses().len(), 100);
    understood(&ceph);
    let asked: Vec<String> = ceph.requests().iter().map(ToString::to_string).collect();
    assert!(asked.len() <= 3, "{asked:?}");
}

#[tokio::test]
async fn two_hundred_images_are_one_list() {
    let ceph = Ceph::start().await;
    ceph.act(
        "POST",
        "/pool",
        &json!({ "pool": "rbd", "pg_num": 8, "pool_type": "replicated", "application_metadata": ["rbd"] }),
    );
    let mut host = host(&ceph).await;
    let text = document(&images(200));
    fine(host.apply(&text).await);
    // The dashboard keeps the names of images for half a minute (`ttl_cache` in its `services/rbd.py`): the list that was read
    // before the first create lacks them all.
    tfplugin::operation::sleep(Duration::from_secs(31)).await.expect("nobody stops it");
    ceph.clear_log();
    fine(host.refresh().await);
    assert_eq!(host.addresses().len(), 200);
    understood(&ceph);
    let asked: Vec<String> = ceph.requests().iter().map(ToString::to_string).collect();
    assert!(asked.len() <= 5, "{asked:?}");
}
