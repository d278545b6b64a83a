//! Group labels: labels that every project below a group shares.

use super::client::{GitLab, found, has};
use super::color::Color;
use super::listing::Listing;
use super::words::label_name;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::Known;

/// Manages a label of a group.
#[derive(Clone, Schema)]
#[tf(name = "gitlab_group_label", key(group, label_id), also(group, name), moved_from("gitlab_group_label"))]
pub struct GroupLabel {
    /// Path or number of the group.
    #[tf(url)]
    group: String,

    /// Name of the label; `scope::name` makes it exclude the others of its scope.
    #[tf(check = label_name)]
    name: String,

    /// Color, in hexadecimal or as a CSS name.
    color: Color,

    /// Text shown beside the label.
    description: Option<String>,

    /// Whether the label is archived, so that nobody can assign it any more.
    #[tf(computed)]
    archived: Option<bool>,

    /// Number of the label.
    #[tf(read = "id")]
    label_id: Computed<u64>,

    /// Color as GitLab keeps it, such as `#dc143c`.
    #[tf(read = "color", volatile(color))]
    color_hex: Computed<String>,
}

fn labels(group: &str) -> Listing {
    Listing::of(path!("groups" / group / "labels")).with("include_ancestor_groups", "false")
}

fn url((group, id): &<GroupLabel as Schema>::Key) -> ApiPath {
    path!("groups" / group / "labels" / id)
}

impl Resource for GroupLabel {
    type Client = GitLab;

    async fn create(gitlab: &GitLab, plan: GroupLabel) -> Result<GroupLabel> {
        gitlab.post(labels(&plan.group).path, plan).await
    }

    async fn read(gitlab: &GitLab, key: Self::Key) -> Result<Option<GroupLabel>> {
        let (list, id) = (labels(&key.0), key.1);
        found(
            gitlab.find_among(list, Request::get(url(&key)), |label| has(label, "id", id)).await?,
            &Self::key_object(&key),
        )
    }

    async fn update(gitlab: &GitLab, key: Self::Key, change: Change<GroupLabel>) -> Result<()> {
        gitlab.put::<GroupLabel>(url(&key), change.diff().rename("name", "new_name")).await
    }

    async fn delete(gitlab: &GitLab, key: Self::Key, _: GroupLabel) -> Result<()> {
        gitlab.delete(url(&key)).await
    }

    async fn locate(gitlab: &GitLab, (group, name): Self::Natural) -> Result<Option<Self>> {
        let label = gitlab.search(labels(&group), |label| has(label, "name", name.as_str())).await?;
        found(label, &Known::from([("group".to_owned(), group.into())]))
    }
}
