//! Routes.

use tfplugin::prelude::*;

use super::client::HaProxy;
use super::place::{Place, host_names, location, path_prefix, routed_frontend};
use super::route_change::{RouteChange, Target};
use super::route_entries as entries;
use super::section::section_name;

/// Manages a route: which backend serves a host, or where its clients are sent.
///
/// It owns entries in the maps of a frontend with `routes = true`, which change at run time: HAProxy does not reload. The
/// longest `path_prefix` wins, and each wins over the host alone. A host that is routed already is refused.
#[derive(Clone, Schema)]
#[tf(name = "haproxy_route", key(frontend, place), import = "{frontend}/{place}")]
#[tf(one_of(hosts, sni), one_of(backend, redirect), requires(path_prefix, hosts), conflicts(sni, redirect))]
pub struct Route {
    /// Name of the frontend.
    #[tf(check = routed_frontend)]
    frontend: String,

    /// Hosts, in lower case and without ports.
    #[tf(check = host_names)]
    hosts: Option<Vec<String>>,

    /// Names in TLS hellos, for a frontend with `mode = "tcp"`.
    #[tf(check = host_names)]
    sni: Option<Vec<String>>,

    /// Beginning of the path, such as `/api`, which `/api/v2` has and `/apis` has not; omit it for every path.
    #[tf(replace, check = path_prefix)]
    path_prefix: Option<String>,

    /// Name of the backend.
    #[tf(check = section_name)]
    backend: Option<String>,

    /// Address that clients are sent to, as it stands.
    #[tf(check = location)]
    redirect: Option<String>,

    /// The first host when the route was made, with the `path_prefix`; it names the route.
    place: Computed<String>,
}

impl Route {
    fn change(self, place: Place, new: bool) -> Result<RouteChange> {
        let target = match (self.backend, self.redirect) {
            (Some(backend), _) => Target::Backend(backend),
            (None, Some(address)) => Target::Redirect(address),
            (None, None) => return Err(Error::new("it leads nowhere").at_attribute("backend")),
        };
        let sni = self.sni.is_some();
        let hosts = self.sni.or(self.hosts).unwrap_or_default();
        Ok(RouteChange { frontend: self.frontend, place, sni, new, hosts, target })
    }
}

/// HAProxy would answer 503 for a backend that is not there.
async fn send(haproxy: &HaProxy, change: RouteChange) -> Result<()> {
    if let Target::Backend(backend) = &change.target
        && !change.hosts.is_empty()
        && !haproxy.has_backend(backend).await?
    {
        return Err(Error::new(format!("there is no backend `{backend}`"))
            .hint("Refer to the backend's resource, as in `substrate_haproxy_backend.web.name`, so that it is made first.")
            .at_attribute("backend"));
    }
    haproxy.route(change).await
}

impl Resource for Route {
    type Client = HaProxy;

    async fn create(haproxy: &HaProxy, mut plan: Route) -> Result<Route> {
        let first = plan.hosts.iter().chain(&plan.sni).flatten().next().cloned().unwrap_or_default();
        let place = Place { host: first, prefix: plan.path_prefix.clone() };
        plan.place = place.to_string().into();
        send(haproxy, plan.clone().change(place, true)?).await?;
        Ok(plan)
    }

    async fn read(haproxy: &HaProxy, (frontend, place): Self::Key) -> Result<Option<Route>> {
        let Some(there) = entries::of(haproxy, &frontend, &Place::of(&place)).await? else { return Ok(None) };
        let (hosts, sni) = if there.sni { (None, Some(there.hosts)) } else { (Some(there.hosts), None) };
        let (backend, redirect) = match there.target {
            Target::Backend(backend) => (Some(backend), None),
            Target::Redirect(address) => (None, Some(address)),
        };
        let path_prefix = Place::of(&place).prefix;
        Ok(Some(Route { frontend, hosts, sni, path_prefix, backend, redirect, place: place.into() }))
    }

    async fn update(haproxy: &HaProxy, (_, place): Self::Key, change: Change<Route>) -> Result<()> {
        send(haproxy, change.plan.change(Place::of(&place), false)?).await
    }

    async fn delete(haproxy: &HaProxy, (_, place): Self::Key, mut state: Route) -> Result<()> {
        state.hosts = state.hosts.map(|_| Vec::new());
        state.sni = state.sni.map(|_| Vec::new());
        send(haproxy, state.change(Place::of(&place), false)?).await
    }

    fn reconcile(prior: Option<&Route>, mut actual: Route) -> Route {
        actual.hosts = entries::ordered(actual.hosts, prior.and_then(|prior| prior.hosts.as_ref()));
        actual.sni = entries::ordered(actual.sni, prior.and_then(|prior| prior.sni.as_ref()));
        actual
    }
}
