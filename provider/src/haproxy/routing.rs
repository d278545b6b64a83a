//! The rules of a frontend that look routes up in its maps.
//!
//! HTTP: the host, without its port and in lower case, is looked up, then the host and the path by their longest
//! beginning, which wins. A slash stands at the end of both sides, so that `/api` is no beginning of `/apis`. TLS: the name
//! in the client's hello is looked up, for which HAProxy waits.

use std::sync::{Arc, OnceLock};

use serde_json::{Value as Json, json};
use tfplugin::prelude::*;
use tfplugin::schema::Field;
use tfplugin::value::{Object, Value, from_plain_json};

use super::client::Api;
use super::map_store::MapKind;
use super::map_text::REDIRECT;
use super::place::routed_frontend;
use super::section::{SectionKind, Shape, overlay};

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
        routed_frontend(frontend).map_err(|reason| {
            Error::new(format!("`name` {reason}")).hint("Rename it, or leave `routes` out.").at_attribute("name")
        })?;
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

    /// Removes the maps of a frontend that did not come into being; those of one that somebody else made stay.
    pub async fn forsake(api: &Api, frontend: &str) {
        let removed = match api.current_section(SectionKind::Frontend, frontend).await {
            Ok(None) => Self::remove(api, frontend).await,
            Ok(Some(_)) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = removed {
            tracing::warn!(frontend, %error, "the maps of a frontend that was refused stay");
        }
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

    /// The rules of one list.
    fn wanted(&self, list: &str) -> Vec<Object> {
        let rules =
            self.rules(REDIRECT_CODE).into_iter().filter(|(name, _)| *name == list).flat_map(|(_, rules)| rules);
        let objects = rules.filter_map(|rule| match from_plain_json(rule) {
            Value::Map(rule) => Some(rule),
            _ => None,
        });
        objects.collect()
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
const CODE: &str = "redir_code";

/// What waits for a client's hello.
fn hello_rules() -> Vec<Json> {
    vec![
        json!({ "type": "inspect-delay", "timeout": HELLO }),
        json!({ "type": "content", "action": "accept", "cond": "if", "cond_test": "{ req.ssl_hello_type 1 }" }),
    ]
}

/// Where the maps of a frontend lie, once they are there; nowhere where it has no routes.
pub type Provided = Arc<OnceLock<RouteFiles>>;

/// The shape of a frontend with these attributes. Lists in `others` stay as they are, apart from the rules of routes.
pub fn laid(
    fields: &'static [Field],
    planned: Object,
    others: Vec<&'static str>,
    files: Provided,
    redirect_code: u64,
) -> Shape {
    Arc::new(move |mut section: Object| {
        take_out(&mut section);
        let kept: Vec<_> = others.iter().filter_map(|list| section.remove_entry(*list)).collect();
        overlay(fields, &mut section, &planned);
        section.extend(kept);
        OURS.iter().for_each(|ours| drop(section.remove(*ours)));
        files.get().into_iter().for_each(|files| files.add_to(&mut section, redirect_code));
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
    let has =
        |files: &RouteFiles| files.wanted(SWITCHES).iter().all(|ours| place_of(section, SWITCHES, ours).is_some());
    let files = written().into_iter().find(has)?;
    let code = files.wanted(REQUESTS).iter().find_map(|ours| {
        let place = place_of(section, REQUESTS, ours).filter(|_| ours.contains_key(CODE))?;
        match section.get(REQUESTS)?.as_list()?.get(place)?.as_map()?.get(CODE)? {
            Value::Number(code) => code.as_u64(),
            _ => None,
        }
    });
    Some(code.unwrap_or(REDIRECT_CODE))
}

/// The status of redirects where nobody chooses another.
pub const REDIRECT_CODE: u64 = 302;

/// Takes our rules out of a section; those of others stay in their order.
fn take_out(section: &mut Object) {
    for files in written() {
        // Others wait for hellos in the same words.
        let has_switch = files.wanted(SWITCHES).iter().all(|ours| place_of(section, SWITCHES, ours).is_some());
        let lists = [REQUESTS, SWITCHES, TCP_REQUESTS].into_iter().filter(|list| *list != TCP_REQUESTS || has_switch);
        for (list, ours) in lists.flat_map(|list| files.wanted(list).into_iter().map(move |ours| (list, ours))) {
            let place = place_of(section, list, &ours);
            if let (Some(place), Some(Value::List(rules))) = (place, section.get_mut(list)) {
                rules.remove(place);
                if rules.is_empty() {
                    section.remove(list);
                }
            }
        }
    }
}

/// Our rules as far as they are the same for every frontend: with the ends of the maps' names in the place of where they
/// lie.
fn written() -> [RouteFiles; 2] {
    let [host, prefix, redirect, sni] = MapKind::ALL.map(|kind| kind.file(""));
    [RouteFiles::Http { host, prefix, redirect }, RouteFiles::Sni(sni)]
}

/// Where a rule of ours stands in a list of a section: ours are behind those of others, which may say the same.
fn place_of(section: &Object, list: &str, ours: &Object) -> Option<usize> {
    let rules = section.get(list)?.as_list()?;
    rules.iter().rposition(|rule| rule.as_map().is_some_and(|rule| is_same(rule, ours)))
}

/// Whether a rule is this one of ours, wherever the maps lie and whatever the status of redirects is.
fn is_same(rule: &Object, ours: &Object) -> bool {
    let same = |name: &str, ours: &Value| match (rule.get(name), ours) {
        (Some(_), _) if name == CODE => true,
        (Some(Value::String(theirs)), Value::String(ours)) => is_same_text(theirs, ours),
        (theirs, ours) => theirs == Some(ours),
    };
    rule.contains_key("cond") == ours.contains_key("cond") && ours.iter().all(|(name, value)| same(name, value))
}

/// Whether a text is ours, where a map may lie in any folder and belong to any frontend.
fn is_same_text(theirs: &str, ours: &str) -> bool {
    match ours.split_once("(.") {
        Some((before, map)) => theirs
            .strip_prefix(before)
            .and_then(|rest| rest.strip_prefix('(')?.strip_suffix(map)?.strip_suffix('.'))
            .is_some_and(|file| !file.contains(['(', ')', ','])),
        None => theirs == ours,
    }
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
        let files = RouteFiles::Http {
            host: "/maps/edge.host.map".into(),
            prefix: "/maps/edge.prefix.map".into(),
            redirect: "/maps/edge.redirect.map".into(),
        };
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

    /// Others may use our variables, and wait for hellos in the same words.
    #[test]
    fn rules_that_only_look_like_ours_stay() {
        let foreign = section(json!({
            "name": "edge",
            "http_request_rule_list": [
                { "type": "deny", "cond": "unless", "cond_test": "{ var(txn.substrate_route) -m found }" },
                { "type": "set-var", "var_scope": "txn", "var_name": "substrate_mine", "var_expr": "path" },
            ],
            "backend_switching_rule_list": [
                { "name": "%[req.ssl_sni,lower,map(/maps/other.map),field(1,|)]" },
                { "name": "%[var(txn.substrate_route),field(1,|)]", "cond": "if", "cond_test": "is_mine" },
            ],
            "tcp_request_rule_list": hello_rules(),
        }));
        let [host, prefix, redirect, sni] = MapKind::ALL.map(|kind| format!("/maps/{}", kind.file("edge.a")));
        for files in [RouteFiles::Http { host, prefix, redirect }, RouteFiles::Sni(sni)] {
            let mut with = foreign.clone();
            take_out(&mut with);
            assert_eq!(with, foreign);
            files.add_to(&mut with, 302);
            take_out(&mut with);
            assert_eq!(with, foreign);
        }
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
