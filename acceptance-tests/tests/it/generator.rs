//! The generator against the real tools: the layout of `fmt`, byte for byte, and the functions that there are.

use acceptance_tests::binary;
use acceptance_tests::environment::{isolate, repository};
use acceptance_tests::output::Output;
use acceptance_tests::tool::{Kind, Tool, tools};
use codegen::check::{Role, Unit, check};
use codegen::hcl::{self, Token, format, scan};
use codegen::rendered::Rendered;
use codegen::schema::Schemas;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// How many differently spaced copies of each file are compared.
const COPIES: usize = 20;

/// Functions that OpenTofu has and Terraform has not, so that no module calls them.
const OF_OPENTOFU: [&str; 3] = ["base64gunzip", "cidrcontains", "urldecode"];

fn run(tool: &Tool, folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(&tool.path);
    isolate(&mut command);
    let output = command.args(arguments).current_dir(folder).output().expect("the tool starts");
    Output::new(format!("{} {}", tool.kind.name(), arguments.join(" ")), &output)
}

/// The same tokens with other spaces between them: more or fewer where there were some, any number before a line.
fn respaced(source: &str, copy: usize) -> String {
    let mut text = String::new();
    let mut seed = copy;
    let mut line_start = true;
    for Token { text: token, spaces, kind } in &scan(source) {
        seed = (seed * 31 + token.len() + 7) % 1009;
        let free = line_start || *spaces > 0;
        let spaces = if line_start { seed % 6 } else { 1 + seed % 3 };
        if free && !matches!(kind, hcl::Kind::HeredocText | hcl::Kind::CloseHeredoc) {
            text.extend(std::iter::repeat_n(' ', spaces));
        }
        text.push_str(token);
        line_start = token.ends_with('\n') && *kind != hcl::Kind::OpenHeredoc;
    }
    text
}

/// The files of the formatter's corpus, each as it is and in differently spaced copies.
fn sources() -> Vec<(String, String)> {
    let folder = repository().join("codegen/tests/format");
    let mut sources = Vec::new();
    for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("the corpus can be listed").path();
        let name = path.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("the corpus is text");
        sources.extend((0..COPIES).map(|copy| (format!("{name}-{copy}.tf"), respaced(&text, copy))));
        sources.push((format!("{name}.tf"), text));
    }
    sources
}

#[test]
fn every_file_looks_as_the_tools_format_it() {
    let sources = sources();
    assert!(sources.len() > 5 * COPIES, "the corpus is complete");
    for tool in tools() {
        let folder = tempfile::tempdir().expect("a scratch directory can be made");
        for (name, text) in &sources {
            fs::write(folder.path().join(name), text).expect("the file can be written");
        }
        run(tool, folder.path(), &["fmt", "-list=false"]).success();
        for (name, text) in &sources {
            let expected = fs::read_to_string(folder.path().join(name)).expect("the file can be read");
            assert_same_text(&format!("{}: {name}", tool.label()), &expected, &format(text));
        }
    }
}

fn assert_same_text(name: &str, expected: &str, found: &str) {
    let difference = expected.lines().zip(found.lines()).position(|(left, right)| left != right);
    if let Some(line) = difference {
        let at = |text: &str| text.lines().nth(line).unwrap_or_default().to_owned();
        panic!("{name}:{}:\n  theirs: `{}`\n  ours:   `{}`", line + 1, at(expected), at(found));
    }
    assert_eq!(expected, found, "{name}");
}

#[test]
fn what_new_begins_is_rendered_in_the_layout_of_fmt() {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    for arguments in [["new", "estate", "acme"].as_slice(), &["new", "module", "key"], &["render"], &["check"]] {
        let mut command = Command::new(binary::substrate());
        isolate(&mut command);
        command.env_remove("SUBSTRATE_SCHEMAS").args(arguments).current_dir(folder.path());
        let output = command.output().expect("substrate starts");
        Output::new(format!("substrate {}", arguments.join(" ")), &output).success();
    }
    for rendered in ["modules/key/main.tf", "roots/network/modules/networking/main.tf"] {
        assert!(folder.path().join(rendered).is_file(), "there is no {rendered}");
    }
    for tool in tools() {
        let output = run(tool, folder.path(), &["fmt", "-check", "-recursive"]).success();
        assert_eq!(output.stdout, "", "{}", tool.label());
    }
}

#[test]
fn the_functions_are_those_that_both_tools_have() {
    let schemas = Schemas::lock().expect("the lock can be read");
    for tool in tools() {
        let printed = run(tool, &repository(), &["metadata", "functions", "-json"]).success().stdout;
        let printed: Value = serde_json::from_str(&printed).expect("the signatures are JSON");
        let known = printed["function_signatures"].as_object().expect("there are signatures");
        let names: Vec<&String> = known.keys().filter(|name| !name.contains("::")).collect();
        assert!(names.len() > 100, "{}: {names:?}", tool.label());
        let calls = names.iter().map(|name| format!("output \"{name}\" {{\n  value = {name}()\n}}\n"));
        let text = calls.collect();
        let files = [Rendered { path: "main.tf".into(), text, origins: Vec::new(), source: "main.tf".into() }];
        let (static_inputs, modules) = (BTreeSet::new(), BTreeMap::new());
        let problems = check(&Unit { files: &files, role: Role::Root, static_inputs, modules }, &schemas);
        let found: Vec<String> = problems.into_iter().map(|problem| problem.text).collect();
        let own: &[&str] = if tool.kind == Kind::Tofu { &OF_OPENTOFU } else { &[] };
        let expected: Vec<String> = own.iter().map(|name| format!("there is no function `{name}`")).collect();
        assert_eq!(found, expected, "{}", tool.label());
    }
}
