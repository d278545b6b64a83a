//! Acceptance: the real terraform and the real tofu, the built provider, the generator, and the lab's servers.

mod caller;
mod consumer;
mod crash;
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
mod standin;
mod substrate;
mod techally;
mod tokens;
mod vault_secrets;
mod vault_sessions;
mod ways;
mod worked_examples;
mod wrong_input;
