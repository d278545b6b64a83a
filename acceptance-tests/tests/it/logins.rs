//! A GitLab and a Vault, and a provider that logs in to Vault in each of the ways there are.

use acceptance_tests::leaks::Secrets;
use acceptance_tests::tool::Tool;
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use lab::Issuer;
use lab::blocking::{GitLab, Vault};
use lab::http::log::Request;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How the provider gets its token for Vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// It has one.
    Token,
    /// By the secret id of an AppRole.
    AppRole,
    /// By the ID token of a CI job.
    Jwt,
}

/// Where the credential stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// In an ephemeral variable that the provider's configuration names.
    Variable,
    /// In the variable of the environment that the provider reads.
    Environment,
}

/// Every login with every place of its credential.
pub const WAYS: [(Login, Source); 6] = [
    (Login::Token, Source::Variable),
    (Login::Token, Source::Environment),
    (Login::AppRole, Source::Variable),
    (Login::AppRole, Source::Environment),
    (Login::Jwt, Source::Variable),
    (Login::Jwt, Source::Environment),
];

/// A GitLab, a Vault with auth methods for each login, and an issuer of ID tokens.
pub struct Servers {
    pub gitlab: GitLab,
    pub vault: Vault,
    pub issuer: Issuer,
    role_id: String,
}

const ALL: &str = r#"path "*" { capabilities = ["create", "read", "update", "patch", "delete", "list", "sudo"] }"#;

impl Servers {
    /// Starts them. The AppRole at `approle` and the JWT role at `gitlab` are called `terraform` and may do everything.
    pub fn start() -> Self {
        let (gitlab, vault, issuer) = (GitLab::start(), Vault::start(), Issuer::start());
        vault.act("PUT", "/sys/policies/acl/terraform", &json!({ "policy": ALL }));
        vault.act("POST", "/sys/auth/approle", &json!({ "type": "approle" }));
        vault.act("POST", "/sys/auth/gitlab", &json!({ "type": "jwt" }));
        let role = json!({ "token_policies": ["terraform"], "token_ttl": "1h" });
        vault.act("POST", "/auth/approle/role/terraform", &role);
        let role_id = vault.act("GET", "/auth/approle/role/terraform/role-id", &Value::Null);
        let config = json!({ "jwks_url": issuer.keys_url(), "bound_issuer": issuer.url });
        vault.act("POST", "/auth/gitlab/config", &config);
        let role = json!({
            "role_type": "jwt",
            "user_claim": "project_path",
            "bound_audiences": [issuer.url],
            "bound_claims": { "project_path": "infra/terraform" },
            "token_policies": ["terraform"],
            "token_ttl": "1h",
        });
        vault.act("POST", "/auth/gitlab/role/terraform", &role);
        let role_id = role_id["data"]["role_id"].as_str().expect("a role has an id").to_owned();
        Self { gitlab, vault, issuer, role_id }
    }

    /// Accessors of the tokens that live in Vault, and of the role's secret ids.
    pub fn living(&self) -> BTreeSet<String> {
        let (_, ids) = self.vault.call("LIST", "/auth/approle/role/terraform/secret-id", &Value::Null);
        let ids = ids["data"]["keys"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
        self.vault.accessors().into_iter().chain(ids).collect()
    }

    /// A credential for a run: a new token, secret id or ID token.
    pub fn credential(&self, login: Login) -> String {
        match login {
            Login::Token => self.vault.token(&["terraform"], "1h"),
            Login::AppRole => {
                let answer = self.vault.act("POST", "/auth/approle/role/terraform/secret-id", &json!({}));
                answer["data"]["secret_id"].as_str().expect("a secret id is a text").to_owned()
            }
            Login::Jwt => self.issuer.job("infra/terraform").token(),
        }
    }

    /// A directory whose provider logs in this way, with `text` as its configuration.
    pub fn workdir(&self, tool: &Tool, (login, source): (Login, Source), credential: &str, text: &str) -> Workdir {
        let (open, argument, close, variable) = match login {
            Login::Token => (String::new(), "token", "", "VAULT_TOKEN"),
            Login::AppRole => {
                let open = format!("auth_login_approle = {{\n role_id = \"{}\"\n", self.role_id);
                (open, "secret_id", "}\n", "VAULT_SECRET_ID")
            }
            Login::Jwt => {
                let open = "auth_login_jwt = {\n mount = \"gitlab\"\n role = \"terraform\"\n".to_owned();
                (open, "jwt", "}\n", "VAULT_ID_TOKEN")
            }
        };
        let (declared, argument, variable) = match source {
            Source::Variable => {
                (ephemeral("credential"), format!("{argument} = var.credential\n"), "TF_VAR_credential")
            }
            Source::Environment => (String::new(), String::new(), variable),
        };
        // What a proxy in front of Vault asks for is a secret too.
        let headers = if source == Source::Variable { "headers = { x-proxy-token = var.credential }\n" } else { "" };
        let vault = format!("vault = {{\n{headers}{open}{argument}{close}}}\n");
        let provider = format!("{REQUIRED_PROVIDERS}{declared}provider \"substrate\" {{\ngitlab = {{}}\n{vault}}}\n");
        let workdir = Workdir::new(tool).gitlab(&self.gitlab.api(), &self.gitlab.token);
        // Nobody waits for a second try of what fails here on purpose.
        let workdir =
            workdir.env("VAULT_ADDR", &self.vault.url).env("VAULT_MAX_RETRIES", "0").env(variable, credential);
        workdir.file("provider.tf", &provider).file("main.tf", text);
        workdir
    }

    /// What the servers alone know, or have seen: every token that came with a request, and every secret that an answer
    /// held, each by the name of the header or member. The provider's own credentials are among them.
    pub fn secrets_on_the_wire(&self) -> BTreeMap<String, Vec<String>> {
        let mut found = BTreeMap::new();
        for request in self.gitlab.requests().iter().chain(&self.vault.requests()) {
            of_request(request, &mut found);
        }
        found
    }
}

/// A variable whose value is in no plan.
pub fn ephemeral(name: &str) -> String {
    format!("variable \"{name}\" {{\n  type      = string\n  ephemeral = true\n  sensitive = true\n}}\n")
}

/// Headers that carry credentials.
const HEADERS: [&str; 3] = ["authorization", "private-token", "x-vault-token"];

/// Members of answers that hold secrets.
const MEMBERS: [&str; 5] = ["client_token", "runners_token", "secret_id", "token", "value"];

fn of_request(request: &Request, found: &mut BTreeMap<String, Vec<String>>) {
    for name in HEADERS {
        found.entry(name.to_owned()).or_default().extend(request.header(name).map(str::to_owned));
    }
    of_answer(&serde_json::from_slice(&request.answer).unwrap_or_default(), found);
}

fn of_answer(answer: &Value, found: &mut BTreeMap<String, Vec<String>>) {
    for (name, value) in answer.as_object().into_iter().flatten() {
        match value {
            Value::String(text) if MEMBERS.contains(&name.as_str()) && !text.is_empty() => {
                found.entry(name.clone()).or_default().push(text.clone());
            }
            value => of_answer(value, found),
        }
    }
    answer.as_array().into_iter().flatten().for_each(|item| of_answer(item, found));
}

/// These and those that are on the wire.
pub fn with_all(secrets: Secrets, wire: &BTreeMap<String, Vec<String>>) -> Secrets {
    let named = wire.iter().flat_map(|(name, values)| values.iter().map(move |value| (name, value)));
    named.fold(secrets, |secrets, (name, value)| secrets.with(name, value))
}
