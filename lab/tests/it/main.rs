//! The lab answers, and refuses, as the real servers do, and the real Vault is watched on its way.

mod access_tokens;
mod aws_boto;
mod aws_client;
mod aws_iam;
mod aws_replay;
mod aws_route53;
mod branches;
mod client;
mod estate;
mod groups;
mod issuer;
mod labels;
mod openbao;
mod openbao_client;
mod openbao_engines;
mod openbao_replay;
mod projects;
mod proxmox_access;
mod proxmox_client;
mod proxmox_guests;
mod proxmox_replay;
mod proxmox_storage;
mod registry;
mod service;
mod variables;
mod vault;
