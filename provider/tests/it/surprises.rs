//! What users are surprised by elsewhere, and must not be here; each test is named for what it shows.

use lab::{Fault, GitLab};
use serde_json::{Value as Json, json};
use tfplugin::harness::{Action, Host, Report};
use tfplugin::value::{Object, Value};

use crate::estate::{act, config, document, fine, host, look, understood};

/// Applies, plans nothing after it, and says what was done to the address.
async fn apply(host: &mut Host, text: &str, address: &str) -> Option<Action> {
    let report = fine(host.apply(&document(text)).await);
    assert!(report.messages.is_empty(), "{}\n{text}\n{:?}", report.text(), host.instance(address));
    host.plan(&document(text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}\n{text}"));
    report.actions.get(address).copied()
}

const GROUPS: &str = r#"
resource "substrate_gitlab_group" "a" {
  name = "A"
  path = "a"
}
resource "substrate_gitlab_group" "b" {
  name = "B"
  path = "b"
}
"#;

/// Replacing a group would delete every project in it.
#[tokio::test]
async fn a_group_moves_when_its_parent_changes() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let child = |parent: &str| {
        format!("{GROUPS}resource \"substrate_gitlab_group\" \"c\" {{\n  name = \"C\"\n  path = \"c\"\n{parent}}}\n")
    };
    let below = |name: &str| child(&format!("  parent_id = substrate_gitlab_group.{name}.id\n"));
    let address = "substrate_gitlab_group.c";
    assert_eq!(apply(&mut host, &below("a"), address).await, Some(Action::Create));
    let id = host.instance(address).expect("it was made").text("id");
    for (text, path) in [(below("b"), "b/c"), (child(""), "c"), (below("a"), "a/c")] {
        assert_eq!(apply(&mut host, &text, address).await, Some(Action::Update));
        let group = host.instance(address).expect("it moved");
        assert_eq!((group.text("id"), group.text("full_path")), (id.clone(), path.to_owned()));
    }
    assert_eq!(lab.count("DELETE", "/groups/**"), 0);
    understood(&lab);
}

/// Replacing a project would delete its repository.
#[tokio::test]
async fn a_project_is_transferred_and_renamed_and_stays_the_same() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let project = |group: &str, name: &str| {
        format!(
            "{GROUPS}resource \"substrate_gitlab_project\" \"p\" {{\n  name = \"{name}\"\n  path = \"{name}\"\n  \
             namespace_id = substrate_gitlab_group.{group}.id\n}}\n"
        )
    };
    let address = "substrate_gitlab_project.p";
    apply(&mut host, &project("a", "one"), address).await;
    let id = host.instance(address).expect("it was made").text("id");
    assert_eq!(apply(&mut host, &project("b", "two"), address).await, Some(Action::Update));
    let project = host.instance(address).expect("it moved");
    assert_eq!((project.text("id"), project.text("path_with_namespace")), (id, "b/two".to_owned()));
    assert_eq!(lab.count("DELETE", "/projects/**"), 0);
    understood(&lab);
}

/// Archiving is a call of its own, before or after which the other settings are sent.
#[tokio::test]
async fn a_project_is_archived_and_comes_back() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let project = |archived: bool, text: &str| {
        format!(
            "resource \"substrate_gitlab_project\" \"p\" {{\n  name = \"one\"\n  description = \"{text}\"\n  \
             archived = {archived}\n}}\n"
        )
    };
    let address = "substrate_gitlab_project.p";
    apply(&mut host, &project(true, "born archived"), address).await;
    assert_eq!(look(&lab, "/projects/root%2Fone")["archived"], true);
    assert_eq!(apply(&mut host, &project(false, "at work"), address).await, Some(Action::Update));
    lab.clear_log();
    assert_eq!(apply(&mut host, &project(true, "at rest"), address).await, Some(Action::Update));
    let writes: Vec<String> =
        lab.requests().iter().filter(|request| request.method != "GET").map(|request| request.method.clone()).collect();
    assert_eq!(writes, ["PUT", "POST"], "an archived project refuses other changes");
    assert_eq!(look(&lab, "/projects/root%2Fone")["archived"], true);
    understood(&lab);
}

/// A project that must not be lost is put to rest instead.
#[tokio::test]
async fn a_destroy_archives_a_project_that_asks_for_it() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let project = "resource \"substrate_gitlab_project\" \"p\" {\n  name = \"one\"\n  archive_on_destroy = true\n}\n";
    apply(&mut host, project, "substrate_gitlab_project.p").await;
    fine(host.destroy().await);
    assert_eq!(look(&lab, "/projects/root%2Fone")["archived"], true);
    assert_eq!(lab.count("DELETE", "/projects/**"), 0);
    understood(&lab);
}

/// GitLab protects the default branch by itself, so that a plain create fails.
#[tokio::test]
async fn the_protection_of_the_default_branch_is_adopted() {
    let lab = GitLab::start().await;
    act(&lab, "POST", "/projects", json!({ "name": "one", "initialize_with_readme": true }));
    look(&lab, "/projects/root%2Fone");
    look(&lab, "/projects/root%2Fone/protected_branches/main");
    let mut host = host(&lab).await;
    let protection = |adopts: bool| {
        format!(
            "resource \"substrate_gitlab_branch_protection\" \"m\" {{\n  project = \"root/one\"\n  branch = \"main\"\n  \
             push_access_level = \"no one\"\n  adopt_existing = {adopts}\n}}\n"
        )
    };
    let refused = host.apply(&document(&protection(false))).await.expect("no rule is broken");
    assert!(refused.text().contains("adopt_existing"), "{}", refused.text());
    assert!(host.addresses().is_empty());
    apply(&mut host, &protection(true), "substrate_gitlab_branch_protection.m").await;
    let levels = look(&lab, "/projects/root%2Fone/protected_branches/main")["push_access_levels"].clone();
    assert_eq!((levels.as_array().map(Vec::len), &levels[0]["access_level"]), (Some(1), &json!(0)));
    understood(&lab);
}

/// Rights are changed by the numbers of their rules: what stays is not sent.
#[tokio::test]
async fn the_rules_of_a_branch_change_by_their_numbers() {
    let lab = GitLab::builder().users(&[2, 3]).start().await.expect("a port");
    act(&lab, "POST", "/projects", json!({ "name": "one" }));
    let mut host = host(&lab).await;
    let protection = |users: &str| {
        format!(
            "resource \"substrate_gitlab_branch_protection\" \"b\" {{\n  project = \"root/one\"\n  branch = \"stable\"\n  \
             push_access_level = \"maintainer\"\n  allowed_to_push = [{users}]\n}}\n"
        )
    };
    let address = "substrate_gitlab_branch_protection.b";
    apply(&mut host, &protection("{ user_id = 1 }, { user_id = 2 }"), address).await;
    let rules = look(&lab, "/projects/root%2Fone/protected_branches/stable")["push_access_levels"].clone();
    let gone = rules.as_array().and_then(|rules| rules.iter().find(|rule| rule["user_id"] == 1)).expect("a rule");
    lab.clear_log();
    assert_eq!(apply(&mut host, &protection("{ user_id = 2 }, { user_id = 3 }"), address).await, Some(Action::Update));
    let patches: Vec<_> = lab.requests().into_iter().filter(|request| request.method == "PATCH").collect();
    let sent: Vec<&Json> = patches.iter().map(|request| &request.fields["allowed_to_push"]).collect();
    assert_eq!(sent, [&json!([{ "id": gone["id"], "_destroy": true }, { "user_id": 3 }])]);
    understood(&lab);
}

/// The API shows the value of a masked variable; it must reach neither state nor plan, and a hidden one shows none.
#[tokio::test]
async fn the_value_of_a_secret_is_never_stored() {
    let lab = GitLab::start().await;
    act(&lab, "POST", "/projects", json!({ "name": "one" }));
    let mut host = host(&lab).await;
    let variable = |value: &str, version: u64, hidden: bool| {
        format!(
            "resource \"substrate_gitlab_project_variable\" \"v\" {{\n  project = \"root/one\"\n  key = \"TOKEN\"\n  \
             value_wo = \"{value}\"\n  value_wo_version = {version}\n  masked = true\n  hidden = {hidden}\n}}\n"
        )
    };
    let address = "substrate_gitlab_project_variable.v";
    apply(&mut host, &variable("first-secret-value", 1, false), address).await;
    assert_eq!(look(&lab, "/projects/root%2Fone/variables/TOKEN")["value"], "first-secret-value");
    assert!(host.instance(address).expect("it was made").get("value").is_null());
    // A new value without a new version is not sent; with one it is.
    assert_eq!(apply(&mut host, &variable("second-secret-value", 1, false), address).await, None);
    assert_eq!(apply(&mut host, &variable("second-secret-value", 2, false), address).await, Some(Action::Update));
    assert_eq!(look(&lab, "/projects/root%2Fone/variables/TOKEN")["value"], "second-secret-value");
    // Hiding cannot be done later, nor undone.
    assert_eq!(apply(&mut host, &variable("second-secret-value", 2, true), address).await, Some(Action::Replace));
    assert_eq!(look(&lab, "/projects/root%2Fone/variables/TOKEN")["hidden"], true);
    fine(host.import("substrate_gitlab_project_variable.other", "root/one:TOKEN:*").await);
    assert!(host.instance("substrate_gitlab_project_variable.other").expect("imported").get("value").is_null());
    understood(&lab);
}

/// People know paths and names, not numbers.
#[tokio::test]
async fn objects_are_imported_by_path_and_by_name() {
    let lab = GitLab::builder().demo().start().await.expect("a port");
    let mut host = host(&lab).await;
    for (address, id, name) in [
        ("substrate_gitlab_group.g", "acme/platform", "Platform"),
        ("substrate_gitlab_project.p", "acme/platform/website", "Website"),
        ("substrate_gitlab_project_label.l", "acme/platform/website:good first issue", "good first issue"),
        ("substrate_gitlab_group_label.l", "acme:incident", "incident"),
    ] {
        fine(host.import(address, id).await);
        assert_eq!(host.instance(address).expect("imported").text("name"), name);
    }
    let missing = host.import("substrate_gitlab_group.none", "acme/nothing").await.expect("no rule is broken");
    assert!(missing.text().contains("here is no `acme/nothing`"), "{}", missing.text());
    understood(&lab);
}

/// A `moved` block brings the state of another provider's type; the read after it fills the rest.
#[tokio::test]
async fn the_state_of_a_peer_moves_here() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let group = act(&lab, "POST", "/groups", json!({ "name": "Infra", "path": "infra", "description": "d" }));
    let label = act(&lab, "POST", "/groups/infra/labels", json!({ "name": "bug", "color": "#ff0000" }));
    act(&lab, "POST", "/projects", json!({ "name": "one" }));
    let project_label = act(&lab, "POST", "/projects/root%2Fone/labels", json!({ "name": "bug", "color": "#ff0000" }));
    let states = [
        (
            "substrate_gitlab_group.g",
            "gitlab_group",
            json!({ "id": group["id"].to_string(), "name": "Infra", "path": "infra", "runners_token": "glrt-x" }),
        ),
        (
            "substrate_gitlab_group_label.l",
            "gitlab_group_label",
            json!({ "id": format!("infra:{}", label["id"]), "group": "infra", "label_id": label["id"], "name": "bug", "color": "#ff0000", "color_hex": "#ff0000" }),
        ),
        (
            "substrate_gitlab_project_label.l",
            "gitlab_project_label",
            json!({ "id": "x", "project": "root/one", "label_id": project_label["id"], "name": "bug", "color": "#ff0000" }),
        ),
    ];
    for (address, source, state) in states {
        fine(host.move_from(address, source, 0, &state.to_string()).await);
    }
    fine(host.refresh().await);
    assert_eq!(host.instance("substrate_gitlab_group.g").expect("moved").text("description"), "d");
    assert_eq!(host.instance("substrate_gitlab_project_label.l").expect("moved").text("color_hex"), "#ff0000");
    let wrong = host.move_from("substrate_gitlab_group.x", "gitlab_user", 0, "{}").await.expect("no rule is broken");
    assert!(wrong.failed());
    understood(&lab);
}

/// A provider that kept secrets in its state does not bring them here.
#[tokio::test]
async fn no_secret_comes_along_when_a_state_moves() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let variable = json!({
        "id": "root/one:TOKEN:*", "project": "root/one", "key": "TOKEN", "environment_scope": "*",
        "masked": true, "protected": false, "raw": false, "variable_type": "env_var", "value": "s3cret-of-a-peer",
    });
    let address = "substrate_gitlab_project_variable.v";
    fine(host.move_from(address, "gitlab_project_variable", 0, &variable.to_string()).await);
    let moved = host.instance(address).expect("moved");
    assert_eq!((moved.text("key"), moved.text("value")), ("TOKEN".to_owned(), String::new()));
}

/// The list of variables was read before the replacement deleted the old one; it must not pass for what is there now.
#[tokio::test]
async fn a_variable_is_replaced_after_its_list_was_read() {
    let lab = GitLab::start().await;
    act(&lab, "POST", "/projects", json!({ "name": "one" }));
    let mut host = host(&lab).await;
    let old = |hidden: bool, note: &str| {
        format!(
            "resource \"substrate_gitlab_project_variable\" \"old\" {{\n  project = \"root/one\"\n  key = \"OLD\"\n  \
             masked = true\n  hidden = {hidden}\n  value_wo = \"abcdefgh\"\n  value_wo_version = 1\n  \
             description = {note}\n}}\n"
        )
    };
    let new = "resource \"substrate_gitlab_project_variable\" \"new\" {\n  project = \"root/one\"\n  key = \"NEW\"\n  \
               value = \"x\"\n}\n";
    let address = "substrate_gitlab_project_variable.old";
    apply(&mut host, &old(false, "\"first\""), address).await;
    let replaced = format!("{new}{}", old(true, "substrate_gitlab_project_variable.new.key"));
    assert_eq!(apply(&mut host, &replaced, address).await, Some(Action::Replace));
    assert_eq!(look(&lab, "/projects/root%2Fone/variables/OLD")["hidden"], true);
    understood(&lab);
}

/// What is there and nobody asks for goes, when a protection is taken over.
#[tokio::test]
async fn an_adopted_protection_has_only_the_rules_that_are_configured() {
    let lab = GitLab::builder().users(&[2]).start().await.expect("a port");
    act(&lab, "POST", "/projects", json!({ "name": "one" }));
    let rules = json!({ "name": "stable", "push_access_level": 40, "allowed_to_push": [{ "user_id": 2 }] });
    act(&lab, "POST", "/projects/root%2Fone/protected_branches", rules);
    let mut host = host(&lab).await;
    let protection = "resource \"substrate_gitlab_branch_protection\" \"s\" {\n  project = \"root/one\"\n  \
                      branch = \"stable\"\n  push_access_level = \"developer\"\n  adopt_existing = true\n}\n";
    apply(&mut host, protection, "substrate_gitlab_branch_protection.s").await;
    let levels = look(&lab, "/projects/root%2Fone/protected_branches/stable")["push_access_levels"].clone();
    assert_eq!((levels.as_array().map(Vec::len), &levels[0]["access_level"]), (Some(1), &json!(30)));
    understood(&lab);
}

/// A path of digits alone is a number to GitLab, which is another group's.
#[tokio::test]
async fn a_path_of_digits_is_not_taken_for_a_number() {
    let lab = GitLab::start().await;
    let other = act(&lab, "POST", "/groups", json!({ "name": "Other", "path": "other" }));
    let mut host = host(&lab).await;
    let group =
        format!("resource \"substrate_gitlab_group\" \"g\" {{\n  name = \"G\"\n  path = \"{}\"\n}}\n", other["id"]);
    apply(&mut host, &group, "substrate_gitlab_group.g").await;
    assert_eq!(lab.count("POST", "/groups"), 1);
    understood(&lab);
}

/// GitLab clears a text with an empty one; the state says null, as the configuration does.
#[tokio::test]
async fn a_description_can_be_cleared() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let group = |text: &str| {
        format!("resource \"substrate_gitlab_group\" \"g\" {{\n  name = \"G\"\n  path = \"g\"\n{text}}}\n")
    };
    let address = "substrate_gitlab_group.g";
    apply(&mut host, &group("  description = \"something\"\n"), address).await;
    assert_eq!(apply(&mut host, &group(""), address).await, Some(Action::Update));
    assert_eq!(look(&lab, "/groups/g")["description"], "");
    assert_eq!(apply(&mut host, &group("  description = \"\"\n"), address).await, Some(Action::Update));
    understood(&lab);
}

/// GitLab keeps a color in one spelling and users have many.
#[tokio::test]
async fn a_color_means_what_it_shows() {
    let lab = GitLab::start().await;
    act(&lab, "POST", "/projects", json!({ "name": "one" }));
    let mut host = host(&lab).await;
    let label = |color: &str| {
        format!(
            "resource \"substrate_gitlab_project_label\" \"l\" {{\n  project = \"root/one\"\n  name = \"bug\"\n  \
             color = \"{color}\"\n}}\n"
        )
    };
    let address = "substrate_gitlab_project_label.l";
    apply(&mut host, &label("crimson"), address).await;
    assert_eq!(host.instance(address).expect("it was made").text("color_hex").to_lowercase(), "#dc143c");
    assert_eq!(apply(&mut host, &label("#DC143C"), address).await, None, "another spelling of the same color");
    assert_eq!(apply(&mut host, &label("#FFF"), address).await, Some(Action::Update));
    assert_eq!(apply(&mut host, &label("white"), address).await, None);
    understood(&lab);
}

/// A provider block can depend on what is not made yet; nothing may be asked of a server that is not known.
#[tokio::test]
async fn an_unknown_configuration_never_connects() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let text = "resource \"substrate_gitlab_group\" \"g\" {\n  name = \"G\"\n  path = \"g\"\n}\n";
    fine(host.apply(&document(text)).await);
    let kept = host.instance("substrate_gitlab_group.g").expect("it was made").clone();
    lab.clear_log();
    let mut unknown = config(&lab.api(), &lab.token);
    if let Some(Value::Map(gitlab)) = unknown.get_mut("gitlab") {
        gitlab.insert("token".to_owned(), Value::Unknown);
    }
    for config in [unknown, Object::from([("gitlab".to_owned(), Value::Unknown)])] {
        host.reconfigure(config).await.expect("an unknown configuration is taken");
        fine(host.refresh().await);
        fine(host.plan(&document(text)).await);
        assert_eq!(host.instance("substrate_gitlab_group.g").expect("it stays"), &kept);
        let changed = host.apply(&document(&text.replace("\"G\"", "\"H\""))).await.expect("no rule is broken");
        assert!(changed.text().contains("not known yet"), "{}", changed.text());
    }
    assert_eq!(lab.requests().len(), 0);
    understood(&lab);
}

/// Between the list and the update somebody else was quicker; the next plan shows it.
#[tokio::test]
async fn drift_is_shown_and_put_right() {
    let lab = GitLab::start().await;
    let mut host = host(&lab).await;
    let text =
        "resource \"substrate_gitlab_group\" \"g\" {\n  name = \"G\"\n  path = \"g\"\n  description = \"ours\"\n}\n";
    apply(&mut host, text, "substrate_gitlab_group.g").await;
    act(&lab, "PUT", "/groups/g", json!({ "description": "theirs" }));
    assert_eq!(apply(&mut host, text, "substrate_gitlab_group.g").await, Some(Action::Update));
    assert_eq!(look(&lab, "/groups/g")["description"], "ours");
    // A transient failure of a read is not drift.
    lab.fault(Fault::on("GET", "/groups/*").status(502, ""));
    host.plan(&document(text)).await.and_then(Report::empty).expect("a read is repeated");
    understood(&lab);
}
