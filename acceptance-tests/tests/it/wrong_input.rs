//! Wrong input is refused before anything is sent, and the message leads to the attribute.

use crate::estate::workdir;
use acceptance_tests::tool::tools;
use lab::blocking::GitLab;

/// A configuration that must be refused.
struct Wrong {
    /// What is wrong with it.
    what: &'static str,
    /// The resource, without its closing brace.
    resource: &'static str,
    /// The arguments, one a line.
    arguments: &'static str,
    /// The attribute that the message must lead to.
    attribute: &'static str,
    /// Words that the message must hold, so that the user knows what to write instead.
    words: &'static [&'static str],
}

const TABLE: &[Wrong] = &[
    Wrong {
        what: "a word that the enum does not have",
        resource: "substrate_gitlab_group",
        arguments: "name = \"a\"\n  path = \"a\"\n  visibility_level = \"secret\"",
        attribute: "visibility_level",
        words: &["private", "internal", "public"],
    },
    Wrong {
        what: "a path with a space",
        resource: "substrate_gitlab_group",
        arguments: "name = \"a\"\n  path = \"a b\"",
        attribute: "path",
        words: &["a b"],
    },
    Wrong {
        what: "a path that begins with a dash",
        resource: "substrate_gitlab_project",
        arguments: "name = \"a\"\n  path = \"-a\"",
        attribute: "path",
        words: &["-a"],
    },
    Wrong {
        what: "a computed attribute that is set",
        resource: "substrate_gitlab_group",
        arguments: "name = \"a\"\n  path = \"a\"\n  full_path = \"a\"",
        attribute: "full_path",
        words: &[],
    },
    Wrong {
        what: "an attribute that does not exist",
        resource: "substrate_gitlab_group",
        arguments: "name = \"a\"\n  path = \"a\"\n  visibility = \"private\"",
        attribute: "visibility",
        words: &["visibility"],
    },
    Wrong {
        what: "a required attribute that is missing",
        resource: "substrate_gitlab_project_label",
        arguments: "name = \"a\"\n  color = \"#ff0000\"",
        attribute: "project",
        words: &["project"],
    },
    Wrong {
        what: "a label name that is too long",
        resource: "substrate_gitlab_project_label",
        arguments: "project = \"1\"\n  color = \"#ff0000\"\n  name = join(\"\", [for n in range(256) : \"x\"])",
        attribute: "name",
        words: &["255"],
    },
    Wrong {
        what: "a color that is none",
        resource: "substrate_gitlab_project_label",
        arguments: "project = \"1\"\n  name = \"a\"\n  color = \"#12\"",
        attribute: "color",
        words: &["#12"],
    },
    Wrong {
        what: "two values where one is wanted",
        resource: "substrate_gitlab_project_variable",
        arguments: "project = \"1\"\n  key = \"A\"\n  value = \"a\"\n  value_wo = \"b\"\n  value_wo_version = 1",
        attribute: "value",
        words: &["value_wo"],
    },
    Wrong {
        what: "no value at all",
        resource: "substrate_gitlab_project_variable",
        arguments: "project = \"1\"\n  key = \"A\"",
        attribute: "value",
        words: &["value", "value_wo"],
    },
    Wrong {
        what: "a write-only value without its version",
        resource: "substrate_gitlab_project_variable",
        arguments: "project = \"1\"\n  key = \"A\"\n  value_wo = \"b\"",
        attribute: "value_wo",
        words: &["value_wo_version"],
    },
    Wrong {
        what: "a masked variable whose value would stand in the state",
        resource: "substrate_gitlab_project_variable",
        arguments: "project = \"1\"\n  key = \"A\"\n  value = \"long-enough\"\n  masked = true",
        attribute: "masked",
        words: &["value_wo"],
    },
    Wrong {
        what: "a hidden variable whose value would stand in the state",
        resource: "substrate_gitlab_group_variable",
        arguments: "group = \"1\"\n  key = \"A\"\n  value = \"long-enough\"\n  hidden = true",
        attribute: "hidden",
        words: &["value_wo"],
    },
    Wrong {
        what: "a key with a dash",
        resource: "substrate_gitlab_group_variable",
        arguments: "group = \"1\"\n  key = \"A-B\"\n  value = \"a\"",
        attribute: "key",
        words: &["A-B"],
    },
];

/// A mistake that only the server notices costs a failed apply; these are noticed while planning at the latest.
#[test]
fn each_wrong_input_is_refused_with_the_path_of_its_attribute() {
    let gitlab = GitLab::start();
    let mut failures = Vec::new();
    for tool in tools() {
        for wrong in TABLE {
            let text = format!("resource \"{}\" \"wrong\" {{\n  {}\n}}\n", wrong.resource, wrong.arguments);
            let workdir = workdir(tool, &gitlab, &text);
            let validated = workdir.run(&["validate", "-json"]);
            let errors = match validated.errors() {
                errors if errors.is_empty() => workdir.run(&["plan", "-json"]).errors(),
                errors => errors,
            };
            let leads = errors.iter().any(|error| {
                let said = |sign: char| error.text().contains(&format!("{sign}{}{sign}", wrong.attribute));
                let points = error.code.trim_start().starts_with(&format!("{} ", wrong.attribute));
                (points || said('`') || said('"')) && wrong.words.iter().all(|word| error.text().contains(word))
            });
            if !leads {
                failures.push(format!("{}, {}: {errors:?}", tool.label(), wrong.what));
            }
        }
    }
    assert!(failures.is_empty(), "not refused, or not helpfully:\n  {}", failures.join("\n  "));
    assert!(gitlab.requests().is_empty(), "something was sent: {:?}", gitlab.requests());
}
