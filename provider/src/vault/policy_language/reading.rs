//! From a policy's text to its meaning, as the servers' `ParseACLPolicy` finds it.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tfplugin::prelude::OneOf as _;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::block::{Block, Word, quoted_list};
use super::capability::{Capability, KnownTo};
use super::cursor::Cursor;
use super::fault::{Fault, Position};
use super::literals::RESERVED;
use super::meaning::{ControlGroup, Factor, Meaning, Parameter, Parameters, Place, Rule};
use super::tree::{Item, Key, Node, Value};
use super::{hcl, json};

/// What may stand in a policy.
const POLICY: &[Word] = &[("path", KnownTo::Both), ("name", KnownTo::Both)];

/// What may stand in the rules of a path: Vault 1.21 and OpenBao 2.5.
const RULE: &[Word] = &[
    ("capabilities", KnownTo::Both),
    ("allowed_parameters", KnownTo::Both),
    ("denied_parameters", KnownTo::Both),
    ("required_parameters", KnownTo::Both),
    ("min_wrapping_ttl", KnownTo::Both),
    ("max_wrapping_ttl", KnownTo::Both),
    ("mfa_methods", KnownTo::Both),
    ("control_group", KnownTo::Both),
    ("comment", KnownTo::Both),
    ("policy", KnownTo::Both),
    ("subscribe_event_types", KnownTo::Vault),
    ("expiration", KnownTo::OpenBao),
    ("pagination_limit", KnownTo::OpenBao),
    ("list_scan_response_keys_filter_path", KnownTo::OpenBao),
];

const CONTROL_GROUP: &[Word] = &[("factor", KnownTo::Both), ("ttl", KnownTo::Both)];
const FACTOR: &[Word] = &[("identity", KnownTo::Both), ("controlled_capabilities", KnownTo::Both)];
const IDENTITY: &[Word] = &[("group_ids", KnownTo::Both), ("group_names", KnownTo::Both), ("approvals", KnownTo::Both)];

/// What was read.
#[derive(Clone, Debug, Default)]
pub(super) struct Reading {
    pub(super) meaning: Meaning,
    /// What is no mistake, but not what the author may expect.
    pub(super) warnings: Vec<Fault>,
}

/// Reads a policy in HCL, in JSON or in base64 of one of them. A text that begins with `{` is JSON.
pub(super) fn read(text: &str) -> Result<Reading, Fault> {
    if text.is_empty() {
        return Err(Fault::new(Position::START, "the policy is empty; a comment alone grants nothing"));
    }
    let text = decoded(text)?.replace("\r\n", "\n");
    refuse_reserved(&text)?;
    let members = match text.trim_start().starts_with('{') {
        true => json::parse(&text)?,
        false => hcl::parse(&text)?,
    };
    let policy = Block { at: Position::START, members };
    let mut reader = Reader { warnings: policy.check(POLICY)? };
    policy.text("name")?;
    let paths = policy.members.iter().filter(|member| member.key.text == "path");
    let meaning = paths.map(|path| reader.rule(path)).collect::<Result<_, _>>()?;
    Ok(Reading { meaning, warnings: reader.warnings })
}

/// Why a text is refused, without the place.
pub(in crate::vault) fn refusal(text: &str) -> Option<String> {
    read(text).err().map(|fault| fault.text().to_owned())
}

/// The servers decode what looks like base64; line ends are no part of it.
fn decoded(text: &str) -> Result<String, Fault> {
    match BASE64_STANDARD.decode(text.replace(['\r', '\n'], "")) {
        Ok(bytes) => String::from_utf8(bytes)
            .map_err(|_| Fault::new(Position::START, "the text is base64 of something that is no text")),
        Err(_) => Ok(text.to_owned()),
    }
}

/// HCL has no place for these, not even in a comment.
fn refuse_reserved(text: &str) -> Result<(), Fault> {
    let mut cursor = Cursor::new(text);
    cursor.take_while(|character| !matches!(character, '\0' | RESERVED));
    match cursor.peek() {
        Some(reserved) => Err(cursor.fault(format!("the character {} is not allowed", reserved.escape_unicode()))),
        None => Ok(()),
    }
}

/// Refuses a path that the servers refuse.
fn check_path(path: &Key) -> Result<(), Fault> {
    let mut parts = path.text.split("{{");
    let before = parts.next().unwrap_or_default();
    let is_balanced = !before.contains("}}") && parts.all(|part| part.matches("}}").count() == 1);
    if path.text.contains("+*") {
        let text = "the path holds `+*`; `+` stands for a whole segment, and `*` for the rest of a path";
        return Err(Fault::new(path.at, text));
    }
    match is_balanced {
        true => Ok(()),
        false => Err(Fault::new(path.at, "the path has a `{{` without its `}}`, or a `}}` without its `{{`")),
    }
}

struct Reader {
    warnings: Vec<Fault>,
}

impl Reader {
    fn warn(&mut self, at: Position, text: impl Into<String>) {
        self.warnings.push(Fault::new(at, text));
    }

    fn rule(&mut self, item: &Item) -> Result<(Place, Rule), Fault> {
        let path = self.path(item)?;
        let members = item.value.members("a block of rules after the path")?.to_vec();
        let block = Block { at: item.value.at, members };
        self.warnings.extend(block.check(RULE)?);
        let mut capabilities = self.capabilities(&block, "capabilities")?;
        capabilities.extend(old_policy(&block)?);
        let rule = Rule {
            allowed_parameters: parameters(&block, "allowed_parameters")?,
            denied_parameters: parameters(&block, "denied_parameters")?,
            required_parameters: block.texts("required_parameters")?,
            min_wrapping_ttl: block.duration("min_wrapping_ttl")?,
            max_wrapping_ttl: block.duration("max_wrapping_ttl")?,
            mfa_methods: block.texts("mfa_methods")?,
            control_group: self.control_group(&block, &capabilities)?,
            subscribe_event_types: block.texts("subscribe_event_types")?,
            pagination_limit: block.integer("pagination_limit")?.max(0),
            filter_path: block.text("list_scan_response_keys_filter_path")?,
            capabilities: capabilities.into_iter().collect(),
        };
        check_rule(&rule, &block)?;
        Ok((Place { path, expires: expiration(&block)? }, rule))
    }

    fn path(&mut self, item: &Item) -> Result<String, Fault> {
        let key = match item.names.as_slice() {
            [] => {
                self.warn(item.key.at, "this block names no path, so it is about a path called `path`");
                &item.key
            }
            [path] => path,
            [path, further, ..] => {
                let text = format!("a block has one path, and `{}` follows `{}`", further.text, path.text);
                let hint = "; in JSON, the servers take a rule that holds nothing but objects for more of the path";
                return Err(Fault::new(further.at, text + hint));
            }
        };
        check_path(key)?;
        if key.text.strip_suffix('*').unwrap_or(&key.text).contains('*') {
            self.warn(key.at, "`*` stands for more than itself at the end of a path alone; `+` stands for a segment");
        }
        Ok(key.text.strip_prefix('/').unwrap_or(&key.text).to_owned())
    }

    fn capabilities(&mut self, block: &Block, name: &str) -> Result<Vec<Capability>, Fault> {
        let mut capabilities = Vec::new();
        for node in block.list(name, "[\"read\", \"list\"]")? {
            let word = node.text()?;
            let capability = Capability::from_word(word).map_err(|_| {
                let known = quoted_list(Capability::WORDS.iter().map(|word| word.word));
                Fault::new(node.at, format!("`{word}` is not a capability; there are {known}"))
            })?;
            self.warnings.extend(capability.known_to().warning(node.at, word));
            capabilities.push(capability);
        }
        Ok(capabilities)
    }

    fn control_group(&mut self, rule: &Block, granted: &[Capability]) -> Result<Option<ControlGroup>, Fault> {
        let Some(group) = rule.block("control_group")? else {
            return Ok(None);
        };
        group.check(CONTROL_GROUP)?;
        let factors = group.block("factor")?.filter(|factors| !factors.members.is_empty());
        let factors = factors.ok_or_else(|| Fault::new(group.at, "a control group needs a `factor \"name\" { … }`"))?;
        let names = factors.members.iter().map(|member| member.key.text.as_str());
        let factors = names.map(|name| self.factor(&factors, name, granted)).collect::<Result<_, _>>()?;
        Ok(Some(ControlGroup { ttl: group.duration("ttl")?, factors }))
    }

    fn factor(&mut self, factors: &Block, name: &str, granted: &[Capability]) -> Result<Factor, Fault> {
        let missing = |at| Fault::new(at, format!("the factor `{name}` needs an `identity {{ … }}`"));
        let factor = factors.block(name)?.ok_or_else(|| missing(factors.at))?;
        factor.check(FACTOR)?;
        let identity = factor.block("identity")?.ok_or_else(|| missing(factor.at))?;
        identity.check(IDENTITY)?;
        let controlled = self.capabilities(&factor, "controlled_capabilities")?;
        if let Some(capability) = controlled.iter().find(|capability| !granted.contains(capability)) {
            let text = format!("`{}` is controlled, but the rule does not grant it", capability.word());
            return Err(Fault::new(factor.position("controlled_capabilities"), text));
        }
        let factor = Factor {
            name: name.to_owned(),
            group_ids: identity.texts("group_ids")?,
            group_names: identity.texts("group_names")?,
            approvals: identity.integer("approvals")?,
            controlled_capabilities: controlled.into_iter().collect(),
        };
        let groups = factor.group_ids.len() + factor.group_names.len();
        match groups > 0 && factor.approvals > 0 {
            true => Ok(factor),
            false => {
                let text = "an identity needs `group_names` or `group_ids`, and `approvals` that are more than 0";
                Err(Fault::new(identity.at, text))
            }
        }
    }
}

fn old_policy(block: &Block) -> Result<Vec<Capability>, Fault> {
    let word = block.text("policy")?;
    Capability::of_old_policy(&word).map(<[_]>::to_vec).ok_or_else(|| {
        let text = format!("`{word}` is not a policy of the old kind; there are `read`, `write`, `sudo` and `deny`");
        Fault::new(block.position("policy"), text)
    })
}

/// What must hold between the attributes of a rule.
fn check_rule(rule: &Rule, block: &Block) -> Result<(), Fault> {
    if rule.max_wrapping_ttl != 0 && rule.max_wrapping_ttl < rule.min_wrapping_ttl {
        let text = "`max_wrapping_ttl` is less than `min_wrapping_ttl`";
        return Err(Fault::new(block.position("max_wrapping_ttl"), text));
    }
    if !rule.filter_path.is_empty() && !rule.capabilities.contains(&Capability::List) {
        let text = "`list_scan_response_keys_filter_path` needs the capability `list`";
        return Err(Fault::new(block.position("list_scan_response_keys_filter_path"), text));
    }
    Ok(())
}

/// The time of an RFC 3339 text, or of seconds since 1970, in nanoseconds since then.
fn expiration(block: &Block) -> Result<Option<i128>, Fault> {
    let text = block.text("expiration")?;
    let time = OffsetDateTime::parse(&text, &Rfc3339).map(OffsetDateTime::unix_timestamp_nanos).ok();
    let time = time.or_else(|| text.parse::<i64>().ok().map(|seconds| i128::from(seconds) * 1_000_000_000));
    match (text.as_str(), time) {
        ("", _) => Ok(None),
        (_, Some(time)) => Ok(Some(time)),
        (text, None) => {
            let text = format!("`{text}` is not a time such as `2030-01-31T12:00:00Z`");
            Err(Fault::new(block.position("expiration"), text))
        }
    }
}

/// Parameters with their values. The servers do not tell names apart by case.
fn parameters(block: &Block, name: &str) -> Result<Parameters, Fault> {
    let mut spellings = BTreeMap::new();
    let mut parameters = Parameters::new();
    for item in block.block(name)?.map(|block| block.members).unwrap_or_default() {
        let key = &item.key;
        let lower = key.text.to_lowercase();
        let spelling = spellings.entry(lower.clone()).or_insert_with(|| key.text.clone());
        if *spelling != key.text {
            let text = format!("`{}` and `{spelling}` are one parameter", key.text);
            return Err(Fault::new(key.at, text));
        }
        let values = match (item.names.len(), &item.value.value) {
            (0, Value::List(elements)) => elements.iter().map(parameter).collect::<Result<_, _>>()?,
            (0, Value::Object(_)) => vec![parameter(&item.value)?],
            _ => return Err(item.value.unexpected("a list of values, which is empty for all")),
        };
        parameters.entry(lower).or_default().extend(values);
    }
    Ok(parameters)
}

fn parameter(node: &Node) -> Result<Parameter, Fault> {
    Ok(match &node.value {
        Value::Bool(flag) => Parameter::Bool(*flag),
        Value::Integer(_) => Parameter::Integer(node.integer()?),
        Value::Fraction(number) => Parameter::Fraction(number.to_string()),
        Value::Text(text) => Parameter::Text(text.clone()),
        Value::List(elements) => Parameter::List(elements.iter().map(parameter).collect::<Result<_, _>>()?),
        Value::Object(members) => {
            let mut object = BTreeMap::new();
            for member in members {
                let Key { at, text } = &member.key;
                if object.insert(text.clone(), parameter(&member.below())?).is_some() {
                    return Err(Fault::new(*at, format!("`{text}` is set twice")));
                }
            }
            Parameter::Object(object)
        }
    })
}
