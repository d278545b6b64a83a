//! Erasure code profiles.

use super::client::{Ceph, create, has, with_body};
use crate::http::{Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};
use tfplugin::value::{Object, Value};

/// The part of the API with the profiles.
const PROFILE: &str = "erasure_code_profile";

/// Manages an erasure code profile: into how many parts objects are cut, and where these are placed.
///
/// Ceph cannot change a profile: a change makes another one in its place, which works once no pool uses the old one.
#[derive(Clone, Schema)]
#[tf(name = "ceph_erasure_code_profile", key(name), moved_from("ceph_erasure_code_profile"))]
pub struct ErasureCodeProfile {
    /// Name of the profile.
    name: String,

    /// Parts with data.
    #[tf(replace, check = between(2..=32))]
    k: u64,

    /// Parts with parity: that many can be lost.
    #[tf(replace, check = between(1..=32))]
    m: u64,

    /// Plugin that computes the parts, such as `jerasure` or `isa`; omit it for the cluster's.
    #[tf(computed, replace)]
    plugin: Option<String>,

    /// Technique of the plugin, such as `reed_sol_van`; omit it for the plugin's.
    #[tf(computed, replace)]
    technique: Option<String>,

    /// Type of what can fail as a whole, such as `osd`, `host` or `rack`: each part is placed in another one. Omit it for
    /// `host`.
    #[tf(computed, replace, api = "crush-failure-domain")]
    crush_failure_domain: Option<String>,

    /// Root of the hierarchy that parts are placed below; omit it for `default`.
    #[tf(computed, replace, api = "crush-root")]
    crush_root: Option<String>,

    /// Class of the devices to use, such as `hdd`, `ssd` or `nvme`; omit it for all.
    #[tf(replace, api = "crush-device-class")]
    crush_device_class: Option<String>,
}

/// A profile in our form: Ceph has an empty text for what is not set.
fn read(profile: &Object) -> Object {
    let set = profile.iter().filter(|(_, value)| **value != Value::from(""));
    set.map(|(name, value)| (name.clone(), value.clone())).collect()
}

impl Resource for ErasureCodeProfile {
    type Client = Ceph;

    /// Ceph answers 201 to a profile that there is already, if it is the same.
    async fn create(ceph: &Ceph, plan: ErasureCodeProfile) -> Result<ErasureCodeProfile> {
        ceph.refuse_another(PROFILE, Request::get(path!("erasure_code_profile")), "name", &plan.name).await?;
        let request =
            create(path!("erasure_code_profile")).purpose(format!("create the erasure code profile `{}`", plan.name));
        ceph.write(PROFILE, with_body(request, &Body::create(plan.clone()))).await?;
        Ok(plan)
    }

    async fn read(ceph: &Ceph, name: String) -> Result<Option<ErasureCodeProfile>> {
        let profiles = ceph.list(PROFILE, Request::get(path!("erasure_code_profile"))).await?;
        let profile = profiles.iter().find(|profile| has(profile, "name", name.as_str()));
        profile.map(|profile| decode(&read(profile), &Known::new())).transpose()
    }

    async fn delete(ceph: &Ceph, name: String, _: ErasureCodeProfile) -> Result<()> {
        ceph.delete(PROFILE, path!("erasure_code_profile" / name)).await
    }
}
