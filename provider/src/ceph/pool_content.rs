//! What a pool holds, before it is destroyed with it.

use std::time::Duration;

use tfplugin::operation;
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};
use tokio::time::Instant;

use super::client::{Ceph, has};
use crate::http::{Request, path};

/// How old a count may be, twice over: OSDs report every 5 s (`mgr_stats_period`). What was written may not be counted so
/// long, and what was deleted may still be.
const REPORTED: Duration = Duration::from_secs(10);

/// How long the dashboard keeps the names of a pool's images (`ttl_cache` in its `services/rbd.py`).
const LISTED: Duration = Duration::from_secs(31);

/// Objects in which RBD keeps books of a pool (`rbd_directory`, `rbd_info`, `rbd_trash` …), and the bytes in them, since
/// most of it is in their maps.
const BOOKS: u64 = 16;
const BYTES_OF_BOOKS: u64 = 1024;

/// The most objects that no data can be among: librbd writes `rbd_info` to each pool before it uses it.
const TOO_FEW: u64 = 1;

/// A pool as it is now.
pub struct Content {
    /// Its name.
    pub name: String,
    id: u64,
    replicated: bool,
    images: bool,
    /// Objects and the bytes in them; none while a placement group has not been reported.
    counted: Option<(u64, u64)>,
}

/// What the count of objects tells.
#[derive(Clone, Copy, PartialEq)]
enum Count {
    /// Nobody knows: a manager that has just become active counts 0 until the OSDs have reported.
    Unknown,
    /// Nothing that anybody would miss.
    Nothing,
    /// RBD's books, if there are no images.
    Books,
    /// So many objects.
    Data(u64),
}

/// The pool of this number, with what the OSDs report of it.
pub async fn look(ceph: &Ceph, id: u64) -> Result<Option<Content>> {
    let list = Request::get(path!("pool")).query("attrs", "pool,pool_name,type,application_metadata,stats,pg_status");
    let pools = ceph.whole(list.query("stats", true)).await?;
    Ok(pools.iter().find(|pool| has(pool, "pool", id)).map(|pool| Content::of(pool, id)))
}

impl Content {
    fn of(pool: &Object, id: u64) -> Self {
        let statistic = |name: &str| {
            let series = pool.get("stats").and_then(Value::as_map).and_then(|stats| stats.get(name));
            let latest = series.and_then(Value::as_map).and_then(|series| series.get("latest"));
            latest.and_then(Value::as_number).and_then(tfplugin::value::Number::as_f64).map(rounded)
        };
        let states = pool.get("pg_status").and_then(Value::as_map);
        let reported = states.is_some_and(|states| {
            !states.is_empty() && states.keys().all(|state| state.split('+').any(|word| word == "active"))
        });
        let applications = pool.get("application_metadata").and_then(Value::as_list).unwrap_or_default();
        Content {
            name: pool.get("pool_name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            id,
            replicated: has(pool, "type", "replicated"),
            images: applications.contains(&"rbd".into()),
            counted: statistic("objects").zip(statistic("stored_data")).filter(|_| reported),
        }
    }

    fn count(&self) -> Count {
        let Some((objects, bytes)) = self.counted else { return Count::Unknown };
        // An erasure coded pool keeps data of images alone, and no names of them.
        let most = if self.replicated { BOOKS } else { TOO_FEW };
        let books = self.images && objects <= most && bytes <= BYTES_OF_BOOKS;
        match objects {
            0 => Count::Nothing,
            objects if books && objects <= TOO_FEW => Count::Nothing,
            _ if books => Count::Books,
            objects => Count::Data(objects),
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count is whole and not negative")]
fn rounded(count: f64) -> u64 {
    count as u64
}

/// Refuses to go on where the pool holds something: Ceph would delete it without a question. Returns the pool as the
/// last look saw it; none when it is gone.
pub async fn refuse(ceph: &Ceph, pool: Content) -> Result<Option<Content>> {
    refuse_with_images(ceph, &pool).await?;
    let (begin, mut since, mut count) = (Instant::now(), Instant::now(), pool.count());
    loop {
        let waited = operation::sleep(Duration::from_secs(1)).await;
        waited.map_err(|error| uncounted(error, count, &pool.name))?;
        let Some(now) = look(ceph, pool.id).await? else { return Ok(None) };
        if now.count() != count {
            (since, count) = (Instant::now(), now.count());
        }
        match count {
            Count::Nothing if since.elapsed() >= REPORTED => return Ok(Some(now)),
            Count::Books if begin.elapsed() >= LISTED => {
                refuse_with_images(ceph, &now).await?;
                return Ok(Some(now));
            }
            Count::Data(objects) if since.elapsed() >= REPORTED => {
                return Err(filled(&now.name, &format!("objects, {objects} by the last count")));
            }
            _ => {}
        }
    }
}

fn uncounted(error: Error, count: Count, name: &str) -> Error {
    match count {
        Count::Unknown => error
            .context(format!("nobody knows what the pool `{name}` holds"))
            .hint("Not all of its placement groups are active: look at `ceph health detail`."),
        _ => error,
    }
}

/// Only replicated pools keep the names of images.
async fn refuse_with_images(ceph: &Ceph, pool: &Content) -> Result<()> {
    let lists = [(path!("block/image"), "images"), (path!("block/image/trash"), "images in its trash")];
    for (path, what) in lists.into_iter().filter(|_| pool.replicated) {
        let held = ceph.whole(Request::get(path).query("pool_name", &pool.name)).await?;
        if let Some(name) = held.iter().find_map(first_name) {
            return Err(filled(&pool.name, &format!("{what}, such as `{name}`")));
        }
    }
    Ok(())
}

/// The first name in a list of images, which is one of lists by pool.
fn first_name(of_pool: &Object) -> Option<&str> {
    of_pool.get("value")?.as_list()?.iter().find_map(|image| image.as_map()?.get("name")?.as_str())
}

fn filled(name: &str, what: &str) -> Error {
    Error::new(format!("the pool `{name}` holds {what}"))
        .hint("Move or delete that first; or set `force_destroy = true` and apply, to delete all of it with the pool.")
}

/// Removes the rule that Ceph made for a pool that is gone, unless another pool has begun to use it.
pub async fn remove_rule(ceph: &Ceph, rule: &str) -> Result<()> {
    match ceph.delete(super::crush_rule::CRUSH_RULE, path!("crush_rule" / rule)).await {
        Err(error) if error.message().contains("is in use") => {
            tracing::info!(rule, "another pool uses the rule that was made for a pool that is gone");
            Ok(())
        }
        result => result.map_err(|error| {
            error
                .context(format!("the pool is gone, and its CRUSH rule `{rule}` is left"))
                .hint(format!("Delete it with `ceph osd crush rule rm {rule}`."))
        }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tfplugin::value::from_plain_json;

    use super::*;

    fn count(kind: &str, objects: u64, states: &[&str]) -> Count {
        let states: serde_json::Map<_, _> = states.iter().map(|state| ((*state).to_owned(), json!(1))).collect();
        let pool = json!({ "pool_name": "p", "type": kind, "application_metadata": ["rbd"], "pg_status": states,
            "stats": { "objects": { "latest": objects }, "stored_data": { "latest": 19 } } });
        Content::of(from_plain_json(pool).as_map().unwrap(), 1).count()
    }

    #[test]
    fn nothing_is_counted_before_every_placement_group_is_reported() {
        assert!(count("replicated", 0, &["active+clean", "active+undersized+degraded"]) == Count::Nothing);
        for states in [&["unknown"][..], &["active+clean", "peering"], &[]] {
            assert!(count("replicated", 0, states) == Count::Unknown, "{states:?}");
        }
        let pool = json!({ "pool_name": "p", "type": "replicated", "pg_status": { "active+clean": 1 }, "stats": {} });
        assert!(Content::of(from_plain_json(pool).as_map().unwrap(), 1).count() == Count::Unknown);
    }

    #[test]
    fn two_small_objects_may_be_data_where_no_names_are_kept() {
        let active = &["active+clean"];
        assert!(count("erasure", 1, active) == Count::Nothing);
        assert!(count("erasure", 2, active) == Count::Data(2));
        assert!(count("replicated", 2, active) == Count::Books);
    }
}
