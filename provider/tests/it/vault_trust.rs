//! Logins of jobs of a GitLab with roles that `vault_gitlab_trust` made, against the real Vault.
//!
//! The auth method verifies the signature and binds no issuer: what is refused here, the role refuses.

use expect_test::expect;
use lab::{Issuer, Vault};
use serde_json::{Value as Json, json};
use tfplugin::harness::{Action, Host};

use crate::estate::{document, failure, fine, host};

const TRUST: &str = "substrate_vault_gitlab_trust.web";
const VAULT: &str = "https://vault.example.com";

/// A Vault that verifies the ID tokens of a GitLab.
struct Scene {
    vault: Vault,
    issuer: Issuer,
    host: Host,
}

impl Scene {
    async fn start() -> Scene {
        let (vault, issuer) = (Vault::start().await, Issuer::start());
        vault.act("POST", "/sys/auth/jwt", &json!({ "type": "jwt" }));
        vault.act("POST", "/auth/jwt/config", &json!({ "jwks_url": issuer.keys_url() }));
        let host = host(&vault).await;
        Scene { vault, issuer, host }
    }

    /// A trust with these arguments beside the GitLab, the audience and the policies.
    fn trust(&self, arguments: &str) -> String {
        let arguments = arguments.replace("; ", "\n  ");
        format!(
            "resource \"substrate_vault_gitlab_trust\" \"web\" {{\n  role_name = \"web\"\n  gitlab_url = \"{}\"\n  \
             bound_audiences = [\"{VAULT}\"]\n  token_policies = [\"deploy\"]\n  {arguments}\n}}\n",
            self.issuer.url
        )
    }

    /// Applies, and plans nothing after it.
    async fn apply(&mut self, arguments: &str) -> Option<Action> {
        let text = self.trust(arguments);
        let report = fine(self.host.apply(&document(&text)).await);
        assert!(report.messages.is_empty(), "{}", report.text());
        assert_eq!(self.planned(arguments).await, None, "{arguments}");
        report.actions.get(TRUST).copied()
    }

    /// What is planned for the trust.
    async fn planned(&mut self, arguments: &str) -> Option<Action> {
        let text = self.trust(arguments);
        fine(self.host.plan(&document(&text)).await).actions.get(TRUST).copied()
    }

    /// A job of this project, whose token is for this Vault.
    fn job(&self, project: &str) -> lab::issuer::Job<'_> {
        self.issuer.job(project).audience(VAULT)
    }

    /// Logs in.
    fn login(&self, job: &lab::issuer::Job<'_>) -> (u16, Json) {
        self.vault.call_as("", "POST", "/auth/jwt/login", &json!({ "role": "web", "jwt": job.token() }))
    }

    #[track_caller]
    fn admits(&self, job: lab::issuer::Job<'_>) -> Json {
        let (status, answer) = self.login(&job);
        assert_eq!(status, 200, "{answer}: {}", job.claims());
        answer["auth"].clone()
    }

    /// The role refuses the job, for this reason.
    #[track_caller]
    fn refuses(&self, job: lab::issuer::Job<'_>, reason: &str) {
        let (status, answer) = self.login(&job);
        assert!(status == 400 && answer.to_string().contains(reason), "{status} {answer}: {}", job.claims());
    }

    /// What the role is in Vault.
    fn role(&self) -> Json {
        self.vault.act("GET", "/auth/jwt/role/web", &Json::Null)["data"].clone()
    }
}

fn claim(name: &str) -> String {
    format!("claim \\\"{name}\\\" does not match")
}

#[tokio::test]
async fn the_branch_of_the_project_is_admitted_and_nothing_else() {
    let mut scene = Scene::start().await;
    assert_eq!(scene.apply("project = \"acme/web\"; branch = \"main\"; token_ttl = 900").await, Some(Action::Create));
    let auth = scene.admits(scene.job("acme/web"));
    assert_eq!((&auth["token_policies"], &auth["lease_duration"]), (&json!(["default", "deploy"]), &json!(900)));
    assert_eq!(auth["metadata"]["role"], "web");
    scene.admits(scene.job("acme/web").protected().environment("production", "production"));
    scene.admits(scene.job("acme/web").claim("sub", "whatever its parts are"));

    for project in ["acme/api", "acme/web2", "evil/acme/web", "acme/web/web", "Acme/web"] {
        scene.refuses(scene.job(project), &claim("project_path"));
    }
    for branch in ["feature", "main2", "Main", "*", "release/main"] {
        scene.refuses(scene.job("acme/web").branch(branch), &claim("ref"));
    }
    scene.refuses(scene.job("acme/web").audience("https://other.example.com"), "audience");
    scene.refuses(scene.job("acme/web").claim("aud", Json::Null), "audience");
    scene.refuses(scene.job("acme/web").claim("iss", "https://evil.example.com"), &claim("iss"));
    scene.refuses(scene.job("acme/web").claim("iss", format!("{}/", scene.issuer.url)), &claim("iss"));
    scene.refuses(scene.job("acme/web").tag("main"), &claim("ref_type"));
    scene.refuses(scene.job("acme/web").claim("project_path", Json::Null), "not found in token");
    for missing in ["iss", "ref", "ref_type"] {
        scene.refuses(scene.job("acme/web").claim(missing, Json::Null), "is missing");
    }
    let stranger = Issuer::start();
    let forged = stranger.job("acme/web").audience(VAULT).claim("iss", scene.issuer.url.as_str());
    scene.refuses(forged, "signature");
    assert_eq!(scene.vault.violations(), [""; 0]);
}

#[tokio::test]
async fn a_job_without_the_environment_is_refused() {
    let mut scene = Scene::start().await;
    scene.apply("project = \"acme/web\"; branch = \"main\"; environment = \"production\"").await;
    scene.admits(scene.job("acme/web").environment("production", "production"));
    scene.refuses(scene.job("acme/web"), "claim \\\"environment\\\" is missing");
    scene.refuses(scene.job("acme/web").environment("staging", "production"), &claim("environment"));
    scene.refuses(scene.job("acme/web").branch("feature").environment("production", "production"), &claim("ref"));
}

#[tokio::test]
async fn a_group_is_itself_and_what_is_below_it_only_if_asked_for() {
    let mut scene = Scene::start().await;
    scene.apply("group = \"acme\"; branch = \"main\"").await;
    scene.admits(scene.job("acme/web"));
    scene.admits(scene.job("acme/api"));
    let strangers = ["acme-evil/web", "acme2/web", "evil/web", "evil/acme/web", "acm/web"];
    for project in strangers.iter().chain(&["acme/platform/web"]) {
        scene.refuses(scene.job(project), &claim("namespace_path"));
    }

    let below = "group = \"acme\"; branch = \"main\"; include_subgroups = true";
    assert_eq!(scene.apply(below).await, Some(Action::Update));
    assert_eq!(scene.role()["bound_claims"]["namespace_path"], json!(["acme", "acme/*"]));
    for project in ["acme/web", "acme/platform/web", "acme/platform/deep/web"] {
        scene.admits(scene.job(project));
    }
    for project in strangers {
        scene.refuses(scene.job(project), &claim("namespace_path"));
    }
    scene.refuses(scene.job("acme/web").branch("main2"), &claim("ref"));
    scene.refuses(scene.job("acme/web").tag("main"), &claim("ref_type"));
    scene.refuses(scene.job("acme/web").claim("iss", "https://evil.example.com"), &claim("iss"));

    assert_eq!(scene.apply("group = \"acme\"; branch = \"main\"").await, Some(Action::Update));
    scene.refuses(scene.job("acme/platform/web"), &claim("namespace_path"));
    assert_eq!(scene.vault.violations(), [""; 0]);
}

#[tokio::test]
async fn a_star_stands_for_any_text_where_it_was_written_and_nowhere_else() {
    let mut scene = Scene::start().await;
    scene.apply("project = \"acme/web\"; tag = \"v*\"; protected_only = true").await;
    scene.admits(scene.job("acme/web").tag("v1.2").protected());
    scene.refuses(scene.job("acme/web").tag("v1.2"), &claim("ref_protected"));
    scene.refuses(scene.job("acme/web").tag("1.2").protected(), &claim("ref"));
    scene.refuses(scene.job("acme/web").branch("v1.2").protected(), &claim("ref_type"));
    scene.refuses(scene.job("acme/webb").tag("v1.2").protected(), &claim("project_path"));

    scene.apply("project = \"acme/web\"; branch = \"release/*\"; environment = \"review/*\"").await;
    let review = |scene: &Scene, branch: &str| {
        let job = scene.job("acme/web").branch(branch).environment("review/a/b", "development");
        scene.login(&job).0
    };
    assert_eq!([review(&scene, "release/1/x"), review(&scene, "release"), review(&scene, "main")], [200, 400, 400]);
    scene.refuses(scene.job("acme/web").branch("release/1").environment("prod", "other"), &claim("environment"));
}

#[tokio::test]
async fn without_a_ref_every_branch_and_tag_is_admitted() {
    let mut scene = Scene::start().await;
    scene.apply("project = \"acme/web\"").await;
    scene.admits(scene.job("acme/web").branch("feature"));
    scene.admits(scene.job("acme/web").tag("v1"));
    scene.refuses(scene.job("acme/api"), &claim("project_path"));
}

#[tokio::test]
async fn a_role_that_somebody_widened_is_narrowed_again() {
    let mut scene = Scene::start().await;
    let arguments = "project = \"acme/web\"; branch = \"main\"";
    scene.apply(arguments).await;
    let kept = scene.role();
    let claims = |role: &Json, name: &str, value: Json| {
        let mut claims = role["bound_claims"].clone();
        claims[name] = value;
        claims
    };
    for (claims, kind) in [
        (json!({ "iss": scene.issuer.url }), "string"),
        (claims(&kept, "project_path", json!(["acme/web", "acme/api"])), "string"),
        (claims(&kept, "project_path", json!("acme/*")), "glob"),
        (claims(&kept, "ref", json!("*")), "glob"),
        (claims(&kept, "ref_type", json!(["branch", "tag"])), "string"),
        (claims(&kept, "user_login", json!("root")), "string"),
        (Json::Null, "string"),
    ] {
        let widened = json!({ "role_type": "jwt", "bound_claims_type": kind, "bound_claims": claims });
        scene.vault.act("POST", "/auth/jwt/role/web", &widened);
        assert_eq!(scene.planned(arguments).await, Some(Action::Update), "{widened}");
        assert_eq!(scene.apply(arguments).await, Some(Action::Update));
        assert_eq!(scene.role(), kept);
    }
    let stolen = json!({ "role_type": "jwt", "bound_audiences": ["https://other.example.com"] });
    scene.vault.act("POST", "/auth/jwt/role/web", &stolen);
    assert_eq!(scene.apply(arguments).await, Some(Action::Update));
    assert_eq!(scene.role(), kept);
    scene.vault.act("POST", "/auth/jwt/role/web", &json!({ "role_type": "jwt", "bound_claims_type": "glob" }));
    assert_eq!(scene.planned(arguments).await, None, "without a star, both types mean the same");
}

#[tokio::test]
async fn a_role_is_imported_as_the_trust_that_it_is() {
    let mut scene = Scene::start().await;
    let id = "auth/jwt/role/web";
    for arguments in [
        "project = \"acme/web\"; branch = \"release/*\"; environment = \"production\"",
        "group = \"acme\"; include_subgroups = true; tag = \"v1\"; protected_only = true; token_num_uses = 3",
        "group = \"acme/platform\"",
    ] {
        scene.apply(arguments).await;
        scene.host.forget(TRUST);
        fine(scene.host.import(TRUST, id).await);
        assert_eq!(scene.planned(arguments).await, None, "{arguments}");
    }
    let text = scene.trust("project = \"acme/web\"");
    scene.host.forget(TRUST);
    let refused = failure(scene.host.apply(&document(&text)).await);
    assert!(refused.contains("Import it with the id `auth/jwt/role/web`"), "{refused}");
}

#[tokio::test]
async fn the_snippet_is_what_a_job_needs() {
    let mut scene = Scene::start().await;
    scene.apply("project = \"acme/web\"; environment = \"review/*\"").await;
    let snippet = |scene: &Scene| scene.host.instance(TRUST).expect("it is in the state").text("ci_snippet");
    expect![[r#"
        .vault-web:
          environment: "review/$CI_COMMIT_REF_SLUG"
          id_tokens:
            VAULT_ID_TOKEN:
              aud: "https://vault.example.com"
          before_script:
            - export VAULT_TOKEN="$(printf %s "$VAULT_ID_TOKEN" | vault write -field=token auth/jwt/login role=web jwt=-)"
    "#]]
    .assert_eq(&snippet(&scene));
    scene.apply("project = \"acme/web\"").await;
    assert!(!snippet(&scene).contains("environment"), "{}", snippet(&scene));
}

#[tokio::test]
async fn what_would_trust_others_than_are_meant_is_refused_at_the_plan() {
    let mut scene = Scene::start().await;
    let project = "project = \"acme/web\"";
    for (arguments, attribute) in [
        ("branch = \"main\"".to_owned(), "project"),
        (format!("{project}; group = \"acme\""), "group"),
        (format!("{project}; branch = \"main\"; tag = \"v1\""), "tag"),
        (format!("{project}; include_subgroups = true"), "include_subgroups"),
        ("project = \"acme/*\"".to_owned(), "project"),
        ("project = \"web\"".to_owned(), "project"),
        ("project = \"/acme/web\"".to_owned(), "project"),
        ("group = \"acme*\"".to_owned(), "group"),
        ("group = \"acme/\"".to_owned(), "group"),
        (format!("{project}; branch = \"refs/heads/main\""), "branch"),
        (format!("{project}; branch = \"\""), "branch"),
        (format!("{project}; environment = \"\""), "environment"),
    ] {
        let text = scene.trust(&arguments);
        let report = scene.host.validate(&document(&text)).await.expect("it breaks no rule");
        assert!(report.failed(), "{arguments}");
        let attributes: Vec<_> = report.messages.iter().map(|message| message.attribute.as_str()).collect();
        assert!(attributes.contains(&attribute), "{arguments}: {}", report.text());
    }
    let good = scene.trust(project);
    let issuer = scene.issuer.url.clone();
    for (from, to, attribute) in [
        (issuer.clone(), format!("{issuer}/"), "gitlab_url"),
        (issuer.clone(), "gitlab.example.com".to_owned(), "gitlab_url"),
        (issuer.clone(), "https://*.example.com".to_owned(), "gitlab_url"),
        (format!("[\"{VAULT}\"]"), "[]".to_owned(), "bound_audiences"),
        ("role_name = \"web\"".to_owned(), "role_name = \"Web\"".to_owned(), "role_name"),
        ("[\"deploy\"]".to_owned(), "[\"Deploy\"]".to_owned(), "token_policies"),
        ("[\"deploy\"]".to_owned(), "[\"root\"]".to_owned(), "token_policies"),
    ] {
        let report = scene.host.validate(&document(&good.replace(&from, &to))).await.expect("it breaks no rule");
        let attributes: Vec<_> = report.messages.iter().map(|message| message.attribute.as_str()).collect();
        assert!(report.failed() && attributes == [attribute], "{to}: {}", report.text());
    }
}
