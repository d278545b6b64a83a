//! From the text of `module.hcl` to a description.

use super::reader::Reader;
use super::{Description, Example, Feature, Mock, Output, Provider, Rename, Waiver, input, validate};
use crate::problem::{Place, Problem};
use hcl_edit::structure::{Block, Body};
use std::path::Path;

const BLOCKS: &[&str] = &["example", "feature", "input", "mock", "module", "output", "provider", "renamed", "waive"];

/// Reads a description.
///
/// # Errors
/// Everything that is wrong in it, each with its line and column.
pub fn parse(file: &Path, source: &str) -> Result<Description, Vec<Problem>> {
    let body = hcl_edit::parser::parse_body(source).map_err(|error| {
        let location = error.location();
        let place = Place { file: file.to_owned(), line: location.line(), column: location.column() };
        vec![Problem::at(place, format!("this is not HCL: {}", error.message()))]
    })?;
    let mut reader = Reader::new(file.to_owned(), source);
    let mut description = empty(file);
    reader.allow("a description", &body, &[], BLOCKS);
    match body.get_blocks("module").collect::<Vec<_>>().as_slice() {
        [block] => module(&mut reader, &mut description, block),
        _ => reader.problems.push(
            Problem::at(reader.place(0), "a description has one `module \"name\" { … }` block")
                .hint("it says what the module is: summary, providers"),
        ),
    }
    for block in body.blocks() {
        part(&mut reader, &mut description, block, None);
    }
    validate::validate(&mut reader, &description);
    if reader.problems.is_empty() {
        return Ok(description);
    }
    reader.problems.sort();
    Err(reader.problems)
}

fn empty(file: &Path) -> Description {
    Description {
        name: String::new(),
        file: file.to_owned(),
        summary: String::new(),
        about: None,
        terraform: "1.11.0".into(),
        providers: Vec::new(),
        inputs: Vec::new(),
        features: Vec::new(),
        outputs: Vec::new(),
        examples: Vec::new(),
        renames: Vec::new(),
        waivers: Vec::new(),
        mocks: Vec::new(),
    }
}

fn module(reader: &mut Reader<'_>, description: &mut Description, block: &Block) {
    reader.allow("module", &block.body, &["about", "providers", "summary", "terraform"], &[]);
    description.name = reader.label(block);
    description.summary = reader.required_text(block, "summary");
    description.about = reader.optional_text(&block.body, "about");
    if let Some(version) = reader.optional_text(&block.body, "terraform") {
        description.terraform = version;
    }
    for (name, place) in reader.texts(&block.body, "providers") {
        match Provider::known(&name) {
            Some(provider) => description.providers.push(provider),
            None => reader.problems.push(
                Problem::at(place, format!("the version of the provider `{name}` is not known here")).hint(format!(
                    "write `provider \"{name}\" {{ source = \"…\", version = \"…\" }}`; known are {}",
                    known()
                )),
            ),
        }
    }
}

fn known() -> String {
    Provider::known_names().collect::<Vec<_>>().join(", ")
}

fn part(reader: &mut Reader<'_>, description: &mut Description, block: &Block, feature: Option<&str>) {
    match block.ident.as_str() {
        "input" => {
            if let Some(input) = input::input(reader, block, feature) {
                description.inputs.push(input);
            }
        }
        "output" => {
            if let Some(output) = output(reader, block, feature) {
                description.outputs.push(output);
            }
        }
        "example" => description.examples.push(example(reader, block)),
        "feature" if feature.is_none() => feature_block(reader, description, block),
        "mock" => description.mocks.push(mock(reader, block)),
        "provider" => {
            reader.allow("provider", &block.body, &["source", "version"], &[]);
            description.providers.push(Provider {
                name: reader.label(block),
                source: reader.required_text(block, "source"),
                version: reader.required_text(block, "version"),
            });
        }
        "renamed" => {
            if let Some(renamed) = renamed(reader, block, feature) {
                description.renames.push(renamed);
            }
        }
        "waive" => description.waivers.push(waive(reader, block)),
        _ => {}
    }
}

fn feature_block(reader: &mut Reader<'_>, description: &mut Description, block: &Block) {
    reader.allow("feature", &block.body, &["requires", "summary"], &["input", "output", "renamed"]);
    let name = reader.label(block);
    let requires = reader.texts(&block.body, "requires").into_iter().map(|(name, _)| name).collect();
    let summary = reader.required_text(block, "summary");
    description.features.push(Feature { name: name.clone(), place: reader.place_of(&block.ident), summary, requires });
    for inner in block.body.blocks() {
        part(reader, description, inner, Some(&name));
    }
}

fn output(reader: &mut Reader<'_>, block: &Block, feature: Option<&str>) -> Option<Output> {
    reader.allow("output", &block.body, &["description", "nullable", "sensitive", "type", "value"], &[]);
    let shape = reader.shape(block);
    let value = reader.required(block, "value").map(|attribute| reader.code(&attribute.value));
    let description = reader.required_text(block, "description");
    Some(Output {
        name: reader.label(block),
        place: reader.place_of(&block.ident),
        feature: feature.map(str::to_owned),
        shape: shape?.0,
        description,
        value: value?,
        nullable: reader.optional_flag(&block.body, "nullable").unwrap_or_default(),
        sensitive: reader.optional_flag(&block.body, "sensitive").unwrap_or_default(),
    })
}

fn example(reader: &mut Reader<'_>, block: &Block) -> Example {
    reader.allow("example", &block.body, &["inputs", "summary"], &[]);
    let inputs = reader.required(block, "inputs").map(|attribute| reader.entries(&attribute.value));
    Example {
        name: reader.label(block),
        place: reader.place_of(&block.ident),
        summary: reader.optional_text(&block.body, "summary"),
        inputs: inputs.unwrap_or_default(),
    }
}

fn mock(reader: &mut Reader<'_>, block: &Block) -> Mock {
    let (data, kind) = match block.labels.as_slice() {
        [word, kind] if word.as_str() == "data" => (true, kind.as_str().to_owned()),
        [word, kind] if word.as_str() == "resource" => (false, kind.as_str().to_owned()),
        _ => {
            reader.refuse(&block.ident, "write `mock \"resource\" \"aws_…\" { … }` or `mock \"data\" \"aws_…\" { … }`");
            (false, String::new())
        }
    };
    for inner in block.body.blocks() {
        reader.refuse(&inner.ident, "a mock has arguments only");
    }
    Mock { kind, data, place: reader.place_of(&block.ident), values: arguments(reader, &block.body) }
}

fn arguments(reader: &Reader<'_>, body: &Body) -> Vec<(String, super::Code)> {
    body.attributes().map(|attribute| (attribute.key.as_str().to_owned(), reader.code(&attribute.value))).collect()
}

fn renamed(reader: &mut Reader<'_>, block: &Block, feature: Option<&str>) -> Option<Rename> {
    reader.allow("renamed", &block.body, &["from", "since", "to"], &[]);
    let from = reader.required(block, "from").map(|attribute| reader.code(&attribute.value));
    let to = reader.required(block, "to").map(|attribute| reader.code(&attribute.value));
    let since = reader.required_text(block, "since");
    let feature = feature.map(str::to_owned);
    Some(Rename { place: reader.place_of(&block.ident), feature, from: from?, to: to?, since })
}

fn waive(reader: &mut Reader<'_>, block: &Block) -> Waiver {
    reader.allow("waive", &block.body, &["when", "why"], &[]);
    Waiver {
        id: reader.label(block),
        place: reader.place_of(&block.ident),
        when: reader.texts(&block.body, "when").into_iter().map(|(name, _)| name).collect(),
        why: reader.required_text(block, "why"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESCRIPTION: &str = "module \"m\" {
  summary = \"M.\"
  about   = <<-EOT
    First.

      - indented
  EOT
}
input \"zones\" {
  type        = list(string)
  default     = []
  description = \"Zones.\"
}
input \"key\" {
  type        = string
  default     = null
  description = \"Key.\"
}
feature \"logs\" {
  summary = \"Logs.\"
  input \"logs\" {
    type        = string
    default     = null
    description = \"Logs.\"
    check {
      condition = var.logs == null ? true : (
        length(var.logs) > 1
      )
      message = \"longer\"
      refuses = [\"a\"]
      accepts = [\"ab\"]
    }
  }
  renamed {
    from  = aws_flow_log.main
    to    = aws_flow_log.this
    since = \"2.0.0\"
  }
}
example \"minimal\" {
  inputs = {}
}
example \"logs\" {
  inputs = { logs = \"ab\" }
}
waive \"CKV_1\" {
  when = [\"logs\"]
  why  = \"Because.\"
}
";

    #[test]
    fn expressions_are_taken_verbatim_with_their_place() {
        let description = parse(Path::new("module.hcl"), DESCRIPTION).unwrap();
        let condition = &description.input("logs").unwrap().checks[0].condition;
        assert_eq!(condition.text, "var.logs == null ? true : (\n        length(var.logs) > 1\n      )");
        assert_eq!(condition.place.to_string(), "module.hcl:26:19");
        assert_eq!(description.about.as_deref(), Some("First.\n\n  - indented"));
    }

    #[test]
    fn a_text_takes_no_values_of_others() {
        for text in ["\"${name}\"", "<<-EOT\n    ${name}\n  EOT"] {
            let source = DESCRIPTION.replace("\"M.\"", text);
            let problems = parse(Path::new("module.hcl"), &source).unwrap_err();
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            assert_eq!(problems, ["module.hcl:2:13: this must be a string without `${…}`"], "{text}");
        }
    }

    #[test]
    fn null_is_allowed_where_it_is_the_default() {
        let description = parse(Path::new("module.hcl"), DESCRIPTION).unwrap();
        assert!(description.input("key").unwrap().nullable);
        assert!(!description.input("zones").unwrap().nullable);
    }

    #[test]
    fn pruning_leaves_nothing_of_a_feature() {
        let pruned = parse(Path::new("module.hcl"), DESCRIPTION).unwrap().pruned(&[]);
        assert!(pruned.features.is_empty() && pruned.renames.is_empty() && pruned.waivers.is_empty());
        assert_eq!(pruned.inputs.iter().map(|input| input.name.as_str()).collect::<Vec<_>>(), ["zones", "key"]);
        assert_eq!(pruned.examples.len(), 1);
    }
}
