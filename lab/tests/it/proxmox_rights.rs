//! What Proxmox VE looks at before it says anything else: who asks, and under which names things are.

use lab::Proxmox;
use serde_json::{Value, json};

use crate::proxmox_client::Pve;

/// A cluster with the pool `ci`, and a token that may do this in it.
async fn with_pool(privileges: &str) -> (Proxmox, Pve) {
    let lab = Proxmox::start().await;
    lab.act("POST", "/pools", &[("poolid", "ci")]);
    lab.act("POST", "/access/users", &[("userid", "ci@pve"), ("password", "kvaen-og-mus-7")]);
    lab.act("POST", "/access/roles", &[("roleid", "Builder"), ("privs", privileges)]);
    let token = lab.act("POST", "/access/users/ci@pve/token/t1", &[("privsep", "1")]);
    for whose in [("users", "ci@pve"), ("tokens", "ci@pve!t1")] {
        lab.act("PUT", "/access/acl", &[("path", "/pool/ci"), ("roles", "Builder"), whose]);
    }
    let pve =
        Pve::of(&lab).with_token(&format!("ci@pve!t1={}", token["value"].as_str().expect("a token has a secret")));
    (lab, pve)
}

#[tokio::test]
async fn rights_on_a_pool_are_rights_on_what_is_in_it() {
    let (lab, pve) = with_pool("VM.Allocate,VM.Audit,Datastore.Audit").await;
    let apart = pve.post("/nodes/pve1/qemu", &[("vmid", "100")]).await;
    assert_eq!((apart.status, apart.reason.as_str()), (403, "Permission check failed"));
    let nowhere = pve.post("/nodes/pve1/qemu", &[("vmid", "100"), ("pool", "none")]).await;
    assert_eq!(
        (nowhere.status, nowhere.reason.as_str()),
        (403, "Permission check failed (pool 'none' does not exist)")
    );
    let unknown = pve.get("/nodes/pve1/qemu/100/config").await;
    assert_eq!(
        (unknown.status, unknown.reason.as_str()),
        (403, "Permission check failed (/vms/100, VM.Audit)"),
        "rights are looked at before anything else is"
    );
    assert_eq!(pve.get("/cluster/nextid?vmid=100").await.data(), json!("100"));

    pve.post("/nodes/pve1/qemu", &[("vmid", "100"), ("pool", "ci")]).await.data();
    lab.finish_tasks();
    lab.catch_up();
    pve.get("/nodes/pve1/qemu/100/config").await.data();
    let listed = pve.get("/cluster/resources?type=vm").await.data();
    assert_eq!(listed[0]["vmid"], 100);
    assert_eq!(pve.get("/cluster/nextid?vmid=100").await.body["errors"], json!({ "vmid": "VM 100 already exists" }));
    assert_eq!(pve.get("/nodes/pve1/storage/nfs/content").await.status, 403);
    lab.act("PUT", "/pools/ci", &[("storage", "nfs")]);
    pve.get("/nodes/pve1/storage/nfs/content").await.data();
}

#[tokio::test]
async fn a_clone_needs_rights_on_its_source_and_on_where_it_goes() {
    let (lab, pve) = with_pool("VM.Allocate,VM.Audit").await;
    lab.act("POST", "/nodes/pve1/qemu", &[("vmid", "100"), ("pool", "ci")]);
    let clone = [("newid", "101"), ("full", "1"), ("pool", "ci")];
    let refused = pve.post("/nodes/pve1/qemu/100/clone", &clone).await;
    assert_eq!(refused.reason, "Permission check failed (/vms/100, VM.Clone)");
    lab.act("PUT", "/access/roles/Builder", &[("privs", "VM.Clone"), ("append", "1")]);
    assert_eq!(pve.post("/nodes/pve1/qemu/100/clone", &clone[..2]).await.reason, "Permission check failed");
    pve.post("/nodes/pve1/qemu/100/clone", &clone).await.data();
}

#[tokio::test]
async fn tasks_of_others_need_a_privilege() {
    let (lab, pve) = with_pool("VM.Allocate,VM.Audit").await;
    lab.slow("qmcreate", std::time::Duration::from_secs(60));
    Pve::of(&lab).post("/nodes/pve1/qemu", &[("vmid", "100")]).await.data();
    let own = pve.post("/nodes/pve1/qemu", &[("vmid", "101"), ("pool", "ci")]).await.data();
    let shown = async |pve: &Pve| pve.get("/nodes/pve1/tasks?source=active").await.data();
    let names = |tasks: Value| tasks.as_array().unwrap().iter().map(|task| task["upid"].clone()).collect::<Vec<_>>();
    assert_eq!(names(shown(&pve).await), [own]);
    lab.act("PUT", "/access/roles/Builder", &[("privs", "Sys.Audit"), ("append", "1")]);
    for whose in [("users", "ci@pve"), ("tokens", "ci@pve!t1")] {
        lab.act("PUT", "/access/acl", &[("path", "/nodes/pve1"), ("roles", "Builder"), whose]);
    }
    assert_eq!(names(shown(&pve).await).len(), 2);
}

#[tokio::test]
async fn a_pool_in_a_pool_has_no_path() {
    let lab = Proxmox::start().await;
    let pve = Pve::of(&lab);
    for pool in ["a", "a/b"] {
        lab.act("POST", "/pools", &[("poolid", pool)]);
    }
    let path = pve.get("/pools/a%2Fb").await;
    assert_eq!((path.status, path.reason.as_str()), (501, "Method 'GET /pools/a%2Fb' not implemented"));
    lab.forget();
    pve.put("/pools?poolid=a%2Fb", &[("comment", "inner")]).await.data();
    assert_eq!(pve.get("/pools?poolid=a%2Fb").await.data()[0]["comment"], "inner");
    pve.delete("/pools?poolid=a%2Fb").await.data();
    assert_eq!(pve.get("/pools").await.data(), json!([{ "poolid": "a" }]));
}

#[tokio::test]
async fn a_file_gets_a_name_without_other_letters() {
    let lab = Proxmox::start().await;
    let named = |name| [("content", "iso"), ("filename", name), ("url", "https://a.example/a")];
    lab.act("POST", "/nodes/pve1/storage/nfs/download-url", &named("../my image+1.iso"));
    let listed = lab.call("GET", "/nodes/pve1/storage/nfs/content", &[]).unwrap();
    assert_eq!(listed[0]["volid"], "nfs:iso/my_image_1.iso");
    let pve = Pve::of(&lab);
    let packed = [("content", "import"), ("filename", "a.raw"), ("url", "https://a.example/a"), ("compression", "gz")];
    let task = pve.post("/nodes/pve1/storage/nfs/download-url", &packed).await.data();
    lab.finish_tasks();
    let status = pve.get(&format!("/nodes/pve1/tasks/{}/status", task.as_str().unwrap())).await.data();
    assert_eq!(status["exitstatus"], "decompression not supported for import");
    let template = [("content", "vztmpl"), ("filename", "a.tar.gz"), ("url", "https://a.example/a")];
    let refused = pve.post("/nodes/pve1/storage/nfs/download-url", &template).await;
    assert_eq!(refused.reason, "storage 'nfs' is not configured for content-type 'vztmpl'");
}
