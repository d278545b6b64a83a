//! Estates: every fault is found in one run, and what is right becomes roots.

use crate::scratch::{Scratch, repository};
use expect_test::expect;
use std::fs;
use std::path::{Path, PathBuf};

const TWO_ROOTS: &str = r#"
estate: techally
tags: { Project: TechAlly, kubernetes.io/owner: "1" }
accounts:
  production: { id: 012345678901, role: "arn:aws:iam::012345678901:role/terraform" }
state: { kind: s3, bucket: techally-tfstate, region: us-east-1, prefix: production/ }
descriptions: own
roots:
  network-use1:
    account: production
    region: us-east-1
    modules:
      main:
        use: networking
        features: [nat]
        inputs:
          name: techally
          cidr: 10.0.0.0/16
          nat: per_zone
          tiers:
            public: { route: internet, zones: { us-east-1a: 10.0.1.0/24 }, tags: { kubernetes.io/role/elb: 1 } }
            private: { route: nat, zones: { us-east-1a: 10.0.10.0/24 } }
  cluster-use1:
    account: production
    region: us-east-1
    tags: { Project: Cluster }
    modules:
      main:
        use: cluster
        inputs:
          version: 1.30
          beta: yes
          size: 007
          subnet_ids: { from: network-use1.main.subnet_ids.private }
      second:
        use: cluster
        features: [logs]
        inputs:
          version: 1.31
          subnet_ids: { us-east-1a: { from: network-use1.main.subnet_ids.private.us-east-1a } }
          logs: { target: { from: cluster-use1.main.endpoint } }
"#;

const FAULTS: &str = r#"estate: techally
tag: { Project: TechAlly }
accounts:
  production: { id: 12345678901 }
state: { kind: s4, bucket: techally-tfstate }
roots:
  network:
    account: produktion
    region: us-east
    modules:
      main:
        use: networking
        features: [nta]
        inputs:
          name: techally
          name: twice
          cidr: [10.0.0.0/16]
          flow_logs: { bucket_arn: "arn:aws:s3:::logs" }
          tiers:
            public: { zones: { us-east-1a: 10.0.1.0/24 } }
      other:
        use: netwerking
  second:
    account: production
    region: us-east-1
    modules:
      main:
        use: networking
        inputs:
          cidr: { from: network.main.subnet_idz.public }
          tiers: { from: network.main.vpc_id }
"#;

const CLUSTER: &str = r#"
module "cluster" {
  summary   = "A cluster."
  providers = ["aws"]
}
input "version" {
  type        = string
  description = "Version."
}
input "beta" {
  type        = bool
  default     = false
  description = "Whether to use what is new."
}
input "size" {
  type        = number
  default     = 1
  description = "Size."
}
input "subnet_ids" {
  type        = map(string)
  description = "Subnets by zone."
}
feature "logs" {
  summary = "Logs."
  input "logs" {
    type        = object({ target = string })
    default     = null
    keys        = "static"
    description = "Where logs go."
  }
}
output "endpoint" {
  type        = string
  description = "Endpoint."
  value       = "https://${var.version}"
}
example "minimal" {
  inputs = { version = "1.30", subnet_ids = {} }
}
"#;

const CLUSTER_MAIN: &str = r#"
resource "terraform_data" "this" {
  input = { beta = var.beta, size = var.size, subnets = var.subnet_ids }
}
{{#feature "logs"}}

resource "terraform_data" "logs" {
  for_each = var.logs == null ? {} : { this = var.logs }

  input = each.value.target
}
{{/feature}}
"#;

fn two_roots() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("estate.yaml", TWO_ROOTS);
    scratch.write("own/cluster/module.hcl", CLUSTER);
    scratch.write("own/cluster/main.tf.hbs", CLUSTER_MAIN);
    scratch
}

#[test]
fn ten_faults_are_ten_errors_in_one_run() {
    let scratch = Scratch::new();
    scratch.write("estate.yaml", FAULTS);
    let errors = scratch.substrate(&["render"]).failed();
    expect![[r#"
        estate.yaml:2:1: an estate has no `tag`
          did you mean `tags`? allowed: accounts, descriptions, estate, roots, state, tags
        estate.yaml:4:21: `12345678901` is no account id
          an account id has twelve digits
        estate.yaml:5:16: there is no kind of state `s4`
          did you mean `s3`? allowed: local, s3
        estate.yaml:8:14: there is no account `produktion`
          did you mean `production`? allowed: production
        estate.yaml:9:13: `us-east` is no region
          a region is written like us-east-1
        estate.yaml:13:20: `networking` has no feature `nta`
          did you mean `nat`? allowed: nat, endpoints, flow_logs, security_groups, secondary_cidrs
        estate.yaml:16:11: the key `name` stands in line 15 already
        estate.yaml:17:17: `cidr` must be a string, not a list
          its type is string
        estate.yaml:18:11: `networking` has no input `flow_logs`
          it belongs to the feature `flow_logs`: write `features: [flow_logs]`
        estate.yaml:20:21: `tiers.public` needs `route`
        estate.yaml:22:14: there is no module `netwerking`
          did you mean `networking`? allowed: aurora, eks, kms, networking, s3
        estate.yaml:30:11: `networking` needs the input `name`
          Name of the VPC and the beginning of every other name. (string)
        estate.yaml:30:25: `networking` with the features of network.main has no output `subnet_idz`
          did you mean `subnet_ids`? allowed: vpc_id, cidr, subnet_ids, subnet_cidrs, route_table_ids
        estate.yaml:31:26: `network.main.vpc_id` is string; wanted is map(object({ route = string, zones = map(string), newbits = optional(number, 8), map_public_ip_on_launch = optional(bool, false), tags = optional(map(string), {}) }))
        14 problems
    "#]]
    .assert_eq(&errors);
    assert!(!scratch.exists("roots"), "nothing is written");
}

#[test]
fn scalars_are_what_the_declared_type_says() {
    let scratch = two_roots();
    scratch.substrate(&["render"]).done();
    expect![[r##"
        # Generated by substrate from estate.yaml; change that and run `substrate render`.

        module "main" {
          source = "./modules/cluster-main"

          version    = "1.30"
          beta       = true
          size       = 7
          subnet_ids = data.terraform_remote_state.network_use1.outputs.main_subnet_ids.private
        }

        module "second" {
          source = "./modules/cluster-second"

          version = "1.31"
          subnet_ids = {
            us-east-1a = data.terraform_remote_state.network_use1.outputs.main_subnet_ids.private.us-east-1a
          }
          logs = {
            target = module.main.endpoint
          }
        }
    "##]]
    .assert_eq(&scratch.read("roots/cluster-use1/main.tf"));
}

#[test]
fn a_root_has_backend_provider_and_what_it_takes_from_others() {
    let scratch = two_roots();
    scratch.substrate(&["render"]).done();
    let text: String = ["backend.tf", "data.tf", "providers.tf", "versions.tf"]
        .iter()
        .map(|name| scratch.read(&format!("roots/cluster-use1/{name}")))
        .collect();
    expect![[r##"
        # Generated by substrate from estate.yaml; change that and run `substrate render`.

        terraform {
          backend "s3" {
            bucket       = "techally-tfstate"
            key          = "production/cluster-use1/terraform.tfstate"
            region       = "us-east-1"
            encrypt      = true
            use_lockfile = true
          }
        }
        # Generated by substrate from estate.yaml; change that and run `substrate render`.

        data "terraform_remote_state" "network_use1" {
          backend = "s3"

          config = {
            bucket = "techally-tfstate"
            key    = "production/network-use1/terraform.tfstate"
            region = "us-east-1"
          }
        }
        # Generated by substrate from estate.yaml; change that and run `substrate render`.

        provider "aws" {
          region              = "us-east-1"
          allowed_account_ids = ["012345678901"]

          assume_role {
            role_arn = "arn:aws:iam::012345678901:role/terraform"
          }

          default_tags {
            tags = {
              Project               = "Cluster"
              "kubernetes.io/owner" = "1"
            }
          }
        }
        # Generated by substrate from estate.yaml; change that and run `substrate render`.

        terraform {
          required_version = ">= 1.11.0"

          required_providers {
            aws = {
              source  = "hashicorp/aws"
              version = ">= 6.25, < 7.0"
            }
          }
        }
    "##]]
    .assert_eq(&text);
}

#[test]
fn a_root_gives_every_output_of_its_modules() {
    let scratch = two_roots();
    scratch.substrate(&["render"]).done();
    expect![[r##"
        # Generated by substrate from estate.yaml; change that and run `substrate render`.

        output "main_cidr" {
          description = "IPv4 range of the VPC."
          value       = module.main.cidr
        }

        output "main_nat_addresses" {
          description = "Public addresses of the NAT gateways by zone."
          value       = module.main.nat_addresses
        }

        output "main_route_table_ids" {
          description = "Ids of the subnets' route tables by tier and zone."
          value       = module.main.route_table_ids
        }

        output "main_subnet_cidrs" {
          description = "IPv4 ranges of the subnets by tier and zone."
          value       = module.main.subnet_cidrs
        }

        output "main_subnet_ids" {
          description = "Subnet ids by tier and zone, once the subnets' routes stand."
          value       = module.main.subnet_ids
        }

        output "main_vpc_id" {
          description = "Id of the VPC."
          value       = module.main.vpc_id
        }
    "##]]
    .assert_eq(&scratch.read("roots/network-use1/outputs.tf"));
}

#[test]
fn a_copy_has_only_the_features_that_the_estate_names() {
    let scratch = two_roots();
    scratch.substrate(&["render"]).done();
    let copy = configuration(&scratch.path().join("roots/network-use1/modules/networking"));
    assert!(copy.contains("variable \"nat\"") && copy.contains("output \"nat_addresses\""), "{copy}");
    assert!(copy.contains("aws_nat_gateway") && !copy.contains("flow_log"), "{copy}");
    assert!(!scratch.exists("roots/network-use1/modules/networking/examples"), "a copy has no examples");
    let full = configuration(&repository().join("modules/networking"));
    let addresses =
        |text: &str| text.lines().filter(|line| line.starts_with("resource ")).map(str::to_owned).collect::<Vec<_>>();
    let (full, copy) = (addresses(&full), addresses(&copy));
    assert!(copy.len() < full.len() && copy.iter().all(|address| full.contains(address)), "addresses are the same");
}

/// All that Terraform reads of a folder, by the files' names.
fn configuration(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("the folder is rendered").map(|entry| entry.expect("an entry").path());
    let mut files: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "tf")).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).expect("the file can be read")).collect()
}

#[test]
fn calls_with_different_features_have_copies_of_their_own() {
    let scratch = two_roots();
    scratch.substrate(&["render"]).done();
    assert!(!scratch.read("roots/cluster-use1/modules/cluster-main/main.tf").contains("var.logs"));
    assert!(scratch.read("roots/cluster-use1/modules/cluster-second/main.tf").contains("var.logs"));
}

#[test]
fn roots_are_ordered_by_what_they_take() {
    let scratch = two_roots();
    assert_eq!(scratch.substrate(&["graph", "--order"]).done(), "network-use1\ncluster-use1\n");
    let page = {
        scratch.substrate(&["render"]).done();
        scratch.read("roots/README.md")
    };
    assert!(
        page.contains(
            "| [cluster-use1](cluster-use1) | production | us-east-1 | `cluster`, `cluster` | network-use1 |"
        ),
        "{page}"
    );
}

#[test]
fn the_picture_has_roots_modules_and_contracts() {
    let scratch = two_roots();
    let svg = scratch.substrate(&["graph"]).done();
    for part in [">network-use1<", ">main: networking + nat<", ">second: cluster + logs<", ">subnet_ids<", ">endpoint<"]
    {
        assert!(svg.contains(part), "{part} is missing in {svg}");
    }
    assert_eq!(svg, scratch.substrate(&["graph"]).done(), "the same estate gives the same picture");
    let tree: Result<Vec<_>, _> = svg.lines().map(|line| if line.is_empty() { Err(line) } else { Ok(line) }).collect();
    assert!(tree.is_ok() && svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
}

#[test]
fn what_decides_which_blocks_there_are_cannot_come_out_of_the_same_root() {
    let scratch = two_roots();
    let estate =
        TWO_ROOTS.replace("{ target: { from: cluster-use1.main.endpoint } }", "{ from: cluster-use1.main.logs }");
    scratch.write("estate.yaml", &estate);
    let output = "output \"logs\" {\n  type = object({ target = string })\n  description = \"Logs.\"\n  value = { target = var.version }\n}\n";
    scratch.write("own/cluster/module.hcl", &format!("{CLUSTER}{output}"));
    let errors = scratch.substrate(&["render"]).failed();
    assert!(errors.contains("`logs` must be known when planning and is made by the same root"), "{errors}");
}

#[test]
fn circles_are_refused() {
    let scratch = Scratch::new();
    let root = |from: &str| {
        format!(
            "account: production\n    region: us-east-1\n    modules:\n      main:\n        use: networking\n        inputs: {{ name: a, cidr: {{ from: {from}.main.vpc_id }}, tiers: {{}} }}\n"
        )
    };
    let estate = format!(
        "estate: e\naccounts: {{ production: {{ id: \"123456789012\" }} }}\nstate: {{ kind: local }}\nroots:\n  one:\n    {}  two:\n    {}  three:\n    {}",
        root("two"),
        root("one"),
        root("three")
    );
    scratch.write("estate.yaml", &estate);
    let errors = scratch.substrate(&["render"]).failed();
    expect![[r#"
        estate.yaml:5:3: the roots `one` and `two` take values from each other
          one of them must be applied first
        estate.yaml:12:3: the roots `two` and `one` take values from each other
          one of them must be applied first
        estate.yaml:23:7: in the root `three` the modules `main` take values in a circle
        3 problems
    "#]]
    .assert_eq(&errors);
}

#[test]
fn a_root_that_is_not_enabled_is_not_rendered() {
    let scratch = two_roots();
    scratch.substrate(&["render"]).done();
    assert!(scratch.exists("roots/cluster-use1/main.tf"));
    scratch.write("estate.yaml", &TWO_ROOTS.replace("tags: { Project: Cluster }", "enabled: no"));
    scratch.substrate(&["render"]).done();
    assert!(!scratch.exists("roots/cluster-use1"), "what was rendered for it is gone");
    assert!(scratch.exists("roots/network-use1/main.tf"));
}

#[test]
fn the_schema_for_editors_accepts_what_render_accepts() {
    let scratch = two_roots();
    let schema: serde_json::Value =
        serde_json::from_str(&scratch.substrate(&["schema", "--estate"]).done()).expect("the schema is JSON");
    let module = &schema["$defs"]["module"];
    let names: Vec<&str> = module["properties"]["use"]["enum"]
        .as_array()
        .expect("names")
        .iter()
        .filter_map(|name| name.as_str())
        .collect();
    assert!(names.contains(&"networking") && names.contains(&"cluster"), "the estate's own modules too: {names:?}");
    let number = names.iter().position(|name| *name == "networking").expect("the name is there");
    let networking = &module["allOf"][number];
    assert_eq!(networking["if"]["properties"]["use"]["const"], "networking");
    let then = &networking["then"]["properties"];
    assert_eq!(
        then["features"]["items"]["enum"],
        serde_json::json!(["nat", "endpoints", "flow_logs", "security_groups", "secondary_cidrs"])
    );
    assert_eq!(then["inputs"]["required"], serde_json::json!(["name", "cidr", "tiers"]));
    assert_eq!(then["inputs"]["additionalProperties"], false);
}
