//! Proxmox VE's pools, roles, users, rights, storages, files and tokens.

use std::time::Duration;

use lab::{Estate, GitLab, Proxmox};
use serde_json::{Value as Json, json};
use tfplugin::harness::{Host, Report};

use crate::estate::{Servers, document, failure, fine, host, understood};

/// The life of a configuration: applied, without a second change, changed, imported, and destroyed.
pub async fn live(lab: &Proxmox, first: &str, second: &str, imports: &[(&str, &str)]) {
    let mut host = host(lab).await;
    for text in [first, second] {
        fine(host.apply(&document(text)).await);
        host.plan(&document(text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}\n{second}"));
    }
    for (address, id) in imports {
        host.forget(address);
        fine(host.import(address, id).await);
    }
    // What the cluster does not tell is said once more.
    if ["_wo_version", "force_destroy"].iter().any(|word| second.contains(word)) {
        fine(host.apply(&document(second)).await);
    }
    host.plan(&document(second)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}\n{second}"));
    fine(host.apply(&document(first)).await);
    host.plan(&document(first)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}\n{second}"));
    fine(host.destroy().await);
    understood(lab);
}

fn example(kind: &str, file: &str) -> String {
    crate::estate::read(&format!("examples/resources/substrate_proxmox_{kind}/{file}.tf"))
}

#[tokio::test]
async fn pools_roles_users_rights_and_storages_live() {
    for (kind, id) in [("pool", "ci"), ("role", "Watcher"), ("acl", "/pool/ci?ci@pve?Watcher"), ("storage", "images")] {
        let lab = Proxmox::start().await;
        let address = format!("substrate_proxmox_{kind}.example");
        let (first, second) = (example(kind, "resource"), example(kind, "resource_update"));
        live(&lab, &first, &second, &[(&address, id)]).await;
    }
}

/// A host that logs in with a password, since tokens may not set passwords.
async fn logged_in(lab: &Proxmox) -> Host {
    logged_in_as(lab, "root@pam", &lab.password).await
}

async fn logged_in_as(lab: &Proxmox, user: &str, password: &str) -> Host {
    let login = [("endpoint", lab.url.as_str().into()), ("username", user.into()), ("password", password.into())];
    Host::new(provider::provider(), crate::estate::backend("proxmox", login)).await.expect("the schema is valid")
}

#[tokio::test]
async fn a_user_gets_a_password_that_no_state_has() {
    let lab = Proxmox::start().await;
    let mut host = logged_in(&lab).await;
    let user = |password: &str, version: u32| {
        document(&format!(
            "resource \"substrate_proxmox_user\" \"u\" {{\n  user_id = \"ci@pve\"\n  password_wo = \"{password}\"\n  \
             password_wo_version = {version}\n}}\n"
        ))
    };
    let may_log_in =
        |password: &str| lab.call("POST", "/access/ticket", &[("username", "ci@pve"), ("password", password)]).is_ok();
    fine(host.apply(&user("first-secret", 1)).await);
    assert!(may_log_in("first-secret"));
    fine(host.apply(&user("second-secret", 2)).await);
    assert!(may_log_in("second-secret") && !may_log_in("first-secret"));
    let state = format!("{:?}", host.instance("substrate_proxmox_user.u").expect("it is there").state);
    assert!(!state.contains("secret\""), "{state}");
    understood(&lab);
}

/// A user who may change others has to say his own password with theirs; root has not.
#[tokio::test]
async fn whoever_is_not_root_confirms_a_password_with_his_own() {
    let lab = Proxmox::start().await;
    for (user, password) in [("admin@pve", "Adm1n-secret"), ("ci@pve", "old-secret")] {
        lab.act("POST", "/access/users", &[("userid", user), ("password", password)]);
    }
    lab.act("PUT", "/access/acl", &[("path", "/"), ("roles", "Administrator"), ("users", "admin@pve")]);
    let mut host = logged_in_as(&lab, "admin@pve", "Adm1n-secret").await;
    let user = "substrate_proxmox_user.u";
    fine(host.import(user, "ci@pve").await);
    let text = "resource \"substrate_proxmox_user\" \"u\" {\n  user_id = \"ci@pve\"\n  password_wo = \"new-secret\"\n  \
                password_wo_version = 1\n}\n";
    fine(host.apply(&document(text)).await);
    let sent = lab.requests().into_iter().find(|request| request.is("PUT", "/access/password")).expect("it is set");
    assert_eq!(sent.fields["confirmation-password"], "Adm1n-secret");
    assert!(lab.call("POST", "/access/ticket", &[("username", "ci@pve"), ("password", "new-secret")]).is_ok());
}

#[tokio::test]
async fn a_token_is_told_in_the_plan_that_it_changes_no_password() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let user = |version: u32| {
        document(&format!(
            "resource \"substrate_proxmox_user\" \"u\" {{\n  user_id = \"ci@pve\"\n  password_wo = \"some-secret\"\n  \
             password_wo_version = {version}\n}}\n"
        ))
    };
    fine(host.apply(&user(1)).await);
    assert!(lab.call("POST", "/access/ticket", &[("username", "ci@pve"), ("password", "some-secret")]).is_ok());
    lab.clear_log();
    let said = failure(host.plan(&user(2)).await);
    assert!(said.contains("cannot be changed with an API token") && said.contains("`proxmox.password`"), "{said}");
    assert!(said.contains("at password_wo_version"), "{said}");
    assert!(lab.requests().iter().all(|request| request.method == "GET"));
    let mut host = logged_in(&lab).await;
    fine(host.import("substrate_proxmox_user.u", "ci@pve").await);
    fine(host.apply(&user(2)).await);
    assert_eq!(lab.count("PUT", "/access/password"), 1);
}

#[tokio::test]
async fn a_ticket_does_what_a_token_does() {
    let lab = Proxmox::start().await;
    let mut host = logged_in(&lab).await;
    fine(host.apply(&document(&example("pool", "resource"))).await);
    fine(host.apply(&document(&example("pool", "resource_update"))).await);
    fine(host.destroy().await);
    let writes = lab
        .requests()
        .into_iter()
        .filter(|request| request.method != "GET" && request.segments != ["access", "ticket"]);
    assert!(writes.into_iter().all(|request| request.headers.contains_key("csrfpreventiontoken")));
    understood(&lab);
}

#[tokio::test]
async fn a_wrong_token_is_told_once() {
    let lab = Proxmox::builder().penalty(Duration::from_millis(10)).start().await.expect("a port is free");
    let config = crate::estate::proxmox_config(&lab.url, "root@pam!lab=wrong");
    let mut host = Host::new(provider::provider(), config).await.expect("the schema is valid");
    let said = failure(host.apply(&document(&example("pool", "resource"))).await);
    assert!(said.contains("401") && said.contains("PROXMOX_VE_API_TOKEN"), "{said}");
    assert_eq!(lab.requests().len(), 1, "{said}");
}

#[tokio::test]
async fn a_token_goes_to_its_place_and_a_successor_replaces_it() {
    let lab = Proxmox::builder().penalty(Duration::from_millis(10)).start().await.expect("a port is free");
    let gitlab = GitLab::start().await;
    let config = Servers::config(&lab).into_iter().chain(gitlab.config()).collect();
    let mut host = Host::new(provider::provider(), config).await.expect("the schema is valid");
    let over = example("token", "resource")
        .replace("deliver = {", "expiration_date = \"2020-01-31T00:00:00Z\"\n  deliver = {");
    let said = failure(host.plan(&document(&over)).await);
    assert!(said.contains("`2020-01-31T00:00:00Z` is over") && said.contains("at expiration_date"), "{said}");
    fine(host.apply(&document(&example("token", "resource"))).await);
    let address = "substrate_proxmox_token.example";
    let variable = "/projects/infra%2Fmachines/variables/PROXMOX_VE_API_TOKEN";
    let delivered = || crate::estate::look(&gitlab, variable)["value"].as_str().unwrap_or_default().to_owned();
    let (first, id) = (delivered(), host.instance(address).expect("it is there").text("id"));
    assert!(first.starts_with(&format!("{id}=")), "{id}: {first}");
    assert!(opens(&lab, &first).await);
    let secret = first.split('=').nth(1).expect("it has a secret");
    assert!(!format!("{:?}", host.instance(address).expect("it is there").state).contains(secret));
    host.plan(&document(&example("token", "resource"))).await.and_then(Report::empty).expect("nothing is left to do");

    fine(host.apply(&document(&example("token", "resource_update"))).await);
    let second = delivered();
    assert_ne!(first, second);
    assert!(opens(&lab, &second).await && !opens(&lab, &first).await);
    fine(host.destroy().await);
    assert!(!opens(&lab, &second).await);
    understood(&lab);
}

#[tokio::test]
async fn a_token_goes_to_vault_and_a_successor_replaces_it_there() {
    let token = |comment: &str| {
        format!(
            "resource \"substrate_proxmox_user\" \"ci\" {{\n  user_id = \"ci@pve\"\n}}\nresource \"substrate_proxmox_token\" \
             \"t\" {{\n  user_id = substrate_proxmox_user.ci.user_id\n  token_name = \"deploy\"\n  comment = \"{comment}\"\n  \
             deliver = {{ vault_kv = {{ mount = \"team/kv\", name = \"ci/proxmox\", key = \"token\" }} }}\n}}\n"
        )
    };
    let estate = Estate::of(&[&token("a")]).await;
    let (lab, vault) = (estate.proxmox(), estate.vault());
    vault.act("POST", "/sys/mounts/team/kv", &json!({ "type": "kv", "options": { "version": "2" } }));
    vault.act("POST", "/team/kv/data/ci/proxmox", &json!({ "data": { "user": "ci" } }));
    let mut host = host(&estate).await;
    let kept = || vault.act("GET", "/team/kv/data/ci/proxmox", &Json::Null)["data"]["data"].clone();
    let mut secrets = Vec::new();
    for comment in ["a", "b"] {
        fine(host.apply(&document(&token(comment))).await);
        let secret = kept()["token"].as_str().expect("a token is a text").to_owned();
        let instance = host.instance("substrate_proxmox_token.t").expect("it is there");
        assert!(secret.starts_with(&format!("{}=", instance.text("id"))) && kept()["user"] == "ci");
        let uuid = secret.split('=').nth(1).expect("it has a secret");
        assert!(!format!("{:?}", instance.state).contains(uuid), "it is in the state");
        assert!(opens(lab, &secret).await);
        host.plan(&document(&token(comment))).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
        secrets.push(secret);
    }
    assert!(!opens(lab, &secrets[0]).await && opens(lab, &secrets[1]).await);
    fine(host.destroy().await);
    assert!(!opens(lab, &secrets[1]).await);
    understood(&estate);
}

/// Whether a token is let in; it may not see anything.
async fn opens(lab: &Proxmox, token: &str) -> bool {
    let config = crate::estate::proxmox_config(&lab.url, token);
    let mut host = Host::new(provider::provider(), config).await.expect("the schema is valid");
    match host.import("substrate_proxmox_pool.any", "any").await {
        Ok(report) => !report.text().contains("401"),
        // It looked, and there is no such pool.
        Err(error) => error.message().contains("there is no such object"),
    }
}

#[tokio::test]
async fn a_file_is_downloaded_by_the_node_and_removed() {
    let lab = Proxmox::start().await;
    lab.offer("https://cdimage.example.com/debian.iso", Some(b"an image"));
    let (first, second) = (example("download", "resource"), example("download", "resource_update"));
    let mut host = host(&lab).await;
    fine(host.apply(&document(&first)).await);
    assert_eq!(lab.file("pve1", "local:iso/debian.iso").as_deref(), Some(&b"an image"[..]));
    assert_eq!(host.instance("substrate_proxmox_download.example").expect("it is there").text("size"), "8");
    host.plan(&document(&first)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    host.forget("substrate_proxmox_download.example");
    fine(host.import("substrate_proxmox_download.example", "pve1/local:iso/debian.iso").await);
    fine(host.apply(&document(&second)).await);
    fine(host.destroy().await);
    assert_eq!(lab.file("pve1", "local:iso/debian.iso"), None);
    understood(&lab);
}

/// Nothing is downloaded from nowhere; but a file that is there needs no origin.
#[tokio::test]
async fn a_download_needs_its_url_where_there_is_no_file_yet() {
    let lab = Proxmox::start().await;
    let mut host = host(&lab).await;
    let text = "resource \"substrate_proxmox_download\" \"d\" {\n  node_name = \"pve1\"\n  datastore_id = \"local\"\n  \
                content_type = \"iso\"\n  file_name = \"debian.iso\"\n}\n";
    let said = failure(host.plan(&document(text)).await);
    assert!(said.contains("cannot create") && said.contains("at url") && said.contains("`url` is not set"), "{said}");
    assert!(lab.requests().iter().all(|request| request.method == "GET"));
    lab.put_file("local:iso/debian.iso", b"x");
    fine(host.import("substrate_proxmox_download.d", "pve1/local:iso/debian.iso").await);
    host.plan(&document(text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn a_download_that_fails_says_why() {
    let lab = Proxmox::start().await;
    lab.offer("https://cdimage.example.com/debian.iso", None);
    let mut host = host(&lab).await;
    let said = failure(host.apply(&document(&example("download", "resource"))).await);
    assert!(said.contains("`download` of `debian.iso` on node `pve1` failed: download failed: 404"), "{said}");
    understood(&lab);
}
