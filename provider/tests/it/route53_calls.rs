//! How often Route 53 is asked: a zone is read by one listing, and changes share batches.

use lab::Aws;
use tfplugin::harness::Report;

use crate::estate::{document, fine, host, understood};
use crate::route53::{record, zone};

const RECORDS: usize = 1_000;

fn name(number: usize) -> String {
    format!("host-{number}.team-{}", number % 7)
}

fn records(zone: &str) -> String {
    (0..RECORDS).map(|number| record(&format!("r{number}"), zone, &name(number), "192.0.2.1")).collect()
}

#[tokio::test]
async fn a_thousand_records_are_made_in_batches_and_read_by_one_listing() {
    let aws = Aws::start().await;
    let mut host = host(&aws).await;
    let managed = "resource \"substrate_route53_zone\" \"z\" {\n  name = \"example.com\"\n}\n";
    fine(host.apply(&document(managed)).await);
    let zone = host.instance("substrate_route53_zone.z").unwrap().text("zone_id");
    let with_zone = managed.to_owned() + &records(&zone);

    aws.clear_log();
    fine(host.apply(&document(&with_zone)).await);
    let (changes, calls) = (aws.count("route53", "/ChangeResourceRecordSets"), aws.requests().len());
    assert!(changes <= 110, "{changes} changes");
    // With `wait_for_sync` each batch is awaited, too.
    assert!(calls + changes <= 600, "{calls} calls");

    aws.clear_log();
    host.plan(&document(&with_zone)).await.and_then(Report::empty).unwrap();
    assert!(aws.requests().len() <= 6, "{:?}", aws.requests());

    host.forget("substrate_route53_zone.z");
    aws.clear_log();
    host.plan(&document(&records(&zone))).await.and_then(Report::empty).unwrap();
    assert!(aws.requests().len() <= 4, "{:?}", aws.requests());
    understood(&aws);
}

#[tokio::test]
async fn a_thousand_records_of_one_resource_are_two_batches_at_most() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    let members: String = (0..RECORDS)
        .map(|number| format!("    \"{}.example.com A\" = {{ ttl = 300, records = [\"192.0.2.1\"] }}\n", name(number)))
        .collect();
    let text = format!(
        "resource \"substrate_route53_records\" \"all\" {{\n  zone_id = \"{zone}\"\n  records = {{\n{members}  }}\n}}\n"
    );
    let mut host = host(&aws).await;
    fine(host.apply(&document(&text)).await);
    let changes = aws.count("route53", "/ChangeResourceRecordSets");
    assert!(changes <= 2, "{changes} changes");
    aws.clear_log();
    host.plan(&document(&text)).await.and_then(Report::empty).unwrap();
    assert!(aws.requests().len() <= 4, "{:?}", aws.requests());
    understood(&aws);
}
