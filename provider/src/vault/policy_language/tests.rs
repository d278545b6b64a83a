//! What is refused and where, what means the same, and what deserves a warning.

use proptest::prelude::*;
use tfplugin::schema::Semantic;

use super::cursor::Cursor;
use super::text::PolicyText;
use super::{literals, quote};

/// A rule for the path `x` with these attributes.
fn rule(attributes: &str) -> String {
    format!("path \"x\" {{\n  {attributes}\n}}\n")
}

fn refusal(text: &str) -> String {
    match text.parse::<PolicyText>() {
        Ok(_) => panic!("this is accepted: {text}"),
        Err(reason) => reason,
    }
}

fn parsed(text: &str) -> PolicyText {
    text.parse().unwrap_or_else(|reason| panic!("{reason}\n{text}"))
}

fn check_refusals(cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let reason = refusal(text);
        assert!(reason.starts_with(expected), "{text}\nexpected: {expected}\nfound:    {reason}");
    }
}

#[test]
fn broken_hcl_is_refused_at_its_place() {
    check_refusals(&[
        ("", "1:1: the policy is empty"),
        ("path \"x\" {\n  capabilities = [\"read\"]\n", "1:10: this has no closing `}`"),
        ("path \"x\" {\n  capabilities = [\"read\"\n", "2:18: this has no closing `]`"),
        ("path \"x\" {\n  capabilities = [\"read\" \"list\"]\n}", "2:26: expected `,` or `]`, found a text in quotes"),
        ("path \"x\" {\n  capabilities = [read]\n}", "2:19: expected a value, found `read`; a text stands in quotes"),
        ("path \"x\" {\n  capabilities =\n}", "3:1: expected a value, found `}`"),
        ("path \"x\" {\n  capabilities = [\"read]\n}", "2:19: the text has no closing quote on its line"),
        ("path \"x\" {}\n}", "2:1: `}` closes nothing"),
        ("path \"x\"", "1:9: expected `=` or `{` after `x`, found the end of the text"),
        ("path \"x\" = {}", "1:10: a block with a name has no `=` before its `{`"),
        ("path secret/x {}", "1:12: `/` has no meaning outside of quotes"),
        ("path 'x' {}", "1:6: `'` has no meaning outside of quotes"),
        ("\u{feff}path \"x\" {}", "1:1: the character \\u{feff} has no meaning outside of quotes"),
        ("path \"x\" {}, , path \"y\" {}", "1:14: expected a name, found `,`"),
        ("1 = 2", "1:1: expected a name, found a number"),
        ("true = 2", "1:1: expected a name, found `true`"),
        ("path \"x\" {} /* never ends", "1:13: this comment has no closing `*/`"),
        ("# a\0b", "1:4: the character \\u{0} is not allowed"),
        ("path \"x\" {\n  comment = 1\n  comment = 2\n}", "3:3: `comment` is set twice"),
        ("path \"x\" {\n  comment = <<EOF\nabc\nEOF", "2:13: the heredoc does not end: no line holds `EOF` alone"),
        ("path \"x\" {\n  comment = <<-EOF\nabc\nEOF\n}", "2:13: the heredoc does not end"),
        ("path \"x\" {\n  comment = <<\nabc\n", "2:13: a heredoc begins with `<<`, a name and the end"),
        ("path \"x\" {\n  comment = 0x\n}", "2:13: `0x` needs hexadecimal digits"),
        ("path \"x\" {\n  comment = 018\n}", "2:13: `018` begins with a 0, which makes it octal"),
        ("path \"x\" {\n  comment = 1e\n}", "2:13: `1e` is not a number"),
        ("path \"a\\qb\" {}", "1:8: unknown escape"),
        ("path \"\\ud800\" {}", "1:7: the escape is no character"),
        ("path \"\\400\" {}", "1:7: an octal escape is at most"),
        ("path \"\\xff\" {}", "1:6: the text is not UTF-8"),
        ("path \"a${b\" {}", "1:8: `${` has no closing brace"),
    ]);
    assert!(refusal(&format!("name = {}", "[".repeat(100_000))).contains("more than 64 levels"));
}

#[test]
fn broken_json_is_refused_at_its_place() {
    check_refusals(&[
        ("{\n  \"path\": {\n", "2:11: this has no closing `}`"),
        ("{} x", "1:4: a policy in JSON is one object"),
        ("{\"path\" {}}", "1:9: expected `:` after `path`"),
        ("{path: {}}", "1:2: expected a name in quotes"),
        ("{\"name\": \"a\" \"path\": {}}", "1:14: expected `,` or `}`"),
        ("{\"name\": nil}", "1:10: expected a value of JSON"),
        ("{\"name\": \"a\",\n \"name\": \"b\"}", "2:2: `name` stands here twice"),
        ("{\"name\": 01}", "1:10: `01` begins with a 0"),
        ("{\"path\": {\"a\\/b\": {}}}", "1:13: unknown escape"),
        ("{\"path\": {\"x\": {\"capabilities\": [true]}}}", "1:34: the servers lose a boolean"),
        ("{\"path\": {\"x\": {\"allowed_parameters\": {\"a\": []}}}}", "1:17: a block has one path, and"),
        ("{\"path\": {\"x\": [{\"capabilities\": []}, {\"policy\": \"\"}]}}", "1:11: `x` is not allowed here"),
        ("{\"path\": []}", "1:10: expected a block of rules after the path, found a list"),
    ]);
    assert!(refusal(&"{\"a\":".repeat(100_000)).contains("more than 64 levels"));
}

#[test]
fn rules_that_no_server_takes_are_refused_at_their_place() {
    for (attributes, expected) in [
        ("capabilities = \"read\"", "2:18: expected a list such as `[\"read\", \"list\"]`, found a text"),
        ("capabilities = 7", "2:18: expected a list such as `[\"read\", \"list\"]`, found a number"),
        ("capabilities = [true]", "2:19: expected a text in quotes, found a boolean"),
        ("capabilities = [\"list\", \"reed\"]", "2:27: `reed` is not a capability; there are `create`, `read`,"),
        ("capabilities = [\"deny\", \"reed\"]", "2:27: `reed` is not a capability"),
        ("capabilities = [\"Read\"]", "2:19: `Read` is not a capability"),
        ("capabilites = [\"read\"]", "2:3: `capabilites` is not allowed here; what is: `capabilities`,"),
        ("policy = \"reed\"", "2:12: `reed` is not a policy of the old kind; there are `read`, `write`, `sudo`"),
        ("allowed_parameters = [\"a\"]", "2:24: expected a block after `allowed_parameters`, found a list"),
        ("allowed_parameters = {\n a = \"b\" }", "3:6: expected a list of values, which is empty for all, found"),
        ("denied_parameters = { a = [], A = [] }", "2:33: `A` and `a` are one parameter"),
        ("denied_parameters = { a = [{ b = 1, b = 2 }] }", "2:39: `b` is set twice"),
        ("required_parameters = [1.5]", "2:26: expected a text in quotes, found a number"),
        ("min_wrapping_ttl = \"1x\"", "2:22: `min_wrapping_ttl` must be a duration such as"),
        ("min_wrapping_ttl = -1", "2:22: `min_wrapping_ttl` must be a duration such as"),
        ("min_wrapping_ttl = [1]", "2:22: expected a duration such as"),
        ("min_wrapping_ttl = \"2m\", max_wrapping_ttl = 60", "2:47: `max_wrapping_ttl` is less than"),
        ("mfa_methods = \"a\"", "2:17: expected a list"),
        ("control_group = {}", "2:19: a control group needs a `factor"),
        ("control_group = { factor \"a\" {} }", "2:32: the factor `a` needs an `identity"),
        ("control_group = { factor \"a\" { identity { approvals = 1 } } }", "2:43: an identity needs `group_names`"),
        ("control_group = { max_ttl = 1 }", "2:21: `max_ttl` is not allowed here; what is: `factor`, `ttl`"),
        ("subscribe_event_types = [{}]", "2:28: expected a text in quotes, found a block"),
        ("pagination_limit = \"x\"", "2:22: `x` is not a whole number"),
        ("pagination_limit = 1.5", "2:22: expected a whole number, found a number"),
        ("expiration = \"soon\"", "2:16: `soon` is not a time such as"),
        ("list_scan_response_keys_filter_path = \"a\"", "2:41: `list_scan_response_keys_filter_path` needs the"),
    ] {
        check_refusals(&[(&rule(attributes), expected)]);
    }
    let controlled = "control_group = { factor \"a\" { controlled_capabilities = [\"read\"]
      identity { group_names = [\"g\"] approvals = 1 } } }";
    check_refusals(&[
        (&rule(controlled), "2:60: `read` is controlled, but the rule does not grant it"),
        ("paths = {}", "1:1: `paths` is not allowed here; what is: `path`, `name`"),
        ("path \"x\" \"y\" {}", "1:10: a block has one path, and `y` follows `x`"),
        ("path = \"x\"", "1:8: expected a block of rules after the path, found a text"),
        ("path \"a/+*\" {}", "1:6: the path holds `+*`"),
        ("path \"{{identity.entity.id}\" {}", "1:6: the path has a `{{` without its `}}`"),
        ("path \"a}}\" {}", "1:6: the path has a `{{` without its `}}`"),
        ("name = true", "1:8: expected a text in quotes, found a boolean"),
        ("Zm9v/w==", "1:1: the text is base64 of something that is no text"),
    ]);
}

fn check_equal(one: &str, other: &str) {
    assert_eq!(parsed(one), parsed(other), "{one}\n{other}");
}

fn check_unequal(one: &str, other: &str) {
    assert_ne!(parsed(one), parsed(other), "{one}\n{other}");
}

#[test]
fn a_policy_is_the_same_however_it_is_written() {
    let plain = "path \"secret/*\" {\n  capabilities = [\"read\", \"list\"]\n}\npath \"a\" {\n  capabilities = [\"update\"]\n}\n";
    for other in [
        "path \"a\" { capabilities = [\"update\"] } path \"secret/*\" { capabilities = [\"list\", \"read\", \"list\",] }",
        "# comment\n\"path\" \"/secret/*\" { // comment\n capabilities = [ /* c */ \"read\", \"list\" ] }\n\
         path a { \"capabilities\" = [\"up\\x64ate\"] }",
        "name = \"n\"\r\npath \"secret/*\" {\r\n  policy = \"read\"\r\n  comment = \"x\"\r\n},\r\n\
         path \"a\" { capabilities = [\"update\"] }",
        r#"{"path": {"secret/*": {"capabilities": ["read", "list"]}, "\u0061": {"capabilities": ["update"]}}}"#,
        r#"{"path": [{"secret/*": {"policy": "read", "comment": null}}, {"a": {"capabilities": ["update"]}}]}"#,
        "cGF0aCAic2VjcmV0LyoiIHsKICBjYXBhYmlsaXRpZXMgPSBbInJlYWQiLCAibGlzdCJdCn0KcGF0aCAiYSIgewogIGNhcGFiaWxpdGllcyA9\n\
         IFsidXBkYXRlIl0KfQo=",
    ] {
        check_equal(plain, other);
    }
    for other in [
        "path \"secret/*\" { capabilities = [\"read\", \"list\"] }",
        "path \"secret/*\" { capabilities = [\"read\"] } path \"a\" { capabilities = [\"update\"] }",
        "path \"secret/\" { capabilities = [\"read\", \"list\"] } path \"a\" { capabilities = [\"update\"] }",
    ] {
        check_unequal(plain, other);
    }
}

#[test]
fn attributes_of_a_rule_are_compared_by_what_they_limit() {
    for (one, other) in [
        ("min_wrapping_ttl = \"1h\"", "min_wrapping_ttl = 3600"),
        ("min_wrapping_ttl = \"1d\" max_wrapping_ttl = 0", "min_wrapping_ttl = \"24h\""),
        ("min_wrapping_ttl = 0x10", "min_wrapping_ttl = 020"),
        ("min_wrapping_ttl = 1.9", "min_wrapping_ttl = \"1s\""),
        ("required_parameters = [\"b\", \"a\"]", "required_parameters = [\"a\", \"b\", \"a\"]"),
        ("required_parameters = [7]", "required_parameters = [\"7\"]"),
        ("required_parameters = [<<E\na\nE\n]", "required_parameters = [\"a\\n\"]"),
        ("required_parameters = [<<-E\n  a\n   b\n  E\n]", "required_parameters = [\"a\\n b\\n\"]"),
        ("required_parameters = [<<-E\n  a\n\n  E\n]", "required_parameters = [\"  a\\n\\n\"]"),
        ("required_parameters = [<<E\na\n  E\n]", "required_parameters = [\"a\\n  \"]"),
        ("required_parameters = [\"${a\\\"}\"]", "required_parameters = [\"\\x24{a\\\\\\\"}\"]"),
        ("required_parameters = [\"\\101\\u00e9\\U0001F600\\a\"]", "required_parameters = [\"Aé😀\\x07\"]"),
        ("allowed_parameters = {}", "denied_parameters {}"),
        ("allowed_parameters = { A = [\"x\", 1, true] }", "allowed_parameters { \"a\" = [true, 1, \"x\", 1] }"),
        ("allowed_parameters { a = [1] } allowed_parameters { a = [2] }", "allowed_parameters = { a = [2, 1] }"),
        ("allowed_parameters { a = [{ b = 1, c = [2] }] }", "allowed_parameters a { c = [2], b = 1 }"),
        ("capabilities = [\"deny\", \"read\"] min_wrapping_ttl = 1", "policy = \"deny\" required_parameters = [\"a\"]"),
        ("policy = \"write\"", "capabilities = [\"create\", \"read\", \"update\", \"delete\", \"list\"]"),
        ("policy = \"sudo\"", "policy = \"write\" capabilities = [\"sudo\"]"),
        ("expiration = \"2030-01-01T01:00:00+01:00\"", "expiration = 1893456000"),
        ("pagination_limit = \"0x10\"", "pagination_limit = 16"),
        (
            "control_group = { ttl = 60 factor \"a\" { identity { group_names = [\"g\", \"h\"] approvals = 2 } } }",
            "control_group { factor a { identity { approvals = \"2\" group_names = [\"h\", \"g\"] } } ttl = \"1m\" }",
        ),
    ] {
        check_equal(&rule(one), &rule(other));
    }
    for (one, other) in [
        ("min_wrapping_ttl = 1", "min_wrapping_ttl = 2"),
        ("min_wrapping_ttl = 1", "max_wrapping_ttl = 1"),
        ("allowed_parameters = { a = [] }", ""),
        ("allowed_parameters = { a = [1] }", "allowed_parameters = { a = [\"1\"] }"),
        ("allowed_parameters = { a = [1] }", "allowed_parameters = { a = [1.0] }"),
        ("allowed_parameters = { a = [[1]] }", "allowed_parameters = { a = [1] }"),
        ("allowed_parameters = { a = [1] }", "denied_parameters = { a = [1] }"),
        ("required_parameters = [\"a\"]", "required_parameters = [\"A\"]"),
        ("expiration = 1893456000", "expiration = 1893456001"),
        ("expiration = 1893456000", ""),
        ("mfa_methods = [\"a\"]", "subscribe_event_types = [\"a\"]"),
    ] {
        check_unequal(&rule(one), &rule(other));
    }
}

#[test]
fn json_blocks_are_hcl_blocks() {
    let group = "control_group = { ttl = \"1h\" factor \"a\" { controlled_capabilities = [\"read\"]
      identity { group_names = [\"g\"] approvals = 1 } } factor \"b\" { identity { group_ids = [\"i\"] approvals = 2 } } }";
    check_equal(
        &rule(&format!("capabilities = [\"read\"] {group} allowed_parameters = {{ a = [] b = [\"c\", 1] }}")),
        r#"{"path": {"x": {"capabilities": ["read"], "allowed_parameters": [{"a": []}, {"b": ["c", 1]}],
            "control_group": {"ttl": 3600, "factor": [
              {"a": {"controlled_capabilities": ["read"], "identity": {"group_names": ["g"], "approvals": 1}}},
              {"b": {"identity": [{"group_ids": ["i"], "approvals": "2"}]}}]}}}}"#,
    );
}

#[test]
fn rules_of_one_path_add_up_as_in_the_servers() {
    for (one, other, both) in [
        ("capabilities = [\"read\"]", "capabilities = [\"list\"]", "capabilities = [\"list\", \"read\"]"),
        ("capabilities = [\"read\"] min_wrapping_ttl = 1", "policy = \"deny\"", "policy = \"deny\""),
        ("policy = \"deny\"", "capabilities = [\"read\"] required_parameters = [\"a\"]", "policy = \"deny\""),
        (
            "min_wrapping_ttl = 9",
            "min_wrapping_ttl = 8 max_wrapping_ttl = 10",
            "min_wrapping_ttl = 8 max_wrapping_ttl = 10",
        ),
        ("allowed_parameters = { a = [1] }", "allowed_parameters = { a = [] }", "allowed_parameters = { a = [] }"),
        ("allowed_parameters = { a = [] }", "allowed_parameters = { a = [1] }", "allowed_parameters = { a = [] }"),
        ("denied_parameters = { a = [1] }", "denied_parameters = { a = [2] }", "denied_parameters = { a = [1, 2] }"),
        ("required_parameters = [\"a\"]", "required_parameters = [\"b\"]", "required_parameters = [\"a\", \"b\"]"),
        (
            "subscribe_event_types = [\"a\"]",
            "subscribe_event_types = [\"b\"]",
            "subscribe_event_types = [\"a\", \"b\"]",
        ),
        // Vault adds event types to others alone.
        ("", "subscribe_event_types = [\"b\"]", ""),
        ("pagination_limit = 9", "pagination_limit = 8", "pagination_limit = 8"),
    ] {
        check_equal(&(rule(one) + &rule(other)), &rule(both));
    }
    let (kept, dropped) = (rule("expiration = 1893456000"), rule("capabilities = [\"read\"]"));
    check_unequal(&(kept.clone() + &dropped), &rule("capabilities = [\"read\"]"));
    check_equal(&(kept.clone() + &dropped), &(dropped + &kept));
}

#[test]
fn what_one_server_does_not_know_or_the_author_may_not_mean_is_a_warning() {
    for (text, expected) in [
        (
            rule("capabilities = [\"read\", \"scan\"]"),
            "2:27: `scan` is known to OpenBao alone; Vault refuses the policy",
        ),
        (rule("capabilities = [\"recover\"]"), "2:19: `recover` is known to Vault alone; OpenBao refuses the policy"),
        (rule("subscribe_event_types = []"), "2:3: `subscribe_event_types` is known to Vault alone"),
        (rule("pagination_limit = 5"), "2:3: `pagination_limit` is known to OpenBao alone"),
        (rule("expiration = \"\""), "2:3: `expiration` is known to OpenBao alone"),
        ("path \"a/*/b\" {}".to_owned(), "1:6: `*` stands for more than itself at the end of a path alone"),
        ("path { policy = \"read\" }".to_owned(), "1:1: this block names no path"),
    ] {
        let warnings = parsed(&text).warnings();
        assert!(warnings.len() == 1 && warnings[0].starts_with(expected), "{text}\n{warnings:?}");
    }
    let usual = rule(
        "capabilities = [\"create\", \"patch\", \"sudo\"] control_group = {
      factor \"a\" { identity { group_names = [\"g\"] approvals = 1 } } }",
    );
    assert_eq!(parsed(&format!("{usual}path \"a/+/b/*\" {{}}")).warnings(), [""; 0]);
}

#[test]
fn a_text_of_the_server_that_cannot_be_read_is_kept_and_equal_to_itself() {
    use tfplugin::schema::Attribute;
    let unread = |text: &str| PolicyText::from_value(text.into()).unwrap();
    assert_eq!(unread("path \"x\" { color = 1 }"), unread("path \"x\" { color = 1 }"));
    assert_ne!(unread("path \"x\" { color = 1 }"), unread("path \"x\" { color = 1 } "));
    assert_ne!(unread("path \"x\" { color = 1 }"), unread("path \"x\" {}"));
    assert_eq!(unread("path \"x\" {}"), unread("path x {}"));
}

/// Texts that consist of what policies consist of, in any order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "path",
        "capabilities",
        "allowed_parameters",
        "\"x\"",
        "\"read\"",
        "{",
        "}",
        "[",
        "]",
        "=",
        ",",
        ":",
        "\n",
        " ",
        "#",
        "//",
        "/*",
        "*/",
        "<<E\n",
        "<<-E\n",
        " E\n",
        "E\n",
        "\"",
        "\\",
        "${",
        "1",
        "0x",
        "-",
        ".",
        "e",
        "true",
        "é",
        "\r",
        "\u{0}",
        "\u{e123}",
        "factor",
        "identity",
        "control_group",
        "null",
    ];
    proptest::collection::vec(proptest::sample::select(pieces.to_vec()), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_reader(text in soup(), more in any::<String>()) {
        for text in [text.clone(), format!("{{{text}"), more, text.clone() + &text] {
            if let Ok(policy) = text.parse::<PolicyText>() {
                prop_assert_eq!(&policy, &policy.to_string().parse::<PolicyText>().unwrap());
            }
        }
    }

    #[test]
    fn what_is_quoted_is_read_back(text in any::<String>(), dollars in "[${}\"\\\\a]{0,12}") {
        for text in [text, dollars, "\u{e123}\u{0}\u{7f}".to_owned()] {
            let quoted = quote(&text);
            let mut cursor = Cursor::new(&quoted);
            prop_assert_eq!(literals::quoted(&mut cursor, literals::Notation::Hcl).unwrap(), text);
            prop_assert_eq!(cursor.rest(), "");
        }
    }
}
