//! `substrate test`: trees of configuration that nobody wrote for it, and what it says where something is missing.

use acceptance_tests::binary;
use acceptance_tests::environment::{isolate, repository};
use acceptance_tests::modules::copy;
use acceptance_tests::output::Output;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::Workdir;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder with the trees, and a folder with schemas of the providers that they use.
struct Scratch {
    folder: TempDir,
}

impl Scratch {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch directory can be made");
        let tests = repository().join("acceptance-tests/tests");
        let schemas = folder.path().join("schemas");
        fs::create_dir(&schemas).expect("the scratch directory takes a folder");
        for (from, name) in [
            (repository().join("codegen/schemas/aws.json"), "aws.json"),
            (tests.join("schemas/random.json"), "random.json"),
        ] {
            fs::copy(&from, schemas.join(name)).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        }
        copy(&tests.join("trees"), &folder.path().join("trees"));
        Self { folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    /// Writes a file of a tree of this test's own.
    fn file(&self, path: &str, text: &str) -> &Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().expect("the path has a folder")).expect("the folder can be made");
        fs::write(&path, text).expect("the file can be written");
        self
    }

    /// The command, with the schemas that are committed.
    fn command(&self, tool: &Tool, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary::substrate());
        isolate(&mut command);
        command.env_remove("SUBSTRATE_SCHEMAS");
        command.arg("test").args(arguments).arg("--engine").arg(&tool.path).current_dir(self.folder.path());
        command
    }

    fn run(&self, tool: &Tool, arguments: &[&str]) -> Output {
        ended(self.command(tool, arguments), arguments)
    }

    /// The same, with the schemas of this folder.
    fn run_with_schemas(&self, tool: &Tool, arguments: &[&str]) -> Output {
        let mut command = self.command(tool, arguments);
        command.env("SUBSTRATE_SCHEMAS", self.path("schemas"));
        ended(command, arguments)
    }
}

fn ended(mut command: Command, arguments: &[&str]) -> Output {
    let output = command.output().expect("substrate starts");
    Output::new(format!("substrate test {}", arguments.join(" ")), &output)
}

/// Every file below a folder with its text.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let text = fs::read(&path).expect("the file can be read");
            found.insert(path, text);
        }
    }
    found
}

#[test]
fn a_large_tree_of_somebody_else_lives_through_everything() {
    for tool in tools() {
        let scratch = Scratch::new();
        let before = files(&scratch.path("trees"));
        let output = scratch.run_with_schemas(tool, &["trees/platform"]).success();
        for line in [
            "with a stand-in for hashicorp/aws, hashicorp/random, corp.example.com/team/unused",
            "trees/platform: validate",
            "4 passed, 0 failed",
            "trees/platform/examples/complete: plan again",
            "trees/platform/examples/complete: destroy",
            "trees/platform/examples/minimal: destroy",
        ] {
            assert!(output.stdout.contains(line), "{}: {line:?} is not in\n{}", tool.label(), output.stdout);
        }
        assert!(!output.stdout.contains("trees/platform: plan"), "a module with examples is not planned by itself");
        assert_eq!(files(&scratch.path("trees")), before, "the tree is never written");
    }
}

#[test]
fn a_root_takes_its_values_from_a_file() {
    for tool in tools() {
        let scratch = Scratch::new();
        let values = "name = \"root\"\ncreate_database = false\nshuffle_azs = true\n";
        scratch.file("values.tfvars", values);
        let output = scratch.run_with_schemas(tool, &["trees/platform", "--var-file", "values.tfvars"]).success();
        assert!(output.stdout.contains("trees/platform: destroy"), "{}", output.stdout);
    }
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let text = "variable \"name\" {}\n\nvariable \"given\" {}\n\nresource \"aws_vpcc\" \"x\" {}\n\ndata \"aws_vpc\" \"x\" {}\n\nresource \"corp_thing\" \"x\" {}\n\nmodule \"inner\" {\n  source = \"./inner\"\n}\n";
    let inner = "terraform {\n  required_providers {\n    aws = {\n      source  = \"hashicorp/aws\"\n      version = \"< 5, > 6\"\n    }\n  }\n}\n\nephemeral \"aws_nothing\" \"x\" {}\n";
    for tool in tools() {
        let scratch = Scratch::new();
        scratch.file("own/main.tf", text).file("own/inner/main.tf", inner).file("own/terraform.tfvars", "given = 1\n");
        let output = scratch.run(tool, &["own"]).exits(1);
        for line in [
            "own/main.tf:1:1: the variable `name` has no default",
            "own/main.tf:5:1: the schema at hand of hashicorp/aws has no resource `aws_vpcc`\n  did you mean `aws_vpc`?",
            "own/main.tf:7:1: the schema at hand of hashicorp/aws has no data source `aws_vpc`",
            "own/main.tf:9:1: there is no schema of the provider hashicorp/corp",
            "own/inner/main.tf:3:5: no version of hashicorp/aws is allowed by all of `< 5, > 6`",
            "own/inner/main.tf:10:1: the schema at hand of hashicorp/aws has no ephemeral resource `aws_nothing`",
            "6 problems",
        ] {
            assert!(output.stderr.contains(line), "{}: {line:?} is not in\n{}", tool.label(), output.stderr);
        }
        assert!(!output.stderr.contains("`given`"), "{}", output.stderr);
        assert_eq!(files(&scratch.path("own")).len(), 3, "nothing was written");
    }
}

#[test]
fn a_second_plan_that_is_not_empty_and_a_failing_test_are_failures() {
    for tool in tools() {
        let scratch = Scratch::new();
        scratch.file(
            "restless/main.tf",
            "resource \"aws_vpc\" \"x\" {\n  cidr_block = \"10.0.0.0/16\"\n  tags       = { Time = timestamp() }\n}\n",
        );
        let output = scratch.run(tool, &["restless"]).exits(1);
        assert!(output.stderr.contains("restless: plan again: the second plan is not empty"), "{}", output.stderr);
        scratch.file("wrong/main.tf", "output \"x\" {\n  value = 1\n}\n").file(
            "wrong/tests/x.tftest.hcl",
            "run \"x\" {\n  assert {\n    condition     = output.x == 2\n    error_message = \"x is two\"\n  }\n}\n",
        );
        let output = scratch.run(tool, &["wrong"]).exits(1);
        assert!(output.stderr.contains("wrong: test:") && output.stderr.contains("x is two"), "{}", output.stderr);
        let output = scratch.run(tool, &["nowhere"]).exits(1);
        assert!(output.stderr.contains("nowhere"), "{}", output.stderr);
        scratch.file("empty/README.md", "");
        let output = scratch.run(tool, &["empty"]).exits(1);
        assert!(output.stderr.contains("empty holds no configuration"), "{}", output.stderr);
    }
}

#[test]
fn a_module_whose_callers_pass_providers_is_planned_by_its_examples() {
    let module = "terraform {\n  required_providers {\n    aws = {\n      source                = \"hashicorp/aws\"\n      configuration_aliases = [aws.dr]\n    }\n  }\n}\n\nresource \"aws_kms_key\" \"this\" {\n  provider = aws.dr\n}\n";
    let example = "provider \"aws\" {\n  alias  = \"dr\"\n  region = \"us-west-2\"\n}\n\nmodule \"key\" {\n  source    = \"../..\"\n  providers = { aws.dr = aws.dr }\n}\n";
    for tool in tools() {
        let scratch = Scratch::new();
        scratch.file("passed/main.tf", module);
        let output = scratch.run(tool, &["passed"]).exits(1);
        let expected = "passed takes configurations of providers from its callers\n  it is planned by an example";
        assert!(output.stderr.contains(expected), "{}: {}", tool.label(), output.stderr);
        scratch.file("passed/examples/one/main.tf", example);
        let output = scratch.run(tool, &["passed"]).success();
        assert!(output.stdout.contains("passed/examples/one: destroy"), "{}: {}", tool.label(), output.stdout);
    }
}

#[test]
fn what_a_check_reads_is_no_change_and_an_output_is_one() {
    let check = "check \"reached\" {\n  data \"aws_caller_identity\" \"this\" {}\n\n  assert {\n    condition     = data.aws_caller_identity.this.account_id != \"\"\n    error_message = \"Nobody.\"\n  }\n}\n";
    for tool in tools() {
        let scratch = Scratch::new();
        scratch.file("checked/main.tf", check);
        let output = scratch.run(tool, &["checked"]).success();
        assert!(output.stdout.contains("checked: destroy"), "{}: {}", tool.label(), output.stdout);
        scratch.file("checked/outputs.tf", "output \"at\" {\n  value = timestamp()\n}\n");
        let output = scratch.run(tool, &["checked"]).exits(1);
        assert!(output.stderr.contains("checked: plan again: the second plan is not empty"), "{}", output.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_path_to_the_engine_begins_where_the_command_was_started() {
    for tool in tools() {
        let scratch = Scratch::new();
        scratch.file("own/main.tf", "output \"x\" {\n  value = 1\n}\n").file("tools/README.md", "");
        let engine = format!("tools/{}", tool.kind.name());
        std::os::unix::fs::symlink(&tool.path, scratch.path(&engine)).expect("a link can be made");
        let arguments = ["test", "own", "--engine", &engine];
        let mut command = Command::new(binary::substrate());
        isolate(&mut command);
        command.args(arguments).current_dir(scratch.folder.path());
        let output = ended(command, &arguments[1..]).success();
        assert!(output.stdout.contains("own: destroy"), "{}: {}", tool.label(), output.stdout);
    }
}

#[test]
fn json_configuration_is_read_like_any_other() {
    let text = r#"{
  "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}, "backend": {"s3": {"bucket": "x", "key": "y", "region": "z"}}},
  "provider": {"aws": {"region": "eu-west-1"}},
  "resource": {"aws_s3_bucket": {"this": {"bucket": "logs", "lifecycle": {"prevent_destroy": true}}}}
}"#;
    for tool in tools() {
        let scratch = Scratch::new();
        scratch.file("json/main.tf.json", text);
        let output = scratch.run(tool, &["json"]).success();
        assert!(output.stdout.contains("json: destroy"), "{}", output.stdout);
    }
}

#[test]
fn the_schemas_of_the_users_own_providers_are_written_and_read() {
    for tool in tools() {
        let installed = Workdir::with_locked_standins(tool);
        let substrate = |arguments: &[&str]| {
            let mut command = Command::new(binary::substrate());
            isolate(&mut command);
            command.env_remove("SUBSTRATE_SCHEMAS").args(arguments).current_dir(installed.path());
            command.env("TF_CLI_CONFIG_FILE", installed.cli_file());
            command
        };
        let engine = tool.path.display().to_string();
        let written = ended(substrate(&["schema", "--output", "own", "--engine", &engine]), &["schema"]).success();
        assert!(written.stdout.lines().any(|line| line == "own/aws.json"), "{}: {}", tool.label(), written.stdout);
        // The estate is checked against what was written, which lacks what the file lacks.
        ended(substrate(&["new", "estate", "acme"]), &["new"]).success();
        let render = |schemas: &str| {
            let mut command = substrate(&["render"]);
            command.env("SUBSTRATE_SCHEMAS", installed.path().join(schemas));
            ended(command, &["render"])
        };
        render("own").success();
        let text = fs::read_to_string(installed.path().join("own/aws.json")).expect("the schema is there");
        installed.file("own/aws.json", &text.replace("\"cidr_block\"", "\"cidr_blocks\""));
        let refused = render("own").exits(1);
        assert!(refused.stderr.contains("has no argument `cidr_block`"), "{}: {}", tool.label(), refused.stderr);
        let nowhere = ended(substrate(&["schema", "--output", "own", "--engine", "nowhere"]), &["schema"]).exits(1);
        assert!(nowhere.stderr.contains("cannot start `nowhere`"), "{}", nowhere.stderr);
    }
}
