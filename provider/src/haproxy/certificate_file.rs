//! Files of certificates in the API's storage; HAProxy loads them anew with the reload that all who wait share.

use tfplugin::prelude::*;
use tfplugin::value::Object;

use super::certificate_use::refuse_while_used;
use super::client::{HaProxy, certificate_files, object, objects, text};
use super::refusal::{message, verdict};
use super::transactions::Step;
use crate::http::{Answer, Request, path};

/// What the API tells of a file; none where there is no such file.
pub async fn look(haproxy: &HaProxy, name: &str) -> Result<Option<Object>> {
    haproxy.look_up(certificate_files().segment(name)).await
}

/// Whether the list that all who ask share has the file at this place; not where a file was written since it was read.
pub async fn is_listed(haproxy: &HaProxy, name: &str, file: &str) -> Result<bool> {
    let listed = haproxy.certificates().await?;
    Ok(listed.is_some_and(|listed| listed.get(name).is_some_and(|found| found == file)))
}

/// Makes a file, and returns what the API tells of it. One that HAProxy does not load is taken away again.
pub async fn upload(haproxy: &HaProxy, name: &str, pem: &str) -> Result<Object> {
    let made = make(haproxy, name, pem).await?;
    let loaded = match check(haproxy, &made).await {
        Ok(()) => load(haproxy, name).await,
        refused => refused,
    };
    if let Err(error) = loaded {
        delete(haproxy, name).await?;
        return Err(error);
    }
    Ok(made)
}

/// Replaces a file, after HAProxy looked at its content under another name.
pub async fn replace(haproxy: &HaProxy, name: &str, pem: &str) -> Result<()> {
    let trial = trial(name);
    delete(haproxy, &trial).await?;
    let checked = match make(haproxy, &trial, pem).await {
        Ok(made) => check(haproxy, &made).await,
        Err(error) => Err(error),
    };
    delete(haproxy, &trial).await?;
    checked?;
    overwrite(haproxy, name, pem).await?;
    let loaded = load(haproxy, name).await;
    loaded.map_err(|error| error.context("the file is replaced, but HAProxy goes on with the former certificate"))
}

/// Removes a file that no section loads: HAProxy could not load its configuration any more. A trial's file goes with it,
/// which a run may have left that was killed.
pub async fn remove(haproxy: &HaProxy, name: &str, file: Option<&str>) -> Result<()> {
    let trial = trial(name);
    let removing = haproxy.removal.lock().await;
    if let Some(file) = file {
        let mut files = objects(&haproxy.send(Request::get(certificate_files())).await?)?;
        files.retain(|file| text(file, "storage_name").as_ref() != Some(&trial));
        refuse_while_used(haproxy, file, &files).await?;
    }
    delete(haproxy, &trial).await?;
    delete(haproxy, name).await?;
    drop(removing);
    let loaded = load(haproxy, name).await;
    loaded.map_err(|error| {
        error.context(
            "the file is removed, but HAProxy goes on with it: a list that its configuration names may have it",
        )
    })
}

/// The name under which HAProxy looks at what is to replace a file.
fn trial(name: &str) -> String {
    format!("substrate-trial-{name}")
}

/// Makes a file; where the answer is lost, what is there by then is ours, since nothing was there before.
async fn make(haproxy: &HaProxy, name: &str, pem: &str) -> Result<Object> {
    let post = || send(haproxy, super::upload::upload(Request::post(certificate_files()), name, pem), pem);
    let answer = match post().await {
        Err(error) if error.is_answer_lost() && look(haproxy, name).await?.is_some() => {
            overwrite(haproxy, name, pem).await?
        }
        Err(error) if error.is_answer_lost() => post().await?,
        answer => answer?,
    };
    object(&answer)
}

async fn overwrite(haproxy: &HaProxy, name: &str, pem: &str) -> Result<Answer> {
    send(haproxy, Request::put(certificate_files().segment(name)).bytes("text/plain", pem.to_owned()), pem).await
}

/// Has HAProxy look at a file in a configuration of its own: in the one that runs, a file that does not load would fail
/// whatever else is to be loaded.
async fn check(haproxy: &HaProxy, made: &Object) -> Result<()> {
    let Some(file) = text(made, "file") else { return Ok(()) };
    let configuration = format!("frontend substrate-trial\n  mode tcp\n  bind :443 ssl crt \"{file}\"\n");
    let request = Request::post(path!("services/haproxy/configuration/raw")).query("only_validate", true);
    let request = request.query("skip_version", true).bytes("text/plain", configuration).accept(400).repeatable(true);
    // The API answers with the configuration that runs.
    let request = request.confidential().purpose("have HAProxy check a certificate");
    let answer = haproxy.send(request).await?;
    match answer.status() {
        400 => Err(refused("HAProxy", &verdict(&said(&answer)))),
        _ => Ok(()),
    }
}

async fn delete(haproxy: &HaProxy, name: &str) -> Result<()> {
    let request = Request::delete(certificate_files().segment(name)).query("skip_reload", true).accept(404);
    write(haproxy, request).await.map(drop)
}

async fn load(haproxy: &HaProxy, name: &str) -> Result<()> {
    haproxy.change(Step::reload("certificate", name)).await
}

/// The API says 500 of what it cannot parse, before it writes anything.
async fn send(haproxy: &HaProxy, request: Request, pem: &str) -> Result<Answer> {
    let answer = write(haproxy, request.query("skip_reload", true).confidential().secret(pem).accept(500)).await?;
    match answer.status() {
        500 => Err(refused("the Data Plane API", &said(&answer))),
        _ => Ok(answer),
    }
}

async fn write(haproxy: &HaProxy, request: Request) -> Result<Answer> {
    haproxy.wrote_certificates();
    let answer = haproxy.send(request).await;
    haproxy.wrote_certificates();
    answer
}

fn refused(who: &str, why: &str) -> Error {
    Error::new(format!("{who} refuses the file: {why}")).at_attribute("pem_wo")
}

fn said(answer: &Answer) -> String {
    message(answer).unwrap_or_else(|| format!("it answers {} and no more", answer.status()))
}
