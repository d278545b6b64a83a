//! What those who use a cluster must know of it.

use super::client::{Ceph, has, object, unexpected};
use super::pool_form;
use super::user::entity;
use crate::http::{Request, path};
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value, from_plain_json};

/// Shows what a client needs to reach the cluster, such as ceph-csi in Kubernetes or a storage of Proxmox VE.
#[derive(Clone, Schema)]
#[tf(name = "ceph_cluster")]
pub struct Cluster {
    /// Name of a pool that the client is to use; it must exist.
    pool: Option<String>,

    /// Name of a user that the client is to log in as, such as `client.kubernetes`. It must exist, which Ceph tells since
    /// 18.2.
    #[tf(check = entity)]
    user: Option<String>,

    /// Id of the cluster: ceph-csi's `clusterID`, and `fsid` in Ceph's own files.
    fsid: Computed<String>,

    /// Version, such as `18.2.7`.
    version: Computed<String>,

    /// The monitors.
    monitors: Computed<Vec<Monitor>>,

    /// Hosts and ports of the monitors, as ceph-csi takes them: of the first version of the protocol, which the kernel
    /// speaks, where they have it.
    monitor_addresses: Computed<Vec<String>>,

    /// Hosts of the monitors, with spaces between them, as Proxmox VE takes them.
    monitor_hosts: Computed<String>,

    /// All addresses of the monitors, as `mon_host` in Ceph's own files.
    mon_host: Computed<String>,

    /// Number of the pool; null where none is named.
    pool_id: Computed<Option<u64>>,

    /// Name of the user without its type, as ceph-csi and Proxmox VE take it; null where none is named.
    user_id: Computed<Option<String>>,
}

/// A monitor.
#[derive(Clone, Nested)]
pub struct Monitor {
    /// Name of the monitor.
    name: Computed<String>,

    /// Address of the first version of the protocol; null where it has none.
    v1: Computed<Option<String>>,

    /// Address of the second version of the protocol; null where it has none.
    v2: Computed<Option<String>>,
}

impl Monitor {
    fn of(monitor: &Object) -> Self {
        let public = monitor.get("public_addrs").and_then(Value::as_map);
        let addresses = public.and_then(|public| public.get("addrvec")?.as_list()).unwrap_or_default();
        let address = |kind: &str| {
            let mut of_kind = addresses.iter().filter_map(Value::as_map).filter(|address| has(address, "type", kind));
            of_kind.find_map(|address| Some(address.get("addr")?.as_str()?.to_owned()))
        };
        let name = monitor.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        Monitor { name: name.into(), v1: address("v1").into(), v2: address("v2").into() }
    }

    fn addresses(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let both = [("v2", self.v2.get()), ("v1", self.v1.get())];
        both.into_iter().filter_map(|(kind, address)| Some((kind, address?.as_ref()?)))
    }

    /// The address that the kernel's client can use.
    fn address(&self) -> Option<String> {
        self.addresses().last().map(|(_, address)| address.clone())
    }

    /// The addresses as `mon_host` has them.
    fn in_file(&self) -> String {
        let addresses: Vec<String> = self.addresses().map(|(kind, address)| format!("{kind}:{address}")).collect();
        format!("[{}]", addresses.join(","))
    }
}

/// The host in `10.0.0.1:6789`, or in `[fd00::1]:6789` without its brackets.
fn host(address: &str) -> String {
    let host = address.rsplit_once(':').map_or(address, |(host, _)| host);
    host.trim_start_matches('[').trim_end_matches(']').to_owned()
}

async fn pool_id(ceph: &Ceph, name: &str) -> Result<u64> {
    let pool = pool_form::find(ceph, |pool| has(pool, "pool_name", name)).await?;
    let id = pool.and_then(|pool| pool.get("pool")?.as_number()?.as_u64());
    id.ok_or_else(|| Error::not_found(format!("there is no pool `{name}`")).at_attribute("pool"))
}

async fn user_id(ceph: &Ceph, entity: &str) -> Result<String> {
    let users = ceph.list("cluster/user", Request::get(path!("cluster/user"))).await?;
    match users.iter().any(|user| has(user, "entity", entity)) {
        true => Ok(entity.split_once('.').map_or(entity, |(_, id)| id).to_owned()),
        false => Err(Error::not_found(format!("there is no user `{entity}`")).at_attribute("user")),
    }
}

impl DataSource for Cluster {
    type Client = Ceph;

    async fn read(ceph: &Ceph, config: Cluster) -> Result<Cluster> {
        let answer = ceph.send(Request::get(path!("monitor"))).await?.json()?;
        let map = &answer["mon_status"]["monmap"];
        let Some(fsid) = map["fsid"].as_str() else {
            return Err(unexpected("a map of monitors", &from_plain_json(map.clone())));
        };
        let summary = object(&ceph.send(Request::get(path!("summary"))).await?)?;
        let version = summary.get("version").and_then(Value::as_str).unwrap_or_default();
        let monitors = map["mons"].as_array().into_iter().flatten().cloned().map(from_plain_json);
        let monitors = monitors.filter_map(|monitor| Some(Monitor::of(monitor.as_map()?)));
        let monitors: Vec<Monitor> = monitors.collect();
        let addresses: Vec<String> = monitors.iter().filter_map(Monitor::address).collect();
        if addresses.is_empty() {
            return Err(unexpected("a map of monitors with addresses", &from_plain_json(map.clone())));
        }
        let pool_id = match &config.pool {
            Some(name) => Some(pool_id(ceph, name).await?),
            None => None,
        };
        let user_id = match &config.user {
            Some(entity) => Some(user_id(ceph, entity).await?),
            None => None,
        };
        Ok(Cluster {
            fsid: fsid.to_owned().into(),
            version: version.split(' ').nth(2).unwrap_or_default().to_owned().into(),
            monitor_hosts: addresses.iter().map(|address| host(address)).collect::<Vec<_>>().join(" ").into(),
            mon_host: monitors.iter().map(Monitor::in_file).collect::<Vec<_>>().join(",").into(),
            monitor_addresses: addresses.into(),
            monitors: monitors.into(),
            pool_id: pool_id.into(),
            user_id: user_id.into(),
            ..config
        })
    }
}
