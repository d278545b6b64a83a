//! Secrets that GitLab generates and the real Vault keeps: what the sink writes, and what it leaves alone.

use lab::{Estate, Fault};
use serde_json::{Value as Json, json};
use tfplugin::harness::{Action, Host};

use crate::estate::{act, document, failure, fine, host, look, understood};

const AT: &str = "substrate_gitlab_project_access_token.t";
const ISSUED: &str = "/projects/*/access_tokens";
const DATA: &str = "/team/kv/data/ci/token";

/// The token `ci` of `root/app`, in the secret `ci/token` of this mount.
fn token(mount: &str) -> String {
    format!(
        "resource \"substrate_gitlab_project_access_token\" \"t\" {{\n  project = \"root/app\"\n  name = \"ci\"\n  \
         scopes = [\"api\"]\n  rotation_configuration = {{ expiration_days = 30, rotate_before_days = 10 }}\n  \
         deliver = {{ vault_kv = {{ mount = \"{mount}\", name = \"ci/token\", key = \"token\" }} }}\n}}\n"
    )
}

/// A GitLab with a project, a Vault with an engine at `team/kv`, and a host that talks to both.
async fn start() -> (Estate, Host) {
    let estate = Estate::of(&[&token("team/kv")]).await;
    act(estate.gitlab(), "POST", "/projects", json!({ "name": "app" }));
    estate.vault().act("POST", "/sys/mounts/team/kv", &json!({ "type": "kv", "options": { "version": "2" } }));
    let host = host(&estate).await;
    (estate, host)
}

/// Applies without a word, and plans nothing after it.
async fn apply(host: &mut Host) -> Option<Action> {
    let text = token("team/kv");
    let report = fine(host.apply(&document(&text)).await);
    assert!(report.messages.is_empty(), "{}", report.text());
    let after = fine(host.plan(&document(&text)).await);
    after.empty().unwrap_or_else(|error| panic!("{error}"));
    report.actions.get(AT).copied()
}

/// The data of the secret as Vault has it.
fn data(estate: &Estate) -> Json {
    estate.vault().act("GET", DATA, &Json::Null)["data"]["data"].clone()
}

fn version(estate: &Estate) -> Json {
    estate.vault().act("GET", "/team/kv/metadata/ci/token", &Json::Null)["data"]["current_version"].clone()
}

async fn signs_in(estate: &Estate, token: &Json) -> bool {
    crate::estate::signs_in(estate.gitlab(), token.as_str().expect("a token is a text")).await
}

/// How many tokens of the project are alive.
fn active(estate: &Estate) -> usize {
    let tokens = look(estate.gitlab(), "/projects/root%2Fapp/access_tokens?state=active");
    tokens.as_array().map_or(0, Vec::len)
}

#[tokio::test]
async fn three_plans_and_an_apply_deliver_one_token_which_signs_in_until_the_destroy() {
    let (estate, mut host) = start().await;
    for _ in 0..3 {
        fine(host.plan(&document(&token("team/kv"))).await);
    }
    assert_eq!(estate.gitlab().count("POST", ISSUED), 0);
    assert_eq!(apply(&mut host).await, Some(Action::Create));
    assert_eq!((estate.gitlab().count("POST", ISSUED), active(&estate)), (1, 1));
    let secret = data(&estate)["token"].clone();
    assert!(signs_in(&estate, &secret).await);
    assert!(!format!("{:?}", host.instance(AT)).contains(secret.as_str().expect("a text")), "it is in the state");
    fine(host.destroy().await);
    assert_eq!((active(&estate), data(&estate)["token"].clone()), (0, secret.clone()));
    assert!(!signs_in(&estate, &secret).await);
    understood(&estate);
}

/// The secret is somebody's already, and all of its writes may have to name the version they go over.
#[tokio::test]
async fn other_keys_of_the_secret_stay_with_and_without_check_and_set() {
    for cas_required in [false, true] {
        let (estate, mut host) = start().await;
        let vault = estate.vault();
        vault.act("POST", DATA, &json!({ "data": { "user": "ci", "token": "old" } }));
        vault.act("POST", "/team/kv/metadata/ci/token", &json!({ "cas_required": cas_required }));
        assert_eq!(apply(&mut host).await, Some(Action::Create));
        let first = data(&estate);
        assert_eq!((&first["user"], version(&estate)), (&json!("ci"), json!(2)));
        assert!(signs_in(&estate, &first["token"]).await);

        estate.gitlab().age_access_tokens(25);
        assert_eq!(apply(&mut host).await, Some(Action::Update));
        let second = data(&estate);
        assert_eq!((&second["user"], version(&estate), active(&estate)), (&json!("ci"), json!(3), 1));
        assert!(signs_in(&estate, &second["token"]).await && !signs_in(&estate, &first["token"]).await);
        understood(&estate);
    }
}

/// What is left of a secret is no reason to fail: its versions go on.
#[tokio::test]
async fn an_engine_that_demands_check_and_set_takes_the_token_where_nothing_or_a_deleted_secret_is() {
    for deleted in [false, true] {
        let (estate, mut host) = start().await;
        let vault = estate.vault();
        vault.act("POST", "/team/kv/config", &json!({ "cas_required": true }));
        if deleted {
            vault.act("POST", DATA, &json!({ "options": { "cas": 0 }, "data": { "token": "old" } }));
            vault.act("DELETE", DATA, &Json::Null);
        }
        assert_eq!(apply(&mut host).await, Some(Action::Create));
        assert_eq!(version(&estate), 1 + u64::from(deleted));
        assert!(signs_in(&estate, &data(&estate)["token"]).await);
        understood(&estate);
    }
}

/// Terraform applies ten resources at once, and nobody's key is lost.
#[tokio::test]
async fn ten_tokens_of_one_apply_share_a_secret_with_and_without_check_and_set() {
    let one = |index| {
        let text =
            token("team/kv").replace("\"t\"", &format!("\"t{index}\"")).replace("\"ci\"", &format!("\"ci-{index}\""));
        text.replace("key = \"token\"", &format!("key = \"token-{index}\""))
    };
    let text: String = (0..10).map(one).collect();
    for cas_required in [false, true] {
        let (estate, mut host) = start().await;
        estate.vault().act("POST", "/team/kv/config", &json!({ "cas_required": cas_required }));
        for (action, versions) in [(Action::Create, 10), (Action::Update, 20)] {
            let report = fine(host.apply(&document(&text)).await);
            assert_eq!(report.actions.into_values().collect::<Vec<_>>(), [action; 10]);
            let kept = data(&estate);
            assert_eq!((active(&estate), version(&estate)), (10, json!(versions)), "{cas_required}");
            for index in 0..10 {
                assert!(signs_in(&estate, &kept[format!("token-{index}")]).await, "{index} of {kept}");
            }
            estate.gitlab().age_access_tokens(25);
        }
        assert_eq!(estate.gitlab().count("POST", ISSUED), 20, "none was issued in vain");
        understood(&estate);
    }
}

/// Somebody who always is quicker stops a delivery, and nothing lives on.
#[tokio::test]
async fn a_delivery_into_a_secret_that_never_rests_ends() {
    let (estate, mut host) = start().await;
    estate.vault().act("POST", DATA, &json!({ "data": { "user": "ci" } }));
    let refusal = r#"{"errors":["check-and-set parameter did not match the current version"]}"#;
    estate.vault().fault(Fault::on("PATCH", DATA).always().status(400, refusal));
    let text = failure(host.apply(&document(&token("team/kv"))).await);
    assert!(text.contains("others wrote `team/kv/ci/token` 100 times") && text.contains("Apply again"), "{text}");
    assert!(!text.contains("set `cas`") && text.contains("is revoked"), "{text}");
    assert_eq!((estate.vault().count("PATCH", DATA), active(&estate)), (100, 0));
}

/// A token that may write and not read the metadata cannot name the version, and is told so.
#[tokio::test]
async fn check_and_set_without_a_right_to_see_the_version_is_explained_and_nothing_stays_alive() {
    let (estate, _) = start().await;
    let vault = estate.vault();
    vault.act("POST", DATA, &json!({ "data": { "user": "ci" } }));
    vault.act("POST", "/team/kv/metadata/ci/token", &json!({ "cas_required": true }));
    let policy = "path \"team/kv/data/*\" { capabilities = [\"create\", \"update\", \"patch\"] }";
    vault.act("PUT", "/sys/policies/acl/writer", &json!({ "policy": policy }));
    let mut host = host_as(&estate, &vault.token(&["writer"], "1h")).await;
    let text = failure(host.apply(&document(&token("team/kv"))).await);
    assert!(text.contains("check-and-set") && text.contains("`read` on `team/kv/metadata/ci/token`"), "{text}");
    assert_eq!((active(&estate), host.addresses().len()), (0, 0), "{text}");
}

/// A host that uses this token of Vault.
async fn host_as(estate: &Estate, token: &str) -> Host {
    let mut config = crate::estate::Servers::config(estate);
    config.extend(crate::estate::vault_config(&estate.vault().url, token));
    Host::new(provider::provider(), config).await.expect("a valid schema")
}

/// GitLab shows the token once, so it is not asked for one that has no place.
#[tokio::test]
async fn what_cannot_take_a_token_is_refused_before_one_is_issued() {
    let (estate, mut host) = start().await;
    estate.vault().act("POST", "/sys/mounts/old", &json!({ "type": "kv" }));
    estate.vault().act("POST", "/sys/mounts/keys", &json!({ "type": "transit" }));
    for (mount, words) in [
        ("nowhere", "no engine is mounted at `nowhere`"),
        ("old", "`old` is a KV engine of version 1"),
        ("keys", "`keys` is a `transit` engine"),
        ("team/kv/ci", "`team/kv/ci` is below the mount `team/kv`"),
    ] {
        let text = failure(host.apply(&document(&token(mount))).await);
        assert!(text.contains(words) && text.contains("cannot be delivered to `vault_kv`"), "{text}");
    }
    estate.vault().act(
        "PUT",
        "/sys/policies/acl/other",
        &json!({ "policy": "path \"old/*\" { capabilities = [\"read\"] }" }),
    );
    let mut stranger = host_as(&estate, &estate.vault().token(&["other"], "1h")).await;
    let text = failure(stranger.apply(&document(&token("team/kv"))).await);
    assert!(text.contains("`create`, `update` and `patch` on `team/kv/data/ci/token`"), "{text}");
    let half = "path \"team/kv/data/*\" { capabilities = [\"create\", \"update\"] }";
    estate.vault().act("PUT", "/sys/policies/acl/half", &json!({ "policy": half }));
    let mut half = host_as(&estate, &estate.vault().token(&["half"], "1h")).await;
    let text = failure(half.apply(&document(&token("team/kv"))).await);
    assert!(
        text.contains("may not patch `team/kv/ci/token`") && text.contains("`patch` on `team/kv/data/ci/token`"),
        "{text}"
    );
    estate.vault().seal();
    let text = failure(host.apply(&document(&token("team/kv"))).await);
    assert!(text.contains("unseal it"), "{text}");
    assert_eq!(estate.gitlab().count("POST", ISSUED), 0);
    assert!(host.addresses().is_empty() && stranger.addresses().is_empty());
}

/// One of the two would be lost, and each rotation would change which.
#[tokio::test]
async fn a_key_takes_the_token_of_one_resource() {
    let (estate, mut host) = start().await;
    let one = token("team/kv");
    let two = one.replace("\"t\"", "\"u\"").replace("\"ci\"", "\"other\"");
    let text = failure(host.apply(&document(&format!("{one}{two}"))).await);
    let place = "delivers its secret to the same place: `vault_kv`, key `token` of `team/kv/ci/token`";
    assert!(text.contains(place) && text.contains("deliver"), "{text}");
    assert_eq!((host.addresses().len(), estate.gitlab().count("POST", ISSUED), active(&estate)), (1, 1, 1));
    understood(&estate);
}

/// A mount that was not there when another resource asked is there once it is made, also within one run.
#[tokio::test]
async fn a_mount_that_is_made_meanwhile_takes_the_token() {
    let (estate, mut host) = start().await;
    let text = failure(host.apply(&document(&token("late"))).await);
    assert!(text.contains("no engine is mounted at `late`"), "{text}");
    estate.vault().act("POST", "/sys/mounts/late", &json!({ "type": "kv", "options": { "version": "2" } }));
    fine(host.apply(&document(&token("late"))).await);
    assert_eq!(active(&estate), 1);
}

/// What Vault refuses, or loses the answer to, leaves nothing that is alive.
#[tokio::test]
async fn a_delivery_that_fails_leaves_no_live_token_and_no_state() {
    let write = || Fault::on("PATCH", "/team/kv/data/**").always();
    for (fault, words) in [
        (write().status(403, r#"{"errors":["permission denied"]}"#), ["permission denied", "`patch`", "deliver"]),
        (write().status(503, r#"{"errors":["Vault is sealed"]}"#), ["sealed", "PATCH", "deliver"]),
        (write().reset_after(), ["PATCH", "team/kv/data/ci/token", "deliver"]),
        (Fault::on("POST", "/team/kv/data/**").always().echo(400), ["POST", "(redacted)", "deliver"]),
    ] {
        let (estate, mut host) = start().await;
        estate.vault().fault(fault);
        let text = failure(host.apply(&document(&token("team/kv"))).await);
        assert!(words.iter().all(|word| text.contains(word)) && text.contains("revoked"), "{words:?} in:\n{text}");
        assert!(!text.contains("glpat-0"), "{text}");
        assert_eq!((estate.gitlab().count("POST", ISSUED), active(&estate)), (1, 0), "{text}");
        assert!(host.addresses().is_empty(), "{text}");
        estate.vault().clear_faults();
        assert_eq!(apply(&mut host).await, Some(Action::Create));
        assert!(signs_in(&estate, &data(&estate)["token"]).await);
    }
}
