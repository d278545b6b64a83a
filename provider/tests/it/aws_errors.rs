//! What the user reads when AWS refuses, is slow or is somebody else's, and what stays in the state.

use lab::{Aws, Fault};
use tfplugin::harness::{Host, Report};
use tfplugin::value::{Number, Value};

use crate::estate::{AWS_SECRET, aws_config_with, document, failure, fine, host, object, understood};

const ROLE: &str = r#"
resource "substrate_iam_role" "web" {
  name = "web"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }]
  })
}
"#;
const AT: &str = "substrate_iam_role.web";

fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    )
}

#[track_caller]
fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no `{word}` in:\n{text}");
    }
    assert!(!text.contains(AWS_SECRET), "the secret key is in:\n{text}");
}

/// A create that fails leaves nothing behind, explains itself, and succeeds once the fault is gone.
async fn fails(fault: Fault, words: &[&str]) {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    aws.fault(fault);
    says(&failure(host.apply(&document(ROLE)).await), words);
    assert!(host.addresses().is_empty(), "what was not made is in the state");
    aws.clear_faults();
    fine(host.apply(&document(ROLE)).await);
    host.plan(&document(ROLE)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    understood(&aws);
}

fn create() -> Fault {
    Fault::on("iam", "/CreateRole").always()
}

#[tokio::test]
async fn refusals_are_told_with_what_was_asked_what_aws_said_and_what_to_do() {
    let denied =
        refusal("AccessDenied", "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: iam:CreateRole");
    let malformed = refusal("MalformedPolicyDocument", "Has prohibited field Resource");
    let expired = refusal("ExpiredToken", "The security token included in the request is expired");
    let unknown = refusal("InvalidClientTokenId", "The security token included in the request is invalid.");
    let full = refusal("LimitExceeded", "Cannot exceed quota for RolesPerAccount: 1000");
    for (status, body, words) in [
        (403, denied, ["iam:CreateRole", "403", "not authorized", "Give the identity"]),
        (400, malformed, ["iam:CreateRole", "400", "MalformedPolicyDocument", "Has prohibited field"]),
        (403, expired, ["iam:CreateRole", "403", "ExpiredToken", "log in again"]),
        (403, unknown, ["iam:CreateRole", "403", "InvalidClientTokenId", "clock"]),
        (409, full, ["iam:CreateRole", "409", "RolesPerAccount", "higher quota"]),
    ] {
        fails(create().status(status, &body), &words).await;
    }
}

/// Throttled calls come with 400, and nothing was executed.
#[tokio::test]
async fn a_throttled_call_is_repeated() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    aws.fault(Fault::on("iam", "/CreateRole").times(2).status(400, &refusal("Throttling", "Rate exceeded")));
    fine(host.apply(&document(ROLE)).await);
    assert_eq!(aws.count("iam", "/CreateRole"), 3);
    understood(&aws);
}

#[tokio::test]
async fn a_slow_account_makes_a_slow_run_and_no_failure() {
    let aws = Aws::start().await;
    aws.limit("iam", 5.0, 5);
    let mut host = host(&aws).await;
    let ten: String = (0..10).map(|index| ROLE.replace("\"web\"", &format!("\"web-{index}\""))).collect();
    fine(host.apply(&document(&ten)).await);
    host.plan(&document(&ten)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    assert!(aws.requests().iter().any(|request| request.status == 400), "nothing was throttled");
    understood(&aws);
}

#[tokio::test]
async fn a_lost_answer_of_a_create_is_told_and_the_role_is_kept() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    aws.fault(Fault::on("iam", "/CreateRole").reset_after());
    let said = failure(host.apply(&document(ROLE)).await);
    says(&said, &["iam:CreateRole", "may have been executed", "`web` was found and is in the state, tainted"]);
    assert_eq!(host.addresses(), [AT]);
    assert_eq!(aws.count("iam", "/CreateRole"), 1, "it is not repeated");
    fine(host.apply(&document(ROLE)).await);
    understood(&aws);
}

#[tokio::test]
async fn a_lost_answer_of_what_can_be_repeated_is_repeated() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    fine(host.apply(&document(ROLE)).await);
    aws.fault(Fault::on("iam", "/UpdateRole").reset_after());
    let described = ROLE.replace("name = \"web\"", "name = \"web\"\n  description = \"x\"");
    fine(host.apply(&document(&described)).await);
    assert_eq!(aws.count("iam", "/UpdateRole"), 2);
    understood(&aws);
}

/// Half of an update is in the state, and the next apply does the rest.
#[tokio::test]
async fn an_update_that_fails_half_way_leaves_what_iam_has() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    fine(host.apply(&document(ROLE)).await);
    let denied = refusal("AccessDenied", "not authorized to perform: iam:TagRole");
    aws.fault(Fault::on("iam", "/TagRole").always().status(403, &denied));
    let changed = ROLE.replace("name = \"web\"", "name = \"web\"\n  description = \"x\"\n  tags = { a = \"b\" }");
    says(&failure(host.apply(&document(&changed)).await), &["iam:TagRole", "403"]);
    let state = host.instance(AT).expect("it is there");
    assert_eq!((state.text("description"), state.get("tags")), ("x".to_owned(), &Value::Null));
    aws.clear_faults();
    fine(host.apply(&document(&changed)).await);
    host.plan(&document(&changed)).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
}

#[tokio::test]
async fn what_is_there_already_is_refused_with_its_import_id() {
    let aws = Aws::start().await;
    let trust =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}]}"#;
    assert_eq!(aws.query("iam", "CreateRole", &[("RoleName", "web"), ("AssumeRolePolicyDocument", trust)]).0, 200);
    let mut host = host(&aws).await;
    says(&failure(host.apply(&document(ROLE)).await), &["exists already", "Import it with the id `web`"]);
    assert_eq!(aws.count("iam", "/CreateRole"), 0);
}

async fn with(aws: &Aws, name: &str, value: Value) -> Host {
    Host::new(provider::provider(), aws_config_with(&aws.url, [(name, value)])).await.expect("a valid schema")
}

fn ids(ids: &[&str]) -> Value {
    Value::List(ids.iter().map(|id| Value::from(*id)).collect())
}

#[tokio::test]
async fn an_account_that_is_not_allowed_is_not_touched() {
    let aws = Aws::start().await;
    for (name, list) in
        [("allowed_account_ids", ids(&["210987654321"])), ("forbidden_account_ids", ids(&[Aws::ACCOUNT]))]
    {
        let mut host = with(&aws, name, list).await;
        aws.clear_log();
        let said = failure(host.apply(&document(ROLE)).await);
        says(&said, &[&format!("those of the account {}", Aws::ACCOUNT), &format!("`aws.{name}`")]);
        let paths: Vec<String> = aws.requests().iter().map(|request| request.path.clone()).collect();
        assert!(paths.iter().all(|path| path == "/GetCallerIdentity"), "{paths:?}");
    }
    let mut host = with(&aws, "allowed_account_ids", ids(&[Aws::ACCOUNT])).await;
    fine(host.apply(&document(ROLE)).await);
    understood(&aws);
}

/// What is wrong with the provider's configuration is told with the attribute, and nobody is asked.
#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused() {
    let aws = Aws::start().await;
    let web = || object([("role_arn", "arn:aws:iam::123456789012:role/web".into())]);
    let rate = |rate: u64| object([("requests_per_second", Value::Number(Number::from(rate)))]);
    for (name, value, words) in [
        ("secret_key", Value::Null, "`access_key` needs `secret_key`"),
        ("assume_role_with_web_identity", web(), "one of `web_identity_token`, `web_identity_token_file` must be set"),
        ("route53", rate(0), "0.1 to 1000 are allowed"),
        ("endpoints", object([("route53", "localhost:4566".into())]), "it begins with `https://` or `http://`"),
        ("allowed_account_ids", ids(&["prod"]), "an account id has 12 digits"),
        ("default_tags", object([("aws:team", "core".into())]), "those that begin with `aws:` are AWS's own"),
    ] {
        let mut host = with(&aws, name, value).await;
        says(&failure(host.apply(&document(ROLE)).await), &[name, words]);
    }
    assert_eq!(aws.requests(), []);
}

/// Whoever answers 404 without a word of the API is none of AWS's services.
#[tokio::test]
async fn a_404_of_a_proxy_deletes_nothing() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    fine(host.apply(&document(ROLE)).await);
    for action in ["/GetAccountAuthorizationDetails", "/GetRole"] {
        aws.fault(Fault::on("iam", action).always().status(404, "<html><body>no such page</body></html>"));
    }
    says(
        &failure(host.plan(&document(ROLE)).await),
        &["404", "whether `aws.endpoints` or `aws.region` leads to a proxy"],
    );
    assert_eq!(host.addresses(), [AT]);
}

#[tokio::test]
async fn a_document_that_iam_would_refuse_is_refused_when_planning() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    for (policy, word) in [
        ("\"{bad\"", "is no JSON"),
        (
            "jsonencode({ Version = \"2012-10-17\", Statement = [{ Effect = \"Allow\", Action = \"*\", Resource = \"*\" }] })",
            "has no `Principal` in statement 1",
        ),
    ] {
        let text = format!(
            "resource \"substrate_iam_role\" \"web\" {{\n  name = \"web\"\n  assume_role_policy = {policy}\n}}\n"
        );
        says(&failure(host.plan(&document(&text)).await), &["assume_role_policy", word]);
    }
    assert_eq!(aws.requests(), []);
}

/// A role to assume that does not trust this identity.
#[tokio::test]
async fn a_role_that_cannot_be_assumed_is_named() {
    let aws = Aws::start().await;
    let arn = "arn:aws:iam::123456789012:role/nobody";
    let role = object([("role_arn", arn.into())]);
    let mut host = with(&aws, "assume_role", Value::List(vec![role])).await;
    let said = failure(host.apply(&document(ROLE)).await);
    says(&said, &["sts:AssumeRole", arn, "aws.assume_role"]);
}

#[tokio::test]
async fn a_chain_of_roles_is_assumed_one_after_the_other() {
    let aws = Aws::start().await;
    let trust =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*"}]}"#;
    for name in ["one", "two"] {
        assert_eq!(aws.query("iam", "CreateRole", &[("RoleName", name), ("AssumeRolePolicyDocument", trust)]).0, 200);
    }
    let role = |name: &str| {
        let arn = format!("arn:aws:iam::{}:role/{name}", Aws::ACCOUNT);
        object([("role_arn", arn.into()), ("session_name", name.into())])
    };
    let mut host = with(&aws, "assume_role", Value::List(vec![role("one"), role("two")])).await;
    fine(host.apply(&document(ROLE)).await);
    let requests = aws.requests();
    let key = |at: usize| {
        let scope = requests[at].header("authorization").unwrap_or_default();
        scope.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next()).unwrap_or_default().to_owned()
    };
    let assumed: Vec<_> = (0..requests.len()).filter(|at| requests[*at].path == "/AssumeRole").collect();
    assert!(assumed.len() >= 2, "{requests:?}");
    assert_eq!(key(assumed[0]), "AKIAIOSFODNN7EXAMPLE");
    assert_ne!(key(assumed[1]), "AKIAIOSFODNN7EXAMPLE", "the second is assumed by the first");
    let created = requests.iter().position(|request| request.path == "/CreateRole").expect("it was created");
    assert!(key(created).starts_with("ASIA"), "{}", key(created));
    understood(&aws);
}
