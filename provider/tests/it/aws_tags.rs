//! Tags that the provider's configuration gives to every object.

use lab::Aws;
use tfplugin::harness::{Action, Host, Report};
use tfplugin::value::{Object, Value};

use crate::estate::{aws_config_with, document, fine, object, understood};

const AT: &str = "substrate_iam_role.web";

fn role(tags: &str) -> String {
    format!(
        "resource \"substrate_iam_role\" \"web\" {{\n  name = \"web\"\n  assume_role_policy = jsonencode({{ Version = \
         \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = {{ Service = \
         \"ec2.amazonaws.com\" }} }}] }})\n{tags}}}\n"
    )
}

fn with_defaults<const N: usize>(aws: &Aws, tags: [(&str, &str); N]) -> Object {
    aws_config_with(&aws.url, [("default_tags", object(tags.map(|(key, value)| (key, value.into()))))])
}

/// The tags of the role as IAM has them.
fn tags(aws: &Aws) -> Vec<(String, String)> {
    let (status, answer) = aws.query("iam", "ListRoleTags", &[("RoleName", "web")]);
    assert_eq!(status, 200, "{answer}");
    let texts = |name: &str| {
        let element = format!("<{name}>");
        let parts = answer.split(&element).skip(1).filter_map(|rest| rest.split('<').next());
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let mut tags: Vec<_> = texts("Key").into_iter().zip(texts("Value")).collect();
    tags.sort();
    tags
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

async fn settled(host: &mut Host, text: &str) {
    fine(host.apply(&document(text)).await);
    fine(host.refresh().await);
    host.plan(&document(text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn a_change_of_the_defaults_is_an_update_of_each_object_once() {
    let aws = Aws::start().await;
    let config = with_defaults(&aws, [("team", "core"), ("env", "test")]);
    let mut host = Host::new(provider::provider(), config).await.expect("a valid schema");
    let own = role("  tags = { env = \"live\" }\n");
    settled(&mut host, &own).await;
    assert_eq!(tags(&aws), pairs(&[("env", "live"), ("team", "core")]));
    let shown = host.instance(AT).expect("it is there");
    assert_eq!(shown.get("tags"), &object([("env", "live".into())]));
    assert_eq!(shown.get("tags_all"), &object([("env", "live".into()), ("team", "core".into())]));

    host.reconfigure(with_defaults(&aws, [("owner", "ops")])).await.expect("it can be configured anew");
    fine(host.refresh().await);
    assert_eq!(host.instance(AT).expect("it is there").get("tags"), &object([("env", "live".into())]));
    let plan = fine(host.plan(&document(&own)).await);
    assert_eq!(plan.actions.get(AT), Some(&Action::Update));
    settled(&mut host, &own).await;
    assert_eq!(tags(&aws), pairs(&[("env", "live"), ("owner", "ops")]));

    host.reconfigure(aws_config_with(&aws.url, [])).await.expect("it can be configured anew");
    settled(&mut host, &own).await;
    assert_eq!(tags(&aws), pairs(&[("env", "live")]));
    settled(&mut host, &role("")).await;
    assert_eq!(tags(&aws), []);
    understood(&aws);
}

/// Terraform's other provider shows such a tag as a difference for ever.
#[tokio::test]
async fn a_tag_that_is_configured_twice_stays_in_both_places() {
    let aws = Aws::start().await;
    let config = with_defaults(&aws, [("team", "core")]);
    let mut host = Host::new(provider::provider(), config).await.expect("a valid schema");
    let same = role("  tags = { team = \"core\" }\n");
    settled(&mut host, &same).await;
    assert_eq!(tags(&aws), pairs(&[("team", "core")]));
    settled(&mut host, &role("")).await;
    assert_eq!(tags(&aws), pairs(&[("team", "core")]), "the default holds on");
    assert_eq!(host.instance(AT).expect("it is there").get("tags"), &Value::Null);
}

#[tokio::test]
async fn what_somebody_else_tags_is_put_right_but_for_what_is_of_aws() {
    let aws = Aws::start().await;
    let mut host =
        Host::new(provider::provider(), with_defaults(&aws, [("team", "core")])).await.expect("a valid schema");
    let own = role("  tags = { env = \"live\" }\n");
    settled(&mut host, &own).await;
    let stranger = [("RoleName", "web"), ("Tags.member.1.Key", "who"), ("Tags.member.1.Value", "me")];
    assert_eq!(aws.query("iam", "TagRole", &stranger).0, 200);
    assert_eq!(aws.query("iam", "UntagRole", &[("RoleName", "web"), ("TagKeys.member.1", "team")]).0, 200);
    fine(host.refresh().await);
    let plan = fine(host.plan(&document(&own)).await);
    assert_eq!(plan.actions.get(AT), Some(&Action::Update));
    settled(&mut host, &own).await;
    assert_eq!(tags(&aws), pairs(&[("env", "live"), ("team", "core")]));
}

#[tokio::test]
async fn policies_and_providers_have_them_too() {
    let aws = Aws::start().await;
    let mut host =
        Host::new(provider::provider(), with_defaults(&aws, [("team", "core")])).await.expect("a valid schema");
    let text = r#"
resource "substrate_iam_policy" "read" {
  name   = "read"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
  tags   = { env = "live" }
}
resource "substrate_iam_openid_connect_provider" "gitlab" {
  url             = "https://gitlab.example.com"
  client_id_list  = ["https://gitlab.example.com"]
  thumbprint_list = ["cf23df2207d99a74fbe169e3eba035e633b65d94"]
}
"#;
    settled(&mut host, text).await;
    for (address, count) in [("substrate_iam_policy.read", 2), ("substrate_iam_openid_connect_provider.gitlab", 1)] {
        let all = host.instance(address).expect("it is there").get("tags_all").as_map().map(Object::len);
        assert_eq!(all, Some(count), "{address}");
    }
    host.reconfigure(with_defaults(&aws, [("owner", "ops")])).await.expect("it can be configured anew");
    settled(&mut host, text).await;
    let all = host.instance("substrate_iam_policy.read").expect("it is there").get("tags_all").clone();
    assert_eq!(all, object([("env", "live".into()), ("owner", "ops".into())]));
    understood(&aws);
}
