//! The handshake with the host: is this a host at all, and where do we listen.

use super::environment::Environment;
use super::listener::Address;
use super::plugin::Plugin;
use crate::{Error, Result};

/// Tells a host from a person; it is published and no secret.
const COOKIE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// Refuses to go on where no host of protocol 6 has started the process.
pub(super) fn check(plugin: &Plugin, environment: &Environment) -> Result<()> {
    if environment.cookie.as_deref() != Some(COOKIE) {
        return Err(Error::new(format!(
            "this is a plugin that Terraform and OpenTofu start by themselves, and it does nothing when started by \
             hand. To use it, declare the provider `{}` in a configuration (see README.md); to debug it, start it with \
             --debug.",
            plugin.source
        )));
    }
    let versions = &environment.protocol_versions;
    if !versions.split(',').any(|version| version.trim() == "6") {
        return Err(Error::new(format!(
            "the host speaks plugin protocol `{versions}` and this provider speaks 6; use Terraform 1.0 or OpenTofu \
             1.6, or a later version"
        )));
    }
    Ok(())
}

/// The one line that the host reads from standard output.
pub(super) fn line(address: &Address, certificate: &str, environment: &Environment) -> String {
    let multiplexing = if environment.multiplexing_offered { "|false" } else { "" };
    format!("1|6|{}|{}|grpc|{certificate}{multiplexing}\n", address.network, address.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLUGIN: Plugin = Plugin { source: "example/bare", version: "0.1.0", crates: &[] };

    fn environment(versions: &str, cookie: &str, multiplex: &str) -> Environment {
        Environment::from("bare", |variable| match variable {
            "TF_PLUGIN_MAGIC_COOKIE" => Some(cookie.to_owned()),
            "PLUGIN_PROTOCOL_VERSIONS" => Some(versions.to_owned()),
            "PLUGIN_MULTIPLEX_GRPC" => Some(multiplex.to_owned()),
            _ => None,
        })
    }

    #[test]
    fn the_line_has_six_fields_and_a_seventh_for_multiplexing() {
        let address = Address { network: "unix", text: "/tmp/p/s".to_owned() };
        assert_eq!(line(&address, "QUJD", &environment("6", COOKIE, "")), "1|6|unix|/tmp/p/s|grpc|QUJD\n");
        assert_eq!(line(&address, "", &environment("6", COOKIE, "true")), "1|6|unix|/tmp/p/s|grpc||false\n");
    }

    #[test]
    fn only_a_host_of_protocol_6_is_served() {
        check(&PLUGIN, &environment("6,5", COOKIE, "")).expect("6 is among the versions");
        let old = check(&PLUGIN, &environment("5,16", COOKIE, "")).expect_err("6 is not among the versions");
        assert!(old.to_string().contains("protocol `5,16`"), "{old}");
        let person = check(&PLUGIN, &environment("6", "", "")).expect_err("the cookie is missing");
        assert!(person.to_string().contains("`example/bare`"), "{person}");
        check(&PLUGIN, &environment("6", "wrong", "")).expect_err("the cookie is wrong");
    }
}
