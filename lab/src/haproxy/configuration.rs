//! The configuration: its version, its text, and its sections with what they hold.

use serde_json::{Value, json};

use crate::haproxy::file::File;
use crate::haproxy::refusal::Refusal;
use crate::haproxy::reply::{Outcome, Reply};
use crate::haproxy::request::Request;
use crate::haproxy::rules::List;
use crate::haproxy::sections::{self, Collection, Kind, Object};
use crate::haproxy::state::{After, State};
use crate::haproxy::{attributes, check, params};
use crate::openbao::ids::uuid;

/// Sections of which only the names are told: collection, and word of the file.
const NAMED: &[(&str, &str)] = &[("crt_stores", "crt-store"), ("resolvers", "resolvers"), ("userlists", "userlist")];

/// A change of one configuration, and what is told of it.
type Change<'a> = &'a dyn Fn(&mut File) -> Result<Option<Value>, Refusal>;

impl State {
    /// Answers a call below `/configuration`; `None` where there is nothing at its path.
    pub fn configuration(&mut self, request: &Request, violations: &mut Vec<String>) -> Option<Outcome> {
        let path: Vec<&str> = request.path.iter().skip(1).map(String::as_str).collect();
        let method = request.call.method.as_str();
        Some(match (method, path.as_slice()) {
            ("GET", ["version"]) => Ok(Reply::json(200, self.version)),
            ("GET", ["raw"]) => Ok(Reply::text(200, "text/plain", self.text())),
            ("POST", ["raw"]) => self.put_raw(request),
            ("GET", ["global"]) => self.read(request, |file| {
                let global = file.section("global", "").map(attributes::read).unwrap_or_default();
                Ok(global.into())
            }),
            ("GET", [collection]) if NAMED.iter().any(|(known, _)| known == collection) => {
                let kind = NAMED.iter().find(|(known, _)| known == collection).map_or("", |(_, kind)| kind);
                self.read(request, |file| Ok(names(file, kind)))
            }
            (_, [collection, rest @ ..]) => return self.section(Kind::of(collection)?, request, rest, violations),
            _ => return None,
        })
    }

    fn section(
        &mut self,
        kind: Kind,
        request: &Request,
        rest: &[&str],
        violations: &mut Vec<String>,
    ) -> Option<Outcome> {
        let full = request.is("full_section");
        Some(match (request.call.method.as_str(), rest) {
            ("GET", []) => self.read(request, |file| Ok(json!(kind.all(file, full)))),
            ("GET", [name]) => self.read(request, |file| Ok(kind.get(file, name, full)?.into())),
            ("POST" | "PUT", [] | [_]) => {
                let object = match request.object().and_then(|object| kind.check(&object).map(|()| object)) {
                    Ok(object) => object,
                    Err(refusal) => return Some(Err(refusal)),
                };
                violations.extend(kind.dropped(&object, full));
                let told = || Some(Value::from(object.clone()));
                match rest {
                    [] => self.change(request, 201, &|file| kind.create(file, &object, full).map(|()| told())),
                    rest => {
                        self.change(request, 200, &|file| kind.replace(file, rest[0], &object, full).map(|()| told()))
                    }
                }
            }
            ("DELETE", [name]) => self.change(request, 204, &|file| kind.delete(file, name).map(|()| None)),
            (_, [parent, collection, rest @ ..]) => match kind.collection(collection)? {
                Collection::Named(named) => return self.named(kind, named, request, (parent, rest), violations),
                Collection::List(list) => return self.list(kind, list, request, (parent, rest), violations),
            },
            _ => return None,
        })
    }

    fn named(
        &mut self,
        kind: Kind,
        named: &'static params::Kind,
        request: &Request,
        (parent, rest): (&str, &[&str]),
        violations: &mut Vec<String>,
    ) -> Option<Outcome> {
        let missing =
            |name: &str| Refusal::missing(format!("{} {name} does not exist in {} {parent}", named.title, kind.word));
        let children = |file: &File| {
            file.section(kind.word, parent).map(|section| sections::read_named(section, named)).unwrap_or_default()
        };
        let find = |file: &File, name: &str| children(file).into_iter().find(|child| sections::name_of(child) == name);
        Some(match (request.call.method.as_str(), rest) {
            ("GET", []) => self.read(request, |file| Ok(json!(children(file)))),
            ("GET", [name]) => self.read(request, |file| Ok(find(file, name).ok_or_else(|| missing(name))?.into())),
            ("POST" | "PUT", [] | [_]) => {
                let checked = request.object().and_then(|child| check::child(named.path, &child).map(|()| child));
                let child = match checked {
                    Ok(child) => child,
                    Err(refusal) => return Some(Err(refusal)),
                };
                violations.extend(named.dropped(&child));
                let creates = rest.is_empty();
                let name = rest.first().map_or_else(|| sections::name_of(&child), |name| (*name).to_owned());
                let runtime = creates && named.path == "servers" && self.personality.adds_servers();
                let change = |file: &mut File| {
                    let there = find(file, &name).is_some();
                    let section = kind.parent(file, parent)?;
                    match (creates, there) {
                        (true, true) => {
                            let at = format!("{} {name} already exists in {parent} {}", named.title, kind.word);
                            return Err(Refusal::new(409, format!("object already exists: {at}")));
                        }
                        (false, false) => return Err(missing(&name)),
                        _ => sections::put_named(section, named, &name, &child)?,
                    }
                    Ok(Some(Value::from(child.clone())))
                };
                self.change_at(request, if creates { 201 } else { 200 }, runtime, &change)
            }
            ("DELETE", [name]) => self.change(request, 204, &|file| {
                let section = kind.parent(file, parent)?;
                let at = sections::position(section, named, name).ok_or_else(|| missing(name))?;
                section.put(Some(at), None);
                Ok(None)
            }),
            _ => return None,
        })
    }

    fn list(
        &mut self,
        kind: Kind,
        list: &'static List,
        request: &Request,
        (parent, rest): (&str, &[&str]),
        violations: &mut Vec<String>,
    ) -> Option<Outcome> {
        let rules = |file: &File| {
            file.section(kind.word, parent).map(|section| sections::read_list(section, list)).unwrap_or_default()
        };
        let index = match rest.first().map(|text| text.parse::<usize>()).transpose() {
            Ok(index) => index,
            Err(_) => {
                let text = "index in path must be of type int64".to_owned();
                return Some(Err(Refusal::unprocessable(601, text)));
            }
        };
        let beyond = |index: usize| {
            let text = format!("Object with id {index} in {} {parent} out of range", kind.word);
            Refusal::new(400, format!("index out of range: {text}"))
        };
        let checked = |rule: &Object| check::child(list.path, rule);
        Some(match (request.call.method.as_str(), index, rest.len()) {
            ("GET", None, 0) => self.read(request, |file| Ok(rules(file).into())),
            ("GET", Some(index), 1) => self.read(request, |file| {
                let missing = || Refusal::missing(format!("{} {index} does not exist in {parent}", list.word));
                rules(file).into_iter().nth(index).ok_or_else(missing)
            }),
            ("PUT", None, 0) => {
                let given = request.objects().and_then(|rules| rules.iter().try_for_each(checked).map(|()| rules));
                let given = match given {
                    Ok(given) => given,
                    Err(refusal) => return Some(Err(refusal)),
                };
                violations.extend(given.iter().flat_map(|rule| list.dropped(rule)));
                self.change(request, 200, &|file| {
                    sections::write_list(kind.parent(file, parent)?, list, &given)?;
                    Ok(Some(json!(given)))
                })
            }
            (method @ ("POST" | "PUT" | "DELETE"), Some(index), 1) => {
                let given = if method == "DELETE" { Ok(None) } else { request.object().map(Some) };
                let checked = given.and_then(|rule| rule.iter().try_for_each(checked).map(|()| rule));
                let rule = match checked {
                    Ok(rule) => rule,
                    Err(refusal) => return Some(Err(refusal)),
                };
                violations.extend(rule.iter().flat_map(|rule| list.dropped(rule)));
                let done = match method {
                    "POST" => 201,
                    "PUT" => 200,
                    _ => 204,
                };
                self.change(request, done, &|file| {
                    let mut all: Vec<Object> = rules(file).iter().filter_map(Value::as_object).cloned().collect();
                    let section = kind.parent(file, parent)?;
                    if index > all.len() || (method != "POST" && index == all.len()) {
                        return Err(beyond(index));
                    }
                    let replaced = usize::from(method != "POST");
                    all.splice(index..index + replaced, rule.clone());
                    sections::write_list(section, list, &all)?;
                    Ok(rule.clone().map(Value::from))
                })
            }
            _ => return None,
        })
    }

    fn read(&mut self, request: &Request, look: impl FnOnce(&File) -> Result<Value, Refusal>) -> Outcome {
        match request.query("transaction_id") {
            None => look(&self.file).map(|value| Reply::json(200, value)),
            Some(id) => {
                let transaction = self.open_transaction(id)?;
                Ok(Reply::json(200, look(&transaction.file)?).with_version(transaction.version))
            }
        }
    }

    fn change(&mut self, request: &Request, done: u16, change: Change) -> Outcome {
        self.change_at(request, done, false, change)
    }

    /// Changes the current configuration or that of a transaction. With `runtime` the change needs no reload.
    fn change_at(&mut self, request: &Request, done: u16, runtime: bool, change: Change) -> Outcome {
        match (request.version()?, request.query("transaction_id")) {
            (None, None) => Err(Refusal::unspecified()),
            (Some(_), Some(_)) => Err(Refusal::both()),
            (None, Some(id)) => {
                let transaction = self.open_transaction(id)?;
                let mut file = transaction.file.clone();
                let told = change(&mut file)?;
                transaction.file = file;
                Ok(Reply::of(202, told).with_version(transaction.version))
            }
            (Some(version), None) => {
                if version != self.version {
                    return Err(Refusal::version_mismatch(self.version, version));
                }
                let mut file = self.file.clone();
                let told = change(&mut file)?;
                if file == self.file && done == 200 && request.is("full_section") {
                    return Ok(Reply::of(200, told));
                }
                let after = if runtime && request.after() == After::Queue { After::Nothing } else { request.after() };
                let reload = self.commit(&uuid(), file, after)?;
                Ok(Reply::changed(after, done, told, reload))
            }
        }
    }

    /// Replaces the whole text.
    ///
    /// What is told names the version after the one that was given. After a forced reload that failed, that is not the
    /// version that counts from then on: it is the one after the file's, as recorded.
    fn put_raw(&mut self, request: &Request) -> Outcome {
        let version = match request.version()? {
            _ if request.is("skip_version") => self.version,
            None => return Err(Refusal::unspecified()),
            Some(version) if version != self.version => return Err(Refusal::version_mismatch(self.version, version)),
            Some(version) => version,
        };
        if request.is("only_validate") {
            // The text is looked at as it came, in the system's folder for temporary files.
            let path = std::env::temp_dir().join(format!("onlyvalidate{}", &uuid()[..8]));
            self.validate(&path, &request.text(), "")?;
            return Ok(Reply::text(202, "text/plain", self.text()));
        }
        let (mut file, _) = File::parse(&request.text());
        let text = file.render(version + 1);
        self.validate_transaction(&uuid(), &text)?;
        let (_, on_disk) = File::parse(&self.text());
        let next = on_disk.unwrap_or(version) + 1;
        file.resolve_defaults();
        let after = request.after();
        let reload = self.install(file.clone(), next, &text, after)?;
        let status = if after == After::Queue { 202 } else { 201 };
        Ok(Reply::text(status, "text/plain", text).with_version(version + 1).with_reload(reload))
    }
}

fn names(file: &File, kind: &str) -> Value {
    let named = file.sections.iter().filter(|section| section.kind == kind);
    named.map(|section| json!({ "name": section.name })).collect::<Vec<_>>().into()
}
