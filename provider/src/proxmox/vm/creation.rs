//! New machines: made anew, or of another one.

use super::drives::refuse_unsized;
use super::machine::Vm;
use super::options;
use super::update::{size_of, sizes};
use crate::http::{Request, path};
use crate::proxmox::client::Proxmox;
use crate::proxmox::creation::{self, CopyOf};
use crate::proxmox::guests::Guest;
use crate::proxmox::options::{Options, places};
use crate::proxmox::target::refuse_smaller;
use crate::proxmox::work::{Undone, Work};
use tfplugin::prelude::*;
use tfplugin::schema::Attribute;

/// Creates the machine, without what `update` sends: it does not run yet, and has no first settings.
pub async fn create(proxmox: &Proxmox, plan: Vm) -> Result<Vm> {
    creation::numbered(proxmox, plan.vm_id, |id| attempt(proxmox, &plan, id)).await
}

async fn attempt(proxmox: &Proxmox, plan: &Vm, id: u64) -> Result<Vm> {
    let made = make(proxmox, plan, id).await;
    let place = (plan.node_name.as_str(), plan.pool_id.as_deref());
    creation::created(proxmox, Guest::machine(id), place, made, || unseen(plan, id)).await
}

async fn make(proxmox: &Proxmox, plan: &Vm, id: u64) -> Result<(), Undone> {
    let Some(source) = &plan.clone else {
        refuse_unsized(plan, &Options::new())?;
        return Work::on(&plan.node_name, Guest::machine(id), "create", anew(plan, id))
            .followed(proxmox)
            .await
            .map(drop);
    };
    let copy = CopyOf {
        guest: Guest::machine(id),
        source,
        node: &plan.node_name,
        name: plan.name.as_deref(),
        description: plan.description.as_ref().map(ToString::to_string),
        pool: plan.pool_id.as_deref(),
        place_of: options::place_of,
    };
    let found = copy.look(proxmox).await?;
    let there = found.options();
    refuse_smaller(options::place_of, &there, &sizes(plan), size_of)?;
    refuse_unsized(plan, &there)?;
    copy.make(proxmox, &found).await
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
    let places = places(options::place_of, form.iter().map(|(name, _)| name.as_str()));
    let request = Request::post(path!("nodes" / plan.node_name / "qemu")).form(form).places(places);
    request.purpose(format!("create the machine {id}"))
}

/// Whether two values of an attribute are the same.
pub fn same<T: Attribute + Clone>(one: &T, other: &T) -> bool {
    tfplugin::schema::equal(&T::KIND, &one.clone().into_value(), &other.clone().into_value())
}
