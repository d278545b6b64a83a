//! Tags as IAM's client has them.

use aws_sdk_iam::types::Tag;
use tfplugin::prelude::*;

use crate::aws::tags::Tags;

/// The tags of a request, if there are any.
pub fn to_list(tags: &Tags) -> Result<Option<Vec<Tag>>> {
    let list = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let list: Vec<Tag> = list.collect::<Result<_, _>>().map_err(|error| Error::new(error.to_string()))?;
    Ok(Some(list).filter(|list| !list.is_empty()))
}

/// The tags of an answer.
pub fn from_list(tags: Option<Vec<Tag>>) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().flatten().map(|tag| (tag.key, tag.value))
}
