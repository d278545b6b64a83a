//! Rust files: their first sentence, what an index file holds, the layers, and words that must not stay.

use crate::tree::{File, files, report};
use syn::{Expr, Item, ItemFn, Stmt, Visibility};

/// Words that stand for work not done; an issue is the place for it. Spelt in halves so that this file passes.
const LEFTOVERS: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("#[al", "low("),
    concat!("#![al", "low("),
];

/// Crates beside `tfplugin` and the standard library that a backend may use, with the reason.
const BACKEND_CRATES: &[(&str, &str)] = &[
    ("aws_config", "Credentials as AWS's own tools find them."),
    ("aws_credential_types", "Credentials as AWS's own tools find them."),
    ("aws_runtime", "Credentials as AWS's own tools find them."),
    ("aws_sdk_iam", "Operations as AWS describes them; the transport sends what they make."),
    ("aws_sdk_route53", "Operations as AWS describes them; the transport sends what they make."),
    ("aws_smithy_runtime_api", "Answers and errors of such operations."),
    ("aws_smithy_types", "Answers and errors of such operations."),
    ("aws_types", "Who said a service's address."),
    ("base64", "Policies that Vault would take in this form too."),
    ("futures_util", "Edits of a zone that wait together."),
    ("proptest", "Properties that tests look for exceptions to."),
    ("rustls", "A private key, held against the certificate that it comes with."),
    ("serde_json", "Bodies that no table describes."),
    ("thiserror", "Errors that callers branch on."),
    ("time", "Days and moments as an API writes them."),
    ("tokio", "Locks that are held while something is awaited."),
    ("tracing", "Log lines."),
];

fn parse(file: &File) -> syn::File {
    syn::parse_file(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path))
}

fn is_index(file: &File) -> bool {
    ["lib.rs", "main.rs", "mod.rs"].contains(&file.name())
}

#[test]
fn each_file_begins_with_a_sentence_about_its_purpose() {
    let mut findings = Vec::new();
    for file in files("rs") {
        let first: Vec<&str> = file.text.lines().map_while(|line| line.strip_prefix("//! ")).collect();
        if first.is_empty() {
            findings.push(format!("{}: the first line is not a `//!` comment", file.path));
        } else if !first.join(" ").trim_end().ends_with('.') {
            findings.push(format!("{}: the first sentence has no period", file.path));
        }
    }
    report("begin the file with `//!` and a sentence", &findings);
}

#[test]
fn index_files_hold_declarations_and_lists() {
    let mut findings = Vec::new();
    for file in files("rs").iter().filter(|file| is_index(file)) {
        for item in parse(file).items {
            if let Some(what) = more_than_a_declaration(&item) {
                findings.push(format!("{}: {what}", file.path));
            }
        }
    }
    report("lib.rs, main.rs and mod.rs are for declarations and lists; move the rest to a file with a name", &findings);
}

/// What an item is, if it is neither a declaration nor a list nor the one call in `main`.
fn more_than_a_declaration(item: &Item) -> Option<String> {
    match item {
        Item::Mod(module) if module.content.is_none() => None,
        Item::Use(_) | Item::Const(_) | Item::Static(_) | Item::ExternCrate(_) => None,
        // A proc macro must stand in the crate's root; its body is one call.
        Item::Fn(function) if is_list(function) => None,
        Item::Fn(function) => Some(format!("the function `{}` is more than a list", function.sig.ident)),
        Item::Mod(module) => Some(format!("the module `{}` has its body here", module.ident)),
        Item::Struct(item) => Some(format!("the struct `{}`", item.ident)),
        Item::Enum(item) => Some(format!("the enum `{}`", item.ident)),
        Item::Trait(item) => Some(format!("the trait `{}`", item.ident)),
        Item::Impl(_) => Some("an impl".to_owned()),
        _ => Some("an item that is no declaration".to_owned()),
    }
}

/// One expression, as in `Registry::new().resource::<group::Group>()`.
fn is_list(function: &ItemFn) -> bool {
    matches!(function.block.stmts.as_slice(), [Stmt::Expr(expression, _)] if !branches(expression))
}

fn branches(expression: &Expr) -> bool {
    matches!(
        expression,
        Expr::If(_) | Expr::Match(_) | Expr::Block(_) | Expr::ForLoop(_) | Expr::While(_) | Expr::Loop(_)
    )
}

#[test]
fn declarations_and_lists_are_alphabetical() {
    let mut findings = Vec::new();
    for file in files("rs").iter().filter(|file| is_index(file)) {
        let items = parse(file).items;
        for run in items.chunk_by(|one, other| module(one).zip(module(other)).is_some_and(|(a, b)| a.0 == b.0)) {
            let names: Vec<String> = run.iter().filter_map(module).map(|(_, name)| name).collect();
            findings.extend(disorder(&names).map(|name| format!("{}: `mod {name}` comes too late", file.path)));
        }
        let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
        for run in lines.chunk_by(|one, other| verb(one).is_some() && verb(one) == verb(other)) {
            if verb(run[0]).is_some() {
                findings.extend(disorder(run).map(|line| format!("{}: `{line}` comes too late", file.path)));
            }
        }
    }
    report("sort the declarations and the lists", &findings);
}

/// A module's visibility and name.
fn module(item: &Item) -> Option<(bool, String)> {
    let Item::Mod(module) = item else { return None };
    Some((matches!(module.vis, Visibility::Inherited), module.ident.to_string()))
}

/// The method of a list's line such as `.resource::<group::Group>()`.
fn verb(line: &str) -> Option<&str> {
    line.strip_prefix('.')?.split_once("::<").map(|(verb, _)| verb)
}

fn disorder<T: AsRef<str>>(names: &[T]) -> impl Iterator<Item = &str> {
    names.windows(2).filter(|pair| pair[0].as_ref() > pair[1].as_ref()).map(|pair| pair[1].as_ref())
}

#[test]
fn a_backend_imports_the_framework_the_transport_and_itself() {
    let mut findings = Vec::new();
    for file in files("rs") {
        let Some((backend, _)) = file.under("provider/src/").filter(|(folder, _)| *folder != "http") else { continue };
        for line in file.text.lines() {
            for target in line.split("crate::").skip(1) {
                let target = target.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next();
                if target.is_some_and(|target| target != backend && target != "http") {
                    findings.push(format!("{}: {}", file.path, line.trim()));
                }
            }
            if let Some(root) = line.trim_start().strip_prefix("use ").map(first_segment)
                && !["crate", "self", "std", "super", "tfplugin"].contains(&root)
                && !file.text.contains(&format!("mod {root};"))
                && !BACKEND_CRATES.iter().any(|(name, _)| *name == root)
            {
                findings.push(format!("{}: {}", file.path, line.trim()));
            }
            if line.contains("super::super") {
                findings.push(format!("{}: {}", file.path, line.trim()));
            }
        }
    }
    report("a backend's folder may import `tfplugin`, `crate::http` and itself", &findings);
}

fn first_segment(path: &str) -> &str {
    path.split([':', ';', ' ', '{']).next().unwrap_or_default()
}

#[test]
fn no_work_is_left_in_comments_and_no_lint_is_switched_off() {
    let mut findings = Vec::new();
    for file in files("rs") {
        for (number, line) in file.text.lines().enumerate() {
            let generated = file.path.starts_with("tfplugin/src/proto/");
            if !generated && LEFTOVERS.iter().any(|word| line.contains(word)) {
                findings.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    report("open an issue instead of a reminder; write `#[expect(lint, reason = …)]` instead of allowing", &findings);
}
