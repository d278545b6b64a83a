//! Containers.

use super::console::Console;
use super::cpu::Cpu;
use super::disk::{self, Disk};
use super::dns::Dns;
use super::features::Features;
use super::memory::Memory;
use super::mount_point::{self, MountPoint};
use super::network_interface::NetworkInterface;
use super::operating_system::OperatingSystem;
use super::{creation, options, update};
use crate::proxmox::client::Proxmox;
use crate::proxmox::clone_source::CloneSource;
use crate::proxmox::formats;
use crate::proxmox::guest_words::{guest_id, host_name, no_longer_template, numbered, tag};
use crate::proxmox::guests::{Guest, Standing};
use crate::proxmox::note::Note;
use crate::proxmox::removal;
use crate::proxmox::startup::Startup;
use tfplugin::prelude::*;

/// Manages a container, made of a template of an operating system, or of another container.
///
/// It is found by its number on whatever node it is, so a migration by hand or by HA changes nothing. Mount points and
/// network interfaces are maps by their slots. What is omitted of `cpu`, `memory`, `disk`, `mount_point` and
/// `network_interface` stays as it is, or as the clone's source has it; what is set is all of it. A mount point that leaves
/// the configuration is detached, and its volume stays as an unused one until the container is destroyed. A change that a
/// running container cannot take waits for its next start.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_container", key(vm_id), import = "[{node_name}/]{vm_id}")]
#[tf(moved_from("proxmox_virtual_environment_container", "proxmox_container"))]
#[expect(clippy::duplicated_attributes, reason = "an attribute can stand in several rules")]
#[tf(
    created_with(template_file_id, clone),
    conflicts(clone, template_file_id),
    conflicts(clone, ssh_public_keys),
    conflicts(clone, password_wo)
)]
#[tf(requires(password_wo, password_wo_version))]
#[tf(timeouts(create = "30m", update = "30m", delete = "10m"))]
pub struct Container {
    /// Node to create the container on. A change migrates it there, with a restart if it runs; elsewhere it may be all the
    /// same.
    #[tf(check = formats::node)]
    pub node_name: String,

    /// Number of the container; omit it for the next one that is free.
    #[tf(computed, api = "vmid", read = "vm_id", check = guest_id)]
    pub vm_id: Option<u64>,

    /// Host name; omit it for `CT` with the number, or that of the clone's source.
    #[tf(computed, check = host_name)]
    pub hostname: Option<String>,

    /// Note for people, in Markdown.
    pub description: Option<Note>,

    /// Tags, in lower case.
    #[tf(check = tag)]
    pub tags: Option<BTreeSet<String>>,

    /// Template of an operating system to make it of, such as `local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst`.
    #[tf(local, replace, check = formats::volume)]
    pub template_file_id: Option<String>,

    /// Container or template to make it of.
    #[tf(local, replace)]
    pub clone: Option<CloneSource>,

    /// Keys that may log in as `root`. They are put into a new container, and never again.
    #[tf(local, change = made_once)]
    pub ssh_public_keys: Option<Vec<String>>,

    /// Password of `root` in a new container, with any number as `password_wo_version`; it never reaches the state.
    #[tf(on = create, check = length(5..=256))]
    pub password_wo: Option<WriteOnly<String>>,

    /// Number of `password_wo`. It cannot change, since a password is put into a new container alone.
    #[tf(local, change = made_once)]
    pub password_wo_version: Option<u64>,

    /// Whether the container runs. One that does not shut down within 3 minutes is stopped like by its plug. A template never
    /// runs.
    #[tf(default = true, on = call)]
    pub started: bool,

    /// Whether the container is a template; it can become one, and no container again.
    #[tf(default = false, on = call, change = no_longer_template)]
    pub template: bool,

    /// Whether `root` of the container is nobody outside of it; omit it for a privileged one, or what the clone's source is.
    #[tf(computed, fixed = "deletes what is in the container")]
    pub unprivileged: Option<bool>,

    /// Whether it starts with its node.
    #[tf(api = "onboot")]
    pub start_on_boot: Option<bool>,

    /// Whether neither it nor its volumes can be removed or changed.
    pub protection: Option<bool>,

    /// Pool that it belongs to.
    #[tf(api = "pool", read = "pool_id", check = formats::pool)]
    pub pool_id: Option<String>,

    /// Processors.
    #[tf(computed)]
    pub cpu: Option<Cpu>,

    /// Memory.
    #[tf(computed)]
    pub memory: Option<Memory>,

    /// Operating system.
    #[tf(computed)]
    pub operating_system: Option<OperatingSystem>,

    /// Root disk.
    #[tf(computed, api = "rootfs", read = "disk", change = disk::only_grows)]
    pub disk: Option<Disk>,

    /// Mount points by their slots, such as `mp0`.
    #[tf(computed, check = numbered("mp", 256), change = mount_point::only_grows)]
    pub mount_point: Option<BTreeMap<String, MountPoint>>,

    /// Network interfaces by their slots, such as `net0`.
    #[tf(computed, check = numbered("net", 32))]
    pub network_interface: Option<BTreeMap<String, NetworkInterface>>,

    /// How names are resolved.
    pub dns: Option<Dns>,

    /// Console.
    pub console: Option<Console>,

    /// What it may do that others may not.
    pub features: Option<Features>,

    /// Order of starts.
    pub startup: Option<Startup>,

    /// Script that runs when it starts and stops, such as `local:snippets/hook.pl`; `root@pam` with his password alone may
    /// set it.
    #[tf(api = "hookscript", check = formats::volume)]
    pub hook_script_file_id: Option<String>,

    /// Whether a container that runs is started anew where a change cannot become effective otherwise. It is shut down first, and
    /// stopped like by its plug where it does not heed that within three minutes.
    #[tf(local, default = false)]
    pub reboot_after_update: bool,

    /// Whether a container is stopped like by its plug before it is destroyed; else it is shut down first.
    #[tf(local, default = false)]
    pub stop_on_destroy: bool,

    /// Node that the container is on.
    #[tf(volatile(node_name))]
    pub current_node: Computed<String>,
}

/// Refuses another value of what only a create takes.
fn made_once<T: PartialEq>(prior: &Option<T>, planned: &Option<T>) -> Result<(), String> {
    match (prior, planned) {
        (Some(prior), Some(planned)) if prior != planned => {
            Err("cannot be changed: Proxmox VE takes it for a new container alone; change it in the container"
                .to_owned())
        }
        _ => Ok(()),
    }
}

impl Resource for Container {
    type Client = Proxmox;

    async fn create(proxmox: &Proxmox, plan: Container) -> Result<Container> {
        creation::create(proxmox, plan).await
    }

    fn is_copy(plan: &Container) -> bool {
        plan.clone.is_some()
    }

    async fn read(proxmox: &Proxmox, id: u64) -> Result<Option<Container>> {
        let found = Guest::container(id).find(proxmox).await?;
        found.map(|found| options::read(id, &found)).transpose()
    }

    /// What the cluster lists lags ten seconds behind: where it is not what was expected, the container is asked.
    async fn confirm(proxmox: &Proxmox, expected: Option<&Container>, actual: Container) -> Result<Container> {
        let (Some(id), Some(node)) = (actual.vm_id, actual.current_node.get()) else { return Ok(actual) };
        let expected = expected.map(Container::standing);
        let place = (node.as_str(), actual.template);
        let standing = Guest::container(id).confirmed(proxmox, place, expected, actual.standing()).await?;
        Ok(Container { started: standing.started, pool_id: standing.pool, ..actual })
    }

    async fn ready(proxmox: &Proxmox, id: u64, _: Container) -> Result<()> {
        proxmox.guests.unfinished(id).map_or(Ok(()), Err)
    }

    async fn update(proxmox: &Proxmox, id: u64, change: Change<Container>) -> Result<()> {
        update::update(proxmox, id, change).await
    }

    async fn delete(proxmox: &Proxmox, id: u64, state: Container) -> Result<()> {
        let guest = Guest::container(id);
        match guest.find(proxmox).await? {
            Some(found) => removal::remove(proxmox, guest, &found, state.stop_on_destroy).await,
            None => Ok(()),
        }
    }

    fn reconcile(prior: Option<&Container>, actual: Container) -> Container {
        let Some(prior) = prior else { return actual };
        Container {
            // Where it was wanted once; a migration by hand is nobody's mistake.
            node_name: prior.node_name.clone(),
            started: if actual.template { prior.started } else { actual.started },
            ..actual
        }
    }
}

impl Container {
    fn standing(&self) -> Standing {
        Standing { started: self.started, pool: self.pool_id.clone() }
    }
}
