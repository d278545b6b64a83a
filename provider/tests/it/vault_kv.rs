//! Secrets of KV engines, against the real Vault; each test is named for what it shows.

use std::time::Duration;

use lab::{Fault, Vault};
use serde_json::{Value as Json, json};
use tfplugin::harness::{Action, Host, Report};
use tfplugin::operation::sleep;
use tfplugin::value::Value;

use crate::estate::{document, failure, fine, host, vault_config};

const SECRET: &str = "substrate_vault_kv_secret_v2.db";
const OURS: &str = "ours-and-nobody-elses";
const THEIRS: &str = "theirs-and-not-for-us";

/// A Vault with an engine at `team/kv`, and a host that may do everything there.
async fn start() -> (Vault, Host) {
    let vault = Vault::start().await;
    vault.act("POST", "/sys/mounts/team/kv", &json!({ "type": "kv", "options": { "version": "2" } }));
    let host = host(&vault).await;
    (vault, host)
}

/// A secret with these arguments beside its place.
fn secret(arguments: &str) -> String {
    format!(
        "resource \"substrate_vault_kv_secret_v2\" \"db\" {{\n  mount = \"team/kv\"\n  name = \"app/db\"\n{arguments}}}\n"
    )
}

/// A secret whose data is ours, with more arguments.
fn managed(version: u64, more: &str) -> String {
    let data = format!("  data_json_wo = jsonencode({{ password = \"{OURS}\" }})\n");
    secret(&format!("{data}  data_json_wo_version = {version}\n{more}"))
}

const EXPIRING: &str = "  custom_metadata = {\n    delete_version_after = 1\n    data = { team = \"platform\" }\n  }\n";

/// Applies, plans nothing after it, and says what was done to the secret.
async fn apply(host: &mut Host, text: &str) -> Option<Action> {
    let report = fine(host.apply(&document(text)).await);
    assert!(report.messages.is_empty(), "{}", report.text());
    host.plan(&document(text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert!(!format!("{:?}", host.instance(SECRET).map(|secret| &secret.state)).contains(OURS), "it is in the state");
    report.actions.get(SECRET).copied()
}

/// What is planned for the secret; neither value is shown.
async fn planned(host: &mut Host, text: &str) -> Option<Action> {
    let report = fine(host.plan(&document(text)).await);
    assert!(!report.text().contains(OURS) && !report.text().contains(THEIRS), "{}", report.text());
    report.actions.get(SECRET).copied()
}

/// Whether a value is in what a refresh leaves, which every plan shows.
async fn is_shown(host: &mut Host, value: &str) -> bool {
    let report = fine(host.refresh().await);
    let instance = host.instance(SECRET).expect("it is in the state");
    assert_eq!(instance.text("name"), "app/db");
    report.text().contains(value) || format!("{:?}", instance.state).contains(value)
}

/// Somebody else writes the secret.
fn intrude(vault: &Vault) {
    vault.act("POST", "/team/kv/data/app/db", &json!({ "data": { "password": THEIRS } }));
}

/// The metadata as Vault has it; null where there is none.
fn metadata(vault: &Vault) -> Json {
    vault.call("GET", "/team/kv/metadata/app/db", &Json::Null).1["data"].clone()
}

fn password(vault: &Vault) -> Json {
    vault.act("GET", "/team/kv/data/app/db", &Json::Null)["data"]["data"]["password"].clone()
}

fn number(host: &Host) -> String {
    host.instance(SECRET).expect("it is in the state").text("version")
}

#[tokio::test]
async fn what_somebody_else_wrote_is_planned_and_written_again_and_never_shown() {
    let (vault, mut host) = start().await;
    assert_eq!(apply(&mut host, &managed(1, "")).await, Some(Action::Create));
    intrude(&vault);
    assert_eq!(planned(&mut host, &managed(1, "")).await, Some(Action::Update));
    for value in [OURS, THEIRS] {
        assert!(!is_shown(&mut host, value).await, "{value}");
    }
    assert!(is_shown(&mut host, "team/kv").await, "the search finds what is there");
    assert_eq!(apply(&mut host, &managed(1, "")).await, Some(Action::Update));
    assert_eq!((password(&vault), number(&host)), (OURS.into(), "3".to_owned()));
    assert_eq!(vault.count("GET", "/team/kv/data/**"), 0, "the data was never read");
    assert_eq!(vault.violations(), [""; 0]);
}

#[tokio::test]
async fn the_same_version_number_written_anew_is_somebody_elses() {
    let (vault, mut host) = start().await;
    apply(&mut host, &managed(1, "")).await;
    vault.act("DELETE", "/team/kv/metadata/app/db", &Json::Null);
    intrude(&vault);
    assert_eq!(metadata(&vault)["current_version"], 1);
    assert_eq!(planned(&mut host, &managed(1, "")).await, Some(Action::Update));
    apply(&mut host, &managed(1, "")).await;
    assert_eq!((password(&vault), number(&host)), (OURS.into(), "2".to_owned()));
}

#[tokio::test]
async fn data_that_is_deleted_destroyed_or_expired_is_written_again() {
    let (vault, mut host) = start().await;
    let kept = managed(1, "  custom_metadata = { data = { team = \"platform\" } }\n");
    apply(&mut host, &kept).await;
    vault.act("DELETE", "/team/kv/data/app/db", &Json::Null);
    assert_eq!(planned(&mut host, &kept).await, Some(Action::Update));
    assert_eq!(apply(&mut host, &kept).await, Some(Action::Update));
    assert_eq!((password(&vault), number(&host)), (OURS.into(), "2".to_owned()));
    vault.act("PUT", "/team/kv/destroy/app/db", &json!({ "versions": [2] }));
    assert_eq!(apply(&mut host, &kept).await, Some(Action::Update));
    assert_eq!(number(&host), "3");
    assert_eq!(metadata(&vault)["custom_metadata"]["team"], "platform");
}

#[tokio::test]
async fn the_first_version_expires_as_the_metadata_says() {
    let (vault, mut host) = start().await;
    fine(host.apply(&document(&managed(1, EXPIRING))).await);
    assert_ne!(metadata(&vault)["versions"]["1"]["deletion_time"], "");
    sleep(Duration::from_millis(1_100)).await.expect("nobody interrupts");
    assert_eq!(planned(&mut host, &managed(1, EXPIRING)).await, Some(Action::Update));
    let only_metadata = secret(EXPIRING);
    fine(host.apply(&document(&only_metadata)).await);
    assert_eq!(planned(&mut host, &only_metadata).await, None, "who manages no data misses none");
}

#[tokio::test]
async fn a_change_of_metadata_leaves_the_versions_alone() {
    let (vault, mut host) = start().await;
    apply(&mut host, &managed(1, "")).await;
    let versions = metadata(&vault)["versions"].clone();
    vault.clear_log();
    let described =
        managed(1, "  custom_metadata = {\n    max_versions = 3\n    data = { team = \"platform\" }\n  }\n");
    assert_eq!(apply(&mut host, &described).await, Some(Action::Update));
    assert_eq!(metadata(&vault)["custom_metadata"], json!({ "team": "platform" }));
    vault.act("POST", "/team/kv/metadata/app/db", &json!({ "max_versions": 9, "custom_metadata": { "a": "b" } }));
    assert_eq!(apply(&mut host, &described).await, Some(Action::Update), "metadata drifts as any attribute does");
    assert_eq!(apply(&mut host, &managed(1, "")).await, Some(Action::Update));
    let cleared = metadata(&vault);
    assert_eq!((&cleared["max_versions"], &cleared["custom_metadata"]), (&json!(0), &Json::Null));
    assert_eq!(cleared["versions"], versions);
    assert_eq!(vault.count("POST", "/team/kv/data/**"), 0);
    assert_eq!(vault.violations(), [""; 0]);
}

#[tokio::test]
async fn a_secret_is_imported_without_its_data_and_with_it() {
    let (vault, mut host) = start().await;
    intrude(&vault);
    let id = "team/kv/data/app/db";
    fine(host.import(SECRET, id).await);
    assert_eq!(planned(&mut host, &secret("")).await, None, "whoever manages no data changes nothing");
    host.forget(SECRET);
    fine(host.import(SECRET, id).await);
    assert_eq!(apply(&mut host, &managed(1, "")).await, Some(Action::Update));
    assert_eq!((password(&vault), number(&host)), (OURS.into(), "2".to_owned()));
}

#[tokio::test]
async fn a_secret_can_be_metadata_alone() {
    let (vault, mut host) = start().await;
    for only_metadata in [secret("  custom_metadata = { max_versions = 2 }\n"), secret("")] {
        assert_eq!(apply(&mut host, &only_metadata).await, Some(Action::Create));
        assert_eq!(number(&host), "0");
        intrude(&vault);
        assert_eq!(planned(&mut host, &only_metadata).await, None, "its data is somebody else's");
        vault.act("DELETE", "/team/kv/metadata/app/db", &Json::Null);
        assert_eq!(apply(&mut host, &only_metadata).await, Some(Action::Create));
        fine(host.destroy().await);
        assert_eq!(metadata(&vault), Json::Null, "there was nothing to lose");
    }
}

#[tokio::test]
async fn destroying_keeps_the_versions_unless_all_are_to_go() {
    let (vault, mut host) = start().await;
    apply(&mut host, &managed(1, "")).await;
    fine(host.destroy().await);
    assert_ne!(metadata(&vault)["versions"]["1"]["deletion_time"], "");
    assert_eq!(apply(&mut host, &managed(1, "")).await, Some(Action::Create), "what is deleted is no obstacle");
    assert_eq!(number(&host), "2", "it goes on counting");
    apply(&mut host, &managed(1, "  delete_all_versions = true\n")).await;
    fine(host.destroy().await);
    assert_eq!(metadata(&vault), Json::Null);
}

#[tokio::test]
async fn a_secret_that_is_there_is_not_created() {
    let (vault, mut host) = start().await;
    intrude(&vault);
    let text = failure(host.apply(&document(&managed(1, EXPIRING))).await);
    assert!(text.contains("Import it with the id `team/kv/data/app/db`"), "{text}");
    assert_eq!((password(&vault), metadata(&vault)["custom_metadata"].clone()), (THEIRS.into(), Json::Null));
}

#[tokio::test]
async fn a_write_that_expects_another_version_says_which_one_is_there() {
    let (vault, mut host) = start().await;
    apply(&mut host, &managed(1, "")).await;
    intrude(&vault);
    let text = failure(host.apply(&document(&managed(2, "  cas = 1\n"))).await);
    let time = metadata(&vault)["versions"]["2"]["created_time"].as_str().expect("it has a time").to_owned();
    let expected = format!("`team/kv/app/db` is at version 2, written {time}, and version 1 was expected");
    assert!(text.contains(&expected), "{text}");
    assert_eq!(password(&vault), THEIRS);
    assert_eq!(apply(&mut host, &managed(2, "  cas = 2\n")).await, Some(Action::Update));
    let text = failure(host.apply(&document(&managed(3, "  cas = 2\n"))).await);
    assert!(text.contains("is at version 3") && !text.contains(OURS), "{text}");
}

#[tokio::test]
async fn a_write_between_refresh_and_apply_is_not_written_over() {
    let (vault, mut host) = start().await;
    apply(&mut host, &managed(1, "")).await;
    // The refresh is held back until somebody else has written, and then answers what was there before.
    let (_, stale) = vault.call("GET", "/team/kv/metadata/app/db", &Json::Null);
    intrude(&vault);
    let old = Fault::on("GET", "/team/kv/metadata/app/db").status(200, &stale.to_string());
    vault.fault(old);
    let text = failure(host.apply(&document(&managed(2, ""))).await);
    assert!(text.contains("is at version 2, written") && text.contains("plan again"), "{text}");
    assert_eq!(password(&vault), THEIRS);
}

#[tokio::test]
async fn a_token_that_may_not_read_creates_changes_and_destroys() {
    let (vault, mut host) = start().await;
    let may_write = "path \"team/kv/data/*\" { capabilities = [\"create\", \"update\", \"delete\"] }\n\
                     path \"team/kv/metadata/*\" { capabilities = [\"create\", \"update\"] }";
    vault.act("PUT", "/sys/policies/acl/writer", &json!({ "policy": may_write }));
    let block = vault_config(&vault.url, &vault.token(&["writer"], "1h"));
    host.reconfigure(block).await.expect("it is a valid configuration");
    let blind = |version, more: &str| managed(version, &format!("  disable_read = true\n{more}"));
    assert_eq!(apply(&mut host, &blind(1, EXPIRING)).await, Some(Action::Create));
    assert_eq!(metadata(&vault)["custom_metadata"]["team"], "platform");
    for version in [2, 3] {
        assert_eq!(apply(&mut host, &blind(version, EXPIRING)).await, Some(Action::Update));
        assert_eq!(number(&host), version.to_string());
    }
    intrude(&vault);
    assert_eq!(planned(&mut host, &blind(3, EXPIRING)).await, None);
    let text = failure(host.apply(&document(&blind(4, EXPIRING))).await);
    assert!(text.contains("is not at version 3, as was expected") && text.contains("set `cas` to it"), "{text}");
    assert_eq!(password(&vault), THEIRS);
    assert_eq!(apply(&mut host, &blind(4, &format!("{EXPIRING}  cas = 4\n"))).await, Some(Action::Update));
    assert_eq!(vault.count("GET", "/team/kv/**"), 0);
    fine(host.destroy().await);
    intrude(&vault);
    let text = failure(host.apply(&document(&blind(1, ""))).await);
    assert!(text.contains("Import it with the id `team/kv/data/app/db`"), "{text}");
    let text = failure(host.apply(&document(&managed(1, ""))).await);
    assert!(text.contains("permission denied") && text.contains("team/kv/metadata/app/db"), "{text}");
}

/// The state of a peer tells no version, and nobody reads it.
#[tokio::test]
async fn a_moved_secret_that_is_not_read_is_written_over_no_version_but_a_named_one() {
    let (vault, mut host) = start().await;
    intrude(&vault);
    intrude(&vault);
    let state = json!({
        "id": "team/kv/data/app/db", "mount": "team/kv", "name": "app/db", "path": "team/kv/data/app/db",
        "delete_all_versions": false, "disable_read": true, "custom_metadata": [],
    });
    fine(host.move_from(SECRET, "vault_kv_secret_v2", 0, &state.to_string()).await);
    let text = failure(host.apply(&document(&managed(1, "  disable_read = true\n"))).await);
    assert!(text.contains("is not at version 0, as was expected") && text.contains("set `cas` to it"), "{text}");
    assert_eq!(password(&vault), THEIRS);
    assert_eq!(apply(&mut host, &managed(1, "  disable_read = true\n  cas = 2\n")).await, Some(Action::Update));
    assert_eq!((password(&vault), number(&host)), (OURS.into(), "3".to_owned()));
    assert_eq!(vault.count("GET", "/team/kv/**"), 0);
}

#[tokio::test]
async fn a_create_that_cannot_write_the_data_leaves_nothing() {
    let (vault, mut host) = start().await;
    vault.fault(Fault::on("POST", "/team/kv/data/app/db").status(403, "{\"errors\":[\"permission denied\"]}"));
    let text = failure(host.apply(&document(&managed(1, EXPIRING))).await);
    assert!(text.contains("permission denied") && !text.contains(OURS), "{text}");
    assert_eq!(metadata(&vault), Json::Null);
    vault.fault(Fault::on("POST", "/team/kv/data/app/db").reset_after());
    let text = failure(host.apply(&document(&managed(1, EXPIRING))).await);
    assert!(text.contains("was found and is in the state, tainted") && !text.contains(OURS), "{text}");
}

#[tokio::test]
async fn an_engine_that_keeps_no_versions_is_refused_before_anything_is_written() {
    let (vault, mut host) = start().await;
    vault.act("POST", "/sys/mounts/old", &json!({ "type": "kv" }));
    vault.act("POST", "/sys/mounts/keys", &json!({ "type": "transit" }));
    vault.clear_log();
    for (mount, expected) in [
        ("old", "`old` is a KV engine of version 1"),
        ("keys", "`keys` is a `transit` engine"),
        ("team/kv/app", "`team/kv/app` is below the mount `team/kv`"),
        ("nowhere", "No engine is mounted there"),
    ] {
        let text = failure(host.apply(&document(&managed(1, "").replace("team/kv", mount))).await);
        assert!(text.contains(expected), "{text}");
    }
    assert_eq!(vault.count("POST", "/old/**") + vault.count("POST", "/keys/**") + vault.count("POST", "/team/**"), 0);
}

#[tokio::test]
async fn wrong_input_is_refused_at_the_plan_without_the_secret() {
    let (_vault, mut host) = start().await;
    for (wrong, attribute) in [
        (secret(&format!("  data_json_wo = \"{OURS}\"\n  data_json_wo_version = 1\n")), "data_json_wo"),
        (secret(&format!("  data_json_wo = \"[\\\"{OURS}\\\"]\"\n  data_json_wo_version = 1\n")), "data_json_wo"),
        (managed(1, "").replace("app/db", "app//db"), "name"),
        (managed(1, "").replace("team/kv", "/team/kv"), "mount"),
        (managed(1, "  custom_metadata = { max_versions = 4294967296 }\n"), "custom_metadata.max_versions"),
        (secret("  disable_read = true\n"), "disable_read"),
    ] {
        let report = host.validate(&document(&wrong)).await.expect("it breaks no rule");
        assert_eq!(report.messages.iter().map(|message| message.attribute.as_str()).collect::<Vec<_>>(), [attribute]);
        assert!(!report.text().contains(OURS), "{}", report.text());
    }
}

#[tokio::test]
async fn the_names_in_a_secret_are_shown_without_values() {
    let (vault, mut host) = start().await;
    let data = json!({ "user": "app", "deep": { "password": THEIRS }, "list": [THEIRS] });
    vault.act("POST", "/team/kv/data/app/db", &json!({ "data": data }));
    let names = |more: &str| {
        format!(
            "data \"substrate_vault_kv_subkeys_v2\" \"db\" {{\n  mount = \"team/kv\"\n  name = \"app/db\"\n{more}}}\n"
        )
    };
    let address = "data.substrate_vault_kv_subkeys_v2.db";
    for (more, json) in [
        ("", "{\"deep\":{\"password\":null},\"list\":null,\"user\":null}"),
        ("  depth = 1\n  version = 1\n", "{\"deep\":null,\"list\":null,\"user\":null}"),
    ] {
        fine(host.apply(&document(&names(more))).await);
        let shown = host.instance(address).expect("it was read");
        assert_eq!((shown.text("data_json"), shown.text("version")), (json.to_owned(), "1".to_owned()));
        assert_eq!(shown.get("names").as_list().map(<[Value]>::len), Some(3));
        assert!(!format!("{:?}", shown.state).contains(THEIRS));
    }
    let text = failure(host.apply(&document(&names("  version = 2\n"))).await);
    assert!(text.contains("There is no data at `team/kv/app/db`"), "{text}");
    vault.act("DELETE", "/team/kv/data/app/db", &Json::Null);
    let text = failure(host.apply(&document(&names(""))).await);
    assert!(text.contains("Version 1 of `team/kv/app/db` was deleted 2"), "{text}");
}
