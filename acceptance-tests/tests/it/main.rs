//! Acceptance: the real terraform and the real tofu, the built provider, and the lab's servers.

mod caller;
mod delivery;
mod ephemerals;
mod estate;
mod faults;
mod install;
mod interrupt;
mod lifecycle;
mod logins;
mod minimal;
mod quickstart;
mod reading;
mod refresh;
mod secrets;
mod security;
mod vault_secrets;
mod vault_sessions;
mod wrong_input;
