//! The life of every resource, from its two examples.

use std::fmt::Write;
use std::sync::Mutex;

use lab::machine::announce;
use lab::{Estate, Request};
use tfplugin::harness::{Life, Step, live, resources};
use tokio::task::LocalSet;

use crate::estate::{delete, host, read, repository, understood};

/// One life for each registered type; the requests that it took are compared with the committed ones.
///
/// `LIFECYCLE=gitlab_group` keeps the types whose name contains the word.
#[tokio::test]
async fn every_resource_lives_and_dies() {
    let only = std::env::var_os("LIFECYCLE").map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
    let kinds = resources(&provider::provider()).into_iter().map(|(name, _)| name).filter(|name| name.contains(&only));
    let local = LocalSet::new();
    let kinds = kinds.filter(|kind| can_live(kind));
    let lives: Vec<_> = kinds.map(|kind| (kind.clone(), local.spawn_local(lead(kind)))).collect();
    local.await;
    let mut failures = Vec::new();
    for (kind, life) in lives {
        match life.await {
            Ok(Ok(log)) => expect_test::expect_file![snapshot(&kind)].assert_eq(&log),
            Ok(Err(error)) => failures.push(error),
            Err(panic) => failures.push(format!("{kind}: {panic}")),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// Whether the machine can run what the type is managed in; where not, the reason is told.
fn can_live(kind: &str) -> bool {
    let reason = Estate::unavailable(&[&example(kind, "resource.tf")]);
    reason.iter().for_each(|reason| announce(&format!("skipped: the life of {kind}: {reason}")));
    reason.is_none()
}

fn snapshot(kind: &str) -> std::path::PathBuf {
    repository().join(format!("provider/tests/it/snapshots/{kind}.txt"))
}

/// Leads the life of one type at servers of its own, and returns its log.
async fn lead(kind: String) -> Result<String, String> {
    let examples = ["resource.tf", "resource_update.tf"].map(|file| example(&kind, file));
    let estate = Estate::of(&[&examples[0], &examples[1]]).await;
    let [resource, update] = examples.map(|example| estate.localized(&example));
    let mut host = host(&estate).await;
    if estate.aws.is_some() || estate.haproxy.is_some() {
        host = host.one_by_one();
    }
    let log = Mutex::new(String::new());
    let life = Life {
        type_name: &kind,
        resource: &resource,
        update: &update,
        vanish: &|instance| delete(&estate, instance),
        over: &|step| note(&mut log.lock().expect("no step panics while it writes"), step, &estate),
    };
    let skipped = live(&mut host, &life).await.map_err(|error| format!("{error}"))?;
    understood(&estate);
    let mut log = log.into_inner().expect("the life is over");
    write!(log, "\n# Kept by rules\n").expect("a text takes everything");
    skipped.iter().for_each(|skipped| writeln!(log, "{skipped}").expect("a text takes everything"));
    Ok(estate.stable(&log))
}

fn example(kind: &str, file: &str) -> String {
    read(&format!("examples/resources/{kind}/{file}"))
}

/// Writes what a step asked of the servers; of the many that clear attributes, only the writes.
///
/// Vault, AWS, HAProxy and Ceph answer reads that are under way at once in any order; and what Ceph counts is read
/// until it stays the same.
fn note(log: &mut String, step: Step, estate: &Estate) {
    writeln!(log, "# {step:?}").expect("a text takes everything");
    let reads = |request: &Request| {
        ["GET", "LIST"].contains(&&*request.method)
            || ["/Get", "/List"].iter().any(|word| request.path.starts_with(word))
    };
    for run in estate.requests().chunk_by(|one, next| reads(one) == reads(next)) {
        let mut lines: Vec<String> = run.iter().map(ToString::to_string).collect();
        if reads(&run[0]) {
            lines.retain(|_| step != Step::Clear);
            if estate.vault.is_some() || estate.aws.is_some() || estate.haproxy.is_some() || estate.ceph.is_some() {
                lines.sort_by_cached_key(|line| estate.stable(line));
            }
            if estate.ceph.is_some() {
                lines.dedup();
            }
        }
        lines.iter().for_each(|line| writeln!(log, "{line}").expect("a text takes everything"));
    }
    estate.clear_log();
}
