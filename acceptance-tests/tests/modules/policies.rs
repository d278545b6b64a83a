//! checkov on every plan: no finding but those that a description waives with a reason.

use crate::calls::calls;
use crate::proof::{Proof, published, rendered};
use crate::variants::{modules, variants};
use acceptance_tests::environment::isolate;
use acceptance_tests::tool::{checkov, tools};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// One plan of one call.
#[derive(Clone, Debug)]
struct Planned {
    module: String,
    /// The module or variant, and the example or call.
    title: String,
    /// The examples from which its values are.
    examples: Vec<String>,
}

/// One check that failed.
#[derive(Clone, Debug)]
struct Finding {
    planned: Planned,
    id: String,
    resource: String,
    /// What the check asks for, with a page about it where the checker names one.
    asks: String,
}

/// A waiver in a module's description.
#[derive(Clone, Debug)]
struct Waived {
    module: String,
    id: String,
    when: Vec<String>,
    place: String,
}

impl Waived {
    fn covers(&self, finding: &Finding) -> bool {
        let when = &self.when;
        let applies = when.is_empty() || finding.planned.examples.iter().any(|name| when.contains(name));
        self.module == finding.planned.module && self.id == finding.id && applies
    }
}

/// What nobody waived, and what is waived in vain.
fn judged(findings: &[Finding], waivers: &[Waived]) -> Vec<String> {
    let unwaived = findings.iter().filter(|finding| !waivers.iter().any(|waiver| waiver.covers(finding)));
    let mut problems: Vec<String> = unwaived
        .map(|Finding { planned, id, resource, asks }| format!("{}: {resource}: {id}: {asks}", planned.title))
        .collect();
    for waiver in waivers {
        let Waived { module, id, when, place } = waiver;
        let covered: Vec<&Finding> = findings.iter().filter(|finding| waiver.covers(finding)).collect();
        if covered.is_empty() {
            problems.push(format!("{place}: {module} waives {id}, which no plan fails"));
            continue;
        }
        let in_vain = when.iter().filter(|name| !covered.iter().any(|found| found.planned.examples.contains(name)));
        problems.extend(in_vain.map(|name| format!("{place}: {module} waives {id} in {name}, which does not fail it")));
    }
    problems
}

/// The plans in a folder of their own, each with one call, and what they are by the names of their files.
fn gathered(proofs: &[&Proof]) -> (TempDir, BTreeMap<String, Planned>) {
    let folder = tempfile::tempdir().expect("a scratch directory can be made");
    let mut gathered = BTreeMap::new();
    for (proof, tree) in proofs.iter().flat_map(|proof| proof.trees.iter().map(move |tree| (proof, tree))) {
        for entry in fs::read_dir(proof.plans(tree)).expect("the folder of plans can be read") {
            let path = entry.expect("the folder can be read").path();
            let plan: Value =
                serde_json::from_slice(&fs::read(&path).expect("the plan can be read")).expect("it is JSON");
            let example =
                path.file_stem().and_then(|stem| stem.to_str()?.strip_prefix("examples.")).expect("an example's");
            let labels = plan["configuration"]["root_module"]["module_calls"].as_object().expect("a root with calls");
            for label in labels.keys() {
                let name = format!("{}.{example}.{label}.json", tree.name);
                fs::write(folder.path().join(&name), only(&plan, label).to_string()).expect("the plan can be written");
                gathered.insert(name, planned(&tree.name, example, label));
            }
        }
    }
    (folder, gathered)
}

fn planned(tree: &str, example: &str, label: &str) -> Planned {
    match variants().iter().find(|variant| variant.name() == tree) {
        None => Planned {
            module: tree.to_owned(),
            title: format!("{tree}, example {example}"),
            examples: vec![example.to_owned()],
        },
        Some(variant) => {
            let call = calls(variant).into_iter().find(|call| call.label == *label).expect("the plan is of its calls");
            let title = format!("{tree}, {label} as in {}", call.examples.join(" and "));
            Planned { module: variant.module.description.name.clone(), title, examples: call.examples }
        }
    }
}

/// The plan of one call alone: two calls of a module have what checks look for together.
fn only(plan: &Value, label: &str) -> Value {
    let mut plan = plan.clone();
    let address = format!("module.{label}");
    let below = |value: &Value| {
        let found = value.as_str().unwrap_or_default();
        found.strip_prefix(&address).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    keep(&mut plan["planned_values"]["root_module"]["child_modules"], |child| below(&child["address"]));
    keep(&mut plan["resource_changes"], |change| below(&change["module_address"]));
    if let Some(calls) = plan["configuration"]["root_module"]["module_calls"].as_object_mut() {
        calls.retain(|name, _| name == label);
    }
    plan
}

fn keep(list: &mut Value, kept: impl Fn(&Value) -> bool) {
    if let Some(list) = list.as_array_mut() {
        list.retain(kept);
    }
}

/// What checkov says about a folder of plans.
fn checked(folder: &Path) -> Value {
    let python = checkov().ensure().unwrap_or_else(|error| panic!("{error}"));
    let mut command = Command::new(python);
    isolate(&mut command);
    command.args(["-m", "checkov.main", "--framework", "terraform_plan", "--skip-download", "--soft-fail"]);
    command.args(["--quiet", "--compact", "--output", "json", "--directory"]).arg(folder);
    // The user's own settings and account are elsewhere.
    command.env("HOME", folder).current_dir(folder);
    let output = command.output().expect("checkov starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "checkov ended with {}:\n{said}", output.status);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("checkov printed no JSON: {error}\n{said}"))
}

fn findings(report: &Value, plans: &BTreeMap<String, Planned>) -> Vec<Finding> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let failed = report["results"]["failed_checks"].as_array().expect("a report has a list of failed checks");
    let finding = |check: &Value| {
        let file = text(&check["file_path"]);
        let planned = plans.get(file.trim_start_matches('/'));
        let planned = planned.unwrap_or_else(|| panic!("checkov found {file}, which is no plan")).clone();
        let asks = match check["guideline"].as_str() {
            Some(page) => format!("{}: {page}", text(&check["check_name"])),
            None => text(&check["check_name"]),
        };
        Finding { planned, id: text(&check["check_id"]), resource: text(&check["resource"]), asks }
    };
    failed.iter().map(finding).collect()
}

#[test]
fn plans_fulfil_every_policy_that_is_not_waived() {
    let tool = &tools()[0];
    let (folder, plans) = gathered(&[published(tool), rendered(tool)]);
    let report = checked(folder.path());
    let summary = &report["summary"];
    assert_eq!(summary["parsing_errors"], 0, "{summary}");
    let passed = summary["passed"].as_u64().unwrap_or_default();
    assert!(passed > plans.len() as u64, "{} plans passed {passed} checks", plans.len());
    let of = |module: &'static codegen::module::Module| {
        let description = &module.description;
        description.waivers.iter().map(|waiver| Waived {
            module: description.name.clone(),
            id: waiver.id.clone(),
            when: waiver.when.clone(),
            place: waiver.place.to_string(),
        })
    };
    let waivers: Vec<Waived> = modules().flat_map(of).collect();
    let problems = judged(&findings(&report, &plans), &waivers);
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

#[test]
fn a_finding_without_a_waiver_and_a_waiver_without_a_finding_are_problems() {
    let planned = |example: &str| Planned {
        module: "s3".to_owned(),
        title: format!("s3, example {example}"),
        examples: vec![example.to_owned()],
    };
    let finding = |example: &str| Finding {
        planned: planned(example),
        id: "CKV_AWS_144".to_owned(),
        resource: "aws_s3_bucket.this".to_owned(),
        asks: "replication".to_owned(),
    };
    let waived = |module: &str, id: &str, when: &[&str]| Waived {
        module: module.to_owned(),
        id: id.to_owned(),
        when: when.iter().map(|name| (*name).to_owned()).collect(),
        place: "module.hcl:1:1".to_owned(),
    };
    let findings = [finding("minimal"), finding("media")];
    let judged = |waivers: &[Waived]| judged(&findings, waivers);
    assert!(judged(&[waived("s3", "CKV_AWS_144", &[])]).is_empty());
    assert!(judged(&[waived("s3", "CKV_AWS_144", &["minimal", "media"])]).is_empty());
    assert_eq!(
        judged(&[waived("s3", "CKV_AWS_144", &["minimal"])]),
        ["s3, example media: aws_s3_bucket.this: CKV_AWS_144: replication"]
    );
    assert_eq!(judged(&[waived("kms", "CKV_AWS_144", &[])]).len(), 3, "a waiver belongs to its module");
    let both = [waived("s3", "CKV_AWS_144", &[]), waived("s3", "CKV_AWS_1", &[])];
    assert_eq!(judged(&both), ["module.hcl:1:1: s3 waives CKV_AWS_1, which no plan fails"]);
    let too_many = judged(&[waived("s3", "CKV_AWS_144", &["minimal", "media", "records"])]);
    assert_eq!(too_many, ["module.hcl:1:1: s3 waives CKV_AWS_144 in records, which does not fail it"]);
}
