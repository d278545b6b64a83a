//! The stand-in, under real terraform and real tofu: what it serves, what it refuses, and what becomes of a plan.

use acceptance_tests::environment::repository;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::Workdir;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const AWS: &str = r#"
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.25, < 7.0" }
  }
}

provider "aws" {
  region = "eu-west-1"
  assume_role { role_arn = "arn:aws:iam::210987654321:role/deploy" }
  default_tags { tags = { Owner = "platform", Name = "nobody" } }
}
"#;

const SHAPES: &str = r#"
terraform {
  required_providers {
    shapes = { source = "example/shapes" }
  }
}
"#;

fn json_file(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The committed schema of the AWS provider.
fn aws() -> Value {
    json_file(&repository().join("codegen/schemas/aws.json"))["provider_schemas"]["registry.terraform.io/hashicorp/aws"]
        .take()
}

/// A schema with every shape that there is.
fn shapes() -> Value {
    json_file(&repository().join("acceptance-tests/tests/schemas/shapes.json"))
}

/// A directory in which a stand-in for AWS is installed.
fn aws_workdir(tool: &Tool, text: &str) -> Workdir {
    installed(Workdir::with_standins(tool, &[("hashicorp/aws", &aws())]), &format!("{AWS}{text}"))
}

fn shapes_workdir(tool: &Tool, text: &str) -> Workdir {
    installed(Workdir::with_standins(tool, &[("example/shapes", &shapes())]), &format!("{SHAPES}{text}"))
}

fn installed(workdir: Workdir, text: &str) -> Workdir {
    workdir.file("main.tf", text);
    workdir.run(&["init"]).success();
    workdir
}

/// The schema without what the tools add or leave out where it says nothing.
fn essence(schema: &Value) -> Value {
    match schema {
        Value::Object(members) => {
            let kept = members.iter().map(|(name, value)| (name.clone(), essence(value))).filter(|(name, value)| {
                let plain = name == "description_kind" && value == "plain";
                let zero = ["min_items", "max_items"].contains(&name.as_str()) && *value == 0;
                let empty = value.is_null() || value == "" || value.as_object().is_some_and(serde_json::Map::is_empty);
                !(plain || zero || empty)
            });
            Value::Object(kept.collect())
        }
        Value::Array(elements) => elements.iter().map(essence).collect(),
        value => value.clone(),
    }
}

#[test]
fn the_tool_reads_the_schema_that_is_served() {
    for tool in tools() {
        for (source, served, text) in [("hashicorp/aws", aws(), AWS), ("example/shapes", shapes(), SHAPES)] {
            let workdir = installed(Workdir::with_standins(tool, &[(source, &served)]), text);
            let mut read = workdir.json(&["providers", "schema", "-json"]);
            let address = format!("{}/{source}", tool.kind.registry());
            let (read, served) = (essence(&read["provider_schemas"][address].take()), essence(&served));
            for part in
                ["provider", "resource_schemas", "data_source_schemas", "ephemeral_resource_schemas", "functions"]
            {
                let parts = (read[part].as_object(), served[part].as_object());
                let (Some(read), Some(served)) = parts else {
                    assert_eq!(parts.0, parts.1, "{}: {source}: {part}", tool.label());
                    continue;
                };
                assert_eq!(read.keys().collect::<Vec<_>>(), served.keys().collect::<Vec<_>>(), "{part}");
                for (name, schema) in served {
                    assert_eq!(&read[name], schema, "{}: {source}: {name}", tool.label());
                }
            }
        }
    }
}

#[test]
fn mistakes_are_refused_with_the_tools_own_words() {
    let right = |inner: &str| format!("resource \"aws_vpc\" \"x\" {{\n  {inner}\n}}\n");
    for (text, words) in [
        (right("cidr_blocks = \"10.0.0.0/16\""), "Unsupported argument"),
        (right("timeout {}"), "Unsupported block type"),
        (right("tags {}"), "Unsupported block type"),
        (right("enable_dns_support = [1]"), "Incorrect attribute value type"),
        (right("owner_id = \"1\""), "`owner_id` is computed"),
        ("resource \"aws_vpcc\" \"x\" {}".to_owned(), "Invalid resource type"),
        ("resource \"aws_subnet\" \"x\" {}".to_owned(), "Missing required argument"),
        (
            "resource \"aws_eks_cluster\" \"x\" {\n  name = \"x\"\n  role_arn = \"r\"\n}".to_owned(),
            "Insufficient vpc_config blocks",
        ),
        (right("cidr_block = \"10.0.0.0/16\"\n  ipv4_netmask_length = 16"), "exclude each other"),
    ] {
        for tool in tools() {
            let workdir = aws_workdir(tool, &text);
            let refused = workdir.run(&["validate", "-json"]).exits(1);
            let errors: Vec<String> = refused.errors().iter().map(|error| error.text()).collect();
            let found = errors.iter().any(|error| error.contains(words));
            assert!(found, "{}: {text}\nshould be refused with {words:?}: {errors:?}", tool.label());
        }
    }
}

const CLUSTER: &str = r#"
data "aws_availability_zones" "here" {}

data "aws_caller_identity" "me" {}

data "aws_iam_policy_document" "assume" {
  statement {
    actions = ["sts:AssumeRole", "sts:TagSession"]
    principals {
      type        = "Service"
      identifiers = ["eks.amazonaws.com"]
    }
  }
}

data "aws_iam_policy_document" "all" {
  source_policy_documents = [data.aws_iam_policy_document.assume.json]
}

resource "aws_iam_role" "this" {
  name_prefix        = "cluster-"
  assume_role_policy = data.aws_iam_policy_document.all.json
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
  tags       = { Name = "main" }
}

resource "aws_subnet" "this" {
  for_each = toset(data.aws_availability_zones.here.names)

  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet("10.0.0.0/16", 8, index(data.aws_availability_zones.here.names, each.key))
}

resource "aws_eks_cluster" "this" {
  name     = "main"
  role_arn = aws_iam_role.this.arn

  vpc_config {
    subnet_ids = [for subnet in aws_subnet.this : subnet.id]
  }
}

resource "aws_iam_openid_connect_provider" "this" {
  url            = aws_eks_cluster.this.identity[0].oidc[0].issuer
  client_id_list = ["sts.amazonaws.com"]
}

output "account" {
  value = data.aws_caller_identity.me.account_id
}

output "policy" {
  value = jsondecode(data.aws_iam_policy_document.all.json)
}
"#;

#[test]
fn a_cluster_lives_through_plan_apply_plan_destroy() {
    for tool in tools() {
        let workdir = aws_workdir(tool, CLUSTER);
        let plan = workdir.run(&["plan"]).success();
        assert!(plan.text().contains("this is a stand-in for hashicorp/aws"), "{}", plan.text());
        workdir.apply();
        workdir.plans_nothing();

        let state = workdir.state();
        let vpc = &state["aws_vpc.this"];
        assert_eq!(vpc["tags_all"], json!({"Name": "main", "Owner": "platform"}), "{}", tool.label());
        assert_eq!(vpc["region"], "eu-west-1");
        let id = vpc["id"].as_str().expect("an id");
        assert!(id.starts_with("vpc-") && id.len() == 21, "{id}");
        assert_eq!(vpc["arn"], format!("arn:aws:ec2:eu-west-1:210987654321:vpc/{id}"));
        assert_eq!(state["aws_subnet.this[\"eu-west-1b\"]"]["vpc_id"], id);
        let role = &state["aws_iam_role.this"];
        let name = role["name"].as_str().expect("a name");
        assert!(name.starts_with("cluster-") && name.len() > "cluster-".len(), "{name}");
        assert_eq!(role["arn"], format!("arn:aws:iam::210987654321:role/{name}"));
        let issuer = state["aws_iam_openid_connect_provider.this"]["url"].as_str().expect("a url");
        assert!(issuer.starts_with("https://"), "{issuer}");

        let outputs = workdir.json(&["output", "-json"]);
        assert_eq!(outputs["account"]["value"], "210987654321");
        let statement = json!({
            "Effect": "Allow",
            "Action": ["sts:TagSession", "sts:AssumeRole"],
            "Principal": {"Service": "eks.amazonaws.com"},
        });
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]});
        assert_eq!(outputs["policy"]["value"], policy, "{}", tool.label());

        let again = aws_workdir(tool, CLUSTER);
        again.apply();
        assert_eq!(again.state(), state, "what is computed is the same in each run");
        workdir.destroy();
        assert!(workdir.state().is_empty());
    }
}

#[test]
fn what_cannot_be_changed_is_replaced() {
    let text = |cidr: &str, tag: &str| {
        format!(
            "{AWS}resource \"aws_vpc\" \"x\" {{\n  cidr_block = \"{cidr}\"\n  tags       = {{ Name = \"{tag}\" }}\n}}\n\nresource \"aws_subnet\" \"x\" {{\n  vpc_id     = aws_vpc.x.id\n  cidr_block = \"10.0.1.0/24\"\n}}\n"
        )
    };
    for tool in tools() {
        let workdir = aws_workdir(tool, "");
        workdir.file("main.tf", &text("10.0.0.0/16", "one"));
        workdir.apply();
        workdir.file("main.tf", &text("10.0.0.0/16", "two"));
        let planned = workdir.planned();
        assert_eq!(planned, [("aws_vpc.x".to_owned(), vec!["update".to_owned()])].into(), "{}", tool.label());
        workdir.file("main.tf", &text("10.1.0.0/16", "two"));
        let replaced = vec!["delete".to_owned(), "create".to_owned()];
        let planned = workdir.planned();
        let both = [("aws_subnet.x".to_owned(), replaced.clone()), ("aws_vpc.x".to_owned(), replaced)];
        assert_eq!(planned, both.into(), "{}", tool.label());
        workdir.apply();
        workdir.plans_nothing();
    }
}

const EVERY_SHAPE: &str = r#"
ephemeral "shapes_secret" "it" {
  length = 20
}

data "shapes_found" "it" {
  name = "found"
}

resource "shapes_all" "it" {
  name                = "all"
  secret              = "kept"
  password_wo         = ephemeral.shapes_secret.it.value
  password_wo_version = 1
  anything            = { a = [1, "two"], b = null }
  one                 = { to = data.shapes_found.it.members[0].url }
  many                = [{ to = "a", token_wo = "never-kept" }, { to = "b" }]
  apart               = [{ to = "a" }]

  rule {
    port = data.shapes_found.it.members[0].port
    inner {
      key = "a"
    }
    inner {
      key = "b"
    }
  }

  labelled "first" {
    to = "a"
  }

  timeouts {
    create = "5m"
  }
}
"#;

#[test]
fn every_shape_is_planned_and_write_only_values_are_kept_nowhere() {
    for tool in tools() {
        let workdir = shapes_workdir(tool, EVERY_SHAPE);
        workdir.apply();
        workdir.plans_nothing();
        let state = workdir.state();
        let all = &state["shapes_all.it"];
        assert_eq!((&all["password_wo"], &all["password_wo_version"]), (&Value::Null, &json!(1)), "{}", tool.label());
        assert_eq!((&all["many"][0]["token_wo"], &all["many"][1]["to"]), (&Value::Null, &json!("b")));
        assert!(!workdir.state_text().contains("never-kept"));
        assert!(all["id"].is_string() && all["one"]["at"].is_string() && all["many"][1]["at"].is_string());
        assert!(all["rule"][0]["rule_id"].is_string() && all["rule"][0]["inner"][1]["inner_id"].is_string());
        assert!(all["settings"]["level"].is_number() && all["named"].is_object() && all["table"].is_object());
        assert_eq!(all["anything"], json!({"a": [1, "two"], "b": null}));
        // A new element has computed values of its own, the others keep theirs.
        workdir.file("main.tf", &format!("{SHAPES}{}", EVERY_SHAPE.replace("key = \"b\"", "key = \"c\"")));
        assert_eq!(workdir.changed("shapes_all.it"), ["rule"], "{}", tool.label());
        workdir.apply();
        workdir.plans_nothing();
        workdir.destroy();
    }
}

#[test]
fn an_object_is_imported_by_its_id_and_a_function_answers() {
    let text = "import {\n  to = shapes_all.it\n  id = \"given\"\n}\n\nresource \"shapes_all\" \"it\" {\n  name = provider::shapes::joined(\"a\", \"b\", \"c\")\n  rule {\n    port = 1\n  }\n}\n";
    for tool in tools() {
        let workdir = shapes_workdir(tool, text);
        let applied = workdir.apply();
        assert!(applied.text().contains("1 imported"), "{}: {}", tool.label(), applied.text());
        assert_eq!(workdir.state()["shapes_all.it"]["id"], "given");
        workdir.plans_nothing();
    }
}
