//! New guests: their numbers, and copies of others.

use super::client::Proxmox;
use super::clone_source::CloneSource;
use super::guests::{Found, Guest, Kind};
use super::options::{PlaceOf, places};
use super::refusal::{is_for_shared_storage_alone, is_lock};
use super::target::Target;
use super::work::{Undone, Work};
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

/// A guest as its creation left it. What the node goes on with, or left half made, belongs into the state, whatever becomes
/// of it; where there is no such guest, somebody else may get its number. `unseen` is what is known of one that nobody has
/// seen yet.
pub async fn created<R: Resource<Client = Proxmox, Key = u64>>(
    proxmox: &Proxmox,
    guest: Guest,
    (node, pool): (&str, Option<&str>),
    made: Result<(), Undone>,
    unseen: impl FnOnce() -> R,
) -> Result<R> {
    match made {
        Err(undone) if undone.error.is_answer_lost() || is_half_way(&undone) => {
            proxmox.guests.placed(guest.id, node);
            if let Ok(None) = guest.find(proxmox).await {
                proxmox.guests.gone(guest.id);
                return Err(undone.error);
            }
            let error = undone.error.and_hint("What is there is in the state, tainted: the next apply replaces it.");
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
                Ok(None) => {
                    proxmox.guests.gone(guest.id);
                    let error = Error::new(format!("the task that makes the {guest} has ended, and no node has it"));
                    Err(error.hint("Somebody removed it, or the task was another one: look at the node's tasks."))
                }
                // It is there, and the engine reads it again.
                Err(_) => Ok(unseen()),
            }
        }
    }
}

/// Whether a guest may have been left half made: a task that began has the number, unless it found somebody else there.
fn is_half_way(undone: &Undone) -> bool {
    undone.was_begun && !undone.error.is_conflict() && !is_lock(undone.error.message())
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
        if !self.source.full && !found.has_flag("template") {
            let error = self.refusal(Error::new("it is no template, and only a template has linked clones"));
            return Err(error.hint("Set `clone.full = true`, or make a template of it."));
        }
        Ok(found)
    }

    /// Makes the copy of what was found. Volumes that only the source's node sees are copied there, and brought over.
    pub async fn make(&self, proxmox: &Proxmox, found: &Found) -> Result<(), Undone> {
        if found.node == self.node {
            return self.clone_to(proxmox, found, None).await;
        }
        match self.clone_to(proxmox, found, Some(self.node)).await {
            Err(undone) if is_for_shared_storage_alone(undone.error.message()) => {
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

    async fn clone_to(&self, proxmox: &Proxmox, found: &Found, target: Option<&str>) -> Result<(), Undone> {
        let original = self.original();
        let shares = found.has_flag("template") && original.kind == Kind::Machine;
        let queue = format!("clones of {}", original.id);
        let places_for = if shares { CLONES } else { 1 };
        let _place = proxmox.queues.enter(&queue, places_for).await?;
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
        let request = request.purpose(format!("clone the {original}"));
        Work::on(&found.node, original, "clone", request).followed(proxmox).await.map(drop)
    }
}
