//! Vault's own words in an answer that refuses.

use serde_json::Value;

use crate::http::{Answer, Meaning, Method, Refusal};

/// What a refusal means, read from `{"errors": […]}`, which is empty for an object that does not exist.
pub fn explain(answer: &Answer) -> Option<Refusal> {
    if (300..400).contains(&answer.status()) {
        return Some(standby());
    }
    let body = answer.json().ok()?;
    // An object that is not there is told by an empty list, or by an answer with nothing but warnings or old metadata.
    let Some(errors) = body.get("errors").and_then(Value::as_array) else {
        let known = answer.status() == 404 && body.get("request_id").is_some();
        return known.then(|| Refusal::new("there is nothing"));
    };
    let words = errors.iter().filter_map(Value::as_str).map(plain).collect::<Vec<_>>().join("; ");
    Some(understood(answer, words))
}

fn understood(answer: &Answer, words: String) -> Refusal {
    let said = |text: &str| words.contains(text);
    let (missing, no_mount) = (said("mount at ") && said("No "), said("no handler for route"));
    let upgrading = said("Upgrading from non-versioned to versioned");
    let (taken, gone) = (said("already in use"), said("failed to find accessor entry"));
    let (sealed, expected) = (said("is sealed"), said("check-and-set"));
    let unasked = said("error checking oidc discovery URL") || said("error checking jwks URL");
    let (unsupported, denied) = (said("unsupported path") || said("enterprise-only"), said("permission denied"));
    let refusal = Refusal::new(words);
    match answer.status() {
        // A KV engine answers so for a moment after it was made or upgraded.
        400 if upgrading => refusal.means(Meaning::Busy),
        400 if taken => refusal.means(Meaning::Conflict),
        400 if missing => refusal.means(Meaning::NotFound),
        400 if expected => refusal.means(Meaning::Conflict).hint("Read which version is there, and plan again."),
        400 if unasked => refusal.hint(
            "Vault itself asks that address: check that it can reach it, and that it trusts the certificate there.",
        ),
        403 if denied => refusal.hint(lacking(answer)),
        404 if no_mount => refusal.hint("No engine is mounted there: create the mount first, or correct its path."),
        404 | 405 if unsupported => {
            refusal.means(Meaning::Failure).hint("This server, or its edition, has no such feature.")
        }
        // A write that a replica has not seen yet; nothing was executed.
        412 => refusal.means(Meaning::Busy),
        472 | 473 => standby(),
        // AppRole says so of an accessor that is gone.
        500 if gone => refusal.means(Meaning::NotFound),
        503 if sealed => {
            refusal.hint("Vault is sealed: unseal it, or look at why its auto-unseal fails; then run again.")
        }
        _ => refusal,
    }
}

/// go-multierror's "1 error occurred:\n\t* permission denied\n\n" as "permission denied".
fn plain(text: &str) -> String {
    let lines = text.lines().filter_map(|line| line.trim().strip_prefix("* "));
    let listed = lines.collect::<Vec<_>>().join("; ");
    if listed.is_empty() { text.trim().to_owned() } else { listed }
}

fn standby() -> Refusal {
    Refusal::new("this node is a standby").hint(
        "Set `vault.address` or VAULT_ADDR to the active node, or to a load balancer that asks `sys/health` for it.",
    )
}

fn lacking(answer: &Answer) -> String {
    let capability = match answer.method() {
        Method::Get => "`read` (or `list`)",
        Method::Post | Method::Put => "`create` and `update`",
        Method::Patch => "`patch`",
        Method::Delete => "`delete`",
    };
    let path = answer.url().split_once("/v1/").map_or("this path", |(_, path)| path);
    format!(
        "Check that the token is valid, and give it a policy with {capability} on `{path}`; `vault token capabilities \
         {path}` shows what it has."
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
