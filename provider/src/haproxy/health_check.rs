//! How the health of a backend's servers is checked.

use tfplugin::prelude::*;
use tfplugin::value::{Object, Value};

/// The check of a backend, with what it asks. A check that takes none of it has no attribute here.
#[derive(Clone, Nested)]
#[expect(clippy::duplicated_attributes, reason = "an attribute can stand in several rules")]
#[tf(
    requires_word(httpchk_params, adv_check, "httpchk"),
    requires_word(mysql_check_params, adv_check, "mysql-check"),
    requires_word(pgsql_check_params, adv_check, "pgsql-check"),
    requires_word(smtpchk_params, adv_check, "smtpchk"),
    when_word(adv_check, pgsql_check_params, "pgsql-check")
)]
pub struct HealthCheck {
    /// How health is checked; omit it to check whether a connection is taken.
    adv_check: Option<CheckKind>,

    /// Request of a check of HTTP.
    httpchk_params: Option<HttpCheck>,

    /// Login of a check of MySQL; omit it to check the server's greeting alone.
    mysql_check_params: Option<MysqlCheck>,

    /// Login of a check of PostgreSQL.
    pgsql_check_params: Option<PostgresCheck>,

    /// Greeting of a check of SMTP; omit it for `HELO localhost`.
    smtpchk_params: Option<SmtpCheck>,
}

/// How health is checked.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum CheckKind {
    /// With a request of HTTP.
    #[tf(word = "httpchk")]
    Http,
    /// As LDAP.
    #[tf(word = "ldap-check")]
    Ldap,
    /// As MySQL.
    #[tf(word = "mysql-check")]
    Mysql,
    /// As PostgreSQL.
    #[tf(word = "pgsql-check")]
    Postgres,
    /// As Redis.
    #[tf(word = "redis-check")]
    Redis,
    /// As SMTP.
    #[tf(word = "smtpchk")]
    Smtp,
    /// With a hello of SSL.
    #[tf(word = "ssl-hello-chk")]
    SslHello,
    /// With rules of TCP.
    #[tf(word = "tcp-check")]
    Tcp,
}

/// Request of a check.
#[derive(Clone, Debug, Nested)]
pub struct HttpCheck {
    /// Method, such as `GET`; omit it for `OPTIONS`.
    #[tf(check = method)]
    method: Option<String>,

    /// Path to ask for.
    uri: Option<String>,

    /// Version of HTTP, such as `HTTP/1.1`.
    version: Option<String>,
}

/// Login of a check, for a user who has no password.
#[derive(Clone, Debug, Nested)]
pub struct MysqlCheck {
    /// Name of the user.
    #[tf(check = one_word)]
    username: String,

    /// Form of the login: that of MySQL before 4.1 or since; omit it for `post-41`.
    client_version: Option<MysqlVersion>,
}

/// Form of a login to MySQL.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum MysqlVersion {
    /// Since MySQL 4.1.
    #[tf(word = "post-41")]
    Post41,
    /// Before MySQL 4.1.
    #[tf(word = "pre-41")]
    Pre41,
}

/// Login of a check, which ends before a password is asked for.
#[derive(Clone, Debug, Nested)]
pub struct PostgresCheck {
    /// Name of the user.
    #[tf(check = one_word)]
    username: String,
}

/// Greeting of a check. HAProxy takes both words or none.
#[derive(Clone, Debug, Nested)]
pub struct SmtpCheck {
    /// `HELO`, or `EHLO` for ESMTP.
    #[tf(check = hello)]
    hello: String,

    /// Domain to greet with.
    #[tf(check = one_word)]
    domain: String,
}

/// Takes out parameters that say nothing: the API answers empty ones for a check that goes without.
pub fn without_empty_params(section: &mut Object) {
    let is_empty = |value: &Value| matches!(value, Value::Map(members) if members.is_empty());
    section.retain(|name, value| !(name.ends_with("_params") && is_empty(value)));
}

fn method(word: &str) -> Result<(), String> {
    known("methods", &["HEAD", "PUT", "POST", "GET", "TRACE", "PATCH", "DELETE", "CONNECT", "OPTIONS"], word)
}

/// HAProxy takes everything else for `HELO`.
fn hello(word: &str) -> Result<(), String> {
    known("greetings", &["EHLO", "HELO"], word)
}

fn known(what: &str, words: &[&str], word: &str) -> Result<(), String> {
    match words.contains(&word) {
        true => Ok(()),
        false => Err(format!("is `{word}`; {what} are {}", words.join(", "))),
    }
}

/// Refuses what would not be one word in the configuration's line.
fn one_word(text: &str) -> Result<(), String> {
    let fits = |character: char| character.is_ascii_graphic() && !"\"'\\#$".contains(character);
    match !text.is_empty() && text.chars().all(fits) {
        true => Ok(()),
        false => Err(format!("is `{text}`; write one word without blanks, quotes, `\\`, `#` and `$`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_line_are_refused_that_haproxy_reads_otherwise() {
        assert_eq!((hello("EHLO"), one_word("haproxy_check"), method("GET")), (Ok(()), Ok(()), Ok(())));
        assert!(hello("ehlo").unwrap_err().contains("greetings are EHLO, HELO"));
        assert!(method("get").unwrap_err().contains("methods are HEAD"));
        for wrong in ["", "a b", "\"a\"", "a#b", "${USER}", "a\\"] {
            assert!(one_word(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn empty_parameters_are_none() {
        let empty = || Value::Map(Object::new());
        let mut section = Object::from([
            ("mysql_check_params".to_owned(), empty()),
            ("pgsql_check_params".to_owned(), Value::Map(Object::from([("username".to_owned(), "a".into())]))),
            ("servers".to_owned(), empty()),
        ]);
        without_empty_params(&mut section);
        assert_eq!(section.keys().collect::<Vec<_>>(), ["pgsql_check_params", "servers"]);
    }
}
