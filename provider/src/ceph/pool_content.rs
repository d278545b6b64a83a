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

/// The flag of a pool in which librbd has tried snapshots. It does so before it first puts data of an image there, and
/// writes `rbd_info` then (`ValidatePoolRequest`).
const VALIDATED: &str = "selfmanaged_snaps";

/// Bytes of `rbd_info`: `overwrite validated`.
const BYTES_OF_INFO: u64 = 19;

/// Words for placement groups that are counted: those that OSDs serve, and those that none has served yet, such as with an
/// erasure code of more parts than there are OSDs. Nothing can have been written to these.
const COUNTED: [&str; 2] = ["active", "creating"];

const ATTRIBUTES: &str = "pool,pool_name,type,application_metadata,flags_names,stripe_width,stats,pg_status";

/// A pool as it is now.
pub struct Content {
    /// Its name.
    pub name: String,
    id: u64,
    replicated: bool,
    images: bool,
    /// Bytes that `rbd_info` takes, if librbd has written one: an erasure coded pool fills it up to a stripe.
    info: Option<u64>,
    /// Objects and the bytes in them; none while a placement group has not been reported. What is in the maps of objects
    /// is no part of these bytes.
    counted: Option<(u64, u64)>,
}

/// What the count of objects tells.
#[derive(Clone, Copy, PartialEq)]
enum Count {
    /// Nobody knows: a manager that has just become active counts 0 until the OSDs have reported.
    Unknown,
    /// No object.
    Nothing,
    /// What RBD leaves behind when the last image is deleted, if there are no images.
    Books,
    /// So many objects.
    Data(u64),
}

/// The pool of this number, with what the OSDs report of it.
pub async fn look(ceph: &Ceph, id: u64) -> Result<Option<Content>> {
    let list = Request::get(path!("pool")).query("attrs", ATTRIBUTES).query("stats", true);
    let pools = ceph.whole(list).await?;
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
            !states.is_empty() && states.keys().all(|state| state.split('+').any(|word| COUNTED.contains(&word)))
        });
        let applications = pool.get("application_metadata").and_then(Value::as_list).unwrap_or_default();
        let text = |name: &str| pool.get(name).and_then(Value::as_str).unwrap_or_default();
        let stripe = pool.get("stripe_width").and_then(Value::as_number).and_then(tfplugin::value::Number::as_u64);
        let validated = text("flags_names").split(',').any(|flag| flag == VALIDATED);
        Content {
            name: text("pool_name").to_owned(),
            id,
            replicated: has(pool, "type", "replicated"),
            images: applications.contains(&"rbd".into()),
            info: validated.then_some(stripe.unwrap_or_default().max(BYTES_OF_INFO)),
            counted: statistic("objects").zip(statistic("stored_data")).filter(|_| reported),
        }
    }

    fn count(&self) -> Count {
        let Some((objects, bytes)) = self.counted else { return Count::Unknown };
        match objects {
            0 => Count::Nothing,
            objects if self.images && self.are_books(objects, bytes) => Count::Books,
            objects => Count::Data(objects),
        }
    }

    /// RBD's own objects are told from data by their number and their bytes: `rbd_directory` and `rbd_trash`, both without
    /// a byte, stand where images were, and `rbd_info` where data of images was, which can be another pool.
    fn are_books(&self, objects: u64, bytes: u64) -> bool {
        let info_alone = self.info == Some(bytes);
        match objects {
            1 => info_alone,
            2 => bytes == 0 && self.replicated,
            3 => info_alone && self.replicated,
            _ => false,
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
            Count::Books if begin.elapsed() >= LISTED && since.elapsed() >= REPORTED => {
                refuse_with_images(ceph, &now).await?;
                return Ok(Some(now));
            }
            // What was deleted with an image may be counted for longer than others.
            Count::Data(objects) if since.elapsed() >= REPORTED && (!now.images || begin.elapsed() >= LISTED) => {
                refuse_with_images(ceph, &now).await?;
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
            .hint(
                "Not all of its placement groups are active: look at `ceph health detail`; or set `force_destroy = true` and \
                 apply, to delete the pool with whatever it holds.",
            ),
        _ => error,
    }
}

/// Only replicated pools keep the names of images; the data of these may be in any pool.
async fn refuse_with_images(ceph: &Ceph, pool: &Content) -> Result<()> {
    let images = Request::get(path!("block/image")).query("limit", -1);
    let lists = [(images.clone(), "images"), (Request::get(path!("block/image/trash")), "images in its trash")];
    for (list, what) in lists.into_iter().filter(|_| pool.replicated) {
        let held = ceph.whole(list.query("pool_name", &pool.name)).await?;
        if let Some(name) = held.iter().find_map(first_name) {
            return Err(filled(&pool.name, &format!("{what}, such as `{name}`")));
        }
    }
    if !pool.images {
        return Ok(());
    }
    let everywhere = ceph.whole(images).await?;
    let images = everywhere.iter().filter_map(|of_pool| of_pool.get("value")?.as_list()).flatten();
    let mut elsewhere = images.filter_map(Value::as_map).filter(|image| has(image, "data_pool", pool.name.as_str()));
    match elsewhere.find_map(|image| Some((image.get("pool_name")?.as_str()?, image.get("name")?.as_str()?))) {
        Some((of, name)) => Err(filled(&pool.name, &format!("the data of images, such as `{of}/{name}`"))),
        None => Ok(()),
    }
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

    fn pool(kind: &str, flags: &str, (objects, bytes): (u64, u64)) -> Content {
        let stripe = if kind == "erasure" { 8192 } else { 0 };
        let pool = json!({ "pool_name": "p", "type": kind, "application_metadata": ["rbd"], "flags_names": flags,
            "stripe_width": stripe, "pg_status": { "active+clean": 1, "active+undersized+degraded": 1 },
            "stats": { "objects": { "latest": objects }, "stored_data": { "latest": bytes } } });
        Content::of(from_plain_json(pool).as_map().unwrap(), 1)
    }

    #[test]
    fn nothing_is_counted_before_every_placement_group_is_reported() {
        for (states, stats) in [
            (json!({ "unknown": 1 }), json!({ "objects": { "latest": 0 }, "stored_data": { "latest": 0 } })),
            (
                json!({ "active+clean": 1, "peering": 1 }),
                json!({ "objects": { "latest": 0 }, "stored_data": { "latest": 0 } }),
            ),
            (json!({}), json!({ "objects": { "latest": 0 }, "stored_data": { "latest": 0 } })),
            (json!({ "active+clean": 1 }), json!({})),
        ] {
            let pool = json!({ "pool_name": "p", "type": "replicated", "pg_status": states, "stats": stats });
            assert!(Content::of(from_plain_json(pool).as_map().unwrap(), 1).count() == Count::Unknown, "{states}");
        }
    }

    #[test]
    fn one_object_is_a_book_if_librbd_wrote_it() {
        let (used, unused) = ("hashpspool,selfmanaged_snaps", "hashpspool");
        assert!(pool("replicated", unused, (0, 0)).count() == Count::Nothing);
        assert!(pool("replicated", used, (1, 19)).count() == Count::Books);
        assert!(pool("erasure", used, (1, 8192)).count() == Count::Books);
        for (kind, flags, counted) in [
            ("replicated", unused, (1, 19)),
            ("replicated", unused, (1, 0)),
            ("replicated", used, (1, 4)),
            ("erasure", unused, (1, 8192)),
            ("erasure", used, (1, 16_384)),
        ] {
            assert!(pool(kind, flags, counted).count() == Count::Data(1), "{kind} {flags} {counted:?}");
        }
    }

    #[test]
    fn what_rbd_leaves_behind_is_told_from_small_objects() {
        let (used, unused) = ("hashpspool,selfmanaged_snaps", "hashpspool");
        assert!(pool("replicated", used, (3, 19)).count() == Count::Books);
        assert!(pool("replicated", unused, (2, 0)).count() == Count::Books);
        for (kind, flags, counted) in [
            ("replicated", unused, (2, 5)),
            ("replicated", used, (2, 19)),
            ("erasure", unused, (2, 0)),
            ("replicated", used, (3, 20)),
            ("replicated", used, (4, 19)),
            ("erasure", used, (3, 8192)),
        ] {
            assert!(pool(kind, flags, counted).count() == Count::Data(counted.0), "{kind} {flags} {counted:?}");
        }
    }
}
