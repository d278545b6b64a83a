//! Orders that the providers ask for and no stand-in can show: what waits for what, by references and `depends_on`.

use crate::variants::variants;
use codegen::emit;
use hcl_edit::expr::{Expression, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body};
use hcl_edit::visit::{Visit, visit_traversal};
use std::collections::{BTreeMap, BTreeSet};

/// Module, the resource that waits, the one that it waits for.
const ORDERS: &[(&str, &str, &str)] = &[
    ("aurora", "aws_rds_cluster.this", "aws_cloudwatch_log_group.this"),
    ("aurora", "aws_rds_cluster_instance.this", "aws_iam_role_policy_attachment.monitoring"),
    ("aws-tfstate-bootstrap", "aws_s3_bucket_lifecycle_configuration.this", "aws_s3_bucket_versioning.this"),
    ("aws-tfstate-bootstrap", "aws_s3_bucket_ownership_controls.this", "aws_s3_bucket_public_access_block.this"),
    ("aws-tfstate-bootstrap", "aws_s3_bucket_policy.this", "aws_s3_bucket_ownership_controls.this"),
    ("aws-tfstate-bootstrap", "aws_s3_bucket_policy.this", "aws_s3_bucket_public_access_block.this"),
    ("eks", "aws_eks_cluster.this", "aws_cloudwatch_log_group.this"),
    ("eks", "aws_eks_cluster.this", "aws_iam_role_policy.encryption"),
    ("eks", "aws_eks_cluster.this", "aws_iam_role_policy_attachment.cluster"),
    ("eks", "aws_eks_node_group.this", "aws_eks_addon.before_compute"),
    ("eks", "aws_eks_node_group.this", "aws_iam_role_policy_attachment.node"),
    ("eks", "aws_eks_node_group.this", "aws_iam_role_policy_attachment.node_given"),
    ("eks", "aws_eks_addon.after_compute", "aws_eks_node_group.this"),
    ("eks", "aws_eks_addon.before_compute", "aws_iam_role_policy_attachment.pod"),
    ("eks", "aws_eks_pod_identity_association.autoscaler", "aws_iam_role_policy.autoscaler"),
    ("eks", "aws_eks_pod_identity_association.this", "aws_iam_role_policy_attachment.pod"),
    ("networking", "aws_flow_log.this", "aws_iam_role_policy.flow_logs"),
    ("networking", "aws_nat_gateway.this", "aws_internet_gateway.this"),
    ("networking", "aws_route_table_association.this", "aws_route.internet"),
    ("networking", "aws_route_table_association.this", "aws_route.nat"),
    ("s3", "aws_s3_bucket_lifecycle_configuration.this", "aws_s3_bucket_versioning.this"),
    ("s3", "aws_s3_bucket_object_lock_configuration.this", "aws_s3_bucket_versioning.this"),
    ("s3", "aws_s3_bucket_ownership_controls.this", "aws_s3_bucket_public_access_block.this"),
    ("s3", "aws_s3_bucket_policy.this", "aws_s3_bucket_ownership_controls.this"),
    ("s3", "aws_s3_bucket_policy.this", "aws_s3_bucket_public_access_block.this"),
    ("s3", "aws_s3_bucket_replication_configuration.this", "aws_iam_role_policy.replication"),
    ("s3", "aws_s3_bucket_replication_configuration.this", "aws_s3_bucket_versioning.this"),
];

/// What each object of a module names, by address: `aws_vpc.this`, `data.aws_region.this`, `local.zones`.
#[derive(Default)]
struct Graph(BTreeMap<String, BTreeSet<String>>);

impl Graph {
    fn of(texts: &[&str]) -> Self {
        let mut graph = Self::default();
        for text in texts {
            let body: Body = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
            body.blocks().for_each(|block| graph.add(block));
        }
        graph
    }

    fn add(&mut self, block: &Block) {
        let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
        match (block.ident.as_str(), labels.as_slice()) {
            ("resource", [kind, name]) => {
                self.0.insert(format!("{kind}.{name}"), Names::of(|names| names.visit_block(block)));
            }
            ("data", [kind, name]) => {
                self.0.insert(format!("data.{kind}.{name}"), Names::of(|names| names.visit_block(block)));
            }
            ("locals", []) => {
                for local in block.body.attributes() {
                    let named = Names::of(|names| names.visit_expr(&local.value));
                    self.0.insert(format!("local.{}", local.key.as_str()), named);
                }
            }
            _ => {}
        }
    }

    fn has(&self, address: &str) -> bool {
        self.0.contains_key(address)
    }

    /// Whether the second one is there before anything is done with the first one.
    fn waits(&self, one: &str, other: &str) -> bool {
        let mut seen = BTreeSet::new();
        let mut open = vec![one];
        while let Some(address) = open.pop() {
            for named in self.0.get(address).into_iter().flatten() {
                if named == other {
                    return true;
                }
                if seen.insert(named.as_str()) {
                    open.push(named);
                }
            }
        }
        false
    }

    /// The orders of a module that both of whose resources are there and that do not hold.
    fn missing<'a>(&self, orders: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<String> {
        let both = orders.filter(|(one, other)| self.has(one) && self.has(other));
        both.filter(|(one, other)| !self.waits(one, other))
            .map(|(one, other)| format!("{one} does not wait for {other}"))
            .collect()
    }
}

/// The names in an expression or a block, in two parts, or three where they begin with `data`.
#[derive(Default)]
struct Names(BTreeSet<String>);

impl Names {
    fn of(visit: impl FnOnce(&mut Self)) -> BTreeSet<String> {
        let mut names = Self::default();
        visit(&mut names);
        names.0
    }
}

impl Visit for Names {
    fn visit_traversal(&mut self, traversal: &Traversal) {
        if let Expression::Variable(root) = &traversal.expr {
            let parts = traversal.operators.iter().map_while(|operator| match operator.value() {
                TraversalOperator::GetAttr(part) => Some(part.as_str()),
                _ => None,
            });
            let count = if root.as_str() == "data" { 3 } else { 2 };
            let name: Vec<&str> = std::iter::once(root.as_str()).chain(parts).take(count).collect();
            self.0.insert(name.join("."));
        }
        visit_traversal(self, traversal);
    }
}

fn orders_of<'a>(module: &'a str) -> impl Iterator<Item = (&'static str, &'static str)> + 'a {
    ORDERS.iter().filter(move |(of, ..)| *of == module).map(|(_, one, other)| (*one, *other))
}

#[test]
fn what_must_wait_waits_in_every_variant() {
    let mut failures = Vec::new();
    let mut known = BTreeSet::new();
    for variant in variants() {
        let name = variant.module.description.name.as_str();
        let files = emit::configuration(variant.module, &variant.features);
        let files = files.unwrap_or_else(|problems| panic!("{} does not render: {problems:?}", variant.name()));
        let graph = Graph::of(&files.iter().map(|file| file.text.as_str()).collect::<Vec<_>>());
        failures.extend(graph.missing(orders_of(name)).iter().map(|missing| format!("{}: {missing}", variant.name())));
        if variant.is_published() {
            known.insert(name);
            let gone = orders_of(name).filter(|(one, other)| !graph.has(one) || !graph.has(other));
            failures.extend(gone.map(|(one, other)| format!("{name} has no {one} or no {other}: change the table")));
        }
    }
    let unknown = ORDERS.iter().filter(|(name, ..)| !known.contains(name));
    failures.extend(unknown.map(|(name, ..)| format!("there is no module {name}: change the table")));
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

const ATTACHED: &str = r#"
locals {
  arn = "${data.aws_iam_policy_document.this.json}-${aws_iam_role_policy_attachment.node["cni"].id}"
}

data "aws_iam_policy_document" "this" {}

resource "aws_iam_role_policy_attachment" "node" {
  role = "x"
}

resource "aws_launch_template" "this" {
  name = local.arn
}

resource "aws_eks_node_group" "this" {
  launch_template {
    id = [for name in ["x"] : aws_launch_template.this.id][0]
  }
}

resource "aws_eks_addon" "this" {
  addon_name = "aws_iam_role_policy_attachment.node"
  depends_on = [aws_eks_node_group.this]
}
"#;

#[test]
fn an_edge_that_is_missing_is_found() {
    let order = ("aws_eks_addon.this", "aws_iam_role_policy_attachment.node");
    let missing = |text: &str| Graph::of(&[text]).missing([order].into_iter());
    assert!(missing(ATTACHED).is_empty(), "through depends_on, a block, a resource, a local and a template");
    for (edge, other) in [
        ("depends_on = [aws_eks_node_group.this]", ""),
        ("aws_launch_template.this.id", "name"),
        ("local.arn", "var.name"),
        ("aws_iam_role_policy_attachment.node[\"cni\"].id", "var.id"),
    ] {
        let said = missing(&ATTACHED.replace(edge, other));
        assert_eq!(
            said,
            ["aws_eks_addon.this does not wait for aws_iam_role_policy_attachment.node"],
            "without {edge}"
        );
    }
}

#[test]
fn every_order_of_the_table_can_be_missed() {
    for variant in variants().iter().filter(|variant| variant.is_published()) {
        let files = emit::configuration(variant.module, &variant.features).expect("it renders");
        let texts: Vec<&str> = files.iter().map(|file| file.text.as_str()).collect();
        for (one, other) in orders_of(&variant.module.description.name) {
            let mut graph = Graph::of(&texts);
            graph.0.values_mut().for_each(|named| named.retain(|name| name != other));
            assert_eq!(
                graph.missing([(one, other)].into_iter()).len(),
                1,
                "{one} waits for {other} although nothing names it"
            );
        }
    }
}
