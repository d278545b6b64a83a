//! What Route 53 refuses, what somebody else changes, and what is slow: nothing is lost, and nobody else is harmed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lab::aws::Sync;
use lab::{Aws, Fault};
use tfplugin::harness::{Action, Host, Report};
use tfplugin::operation;

use crate::estate::{aws_config_with, document, failure, fine, host, object, quick_route53, understood};

/// A zone that is there already; its id.
pub fn zone(aws: &Aws, name: &str) -> String {
    static MADE: AtomicUsize = AtomicUsize::new(0);
    let reference = MADE.fetch_add(1, Ordering::Relaxed);
    let body = format!(
        "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>{name}</Name>\
         <CallerReference>{reference}</CallerReference></CreateHostedZoneRequest>"
    );
    let (status, answer) = aws.route53("POST", "/hostedzone", &body);
    assert_eq!(status, 201, "{answer}");
    let id = answer.split("<Id>/hostedzone/").nth(1).and_then(|rest| rest.split('<').next());
    id.expect("the answer names the zone").to_owned()
}

/// Makes a change as a colleague would.
pub fn act(aws: &Aws, zone: &str, action: &str, name: &str, kind: &str, value: &str) {
    let body = format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes>\
         <Change><Action>{action}</Action><ResourceRecordSet><Name>{name}</Name><Type>{kind}</Type><TTL>300</TTL>\
         <ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet>\
         </Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    );
    let (status, answer) = aws.route53("POST", &format!("/hostedzone/{zone}/rrset"), &body);
    assert_eq!(status, 200, "{answer}");
}

/// All that a zone holds, as the lab answers it.
pub fn content(aws: &Aws, zone: &str) -> String {
    let (status, answer) = aws.route53("GET", &format!("/hostedzone/{zone}/rrset"), "");
    assert_eq!(status, 200, "{answer}");
    answer
}

/// An address record in HCL.
pub fn record(label: &str, zone: &str, name: &str, value: &str) -> String {
    format!(
        "resource \"substrate_route53_record\" \"{label}\" {{\n  zone_id = \"{zone}\"\n  name = \"{name}\"\n  \
         type = \"A\"\n  ttl = 300\n  records = [\"{value}\"]\n}}\n"
    )
}

fn changes(aws: &Aws) -> usize {
    aws.count("route53", "/ChangeResourceRecordSets")
}

#[tokio::test]
async fn one_bad_record_of_a_batch_fails_alone_and_is_named() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    let good: String = (0..9).map(|n| record(&format!("r{n}"), &zone, &format!("r{n}"), "192.0.2.1")).collect();
    let text = good + &record("bad", &zone, "", "r1.example.com").replace("\"A\"", "\"CNAME\"");
    let mut host = host(&aws).await;
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains("substrate_route53_record.bad") && said.contains("not permitted at apex"), "{said}");
    assert!(!said.contains("substrate_route53_record.r"), "{said}");
    assert_eq!(host.addresses().len(), 9, "{:?}", host.addresses());
    assert_eq!(content(&aws, &zone).matches("<Type>A</Type>").count(), 9);
    assert_eq!(changes(&aws), 3, "all, the others, and the bad one alone");
    understood(&aws);
}

/// Route 53 has codes of their own for a health check that does not exist, for values out of their form, and for names that
/// the identity may not change.
#[tokio::test]
async fn one_record_that_is_refused_with_another_code_fails_alone() {
    for (status, code, said) in [
        (404, "NoSuchHealthCheck", "No health check exists with the specified ID."),
        (400, "InvalidInput", "Invalid XML ; cvc-enumeration-valid: Value 'nowhere' is not facet-valid"),
        (403, "AccessDenied", "User is not authorized to perform: route53:ChangeResourceRecordSets"),
    ] {
        let aws = Aws::start().await;
        let zone = zone(&aws, "example.com");
        let refusal = Aws::refusal("route53", code, said);
        for nth in [1, 3] {
            aws.fault(Fault::on("route53", "/ChangeResourceRecordSets").nth(nth).status(status, &refusal));
        }
        let text = record("one", &zone, "one", "192.0.2.1") + &record("two", &zone, "two", "192.0.2.2");
        let mut host = host(&aws).await;
        let told = failure(host.apply(&document(&text)).await);
        assert!(told.contains("`route53:ChangeResourceRecordSets`") && told.contains(said), "{told}");
        assert_eq!((host.addresses().len(), changes(&aws)), (1, 3), "both, the one and the other: {told}");
        fine(host.apply(&document(&text)).await);
        host.plan(&document(&text)).await.and_then(Report::empty).unwrap();
    }
}

#[tokio::test]
async fn a_batch_that_was_done_in_part_is_noticed() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    let text: String = (0..3).map(|n| record(&format!("r{n}"), &zone, &format!("r{n}"), "192.0.2.1")).collect();
    let mut host = host(&aws).await;
    fine(host.apply(&document(&text)).await);
    aws.truncate(1);
    let said = failure(host.destroy().await);
    assert_eq!(said.matches("took the deletion of").count(), 2, "{said}");
    assert_eq!((host.addresses().len(), content(&aws, &zone).matches("<Type>A</Type>").count()), (2, 2));
    fine(host.destroy().await);
    assert!(!content(&aws, &zone).contains("<Type>A</Type>"));
}

#[tokio::test]
async fn a_record_that_exists_is_refused_or_taken_over() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    act(&aws, &zone, "CREATE", "www.example.com", "A", "192.0.2.9");
    let text = record("www", &zone, "www", "192.0.2.1");
    let mut host = host(&aws).await;
    let said = failure(host.apply(&document(&text)).await);
    assert!(said.contains(&format!("{zone}_www_A")) && said.contains("allow_overwrite = true"), "{said}");
    let text = text.replace("ttl =", "allow_overwrite = true\n  ttl =");
    fine(host.apply(&document(&text)).await);
    assert!(content(&aws, &zone).contains("<Value>192.0.2.1</Value>"));
    host.plan(&document(&text)).await.and_then(Report::empty).unwrap();
    fine(host.destroy().await);
    understood(&aws);
}

/// What a colleague changes while the change is on its way.
async fn changed_meanwhile(overwrite: bool) -> (Aws, String, tfplugin::Result<Report>) {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    let mut host = host(&aws).await;
    let text = |value: &str| record("www", &zone, "www", value);
    fine(host.apply(&document(&text("192.0.2.1"))).await);
    aws.fault(Fault::on("route53", "/ChangeResourceRecordSets").delay(Duration::from_secs(3)));
    let wanted = text("192.0.2.2").replace("ttl =", &format!("allow_overwrite = {overwrite}\n  ttl ="));
    let wanted = document(&wanted);
    let colleague = async {
        operation::sleep(Duration::from_millis(1500)).await.expect("nothing stops it");
        act(&aws, &zone, "UPSERT", "www.example.com", "A", "192.0.2.99");
    };
    let (report, ()) = tokio::join!(host.apply(&wanted), colleague);
    (aws, zone, report)
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_not_overwritten() {
    let (aws, zone, report) = changed_meanwhile(false).await;
    let said = failure(report);
    assert!(said.contains("Somebody else changed it") && said.contains("192.0.2.99"), "{said}");
    assert!(content(&aws, &zone).contains("<Value>192.0.2.99</Value>"));
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_overwritten_on_demand() {
    let (aws, zone, report) = changed_meanwhile(true).await;
    fine(report);
    let content = content(&aws, &zone);
    assert!(content.contains("<Value>192.0.2.2</Value>") && !content.contains("192.0.2.99"), "{content}");
}

#[tokio::test]
async fn a_change_whose_answer_is_lost_is_not_lost() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    let mut host = host(&aws).await;
    aws.fault(Fault::on("route53", "/ChangeResourceRecordSets").reset_after());
    let text = record("www", &zone, "www", "192.0.2.1");
    fine(host.apply(&document(&text)).await);
    host.plan(&document(&text)).await.and_then(Report::empty).unwrap();
    assert_eq!(changes(&aws), 1);
}

#[tokio::test]
async fn at_one_request_a_second_it_is_slower_and_succeeds() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    aws.limit("route53", 1.0, 1);
    let text: String = (0..5).map(|n| record(&format!("r{n}"), &zone, &format!("r{n}"), "192.0.2.1")).collect();
    let mut host = host(&aws).await;
    let report = fine(host.apply(&document(&text)).await);
    assert!(report.messages.is_empty(), "{}", report.text());
    aws.limit("route53", 1_000.0, 1_000);
    host.plan(&document(&text)).await.and_then(Report::empty).unwrap();
}

#[tokio::test]
async fn two_applies_at_once_lose_nothing() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    aws.process(Duration::from_millis(100));
    let text = |who: &str| -> String {
        (0..15).map(|n| record(&format!("{who}{n}"), &zone, &format!("{who}{n}"), "192.0.2.1")).collect()
    };
    let (one, other) = (document(&text("a")), document(&text("b")));
    let (mut first, mut second) = (host(&aws).await, host(&aws).await);
    let (done, also) = tokio::join!(first.apply(&one), second.apply(&other));
    fine(done);
    fine(also);
    assert_eq!(content(&aws, &zone).matches("<Type>A</Type>").count(), 30);
    first.plan(&one).await.and_then(Report::empty).unwrap();
    second.plan(&other).await.and_then(Report::empty).unwrap();
}

#[tokio::test]
async fn changes_are_awaited_once_for_a_batch() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    aws.sync(Sync::Polls(1));
    let mut host = Host::new(provider::provider(), aws_config_with(&aws.url, [quick_route53(true)]))
        .await
        .expect("a valid schema");
    let text: String = (0..10).map(|n| record(&format!("r{n}"), &zone, &format!("r{n}"), "192.0.2.1")).collect();
    fine(host.apply(&document(&text)).await);
    assert_eq!((changes(&aws), aws.count("route53", "/GetChange")), (1, 2), "PENDING, then INSYNC");
}

#[tokio::test]
async fn who_sees_a_zone_is_awaited() {
    let aws = Aws::start().await;
    let config = aws_config_with(&aws.url, [quick_route53(true)]);
    let mut host = Host::new(provider::provider(), config).await.expect("a valid schema");
    let text = |vpcs: &str| {
        format!("resource \"substrate_route53_zone\" \"z\" {{\n  name = \"example.internal\"\n  vpc = [{vpcs}]\n}}\n")
    };
    for (vpcs, waits) in [("{ vpc_id = \"vpc-0a\" }", 1), ("{ vpc_id = \"vpc-0a\" }, { vpc_id = \"vpc-0b\" }", 2)] {
        fine(host.apply(&document(&text(vpcs))).await);
        assert_eq!(aws.count("route53", "/GetChange"), waits);
    }
}

/// Spellings that Route 53 answers in another way.
#[tokio::test]
async fn spellings_make_no_difference() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    let long = "k".repeat(400);
    let one = |label: &str, name: &str, kind: &str, value: &str| {
        format!(
            "resource \"substrate_route53_record\" \"{label}\" {{\n  zone_id = \"/hostedzone/{zone}\"\n  \
             name = \"{name}\"\n  type = \"{kind}\"\n  ttl = 300\n  records = [{value}]\n}}\n"
        )
    };
    let text = [
        one("wild", "*.Example.com.", "A", "\"192.0.2.1\""),
        one("text", "text", "TXT", "\"v=spf1 -all\""),
        one("quoted", "quoted", "TXT", "\"\\\"a b\\\" \\\"c\\\"\", \"second\""),
        one("long", "long", "TXT", &format!("\"{long}\"")),
        one("six", "six", "AAAA", "\"2001:DB8:0:0::1\""),
        one("mail", "", "MX", "\"10 Mail.Example.com\""),
        one("under", "_dmarc", "TXT", "\"v=DMARC1; p=none\""),
    ]
    .concat();
    let mut host = host(&aws).await;
    fine(host.validate(&document(&text)).await);
    fine(host.apply(&document(&text)).await);
    host.plan(&document(&text)).await.and_then(Report::empty).unwrap();
    let wild = host.instance("substrate_route53_record.wild").unwrap();
    assert_eq!(wild.text("fqdn"), "*.example.com");
    fine(host.import("substrate_route53_record.imported", &format!("{zone}__dmarc.example.com_TXT")).await);
    let imported = host.instance("substrate_route53_record.imported").unwrap();
    assert_eq!((imported.text("type"), imported.text("fqdn")), ("TXT".to_owned(), "_dmarc.example.com".to_owned()));
    host.forget("substrate_route53_record.imported");
    aws.clear_log();
    let changed = text.replace("v=spf1 -all", "v=spf1 ~all").replace("2001:DB8:0:0::1", "2001:db8::2");
    fine(host.apply(&document(&changed)).await);
    host.plan(&document(&changed)).await.and_then(Report::empty).unwrap();
    fine(host.destroy().await);
    understood(&aws);
}

#[tokio::test]
async fn a_zone_is_found_by_its_id_or_by_what_tells_it_from_others_of_its_name() {
    let aws = Aws::start().await;
    let (public, other) = (zone(&aws, "example.com"), zone(&aws, "example.com"));
    let text = |how: &str| format!("data \"substrate_route53_zone\" \"z\" {{\n  {how}\n}}\n");
    let mut host = host(&aws).await;
    fine(host.apply(&document(&text(&format!("zone_id = \"{public}\"")))).await);
    let found = host.instance("data.substrate_route53_zone.z").unwrap();
    assert_eq!(
        (found.text("name"), found.text("arn")),
        ("example.com".into(), format!("arn:aws:route53:::hostedzone/{public}"))
    );
    let said = failure(host.plan(&document(&text("name = \"example.com\""))).await);
    assert!(said.contains("Several zones") && said.contains(&public) && said.contains(&other), "{said}");
    let said = failure(host.plan(&document(&text("name = \"example.org\""))).await);
    assert!(said.contains("There is no such zone"), "{said}");
    let said = failure(host.plan(&document(&text("private_zone = true\n  name = \"example.com\""))).await);
    assert!(said.contains("There is no such zone"), "{said}");
}

#[tokio::test]
async fn a_private_zone_is_seen_by_its_vpcs_and_stays_private() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let text =
        |vpcs: &str| format!("resource \"substrate_route53_zone\" \"z\" {{\n  name = \"example.internal\"\n{vpcs}}}\n");
    let one = "{ vpc_id = \"vpc-0a\" }";
    let (both, first) = (
        text(&format!("  vpc = [{one}, {{ vpc_id = \"vpc-0b\", vpc_region = \"us-west-2\" }}]\n")),
        text(&format!("  vpc = [{one}]\n")),
    );
    fine(host.apply(&document(&both)).await);
    host.plan(&document(&both)).await.and_then(Report::empty).unwrap();
    let seen = "data \"substrate_route53_zone\" \"z\" {\n  name = \"example.internal\"\n  vpc_id = \"vpc-0b\"\n}\n";
    fine(host.plan(&document(&(both.clone() + seen))).await);
    let said = failure(host.plan(&document(&(both.clone() + &seen.replace("vpc-0b", "vpc-0c")))).await);
    assert!(said.contains("There is no such zone"), "{said}");
    fine(host.apply(&document(&first)).await);
    assert_eq!(aws.count("route53", "/DisassociateVPCFromHostedZone"), 1);
    host.plan(&document(&first)).await.and_then(Report::empty).unwrap();
    let said = failure(host.plan(&document(&text(""))).await);
    assert!(said.contains("`vpc`") && said.contains("replace it"), "{said}");
    fine(host.destroy().await);
    understood(&aws);
}

#[tokio::test]
async fn default_tags_are_on_each_zone() {
    let aws = Aws::start().await;
    let defaults = ("default_tags", object([("team", "core".into())]));
    let config = aws_config_with(&aws.url, [quick_route53(false), defaults]);
    let mut host = Host::new(provider::provider(), config).await.expect("a valid schema");
    let text =
        |tags: &str| format!("resource \"substrate_route53_zone\" \"z\" {{\n  name = \"example.com\"\n{tags}}}\n");
    let tags = |host: &Host| {
        let id = host.instance("substrate_route53_zone.z").unwrap().text("zone_id");
        aws.route53("GET", &format!("/tags/hostedzone/{id}"), "").1
    };
    fine(host.apply(&document(&text(""))).await);
    assert!(tags(&host).contains("<Value>core</Value>"), "{}", tags(&host));
    host.plan(&document(&text(""))).await.and_then(Report::empty).unwrap();
    let own = text("  tags = { env = \"live\" }\n");
    fine(host.apply(&document(&own)).await);
    host.plan(&document(&own)).await.and_then(Report::empty).unwrap();
    assert!(tags(&host).contains("<Value>core</Value>") && tags(&host).contains("<Value>live</Value>"));
    fine(host.apply(&document(&text(""))).await);
    assert!(!tags(&host).contains("live"));
    understood(&aws);
}

#[tokio::test]
async fn what_is_in_a_zone_goes_with_it_only_on_demand() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let text = |force: bool| {
        format!(
            "resource \"substrate_route53_zone\" \"z\" {{\n  name = \"example.com\"\n  force_destroy = {force}\n}}\n"
        )
    };
    fine(host.apply(&document(&text(false))).await);
    let id = host.instance("substrate_route53_zone.z").unwrap().text("zone_id");
    act(&aws, &id, "CREATE", "www.example.com", "A", "192.0.2.1");
    let said = failure(host.destroy().await);
    assert!(said.contains("HostedZoneNotEmpty") && said.contains("force_destroy = true"), "{said}");
    fine(host.apply(&document(&text(true))).await);
    fine(host.destroy().await);
    understood(&aws);
}

#[tokio::test]
async fn what_the_zone_has_besides_is_purged_only_after_a_plan_showed_it() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    act(&aws, &zone, "CREATE", "stranger.example.com", "A", "192.0.2.9");
    let text = |purge: bool| {
        format!(
            "resource \"substrate_route53_records\" \"all\" {{\n  zone_id = \"{zone}\"\n  purge = {purge}\n  records = {{\n    \
             \"www A\" = {{ ttl = 300, records = [\"192.0.2.1\"] }}\n  }}\n}}\n"
        )
    };
    let mut host = host(&aws).await;
    fine(host.apply(&document(&text(false))).await);
    host.plan(&document(&text(false))).await.and_then(Report::empty).unwrap();
    fine(host.apply(&document(&text(true))).await);
    assert!(content(&aws, &zone).contains("stranger"), "no plan showed it");
    let planned = fine(host.plan(&document(&text(true))).await);
    assert_eq!(planned.actions.get("substrate_route53_records.all"), Some(&Action::Update));
    fine(host.apply(&document(&text(true))).await);
    assert!(!content(&aws, &zone).contains("stranger"));
    host.plan(&document(&text(true))).await.and_then(Report::empty).unwrap();
    understood(&aws);
}

#[tokio::test]
async fn a_map_keeps_what_exists_when_one_of_its_records_fails() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    let text = |bad: &str| {
        format!(
            "resource \"substrate_route53_records\" \"all\" {{\n  zone_id = \"{zone}\"\n  records = {{\n    \
             \"www A\" = {{ ttl = 300, records = [\"192.0.2.1\"] }}\n    \"{bad} CNAME\" = {{ ttl = 300, \
             records = [\"www.example.com\"] }}\n  }}\n}}\n"
        )
    };
    let mut host = host(&aws).await;
    let said = failure(host.apply(&document(&text("example.com."))).await);
    assert!(said.contains("example.com CNAME") && said.contains("not permitted at apex"), "{said}");
    assert!(content(&aws, &zone).contains("www.example.com"));
    fine(host.apply(&document(&text("api"))).await);
    host.plan(&document(&text("api"))).await.and_then(Report::empty).unwrap();
}

/// Route 53 makes the changes of a batch one after the other, and finds no target that comes later.
#[tokio::test]
async fn an_alias_and_its_target_share_a_batch() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    let alias = |target: &str| {
        format!("alias = {{ name = \"{target}.example.com\", zone_id = \"{zone}\", evaluate_target_health = false }}")
    };
    let text = |value: &str| {
        format!(
            "resource \"substrate_route53_records\" \"all\" {{\n  zone_id = \"{zone}\"\n  records = {{\n    \
             \" A\" = {{ {} }}\n    \"middle A\" = {{ {} }}\n    \"www A\" = {{ ttl = 300, records = [\"{value}\"] }}\n  }}\n}}\n",
            alias("middle"),
            alias("www"),
        )
    };
    let mut host = host(&aws).await;
    for value in ["192.0.2.1", "192.0.2.2"] {
        fine(host.apply(&document(&text(value))).await);
        host.plan(&document(&text(value))).await.and_then(Report::empty).unwrap();
    }
    assert_eq!(changes(&aws), 2);
    fine(host.destroy().await);
    assert_eq!(changes(&aws), 3);
    understood(&aws);
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_is_asked() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let record = |arguments: &str| {
        format!(
            "resource \"substrate_route53_record\" \"x\" {{\n  zone_id = \"Z1\"\n  name = \"x\"\n  type = \"A\"\n{arguments}\n}}\n"
        )
    };
    let located =
        "  ttl = 60\n  records = [\"192.0.2.1\"]\n  set_identifier = \"x\"\n  geolocation_routing_policy = {}";
    for (text, words) in [
        (record("  ttl = 60\n  records = []"), ["`records`", "holds no value"]),
        (record("  ttl = 60\n  records = [\"192.0.2\"]"), ["`records`", "`192.0.2`, which is not an IPv4 address"]),
        (record("  ttl = 2147483648\n  records = [\"192.0.2.1\"]"), ["`ttl`", "2147483647"]),
        (record("  records = [\"192.0.2.1\"]"), ["`ttl`", "`records`"]),
        (record("  ttl = 60\n  records = [\"192.0.2.1\"]\n  set_identifier = \"x\""), ["`set_identifier`", "policy"]),
        (record(located), ["`geolocation_routing_policy`", "`continent`, `country`"]),
        ("resource \"substrate_route53_zone\" \"x\" {\n  name = \"\"\n}\n".to_owned(), ["`name`", "is empty"]),
    ] {
        let said = failure(host.validate(&document(&text)).await);
        assert!(words.iter().all(|word| said.contains(word)), "{words:?} in {said}");
    }
    assert!(aws.requests().is_empty());
}
