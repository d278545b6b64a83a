//! A root of an estate: backend, provider, calls of its modules, what it takes from other roots, what it gives.

use super::code::{Writer, is_identifier, quote};
use super::module::{Form, module};
use super::variable::no_variables;
use super::version::versions;
use crate::estate::{Call, Estate, Reference, Root, State};
use crate::module::Provider;
use crate::problem::Problem;
use crate::rendered::Rendered;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// The files of a root, its copies of modules included, paths below the root's folder.
///
/// # Errors
/// What is wrong in the templates of its modules.
pub fn root(estate: &Estate, root: &Root) -> Result<Vec<Rendered>, Vec<Problem>> {
    let copies = copies(root);
    let mut problems = Vec::new();
    let used = all_providers(root);
    let mut files = vec![backend(estate, root), main(estate, root, &copies), outputs(estate, root)];
    files.extend(remote_states(estate, root));
    files.push(no_variables(&estate.file, "root"));
    files.push(versions(&estate.file, &lowest_terraform(root), &used));
    if used.iter().any(|provider| provider.name == "aws") {
        files.push(providers(estate, root));
    }
    let mut written = BTreeSet::new();
    for call in &root.calls {
        let (Some(folder), Some(described)) =
            (copies.get(call.name.as_str()), estate.library.get(&call.description.name))
        else {
            continue;
        };
        if !written.insert(folder) {
            continue;
        }
        let features: Vec<&str> = call.features.iter().map(String::as_str).collect();
        match module(described, &features, &Form::Copy(estate.file.clone())) {
            Ok(copy) => files.extend(copy.into_iter().map(|file| file.below(&PathBuf::from("modules").join(folder)))),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

/// The folder of each call's module copy: one for all calls of a module, unless they use different features.
pub fn copies(root: &Root) -> BTreeMap<&str, String> {
    let folder = |call: &Call| {
        let same: Vec<&Call> =
            root.calls.iter().filter(|other| other.description.name == call.description.name).collect();
        if same.iter().all(|other| other.features == call.features) {
            return call.description.name.clone();
        }
        let first = same.iter().find(|other| other.features == call.features).map_or(&call.name, |other| &other.name);
        format!("{}-{first}", call.description.name)
    };
    root.calls.iter().map(|call| (call.name.as_str(), folder(call))).collect()
}

fn all_providers(root: &Root) -> Vec<Provider> {
    let mut providers: Vec<Provider> = Vec::new();
    for provider in root.calls.iter().flat_map(|call| &call.description.providers) {
        if !providers.iter().any(|known| known.name == provider.name) {
            providers.push(provider.clone());
        }
    }
    providers
}

fn lowest_terraform(root: &Root) -> String {
    let numbers = |version: &str| version.split('.').map(|part| part.parse().unwrap_or(0)).collect::<Vec<u32>>();
    let versions = root.calls.iter().map(|call| call.description.terraform.as_str());
    versions.max_by_key(|version| numbers(version)).unwrap_or("1.11.0").to_owned()
}

fn backend(estate: &Estate, root: &Root) -> Rendered {
    let mut writer = Writer::new(&estate.file);
    writer.from(&root.place).line("terraform {");
    match &root.state {
        State::Local => {
            writer.line("backend \"local\" {}");
        }
        State::S3 { kms_key_id, .. } => {
            writer.line("backend \"s3\" {").line(location(&root.state, &root.name));
            // Without a key, `encrypt` would ask for AES256 in the place of what the bucket does by itself.
            if let Some(key) = kms_key_id {
                writer.line("encrypt = true").line(format!("kms_key_id = {}", quote(key)));
            }
            writer.line("use_lockfile = true").line("}");
        }
    }
    writer.line("}");
    writer.finish("backend.tf")
}

/// Where a root's state is, as arguments of a backend.
fn location(state: &State, root: &str) -> String {
    match state {
        State::Local => format!("path = {}", quote(&format!("../{root}/terraform.tfstate"))),
        State::S3 { bucket, region, prefix, role, .. } => {
            let key = quote(&format!("{prefix}{root}/terraform.tfstate"));
            let role = role.iter().map(|role| format!("\nassume_role = {{ role_arn = {} }}", quote(role)));
            let place = format!("bucket = {}\nkey = {key}\nregion = {}", quote(bucket), quote(region));
            role.fold(place, |place, role| place + &role)
        }
    }
}

fn providers(estate: &Estate, root: &Root) -> Rendered {
    let mut writer = Writer::new(&estate.file);
    writer.from(&root.place).line("provider \"aws\" {").line(format!("region = {}", quote(&root.region)));
    writer.line(format!("allowed_account_ids = [{}]", quote(&root.account.id)));
    if let Some(role) = &root.account.role {
        writer.line("").line("assume_role {").line(format!("role_arn = {}", quote(role))).line("}");
    }
    if !root.tags.is_empty() {
        writer.line("").line("default_tags {").line("tags = {");
        for (name, value) in &root.tags {
            let name = if is_identifier(name) { name.clone() } else { quote(name) };
            writer.line(format!("{name} = {}", quote(value)));
        }
        writer.line("}").line("}");
    }
    writer.line("}");
    writer.finish("providers.tf")
}

fn main(estate: &Estate, root: &Root, copies: &BTreeMap<&str, String>) -> Rendered {
    let mut writer = Writer::new(&estate.file);
    for (number, call) in root.calls.iter().enumerate() {
        writer.from(&call.place);
        if number > 0 {
            writer.line("");
        }
        let folder = copies.get(call.name.as_str()).map_or(&call.description.name, |folder| folder);
        writer.line(format!("module \"{}\" {{", call.name)).line(format!("source = \"./modules/{folder}\"")).line("");
        for argument in &call.inputs {
            let value = argument.value.expression(&|reference| expression(root, reference));
            writer.from(&argument.place).line(format!("{} = {value}", argument.name));
        }
        writer.line("}");
    }
    writer.finish("main.tf")
}

/// A reference as HCL: an output of a module beside, or of another root's state.
fn expression(root: &Root, reference: &Reference) -> String {
    let Reference { call, output, .. } = reference;
    let mut expression = if reference.root == root.name {
        format!("module.{call}.{output}")
    } else {
        format!("data.terraform_remote_state.{}.outputs.{call}_{output}", label(&reference.root))
    };
    for part in &reference.path {
        expression.push_str(&match part {
            number if number.parse::<usize>().is_ok() => format!("[{number}]"),
            name if is_identifier(name) => format!(".{name}"),
            other => format!("[{}]", quote(other)),
        });
    }
    expression
}

fn label(root: &str) -> String {
    root.replace('-', "_")
}

/// `data.tf`, where the root takes values from others.
fn remote_states(estate: &Estate, root: &Root) -> Option<Rendered> {
    let dependencies = estate.dependencies();
    let others = dependencies.get(root.name.as_str()).filter(|others| !others.is_empty())?;
    let mut writer = Writer::new(&estate.file);
    writer.from(&root.place);
    for (number, other) in others.iter().filter_map(|name| estate.root(name)).enumerate() {
        if number > 0 {
            writer.line("");
        }
        let kind = if other.state == State::Local { "local" } else { "s3" };
        writer.line(format!("data \"terraform_remote_state\" \"{}\" {{", label(&other.name)));
        writer.line(format!("backend = \"{kind}\"")).line("").line("config = {");
        writer.line(location(&other.state, &other.name));
        writer.line("}").line("}");
    }
    Some(writer.finish("data.tf"))
}

/// All outputs of all modules: what other roots and other programs can rely on.
fn outputs(estate: &Estate, root: &Root) -> Rendered {
    let mut writer = Writer::new(&estate.file);
    let mut first = true;
    for call in &root.calls {
        let mut outputs: Vec<_> = call.description.outputs.iter().collect();
        outputs.sort_by_key(|output| &output.name);
        for output in outputs {
            writer.from(&call.place);
            if !first {
                writer.line("");
            }
            first = false;
            writer.line(format!("output \"{}_{}\" {{", call.name, output.name));
            writer.line(format!("description = {}", quote(&output.description)));
            writer.line(format!("value = module.{}.{}", call.name, output.name));
            if output.sensitive {
                writer.line("sensitive = true");
            }
            writer.line("}");
        }
    }
    writer.finish("outputs.tf")
}
