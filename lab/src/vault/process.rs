//! A Vault in a process of its own, which ends with whoever started it.

use std::io::{self, BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use serde::Deserialize;

use crate::vault::program::executable;

/// It takes some 50 ms on an idle machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The running process. Dropping it ends it; so does the end of this process, which breaks its standard input.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// What it said about itself.
    pub ready: Ready,
}

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

impl Process {
    /// Starts Vault with the program's arguments and waits until it serves.
    pub fn start(arguments: &[&str]) -> io::Result<Self> {
        let executable = executable().map_err(io::Error::other)?;
        let mut command = Command::new(executable);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let Some(output) = child.stdout.take() else { return Err(io::Error::other("its output is not piped")) };
        let (said, line) = mpsc::channel();
        thread::spawn(move || {
            let mut line = String::new();
            // Whoever waited may have given up.
            said.send(BufReader::new(output).read_line(&mut line).map(|_| line)).ok();
        });
        // From here on the process ends with this value, whatever happens.
        let mut process = Self { child, ready: Ready::default() };
        let line = line.recv_timeout(PATIENCE).map_err(|_| io::Error::other("Vault does not say that it serves"))??;
        process.ready = serde_json::from_str(&line)
            .map_err(|error| io::Error::other(format!("Vault did not start ({error}); it said: {line:?}")))?;
        Ok(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Both fail where it has ended by itself.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::Instant;

    #[test]
    fn it_ends_when_whoever_started_it_is_gone() {
        let mut process = Process::start(&[]).unwrap();
        assert!(process.child.try_wait().unwrap().is_none(), "it runs");
        drop(process.child.stdin.take());
        let begin = Instant::now();
        while process.child.try_wait().unwrap().is_none() {
            assert!(begin.elapsed() < PATIENCE, "it still runs");
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn what_does_not_start_says_so() {
        let error = Process::start(&["-listen", "192.0.2.1:1"]).unwrap_err();
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
        let process = Process::start(&["-certificate", &certificate, "-key", &key]).unwrap();
        rustls::crypto::ring::default_provider().install_default().ok();
        let trusted = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
        let client = reqwest::Client::builder().no_proxy().tls_certs_only([trusted]).build().unwrap();
        let health = client.get(format!("https://{}/v1/sys/health", process.ready.address)).send().await.unwrap();
        assert_eq!(health.status(), 200);
    }
}
