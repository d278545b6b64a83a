//! The Data Plane API's own words in an answer that refuses, and HAProxy's inside them.

use super::config::ADDRESS;
use crate::http::{Answer, Meaning, Refusal};

/// What a refusal means, read from `{"code": …, "message": …}`.
pub fn explain(answer: &Answer) -> Option<Refusal> {
    let message = message(answer)?;
    // What no route of the API matches is answered so, with or without credentials.
    if answer.status() == 404 && message.starts_with("path /") {
        let hint = format!(
            "The provider needs version 3 of the Data Plane API, which comes with 3.0: version 2 is not supported. Check \
             {ADDRESS}."
        );
        return Some(Refusal::new(message).means(Meaning::Failure).hint(hint));
    }
    let hint = match answer.status() {
        400 if message.starts_with("missing parent") => "What it belongs to is not there: create that first.",
        429 => "Too many transactions are open: somebody leaves theirs behind. Delete them, or run again later.",
        _ => "",
    };
    let refusal = Refusal::new(message);
    Some(if hint.is_empty() { refusal } else { refusal.hint(hint) })
}

/// The message of an answer that refuses.
pub fn message(answer: &Answer) -> Option<String> {
    let body: serde_json::Value = serde_json::from_slice(answer.body()).ok()?;
    body.get("message")?.as_str().map(str::to_owned)
}

/// What HAProxy says that is no error of its own: the end of a list of errors, and warnings.
const REMARKS: [&str; 4] = ["Fatal errors found", "Error(s) found", "To avoid any ambiguity", "[haproxy.main()]"];

/// HAProxy's own lines in the refusal of a commit: those of `haproxy -c`, each as `msg="config …"`, or those that a
/// failed reload printed with `[ALERT]`.
pub fn verdict(message: &str) -> String {
    let lines = message.lines().filter_map(|line| {
        let line = line.trim();
        let checked = line.strip_prefix("msg=\"").map(|line| line.trim_end_matches('"'));
        let alert = line.strip_prefix("[ALERT]").and_then(|line| line.split_once(" : ")).map(|(_, line)| line);
        let line = checked.or(alert)?;
        let line = line.strip_prefix("config ").unwrap_or(line).replace("\\\"", "\"");
        (!REMARKS.iter().any(|remark| line.contains(remark))).then_some(line)
    });
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() { message.trim().to_owned() } else { lines.join("; ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_of_a_check_is_found_among_remarks() {
        let message = "validation error: exit status 1: err transactionId=ee65db99 \nmsg=\"config Proxy 'fe_bad': unable to \
                       find required default_backend: 'nope'.\"\nmsg=\"config Fatal errors found in configuration.\"";
        assert_eq!(verdict(message), "Proxy 'fe_bad': unable to find required default_backend: 'nope'.");
    }

    #[test]
    fn the_line_of_a_failed_reload_is_its_alert() {
        let message = "Reload failed: failed to reload configuration, [NOTICE]   (25884) : haproxy version is 3.0.11\n\
                       [ALERT]    (25884) : Binding [/etc/haproxy.cfg:20] for frontend http: protocol tcpv4: cannot bind \
                       socket (Address already in use) for [127.0.0.1:18999].\n[ALERT]    (25884) : [haproxy.main()] Some \
                       protocols failed to start their listeners! Exiting.\n[WARNING]  (25884) : x";
        assert_eq!(
            verdict(message),
            "Binding [/etc/haproxy.cfg:20] for frontend http: protocol tcpv4: cannot bind socket (Address already in use) \
             for [127.0.0.1:18999]."
        );
    }

    #[test]
    fn other_words_stay_as_they_are() {
        assert_eq!(verdict("version mismatch "), "version mismatch");
    }
}
