//! New machines: made anew, or of another one.

use super::clone::CloneSource;
use super::machine::Vm;
use super::options::{self, Options};
use crate::http::{Request, path};
use crate::proxmox::client::Proxmox;
use crate::proxmox::guests;
use crate::proxmox::work::Work;
use tfplugin::prelude::*;
use tfplugin::schema::Attribute;

/// How often another number is tried where somebody else took the one that was free.
const TRIES: u32 = 5;

/// Clones of one source at once: of a template they share its lock, else each needs it alone
/// (`PVE::API2::Qemu`, `clone_vm`).
const CLONES: usize = 3;

/// Creates the machine, without what `update` sends: it does not run yet, and has no first settings.
pub async fn create(proxmox: &Proxmox, plan: Vm) -> Result<Vm> {
    let mut tries = 1;
    loop {
        let id = match plan.vm_id {
            Some(id) => id,
            None => proxmox.ids.next(proxmox).await?,
        };
        match attempt(proxmox, &plan, id).await {
            Err(error) if error.is_conflict() && plan.vm_id.is_none() && tries < TRIES => tries += 1,
            made => return made,
        }
    }
}

async fn attempt(proxmox: &Proxmox, plan: &Vm, id: u64) -> Result<Vm> {
    let made = match &plan.clone {
        Some(source) => clone(proxmox, plan, source, id).await,
        None => Work::on(&plan.node_name, id, anew(plan, id)).done(proxmox).await,
    };
    match made {
        // The node goes on with it: the machine belongs into the state, whatever becomes of it.
        Err(error) if error.is_answer_lost() => {
            proxmox.guests.placed(id, &plan.node_name);
            proxmox.guests.note_unfinished(id, error);
            return Ok(unseen(plan, id));
        }
        made => made?,
    }
    proxmox.guests.placed(id, &plan.node_name);
    proxmox.guests.runs(id, false);
    proxmox.guests.pooled(id, plan.pool_id.as_deref());
    match Vm::read(proxmox, id).await {
        Ok(Some(made)) => Ok(made),
        // It is there, and the engine reads it again.
        _ => Ok(unseen(plan, id)),
    }
}

/// What is known of a machine that nobody has seen yet.
fn unseen(plan: &Vm, id: u64) -> Vm {
    Vm {
        vm_id: Some(id),
        started: false,
        template: false,
        initialization: None,
        initialization_image: None.into(),
        current_node: plan.node_name.clone().into(),
        ..plan.clone()
    }
}

fn anew(plan: &Vm, id: u64) -> Request {
    let options = options::wanted(plan, &Options::new());
    let pool = plan.pool_id.iter().map(|pool| ("pool".to_owned(), pool.clone()));
    let form: Vec<_> = [("vmid".to_owned(), id.to_string())].into_iter().chain(options).chain(pool).collect();
    let places = super::update::places(form.iter().map(|(name, _)| name.as_str()));
    let request = Request::post(path!("nodes" / plan.node_name / "qemu")).form(form).places(places);
    request.purpose(format!("create the machine {id}"))
}

async fn clone(proxmox: &Proxmox, plan: &Vm, source: &CloneSource, id: u64) -> Result<()> {
    let about =
        |error: Error| error.context(format!("the machine {} cannot be cloned", source.vm_id)).at_attribute("clone");
    let Some(found) = guests::find(proxmox, source.vm_id).await? else {
        return Err(
            about(Error::new("no node has it")).hint("Check `clone.vm_id`, and that the credential may see it.")
        );
    };
    let is_template = found.config.get("template").is_some_and(|flag| crate::proxmox::client::text_of(flag) == "1");
    if !source.full && !is_template {
        return Err(about(Error::new("it is no template, and only a template has linked clones"))
            .hint("Set `clone.full = true`, or make a template of it."));
    }
    let name = format!("clones of {}", source.vm_id);
    let _place = proxmox.queues.enter(&name, if is_template { CLONES } else { 1 }).await?;
    let text = |name: &str, value: &Option<String>| {
        value.iter().map(|value| (name.to_owned(), value.clone())).collect::<Vec<_>>()
    };
    let mut form = vec![("newid".to_owned(), id.to_string()), ("full".to_owned(), u8::from(source.full).to_string())];
    form.extend(text("name", &plan.name));
    form.extend(text("description", &plan.description));
    form.extend(text("pool", &plan.pool_id));
    form.extend(text("storage", &source.datastore_id));
    if found.node != plan.node_name {
        form.push(("target".to_owned(), plan.node_name.clone()));
    }
    let places = super::update::places(["name", "description", "pool"]);
    let request = Request::post(guests::url(&found.node, source.vm_id).literal("clone")).form(form).places(places);
    Work::on(&found.node, source.vm_id, request.purpose(format!("clone the machine {id}"))).done(proxmox).await
}

/// Whether two values of an attribute are the same.
pub fn same<T: Attribute + Clone>(one: &T, other: &T) -> bool {
    tfplugin::schema::equal(&T::KIND, &one.clone().into_value(), &other.clone().into_value())
}
