//! How often Vault and OpenBao are asked: what a list holds is read with the list.

use std::fmt::Write;
use std::ops::Deref;

use lab::http::running::Running;
use lab::{OpenBao, Vault};

use crate::estate::{Servers, document, fine, host, understood};

/// That many policies and mounts.
fn estate(policies: usize, mounts: usize) -> String {
    let mut text = String::new();
    for index in 0..policies {
        writeln!(
            text,
            "resource \"substrate_vault_policy\" \"p{index}\" {{\n  name = \"policy-{index}\"\n  policy = \"path \
             \\\"kv/data/{index}\\\" {{ capabilities = [\\\"read\\\"] }}\"\n}}"
        )
        .expect("a text takes everything");
    }
    for index in 0..mounts {
        writeln!(
            text,
            "resource \"substrate_vault_mount\" \"m{index}\" {{\n  path = \"team/{index}\"\n  type = \"kv\"\n  options = \
             {{ version = \"1\" }}\n}}"
        )
        .expect("a text takes everything");
    }
    text
}

/// The calls of a refresh of 1,000 policies and 100 mounts, after they were made.
async fn calls_of_refresh<S: Servers + Deref<Target = Running>>(server: &S) -> usize {
    let text = estate(1_000, 100);
    let mut host = host(server).await;
    fine(host.apply(&document(&text)).await);
    server.clear_log();
    fine(host.refresh().await);
    assert_eq!(host.addresses().len(), 1_100);
    let calls = server.requests().len();
    understood(server);
    calls
}

/// Vault 1.21 tells the text of one policy at a time.
#[tokio::test]
async fn a_thousand_policies_and_a_hundred_mounts_are_little_more_than_a_call_for_each_policy() {
    let vault = Vault::start().await;
    let calls = calls_of_refresh(&vault).await;
    assert!(calls <= 1_005, "{calls} calls");
    assert_eq!(vault.count("GET", "/sys/policies/acl/*"), 1_000);
    assert_eq!((vault.count("GET", "/sys/policies/detailed/acl"), vault.count("GET", "/sys/mounts")), (1, 1));
}

/// OpenBao has a list with the texts.
#[tokio::test]
async fn a_thousand_policies_and_a_hundred_mounts_are_two_lists_on_openbao() {
    let bao = OpenBao::start().await;
    let calls = calls_of_refresh(&bao).await;
    assert!(calls <= 5, "{calls} calls");
    assert_eq!((bao.count("GET", "/sys/policies/detailed/acl"), bao.count("GET", "/sys/mounts")), (1, 1));
}

#[tokio::test]
async fn a_plan_in_which_nothing_changes_reads_the_mounts_once() {
    let vault = Vault::start().await;
    let mut host = host(&vault).await;
    let text = document(&estate(0, 100));
    fine(host.apply(&text).await);
    vault.clear_log();
    host.plan(&text).await.expect("no rule is broken").empty().expect("nothing is left to do");
    let asked: Vec<String> = vault.requests().iter().map(ToString::to_string).collect();
    assert_eq!(asked, ["GET /sys/mounts → 200"]);
    understood(&vault);
}

/// What is not there is found out with the list too, and what was written since is not taken from it.
#[tokio::test]
async fn a_list_says_what_is_gone_and_not_what_was_written_since() {
    let bao = OpenBao::start().await;
    let mut host = host(&bao).await;
    let text = document(&estate(3, 3));
    fine(host.apply(&text).await);
    for path in ["/sys/policies/acl/policy-1", "/sys/mounts/team/1"] {
        assert_eq!(bao.call("DELETE", path, &serde_json::Value::Null).0, 204);
    }
    bao.clear_log();
    fine(host.refresh().await);
    assert_eq!((host.addresses().len(), bao.requests().len()), (4, 2));
    fine(host.apply(&text).await);
    host.plan(&text).await.expect("no rule is broken").empty().expect("nothing is left to do");
    understood(&bao);
}
