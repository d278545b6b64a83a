//! What a module's files refer to: the attributes of each resource and data source.

use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::Body;
use hcl_edit::visit::{Visit, visit_traversal};
use std::collections::{BTreeMap, BTreeSet};

/// The attributes that are read, by kind: whether it is a data source, and its type.
#[derive(Debug, Default, Eq, PartialEq)]
pub struct References {
    /// Attributes by `(is a data source, type)`.
    pub attributes: BTreeMap<(bool, String), BTreeSet<String>>,
}

impl References {
    /// Takes in a file.
    pub fn add(&mut self, body: &Body) {
        for block in body.blocks() {
            if let (true, Some(kind)) = (["resource", "data"].contains(&block.ident.as_str()), block.labels.first()) {
                let key = (block.ident.as_str() == "data", kind.as_str().to_owned());
                self.attributes.entry(key).or_default();
            }
        }
        self.visit_body(body);
    }
}

impl Visit for References {
    fn visit_traversal(&mut self, traversal: &Traversal) {
        visit_traversal(self, traversal);
        let Expression::Variable(first) = &traversal.expr else { return };
        let names: Vec<&str> = traversal.operators.iter().filter_map(|operator| name(operator.value())).collect();
        match (first.as_str(), names.as_slice()) {
            ("data", [kind, _, attribute, ..]) => self.note(true, kind, attribute),
            ("var" | "local" | "module" | "each" | "self" | "path" | "terraform", _) => {}
            (kind, [_, attribute, ..]) => self.note(false, kind, attribute),
            _ => {}
        }
    }
}

impl References {
    fn note(&mut self, data: bool, kind: &str, attribute: &str) {
        self.attributes.entry((data, kind.to_owned())).or_default().insert(attribute.to_owned());
    }
}

fn name(operator: &TraversalOperator) -> Option<&str> {
    match operator {
        TraversalOperator::GetAttr(name) => Some(name.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_found_behind_indexes_and_inside_of_strings() {
        let text = r#"
            data "aws_partition" "this" {}
            resource "aws_iam_role" "this" { name = "x" }
            locals {
              a = "${data.aws_partition.this.partition}:x"
              b = [for key in aws_kms_key.this["main"].arn : key]
              c = var.tiers.a.b
            }
        "#;
        let mut references = References::default();
        references.add(&hcl_edit::parser::parse_body(text).unwrap());
        let found: Vec<String> =
            references.attributes.iter().map(|((data, kind), names)| format!("{data} {kind} {names:?}")).collect();
        assert_eq!(
            found,
            [r#"false aws_iam_role {}"#, r#"false aws_kms_key {"arn"}"#, r#"true aws_partition {"partition"}"#]
        );
    }
}
