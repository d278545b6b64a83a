//! `examples/<name>/`: roots that call the module, with a provider's configuration.

use super::code::{Writer, quote};
use super::variable::no_variables;
use super::version::versions;
use crate::module::{Description, Example};
use crate::rendered::Rendered;
use std::path::PathBuf;

/// The files of one example.
pub fn example(description: &Description, example: &Example) -> Vec<Rendered> {
    let folder = PathBuf::from("examples").join(&example.name);
    let files = [
        main(description, example),
        outputs(description, example),
        no_variables(&description.file, "example"),
        versions(&description.file, &description.terraform, &description.providers),
    ];
    files.into_iter().map(|file| file.below(&folder)).collect()
}

fn main(description: &Description, example: &Example) -> Rendered {
    let mut writer = Writer::new(&description.file);
    writer.from(&example.place);
    if description.providers.iter().any(|provider| provider.name == "aws") {
        writer.line("provider \"aws\" {").line("region = \"us-east-1\"").line("}").line("");
    }
    writer.line(format!("module \"{}\" {{", label(description))).line("source = \"../..\"").line("");
    for (name, value) in &example.inputs {
        writer.argument(name, value);
    }
    writer.line("}");
    writer.finish("main.tf")
}

/// The module's name as the label of a block, which linters want without dashes.
fn label(description: &Description) -> String {
    description.name.replace('-', "_")
}

fn outputs(description: &Description, example: &Example) -> Rendered {
    let mut writer = Writer::new(&description.file);
    writer.from(&example.place);
    let mut outputs: Vec<_> = description.outputs.iter().collect();
    outputs.sort_by_key(|output| &output.name);
    for (number, output) in outputs.into_iter().enumerate() {
        if number > 0 {
            writer.line("");
        }
        writer.line(format!("output \"{}\" {{", output.name));
        writer.line(format!("description = {}", quote(&output.description)));
        writer.line(format!("value = module.{}.{}", label(description), output.name));
        if output.sensitive {
            writer.line("sensitive = true");
        }
        writer.line("}");
    }
    writer.finish("outputs.tf")
}
