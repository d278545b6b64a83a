//! Storages of Proxmox VE, and what comes into them.

use std::time::Duration;

use lab::Proxmox;
use serde_json::{Value, json};

use crate::proxmox_client::{Pve, encode};

/// Waits for a task and returns how it ended.
async fn end(pve: &Pve, upid: &Value) -> String {
    let upid = upid.as_str().expect("a task has a name");
    let node = upid.split(':').nth(1).expect("the name holds the node");
    for _ in 0..200 {
        let status = pve.get(&format!("/nodes/{node}/tasks/{}/status", encode(upid))).await.data();
        if status["status"] == "stopped" {
            return status["exitstatus"].as_str().expect("an end has a word").to_owned();
        }
        tokio::task::yield_now().await;
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{upid} does not end");
}

fn form(fields: &[(&str, &str)], file: (&str, &[u8])) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--ab\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    let disposition = format!("Content-Disposition: form-data; name=\"filename\"; filename=\"{}\"", file.0);
    body.extend(format!("--ab\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
    body.extend(file.1);
    body.extend(b"\r\n--ab--\r\n");
    body
}

#[tokio::test]
async fn an_upload_is_stored_byte_by_byte_and_its_checksum_is_checked() {
    let lab = Proxmox::start().await;
    let pve = Pve::of(&lab);
    let kind = Some("multipart/form-data; boundary=ab");
    let bytes: Vec<u8> = (0..=255).cycle().take(600 << 10).collect();
    let upload = |body| pve.exchange("POST", "/nodes/pve2/storage/local/upload", kind, body);
    let task = upload(form(&[("content", "iso")], ("a.iso", &bytes))).await.data();
    assert_eq!(end(&pve, &task).await, "OK");
    assert_eq!(lab.file("pve2", "local:iso/a.iso"), Some(bytes));
    assert_eq!(lab.file("pve1", "local:iso/a.iso"), None, "the other nodes have a storage of their own");
    let listed = pve.get("/nodes/pve2/storage/local/content?content=iso").await.data();
    assert_eq!((&listed[0]["volid"], &listed[0]["size"]), (&json!("local:iso/a.iso"), &json!(600 << 10)));
    let sum = [("content", "iso"), ("checksum-algorithm", "sha256"), ("checksum", "00")];
    let task = upload(form(&sum, ("b.iso", b"x"))).await.data();
    assert!(end(&pve, &task).await.starts_with("checksum mismatch: got '2d711642"));
    let refused = upload(form(&[("content", "iso")], ("b.txt", b"x"))).await;
    assert_eq!(refused.body["errors"], json!({ "filename": "wrong file extension" }));
    let refused = upload(form(&[("content", "snippets")], ("b.yaml", b"x"))).await;
    assert!(refused.body["errors"]["content"].as_str().unwrap().contains("enumeration"));
    assert_eq!(lab.excuse().len(), 1);
    let logged = &lab.requests()[0];
    assert_eq!(logged.fields["filename"], "a.iso");
    let volume = encode("local:iso/a.iso");
    let task = pve.delete(&format!("/nodes/pve2/storage/local/content/{volume}")).await.data();
    assert_eq!(end(&pve, &task).await, "OK");
    assert_eq!(lab.file("pve2", "local:iso/a.iso"), None);
}

#[tokio::test]
async fn a_download_fails_in_its_task() {
    let lab = Proxmox::start().await;
    let pve = Pve::of(&lab);
    let download = async |url: &str, file: &str, more: &[(&str, &str)]| {
        let form = [&[("content", "iso"), ("url", url), ("filename", file)], more].concat();
        let task = pve.post("/nodes/pve1/storage/nfs/download-url", &form).await.data();
        end(&pve, &task).await
    };
    lab.offer("https://a.example/a.iso", Some(b"image"));
    lab.offer("https://a.example/none.iso", None);
    assert_eq!(download("https://a.example/a.iso", "a.iso", &[]).await, "OK");
    assert_eq!(lab.file("pve3", "nfs:iso/a.iso"), Some(b"image".to_vec()), "all nodes see a shared storage");
    assert!(download("https://a.example/a.iso", "a.iso", &[]).await.starts_with("refusing to override existing file"));
    assert!(download("https://a.example/none.iso", "b.iso", &[]).await.starts_with("download failed: 404"));
    let sum = [("checksum-algorithm", "sha512"), ("checksum", "00")];
    assert!(download("https://a.example/a.iso", "c.iso", &sum).await.starts_with("checksum mismatch"));
    assert_eq!(download("https://b.example/b.iso", "b.iso", &sum).await, "OK");
    let alone = [("content", "iso"), ("url", "https://a.example/a.iso"), ("filename", "a.iso"), ("checksum", "00")];
    let refused = pve.post("/nodes/pve1/storage/nfs/download-url", &alone).await;
    assert!(refused.body["errors"]["checksum-algorithm"].as_str().unwrap().contains("requires this property"));
    assert_eq!(lab.excuse().len(), 1);
    let disks = pve.post("/nodes/pve1/storage/ceph/download-url", &alone[..3]).await;
    assert_eq!(disks.reason, "can't upload to storage type 'rbd'");
}

#[tokio::test]
async fn a_type_of_storage_takes_its_own_options_alone() {
    let lab = Proxmox::start().await;
    let pve = Pve::of(&lab);
    let made =
        pve.post("/storage", &[("storage", "n1"), ("type", "nfs"), ("server", "192.0.2.1"), ("export", "/x")]).await;
    assert_eq!(made.data(), json!({ "storage": "n1", "type": "nfs" }));
    let shown = pve.get("/storage/n1").await.data();
    assert_eq!(
        (&shown["path"], &shown["content"], &shown["shared"]),
        (&json!("/mnt/pve/n1"), &json!("images"), &json!(1))
    );
    for (form, reason) in [
        (vec![("type", "dir")], "create storage failed: missing value for required option 'path'"),
        (vec![("type", "dir"), ("path", "/a"), ("server", "a")], "create storage failed: unexpected property 'server'"),
        (
            vec![("type", "rbd"), ("content", "iso")],
            "create storage failed: storage does not support content type 'iso'",
        ),
    ] {
        let refused = pve.post("/storage", &[&[("storage", "s1")], form.as_slice()].concat()).await;
        assert_eq!((refused.status, refused.reason.as_str()), (500, reason));
    }
    let fixed = pve.put("/storage/n1", &[("server", "192.0.2.2")]).await;
    assert_eq!(fixed.reason, "update storage failed: can't change value of fixed parameter 'server'");
    pve.put("/storage/n1", &[("nodes", "pve1"), ("options", "vers=4.2")]).await.data();
    assert_eq!(pve.get("/nodes/pve2/storage/n1/content").await.reason, "storage 'n1' is not available on node 'pve2'");
    pve.put("/storage/n1", &[("delete", "nodes,options")]).await.data();
    assert!(pve.get("/storage/n1").await.data().get("options").is_none());
    let digest = pve.put("/storage/n1", &[("disable", "1"), ("digest", "00")]).await;
    assert!(digest.reason.contains("detected modified configuration"), "{}", digest.reason);
    pve.delete("/storage/n1").await.data();
    assert_eq!(pve.get("/storage/n1").await.reason, "storage 'n1' does not exist");
}

#[tokio::test]
async fn pools_have_members_and_a_guest_is_in_one_alone() {
    let lab = Proxmox::start().await;
    let pve = Pve::of(&lab);
    for pool in ["a", "b"] {
        pve.post("/pools", &[("poolid", pool)]).await.data();
    }
    lab.act("POST", "/nodes/pve1/qemu", &[("vmid", "100"), ("pool", "a")]);
    let other = pve.put("/pools/b", &[("vms", "100")]).await;
    assert_eq!(other.reason, "update pools failed: VM 100 belongs already to pool 'a' and 'allow-move' is not set");
    pve.put("/pools", &[("poolid", "b"), ("vms", "100"), ("allow-move", "1"), ("storage", "local")]).await.data();
    let members = pve.get("/pools/b?type=qemu").await.data();
    assert_eq!((&members["members"][0]["id"], members["members"].as_array().unwrap().len()), (&json!("qemu/100"), 1));
    let full = pve.delete("/pools/b").await;
    assert_eq!(full.reason, "delete pool failed: pool 'b' is not empty (contains VM 100)");
    pve.put("/pools/b", &[("vms", "100"), ("storage", "local"), ("delete", "1")]).await.data();
    pve.delete("/pools?poolid=b").await.data();
    assert_eq!(pve.get("/pools?poolid=a").await.data(), json!([{ "poolid": "a", "members": [] }]));
}
