//! The rules of a frontend that look routes up in its maps.
//!
//! HTTP: the host, without its port and in lower case, is looked up, then the host and the path by their longest
//! beginning, which wins. A slash stands at the end of both sides, so that `/api` is no beginning of `/apis`. TLS: the name
//! in the client's hello is looked up, for which HAProxy waits.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use tfplugin::prelude::*;
use tfplugin::schema::Field;
use tfplugin::value::{Object, Value, from_plain_json};

use super::client::Api;
use super::map_store::MapKind;
use super::map_text::REDIRECT;
use super::section::{Shape, overlay};

/// The mark of our variables, and with them of our rules.
const MARK: &str = "txn.substrate_";

const VARIABLE: &str = "substrate_";

/// How long a client may take for its hello, in milliseconds.
const HELLO: u64 = 5_000;

/// Where the maps of a frontend lie.
#[derive(Clone, Debug)]
pub enum RouteFiles {
    /// Those of hosts, of beginnings of paths, and of redirects.
    Http {
        /// Hosts.
        host: String,
        /// Hosts with the beginning of a path.
        prefix: String,
        /// Redirects.
        redirect: String,
    },
    /// That of names in TLS hellos.
    Sni(String),
}

/// The maps that a frontend can have.
pub const HTTP_MAPS: [MapKind; 3] = [MapKind::Host, MapKind::Prefix, MapKind::Redirect];

impl RouteFiles {
    /// Makes sure that the maps of a frontend are there.
    pub async fn provide(api: &Api, frontend: &str, sni: bool) -> Result<RouteFiles> {
        let provide = async |kind: MapKind| {
            let content = format!("# Routes of the frontend `{frontend}`.\n");
            api.provide_map(&kind.file(frontend), &content).await
        };
        if sni {
            return Ok(RouteFiles::Sni(provide(MapKind::Sni).await?));
        }
        let [host, prefix, redirect] = HTTP_MAPS;
        Ok(RouteFiles::Http {
            host: provide(host).await?,
            prefix: provide(prefix).await?,
            redirect: provide(redirect).await?,
        })
    }

    /// Removes the maps of a frontend that is gone; one that still has entries stays.
    pub async fn remove(api: &Api, frontend: &str) -> Result<()> {
        for kind in HTTP_MAPS.into_iter().chain([MapKind::Sni]) {
            api.remove_map(&kind.file(frontend)).await?;
        }
        Ok(())
    }

    /// The rules, by the API's names of their lists.
    fn rules(&self, redirect_code: u64) -> [(&'static str, Vec<Json>); 3] {
        match self {
            RouteFiles::Http { host, prefix, redirect } => {
                let name = "req.hdr(host),field(1,:),lower";
                let place = format!("var({MARK}place)");
                let set = |variable: &str, expression: String| {
                    json!({
                        "type": "set-var", "var_scope": "txn", "var_name": format!("{VARIABLE}{variable}"),
                        "var_expr": expression,
                    })
                };
                let requests = vec![
                    set("path", "path".to_owned()),
                    set("place", format!("{name},concat(,{MARK}path,/)")),
                    set("route", format!("{name},map({host})")),
                    set("route", format!("{place},map_beg({prefix})")),
                    json!({
                        "type": "redirect", "redir_type": "location", "redir_code": redirect_code,
                        "redir_value": format!("%[{place},map_beg({redirect})]"),
                        "cond": "if", "cond_test": format!("{{ var({MARK}route) -m beg {REDIRECT} }}"),
                    }),
                ];
                let switch = json!({
                    "name": format!("%[var({MARK}route),field(1,|)]"),
                    "cond": "if", "cond_test": format!("{{ var({MARK}route) -m found }}"),
                });
                [(REQUESTS, requests), (TCP_REQUESTS, Vec::new()), (SWITCHES, vec![switch])]
            }
            RouteFiles::Sni(sni) => {
                let route = format!("req.ssl_sni,lower,map({sni})");
                let switch = json!({
                    "name": format!("%[{route},field(1,|)]"), "cond": "if", "cond_test": format!("{{ {route} -m found }}"),
                });
                [(REQUESTS, Vec::new()), (TCP_REQUESTS, hello_rules()), (SWITCHES, vec![switch])]
            }
        }
    }

    /// Puts the rules behind those that are there.
    pub fn add_to(&self, section: &mut Object, redirect_code: u64) {
        for (list, rules) in self.rules(redirect_code) {
            if rules.is_empty() {
                continue;
            }
            let entry = section.entry(list.to_owned()).or_insert_with(|| Value::List(Vec::new()));
            if let Value::List(present) = entry {
                present.extend(rules.into_iter().map(from_plain_json));
            }
        }
    }
}

const REQUESTS: &str = "http_request_rule_list";
const TCP_REQUESTS: &str = "tcp_request_rule_list";
const SWITCHES: &str = "backend_switching_rule_list";

/// What waits for a client's hello.
fn hello_rules() -> Vec<Json> {
    vec![
        json!({ "type": "inspect-delay", "timeout": HELLO }),
        json!({ "type": "content", "action": "accept", "cond": "if", "cond_test": "{ req.ssl_hello_type 1 }" }),
    ]
}

/// The shape of a frontend with these attributes. Lists in `others` stay as they are, apart from the rules of routes.
pub fn laid(
    fields: &'static [Field],
    planned: Object,
    others: Vec<&'static str>,
    files: Option<RouteFiles>,
    redirect_code: u64,
) -> Shape {
    Arc::new(move |mut section: Object| {
        take_out(&mut section);
        let kept: Vec<_> = others.iter().filter_map(|list| section.remove_entry(*list)).collect();
        overlay(fields, &mut section, &planned);
        section.extend(kept);
        OURS.iter().for_each(|ours| drop(section.remove(*ours)));
        files.iter().for_each(|files| files.add_to(&mut section, redirect_code));
        section
    })
}

/// Attributes that the API does not know: they are rules.
const OURS: [&str; 2] = ["routes", "redirect_code"];

/// Tells the rules of routes by the attributes that stand for them.
pub fn tell(section: &mut Object) {
    let code = has_routes(section);
    take_out(section);
    let [routes, redirect_code] = OURS;
    section.insert(routes.to_owned(), code.is_some().into());
    section.insert(redirect_code.to_owned(), code.unwrap_or(REDIRECT_CODE).into());
}

/// Whether a section has our rules, and the status of its redirects.
fn has_routes(section: &Object) -> Option<u64> {
    let switches = section.get(SWITCHES).and_then(Value::as_list).unwrap_or_default();
    if !switches.iter().any(is_ours) {
        return None;
    }
    let requests = section.get(REQUESTS).and_then(Value::as_list).unwrap_or_default();
    let code =
        requests.iter().filter(|rule| is_ours(rule)).find_map(|rule| match rule.as_map()?.get("redir_code")? {
            Value::Number(code) => code.as_u64(),
            _ => None,
        });
    Some(code.unwrap_or(REDIRECT_CODE))
}

/// The status of redirects where nobody chooses another.
pub const REDIRECT_CODE: u64 = 302;

/// Takes our rules out of a section; those of others stay in their order.
fn take_out(section: &mut Object) {
    let had = has_routes(section).is_some();
    for list in [REQUESTS, SWITCHES, TCP_REQUESTS] {
        let Some(Value::List(rules)) = section.get_mut(list) else { continue };
        if list == TCP_REQUESTS {
            let hello: Vec<Value> = hello_rules().into_iter().map(from_plain_json).collect();
            rules.retain(|rule| !(had && hello.contains(rule)));
        } else {
            rules.retain(|rule| !is_ours(rule));
        }
        if rules.is_empty() {
            section.remove(list);
        }
    }
}

/// Whether a rule uses our variables, or a map of names in TLS hellos as we write it.
fn is_ours(rule: &Value) -> bool {
    let Value::Map(rule) = rule else { return false };
    let is_variable = rule.get("var_name").and_then(Value::as_str).is_some_and(|name| name.starts_with(VARIABLE));
    let texts = || rule.values().filter_map(Value::as_str);
    is_variable
        || texts().any(|text| text.contains(MARK))
        || texts().any(|text| text.starts_with("%[req.ssl_sni,lower,map(") && text.ends_with(".sni.map),field(1,|)]"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(json: Json) -> Object {
        match from_plain_json(json) {
            Value::Map(section) => section,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rules_of_others_stay_in_their_order() {
        let foreign = section(json!({
            "name": "edge",
            "http_request_rule_list": [{ "type": "set-header", "hdr_name": "X-A", "hdr_format": "1" }, { "type": "deny" }],
            "backend_switching_rule_list": [{ "name": "be_x", "cond": "if", "cond_test": "is_x" }],
            "tcp_request_rule_list": [{ "type": "connection", "action": "accept" }],
        }));
        let files = RouteFiles::Http { host: "/h".into(), prefix: "/p".into(), redirect: "/r".into() };
        for files in [files, RouteFiles::Sni("/maps/edge.sni.map".into())] {
            let mut with = foreign.clone();
            files.add_to(&mut with, 308);
            assert_ne!(with, foreign);
            let code = if matches!(files, RouteFiles::Sni(_)) { 302 } else { 308 };
            assert_eq!(has_routes(&with), Some(code));
            take_out(&mut with);
            assert_eq!(with, foreign);
        }
        assert_eq!(has_routes(&foreign), None);
    }

    #[test]
    fn lists_that_were_ours_alone_go() {
        let empty = section(json!({ "name": "edge" }));
        let mut with = empty.clone();
        RouteFiles::Sni("/maps/edge.sni.map".into()).add_to(&mut with, 302);
        take_out(&mut with);
        assert_eq!(with, empty);
    }
}
