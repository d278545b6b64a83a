//! HAProxy: frontends, backends, routes and certificates of an edge, through its Data Plane API.

mod backend;
mod balance;
mod bind;
mod certificate;
mod certificate_file;
mod certificate_use;
mod client;
mod config;
mod edge_check;
mod frontend;
mod health_check;
mod http_rule;
mod info;
mod leftovers;
mod map_lock;
mod map_run;
mod map_store;
mod map_text;
mod occupied;
mod pem;
mod place;
mod probe;
mod proxy;
mod refusal;
mod rollback;
mod route;
mod route_change;
mod route_entries;
mod routing;
mod section;
mod server;
mod transaction;
mod transactions;
mod upload;

use tfplugin::prelude::*;

/// Everything that runs over a connection to a Data Plane API.
pub fn backend() -> Backend {
    Registry::<client::HaProxy>::new()
        .data_source::<edge_check::EdgeCheck>()
        .data_source::<info::Info>()
        .look_up::<backend::Backend>()
        .look_up::<frontend::Frontend>()
        .resource::<backend::Backend>()
        .resource::<certificate::Certificate>()
        .resource::<frontend::Frontend>()
        .resource::<route::Route>()
        .build()
}
