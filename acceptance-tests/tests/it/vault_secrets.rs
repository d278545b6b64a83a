//! Secrets on all of their ways through the provider, and that none of them leaves a trace beside them.

use crate::estate::PROJECT;
use crate::logins::{Login, Servers, Source, WAYS, ephemeral, with_all};
use acceptance_tests::leaks::{Secrets, Traces};
use acceptance_tests::output::Output;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::Workdir;
use lab::Fault;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Written to Vault by write-only data, and read from there by an ephemeral resource. Each encoder writes it in its way.
const DATABASE: &str = "our \"horse\" & <battery>/staple+1";

/// Written to GitLab by a write-only value.
const REGISTRY: &str = "registry-horse-battery-staple";

/// Written to Vault by somebody else.
const THEIRS: &str = "their \"horse\" & <battery>/staple+1";

/// Written to GitLab by somebody else.
const INTRUDED: &str = "intruded-horse-battery-staple";

/// A file of the scratch directory.
const LOG: &str = "trace.log";

/// Secrets on each way: write-only, ephemeral, generated and delivered.
fn everything() -> String {
    format!("{PROJECT}{}{}{WRITE_ONLY}{EPHEMERAL}{DELIVERED}", ephemeral("database"), ephemeral("registry"))
}

const WRITE_ONLY: &str = r#"
resource "substrate_vault_mount" "kv" {
  path = "kv"
  type = "kv"

  options = {
    version = "2"
  }
}

resource "substrate_vault_kv_secret_v2" "database" {
  mount                = substrate_vault_mount.kv.path
  name                 = "app/database"
  data_json_wo         = jsonencode({ password = var.database })
  data_json_wo_version = 1
}

resource "substrate_gitlab_group_variable" "registry" {
  group            = substrate_gitlab_group.parent.id
  key              = "REGISTRY"
  masked           = true
  value_wo         = var.registry
  value_wo_version = 1
}

data "substrate_vault_kv_subkeys_v2" "database" {
  mount   = substrate_vault_kv_secret_v2.database.mount
  name    = substrate_vault_kv_secret_v2.database.name
  version = substrate_vault_kv_secret_v2.database.version
}
"#;

const EPHEMERAL: &str = r#"
ephemeral "substrate_vault_kv_secret_v2" "database" {
  mount   = substrate_vault_kv_secret_v2.database.mount
  name    = substrate_vault_kv_secret_v2.database.name
  version = substrate_vault_kv_secret_v2.database.version
}

resource "substrate_gitlab_project_variable" "database" {
  project          = substrate_gitlab_project.parent.id
  key              = "DATABASE"
  value_wo         = ephemeral.substrate_vault_kv_secret_v2.database.data["password"]
  value_wo_version = substrate_vault_kv_secret_v2.database.version
}

ephemeral "substrate_vault_token" "run" {
  policies = ["default"]
  ttl      = "20m"
}

ephemeral "substrate_vault_approle_auth_backend_role_secret_id" "run" {
  role_name = "terraform"
}

resource "substrate_vault_kv_secret_v2" "run" {
  mount = substrate_vault_mount.kv.path
  name  = "app/run"

  data_json_wo = jsonencode({
    token     = ephemeral.substrate_vault_token.run.client_token
    secret_id = ephemeral.substrate_vault_approle_auth_backend_role_secret_id.run.secret_id
  })
  data_json_wo_version = 1
}
"#;

const DELIVERED: &str = r#"
resource "substrate_gitlab_project_access_token" "kv" {
  project = substrate_gitlab_project.parent.id
  name    = "kv"
  scopes  = ["api"]

  rotation_configuration = {
    expiration_days    = 30
    rotate_before_days = 10
  }

  deliver = {
    vault_kv = {
      mount = substrate_vault_mount.kv.path
      name  = "ci/token"
      key   = "token"
    }
  }
}

resource "substrate_gitlab_project_access_token" "ci" {
  project = substrate_gitlab_project.parent.id
  name    = "ci"
  scopes  = ["api"]

  rotation_configuration = {
    expiration_days    = 30
    rotate_before_days = 10
  }

  deliver = {
    gitlab_variable = {
      group = substrate_gitlab_group.parent.id
      key   = "CI_TOKEN"
    }
  }
}
"#;

/// One run after the other, and all that they leave behind.
struct Trail<'a> {
    servers: &'a Servers,
    workdir: Workdir,
    traces: Traces,
    /// What lives in Vault before the first run.
    accessors: BTreeSet<String>,
    credential: String,
}

impl<'a> Trail<'a> {
    fn new(tool: &Tool, servers: &'a Servers, way: (Login, Source), text: &str) -> Self {
        let credential = servers.credential(way.0);
        let workdir = servers.workdir(tool, way, &credential, text);
        let workdir = workdir.env("TF_LOG", "TRACE").env("TF_LOG_PATH", LOG);
        let workdir = workdir.env("TF_VAR_database", DATABASE).env("TF_VAR_registry", REGISTRY);
        let accessors = servers.vault.accessors();
        Self { servers, workdir, traces: Traces::new(), accessors, credential }
    }

    /// Runs the tool: no token that it got outlives the run.
    #[track_caller]
    fn run(&mut self, arguments: &[&str]) -> Output {
        let output = self.workdir.run(arguments);
        self.traces.output(&output);
        let left: Vec<String> = self.servers.vault.accessors().difference(&self.accessors).cloned().collect();
        assert!(left.is_empty(), "`{}` leaves tokens in Vault: {left:?}\n{}", output.command, output.text());
        output
    }

    /// Plans into a file of its own, and shows the file.
    #[track_caller]
    fn plan(&mut self, file: &str) {
        self.run(&["plan", &format!("-out={file}")]).success();
        self.run(&["show", file]).success();
        self.run(&["show", "-json", file]).success();
    }

    /// Shows the state in each way there is.
    #[track_caller]
    fn show(&mut self) {
        for arguments in [&["show"][..], &["show", "-json"], &["state", "pull"]] {
            self.run(arguments).success();
        }
    }

    /// What must not be found: what the test made up, and what came over the wire.
    fn secrets(&self) -> Secrets {
        let known = [
            ("the database's password", DATABASE),
            ("the registry's password", REGISTRY),
            ("somebody else's password", THEIRS),
            ("somebody else's value", INTRUDED),
            ("the credential", &self.credential),
            ("GitLab's token", &self.servers.gitlab.token),
        ];
        let known = known.iter().fold(Secrets::new(), |secrets, (name, secret)| secrets.with(name, secret));
        with_all(known, &self.servers.secrets_on_the_wire())
    }

    /// Searches all that was printed and all that was written.
    #[track_caller]
    fn is_clean(mut self, what: &str) {
        self.traces.directory(&self.workdir.path());
        self.secrets().stay_out_of(&self.traces, what);
    }
}

fn count(wire: &BTreeMap<String, Vec<String>>, name: &str) -> usize {
    wire.get(name).into_iter().flatten().collect::<BTreeSet<_>>().len()
}

/// Somebody writes over a secret in Vault and one in GitLab, and time passes until the tokens are due.
fn intrude(servers: &Servers) {
    servers.vault.act("POST", "/kv/data/app/database", &json!({ "data": { "password": THEIRS } }));
    let change = json!({ "value": INTRUDED });
    let (status, answer) = servers.gitlab.call("PUT", "/groups/infra/variables/REGISTRY", &change);
    assert_eq!(status, 200, "{answer}");
    servers.gitlab.age_access_tokens(25);
}

/// Three plans, an apply of the last, a look at the state, what somebody else did, its repair, and the end.
#[test]
fn secrets_are_in_neither_plan_nor_state_nor_log_nor_output() {
    for tool in tools() {
        for way in
            [(Login::Token, Source::Variable), (Login::AppRole, Source::Variable), (Login::Jwt, Source::Environment)]
        {
            let servers = Servers::start();
            let mut trail = Trail::new(tool, &servers, way, &everything());
            ["1.plan", "2.plan", "3.plan"].iter().for_each(|file| trail.plan(file));
            assert_eq!(servers.gitlab.count("POST", "/projects/*/access_tokens"), 0, "a plan issues nothing");
            trail.run(&["apply", "3.plan"]).success();
            trail.show();
            trail.run(&["plan", "-detailed-exitcode"]).exits(0);
            intrude(&servers);
            trail.plan("4.plan");
            trail.run(&["apply", "-auto-approve", "-json"]).success();
            trail.show();
            trail.run(&["plan", "-refresh-only", "-json"]).success();
            trail.run(&["destroy", "-auto-approve"]).success();

            let wire = servers.secrets_on_the_wire();
            let what = format!("{} with {way:?}", tool.label());
            assert_eq!(count(&wire, "token"), 4, "{what}: two tokens of GitLab, and their successors");
            assert!(count(&wire, "secret_id") > 5 && count(&wire, "client_token") > 5, "{what}: {:?}", wire.keys());
            assert!(wire["value"].contains(&INTRUDED.to_owned()), "{what}: GitLab shows values");
            assert_eq!(servers.gitlab.violations(), [""; 0]);
            assert_eq!(servers.vault.violations(), [""; 0]);
            trail.is_clean(&what);
        }
    }
}

/// The search is worth nothing unless it finds what is there: a secret that is planted where each of its places comes
/// from is found in each of them.
#[test]
fn a_secret_that_is_planted_is_found_wherever_it_gets_to() {
    for tool in tools() {
        let servers = Servers::start();
        let planted = format!(
            r#"{}{PROJECT}
resource "substrate_vault_mount" "planted" {{
  path        = "planted"
  type        = "kv"
  description = var.planted
}}
"#,
            ephemeral("planted").replace("ephemeral = true", "").replace("sensitive = true", "")
        );
        let mut trail = Trail::new(tool, &servers, (Login::Token, Source::Environment), &planted);
        trail.workdir = trail.workdir.env("TF_VAR_planted", DATABASE);
        trail.plan("1.plan");
        let refusal = json!({ "errors": [format!("no such description: {DATABASE}")] }).to_string();
        servers.vault.fault(Fault::on("POST", "/sys/mounts/planted").times(2).status(400, &refusal));
        let refused = trail.run(&["apply", "-auto-approve"]).exits(1);
        trail.run(&["apply", "-auto-approve", "-json"]).exits(1);
        trail.run(&["apply", "-auto-approve"]).success();
        trail.run(&["show", "-json"]).success();
        trail.traces.directory(&trail.workdir.path());

        let found: BTreeSet<String> =
            trail.secrets().in_traces(&trail.traces).into_iter().map(|leak| leak.place).collect();
        let places = [
            "1.plan/tfplan".to_owned(),
            "terraform.tfstate".to_owned(),
            LOG.to_owned(),
            format!("standard error of `{}`", refused.command),
            format!("standard output of `{} show 1.plan`", tool.kind.name()),
            format!("standard output of `{} show -json 1.plan`", tool.kind.name()),
            format!("standard output of `{} show -json`", tool.kind.name()),
            format!("standard output of `{} apply -auto-approve -json`", tool.kind.name()),
        ];
        for place in places {
            assert!(found.contains(&place), "{}: not found in {place}, but in {found:#?}", tool.label());
        }
    }
}

/// A credential in a variable and one in the environment are kept alike, and no login leaves a token.
#[test]
fn every_login_works_and_leaves_neither_trace_nor_token() {
    for tool in tools() {
        let servers = Servers::start();
        for way in WAYS {
            let text =
                "resource \"substrate_vault_policy\" \"a\" {\n  name   = \"a\"\n  policy = \"path \\\"a\\\" {}\"\n}\n";
            let mut trail = Trail::new(tool, &servers, way, text);
            trail.plan("1.plan");
            trail.run(&["apply", "-auto-approve"]).success();
            trail.run(&["destroy", "-auto-approve"]).success();
            trail.is_clean(&format!("{} with {way:?}", tool.label()));
        }
    }
}

/// A refused login, which repeats the credential.
#[test]
fn a_login_that_fails_shows_no_credential() {
    for tool in tools() {
        let servers = Servers::start();
        for way in WAYS {
            let mut trail =
                Trail::new(tool, &servers, way, "data \"substrate_vault_policy\" \"a\" {\n  name = \"a\"\n}\n");
            let paths = ["/auth/*/login", "/sys/policies/acl/*"];
            let faults: [fn(Fault) -> Fault; 3] = [|fault| fault.echo(400), |fault| fault.echo(403), Fault::cut];
            for fault in faults {
                paths.iter().for_each(|path| servers.vault.fault(fault(Fault::on("*", path).always())));
                let output = trail.workdir.run(&["plan"]).exits(1);
                trail.traces.output(&output);
                servers.vault.clear_faults();
            }
            trail.is_clean(&format!("{} with {way:?}", tool.label()));
        }
    }
}

/// Servers that repeat what they are sent, or break off in the midst of what they tell.
#[test]
fn no_failure_shows_a_secret() {
    let faults: [fn(Fault) -> Fault; 3] = [|fault| fault.echo(400), |fault| fault.echo(500), Fault::cut];
    for tool in tools() {
        for fault in faults {
            let servers = Servers::start();
            let base = format!("{PROJECT}{}{}{WRITE_ONLY}", ephemeral("database"), ephemeral("registry"));
            let mut trail = Trail::new(tool, &servers, (Login::AppRole, Source::Variable), &base);
            trail.run(&["apply", "-auto-approve"]).success();
            servers.vault.act("POST", "/kv/data/ci/token", &json!({ "data": { "other": THEIRS } }));

            trail.workdir.file("main.tf", &format!("{base}{EPHEMERAL}"));
            for (method, path) in OPENED {
                servers.vault.fault(fault(Fault::on(method, path).always()));
            }
            let output = trail.run(&["plan"]).exits(1);
            told(tool, &output, &["kv/data/app/database", "auth/token/create", "role/terraform/secret-id"]);
            servers.vault.clear_faults();

            let raised = everything().replace("_wo_version = 1", "_wo_version = 2");
            trail.workdir.file("main.tf", &raised.replace("_wo_version     = 1", "_wo_version = 2"));
            for (method, path) in WRITTEN {
                servers.vault.fault(fault(Fault::on(method, path).always()));
                servers.gitlab.fault(fault(Fault::on(method, path).always()));
            }
            let output = trail.run(&["apply", "-auto-approve"]).exits(1);
            told(tool, &output, &["kv/data/app/database", "kv/data/app/run", "kv/data/ci/token", "variables/CI_TOKEN"]);
            trail.run(&["apply", "-auto-approve", "-json"]).exits(1);
            trail.show();
            servers.vault.clear_faults();
            servers.gitlab.clear_faults();
            trail.run(&["destroy", "-auto-approve"]).success();
            trail.is_clean(&tool.label());
        }
    }
}

/// What opens ephemeral resources.
const OPENED: [(&str, &str); 3] =
    [("GET", "/kv/data/**"), ("POST", "/auth/token/create"), ("POST", "/auth/approle/role/terraform/secret-id")];

/// What writes secrets, in Vault or in GitLab.
const WRITTEN: [(&str, &str); 5] = [
    ("POST", "/kv/data/**"),
    ("PATCH", "/kv/data/**"),
    ("PUT", "/groups/*/variables/*"),
    ("POST", "/groups/*/variables"),
    ("POST", "/projects/*/variables"),
];

#[track_caller]
fn told(tool: &Tool, output: &Output, paths: &[&str]) {
    for path in paths {
        assert!(output.stderr.contains(path), "{}: no error about {path}:\n{}", tool.label(), output.stderr);
    }
}
