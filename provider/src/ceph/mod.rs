//! Ceph, over the REST API of its dashboard: pools, images, rules and users.

mod client;
mod cluster;
mod config;
mod crush_rule;
mod erasure_code_profile;
mod health;
mod managers;
mod pool;
mod pool_content;
mod pool_form;
mod rbd_features;
mod rbd_image;
mod rbd_image_form;
mod refusal;
mod session;
mod size;
mod task;
mod user;
mod user_key;

use tfplugin::prelude::*;

/// Everything that runs over a connection to a Ceph cluster.
pub fn backend() -> Backend {
    Registry::<client::Ceph>::new()
        .data_source::<cluster::Cluster>()
        .data_source::<health::Health>()
        .ephemeral::<user_key::UserKey>()
        .resource::<crush_rule::CrushRule>()
        .resource::<erasure_code_profile::ErasureCodeProfile>()
        .resource::<pool::Pool>()
        .resource::<rbd_image::RbdImage>()
        .resource::<user::User>()
        .build()
}
