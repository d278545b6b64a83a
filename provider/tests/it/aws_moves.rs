//! States of the other AWS provider: they move here, and the first plan changes nothing.

use lab::Aws;
use serde_json::{Value as Json, json};
use tfplugin::harness::Report;
use tfplugin::value::Value;

use crate::estate::{document, fine, host, understood};

/// As people write them; the other provider keeps what `jsonencode` makes of them.
const TEXT: &str = r#"
resource "substrate_iam_role" "web" {
  name                 = "web"
  description          = "Of the web site"
  max_session_duration = 7200
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["sts:AssumeRole"], Principal = { AWS = "123456789012" } }]
  })
  tags = { team = "web" }
}
resource "substrate_iam_policy" "read" {
  name = "read"
  path = "/web/"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = { Effect = "Allow", Action = "s3:GetObject", Resource = ["*"] }
  })
}
resource "substrate_iam_role_policy" "inline" {
  role   = "web"
  name   = "inline"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:*", Resource = "*" }] })
}
resource "substrate_iam_role_policy_attachment" "read" {
  role       = "web"
  policy_arn = "arn:aws:iam::123456789012:policy/web/read"
}
resource "substrate_iam_openid_connect_provider" "gitlab" {
  url            = "https://gitlab.example.com"
  client_id_list = ["https://gitlab.example.com"]
}
"#;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Action":"sts:AssumeRole"}]}"#;
const READ: &str =
    r#"{"Statement":[{"Action":["s3:GetObject"],"Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}"#;
const INLINE: &str = r#"{"Statement":[{"Action":"s3:*","Effect":"Allow","Resource":"*"}],"Version":"2012-10-17"}"#;
const THUMBPRINT: &str = "cf23df2207d99a74fbe169e3eba035e633b65d94";

/// What the other provider made.
fn furnish(aws: &Aws) {
    let tags = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "web")];
    let role = [("RoleName", "web"), ("Description", "Of the web site"), ("MaxSessionDuration", "7200")];
    let role = [&role[..], &tags, &[("AssumeRolePolicyDocument", TRUST)]].concat();
    let read_arn = arn("policy/web/read");
    for (action, parameters) in [
        ("CreateRole", &role[..]),
        ("CreatePolicy", &[("PolicyName", "read"), ("Path", "/web/"), ("PolicyDocument", READ)]),
        ("PutRolePolicy", &[("RoleName", "web"), ("PolicyName", "inline"), ("PolicyDocument", INLINE)]),
        ("AttachRolePolicy", &[("RoleName", "web"), ("PolicyArn", &read_arn)]),
        (
            "CreateOpenIDConnectProvider",
            &[
                ("Url", "https://gitlab.example.com"),
                ("ClientIDList.member.1", "https://gitlab.example.com"),
                ("ThumbprintList.member.1", THUMBPRINT),
            ],
        ),
    ] {
        let (status, answer) = aws.query("iam", action, parameters);
        assert_eq!(status, 200, "{action}: {answer}");
    }
}

fn arn(resource: &str) -> String {
    format!("arn:aws:iam::{}:{resource}", Aws::ACCOUNT)
}

/// An element of what IAM says about an object.
fn said(aws: &Aws, action: &str, parameter: (&str, &str), element: &str) -> String {
    let (_, answer) = aws.query("iam", action, &[parameter]);
    let found = answer.split_once(&format!("<{element}>")).and_then(|(_, rest)| rest.split_once('<'));
    found.unwrap_or_else(|| panic!("no {element} in {answer}")).0.to_owned()
}

/// The states as the other provider keeps them (schema version 0, provider 6).
fn states(aws: &Aws) -> [(&'static str, &'static str, Json); 5] {
    let (web, read) = (("RoleName", "web"), arn("policy/web/read"));
    let role = json!({
        "arn": arn("role/web"), "assume_role_policy": TRUST, "create_date": said(aws, "GetRole", web, "CreateDate"),
        "description": "Of the web site", "force_detach_policies": false, "id": "web", "inline_policy": [
            { "name": "inline", "policy": INLINE },
        ],
        "managed_policy_arns": [read], "max_session_duration": 7200, "name": "web", "name_prefix": "", "path": "/",
        "permissions_boundary": "", "tags": { "team": "web" }, "tags_all": { "team": "web" },
        "unique_id": said(aws, "GetRole", web, "RoleId"),
    });
    let policy = json!({
        "arn": read, "attachment_count": 1, "delay_after_policy_creation_in_ms": null, "description": "", "id": read,
        "name": "read", "name_prefix": "", "path": "/web/", "policy": READ,
        "policy_id": said(aws, "GetPolicy", ("PolicyArn", &read), "PolicyId"), "tags": null, "tags_all": {},
    });
    let inline = json!({ "id": "web:inline", "name": "inline", "name_prefix": "", "policy": INLINE, "role": "web" });
    let attachment = json!({ "id": "web-20260101000000000000000001", "policy_arn": read, "role": "web" });
    let provider = json!({
        "arn": arn("oidc-provider/gitlab.example.com"), "client_id_list": ["https://gitlab.example.com"],
        "id": arn("oidc-provider/gitlab.example.com"), "tags": {}, "tags_all": {}, "thumbprint_list": [THUMBPRINT],
        "url": "gitlab.example.com",
    });
    [
        ("substrate_iam_role.web", "aws_iam_role", role),
        ("substrate_iam_policy.read", "aws_iam_policy", policy),
        ("substrate_iam_role_policy.inline", "aws_iam_role_policy", inline),
        ("substrate_iam_role_policy_attachment.read", "aws_iam_role_policy_attachment", attachment),
        ("substrate_iam_openid_connect_provider.gitlab", "aws_iam_openid_connect_provider", provider),
    ]
}

const WRITES: [&str; 8] = ["Create", "Put", "Update", "Attach", "Detach", "Delete", "Tag", "Untag"];

#[tokio::test]
async fn what_the_other_provider_made_moves_here_with_an_empty_plan() {
    let aws = Aws::start().await;
    furnish(&aws);
    let mut host = host(&aws).await;
    for (address, source, state) in states(&aws) {
        fine(host.move_from(address, source, 0, &state.to_string()).await);
        let moved = host.instance(address).expect("it moved");
        // What moved is whole, before anything is read.
        for (name, value) in state.as_object().expect("a state") {
            let known = moved.get(name);
            let text = value.as_str().filter(|text| !text.is_empty());
            let same = text.is_none_or(|text| !moved.state.contains_key(name) || known == &Value::from(text));
            assert!(same, "{address}.{name}: {known:?}, not {value}");
        }
    }
    host.plan(&document(TEXT)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("unread: {error}"));
    fine(host.refresh().await);
    host.plan(&document(TEXT)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    fine(host.apply(&document(TEXT)).await);
    let writes = aws.requests();
    let writes: Vec<_> = writes
        .iter()
        .filter(|request| WRITES.iter().any(|verb| request.path.starts_with(&format!("/{verb}"))))
        .collect();
    assert!(writes.is_empty(), "{writes:?}");
    understood(&aws);
}
