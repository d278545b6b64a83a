//! Types of expressions, as far as declarations and schemas tell them.

use super::declarations::{Declarations, Declared};
use super::functions;
use super::providers::Providers;
use super::references::Reference;
use super::unit::Interface;
use crate::schema::{Block as Schema, Field, Mode, Schemas, Type};
use hcl_edit::Decorated;
use hcl_edit::Span;
use hcl_edit::expr::{BinaryOperator, Expression, ForExpr, ObjectKey, Traversal, TraversalOperator, UnaryOperator};
use hcl_edit::template::Element;
use std::collections::BTreeMap;
use std::ops::Range;

/// Locals that read each other in a circle end here.
const DEPTH: usize = 24;

/// Names that Terraform gives a meaning.
const ROOTS: &[&str] =
    &["count", "data", "each", "ephemeral", "local", "module", "path", "resource", "self", "terraform", "var"];

/// What names can be resolved against.
pub(super) struct Scope<'a> {
    pub(super) declarations: &'a Declarations<'a>,
    pub(super) schemas: &'a Schemas,
    pub(super) modules: &'a BTreeMap<String, Interface>,
}

/// What stands around an expression.
#[derive(Clone, Debug, Default)]
pub(super) struct Inside<'a> {
    /// The `for_each` of the block.
    pub(super) each: Option<&'a Expression>,
    /// Whether the block has a `count`.
    pub(super) count: bool,
    /// Whether `self` stands for the object.
    pub(super) this: bool,
    /// Names of the surrounding dynamic blocks.
    pub(super) iterators: Vec<&'a str>,
}

/// Why a name means nothing.
#[derive(Debug)]
pub(super) struct Unresolved {
    pub(super) span: Option<Range<usize>>,
    pub(super) text: String,
    pub(super) name: String,
    pub(super) allowed: Vec<String>,
}

impl Unresolved {
    fn new(span: Option<Range<usize>>, text: impl Into<String>) -> Self {
        Unresolved { span, text: text.into(), name: String::new(), allowed: Vec::new() }
    }

    fn names<'n>(mut self, name: &str, allowed: impl IntoIterator<Item = &'n str>) -> Self {
        name.clone_into(&mut self.name);
        self.allowed = allowed.into_iter().map(str::to_owned).collect();
        self
    }
}

impl<'a> Scope<'a> {
    pub(super) fn providers(&self) -> Providers<'a> {
        Providers { declarations: self.declarations, schemas: self.schemas }
    }

    /// The type of an expression; `Dynamic` where nothing tells it.
    pub(super) fn infer(&self, expression: &Expression, inside: &Inside<'a>) -> Type {
        self.infer_at(expression, inside, 0)
    }

    fn infer_at(&self, expression: &Expression, inside: &Inside<'a>, depth: usize) -> Type {
        if depth > DEPTH {
            return Type::Dynamic;
        }
        let infer = |expression: &Expression| self.infer_at(expression, inside, depth + 1);
        match expression {
            Expression::Null(_) | Expression::Variable(_) => Type::Dynamic,
            Expression::Bool(_) => Type::Bool,
            Expression::Number(_) => Type::Number,
            Expression::String(_) | Expression::HeredocTemplate(_) => Type::String,
            Expression::Array(array) => Type::Tuple(array.iter().map(infer).collect()),
            Expression::Object(object) => object_type(object.iter().map(|(key, value)| (key, infer(value.expr())))),
            Expression::StringTemplate(template) => match template.iter().collect::<Vec<_>>().as_slice() {
                [Element::Interpolation(only)] => infer(&only.expr),
                _ => Type::String,
            },
            Expression::Parenthesis(inner) => infer(inner.inner()),
            Expression::Conditional(conditional) => {
                let results = [&conditional.true_expr, &conditional.false_expr];
                match results.map(is_nothing) {
                    [true, _] => infer(results[1]),
                    [_, true] => infer(results[0]),
                    _ => same(infer(results[0]), infer(results[1])),
                }
            }
            Expression::FuncCall(call) if call.name.is_namespaced() => Type::Dynamic,
            Expression::FuncCall(call) => functions::returned(call.name.name.as_str()).unwrap_or(Type::Dynamic),
            Expression::Traversal(traversal) => self.traversal(traversal, inside, depth),
            Expression::UnaryOp(operation) => match operation.operator.value() {
                UnaryOperator::Neg => Type::Number,
                UnaryOperator::Not => Type::Bool,
            },
            Expression::BinaryOp(operation) => binary(*operation.operator.value()),
            Expression::ForExpr(each) => {
                let names = each.intro.key_var.iter().chain([&each.intro.value_var]);
                // A name of the `for` may be spelt as one that means something elsewhere.
                let hides = names.into_iter().any(|name| ROOTS.contains(&name.as_str()));
                comprehension(each, if hides { Type::Dynamic } else { infer(&each.value_expr) })
            }
        }
    }

    fn traversal(&self, traversal: &Traversal, inside: &Inside<'a>, depth: usize) -> Type {
        let found = match &traversal.expr {
            Expression::Variable(name) => {
                let reference = Reference { root: name.as_str(), span: None, operators: &traversal.operators };
                self.resolve_at(&reference, inside, depth + 1)
            }
            other => apply(self.infer_at(other, inside, depth + 1), &traversal.operators),
        };
        found.unwrap_or(Type::Dynamic)
    }

    /// The type of what a reference reads.
    ///
    /// # Errors
    /// The name that means nothing here.
    pub(super) fn resolve(&self, reference: &Reference<'_>, inside: &Inside<'a>) -> Result<Type, Unresolved> {
        self.resolve_at(reference, inside, 0)
    }

    fn resolve_at(&self, reference: &Reference<'_>, inside: &Inside<'a>, depth: usize) -> Result<Type, Unresolved> {
        let rest = |skipped: usize| reference.operators.get(skipped..).unwrap_or_default();
        let first = reference.step(0).unwrap_or_default();
        let unknown = |what: &str, allowed: Vec<&str>| {
            Err(Unresolved::new(reference.span.clone(), format!("there is no {what} `{first}`")).names(first, allowed))
        };
        match reference.root {
            "var" => match self.declarations.variables.get(first) {
                Some(variable) => apply(variable.kind.clone(), rest(1)),
                None => unknown("input", self.declarations.variables.keys().copied().collect()),
            },
            "local" => match self.declarations.locals.get(first) {
                Some(local) => apply(self.infer_at(local.value, &Inside::default(), depth + 1), rest(1)),
                None => unknown("local", self.declarations.locals.keys().copied().collect()),
            },
            "module" => match self.declarations.modules.get(first) {
                Some(module) => apply(self.module_type(module), rest(1)),
                None => unknown("module", self.declarations.modules.keys().copied().collect()),
            },
            "each" => self.each(reference, inside, depth),
            "count" if inside.count => Ok(Type::Number),
            "count" => Err(Unresolved::new(reference.span.clone(), "`count.index` stands in a block without `count`")),
            "self" if inside.this => Ok(Type::Dynamic),
            "self" => {
                let text = "`self` stands outside of a provisioner, a connection and a postcondition";
                Err(Unresolved::new(reference.span.clone(), text))
            }
            "path" | "terraform" => Ok(Type::String),
            "data" => self.typed(Mode::Data, reference, 1),
            "ephemeral" => self.typed(Mode::Ephemeral, reference, 1),
            "resource" => self.typed(Mode::Resource, reference, 1),
            root if inside.iterators.contains(&root) => Ok(Type::Dynamic),
            word if reference.step(0).is_none() => {
                let text = format!("`{word}` means nothing here");
                Err(Unresolved::new(reference.span.clone(), text).names(word, ["true", "false", "null"]))
            }
            _ => self.typed(Mode::Resource, reference, 0),
        }
    }

    fn each(&self, reference: &Reference<'_>, inside: &Inside<'a>, depth: usize) -> Result<Type, Unresolved> {
        let Some(each) = inside.each else {
            return Err(Unresolved::new(reference.span.clone(), "`each` stands in a block without `for_each`"));
        };
        let rest = reference.operators.get(1..).unwrap_or_default();
        match reference.step(0) {
            Some("key") => Ok(Type::String),
            Some("value") => match self.infer_at(each, &Inside::default(), depth + 1) {
                Type::Map(element) | Type::Set(element) => apply(*element, rest),
                Type::Object(fields) => {
                    let kinds = fields.into_values().map(|field| field.kind);
                    apply(kinds.reduce(same).unwrap_or(Type::Dynamic), rest)
                }
                _ => Ok(Type::Dynamic),
            },
            name => Err(Unresolved::new(reference.span.clone(), "`each` has a `key` and a `value`")
                .names(name.unwrap_or_default(), ["key", "value"])),
        }
    }

    /// `aws_vpc.this…`, with the type at the position `at` of the reference; its root counts as one before.
    fn typed(&self, mode: Mode, reference: &Reference<'_>, at: usize) -> Result<Type, Unresolved> {
        let kind = if at == 0 { Some(reference.root) } else { reference.step(at - 1) }.unwrap_or_default();
        let name = reference.step(at).unwrap_or_default();
        let Some(declared) = self.declarations.typed.get(&(mode, kind, name)) else {
            let text = format!("there is no {} `{kind}.{name}`", mode.keyword());
            let path = format!("{kind}.{name}");
            let of_mode = self.declarations.typed.keys().filter(|(other, ..)| *other == mode);
            let allowed: Vec<String> = of_mode.map(|(_, kind, name)| format!("{kind}.{name}")).collect();
            return Err(Unresolved::new(reference.span.clone(), text).names(&path, allowed.iter().map(String::as_str)));
        };
        let Some(schema) = self.providers().schema(mode, declared) else { return Ok(Type::Dynamic) };
        let operators = reference.operators.get(at + 1..).unwrap_or_default();
        match one_attribute(declared, schema, operators) {
            Some((kind, rest)) => apply(kind, rest),
            None => apply(repeated(declared, schema.kind()), operators),
        }
    }

    fn module_type(&self, module: &Declared<'a>) -> Type {
        let source = module.value("source").and_then(Expression::as_str).unwrap_or_default();
        let Some(interface) = self.modules.get(source) else { return Type::Dynamic };
        let field = |name: &String| (name.clone(), Field { kind: Type::Dynamic, optional: false });
        repeated(module, Type::Object(interface.outputs.iter().map(field).collect()))
    }
}

/// The type that a block stands for: one object, or several by key or number.
fn repeated(declared: &Declared<'_>, one: Type) -> Type {
    match (declared.value("for_each"), declared.value("count")) {
        (Some(_), _) => Type::Map(Box::new(one)),
        (None, Some(_)) => Type::List(Box::new(one)),
        (None, None) => one,
    }
}

/// The type of the one attribute that is read from one object, without that of the whole object, and what follows.
fn one_attribute<'o>(
    declared: &Declared<'_>,
    schema: &Schema,
    operators: &'o [Decorated<TraversalOperator>],
) -> Option<(Type, &'o [Decorated<TraversalOperator>])> {
    let repeats = declared.value("for_each").or_else(|| declared.value("count")).is_some();
    let operators = match (repeats, operators.first()?.value()) {
        (true, TraversalOperator::Index(_)) => &operators[1..],
        (true, _) => return None,
        (false, _) => operators,
    };
    let (first, rest) = operators.split_first()?;
    let TraversalOperator::GetAttr(name) = first.value() else { return None };
    Some((schema.part(name.as_str())?, rest))
}

/// The type that operators such as `.id`, `[0]` and `[*]` lead to.
fn apply(kind: Type, operators: &[Decorated<TraversalOperator>]) -> Result<Type, Unresolved> {
    let Some((operator, rest)) = operators.split_first() else { return Ok(kind) };
    let next = match (operator.value(), kind) {
        (_, Type::Dynamic) => return Ok(Type::Dynamic),
        (TraversalOperator::GetAttr(name), kind) => attribute(name.as_str(), name.span(), kind)?,
        (TraversalOperator::Index(index), kind) => element(index.as_str(), index.span(), kind)?,
        (TraversalOperator::LegacyIndex(index), kind) => element(None, index.span(), kind)?,
        (TraversalOperator::AttrSplat(_) | TraversalOperator::FullSplat(_), kind) => {
            let one = match kind {
                Type::List(element) | Type::Set(element) => *element,
                Type::Map(_) => {
                    let text = "`[*]` goes over lists and sets, and this is a map by key";
                    return Err(Unresolved::new(operator.span(), text).names("", ["values(…)[*]"]));
                }
                Type::Tuple(_) => Type::Dynamic,
                single => single,
            };
            return Ok(Type::List(Box::new(apply(one, rest)?)));
        }
    };
    apply(next, rest)
}

fn attribute(name: &str, span: Option<Range<usize>>, kind: Type) -> Result<Type, Unresolved> {
    match kind {
        Type::Object(mut fields) => match fields.remove(name) {
            Some(field) => Ok(field.kind),
            None => Err(Unresolved::new(span, format!("there is no attribute `{name}`"))
                .names(name, fields.keys().map(String::as_str))),
        },
        // Several objects by key have no attributes of their own.
        Type::Map(element) => match *element {
            Type::Object(fields) if fields.contains_key(name) => Err(Unresolved::new(
                span,
                format!("`{name}` is read from all at once; name one as in `[each.key].{name}`"),
            )),
            element => Ok(element),
        },
        Type::List(_) | Type::Set(_) | Type::Tuple(_) => {
            Err(Unresolved::new(span, format!("`{name}` is read from a list; name an element as in `[0].{name}`")))
        }
        kind => Err(Unresolved::new(span, format!("`{name}` is read from a {kind}, which has no attributes"))),
    }
}

fn element(key: Option<&str>, span: Option<Range<usize>>, kind: Type) -> Result<Type, Unresolved> {
    match (kind, key) {
        (Type::List(element) | Type::Map(element), _) => Ok(*element),
        (Type::Object(fields), Some(key)) => attribute(key, span, Type::Object(fields)),
        (Type::Object(_) | Type::Tuple(_), _) => Ok(Type::Dynamic),
        (kind @ Type::Set(_), _) => Err(Unresolved::new(
            span,
            format!("a {kind} has no order to take an element from; use `one(…)` or `tolist(…)`"),
        )),
        (kind, _) => Err(Unresolved::new(span, format!("a {kind} has no elements"))),
    }
}

fn object_type<'o>(entries: impl Iterator<Item = (&'o ObjectKey, Type)>) -> Type {
    let mut fields = BTreeMap::new();
    for (key, kind) in entries {
        let name = match key {
            ObjectKey::Ident(name) => name.as_str(),
            ObjectKey::Expression(key) => match key.as_str() {
                Some(name) => name,
                None => return Type::Dynamic,
            },
        };
        fields.insert(name.to_owned(), Field { kind, optional: false });
    }
    Type::Object(fields)
}

/// Whether a branch says that there is nothing, so that the other one tells the type.
fn is_nothing(branch: &Expression) -> bool {
    branch.is_null() || branch.as_object().is_some_and(|object| object.is_empty())
}

fn same(left: Type, right: Type) -> Type {
    if left == right { left } else { Type::Dynamic }
}

fn binary(operator: BinaryOperator) -> Type {
    match operator {
        BinaryOperator::Plus
        | BinaryOperator::Minus
        | BinaryOperator::Mul
        | BinaryOperator::Div
        | BinaryOperator::Mod => Type::Number,
        _ => Type::Bool,
    }
}

fn comprehension(each: &ForExpr, value: Type) -> Type {
    match (&each.key_expr, each.grouping) {
        (None, _) => Type::List(Box::new(value)),
        (Some(_), false) => Type::Map(Box::new(value)),
        (Some(_), true) => Type::Map(Box::new(Type::List(Box::new(value)))),
    }
}
