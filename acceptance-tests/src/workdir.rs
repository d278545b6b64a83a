//! A scratch directory in which a tool runs with the built provider and without anything of the user's.

use crate::binary;
use crate::environment::{isolate, repository};
use crate::mirror;
use crate::output::Output;
use crate::tool::Tool;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The configuration's first lines, alike in every test.
pub const REQUIRED_PROVIDERS: &str = r#"terraform {
  required_providers {
    substrate = {
      source = "substrate/substrate"
    }
  }
}
"#;

/// The version under which a mirror has stand-ins: that of the AWS schemas that are committed.
const STANDIN_VERSION: &str = "6.25.0";

/// The directory, the tool that runs in it, and the environment it gets.
pub struct Workdir {
    folder: TempDir,
    tool: Tool,
    environment: BTreeMap<String, String>,
}

impl Workdir {
    /// A directory in which the tool finds the provider as built, without `init`.
    pub fn new(tool: &Tool) -> Self {
        Self::with_override(tool, binary::provider())
    }

    /// The same with another build of the provider.
    pub fn with_override(tool: &Tool, binary: &Path) -> Self {
        let workdir = Self::empty(tool);
        let folder = binary.parent().expect("cargo builds into a folder");
        // The override's address has no host: each tool completes it with its own registry.
        let text = format!(
            "provider_installation {{\n  dev_overrides {{\n    \"substrate/substrate\" = {}\n  }}\n  direct {{}}\n}}\n",
            quoted(folder)
        );
        workdir.configuration(&text);
        workdir
    }

    /// A directory in which `init` installs the given binary from a mirror, as it would from a registry.
    pub fn with_mirror(tool: &Tool, binary: &Path) -> Self {
        let workdir = Self::empty(tool);
        let root = workdir.folder.path().join("mirror");
        make(&root);
        mirror::place(binary, &root, tool.kind)
            .unwrap_or_else(|error| panic!("cannot copy {} to {}: {error}", binary.display(), root.display()));
        workdir.installs_from(&root);
        workdir
    }

    /// A directory in which `init` installs stand-ins that serve these schemas, by namespace and type of the provider.
    pub fn with_standins(tool: &Tool, schemas: &[(&str, &Value)]) -> Self {
        let workdir = Self::empty(tool);
        let root = workdir.folder.path().join("mirror");
        for (source, schema) in schemas {
            mirror::place_standin(binary::standin(), &root, tool.kind, source, STANDIN_VERSION, schema)
                .unwrap_or_else(|error| panic!("cannot place a stand-in for {source}: {error}"));
        }
        workdir.installs_from(&root);
        workdir
    }

    /// The same with the schemas that are committed, which have all types of the generated modules.
    pub fn with_locked_standins(tool: &Tool) -> Self {
        let mut schemas: Vec<(String, Value)> = Vec::new();
        let folder = repository().join("codegen/schemas");
        for entry in fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("the folder can be read").path();
            let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let document: Value =
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            for (address, schema) in document["provider_schemas"].as_object().into_iter().flatten() {
                // What is built in needs no stand-in.
                if let Some(source) = address.strip_prefix("registry.terraform.io/") {
                    schemas.push((source.to_owned(), schema.clone()));
                }
            }
        }
        let schemas: Vec<(&str, &Value)> = schemas.iter().map(|(source, schema)| (source.as_str(), schema)).collect();
        Self::with_standins(tool, &schemas)
    }

    /// A directory in which the tool finds what lies in the plugin folders of this home directory, and nothing else.
    pub fn with_home(tool: &Tool, home: &Path) -> Self {
        let workdir = Self::empty(tool).env("HOME", &home.display().to_string());
        workdir.configuration("");
        workdir
    }

    fn empty(tool: &Tool) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("substrate-")
            .tempdir()
            .unwrap_or_else(|error| panic!("cannot make a scratch directory: {error}"));
        make(&folder.path().join("work"));
        // The user's home has plugins, and the token that `vault login` left.
        let home = folder.path().join("home");
        make(&home);
        let environment = BTreeMap::from([("HOME".to_owned(), home.display().to_string())]);
        Self { folder, tool: tool.clone(), environment }
    }

    /// Adds a variable to the environment of every run.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Adds variables to the environment of every run.
    #[must_use]
    pub fn envs<'a>(self, variables: impl IntoIterator<Item = (&'a str, String)>) -> Self {
        variables.into_iter().fold(self, |workdir, (name, value)| workdir.env(name, &value))
    }

    /// Points the provider at a GitLab by the variables that its users set.
    #[must_use]
    pub fn gitlab(self, url: &str, token: &str) -> Self {
        self.env("GITLAB_BASE_URL", url).env("GITLAB_TOKEN", token)
    }

    /// Points the provider at a Vault by the variables that its users set.
    #[must_use]
    pub fn vault(self, url: &str, token: &str) -> Self {
        self.env("VAULT_ADDR", url).env("VAULT_TOKEN", token)
    }

    /// Writes a file of the configuration.
    pub fn file(&self, name: &str, text: &str) -> &Self {
        write(&self.path().join(name), text);
        self
    }

    /// Adds to the tool's command line configuration.
    pub fn cli(&self, text: &str) -> &Self {
        let path = self.cli_file();
        let before = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        write(&path, &format!("{before}{text}"));
        self
    }

    /// The tool's command line configuration.
    pub fn cli_file(&self) -> PathBuf {
        self.folder.path().join("cli.tfrc")
    }

    /// Takes a file of the configuration away.
    pub fn without(&self, name: &str) -> &Self {
        let path = self.path().join(name);
        fs::remove_file(&path).unwrap_or_else(|error| panic!("cannot remove {}: {error}", path.display()));
        self
    }

    /// The directory with the configuration.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The tool that runs here.
    pub fn tool(&self) -> &Tool {
        &self.tool
    }

    /// Leaves the directory on the disk and says where.
    pub fn keep(self) -> PathBuf {
        self.folder.keep().join("work")
    }

    /// The command of one run, for callers that want to start it themselves.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.tool.path);
        isolate(&mut command);
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_DATA_DIRS"] {
            command.env_remove(name);
        }
        command.current_dir(self.path()).args(arguments);
        command.env("TF_CLI_CONFIG_FILE", self.cli_file());
        // Otherwise tofu 1.12 writes its messages in the user's language and colours.
        command.env("TF_CLI_ARGS", "-no-color").envs(&self.environment);
        command
    }

    /// Runs the tool and waits for it.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self
            .command(arguments)
            .output()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", self.tool.path.display()));
        Output::new(format!("{} {}", self.tool.kind.name(), arguments.join(" ")), &output)
    }

    /// Applies the configuration.
    #[track_caller]
    pub fn apply(&self) -> Output {
        self.run(&["apply", "-auto-approve"]).success()
    }

    /// Destroys everything in the state.
    #[track_caller]
    pub fn destroy(&self) -> Output {
        self.run(&["destroy", "-auto-approve"]).success()
    }

    /// Plans, and demands that nothing changes.
    #[track_caller]
    pub fn plans_nothing(&self) -> Output {
        self.run(&["plan", "-detailed-exitcode"]).exits(0)
    }

    /// Plans, and returns the actions on each address, such as `["update"]`; a resource without a change is left out.
    #[track_caller]
    pub fn planned(&self) -> BTreeMap<String, Vec<String>> {
        self.run(&["plan", "-out=plan.bin"]).success();
        let plan = self.json(&["show", "-json", "plan.bin"]);
        let changes = plan["resource_changes"].as_array().map(Vec::as_slice).unwrap_or_default();
        changes
            .iter()
            .map(|change| (text(&change["address"]), words(&change["change"]["actions"])))
            .filter(|(_, actions)| actions != &["no-op"])
            .collect()
    }

    /// Plans, and returns the names of the attributes of one resource that would change.
    #[track_caller]
    pub fn changed(&self, address: &str) -> Vec<String> {
        self.run(&["plan", "-out=plan.bin"]).success();
        let plan = self.json(&["show", "-json", "plan.bin"]);
        let changes = plan["resource_changes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let change = changes.iter().find(|change| change["address"] == address).map(|change| &change["change"]);
        let change = change.unwrap_or_else(|| panic!("{address} is not in the plan"));
        assert!(["no-op", "update"].iter().any(|action| change["actions"][0] == *action), "{}", change["actions"]);
        let after = change["after"].as_object().into_iter().flatten();
        after.filter(|(name, after)| change["before"][name] != **after).map(|(name, _)| name.clone()).collect()
    }

    /// The managed resources in the state, each with its attributes.
    #[track_caller]
    pub fn state(&self) -> BTreeMap<String, Value> {
        let state = self.json(&["show", "-json"]);
        let resources = state["values"]["root_module"]["resources"].as_array().map(Vec::as_slice).unwrap_or_default();
        resources
            .iter()
            .filter(|resource| resource["mode"] == "managed")
            .map(|resource| (text(&resource["address"]), resource["values"].clone()))
            .collect()
    }

    /// The state file as it lies on the disk; empty where there is none.
    pub fn state_text(&self) -> String {
        fs::read_to_string(self.path().join("terraform.tfstate")).unwrap_or_default()
    }

    /// Runs the tool and parses what it prints.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(arguments).success();
        serde_json::from_str(&output.stdout)
            .unwrap_or_else(|error| panic!("`{}` printed no JSON: {error}\n{}", output.command, output.stdout))
    }

    fn installs_from(&self, root: &Path) {
        let text = format!("provider_installation {{\n  filesystem_mirror {{\n    path = {}\n  }}\n}}\n", quoted(root));
        self.configuration(&text);
    }

    fn configuration(&self, text: &str) {
        write(&self.cli_file(), text);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().map(|words| words.iter().map(text).collect()).unwrap_or_default()
}

/// A path as an HCL string; a JSON string is one, but for `${` and `%{`, which no scratch path has.
fn quoted(path: &Path) -> String {
    Value::from(path.display().to_string()).to_string()
}

fn make(folder: &Path) {
    fs::create_dir_all(folder).unwrap_or_else(|error| panic!("cannot make {}: {error}", folder.display()));
}

fn write(path: &Path, text: &str) {
    fs::write(path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
}
