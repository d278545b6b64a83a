//! Pools as the API has them: words, the list of all, and the order in which changes work.

use std::time::Duration;

use tfplugin::operation;
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};
use tokio::time::Instant;

use super::client::{Ceph, has, with_body};
use super::size::{Size, in_bytes, some_bytes};
use super::task::Stage;
use crate::http::{Request, path};

/// The part of the API with the pools.
pub const POOL: &str = "pool";

/// What is read of each pool; a hundred are 60 KiB.
const ATTRIBUTES: &str = "pool,pool_name,type,size,min_size,pg_num_target,pg_autoscale_mode,crush_rule,erasure_code_profile,\
                          flags_names,application_metadata,quota_max_bytes,quota_max_objects,options";

const SIZES: [&str; 3] = ["quota_max_bytes", "compression_min_blob_size", "compression_max_blob_size"];

/// How long the list may lack a pool that was made.
const SHOWN: Duration = Duration::from_secs(30);

/// How objects are kept.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum PoolType {
    /// As copies.
    Replicated,
    /// As parts, of which some can be lost.
    Erasure,
}

/// What the autoscaler does.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum PgAutoscaleMode {
    /// Nothing.
    Off,
    /// It changes the number of placement groups.
    On,
    /// It warns of a wrong number.
    Warn,
}

/// When data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum CompressionMode {
    /// Never.
    None,
    /// When the writer says that it can be.
    Passive,
    /// Unless the writer says that it cannot be.
    Aggressive,
    /// Always.
    Force,
}

/// How data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum CompressionAlgorithm {
    /// LZ4.
    Lz4,
    /// Snappy.
    Snappy,
    /// zlib.
    Zlib,
    /// Zstandard.
    Zstd,
}

/// How data is compressed before it is stored.
#[derive(Clone, Nested)]
#[expect(clippy::duplicated_attributes, reason = "an attribute can stand in several rules")]
#[tf(
    requires(compression_algorithm, compression_mode),
    requires(compression_required_ratio, compression_mode),
    requires(compression_min_blob_size, compression_mode),
    requires(compression_max_blob_size, compression_mode)
)]
pub struct Compression {
    /// When data is compressed.
    #[tf(read = "options.compression_mode")]
    compression_mode: Option<CompressionMode>,

    /// How data is compressed; omit it for the OSDs' way.
    #[tf(read = "options.compression_algorithm")]
    compression_algorithm: Option<CompressionAlgorithm>,

    /// Part of its size that data may have at most after compression, to be kept compressed.
    #[tf(read = "options.compression_required_ratio")]
    compression_required_ratio: Option<f64>,

    /// Size below which data is not compressed.
    #[tf(read = "options.compression_min_blob_size", check = some_bytes)]
    compression_min_blob_size: Option<Size>,

    /// Size of the parts in which larger data is compressed.
    #[tf(read = "options.compression_max_blob_size", check = some_bytes)]
    compression_max_blob_size: Option<Size>,
}

/// Refuses to turn off what Ceph cannot turn off.
pub fn stays_on(prior: &Option<bool>, planned: &Option<bool>) -> Result<(), String> {
    match *prior == Some(true) && *planned == Some(false) {
        true => Err("cannot be turned off again".to_owned()),
        false => Ok(()),
    }
}

/// Every pool.
pub fn all() -> Request {
    Request::get(path!("pool")).query("attrs", ATTRIBUTES)
}

/// The pool that the list shows.
pub async fn find(ceph: &Ceph, wanted: impl Fn(&Object) -> bool) -> Result<Option<Object>> {
    Ok(ceph.list(POOL, all()).await?.iter().find(|pool| wanted(pool)).cloned())
}

/// The name that the pool of this number has now.
pub async fn name_of(ceph: &Ceph, id: u64) -> Result<String> {
    let pools = ceph.whole(Request::get(path!("pool")).query("attrs", "pool,pool_name")).await?;
    let name = pools.iter().find(|pool| has(pool, "pool", id)).and_then(|pool| pool.get("pool_name")?.as_str());
    name.map(str::to_owned).ok_or_else(|| Error::not_found(format!("there is no pool with the number {id}")))
}

/// Ceph would use a rule of the pool's name without a word, and nobody could tell whether it made the rule for the pool.
pub async fn refuse_with_rule(ceph: &Ceph, name: &str) -> Result<()> {
    match ceph.get(Request::get(path!("crush_rule" / name))).await? {
        None => Ok(()),
        Some(_) => Err(Error::new(format!("there is a CRUSH rule `{name}` already, of an earlier pool perhaps"))
            .hint(format!("Set `crush_rule = \"{name}\"` to use it; or delete it, and Ceph makes one for the pool."))
            .at_attribute("crush_rule")),
    }
}

/// What the list says of a pool, in our form: nothing where Ceph says 0, or nothing, of what is not set.
pub fn read(mut pool: Object) -> Object {
    let is_set = |value: &Value| match value {
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_u64() != Some(0),
        _ => true,
    };
    let flags = pool.remove("flags_names");
    let flags = flags.as_ref().and_then(Value::as_str).unwrap_or_default();
    let overwrites = flags.split(',').any(|flag| flag == "ec_overwrites");
    pool.retain(|_, value| is_set(value));
    pool.insert("ec_overwrites".to_owned(), Value::Bool(overwrites));
    pool
}

/// The body of a create. With 0 placement groups the monitors choose the number, which the API demands.
pub fn creation(body: Body) -> Body {
    let mut body = sent(body).rename("crush_rule", "rule_name");
    // The dashboard would set it before the size, and a change of the size sets it back: it is sent afterwards.
    body.set.remove("min_size");
    body.set.entry("pg_num").or_insert_with(|| Value::from(0_u64));
    body
}

/// Sends a create until the pool is there, or Ceph says why it is not: a busy cluster begins with it after it answered 202,
/// and a manager that has just become active shows an older list.
pub async fn make(ceph: &Ceph, create: Request, name: &str) -> Result<Object> {
    let begin = Instant::now();
    loop {
        let made = ceph.begin(POOL, create.clone()).await;
        let stage = loop {
            if let Some(pool) = find(ceph, |pool| has(pool, "pool_name", name)).await? {
                return Ok(pool);
            }
            let stage = match &made {
                Err(error) => Stage::Failed(error.clone()),
                Ok(Some(task)) => task.stage(ceph).await?,
                Ok(None) => Stage::Done,
            };
            if !matches!(stage, Stage::Running) {
                break stage;
            }
            let lost = |error: Error| Error::answer_lost(format!("Ceph still makes the pool, and {}", error.message()));
            operation::sleep(Duration::from_millis(500)).await.map_err(lost)?;
        };
        if let Stage::Failed(error) = stage {
            return Err(error);
        }
        if begin.elapsed() > SHOWN {
            return Err(Error::new("Ceph says that it made the pool, and does not show it"));
        }
        operation::sleep(Duration::from_secs(1)).await?;
    }
}

/// Sends a change in an order that works. The dashboard sets one value after the other, in the order of the body, and the
/// smallest number of copies cannot be above their number. The name is the last one: it leads to the pool.
pub async fn change(ceph: &Ceph, name: &str, body: Body) -> Result<()> {
    let mut body = cleared(sent(body));
    let first = part(&mut body, "size");
    let last = part(&mut body, "pool");
    for step in [first, body].iter().filter(|step| !step.set.is_empty()) {
        ceph.write(POOL, with_body(Request::put(path!("pool" / name)), step)).await?;
    }
    if last.set.is_empty() {
        return Ok(());
    }
    // Sent a second time, it would find no pool of the old name.
    let rename = with_body(Request::put(path!("pool" / name)).repeatable(false), &last);
    ceph.write(POOL, rename.purpose(format!("rename the pool `{name}`"))).await
}

fn part(body: &mut Body, name: &'static str) -> Body {
    let set = body.set.remove(name).map(|value| (name, value)).into_iter().collect();
    Body { set, ..Body::default() }
}

/// The body with sizes in bytes, and with the flag in the place of what it says.
fn sent(body: Body) -> Body {
    let mut body = in_bytes(body, &SIZES);
    if body.set.remove("ec_overwrites") == Some(Value::Bool(true)) {
        body.set.insert("flags", Value::List(vec!["ec_overwrites".into()]));
    }
    body
}

/// The body with what clears in the place of what is to be cleared. Without its mode, the dashboard clears all that
/// compression has.
fn cleared(mut body: Body) -> Body {
    let all = body.unset.contains(&"compression_mode");
    for name in std::mem::take(&mut body.unset) {
        let value = match name {
            "compression_mode" => "unset".into(),
            _ if all && name.starts_with("compression_") => continue,
            "compression_algorithm" => "unset".into(),
            _ => Value::from(0_u64),
        };
        body.set.insert(name, value);
    }
    body
}
