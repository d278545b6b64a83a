//! How often IAM is asked: what one listing holds is read with the listing.

use std::fmt::Write;

use lab::{Aws, Fault};
use tfplugin::harness::Report;

use crate::estate::{aws_config_with, document, fine, host, understood};

const TRUST: &str = r#"jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })"#;
const POLICY: &str = r#"jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })"#;

/// Managed policies of AWS, which every account can attach.
const OF_AWS: [&str; 3] = ["AmazonS3ReadOnlyAccess", "AmazonEC2ReadOnlyAccess", "CloudWatchReadOnlyAccess"];

/// That many roles, each with as many policies of its own and attached ones.
fn roles(count: usize, policies: usize) -> String {
    let mut text = String::new();
    for role in 0..count {
        writeln!(
            text,
            "resource \"substrate_iam_role\" \"r{role}\" {{\n  name = \"role-{role}\"\n  description = \"Number {role}\"\n  \
             max_session_duration = 7200\n  assume_role_policy = {TRUST}\n}}"
        )
        .expect("a text takes everything");
        for (policy, of_aws) in OF_AWS.iter().enumerate().take(policies) {
            writeln!(
                text,
                "resource \"substrate_iam_role_policy\" \"r{role}p{policy}\" {{\n  role = substrate_iam_role.r{role}.name\n  \
                 name = \"inline-{policy}\"\n  policy = {POLICY}\n}}\nresource \"substrate_iam_role_policy_attachment\" \
                 \"r{role}a{policy}\" {{\n  role = substrate_iam_role.r{role}.name\n  policy_arn = \
                 \"arn:aws:iam::aws:policy/{of_aws}\"\n}}"
            )
            .expect("a text takes everything");
        }
    }
    text
}

fn policies(count: usize) -> String {
    (0..count).fold(String::new(), |mut text, policy| {
        writeln!(
            text,
            "resource \"substrate_iam_policy\" \"p{policy}\" {{\n  name = \"policy-{policy}\"\n  policy = {POLICY}\n  tags = {{ \
             number = \"{policy}\" }}\n}}"
        )
        .expect("a text takes everything");
        text
    })
}

#[tokio::test]
async fn a_hundred_roles_with_all_their_policies_are_two_lists() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let text = document(&roles(100, 3));
    fine(host.apply(&text).await);
    aws.clear_log();
    fine(host.refresh().await);
    assert_eq!(host.addresses().len(), 700);
    let calls: Vec<String> = aws.requests().iter().map(|request| request.path.clone()).collect();
    assert!(calls.len() <= 4, "{calls:?}");
    aws.clear_log();
    host.plan(&text).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    assert!(aws.requests().len() <= 4, "{:?}", aws.requests());
    understood(&aws);
}

#[tokio::test]
async fn a_hundred_policies_are_a_list_and_a_call_for_the_tags_of_each() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let text = document(&policies(100));
    fine(host.apply(&text).await);
    aws.clear_log();
    fine(host.refresh().await);
    let calls = aws.requests().len();
    assert!(calls <= 102, "{calls} calls");
    assert_eq!(aws.count("iam", "/GetPolicy"), 100);
    understood(&aws);
}

/// An account with more roles than a page holds.
#[tokio::test]
async fn a_listing_goes_to_its_end() {
    let aws = Aws::start().await;
    let trust =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}]}"#;
    for role in 0..520 {
        let name = format!("other-{role:03}");
        let (status, answer) =
            aws.query("iam", "CreateRole", &[("RoleName", &name), ("AssumeRolePolicyDocument", trust)]);
        assert_eq!(status, 200, "{answer}");
    }
    let mut host = host(&aws).await;
    fine(host.apply(&document(&roles(2, 1))).await);
    aws.clear_log();
    fine(host.refresh().await);
    assert_eq!(host.addresses().len(), 6);
    assert_eq!(aws.count("iam", "/GetAccountAuthorizationDetails"), 2);
    understood(&aws);
}

/// IAM's lists show late what somebody has just made.
#[tokio::test]
async fn what_is_not_listed_yet_is_not_gone() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let text = document(&roles(1, 1));
    fine(host.apply(&text).await);
    let nobody = "<GetAccountAuthorizationDetailsResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">\
                  <GetAccountAuthorizationDetailsResult><RoleDetailList/><IsTruncated>false</IsTruncated>\
                  </GetAccountAuthorizationDetailsResult></GetAccountAuthorizationDetailsResponse>";
    aws.fault(Fault::on("iam", "/GetAccountAuthorizationDetails").always().status(200, nobody));
    host.plan(&text).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    understood(&aws);
}

/// What may not list an account reads what it manages, one by one.
#[tokio::test]
async fn whoever_may_not_list_the_account_reads_role_by_role() {
    let aws = Aws::start().await;
    let denied = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: arn:aws:iam::123456789012:user/ci \
                  is not authorized to perform: iam:GetAccountAuthorizationDetails</Message></Error></ErrorResponse>";
    aws.fault(Fault::on("iam", "/GetAccountAuthorizationDetails").always().status(403, denied));
    let mut host = host(&aws).await;
    let text = document(&format!("{}{}", roles(2, 1), policies(2)));
    fine(host.apply(&text).await);
    aws.clear_log();
    fine(host.refresh().await);
    assert_eq!(host.addresses().len(), 8);
    let counts = ["/GetRole", "/GetRolePolicy", "/ListAttachedRolePolicies", "/GetPolicy", "/GetPolicyVersion"];
    assert_eq!(counts.map(|path| aws.count("iam", path)), [2; 5]);
    host.plan(&text).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    understood(&aws);
}

/// A plan of what is to be made needs nobody.
#[tokio::test]
async fn a_plan_without_roles_asks_iam_nothing() {
    let aws = Aws::start().await;
    let mut host = tfplugin::harness::Host::new(provider::provider(), aws_config_with(&aws.url, []))
        .await
        .expect("a valid schema");
    fine(host.plan(&document(&roles(3, 1))).await);
    assert_eq!(aws.requests(), []);
}
