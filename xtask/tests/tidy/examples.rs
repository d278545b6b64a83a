//! Examples: each resource has the two files that are its documentation and its test.

use crate::tree::{files, report, root};
use std::fs;

#[test]
fn each_resource_has_both_example_files() {
    let folder = root().join("examples/resources");
    let mut findings = Vec::new();
    for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("the folder of examples can be read").path();
        for name in ["resource.tf", "resource_update.tf"] {
            let file = path.join(name);
            let kind = path.file_name().unwrap_or_default().to_string_lossy();
            match fs::read_to_string(&file) {
                Ok(text) if text.contains(&format!("resource \"{kind}\" \"example\"")) => {}
                Ok(_) => findings.push(format!("{kind}/{name} has no `resource \"{kind}\" \"example\"`")),
                Err(_) => findings.push(format!("{kind}/{name} is missing")),
            }
        }
    }
    report("write the example as you would like to find it in the manual", &findings);
}

#[test]
fn examples_are_indented_as_terraform_fmt_does() {
    let odd =
        |line: &str| line.contains('\t') || line.ends_with(' ') || (line.len() - line.trim_start().len()) % 2 == 1;
    let findings: Vec<String> = files("tf")
        .iter()
        .flat_map(|file| file.text.lines().filter(|line| odd(line)).map(|line| format!("{}: `{line}`", file.path)))
        .collect();
    report("indent by two spaces", &findings);
}
