//! Markdown: headings in sentence case.

use crate::tree::{files, report};

/// Words that keep their capital inside a heading.
const NAMES: &[&str] = &[
    "API",
    "AWS",
    "Ceph",
    "Cloud",
    "Ctrl-C",
    "GitLab",
    "HashiCorp",
    "HAProxy",
    "HCL",
    "HTTP",
    "I",
    "JSON",
    "Linux",
    "OIDC",
    "OpenTofu",
    "Proxmox",
    "Route",
    "Rust",
    "Substrate",
    "Terraform",
    "TLS",
    "URL",
    "VE",
    "Vault",
    "Windows",
    "macOS",
];

#[test]
fn headings_are_in_sentence_case() {
    let mut findings = Vec::new();
    for file in files("md") {
        let mut in_code = false;
        for line in file.text.lines() {
            if line.trim_start().starts_with("```") {
                in_code = !in_code;
            }
            let Some(heading) = line.strip_prefix('#').filter(|_| !in_code) else { continue };
            let words = heading.trim_start_matches('#').split_whitespace().collect::<Vec<_>>();
            for pair in words.windows(2) {
                if capital(pair[1]) && !ends_a_sentence(pair[0]) {
                    findings.push(format!("{}: `{}` in `{line}`", file.path, pair[1]));
                }
            }
        }
    }
    report("headings have a capital at their start and in names only", &findings);
}

fn capital(word: &str) -> bool {
    let word = word.trim_matches(|letter: char| !letter.is_alphanumeric() && letter != '`');
    word.starts_with(char::is_uppercase)
        && !NAMES.iter().any(|name| word == *name || word.strip_suffix("'s") == Some(name))
}

/// A word after a colon or a period begins a sentence of its own.
fn ends_a_sentence(word: &str) -> bool {
    word.ends_with([':', '.', '?', '!']) || word.chars().all(|letter| !letter.is_alphabetic())
}
