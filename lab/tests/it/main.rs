//! The lab answers, and refuses, as the real servers do, and the real Vault is watched on its way.

mod branches;
mod client;
mod estate;
mod groups;
mod issuer;
mod labels;
mod projects;
mod service;
mod variables;
mod vault;
