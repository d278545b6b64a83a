//! Changes of routes: all that wait at the same moment are one write of each file, and entries at run time.
//!
//! Nothing reloads. The file comes first, so that a reload of somebody else in between loads the new entries as well.

use std::collections::BTreeMap;
use std::sync::Arc;

use tfplugin::batch::Waiting;
use tfplugin::prelude::*;
use tokio::task::JoinSet;

use super::client::Api;
use super::map_lock::Locked;
use super::map_run::{Edit, Ran, repair, run};
use super::map_store::MapKind;
use super::map_text::{MapText, REDIRECT};
use super::place::Place;

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

type Part = Vec<Waiting<RouteChange, ()>>;

/// The maps of a frontend by their kind.
pub type Maps = BTreeMap<MapKind, MapText>;

/// What came of a route.
type Ended = (Waiting<RouteChange, ()>, Result<()>);

/// Routes that change an entry in common, such as a host that moves from one to the other, and what becomes of theirs.
struct Group {
    routes: Part,
    edits: Vec<Edit>,
}

/// Carries out what waits, frontend by frontend.
pub async fn carry_out(api: Arc<Api>, batch: Part) {
    let mut frontends: BTreeMap<String, Part> = BTreeMap::new();
    for waiting in batch {
        frontends.entry(waiting.task.frontend.clone()).or_default().push(waiting);
    }
    for (frontend, part) in frontends {
        let ended = match Locked::take(&api, &frontend).await {
            Ok(lock) => {
                let lock = Arc::new(lock);
                let (ended, is_whole) = lock.during(change(&lock, part)).await;
                // Who takes over a lock that stays brings the running worker to what the files say.
                if is_whole {
                    lock.release().await;
                }
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

/// Changes the maps of one frontend, and says whether the running worker has what the files say.
async fn change(lock: &Arc<Locked>, part: Part) -> (Vec<Ended>, bool) {
    let before = match read(lock, &part).await {
        Ok(before) => before,
        Err(error) => return (failed(part, &error), !lock.taken_over),
    };
    if lock.taken_over
        && let Err(error) = repair(lock, &before).await
    {
        return (failed(part, &error), false);
    }
    let Decided { maps, groups, refused: mut ended } = decide(&before, part);
    // A run that was killed may have left a route in the file alone, whose import does not change anything any more.
    let mut is_whole = !ended.iter().any(|(refused, _)| refused.task.new) || repair(lock, &before).await.is_ok();
    if let Err(error) = write(lock, &before, &maps).await {
        let edits: Vec<Edit> = groups.iter().flat_map(|group| group.edits.clone()).collect();
        let (error, is_back) = told(error, take_back(lock, &edits).await);
        ended.extend(groups.into_iter().flat_map(|group| failed(group.routes, &error)));
        return (ended, is_whole && is_back);
    }
    for (group, ran) in run_all(lock, groups).await {
        let (error, is_undone) = match ran {
            Ran::Whole => {
                ended.extend(group.routes.into_iter().map(|waiting| (waiting, Ok(()))));
                continue;
            }
            Ran::Undone(error) => (error, true),
            Ran::Partly(error) => (error.hint(MENDED_LATER), false),
        };
        let (error, is_back) = told(error, take_back(lock, &group.edits).await);
        is_whole &= is_undone && is_back;
        ended.extend(failed(group.routes, &error));
    }
    (ended, is_whole)
}

const MENDED_LATER: &str = "The running HAProxy may have a part of it: the next change of a route of this frontend, or a \
                            reload, brings it to what the map files say.";

/// The error of a change that was taken back in the files, or was not; and whether it was.
fn told(error: Error, taken_back: Result<()>) -> (Error, bool) {
    match taken_back {
        Ok(()) => (error, true),
        Err(lost) => {
            let hint = format!(
                "The map files could not be put back: {}. Run again: a route that they have is named \
                                then with the id to import.",
                lost.message()
            );
            (error.hint(hint), false)
        }
    }
}

/// What is to become of the maps.
struct Decided {
    maps: Maps,
    groups: Vec<Group>,
    refused: Vec<Ended>,
}

/// Decides one route after the other, removals first. What is refused is decided again as long as others were accepted:
/// these may have freed its host.
fn decide(before: &Maps, mut part: Part) -> Decided {
    let (mut maps, mut groups) = (before.clone(), Vec::new());
    part.sort_by_key(|waiting| !waiting.task.hosts.is_empty());
    loop {
        let (count, mut refused) = (part.len(), Vec::new());
        for waiting in part {
            match edits(&maps, &waiting.task) {
                Ok(edits) => {
                    edits.iter().for_each(|edit| set(&mut maps, edit.map, &edit.key, edit.after.as_deref()));
                    join(&mut groups, waiting, edits);
                }
                Err(error) => refused.push((waiting, Err(error))),
            }
        }
        if refused.is_empty() || refused.len() == count {
            return Decided { maps, groups, refused };
        }
        part = refused.into_iter().map(|(waiting, _)| waiting).collect();
    }
}

/// Adds a route to those with which it has an entry in common. Each entry changes once, from what it was before all of
/// them to what it is after them: at run time no order is kept.
fn join(groups: &mut Vec<Group>, waiting: Waiting<RouteChange, ()>, edits: Vec<Edit>) {
    let shares = |group: &mut Group| group.edits.iter().any(|edit| edits.iter().any(|other| edit.concerns(other)));
    let mut joined = Group { routes: Vec::new(), edits: Vec::new() };
    for group in groups.extract_if(.., shares) {
        joined.routes.extend(group.routes);
        joined.edits.extend(group.edits);
    }
    joined.routes.push(waiting);
    for edit in edits {
        match joined.edits.iter_mut().find(|earlier| earlier.concerns(&edit)) {
            Some(earlier) => earlier.after = edit.after,
            None => joined.edits.push(edit),
        }
    }
    groups.push(joined);
}

/// The maps that these changes touch, as they are now; all of them where a crashed run may have left them half done.
async fn read(lock: &Locked, part: &Part) -> Result<Maps> {
    let (api, frontend) = (&lock.api, lock.frontend.as_str());
    let mut maps = Maps::new();
    for kind in MapKind::ALL.into_iter().filter(|_| lock.taken_over) {
        maps.extend(api.fetch_map(&kind.file(frontend)).await?.map(|map| (kind, map)));
    }
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

/// What is to change for a route.
fn edits(maps: &Maps, change: &RouteChange) -> Result<Vec<Edit>> {
    let place = &change.place;
    let kind = place.map(change.sni);
    let empty = MapText::default();
    let map = maps.get(&kind).unwrap_or(&empty);
    let own = |host: &str| map.get(&place.key(host)).is_some_and(|entry| entry.owner() == Some(place.host.as_str()));
    let of_route = map.entries().filter(|entry| entry.owner() == Some(place.host.as_str()));
    let old: Vec<&str> = of_route.filter_map(|entry| place.host_of(entry.key)).collect();
    if change.new && !old.is_empty() {
        return Err(if own(&place.host) { there_already(change) } else { named_so(change, &old) });
    }
    for host in &change.hosts {
        if let Some(entry) = map.get(&place.key(host)).filter(|_| !own(host)) {
            return Err(taken(change, host, entry.owner(), entry.target()));
        }
    }
    let mut edits = Vec::new();
    for host in &change.hosts {
        let (target, address) = match &change.target {
            Target::Backend(backend) => (backend.as_str(), None),
            Target::Redirect(address) => (REDIRECT, Some(address.clone())),
        };
        edits.push(edit(maps, kind, place.key(host), Some(format!("{target}|{}", place.host))));
        edits.push(edit(maps, MapKind::Redirect, place.redirect_key(host), address));
    }
    for host in old.into_iter().filter(|host| !change.hosts.iter().any(|kept| kept == host)) {
        edits.push(edit(maps, kind, place.key(host), None));
        edits.push(edit(maps, MapKind::Redirect, place.redirect_key(host), None));
    }
    Ok(edits.into_iter().flatten().collect())
}

/// An edit, if it changes anything.
fn edit(maps: &Maps, map: MapKind, key: String, after: Option<String>) -> Option<Edit> {
    let before = maps.get(&map)?.get(&key).map(|entry| entry.value.to_owned());
    (before != after).then_some(Edit { map, key, before, after })
}

fn there_already(change: &RouteChange) -> Error {
    let RouteChange { frontend, place, .. } = change;
    Error::conflict(format!("there is a route `{frontend}/{place}` already"))
        .hint(format!("Import it with the id `{frontend}/{place}`, or choose another first host."))
}

/// A route keeps its name when its first host leaves it; two of one name could not be told apart in the maps.
fn named_so(change: &RouteChange, hosts: &[&str]) -> Error {
    let RouteChange { frontend, place, .. } = change;
    let text = format!(
        "another route is named `{frontend}/{place}`, which it was made with: it has `{}` now",
        hosts.join("`, `")
    );
    Error::conflict(text)
        .hint("Put another host first, or have the other route made anew with `-replace`, so that it is named by its own host.")
        .at_attribute(if change.sni { "sni" } else { "hosts" })
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

/// Writes the maps that differ.
async fn write(lock: &Locked, before: &Maps, after: &Maps) -> Result<()> {
    for (kind, map) in after.iter().filter(|(kind, map)| before.get(kind) != Some(map)) {
        lock.ensure().await?;
        lock.api.write_map(&kind.file(&lock.frontend), map).await?;
    }
    Ok(())
}

/// Takes edits back in the files, as far as they stand there; what somebody else wrote meanwhile stays.
async fn take_back(lock: &Locked, edits: &[Edit]) -> Result<()> {
    let kinds: BTreeSet<MapKind> = edits.iter().map(|edit| edit.map).collect();
    let (mut now, mut former) = (Maps::new(), Maps::new());
    for kind in kinds {
        let map = lock.api.fetch_map(&kind.file(&lock.frontend)).await?.unwrap_or_default();
        now.insert(kind, map.clone());
        former.insert(kind, map);
    }
    for edit in edits {
        let value = now.get(&edit.map).and_then(|map| map.get(&edit.key)).map(|entry| entry.value);
        if value == edit.after.as_deref() {
            set(&mut former, edit.map, &edit.key, edit.before.as_deref());
        }
    }
    write(lock, &now, &former).await
}

/// Brings the groups to the running worker, all at once.
async fn run_all(lock: &Arc<Locked>, groups: Vec<Group>) -> Vec<(Group, Ran)> {
    let mut running = JoinSet::new();
    for group in groups {
        let lock = lock.clone();
        running.spawn(async move {
            let ran = run(&lock, group.edits.clone()).await;
            (group, ran)
        });
    }
    running.join_all().await
}

#[cfg(test)]
mod tests {
    use tfplugin::batch::Batches;

    use super::*;

    fn change(host: &str, hosts: &[&str], new: bool) -> RouteChange {
        let (place, hosts) = (Place::of(host), hosts.iter().map(|host| (*host).to_owned()).collect());
        let (frontend, target) = ("edge".to_owned(), Target::Backend("be_new".to_owned()));
        RouteChange { frontend, place, sni: false, new, hosts, target }
    }

    /// What is decided of changes that wait together: whether each is accepted, and the edits of each group.
    async fn decided(text: &'static str, changes: Vec<RouteChange>) -> (Vec<bool>, Vec<Vec<Edit>>) {
        let (sender, mut groups) = tokio::sync::mpsc::unbounded_channel();
        let batches = Batches::new(move |part: Part| {
            let sender = sender.clone();
            async move {
                let decided = decide(&Maps::from([(MapKind::Host, MapText::read(text))]), part);
                for group in decided.groups {
                    sender.send(group.edits).unwrap();
                    group.routes.into_iter().for_each(|waiting| waiting.end(Ok(())));
                }
                decided.refused.into_iter().for_each(|(waiting, outcome)| waiting.end(outcome));
            }
        });
        let mut waiting = Vec::new();
        for change in changes {
            let batches = batches.clone();
            waiting.push(tokio::spawn(async move { batches.submit(change).await.is_ok() }));
        }
        let mut accepted = Vec::new();
        for one in waiting {
            accepted.push(one.await.unwrap());
        }
        let mut edits = Vec::new();
        while let Ok(group) = groups.try_recv() {
            edits.push(group);
        }
        (accepted, edits)
    }

    fn edit(key: &str, before: Option<&str>, after: Option<&str>) -> Edit {
        let [before, after] = [before, after].map(|value| value.map(str::to_owned));
        Edit { map: MapKind::Host, key: key.to_owned(), before, after }
    }

    /// A route whose address in the configuration changes is removed and made at the same moment.
    #[tokio::test]
    async fn a_route_that_is_removed_and_made_changes_once() {
        let changes = vec![change("a.test", &["a.test"], true), change("a.test", &[], false)];
        let (accepted, groups) = decided("a.test be_old|a.test\n", changes).await;
        assert_eq!(accepted, [true, true]);
        assert_eq!(groups, [[edit("a.test", Some("be_old|a.test"), Some("be_new|a.test"))]]);
    }

    #[tokio::test]
    async fn a_host_that_moves_changes_once_and_others_are_apart() {
        let changes = vec![
            change("b.test", &["b.test", "x.test"], false),
            change("c.test", &["c.test"], true),
            change("a.test", &["a.test"], false),
        ];
        let text = "a.test be_new|a.test\nx.test be_new|a.test\nb.test be_new|b.test\n";
        let (accepted, groups) = decided(text, changes).await;
        assert_eq!(accepted, [true, true, true]);
        let moved = vec![edit("x.test", Some("be_new|a.test"), Some("be_new|b.test"))];
        assert_eq!(groups, [vec![edit("c.test", None, Some("be_new|c.test"))], moved]);
    }

    #[tokio::test]
    async fn a_host_that_stays_elsewhere_is_refused() {
        let changes = vec![change("b.test", &["a.test"], false), change("a.test", &["a.test"], false)];
        let (accepted, groups) = decided("a.test be_new|a.test\n", changes).await;
        assert_eq!(accepted, [false, true]);
        assert_eq!(groups, [Vec::new()]);
    }
}
