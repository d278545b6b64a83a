//! A registry of modules: which versions there are, and where the package of one lies.
//!
//! It speaks the protocol `modules.v1` of HashiCorp's module registries, which GitLab and others speak as well. A host is
//! led to it by a `host` block of its command line configuration, which needs no certificate.

use std::collections::BTreeMap;
use std::io;
use std::ops::Deref;

use bytes::Bytes;
use serde_json::json;

use crate::http::call::{Answer, Call, segments};
use crate::http::running::{Place, Running};
use crate::http::serve::{Handler, Instruments};

/// Prefix of the protocol's paths.
const PROTOCOL: &str = "/v1/modules";

/// Prefix of the packages' paths.
const PACKAGES: &str = "/packages";

/// A running registry. Dropping it stops it.
///
/// Its address and its log are those of [`Running`].
#[derive(Debug)]
pub struct Registry {
    running: Running,
}

/// A registry that is about to start.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    packages: BTreeMap<String, Bytes>,
    releases: BTreeMap<String, Vec<Release>>,
}

/// One version of a module.
#[derive(Clone, Debug)]
struct Release {
    version: String,
    /// The package, and the folder in it that is the module.
    package: String,
    folder: String,
}

#[derive(Debug)]
struct Site {
    url: String,
    content: Builder,
}

impl Registry {
    /// Chooses what it offers.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// What a `host` block's `services` says of `modules.v1`.
    #[must_use]
    pub fn service(&self) -> String {
        format!("{}{PROTOCOL}/", self.running.url)
    }
}

impl Builder {
    /// Keeps a package, a tarball that gzip compressed; several modules can be folders of one.
    #[must_use]
    pub fn package(mut self, name: &str, content: impl Into<Bytes>) -> Self {
        self.packages.insert(name.to_owned(), content.into());
        self
    }

    /// Offers a version of a module, by its address such as `platform/networking/aws`: a folder of a package.
    #[must_use]
    pub fn release(mut self, module: &str, version: &str, package: &str, folder: &str) -> Self {
        let [version, package, folder] = [version, package, folder].map(str::to_owned);
        self.releases.entry(module.to_owned()).or_default().push(Release { version, package, folder });
        self
    }

    /// Starts it on a free port of the loopback address.
    ///
    /// # Errors
    ///
    /// The system has no port left.
    pub async fn start(self) -> io::Result<Registry> {
        let site = |url: &str| Site { url: url.to_owned(), content: self };
        let (running, _) = Running::start(Place::default(), site).await?;
        Ok(Registry { running })
    }
}

impl Deref for Registry {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl Site {
    fn versions(&self, module: &str) -> Option<Answer> {
        let releases = self.content.releases.get(module)?;
        let versions: Vec<_> = releases.iter().map(|release| json!({ "version": release.version })).collect();
        Some(Answer::json(200, &json!({ "modules": [{ "versions": versions }] })))
    }

    /// Where the host finds the package, in a header.
    fn download(&self, module: &str, version: &str) -> Option<Answer> {
        let release = self.content.releases.get(module)?.iter().find(|release| release.version == version)?;
        let Release { package, folder, .. } = release;
        let address = format!("{}{PACKAGES}/{package}//{folder}?archive=tar.gz", self.url);
        Some(Answer::empty(204).with_header("X-Terraform-Get", &address))
    }

    fn package(&self, name: &str) -> Option<Answer> {
        let answer = Answer { body: self.content.packages.get(name)?.clone(), ..Answer::empty(200) };
        Some(answer.with_header("Content-Type", "application/gzip"))
    }
}

impl Handler for Site {
    fn prefix(&self) -> &'static str {
        ""
    }

    async fn answer(&self, call: &Call, _instruments: &Instruments) -> Answer {
        let path = segments(&call.path);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let answer = match path.as_slice() {
            _ if call.method != "GET" => None,
            ["v1", "modules", namespace, name, system, "versions"] => {
                self.versions(&format!("{namespace}/{name}/{system}"))
            }
            ["v1", "modules", namespace, name, system, version, "download"] => {
                self.download(&format!("{namespace}/{name}/{system}"), version)
            }
            ["packages", name] => self.package(name),
            _ => None,
        };
        answer.unwrap_or_else(|| Answer::json(404, &json!({ "errors": ["Not Found"] })))
    }
}
