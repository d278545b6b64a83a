//! States of the AWS provider's zones and records: they move here, and the first plan changes nothing.

use lab::Aws;
use serde_json::{Value as Json, json};
use tfplugin::harness::Report;

use crate::estate::{document, fine, host, understood};
use crate::route53::{act, content, zone};

fn text(zone: &str) -> String {
    format!(
        r#"
resource "substrate_route53_zone" "public" {{
  name = "example.com"
}}
resource "substrate_route53_record" "www" {{
  zone_id = "{zone}"
  name    = "www.example.com"
  type    = "A"
  ttl     = 300
  records = ["192.0.2.1"]
}}
resource "substrate_route53_record" "text" {{
  zone_id = "{zone}"
  name    = "text"
  type    = "TXT"
  ttl     = 300
  records = ["v=spf1 -all"]
}}
resource "substrate_route53_record" "alias" {{
  zone_id = "{zone}"
  name    = "example.com"
  type    = "A"
  alias = {{
    name                   = "www.example.com"
    zone_id                = "{zone}"
    evaluate_target_health = false
  }}
}}
resource "substrate_route53_record" "blue" {{
  zone_id                 = "{zone}"
  name                    = "api"
  type                    = "CNAME"
  set_identifier          = "blue"
  ttl                     = 300
  records                 = ["www.example.com"]
  weighted_routing_policy = {{ weight = 10 }}
}}
"#
    )
}

/// What is in each state of a record, set or not.
fn state(zone: &str, own: Json) -> Json {
    let mut state = json!({
        "alias": [], "allow_overwrite": null, "cidr_routing_policy": [], "failover_routing_policy": [],
        "geolocation_routing_policy": [], "geoproximity_routing_policy": [], "health_check_id": "",
        "latency_routing_policy": [], "multivalue_answer_routing_policy": false, "records": null, "set_identifier": "",
        "timeouts": null, "ttl": 0, "weighted_routing_policy": [], "zone_id": zone,
    });
    if let (Some(state), Json::Object(own)) = (state.as_object_mut(), own) {
        state.extend(own);
    }
    state
}

fn states(aws: &Aws, zone: &str) -> Vec<(&'static str, &'static str, Json)> {
    let found = content(aws, zone);
    let mut servers: Vec<&str> =
        found.split("<Value>ns-").skip(1).take(4).filter_map(|rest| rest.split(".<").next()).collect();
    let first = format!("ns-{}", servers[0]);
    servers.sort_unstable();
    let servers: Vec<String> = servers.iter().map(|server| format!("ns-{server}")).collect();
    let public = json!({
        "arn": format!("arn:aws:route53:::hostedzone/{zone}"), "comment": "Managed by Terraform",
        "delegation_set_id": "", "enable_accelerated_recovery": false, "force_destroy": false, "id": zone,
        "name": "example.com", "name_servers": servers, "primary_name_server": first, "tags": null, "tags_all": {},
        "timeouts": null, "vpc": [], "zone_id": zone,
    });
    let www = json!({
        "fqdn": "www.example.com", "id": format!("{zone}_www.example.com_A"), "name": "www.example.com", "type": "A",
        "records": ["192.0.2.1"], "ttl": 300,
    });
    let text = json!({
        "fqdn": "text.example.com", "id": format!("{zone}_text_TXT"), "name": "text", "type": "TXT",
        "records": ["v=spf1 -all"], "ttl": 300,
    });
    let alias = json!({
        "fqdn": "example.com", "id": format!("{zone}_example.com_A"), "name": "example.com", "type": "A",
        "alias": [{ "evaluate_target_health": false, "name": "www.example.com", "zone_id": zone }],
    });
    let blue = json!({
        "fqdn": "api.example.com", "id": format!("{zone}_api_CNAME_blue"), "name": "api", "type": "CNAME",
        "records": ["www.example.com"], "set_identifier": "blue", "ttl": 300,
        "weighted_routing_policy": [{ "weight": 10 }],
    });
    vec![
        ("substrate_route53_zone.public", "aws_route53_zone", public),
        ("substrate_route53_record.www", "aws_route53_record", state(zone, www)),
        ("substrate_route53_record.text", "aws_route53_record", state(zone, text)),
        ("substrate_route53_record.alias", "aws_route53_record", state(zone, alias)),
        ("substrate_route53_record.blue", "aws_route53_record", state(zone, blue)),
    ]
}

/// What the other provider made.
fn furnish(aws: &Aws, zone: &str) {
    let comment = "<UpdateHostedZoneCommentRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Comment>\
                   Managed by Terraform</Comment></UpdateHostedZoneCommentRequest>";
    let (status, answer) = aws.route53("POST", &format!("/hostedzone/{zone}"), comment);
    assert_eq!(status, 200, "{answer}");
    act(aws, zone, "CREATE", "www.example.com", "A", "192.0.2.1");
    act(aws, zone, "CREATE", "text.example.com", "TXT", "\"v=spf1 -all\"");
    let others = format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes>\
         <Change><Action>CREATE</Action><ResourceRecordSet><Name>example.com</Name><Type>A</Type><AliasTarget>\
         <HostedZoneId>{zone}</HostedZoneId><DNSName>www.example.com</DNSName><EvaluateTargetHealth>false\
         </EvaluateTargetHealth></AliasTarget></ResourceRecordSet></Change><Change><Action>CREATE</Action>\
         <ResourceRecordSet><Name>api.example.com</Name><Type>CNAME</Type><SetIdentifier>blue</SetIdentifier><Weight>10\
         </Weight><TTL>300</TTL><ResourceRecords><ResourceRecord><Value>www.example.com</Value></ResourceRecord>\
         </ResourceRecords></ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    );
    let (status, answer) = aws.route53("POST", &format!("/hostedzone/{zone}/rrset"), &others);
    assert_eq!(status, 200, "{answer}");
}

#[tokio::test]
async fn what_the_other_provider_made_moves_here_with_an_empty_plan() {
    let aws = Aws::start().await;
    let zone = zone(&aws, "example.com");
    furnish(&aws, &zone);
    let text = document(&text(&zone));
    let mut host = host(&aws).await;
    for (address, source, state) in states(&aws, &zone) {
        let version = if source == "aws_route53_record" { 2 } else { 0 };
        fine(host.move_from(address, source, version, &state.to_string()).await);
    }
    fine(host.refresh().await);
    host.plan(&text).await.and_then(Report::empty).unwrap_or_else(|error| panic!("{error}"));
    fine(host.apply(&text).await);
    assert_eq!(aws.count("route53", "/ChangeResourceRecordSets"), 0);
    understood(&aws);
}
