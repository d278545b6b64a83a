//! Frontends.

use std::sync::Arc;

use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};
use tfplugin::value::{Object, Value};

use super::bind::Bind;
use super::client::{Api, HaProxy};
use super::http_rule::{Acl, HttpRequestRule, redirect_status};
use super::occupied;
use super::proxy::{ConnectionMode, ForwardFor, Mode};
use super::routing::{self, Provided, REDIRECT_CODE, RouteFiles};
use super::section::{SectionKind, section_name};
use super::transactions::{Edit, Step};

/// Manages a frontend: where clients connect, and the rules of what becomes of their requests.
///
/// With `routes = true` it has maps and the rules that look in them, and `substrate_haproxy_route` fills these. Rules that
/// no attribute names are left alone, and go before those of routes.
#[derive(Clone, Schema)]
#[tf(name = "haproxy_frontend", key(name), when_true(routes, mode))]
pub struct Frontend {
    /// Name of the frontend.
    #[tf(check = section_name)]
    name: String,

    /// What is understood of the traffic; omit it for what `defaults` say.
    #[tf(computed)]
    mode: Option<Mode>,

    /// Addresses to listen on, by a name for each.
    binds: BTreeMap<String, Bind>,

    /// Backend for what no rule sends elsewhere.
    #[tf(check = section_name)]
    default_backend: Option<String>,

    /// Whether routes are looked up here: by host and path, or with `mode = "tcp"` by the name in TLS hellos.
    #[tf(default = false)]
    routes: bool,

    /// Status of the redirects of routes.
    #[tf(default = REDIRECT_CODE, check = redirect_status)]
    redirect_code: u64,

    /// Conditions with names; omit them to leave them to others, to whom an import leaves them as well.
    #[tf(api = "acl_list")]
    acls: Option<Vec<Acl>>,

    /// Rules for requests, in their order; omit them to leave them to others, to whom an import leaves them as well.
    #[tf(api = "http_request_rule_list")]
    http_request_rules: Option<Vec<HttpRequestRule>>,

    /// Connections at once.
    maxconn: Option<u64>,

    /// Milliseconds that a client may be silent.
    client_timeout: Option<u64>,

    /// Milliseconds that a client may take for the head of a request.
    http_request_timeout: Option<u64>,

    /// Milliseconds to wait for another request on a connection.
    http_keep_alive_timeout: Option<u64>,

    /// How connections are kept.
    http_connection_mode: Option<ConnectionMode>,

    /// Whether servers are told the client's address.
    forwardfor: Option<ForwardFor>,
}

impl Frontend {
    fn is_tcp(&self) -> bool {
        self.mode == Some(Mode::Tcp)
    }

    /// The step to this frontend; `prior` owned the lists that it named.
    fn step(self, haproxy: &HaProxy, prior: Option<&Frontend>) -> Step {
        let left = |is_set: fn(&Frontend) -> bool| !is_set(&self) && !prior.is_some_and(is_set);
        let mut others = Vec::new();
        others.extend(left(|frontend| frontend.acls.is_some()).then_some("acl_list"));
        others.extend(left(|frontend| frontend.http_request_rules.is_some()).then_some("http_request_rule_list"));
        let files = Provided::default();
        let first = self.clone().prepare(haproxy.shared(), prior.map(|prior| prior.binds.clone()), files.clone());
        let (name, code) = (self.name.clone(), self.redirect_code);
        let shape = routing::laid(Self::TABLE.fields, self.into_object(), others, files, code);
        let edit = if prior.is_some() { Edit::Change(shape) } else { Edit::Create(shape) };
        Step::of(SectionKind::Frontend, &name, edit).after(first)
    }

    /// Tries the ports, and makes the maps of routes.
    async fn prepare(self, api: Arc<Api>, bound: Option<BTreeMap<String, Bind>>, files: Provided) -> Result<()> {
        occupied::refuse(&api, &self.binds, bound.as_ref()).await?;
        if self.routes {
            files.set(RouteFiles::provide(&api, &self.name, self.is_tcp()).await?).ok();
        }
        Ok(())
    }
}

/// A list that is managed, where none and an empty one are the same to the API.
fn known<T>(prior: Option<&Vec<T>>, actual: Option<Vec<T>>) -> Option<Vec<T>> {
    prior.map(|_| actual.unwrap_or_default())
}

impl Resource for Frontend {
    type Client = HaProxy;

    async fn create(haproxy: &HaProxy, plan: Frontend) -> Result<Frontend> {
        let created = haproxy.change(plan.clone().step(haproxy, None)).await;
        if created.is_err() && plan.routes {
            RouteFiles::forsake(haproxy, &plan.name).await;
        }
        created.map(|()| plan)
    }

    async fn read(haproxy: &HaProxy, name: String) -> Result<Option<Frontend>> {
        let Some(mut section) = haproxy.section(SectionKind::Frontend, &name).await? else { return Ok(None) };
        routing::tell(&mut section);
        section.entry("binds".to_owned()).or_insert_with(|| Value::Map(Object::new()));
        decode(&section, &Known::new()).map(Some)
    }

    async fn update(haproxy: &HaProxy, name: String, change: Change<Frontend>) -> Result<()> {
        let (tcp, routes) = (change.plan.is_tcp() != change.prior.is_tcp(), change.plan.routes);
        haproxy.change(change.plan.step(haproxy, Some(&change.prior))).await?;
        match change.prior.routes && (!routes || tcp) {
            true => RouteFiles::remove(haproxy, &name).await,
            false => Ok(()),
        }
    }

    async fn delete(haproxy: &HaProxy, name: String, state: Frontend) -> Result<()> {
        haproxy.change(Step::of(SectionKind::Frontend, &name, Edit::Delete)).await?;
        if state.routes { RouteFiles::remove(haproxy, &name).await } else { Ok(()) }
    }

    /// Lists that the configuration leaves to others are theirs, and so are all of them after an import: a configuration
    /// without them would remove them else.
    fn reconcile(prior: Option<&Frontend>, mut actual: Frontend) -> Frontend {
        actual.acls = known(prior.and_then(|prior| prior.acls.as_ref()), actual.acls);
        let rules = prior.and_then(|prior| prior.http_request_rules.as_ref());
        actual.http_request_rules = known(rules, actual.http_request_rules);
        match prior {
            Some(prior) if !actual.routes => Frontend { redirect_code: prior.redirect_code, ..actual },
            _ => actual,
        }
    }
}
