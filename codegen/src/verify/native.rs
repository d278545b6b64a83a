//! Reads `.tf` files.

use super::address::Address;
use super::configuration::{Configuration, REMOTE_STATE, Requirement, TYPED, Use, Variable, implied_provider};
use super::remote_state::{Backend, RemoteState};
use crate::problem::{Place, Problem};
use hcl_edit::Span;
use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Block, Body};
use std::path::Path;

/// Adds what a file says to what is known of its folder.
pub(super) fn read(text: &str, file: &Path, configuration: &mut Configuration) -> Result<(), Problem> {
    let body: Body = text.parse().map_err(|error: hcl_edit::parser::Error| {
        let (line, column) = (error.location().line(), error.location().column());
        Problem::at(Place { file: file.to_owned(), line, column }, format!("not read: {}", error.message()))
    })?;
    let reading = Reading { text, file };
    for block in body.blocks() {
        reading.block(block, configuration);
    }
    Ok(())
}

struct Reading<'a> {
    text: &'a str,
    file: &'a Path,
}

impl Reading<'_> {
    fn block(&self, block: &Block, configuration: &mut Configuration) {
        let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
        match (block.ident.as_str(), labels.as_slice()) {
            ("terraform", _) => self.settings(&block.body, configuration),
            ("provider", [name, ..]) => configuration.configured.push(((*name).to_owned(), self.place(&block.ident))),
            ("variable", [name, ..]) => configuration.variables.push(Variable {
                name: (*name).to_owned(),
                has_default: block.body.has_attribute("default"),
                place: self.place(&block.ident),
            }),
            ("module", _) => configuration.calls.extend(text_of(&block.body, "source")),
            // A check may have a data source of its own.
            ("check", _) => {
                for block in block.body.get_blocks("data") {
                    self.block(block, configuration);
                }
            }
            (keyword, [type_name, rest @ ..]) => {
                let Some(keyword) = TYPED.into_iter().find(|typed| *typed == keyword) else { return };
                if let ("data", [REMOTE_STATE, name]) = (keyword, labels.as_slice()) {
                    let config = block.body.get_attribute("config").and_then(|config| config.value.as_object());
                    let texts = config.into_iter().flatten();
                    let texts = texts.filter_map(|(key, value)| entry(key_text(key)?, value.expr()));
                    let kind = text_of(&block.body, "backend").unwrap_or_default();
                    configuration.remote_states.push(RemoteState {
                        name: (*name).to_owned(),
                        backend: Backend { kind, arguments: texts.collect() },
                        place: self.place(&block.ident),
                    });
                }
                let named = block.body.get_attribute("provider").map(|attribute| self.provider(&attribute.value));
                configuration.uses.push(Use {
                    keyword,
                    type_name: (*type_name).to_owned(),
                    provider: named.unwrap_or_else(|| implied_provider(type_name).to_owned()),
                    place: self.place(&block.ident),
                });
                if let ("resource", [name]) = (keyword, rest)
                    && is_protected(&block.body)
                {
                    configuration.protected.push(((*type_name).to_owned(), (*name).to_owned()));
                }
            }
            _ => {}
        }
    }

    fn settings(&self, body: &Body, configuration: &mut Configuration) {
        configuration.has_backend |= body.has_blocks("backend") || body.has_blocks("cloud");
        for block in body.get_blocks("backend").chain(body.get_blocks("cloud")) {
            let kind = block.labels.first().map_or("cloud", |label| label.as_str()).to_owned();
            let texts = block.body.attributes().filter_map(|one| entry(one.key.as_str(), &one.value));
            configuration.backend = Backend { kind, arguments: texts.collect() };
        }
        let required = body.get_blocks("required_providers").flat_map(|block| block.body.attributes());
        for attribute in required {
            let name = attribute.key.as_str();
            let field = |field: &str| {
                let object = attribute.value.as_object()?;
                object.iter().find(|(key, _)| key_text(key) == Some(field)).map(|(_, value)| value.expr())
            };
            configuration.has_aliases |= field("configuration_aliases").is_some();
            let source = field("source").and_then(Expression::as_str);
            let address = source.map_or_else(|| Some(Address::implied(name)), Address::parse);
            // What is no address, the engine refuses with its own words.
            let Some(address) = address else { continue };
            // Before objects there was only a version.
            let version = field("version").and_then(Expression::as_str).or(attribute.value.as_str()).map(str::to_owned);
            let place = self.place(&attribute.key);
            configuration.required.insert(name.to_owned(), Requirement { address, version, place });
        }
    }

    /// The local name in `provider = aws.west`.
    fn provider(&self, value: &Expression) -> String {
        let code = value.span().and_then(|span| self.text.get(span)).unwrap_or_default();
        code.trim().trim_matches('"').split('.').next().unwrap_or_default().to_owned()
    }

    fn place(&self, node: &impl Span) -> Place {
        Place::at_offset(self.file, self.text, node.span().map_or(0, |span| span.start))
    }
}

fn text_of(body: &Body, name: &str) -> Option<String> {
    body.get_attribute(name)?.value.as_str().map(str::to_owned)
}

/// A name with its text, where it is written as a text.
fn entry(name: &str, value: &Expression) -> Option<(String, String)> {
    Some((name.to_owned(), value.as_str()?.to_owned()))
}

fn key_text(key: &ObjectKey) -> Option<&str> {
    match key {
        ObjectKey::Ident(ident) => Some(ident.as_str()),
        ObjectKey::Expression(expression) => expression.as_str(),
    }
}

fn is_protected(body: &Body) -> bool {
    let mut settings = body.get_blocks("lifecycle").filter_map(|block| block.body.get_attribute("prevent_destroy"));
    settings.any(|attribute| attribute.value.as_bool() != Some(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Configuration {
        let mut configuration = Configuration::default();
        read(text, Path::new("main.tf"), &mut configuration).unwrap();
        configuration
    }

    #[test]
    fn requirements_are_read_in_both_forms() {
        let configuration = of(
            "terraform {\n  backend \"s3\" {}\n  required_providers {\n    aws = { source = \"hashicorp/aws\", version = \">= 6\", configuration_aliases = [aws.dr] }\n    tls = \"~> 4.0\"\n  }\n}\n",
        );
        assert!(configuration.has_backend && configuration.has_aliases);
        let aws = &configuration.required["aws"];
        assert_eq!(
            (aws.address.to_string().as_str(), aws.version.as_deref(), aws.place.line),
            ("hashicorp/aws", Some(">= 6"), 4)
        );
        assert_eq!(configuration.required["tls"].version.as_deref(), Some("~> 4.0"));
    }

    #[test]
    fn each_type_has_its_provider() {
        let configuration = of(
            "resource \"aws_vpc\" \"a\" {}\nresource \"corp_x\" \"b\" {\n  provider = other.west\n}\ncheck \"c\" {\n  data \"http\" \"d\" {}\n}\n",
        );
        let uses: Vec<_> =
            configuration.uses.iter().map(|one| (one.keyword, one.type_name.as_str(), one.provider.as_str())).collect();
        assert_eq!(uses, [("resource", "aws_vpc", "aws"), ("resource", "corp_x", "other"), ("data", "http", "http")]);
    }

    #[test]
    fn states_of_others_are_found_with_where_they_are() {
        let configuration = of(
            "terraform {\n  backend \"s3\" {\n    bucket = \"b\"\n    encrypt = true\n  }\n}\ndata \"terraform_remote_state\" \"n\" {\n  backend = \"s3\"\n  config = { bucket = \"b\", key = \"k\", region = var.region }\n}\n",
        );
        let texts =
            |backend: &Backend| backend.arguments.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let own: Vec<String> = texts(&configuration.backend);
        assert_eq!((configuration.backend.kind.as_str(), own), ("s3", vec!["bucket=b".to_owned()]));
        let [read] = configuration.remote_states.as_slice() else { panic!("{:?}", configuration.remote_states) };
        let arguments: Vec<String> = texts(&read.backend);
        assert_eq!((read.name.as_str(), read.place.line), ("n", 7));
        assert_eq!((read.backend.kind.as_str(), arguments), ("s3", vec!["bucket=b".to_owned(), "key=k".to_owned()]));
    }

    #[test]
    fn a_resource_that_refuses_its_end_is_found() {
        let configuration = of(
            "resource \"aws_vpc\" \"a\" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\nresource \"aws_vpc\" \"b\" {\n  lifecycle {\n    prevent_destroy = false\n  }\n}\n",
        );
        assert_eq!(configuration.protected, [("aws_vpc".to_owned(), "a".to_owned())]);
    }
}
