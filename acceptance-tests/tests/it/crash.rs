//! Processes that are killed in the midst of a delivery or a rotation, and what the next run makes of it.

use crate::estate::eventually;
use crate::logins::Servers;
use crate::tokens::{AT, ISSUE, Place, REVOKE, active, import_id, signs_in, workdir};
use acceptance_tests::tool::tools;
use acceptance_tests::workdir::Workdir;
use lab::Fault;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

/// What is under way when the process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Issue,
    Delivery,
    Revocation,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    /// The server has the call, and has not carried it out.
    No,
    /// The server has carried it out, and nobody knows.
    Yes,
}

/// Who dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Victim {
    /// The tool with its provider, as when the machine goes down.
    Both,
    /// The provider alone.
    Provider,
}

const MOMENTS: [(Step, Done, Place, Victim); 9] = [
    (Step::Issue, Done::No, Place::Variable, Victim::Both),
    (Step::Issue, Done::Yes, Place::Kv, Victim::Both),
    (Step::Delivery, Done::No, Place::Variable, Victim::Both),
    (Step::Delivery, Done::Yes, Place::Variable, Victim::Both),
    (Step::Delivery, Done::No, Place::Kv, Victim::Both),
    (Step::Delivery, Done::Yes, Place::Kv, Victim::Both),
    (Step::Delivery, Done::No, Place::Kv, Victim::Provider),
    (Step::Revocation, Done::No, Place::Variable, Victim::Both),
    (Step::Revocation, Done::No, Place::Kv, Victim::Provider),
];

/// Applies, and kills at the moment when the call has come so far.
fn die(workdir: &Workdir, servers: &Servers, again: bool, (step, done, place, victim): (Step, Done, Place, Victim)) {
    let call @ (method, path) = match step {
        Step::Issue => ISSUE,
        Step::Delivery => place.write(again),
        Step::Revocation => REVOKE,
    };
    // Tokens are GitLab's, whatever place keeps them.
    let server = if step == Step::Delivery { place } else { Place::Variable };
    let fault = Fault::on(method, path);
    let before = server.count(servers, call);
    server.fault(servers, if done == Done::Yes { fault.stall() } else { fault.hang() });
    let mut apply = workdir.command(&["apply", "-auto-approve"]);
    let apply = apply.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = apply.spawn().expect("the tool starts");
    eventually(&format!("{method} {path} is sent"), || server.count(servers, call) > before);
    match victim {
        Victim::Both => kill(&format!("-{}", child.id())),
        Victim::Provider => children(child.id()).iter().for_each(|id| kill(id)),
    }
    let status = child.wait().expect("the tool ends");
    assert!(!status.success(), "an apply whose provider is killed is no success");
}

fn kill(target: &str) {
    let status = Command::new("kill").args(["-KILL", "--", target]).status().expect("kill starts");
    assert!(status.success(), "the signal was not sent to {target}");
}

fn children(process: u32) -> Vec<String> {
    let output = Command::new("pgrep").args(["-P", &process.to_string()]).output().expect("pgrep starts");
    let children: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
    assert!(!children.is_empty(), "the tool has started no provider");
    children
}

/// One token is alive, it is the one in the state, and it is the one that is delivered.
#[track_caller]
fn is_whole(workdir: &Workdir, servers: &Servers, place: Place, what: &str) {
    let alive = active(&servers.gitlab);
    assert_eq!(alive.len(), 1, "{what}: alive are {alive:?}");
    assert_eq!(workdir.state()[AT]["token_id"], alive[0], "{what}");
    let kept = place.kept(servers).expect("it is delivered");
    assert!(signs_in(&servers.gitlab, &kept), "{what}: what is delivered opens nothing");
    workdir.plans_nothing();
}

/// At every moment of a rotation what is delivered opens GitLab, and the next apply leaves exactly one token.
#[test]
fn a_rotation_that_is_killed_is_healed_by_the_next_apply() {
    for tool in tools() {
        for moment @ (_, _, place, _) in MOMENTS {
            let what = format!("{} at {moment:?}", tool.label());
            let servers = Servers::start();
            let workdir = workdir(tool, &servers, place);
            workdir.apply();
            servers.gitlab.age_access_tokens(25);
            die(&workdir, &servers, true, moment);
            let kept = place.kept(&servers).expect("one of the two is delivered");
            assert!(signs_in(&servers.gitlab, &kept), "{what}: what is delivered opens nothing");
            assert_eq!(workdir.planned().get(AT), Some(&vec!["update".to_owned()]), "{what}");
            workdir.apply();
            is_whole(&workdir, &servers, place, &what);
            workdir.destroy();
            assert_eq!(active(&servers.gitlab), [0; 0], "{what}");
        }
    }
}

/// The one moment at which the state knows less than the place: the error names what to import.
#[test]
fn a_rotation_that_is_killed_at_its_last_step_goes_on_after_an_import() {
    for tool in tools() {
        for place in Place::ALL {
            let servers = Servers::start();
            let workdir = workdir(tool, &servers, place);
            workdir.apply();
            servers.gitlab.age_access_tokens(25);
            die(&workdir, &servers, true, (Step::Revocation, Done::Yes, place, Victim::Both));
            goes_on_after_an_import(&workdir, &servers, place, &format!("{} with {place:?}", tool.label()));
        }
    }
}

/// A first token that nobody has in the state: the error names what to import.
#[test]
fn a_create_that_is_killed_goes_on_after_an_import() {
    for tool in tools() {
        for (step, done, place) in [
            (Step::Issue, Done::Yes, Place::Variable),
            (Step::Delivery, Done::No, Place::Variable),
            (Step::Delivery, Done::Yes, Place::Kv),
        ] {
            let servers = Servers::start();
            let workdir = workdir(tool, &servers, place);
            workdir.run(&["apply", "-auto-approve", "-target=substrate_gitlab_project.parent"]).success();
            workdir.run(&["apply", "-auto-approve", "-target=substrate_vault_mount.kv"]).success();
            die(&workdir, &servers, false, (step, done, place, Victim::Both));
            let what = format!("{} with {place:?} at {step:?} {done:?}", tool.label());
            goes_on_after_an_import(&workdir, &servers, place, &what);
        }
    }
}

#[track_caller]
fn goes_on_after_an_import(workdir: &Workdir, servers: &Servers, place: Place, what: &str) {
    let [alive] = active(&servers.gitlab)[..] else { panic!("{what}: one is alive") };
    let id = import_id(&servers.gitlab, alive);
    let issued = servers.gitlab.count(ISSUE.0, ISSUE.1);
    let output = workdir.run(&["apply", "-auto-approve", "-json"]).exits(1);
    let errors: String = output.errors().iter().map(|error| error.text()).collect();
    assert!(errors.contains(&id) && errors.contains("Import it"), "{what}: no `{id}` in\n{errors}");
    assert_eq!(servers.gitlab.count(ISSUE.0, ISSUE.1), issued, "{what}: nothing is issued beside it");
    workdir.run(&["import", AT, &id]).success();
    workdir.apply();
    is_whole(workdir, servers, place, what);
}
