//! Project labels: labels of one project's issues and merge requests.

use super::client::{GitLab, found, has};
use super::color::Color;
use super::listing::Listing;
use super::words::label_name;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::Known;

/// Manages a label of a project.
#[derive(Clone, Schema)]
#[tf(name = "gitlab_project_label", key(project, label_id), also(project, name), moved_from("gitlab_project_label"))]
pub struct ProjectLabel {
    /// Path or number of the project.
    #[tf(url)]
    project: String,

    /// Name of the label; `scope::name` makes it exclude the others of its scope.
    #[tf(check = label_name)]
    name: String,

    /// Color, in hexadecimal or as a CSS name.
    color: Color,

    /// Text shown beside the label.
    description: Option<String>,

    /// Rank in lists that are ordered by priority; 0 is the highest.
    priority: Option<u64>,

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

fn labels(project: &str) -> Listing {
    Listing::of(path!("projects" / project / "labels")).with("include_ancestor_groups", "false")
}

fn url((project, id): &<ProjectLabel as Schema>::Key) -> ApiPath {
    path!("projects" / project / "labels" / id)
}

impl Resource for ProjectLabel {
    type Client = GitLab;

    async fn create(gitlab: &GitLab, plan: ProjectLabel) -> Result<ProjectLabel> {
        gitlab.post(labels(&plan.project).path, plan).await
    }

    async fn read(gitlab: &GitLab, key: Self::Key) -> Result<Option<ProjectLabel>> {
        let (list, id) = (labels(&key.0), key.1);
        found(
            gitlab.find_among(list, Request::get(url(&key)), |label| has(label, "id", id)).await?,
            &Self::key_object(&key),
        )
    }

    async fn update(gitlab: &GitLab, key: Self::Key, change: Change<ProjectLabel>) -> Result<()> {
        gitlab.put::<ProjectLabel>(url(&key), change.diff().rename("name", "new_name")).await
    }

    async fn delete(gitlab: &GitLab, key: Self::Key, _: ProjectLabel) -> Result<()> {
        gitlab.delete(url(&key)).await
    }

    async fn locate(gitlab: &GitLab, (project, name): Self::Natural) -> Result<Option<Self>> {
        let label = gitlab.search(labels(&project), |label| has(label, "name", name.as_str())).await?;
        found(label, &Known::from([("project".to_owned(), project.into())]))
    }
}
