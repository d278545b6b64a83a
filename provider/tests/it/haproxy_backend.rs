//! Backends: what is refused of them before anything is sent, and checks that go without parameters.

use lab::HaProxy;

use crate::estate::{document, failure, fine, host, understood};

fn checked(arguments: &str) -> String {
    format!("resource \"substrate_haproxy_backend\" \"b\" {{\n  name = \"b\"\n  mode = \"tcp\"\n  {arguments}\n}}\n")
}

#[tokio::test]
async fn parameters_of_another_check_are_refused_at_plan() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    for (arguments, at, told) in [
        ("adv_check = \"pgsql-check\"", "adv_check", "`adv_check = \"pgsql-check\"` needs `pgsql_check_params`"),
        (
            "pgsql_check_params = { username = \"u\" }",
            "pgsql_check_params",
            "`pgsql_check_params` needs `adv_check = \"pgsql-check\"`",
        ),
        (
            "adv_check = \"smtpchk\"\n  mysql_check_params = { username = \"u\" }",
            "mysql_check_params",
            "`mysql_check_params` needs `adv_check = \"mysql-check\"`",
        ),
        (
            "adv_check = \"smtpchk\"\n  smtpchk_params = { hello = \"ehlo\", domain = \"example.com\" }",
            "smtpchk_params.hello",
            "is `ehlo`; greetings are EHLO, HELO",
        ),
        (
            "adv_check = \"mysql-check\"\n  mysql_check_params = { username = \"a b\" }",
            "mysql_check_params.username",
            "is `a b`; write one word",
        ),
    ] {
        let refused = failure(host.validate(&document(&checked(arguments))).await);
        assert!(refused.contains(&format!("at {at}")) && refused.contains(told), "{arguments}: {refused}");
    }
    assert!(edge.requests().is_empty(), "nothing was asked");
}

/// The API answers empty parameters for them.
#[tokio::test]
async fn a_check_without_parameters_has_none() {
    let edge = HaProxy::start().await;
    let mut host = host(&edge).await;
    for (arguments, line) in [
        ("adv_check = \"mysql-check\"\n  mysql_check_params = { username = \"u\" }", "option mysql-check user u\n"),
        ("adv_check = \"mysql-check\"", "option mysql-check\n"),
        ("adv_check = \"smtpchk\"", "option smtpchk\n"),
    ] {
        let text = document(&checked(arguments));
        fine(host.apply(&text).await);
        assert!(edge.config_text().contains(line), "{}", edge.config_text());
        host.plan(&text).await.expect("no rule is broken").empty().expect("nothing is left to do");
    }
    understood(&edge);
}
