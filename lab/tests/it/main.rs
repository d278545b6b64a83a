//! The lab answers, and refuses, as GitLab does.

mod access_tokens;
mod branches;
mod client;
mod groups;
mod labels;
mod projects;
mod service;
mod variables;
