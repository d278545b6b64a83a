//! Version 2 of a module over the state of version 1: what moved is where it was, and what holds data stays.

use acceptance_tests::binary;
use acceptance_tests::environment::{isolate, repository};
use acceptance_tests::modules::{self, copy};
use acceptance_tests::output::Output;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::Workdir;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A module of a team: what it keeps has other names in its second version, and the feature came with the first.
const STORE: &str = r#"module "store" {
  summary   = "Buckets, a database and a key."
  providers = ["aws"]
}

input "name" {
  type        = string
  description = "Beginning of every name."
}

feature "network" {
  summary = "A network of its own."

  input "network" {
    type        = object({ cidr = string })
    default     = null
    keys        = "static"
    description = "Range of the network; null for none."
  }
}

output "arns" {
  type        = map(string)
  description = "ARNs of the buckets."
  value       = { for key, bucket in aws_s3_bucket.this : key => bucket.arn }
}

example "minimal" {
  summary = "What is required."
  inputs  = { name = "acme" }
}
"#;

const STORE_MAIN: &str = r#"locals {
  buckets = { log = "logs", data = "data" }
}

resource "aws_kms_key" "main" {
  description = var.name
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket = "${var.name}-${each.value}"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.main.arn
    }
  }
}

resource "aws_rds_cluster" "main" {
  cluster_identifier = var.name
  engine             = "aurora-postgresql"
  master_username    = "root"
  kms_key_id         = aws_kms_key.main.arn
  storage_encrypted  = true
}
{{#feature "network"}}

resource "aws_vpc" "this" {
  for_each = var.network == null ? {} : { this = var.network }

  cidr_block = each.value.cidr
}
{{/feature}}
"#;

/// From an address of the first version to one of the second.
const RENAMES: [(&str, &str); 4] = [
    ("aws_kms_key.main", "aws_kms_key.this"),
    ("aws_rds_cluster.main", "aws_rds_cluster.this"),
    ("aws_s3_bucket.this[\"log\"]", "aws_s3_bucket.this[\"logs\"]"),
    (
        "aws_s3_bucket_server_side_encryption_configuration.this[\"log\"]",
        "aws_s3_bucket_server_side_encryption_configuration.this[\"logs\"]",
    ),
];

/// Folders with descriptions and what is rendered from them.
struct Generator {
    folder: TempDir,
}

impl Generator {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a scratch directory can be made") }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("the path has a folder")).expect("the folder can be made");
        fs::write(&path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
    }

    fn substrate(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(binary::substrate());
        isolate(&mut command);
        command.env_remove("SUBSTRATE_SCHEMAS").args(arguments).current_dir(self.path());
        let output = command.output().expect("substrate starts");
        Output::new(format!("substrate {}", arguments.join(" ")), &output)
    }

    /// Renders a module below a folder of its own, which stands for one version.
    fn render(&self, version: &str, name: &str, description: &str, template: &str) {
        self.write(&format!("{version}/codegen/modules/{name}/module.hcl"), description);
        self.write(&format!("{version}/codegen/modules/{name}/main.tf.hbs"), template);
        self.substrate(&["render", version]).success();
    }
}

fn renamed(from: &str, to: &str) -> String {
    format!("\nrenamed {{\n  from  = {from}\n  to    = {to}\n  since = \"2.0.0\"\n}}\n")
}

/// The second version, with or without what says where things went.
fn store(generator: &Generator, version: &str, renames: &[(&str, &str)]) {
    let renames: String = renames.iter().map(|(from, to)| renamed(from, to)).collect();
    let mut template = STORE_MAIN.replace("{ log = ", "{ logs = ");
    for name in ["aws_kms_key", "aws_rds_cluster"] {
        template = template.replace(&format!("\"{name}\" \"main\""), &format!("\"{name}\" \"this\""));
        template = template.replace(&format!("{name}.main"), &format!("{name}.this"));
    }
    generator.render(version, "store", &format!("{STORE}{renames}"), &template);
}

/// The types whose objects must outlive an upgrade.
fn stateful() -> BTreeSet<String> {
    let path = repository().join("codegen/schemas/replacement.json");
    let table: Value = serde_json::from_str(&fs::read_to_string(&path).expect("the table is there")).expect("JSON");
    let names = table["stateful"].as_array().expect("the table names types that hold something");
    names.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The addresses of a plan that deletes or replaces; and those of them whose type is stateful.
fn destroyed(planned: &BTreeMap<String, Vec<String>>) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let lost = planned.iter().filter(|(_, actions)| actions.iter().any(|action| action == "delete"));
    let lost: BTreeSet<&str> = lost.map(|(address, _)| address.as_str()).collect();
    let stateful = stateful();
    let of_stateful = |address: &&str| address.split('.').any(|part| stateful.contains(part));
    let held = lost.iter().copied().filter(of_stateful).collect();
    (lost, held)
}

/// Puts a version in the place of the one that is there.
fn install(workdir: &Workdir, from: &Path, name: &str) {
    let to = workdir.path().join(name);
    if to.exists() {
        fs::remove_dir_all(&to).unwrap_or_else(|error| panic!("cannot remove {}: {error}", to.display()));
    }
    copy(from, &to);
}

#[test]
fn what_is_renamed_stays_where_it_is_and_without_the_rename_it_would_be_destroyed() {
    let generator = Generator::new();
    generator.render("v1", "store", STORE, STORE_MAIN);
    store(&generator, "silent", &[]);
    store(&generator, "v2", &RENAMES);
    let module = |version: &str| generator.path().join(version).join("modules/store");
    for tool in tools() {
        let workdir = Workdir::with_locked_standins(tool);
        workdir.file("main.tf", ROOT);
        install(&workdir, &module("v1"), "store");
        workdir.run(&["init"]).success();
        workdir.apply();
        install(&workdir, &module("silent"), "store");
        let planned = workdir.planned();
        let (_, held) = destroyed(&planned);
        for lost in ["aws_kms_key.main", "aws_rds_cluster.main", "aws_s3_bucket.this[\"log\"]"] {
            assert!(held.contains(format!("module.store.{lost}").as_str()), "{}: {lost}: {planned:?}", tool.label());
        }
        install(&workdir, &module("v2"), "store");
        let planned = workdir.planned();
        assert!(planned.is_empty(), "{}: everything is there: {planned:?}", tool.label());
        workdir.apply();
        workdir.plans_nothing();
        assert!(workdir.state_text().contains("\"logs\""), "{}: the keys of the state are the new ones", tool.label());
    }
}

const ROOT: &str = r#"provider "aws" {
  region = "eu-west-1"
}

module "store" {
  source = "./store"

  name = "acme"
}
"#;

#[test]
fn diff_names_the_renames_that_are_missing_and_proposes_the_version() {
    let generator = Generator::new();
    generator.render("v1", "store", STORE, STORE_MAIN);
    store(&generator, "silent", &[]);
    store(&generator, "v2", &RENAMES);
    let diff = |new: &str| {
        let new = format!("{new}/modules/store");
        generator.substrate(&["diff", "v1/modules/store", &new, "--version", "1.4.2"]).success().stdout
    };
    let silent = diff("silent");
    assert!(silent.ends_with("1.4.2 -> 2.0.0\n"), "{silent}");
    for (from, to) in &RENAMES {
        let stateful = stateful().contains(from.split('.').next().unwrap_or_default());
        let held = if stateful { " and all that it holds" } else { "" };
        let gone = format!("breaking: {from} is gone, and an upgrade destroys it{held}\n");
        let missing = format!("  renamed {{\n    from  = {from}\n    to    = {to}\n");
        assert!(silent.contains(&gone) && silent.contains(&missing), "{from}:\n{silent}");
    }
    let told = diff("v2");
    for (from, to) in &RENAMES {
        assert!(told.contains(&format!("internal: {from} is {to} now\n")), "{from}:\n{told}");
    }
    assert!(!told.contains("breaking") && told.ends_with("1.4.2 -> 1.4.3\n"), "{told}");
}

#[test]
fn a_feature_that_comes_and_the_copy_that_goes_leave_everything_where_it_is() {
    let generator = Generator::new();
    generator.render("library", "store", STORE, STORE_MAIN);
    let estate = |features: &str, network: &str| {
        let text = format!(
            "estate: acme\naccounts: {{ main: {{ id: \"123456789012\" }} }}\nstate: {{ kind: local }}\ndescriptions: library/codegen/modules\nroots:\n  data:\n    account: main\n    region: eu-west-1\n    modules:\n      store:\n        use: store\n        features: [{features}]\n        inputs: {{ name: acme{network} }}\n"
        );
        generator.write("estate.yaml", &text);
        generator.substrate(&["render"]).success();
    };
    for tool in tools() {
        estate("", "");
        let workdir = Workdir::with_locked_standins(tool);
        root(&workdir, generator.path());
        workdir.run(&["init"]).success();
        workdir.apply();
        let before = addresses(&workdir);
        estate("network", ", network: { cidr: 10.0.0.0/16 }");
        root(&workdir, generator.path());
        let planned = workdir.planned();
        let created = [("module.store.aws_vpc.this[\"this\"]".to_owned(), vec!["create".to_owned()])];
        assert_eq!(planned, created.into(), "{}: only the feature is new", tool.label());
        workdir.apply();
        assert!(addresses(&workdir).is_superset(&before));
        // The module with every feature has the same addresses as the copy.
        install(&workdir, &generator.path().join("library/modules/store"), "modules/store");
        workdir.plans_nothing();
    }
}

/// Puts the estate's root in the place of what was there, but for the state.
fn root(workdir: &Workdir, rendered: &Path) {
    install(workdir, &rendered.join("roots/data/modules"), "modules");
    for name in ["backend.tf", "main.tf", "outputs.tf", "providers.tf", "versions.tf"] {
        let text = fs::read_to_string(rendered.join("roots/data").join(name));
        workdir.file(name, &text.unwrap_or_else(|error| panic!("{name}: {error}")));
    }
}

fn addresses(workdir: &Workdir) -> BTreeSet<String> {
    workdir.run(&["state", "list"]).success().stdout.lines().map(str::to_owned).collect()
}

/// A committed module as it may have been: each resource that holds something had another name.
struct Former {
    /// Description and templates by the names of their files.
    files: BTreeMap<String, String>,
    /// What the description of today says of that.
    renames: String,
}

impl Former {
    fn of(module: &str) -> Self {
        let mut former = Self { files: BTreeMap::new(), renames: String::new() };
        for entry in fs::read_dir(repository().join("codegen/modules").join(module)).expect("the module is described") {
            let path = entry.expect("the folder can be read").path();
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            former.files.insert(name, fs::read_to_string(&path).expect("descriptions and templates are text"));
        }
        let headers = former.files.values().flat_map(|text| text.lines()).filter_map(header);
        let headers: Vec<(String, String)> = headers.collect();
        for (kind, name) in headers {
            if stateful().contains(&kind) {
                former.rename(&kind, &name);
            }
        }
        former
    }

    fn rename(&mut self, kind: &str, name: &str) {
        let (header, was) = (format!("\"{kind}\" \"{name}\""), format!("\"{kind}\" \"former_{name}\""));
        let (address, before) = (format!("{kind}.{name}"), format!("{kind}.former_{name}"));
        for text in self.files.values_mut() {
            *text = with_address(&text.replace(&header, &was), &address, &before);
        }
        self.renames += &renamed(&before, &address);
    }
}

/// Type and name of the resource that begins in a line.
fn header(line: &str) -> Option<(String, String)> {
    let mut parts = line.strip_prefix("resource \"")?.split('"');
    Some((parts.next()?.to_owned(), parts.nth(1)?.to_owned()))
}

/// The text with one address in the place of another, where it stands as a whole.
fn with_address(text: &str, from: &str, to: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(from) {
        let end = at + from.len();
        let goes_on = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-';
        let whole =
            !rest[end..].starts_with(goes_on) && !rest[..at].ends_with(|letter| goes_on(letter) || letter == '.');
        out += &rest[..at];
        out += if whole { to } else { from };
        rest = &rest[end..];
    }
    out + rest
}

/// Descriptions and templates of all modules in three versions: as they may have been, as they are with renames, and
/// without. Returns the modules that hold something.
fn generations(generator: &Generator) -> Vec<String> {
    let mut holding = Vec::new();
    for version in ["former", "today", "silent"] {
        copy(&repository().join("codegen/modules"), &generator.path().join(version).join("codegen/modules"));
    }
    for module in modules::names() {
        let former = Former::of(&module);
        if !former.renames.is_empty() {
            holding.push(module.clone());
        }
        for (name, text) in &former.files {
            generator.write(&format!("former/codegen/modules/{module}/{name}"), text);
        }
        let today = generator.path().join("today/codegen/modules").join(&module).join("module.hcl");
        let description = fs::read_to_string(&today).expect("the description is there");
        fs::write(&today, description + &former.renames).expect("the description can be written");
    }
    for version in ["former", "today", "silent"] {
        generator.substrate(&["render", version]).success();
    }
    holding
}

/// The example of a module that says most.
fn richest(module: &str) -> String {
    let folder = repository().join("modules").join(module).join("examples");
    let length = |example: &String| fs::read(folder.join(example).join("main.tf")).map_or(0, |text| text.len());
    modules::examples(module).into_iter().max_by_key(length).expect("a module has examples")
}

/// A root that calls each module as its richest example does.
fn consumer(tool: &Tool) -> Workdir {
    let workdir = Workdir::with_locked_standins(tool);
    let mut root = String::new();
    for module in modules::names() {
        let source = format!("source = \"../modules/{module}\"");
        modules::example(&module, &richest(&module), &source, &workdir.path().join(&module));
        root += &format!("module \"{module}\" {{\n  source = \"./{module}\"\n}}\n\n");
    }
    workdir.file("main.tf", &root);
    workdir
}

#[test]
fn the_committed_modules_keep_what_they_hold_when_it_gets_another_name() {
    let generator = Generator::new();
    let holding = generations(&generator);
    assert!(holding.iter().any(|module| module == "networking"), "{holding:?}");
    let modules = |version: &str| generator.path().join(version).join("modules");
    for tool in tools() {
        let workdir = consumer(tool);
        install(&workdir, &modules("former"), "modules");
        workdir.run(&["init"]).success();
        workdir.apply();
        let former = addresses(&workdir);
        install(&workdir, &modules("silent"), "modules");
        let planned = workdir.planned();
        let (_, held) = destroyed(&planned);
        for module in &holding {
            let of_module = format!("module.{module}.");
            assert!(held.iter().any(|address| address.starts_with(&of_module)), "{}: {module}", tool.label());
        }
        install(&workdir, &modules("today"), "modules");
        let planned = workdir.planned();
        let (lost, _) = destroyed(&planned);
        assert!(lost.is_empty(), "{}: {lost:?}", tool.label());
        workdir.apply();
        let today: BTreeSet<String> = former.iter().map(|address| address.replace(".former_", ".")).collect();
        assert_eq!(addresses(&workdir), today, "{}", tool.label());
    }
}
