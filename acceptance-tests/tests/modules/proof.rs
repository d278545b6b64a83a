//! What became of the modules and their variants in the hands of an engine.

use crate::calls::root;
use crate::variants::{modules, variants, write};
use acceptance_tests::binary;
use acceptance_tests::environment::repository;
use acceptance_tests::tool::{Kind, Tool};
use codegen::parallel;
use codegen::verify::{Catalog, Engine, Request, run};
use lab::machine::announce;
use std::path::PathBuf;
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Everything that one engine did with one set of trees.
pub struct Proof {
    scratch: TempDir,
    pub trees: Vec<Tree>,
}

/// One tree: a module with its examples, or a variant with its calls.
pub struct Tree {
    /// The module's name, or the variant's.
    pub name: String,
    /// Each step that succeeded, as `substrate test` tells it.
    pub steps: Vec<String>,
    /// What failed.
    pub problems: Vec<String>,
    time: Duration,
}

impl Proof {
    /// The plans of a tree as JSON, by file.
    pub fn plans(&self, tree: &Tree) -> PathBuf {
        self.scratch.path().join("plans").join(&tree.name)
    }
}

/// The modules as they are committed, with their own examples.
pub fn published(tool: &Tool) -> &'static Proof {
    static PROVEN: [OnceLock<Proof>; 2] = [const { OnceLock::new() }; 2];
    of_tool(&PROVEN, tool).get_or_init(|| {
        let scratch = scratch();
        let folders = modules().map(|module| &module.description.name);
        let trees = folders.map(|name| (name.clone(), repository().join("modules").join(name))).collect();
        prove("modules", tool, scratch, trees)
    })
}

/// Each variant that is not committed, with calls in the place of examples.
pub fn rendered(tool: &Tool) -> &'static Proof {
    static PROVEN: [OnceLock<Proof>; 2] = [const { OnceLock::new() }; 2];
    of_tool(&PROVEN, tool).get_or_init(|| {
        let scratch = scratch();
        let mut trees = Vec::new();
        for variant in variants().iter().filter(|variant| !variant.is_published()) {
            let mut files = variant.files();
            let root = root(variant, &files);
            files.retain(|file| !file.path.starts_with("examples") && !file.path.starts_with("tests"));
            files.extend(root);
            files.extend(variant.own_tests());
            let folder = scratch.path().join("variants").join(variant.name());
            write(&folder, &files);
            trees.push((variant.name(), folder));
        }
        prove("variants", tool, scratch, trees)
    })
}

fn of_tool<'a>(proven: &'a [OnceLock<Proof>; 2], tool: &Tool) -> &'a OnceLock<Proof> {
    &proven[usize::from(tool.kind == Kind::Tofu)]
}

fn scratch() -> TempDir {
    tempfile::Builder::new().prefix("substrate-modules-").tempdir().expect("a scratch directory can be made")
}

/// Takes each tree through its life, as many at a time as there are processors; one set of trees after the other.
fn prove(what: &str, tool: &Tool, scratch: TempDir, trees: Vec<(String, PathBuf)>) -> Proof {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock();
    let begin = Instant::now();
    let engine = Engine::new(&tool.path).unwrap_or_else(|problem| panic!("{problem}"));
    let catalog = Catalog::at_hand().unwrap_or_else(|problem| panic!("{problem}"));
    let standin = binary::standin();
    let plans = scratch.path().join("plans");
    let mut trees = parallel::map(&trees, |(name, folder)| {
        let plans = plans.join(name);
        let request = Request {
            folder,
            var_file: None,
            outputs: &[],
            engine: &engine,
            catalog: &catalog,
            standin: Some(standin),
            plans: Some(&plans),
        };
        live(name.clone(), &request)
    });
    drop(turn);
    trees.sort_by_key(|tree| std::cmp::Reverse(tree.time));
    let slowest = trees
        .first()
        .map_or_else(String::new, |tree| format!(", the slowest {} in {:.1} s", tree.name, tree.time.as_secs_f64()));
    let seconds = begin.elapsed().as_secs_f64();
    let count = trees.len();
    announce(&format!("{what} with {}: {count} in {seconds:.1} s{slowest}", tool.label()));
    Proof { scratch, trees }
}

fn live(name: String, request: &Request<'_>) -> Tree {
    let begin = Instant::now();
    let mut steps = Vec::new();
    let done = run(request, &mut |line| steps.push(line.to_owned()));
    let problems = done.err().into_iter().flatten().map(|problem| problem.to_string()).collect();
    Tree { name, steps, problems, time: begin.elapsed() }
}
