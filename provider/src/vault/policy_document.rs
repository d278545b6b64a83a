//! Policies written from typed rules.

use super::policy_language::{Capability, quote, refusal};
use tfplugin::prelude::*;
use tfplugin::value::{Path, Step};

/// Writes an ACL policy in Vault's language from a list of rules. Terraform checks their types, and what neither Vault
/// nor OpenBao would take is refused.
#[derive(Schema)]
#[tf(name = "vault_policy_document")]
pub struct PolicyDocument {
    /// Rules in the order in which they are to stand; what may be null may be left out.
    rules: Vec<Rule>,
}

/// What a token may do at a path.
#[derive(Nested)]
struct Rule {
    /// Path of the API without `v1/`, such as `secret/data/app/*`. `*` at the end stands for any rest, and `+` for one
    /// segment.
    path: String,

    /// What is allowed there; nothing if it is empty.
    capabilities: BTreeSet<Capability>,

    /// What the rule is for; it becomes a comment.
    description: Option<String>,

    /// Parameters that a request must have.
    required_parameters: Option<BTreeSet<String>>,

    /// Parameters that a request may have, each with its allowed values, or with none for all. `*` is any parameter.
    allowed_parameters: Option<BTreeMap<String, BTreeSet<String>>>,

    /// Parameters that a request may not have, each with its denied values, or with none for all. `*` is any parameter.
    denied_parameters: Option<BTreeMap<String, BTreeSet<String>>>,

    /// Least lifetime of a wrapped response, such as `90s`, `1h30m` or `7d`; with it, responses must be wrapped.
    min_wrapping_ttl: Option<String>,

    /// Greatest lifetime of a wrapped response; with it, responses must be wrapped.
    max_wrapping_ttl: Option<String>,

    /// Types of events that may be subscribed to with the capability `subscribe`, such as `kv*`.
    subscribe_event_types: Option<BTreeSet<String>>,
}

impl Function for PolicyDocument {
    type Output = String;

    fn call(self) -> Result<String> {
        let mut blocks = Vec::new();
        for (rule, index) in self.rules.iter().zip(0..) {
            let block = rule.block();
            if let Some(reason) = refusal(&block) {
                let path = Path::attribute("rules").then(Step::Index(index));
                return Err(Error::new(format!("`{path}`: {reason}")).at(path));
            }
            blocks.push(block);
        }
        match blocks.is_empty() {
            // The servers refuse an empty text.
            true => Ok("# No rules: this policy grants nothing.\n".to_owned()),
            false => Ok(blocks.join("\n")),
        }
    }
}

impl Rule {
    fn block(&self) -> String {
        let lines = self.description.iter().flat_map(|description| description.lines());
        let comment: String = lines.map(|line| format!("{}\n", format!("# {line}").trim_end())).collect();
        let attributes = [
            ("capabilities", Some(list(self.capabilities.iter().map(|capability| capability.word())))),
            ("required_parameters", self.required_parameters.as_ref().map(list)),
            ("allowed_parameters", self.allowed_parameters.as_ref().map(parameters)),
            ("denied_parameters", self.denied_parameters.as_ref().map(parameters)),
            ("min_wrapping_ttl", self.min_wrapping_ttl.as_deref().map(quote)),
            ("max_wrapping_ttl", self.max_wrapping_ttl.as_deref().map(quote)),
            ("subscribe_event_types", self.subscribe_event_types.as_ref().map(list)),
        ];
        let set = attributes.into_iter().filter_map(|(name, value)| Some(format!("  {name} = {}\n", value?)));
        format!("{comment}path {} {{\n{}}}\n", quote(&self.path), set.collect::<String>())
    }
}

fn list(texts: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    let texts: Vec<String> = texts.into_iter().map(|text| quote(text.as_ref())).collect();
    format!("[{}]", texts.join(", "))
}

fn parameters(parameters: &BTreeMap<String, BTreeSet<String>>) -> String {
    let lines = parameters.iter().map(|(name, values)| format!("    {} = {}\n", quote(name), list(values)));
    format!("{{\n{}  }}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value as Json, json};
    use tfplugin::value::from_plain_json;

    use super::*;
    use crate::vault::policy_language::PolicyText;

    /// What the function makes of rules.
    fn written(rules: &Json) -> Result<String> {
        let all = <Rule as tfplugin::schema::Nested>::FIELDS.iter().map(|field| (field.name.to_owned(), Json::Null));
        let with_nulls = |rule: &Json| {
            let mut members: serde_json::Map<String, Json> = all.clone().collect();
            members.extend(rule.as_object().unwrap().clone());
            Json::Object(members)
        };
        let rules: Json = rules.as_array().unwrap().iter().map(with_nulls).collect();
        PolicyDocument::from_object([("rules".to_owned(), from_plain_json(rules))].into())?.call()
    }

    fn text() -> impl Strategy<Value = String> {
        prop_oneof!["[a-z/{}$*#\"\\\\]{0,8}", any::<String>()].prop_map(|text| text.replace(['\0', '\u{e123}'], ""))
    }

    fn path() -> impl Strategy<Value = String> {
        // Two paths of one name would add up; their braces must be balanced and `+*` means nothing.
        text().prop_map(|path| path.replace("{{", "").replace("}}", "").replace("+*", ""))
    }

    fn parameters() -> impl Strategy<Value = Json> {
        let values = proptest::collection::btree_set(text(), 0..3);
        let names = text()
            .prop_map(|name| name.to_lowercase())
            .prop_filter("one spelling", |name| *name == name.to_lowercase());
        proptest::collection::btree_map(names, values, 0..3).prop_map(|parameters| json!(parameters))
    }

    /// A rule as JSON, which is an argument of the function and a rule of a policy in JSON alike.
    fn rule() -> impl Strategy<Value = Json> {
        let capabilities = proptest::sample::subsequence(Capability::VARIANTS.to_vec(), 0..4);
        let capabilities = capabilities.prop_map(|all| all.into_iter().map(OneOf::word).collect::<Vec<_>>());
        let attributes = vec![
            capabilities.prop_map(|words| ("capabilities", json!(words))).boxed(),
            proptest::collection::vec(text(), 0..3).prop_map(|names| ("required_parameters", json!(names))).boxed(),
            parameters().prop_map(|parameters| ("allowed_parameters", parameters)).boxed(),
            parameters().prop_map(|parameters| ("denied_parameters", parameters)).boxed(),
            (1..100u32).prop_map(|minutes| ("min_wrapping_ttl", json!(format!("{minutes}s")))).boxed(),
            (2..100u32).prop_map(|hours| ("max_wrapping_ttl", json!(format!("{hours}h")))).boxed(),
            proptest::collection::vec(text(), 0..3).prop_map(|types| ("subscribe_event_types", json!(types))).boxed(),
        ];
        (attributes, 0..128usize).prop_map(|(attributes, chosen)| {
            let kept = attributes.into_iter().enumerate().filter(|(index, _)| *index == 0 || chosen >> index & 1 == 1);
            kept.map(|(_, (name, value))| (name.to_owned(), value)).collect::<serde_json::Map<_, _>>().into()
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_text_means_what_the_rules_mean(
            rules in proptest::collection::btree_map(path(), (rule(), proptest::option::of(text())), 1..4)
        ) {
            let in_json = json!({ "path": rules.iter().map(|(path, (rule, _))| (path, rule)).collect::<BTreeMap<_, _>>() });
            let arguments: Json = rules.iter().map(|(path, (rule, description))| {
                let mut rule = rule.clone();
                rule["path"] = json!(path);
                rule["description"] = json!(description);
                rule
            }).collect();
            let text = written(&arguments).unwrap();
            let parsed = |text: &str| text.parse::<PolicyText>().unwrap();
            prop_assert_eq!(parsed(&text), parsed(&in_json.to_string()), "{}", text);
        }
    }

    #[test]
    fn a_rule_that_no_server_takes_is_an_error_at_its_place() {
        let fine = json!({ "path": "a", "capabilities": ["read"] });
        for (rule, expected) in [
            (json!({ "path": "a/+*", "capabilities": [] }), "`rules[1]`: the path holds `+*`"),
            (json!({ "path": "{{a", "capabilities": [] }), "`rules[1]`: the path has a `{{` without its `}}`"),
            (
                json!({ "path": "a", "capabilities": [], "min_wrapping_ttl": "1 hour" }),
                "`rules[1]`: `min_wrapping_ttl` must be a duration",
            ),
            (
                json!({ "path": "a", "capabilities": [], "min_wrapping_ttl": "2h", "max_wrapping_ttl": "60m" }),
                "`rules[1]`: `max_wrapping_ttl` is less than `min_wrapping_ttl`",
            ),
            (
                json!({ "path": "a", "capabilities": [], "denied_parameters": { "a": [], "A": [] } }),
                "`rules[1]`: `a` and `A` are one parameter",
            ),
            (
                json!({ "path": "a", "capabilities": [], "description": "\0" }),
                "`rules[1]`: the character \\u{0} is not",
            ),
        ] {
            let error = written(&json!([fine, rule])).unwrap_err();
            assert!(error.message().starts_with(expected), "{rule}: {error}");
            assert_eq!(error.path().unwrap().to_string(), "rules[1]");
        }
    }

    #[test]
    fn no_rules_are_a_policy_that_grants_nothing() {
        let text = written(&json!([])).unwrap();
        assert_eq!(text.parse::<PolicyText>(), "{}".parse::<PolicyText>());
    }
}
