//! Secrets on all of their ways through the provider, and that none of them leaves a trace beside them.

use crate::logins::{Login, Servers, Source, WAYS, with_all};
use crate::ways::{EPHEMERAL, GIVEN, everything, given, giving, written};
use acceptance_tests::leaks::{Secrets, Traces};
use acceptance_tests::output::Output;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::Workdir;
use lab::Fault;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Written to Vault by somebody else.
const THEIRS: &str = "their \"horse\" & <battery>/staple+1";

/// Written to GitLab by somebody else.
const INTRUDED: &str = "intruded-horse-battery-staple";

/// A file of the scratch directory.
const LOG: &str = "trace.log";

/// One run after the other, and all that they leave behind.
struct Trail<'a> {
    servers: &'a Servers,
    workdir: Workdir,
    traces: Traces,
    /// What lives in Vault before the first run.
    living: BTreeSet<String>,
    credential: String,
}

impl<'a> Trail<'a> {
    fn new(tool: &Tool, servers: &'a Servers, way: (Login, Source), text: &str) -> Self {
        let credential = servers.credential(way.0);
        let workdir = servers.workdir(tool, way, &credential, text);
        let workdir = workdir.env("TF_LOG", "TRACE").env("TF_LOG_PATH", LOG);
        let workdir = giving(workdir, &servers.issuer.url);
        Self { servers, workdir, traces: Traces::new(), living: servers.living(), credential }
    }

    /// Runs the tool: what lives in Vault after it is what lived before.
    #[track_caller]
    fn run(&mut self, arguments: &[&str]) -> Output {
        let output = self.workdir.run(arguments);
        self.traces.output(&output);
        assert_eq!(self.servers.living(), self.living, "after `{}`:\n{}", output.command, output.text());
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
            ("somebody else's password", THEIRS),
            ("somebody else's value", INTRUDED),
            ("the credential", &self.credential),
            ("GitLab's token", &self.servers.gitlab.token),
        ];
        let known = known.iter().fold(given(), |secrets, (name, secret)| secrets.with(name, secret));
        with_all(known, &self.servers.secrets_on_the_wire())
    }

    /// Searches all that was printed and all that was written.
    #[track_caller]
    fn leaves_no_secret(mut self, what: &str) {
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
            trail.leaves_no_secret(&what);
        }
    }
}

/// A secret that nobody declared to be one.
const PLANTED: &str = r#"
variable "database" {
  type = string
}

resource "substrate_vault_mount" "planted" {
  path        = "planted"
  type        = "kv"
  description = var.database
}
"#;

/// The search is worth nothing unless it finds what is there: a secret that is planted where each of its places comes
/// from is found in each of them.
#[test]
fn a_secret_that_is_planted_is_found_wherever_it_gets_to() {
    for tool in tools() {
        let servers = Servers::start();
        let mut trail = Trail::new(tool, &servers, (Login::Token, Source::Environment), PLANTED);
        trail.plan("1.plan");
        let refusal = json!({ "errors": [format!("no such description: {}", GIVEN[0].1)] }).to_string();
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
            trail.leaves_no_secret(&format!("{} with {way:?}", tool.label()));
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
            let faults: [Break; 3] = [|fault| fault.echo(400), |fault| fault.echo(403), Fault::cut];
            for fault in faults {
                paths.iter().for_each(|path| servers.vault.fault(fault(Fault::on("*", path).always())));
                let output = trail.workdir.run(&["plan"]).exits(1);
                trail.traces.output(&output);
                servers.vault.clear_faults();
            }
            trail.leaves_no_secret(&format!("{} with {way:?}", tool.label()));
        }
    }
}

/// Servers that repeat what they are sent, or break off in the midst of what they tell.
#[test]
fn no_failure_shows_a_secret() {
    for tool in tools() {
        for (fault, ends) in FAULTS {
            let servers = Servers::start();
            let base = written();
            let mut trail = Trail::new(tool, &servers, (Login::AppRole, Source::Variable), &base);
            trail.run(&["apply", "-auto-approve"]).success();
            servers.vault.act("POST", "/kv/data/ci/token", &json!({ "data": { "other": THEIRS } }));

            trail.workdir.file("main.tf", &format!("{base}{EPHEMERAL}"));
            for (method, path) in OPENED {
                servers.vault.fault(fault(Fault::on(method, path).always()));
            }
            let output = trail.workdir.run(&["plan"]).exits(1);
            trail.traces.output(&output);
            told(tool, &output, &["kv/data/app/database", "auth/token/create", "role/terraform/secret-id"]);
            servers.vault.clear_faults();
            // What Vault opened in an answer that was lost is known to nobody, and expires.
            trail.living = servers.living();

            trail.workdir.file("main.tf", &raised(&everything()));
            for (method, path) in WRITTEN {
                servers.vault.fault(fault(Fault::on(method, path).always()));
                servers.gitlab.fault(fault(Fault::on(method, path).always()));
            }
            let output = trail.run(&["apply", "-auto-approve"]).exits(1);
            told(tool, &output, ends);
            trail.run(&["apply", "-auto-approve", "-json"]).exits(1);
            trail.show();
            servers.vault.clear_faults();
            servers.gitlab.clear_faults();
            trail.run(&["destroy", "-auto-approve"]).success();
            trail.leaves_no_secret(&tool.label());
        }
    }
}

/// The configuration with the next version of each write-only attribute.
fn raised(text: &str) -> String {
    let line = |line: &str| match line.split_once('=') {
        Some((name, " 1")) if name.trim_end().ends_with("_wo_version") => format!("{name}= 2\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

/// Makes a fault of a call.
type Break = fn(Fault) -> Fault;

/// What goes wrong, and whose failures are told then; where nothing is answered, nothing can be cut.
const FAULTS: [(Break, &[&str]); 3] = [
    (|fault| fault.echo(400), &ENDS),
    (|fault| fault.echo(500), &ENDS),
    (Fault::cut, &[ENDS[0], ENDS[1], ENDS[2], ENDS[3]]),
];

const ENDS: [&str; 5] =
    ["kv/data/app/database", "kv/data/app/run", "kv/data/ci/token", "variables/CI_TOKEN", "people/config"];

/// What opens ephemeral resources.
const OPENED: [(&str, &str); 3] =
    [("GET", "/kv/data/**"), ("POST", "/auth/token/create"), ("POST", "/auth/approle/role/terraform/secret-id")];

/// What writes secrets, in Vault or in GitLab.
const WRITTEN: [(&str, &str); 7] = [
    ("POST", "/auth/people/config"),
    ("PUT", "/projects/*"),
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
