//! Schemas by provider and type.

use crate::problem::Problem;
use crate::schema::{Block, Document, document};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

/// All schemas at hand.
#[derive(Clone, Debug, Default)]
pub struct Schemas {
    providers: BTreeMap<String, Provider>,
}

/// The schemas of one provider.
#[derive(Clone, Debug, Default)]
pub struct Provider {
    /// The provider's version, where the document tells it.
    pub version: Option<String>,
    /// The provider's own configuration.
    pub config: Block,
    /// What its types hold.
    types: BTreeMap<(Mode, String), Block>,
}

/// What a block with a type stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// `resource`.
    Resource,
    /// `data`.
    Data,
    /// `ephemeral`.
    Ephemeral,
}

impl Mode {
    /// The keyword of its blocks.
    pub fn keyword(self) -> &'static str {
        match self {
            Mode::Resource => "resource",
            Mode::Data => "data",
            Mode::Ephemeral => "ephemeral",
        }
    }

    /// In messages.
    pub fn noun(self) -> &'static str {
        match self {
            Mode::Resource => "resource type",
            Mode::Data => "data source",
            Mode::Ephemeral => "ephemeral resource type",
        }
    }
}

impl Schemas {
    /// The schemas in the folder that `SUBSTRATE_SCHEMAS` names, else the committed ones; read once a process.
    pub fn at_hand() -> Result<&'static Self, &'static Problem> {
        static READ: OnceLock<Result<Schemas, Problem>> = OnceLock::new();
        let read = || document::named().map_or_else(Self::lock, |folder| Self::folder(&folder));
        READ.get_or_init(read).as_ref()
    }

    /// The committed schemas.
    pub fn lock() -> Result<Self, Problem> {
        Self::read(&document::lock())
    }

    /// The schemas in a folder, as `document::folder` finds them, and Terraform's own.
    pub fn folder(path: &Path) -> Result<Self, Problem> {
        let own = document::lock().into_iter().filter(|document| document.file.ends_with("terraform.json"));
        Self::read(&own.chain(document::folder(path)?).collect::<Vec<_>>())
    }

    /// The schemas of several documents; a type in a later one takes the place of the same type in an earlier one.
    pub fn read(documents: &[Document]) -> Result<Self, Problem> {
        let mut schemas = Self::default();
        for document in documents {
            let written: Written = serde_json::from_str(&document.text).map_err(|error| {
                Problem::new(format!("{} is no schema: {error}", document.file.display()))
                    .hint("such a file is what `terraform providers schema -json` prints")
            })?;
            for (address, provider) in written.provider_schemas {
                let version = written.provider_versions.get(&address).cloned();
                schemas.providers.entry(name_of(&address).to_owned()).or_default().add(version, provider);
            }
        }
        Ok(schemas)
    }

    /// The provider at an address, whichever registry it is from.
    pub fn provider(&self, address: &str) -> Option<&Provider> {
        self.providers.get(name_of(address))
    }

    /// The addresses without their registries, such as `hashicorp/aws`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.providers.keys().map(String::as_str)
    }
}

impl Provider {
    /// What a type holds.
    pub fn find(&self, mode: Mode, name: &str) -> Option<&Block> {
        self.types.get(&(mode, name.to_owned()))
    }

    /// All types with what they hold.
    pub fn types(&self) -> impl Iterator<Item = (Mode, &str, &Block)> {
        self.types.iter().map(|((mode, name), block)| (*mode, name.as_str(), block))
    }

    fn add(&mut self, version: Option<String>, written: WrittenProvider) {
        self.version = version.or(self.version.take());
        if let Some(config) = written.provider.block {
            self.config = config;
        }
        let modes = [
            (Mode::Resource, written.resource_schemas),
            (Mode::Data, written.data_source_schemas),
            (Mode::Ephemeral, written.ephemeral_resource_schemas),
        ];
        for (mode, schemas) in modes {
            let schemas = schemas.into_iter().map(|(name, schema)| ((mode, name), schema.block.unwrap_or_default()));
            self.types.extend(schemas);
        }
    }
}

/// The last two parts of an address: `registry.terraform.io/hashicorp/aws` and `hashicorp/aws` are the same provider.
fn name_of(address: &str) -> &str {
    let mut slashes = address.rmatch_indices('/').skip(1);
    slashes.next().map_or(address, |(at, _)| &address[at + 1..])
}

#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    provider_versions: BTreeMap<String, String>,
    #[serde(default)]
    provider_schemas: BTreeMap<String, WrittenProvider>,
}

#[derive(Deserialize)]
struct WrittenProvider {
    #[serde(default)]
    provider: WrittenSchema,
    #[serde(default)]
    resource_schemas: BTreeMap<String, WrittenSchema>,
    #[serde(default)]
    data_source_schemas: BTreeMap<String, WrittenSchema>,
    #[serde(default)]
    ephemeral_resource_schemas: BTreeMap<String, WrittenSchema>,
}

#[derive(Default, Deserialize)]
struct WrittenSchema {
    block: Option<Block>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_has_the_provider_by_any_of_its_addresses() {
        let schemas = Schemas::lock().unwrap();
        let aws = schemas.provider("registry.opentofu.org/hashicorp/aws").unwrap();
        assert_eq!(aws.version.as_deref(), Some("6.25.0"));
        assert!(schemas.provider("hashicorp/aws").is_some() && schemas.provider("other/aws").is_none());
        assert!(aws.find(Mode::Resource, "aws_vpc").unwrap().attributes["cidr_block"].optional);
        assert!(aws.find(Mode::Data, "aws_vpc").is_none());
        let remote = schemas.provider("terraform.io/builtin/terraform").unwrap();
        assert!(remote.find(Mode::Data, "terraform_remote_state").unwrap().attributes["backend"].required);
    }

    #[test]
    fn the_lock_knows_what_is_written_only_sensitive_and_deprecated() {
        let schemas = Schemas::lock().unwrap();
        let aws = schemas.provider("hashicorp/aws").unwrap();
        let cluster = aws.find(Mode::Resource, "aws_rds_cluster").unwrap();
        let password = &cluster.attributes["master_password_wo"];
        assert!(password.write_only && password.sensitive && password.optional);
        assert!(aws.find(Mode::Resource, "aws_s3_bucket").unwrap().attributes["acl"].deprecated);
        let node_group = aws.find(Mode::Resource, "aws_eks_node_group").unwrap();
        assert_eq!((node_group.blocks["taint"].max, node_group.blocks["scaling_config"].min), (Some(50), 1));
    }

    #[test]
    fn a_text_that_is_no_schema_is_named() {
        let text = r#"{ "provider_schemas": { "a/b/c": { "provider": { "block": { "attributes": [] } } } } }"#;
        let error = Schemas::read(&[Document { file: "x.json".into(), text: text.into() }]).unwrap_err();
        assert!(error.to_string().starts_with("x.json is no schema: "), "{error}");
    }
}
