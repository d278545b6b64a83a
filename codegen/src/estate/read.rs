//! From `estate.yaml` to an estate: every check, every problem at once.

use super::fields::{allow, entries, find, flag, name, required, text, texts};
use super::node::{Content, Key, Node};
use super::reference::Targets;
use super::value::Values;
use super::{Account, Argument, Call, Estate, Root, State, Value};
use crate::module::{Description, Input, Library};
use crate::problem::{Place, Problem};
use std::fs;
use std::path::Path;

/// The name of an estate's file.
pub const FILE: &str = "estate.yaml";

/// Reads the estate of a folder; its own descriptions go before those of `library`.
///
/// # Errors
/// Everything that is wrong in the file, in the order of its lines.
pub fn read(folder: &Path, library: &Library) -> Result<Estate, Vec<Problem>> {
    let file = folder.join(FILE);
    let source = fs::read_to_string(&file)
        .map_err(|error| vec![Problem::new(format!("cannot read {}: {error}", file.display()))])?;
    let mut problems = Vec::new();
    let tree = Node::parse(&file, &source, &mut problems).map_err(|problem| vec![problem])?;
    let mut reader = Reader { problems, library: library.clone() };
    let estate = reader.estate(folder, &tree);
    reader.problems.sort();
    reader.problems.dedup();
    match estate {
        Some(estate) if reader.problems.is_empty() => Ok(estate),
        _ => Err(reader.problems),
    }
}

/// The modules that the estate of a folder can use; `library` as it is where there is no estate.
///
/// # Errors
/// What cannot be read, and what is wrong in the estate's own descriptions.
pub fn usable(folder: &Path, library: &Library) -> Result<Library, Vec<Problem>> {
    let file = folder.join(FILE);
    if !file.is_file() {
        return Ok(library.clone());
    }
    let source = fs::read_to_string(&file)
        .map_err(|error| vec![Problem::new(format!("cannot read {}: {error}", file.display()))])?;
    let tree = Node::parse(&file, &source, &mut Vec::new()).map_err(|problem| vec![problem])?;
    let mut reader = Reader { problems: Vec::new(), library: library.clone() };
    if let Content::Map(fields) = &tree.content {
        reader.descriptions(folder, fields);
    }
    if reader.problems.is_empty() { Ok(reader.library) } else { Err(reader.problems) }
}

struct Reader {
    problems: Vec<Problem>,
    library: Library,
}

/// A call whose inputs are not checked yet.
struct Draft<'a> {
    key: &'a Key,
    description: Option<Description>,
    features: Vec<String>,
    inputs: Option<&'a Node>,
}

/// A root whose calls are not checked yet.
struct RootDraft<'a> {
    key: &'a Key,
    account: Option<Account>,
    region: Option<String>,
    tags: Vec<(String, String)>,
    state: Option<State>,
    calls: Vec<Draft<'a>>,
}

impl Reader {
    fn estate(&mut self, folder: &Path, tree: &Node) -> Option<Estate> {
        let fields = entries(&mut self.problems, tree, "an estate")?;
        allow(
            &mut self.problems,
            fields,
            "an estate",
            &["accounts", "descriptions", "estate", "roots", "state", "tags"],
        );
        self.descriptions(folder, fields);
        let title = required(&mut self.problems, fields, &tree.place, "an estate", "estate");
        let title = title.and_then(|node| text(&mut self.problems, node, "`estate`"));
        let tags = find(fields, "tags").map(|node| texts(&mut self.problems, node, "`tags`")).unwrap_or_default();
        let accounts = self.accounts(fields, tree);
        let state = required(&mut self.problems, fields, &tree.place, "an estate", "state");
        let kept = state.and_then(|node| self.state(node));
        let roots = required(&mut self.problems, fields, &tree.place, "an estate", "roots");
        let roots = roots.and_then(|node| entries(&mut self.problems, node, "`roots`")).unwrap_or_default();
        let drafts: Vec<RootDraft<'_>> =
            roots.iter().filter_map(|(key, node)| self.root(key, node, &accounts, &tags)).collect();
        self.told_apart(&drafts);
        let targets = targets(&drafts);
        if let Some(node) = state {
            self.state_root(node, &targets);
        }
        let drafts = drafts.into_iter();
        let mut roots: Vec<Root> = drafts.filter_map(|draft| self.finish(draft, kept.as_ref(), &targets)).collect();
        roots.sort_by(|one, other| one.name.cmp(&other.name));
        let library = self.library.clone();
        let estate = Estate { name: title?, file: FILE.into(), tags, state: kept?, roots, library };
        estate.circles(&mut self.problems);
        Some(estate)
    }

    fn descriptions(&mut self, folder: &Path, fields: &[(Key, Node)]) {
        let Some(node) = find(fields, "descriptions") else { return };
        let Some(path) = text(&mut self.problems, node, "`descriptions`") else { return };
        if !folder.join(&path).is_dir() {
            let problem = Problem::at(node.place.clone(), format!("there is no folder `{path}`"));
            return self
                .problems
                .push(problem.hint("`descriptions` names a folder of modules, seen from the estate's own"));
        }
        match Library::folder(folder, Path::new(&path)) {
            Ok(own) => self.library = own.over(&self.library),
            Err(found) => self.problems.extend(found),
        }
    }

    fn accounts(&mut self, fields: &[(Key, Node)], tree: &Node) -> Vec<Account> {
        let node = required(&mut self.problems, fields, &tree.place, "an estate", "accounts");
        let accounts = node.and_then(|node| entries(&mut self.problems, node, "`accounts`")).unwrap_or_default();
        accounts.iter().filter_map(|(key, node)| self.account(key, node)).collect()
    }

    fn account(&mut self, key: &Key, node: &Node) -> Option<Account> {
        let what = format!("the account `{}`", key.name);
        let fields = entries(&mut self.problems, node, &what)?;
        allow(&mut self.problems, fields, &what, &["id", "role"]);
        let role = find(fields, "role").and_then(|node| text(&mut self.problems, node, "`role`"));
        let id = required(&mut self.problems, fields, &node.place, &what, "id");
        let id = id.and_then(|node| self.account_id(node)).unwrap_or_default();
        Some(Account { name: key.name.clone(), id, role })
    }

    /// An account with a wrong id is still an account that roots can name.
    fn account_id(&mut self, node: &Node) -> Option<String> {
        let id = text(&mut self.problems, node, "`id`")?;
        if id.len() != 12 || !id.chars().all(|letter| letter.is_ascii_digit()) {
            let problem = Problem::at(node.place.clone(), format!("`{id}` is no account id"));
            self.problems.push(problem.hint("an account id has twelve digits"));
        }
        Some(id)
    }

    fn state(&mut self, node: &Node) -> Option<State> {
        let fields = entries(&mut self.problems, node, "`state`")?;
        let kind_node = required(&mut self.problems, fields, &node.place, "`state`", "kind")?;
        let kind = text(&mut self.problems, kind_node, "`kind`")?;
        match kind.as_str() {
            "local" => {
                allow(&mut self.problems, fields, "the state `local`", &["kind"]);
                Some(State::Local)
            }
            "s3" => {
                let allowed = ["bucket", "kind", "kms_key_id", "prefix", "region", "role", "root"];
                allow(&mut self.problems, fields, "the state `s3`", &allowed);
                let bucket = required(&mut self.problems, fields, &node.place, "the state `s3`", "bucket");
                let region = required(&mut self.problems, fields, &node.place, "the state `s3`", "region");
                let mut optional = |name: &str| {
                    find(fields, name).and_then(|node| text(&mut self.problems, node, &format!("`{name}`")))
                };
                let (prefix, kms_key_id) = (optional("prefix").unwrap_or_default(), optional("kms_key_id"));
                let (role, root) = (optional("role"), optional("root"));
                if let Some(node) = find(fields, "prefix").filter(|_| !prefix.is_empty() && !prefix.ends_with('/')) {
                    let problem =
                        Problem::at(node.place.clone(), format!("the prefix `{prefix}` does not end with `/`"));
                    self.problems.push(problem.hint("the keys of states are the prefix, the root's name and a file"));
                }
                let bucket = bucket.and_then(|node| text(&mut self.problems, node, "`bucket`"));
                let region = region.and_then(|node| self.region(node));
                Some(State::S3 { bucket: bucket?, region: region?, prefix, kms_key_id, role, root })
            }
            other => {
                let problem = Problem::at(kind_node.place.clone(), format!("there is no kind of state `{other}`"));
                self.problems.push(problem.names(other, ["local", "s3"]));
                None
            }
        }
    }

    fn region(&mut self, node: &Node) -> Option<String> {
        let region = text(&mut self.problems, node, "`region`")?;
        let parts: Vec<&str> = region.split('-').collect();
        let words = |part: &&str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_lowercase());
        let fits = match parts.as_slice() {
            [words_part @ .., number] => {
                words_part.len() >= 2 && words_part.iter().all(words) && number.parse::<u8>().is_ok()
            }
            [] => false,
        };
        if !fits {
            let problem = Problem::at(node.place.clone(), format!("`{region}` is no region"));
            self.problems.push(problem.hint("a region is written like us-east-1"));
        }
        Some(region)
    }

    fn root<'a>(
        &mut self,
        key: &'a Key,
        node: &'a Node,
        accounts: &[Account],
        tags: &[(String, String)],
    ) -> Option<RootDraft<'a>> {
        let what = format!("the root `{}`", key.name);
        name(&mut self.problems, key, "a root", true);
        let fields = entries(&mut self.problems, node, &what)?;
        allow(&mut self.problems, fields, &what, &["account", "enabled", "modules", "region", "state", "tags"]);
        let account = required(&mut self.problems, fields, &key.place, &what, "account");
        let account = account.and_then(|node| self.account_of(node, accounts));
        let region = required(&mut self.problems, fields, &key.place, &what, "region");
        let region = region.and_then(|node| self.region(node));
        let mut all = find(fields, "tags").map(|node| texts(&mut self.problems, node, "`tags`")).unwrap_or_default();
        all.extend(
            tags.iter().filter(|(name, _)| !all.iter().any(|(own, _)| own == name)).cloned().collect::<Vec<_>>(),
        );
        all.sort();
        let state = find(fields, "state").and_then(|node| self.own_state(node));
        let enabled = find(fields, "enabled").and_then(|node| flag(&mut self.problems, node, "`enabled`"));
        let modules = required(&mut self.problems, fields, &key.place, &what, "modules");
        let modules = modules.and_then(|node| entries(&mut self.problems, node, "`modules`")).unwrap_or_default();
        let calls = modules.iter().filter_map(|(key, node)| self.call(key, node)).collect();
        (enabled != Some(false)).then_some(RootDraft { key, account, region, tags: all, state, calls })
    }

    /// Where a root keeps its state if not where the others do.
    fn own_state(&mut self, node: &Node) -> Option<State> {
        let kind = text(&mut self.problems, node, "`state`")?;
        if kind == "local" {
            return Some(State::Local);
        }
        let problem = Problem::at(node.place.clone(), format!("a root cannot have the state `{kind}`"));
        self.problems.push(problem.hint("write `state: local`, or nothing for the state of the estate"));
        None
    }

    /// Terraform's names of roots have `_` for `-`, and each is the name of one root.
    fn told_apart(&mut self, drafts: &[RootDraft<'_>]) {
        let mut seen: Vec<(String, &Key)> = Vec::new();
        for RootDraft { key, .. } in drafts {
            let label = key.name.replace('-', "_");
            if let Some((_, other)) = seen.iter().find(|(taken, _)| *taken == label) {
                let text = format!("the roots `{}` and `{}` differ in `-` and `_` only", other.name, key.name);
                self.problems.push(Problem::at(key.place.clone(), text).hint("give one of them another name"));
            }
            seen.push((label, key));
        }
    }

    /// What is said to make the bucket for the states must be a root.
    fn state_root(&mut self, state: &Node, targets: &Targets) {
        let Content::Map(fields) = &state.content else { return };
        let Some(Node { content: Content::Text(name), place }) = find(fields, "root") else { return };
        if !targets.contains_key(name) {
            let problem = Problem::at(place.clone(), format!("there is no root `{name}`"));
            self.problems.push(problem.names(name, targets.keys().map(String::as_str)));
        }
    }

    fn account_of(&mut self, node: &Node, accounts: &[Account]) -> Option<Account> {
        let name = text(&mut self.problems, node, "`account`")?;
        let found = accounts.iter().find(|account| account.name == name).cloned();
        if found.is_none() {
            let problem = Problem::at(node.place.clone(), format!("there is no account `{name}`"));
            self.problems.push(problem.names(&name, accounts.iter().map(|account| account.name.as_str())));
        }
        found
    }

    fn call<'a>(&mut self, key: &'a Key, node: &'a Node) -> Option<Draft<'a>> {
        let what = format!("the module `{}`", key.name);
        name(&mut self.problems, key, "a module of a root", false);
        let fields = entries(&mut self.problems, node, &what)?;
        allow(&mut self.problems, fields, &what, &["features", "inputs", "use"]);
        let inputs = find(fields, "inputs");
        let used = required(&mut self.problems, fields, &key.place, &what, "use");
        let Some(description) = used.and_then(|node| self.used(node)) else {
            return Some(Draft { key, description: None, features: Vec::new(), inputs });
        };
        let features = find(fields, "features").map(|node| self.features(node, &description)).unwrap_or_default();
        let names: Vec<&str> = features.iter().map(String::as_str).collect();
        Some(Draft { key, description: Some(description.pruned(&names)), features, inputs })
    }

    fn used(&mut self, node: &Node) -> Option<Description> {
        let name = text(&mut self.problems, node, "`use`")?;
        let found = self.library.get(&name).map(|module| module.description.clone());
        if found.is_none() {
            let problem = Problem::at(node.place.clone(), format!("there is no module `{name}`"));
            self.problems.push(problem.names(&name, self.library.names()));
        }
        found
    }

    fn features(&mut self, node: &Node, description: &Description) -> Vec<String> {
        let Content::List(nodes) = &node.content else {
            let text = format!("`features` must be a list of names, not {}", node.noun());
            self.problems.push(Problem::at(node.place.clone(), text));
            return Vec::new();
        };
        let known = description.feature_names();
        let mut named = Vec::new();
        for node in nodes {
            let Some(name) = text(&mut self.problems, node, "a feature") else { continue };
            if known.contains(&name.as_str()) {
                named.push(name);
            } else {
                let text = format!("`{}` has no feature `{name}`", description.name);
                self.problems.push(Problem::at(node.place.clone(), text).names(&name, known.iter().copied()));
            }
        }
        let mut features = Vec::new();
        for feature in description.features.iter().filter(|feature| named.contains(&feature.name)) {
            for missing in feature.requires.iter().filter(|required| !named.contains(required)) {
                let text = format!("the feature `{}` requires the feature `{missing}`", feature.name);
                self.problems.push(Problem::at(node.place.clone(), text).hint("name it too"));
            }
            features.push(feature.name.clone());
        }
        features
    }

    fn finish(&mut self, draft: RootDraft<'_>, state: Option<&State>, targets: &Targets) -> Option<Root> {
        let root = &draft.key.name;
        let calls: Vec<Option<Call>> = draft.calls.iter().map(|call| self.inputs(root, call, targets)).collect();
        let mut calls: Vec<Call> = calls.into_iter().flatten().collect();
        calls.sort_by(|one, other| one.name.cmp(&other.name));
        Some(Root {
            name: draft.key.name.clone(),
            place: draft.key.place.clone(),
            account: draft.account?,
            region: draft.region?,
            tags: draft.tags,
            state: draft.state.or_else(|| state.cloned())?,
            calls,
        })
    }

    fn inputs(&mut self, root: &str, draft: &Draft<'_>, targets: &Targets) -> Option<Call> {
        let description = draft.description.clone()?;
        let given = match draft.inputs {
            Some(node) => entries(&mut self.problems, node, "`inputs`")?,
            None => &[],
        };
        let mut inputs = Vec::new();
        for (key, node) in given {
            if let Some(value) = self.input(&description, key, node, targets) {
                self.known_keys(root, description.input(&key.name), &value);
                inputs.push(Argument { name: key.name.clone(), place: key.place.clone(), value });
            }
        }
        let place = draft.inputs.map_or(&draft.key.place, |node| &node.place);
        for input in description.inputs.iter().filter(|input| input.default.is_none()) {
            if find(given, &input.name).is_none() {
                let text = format!("`{}` needs the input `{}`", description.name, input.name);
                self.problems
                    .push(Problem::at(place.clone(), text).hint(format!("{} ({})", input.description, input.shape)));
            }
        }
        let (name, place) = (draft.key.name.clone(), draft.key.place.clone());
        Some(Call { name, place, description, features: draft.features.clone(), inputs })
    }

    fn input(&mut self, description: &Description, key: &Key, node: &Node, targets: &Targets) -> Option<Value> {
        let Some(input) = description.input(&key.name) else {
            self.unknown_input(description, key);
            return None;
        };
        if node.content == Content::Null {
            if input.nullable {
                return Some(Value::Null);
            }
            let problem = Problem::at(null_place(key, node), format!("`{}` cannot be null", input.name));
            self.problems.push(problem.hint(format!("its type is {}", input.shape)));
            return None;
        }
        Values { targets, problems: &mut self.problems }.value(node, &input.shape, &input.name)
    }

    /// What decides which blocks there are has to be known when planning, so it cannot come out of the same apply.
    fn known_keys(&mut self, root: &str, input: Option<&Input>, value: &Value) {
        let Some(input) = input.filter(|input| input.static_keys) else { return };
        let whole = matches!(value, Value::Reference(_));
        for reference in value.references().into_iter().filter(|reference| reference.root == root) {
            if whole || !reference.is_single {
                let text = format!("`{}` must be known when planning and is made by the same root", input.name);
                let problem = Problem::at(reference.place.clone(), text);
                self.problems.push(problem.hint("write its keys here, or take it from a root that is applied before"));
            }
        }
    }

    fn unknown_input(&mut self, description: &Description, key: &Key) {
        let module = self.library.get(&description.name);
        let feature = module.and_then(|module| module.description.input(&key.name)?.feature.clone());
        let problem = Problem::at(key.place.clone(), format!("`{}` has no input `{}`", description.name, key.name));
        self.problems.push(match feature {
            Some(feature) => {
                problem.hint(format!("it belongs to the feature `{feature}`: write `features: [{feature}]`"))
            }
            None => problem.names(&key.name, description.inputs.iter().map(|input| input.name.as_str())),
        });
    }
}

/// An empty value stands nowhere; its key does.
fn null_place(key: &Key, node: &Node) -> Place {
    if node.place.line == key.place.line { node.place.clone() } else { key.place.clone() }
}

fn targets(drafts: &[RootDraft<'_>]) -> Targets {
    let calls = |draft: &RootDraft<'_>| {
        draft.calls.iter().map(|call| (call.key.name.clone(), call.description.clone())).collect()
    };
    drafts.iter().map(|draft| (draft.key.name.clone(), calls(draft))).collect()
}
