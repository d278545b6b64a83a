//! `versions.tf`: the lowest Terraform, and the providers with their ranges.

use super::code::{Writer, quote};
use crate::module::Provider;
use crate::rendered::Rendered;
use std::path::Path;

/// The `terraform` block of a module, an example or a root.
pub fn versions(source: &Path, terraform: &str, providers: &[Provider]) -> Rendered {
    let mut writer = Writer::new(source);
    writer.line("terraform {").line(format!("required_version = {}", quote(&format!(">= {terraform}"))));
    let mut providers: Vec<&Provider> = providers.iter().collect();
    providers.sort_by_key(|provider| &provider.name);
    if !providers.is_empty() {
        writer.line("").line("required_providers {");
        for (number, provider) in providers.into_iter().enumerate() {
            if number > 0 {
                writer.line("");
            }
            writer.line(format!("{} = {{", provider.name));
            writer.line(format!("source = {}", quote(&provider.source)));
            writer.line(format!("version = {}", quote(&provider.version))).line("}");
        }
        writer.line("}");
    }
    writer.line("}");
    writer.finish("versions.tf")
}
