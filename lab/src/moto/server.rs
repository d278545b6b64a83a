//! The server as tests hold it.

use std::io;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::moto::environment::executable;
use crate::process::Process;

/// A running moto, empty. Dropping it stops it.
///
/// Each has a process of its own: it starts in 0.7 s, and a reset between the tests of a shared one would strike those
/// that run beside it. The first call of a service takes 0.1 to 0.3 s, of EC2 some 2.5 s.
///
/// ```no_run
/// let moto = lab::Moto::start();
/// // … use moto.url as the endpoint of each service, with any access key and secret …
/// ```
#[derive(Debug)]
pub struct Moto {
    /// Address of all services, such as `http://127.0.0.1:41003`.
    pub url: String,
    process: Process<Ready>,
}

/// The line that the program prints when it serves.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ready {
    address: String,
}

impl Moto {
    /// The account that everything belongs to.
    pub const ACCOUNT: &'static str = "123456789012";

    /// Starts one on a free port of the loopback address, after making the environment where that was never done.
    /// The thread waits meanwhile.
    ///
    /// # Panics
    ///
    /// The environment cannot be made, such as without Python or network, or moto does not start; the text says what
    /// to do.
    #[must_use]
    pub fn start() -> Self {
        Self::try_start().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same, with an error instead of a panic.
    ///
    /// # Errors
    ///
    /// As [`Moto::start`] panics.
    pub fn try_start() -> io::Result<Self> {
        let mut command = Command::new(executable().map_err(io::Error::other)?);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("moto").join("serve.py"));
        let process: Process<Ready> = Process::start("moto", command)?;
        Ok(Self { url: format!("http://{}", process.ready.address), process })
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.process.ready.address
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::plain;

    const IDENTITY: &str = "Action=GetCallerIdentity&Version=2011-06-15";

    fn identity(address: &str) -> io::Result<(u16, String)> {
        // The service is read from the scope of the signature.
        let scope =
            "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/sts/aws4_request, SignedHeaders=host, Signature=b";
        let headers = [("Authorization", scope), ("Content-Type", "application/x-www-form-urlencoded")];
        plain::exchange(address, "POST", "/", &headers, IDENTITY.as_bytes())
    }

    #[test]
    fn it_says_whose_account_it_is_and_ends_when_it_is_dropped() {
        let moto = Moto::start();
        let (status, answer) = identity(moto.address()).unwrap();
        assert_eq!(status, 200, "{answer}");
        assert!(answer.contains(&format!("<Account>{}</Account>", Moto::ACCOUNT)), "{answer}");
        let address = moto.address().to_owned();
        drop(moto);
        identity(&address).unwrap_err();
    }

    #[test]
    fn it_ends_when_whoever_started_it_is_gone() {
        Moto::start().process.orphan();
    }
}
