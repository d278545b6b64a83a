//! What it takes to see again what AWS has: calls and time, beside a reading of each object by itself.

use acceptance_tests::tool::Tool;
use acceptance_tests::workdir::{REQUIRED_PROVIDERS, Workdir};
use anyhow::{Context as _, Result, anyhow, bail};
use lab::Fault;
use lab::blocking::Aws;
use lab::http::plain;
use std::path::Path;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use crate::bench::median;

/// How long a call takes besides: a fifth of what one to AWS takes from another continent.
const LATENCY: Duration = Duration::from_millis(20);

/// How many objects a tool reads at once.
const PARALLELISM: usize = 10;

const ROUNDS: usize = 5;

const PROVIDER: &str = r#"
provider "substrate" {
  aws = {
    route53 = { requests_per_second = 1000, burst = 1000, wait_for_sync = false }
  }
}
"#;

const RECORDS: &str = r#"
resource "substrate_route53_zone" "this" {
  name = "example.com"
}

resource "substrate_route53_record" "this" {
  count = 1000

  zone_id = substrate_route53_zone.this.zone_id
  name    = "host-${count.index}"
  type    = "A"
  ttl     = 300
  records = ["192.0.2.1"]
}
"#;

const ROLES: &str = r#"
locals {
  trust = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ec2.amazonaws.com" } }] })
  right = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
  of_aws = ["AmazonS3ReadOnlyAccess", "AmazonEC2ReadOnlyAccess", "CloudWatchReadOnlyAccess"]
}

resource "substrate_iam_role" "this" {
  count = 100

  name               = "role-${count.index}"
  assume_role_policy = local.trust
}

resource "substrate_iam_role_policy" "this" {
  count = 300

  role   = substrate_iam_role.this[floor(count.index / 3)].name
  name   = "inline-${count.index % 3}"
  policy = local.right
}

resource "substrate_iam_role_policy_attachment" "this" {
  count = 300

  role       = substrate_iam_role.this[floor(count.index / 3)].name
  policy_arn = "arn:aws:iam::aws:policy/${local.of_aws[count.index % 3]}"
}
"#;

const POLICIES: &str = r#"
resource "substrate_iam_policy" "this" {
  count = 100

  name   = "policy-${count.index}"
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Action = "s3:GetObject", Resource = "*" }] })
  tags   = { number = count.index }
}
"#;

/// Calls and times of reading the same objects in two ways.
pub struct Refresh {
    /// What is read.
    pub what: &'static str,
    /// Calls of a plan.
    pub calls: usize,
    /// What the refresh adds to a plan.
    pub time: Duration,
    /// Calls that read each object by itself.
    pub single_calls: usize,
    /// The time of these, ten at once.
    pub single_time: Duration,
}

/// A call that reads one object: service, method, target and body.
type Call = (&'static str, &'static str, String, String);

/// Measures the refreshes against an AWS on loopback whose calls take 20 ms.
pub fn measure(tool: &Tool, binary: &Path) -> Result<Vec<Refresh>> {
    Ok(vec![
        refresh(tool, binary, "1,000 records and their zone", RECORDS, |zone| {
            let mut calls = vec![("route53", "GET", format!("/2013-04-01/hostedzone/{zone}"), String::new())];
            calls.extend((0..1000).map(|number| {
                let target =
                    format!("/2013-04-01/hostedzone/{zone}/rrset?maxitems=1&name=host-{number}.example.com.&type=A");
                ("route53", "GET", target, String::new())
            }));
            calls
        })?,
        refresh(tool, binary, "100 roles with 6 policies each", ROLES, |_| {
            let roles = (0..100).map(|role| iam(&format!("Action=GetRole&RoleName=role-{role}")));
            let inline = (0..300).map(|policy| {
                let (role, policy) = (policy / 3, policy % 3);
                iam(&format!("Action=GetRolePolicy&RoleName=role-{role}&PolicyName=inline-{policy}"))
            });
            let attached =
                (0..300).map(|one| iam(&format!("Action=ListAttachedRolePolicies&RoleName=role-{}", one / 3)));
            roles.chain(inline).chain(attached).collect()
        })?,
        refresh(tool, binary, "100 policies", POLICIES, |_| {
            let arn = |policy| format!("PolicyArn=arn:aws:iam::{}:policy/policy-{policy}", lab::Aws::ACCOUNT);
            let policies = (0..100).map(|policy| iam(&format!("Action=GetPolicy&{}", arn(policy))));
            let versions = (0..100).map(|policy| iam(&format!("Action=GetPolicyVersion&VersionId=v1&{}", arn(policy))));
            policies.chain(versions).collect()
        })?,
    ])
}

fn iam(parameters: &str) -> Call {
    ("iam", "POST", "/".to_owned(), format!("{parameters}&Version=2010-05-08"))
}

fn refresh(
    tool: &Tool,
    binary: &Path,
    what: &'static str,
    resources: &str,
    singles: impl Fn(&str) -> Vec<Call>,
) -> Result<Refresh> {
    let aws = Aws::start();
    let workdir = Workdir::with_override(tool, binary).envs(aws.environment());
    workdir.file("main.tf", &format!("{REQUIRED_PROVIDERS}{PROVIDER}{resources}"));
    workdir.apply();
    let state = workdir.state();
    let zone = state.get("substrate_route53_zone.this").and_then(|zone| zone["zone_id"].as_str()).unwrap_or_default();
    let singles = singles(zone);
    for service in ["iam", "route53"] {
        aws.fault(Fault::on(service, "/**").always().delay(LATENCY));
    }
    let (mut whole, mut offline, mut single, mut calls) = (Vec::new(), Vec::new(), Vec::new(), 0);
    // In turns, so that a slow minute of the machine slows all.
    for _ in 0..ROUNDS {
        aws.clear_log();
        whole.push(plan(&workdir, &[]));
        calls = aws.requests().len();
        offline.push(plan(&workdir, &["-refresh=false"]));
        single.push(one_by_one(&aws, &singles)?);
    }
    Ok(Refresh {
        what,
        calls,
        time: median(whole).saturating_sub(median(offline)),
        single_calls: singles.len(),
        single_time: median(single),
    })
}

fn plan(workdir: &Workdir, options: &[&str]) -> Duration {
    let arguments: Vec<&str> = ["plan", "-detailed-exitcode"].iter().chain(options).copied().collect();
    let begin = Instant::now();
    workdir.run(&arguments).exits(0);
    begin.elapsed()
}

/// The time of all calls, as many at once as a tool makes.
fn one_by_one(aws: &Aws, calls: &[Call]) -> Result<Duration> {
    let address = aws.url.trim_start_matches("http://");
    let queue = Mutex::new(calls.iter());
    let next = || queue.lock().ok().and_then(|mut queue| queue.next());
    let read = || std::iter::from_fn(next).try_for_each(|call| send(address, call));
    let begin = Instant::now();
    thread::scope(|scope| {
        let readers: Vec<_> = (0..PARALLELISM).map(|_| scope.spawn(read)).collect();
        readers.into_iter().try_for_each(|reader| reader.join().map_err(|_| anyhow!("a reader panicked"))?)
    })?;
    Ok(begin.elapsed())
}

fn send(address: &str, (service, method, target, body): &Call) -> Result<()> {
    let scope = format!("AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/{service}/aws4_request, Signature=0");
    let form = if body.is_empty() { "text/xml" } else { "application/x-www-form-urlencoded" };
    let headers = [("Authorization", scope.as_str()), ("Content-Type", form)];
    let (status, answer) = plain::exchange(address, method, target, &headers, body.as_bytes())
        .with_context(|| format!("{method} {target} {body}"))?;
    if status != 200 {
        bail!("{method} {target} {body} was answered with {status}: {answer}");
    }
    Ok(())
}
