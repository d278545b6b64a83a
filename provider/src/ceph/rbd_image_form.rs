//! Images as the API has them, and what is checked before they change.

use super::client::{Ceph, has};
use super::rbd_features::Feature;
use super::size::Size;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

/// Pool and name of an image.
type Key = (String, String);

/// Settings of librbd by their names.
type Settings = Option<BTreeMap<String, String>>;

/// What the API takes in bytes.
pub const SIZES: [&str; 3] = ["obj_size", "size", "stripe_unit"];

/// Refuses a name that would lead elsewhere.
pub fn one_part(name: &str) -> Result<(), String> {
    match name.is_empty() || name.contains(['/', '@']) {
        true => Err(format!("is `{name}`; a name has neither `/` nor `@`")),
        false => Ok(()),
    }
}

/// Refuses a size that objects cannot have.
pub fn power_of_two(size: &Size) -> Result<(), String> {
    match size.bytes.is_power_of_two() && (4096..=33_554_432).contains(&size.bytes) {
        true => Ok(()),
        false => Err(format!("is `{size}`; it is a power of two from 4 KiB to 32 MiB")),
    }
}

/// Refuses to cut data off, which Ceph would do without a question.
pub fn grows(prior: &Size, planned: &Size) -> Result<(), String> {
    match planned < prior {
        true => Err(format!("cannot shrink from `{prior}` to `{planned}`: Ceph would cut the data off")),
        false => Ok(()),
    }
}

/// Where an image is.
pub fn url((pool, name): &Key) -> ApiPath {
    path!("block/image" / format!("{pool}/{name}"))
}

/// The name of the list in which the images of a pool stand.
pub fn images_of(pool: &str) -> String {
    format!("block/image {pool}")
}

/// An image in our form: settings are its own if their source is 2, and an image that is being removed has no size.
pub fn read(mut image: Object) -> Option<Object> {
    image.get("size")?;
    if let Some(Value::List(names)) = image.get_mut("features_name") {
        names.retain(|name| name.as_str().is_some_and(|name| Feature::from_word(name).is_ok()));
    }
    let settings = image.remove("configuration");
    let settings = settings.as_ref().and_then(Value::as_list).unwrap_or_default().iter().filter_map(Value::as_map);
    let own = settings.filter(|setting| has(setting, "source", 2_u64));
    let own: Object = own
        .filter_map(|setting| Some((setting.get("name")?.as_str()?.to_owned(), setting.get("value")?.clone())))
        .collect();
    if !own.is_empty() {
        image.insert("configuration".to_owned(), Value::Map(own));
    }
    Some(image)
}

/// The image in the list of its pool's images; those in namespaces are others.
pub async fn listed(ceph: &Ceph, (pool, name): &Key) -> Result<Option<Object>> {
    let list = Request::get(path!("block/image")).query("pool_name", pool).query("limit", -1);
    let Some(Some(list)) = if_there(ceph.unwritten_list(&images_of(pool), list).await)? else { return Ok(None) };
    let images = list.iter().filter_map(|of_pool| of_pool.get("value")?.as_list()).flatten().filter_map(Value::as_map);
    let outside = |image: &&Object| image.get("namespace").is_none_or(|space| space.is_null() || *space == "".into());
    Ok(images.filter(outside).find(|image| has(image, "name", name.as_str())).cloned())
}

/// The image itself. Ceph 18.2 has no `omit_usage` here, which 16.2 has.
pub async fn whole(ceph: &Ceph, key: &Key) -> Result<Option<Object>> {
    ceph.get(Request::get(url(key))).await
}

/// Refuses to cut data off from an image that somebody else has grown since the plan was made.
pub async fn refuse_to_shrink(ceph: &Ceph, key: &Key, planned: &Size) -> Result<()> {
    let image = whole(ceph, key).await?;
    let actual = image.and_then(|image| image.get("size")?.as_number()?.as_u64());
    let actual = actual.ok_or_else(|| Error::new("Ceph does not tell the size that the image has now"))?;
    match planned.bytes < actual {
        true => Err(Error::new(format!("the image has grown to {actual} bytes since, and Ceph would cut it off"))
            .hint(format!("Plan again, with a size that is not below {actual}."))
            .at_attribute("size")),
        false => Ok(()),
    }
}

/// The body of an update with the settings: those without a value are removed, and those that are not sent stay.
pub fn with_settings(mut body: Body, prior: Settings, plan: Settings) -> Body {
    if !body.unset.contains(&"configuration") && !body.set.contains_key("configuration") {
        return body;
    }
    let former = prior.unwrap_or_default().into_keys().map(|name| (name, Value::Null));
    let settings = former.chain(plan.unwrap_or_default().into_iter().map(|(name, value)| (name, value.into())));
    body.set.insert("configuration", Value::Map(settings.collect()));
    body
}

/// Ceph deletes snapshots with their image, protected ones too, without a question.
pub async fn refuse_with_snapshots(ceph: &Ceph, key: &Key) -> Result<()> {
    let image = whole(ceph, key).await?.unwrap_or_default();
    let snapshots = image.get("snapshots").and_then(Value::as_list).unwrap_or_default();
    let Some(name) = snapshots.iter().find_map(|snapshot| snapshot.as_map()?.get("name")?.as_str()) else {
        return Ok(());
    };
    Err(Error::new(format!("the image `{}/{}` has snapshots, such as `{name}`", key.0, key.1))
        .hint("Delete them first; or set `force_destroy = true` and apply, to delete them with the image."))
}
