//! Routes.

use tfplugin::prelude::*;

use super::client::HaProxy;
use super::map_store::MapKind;
use super::map_text::{Entry, MapText, REDIRECT};
use super::place::{Place, host_names, location, path_prefix};
use super::route_change::{RouteChange, Target};
use super::section::section_name;

/// Manages a route: which backend serves a host, or where its clients are sent.
///
/// It owns entries in the maps of a frontend with `routes = true`, which change at run time: HAProxy does not reload. The
/// longest `path_prefix` wins, and each wins over the host alone. A host that is routed already is refused.
#[derive(Clone, Schema)]
#[tf(name = "haproxy_route", key(frontend, place), import = "{frontend}/{place}")]
#[tf(one_of(hosts, sni), one_of(backend, redirect), conflicts(sni, path_prefix), conflicts(sni, redirect))]
pub struct Route {
    /// Name of the frontend.
    #[tf(check = section_name)]
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

/// The route at a place, as a map and that of redirects have it.
fn found(frontend: String, place: &Place, sni: bool, map: &MapText, redirects: Option<&MapText>) -> Option<Route> {
    let own = |entry: &Entry<'_>| entry.owner() == Some(place.host.as_str()) && place.host_of(entry.key).is_some();
    let first = map.get(&place.key(&place.host)).filter(own).or_else(|| map.entries().find(own))?;
    let address = |host: &str| redirects?.get(&place.redirect_key(host)).map(|entry| entry.value.to_owned());
    let leads = |entry: &Entry<'_>| (entry.target() == REDIRECT).then(|| place.host_of(entry.key).and_then(address));
    let same = |entry: &Entry<'_>| entry.target() == first.target() && leads(entry) == leads(&first);
    // A host that somebody led elsewhere is missing, so that the next plan leads it back.
    let hosts: Vec<String> = map
        .entries()
        .filter(|entry| own(entry) && same(entry))
        .filter_map(|entry| place.host_of(entry.key))
        .map(str::to_owned)
        .collect();
    let (hosts, sni) = if sni { (None, Some(hosts)) } else { (Some(hosts), None) };
    let redirect = leads(&first).map(|address| address.unwrap_or_default());
    let backend = redirect.is_none().then(|| first.target().to_owned());
    let (path_prefix, place) = (place.prefix.clone(), place.to_string().into());
    Some(Route { frontend, hosts, sni, path_prefix, backend, redirect, place })
}

fn parsed(place: &str) -> Place {
    place.parse().unwrap_or_else(|never| match never {})
}

/// The hosts of a map in the order of the plan; those that nobody planned come last.
fn ordered(hosts: Option<Vec<String>>, planned: Option<&Vec<String>>) -> Option<Vec<String>> {
    let mut hosts = hosts?;
    hosts.sort_by_key(|host| {
        planned.and_then(|planned| planned.iter().position(|name| name == host)).unwrap_or(usize::MAX)
    });
    Some(hosts)
}

impl Resource for Route {
    type Client = HaProxy;

    async fn create(haproxy: &HaProxy, mut plan: Route) -> Result<Route> {
        let first = plan.hosts.iter().chain(&plan.sni).flatten().next().cloned().unwrap_or_default();
        let place = Place { host: first, prefix: plan.path_prefix.clone() };
        plan.place = place.to_string().into();
        haproxy.route(plan.clone().change(place, true)?).await?;
        Ok(plan)
    }

    async fn read(haproxy: &HaProxy, (frontend, place): Self::Key) -> Result<Option<Route>> {
        let place = parsed(&place);
        for sni in [false, true] {
            let Some(map) = haproxy.map(&place.map(sni).file(&frontend)).await? else { continue };
            let redirected = !sni && map.entries().any(|entry| entry.target() == REDIRECT);
            let redirects = match redirected {
                true => haproxy.map(&MapKind::Redirect.file(&frontend)).await?,
                false => None,
            };
            return Ok(found(frontend, &place, sni, &map, redirects.as_deref()));
        }
        Ok(None)
    }

    async fn update(haproxy: &HaProxy, (_, place): Self::Key, change: Change<Route>) -> Result<()> {
        haproxy.route(change.plan.change(parsed(&place), false)?).await
    }

    async fn delete(haproxy: &HaProxy, (_, place): Self::Key, mut state: Route) -> Result<()> {
        state.hosts = state.hosts.map(|_| Vec::new());
        state.sni = state.sni.map(|_| Vec::new());
        haproxy.route(state.change(parsed(&place), false)?).await
    }

    fn reconcile(prior: Option<&Route>, mut actual: Route) -> Route {
        actual.hosts = ordered(actual.hosts, prior.and_then(|prior| prior.hosts.as_ref()));
        actual.sni = ordered(actual.sni, prior.and_then(|prior| prior.sni.as_ref()));
        actual
    }
}
