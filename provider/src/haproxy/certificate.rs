//! Certificates.

use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};

use super::certificate_file as file;
use super::client::HaProxy;
use super::pem::{certificate_with_key, file_name};

/// Manages a certificate with its key, as a file in the API's storage.
///
/// A bind with `ssl = true` names the `file`, as `ssl_certificate = substrate_haproxy_certificate.example.file`, or the
/// directory that holds it. A change makes HAProxy load it anew, without a break in the
/// traffic. The key never reaches the state. That somebody else replaced the file is noticed with
/// `haproxy.check_certificates = true` alone: the list of all files does not tell. A file that the configuration names is not removed, nor the last one
/// of a directory that it names; take it out of the lists of `crt_list`, which the API cannot read, before. A new
/// `storage_name` makes another file: set `lifecycle { create_before_destroy = true }`, so that binds name it before the old
/// one goes.
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

impl Certificate {
    fn pem(&self) -> Result<&String> {
        let pem = self.pem_wo.as_ref().and_then(WriteOnly::expose);
        pem.ok_or_else(|| Error::new("there is no certificate to send").at_attribute("pem_wo"))
    }

    /// Where HAProxy finds the file, if everything else is known as well.
    fn known_file(&self) -> Option<&String> {
        self.file.get().filter(|_| self.size.get().is_some_and(Option::is_some))
    }
}

impl Resource for Certificate {
    type Client = HaProxy;

    async fn create(haproxy: &HaProxy, plan: Certificate) -> Result<Certificate> {
        decode(&file::upload(haproxy, &plan.storage_name, plan.pem()?).await?, &Known::new())
    }

    async fn read(haproxy: &HaProxy, name: String) -> Result<Option<Certificate>> {
        let found = file::look(haproxy, &name).await?;
        found.map(|found| decode(&found, &Known::new())).transpose()
    }

    /// No list tells more of a file than its place.
    async fn refresh(haproxy: &HaProxy, name: String, prior: Certificate) -> Result<Option<Certificate>> {
        match prior.known_file() {
            Some(file) if !haproxy.checks_certificates && file::is_listed(haproxy, &name, file).await? => {
                Ok(Some(prior))
            }
            _ => Certificate::read(haproxy, name).await,
        }
    }

    async fn update(haproxy: &HaProxy, name: String, change: Change<Certificate>) -> Result<()> {
        file::replace(haproxy, &name, change.plan.pem()?).await
    }

    async fn delete(haproxy: &HaProxy, name: String, state: Certificate) -> Result<()> {
        file::remove(haproxy, &name, state.file.get().map(String::as_str)).await
    }

    fn overwritten(prior: &Certificate, actual: &Certificate) -> bool {
        prior.not_before != actual.not_before || prior.not_after != actual.not_after || prior.size != actual.size
    }
}
