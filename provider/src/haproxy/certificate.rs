//! Certificates.

use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};

use super::client::{HaProxy, object};
use super::pem::{certificate_with_key, file_name};
use super::transactions::Step;
use super::upload::upload;
use crate::http::{Answer, ApiPath, Request, path};

/// Manages a certificate with its key, as a file in the API's storage.
///
/// A bind names the `file`, or the directory that holds it. A change makes HAProxy load it anew, without a break in the
/// traffic. The key never reaches the state.
#[derive(Clone, Schema)]
#[tf(name = "haproxy_certificate", key(storage_name), one_of(pem_wo), requires(pem_wo, pem_wo_version))]
pub struct Certificate {
    /// Name of the file, such as `www.example.com.pem`.
    #[tf(check = file_name)]
    storage_name: String,

    /// The certificate, what signed it, and the private key, in PEM. Raise `pem_wo_version` to send it again.
    #[tf(check = certificate_with_key)]
    pem_wo: Option<WriteOnly<String>>,

    /// Number to raise when `pem_wo` changes.
    #[tf(local)]
    pem_wo_version: Option<u64>,

    /// Where HAProxy finds the file.
    file: Computed<String>,

    /// Who signed the certificate.
    #[tf(volatile(pem_wo_version))]
    issuers: Computed<Option<String>>,

    /// From when on the certificate is valid.
    #[tf(volatile(pem_wo_version))]
    not_before: Computed<Option<String>>,

    /// Until when the certificate is valid.
    #[tf(volatile(pem_wo_version))]
    not_after: Computed<Option<String>>,

    /// Length of the file in bytes.
    #[tf(volatile(pem_wo_version))]
    size: Computed<Option<u64>>,
}

fn files() -> ApiPath {
    path!("services/haproxy/storage/ssl_certificates")
}

impl Certificate {
    fn pem(&self) -> Result<&String> {
        let pem = self.pem_wo.as_ref().and_then(WriteOnly::expose);
        pem.ok_or_else(|| Error::new("there is no certificate to send").at_attribute("pem_wo"))
    }
}

/// The API says 500 of what it cannot parse, before it writes anything.
async fn send(haproxy: &HaProxy, request: Request, pem: &str) -> Result<Answer> {
    let request = request.query("skip_reload", true).confidential().secret(pem).repeatable(true).accept(500);
    let answer = haproxy.send(request).await?;
    match answer.status() {
        500 => {
            let said = super::refusal::message(&answer).unwrap_or_default();
            Err(Error::new(format!("the Data Plane API refuses the file: {said}")).at_attribute("pem_wo"))
        }
        _ => Ok(answer),
    }
}

impl Resource for Certificate {
    type Client = HaProxy;

    async fn create(haproxy: &HaProxy, plan: Certificate) -> Result<Certificate> {
        let (name, pem) = (&plan.storage_name, plan.pem()?);
        let answer = send(haproxy, upload(Request::post(files()), name, pem), pem).await?;
        let loaded = haproxy.change(Step::reload("certificate", name)).await;
        if let Err(error) = loaded {
            let gone = Request::delete(files().segment(name)).query("skip_reload", true).accept(404);
            haproxy.send(gone).await?;
            return Err(error);
        }
        decode(&object(&answer)?, &Known::new())
    }

    async fn read(haproxy: &HaProxy, name: String) -> Result<Option<Certificate>> {
        let found = haproxy.look_up(files().segment(&name)).await?;
        found.map(|found| decode(&found, &Known::new())).transpose()
    }

    async fn update(haproxy: &HaProxy, name: String, change: Change<Certificate>) -> Result<()> {
        let pem = change.plan.pem()?;
        send(haproxy, Request::put(files().segment(&name)).bytes("text/plain", pem.clone()), pem).await?;
        let loaded = haproxy.change(Step::reload("certificate", &name)).await;
        loaded.map_err(|error| error.context("the file is replaced, but HAProxy goes on with the former certificate"))
    }

    async fn delete(haproxy: &HaProxy, name: String, state: Certificate) -> Result<()> {
        if let Some(file) = state.file.get()
            && let Some(section) = haproxy.section_that_names(file).await?
        {
            return Err(Error::new(format!("`{file}` is named in the configuration, in the section `{section}`"))
                .hint("Take it out there first: HAProxy could not load the configuration any more."));
        }
        haproxy.send(Request::delete(files().segment(&name)).query("skip_reload", true).accept(404)).await?;
        haproxy.change(Step::reload("certificate", &name)).await
    }

    fn overwritten(prior: &Certificate, actual: &Certificate) -> bool {
        prior.not_before != actual.not_before || prior.not_after != actual.not_after || prior.size != actual.size
    }
}
