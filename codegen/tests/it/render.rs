//! Rendering: what is written, what is left alone, and what stops it.

use crate::scratch::{Scratch, repository};

/// A repository of modules with one module.
fn module() -> Scratch {
    let scratch = Scratch::new();
    scratch.substrate(&["new", "module", "key"]).done();
    scratch
}

#[test]
fn what_new_begins_can_be_rendered_and_is_clean() {
    let scratch = module();
    scratch.substrate(&["render"]).done();
    assert!(scratch.substrate(&["check"]).done().is_empty());
    let again = scratch.substrate(&["new", "module", "key"]).failed();
    assert!(again.contains("is there already"), "{again}");
}

#[test]
fn a_new_estate_uses_the_modules_of_the_generator() {
    let scratch = Scratch::new();
    scratch.substrate(&["new", "estate", "techally"]).done();
    scratch.substrate(&["render"]).done();
    assert!(scratch.exists("roots/network/modules/networking/main.tf"));
}

#[test]
fn an_estate_uses_what_its_repository_describes_and_what_comes_with_the_generator() {
    let scratch = module();
    scratch.substrate(&["new", "estate", "acme"]).done();
    let estate = scratch.read("estate.yaml");
    let key = "      key: { use: key, inputs: { name: acme } }\n";
    scratch.write("estate.yaml", &format!("{estate}{key}"));
    scratch.substrate(&["render"]).done();
    assert!(scratch.exists("modules/key/main.tf") && !scratch.exists("modules/networking"));
    assert!(scratch.exists("roots/network/modules/key/main.tf"));
    assert!(scratch.exists("roots/network/modules/networking/main.tf"));
    let schema = scratch.substrate(&["schema", "--estate"]).done();
    assert!(schema.contains("\"const\": \"key\"") && schema.contains("\"const\": \"networking\""), "{schema}");
}

#[test]
fn a_template_cannot_write_what_comes_from_the_description() {
    let scratch = module();
    scratch.write("codegen/modules/key/variables.tf.hbs", "locals {\n  named = var.name\n}\n");
    scratch.write("codegen/modules/key/contract.json.hbs", "{}\n");
    let errors = scratch.substrate(&["render"]).failed();
    for name in ["variables.tf", "contract.json"] {
        let error = format!("codegen/modules/key/{name}.hbs:1:1: {name} is written from the description");
        assert!(errors.contains(&error), "{errors}");
    }
    assert!(!scratch.exists("modules"), "nothing is written");
}

#[test]
fn a_module_of_ones_own_stands_beside_those_of_the_generator() {
    let scratch = Scratch::new();
    scratch.substrate(&["new", "estate", "techally"]).done();
    scratch.substrate(&["new", "module", "queue"]).done();
    scratch.substrate(&["render"]).done();
    assert!(scratch.exists("roots/network/modules/networking/main.tf"));
    assert!(scratch.exists("modules/queue/main.tf") && !scratch.exists("modules/networking"));
}

#[test]
fn the_repositorys_own_files_are_fresh() {
    let scratch = Scratch::new();
    let folder = repository().to_string_lossy().into_owned();
    let run = scratch.substrate(&["check", &folder]);
    assert!(run.success, "run `cargo run -p codegen -- render` and commit\n{}{}", run.stdout, run.stderr);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (one, two) = (module(), module());
    let estate = "estate: e\naccounts: { a: { id: \"123456789012\" } }\nstate: { kind: local }\nroots:\n  r: { account: a, region: us-east-1, modules: { main: { use: key, inputs: { name: a } } } }\n";
    one.write("live/estate.yaml", estate);
    two.write("live/estate.yaml", estate);
    one.substrate(&["render"]).done();
    two.substrate(&["render"]).done();
    assert_eq!(one.files(), two.files());
    let before = one.files();
    assert_eq!(one.substrate(&["render"]).done(), "", "nothing differs, so nothing is written");
    assert_eq!(one.files(), before);
    let folder = one.path().to_string_lossy().into_owned();
    assert_eq!(two.substrate(&["render", &folder]).done(), "", "how the folder is named makes no difference");
}

#[test]
fn check_shows_a_diff_and_fails_and_writes_nothing() {
    let scratch = module();
    scratch.substrate(&["render"]).done();
    let main = scratch.read("modules/key/main.tf");
    scratch.write("modules/key/main.tf", &main.replace("enable_key_rotation = true", "enable_key_rotation = false"));
    let run = scratch.substrate(&["check"]);
    assert!(!run.success);
    assert!(run.stdout.contains("--- a/modules/key/main.tf\n+++ b/modules/key/main.tf\n"), "{}", run.stdout);
    assert!(run.stdout.contains("-  enable_key_rotation = false\n+  enable_key_rotation = true\n"), "{}", run.stdout);
    assert!(run.stderr.contains("stale"), "{}", run.stderr);
    assert!(scratch.read("modules/key/main.tf").contains("= false"), "check writes nothing");
}

#[test]
fn files_of_others_stay_and_orphans_go() {
    let scratch = module();
    scratch.substrate(&["render"]).done();
    scratch.write("modules/key/NOTES.md", "mine\n");
    scratch.write("modules/theirs/main.tf", "# by hand\n");
    let description = scratch.read("codegen/modules/key/module.hcl");
    scratch.write("codegen/modules/key/module.hcl", &description.replace("example \"minimal\"", "example \"other\""));
    let printed = scratch.substrate(&["render"]).done();
    assert!(printed.contains("remove modules/key/examples/minimal/main.tf"), "{printed}");
    assert!(!scratch.exists("modules/key/examples/minimal"));
    assert_eq!(scratch.read("modules/key/NOTES.md"), "mine\n");
    assert_eq!(scratch.read("modules/theirs/main.tf"), "# by hand\n");
}

#[test]
fn a_file_in_the_way_stops_everything() {
    let scratch = module();
    scratch.write("modules/key/outputs.tf", "# by hand\n");
    let errors = scratch.substrate(&["render"]).failed();
    assert!(errors.contains("modules/key/outputs.tf is in the way and was not generated"), "{errors}");
    assert!(!scratch.exists("modules/key/main.tf"), "nothing is written");
}

#[test]
fn a_misspelt_feature_stops_with_the_templates_line() {
    let scratch = module();
    let template = scratch.read("codegen/modules/key/main.tf.hbs").replace("\"alias\"}}", "\"alais\"}}");
    scratch.write("codegen/modules/key/main.tf.hbs", &template);
    let errors = scratch.substrate(&["render"]).failed();
    assert_eq!(
        errors,
        "codegen/modules/key/main.tf.hbs:5:13: the description declares no feature `alais`\n  did you mean `alias`? allowed: alias\n"
    );
}

#[test]
fn a_template_that_is_no_hcl_stops_with_the_templates_line() {
    let scratch = module();
    let template = scratch
        .read("codegen/modules/key/main.tf.hbs")
        .replace("name          = each.value", "name          = = each.value");
    scratch.write("codegen/modules/key/main.tf.hbs", &template);
    let errors = scratch.substrate(&["render"]).failed();
    assert!(errors.starts_with("codegen/modules/key/main.tf.hbs:10:"), "{errors}");
}

#[test]
fn a_block_of_a_feature_that_no_input_turns_off_is_refused() {
    let scratch = module();
    let template = scratch
        .read("codegen/modules/key/main.tf.hbs")
        .replace("var.alias == null ? {} : { this = var.alias }", "{ this = var.name }");
    scratch.write("codegen/modules/key/main.tf.hbs", &template);
    let errors = scratch.substrate(&["render"]).failed();
    assert_eq!(
        errors,
        "codegen/modules/key/main.tf.hbs:7:1: aws_kms_alias.this belongs to the feature `alias`, and none of its inputs turns it off\n  `for_each` over var.alias\n"
    );
}

#[test]
fn what_a_feature_adds_to_a_block_is_turned_off_too() {
    let with = |lines: &str| {
        let scratch = module();
        let file = "codegen/modules/key/main.tf.hbs";
        let feature = format!("= true\n{{{{#feature \"alias\"}}}}\n{lines}\n{{{{/feature}}}}\n");
        scratch.write(file, &scratch.read(file).replace("= true\n", &feature));
        scratch.substrate(&["render"])
    };
    assert_eq!(
        with("  timeouts {\n    create = \"1m\"\n  }\n  deletion_window_in_days = 7").failed(),
        "codegen/modules/key/main.tf.hbs:5:3: `timeouts` belongs to the feature `alias`, and none of its inputs turns it off\n  \
         `for_each` over var.alias\n\
         codegen/modules/key/main.tf.hbs:8:3: `deletion_window_in_days` belongs to the feature `alias`, and none of its inputs turns it off\n  \
         a value that reads var.alias\n2 problems\n"
    );
    with("  deletion_window_in_days = var.alias == null ? null : 7").done();
    with("  dynamic \"timeouts\" {\n    for_each = var.alias[*]\n    content {\n      create = \"1m\"\n    }\n  }")
        .done();
}

#[test]
fn count_is_refused() {
    let scratch = module();
    let template =
        scratch.read("codegen/modules/key/main.tf.hbs").replace("  description         = var.name", "  count = 1");
    scratch.write("codegen/modules/key/main.tf.hbs", &template);
    let errors = scratch.substrate(&["render"]).failed();
    assert!(errors.starts_with("codegen/modules/key/main.tf.hbs:2:3: a module repeats by name"), "{errors}");
}

#[test]
fn what_the_provider_refuses_stops_with_the_templates_line() {
    let scratch = module();
    let template = scratch.read("codegen/modules/key/main.tf.hbs");
    let more = "
resource \"aws_flow_log\" \"this\" {
  log_destination_typ = \"s3\"
  destination_options = { file_format = \"parquet\" }
}
resource \"aws_elasticache_replicationgroup\" \"this\" {}
";
    let template = template.replace("enable_key_rotation", "enable_key_rotatoin");
    scratch.write("codegen/modules/key/main.tf.hbs", &format!("{template}{more}"));
    let errors = scratch.substrate(&["render"]).failed();
    expect_test::expect![[r#"
        codegen/modules/key/main.tf.hbs:3:3: aws_kms_key has no argument `enable_key_rotatoin`
          did you mean `enable_key_rotation`?
        codegen/modules/key/main.tf.hbs:16:3: aws_flow_log has no argument `log_destination_typ`
          did you mean `log_destination_type`?
        codegen/modules/key/main.tf.hbs:17:3: `destination_options` is a block of aws_flow_log, not an argument
          write `destination_options { … }` without `=`
        codegen/modules/key/main.tf.hbs:19:10: the provider hashicorp/aws has no resource type `aws_elasticache_replicationgroup`
          the schema lock of version 6.25.0 does not hold it; `substrate schema --output FOLDER` writes all types, and SUBSTRATE_SCHEMAS names that folder
        4 problems
    "#]].assert_eq(&errors);
    assert!(!scratch.exists("modules"), "nothing is written");
}

#[test]
fn a_variant_that_lacks_what_it_reads_is_found_by_check() {
    let scratch = module();
    let template = scratch.read("codegen/modules/key/main.tf.hbs");
    scratch
        .write("codegen/modules/key/main.tf.hbs", &template.replace("= var.name", "= coalesce(var.alias, var.name)"));
    scratch.substrate(&["render"]).done();
    let errors = scratch.substrate(&["check"]).failed();
    expect_test::expect![[r#"
        codegen/modules/key/main.tf.hbs:2:34: there is no input `alias`
          allowed: name
    "#]]
    .assert_eq(&errors);
}

/// A description with faults of many kinds.
const WRONG: &str = r#"module "keys" {
  sumary    = "Keys."
  providers = ["aws", "gcp"]
}
input "name" {
  type = strin
  check {
    condition = true
    message   = "x"
    refuses   = []
  }
}
feature "alias" {
  summary = "Alias."
  input "alias" {
    type        = any
    description = "Alias."
  }
}
output "arn" {
  type        = string
  description = "ARN."
}
waive "CKV_1" {
  when = ["large"]
}
inputt "x" {}
feature "late" {
  summary = <<-EOT
    Late ${word}.
  EOT
}
"#;

#[test]
fn a_description_reports_everything_at_once() {
    let scratch = module();
    scratch.write("codegen/modules/key/module.hcl", WRONG);
    let errors = scratch.substrate(&["render"]).failed();
    expect_test::expect![[r#"
        codegen/modules/key/module.hcl:1:1: `module "keys"` needs `summary`
        codegen/modules/key/module.hcl:1:1: a description has at least one example
          `example "minimal" { inputs = { … } }` sets what is required; the tests start from it
        codegen/modules/key/module.hcl:2:3: module has no argument `sumary`
          did you mean `summary`? allowed: about, providers, summary, terraform
        codegen/modules/key/module.hcl:3:23: the version of the provider `gcp` is not known here
          write `provider "gcp" { source = "…", version = "…" }`; known are aws, random, time, tls
        codegen/modules/key/module.hcl:5:1: `input "name"` needs `description`
        codegen/modules/key/module.hcl:6:10: `strin` is not a type
          allowed: string, number, bool, list, set, map, object, tuple, optional
        codegen/modules/key/module.hcl:7:3: a check needs a value at the border that passes: `accepts = [ … ]`
        codegen/modules/key/module.hcl:7:3: a check needs a value that it refuses: `refuses = [ … ]`
        codegen/modules/key/module.hcl:13:1: the feature `alias` has no input that switches it off
          an input of it is null, an empty map or "none" by default
        codegen/modules/key/module.hcl:16:19: `any` is no type here: callers and checks need to know what comes
          allowed: string, number, bool, list, set, map, object, tuple, optional
        codegen/modules/key/module.hcl:20:1: `output "arn"` needs `value`
        codegen/modules/key/module.hcl:24:1: `waive "CKV_1"` needs `why`
        codegen/modules/key/module.hcl:24:1: the waiver of CKV_1 names the example `large`, which there is not
          none is allowed here
        codegen/modules/key/module.hcl:27:1: a description has no block `inputt`
          did you mean `input`? allowed: example, feature, input, mock, module, output, provider, renamed, waive
        codegen/modules/key/module.hcl:28:1: the feature `late` has no input that switches it off
          an input of it is null, an empty map or "none" by default
        codegen/modules/key/module.hcl:29:13: this must be a string without `${…}`
        16 problems
    "#]]
    .assert_eq(&errors);
}

#[test]
fn a_folder_without_anything_is_an_error_that_says_what_to_do() {
    let errors = Scratch::new().substrate(&["render"]).failed();
    assert!(errors.contains("`substrate new estate NAME` begins one"), "{errors}");
}

#[test]
fn a_rename_becomes_a_moved_block() {
    let scratch = module();
    let description = scratch.read("codegen/modules/key/module.hcl");
    let renamed = "\nrenamed {\n  from  = aws_kms_key.main\n  to    = aws_kms_key.this\n  since = \"2.0.0\"\n}\n";
    scratch.write("codegen/modules/key/module.hcl", &format!("{description}{renamed}"));
    scratch.substrate(&["render"]).done();
    let moved = scratch.read("modules/key/moved.tf");
    assert!(
        moved.ends_with("# Since 2.0.0.\nmoved {\n  from = aws_kms_key.main\n  to   = aws_kms_key.this\n}\n"),
        "{moved}"
    );
}

/// The errors when the description of a new module has one text in place of another.
fn errors_of_description(from: &str, to: &str) -> String {
    let scratch = module();
    let description = scratch.read("codegen/modules/key/module.hcl");
    assert_eq!(description.matches(from).count(), 1, "`{from}` stands once in the description");
    scratch.write("codegen/modules/key/module.hcl", &description.replace(from, to));
    scratch.substrate(&["render"]).failed()
}

#[test]
fn a_feature_is_off_by_default() {
    assert_eq!(
        errors_of_description("default     = null", "default     = \"alias/key\""),
        "codegen/modules/key/module.hcl:17:1: the feature `alias` is on by default\n  \
         an input of it is null, an empty map or \"none\" by default\n"
    );
    assert_eq!(
        errors_of_description("default     = null", "default     = null\n    nullable = false"),
        "codegen/modules/key/module.hcl:20:3: `alias` is null by default and does not take null\n  \
         leave `nullable = false` away\n"
    );
}

#[test]
fn a_rename_to_nothing_stops_with_the_descriptions_line() {
    let renamed = |to: &str, since: &str| {
        let block = format!("renamed {{\n  from  = aws_kms_key.main\n  to    = {to}\n  since = \"{since}\"\n}}\n");
        errors_of_description("example \"minimal\"", &format!("{block}\nexample \"minimal\""))
    };
    assert_eq!(
        renamed("aws_kms_key.thiss", "2.0.0"),
        "codegen/modules/key/module.hcl:42:6: nothing is at aws_kms_key.thiss\n  did you mean `aws_kms_key.this`?\n"
    );
    assert_eq!(
        renamed("aws_kms_key.this", "next"),
        "codegen/modules/key/module.hcl:40:1: `next` is no version\n  `since` has three numbers, such as 2.0.0\n"
    );
}
