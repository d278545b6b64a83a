//! The rules of IAM that moto does not enforce.

use std::time::{Duration, Instant};

use lab::Aws;
use lab::aws::Aws as Account;

use crate::aws_client::{Client, text, texts};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":"s3:GetObject"}]}"#;

async fn start() -> (Aws, Client) {
    let aws = Aws::start().await;
    let client = Client::of(&aws);
    (aws, client)
}

fn arn(what: &str) -> String {
    format!("arn:aws:iam::{}:{what}", Account::ACCOUNT)
}

fn trusting(principal: &str) -> String {
    TRUST.replace(r#""Service":"ec2.amazonaws.com""#, &format!(r#""AWS":"{principal}""#))
}

async fn role(client: &Client, name: &str, trust: &str) -> (u16, String, String) {
    client.iam("CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", trust)]).await
}

fn refusal(status: u16, code: &str, message: &str) -> (u16, String, String) {
    (status, code.to_owned(), message.to_owned())
}

#[tokio::test]
async fn what_was_just_made_is_not_known_for_a_while() {
    let (aws, client) = start().await;
    aws.propagate(Duration::from_secs(3600));
    assert_eq!(role(&client, "web", TRUST).await.0, 200);
    let policy = client.iam("CreatePolicy", &[("PolicyName", "read"), ("PolicyDocument", POLICY)]).await;
    assert_eq!(policy.0, 200);
    let (web, read) = (arn("role/web"), arn("policy/read"));
    let attach = [("RoleName", "web"), ("PolicyArn", read.as_str())];
    let session = [("RoleArn", web.as_str()), ("RoleSessionName", "abc")];
    let unknown_role = refusal(404, "NoSuchEntity", "The role with name web cannot be found.");
    let early = (
        client.iam("GetRole", &[("RoleName", "web")]).await,
        client.iam("AttachRolePolicy", &attach).await,
        client.iam("GetPolicy", &[("PolicyArn", &read)]).await,
        role(&client, "next", &trusting(&web)).await,
        texts(&client.query("iam", "ListRoles", &[]).await.1, "RoleName"),
        texts(&client.query("iam", "GetAccountAuthorizationDetails", &[]).await.1, "RoleName"),
        client.query("sts", "AssumeRole", &session).await,
    );
    assert_eq!((&early.0, &early.1), (&unknown_role, &unknown_role));
    assert_eq!(early.2, refusal(404, "NoSuchEntity", &format!("Policy {read} was not found.")));
    let invalid = format!("Invalid principal in policy: \"AWS\":\"{web}\"");
    assert_eq!(early.3, refusal(400, "MalformedPolicyDocument", &invalid));
    assert_eq!((early.4, early.5), (Vec::<String>::new(), Vec::<String>::new()));
    assert_eq!((early.6.0, &*text(&early.6.1, "Code")), (403, "AccessDenied"));

    aws.settle();
    assert_eq!(client.iam("GetRole", &[("RoleName", "web")]).await.0, 200);
    assert_eq!(client.iam("AttachRolePolicy", &attach).await.0, 200);
    assert_eq!(role(&client, "next", &trusting(&web)).await.0, 200);
    assert_eq!(texts(&client.query("iam", "ListRoles", &[]).await.1, "RoleName"), ["web"], "the next is not known yet");
    assert_eq!(client.query("sts", "AssumeRole", &session).await.0, 200);
    assert_eq!(aws.violations(), [""; 0]);

    aws.propagate(Duration::from_millis(300));
    assert_eq!(role(&client, "soon", TRUST).await.0, 200);
    let begin = Instant::now();
    while client.iam("GetRole", &[("RoleName", "soon")]).await.0 == 404 {
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
}

#[tokio::test]
async fn documents_and_sizes_are_checked_and_numbers_are_limited() {
    let (_aws, client) = start().await;
    let malformed = |said: &str| refusal(400, "MalformedPolicyDocument", said);
    let limited = |said: &str| refusal(409, "LimitExceeded", said);
    assert_eq!(role(&client, "a", "{bad").await, malformed("This policy contains invalid Json"));
    let nobody = arn("role/nobody");
    let invalid = format!("Invalid principal in policy: \"AWS\":\"{nobody}\"");
    assert_eq!(role(&client, "a", &trusting(&nobody)).await, malformed(&invalid));
    assert_eq!(role(&client, "a", TRUST).await.0, 200);
    assert_eq!(
        role(&client, "a", TRUST).await,
        refusal(409, "EntityAlreadyExists", "Role with name a already exists.")
    );
    let trust = [("RoleName", "a"), ("PolicyDocument", r#"{"Statement":[{"Effect":"Allow","Action":"s3:*"}]}"#)];
    assert_eq!(client.iam("UpdateAssumeRolePolicy", &trust).await, malformed("Missing required field Principal"));
    let inline = [("RoleName", "a"), ("PolicyName", "p"), ("PolicyDocument", "{bad")];
    assert_eq!(client.iam("PutRolePolicy", &inline).await, malformed("Syntax errors in policy."));

    let long = |length: usize| POLICY.replace("GetObject", &"x".repeat(length));
    let large = long(6200);
    let managed = [("PolicyName", "large"), ("PolicyDocument", large.as_str())];
    assert_eq!(client.iam("CreatePolicy", &managed).await, limited("Cannot exceed quota for PolicySize: 6144"));
    let half = long(6000);
    let put = async |name: &str| {
        client.iam("PutRolePolicy", &[("RoleName", "a"), ("PolicyName", name), ("PolicyDocument", &half)]).await
    };
    assert_eq!((put("one").await.0, put("one").await.0), (200, 200), "it takes the place of itself");
    assert_eq!(put("two").await, limited("Maximum policy size of 10240 bytes exceeded for role a"));

    let mut last = refusal(0, "", "");
    for n in 0..11 {
        let name = format!("p{n}");
        client.iam("CreatePolicy", &[("PolicyName", &name), ("PolicyDocument", POLICY)]).await;
        let policy = arn(&format!("policy/{name}"));
        last = client.iam("AttachRolePolicy", &[("RoleName", "a"), ("PolicyArn", &policy)]).await;
        assert_eq!(last.0, if n < 10 { 200 } else { 409 }, "{n}");
    }
    assert_eq!(last, limited("Cannot exceed quota for PoliciesPerRole: 10"));
    let version = arn("policy/p10");
    let version = [("PolicyArn", version.as_str()), ("PolicyDocument", POLICY)];
    for _ in 0..4 {
        assert_eq!(client.iam("CreatePolicyVersion", &version).await.0, 200);
    }
    assert_eq!(client.iam("CreatePolicyVersion", &version).await.1, "LimitExceeded");
    let versioned = client.iam("DeletePolicy", &version[..1]).await;
    assert_eq!((versioned.0, &*versioned.1), (409, "DeleteConflict"));
}

#[tokio::test]
async fn what_is_in_use_is_not_deleted_and_a_colleague_clears_it_away() {
    let (aws, client) = start().await;
    role(&client, "a", TRUST).await;
    client.iam("CreatePolicy", &[("PolicyName", "p"), ("PolicyDocument", POLICY)]).await;
    client.iam("PutRolePolicy", &[("RoleName", "a"), ("PolicyName", "i"), ("PolicyDocument", POLICY)]).await;
    let policy = arn("policy/p");
    client.iam("AttachRolePolicy", &[("RoleName", "a"), ("PolicyArn", &policy)]).await;
    let conflict = |said: &str| refusal(409, "DeleteConflict", said);
    assert_eq!(
        client.iam("DeletePolicy", &[("PolicyArn", &policy)]).await,
        conflict("Cannot delete a policy attached to entities.")
    );
    assert_eq!(
        client.iam("DeleteRole", &[("RoleName", "a")]).await,
        conflict("Cannot delete entity, must detach all policies first.")
    );
    assert_eq!(aws.remove("substrate_iam_role", &|_| "a".to_owned()), "iam /DeleteRole a");
    assert_eq!(
        client.iam("GetRole", &[("RoleName", "a")]).await,
        refusal(404, "NoSuchEntity", "The role with name a cannot be found.")
    );
    assert_eq!(aws.remove("substrate_iam_policy", &|_| policy.clone()), format!("iam /DeletePolicy {policy}"));
    let session =
        [("RoleArn", &*arn("role/a")), ("RoleSessionName", "abc")].map(|(name, value)| (name, value.to_owned()));
    let session: Vec<(&str, &str)> = session.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(client.query("sts", "AssumeRole", &session).await.0, 403);

    let provider = [("Url", "https://gitlab.example.com"), ("ClientIDList.member.1", "a")];
    assert_eq!(client.iam("CreateOpenIDConnectProvider", &provider).await.0, 200);
    let again = client.iam("CreateOpenIDConnectProvider", &provider).await;
    assert_eq!(
        again,
        refusal(409, "EntityAlreadyExists", "Provider with url https://gitlab.example.com already exists.")
    );
    let of = arn("oidc-provider/gitlab.example.com");
    let with = |client_id| [("OpenIDConnectProviderArn", of.as_str()), ("ClientID", client_id)];
    assert_eq!(client.iam("AddClientIDToOpenIDConnectProvider", &with("b")).await.0, 200);
    assert_eq!(client.iam("RemoveClientIDFromOpenIDConnectProvider", &with("a")).await.0, 200);
    let (_, found) = client.query("iam", "GetOpenIDConnectProvider", &with("b")[..1]).await;
    assert_eq!(texts(&found, "member"), ["b"]);
}

#[tokio::test]
async fn lists_are_paged_and_documents_are_encoded_in_them() {
    let (_aws, client) = start().await;
    for name in ["a", "b", "c"] {
        let tagged = [("Tags.member.1.Key", "k"), ("Tags.member.1.Value", name)];
        let made = [("RoleName", name), ("AssumeRolePolicyDocument", TRUST), ("Description", "d")];
        client.iam("CreateRole", &[&made[..], &tagged[..]].concat()).await;
    }
    let (_, first) =
        client.query("iam", "GetAccountAuthorizationDetails", &[("Filter.member.1", "Role"), ("MaxItems", "2")]).await;
    assert_eq!(
        (texts(&first, "RoleName"), &*text(&first, "IsTruncated")),
        (vec!["a".to_owned(), "b".to_owned()], "true")
    );
    assert!(text(&first, "AssumeRolePolicyDocument").starts_with("%7B%22Version%22"), "{first}");
    assert_eq!(texts(&first, "Description"), [""; 0], "only ListRoles and GetRole have it");
    let marker = text(&first, "Marker");
    let rest = [("Filter.member.1", "Role"), ("MaxItems", "2"), ("Marker", marker.as_str())];
    let (_, second) = client.query("iam", "GetAccountAuthorizationDetails", &rest).await;
    assert_eq!((texts(&second, "RoleName"), &*text(&second, "IsTruncated")), (vec!["c".to_owned()], "false"));

    let (_, listed) = client.query("iam", "ListRoles", &[("MaxItems", "2")]).await;
    assert_eq!((texts(&listed, "RoleName").len(), &*text(&listed, "IsTruncated")), (2, "true"));
    assert_eq!((texts(&listed, "Description").len(), texts(&listed, "Tags").len()), (2, 0));
    let document = text(&listed, "AssumeRolePolicyDocument");
    assert!(document.starts_with("%7B%22Version%22"), "{document}");
    let date = text(&listed, "CreateDate");
    assert_eq!((date.len(), date.ends_with('Z')), ("2026-01-01T00:00:00Z".len(), true));
}
