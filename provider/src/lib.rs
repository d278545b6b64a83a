//! The Substrate provider: backends, and the transport under them.

pub mod http;
