//! `moved.tf`: addresses that changed, so that an upgrade keeps what is there.

use super::code::Writer;
use crate::module::Description;
use crate::rendered::Rendered;

/// A `moved` block for each rename of the description; no file without any.
pub fn moved(description: &Description) -> Option<Rendered> {
    let mut writer = Writer::new(&description.file);
    for (number, renamed) in description.renames.iter().enumerate() {
        writer.from(&renamed.place);
        if number > 0 {
            writer.line("");
        }
        writer.line(format!("# Since {}.", renamed.since)).line("moved {");
        writer.argument("from", &renamed.from).argument("to", &renamed.to).line("}");
    }
    (!description.renames.is_empty()).then(|| writer.finish("moved.tf"))
}
