//! Tags as IAM's client has them.

use aws_sdk_iam::types::Tag;
use tfplugin::prelude::*;

use crate::aws::tags::Tags;

/// The tags of a request.
pub fn to_list(tags: &Tags) -> Result<Vec<Tag>> {
    let tags = tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    tags.collect::<Result<_, _>>().map_err(|error| Error::new(error.to_string()))
}

/// The tags of an answer.
pub fn from_list(tags: Option<Vec<Tag>>) -> impl Iterator<Item = (String, String)> {
    tags.into_iter().flatten().map(|tag| (tag.key, tag.value))
}
