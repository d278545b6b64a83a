//! Changes of routes: all that wait at the same moment are one write of each file, and entries at run time.
//!
//! Nothing reloads. The file comes first, so that a reload of somebody else in between loads the new entries as well.

use std::collections::BTreeMap;
use std::sync::Arc;

use tfplugin::batch::Waiting;
use tfplugin::prelude::*;
use tokio::task::JoinSet;

use super::client::Api;
use super::map_store::MapKind;
use super::map_text::{MapText, REDIRECT};
use super::place::Place;
use crate::http::{Request, path};

/// What the entries of one route are to be.
#[derive(Clone, Debug)]
pub struct RouteChange {
    /// The frontend whose maps hold it.
    pub frontend: String,
    /// Which route it is.
    pub place: Place,
    /// Whether hosts are looked up in TLS hellos.
    pub sni: bool,
    /// Whether there must be none so far.
    pub new: bool,
    /// Its hosts; none to remove it.
    pub hosts: Vec<String>,
    /// The backend, or the address that clients are sent to.
    pub target: Target,
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To a backend.
    Backend(String),
    /// To another address.
    Redirect(String),
}

/// An entry that changes, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Edit {
    map: MapKind,
    key: String,
    before: Option<String>,
    after: Option<String>,
}

type Part = Vec<Waiting<RouteChange, ()>>;

/// The maps of a frontend by their kind.
type Maps = BTreeMap<MapKind, MapText>;

/// What came of a route.
type Ended = (Waiting<RouteChange, ()>, Result<()>);

/// Carries out what waits, frontend by frontend.
pub async fn carry_out(api: Arc<Api>, batch: Part) {
    let mut frontends: BTreeMap<String, Part> = BTreeMap::new();
    for waiting in batch {
        frontends.entry(waiting.task.frontend.clone()).or_default().push(waiting);
    }
    for (frontend, part) in frontends {
        let ended = match api.lock_maps(&frontend).await {
            Ok(lock) => {
                let ended = change(&api, &frontend, part).await;
                lock.release().await;
                ended
            }
            Err(error) => failed(part, &error),
        };
        ended.into_iter().for_each(|(waiting, outcome)| waiting.end(outcome));
    }
}

fn failed(part: Part, error: &Error) -> Vec<Ended> {
    part.into_iter().map(|waiting| (waiting, Err(error.clone()))).collect()
}

/// Changes the maps of one frontend, whose lock is held.
async fn change(api: &Arc<Api>, frontend: &str, part: Part) -> Vec<Ended> {
    let mut maps = match read(api, frontend, &part).await {
        Ok(maps) => maps,
        Err(error) => return failed(part, &error),
    };
    let (mut accepted, mut ended) = (Vec::new(), Vec::new());
    let before = maps.clone();
    for waiting in part {
        match edits(&maps, &waiting.task) {
            Ok(edits) => {
                edits.iter().for_each(|edit| set(&mut maps, edit.map, &edit.key, edit.after.as_deref()));
                accepted.push((waiting, edits));
            }
            Err(error) => {
                bring_up(api, frontend, &maps, &waiting.task).await;
                ended.push((waiting, Err(error)));
            }
        }
    }
    if let Err(error) = write(api, frontend, &before, &maps).await {
        ended.extend(accepted.into_iter().map(|(waiting, _)| (waiting, Err(error.clone()))));
        return ended;
    }
    let ran = run(api, frontend, accepted).await;
    let written = maps.clone();
    for (_, edits, outcome) in &ran {
        if outcome.is_err() {
            edits.iter().rev().for_each(|edit| set(&mut maps, edit.map, &edit.key, edit.before.as_deref()));
        }
    }
    let restored = write(api, frontend, &written, &maps).await;
    ended.extend(ran.into_iter().map(|(waiting, _, outcome)| match (&restored, outcome) {
        (Err(lost), Err(error)) => {
            let hint = format!("The file could not be put back: {}.", lost.message());
            (waiting, Err(error.hint(hint)))
        }
        (_, outcome) => (waiting, outcome),
    }));
    ended
}

/// The maps that these changes touch, as they are now.
async fn read(api: &Api, frontend: &str, part: &Part) -> Result<Maps> {
    let mut maps = Maps::new();
    for change in part.iter().map(|waiting| &waiting.task) {
        let kind = change.place.map(change.sni);
        let mut kinds = vec![kind];
        if kind != MapKind::Sni {
            let redirects = matches!(change.target, Target::Redirect(_));
            let redirected = |map: &MapText| map.entries().any(|entry| entry.target() == REDIRECT);
            read_one(api, frontend, kind, &mut maps).await?;
            if redirects || maps.get(&kind).is_some_and(redirected) {
                kinds.push(MapKind::Redirect);
            }
        }
        for kind in kinds {
            read_one(api, frontend, kind, &mut maps).await?;
        }
    }
    Ok(maps)
}

async fn read_one(api: &Api, frontend: &str, kind: MapKind, maps: &mut Maps) -> Result<()> {
    if maps.contains_key(&kind) {
        return Ok(());
    }
    let map = api.fetch_map(&kind.file(frontend)).await?.ok_or_else(|| {
        Error::new(format!("the frontend `{frontend}` has no map `{}`", kind.file(frontend))).hint(match kind {
            MapKind::Sni => {
                "Set `mode = \"tcp\"` and `routes = true` in the frontend, or `hosts` in the place of `sni`."
            }
            _ => "Set `routes = true` in the frontend, which must not have `mode = \"tcp\"`.",
        })
    })?;
    maps.insert(kind, map);
    Ok(())
}

fn set(maps: &mut Maps, map: MapKind, key: &str, value: Option<&str>) {
    if let Some(map) = maps.get_mut(&map) {
        map.set(key, value);
    }
}

/// What is to change for a route, in an order in which no request meets half of it.
fn edits(maps: &Maps, change: &RouteChange) -> Result<Vec<Edit>> {
    let RouteChange { frontend, place, .. } = change;
    let kind = place.map(change.sni);
    let empty = MapText::default();
    let map = maps.get(&kind).unwrap_or(&empty);
    let own = |host: &str| map.get(&place.key(host)).is_some_and(|entry| entry.owner() == Some(place.host.as_str()));
    let of_route = map.entries().filter(|entry| entry.owner() == Some(place.host.as_str()));
    let old: Vec<&str> = of_route.filter_map(|entry| place.host_of(entry.key)).collect();
    if change.new && !old.is_empty() {
        return Err(Error::conflict(format!("there is a route `{frontend}/{place}` already"))
            .hint(format!("Import it with the id `{frontend}/{place}`, or choose another first host.")));
    }
    for host in &change.hosts {
        if let Some(entry) = map.get(&place.key(host)).filter(|_| !own(host)) {
            return Err(taken(change, host, entry.owner(), entry.target()));
        }
    }
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for host in &change.hosts {
        let (target, address) = match &change.target {
            Target::Backend(backend) => (backend.as_str(), None),
            Target::Redirect(address) => (REDIRECT, Some(address.clone())),
        };
        let main = edit(maps, kind, place.key(host), Some(format!("{target}|{}", place.host)));
        let redirect = edit(maps, MapKind::Redirect, place.redirect_key(host), address.clone());
        if address.is_some() { first.extend([redirect, main]) } else { last.extend([main, redirect]) }
    }
    for host in old.into_iter().filter(|host| !change.hosts.iter().any(|kept| kept == host)) {
        last.push(edit(maps, kind, place.key(host), None));
        last.push(edit(maps, MapKind::Redirect, place.redirect_key(host), None));
    }
    first.extend(last);
    Ok(first.into_iter().flatten().collect())
}

/// An edit, if it changes anything.
fn edit(maps: &Maps, map: MapKind, key: String, after: Option<String>) -> Option<Edit> {
    let before = maps.get(&map)?.get(&key).map(|entry| entry.value.to_owned());
    (before != after).then_some(Edit { map, key, before, after })
}

fn taken(change: &RouteChange, host: &str, owner: Option<&str>, target: &str) -> Error {
    let RouteChange { frontend, place, .. } = change;
    let prefix = place.prefix.as_deref().unwrap_or_default();
    let whose = match owner {
        Some(owner) => format!("by the route `{frontend}/{owner}{prefix}`"),
        None => "by an entry that Terraform does not manage".to_owned(),
    };
    let attribute = if change.sni { "sni" } else { "hosts" };
    Error::conflict(format!("`{host}{prefix}` is routed already, to `{target}` {whose}"))
        .hint("Remove the host from one of the two.")
        .at_attribute(attribute)
}

/// Brings a route to the running worker that is there already: a run that was killed may have left it in the file alone.
async fn bring_up(api: &Api, frontend: &str, maps: &Maps, change: &RouteChange) {
    let (place, kind) = (&change.place, change.place.map(change.sni));
    let Some(map) = maps.get(&kind).filter(|_| change.new) else { return };
    let own = map.entries().filter(|entry| entry.owner() == Some(place.host.as_str()));
    for (entry, host) in own.filter_map(|entry| Some((entry, place.host_of(entry.key)?))) {
        let redirect = maps.get(&MapKind::Redirect).and_then(|redirects| redirects.get(&place.redirect_key(host)));
        let edits = redirect.map(|entry| (MapKind::Redirect, entry)).into_iter().chain([(kind, entry)]);
        for (map, entry) in edits {
            let edit = Edit { map, key: entry.key.to_owned(), before: None, after: None };
            if let Err(error) = set_running(api, frontend, &edit, Some(entry.value)).await {
                tracing::warn!(key = entry.key, %error, "an entry of a route does not run");
            }
        }
    }
}

/// Writes the maps that differ.
async fn write(api: &Api, frontend: &str, before: &Maps, after: &Maps) -> Result<()> {
    for (kind, map) in after.iter().filter(|(kind, map)| before.get(kind) != Some(map)) {
        api.write_map(&kind.file(frontend), map).await?;
    }
    Ok(())
}

type Ran = (Waiting<RouteChange, ()>, Vec<Edit>, Result<()>);

/// Brings the edits to the running worker, route by route and all routes at once.
async fn run(api: &Arc<Api>, frontend: &str, accepted: Vec<(Waiting<RouteChange, ()>, Vec<Edit>)>) -> Vec<Ran> {
    let mut running = JoinSet::new();
    for (waiting, edits) in accepted {
        let (api, frontend) = (api.clone(), frontend.to_owned());
        running.spawn(async move {
            let outcome = run_one(&api, &frontend, &edits).await;
            (waiting, edits, outcome)
        });
    }
    running.join_all().await
}

async fn run_one(api: &Api, frontend: &str, edits: &[Edit]) -> Result<()> {
    for (done, edit) in edits.iter().enumerate() {
        let value = edit.after.as_deref();
        if let Err(error) = set_running(api, frontend, edit, value).await {
            for undone in edits[..done].iter().rev() {
                set_running(api, frontend, undone, undone.before.as_deref()).await.ok();
            }
            return Err(error.context(format!("cannot change the running map of `{frontend}`")));
        }
    }
    Ok(())
}

/// Sets an entry of the running worker, whether it is there or not: a reload may have loaded the file meanwhile.
async fn set_running(api: &Api, frontend: &str, edit: &Edit, value: Option<&str>) -> Result<()> {
    let entries = path!("services/haproxy/runtime/maps" / edit.map.file(frontend) / "entries");
    let entry = entries.clone().segment(&edit.key);
    let Some(value) = value else {
        return api.send(Request::delete(entry).accept(404)).await.map(drop);
    };
    let change = Request::put(entry).json(serde_json::json!({ "value": value }));
    let add = Request::post(entries).json(serde_json::json!({ "key": edit.key, "value": value })).repeatable(true);
    let answer = match edit.before {
        None => api.send(add.accept(409)).await?,
        Some(_) => api.send(change.clone().accept(404)).await?,
    };
    match answer.status() {
        409 => api.send(change).await.map(drop),
        404 => {
            let add = path!("services/haproxy/runtime/maps" / edit.map.file(frontend) / "entries");
            let body = serde_json::json!({ "key": edit.key, "value": value });
            api.send(Request::post(add).json(body).repeatable(true)).await.map(drop)
        }
        _ => Ok(()),
    }
}
