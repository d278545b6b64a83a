//! Secrets of KV engines as places for generated secrets.

use super::client::Vault;
use super::kv::Place;
use super::kv_input::secret_name;
use super::mount_table::mount_path;
use tfplugin::prelude::*;

/// A key of a KV secret, for `deliver`.
pub struct KvSink;

/// The key that takes the secret.
#[derive(Nested)]
pub struct Target {
    /// Path of a KV engine of version 2.
    #[tf(check = mount_path)]
    mount: String,

    /// Path of the secret below the mount; its other keys stay as they are.
    #[tf(check = secret_name)]
    name: String,

    /// Key that holds the generated secret.
    #[tf(check = length(1..=512))]
    key: String,
}

impl Target {
    fn place(&self) -> Place {
        Place::new(&self.mount, &self.name)
    }
}

impl Sink for KvSink {
    type Client = Vault;
    type Target = Target;

    const NAME: &'static str = "vault_kv";
    const DOC: &'static str = "Key of a secret in a KV engine of version 2; it is made where there is none.";

    fn place(target: &Target) -> String {
        format!("key `{}` of `{}`", target.key, target.place())
    }

    async fn probe(vault: &Vault, target: Target) -> Result<()> {
        let (place, mount) = (target.place(), &target.mount);
        let rights = format!("the token a policy with `create`, `update` and `patch` on `{}`.", place.data_path());
        if !place.check_engine(vault).await? {
            let text = format!("no engine is mounted at `{mount}`, or the token may use nothing of it");
            let hint = format!("Correct the path, refer to the resource that makes the mount, or give {rights}");
            return Err(Error::new(text).hint(hint));
        }
        // Every delivery begins with a patch.
        match vault.may(&place.data_path(), "patch").await? {
            true => Ok(()),
            false => Err(Error::new(format!("the token may not patch `{place}`")).hint(format!("Give {rights}"))),
        }
    }

    async fn deliver(vault: &Vault, target: Target, secret: &Secret<String>) -> Result<()> {
        target.place().put(vault, &target.key, secret.expose()).await
    }
}
