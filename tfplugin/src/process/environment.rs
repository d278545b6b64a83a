//! Everything that the process reads from its environment, read once.

use std::ops::RangeInclusive;
use std::path::PathBuf;

use tracing::level_filters::LevelFilter;

/// What the host set for this process.
#[derive(Debug)]
pub(super) struct Environment {
    pub(super) cookie: Option<String>,
    pub(super) protocol_versions: String,
    /// PEM of the certificate with which the host calls; without it there is no TLS.
    pub(super) client_certificate: Option<String>,
    pub(super) socket_parent: PathBuf,
    pub(super) socket_group: Option<String>,
    /// Whether the host asked for several services on one connection, and waits for our answer.
    pub(super) multiplexing_offered: bool,
    pub(super) ports: RangeInclusive<u16>,
    pub(super) log_level: LevelFilter,
}

impl Environment {
    /// The environment of this process, for the provider `name`.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads what the host set")]
    pub(super) fn read(name: &str) -> Self {
        Self::from(name, |variable| std::env::var(variable).ok())
    }

    /// The environment in which `look_up` finds the variables.
    pub(super) fn from(name: &str, look_up: impl Fn(&str) -> Option<String>) -> Self {
        let set = |variable: &str| look_up(variable).filter(|value| !value.is_empty());
        let port = |variable| set(variable).and_then(|port| port.parse().ok());
        let own_level = format!("TF_LOG_PROVIDER_{}", name.to_uppercase().replace('-', "_"));
        let log_level = [own_level.as_str(), "TF_LOG_PROVIDER", "TF_LOG"].into_iter().find_map(set);
        Environment {
            cookie: set("TF_PLUGIN_MAGIC_COOKIE"),
            protocol_versions: set("PLUGIN_PROTOCOL_VERSIONS").unwrap_or_default(),
            client_certificate: set("PLUGIN_CLIENT_CERT"),
            socket_parent: set("PLUGIN_UNIX_SOCKET_DIR").map_or_else(std::env::temp_dir, PathBuf::from),
            socket_group: set("PLUGIN_UNIX_SOCKET_GROUP"),
            multiplexing_offered: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
            // Port 0 lets the system choose.
            ports: port("PLUGIN_MIN_PORT").unwrap_or(0)..=port("PLUGIN_MAX_PORT").unwrap_or(0),
            log_level: log_level.as_deref().map_or(LevelFilter::OFF, level),
        }
    }
}

/// Core takes a word that it does not know for TRACE; `JSON` is TRACE in another dress.
fn level(word: &str) -> LevelFilter {
    match word.to_uppercase().as_str() {
        "OFF" => LevelFilter::OFF,
        "ERROR" => LevelFilter::ERROR,
        "WARN" => LevelFilter::WARN,
        "INFO" => LevelFilter::INFO,
        "DEBUG" => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Environment {
        Environment::from("two-words", |name| {
            variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_most_specific_level_wins() {
        assert_eq!(with(&[]).log_level, LevelFilter::OFF);
        assert_eq!(with(&[("TF_LOG", "json")]).log_level, LevelFilter::TRACE);
        assert_eq!(with(&[("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "warn")]).log_level, LevelFilter::WARN);
        let all = [("TF_LOG", "TRACE"), ("TF_LOG_PROVIDER", "WARN"), ("TF_LOG_PROVIDER_TWO_WORDS", "OFF")];
        assert_eq!(with(&all).log_level, LevelFilter::OFF);
        assert_eq!(with(&[("TF_LOG", "INFO"), ("TF_LOG_PROVIDER", "")]).log_level, LevelFilter::INFO);
    }

    #[test]
    fn an_empty_variable_counts_as_absent() {
        assert!(with(&[("PLUGIN_CLIENT_CERT", "")]).client_certificate.is_none());
        assert!(!with(&[("PLUGIN_MULTIPLEX_GRPC", "")]).multiplexing_offered);
        assert!(with(&[("PLUGIN_MULTIPLEX_GRPC", "false")]).multiplexing_offered);
    }
}
