//! Which provider a block belongs to, and the schema of its type.

use super::declarations::{Declarations, Declared, configuration};
use super::hint::spelling;
use crate::problem::Problem;
use crate::schema::{Block, Mode, Provider, Schemas};
use hcl_edit::Span;
use hcl_edit::expr::Expression;
use std::collections::BTreeSet;

/// The provider that serves what Terraform itself brings.
const BUILT_IN: &str = "terraform.io/builtin/terraform";

/// What is known of providers.
pub(super) struct Providers<'a> {
    pub(super) declarations: &'a Declarations<'a>,
    pub(super) schemas: &'a Schemas,
}

impl<'a> Providers<'a> {
    /// The local name of the provider of a block: that of its `provider` argument, else the first part of its type.
    fn local_name(&self, declared: &Declared<'a>) -> &'a str {
        let named = match declared.value("provider") {
            Some(Expression::Variable(name)) => Some(name.as_str()),
            Some(Expression::Traversal(traversal)) => traversal.expr.as_variable().map(|name| name.as_str()),
            _ => None,
        };
        named.unwrap_or_else(|| declared.label(0).split('_').next().unwrap_or_default())
    }

    /// The address of a provider by its local name.
    pub(super) fn address(&self, local_name: &str) -> String {
        match self.declarations.providers.get(local_name) {
            Some(source) => source.clone(),
            None if local_name == "terraform" => BUILT_IN.to_owned(),
            None => format!("hashicorp/{local_name}"),
        }
    }

    fn provider(&self, declared: &Declared<'a>) -> (String, Option<&'a Provider>) {
        let address = self.address(self.local_name(declared));
        let provider = self.schemas.provider(&address);
        (address, provider)
    }

    /// The schema of a block's type, if it is at hand.
    pub(super) fn schema(&self, mode: Mode, declared: &Declared<'a>) -> Option<&'a Block> {
        self.provider(declared).1?.find(mode, declared.label(0))
    }

    /// The configurations that a block asks for and that nobody makes.
    pub(super) fn unknown_configurations(&self, declared: &Declared<'a>) -> Vec<Problem> {
        let passed = declared.value("providers").and_then(Expression::as_object);
        let passed = passed.into_iter().flat_map(|object| object.iter()).map(|(_, value)| value.expr());
        let asked = declared.value("provider").into_iter().chain(passed);
        let named = asked.filter_map(|asked| Some((asked.span(), configuration(asked)?)));
        let unknown = named.filter(|(_, name)| !self.declarations.aliases.contains(name));
        let problem = |(span, name): (_, String)| {
            let problem = declared.file.problem(span, format!("no provider is configured as {name}"));
            spelling(problem, &name, self.declarations.aliases.iter().map(String::as_str))
        };
        unknown.map(problem).collect()
    }

    /// Why a block's type has no schema; a missing provider is reported once.
    pub(super) fn missing(
        &self,
        mode: Mode,
        declared: &Declared<'a>,
        reported: &mut BTreeSet<String>,
    ) -> Option<Problem> {
        let name = declared.label(0);
        let (address, provider) = self.provider(declared);
        let span = declared.block.labels.first().and_then(Span::span);
        let Some(provider) = provider else {
            let problem = declared.file.problem(span, format!("there is no schema of the provider {address}"));
            let hint = "`substrate schema --output FOLDER` writes it, and SUBSTRATE_SCHEMAS names that folder";
            return reported.insert(address).then(|| problem.hint(hint));
        };
        let problem = declared.file.problem(span, format!("the provider {address} has no {} `{name}`", mode.noun()));
        let others = provider.types().filter(|(other, ..)| *other == mode).map(|(_, name, _)| name);
        let nearest = crate::problem::nearest(name, others);
        Some(match (nearest, &provider.version) {
            (Some(nearest), _) => problem.hint(format!("did you mean `{nearest}`?")),
            (None, Some(version)) => problem.hint(format!(
                "the schema lock of version {version} does not hold it; \
                 `substrate schema --output FOLDER` writes all types, and SUBSTRATE_SCHEMAS names that folder"
            )),
            (None, None) => problem,
        })
    }
}
