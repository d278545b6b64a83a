//! Secrets that GitLab generates: each is issued once, delivered, and revoked when nothing needs it any more.

use std::time::Duration;

use lab::{Fault, GitLab};
use serde_json::{Value as Json, json};
use tfplugin::harness::{Action, Host, Report};
use tfplugin::value::Value;
use time::OffsetDateTime;

use crate::estate::{act, document, failure, fine, host, look, signs_in, understood};

const AT: &str = "substrate_gitlab_project_access_token.t";
const ISSUED: &str = "/projects/*/access_tokens";
const TOKENS: &str = "/projects/root%2Fapp/access_tokens";

/// What every text, state and plan of a run must not hold; the lab's own tokens begin in another way.
const SECRET: &str = "glpat-0";

const ROTATION: &str = "rotation_configuration = { expiration_days = 30, rotate_before_days = 10 }";

/// The token `ci` of `root/app`, with this and that said of it, in a variable of `root/user`.
fn token(more: &str, deliver: &str) -> String {
    format!(
        "resource \"substrate_gitlab_project_access_token\" \"t\" {{\n  project = \"root/app\"\n  name = \"ci\"\n  \
         scopes = [\"api\"]\n  {more}\n  deliver = {{ gitlab_variable = {{ {deliver} }} }}\n}}\n"
    )
}

fn to(key: &str) -> String {
    format!("project = \"root/user\", key = \"{key}\"")
}

/// A lab with both projects, and a host that talks to it.
async fn start() -> (GitLab, Host) {
    let lab = GitLab::start().await;
    for name in ["app", "user"] {
        act(&lab, "POST", "/projects", json!({ "name": name }));
    }
    let host = host(&lab).await;
    (lab, host)
}

/// Applies without a word, and plans nothing after it.
async fn apply(host: &mut Host, text: &str) -> Option<Action> {
    let report = fine(host.apply(&document(text)).await);
    assert!(report.messages.is_empty(), "{}", report.text());
    plan(host, text).await.empty().unwrap_or_else(|error| panic!("{error}"));
    keeps(host, "");
    report.actions.get(AT).copied()
}

#[track_caller]
fn keeps(host: &Host, text: &str) {
    let states: Vec<_> = host.addresses().iter().map(|address| format!("{:?}", host.instance(address))).collect();
    assert!(!text.contains(SECRET) && !states.concat().contains(SECRET), "{text}\n{states:?}");
}

async fn plan(host: &mut Host, text: &str) -> Report {
    fine(host.plan(&document(text)).await)
}

/// Applies, and gives the text of what went wrong.
async fn refused(host: &mut Host, text: &str) -> String {
    let text = failure(host.apply(&document(text)).await);
    keeps(host, &text);
    text
}

/// Numbers of the project's active tokens.
#[track_caller]
fn active(lab: &GitLab) -> Vec<Json> {
    let tokens = look(lab, &format!("{TOKENS}?state=active"));
    tokens.as_array().into_iter().flatten().map(|token| token["id"].clone()).collect()
}

fn number(host: &Host) -> Json {
    let token = host.instance(AT).expect("the token is in the state");
    token.text("token_id").parse().expect("the number of a token")
}

#[track_caller]
fn delivered(lab: &GitLab, key: &str) -> String {
    look(lab, &format!("/projects/root%2Fuser/variables/{key}"))["value"].as_str().expect("a value").to_owned()
}

fn in_days(days: i64) -> String {
    (OffsetDateTime::now_utc().date() + time::Duration::days(days)).to_string()
}

/// Ephemeral resources are opened by every plan; this is not one.
#[tokio::test]
async fn three_plans_and_an_apply_issue_one_token_which_signs_in_until_the_destroy() {
    let (lab, mut host) = start().await;
    let text = token(ROTATION, &to("TOKEN"));
    for _ in 0..3 {
        plan(&mut host, &text).await;
    }
    assert_eq!(lab.count("POST", ISSUED), 0);
    assert_eq!(apply(&mut host, &text).await, Some(Action::Create));
    assert_eq!(lab.count("POST", ISSUED), 1);
    assert_eq!(active(&lab), [number(&host)]);
    let secret = delivered(&lab, "TOKEN");
    assert!(secret.starts_with(SECRET), "{secret}");
    assert!(signs_in(&lab, &secret).await);
    let variable = look(&lab, "/projects/root%2Fuser/variables/TOKEN");
    assert_eq!((&variable["masked"], &variable["protected"]), (&json!(true), &json!(false)));
    fine(host.destroy().await);
    assert_eq!(active(&lab), [] as [Json; 0]);
    assert!(!signs_in(&lab, &secret).await);
    assert_eq!(delivered(&lab, "TOKEN"), secret, "what was delivered stays, but opens nothing");
    understood(&lab);
}

/// GitLab shows the token once: what cannot be delivered is lost, and must not live.
#[tokio::test]
async fn a_sink_that_fails_leaves_no_live_token_and_no_state() {
    let variable = || Fault::on("PUT", "/projects/*/variables/*").always();
    for (fault, words) in [
        (variable().status(403, r#"{"message":"403 Forbidden"}"#), ["403", "GITLAB_TOKEN", "deliver"]),
        (variable().status(400, r#"{"message":{"value":["is invalid"]}}"#), ["400", "value is invalid", "deliver"]),
        (variable().reset_after(), ["PUT", "variables/TOKEN", "deliver"]),
        (
            Fault::on("POST", "/projects/*/variables").always().status(500, r#"{"message":"500 Oh no"}"#),
            ["POST", "500 Oh no", "deliver"],
        ),
        (Fault::on("POST", "/projects/*/variables").always().reset_after(), ["POST", "variables", "deliver"]),
    ] {
        let (lab, mut host) = start().await;
        let text = token(ROTATION, &to("TOKEN"));
        lab.fault(fault);
        let said = refused(&mut host, &text).await;
        assert!(words.iter().all(|word| said.contains(word)) && said.contains("revoked"), "{words:?} in:\n{said}");
        assert_eq!((lab.count("POST", ISSUED), active(&lab)), (1, Vec::new()), "{said}");
        assert!(host.addresses().is_empty(), "{said}");
        lab.clear_faults();
        assert_eq!(apply(&mut host, &text).await, Some(Action::Create));
        assert!(signs_in(&lab, &delivered(&lab, "TOKEN")).await);
        understood(&lab);
    }
}

/// GitLab shows the token once, so none is issued for a project or group that is not there.
#[tokio::test]
async fn a_place_that_is_not_there_is_named() {
    let (lab, mut host) = start().await;
    for owner in ["project", "group"] {
        let said = refused(&mut host, &token(ROTATION, &format!("{owner} = \"root/nowhere\", key = \"TOKEN\""))).await;
        assert!(said.contains(&format!("there is no {owner} `root/nowhere`")) && said.contains("deliver"), "{said}");
    }
    lab.fault(Fault::on("GET", "/projects/*/variables/*").always().status(403, r#"{"message":"403 Forbidden"}"#));
    let said = refused(&mut host, &token(ROTATION, &to("TOKEN"))).await;
    assert!(said.contains("403 Forbidden") && said.contains("cannot be delivered"), "{said}");
    assert_eq!(lab.count("POST", ISSUED), 0);
    understood(&lab);
}

/// The list of projects and groups that a target names has exactly one.
#[tokio::test]
async fn a_target_names_a_project_or_a_group() {
    let (lab, mut host) = start().await;
    for deliver in ["key = \"TOKEN\"", "project = \"root/user\", group = \"g\", key = \"TOKEN\""] {
        let report = host.validate(&document(&token(ROTATION, deliver))).await.expect("no rule is broken");
        assert!(report.failed() && report.text().contains("deliver.gitlab_variable"), "{}", report.text());
    }
    let report = host.validate(&document(&token(ROTATION, &to("not-a-name")))).await.expect("no rule is broken");
    assert!(report.text().contains("deliver.gitlab_variable.key"), "{}", report.text());
    assert_eq!(lab.requests(), []);
}

/// The old token is good until the new one is in its place, and no longer.
#[tokio::test]
async fn a_token_that_is_due_gets_a_successor_before_it_is_revoked() {
    let (lab, mut host) = start().await;
    let text = token(ROTATION, &to("TOKEN"));
    apply(&mut host, &text).await;
    let instance = host.instance(AT).expect("it was issued");
    assert_eq!((instance.text("expires_at"), instance.text("rotate_at")), (in_days(30), in_days(20)));
    let (old, first) = (number(&host), delivered(&lab, "TOKEN"));
    lab.age_access_tokens(19);
    assert!(plan(&mut host, &text).await.actions.is_empty(), "a day too early");
    lab.age_access_tokens(1);
    assert_eq!(plan(&mut host, &text).await.actions.get(AT), Some(&Action::Update));
    lab.clear_log();
    assert_eq!(apply(&mut host, &text).await, Some(Action::Update));
    let writes: Vec<String> = lab.requests().iter().filter(|request| request.method != "GET").map(told).collect();
    assert_eq!(
        writes,
        [
            "POST /projects/root%2Fapp/access_tokens".to_owned(),
            "PUT /projects/root%2Fuser/variables/TOKEN".to_owned(),
            format!("DELETE /projects/root%2Fapp/access_tokens/{old}"),
        ]
    );
    assert_eq!(active(&lab), [number(&host)]);
    assert_ne!(number(&host), old);
    assert_eq!(host.instance(AT).expect("the successor").text("rotate_at"), in_days(20));
    assert!(!signs_in(&lab, &first).await && signs_in(&lab, &delivered(&lab, "TOKEN")).await);
    understood(&lab);
}

fn told(request: &lab::http::log::Request) -> String {
    format!("{} {}", request.method, request.path)
}

/// The process dies after the successor was issued: the old one is in the state and works, and the next apply leaves one.
#[tokio::test]
async fn a_crash_between_issue_and_delivery_costs_nothing() {
    let (lab, mut host) = start().await;
    let text = token(ROTATION, &to("TOKEN"));
    apply(&mut host, &text).await;
    let (old, first) = (number(&host), delivered(&lab, "TOKEN"));
    lab.age_access_tokens(25);
    lab.fault(Fault::on("PUT", "/projects/*/variables/*").hang());
    let hung = document(&text);
    let crash = tokio::time::timeout(Duration::from_secs(2), host.apply(&hung)).await;
    assert!(crash.is_err(), "the delivery hangs");
    assert_eq!((active(&lab).len(), number(&host)), (2, old.clone()));
    assert_eq!(delivered(&lab, "TOKEN"), first);
    assert!(signs_in(&lab, &first).await);
    assert_eq!(apply(&mut host, &text).await, Some(Action::Update));
    assert_eq!(active(&lab), [number(&host)]);
    assert_ne!(number(&host), old);
    assert!(signs_in(&lab, &delivered(&lab, "TOKEN")).await && !signs_in(&lab, &first).await);
    understood(&lab);
}

/// A delivery that fails during a rotation leaves the old token as it was.
#[tokio::test]
async fn a_rotation_that_cannot_deliver_keeps_the_old_token() {
    let (lab, mut host) = start().await;
    let text = token(ROTATION, &to("TOKEN"));
    apply(&mut host, &text).await;
    let (old, first) = (number(&host), delivered(&lab, "TOKEN"));
    lab.age_access_tokens(25);
    lab.fault(Fault::on("PUT", "/projects/*/variables/*").always().status(403, r#"{"message":"403 Forbidden"}"#));
    refused(&mut host, &text).await;
    assert_eq!((active(&lab), number(&host)), (vec![old.clone()], old));
    assert!(signs_in(&lab, &first).await);
    lab.clear_faults();
    assert_eq!(apply(&mut host, &text).await, Some(Action::Update));
    understood(&lab);
}

/// A token whose revocation fails is named, since it works until somebody revokes it.
#[tokio::test]
async fn a_predecessor_that_cannot_be_revoked_is_named() {
    let (lab, mut host) = start().await;
    apply(&mut host, &token(ROTATION, &to("TOKEN"))).await;
    let old = number(&host);
    lab.fault(Fault::on("DELETE", "/projects/*/access_tokens/*").status(403, r#"{"message":"403 Forbidden"}"#));
    let changed = token(&format!("access_level = \"guest\"\n  {ROTATION}"), &to("TOKEN"));
    let said = refused(&mut host, &changed).await;
    assert!(said.contains(&format!("root/app:{old}")) && said.contains("alive"), "{said}");
    assert_ne!(number(&host), old);
    assert_eq!(active(&lab).len(), 2);
    // The next successor takes it along.
    lab.age_access_tokens(25);
    assert_eq!(apply(&mut host, &changed).await, Some(Action::Update));
    assert_eq!(active(&lab), [number(&host)]);
    understood(&lab);
}

/// A token cannot be changed, so each change is a successor; only a note on the rotation is not.
#[tokio::test]
async fn a_change_issues_a_successor_and_a_note_does_not() {
    let (lab, mut host) = start().await;
    apply(&mut host, &token(ROTATION, &to("TOKEN"))).await;
    for (text, issued) in [
        (token(ROTATION, &to("OTHER")), 2),
        (token(&format!("description = \"For CI.\"\n  {ROTATION}"), &to("OTHER")), 3),
        (token(&ROTATION.replace("30", "40").replace("10", "5"), &to("OTHER")), 4),
    ] {
        assert_eq!(apply(&mut host, &text).await, Some(Action::Update));
        assert_eq!((lab.count("POST", ISSUED), active(&lab)), (issued, vec![number(&host)]), "{text}");
        assert!(signs_in(&lab, &delivered(&lab, "OTHER")).await, "{text}");
    }
    assert!(!signs_in(&lab, &delivered(&lab, "TOKEN")).await);
    let later = token(&ROTATION.replace("30", "40").replace("10", "7"), &to("OTHER"));
    assert_eq!(apply(&mut host, &later).await, Some(Action::Update));
    assert_eq!(lab.count("POST", ISSUED), 4, "a note issues nothing");
    let instance = host.instance(AT).expect("it lives");
    assert_eq!((instance.text("expires_at"), instance.text("rotate_at")), (in_days(40), in_days(33)));
    let now = token(&ROTATION.replace("30", "400").replace("10", "399"), &to("OTHER"));
    assert_eq!(apply(&mut host, &now).await, Some(Action::Update));
    assert_eq!(lab.count("POST", ISSUED), 5, "it is due by the new rotation");
    understood(&lab);
}

/// Who revokes a token at GitLab, or lets it expire, wants another one.
#[tokio::test]
async fn a_token_that_is_of_no_use_any_more_is_issued_anew() {
    let (lab, mut host) = start().await;
    let text = token(&format!("expires_at = \"{}\"", in_days(90)), &to("TOKEN"));
    apply(&mut host, &text).await;
    assert_eq!(host.instance(AT).expect("it was issued").text("expires_at"), in_days(90));
    act(&lab, "DELETE", &format!("{TOKENS}/{}", number(&host)), Json::Null);
    assert_eq!(plan(&mut host, &text).await.actions.get(AT), Some(&Action::Create));
    assert_eq!(apply(&mut host, &text).await, Some(Action::Create));
    lab.age_access_tokens(90);
    assert_eq!(apply(&mut host, &text).await, Some(Action::Create));
    assert!(signs_in(&lab, &delivered(&lab, "TOKEN")).await);
    understood(&lab);
}

/// GitLab would issue a token that is expired, and a destroy must not stumble over a date that has become old.
#[tokio::test]
async fn an_end_that_is_over_is_refused_before_anything_is_issued() {
    let (lab, mut host) = start().await;
    let text = token(&format!("expires_at = \"{}\"", in_days(0)), &to("TOKEN"));
    let said = failure(host.plan(&document(&text)).await);
    assert!(said.contains("expires_at") && said.contains(&in_days(0)), "{said}");
    assert_eq!(lab.count("POST", ISSUED), 0);
    // A destroy checks the configuration, but plans nothing to issue.
    fine(host.validate(&document(&text)).await);
    let late = token(&format!("expires_at = \"{}\"", in_days(401)), &to("TOKEN"));
    let said = refused(&mut host, &late).await;
    assert!(said.contains("Expiration date must be before"), "{said}");
    for wrong in ["expires_at = \"soon\"", &ROTATION.replace("10", "30"), &ROTATION.replace("10", "0"), "scopes = []"] {
        let text = token(wrong, &to("TOKEN")).replace("scopes = [\"api\"]\n  scopes", "scopes");
        let report = host.validate(&document(&text)).await.expect("no rule is broken");
        assert!(report.failed(), "{wrong} is taken");
    }
    understood(&lab);
}

/// Nobody has the secret of an imported token, so the first apply issues a successor, and says so in the plan.
#[tokio::test]
async fn an_imported_token_is_succeeded() {
    let (lab, mut host) = start().await;
    let made = act(&lab, "POST", TOKENS, json!({ "name": "ci", "scopes": ["api"], "expires_at": in_days(25) }));
    let text = token(ROTATION, &to("TOKEN"));
    let said = refused(&mut host, &text).await;
    assert!(said.contains(&format!("root/app:{}", made["id"])) && said.contains("mport"), "{said}");
    assert_eq!(lab.count("POST", ISSUED), 0);
    for id in ["root/app:ci".to_owned(), format!("root/app:{}", made["id"])] {
        fine(host.import(AT, &id).await);
        assert_eq!(number(&host), made["id"]);
    }
    assert_eq!(host.instance(AT).expect("it was imported").get("rotate_at"), &Value::Null);
    assert_eq!(plan(&mut host, &text).await.actions.get(AT), Some(&Action::Update));
    assert_eq!(apply(&mut host, &text).await, Some(Action::Update));
    assert_eq!(active(&lab), [number(&host)]);
    assert!(signs_in(&lab, &delivered(&lab, "TOKEN")).await);
    understood(&lab);
}

/// Two resources of one name would revoke each other's tokens.
#[tokio::test]
async fn a_name_belongs_to_one_resource() {
    let (lab, mut host) = start().await;
    let one = token(ROTATION, &to("TOKEN"));
    let two = one.replace("\"t\"", "\"u\"").replace("\"TOKEN\"", "\"OTHER\"");
    let said = refused(&mut host, &format!("{one}{two}")).await;
    assert!(said.contains("name"), "{said}");
    assert_eq!((host.addresses().len(), active(&lab).len()), (1, 1));
    understood(&lab);
}

/// One of the two would be lost, and each rotation would change which; what else is said of the variable is no matter.
#[tokio::test]
async fn a_variable_takes_the_token_of_one_resource() {
    let (lab, mut host) = start().await;
    let one = token(ROTATION, &to("TOKEN"));
    let two = one.replace("\"t\"", "\"u\"").replace("\"ci\"", "\"other\"");
    let two = two.replace("\"root/user\"", "\"Root/User\", protected = true");
    let said = refused(&mut host, &format!("{one}{two}")).await;
    assert!(said.contains("variable `TOKEN` of the project `root/user` in the scope `*`"), "{said}");
    assert_eq!((host.addresses().len(), active(&lab).len()), (1, 1));
    let elsewhere = two.replace("protected = true", "environment_scope = \"prod\"");
    fine(host.apply(&document(&format!("{one}{elsewhere}"))).await);
    assert_eq!(active(&lab).len(), 2);
    understood(&lab);
}

/// GitLab has issued a token, but its answer does not tell which: it is found, and must not live.
#[tokio::test]
async fn a_token_whose_answer_cannot_be_read_is_revoked() {
    for body in [r#"{"id":"many","token":"glpat-0-unread"}"#, r#"{"id":1}"#, "[]"] {
        let (lab, mut host) = start().await;
        let text = token(ROTATION, &to("TOKEN"));
        lab.fault(Fault::on("POST", ISSUED).disguised(body));
        let said = refused(&mut host, &text).await;
        assert!(said.contains("is of no use") && said.contains("was found and is revoked"), "{body}: {said}");
        assert_eq!((lab.count("POST", ISSUED), active(&lab)), (1, Vec::new()), "{body}: {said}");
        assert_eq!(apply(&mut host, &text).await, Some(Action::Create));
        understood(&lab);
    }
}

/// The variable is somebody's already: its value is replaced, and what the target does not say stays.
#[tokio::test]
async fn a_variable_that_is_there_takes_the_secret() {
    let (lab, mut host) = start().await;
    act(&lab, "POST", "/groups", json!({ "name": "G", "path": "g" }));
    let scoped = |scope: &str, value: &str| json!({ "key": "TOKEN", "value": value, "environment_scope": scope, "description": "Ours." });
    for scope in ["*", "prod"] {
        act(&lab, "POST", "/groups/g/variables", scoped(scope, "old"));
    }
    let deliver = "group = \"g\", key = \"TOKEN\", environment_scope = \"prod\", protected = true";
    apply(&mut host, &token(ROTATION, deliver)).await;
    let variables = look(&lab, "/groups/g/variables");
    let of = |scope: &str| variables.as_array().into_iter().flatten().find(|one| one["environment_scope"] == scope);
    assert_eq!(of("*").expect("the other one")["value"], "old");
    let ours = of("prod").expect("ours");
    assert_eq!((&ours["description"], &ours["protected"]), (&json!("Ours."), &json!(true)));
    assert!(signs_in(&lab, ours["value"].as_str().expect("a value")).await);
    assert_eq!(lab.count("POST", "/groups/*/variables"), 0);
    understood(&lab);
}

/// A refresh of many tokens is one call for each project.
#[tokio::test]
async fn tokens_of_a_project_are_read_with_one_list() {
    let (lab, mut host) = start().await;
    let text: String = (0..20)
        .map(|index| {
            token(ROTATION, &to(&format!("TOKEN_{index}")))
                .replace("\"t\"", &format!("\"t{index}\""))
                .replace("\"ci\"", &format!("\"ci-{index}\""))
        })
        .collect();
    fine(host.apply(&document(&text)).await);
    lab.clear_log();
    fine(host.refresh().await);
    assert_eq!((lab.count("GET", ISSUED), lab.count("GET", "/projects/*/access_tokens/*")), (1, 0));
    understood(&lab);
}
