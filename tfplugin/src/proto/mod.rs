//! The wire: messages and services of the provider protocol, of go-plugin and of gRPC's health check.
//!
//! The files are generated from `tfplugin/proto` and checked in, so that no build needs a proto compiler.

#[rustfmt::skip]
#[expect(clippy::too_many_lines, missing_docs, reason = "generated; the published protocol names the fields")]
pub mod health;
#[rustfmt::skip]
#[expect(clippy::too_many_lines, missing_docs, reason = "generated; the published protocol names the fields")]
pub mod plugin;
#[rustfmt::skip]
#[expect(clippy::too_many_lines, missing_docs, reason = "generated; the published protocol names the fields")]
pub mod tfplugin6;
