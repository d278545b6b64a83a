//! Two versions of a module and what `substrate diff` says of them.

use crate::scratch::Scratch;

const OLD: &str = r#"terraform {
  required_version = ">= 1.11.0"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.25, < 7.0" }
  }
}

variable "name" {
  type = string
}

variable "size" {
  type     = number
  default  = 1
  nullable = false

  validation {
    condition     = var.size > 0
    error_message = "size is positive."
  }
}

variable "rules" {
  type    = map(object({ port = number, note = optional(string, "") }))
  default = {}
}

variable "logs" {
  type    = string
  default = null
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
  tags       = { Name = var.name }
}

resource "aws_subnet" "private" {
  for_each = var.rules

  vpc_id     = aws_vpc.this.id
  cidr_block = each.value.note
}

moved {
  from = aws_vpc.main
  to   = aws_vpc.this
}

output "id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "subnets" {
  value = { for name, subnet in aws_subnet.private : name => subnet.id }
}
"#;

/// What `diff` says when texts of the old version are others in the new one.
fn diff(replacements: &[(&str, &str)]) -> String {
    let scratch = Scratch::new();
    let mut new = OLD.to_owned();
    for (from, to) in replacements {
        assert!(new.contains(from), "`{from}` stands in the module");
        new = new.replace(from, to);
    }
    scratch.write("old/main.tf", OLD).write("new/main.tf", &new);
    scratch.substrate(&["diff", "old", "new", "--version", "1.4.2"]).done()
}

fn one(from: &str, to: &str, expected: &str) {
    assert_eq!(diff(&[(from, to)]), expected, "`{to}`");
}

#[test]
fn nothing_that_callers_see_is_a_patch() {
    one(
        "  cidr_block = \"10.0.0.0/16\"\n",
        "  cidr_block  =  \"10.0.0.0/16\" # as ever\n",
        "nothing changed for callers\n1.4.2 -> 1.4.3\n",
    );
    one("  description = \"The VPC.\"\n", "", "nothing changed for callers\n1.4.2 -> 1.4.3\n");
}

#[test]
fn inputs_that_take_less_break() {
    one(
        "variable \"logs\" {\n  type    = string\n  default = null\n}\n\n",
        "",
        "breaking: the input `logs` is gone\n1.4.2 -> 2.0.0\n",
    );
    one(
        "  type = string\n}",
        "  type = list(string)\n}",
        "breaking: the input `name` has another type: string before and list(string) now\n1.4.2 -> 2.0.0\n",
    );
    one(
        "port = number, note",
        "port = number, zone = string, note",
        "breaking: the input `rules` has another type: map(object({note = optional(string), port = number})) before and map(object({note = optional(string), port = number, zone = string})) now\n1.4.2 -> 2.0.0\n",
    );
    one(
        "optional(string, \"\")",
        "optional(string, \"x\")",
        "breaking: the input `rules` has other defaults inside of its type\n1.4.2 -> 2.0.0\n",
    );
    one(
        "default  = 1",
        "default  = 2",
        "breaking: the input `size` has the default 2 and no longer 1\n1.4.2 -> 2.0.0\n",
    );
    one("  default  = 1\n", "", "breaking: the input `size` has no default any more\n1.4.2 -> 2.0.0\n");
    one(
        "  default = null\n",
        "  default = null\n  nullable = false\n",
        "breaking: the input `logs` no longer takes null\n1.4.2 -> 2.0.0\n",
    );
    one(
        "  default = null\n",
        "  default = null\n  sensitive = true\n",
        "breaking: the input `logs` is sensitive or ephemeral now\n1.4.2 -> 2.0.0\n",
    );
    one(
        "var.size > 0",
        "var.size > 1",
        "breaking: the input `size` is held against a new check: var.size > 1\n1.4.2 -> 2.0.0\n",
    );
    one(
        "variable \"name\" {",
        "variable \"zone\" {\n  type = string\n}\n\nvariable \"name\" {",
        "breaking: the input `zone` is new and has to be set\n  give it a default that keeps what was there\n1.4.2 -> 2.0.0\n",
    );
    one(
        ">= 6.25, < 7.0",
        ">= 6.30, < 7.0",
        "breaking: aws has to be { source = \"hashicorp/aws\", version = \">= 6.30, < 7.0\" } and no longer { source = \"hashicorp/aws\", version = \">= 6.25, < 7.0\" }\n1.4.2 -> 2.0.0\n",
    );
}

#[test]
fn types_that_lose_values_break() {
    one(
        "  type = string\n}",
        "  type = number\n}",
        "breaking: the input `name` has another type: string before and number now\n1.4.2 -> 2.0.0\n",
    );
    one(
        ", note = optional(string, \"\")",
        "",
        "breaking: the input `rules` has another type: map(object({note = optional(string), port = number})) before and map(object({port = number})) now\n1.4.2 -> 2.0.0\n",
    );
    one(
        "optional(string, \"\")",
        "string",
        "breaking: the input `rules` has another type: map(object({note = optional(string), port = number})) before and map(object({note = string, port = number})) now\n1.4.2 -> 2.0.0\n",
    );
}

#[test]
fn inputs_that_take_more_are_additions() {
    one(
        "port = number, note",
        "port = number, zone = optional(string), note",
        "addition: the input `rules` takes more: map(object({note = optional(string), port = number})) before and map(object({note = optional(string), port = number, zone = optional(string)})) now\n1.4.2 -> 1.5.0\n",
    );
    one(
        "port = number, note",
        "port = string, note",
        "addition: the input `rules` takes more: map(object({note = optional(string), port = number})) before and map(object({note = optional(string), port = string})) now\n1.4.2 -> 1.5.0\n",
    );
    one("  nullable = false\n", "", "addition: the input `size` also takes null\n1.4.2 -> 1.5.0\n");
    one(
        "  type = string\n}",
        "  type = string\n  default = \"x\"\n}",
        "addition: the input `name` need not be set any more\n1.4.2 -> 1.5.0\n",
    );
    one(
        "variable \"name\" {",
        "variable \"zone\" {\n  type = string\n  default = null\n}\n\nvariable \"name\" {",
        "addition: the input `zone` is new\n1.4.2 -> 1.5.0\n",
    );
}

#[test]
fn outputs_that_go_or_change_break() {
    one(
        "output \"id\" {\n  description = \"The VPC.\"\n  value       = aws_vpc.this.id\n}\n",
        "",
        "breaking: the output `id` is gone\n1.4.2 -> 2.0.0\n",
    );
    one(
        "  value       = aws_vpc.this.id",
        "  value       = aws_vpc.this.arn",
        "breaking: the output `id` has another value\n1.4.2 -> 2.0.0\n",
    );
    one(
        "  description = \"The VPC.\"\n",
        "  sensitive = true\n",
        "breaking: the output `id` is sensitive or ephemeral now\n1.4.2 -> 2.0.0\n",
    );
    one(
        "output \"id\" {",
        "output \"arn\" {\n  value = aws_vpc.this.arn\n}\n\noutput \"id\" {",
        "addition: the output `arn` is new\n1.4.2 -> 1.5.0\n",
    );
}

#[test]
fn objects_break_where_callers_have_no_say() {
    let vpc = "resource \"aws_vpc\" \"this\" {";
    one(
        vpc,
        "resource \"aws_eip\" \"this\" {}\n\nresource \"aws_vpc\" \"this\" {",
        "breaking: aws_eip.this is new, and nothing switches it off\n  repeat it with `for_each` over an input that is empty by default\n1.4.2 -> 2.0.0\n",
    );
    one(
        vpc,
        "resource \"aws_eip\" \"this\" {\n  for_each = toset([\"a\"])\n}\n\nresource \"aws_vpc\" \"this\" {",
        "breaking: aws_eip.this is new, and nothing switches it off\n  repeat it with `for_each` over an input that is empty by default\n1.4.2 -> 2.0.0\n",
    );
    one(
        vpc,
        "resource \"aws_eip\" \"this\" {\n  for_each = var.rules\n}\n\nresource \"aws_vpc\" \"this\" {",
        "addition: aws_eip.this is new\n1.4.2 -> 1.5.0\n",
    );
    one(
        "  cidr_block = \"10.0.0.0/16\"\n",
        "  cidr_block = \"10.0.0.0/16\"\n  instance_tenancy = \"dedicated\"\n",
        "breaking: aws_vpc.this has an argument that no caller chose: instance_tenancy = \"dedicated\"\n1.4.2 -> 2.0.0\n",
    );
    one(
        "  cidr_block = \"10.0.0.0/16\"\n",
        "  cidr_block = \"10.0.0.0/16\"\n  region = var.logs\n",
        "nothing changed for callers\n1.4.2 -> 1.4.3\n",
    );
    one(
        "  cidr_block = \"10.0.0.0/16\"\n",
        "  cidr_block = \"10.1.0.0/16\"\n",
        "breaking: aws_vpc.this has another `cidr_block`, which replaces it and all that it holds: \"10.1.0.0/16\"\n1.4.2 -> 2.0.0\n",
    );
    one(
        "{ Name = var.name }",
        "{ Name = upper(var.name) }",
        "addition: aws_vpc.this has another `tags`: { Name = upper(var.name) }\n1.4.2 -> 1.5.0\n",
    );
    one(
        "  vpc_id     = aws_vpc.this.id\n",
        "  vpc_id     = aws_vpc.this.id\n  timeouts {\n    create = \"2m\"\n  }\n",
        "breaking: aws_subnet.private has a block `timeouts` that no caller chose\n1.4.2 -> 2.0.0\n",
    );
    one(
        "  for_each = var.rules\n",
        "",
        "breaking: aws_subnet.private is not repeated any more: for_each = var.rules\n1.4.2 -> 2.0.0\n",
    );
    one(
        "  for_each = var.rules\n",
        "  for_each = toset(keys(var.rules))\n",
        "breaking: aws_subnet.private has for_each = toset(keys(var.rules)) and no longer for_each = var.rules, so its keys may differ\n1.4.2 -> 2.0.0\n",
    );
}

#[test]
fn a_rename_without_a_move_breaks_and_the_hint_is_what_the_description_lacks() {
    one(
        "aws_subnet\" \"private\"",
        "aws_subnet\" \"this\"",
        "breaking: aws_subnet.private is gone, and an upgrade destroys it and all that it holds\n  \
         if it is aws_subnet.this now, say so in the description:\n  \
         renamed {\n    from  = aws_subnet.private\n    to    = aws_subnet.this\n    since = \"…\"\n  }\n\
         addition: aws_subnet.this is new\n1.4.2 -> 2.0.0\n",
    );
}

#[test]
fn a_rename_with_a_move_is_internal() {
    let moved = "moved {\n  from = aws_subnet.private\n  to   = aws_subnet.this\n}\n\nmoved {";
    let report = diff(&[
        ("aws_subnet\" \"private\"", "aws_subnet\" \"this\""),
        ("in aws_subnet.private", "in aws_subnet.this"),
        ("moved {", moved),
    ]);
    assert_eq!(report, "internal: aws_subnet.private is aws_subnet.this now\n1.4.2 -> 1.4.3\n");
}

#[test]
fn a_forgotten_move_breaks_who_skips_a_version() {
    let report = diff(&[("moved {\n  from = aws_vpc.main\n  to   = aws_vpc.this\n}\n\n", "")]);
    assert!(report.starts_with("breaking: the move from aws_vpc.main to aws_vpc.this is forgotten\n"), "{report}");
}

#[test]
fn a_contract_that_stays_lets_an_output_be_built_otherwise() {
    let scratch = Scratch::new();
    let contract = |kind: &str| {
        format!(r#"{{ "outputs": {{ "id": {{ "type": "{kind}" }}, "subnets": {{ "type": "map(string)" }} }} }}"#)
    };
    let new = OLD.replace("value       = aws_vpc.this.id", "value       = one([aws_vpc.this.id])");
    scratch.write("old/main.tf", OLD).write("new/main.tf", &new);
    scratch.write("old/contract.json", &contract("string")).write("new/contract.json", &contract("string"));
    assert_eq!(scratch.substrate(&["diff", "old", "new"]).done(), "nothing changed for callers\na patch version\n");
    scratch.write("new/contract.json", &contract("list(string)"));
    let report = scratch.substrate(&["diff", "old", "new"]).done();
    assert_eq!(report, "breaking: the output `id` is list(string) and no longer string\na major version\n");
}

#[test]
fn what_cannot_be_compared_is_named() {
    let scratch = Scratch::new();
    scratch.write("old/main.tf", OLD).write("empty/README.md", "");
    let errors = scratch.substrate(&["diff", "old", "empty"]).failed();
    assert!(errors.contains("cannot read the module in empty: it has no .tf files"), "{errors}");
    let errors = scratch.substrate(&["diff", "old", "old", "--version", "1.4"]).failed();
    assert!(errors.contains("`1.4` is no version"), "{errors}");
    let zero = scratch.write("new/main.tf", &OLD.replace("default  = 1", "default  = 2"));
    let report = zero.substrate(&["diff", "old", "new", "--version", "v0.3.1"]).done();
    assert!(report.ends_with("v0.3.1 -> 0.4.0\n"), "{report}");
}

#[test]
fn keys_that_are_built_otherwise_break() {
    let over = |keys: &str| {
        OLD.replace("for_each = var.rules", "for_each = local.rules")
            + &format!("\nlocals {{\n  named = var.rules\n  rules = {keys}\n}}\n")
    };
    let scratch = Scratch::new();
    scratch
        .write("old/main.tf", &over("local.named"))
        .write("new/main.tf", &over("{ for key, rule in local.named : \"x-${key}\" => rule }"));
    let report = scratch.substrate(&["diff", "old", "new"]).done();
    assert_eq!(
        report,
        "breaking: aws_subnet.private has for_each = local.rules, built otherwise than before, so its keys may differ\na major version\n"
    );
}

/// What `diff` says when the subnets have these instances, and some of them moved.
fn instances(before: &str, after: &str, moved: &[(&str, &str)]) -> String {
    let over = |keys: &str| {
        OLD.replace("for_each = var.rules", "for_each = local.zones") + &format!("\nlocals {{\n  zones = {keys}\n}}\n")
    };
    let address = |key: &str| format!("aws_subnet.private[\"{key}\"]");
    let moves =
        moved.iter().map(|(from, to)| format!("\nmoved {{\n  from = {}\n  to = {}\n}}\n", address(from), address(to)));
    let scratch = Scratch::new();
    scratch.write("old/main.tf", &over(before)).write("new/main.tf", &(over(after) + &moves.collect::<String>()));
    scratch.substrate(&["diff", "old", "new"]).done()
}

#[test]
fn instances_whose_keys_stand_in_the_code_are_told_one_by_one() {
    let (before, after) = ("{ a = 1, b = 2 }", "{ a = 1, c = 2 }");
    assert_eq!(
        instances(before, after, &[]),
        "breaking: aws_subnet.private[\"c\"] is new, and nothing switches it off\n\
         breaking: aws_subnet.private[\"b\"] is gone, and an upgrade destroys it and all that it holds\n  \
         if it is aws_subnet.private[\"c\"] now, say so in the description:\n  \
         renamed {\n    from  = aws_subnet.private[\"b\"]\n    to    = aws_subnet.private[\"c\"]\n    since = \"…\"\n  }\n\
         a major version\n"
    );
    assert_eq!(
        instances(before, after, &[("b", "c")]),
        "internal: aws_subnet.private[\"b\"] is aws_subnet.private[\"c\"] now\na patch version\n"
    );
    assert_eq!(
        instances(before, "{ a = 1, b = 3 }", &[]),
        "breaking: aws_subnet.private[\"b\"] has another value: 3\na major version\n"
    );
    assert_eq!(
        instances("toset([\"a\", \"b\"])", "toset([\"b\", \"a\"])", &[]),
        "nothing changed for callers\na patch version\n"
    );
}
