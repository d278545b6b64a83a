//! The reference of a page: every attribute by who sets it, rules between attributes, and nested attributes below.

use crate::docs::entry::{Place, entry, is_left_to_backend};
use crate::docs::prose::listed;
use crate::schema::{Field, Presence, Rule, Timeouts};

/// What the entries of one page have in common.
pub(super) struct Reference<'a> {
    /// Who decides what the user leaves out, by the name for people; nobody where leaving out means nothing.
    pub backend: Option<&'a str>,
    /// Rules between the page's attributes.
    pub rules: &'a [Rule],
    /// Limits of the operations, where the resource waits.
    pub timeouts: Option<Timeouts>,
}

/// Who sets an attribute.
#[derive(Clone, Copy, PartialEq)]
enum Group {
    Required,
    Optional,
    ReadOnly,
}

const GROUPS: [(Group, &str); 3] =
    [(Group::Required, "Required"), (Group::Optional, "Optional"), (Group::ReadOnly, "Read-only")];

impl Reference<'_> {
    /// The section as blocks of Markdown.
    pub(super) fn section(&self, fields: &'static [Field]) -> Vec<String> {
        let mut blocks = vec!["## Schema".to_owned()];
        if !self.rules.is_empty() {
            blocks.push(list(self.rules));
        }
        for (heading, entries) in self.groups(fields, &[], false) {
            blocks.push(format!("### {heading}"));
            blocks.push(entries);
        }
        self.nested(fields, &[], false, &mut blocks);
        blocks
    }

    /// The lists of entries, by who sets them.
    fn groups(&self, fields: &'static [Field], parents: &[&str], computed: bool) -> Vec<(&'static str, String)> {
        let lists = GROUPS.into_iter().map(|(wanted, heading)| {
            let members: Vec<&Field> = fields.iter().filter(|field| group(field, computed) == wanted).collect();
            let settable = wanted != Group::ReadOnly;
            let place = Place { decided: self.backend.is_some(), siblings: fields, settable };
            let entries = members.iter().map(|field| {
                let limit = self.limit(parents, field.name).map(|limit| format!(" {limit}")).unwrap_or_default();
                format!("- {}{limit}{}", entry(field, &place), link(parents, field))
            });
            let entries = entries.collect::<Vec<_>>().join("\n");
            match self.backend.filter(|_| members.iter().any(|field| is_left_to_backend(field, &place))) {
                Some(backend) => (
                    heading,
                    format!("{backend} decides about what is marked Computed when it is omitted.\n\n{entries}"),
                ),
                None => (heading, entries),
            }
        });
        lists.filter(|(_, entries)| !entries.is_empty()).collect()
    }

    /// The attributes of objects, each under its anchor.
    pub(super) fn nested(&self, fields: &'static [Field], parents: &[&str], computed: bool, blocks: &mut Vec<String>) {
        for field in fields {
            let Some(members) = field.nested() else { continue };
            let computed = group(field, computed) == Group::ReadOnly;
            let path: Vec<&str> = parents.iter().copied().chain([field.name]).collect();
            let heading = format!("### Nested schema for `{}`", path.join("."));
            blocks.push(format!("<a id=\"{}\"></a>\n\n{heading}", anchor(parents, field.name)));
            if !field.rules.is_empty() && !computed {
                blocks.push(list(field.rules));
            }
            for (heading, entries) in self.groups(members, &path, computed) {
                blocks.push(format!("{heading}:"));
                blocks.push(entries);
            }
            self.nested(members, &path, computed, blocks);
        }
    }

    /// The limit that an operation has by itself.
    fn limit(&self, parents: &[&str], name: &str) -> Option<String> {
        let timeouts = self.timeouts.filter(|_| parents == ["timeouts"])?;
        let limit = match name {
            "create" => timeouts.create,
            "read" => timeouts.read,
            "update" => timeouts.update,
            "delete" => timeouts.delete,
            _ => return None,
        };
        Some(match limit {
            "" => "Without it there is no limit.".to_owned(),
            limit => format!("Defaults to `\"{limit}\"`."),
        })
    }
}

/// Whatever stands inside an attribute that only the backend sets is set by it too.
fn group(field: &Field, inside_computed: bool) -> Group {
    match field.presence {
        _ if inside_computed || field.is_computed_only() => Group::ReadOnly,
        Presence::Required if !field.is_filled_in() => Group::Required,
        _ => Group::Optional,
    }
}

/// The way from an attribute to its own attributes, if it has any.
pub(super) fn link(parents: &[&str], field: &Field) -> String {
    match field.nested() {
        Some(_) => format!(" (see [below for nested schema](#{}))", anchor(parents, field.name)),
        None => String::new(),
    }
}

fn anchor(parents: &[&str], name: &str) -> String {
    let path: Vec<&str> = ["nestedatt"].into_iter().chain(parents.iter().copied()).chain([name]).collect();
    path.join("--")
}

fn list(rules: &[Rule]) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in rules.iter().map(|rule| format!("- {}", spelled(rule, rules))) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    format!("Between the attributes these rules hold:\n\n{}", lines.join("\n"))
}

/// A rule as a sentence; those of a kind that end the same share it.
fn spelled(rule: &Rule, all: &[Rule]) -> String {
    let shared = |name: fn(&Rule, &Rule) -> Option<&'static str>| {
        listed(&all.iter().filter_map(|other| name(rule, other)).collect::<Vec<_>>(), "and")
    };
    match rule {
        Rule::OneOf([name]) => format!("`{name}` must be set."),
        Rule::Conflicts(names) => format!("At most one of {} can be set.", listed(names, "and")),
        Rule::OneOf(names) => format!("Exactly one of {} must be set.", listed(names, "and")),
        Rule::CreatedWith([name]) => format!("`{name}` must be set to create it."),
        Rule::CreatedWith(names) => format!("One of {} must be set to create it.", listed(names, "and")),
        Rule::Requires(name, needed) => format!("`{name}` needs `{needed}`."),
        Rule::RequiresAny(name, needed) => format!("`{name}` needs one of {}.", listed(needed, "and")),
        Rule::RequiresWord(name, needed, word) => format!("`{name}` needs `{needed} = {word:?}`."),
        Rule::Fits(_, beside, _) => {
            let names = shared(|rule, other| match (rule, other) {
                (Rule::Fits(_, beside, _), Rule::Fits(name, same, _)) if beside == same => Some(name),
                _ => None,
            });
            format!("{names} must fit `{beside}`.")
        }
        Rule::AtMost(name, most) => format!("`{name}` cannot be above `{most}`."),
        Rule::WhenTrue(name, needed) => format!("`{name} = true` needs `{needed}`."),
        Rule::WhenWord(name, _, word) => {
            let needed = shared(|rule, other| match (rule, other) {
                (Rule::WhenWord(name, _, word), Rule::WhenWord(same, needed, equal))
                    if (name, word) == (same, equal) =>
                {
                    Some(needed)
                }
                _ => None,
            });
            format!("`{name} = {word:?}` needs {needed}.")
        }
        Rule::Implies(name, needed) => format!("`{name} = true` needs `{needed} = true`."),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::schema::{Kind, Text, Word, WordForm};
    use crate::value::Value;

    const TEXT: Kind = Kind::String(Text::ANY);
    const COLORS: Kind = Kind::String(Text {
        words: &[
            Word { word: "red", form: WordForm::Text("red"), doc: "As a rose." },
            Word { word: "blue", form: WordForm::Number(3), doc: "" },
        ],
        ..Text::ANY
    });
    const LAMP: [Field; 8] = [
        Field { replace: true, ..Field::new("room", "Room that\nthe lamp is in.", TEXT, Presence::Required) },
        Field { computed: true, ..Field::new("color", "Color of the light.", COLORS, Presence::Optional) },
        Field {
            env: &["LAMP", "LIGHT"],
            default: Some(|| Value::from("E27")),
            deprecated: Some("Use `thread`."),
            ..Field::new("socket", "Socket of the bulb.", TEXT, Presence::Optional)
        },
        Field { write_only: true, ..Field::new("pin_wo", "Code of the lamp.", TEXT, Presence::Optional) },
        Field::new("pin_wo_version", "Number to raise.", Kind::Bool, Presence::Optional),
        Field::new("bulbs", "Its bulbs.", Kind::Set(&Kind::Object(&BULB)), Presence::Computed),
        Field {
            rules: &[Rule::OneOf(&["hook", "nail"])],
            ..Field::new("place", "Where it hangs.", PLACE, Presence::Required)
        },
        crate::schema::TIMEOUTS,
    ];
    const PLACE: Kind = Kind::Object(&[
        Field::new("hook", "A hook.", TEXT, Presence::Optional),
        Field::new("nail", "A nail.", TEXT, Presence::Optional),
    ]);
    const BULB: [Field; 1] = [Field::new("watts", "Power of the bulb.", TEXT, Presence::Required)];

    #[test]
    fn rules_that_end_the_same_share_a_sentence() {
        let fits = |name: &'static str| Rule::Fits(name, "room", |_, _| Ok(()));
        let when = |needed: &'static str, word: &'static str| Rule::WhenWord("color", needed, word);
        let rules = [fits("place"), when("socket", "red"), when("pin", "red"), when("pin", "blue"), fits("socket")];
        expect![[r#"
            Between the attributes these rules hold:

            - `place` and `socket` must fit `room`.
            - `color = "red"` needs `socket` and `pin`.
            - `color = "blue"` needs `pin`."#]]
        .assert_eq(&list(&rules));
    }

    #[test]
    fn a_reference_says_what_the_table_says() {
        let rules = [Rule::Conflicts(&["color", "socket"]), Rule::Requires("pin_wo", "pin_wo_version")];
        let timeouts = Some(Timeouts { create: "5m", ..Timeouts::NONE });
        let blocks = Reference { backend: Some("The lamp"), rules: &rules, timeouts }.section(&LAMP);
        expect![[r###"
            ## Schema

            Between the attributes these rules hold:

            - At most one of `color` and `socket` can be set.
            - `pin_wo` needs `pin_wo_version`.

            ### Required

            - `room` (String) Room that the lamp is in. Changing it replaces the resource.
            - `place` (Attributes) Where it hangs. (see [below for nested schema](#nestedatt--place))

            ### Optional

            The lamp decides about what is marked Computed when it is omitted.

            - `color` (String, Computed) Color of the light. One of:
              - `red`: As a rose.
              - `blue`
            - `socket` (String, Deprecated) Socket of the bulb. It can also come from the environment variables `LAMP` or `LIGHT`; the first that is set counts. Defaults to `"E27"`. **Deprecated:** Use `thread`.
            - `pin_wo` (String, [Write-only](https://developer.hashicorp.com/terraform/language/resources/ephemeral#write-only-arguments)) Code of the lamp. It is sent again when `pin_wo_version` changes.
            - `pin_wo_version` (Boolean) Number to raise.
            - `timeouts` (Attributes) How long an operation may take, such as `30s`, `20m` or `1h30m`. (see [below for nested schema](#nestedatt--timeouts))

            ### Read-only

            - `bulbs` (Attributes Set) Its bulbs. (see [below for nested schema](#nestedatt--bulbs))

            <a id="nestedatt--bulbs"></a>

            ### Nested schema for `bulbs`

            Read-only:

            - `watts` (String) Power of the bulb.

            <a id="nestedatt--place"></a>

            ### Nested schema for `place`

            Between the attributes these rules hold:

            - Exactly one of `hook` and `nail` must be set.

            Optional:

            - `hook` (String) A hook.
            - `nail` (String) A nail.

            <a id="nestedatt--timeouts"></a>

            ### Nested schema for `timeouts`

            Optional:

            - `create` (String) Limit of creating it. Defaults to `"5m"`.
            - `read` (String) Limit of reading it. Without it there is no limit.
            - `update` (String) Limit of updating it. Without it there is no limit.
            - `delete` (String) Limit of deleting it. Without it there is no limit."###]].assert_eq(&blocks.join("\n\n"));
    }
}
