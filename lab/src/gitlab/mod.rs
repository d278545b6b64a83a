//! GitLab's REST API v4 in memory: groups, projects, labels, CI variables and protected branches.

mod branches;
mod colors;
mod context;
mod errors;
mod fields;
mod groups;
mod labels;
mod limits;
mod names;
mod paging;
mod projects;
mod router;
mod seed;
mod server;
mod settings;
mod store;
mod tables;
mod variables;
mod visibility;

pub use server::{Builder, Deletion, Edition, GitLab};
