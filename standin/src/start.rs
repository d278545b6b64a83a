//! The start of the process: the schema beside the program, then the plugin.

use std::process::ExitCode;

use tfplugin::process::{Plugin, run};

use crate::document::Document;
use crate::service::Service;
use crate::standin::Standin;

/// Serves the provider whose schema lies beside this program.
pub(crate) fn start() -> ExitCode {
    match Document::beside_program() {
        Ok(document) => {
            // The names live as long as the process, and there is one of each.
            let source = document.source().to_owned().leak();
            let plugin = Plugin { source, version: env!("CARGO_PKG_VERSION"), crates: &["standin"] };
            run(&plugin, Service::new(Standin::new(document)), async || {})
        }
        Err(reason) => {
            eprintln!("terraform-provider-standin: {reason}");
            ExitCode::FAILURE
        }
    }
}
