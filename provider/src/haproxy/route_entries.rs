//! A route as the maps of its frontend hold it.

use std::time::{Duration, Instant};

use tfplugin::operation;
use tfplugin::prelude::*;

use super::client::Api;
use super::map_store::MapKind;
use super::map_text::{Entry, MapText, REDIRECT};
use super::place::Place;
use super::route_change::Target;

/// What the entries of a route say.
#[derive(Debug, PartialEq, Eq)]
pub struct Entries {
    /// Its hosts, in the order of the file.
    pub hosts: Vec<String>,
    /// Whether they are looked up in TLS hellos.
    pub sni: bool,
    /// Where it leads.
    pub target: Target,
}

/// The entries of a route; none where there is no such route.
pub async fn of(api: &Api, frontend: &str, place: &Place) -> Result<Option<Entries>> {
    for sni in [false, true] {
        let Some(map) = api.map(&place.map(sni).file(frontend)).await? else { continue };
        let redirected = !sni && map.entries().any(|entry| entry.target() == REDIRECT);
        let redirects = match redirected {
            true => api.map(&MapKind::Redirect.file(frontend)).await?,
            false => None,
        };
        return Ok(found(place, sni, &map, redirects.as_deref()));
    }
    Ok(None)
}

/// A host that somebody led elsewhere is missing, so that the next plan leads it back.
fn found(place: &Place, sni: bool, map: &MapText, redirects: Option<&MapText>) -> Option<Entries> {
    let own = |entry: &Entry<'_>| entry.owner() == Some(place.host.as_str()) && place.host_of(entry.key).is_some();
    let address = |host: &str| redirects?.get(&place.redirect_key(host)).map(|entry| entry.value.to_owned());
    let target = |entry: &Entry<'_>| match entry.target() {
        REDIRECT => Target::Redirect(place.host_of(entry.key).and_then(address).unwrap_or_default()),
        backend => Target::Backend(backend.to_owned()),
    };
    let first = map.get(&place.key(&place.host)).filter(own).or_else(|| map.entries().find(own))?;
    let first = target(&first);
    let same = map.entries().filter(|entry| own(entry) && target(entry) == first);
    let hosts = same.filter_map(|entry| place.host_of(entry.key)).map(str::to_owned).collect();
    Some(Entries { hosts, sni, target: first })
}

/// Refuses to have a backend removed to which routes lead: HAProxy looks it up for each request, so it would not refuse
/// that, and would answer 503. Routes that go at the same moment are waited for.
pub async fn refuse_while_routed(api: &Api, backend: &str) -> Result<()> {
    let names = api.map_names().await?;
    let end = Instant::now() + LIMIT;
    while let Some((frontend, place)) = route_to(api, backend, &names).await? {
        if Instant::now() >= end {
            let text = format!("the route of `{place}` in the frontend `{frontend}` leads to the backend `{backend}`");
            return Err(Error::conflict(text).hint(
                "Lead the route elsewhere first. To rename a backend, set `lifecycle { create_before_destroy = true }` in \
                 its resource.",
            ));
        }
        operation::sleep(LOOK).await?;
    }
    Ok(())
}

/// The frontend and the place of a route that leads to a backend.
async fn route_to(api: &Api, backend: &str, names: &[String]) -> Result<Option<(String, String)>> {
    for (kind, name) in names.iter().flat_map(|name| LEADING.map(|kind| (kind, name))) {
        let Some(frontend) = name.strip_suffix(&kind.file("")).filter(|frontend| !frontend.is_empty()) else {
            continue;
        };
        let Some(map) = api.map(name).await? else { continue };
        if let Some(key) = leading_to(backend, &map) {
            return Ok(Some((frontend.to_owned(), key.trim_end_matches('/').to_owned())));
        }
    }
    Ok(None)
}

/// How long routes may take to go that do not name the backend's resource, so that Terraform removes both at once.
const LIMIT: Duration = Duration::from_secs(5);

const LOOK: Duration = Duration::from_millis(100);

/// The maps whose entries name backends.
const LEADING: [MapKind; 3] = [MapKind::Host, MapKind::Prefix, MapKind::Sni];

/// The key of a route's entry that leads to a backend.
fn leading_to<'m>(backend: &str, map: &'m MapText) -> Option<&'m str> {
    map.entries().find(|entry| entry.owner().is_some() && entry.target() == backend).map(|entry| entry.key)
}

/// Hosts in the order of the plan; those that nobody planned come last.
pub fn ordered(hosts: Option<Vec<String>>, planned: Option<&Vec<String>>) -> Option<Vec<String>> {
    let place = |host: &String| planned.and_then(|planned| planned.iter().position(|name| name == host));
    let mut hosts = hosts?;
    hosts.sort_by_key(|host| place(host).unwrap_or(usize::MAX));
    Some(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_is_found_whole_and_without_others() {
        let map = MapText::read(
            "a.test be_a|a.test\nold.test be_a\nwww.a.test be_a|a.test\nb.test be_b|b.test\nx.a.test be_x|a.test\n",
        );
        let there = found(&Place::of("a.test"), false, &map, None).unwrap();
        assert_eq!(there.hosts, ["a.test", "www.a.test"]);
        assert_eq!(there.target, Target::Backend("be_a".into()));
        assert_eq!(found(&Place::of("old.test"), false, &map, None), None);
    }

    #[test]
    fn only_entries_of_routes_keep_a_backend() {
        let map = MapText::read("old.test be_old\na.test/api/ be_a|a.test\n");
        assert_eq!(leading_to("be_a", &map), Some("a.test/api/"));
        assert_eq!(leading_to("be_old", &map), None);
    }

    #[test]
    fn prefixes_of_one_host_are_routes_of_their_own() {
        let map = MapText::read("a.test/api/ be_a|a.test\na.test/old/ @redirect|a.test\nb.test/api/ be_a|a.test\n");
        let redirects = MapText::read("a.test/old/ https://a.test/new\n");
        let at = |place: &str| found(&Place::of(place), false, &map, Some(&redirects)).unwrap();
        assert_eq!(at("a.test/api").hosts, ["a.test", "b.test"]);
        assert_eq!(at("a.test/old").target, Target::Redirect("https://a.test/new".into()));
    }

    #[test]
    fn hosts_keep_the_order_of_the_plan() {
        let names = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let planned = names(&["b", "a"]);
        assert_eq!(ordered(names(&["a", "x", "b"]), planned.as_ref()), names(&["b", "a", "x"]));
        assert_eq!(ordered(None, planned.as_ref()), None);
    }
}
