//! The labs answer, and refuse, as GitLab and OpenBao do.

mod branches;
mod client;
mod groups;
mod labels;
mod openbao;
mod openbao_client;
mod openbao_engines;
mod openbao_replay;
mod projects;
mod service;
mod variables;
