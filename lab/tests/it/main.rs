//! The lab answers, and refuses, as GitLab does.

mod branches;
mod client;
mod groups;
mod labels;
mod projects;
mod service;
mod variables;
