//! Privileges, the roles that are always there, and who has what where (`PVE::AccessControl`).

use std::collections::BTreeSet;

/// Every privilege of version 8.4.
pub const PRIVILEGES: &[&str] = &[
    "Datastore.Allocate",
    "Datastore.AllocateSpace",
    "Datastore.AllocateTemplate",
    "Datastore.Audit",
    "Group.Allocate",
    "Mapping.Audit",
    "Mapping.Modify",
    "Mapping.Use",
    "Permissions.Modify",
    "Pool.Allocate",
    "Pool.Audit",
    "Realm.Allocate",
    "Realm.AllocateUser",
    "SDN.Allocate",
    "SDN.Audit",
    "SDN.Use",
    "Sys.AccessNetwork",
    "Sys.Audit",
    "Sys.Console",
    "Sys.Incoming",
    "Sys.Modify",
    "Sys.PowerMgmt",
    "Sys.Syslog",
    "User.Modify",
    "VM.Allocate",
    "VM.Audit",
    "VM.Backup",
    "VM.Clone",
    "VM.Config.CDROM",
    "VM.Config.CPU",
    "VM.Config.Cloudinit",
    "VM.Config.Disk",
    "VM.Config.HWType",
    "VM.Config.Memory",
    "VM.Config.Network",
    "VM.Config.Options",
    "VM.Console",
    "VM.Migrate",
    "VM.Monitor",
    "VM.PowerMgmt",
    "VM.Snapshot",
    "VM.Snapshot.Rollback",
];

/// What a ticket says of the rights of its user, place by place: the place and the starts of its privileges.
pub const CAPABILITIES: &[(&str, &[&str])] = &[
    ("access", &["Group.Allocate", "Permissions.Modify", "User.Modify"]),
    ("dc", &["SDN.", "Sys.Audit", "Sys.Modify"]),
    ("mapping", &["Mapping.", "Permissions.Modify"]),
    ("nodes", &["Permissions.Modify", "Sys."]),
    ("sdn", &["Permissions.Modify", "SDN."]),
    ("storage", &["Datastore.", "Permissions.Modify"]),
    ("vms", &["Permissions.Modify", "VM."]),
];

/// The roles that nobody can change, each with the starts of its privileges.
const BUILT_IN: &[(&str, &[&str])] = &[
    ("Administrator", &[""]),
    ("NoAccess", &[]),
    (
        "PVEAdmin",
        &[
            "Datastore.",
            "Group.",
            "Mapping.",
            "Pool.",
            "Realm.AllocateUser",
            "SDN.",
            "Sys.AccessNetwork",
            "Sys.Audit",
            "Sys.Console",
            "Sys.Syslog",
            "User.",
            "VM.",
        ],
    ),
    ("PVEAuditor", &["Datastore.Audit", "Mapping.Audit", "Pool.Audit", "SDN.Audit", "Sys.Audit", "VM.Audit"]),
    ("PVEDatastoreAdmin", &["Datastore."]),
    ("PVEDatastoreUser", &["Datastore.AllocateSpace", "Datastore.Audit"]),
    ("PVEMappingAdmin", &["Mapping."]),
    ("PVEMappingAuditor", &["Mapping.Audit"]),
    ("PVEMappingUser", &["Mapping.Audit", "Mapping.Use"]),
    ("PVEPoolAdmin", &["Pool."]),
    ("PVEPoolUser", &["Pool.Audit"]),
    ("PVESDNAdmin", &["SDN."]),
    ("PVESDNUser", &["SDN.Audit", "SDN.Use"]),
    ("PVESysAdmin", &["Sys.Audit", "Sys.Console", "Sys.Syslog"]),
    ("PVETemplateUser", &["VM.Audit", "VM.Clone"]),
    ("PVEUserAdmin", &["Group.", "Realm.AllocateUser", "User."]),
    ("PVEVMAdmin", &["VM."]),
    ("PVEVMUser", &["VM.Audit", "VM.Backup", "VM.Config.CDROM", "VM.Config.Cloudinit", "VM.Console", "VM.PowerMgmt"]),
];

/// Names of the roles that are always there.
pub fn built_in() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// The privileges of such a role.
pub fn of_built_in(role: &str) -> Option<BTreeSet<String>> {
    let (_, starts) = BUILT_IN.iter().find(|(name, _)| *name == role)?;
    Some(beginning_with(starts).map(str::to_owned).collect())
}

/// The privileges that begin so.
pub fn beginning_with(starts: &[&'static str]) -> impl Iterator<Item = &'static str> {
    PRIVILEGES.iter().copied().filter(move |privilege| starts.iter().any(|start| privilege.starts_with(start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_made_of_privileges() {
        assert_eq!(of_built_in("Administrator").unwrap().len(), PRIVILEGES.len());
        assert!(of_built_in("NoAccess").unwrap().is_empty());
        assert!(of_built_in("PVEVMAdmin").unwrap().contains("VM.Clone"));
        assert!(of_built_in("r1").is_none());
        let starts = BUILT_IN.iter().flat_map(|(_, starts)| *starts).chain(CAPABILITIES.iter().flat_map(|(_, s)| *s));
        assert!(starts.clone().all(|start| PRIVILEGES.iter().any(|privilege| privilege.starts_with(start))));
    }
}
