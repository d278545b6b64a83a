//! The body of a block against its schema.

use super::hint::spelling;
use super::infer::{Inside, Scope};
use super::references::uses;
use super::unit::File;
use crate::problem::Problem;
use crate::schema::{Attribute, Block as Schema, Type};
use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Attribute as Argument, Block, Body, Structure};
use std::collections::BTreeMap;
use std::ops::Range;

/// Names that a block has from Terraform, beside those of its schema.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Own {
    pub(super) arguments: &'static [&'static str],
    pub(super) blocks: &'static [&'static str],
}

/// Checks bodies in one file.
pub(super) struct Arguments<'a, 'p> {
    pub(super) scope: &'p Scope<'a>,
    pub(super) file: &'p File<'a>,
    pub(super) inside: &'p Inside<'a>,
    /// Whether values that are in no plan and no state may stand in any argument.
    pub(super) ephemeral: bool,
    pub(super) problems: &'p mut Vec<Problem>,
}

impl<'a> Arguments<'a, '_> {
    /// Checks a body; `what` names it in messages, and `header` is where what is missing is reported.
    pub(super) fn body(&mut self, body: &Body, schema: &Schema, own: Own, what: &str, header: Option<Range<usize>>) {
        let mut counts: BTreeMap<&str, (u64, bool)> = BTreeMap::new();
        for structure in body {
            match structure {
                Structure::Attribute(argument) if own.arguments.contains(&argument.key.as_str()) => {}
                Structure::Attribute(argument) => self.argument(argument, body, schema, own, what),
                Structure::Block(block) if own.blocks.contains(&block.ident.as_str()) => {}
                Structure::Block(block) if block.has_ident("dynamic") => {
                    let name = block.labels.first().map_or("", |label| label.as_str());
                    counts.entry(name).or_default().1 = true;
                    self.dynamic(block, name, schema, own, what);
                }
                Structure::Block(block) => {
                    let name = block.ident.as_str();
                    counts.entry(name).or_default().0 += 1;
                    self.block(&block.body, name, block.ident.span(), schema, own, what);
                }
            }
        }
        self.missing(body, schema, &counts, what, header);
    }

    fn report(&mut self, span: Option<Range<usize>>, text: String) {
        self.problems.push(self.file.problem(span, text));
    }

    fn argument(&mut self, argument: &Argument, body: &Body, schema: &Schema, own: Own, what: &str) {
        let name = argument.key.as_str();
        let span = argument.key.span();
        let Some(attribute) = schema.attributes.get(name) else {
            if schema.blocks.contains_key(name) {
                let problem = self.file.problem(span, format!("`{name}` is a block of {what}, not an argument"));
                self.problems.push(problem.hint(format!("write `{name} {{ … }}` without `=`")));
            } else {
                self.unknown("argument", name, span, schema, own, what);
            }
            return;
        };
        if !attribute.is_argument() {
            return self.report(span, format!("`{name}` of {what} is set by the provider and cannot be set here"));
        }
        if attribute.deprecated {
            self.report(span.clone(), format!("`{name}` of {what} is deprecated"));
        }
        let version = format!("{name}_version");
        if attribute.write_only && schema.attributes.contains_key(&version) && !body.has_attribute(&version) {
            let problem =
                self.file.problem(span, format!("`{name}` of {what} is write-only, and nothing tells a change"));
            self.problems.push(problem.hint(format!("set `{version}` too; the value is sent again when it changes")));
        }
        self.value(name, attribute, &argument.value, what);
    }

    fn unknown(&mut self, noun: &str, name: &str, span: Option<Range<usize>>, schema: &Schema, own: Own, what: &str) {
        let settable = schema.attributes.iter().filter(|(_, attribute)| attribute.is_argument());
        let of_schema = settable.map(|(name, _)| name.as_str()).chain(schema.blocks.keys().map(String::as_str));
        let all: Vec<&str> = of_schema.chain(own.arguments.iter().copied()).chain(own.blocks.iter().copied()).collect();
        let problem = self.file.problem(span, format!("{what} has no {noun} `{name}`"));
        self.problems.push(spelling(problem, name, all));
    }

    fn value(&mut self, name: &str, attribute: &Attribute, value: &Expression, what: &str) {
        let span = value.span();
        let found = self.scope.infer(value, self.inside);
        if let Some(text) = mismatch(&attribute.kind, &found, value) {
            self.report(span.clone(), format!("`{name}` of {what} {text}"));
        }
        if self.ephemeral || attribute.write_only {
            return;
        }
        let references = uses(value).references;
        let ephemeral = references.iter().filter(|reference| reference.root == "var").find_map(|reference| {
            let variable = self.scope.declarations.variables.get(reference.step(0)?)?;
            variable.ephemeral.then(|| reference.step(0)).flatten()
        });
        if let Some(variable) = ephemeral {
            let text = format!("`{name}` of {what} is kept in the state, and var.{variable} is ephemeral");
            let problem = self.file.problem(span, text);
            self.problems.push(problem.hint("only a write-only argument takes an ephemeral value"));
        }
    }

    fn block(&mut self, body: &Body, name: &str, span: Option<Range<usize>>, schema: &Schema, own: Own, what: &str) {
        let inner = format!("{what}.{name}");
        if let Some(nested) = schema.blocks.get(name) {
            if nested.block.deprecated {
                self.report(span.clone(), format!("the block `{name}` of {what} is deprecated"));
            }
            return self.body(body, &nested.block, Own::default(), &inner, span);
        }
        match schema.attributes.get(name) {
            Some(attribute) => match as_block(attribute) {
                Some(schema) => self.body(body, &schema, Own::default(), &inner, span),
                None => {
                    let problem = self.file.problem(span, format!("`{name}` is an argument of {what}, not a block"));
                    self.problems.push(problem.hint(format!("write `{name} = …`")));
                }
            },
            None => self.unknown("block", name, span, schema, own, what),
        }
    }

    fn dynamic(&mut self, dynamic: &Block, name: &str, schema: &Schema, own: Own, what: &str) {
        let span = dynamic.labels.first().and_then(Span::span);
        for argument in dynamic.body.attributes() {
            if !["for_each", "iterator", "labels"].contains(&argument.key.as_str()) {
                let text = format!("a dynamic block has no argument `{}`", argument.key.as_str());
                let allowed = ["for_each", "iterator", "labels"];
                self.problems.push(self.file.problem(argument.key.span(), text).names(argument.key.as_str(), allowed));
            }
        }
        if !dynamic.body.has_attribute("for_each") {
            self.report(span.clone(), format!("the dynamic block `{name}` has no `for_each`"));
        }
        match dynamic.body.get_blocks("content").next() {
            Some(content) => self.block(&content.body, name, span, schema, own, what),
            None => self.report(span, format!("the dynamic block `{name}` has no `content`")),
        }
    }

    fn missing(
        &mut self,
        body: &Body,
        schema: &Schema,
        counts: &BTreeMap<&str, (u64, bool)>,
        what: &str,
        header: Option<Range<usize>>,
    ) {
        for (name, attribute) in &schema.attributes {
            if attribute.required && !body.has_attribute(name) && !counts.contains_key(name.as_str()) {
                self.report(header.clone(), format!("{what} needs the argument `{name}`"));
            }
        }
        for (name, nested) in &schema.blocks {
            let (count, dynamic) = counts.get(name.as_str()).copied().unwrap_or_default();
            if count < nested.min && !dynamic {
                let text = format!("{what} needs the block `{name}`{}", times(nested.min));
                self.report(header.clone(), text);
            }
            if nested.max.is_some_and(|max| count > max) {
                let text = format!("{what} has {count} blocks `{name}` and takes {}", nested.max.unwrap_or_default());
                self.report(header.clone(), text);
            }
        }
    }
}

fn times(min: u64) -> String {
    if min > 1 { format!(" at least {min} times") } else { String::new() }
}

/// The schema of an attribute that can also be written as blocks: Terraform takes lists and sets of objects so.
fn as_block(attribute: &Attribute) -> Option<Schema> {
    let (Type::List(element) | Type::Set(element)) = &attribute.kind else { return None };
    let Type::Object(fields) = element.as_ref() else { return None };
    let attribute = |kind: &Type| Attribute {
        kind: kind.clone(),
        required: false,
        optional: true,
        computed: false,
        sensitive: false,
        write_only: false,
        deprecated: false,
    };
    let attributes = fields.iter().map(|(name, field)| (name.clone(), attribute(&field.kind))).collect();
    let settable = attribute_is_settable(fields);
    settable.then_some(Schema { attributes, ..Schema::default() })
}

/// An attribute whose objects have flags of their own is never written as blocks.
fn attribute_is_settable(fields: &BTreeMap<String, crate::schema::Field>) -> bool {
    fields.values().all(|field| !field.optional)
}

/// Why a value does not fit, if it is known not to.
pub(super) fn mismatch(kind: &Type, found: &Type, value: &Expression) -> Option<String> {
    if let (Type::Number, Some(text)) = (kind, value.as_str()) {
        return text.trim().parse::<f64>().is_err().then(|| format!("takes a number, and this is \"{text}\""));
    }
    if let (Type::Bool, Some(text)) = (kind, value.as_str()) {
        let is_bool = ["true", "false"].contains(&text);
        return (!is_bool).then(|| format!("takes true or false, and this is \"{text}\""));
    }
    if !kind.accepts(found) {
        let missing = missing_names(kind, found);
        return Some(match missing.is_empty() {
            true => format!("takes {}, and this is {}", brief(kind), brief(found)),
            false => format!("takes an object that also has {}", missing.join(", ")),
        });
    }
    None
}

fn missing_names(kind: &Type, found: &Type) -> Vec<String> {
    let (Type::Object(kind), Type::Object(found)) = (kind, found) else { return Vec::new() };
    kind.iter()
        .filter(|(name, field)| !field.optional && !found.contains_key(*name))
        .map(|(name, _)| format!("`{name}`"))
        .collect()
}

/// A type in a message: what is inside of objects is left out.
fn brief(kind: &Type) -> String {
    match kind {
        Type::List(element) => format!("list({})", brief(element)),
        Type::Set(element) => format!("set({})", brief(element)),
        Type::Map(element) => format!("map({})", brief(element)),
        Type::Tuple(_) => "a list".to_owned(),
        Type::Object(_) => "object".to_owned(),
        kind => kind.to_string(),
    }
}
