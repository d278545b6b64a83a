//! Acceptance: the real terraform and the real tofu, the built provider, the generator, and the lab's GitLab.

mod caller;
mod delivery;
mod estate;
mod faults;
mod install;
mod interrupt;
mod lifecycle;
mod minimal;
mod quickstart;
mod reading;
mod refresh;
mod secrets;
mod security;
mod standin;
mod substrate;
mod wrong_input;
