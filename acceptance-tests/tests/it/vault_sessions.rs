//! The processes of a run at Vault: where they learn where it is and who they are, and that nothing of them stays.

use crate::logins::{Login, Servers, Source};
use acceptance_tests::output::Output;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use lab::Fault;
use lab::blocking::Vault;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Reads from Vault, and so logs in.
const READS: &str = "data \"substrate_vault_policy\" \"default\" {\n  name = \"default\"\n}\n";

/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Names and values of the environment.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// A home directory, with what `vault login` leaves there or without.
fn home(token: Option<&str>) -> TempDir {
    let home = TempDir::new().expect("a scratch directory");
    if let Some(token) = token {
        fs::write(home.path().join(".vault-token"), format!("{token}\n")).expect("it can be written");
    }
    home
}

/// What a plan says with these variables, this provider block and this home directory.
fn plan(tool: &Tool, home: &TempDir, variables: Variables, block: &str) -> Output {
    let workdir = Workdir::new(tool).env("HOME", &home.path().display().to_string()).env("VAULT_MAX_RETRIES", "0");
    let workdir = variables.iter().fold(workdir, |workdir, (name, value)| workdir.env(name, value));
    let provider = format!("{REQUIRED_PROVIDERS}provider \"substrate\" {{\n  vault = {{\n{block}  }}\n}}\n");
    workdir.file("provider.tf", &provider).file("main.tf", READS);
    workdir.run(&["plan"])
}

/// The configuration goes before the environment, and there Vault's names before OpenBao's.
#[test]
fn the_address_and_the_token_come_from_the_usual_places() {
    for tool in tools() {
        let vault = Vault::start();
        let (url, token) = (vault.url.as_str(), vault.root_token.as_str());
        let (with_token, without) = (home(Some(token)), home(None));
        let wrong = "hvs.wrong";
        let configured = format!("    address = \"{url}/v1/\"\n    token   = \"{token}\"\n");
        let cases: [(&TempDir, Variables, &str); 5] = [
            (&without, &[("BAO_ADDR", url), ("BAO_TOKEN", token)], ""),
            (&without, &[("VAULT_ADDR", url), ("BAO_ADDR", NOWHERE), ("VAULT_TOKEN", token), ("BAO_TOKEN", wrong)], ""),
            (&without, &[("VAULT_ADDR", NOWHERE), ("VAULT_TOKEN", wrong)], &configured),
            (&with_token, &[("VAULT_ADDR", url)], ""),
            (&with_token, &[("VAULT_ADDR", url), ("VAULT_TOKEN", "")], ""),
        ];
        for (home, variables, block) in cases {
            vault.clear_log();
            plan(tool, home, variables, block).success();
            let requests = vault.requests();
            let tokens: Vec<_> = requests.iter().map(|request| request.header("x-vault-token")).collect();
            assert!(!tokens.is_empty() && tokens.iter().all(|sent| *sent == Some(token)), "{variables:?}: {tokens:?}");
        }
        vault.clear_log();
        let said = plan(tool, &without, &[("VAULT_ADDR", url)], "").exits(1);
        let words: String = said.text().split_whitespace().map(|word| word.trim_matches(['│', '╷', '╵'])).collect();
        assert!(words.contains("ThereisnotokenforVault."), "{}", said.text());
        assert!(words.contains("Set`vault.token`orVAULT_TOKEN"), "{}", said.text());
        assert_eq!(vault.requests(), []);
    }
}

/// Of the credential of a login, and of the files of TLS.
#[test]
fn other_names_of_the_environment_are_read_too() {
    for tool in tools() {
        let servers = Servers::start();
        let before = servers.vault.accessors();
        for (login, names) in
            [(Login::AppRole, vec!["BAO_SECRET_ID"]), (Login::Jwt, vec!["BAO_ID_TOKEN", "TERRAFORM_VAULT_AUTH_JWT"])]
        {
            for name in names {
                let credential = servers.credential(login);
                let workdir = servers.workdir(tool, (login, Source::Environment), "", READS).env(name, &credential);
                workdir.run(&["plan"]).success();
                assert_eq!(servers.vault.accessors(), before, "{name}");
            }
        }

        let vault = Vault::build(lab::Vault::builder().mutual_tls()).expect("it starts");
        let client = vault.client.clone().expect("it demands a certificate");
        let folder = home(None);
        let file = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::write(&path, text).expect("it can be written");
            path.display().to_string()
        };
        let authority = file("ca.pem", vault.pem.as_deref().expect("it speaks TLS"));
        let (certificate, key) = (file("client.pem", &client.certificate), file("client-key.pem", &client.key));
        let base = [("VAULT_ADDR", vault.url.as_str()), ("VAULT_TOKEN", vault.root_token.as_str())];
        for [ca, cert, secret] in [
            ["VAULT_CACERT", "VAULT_CLIENT_CERT", "VAULT_CLIENT_KEY"],
            ["BAO_CACERT", "BAO_CLIENT_CERT", "BAO_CLIENT_KEY"],
        ] {
            let files = [(ca, authority.as_str()), (cert, certificate.as_str()), (secret, key.as_str())];
            plan(tool, &folder, &[base.as_slice(), &files].concat(), "").success();
        }
        let pem = vault.pem.as_deref().expect("it speaks TLS");
        let files = [("VAULT_CLIENT_CERT", certificate.as_str()), ("VAULT_CLIENT_KEY", key.as_str())];
        plan(tool, &folder, &[base.as_slice(), &[("VAULT_CACERT_BYTES", pem)], &files].concat(), "").success();
        plan(tool, &folder, &[base.as_slice(), &[("VAULT_SKIP_VERIFY", "TRUE")], &files].concat(), "").success();
        plan(tool, &folder, &[base.as_slice(), &files].concat(), "").exits(1);
        assert_ne!(vault.count("GET", "/sys/policies/**"), 0);
    }
}

/// As Vault's own client reads them; what it could not read either is no value that somebody did not set.
#[test]
fn a_variable_of_the_environment_is_read_or_named() {
    for tool in tools() {
        let (vault, home) = (Vault::start(), home(None));
        let base = [("VAULT_ADDR", vault.url.as_str()), ("VAULT_TOKEN", vault.root_token.as_str())];
        for timeout in ["60s", "1m", "60"] {
            plan(tool, &home, &[base.as_slice(), &[("VAULT_CLIENT_TIMEOUT", timeout)]].concat(), "").success();
        }
        for (name, wrong) in [
            ("VAULT_CLIENT_TIMEOUT", "soon"),
            ("VAULT_CLIENT_TIMEOUT", "0"),
            ("VAULT_SKIP_VERIFY", "perhaps"),
            ("BAO_SKIP_VERIFY", "perhaps"),
        ] {
            let said = plan(tool, &home, &[base.as_slice(), &[(name, wrong)]].concat(), "").exits(1);
            assert!(said.text().contains(name), "{name}={wrong}: {}", said.text());
        }
    }
}

/// The host kills a process that takes 2 s for its end; it ends by itself before, and the token expires later.
#[test]
fn a_vault_that_hangs_holds_the_end_for_a_second_and_no_longer() {
    for tool in tools() {
        let servers = Servers::start();
        let hangs = |times: u32| Fault::on("POST", "/auth/token/revoke-self").times(times).hang();
        let way = (Login::AppRole, Source::Environment);
        let workdir = servers.workdir(tool, way, &servers.credential(Login::AppRole), READS).env("TF_LOG", "WARN");
        servers.vault.fault(hangs(u32::MAX));
        // A machine that is busy is slow now and then; the process is what is measured.
        let ends: Vec<Duration> = (0..3).map(|_| end_of(&workdir, &servers)).collect();
        let fastest = ends.iter().min().expect("there were three");
        assert!((Duration::from_millis(900)..=Duration::from_millis(1_500)).contains(fastest), "{ends:?}");
        servers.vault.clear_faults();
        let left = servers.vault.accessors();
        workdir.run(&["plan"]).success();
        assert_eq!(servers.vault.accessors(), left, "{}: a Vault that answers keeps no token", tool.label());
    }
}

/// The time from when a plan's process revokes its token until the tool ends.
fn end_of(workdir: &Workdir, servers: &Servers) -> Duration {
    servers.vault.clear_log();
    let output = workdir.run(&["plan"]);
    let end = Instant::now();
    let output = output.success();
    assert!(output.stderr.contains("the end of the process was not waited for"), "{}", output.text());
    assert!(!output.stderr.contains("failed to exit gracefully"), "it was killed:\n{}", output.stderr);
    let requests = servers.vault.requests();
    let revoked: Vec<_> = requests.iter().filter(|one| one.is("POST", "/auth/token/revoke-self")).collect();
    assert_eq!(revoked.len(), 1, "one process logged in");
    end - revoked[0].at
}

/// A process whose token was given has nothing to end, whatever Vault does.
#[test]
fn a_process_with_a_given_token_ends_at_once() {
    for tool in tools() {
        let servers = Servers::start();
        let credential = servers.credential(Login::Token);
        let before = servers.vault.accessors();
        let workdir = servers.workdir(tool, (Login::Token, Source::Environment), &credential, READS);
        servers.vault.fault(Fault::on("POST", "/auth/**").always().hang());
        let ends = (0..5).map(|_| {
            servers.vault.clear_log();
            workdir.run(&["plan"]).success();
            let end = Instant::now();
            end - servers.vault.requests().last().expect("it read").at
        });
        let fastest = ends.min().expect("there were five");
        // Who waits for an end that hangs waits for a second.
        assert!(fastest < Duration::from_millis(500), "{}: {fastest:?}", tool.label());
        assert_eq!(servers.vault.count("POST", "/auth/**"), 0);
        assert_eq!(servers.vault.accessors(), before);
    }
}

/// Whoever interrupts a run wants its token to end, too.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_no_token() {
    use std::os::unix::process::CommandExt as _;
    use std::process::{Command, Stdio};

    for tool in tools() {
        let servers = Servers::start();
        let before = servers.vault.accessors();
        let policy = "resource \"substrate_vault_policy\" \"a\" {\n  count  = 20\n  name   = \"a-${count.index}\"\n  \
                      policy = \"path \\\"a\\\" {}\"\n}\n";
        let way = (Login::Jwt, Source::Environment);
        let workdir = servers.workdir(tool, way, &servers.credential(Login::Jwt), policy);
        let slow = Fault::on("PUT", "/sys/policies/acl/*").always().delay(Duration::from_millis(300));
        servers.vault.fault(slow);
        let mut apply = workdir.command(&["apply", "-auto-approve"]);
        let mut child = apply.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it starts");
        crate::estate::eventually("a policy is written", || servers.vault.count("PUT", "/sys/policies/acl/*") > 0);
        let group = format!("-{}", child.id());
        assert!(Command::new("kill").args(["-INT", "--", &group]).status().expect("kill starts").success());
        assert!(!child.wait().expect("it ends").success(), "{}: an interrupted apply is no success", tool.label());
        // Terraform does not wait for the processes that it told to end.
        crate::estate::eventually("the token is gone", || servers.vault.accessors() == before);
        thread::sleep(Duration::from_millis(50));
        assert_eq!(servers.vault.accessors(), before, "{}", tool.label());
    }
}
