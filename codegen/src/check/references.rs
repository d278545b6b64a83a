//! The names and functions that an expression uses.

use hcl_edit::Decorated;
use hcl_edit::Span;
use hcl_edit::expr::{Expression, ForExpr, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Body, Structure};
use hcl_edit::template::{Directive, Element, Template};
use std::ops::Range;

/// A name with what is read from it, such as `aws_vpc.this.id`.
#[derive(Clone, Debug)]
pub(super) struct Reference<'e> {
    pub(super) root: &'e str,
    pub(super) span: Option<Range<usize>>,
    pub(super) operators: &'e [Decorated<TraversalOperator>],
}

impl<'e> Reference<'e> {
    /// The name after the dot at position `at`, counted from 0.
    pub(super) fn step(&self, at: usize) -> Option<&'e str> {
        match self.operators.get(at).map(|operator| operator.value())? {
            TraversalOperator::GetAttr(name) => Some(name.as_str()),
            _ => None,
        }
    }
}

/// What an expression uses; names that a `for` inside of it binds are its own and not listed.
#[derive(Debug, Default)]
pub(super) struct Uses<'e> {
    pub(super) references: Vec<Reference<'e>>,
    pub(super) calls: Vec<(&'e str, Option<Range<usize>>)>,
}

/// Lists what an expression uses.
pub(super) fn uses(expression: &Expression) -> Uses<'_> {
    let mut walk = Walk { bound: Vec::new(), uses: Uses::default() };
    walk.expression(expression);
    walk.uses
}

/// All expressions in a body, at any depth.
pub(super) fn expressions(body: &Body) -> Vec<&Expression> {
    let mut found = Vec::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => found.push(&attribute.value),
            Structure::Block(block) => found.extend(expressions(&block.body)),
        }
    }
    found
}

struct Walk<'e> {
    bound: Vec<&'e str>,
    uses: Uses<'e>,
}

impl<'e> Walk<'e> {
    fn expression(&mut self, expression: &'e Expression) {
        match expression {
            Expression::Null(_) | Expression::Bool(_) | Expression::Number(_) | Expression::String(_) => {}
            Expression::Array(array) => array.iter().for_each(|element| self.expression(element)),
            Expression::Object(object) => {
                for (key, value) in object.iter() {
                    if let ObjectKey::Expression(key) = key {
                        self.expression(key);
                    }
                    self.expression(value.expr());
                }
            }
            Expression::StringTemplate(template) => template.iter().for_each(|element| self.element(element)),
            Expression::HeredocTemplate(heredoc) => self.template(&heredoc.template),
            Expression::Parenthesis(inner) => self.expression(inner.inner()),
            Expression::Variable(name) => self.reference(name.as_str(), name.span(), &[]),
            Expression::Conditional(conditional) => {
                self.expression(&conditional.cond_expr);
                self.expression(&conditional.true_expr);
                self.expression(&conditional.false_expr);
            }
            Expression::FuncCall(call) => {
                if !call.name.is_namespaced() {
                    self.uses.calls.push((call.name.name.as_str(), call.span()));
                }
                call.args.iter().for_each(|argument| self.expression(argument));
            }
            Expression::Traversal(traversal) => self.traversal(traversal),
            Expression::UnaryOp(operation) => self.expression(&operation.expr),
            Expression::BinaryOp(operation) => {
                self.expression(&operation.lhs_expr);
                self.expression(&operation.rhs_expr);
            }
            Expression::ForExpr(each) => self.comprehension(each),
        }
    }

    fn reference(&mut self, root: &'e str, span: Option<Range<usize>>, operators: &'e [Decorated<TraversalOperator>]) {
        if !self.bound.contains(&root) {
            self.uses.references.push(Reference { root, span, operators });
        }
    }

    fn traversal(&mut self, traversal: &'e Traversal) {
        match &traversal.expr {
            Expression::Variable(name) => self.reference(name.as_str(), name.span(), &traversal.operators),
            other => self.expression(other),
        }
        for operator in &traversal.operators {
            if let TraversalOperator::Index(index) = operator.value() {
                self.expression(index);
            }
        }
    }

    fn comprehension(&mut self, each: &'e ForExpr) {
        self.expression(&each.intro.collection_expr);
        let names = each.intro.key_var.iter().chain([&each.intro.value_var]);
        let depth = self.bound.len();
        self.bound.extend(names.map(|name| name.as_str()));
        each.key_expr.iter().for_each(|key| self.expression(key));
        self.expression(&each.value_expr);
        each.cond.iter().for_each(|condition| self.expression(&condition.expr));
        self.bound.truncate(depth);
    }

    fn template(&mut self, template: &'e Template) {
        template.iter().for_each(|element| self.element(element));
    }

    fn element(&mut self, element: &'e Element) {
        match element {
            Element::Literal(_) => {}
            Element::Interpolation(interpolation) => self.expression(&interpolation.expr),
            Element::Directive(directive) => self.directive(directive),
        }
    }

    fn directive(&mut self, directive: &'e Directive) {
        match directive {
            Directive::If(directive) => {
                self.expression(&directive.if_expr.cond_expr);
                self.template(&directive.if_expr.template);
                directive.else_expr.iter().for_each(|otherwise| self.template(&otherwise.template));
            }
            Directive::For(directive) => {
                let each = &directive.for_expr;
                self.expression(&each.collection_expr);
                let depth = self.bound.len();
                self.bound.extend(each.key_var.iter().chain([&each.value_var]).map(|name| name.as_str()));
                self.template(&each.template);
                self.bound.truncate(depth);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_outside_of_their_for_are_listed_with_their_functions() {
        let source =
            r#"x = merge({ for k, v in var.a : "${k}/${local.b}" => v.id if v.on }, [for v in c.d[each.key] : v])"#;
        let body = hcl_edit::parser::parse_body(source).unwrap();
        let found = uses(expressions(&body)[0]);
        let roots: Vec<&str> = found.references.iter().map(|reference| reference.root).collect();
        assert_eq!(roots, ["var", "local", "c", "each"]);
        assert_eq!(found.references[2].step(0), Some("d"));
        assert_eq!(found.calls.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["merge"]);
    }
}
