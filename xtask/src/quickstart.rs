//! `quickstart`: a real plan and apply against the lab's GitLab, from nothing.

use crate::api::Api;
use crate::command::{Arguments, Command};
use crate::progress::{self, Steps, build_provider};
use acceptance_tests::environment::repository;
use acceptance_tests::tool::{self, Tool};
use acceptance_tests::workdir::Workdir;
use anyhow::{Context as _, Result, anyhow, bail};
use lab::machine::on_path;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

/// The command.
pub const COMMAND: Command = Command {
    name: "quickstart",
    summary: "Builds the provider and applies examples/quickstart to a GitLab on loopback",
    help: "
Builds the provider, starts the lab's GitLab on a loopback port, and runs init, plan and apply on
examples/quickstart in a scratch directory, then plans again to show that nothing is left to change.
Nothing outside the scratch directory and `target` is written, and no real GitLab is called.

Options:
  --with TOOL  terraform, tofu, or the path of one of them
               (default: what is on the PATH, terraform first; else OpenTofu, built as a Go module)
  --keep       leave the scratch directory behind, to look at the state",
    run,
};

fn run(arguments: &mut Arguments) -> Result<()> {
    let with = arguments.value("--with")?;
    let keep = arguments.flag("--keep");
    arguments.finish()?;
    let begin = Instant::now();
    let mut steps = Steps::new(7);

    steps.next("looking for terraform or tofu");
    let tool = choose(with.as_deref())?;
    println!("      {} at {}", tool.label(), tool.path.display());

    steps.next("building the provider (dev profile; the first build compiles its dependencies)");
    let binary = build_provider("dev")?;

    steps.next("starting the lab's GitLab");
    let gitlab = lab::blocking::GitLab::start();
    println!("      {}", gitlab.api());

    // The estate's one secret travels in the environment and reaches neither the plan nor the state.
    let workdir = Workdir::with_mirror(&tool, &binary)
        .gitlab(&gitlab.api(), &gitlab.token)
        .env("TF_VAR_registry_password", "quickstart-only-registry-password");
    copy_example(&workdir)?;

    steps.next(&format!("{} init, in {}", tool.kind.name(), workdir.path().display()));
    show(&workdir, &["init"])?;
    steps.next(&format!("{} plan", tool.kind.name()));
    show(&workdir, &["plan", "-out=quickstart.plan"])?;
    steps.next(&format!("{} apply", tool.kind.name()));
    show(&workdir, &["apply", "quickstart.plan"])?;
    println!("\n      What GitLab answers when asked over HTTP:\n");
    print!("{}", progress::table(&inventory(&Api::new(&gitlab.api(), &gitlab.token)?)?));

    steps.next(&format!("{} plan, again", tool.kind.name()));
    show(&workdir, &["plan", "-detailed-exitcode"]).context("the second plan should be empty")?;

    println!("\nDone in {:.1} s.", begin.elapsed().as_secs_f64());
    println!("{FAREWELL}");
    if keep {
        println!("\nThe scratch directory is {}.", workdir.keep().display());
    }
    Ok(())
}

const FAREWELL: &str = "
The GitLab was the lab's, on loopback, and is gone now. With a real one:

  cargo xtask install                                        # once: puts the provider where init finds it
  cp -r examples/quickstart ~/gitlab-estate && cd ~/gitlab-estate
  export GITLAB_BASE_URL=https://gitlab.example.com/api/v4   # yours
  export GITLAB_TOKEN=glpat-…                                # a token with the scope `api`
  terraform init && terraform plan                           # or tofu; nothing changes before apply";

fn choose(with: Option<&str>) -> Result<Tool> {
    let found = match with {
        Some("terraform") => tool::terraform(),
        Some("tofu") => tool::tofu().or_else(|_| build()),
        Some(path) => Tool::at(PathBuf::from(path)),
        None if on_path("terraform").is_some() => tool::terraform(),
        None if on_path("tofu").is_some() => Tool::at(on_path("tofu").unwrap_or_default()),
        None => build(),
    };
    found.map_err(|reason| anyhow!(reason))
}

fn build() -> Result<Tool, String> {
    progress::alive("building OpenTofu", || tool::opentofu().ensure()).and_then(Tool::at)
}

fn copy_example(workdir: &Workdir) -> Result<()> {
    let example = repository().join("examples/quickstart");
    for entry in fs::read_dir(&example).with_context(|| format!("cannot read {}", example.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "tf")
            && let Some(name) = path.file_name()
        {
            workdir.file(&name.to_string_lossy(), &fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

fn show(workdir: &Workdir, arguments: &[&str]) -> Result<()> {
    let what = format!("{} {}", workdir.tool().kind.name(), arguments[0]);
    let status = progress::alive(&what, || workdir.command(arguments).status())?;
    if !status.success() {
        bail!("`{}` ended with {status}", what);
    }
    Ok(())
}

fn inventory(api: &Api) -> Result<Vec<Vec<String>>> {
    let mut rows = vec![row(&["KIND", "ID", "PATH", "DETAIL"])];
    for group in list(&api.get("/groups?per_page=100")?) {
        rows.push(row(&["group", &word(&group["id"]), &word(&group["full_path"]), &word(&group["visibility"])]));
        children(api, &mut rows, "groups", &group["id"], &word(&group["full_path"]))?;
    }
    for project in list(&api.get("/projects?per_page=100")?) {
        let path = word(&project["path_with_namespace"]);
        rows.push(row(&["project", &word(&project["id"]), &path, &word(&project["visibility"])]));
        children(api, &mut rows, "projects", &project["id"], &path)?;
    }
    Ok(rows)
}

fn children(api: &Api, rows: &mut Vec<Vec<String>>, collection: &str, id: &Value, path: &str) -> Result<()> {
    let url = format!("/{collection}/{}", word(id));
    // A project lists the labels of its groups too, unless it is told not to.
    for label in list(&api.get(&format!("{url}/labels?include_ancestor_groups=false"))?) {
        rows.push(row(&[
            "label",
            &word(&label["id"]),
            &format!("{path} {}", word(&label["name"])),
            &word(&label["color"]),
        ]));
    }
    for variable in list(&api.get(&format!("{url}/variables"))?) {
        let masked = if variable["masked"] == true { "masked" } else { "plain" };
        rows.push(row(&["variable", "", &format!("{path} {}", word(&variable["key"])), masked]));
    }
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn word(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}
