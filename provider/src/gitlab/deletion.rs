//! Deletion of groups and projects: GitLab marks them first and removes them later.

use std::time::Duration;

use super::client::{GitLab, is_doomed, is_marked};
use crate::http::{ApiPath, Request};
use tfplugin::operation;
use tfplugin::prelude::*;
use tfplugin::value::Value;

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
