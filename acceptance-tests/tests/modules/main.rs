//! The proof of the modules: every module and every variant with the real terraform and the real tofu, on stand-ins; its
//! style, the policies that its plans fulfil, and the orders that no stand-in can show.

mod calls;
mod engines;
mod lint;
mod orders;
mod policies;
mod proof;
mod variants;
