//! Tokens that GitLab generates: each is issued once, delivered to the place that the configuration names, and revoked
//! when it has no place or is not needed any more.

use crate::logins::Servers;
use crate::tokens::{AT, ISSUE, Place, active, signs_in, workdir};
use acceptance_tests::leaks::{Secrets, Traces};
use acceptance_tests::tool::tools;
use lab::Fault;
use serde_json::json;

/// Ephemeral resources are opened by every plan; this is not one.
#[test]
fn three_plans_and_an_apply_issue_one_token_which_signs_in_until_the_destroy() {
    for tool in tools() {
        for place in Place::ALL {
            let servers = Servers::start();
            let gitlab = &servers.gitlab;
            let workdir = workdir(tool, &servers, place).env("TF_LOG", "TRACE").env("TF_LOG_PATH", "trace.log");
            let (what, mut traces) = (format!("{} with {place:?}", tool.label()), Traces::new());
            for _ in 0..3 {
                traces.output(&workdir.run(&["plan", "-out=plan.bin"]).success());
            }
            assert_eq!(
                (gitlab.count(ISSUE.0, ISSUE.1), place.kept(&servers)),
                (0, None),
                "{what}: a plan issues nothing"
            );
            traces.output(&workdir.apply());
            let first = place.kept(&servers).expect("it is delivered");
            assert_eq!((gitlab.count(ISSUE.0, ISSUE.1), active(gitlab).len()), (1, 1), "{what}");
            assert!(signs_in(gitlab, &first), "{what}");
            traces.output(&workdir.plans_nothing());
            assert_eq!(workdir.state()[AT]["token_id"], active(gitlab)[0], "{what}");

            gitlab.age_access_tokens(25);
            assert_eq!(workdir.planned().get(AT), Some(&vec!["update".to_owned()]), "{what}: it is due");
            traces.output(&workdir.apply());
            let second = place.kept(&servers).expect("its successor is delivered");
            assert_eq!((gitlab.count(ISSUE.0, ISSUE.1), active(gitlab).len()), (2, 1), "{what}");
            assert!(signs_in(gitlab, &second) && !signs_in(gitlab, &first), "{what}: one of the two opens GitLab");

            traces.output(&workdir.destroy());
            assert!(active(gitlab).is_empty() && !signs_in(gitlab, &second), "{what}: it is revoked");
            traces.directory(&workdir.path());
            Secrets::new().with("the first token", &first).with("the second", &second).stay_out_of(&traces, &what);
            assert_eq!((gitlab.violations(), servers.vault.violations()), (Vec::new(), Vec::new()));
        }
    }
}

/// What is wrong with a place, and what the error says of it.
struct Trouble {
    what: &'static str,
    place: Place,
    begin: fn(&Servers),
    end: fn(&Servers),
    words: &'static [&'static str],
    /// How many tokens are issued all the same, before the trouble shows.
    issued: usize,
}

/// GitLab shows a token once: what cannot be delivered is lost, and must not live.
const TROUBLES: [Trouble; 6] = [
    Trouble {
        what: "sealed",
        place: Place::Kv,
        begin: |servers| servers.vault.seal(),
        end: |servers| servers.vault.unseal(),
        words: &["Vault is sealed", "unseal it"],
        issued: 0,
    },
    Trouble {
        what: "no mount",
        place: Place::Kv,
        begin: |servers| drop(servers.vault.act("DELETE", "/sys/mounts/kv", &json!(null))),
        end: |servers| {
            let engine = json!({ "type": "kv", "options": { "version": "2" } });
            servers.vault.act("POST", "/sys/mounts/kv", &engine);
        },
        words: &["no engine is mounted at `kv`"],
        issued: 0,
    },
    Trouble {
        what: "denied",
        place: Place::Kv,
        begin: |servers| {
            policy(servers, r#"path "kv/*" { capabilities = ["read"] } path "sys/*" { capabilities = ["read"] }"#)
        },
        end: |servers| {
            policy(servers, r#"path "*" { capabilities = ["create", "read", "update", "patch", "delete", "sudo"] }"#)
        },
        words: &["the token may not patch `kv/", "`create`, `update` and `patch`"],
        issued: 0,
    },
    Trouble {
        what: "denied all the same",
        place: Place::Kv,
        begin: |servers| {
            let refusal = r#"{"errors":["1 error occurred:\n\t* permission denied\n\n"]}"#;
            servers.vault.fault(Fault::on("PATCH", "/kv/data/**").always().status(403, refusal));
        },
        end: |servers| servers.vault.clear_faults(),
        words: &["permission denied", "`patch`", "is revoked"],
        issued: 1,
    },
    Trouble {
        what: "forbidden",
        place: Place::Variable,
        begin: |servers| {
            let refusal = r#"{"message":"403 Forbidden"}"#;
            servers.gitlab.fault(Fault::on("PUT", "/groups/*/variables/*").always().status(403, refusal));
        },
        end: |servers| servers.gitlab.clear_faults(),
        words: &["403", "GITLAB_TOKEN", "is revoked"],
        issued: 1,
    },
    Trouble {
        what: "lost",
        place: Place::Variable,
        begin: |servers| servers.gitlab.fault(Fault::on("POST", "/groups/*/variables").always().reset_after()),
        end: |servers| servers.gitlab.clear_faults(),
        words: &["POST", "variables", "is revoked"],
        issued: 1,
    },
];

fn policy(servers: &Servers, rules: &str) {
    servers.vault.act("PUT", "/sys/policies/acl/terraform", &json!({ "policy": rules }));
}

#[test]
fn a_place_that_does_not_take_a_token_leaves_none_alive() {
    for tool in tools() {
        for Trouble { what, place, begin, end, words, issued } in TROUBLES {
            let servers = Servers::start();
            let gitlab = &servers.gitlab;
            let workdir = workdir(tool, &servers, place);
            // The token alone meets the trouble: all else is there, and nobody looks at it again.
            let all = place.configuration();
            workdir
                .file("main.tf", all.split("resource \"substrate_gitlab_project_access_token\"").next().unwrap_or(""));
            workdir.apply();
            workdir.file("main.tf", &all);
            begin(&servers);
            let output = workdir.run(&["apply", "-auto-approve", "-refresh=false", "-json"]).exits(1);
            let errors: String = output.errors().iter().map(|error| error.text()).collect();
            let what = format!("{}, {what}:\n{errors}", tool.label());
            assert!(words.iter().all(|word| errors.contains(word)), "{words:?} with {what}");
            assert_eq!((gitlab.count(ISSUE.0, ISSUE.1), active(gitlab)), (issued, Vec::new()), "{what}");
            assert!(!workdir.state_text().contains("gitlab_project_access_token"), "{what}: it is in the state");
            end(&servers);
            workdir.apply();
            assert!(signs_in(gitlab, &place.kept(&servers).expect("it is delivered")), "{what}");
            assert_eq!(active(gitlab).len(), 1, "{what}");
        }
    }
}
