//! Pools.

use serde_json::json;

use super::client::{Ceph, create, has, with_body};
use super::pool_content;
use super::pool_form::{self, Compression, POOL, PgAutoscaleMode, PoolType, stays_on};
use super::size::{Size, some_bytes};
use super::task::Task;
use crate::http::path;
use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};

/// Manages a pool, replicated or erasure coded.
///
/// Destroying it deletes everything in it: that is refused while it holds images, trash or objects, unless
/// `force_destroy` is set. To be sure takes ten seconds, until the OSDs have reported, and half a minute where images were.
#[derive(Clone, Schema)]
#[tf(name = "ceph_pool", key(pool_id), also(name))]
#[expect(clippy::duplicated_attributes, reason = "an attribute can stand in several rules")]
#[tf(
    requires_word(size, type, "replicated"),
    requires_word(erasure_code_profile, type, "erasure"),
    requires_word(ec_overwrites, type, "erasure"),
    at_most(min_size, size)
)]
#[tf(timeouts(create = "10m", update = "30m", delete = "10m"))]
pub struct Pool {
    /// Name of the pool. A change renames it; what uses the pool by its name must follow. A name
    /// of digits alone is no id for an import: the number of the pool is.
    #[tf(api = "pool", read = "pool_name", check = length(1..=255))]
    name: String,

    /// How objects are kept.
    #[tf(api = "pool_type", read = "type", default = PoolType::Replicated, fixed = "deletes its data")]
    r#type: PoolType,

    /// Number of placement groups; omit it for the cluster's. Where the autoscaler is on, it is the number to begin with,
    /// and a change of it changes nothing; the plan after the autoscaler was turned off shows the number that there is.
    #[tf(computed, read = "pg_num_target", check = between(1..=65_536))]
    pg_num: Option<u64>,

    /// What the autoscaler does with the number of placement groups; omit it for the cluster's way.
    #[tf(computed)]
    pg_autoscale_mode: Option<PgAutoscaleMode>,

    /// Number of copies; omit it for the cluster's.
    #[tf(computed, check = between(1..=10))]
    size: Option<u64>,

    /// Copies, or parts of an erasure coded object, without which nothing is read or written; omit it for the cluster's.
    #[tf(computed, volatile(size), check = between(1..=32))]
    min_size: Option<u64>,

    /// Name of the CRUSH rule that places the data. Omit it for the cluster's; for an erasure coded pool Ceph makes one of
    /// the pool's name, which goes with the pool.
    #[tf(computed)]
    crush_rule: Option<String>,

    /// Name of the profile of an erasure coded pool; omit it for `default`.
    #[tf(computed, fixed = "deletes its data")]
    erasure_code_profile: Option<String>,

    /// Whether parts of erasure coded objects can be written, as images and file systems need it. Once it is on, it stays on.
    #[tf(computed, change = stays_on)]
    ec_overwrites: Option<bool>,

    /// What the pool is for, such as `rbd`, `cephfs` or `rgw`; omit it to leave what the pool has, `[]` is nothing.
    #[tf(computed, api = "application_metadata")]
    applications: Option<BTreeSet<String>>,

    /// Bytes that the pool may hold, such as `10 TiB`.
    #[tf(check = some_bytes)]
    quota_max_bytes: Option<Size>,

    /// Objects that the pool may hold.
    #[tf(check = between(1..=u64::MAX))]
    quota_max_objects: Option<u64>,

    #[tf(flatten)]
    compression: Compression,

    /// Whether destroying the pool deletes what it holds.
    #[tf(local, default = false)]
    force_destroy: bool,

    /// Number of the pool.
    #[tf(read = "pool")]
    pool_id: Computed<u64>,

    /// Name of the CRUSH rule that Ceph made for this pool; null where it made none, or where the pool was imported.
    #[tf(local)]
    made_crush_rule: Computed<Option<String>>,
}

impl Resource for Pool {
    type Client = Ceph;

    /// Some of what is sent may be refused after the pool was made: what is there then is taken for the answer, and the
    /// engine sends the rest again, with the pool in the state.
    async fn create(ceph: &Ceph, plan: Pool) -> Result<Pool> {
        let name = plan.name.clone();
        ceph.refuse_another(POOL, pool_form::all(), "pool_name", &name).await?;
        let makes_rule = plan.r#type == PoolType::Erasure && plan.crush_rule.is_none();
        if makes_rule {
            pool_form::refuse_with_rule(ceph, &name).await?;
        }
        let body = pool_form::creation(Body::create(plan));
        let request = with_body(create(path!("pool")), &body).purpose(format!("create the pool `{name}`"));
        let made = pool_form::make(ceph, request, &name).await;
        if makes_rule && made.as_ref().is_err_and(|error| !error.is_answer_lost()) {
            // The monitors make the rule, and then look whether they can make the pool.
            pool_content::remove_rule(ceph, &name).await.ok();
        }
        let pool = decode(&pool_form::read(made?), &Known::new())?;
        Ok(Pool { made_crush_rule: makes_rule.then_some(name).into(), ..pool })
    }

    async fn read(ceph: &Ceph, id: u64) -> Result<Option<Pool>> {
        let pool = pool_form::find(ceph, |pool| has(pool, "pool", id)).await?;
        pool.map(|pool| decode(&pool_form::read(pool), &Known::new())).transpose()
    }

    async fn locate(ceph: &Ceph, name: String) -> Result<Option<Pool>> {
        let pool = pool_form::find(ceph, |pool| has(pool, "pool_name", name.as_str())).await?;
        pool.map(|pool| decode(&pool_form::read(pool), &Known::new())).transpose()
    }

    async fn ready(ceph: &Ceph, _: u64, pool: Pool) -> Result<()> {
        // However it ends: what is missing then is sent again, and that is refused with the reason.
        Task::new("pool/create", json!({ "pool_name": pool.name })).end(ceph).await.map(drop)
    }

    async fn update(ceph: &Ceph, id: u64, change: Change<Pool>) -> Result<()> {
        let mut body = change.diff();
        if change.plan.pg_autoscale_mode == Some(PgAutoscaleMode::On) {
            // The number is the autoscaler's: a pool that was imported would have its groups merged and split again.
            body.set.remove("pg_num");
        }
        if let (Some(least), true) = (change.plan.min_size, body.set.contains_key("size")) {
            // The monitors set it back when the size changes.
            body = body.with("min_size", least);
        }
        // Somebody else may have renamed it, and given its name to another one.
        let name = pool_form::name_of(ceph, id).await?;
        pool_form::change(ceph, &name, body).await
    }

    async fn delete(ceph: &Ceph, id: u64, state: Pool) -> Result<()> {
        let pool = match pool_content::look(ceph, id).await? {
            Some(pool) if !state.force_destroy => pool_content::refuse(ceph, pool).await?,
            pool => pool,
        };
        if let Some(pool) = pool {
            ceph.delete(POOL, path!("pool" / pool.name)).await?;
        }
        match state.made_crush_rule.get() {
            Some(Some(rule)) => pool_content::remove_rule(ceph, rule).await,
            _ => Ok(()),
        }
    }

    /// The autoscaler moves the number away from what was asked for.
    fn reconcile(prior: Option<&Self>, actual: Self) -> Self {
        let autoscaled = actual.pg_autoscale_mode == Some(PgAutoscaleMode::On);
        let begun_with = prior.filter(|_| autoscaled).and_then(|prior| prior.pg_num);
        Pool { pg_num: begun_with.or(actual.pg_num), ..actual }
    }
}
