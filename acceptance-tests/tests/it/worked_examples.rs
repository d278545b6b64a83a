//! The worked examples below `examples`, applied as they stand to a GitLab and a Vault.

use crate::tokens::signs_in;
use acceptance_tests::environment::repository;
use acceptance_tests::leaks::{Secrets, Traces};
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::Workdir;
use lab::Issuer;
use lab::blocking::{GitLab, Vault};
use serde_json::{Value, json};
use std::fs;

/// A directory with the files of `examples/<name>`, whose provider gets its addresses and tokens as its users'.
fn workdir(tool: &Tool, name: &str, gitlab: &GitLab, vault: &Vault) -> Workdir {
    let workdir = Workdir::new(tool).gitlab(&gitlab.api(), &gitlab.token).vault(&vault.url, &vault.root_token);
    let folder = repository().join("examples").join(name);
    for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("the folder can be read").path();
        let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
        if name.ends_with(".tf") {
            workdir.file(&name, &fs::read_to_string(&path).expect("an example is text"));
        }
    }
    workdir
}

/// The values of all outputs.
fn outputs(workdir: &Workdir) -> Value {
    let outputs = workdir.json(&["output", "-json"]);
    let values =
        outputs.as_object().into_iter().flatten().map(|(name, output)| (name.clone(), output["value"].clone()));
    Value::Object(values.collect())
}

/// What GitLab has at a path.
#[track_caller]
fn look(gitlab: &GitLab, path: &str) -> Value {
    crate::estate::look(gitlab, &format!("/projects/northwind%2F{path}"))
}

#[track_caller]
fn data(vault: &Vault, path: &str) -> Value {
    vault.act("GET", &format!("/{path}"), &Value::Null)["data"]["data"].clone()
}

fn text(value: &Value) -> String {
    value.as_str().expect("it is a text").to_owned()
}

const PASSWORDS: [&str; 2] = ["first-horse-battery-staple", "second-horse-battery-staple"];

#[test]
fn delivery_brings_secrets_to_vault_to_gitlab_and_from_vault_to_gitlab() {
    for tool in tools() {
        let (gitlab, vault) = (GitLab::start(), Vault::start());
        let workdir = workdir(tool, "delivery", &gitlab, &vault).env("TF_VAR_registry_password", PASSWORDS[0]);
        let (before, mut traces, what) = (vault.accessors(), Traces::new(), tool.label());
        (0..3).for_each(|_| traces.output(&workdir.run(&["plan", "-out=plan.bin"]).success()));
        traces.output(&workdir.apply());
        assert_eq!(gitlab.count("POST", "/projects/*/access_tokens"), 2, "{what}: one for each resource");
        traces.output(&workdir.plans_nothing());

        let first = outputs(&workdir);
        let tokens = look(&gitlab, "catalog/access_tokens?state=active");
        for token in tokens.as_array().expect("a list") {
            assert_eq!(token["expires_at"], first["tokens"][text(&token["name"])]["expires_at"], "{what}");
        }
        assert_eq!((tokens.as_array().map(Vec::len), &first["registry_version"]), (Some(2), &json!(1)), "{what}");
        let scanner = vault.token(&["scanner"], "1h");
        let path = format!("/{}", text(&first["scanner_reads"]));
        let (status, answer) = vault.call_as(&scanner, "GET", &path, &Value::Null);
        assert_eq!(status, 200, "{what}: the policy lets the scanner read: {answer}");
        assert_eq!(vault.call_as(&scanner, "GET", "/ci/data/registry", &Value::Null).0, 403, "{what}");
        let reader = text(&answer["data"]["data"]["token"]);
        let release = text(&look(&gitlab, "deployer/variables/CATALOG_TOKEN")["value"]);
        assert!(signs_in(&gitlab, &reader) && signs_in(&gitlab, &release) && reader != release, "{what}");
        let password = || text(&look(&gitlab, "deployer/variables/REGISTRY_PASSWORD")["value"]);
        assert_eq!(
            (password(), data(&vault, "ci/data/registry")["password"].clone()),
            (PASSWORDS[0].into(), PASSWORDS[0].into())
        );

        // A new password, and a day on which the tokens are due.
        gitlab.age_access_tokens(40);
        let workdir =
            workdir.env("TF_VAR_registry_password", PASSWORDS[1]).env("TF_VAR_registry_password_version", "2");
        traces.output(&workdir.apply());
        traces.output(&workdir.plans_nothing());
        assert_eq!(
            (password(), &outputs(&workdir)["registry_version"]),
            (PASSWORDS[1].to_owned(), &json!(2)),
            "{what}"
        );
        let successor = text(&data(&vault, "ci/data/gitlab/catalog")["token"]);
        assert!(signs_in(&gitlab, &successor) && !signs_in(&gitlab, &reader) && !signs_in(&gitlab, &release), "{what}");

        traces.output(&workdir.destroy());
        assert!(!signs_in(&gitlab, &successor), "{what}: destroying revokes");
        vault.act("POST", "/auth/token/revoke", &json!({ "token": scanner }));
        assert_eq!(vault.accessors(), before, "{what}: no token of Vault is left");
        traces.directory(&workdir.path());
        let secrets = Secrets::new().with("the reader", &reader).with("its successor", &successor);
        let secrets = secrets.with("the release", &release).with("the password", PASSWORDS[0]);
        secrets.with("the next password", PASSWORDS[1]).stay_out_of(&traces, &what);
        assert_eq!((gitlab.violations(), vault.violations()), (Vec::new(), Vec::new()), "{what}");
    }
}

#[test]
fn federation_lets_the_right_jobs_read_a_token_that_gitlab_generated() {
    for tool in tools() {
        let (gitlab, vault, issuer, what) = (GitLab::start(), Vault::start(), Issuer::start(), tool.label());
        let workdir = workdir(tool, "federation", &gitlab, &vault).env("TF_VAR_gitlab_url", &issuer.url);
        let workdir = workdir.env("TF_VAR_vault_audience", &vault.url);
        workdir.apply();
        workdir.plans_nothing();
        let outputs = outputs(&workdir);
        let snippet = text(&outputs["ci_snippet"]);
        for word in ["VAULT_ID_TOKEN", vault.url.as_str(), "auth/gitlab/login role=deployer"] {
            assert!(snippet.contains(word), "{what}: no `{word}` in\n{snippet}");
        }
        assert_eq!(outputs["bound_claims"]["project_path"], json!(["northwind/deployer"]), "{what}");

        let job = |project: &str| issuer.job(project).audience(&vault.url).protected();
        let right = || job("northwind/deployer").environment("production", "production");
        let log_in = |token: String| {
            let login = json!({ "role": "deployer", "jwt": token });
            vault.call_as("", "POST", "/auth/gitlab/login", &login)
        };
        let (status, answer) = log_in(right().token());
        assert_eq!(status, 200, "{what}: {answer}");
        let token = text(&answer["auth"]["client_token"]);
        let (status, answer) = vault.call_as(&token, "GET", "/ci/data/deployer/catalog", &Value::Null);
        assert_eq!(status, 200, "{what}: {answer}");
        let delivered = text(&answer["data"]["data"]["token"]);
        assert!(signs_in(&gitlab, &delivered), "{what}");
        for (wrong, why) in [
            (job("northwind/catalog").environment("production", "production"), "another project"),
            (right().branch("feature"), "another branch"),
            (right().tag("main"), "a tag of the branch's name"),
            (job("northwind/deployer"), "no environment"),
            (
                issuer.job("northwind/deployer").audience(&vault.url).environment("production", "production"),
                "an unprotected branch",
            ),
            (right().audience("https://elsewhere.example.com"), "another audience"),
        ] {
            assert_eq!(log_in(wrong.token()).0, 400, "{what}: {why} is let in");
        }
        workdir.destroy();
        assert!(!signs_in(&gitlab, &delivered), "{what}: destroying revokes");
        assert_ne!(log_in(right().token()).0, 200, "{what}: nobody is trusted any more");
        assert_eq!((gitlab.violations(), vault.violations()), (Vec::new(), Vec::new()), "{what}");
    }
}
