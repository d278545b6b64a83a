//! Mount points of a container.

use super::disk::some;
use super::volume::{self, MountOption};
use crate::proxmox::formats;
use crate::proxmox::properties;
use crate::proxmox::size::{self, Size};
use tfplugin::prelude::*;
use tfplugin::schema::Attribute;
use tfplugin::value::Object;

/// A mount point, by its slot: a volume of its own, or something of the node.
#[derive(Clone, Nested)]
#[tf(one_of(datastore_id, volume), requires(datastore_id, size))]
pub struct MountPoint {
    /// Storage that holds its volume. A change moves it, while the container does not run.
    #[tf(url, check = formats::storage)]
    pub datastore_id: Option<String>,

    /// Directory or device of the node in the place of a volume, such as `/srv/media`; `root@pam` with his password alone
    /// may set it.
    #[tf(url, check = of_node)]
    pub volume: Option<String>,

    /// Where it is in the container, such as `/srv`.
    #[tf(api = "mp", check = absolute)]
    pub path: String,

    /// Size of the volume, such as `20G`; a number alone counts GiB. It can grow.
    #[tf(url)]
    pub size: Option<Size>,

    /// The volume on the storage.
    #[tf(volatile(datastore_id))]
    pub path_in_datastore: Computed<Option<String>>,

    /// Whether access control lists work; omit it for the file system's default.
    pub acl: Option<bool>,

    /// Whether backups have the volume.
    pub backup: Option<bool>,

    /// Options of the mount.
    #[tf(api = "mountoptions", check = some)]
    pub mount_options: Option<BTreeSet<MountOption>>,

    /// Whether quotas of users work.
    pub quota: Option<bool>,

    /// Whether nothing can be written.
    #[tf(api = "ro")]
    pub read_only: Option<bool>,

    /// Whether replications have the volume.
    pub replicate: Option<bool>,

    /// Whether all nodes have the same directory there, so that it keeps no container on its node.
    pub shared: Option<bool>,
}

fn of_node(path: &str) -> Result<(), String> {
    match path.starts_with('/') {
        true => Ok(()),
        false => Err("is no path of the node; name a storage with `datastore_id` and `size`".to_owned()),
    }
}

fn absolute(path: &str) -> Result<(), String> {
    match path.starts_with('/') && path.len() > 1 {
        true => Ok(()),
        false => Err("is no path in the container such as `/srv`".to_owned()),
    }
}

/// Whether an option is a mount point.
pub fn is_slot(option: &str) -> bool {
    crate::proxmox::options::is_numbered(option, "mp")
}

/// Refuses to make a volume smaller.
pub fn only_grows(
    prior: &Option<BTreeMap<String, MountPoint>>,
    planned: &Option<BTreeMap<String, MountPoint>>,
) -> Result<(), String> {
    planned.iter().flatten().try_for_each(|(slot, point)| {
        let before = prior.as_ref().and_then(|prior| prior.get(slot)?.size.as_ref());
        size::only_grows(slot, before, point.size.as_ref())
    })
}

/// What an answer's text says.
pub fn read(text: &str) -> Object {
    volume::read(text, MountPoint::FIELDS)
}

/// The text of a mount point: as it is, with what is wanted, or of one that is to be made.
pub fn text(current: Option<&str>, point: &MountPoint) -> String {
    let wanted = || properties::of(MountPoint::FIELDS, &point.clone().into_value());
    let Some(store) = &point.datastore_id else {
        let current = current.map(|current| properties::parse(current, "volume")).unwrap_or_default();
        let kept = properties::merged(current, MountPoint::FIELDS, wanted());
        return volume::of_node(point.volume.as_deref().unwrap_or_default(), kept);
    };
    let changed = current.and_then(|current| volume::changed(current, MountPoint::FIELDS, wanted()));
    changed.unwrap_or_else(|| {
        let size = point.size.as_ref().map(Size::gibibytes).unwrap_or_default();
        volume::new(store, &size, wanted())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tfplugin::schema::{Field, from_api};
    use tfplugin::value::Value;

    fn point(text: &str) -> MountPoint {
        let field = Field::of::<MountPoint>("mount_point", "");
        MountPoint::from_value(from_api(&field, Value::Map(read(text))).unwrap()).unwrap()
    }

    #[test]
    fn a_volume_is_read_and_changed() {
        let answer = "local-lvm:vm-200-disk-1,backup=1,mountoptions=noatime;nodev,mp=/srv,new=1,size=8G";
        let read = point(answer);
        assert_eq!((read.datastore_id.as_deref(), read.volume.as_deref()), (Some("local-lvm"), None));
        assert_eq!(read.size.as_ref().map(Size::bytes), Some(8 << 30));
        assert_eq!(text(Some(answer), &read), answer);
        let changed = MountPoint { backup: None, read_only: Some(true), ..read.clone() };
        assert_eq!(
            text(Some(answer), &changed),
            "local-lvm:vm-200-disk-1,mountoptions=noatime;nodev,mp=/srv,new=1,ro=1,size=8G"
        );
        assert_eq!(text(None, &MountPoint { mount_options: None, ..read }), "local-lvm:8,backup=1,mp=/srv");
    }

    #[test]
    fn a_directory_of_the_node_is_no_volume() {
        let read = point("/mnt/media,mp=/media,ro=1");
        assert_eq!((read.datastore_id.as_deref(), read.volume.as_deref()), (None, Some("/mnt/media")));
        assert_eq!(point("/mnt/media,mp=/media,size=0T").size, None);
        assert_eq!(text(Some("/mnt/other,mp=/media,ro=1"), &read), "/mnt/media,mp=/media,ro=1");
        assert_eq!(text(Some("local:1/a.raw,mp=/media,size=1G"), &read), "/mnt/media,mp=/media,ro=1");
    }
}
