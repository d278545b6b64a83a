//! Wrong input is refused before anything is sent, and the message leads to the attribute.

use crate::estate::workdir;
use acceptance_tests::output::Diagnostic;
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
        words: &["masked"],
    },
    Wrong {
        what: "a key with a dash",
        resource: "substrate_gitlab_group_variable",
        arguments: "group = \"1\"\n  key = \"A-B\"\n  value = \"a\"",
        attribute: "key",
        words: &["A-B"],
    },
    Wrong {
        what: "a hidden variable that is not masked",
        resource: "substrate_gitlab_project_variable",
        arguments: "project = \"1\"\n  key = \"A\"\n  value_wo = \"b\"\n  value_wo_version = 1\n  hidden = true",
        attribute: "hidden",
        words: &["masked"],
    },
    Wrong {
        what: "a negative number",
        resource: "substrate_gitlab_group",
        arguments: "name = \"a\"\n  path = \"a\"\n  two_factor_grace_period = -1",
        attribute: "two_factor_grace_period",
        words: &["not negative"],
    },
    Wrong {
        what: "a fraction where a whole number is wanted",
        resource: "substrate_gitlab_group",
        arguments: "name = \"a\"\n  path = \"a\"\n  parent_id = 1.5",
        attribute: "parent_id",
        words: &["whole number"],
    },
    Wrong {
        what: "a text where a number is wanted",
        resource: "substrate_gitlab_group",
        arguments: "name = \"a\"\n  path = \"a\"\n  parent_id = \"infra\"",
        attribute: "parent_id",
        words: &["number"],
    },
    Wrong {
        what: "a number out of its range",
        resource: "substrate_gitlab_project",
        arguments: "name = \"a\"\n  build_timeout = 5",
        attribute: "build_timeout",
        words: &["600"],
    },
    Wrong {
        what: "an import address with credentials",
        resource: "substrate_gitlab_project",
        arguments: "name = \"a\"\n  import_url = \"https://me:pass@git.example.com/a.git\"",
        attribute: "import_url",
        words: &["import_url_wo"],
    },
    Wrong {
        what: "two sources of a new project",
        resource: "substrate_gitlab_project",
        arguments: "name = \"a\"\n  template_name = \"rails\"\n  import_url = \"https://git.example.com/a.git\"",
        attribute: "import_url",
        words: &["template_name"],
    },
    Wrong {
        what: "a time that is none",
        resource: "substrate_gitlab_group",
        arguments: "name = \"a\"\n  path = \"a\"\n  timeouts = { create = \"soon\" }",
        attribute: "timeouts",
        words: &["soon"],
    },
    Wrong {
        what: "a wrong word inside of a nested attribute",
        resource: "substrate_gitlab_group",
        arguments: "name = \"a\"\n  path = \"a\"\n  default_branch_protection_defaults = { allowed_to_push = [{ access_level = \"boss\" }] }",
        attribute: "default_branch_protection_defaults",
        words: &["maintainer"],
    },
    Wrong {
        what: "a role that does not exist",
        resource: "substrate_gitlab_branch_protection",
        arguments: "project = \"1\"\n  branch = \"main\"\n  push_access_level = \"boss\"",
        attribute: "push_access_level",
        words: &["maintainer"],
    },
    Wrong {
        what: "an empty name",
        resource: "substrate_gitlab_group",
        arguments: "name = \"\"\n  path = \"a\"",
        attribute: "name",
        words: &["letter"],
    },
];

/// A mistake that only the server notices costs a failed apply; these are noticed while planning at the latest.
#[test]
fn each_wrong_input_is_refused_with_the_path_of_its_attribute() {
    let gitlab = GitLab::start();
    let mut failures = Vec::new();
    for tool in tools() {
        // One run for all rows, because a start of the tool takes longer than all its checks.
        let workdir = workdir(tool, &gitlab, &configuration(&|_| true));
        let validated = workdir.run(&["validate", "-json"]).errors();
        let missed = |row: usize| !validated.iter().any(|error| concerns(error, row));
        workdir.file("main.tf", &configuration(&missed));
        let planned = workdir.run(&["plan", "-json"]).errors();
        for (row, wrong) in TABLE.iter().enumerate() {
            let errors: Vec<_> = validated.iter().chain(&planned).filter(|error| concerns(error, row)).collect();
            if !errors.iter().any(|error| leads(error, wrong)) {
                failures.push(format!("{}, {}: {errors:?}", tool.label(), wrong.what));
            }
        }
    }
    assert!(failures.is_empty(), "not refused, or not helpfully:\n  {}", failures.join("\n  "));
    assert!(gitlab.requests().is_empty(), "something was sent: {:?}", gitlab.requests());
}

/// The rows that `wanted` picks, each as a resource that is named for its number.
fn configuration(wanted: &dyn Fn(usize) -> bool) -> String {
    let rows = TABLE.iter().enumerate().filter(|(row, _)| wanted(*row));
    rows.map(|(row, wrong)| {
        format!("resource \"{}\" \"{}\" {{\n  {}\n}}\n\n", wrong.resource, name(row), wrong.arguments)
    })
    .collect()
}

fn name(row: usize) -> String {
    format!("row_{row:02}")
}

fn concerns(error: &Diagnostic, row: usize) -> bool {
    error.place.contains(&name(row))
}

/// Whether the message points to the attribute or names it, and says what is needed to mend it.
fn leads(error: &Diagnostic, wrong: &Wrong) -> bool {
    let said = |sign: char| error.text().contains(&format!("{sign}{}{sign}", wrong.attribute));
    let points = error.code.trim_start().starts_with(&format!("{} ", wrong.attribute));
    // Both tools lead to the whole resource where an attribute is nested; the text names it.
    let nested = error.text().contains(&format!("`{}.", wrong.attribute));
    (points || nested || said('`') || said('"')) && wrong.words.iter().all(|word| error.text().contains(word))
}
