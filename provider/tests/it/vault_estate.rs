//! What the tests of Vault's client build on: provider blocks of every kind, and hosts that use them.

use std::net::TcpStream;

use expect_test::Expect;
use lab::http::running::Running;
use lab::{OpenBao, Vault};
use tfplugin::harness::Host;
use tfplugin::value::{Object, Value};

use crate::estate::{Servers, backend, document, failure, vault_config};

/// A policy that nobody is hurt by.
pub const POLICY: &str = "resource \"substrate_vault_policy\" \"deploy\" {\n  name = \"deploy\"\n  policy = \"path \
                          \\\"kv/data/deploy\\\" { capabilities = [\\\"read\\\"] }\"\n}\n";

/// A secrets engine.
pub const MOUNT: &str = "resource \"substrate_vault_mount\" \"kv\" {\n  path = \"team/kv\"\n  type = \"kv\"\n  options = { version = \"2\" }\n}\n";

impl Servers for OpenBao {
    fn config(&self) -> Object {
        vault_config(&self.url, &self.token)
    }

    fn violations(&self) -> Vec<String> {
        Running::violations(self)
    }
}

/// The provider block with these members under `vault`.
pub fn block<const N: usize>(members: [(&str, Value); N]) -> Object {
    backend("vault", members)
}

/// A host whose provider has this block.
pub async fn host_with(config: Object) -> Host {
    Host::new(provider::provider(), config).await.expect("the provider has a valid schema")
}

/// The block that leads to this address; a request is repeated once, which the user reads.
pub fn at(url: &str, token: &str) -> Object {
    block([("address", url.into()), ("token", token.into()), ("max_retries", 1_u64.into())])
}

/// Holds what an apply says against the whole expected text.
pub async fn says(config: Object, text: &str, expected: Expect) {
    let Some(vault) = config["vault"].as_map() else { unreachable!("the block is Vault's") };
    let [url, token] = ["address", "token"].map(|name| vault[name].as_str().unwrap_or_default().to_owned());
    let said = failure(host_with(config).await.apply(&document(text)).await);
    assert!(!said.contains(&token), "the token is in:\n{said}");
    let (_, authority) = url.split_once("://").expect("a URL");
    let said = match TcpStream::connect(authority) {
        Ok(_) => said,
        Err(error) => said.replace(&error.to_string(), "(the system's words)"),
    };
    expected.assert_eq(&said.replace(authority, "vault:8200"));
}

/// The same of a Vault that is asked as root.
pub async fn vault_says(vault: &Vault, text: &str, expected: Expect) {
    says(at(&vault.url, &vault.root_token), text, expected).await;
}
