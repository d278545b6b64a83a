//! Deletion of groups and projects: GitLab marks them first and removes them later.

use std::time::Duration;

use super::client::GitLab;
use crate::http::{ApiPath, Request};
use tfplugin::operation;
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

/// Whether an object only waits for its removal; GitLab 18 renames it then, so that its path is free.
pub fn is_marked(object: &Object) -> bool {
    let dates = ["marked_for_deletion_on", "marked_for_deletion_at"];
    dates.iter().any(|name| object.get(*name).is_some_and(|date| !date.is_null()))
}

/// Whether an object goes away with a group above it. Only that group is marked, and its new name tells it
/// (`ancestor_scheduled_for_deletion?`).
pub fn is_doomed(object: &Object) -> bool {
    let renamed = |segment: &str| {
        segment.rsplit_once("-deletion_scheduled-").is_some_and(|(_, number)| number.parse::<u64>().is_ok())
    };
    let paths = ["full_path", "path_with_namespace"].into_iter().filter_map(|name| object.get(name)?.as_str());
    paths.filter_map(|path| path.rsplit_once('/')).any(|(above, _)| above.split('/').any(renamed))
}

/// Deletes the object at `url` and waits until it is marked, or gone for good if `permanently`.
///
/// `look` reads it, and `path` names the attribute with its full path, which the second call must repeat.
pub async fn delete(gitlab: &GitLab, look: Request, url: ApiPath, path: &str, permanently: bool) -> Result<()> {
    match gitlab.delete(url.clone()).await {
        // A second deletion answers 400 "Group has been already marked for deletion".
        Err(error) if !error.message().contains("already marked") => return Err(error),
        _ => {}
    }
    let mut asked = false;
    let mut pause = Duration::from_millis(100);
    while let Some(object) = gitlab.look_up(look.clone()).await? {
        // GitLab accepts the deletion of what goes away with a group above, and does nothing more.
        if is_doomed(&object) && !is_marked(&object) {
            return Ok(());
        }
        if is_marked(&object) {
            if !permanently {
                return Ok(());
            }
            if !asked {
                let full_path = object.get(path).and_then(Value::as_str).unwrap_or_default();
                let request =
                    Request::delete(url.clone()).query("permanently_remove", true).query("full_path", full_path);
                gitlab.write(request).await?;
                asked = true;
            }
        }
        operation::sleep(pause).await?;
        pause = (pause * 2).min(Duration::from_secs(5));
    }
    Ok(())
}
