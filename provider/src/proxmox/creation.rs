//! New guests: their numbers, and copies of others.

use super::client::{Proxmox, text_of};
use super::clone_source::CloneSource;
use super::guests::{Found, Guest, Kind};
use super::options::{PlaceOf, places};
use super::refusal::is_for_shared_storage_alone;
use super::target::Target;
use super::work::Work;
use crate::http::Request;
use tfplugin::prelude::*;

/// How often another number is tried where somebody else took the one that was free.
const TRIES: u32 = 5;

/// Clones of one template of a machine at once: they share its lock, else each clone needs its source alone
/// (`PVE::API2::Qemu`, `clone_vm`; `PVE::API2::LXC` locks the source for each).
const CLONES: usize = 3;

/// Makes a guest with the number that is wanted, or with the next one that is free.
pub async fn numbered<T, F: Future<Output = Result<T>>>(
    proxmox: &Proxmox,
    wanted: Option<u64>,
    make: impl Fn(u64) -> F,
) -> Result<T> {
    let mut tries = 1;
    loop {
        let id = match wanted {
            Some(id) => id,
            None => proxmox.ids.next(proxmox).await?,
        };
        match make(id).await {
            Err(error) if error.is_conflict() && wanted.is_none() && tries < TRIES => tries += 1,
            made => return made,
        }
    }
}

/// A guest as its creation left it. Where the node goes on with it, the guest belongs into the state, whatever becomes of it;
/// where there is no such guest, somebody else may get its number. `unseen` is what is known of one that nobody has seen yet.
pub async fn created<R: Resource<Client = Proxmox, Key = u64>>(
    proxmox: &Proxmox,
    guest: Guest,
    (node, pool): (&str, Option<&str>),
    made: Result<()>,
    unseen: impl FnOnce() -> R,
) -> Result<R> {
    match made {
        Err(error) if error.is_answer_lost() => {
            proxmox.guests.placed(guest.id, node);
            if let Ok(None) = guest.find(proxmox).await {
                proxmox.guests.gone(guest.id);
                return Err(error);
            }
            proxmox.guests.note_unfinished(guest.id, error);
            Ok(unseen())
        }
        made => {
            made?;
            proxmox.guests.placed(guest.id, node);
            proxmox.guests.runs(guest.id, false);
            proxmox.guests.pooled(guest.id, pool);
            match R::read(proxmox, guest.id).await {
                Ok(Some(made)) => Ok(made),
                // It is there, and the engine reads it again.
                _ => Ok(unseen()),
            }
        }
    }
}

/// A copy that is to be made of another guest.
pub struct CopyOf<'a> {
    /// The new guest.
    pub guest: Guest,
    /// What it is a copy of.
    pub source: &'a CloneSource,
    /// The node that is to have it.
    pub node: &'a str,
    /// Its name.
    pub name: Option<&'a str>,
    /// Its note.
    pub description: Option<String>,
    /// Its pool.
    pub pool: Option<&'a str>,
    /// Where the user set an option.
    pub place_of: PlaceOf,
}

impl CopyOf<'_> {
    fn original(&self) -> Guest {
        Guest { id: self.source.vm_id, ..self.guest }
    }

    fn refusal(&self, error: Error) -> Error {
        error.context(format!("the {} cannot be cloned", self.original())).at_attribute("clone")
    }

    /// What is to be copied, wherever it is.
    pub async fn look(&self, proxmox: &Proxmox) -> Result<Found> {
        let Some(found) = self.original().find(proxmox).await? else {
            return Err(self
                .refusal(Error::new("no node has it"))
                .hint("Check `clone.vm_id`, and that the credential may see it."));
        };
        if !self.source.full && !is_template(&found) {
            let error = self.refusal(Error::new("it is no template, and only a template has linked clones"));
            return Err(error.hint("Set `clone.full = true`, or make a template of it."));
        }
        Ok(found)
    }

    /// Makes the copy of what was found. Volumes that only the source's node sees are copied there, and brought over.
    pub async fn make(&self, proxmox: &Proxmox, found: &Found) -> Result<()> {
        if found.node == self.node {
            return self.clone_to(proxmox, found, None).await;
        }
        match self.clone_to(proxmox, found, Some(self.node)).await {
            Err(error) if is_for_shared_storage_alone(error.message()) => {
                self.clone_to(proxmox, found, None).await?;
                if let Err(error) = self.bring_over(proxmox, &found.node).await {
                    proxmox.guests.note_unfinished(self.guest.id, error);
                }
                Ok(())
            }
            made => made,
        }
    }

    async fn bring_over(&self, proxmox: &Proxmox, from: &str) -> Result<()> {
        proxmox.guests.placed(self.guest.id, from);
        Target::find(proxmox, self.guest, self.place_of).await?.migrate(self.node, false).await
    }

    async fn clone_to(&self, proxmox: &Proxmox, found: &Found, target: Option<&str>) -> Result<()> {
        let original = self.original();
        let shares = is_template(found) && original.kind == Kind::Machine;
        let queue = format!("clones of {}", original.id);
        let _place = proxmox.queues.enter(&queue, if shares { CLONES } else { 1 }).await?;
        let name = match original.kind {
            Kind::Machine => "name",
            Kind::Container => "hostname",
        };
        let mut form = vec![("newid", self.guest.id.to_string()), ("full", u8::from(self.source.full).to_string())];
        form.extend(self.name.map(|text| (name, text.to_owned())));
        form.extend(self.description.clone().map(|note| ("description", note)));
        form.extend(self.pool.map(|pool| ("pool", pool.to_owned())));
        form.extend(self.source.datastore_id.clone().map(|store| ("storage", store)));
        form.extend(target.map(|node| ("target", node.to_owned())));
        let request = Request::post(original.url(&found.node).literal("clone")).form(form);
        let request = request.places(places(self.place_of, [name, "description", "pool"]));
        Work::on(&found.node, original.id, request.purpose(format!("clone the {original}"))).done(proxmox).await
    }
}

fn is_template(found: &Found) -> bool {
    found.config.get("template").is_some_and(|flag| text_of(flag) == "1")
}
