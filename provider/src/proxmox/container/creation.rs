//! New containers: made of a template of an operating system, or of another one.

use super::options;
use super::resource::Container;
use super::update::sizes;
use super::volume::size_of;
use crate::http::{Request, path};
use crate::proxmox::client::Proxmox;
use crate::proxmox::creation::{self, CopyOf};
use crate::proxmox::guests::{Found, Guest};
use crate::proxmox::options::{Options, places};
use crate::proxmox::target::refuse_smaller;
use crate::proxmox::work::{Undone, Work};
use tfplugin::prelude::*;

/// Creates the container, without what `update` sends: it does not run yet.
pub async fn create(proxmox: &Proxmox, plan: Container) -> Result<Container> {
    creation::numbered(proxmox, plan.vm_id, |id| attempt(proxmox, &plan, id)).await
}

async fn attempt(proxmox: &Proxmox, plan: &Container, id: u64) -> Result<Container> {
    let made = make(proxmox, plan, id).await;
    let place = (plan.node_name.as_str(), plan.pool_id.as_deref());
    creation::created(proxmox, Guest::container(id), place, made, || unseen(plan, id)).await
}

async fn make(proxmox: &Proxmox, plan: &Container, id: u64) -> Result<(), Undone> {
    match (&plan.template_file_id, &plan.clone) {
        (Some(template), _) => {
            let request = anew(plan, id, template);
            Work::on(&plan.node_name, Guest::container(id), "create", request).followed(proxmox).await.map(drop)
        }
        (None, Some(source)) => {
            let copy = CopyOf {
                guest: Guest::container(id),
                source,
                node: &plan.node_name,
                name: plan.hostname.as_deref(),
                description: plan.description.as_ref().map(ToString::to_string),
                pool: plan.pool_id.as_deref(),
                place_of: options::place_of,
            };
            let found = copy.look(proxmox).await?;
            check_privilege(plan, &found)?;
            let there = found.options();
            refuse_smaller(options::place_of, &there, &sizes(plan), size_of)?;
            copy.make(proxmox, &found).await
        }
        (None, None) => Err(Error::new("there is nothing to make the container of")
            .hint("Set `template_file_id`, or `clone`.")
            .at_attribute("template_file_id")
            .into()),
    }
}

/// A copy is as privileged as its source.
fn check_privilege(plan: &Container, source: &Found) -> Result<()> {
    let unprivileged = source.has_flag("unprivileged");
    match plan.unprivileged.is_none_or(|wanted| wanted == unprivileged) {
        true => Ok(()),
        false => {
            Err(Error::new(format!("the clone's source has `unprivileged = {unprivileged}`, and so has its clone"))
                .hint("Leave `unprivileged` out, or clone another one.")
                .at_attribute("unprivileged"))
        }
    }
}

/// What is known of a container that nobody has seen yet.
fn unseen(plan: &Container, id: u64) -> Container {
    Container {
        vm_id: Some(id),
        started: false,
        template: false,
        current_node: plan.node_name.clone().into(),
        ..plan.clone()
    }
}

fn anew(plan: &Container, id: u64, template: &str) -> Request {
    let mut form = options::wanted(plan, &Options::new());
    form.extend([("vmid".to_owned(), id.to_string()), ("ostemplate".to_owned(), template.to_owned())]);
    form.extend(plan.pool_id.iter().map(|pool| ("pool".to_owned(), pool.clone())));
    form.extend(plan.ssh_public_keys.iter().map(|keys| ("ssh-public-keys".to_owned(), keys.join("\n"))));
    let password = plan.password_wo.as_ref().and_then(WriteOnly::expose);
    form.extend(password.map(|password| ("password".to_owned(), password.clone())));
    let places = places(options::place_of, form.keys().map(String::as_str));
    let request = Request::post(path!("nodes" / plan.node_name / "lxc")).form(form).places(places);
    let request = request.purpose(format!("create the container {id}"));
    match password {
        Some(password) => request.secret(password).confidential(),
        None => request,
    }
}
