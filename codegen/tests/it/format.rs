//! The formatter against `terraform fmt`, byte for byte.

use codegen::hcl::{Kind, Token, format, scan};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How many differently spaced copies of each file are compared.
const COPIES: usize = 20;

fn corpus() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/format");
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the corpus is there")
        .map(|entry| entry.expect("the corpus can be listed").path())
        .collect();
    files.sort();
    let name = |file: &PathBuf| file.file_stem().expect("a file has a name").to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), fs::read_to_string(file).expect("the corpus is text"))).collect()
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
        if free && !matches!(kind, Kind::HeredocText | Kind::CloseHeredoc) {
            text.extend(std::iter::repeat_n(' ', spaces));
        }
        text.push_str(token);
        line_start = token.ends_with('\n') && *kind != Kind::OpenHeredoc;
    }
    text
}

fn terraform_fmt(folder: &Path) {
    let run =
        Command::new("terraform").args(["fmt", "-list=false"]).arg(folder).output().expect("terraform is on the path");
    assert!(run.status.success(), "the corpus is not valid HCL: {}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn every_file_looks_as_terraform_formats_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut sources = Vec::new();
    for (name, text) in corpus() {
        sources.push((format!("{name}.tf"), text.clone()));
        sources.extend((0..COPIES).map(|copy| (format!("{name}-{copy}.tf"), respaced(&text, copy))));
    }
    assert!(sources.len() > 5 * COPIES, "the corpus is complete");
    for (name, text) in &sources {
        fs::write(folder.path().join(name), text).unwrap();
    }
    terraform_fmt(folder.path());
    for (name, text) in &sources {
        let expected = fs::read_to_string(folder.path().join(name)).unwrap();
        assert_same_text(name, &expected, &format(text));
    }
}

fn assert_same_text(name: &str, expected: &str, found: &str) {
    let difference = expected.lines().zip(found.lines()).position(|(left, right)| left != right);
    if let Some(line) = difference {
        let at = |text: &str| text.lines().nth(line).unwrap_or_default().to_owned();
        panic!("{name}:{}:\n  terraform: `{}`\n  ours:      `{}`", line + 1, at(expected), at(found));
    }
    assert_eq!(expected, found, "{name}");
}

#[test]
fn what_is_formatted_stays() {
    for (name, text) in corpus() {
        let once = format(&text);
        assert_eq!(format(&once), once, "{name}");
    }
}

#[test]
fn a_source_that_is_no_hcl_ends_and_loses_nothing_but_spaces() {
    for text in ["a = \"${", "<<EOT\n", "}}}", "a {", "\u{1f600} = }", "~}", "/* open", "x = <<-E\n ${ \"", "= {[("] {
        let squeezed = |text: &str| text.replace([' ', '\t'], "");
        assert_eq!(squeezed(&format(text)), squeezed(text));
    }
}
