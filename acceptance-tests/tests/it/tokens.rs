//! A token that GitLab generates, and the places that keep it.

use crate::estate::{PROJECT, look};
use crate::logins::{Login, Servers, Source};
use acceptance_tests::tool::Tool;
use acceptance_tests::workdir::Workdir;
use lab::Fault;
use lab::blocking::GitLab;
use lab::http::plain;
use serde_json::Value;

/// The token.
pub const AT: &str = "substrate_gitlab_project_access_token.ci";

/// The call that issues one.
pub const ISSUE: (&str, &str) = ("POST", "/projects/*/access_tokens");

/// The call that revokes one.
pub const REVOKE: (&str, &str) = ("DELETE", "/projects/*/access_tokens/*");

/// A place that keeps a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The variable `CI_TOKEN` of the group.
    Variable,
    /// The key `token` of the secret `kv/ci/token`.
    Kv,
}

impl Place {
    /// Every place.
    pub const ALL: [Self; 2] = [Self::Variable, Self::Kv];

    /// A project, an engine for secrets, and a token of the project that is delivered here and due after 20 days.
    pub fn configuration(self) -> String {
        let deliver = match self {
            Self::Variable => "gitlab_variable = { group = substrate_gitlab_group.parent.id, key = \"CI_TOKEN\" }",
            Self::Kv => "vault_kv = { mount = substrate_vault_mount.kv.path, name = \"ci/token\", key = \"token\" }",
        };
        format!("{PROJECT}{MOUNT}{}", TOKEN.replace("DELIVER", deliver))
    }

    /// What is kept here; none where nothing is.
    pub fn kept(self, servers: &Servers) -> Option<String> {
        let (status, answer) = match self {
            Self::Variable => servers.gitlab.call("GET", "/groups/infra/variables/CI_TOKEN", &Value::Null),
            Self::Kv => servers.vault.call("GET", "/kv/data/ci/token", &Value::Null),
        };
        let value = match self {
            Self::Variable => &answer["value"],
            Self::Kv => &answer["data"]["data"]["token"],
        };
        (status == 200).then(|| value.as_str().expect("a token is a text").to_owned())
    }

    /// The call that puts a token here, where there is one already or none yet.
    pub fn write(self, again: bool) -> (&'static str, &'static str) {
        match (self, again) {
            (Self::Variable, true) => ("PUT", "/groups/*/variables/*"),
            (Self::Variable, false) => ("POST", "/groups/*/variables"),
            (Self::Kv, true) => ("PATCH", "/kv/data/**"),
            (Self::Kv, false) => ("POST", "/kv/data/**"),
        }
    }

    /// Lets something go wrong with that call.
    pub fn fault(self, servers: &Servers, fault: Fault) {
        match self {
            Self::Variable => servers.gitlab.fault(fault),
            Self::Kv => servers.vault.fault(fault),
        }
    }

    /// How often a call came.
    pub fn count(self, servers: &Servers, (method, path): (&str, &str)) -> usize {
        match self {
            Self::Variable => servers.gitlab.count(method, path),
            Self::Kv => servers.vault.count(method, path),
        }
    }
}

const MOUNT: &str = r#"
resource "substrate_vault_mount" "kv" {
  path = "kv"
  type = "kv"

  options = {
    version = "2"
  }
}
"#;

const TOKEN: &str = r#"
resource "substrate_gitlab_project_access_token" "ci" {
  project = substrate_gitlab_project.parent.id
  name    = "ci"
  scopes  = ["api"]

  rotation_configuration = {
    expiration_days    = 30
    rotate_before_days = 10
  }

  deliver = {
    DELIVER
  }
}
"#;

/// A directory with that configuration, whose provider has a token of Vault.
pub fn workdir(tool: &Tool, servers: &Servers, place: Place) -> Workdir {
    let way = (Login::Token, Source::Environment);
    servers.workdir(tool, way, &servers.credential(way.0), &place.configuration())
}

/// Numbers of the project's active tokens.
#[track_caller]
pub fn active(gitlab: &GitLab) -> Vec<u64> {
    let (status, tokens) = gitlab.call("GET", "/projects/infra%2Fweb/access_tokens?state=active", &Value::Null);
    let tokens = if status == 404 { Value::Null } else { tokens };
    tokens.as_array().into_iter().flatten().map(|token| token["id"].as_u64().expect("a token has a number")).collect()
}

/// The import id of the project's token with this number.
#[track_caller]
pub fn import_id(gitlab: &GitLab, token: u64) -> String {
    format!("{}:{token}", look(gitlab, "/projects/infra%2Fweb")["id"])
}

/// Whether GitLab lets the token in, if only to say that its scopes do not reach that far.
#[track_caller]
pub fn signs_in(gitlab: &GitLab, token: &str) -> bool {
    let authority = gitlab.url.strip_prefix("http://").expect("this lab speaks no TLS");
    let answer = plain::exchange(authority, "GET", "/api/v4/user", &[("PRIVATE-TOKEN", token)], b"");
    let (status, body) = answer.expect("GitLab answers");
    assert!([200, 401, 403].contains(&status), "{status} {body}");
    status != 401
}
