//! The checker on whole modules.

use crate::scratch::Scratch;
use codegen::check::{Interface, Role, Unit, check};
use codegen::rendered::{Origin, Rendered};
use codegen::schema::Schemas;
use std::collections::{BTreeMap, BTreeSet};

/// A module without faults that uses every kind of block.
const RIGHT: &str = r#"terraform {
  required_version = ">= 1.11.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.25, < 7.0" }
  }
}

variable "cidr" {
  type     = string
  nullable = false

  validation {
    condition     = can(cidrhost(var.cidr, 0))
    error_message = "cidr must be a range."
  }
}

variable "tiers" {
  type    = map(object({ zone = string, cidr = string, tags = optional(map(string), {}) }))
  default = {}
}

variable "flow_logs" {
  type    = object({ bucket_arn = string })
  default = null
}

variable "password" {
  type      = string
  ephemeral = true
  sensitive = true
}

locals {
  subnets = { for name, tier in var.tiers : "${name}/${tier.zone}" => merge(tier, { name = name }) }
}

data "aws_region" "this" {}

data "aws_iam_policy_document" "this" {
  dynamic "statement" {
    for_each = var.tiers
    content {
      actions   = ["s3:GetObject"]
      resources = [statement.value.cidr, data.aws_region.this.region]
    }
  }
}

resource "aws_vpc" "this" {
  cidr_block = var.cidr
  tags       = { Name = "x" }
}

resource "aws_subnet" "this" {
  for_each = local.subnets

  vpc_id            = aws_vpc.this.id
  availability_zone = each.value.zone
  cidr_block        = each.value.cidr
  tags              = merge(each.value.tags, { Name = each.key })

  lifecycle {
    ignore_changes = [tags["x"], map_public_ip_on_launch]
  }
}

resource "aws_flow_log" "this" {
  for_each = var.flow_logs == null ? {} : { this = var.flow_logs }

  vpc_id               = aws_vpc.this.id
  log_destination      = each.value.bucket_arn
  log_destination_type = "s3"
  depends_on           = [aws_subnet.this]
}

resource "aws_security_group" "this" {
  ingress {
    from_port = 443
    to_port   = 443
    protocol  = "tcp"
  }
}

resource "aws_rds_cluster" "this" {
  engine                     = "aurora-postgresql"
  master_password_wo         = var.password
  master_password_wo_version = 1

  serverlessv2_scaling_configuration {
    min_capacity = "0.5"
    max_capacity = 4
  }
}

output "subnet_ids" {
  value = { for key, subnet in aws_subnet.this : key => subnet.id }
}

output "first" {
  value = { policy = data.aws_iam_policy_document.this.json, all = values(aws_subnet.this)[*].arn, rds = aws_rds_cluster.this.id }
}

output "group" {
  value = one(aws_security_group.this.ingress[*].protocol)
}
"#;

fn problems_of(text: &str, role: Role) -> Vec<String> {
    let files = [Rendered { path: "main.tf".into(), text: text.into(), origins: Vec::new(), source: "main.tf".into() }];
    let static_inputs = ["tiers", "flow_logs"].map(str::to_owned).into();
    let unit = Unit { files: &files, role, static_inputs, modules: BTreeMap::new() };
    check(&unit, &Schemas::lock().expect("the lock is a schema")).iter().map(ToString::to_string).collect()
}

/// Checks the right module with one text in place of another, and expects one problem, which holds all `words`.
fn one_fault(from: &str, to: &str, words: &[&str]) {
    assert_eq!(RIGHT.matches(from).count(), 1, "`{from}` stands once in the module");
    let found = problems_of(&RIGHT.replace(from, to), Role::Module);
    assert_eq!(found.len(), 1, "`{to}`: {found:#?}");
    for word in words {
        assert!(found[0].contains(word), "`{to}`: `{word}` is not in\n{}", found[0]);
    }
}

#[test]
fn a_right_module_has_no_problem() {
    assert_eq!(problems_of(RIGHT, Role::Module), [""; 0]);
}

#[test]
fn arguments_and_blocks_are_those_of_the_schema() {
    one_fault(
        "  availability_zone = each",
        "  availability_zonne = each",
        &["main.tf:59:3", "aws_subnet has no argument `availability_zonne`", "did you mean `availability_zone`?"],
    );
    one_fault(
        "  serverlessv2_scaling_configuration {",
        "  serverlessv2_scaling_configuration = {",
        &["is a block of aws_rds_cluster", "without `=`"],
    );
    one_fault(
        "  tags       = { Name = \"x\" }",
        "  tags { Name = \"x\" }",
        &["`tags` is an argument of aws_vpc, not a block", "write `tags = …`"],
    );
    one_fault(
        "  serverlessv2_scaling_configuration {",
        "  serverless_v2_scaling_configuration {",
        &["has no block", "did you mean `serverlessv2_scaling_configuration`?"],
    );
    one_fault(
        "    max_capacity = 4\n",
        "",
        &["aws_rds_cluster.serverlessv2_scaling_configuration needs the argument `max_capacity`"],
    );
    one_fault(
        "  engine                     = \"aurora-postgresql\"\n",
        "",
        &["main.tf:85:1", "aws_rds_cluster needs the argument `engine`"],
    );
    one_fault(
        "  cidr_block = var.cidr\n",
        "  cidr_block = var.cidr\n  arn = \"x\"\n",
        &["`arn` of aws_vpc is set by the provider"],
    );
    one_fault(
        "resource \"aws_flow_log\" \"this\" {",
        "resource \"aws_flow_logg\" \"this\" {",
        &["no resource type `aws_flow_logg`", "did you mean `aws_flow_log`?"],
    );
    one_fault(
        "    from_port = 443",
        "    from_prt = 443",
        &["aws_security_group.ingress has no argument `from_prt`", "`from_port`"],
    );
    one_fault(
        "      actions   =",
        "      action   =",
        &["data.aws_iam_policy_document.statement has no argument `action`", "`actions`"],
    );
    one_fault(
        "  dynamic \"statement\" {",
        "  dynamic \"statment\" {\n    iterator = statement",
        &["has no block `statment`", "`statement`"],
    );
    one_fault("[tags[\"x\"], map_public", "[tag, map_public", &["aws_subnet has no `tag` to ignore", "`tags`"]);
    one_fault("  nullable = false", "  nulable = false", &["`variable` has no `nulable`", "`nullable`"]);
}

#[test]
fn values_fit_the_types_of_their_arguments() {
    one_fault(
        "  tags       = { Name = \"x\" }",
        "  tags       = [\"x\"]",
        &["`tags` of aws_vpc takes map(string), and this is a list"],
    );
    one_fault("min_capacity = \"0.5\"", "min_capacity = \"half\"", &["takes a number, and this is \"half\""]);
    one_fault("= each.value.zone", "= toset([each.value.zone])", &["takes string, and this is set(any)"]);
    one_fault(
        "  vpc_id            = aws_vpc.this.id",
        "  vpc_id            = aws_vpc.this",
        &["takes string, and this is object"],
    );
    one_fault("  default = null", "  default = \"none\"", &["the input `flow_logs` takes object, and this is string"]);
    one_fault(
        "  default = {}\n",
        "  default = { a = { zone = \"z\" } }\n",
        &["the input `tiers` takes map(object), and this is object"],
    );
}

#[test]
fn blocks_stand_as_often_as_the_schema_says() {
    let twice = "  serverlessv2_scaling_configuration {\n    min_capacity = 1\n    max_capacity = 2\n  }\n\n  serverlessv2_scaling_configuration {";
    one_fault(
        "  serverlessv2_scaling_configuration {",
        twice,
        &["aws_rds_cluster has 2 blocks `serverlessv2_scaling_configuration` and takes 1"],
    );
    let without =
        "resource \"aws_s3_bucket_versioning\" \"this\" {\n  bucket = \"x\"\n}\n\nresource \"aws_vpc\" \"this\" {";
    one_fault(
        "resource \"aws_vpc\" \"this\" {",
        without,
        &["aws_s3_bucket_versioning needs the block `versioning_configuration`"],
    );
}

#[test]
fn what_is_deprecated_or_write_only_is_told() {
    let bucket = "resource \"aws_s3_bucket\" \"this\" {\n  acl = \"private\"\n}\n\nresource \"aws_vpc\" \"this\" {";
    one_fault("resource \"aws_vpc\" \"this\" {", bucket, &["`acl` of aws_s3_bucket is deprecated"]);
    one_fault(
        "  master_password_wo_version = 1\n",
        "",
        &["`master_password_wo` of aws_rds_cluster is write-only", "master_password_wo_version"],
    );
    one_fault(
        "  master_password_wo         = var.password",
        "  master_password_wo = \"x\"\n  master_password = var.password",
        &["is kept in the state, and var.password is ephemeral"],
    );
    one_fault(
        "rds = aws_rds_cluster.this.id",
        "rds = aws_rds_cluster.this.master_password_wo",
        &["`master_password_wo` is write-only", "always null"],
    );
}

#[test]
fn every_name_means_something() {
    one_fault(
        "cidr_block = var.cidr\n",
        "cidr_block = coalesce(var.cidrr, var.cidr)\n",
        &["no input `cidrr`", "did you mean `cidr`?"],
    );
    one_fault(
        "for_each = local.subnets",
        "for_each = merge(local.subnet, local.subnets)",
        &["no local `subnet`", "`subnets`"],
    );
    one_fault(
        "log_destination      = each",
        "log_destination      = aws_s3_buckett.this.arn\n  traffic_type = each",
        &["no resource `aws_s3_buckett.this`"],
    );
    one_fault("subnet.id }", "aws_vpc.this.idd }", &["no attribute `idd`", "did you mean `id`?"]);
    one_fault("values(aws_subnet.this)[*].arn", "aws_subnet.this.arn", &["`arn` is read from all at once"]);
    one_fault("values(aws_subnet.this)[*].arn", "aws_subnet.this[*].arn", &["goes over lists and sets"]);
    one_fault(
        "one(aws_security_group.this.ingress[*].protocol)",
        "aws_security_group.this.ingress[0].protocol",
        &["has no order"],
    );
    one_fault("[aws_subnet.this]", "[aws_subnet.that]", &["no resource `aws_subnet.that`", "`aws_subnet.this`"]);
    one_fault(
        "cidr_block = var.cidr\n",
        "cidr_block = each.value\n  instance_tenancy = var.cidr\n",
        &["`each` stands in a block without `for_each`"],
    );
    one_fault(
        "cidr_block = var.cidr\n",
        "cidr_block = var.cidr\n  enable_dns_support = treu\n",
        &["`treu` means nothing here", "did you mean `true`?"],
    );
    one_fault(
        "cidr_block = var.cidr\n",
        "cidr_block = var.cidr\n  instance_tenancy = self.id\n",
        &["`self` stands outside of a provisioner"],
    );
    one_fault("value = { for key", "value = mergee({}, { for key", &["this is no HCL"]);
    one_fault("can(cidrhost(", "can(cidrhostt(", &["no function `cidrhostt`", "`cidrhost`"]);
    one_fault("each.value.bucket_arn", "each.value.bucket", &["no attribute `bucket`", "allowed: bucket_arn"]);
    one_fault(
        "rds = aws_rds_cluster.this.id",
        "rds = aws_rds_cluster.this.id, cidrs = [for tier in var.tiers : tier.cidr], x = var.tiers.a.cdr",
        &["no attribute `cdr`", "`cidr`"],
    );
}

#[test]
fn a_whole_block_and_a_configured_provider_are_asked_for() {
    one_fault("[aws_subnet.this]", "[aws_subnet.this, aws_vpc.this.id]", &["`depends_on` lists whole blocks"]);
    one_fault(
        "  cidr_block = var.cidr\n",
        "  cidr_block = var.cidr\n  provider = aws.west\n",
        &["no provider is configured as aws.west"],
    );
    let aliased = RIGHT.replace("  cidr_block = var.cidr\n", "  cidr_block = var.cidr\n  provider = aws.west\n");
    let expected = "version = \">= 6.25, < 7.0\", configuration_aliases = [aws.west]";
    assert_eq!(problems_of(&aliased.replace("version = \">= 6.25, < 7.0\"", expected), Role::Module), [""; 0]);
    let hiding = RIGHT.replace(
        "  tags       = { Name = \"x\" }",
        "  tags       = { for path in values(var.tiers) : path.zone => path.tags.a }",
    );
    assert_eq!(problems_of(&hiding, Role::Module), [""; 0]);
}

#[test]
fn a_move_leads_from_where_nothing_is_to_what_there_is() {
    let moved = |moves: &[(&str, &str)]| {
        let blocks = moves.iter().map(|(from, to)| format!("\nmoved {{\n  from = {from}\n  to = {to}\n}}\n"));
        problems_of(&(RIGHT.to_owned() + &blocks.collect::<String>()), Role::Module)
    };
    let right = [
        ("aws_vpc.first", "aws_vpc.main"),
        ("aws_vpc.main", "aws_vpc.this"),
        ("aws_subnet.this[\"a\"]", "aws_subnet.this[\"b\"]"),
        ("module.old.aws_flow_log.this", "aws_flow_log.this[\"this\"]"),
    ];
    assert_eq!(moved(&right), [""; 0]);
    for (moves, words) in [
        (&[("aws_vpc.main", "aws_vpc.thiss")][..], "nothing is at aws_vpc.thiss\n  did you mean `aws_vpc.this`?"),
        (&[("aws_subnet.this", "aws_subnet.this[\"a\"]")], "aws_subnet.this is still here"),
        (&[("aws_vpc.main", "\"aws_vpc.this\"")], "a move names objects\n  an object is written like aws_vpc.this"),
        (&[("aws_vpc.main.id", "aws_vpc.this")], "a move names objects"),
        (&[("data.aws_region.old", "aws_vpc.this")], "a move names objects"),
        (&[("aws_vpc.main", "aws_vpc.this"), ("aws_vpc.main", "aws_subnet.this")], "aws_vpc.main is moved twice"),
    ] {
        let found = moved(moves);
        assert!(!found.is_empty() && found.iter().all(|found| found.contains(words)), "{moves:?}: {found:#?}");
    }
}

#[test]
fn what_nothing_reads_is_told() {
    one_fault(
        "cidr_block = var.cidr\n",
        "cidr_block = \"10.0.0.0/16\"\n",
        &["main.tf:8:1", "nothing reads the input `cidr`"],
    );
    one_fault("locals {\n", "locals {\n  spare = 1\n", &["nothing reads the local `spare`"]);
    one_fault(
        "data \"aws_region\" \"this\" {}",
        "data \"aws_region\" \"this\" {}\ndata \"aws_partition\" \"this\" {}",
        &["nothing reads the data source `aws_partition.this`"],
    );
}

#[test]
fn keys_are_known_when_planning() {
    one_fault(
        "for_each = local.subnets",
        "for_each = { for key, subnet in local.subnets : \"${var.cidr}/${key}\" => subnet }",
        &["var.cidr, whose keys may be unknown", "keys = \"static\""],
    );
    one_fault(
        "for_each = local.subnets",
        "for_each = toset([aws_vpc.this.id, keys(local.subnets)[0]])",
        &["`for_each` reads aws_vpc.this, which may be unknown"],
    );
    one_fault(
        "\"${name}/${tier.zone}\" =>",
        "\"${name}/${data.aws_region.this.region}\" =>",
        &["`for_each` reads local.subnets, which reads data.aws_region"],
    );
    one_fault(
        "for_each = local.subnets",
        "for_each = { for key, subnet in local.subnets : \"${key}${timestamp()}\" => subnet }",
        &["timestamp(), which differs from run to run"],
    );
}

#[test]
fn a_module_keeps_to_its_borders() {
    one_fault(
        "data \"aws_region\" \"this\" {}",
        "data \"aws_region\" \"this\" {}\nprovider \"aws\" {}",
        &["a module configures no provider"],
    );
    one_fault("  required_version", "  backend \"s3\" {}\n  required_version", &["a module has no state of its own"]);
    one_fault(
        "data \"aws_region\" \"this\" {}",
        "data \"aws_region\" \"this\" {}\nmodule \"x\" {\n  source = \"hashicorp/x/aws\"\n}",
        &["a module calls only its neighbours"],
    );
    one_fault(
        "variable \"cidr\" {",
        "variable \"create_vpc\" {\n  type = bool\n}\n\noutput \"x\" {\n  value = var.create_vpc\n}\n\nvariable \"cidr\" {",
        &["the input `create_vpc` only switches"],
    );
}

#[test]
fn a_root_configures_providers_and_calls_modules_as_they_ask() {
    let root = |call: &str| {
        format!(
            "provider \"aws\" {{\n  region = \"us-east-1\"\n  default_tags {{\n    tags = {{ A = \"b\" }}\n  }}\n}}\n\nmodule \"main\" {{\n  source = \"./network\"\n{call}}}\n\noutput \"id\" {{\n  value = module.main.id\n}}\n"
        )
    };
    let interface = Interface {
        inputs: [("cidr".to_owned(), true), ("name".to_owned(), false)].into(),
        outputs: BTreeSet::from(["id".to_owned()]),
    };
    let problems = |text: String| {
        let files = [Rendered { path: "main.tf".into(), text, origins: Vec::new(), source: "main.tf".into() }];
        let modules = BTreeMap::from([("./network".to_owned(), interface.clone())]);
        let unit = Unit { files: &files, role: Role::Root, static_inputs: BTreeSet::new(), modules };
        check(&unit, &Schemas::lock().unwrap()).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(problems(root("  cidr = \"10.0.0.0/16\"\n")), [""; 0]);
    let wrong = problems(root("  nam = \"x\"\n").replace("region =", "regoin =").replace("main.id", "main.idd"));
    let expected = ["`regoin`", "needs the input `cidr`", "no input `nam`", "no attribute `idd`"];
    assert_eq!(wrong.len(), expected.len(), "{wrong:#?}");
    for (found, expected) in wrong.iter().zip(expected) {
        assert!(found.contains(expected), "{expected} is not in {found}");
    }
}

#[test]
fn problems_stand_at_the_line_of_the_template() {
    let text = "resource \"aws_vpc\" \"this\" {\n  cidr_blok = \"10.0.0.0/16\"\n}\n";
    let origin = |line| Origin { file: "codegen/modules/x/main.tf.hbs".into(), line };
    let origins = vec![origin(4), origin(7), origin(8)];
    let files = [Rendered { path: "main.tf".into(), text: text.into(), origins, source: "x".into() }];
    let unit = Unit { files: &files, role: Role::Module, static_inputs: BTreeSet::new(), modules: BTreeMap::new() };
    let found = check(&unit, &Schemas::lock().unwrap());
    assert!(
        found[0].to_string().starts_with("codegen/modules/x/main.tf.hbs:7:3: aws_vpc has no argument `cidr_blok`"),
        "{}",
        found[0]
    );
}

#[test]
fn a_provider_without_a_schema_is_named_once() {
    let text = "resource \"github_team\" \"a\" {}\nresource \"github_team\" \"b\" {}\n";
    let found = problems_of(text, Role::Root);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("no schema of the provider hashicorp/github") && found[0].contains("substrate schema"));
}

/// Renders a new module whose template has one text in place of another, and expects exactly these errors.
fn refused(from: &str, to: &str, errors: &str) {
    let scratch = Scratch::new();
    scratch.substrate(&["new", "module", "key"]).done();
    let file = "codegen/modules/key/main.tf.hbs";
    let template = scratch.read(file);
    assert_eq!(template.matches(from).count(), 1, "`{from}` stands once in the template");
    scratch.write(file, &template.replace(from, to));
    assert_eq!(scratch.substrate(&["render"]).failed(), errors);
    assert!(!scratch.exists("modules"), "nothing is written");
}

#[test]
fn faults_in_a_template_stop_the_rendering_at_its_line() {
    refused(
        "target_key_id =",
        "target_key_ids =",
        "codegen/modules/key/main.tf.hbs:7:1: aws_kms_alias needs the argument `target_key_id`\n\
         codegen/modules/key/main.tf.hbs:11:3: aws_kms_alias has no argument `target_key_ids`\n  \
         did you mean `target_key_id`?\n2 problems\n",
    );
    refused(
        "  enable_key_rotation = true\n",
        "  enable_key_rotation = true\n  timeouts = { create = \"2m\" }\n",
        "codegen/modules/key/main.tf.hbs:4:3: `timeouts` is a block of aws_kms_key, not an argument\n  \
         write `timeouts { … }` without `=`\n",
    );
    // Version 6 of the provider removed it.
    refused(
        "resource \"aws_kms_key\"",
        "resource \"aws_eip\" \"this\" {\n  vpc = true\n}\n\nresource \"aws_kms_key\"",
        "codegen/modules/key/main.tf.hbs:2:3: aws_eip has no argument `vpc`\n",
    );
    refused(
        "{{#feature \"alias\"}}",
        "{{#feature \"alais\"}}",
        "codegen/modules/key/main.tf.hbs:5:13: the description declares no feature `alais`\n  \
         did you mean `alias`? allowed: alias\n",
    );
}
