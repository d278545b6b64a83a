//! RBD images.

use super::client::{Ceph, with_body};
use super::rbd_features::{Feature, changeable, complete};
use super::rbd_image_form::{
    SIZES, grows, images_of, listed, one_part, power_of_two, read, refuse_to_shrink, refuse_with_snapshots, url, whole,
    with_settings,
};
use super::size::{Size, in_bytes, some_bytes};
use crate::http::{Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};

/// Manages an RBD image: a block device in a pool.
///
/// Destroying it deletes its data. That is refused while it has snapshots, unless `force_destroy` is set.
#[derive(Clone, Schema)]
#[tf(name = "ceph_rbd_image", key(pool, name), import = "{pool}/{name}", moved_from("ceph_rbd_image"))]
#[tf(requires(stripe_unit, stripe_count))]
#[tf(timeouts(create = "10m", update = "10m", delete = "30m"))]
pub struct RbdImage {
    /// Name of the pool that the image belongs to. After a renaming of the pool, import the image anew.
    #[tf(api = "pool_name", fixed = "deletes its data", check = one_part)]
    pool: String,

    /// Name of the image.
    #[tf(fixed = "deletes its data", check = one_part)]
    name: String,

    /// Size, such as `10 GiB`. It can grow; a smaller one is refused, since Ceph would cut the data off.
    #[tf(check = some_bytes, change = grows)]
    size: Size,

    /// Features; omit them for the cluster's.
    #[tf(computed, read = "features_name", check = complete, change = changeable)]
    features: Option<BTreeSet<Feature>>,

    /// Size of the objects that the image consists of, a power of two; omit it for `4 MiB`.
    #[tf(computed, fixed = "deletes its data", check = power_of_two)]
    obj_size: Option<Size>,

    /// Bytes that go to one object before the next one gets its turn; omit it for the size of objects.
    #[tf(computed, fixed = "deletes its data", check = some_bytes)]
    stripe_unit: Option<Size>,

    /// Number of objects that take turns, with `stripe_unit`; omit it for 1.
    #[tf(computed, fixed = "deletes its data", check = between(1..=1024))]
    stripe_count: Option<u64>,

    /// Name of the pool that the data goes to, where it is another one, such as one that is erasure coded.
    /// Omit it for the cluster's.
    #[tf(computed, fixed = "deletes its data")]
    data_pool: Option<String>,

    /// Settings of librbd for this image, such as `rbd_qos_iops_limit`; omit it for those of the pool.
    configuration: Option<BTreeMap<String, String>>,

    /// Whether destroying the image deletes its snapshots, protected ones too.
    #[tf(local, default = false)]
    force_destroy: bool,

    /// Id of the image in its pool.
    #[tf(read = "id")]
    image_id: Computed<String>,
}

impl Resource for RbdImage {
    type Client = Ceph;

    async fn create(ceph: &Ceph, plan: RbdImage) -> Result<RbdImage> {
        let (pool, name) = (plan.pool.clone(), plan.name.clone());
        let request = Request::post(path!("block/image")).purpose(format!("create the image `{pool}/{name}`"));
        let mut body = in_bytes(Body::create(plan.clone()), &SIZES);
        // A setting is refused once the image is made: all of them are sent afterwards, with the image in the state.
        body.set.remove("configuration");
        let made = RbdImage { configuration: None, ..plan };
        match ceph.write(&images_of(&pool), with_body(request, &body)).await {
            // There was none before, so one that is there now is the one that was asked for.
            Err(error) if error.is_answer_lost() && Self::read(ceph, (pool, name)).await?.is_some() => Ok(made),
            done => done.map(|()| made),
        }
    }

    /// The dashboard keeps the list for half a minute (`ttl_cache` in its `services/rbd.py`), so it lacks an image that was just
    /// made: only the image itself says that it is not there.
    async fn read(ceph: &Ceph, key: Self::Key) -> Result<Option<RbdImage>> {
        let image = match listed(ceph, &key).await? {
            Some(image) => Some(image),
            None => whole(ceph, &key).await?,
        };
        image.and_then(read).map(|image| decode(&image, &Known::new())).transpose()
    }

    async fn update(ceph: &Ceph, key: Self::Key, change: Change<RbdImage>) -> Result<()> {
        let body = in_bytes(change.diff(), &SIZES);
        if body.set.contains_key("size") {
            refuse_to_shrink(ceph, &key, &change.plan.size).await?;
        }
        let body = with_settings(body, change.prior.configuration, change.plan.configuration);
        ceph.write(&images_of(&key.0), with_body(Request::put(url(&key)), &body)).await
    }

    async fn delete(ceph: &Ceph, key: Self::Key, state: RbdImage) -> Result<()> {
        if !state.force_destroy {
            refuse_with_snapshots(ceph, &key).await?;
        }
        ceph.delete(&images_of(&key.0), url(&key)).await
    }
}
