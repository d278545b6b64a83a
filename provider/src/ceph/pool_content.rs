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

/// The most objects that no image can be among: one needs `rbd_id`, `rbd_header` and `rbd_directory`.
const TOO_FEW: u64 = 2;

/// A pool as it is now.
pub struct Content {
    /// Its name.
    pub name: String,
    id: u64,
    replicated: bool,
    images: bool,
    objects: u64,
    bytes: u64,
}

/// What the count of objects tells.
#[derive(Clone, Copy, PartialEq)]
enum Count {
    /// Nothing that anybody would miss.
    Nothing,
    /// RBD's books, if there are no images.
    Books,
    /// So many objects.
    Data(u64),
}

/// The pool of this number, with what the OSDs report of it.
pub async fn look(ceph: &Ceph, id: u64) -> Result<Option<Content>> {
    let list = Request::get(path!("pool")).query("attrs", "pool,pool_name,type,application_metadata,stats");
    let pools = ceph.whole(list.query("stats", true)).await?;
    Ok(pools.iter().find(|pool| has(pool, "pool", id)).map(|pool| Content::of(pool, id)))
}

impl Content {
    fn of(pool: &Object, id: u64) -> Self {
        let statistic = |name: &str| {
            let series = pool.get("stats").and_then(Value::as_map).and_then(|stats| stats.get(name));
            let latest = series.and_then(Value::as_map).and_then(|series| series.get("latest"));
            latest.and_then(Value::as_number).and_then(tfplugin::value::Number::as_f64).map_or(0, rounded)
        };
        let applications = pool.get("application_metadata").and_then(Value::as_list).unwrap_or_default();
        Content {
            name: pool.get("pool_name").and_then(Value::as_str).unwrap_or_default().to_owned(),
            id,
            replicated: has(pool, "type", "replicated"),
            images: applications.contains(&"rbd".into()),
            objects: statistic("objects"),
            bytes: statistic("stored_data"),
        }
    }

    fn count(&self) -> Count {
        let books = self.images && self.objects <= BOOKS && self.bytes <= BYTES_OF_BOOKS;
        match self.objects {
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

/// Refuses to go on where the pool holds something: Ceph would delete it without a question.
pub async fn refuse(ceph: &Ceph, pool: &Content) -> Result<()> {
    refuse_with_images(ceph, pool).await?;
    let (begin, mut since, mut count) = (Instant::now(), Instant::now(), pool.count());
    loop {
        operation::sleep(Duration::from_secs(1)).await?;
        let Some(now) = look(ceph, pool.id).await? else { return Ok(()) };
        if now.count() != count {
            (since, count) = (Instant::now(), now.count());
        }
        match count {
            Count::Nothing if since.elapsed() >= REPORTED => return Ok(()),
            Count::Books if begin.elapsed() >= LISTED => return refuse_with_images(ceph, pool).await,
            Count::Data(objects) if since.elapsed() >= REPORTED => {
                return Err(filled(&pool.name, &format!("objects, {objects} by the last count")));
            }
            _ => {}
        }
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
        result => result,
    }
}
