//! A Vault in a process of its own.

use std::io;
use std::process::Command;

use serde::Deserialize;

use crate::process::Process;
use crate::vault::program::executable;

/// The line that the program prints when it serves.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ready {
    /// Host and port.
    pub address: String,
    /// Root token.
    pub token: String,
    /// The one key that unseals it.
    pub unseal_key: String,
}

/// Starts Vault with the program's arguments and waits until it serves, some 50 ms on an idle machine.
pub fn start(arguments: &[&str]) -> io::Result<Process<Ready>> {
    let mut command = Command::new(executable().map_err(io::Error::other)?);
    command.args(arguments);
    Process::start("Vault", command)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn it_ends_when_whoever_started_it_is_gone() {
        start(&[]).unwrap().orphan();
    }

    #[test]
    fn what_does_not_start_says_so() {
        let error = start(&["-listen", "192.0.2.1:1"]).unwrap_err();
        assert!(error.to_string().starts_with("Vault did not start"), "{error}");
    }

    #[tokio::test]
    async fn it_speaks_tls_by_itself_where_it_has_a_certificate() {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, pem: &str| {
            fs::write(folder.path().join(name), pem).unwrap();
            folder.path().join(name).display().to_string()
        };
        let (certificate, key) =
            (file("cert.pem", &made.cert.pem()), file("key.pem", &made.signing_key.serialize_pem()));
        let process = start(&["-certificate", &certificate, "-key", &key]).unwrap();
        rustls::crypto::ring::default_provider().install_default().ok();
        let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap();
        let health = client.get(format!("https://{}/v1/sys/health", process.ready.address)).send().await.unwrap();
        assert_eq!(health.status(), 200);
    }
}
