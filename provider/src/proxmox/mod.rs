//! Proxmox VE: machines and containers, pools, storages and what is on them, and who may do what.

mod acl;
mod advice;
mod agent_addresses;
mod client;
mod clone_source;
mod config;
mod container;
mod creation;
mod download;
mod download_words;
mod file_format;
mod formats;
mod guest_words;
mod guests;
mod ha;
mod ids;
mod iso;
mod locks;
mod mac;
mod moment;
mod note;
mod options;
mod password;
mod pauses;
mod pool;
mod principal;
mod properties;
mod refusal;
mod removal;
mod role;
mod session;
mod size;
mod startup;
mod storage;
mod storage_words;
mod target;
mod task;
mod token;
mod token_name;
mod upload;
mod user;
mod user_words;
mod vm;
mod work;

use tfplugin::prelude::*;

/// Everything that runs over a Proxmox VE connection.
pub fn backend() -> Backend {
    Registry::<client::Proxmox>::new()
        .generated::<token::Token>()
        .resource::<acl::Acl>()
        .resource::<container::Container>()
        .resource::<download::Download>()
        .resource::<pool::Pool>()
        .resource::<role::Role>()
        .resource::<storage::Storage>()
        .resource::<user::User>()
        .resource::<vm::Vm>()
        .data_source::<agent_addresses::AgentAddresses>()
        .build()
}
