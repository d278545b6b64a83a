//! How a colleague deletes what a resource manages, in the cluster itself.

use crate::http::call::encode;
use crate::proxmox::server::Proxmox;

impl Proxmox {
    /// Deletes the object of a resource with these attributes, past the log and the faults, and returns its path. A guest
    /// is stopped first.
    ///
    /// # Panics
    ///
    /// The type is not known here, or the cluster refuses.
    pub fn remove(&self, kind: &str, attribute: &dyn Fn(&str) -> String) -> String {
        let part = |name: &str| encode(&attribute(name));
        let path = match kind.strip_prefix("substrate_proxmox_").unwrap_or(kind) {
            "acl" => return self.take_right(attribute),
            "container" => self.stopped("lxc", attribute),
            "download" => {
                let (node, store) = (part("node_name"), attribute("datastore_id"));
                let volume = format!("{store}:{}/{}", attribute("content_type"), attribute("file_name"));
                format!("/nodes/{node}/storage/{store}/content/{}", encode(&volume))
            }
            "pool" => self.emptied(&attribute("pool_id")),
            "role" => format!("/access/roles/{}", part("role_id")),
            "storage" => format!("/storage/{}", part("id")),
            "token" => format!("/access/users/{}/token/{}", part("user_id"), part("token_id")),
            "user" => format!("/access/users/{}", part("user_id")),
            "vm" => self.stopped("qemu", attribute),
            other => panic!("say here how a colleague would delete a {other}"),
        };
        self.act("DELETE", &path, &[]);
        path
    }

    fn stopped(&self, kind: &str, attribute: &dyn Fn(&str) -> String) -> String {
        let vmid = attribute("vm_id").parse().expect("a guest has a number");
        self.power(vmid, false);
        self.set_option(vmid, "protection", None);
        let node = self.node_of(vmid).expect("the guest is there");
        format!("/nodes/{node}/{kind}/{vmid}")
    }

    fn emptied(&self, pool: &str) -> String {
        if let Some(pool) = self.world().access.pools.get_mut(pool) {
            pool.guests.clear();
            pool.storages.clear();
        }
        format!("/pools/{}", encode(pool))
    }

    fn take_right(&self, attribute: &dyn Fn(&str) -> String) -> String {
        let principal = attribute("principal");
        let whose = match &principal {
            token if token.contains('!') => "tokens",
            user if user.contains('@') => "users",
            _ => "groups",
        };
        let (path, role) = (attribute("path"), attribute("role_id"));
        self.act("PUT", "/access/acl", &[("path", &path), ("roles", &role), (whose, &principal), ("delete", "1")]);
        "/access/acl".to_owned()
    }
}
