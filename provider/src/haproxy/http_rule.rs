//! Rules of a frontend that its owner writes.

use tfplugin::prelude::*;

/// A condition with a name.
#[derive(Clone, Debug, Nested)]
pub struct Acl {
    /// Name; several of one name are alternatives.
    acl_name: String,

    /// What is looked at, such as `path_beg` or `hdr(host)`.
    criterion: String,

    /// What it is compared with, flags included, such as `-i www.example.com`.
    value: String,
}

/// A rule for requests.
#[derive(Clone, Debug, Nested)]
#[tf(requires(cond_test, cond))]
pub struct HttpRequestRule {
    /// What it does, such as `redirect`, `set-header`, `deny` or `set-var`.
    r#type: String,

    /// Whether the rule applies `if` or `unless` the condition holds.
    cond: Option<Condition>,

    /// The condition, such as `{ ssl_fc }` or the name of an ACL.
    cond_test: Option<String>,

    /// Name of the header.
    hdr_name: Option<String>,

    /// Value of the header.
    hdr_format: Option<String>,

    /// How a redirect is made: `location`, `prefix` or `scheme`.
    redir_type: Option<RedirectType>,

    /// Where a redirect leads.
    redir_value: Option<String>,

    /// Status of a redirect.
    #[tf(check = redirect_status)]
    redir_code: Option<u64>,

    /// Status of a denial.
    #[tf(check = between(200..=599))]
    deny_status: Option<u64>,

    /// Name of a variable.
    #[tf(check = not_ours)]
    var_name: Option<String>,

    /// Where a variable lives, such as `txn`.
    var_scope: Option<String>,

    /// What a variable is set to.
    var_expr: Option<String>,
}

/// When a rule applies.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Condition {
    /// When the condition holds.
    If,
    /// When it does not.
    Unless,
}

/// How a redirect is made.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum RedirectType {
    /// To this address.
    Location,
    /// To this address with the request's path behind it.
    Prefix,
    /// To the same address with this scheme.
    Scheme,
}

/// Refuses a status that is none of a redirect.
pub fn redirect_status(status: &u64) -> Result<(), String> {
    match [301, 302, 303, 307, 308].contains(status) {
        true => Ok(()),
        false => Err(format!("is {status}; a redirect has 301, 302, 303, 307 or 308")),
    }
}

/// The rules of routes are told from others by their variables.
fn not_ours(name: &str) -> Result<(), String> {
    match name.starts_with("substrate_") {
        true => Err(format!("is `{name}`; names that begin with `substrate_` belong to the rules of routes")),
        false => Ok(()),
    }
}
