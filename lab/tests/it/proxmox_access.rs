//! Who may call Proxmox VE, what for, and how it says no.

use std::time::{Duration, Instant};

use lab::{Fault, Proxmox};
use serde_json::json;

use crate::proxmox_client::Pve;

const SOON: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_wrong_password_takes_its_time_and_a_right_one_none() {
    assert!(format!("{:?}", Proxmox::builder()).contains("penalty: 3s"), "the real server takes three seconds");
    let penalty = Duration::from_millis(300);
    let lab = Proxmox::builder().penalty(penalty).start().await.unwrap();
    let pve = Pve::of(&lab);
    let begin = Instant::now();
    let right = [("username", "root@pam"), ("password", lab.password.as_str())];
    let ticket = pve.unknown().post("/access/ticket", &right).await.data();
    assert_eq!(pve.unknown().get("/version").await.reason, "No ticket");
    assert!(begin.elapsed() < penalty);
    let begin = Instant::now();
    let wrong = pve.unknown().post("/access/ticket", &[("username", "root@pam"), ("password", "wrong")]).await;
    assert_eq!((wrong.status, wrong.reason.as_str(), wrong.closes), (401, "authentication failure", true));
    assert!(begin.elapsed() >= penalty);
    let (ticket, csrf) = (ticket["ticket"].as_str().unwrap(), ticket["CSRFPreventionToken"].as_str().unwrap());
    pve.with_ticket(ticket, None).get("/version").await.data();
    pve.with_ticket(ticket, Some(csrf)).post("/pools", &[("poolid", "a")]).await.data();
    let renewed = pve.unknown().post("/access/ticket", &[("username", "root@pam"), ("password", ticket)]).await.data();
    assert_ne!(renewed["ticket"], ticket);
    let password = [("userid", "root@pam"), ("password", "kvaen-og-mus-7")];
    assert_eq!(pve.put("/access/password", &password).await.status, 403);
    pve.with_ticket(ticket, Some(csrf)).put("/access/password", &password).await.data();
}

#[tokio::test]
async fn calls_that_cannot_be_understood_are_refused_and_noted() {
    let lab = Proxmox::builder().penalty(SOON).start().await.unwrap();
    let pve = Pve::of(&lab);
    let unknown = pve.get("/nope").await;
    assert_eq!((unknown.status, unknown.reason.as_str()), (501, "Method 'GET /nope' not implemented"));
    let content = pve.exchange("DELETE", "/pools/a", Some("application/x-www-form-urlencoded"), b"a=b".to_vec()).await;
    assert_eq!((content.status, content.reason.as_str()), (501, "Unexpected content for method 'DELETE'"));
    let wrong =
        [("vmid", "100"), ("memory", "8"), ("net0", "virtio,vlan=3"), ("scsi0", "local"), ("scsi31", "local:1")];
    let refused = pve.post("/nodes/pve1/qemu", &wrong).await;
    assert_eq!(
        (refused.status, refused.reason.as_str(), refused.closes),
        (400, "Parameter verification failed.", true)
    );
    let errors = refused.body["errors"].as_object().unwrap();
    assert_eq!(errors.keys().collect::<Vec<_>>(), ["memory", "net0", "scsi0", "scsi31"]);
    let truth = pve.exchange("POST", "/pools", Some("application/json"), br#"{"poolid":true}"#.to_vec()).await;
    assert_eq!(truth.status, 400);
    let numbers = br#"{"vmid":100,"cores":2,"name":"a"}"#.to_vec();
    pve.exchange("POST", "/nodes/pve1/qemu", Some("application/json"), numbers).await.data();
    let large = format!("poolid={}", "a".repeat(513 << 10));
    let large = pve.exchange("POST", "/pools", Some("application/x-www-form-urlencoded"), large.into_bytes()).await;
    assert_eq!(large.reason, "for data too large");
    assert_eq!(lab.invalid().len(), 4, "{:?}", lab.invalid());
    let told = lab.excuse();
    assert_eq!(told.len(), 5, "{told:?}");
    assert_eq!(pve.with_token("root@pam!lab=x").get("/version").await.reason, "Authentication failed!");
}

#[tokio::test]
async fn a_fault_says_why_in_the_status_line() {
    let lab = Proxmox::start().await;
    let pve = Pve::of(&lab);
    lab.fault(
        Fault::on("GET", "/version").status(500, r#"{"data":null}"#).reason("got no worker upid - start worker failed"),
    );
    let struck = pve.get("/version").await;
    assert_eq!((struck.status, struck.reason.as_str()), (500, "got no worker upid - start worker failed"));
    pve.get("/version").await.data();
    assert_eq!(lab.count("GET", "/version"), 2);
}

#[tokio::test]
async fn rights_come_from_roles_on_paths_and_tokens_have_their_own() {
    let lab = Proxmox::builder().penalty(SOON).start().await.unwrap();
    let pve = Pve::of(&lab);
    for (path, form) in [
        ("/access/users", vec![("userid", "ci@pve"), ("password", "kvaen-og-mus-7")]),
        ("/access/groups", vec![("groupid", "runners")]),
        ("/access/roles", vec![("roleid", "Watcher"), ("privs", "VM.Audit,Pool.Audit")]),
        ("/pools", vec![("poolid", "ci")]),
    ] {
        pve.post(path, &form).await.data();
    }
    let made = pve.post("/access/users/ci@pve/token/t1", &[("privsep", "1")]).await.data();
    let token = pve.with_token(&format!("ci@pve!t1={}", made["value"].as_str().unwrap()));
    assert_eq!(pve.get("/access/users/ci@pve/token/t1").await.data(), json!({ "expire": 0, "privsep": 1 }));
    assert_eq!(token.get("/pools").await.data(), json!([]));
    let right = [("path", "/pool/ci"), ("roles", "Watcher"), ("users", "ci@pve")];
    pve.put("/access/acl", &right).await.data();
    assert_eq!(token.get("/pools").await.data(), json!([]), "the token has no right of its own");
    pve.put("/access/acl", &[("path", "/pool/ci"), ("roles", "Watcher"), ("tokens", "ci@pve!t1")]).await.data();
    assert_eq!(token.get("/pools").await.data(), json!([{ "poolid": "ci" }]));
    assert_eq!(token.delete("/pools/ci").await.reason, "Permission check failed (/pool/ci, Pool.Allocate)");
    let expected = json!({ "/pool/ci": { "Pool.Audit": 1, "VM.Audit": 1 } });
    assert_eq!(token.get("/access/permissions").await.data(), expected);
    pve.put("/access/acl", &[("path", "/pool/ci"), ("roles", "Watcher"), ("users", "ci@pve"), ("delete", "1")])
        .await
        .data();
    assert_eq!(token.get("/pools").await.data(), json!([]), "a token has no more rights than its user");
    pve.put("/access/users/ci@pve/token/t1", &[("expire", "1795216766")]).await.data();
    assert_eq!(token.get("/version").await.status, 401, "its time is over");
    pve.put("/access/users/ci@pve/token/t1", &[("expire", "0")]).await.data();
    token.get("/version").await.data();
    pve.delete("/access/users/ci@pve/token/t1").await.data();
    assert_eq!(token.get("/pools").await.status, 401);
}

#[tokio::test]
async fn rights_users_groups_and_roles_refuse_what_is_not_there() {
    let lab = Proxmox::start().await;
    let pve = Pve::of(&lab);
    pve.post("/access/roles", &[("roleid", "Watcher"), ("privs", "VM.Audit")]).await.data();
    for (method, path, form, reason) in [
        (
            "PUT",
            "/access/acl",
            vec![("path", "/pool/a"), ("roles", "None"), ("users", "root@pam")],
            "role 'None' does not exist",
        ),
        (
            "PUT",
            "/access/acl",
            vec![("path", "/pool/a"), ("roles", "Watcher"), ("users", "a@pve")],
            "user 'a@pve' does not exist",
        ),
        ("POST", "/access/roles", vec![("roleid", "Watcher")], "create role failed: role 'Watcher' already exists"),
        (
            "PUT",
            "/access/roles/Administrator",
            vec![("privs", "")],
            "update role failed: auto-generated role 'Administrator' cannot be modified",
        ),
        ("DELETE", "/access/roles/None", vec![], "delete role failed: role 'None' does not exist"),
        (
            "POST",
            "/access/users",
            vec![("userid", "a@pam"), ("password", "12345678")],
            "create user failed: can't set password on auth type 'pam'",
        ),
        ("POST", "/access/users", vec![("userid", "a@ldap")], "create user failed: domain 'ldap' does not exist"),
        ("POST", "/access/users", vec![("userid", "a@pve"), ("groups", "none")], "no such group 'none'"),
        ("DELETE", "/access/groups/none", vec![], "delete group failed: group 'none' does not exist"),
        ("PUT", "/pools/none", vec![("comment", "a")], "update pools failed: pool 'none' does not exist"),
    ] {
        let refused = pve.send(method, path, &form).await;
        assert_eq!((refused.status, refused.reason.as_str()), (500, reason));
    }
    let nobody = pve.put("/access/acl", &[("path", "/pool/a"), ("roles", "Watcher")]).await;
    assert_eq!(nobody.body["errors"].as_object().unwrap().len(), 3);
    let nowhere = pve.put("/access/acl", &[("path", "/nope/a"), ("roles", "Watcher"), ("users", "root@pam")]).await;
    assert_eq!(nowhere.body["errors"], json!({ "path": "invalid ACL path '/nope/a'" }));
}

#[tokio::test]
async fn a_user_changes_and_loses_what_is_cleared() {
    let lab = Proxmox::start().await;
    let pve = Pve::of(&lab);
    pve.post("/access/groups", &[("groupid", "g"), ("comment", "c")]).await.data();
    pve.post("/access/users", &[("userid", "a@pve"), ("comment", "x"), ("groups", "g")]).await.data();
    let shown = pve.get("/access/groups/g").await.data();
    assert_eq!(shown, json!({ "comment": "c", "members": ["a@pve"] }));
    pve.put("/access/users/a@pve", &[("comment", ""), ("groups", ""), ("enable", "0"), ("expire", "5")]).await.data();
    let shown = pve.get("/access/users/a@pve").await.data();
    assert_eq!(shown, json!({ "enable": 0, "expire": 5, "groups": [], "tokens": null }));
    pve.post("/access/users/a@pve/token/t1", &[]).await.data();
    let again = pve.post("/access/users/a@pve/token/t1", &[]).await;
    assert_eq!(again.body["errors"], json!({ "tokenid": "Token already exists." }));
    pve.put("/access/roles/none", &[("privs", "")]).await;
    assert_eq!(pve.get("/access/users/a@pve/token/none").await.reason, "no such token 'none' for user 'a@pve'");
}
