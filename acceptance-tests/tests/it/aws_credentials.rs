//! Credentials of AWS as users have them: each is found, used, and in no text.

use crate::metadata::Metadata;
use acceptance_tests::leaks::{Secrets, Traces};
use acceptance_tests::output::Output;
use acceptance_tests::tool::{Tool, tools};
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use lab::Aws as Account;
use lab::blocking::Aws;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const READS: &str = "data \"substrate_iam_role\" \"web\" {\n  name = \"web\"\n}\n";
const KEY: &str = "AKIAI44QH8DHBEXAMPLE";
const SECRET: &str = "je7MtGbClwBF-2Zp9Utk-h3yCo8nvbEXAMPLEKEY";
const TOKEN: &str = "AQoEXAMPLEH4aoAH0gNCAPy-first-session-token";
const ID_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwcm9qZWN0X3BhdGg6YWNtZS93ZWIifQ.c2lnbmF0dXJlLW9mLXRoZS1qb2I";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:AssumeRoleWithWebIdentity"],"Principal":"*"}]}"#;

/// An account with a role to read and to assume, and a home directory.
struct Desk {
    aws: Aws,
    home: TempDir,
}

impl Desk {
    fn new() -> Self {
        let aws = Aws::start();
        let (status, answer) =
            aws.query("iam", "CreateRole", &[("RoleName", "web"), ("AssumeRolePolicyDocument", TRUST)]);
        assert_eq!(status, 200, "{answer}");
        let home = TempDir::new().expect("a scratch directory");
        fs::create_dir_all(home.path().join(".aws/sso/cache")).expect("it can be made");
        Self { aws, home }
    }

    fn role(&self) -> String {
        format!("arn:aws:iam::{}:role/web", Account::ACCOUNT)
    }

    fn write(&self, path: &str, text: &str) -> String {
        let path = self.home.path().join(path);
        fs::write(&path, text).expect("it can be written");
        shown(&path)
    }

    fn workdir(&self, tool: &Tool, block: &str) -> Workdir {
        let provider = format!("{REQUIRED_PROVIDERS}provider \"substrate\" {{\n  aws = {{\n{block}  }}\n}}\n");
        let workdir = Workdir::new(tool).env("HOME", &shown(self.home.path())).env("TF_LOG", "TRACE");
        workdir.file("provider.tf", &provider).file("main.tf", READS);
        // No machine of these tests is one of AWS; to ask for its metadata takes seconds.
        workdir.env("AWS_ENDPOINT_URL", &self.aws.url).env("AWS_EC2_METADATA_DISABLED", "true")
    }

    /// Plans, and returns the key that IAM was asked with.
    #[track_caller]
    fn key(&self, workdir: &Workdir) -> String {
        self.aws.clear_log();
        let output = workdir.run(&["plan"]);
        keeps_secrets(&output, workdir);
        output.success();
        let requests = self.aws.requests();
        let request = requests.iter().find(|request| request.method == "iam").expect("IAM was asked");
        let scope = request.header("authorization").expect("it is signed");
        let key = scope.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next());
        key.expect("the signature names its key").to_owned()
    }

    fn asked(&self, action: &str) -> usize {
        self.aws.count("sts", &format!("/{action}"))
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[track_caller]
fn keeps_secrets(output: &Output, workdir: &Workdir) {
    let mut traces = Traces::new();
    traces.output(output);
    let secrets =
        Secrets::new().with("the secret key", SECRET).with("the session token", TOKEN).with("the ID token", ID_TOKEN);
    secrets.stay_out_of(&traces, &workdir.tool().label());
}

#[test]
fn keys_come_from_the_configuration_the_environment_and_the_files() {
    for tool in tools() {
        let desk = Desk::new();
        let pair = format!("    access_key = \"{KEY}\"\n    secret_key = \"{SECRET}\"\n    token = \"{TOKEN}\"\n");
        let configured =
            desk.workdir(tool, &pair).env("AWS_ACCESS_KEY_ID", "AKIAOTHER").env("AWS_SECRET_ACCESS_KEY", "other");
        assert_eq!(desk.key(&configured), KEY, "the configuration goes first");
        let variables = desk.workdir(tool, "").env("AWS_ACCESS_KEY_ID", KEY).env("AWS_SECRET_ACCESS_KEY", SECRET);
        assert_eq!(desk.key(&variables.env("AWS_SESSION_TOKEN", TOKEN)), KEY);
        let keys = |key: &str| format!("aws_access_key_id = {key}\naws_secret_access_key = {SECRET}\n");
        desk.write(".aws/credentials", &format!("[default]\n{}[deploy]\n{}", keys(KEY), keys("AKIADEPLOY")));
        assert_eq!(desk.key(&desk.workdir(tool, "")), KEY);
        assert_eq!(desk.key(&desk.workdir(tool, "").env("AWS_PROFILE", "deploy")), "AKIADEPLOY");
        let named = desk.workdir(tool, "    profile = \"deploy\"\n");
        assert_eq!(desk.key(&named), "AKIADEPLOY");
        let named = named.env("AWS_ACCESS_KEY_ID", "AKIAOTHER").env("AWS_SECRET_ACCESS_KEY", "other");
        assert_eq!(desk.key(&named), "AKIADEPLOY", "the profile was chosen for this provider");
        let elsewhere = desk.write("elsewhere", &format!("[default]\n{}", keys("AKIAELSEWHERE")));
        let files = format!("    shared_credentials_files = [\"{elsewhere}\"]\n");
        assert_eq!(desk.key(&desk.workdir(tool, &files)), "AKIAELSEWHERE");
        assert_eq!(desk.aws.violations(), [""; 0]);
    }
}

#[test]
fn an_address_comes_from_the_configuration_before_the_environment() {
    for tool in tools() {
        let desk = Desk::new();
        let url = &desk.aws.url;
        let block = format!(
            "    access_key = \"{KEY}\"\n    secret_key = \"{SECRET}\"\n    endpoints = {{\n      iam = \"{url}\"\n    }}\n"
        );
        let nowhere = "http://127.0.0.1:9";
        let workdir = desk.workdir(tool, &block).env("AWS_ENDPOINT_URL", nowhere).env("AWS_ENDPOINT_URL_IAM", nowhere);
        assert_eq!(desk.key(&workdir), KEY);
    }
}

#[test]
fn a_profile_runs_a_process_or_assumes_a_role() {
    for tool in tools() {
        let desk = Desk::new();
        let said =
            format!(r#"{{"Version":1,"AccessKeyId":"{KEY}","SecretAccessKey":"{SECRET}","SessionToken":"{TOKEN}"}}"#);
        let said = desk.write("said.json", &said);
        let role = desk.role();
        let config = format!(
            "[profile tool]\ncredential_process = cat {said}\n[profile web]\nrole_arn = {role}\nsource_profile = tool\n"
        );
        desk.write(".aws/config", &config);
        assert_eq!(desk.key(&desk.workdir(tool, "    profile = \"tool\"\n")), KEY);
        assert!(desk.key(&desk.workdir(tool, "    profile = \"web\"\n")).starts_with("ASIA"));
        assert_eq!(desk.asked("AssumeRole"), 1);
        let elsewhere = desk.write("config", &config);
        let files = format!("    profile = \"web\"\n    shared_config_files = [\"{elsewhere}\"]\n");
        assert!(desk.key(&desk.workdir(tool, &files)).starts_with("ASIA"));
    }
}

/// A job of a CI system has a token and no keys.
#[test]
fn a_token_of_another_issuer_is_enough() {
    for tool in tools() {
        let desk = Desk::new();
        let (role, file) = (desk.role(), desk.write("token", &format!("{ID_TOKEN}\n")));
        let variables = desk.workdir(tool, "").env("AWS_ROLE_ARN", &role).env("AWS_WEB_IDENTITY_TOKEN_FILE", &file);
        assert!(desk.key(&variables).starts_with("ASIA"));
        for token in [format!("web_identity_token = \"{ID_TOKEN}\""), format!("web_identity_token_file = \"{file}\"")] {
            let block =
                format!("    assume_role_with_web_identity = {{\n      role_arn = \"{role}\"\n      {token}\n    }}\n");
            assert!(desk.key(&desk.workdir(tool, &block)).starts_with("ASIA"), "{token}");
            assert_eq!(desk.asked("AssumeRoleWithWebIdentity"), 1);
        }
    }
}

/// What `aws sso login` left.
#[test]
fn a_login_with_sso_is_used() {
    for tool in tools() {
        let desk = Desk::new();
        let metadata = Metadata::start(KEY, SECRET, TOKEN);
        desk.write(
            ".aws/config",
            "[profile corp]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Admin\nregion = \
             eu-central-1\n[sso-session corp]\nsso_region = eu-central-1\nsso_start_url = https://corp.awsapps.com/start\n",
        );
        // The name of the file is the SHA-1 of the session's name.
        let cached = r#"{"accessToken":"first-sso-access-token","expiresAt":"2099-01-01T00:00:00Z","region":"eu-central-1","startUrl":"https://corp.awsapps.com/start"}"#;
        desk.write(&format!(".aws/sso/cache/{}.json", "ee0bfd2552fbd840c02cc48b6e823320543c450f"), cached);
        let workdir = desk.workdir(tool, "    profile = \"corp\"\n").env("AWS_ENDPOINT_URL_SSO", &metadata.url);
        assert_eq!(desk.key(&workdir), KEY);
        assert!(metadata.asked("/federation/credentials"));
    }
}

#[test]
fn a_container_and_an_instance_have_credentials() {
    for tool in tools() {
        let desk = Desk::new();
        let metadata = Metadata::start(KEY, SECRET, TOKEN);
        let container =
            desk.workdir(tool, "").env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{}/container", metadata.url));
        assert_eq!(desk.key(&container.env("AWS_CONTAINER_AUTHORIZATION_TOKEN", "first-container-token")), KEY);
        assert!(metadata.asked("/container"));
        let instance = desk.workdir(tool, "").env("AWS_EC2_METADATA_DISABLED", "false");
        assert_eq!(desk.key(&instance.env("AWS_EC2_METADATA_SERVICE_ENDPOINT", &metadata.url)), KEY);
        assert!(metadata.asked("/latest/api/token"));
    }
}

#[test]
fn where_there_are_none_the_user_reads_where_to_put_them() {
    for tool in tools() {
        let desk = Desk::new();
        let said = desk.workdir(tool, "").env("TF_LOG", "OFF").run(&["plan"]).exits(1);
        let words: String = said.text().split_whitespace().map(|word| word.trim_matches(['│', '╷', '╵'])).collect();
        for word in ["iam:", "`aws.profile`", "`aws.access_key`"] {
            assert!(words.contains(word), "no `{word}` in:\n{}", said.text());
        }
        assert_eq!(desk.aws.requests(), []);
    }
}
