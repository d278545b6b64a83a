//! The file beside the program: whose schema is served.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::constraints::Constraints;
use crate::schema::ProviderSchema;

/// The name of the file; it lies in the folder of the program, as `substrate test` puts both into a mirror.
const NAME: &str = "schema.json";

/// What the file says.
#[derive(Debug)]
pub(crate) struct Document {
    /// The provider's address, such as `registry.terraform.io/hashicorp/aws`.
    pub address: String,
    pub schema: ProviderSchema,
    pub constraints: Constraints,
}

/// The output of `terraform providers schema -json`, with constraints of attributes where they are known.
#[derive(Deserialize)]
struct File {
    provider_schemas: BTreeMap<String, ProviderSchema>,
    #[serde(default)]
    constraints: Constraints,
}

impl Document {
    /// Reads the file beside this program.
    pub(crate) fn beside_program() -> Result<Self, String> {
        let program =
            std::env::current_exe().map_err(|error| format!("the program does not know its path: {error}"))?;
        Self::read(&program.with_file_name(NAME))
    }

    fn read(path: &Path) -> Result<Self, String> {
        let place = path.display();
        let text = fs::read(path).map_err(|error| {
            format!("cannot read {place}, the schema to serve, as `substrate test` writes it: {error}")
        })?;
        Self::parse(&text).map_err(|reason| format!("{place}: {reason}"))
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let file: File = serde_json::from_slice(text)
            .map_err(|error| format!("not the output of `terraform providers schema -json`: {error}"))?;
        let count = file.provider_schemas.len();
        let mut providers = file.provider_schemas.into_iter();
        match (providers.next(), providers.next()) {
            (Some((address, schema)), None) => Ok(Document { address, schema, constraints: file.constraints }),
            _ => Err(format!("it has the schemas of {count} providers, and one process serves one")),
        }
    }

    /// Namespace and type, such as `hashicorp/aws`.
    pub(crate) fn source(&self) -> &str {
        self.address.split_once('/').map_or(self.address.as_str(), |(_, source)| source)
    }

    /// The provider's type, such as `aws`.
    pub(crate) fn name(&self) -> &str {
        self.address.rsplit('/').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_serves_one_provider() {
        let one = br#"{"provider_schemas": {"registry.terraform.io/hashicorp/aws": {}}}"#;
        let document = Document::parse(one).unwrap();
        assert_eq!((document.source(), document.name()), ("hashicorp/aws", "aws"));
        for (text, reason) in [
            (r#"{"provider_schemas": {}}"#, "the schemas of 0 providers"),
            (r#"{"provider_schemas": {"a/b/c": {}, "a/b/d": {}}}"#, "the schemas of 2 providers"),
            ("[]", "not the output of"),
        ] {
            let error = Document::parse(text.as_bytes()).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
