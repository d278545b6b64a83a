//! Files of certificates in the API's storage; HAProxy loads them anew with the reload that all who wait share.

use tfplugin::prelude::*;
use tfplugin::value::Object;

use super::client::{HaProxy, object};
use super::refusal::message;
use super::transactions::Step;
use crate::http::{Answer, ApiPath, Request, path};

fn files() -> ApiPath {
    path!("services/haproxy/storage/ssl_certificates")
}

/// What the API tells of a file; none where there is no such file.
pub async fn look(haproxy: &HaProxy, name: &str) -> Result<Option<Object>> {
    haproxy.look_up(files().segment(name)).await
}

/// Makes a file, and returns what the API tells of it. One with which HAProxy does not load is taken away again.
pub async fn upload(haproxy: &HaProxy, name: &str, pem: &str) -> Result<Object> {
    let answer = send(haproxy, super::upload::upload(Request::post(files()), name, pem), pem).await?;
    if let Err(error) = load(haproxy, name).await {
        delete(haproxy, name).await?;
        return Err(error);
    }
    object(&answer)
}

/// Replaces a file.
pub async fn replace(haproxy: &HaProxy, name: &str, pem: &str) -> Result<()> {
    send(haproxy, Request::put(files().segment(name)).bytes("text/plain", pem.to_owned()), pem).await?;
    let loaded = load(haproxy, name).await;
    loaded.map_err(|error| error.context("the file is replaced, but HAProxy goes on with the former certificate"))
}

/// Removes a file that no section names: HAProxy could not load its configuration any more.
pub async fn remove(haproxy: &HaProxy, name: &str, file: Option<&str>) -> Result<()> {
    if let Some(file) = file
        && let Some(section) = haproxy.section_that_names(file).await?
    {
        return Err(Error::new(format!("`{file}` is used by the section `{section}`"))
            .hint("Take it out there first: HAProxy could not load the configuration without it."));
    }
    delete(haproxy, name).await?;
    load(haproxy, name).await
}

async fn delete(haproxy: &HaProxy, name: &str) -> Result<()> {
    haproxy.send(Request::delete(files().segment(name)).query("skip_reload", true).accept(404)).await.map(drop)
}

async fn load(haproxy: &HaProxy, name: &str) -> Result<()> {
    haproxy.change(Step::reload("certificate", name)).await
}

/// The API says 500 of what it cannot parse, before it writes anything.
async fn send(haproxy: &HaProxy, request: Request, pem: &str) -> Result<Answer> {
    let request = request.query("skip_reload", true).confidential().secret(pem).repeatable(true).accept(500);
    let answer = haproxy.send(request).await?;
    if answer.status() != 500 {
        return Ok(answer);
    }
    let said = message(&answer).unwrap_or_default();
    Err(Error::new(format!("the Data Plane API refuses the file: {said}")).at_attribute("pem_wo"))
}
