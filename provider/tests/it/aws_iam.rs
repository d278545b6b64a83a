//! What is particular to IAM: it knows late what it has just said, and it spells documents in its own way.

use std::time::Duration;

use lab::{Aws, Fault};
use tfplugin::harness::{Action, Report};

use crate::estate::{document, failure, fine, host, understood};

fn trust(principal: &str) -> String {
    format!(
        "jsonencode({{ Version = \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"sts:AssumeRole\", Principal = \
         {principal} }}] }})"
    )
}

fn role(label: &str, principal: &str, more: &str) -> String {
    let trust = trust(principal);
    format!(
        "resource \"substrate_iam_role\" \"{label}\" {{\n  name = \"{label}\"\n  assume_role_policy = {trust}\n{more}}}\n"
    )
}

const EC2: &str = "{ Service = \"ec2.amazonaws.com\" }";

fn policy(action: &str) -> String {
    format!(
        "resource \"substrate_iam_policy\" \"read\" {{\n  name = \"read\"\n  policy = jsonencode({{ Version = \"2012-10-17\", \
         Statement = [{{ Effect = \"Allow\", Action = \"{action}\", Resource = \"*\" }}] }})\n}}\n"
    )
}

/// A role that trusts another one, with a policy of its own and an attached one: all refer to what was just made.
#[tokio::test]
async fn what_was_just_made_is_waited_for() {
    let aws = Aws::start().await;
    aws.propagate(Duration::from_millis(1_500));
    let mut host = host(&aws).await;
    let text = format!(
        "{}{}{}resource \"substrate_iam_role_policy\" \"own\" {{\n  role = substrate_iam_role.web.name\n  name = \
         \"own\"\n  policy = substrate_iam_policy.read.policy\n}}\nresource \"substrate_iam_role_policy_attachment\" \"read\" \
         {{\n  role = substrate_iam_role.web.name\n  policy_arn = substrate_iam_policy.read.arn\n}}\n",
        role("web", EC2, ""),
        role("next", "{ AWS = substrate_iam_role.web.arn }", ""),
        policy("s3:GetObject"),
    );
    fine(host.apply(&document(&text)).await);
    host.plan(&document(&text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    let late = aws.requests().iter().filter(|request| request.status >= 400).count();
    assert!(late > 0, "nothing was late: {:?}", aws.requests());
    fine(host.destroy().await);
    understood(&aws);
}

#[tokio::test]
async fn five_versions_of_a_policy_are_kept_and_the_oldest_goes() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    for version in 1..=7 {
        fine(host.apply(&document(&policy(&format!("s3:Get{version}")))).await);
    }
    assert_eq!(aws.count("iam", "/DeletePolicyVersion"), 2);
    let arn = host.instance("substrate_iam_policy.read").expect("it is there").text("arn");
    let (_, versions) = aws.query("iam", "ListPolicyVersions", &[("PolicyArn", &arn)]);
    let left: Vec<&str> = versions.split("<VersionId>").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    assert_eq!(left.len(), 5, "{versions}");
    assert!(!left.contains(&"v1") && !left.contains(&"v2") && left.contains(&"v7"), "{left:?}");
    fine(host.destroy().await);
    understood(&aws);
}

/// A document that is too long is refused with the same code as a sixth version.
#[tokio::test]
async fn a_refused_document_costs_no_version() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    for action in ["s3:Get1", "s3:Get2"] {
        fine(host.apply(&document(&policy(action))).await);
    }
    let long = policy(&format!("s3:{}", "x".repeat(6_144)));
    let said = failure(host.apply(&document(&long)).await);
    assert!(said.contains("LimitExceeded: Cannot exceed quota for PolicySize"), "{said}");
    assert_eq!(aws.count("iam", "/DeletePolicyVersion"), 0);
}

/// The answer to a read that does not know the new role's ARN, as users of AWS reported it.
#[tokio::test]
async fn a_role_has_its_arn_when_iam_tells_it() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let early = "<GetRoleResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><GetRoleResult><Role><Path>/</Path>\
                 <RoleName>web</RoleName><RoleId>AROAEXAMPLE</RoleId><Arn>AROAEXAMPLE</Arn>\
                 <CreateDate>2026-01-01T00:00:00Z</CreateDate></Role></GetRoleResult></GetRoleResponse>";
    let text = role("web", EC2, "");
    // The first read of it comes after it was made.
    aws.fault(Fault::on("iam", "/GetRole").nth(2).status(200, early));
    fine(host.apply(&document(&text)).await);
    let arn = host.instance("substrate_iam_role.web").expect("it is there").text("arn");
    assert!(arn.ends_with(":role/web"), "{arn}");
    assert_eq!(aws.count("iam", "/GetRole"), 3, "before it was made, too early, and in time");
    host.plan(&document(&text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    understood(&aws);
}

/// IAM may answer another spelling than it was given, and people write a third one.
#[tokio::test]
async fn a_document_is_the_same_in_another_spelling() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let text = role("web", "{ AWS = [\"123456789012\"] }", "");
    fine(host.apply(&document(&text)).await);
    let respelled = r#"{"Statement":{"Action":["sts:AssumeRole"],"Principal":{"AWS":"arn:aws:iam::123456789012:root"},"Effect":"Allow","Sid":""},"Version":"2012-10-17"}"#;
    let (status, answer) =
        aws.query("iam", "UpdateAssumeRolePolicy", &[("RoleName", "web"), ("PolicyDocument", respelled)]);
    assert_eq!(status, 200, "{answer}");
    fine(host.refresh().await);
    let same = role("web", "{ AWS = \"123456789012\" }", "");
    for text in [&text, &same] {
        host.plan(&document(text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    }
    let other = document(&role("web", EC2, ""));
    assert_eq!(fine(host.plan(&other).await).actions.get("substrate_iam_role.web"), Some(&Action::Update));
}

#[tokio::test]
async fn a_role_is_deleted_with_what_others_attached_only_if_that_is_meant() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    fine(host.apply(&document(&role("web", EC2, ""))).await);
    let read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess";
    let document_of = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    for (action, parameters) in [
        ("AttachRolePolicy", &[("RoleName", "web"), ("PolicyArn", read_only)][..]),
        ("PutRolePolicy", &[("RoleName", "web"), ("PolicyName", "other"), ("PolicyDocument", document_of)]),
        ("CreateInstanceProfile", &[("InstanceProfileName", "web")]),
        ("AddRoleToInstanceProfile", &[("InstanceProfileName", "web"), ("RoleName", "web")]),
    ] {
        let (status, answer) = aws.query("iam", action, parameters);
        assert_eq!(status, 200, "{action}: {answer}");
    }
    let said = failure(host.destroy().await);
    for word in ["iam:DeleteRole", "409", "DeleteConflict", "delete that first"] {
        assert!(said.contains(word), "no `{word}` in:\n{said}");
    }
    assert_eq!(host.addresses(), ["substrate_iam_role.web"], "it is still there");
    fine(host.apply(&document(&role("web", EC2, "  force_detach_policies = true\n"))).await);
    fine(host.destroy().await);
    assert_eq!(aws.query("iam", "GetRole", &[("RoleName", "web")]).0, 404);
    understood(&aws);
}

#[tokio::test]
async fn names_are_made_from_their_beginning() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let text = format!(
        "resource \"substrate_iam_role\" \"web\" {{\n  name_prefix = \"web-\"\n  assume_role_policy = {}\n}}\nresource \
         \"substrate_iam_role_policy\" \"own\" {{\n  role = substrate_iam_role.web.name\n  policy = jsonencode({{ Version = \
         \"2012-10-17\", Statement = [{{ Effect = \"Allow\", Action = \"s3:*\", Resource = \"*\" }}] }})\n}}\n",
        trust(EC2)
    );
    fine(host.apply(&document(&text)).await);
    host.plan(&document(&text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    let name = host.instance("substrate_iam_role.web").expect("it is there").text("name");
    assert!(name.starts_with("web-20") && name.len() == 30, "{name}");
    let other = document(&text.replace("web-", "site-"));
    assert_eq!(fine(host.plan(&other).await).actions.get("substrate_iam_role.web"), Some(&Action::Replace));
    // An import knows no beginning, and the name stays.
    fine(host.import("substrate_iam_role.web", &name).await);
    fine(host.refresh().await);
    let plan = fine(host.plan(&document(&text)).await);
    assert_eq!(plan.actions.get("substrate_iam_role.web"), Some(&Action::Update));
    fine(host.apply(&document(&text)).await);
    assert_eq!(host.instance("substrate_iam_role.web").expect("it is there").text("name"), name);
    understood(&aws);
}

/// Nobody else has such a name, so that what is found by it is ours.
#[tokio::test]
async fn what_has_a_name_of_its_own_is_found_when_the_answer_is_lost() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    aws.propagate(Duration::from_millis(1_500));
    aws.fault(Fault::on("iam", "/CreateRole").reset_after());
    aws.fault(Fault::on("iam", "/CreatePolicy").reset_after());
    let text = format!(
        "resource \"substrate_iam_role\" \"web\" {{\n  name_prefix = \"web-\"\n  assume_role_policy = {}\n}}\n{}",
        trust(EC2),
        policy("s3:*").replace("name = \"read\"", "name_prefix = \"read-\"")
    );
    fine(host.apply(&document(&text)).await);
    assert_eq!((aws.count("iam", "/CreateRole"), aws.count("iam", "/CreatePolicy")), (1, 1), "neither is repeated");
    host.plan(&document(&text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    understood(&aws);
}

#[tokio::test]
async fn an_issuer_is_found_by_its_address() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let text = "resource \"substrate_iam_openid_connect_provider\" \"g\" {\n  url = \"gitlab.example.com\"\n  client_id_list = \
                [\"aws\"]\n}\n";
    fine(host.apply(&document(text)).await);
    host.plan(&document(text)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    let copy = "substrate_iam_openid_connect_provider.copy";
    fine(host.import(copy, "https://gitlab.example.com").await);
    assert!(host.instance(copy).expect("it is there").text("arn").ends_with(":oidc-provider/gitlab.example.com"));
    host.forget(copy);
    let second = text.replace("\"g\"", "\"h\"").replace("\"gitlab", "\"https://gitlab");
    let said = failure(host.apply(&document(&format!("{text}{second}"))).await);
    assert!(said.contains("exists already") && said.contains("Import it with the id `arn:"), "{said}");
    understood(&aws);
}
