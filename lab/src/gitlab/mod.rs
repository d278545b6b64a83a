//! GitLab's REST API v4 in memory: groups, projects, labels, CI variables, protected branches and access tokens of
//! projects.
//!
//! The server is as strict as the real one, and stricter where the real one is silent: a parameter that the endpoint
//! does not have, and a path that the API does not have, are refused and remembered as violations.
//!
//! Facts come from GitLab's own source and documentation, version 18; each noteworthy one is named where it is used.
//! Not modelled: members, shares and deploy keys (a rule may name any deploy key and any group), uploads, repositories
//! beyond the names of their branches, redirects from renamed paths, and who may do what: there is one user, who owns
//! everything, and a second token of theirs that only reads. An access token of a project reaches that project, and its
//! scopes limit it, but its role does not; it does not rotate itself.

mod access_tokens;
mod branches;
mod callers;
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
