//! Vault's own words in an answer that refuses.

use serde_json::Value;

use super::config::{ADDRESS, CREDENTIAL};
use crate::http::{Answer, Meaning, Method, Refusal};

/// What OpenBao 2.3 and Vault Enterprise say of a namespace that is not there.
pub const NO_NAMESPACE: &str = "namespace not found";

/// What to do about it.
pub const OTHER_NAMESPACE: &str = "Correct `vault.namespace` or VAULT_NAMESPACE, or create the namespace first.";

/// What a refusal means, read from `{"errors": […]}`, which is empty for an object that does not exist.
pub fn explain(answer: &Answer) -> Option<Refusal> {
    match answer.status() {
        // How a standby sends to the active node (Vault 1.21, `http/handler.go`); other redirects are somebody else's.
        307 => return Some(standby()),
        // What `sys/health` says of a cluster that only waits to be promoted.
        472 => {
            let refusal = Refusal::new("this cluster is a secondary for disaster recovery");
            return Some(refusal.hint(format!("Set {ADDRESS} to the primary cluster.")));
        }
        473 => return Some(standby()),
        _ => {}
    }
    let Ok(body) = answer.json() else { return foreign(answer) };
    // An object that is not there is told by an empty list, or by an answer with nothing but warnings or old metadata.
    let Some(errors) = body.get("errors").and_then(Value::as_array) else {
        let known = answer.status() == 404 && body.get("request_id").is_some();
        return if known { Some(Refusal::new("there is nothing")) } else { foreign(answer) };
    };
    let words = errors.iter().filter_map(Value::as_str).map(plain).collect::<Vec<_>>().join("; ");
    Some(understood(answer, words))
}

/// What no Vault says: a 404 of something on the way to it tells nothing about an object.
fn foreign(answer: &Answer) -> Option<Refusal> {
    match answer.status() {
        // Go's server says so to whoever does not speak TLS to it.
        400 if answer.text().contains("HTTP request to an HTTPS server") => {
            Some(Refusal::new(answer.text()).hint(format!("Begin {ADDRESS} with `https://`.")))
        }
        // A KV engine says nothing at all of a secret that is not there to be patched.
        404 if answer.method() == Method::Patch && answer.body().is_empty() => Some(Refusal::new("there is nothing")),
        404 | 405 | 410 => Some(Refusal::new("").means(Meaning::Failure)),
        _ => None,
    }
}

/// A status, words of its answer, what they mean, and what to do about them.
type Saying = (u16, &'static str, Meaning, &'static str);

const SAYINGS: &[Saying] = &[
    // A KV engine answers so for a moment after it was made or upgraded.
    (400, "Upgrading from non-versioned to versioned", Meaning::Busy, ""),
    (400, "already in use", Meaning::Conflict, ""),
    (400, "engine mount at ", Meaning::NotFound, ""),
    (400, "check-and-set", Meaning::Conflict, "Read which version is there, and plan again."),
    // What is said of an accessor whose token is gone.
    (400, "invalid accessor", Meaning::NotFound, ""),
    (400, "error checking oidc discovery URL", Meaning::AsStatus, UNREACHED),
    (400, "error checking jwks URL", Meaning::AsStatus, UNREACHED),
    // What it holds may well be there: the name may be wrong.
    (404, NO_NAMESPACE, Meaning::Failure, OTHER_NAMESPACE),
    (404, "no handler for route", Meaning::AsStatus, UNMOUNTED),
    (404, "unsupported path", Meaning::Failure, UNSUPPORTED),
    (404, "enterprise-only", Meaning::Failure, UNSUPPORTED),
    (405, "unsupported path", Meaning::Failure, UNSUPPORTED),
    // A write that a replica has not seen yet; nothing was executed.
    (412, "", Meaning::Busy, ""),
    // AppRole says so of an accessor that is gone, and of the id of another role.
    (500, "failed to find accessor entry", Meaning::NotFound, ""),
    (500, "already in use", Meaning::Conflict, ""),
    // Said before anything is executed.
    (503, "is sealed", Meaning::Busy, SEALED),
    (503, "no active Vault instance", Meaning::Busy, LEADERLESS),
    (503, "node is not active", Meaning::Busy, LEADERLESS),
];

const UNMOUNTED: &str = "No engine is mounted there: create the mount first, or correct its path.";
const NO_METHOD: &str = "No auth method is mounted there: create it first, or correct its path.";
const UNREACHED: &str =
    "Vault itself asks that address: check that it can reach it, and that it trusts the certificate there.";
const UNSUPPORTED: &str = "This server, or its edition, has no such feature.";
const SEALED: &str = "Vault is sealed: unseal it, or look at why its auto-unseal fails; then run again.";
const LEADERLESS: &str =
    "The cluster has no active node: its nodes' logs say why. Run again when one of them is active.";
const LOGIN: &str = "The server does not take this login: check the role and its secret id, or the claims that the role demands of a token.";

fn understood(answer: &Answer, words: String) -> Refusal {
    let said = |text: &str| words.contains(text);
    let (status, login) = (answer.status(), answer.url().ends_with("/login"));
    let hint = match status {
        400 if login => LOGIN.to_owned(),
        // Vault says so of a path without a token where no auth method is.
        403 if login => "Check the `mount` of the login in `vault`: no auth method takes logins there.".to_owned(),
        403 if said("invalid token") || said("bad token") => {
            format!("Check {CREDENTIAL}: the token is wrong, expired or revoked.")
        }
        403 if said("permission denied") => lacking(answer),
        404 if said("no handler for route") && asked(answer).starts_with("auth/") => NO_METHOD.to_owned(),
        _ => String::new(),
    };
    let saying = SAYINGS.iter().find(|(of, text, ..)| *of == status && said(text));
    let (meaning, known) = saying.map_or((Meaning::AsStatus, ""), |(_, _, meaning, hint)| (*meaning, *hint));
    let refusal = Refusal::new(words).means(meaning);
    match if hint.is_empty() { known.to_owned() } else { hint } {
        hint if hint.is_empty() => refusal,
        hint => refusal.hint(hint),
    }
}

/// go-multierror's "1 error occurred:\n\t* permission denied\n\n" as "permission denied".
fn plain(text: &str) -> String {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("* "));
    let listed = lines.collect::<Vec<_>>().join("; ");
    if listed.is_empty() { text.trim().to_owned() } else { listed }
}

fn standby() -> Refusal {
    let hint = format!("Set {ADDRESS} to the active node, or to a load balancer that asks `sys/health` for it.");
    Refusal::new("this node is a standby").hint(hint)
}

/// Paths that demand `sudo` (`vault/logical_system.go`, `PathsSpecial.Root`), of those that are asked here.
const OF_ROOT: [&str; 2] = ["sys/audit", "sys/auth/"];

/// The path of a request, as policies name it.
fn asked(answer: &Answer) -> &str {
    answer.url().split_once("/v1/").map_or("this path", |(_, path)| path)
}

fn lacking(answer: &Answer) -> String {
    let path = asked(answer);
    let mut capabilities = match answer.method() {
        Method::Get => vec!["`read`"],
        Method::Post | Method::Put => vec!["`create`", "`update`"],
        Method::Patch => vec!["`patch`"],
        Method::Delete => vec!["`delete`"],
    };
    capabilities.extend(OF_ROOT.iter().any(|root| path.starts_with(root)).then_some("`sudo`"));
    format!(
        "Give the token a policy with {} on `{path}`; `vault token capabilities {path}` shows what it has.",
        capabilities.join(" and ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_errors_is_told_in_one_line() {
        assert_eq!(plain("1 error occurred:\n\t* permission denied\n\n"), "permission denied");
        assert_eq!(
            plain("2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"),
            "permission denied; invalid token"
        );
        assert_eq!(plain("path is already in use at kv2/"), "path is already in use at kv2/");
    }
}
