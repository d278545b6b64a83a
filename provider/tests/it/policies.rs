//! Policies as the provider reads them, against the real Vault: what one takes, the other takes.

use lab::Vault;
use serde_json::json;
use tfplugin::harness::{Action, Host, Report};
use tfplugin::value::Object;

use crate::estate::{document, fine, host};

/// What both take, without a word.
const TAKEN: &[&str] = &[
    "# nothing but a comment",
    "// nothing but a comment",
    "/* nothing\nbut a comment */",
    " \n\t\r\n",
    r#"name = "n""#,
    r#"name = 7, path "x" {},"#,
    r#"path "x" {} path "y" {} path "x" {}"#,
    r#"path "x" { capabilities = ["create", "read", "update", "delete", "list", "patch", "sudo"] }"#,
    r#"path "x" { capabilities = ["deny"] }"#,
    r#"path "x" { capabilities = ["read", "read"] }"#,
    r#"path "x" { capabilities = [,"read",, "list",] }"#,
    "path \"x\" { capabilities = [ # one\n \"read\" // two\n , /* three */ \"list\" ] }",
    "path \"x\" { capabilities = # why\n [\"read\"] }",
    "path \"x\" {\r\n  capabilities = [\"read\"]\r\n}\r\n",
    r#""path" "x" { "capabilities" = ["read"] }"#,
    r#"path x { policy = "read" }"#,
    r#"path x.y-z_1 { policy = "write" }"#,
    r#"path größe { policy = "sudo" }"#,
    r#"path "x" { policy = "deny" comment = "c" }"#,
    r#"path "x" { policy = "" }"#,
    r#"path "x" { policy = "read" capabilities = ["create"] }"#,
    r#"path "" {}"#,
    r#"path "/x*" {}"#,
    r#"path "a/+/b/*" {}"#,
    r#"path "a+b/+c" {}"#,
    r#"path "secret/{{identity.entity.id}}/*" {}"#,
    r#"path "{{{a}}}" {}"#,
    r#"path "\\ \" \n \t \x41 \101 \u00e9 \U0001F600" {}"#,
    r#"path "${a"b{c}\n}" {}"#,
    "path \"x\" { comment = <<EOF\nany \"text\" ${\n  EOF\n}",
    "path \"x\" { comment = <<-EOF\n  any text\n  EOF\n}",
    "path \"x\" { required_parameters = [<<E\na\nE\n, \"b\", 7] }",
    r#"path "x" { comment = -1.5e3 }"#,
    r#"path "x" { comment = [true, 0x1F, 017, .5, 1., [[]], {}] }"#,
    r#"path "x" { comment { a = 1 } comment = [] }"#,
    r#"path "x" { allowed_parameters = { "*" = [] a = ["b", 1, 1.5, true, { c = "d" }, [1]] } }"#,
    r#"path "x" { allowed_parameters { a = [1] } allowed_parameters { a = [2] } }"#,
    r#"path "x" { denied_parameters = { "A" = ["b"] } required_parameters = [] }"#,
    r#"path "x" { min_wrapping_ttl = "1h30m" max_wrapping_ttl = 7200 }"#,
    r#"path "x" { min_wrapping_ttl = "1d" max_wrapping_ttl = 0 }"#,
    r#"path "x" { min_wrapping_ttl = 1.9 max_wrapping_ttl = "" }"#,
    r#"path "x" { mfa_methods = ["a"] }"#,
    r#"path "x" { capabilities = ["read"] control_group = { ttl = "4h" factor "a" {
         controlled_capabilities = ["read"] identity { group_names = ["g"] group_ids = ["i"] approvals = 2 } } } }"#,
    r#"path "x" { control_group { factor "a" { identity { group_names = ["g"] approvals = "0x2" } } } }"#,
    "{}",
    r#"{"name": "n", "path": {"x": {}}}"#,
    r#"{"path": {"x": {"capabilities": ["read"], "comment": null,}, "y": {"policy": "read"}}}"#,
    r#"{"path": [{"x": {"capabilities": ["r\u0065ad"]}}, {"y": {"policy": "read"}}]}"#,
    r#"{"path": {"x": {"policy": "read", "allowed_parameters": [{"a": []}, {"b": ["c", {"d": 1}]}]}}}"#,
    r#"{"path": {"x": {"policy": "read", "control_group": {"factor": {"a": {"identity":
         {"group_names": ["g"], "approvals": 1}}}}}}}"#,
    "cGF0aCAieCIgeyBjYXBhYmlsaXRpZXMgPSBbInJlYWQiXSB9",
];

/// What both take, and about which the provider warns: paths that do not mean what they seem to, and words that
/// OpenBao does not know.
const WARNED: &[(&str, &str)] = &[
    (r#"path "a/*/b" {}"#, "1:6: `*` stands for more than itself"),
    (r#"path { policy = "read" }"#, "1:1: this block names no path"),
    (r#"path = { policy = "read" }"#, "1:1: this block names no path"),
    (r#"{"path": {}}"#, "1:2: this block names no path"),
    (r#"path "x" { capabilities = ["subscribe"] }"#, "1:28: `subscribe` is known to Vault alone"),
    (r#"path "x" { capabilities = ["recover"] }"#, "1:28: `recover` is known to Vault alone"),
    (r#"path "x" { subscribe_event_types = ["*"] }"#, "1:12: `subscribe_event_types` is known to Vault alone"),
];

/// What Vault refuses and OpenBao knows, so that the provider warns.
const OPENBAO: &[(&str, &str)] = &[
    (r#"path "x" { capabilities = ["scan"] }"#, "1:28: `scan` is known to OpenBao alone"),
    (r#"path "x" { pagination_limit = 5 }"#, "1:12: `pagination_limit` is known to OpenBao alone"),
    (r#"path "x" { expiration = "2030-01-01T00:00:00Z" }"#, "1:12: `expiration` is known to OpenBao alone"),
    (
        r#"path "x" { policy = "read" list_scan_response_keys_filter_path = "{{ .path }}{{ .key }}" }"#,
        "1:28: `list_scan_response_keys_filter_path` is known to OpenBao alone",
    ),
];

/// What neither takes, and where the provider says it.
const REFUSED: &[(&str, &str)] = &[
    ("", "1:1: the policy is empty"),
    ("no policy", "1:10: expected `=` or `{`"),
    ("rules = {}", "1:1: `rules` is not allowed here"),
    (r#"PATH "x" {}"#, "1:1: `PATH` is not allowed here"),
    (r#"path "x" {"#, "1:10: this has no closing `}`"),
    (r#"path "x" {} }"#, "1:13: `}` closes nothing"),
    (r#"path "x" = {}"#, "1:10: a block with a name has no `=`"),
    (r#"path = "x""#, "1:8: expected a block of rules"),
    ("path secret/x {}", "1:12: `/` has no meaning"),
    ("path 'x' {}", "1:6: `'` has no meaning"),
    ("\u{feff}path \"x\" {}", "1:1: the character \\u{feff} has no meaning"),
    ("# \0", "1:3: the character \\u{0} is not allowed"),
    (r#"path "x" {}, , path "y" {}"#, "1:14: expected a name, found `,`"),
    ("path \"x\n\" {}", "1:6: the text has no closing quote"),
    (r#"path "\q" {}"#, "1:7: unknown escape"),
    (r#"path "${" {}"#, "1:7: `${` has no closing brace"),
    (r#"path "a/+*" {}"#, "1:6: the path holds `+*`"),
    (r#"path "{{a}" {}"#, "1:6: the path has a `{{`"),
    (r#"path "a}}" {}"#, "1:6: the path has a `{{`"),
    ("/* no end", "1:1: this comment has no closing"),
    ("name = true", "1:8: expected a text in quotes"),
    (r#"path "x" { color = "red" }"#, "1:12: `color` is not allowed here"),
    (r#"path "x" { Capabilities = ["read"] }"#, "1:12: `Capabilities` is not allowed here"),
    (r#"path "x" { capabilities = "read" }"#, "1:27: expected a list"),
    (r#"path "x" { capabilities = [read] }"#, "1:28: expected a value, found `read`"),
    (r#"path "x" { capabilities = ["read" "list"] }"#, "1:35: expected `,` or `]`"),
    (r#"path "x" { capabilities = ["reed"] }"#, "1:28: `reed` is not a capability"),
    (r#"path "x" { capabilities = ["READ"] }"#, "1:28: `READ` is not a capability"),
    (r#"path "x" { capabilities = [true] }"#, "1:28: expected a text in quotes, found a boolean"),
    (r#"path "x" { policy = "reed" }"#, "1:21: `reed` is not a policy of the old kind"),
    (r#"path "x" { comment = 1 comment = 2 }"#, "1:24: `comment` is set twice"),
    ("path \"x\" { comment = <<EOF\na\nEOF", "1:22: the heredoc does not end"),
    ("path \"x\" { comment = <<-EOF\na\nEOF\n}", "1:22: the heredoc does not end"),
    (r#"path "x" { allowed_parameters = ["a"] }"#, "1:33: expected a block"),
    (r#"path "x" { allowed_parameters = { a = "b" } }"#, "1:39: expected a list of values"),
    (r#"path "x" { required_parameters = [1.5] }"#, "1:35: expected a text in quotes"),
    (r#"path "x" { min_wrapping_ttl = "1 hour" }"#, "1:31: `min_wrapping_ttl` must be a duration"),
    (r#"path "x" { min_wrapping_ttl = true }"#, "1:31: expected a duration"),
    (r#"path "x" { min_wrapping_ttl = 9 max_wrapping_ttl = 8 }"#, "1:52: `max_wrapping_ttl` is less than"),
    (r#"path "x" { control_group = {} }"#, "1:28: a control group needs a `factor"),
    (r#"path "x" { control_group = { factor "a" {} } }"#, "1:41: the factor `a` needs an `identity"),
    (r#"{"path": {"x": {"allowed_parameters": {"a": []}}}}"#, "1:17: a block has one path"),
    (r#"{"path": {"x": [{"policy": "read"}, {"comment": 1}]}}"#, "1:11: `x` is not allowed here"),
    (r#"{"path": {"a\/b": {}}}"#, "1:13: unknown escape"),
    (r#"{"path": []}"#, "1:10: expected a block of rules"),
];

/// What Vault takes and the provider refuses: Vault drops a part of it, or it can only be a mistake.
const STRICTER: &[(&str, &str)] = &[
    ("name =", "1:7: expected a value, found the end"),
    (r#"path "x" "y" {}"#, "1:10: a block has one path"),
    (r#"path "x" { capabilities = {} }"#, "1:27: expected a list"),
    (r#"path "x" { capabilities = ["deny", "reed"] }"#, "1:36: `reed` is not a capability"),
    (r#"path "x" { capabilities = ["read"] "capabilities" = ["list"] }"#, "1:36: `capabilities` is set twice"),
    (r#"path "x" { allowed_parameters = { a = [1] A = [2] } }"#, "1:43: `A` and `a` are one parameter"),
    (r#"path "x" { min_wrapping_ttl = "-1h" }"#, "1:31: `min_wrapping_ttl` must be a duration"),
    (r#"path "x" { required_parameters = [08] }"#, "1:35: `08` begins with a 0"),
    (r#"path "\xff" {}"#, "1:6: the text is not UTF-8"),
    (r#"path "\ud800" {}"#, "1:7: the escape is no character"),
    (
        r#"path "x" { control_group = { max_ttl = 1 factor "a" { identity { group_names = ["g"] approvals = 1 } } } }"#,
        "1:30: `max_ttl` is not allowed here",
    ),
    (r#"{"path": {"x": {"policy": "read", "allowed_parameters": {"a": [true]}}}}"#, "1:64: the servers lose a boolean"),
    (r#"{"path": {"x": {"policy": "read"}}"#, "1:1: this has no closing `}`"),
    (r#"{"path": {"x": {"policy": "read"}}} and more"#, "1:37: a policy in JSON is one object"),
    (r#"{"path": {"x": {"policy": "read"}, "x": {"policy": "write"}}}"#, "1:36: `x` stands here twice"),
];

/// A text as Terraform's language quotes it.
fn literal(text: &str) -> String {
    let escaped = text.chars().map(|character| match character {
        '"' | '\\' => format!("\\{character}"),
        character if character.is_control() => format!("\\u{:04x}", u32::from(character)),
        character => character.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>().replace("${", "$${").replace("%{", "%%{"))
}

/// A policy of this text.
fn policy(text: &str) -> String {
    format!("resource \"substrate_vault_policy\" \"x\" {{\n  name = \"x\"\n  policy = {}\n}}\n", literal(text))
}

/// What the provider says about a policy in a configuration.
async fn validated(text: &str) -> Report {
    let mut host = Host::new(provider::provider(), Object::new()).await.expect("the provider has a valid schema");
    host.validate(&document(&policy(text))).await.unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// Whoever formats a policy, or writes it as JSON, changes nothing, wherever the other words stand.
#[tokio::test]
async fn a_policy_in_other_words_is_no_change_in_a_plan() {
    let vault = Vault::start().await;
    let mut host = host(&vault).await;
    let words = [
        r#"path "kv/a" { capabilities = ["read", "list"] }"#,
        "# for the job\npath \"kv/a\" {\n  capabilities = [\"list\", \"read\"]\n}\n",
        r#"{"path": {"kv/a": {"capabilities": ["read", "list"]}}}"#,
    ];
    fine(host.apply(&document(&policy(words[0]))).await);
    vault.clear_log();
    for text in words {
        fine(host.plan(&document(&policy(text))).await).empty().unwrap_or_else(|error| panic!("{text}\n{error}"));
    }
    for text in words {
        vault.act("PUT", "/sys/policies/acl/x", &json!({ "policy": text }));
        fine(host.plan(&document(&policy(words[0]))).await).empty().unwrap_or_else(|error| panic!("{text}\n{error}"));
    }
    assert_eq!(vault.count("PUT", "/**"), 0);
    let other = fine(host.plan(&document(&policy(&words[0].replace("list", "update")))).await);
    assert_eq!(other.actions.get("substrate_vault_policy.x"), Some(&Action::Update));
}

#[tokio::test]
async fn a_policy_is_taken_or_refused_at_its_place() {
    for text in TAKEN {
        let report = validated(text).await;
        assert!(report.messages.is_empty(), "{text}\n{}", report.text());
    }
    for (cases, is_error) in [(WARNED, false), (OPENBAO, false), (REFUSED, true), (STRICTER, true)] {
        for (text, said) in cases {
            let report = validated(text).await;
            let [message] = report.messages.as_slice() else { panic!("{text}\n{}", report.text()) };
            assert_eq!(message.is_error, is_error, "{text}\n{message}");
            assert!(message.to_string().contains(said), "{text}\nexpected: {said}\nfound: {message}");
            assert_eq!(message.attribute, "policy");
        }
    }
}

#[tokio::test]
async fn vault_takes_and_refuses_the_same() {
    let vault = Vault::start().await;
    let texts = |cases: &[(&'static str, &str)]| cases.iter().map(|(text, _)| *text).collect::<Vec<_>>();
    let taken = [TAKEN.to_vec(), texts(WARNED), texts(STRICTER)].concat();
    let refused = [texts(OPENBAO), texts(REFUSED)].concat();
    let mut differences = Vec::new();
    for (texts, expected) in [(&taken, true), (&refused, false)] {
        for text in texts {
            let (status, answer) = vault.call("PUT", "/sys/policies/acl/x", &json!({ "policy": text }));
            if (status == 204) != expected {
                differences.push(format!("{text:?}: {status} {answer}"));
            }
        }
    }
    assert!(differences.is_empty(), "Vault judges otherwise:\n{}", differences.join("\n"));
    assert!(taken.len() > 70 && refused.len() > 45, "{} and {}", taken.len(), refused.len());
}
