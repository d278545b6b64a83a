//! The rules of Route 53 that moto does not enforce.

use std::pin::pin;
use std::time::{Duration, Instant};

use lab::aws::Sync;
use lab::{Aws, Fault};

use crate::aws_client::{Client, change, change_with, create_zone, text, texts};

async fn start() -> (Aws, Client, String) {
    let aws = Aws::start().await;
    let client = Client::of(&aws);
    let zone = client.zone("example.com").await;
    (aws, client, zone)
}

#[tokio::test]
async fn a_zone_has_its_servers_is_made_once_and_goes_when_it_is_empty() {
    let (aws, client, zone) = start().await;
    let (_, found) = client.rest("GET", &format!("/hostedzone/{zone}"), "").await;
    let servers = texts(&found, "NameServer");
    assert_eq!((servers.len(), text(&found, "ResourceRecordSetCount")), (4, "2".to_owned()));
    let (_, listed) = client.rest("GET", &format!("/hostedzone/{zone}/rrset"), "").await;
    assert_eq!(texts(&listed, "Type"), ["NS", "SOA"]);
    let values: Vec<String> = servers.iter().map(|server| format!("{server}.")).collect();
    assert_eq!(texts(&listed, "Value")[..4], values);
    let soa = format!("{}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400", servers[0]);
    assert_eq!(
        (&texts(&listed, "Value")[4], texts(&listed, "TTL")),
        (&soa, vec!["172800".to_owned(), "900".to_owned()])
    );

    let (status, again) = client.rest("POST", "/hostedzone", &create_zone("other.com", "example.com")).await;
    assert_eq!((status, &*text(&again, "Code")), (409, "HostedZoneAlreadyExists"));
    let (status, bad) = client.rest("POST", "/hostedzone", &create_zone("a..com", "b")).await;
    assert_eq!((status, &*text(&bad, "Code")), (400, "InvalidDomainName"));

    client.change(&zone, &[change("CREATE", "a.example.com", "A", &["1.2.3.4"])]).await;
    let (status, refused) = client.rest("DELETE", &format!("/hostedzone/{zone}"), "").await;
    assert_eq!((status, &*text(&refused, "Code")), (400, "HostedZoneNotEmpty"));
    let attribute = |name: &str| match name {
        "zone_id" => zone.clone(),
        "name" => "a".to_owned(),
        "type" => "A".to_owned(),
        _ => String::new(),
    };
    assert_eq!(aws.remove("substrate_route53_record", &attribute), "route53 /ChangeResourceRecordSets A a");
    let (status, gone) = client.rest("DELETE", &format!("/hostedzone/{zone}"), "").await;
    assert_eq!((status, &*text(&gone, "Status")), (200, "PENDING"));
    let (status, missing) = client.rest("GET", &format!("/hostedzone/{zone}/rrset"), "").await;
    assert_eq!((status, &*text(&missing, "Code")), (404, "NoSuchHostedZone"));
}

#[tokio::test]
async fn a_batch_is_done_whole_or_not_at_all_and_says_all_that_is_wrong() {
    let (aws, client, zone) = start().await;
    let well = change("CREATE", "a.example.com", "A", &["1.2.3.4"]);
    assert_eq!(client.change(&zone, std::slice::from_ref(&well)).await.1, "PENDING");
    let changes = [
        change("CREATE", "b.example.com", "A", &["1.2.3.4"]),
        well,
        change("DELETE", "c.example.com", "A", &["1.2.3.4"]),
        change("DELETE", "a.example.com", "TXT", &["\"x\""]),
    ];
    let (status, code, said) = client.change(&zone, &changes).await;
    assert_eq!((status, &*code), (400, "InvalidChangeBatch"));
    assert_eq!(
        said,
        "[Tried to create resource record set [name='a.example.com.', type='A'] but it already exists, Tried to delete \
         resource record set [name='c.example.com.', type='A'] but it was not found, Tried to delete resource record \
         set [name='a.example.com.', type='TXT'] but it was not found]"
    );
    let (_, listed) = client.rest("GET", &format!("/hostedzone/{zone}/rrset?name=a.example.com"), "").await;
    assert_eq!(texts(&listed, "Name"), ["a.example.com."], "nothing of the batch was done");
    let two = ["d", "e"].map(|name| change("CREATE", &format!("{name}.example.com"), "A", &["1.2.3.4"]));
    aws.truncate(1);
    assert_eq!(client.change(&zone, &two).await.1, "PENDING");
    let (_, listed) = client.rest("GET", &format!("/hostedzone/{zone}/rrset?name=d.example.com"), "").await;
    assert_eq!(texts(&listed, "Name"), ["d.example.com."], "the answer was a lie");
    let swap = [
        change("DELETE", "a.example.com", "A", &["1.2.3.4"]),
        change("CREATE", "A.Example.com.", "A", &["1.2.3.5", "1.2.3.6"]),
    ];
    assert_eq!(client.change(&zone, &swap).await.0, 200);
    let reordered = change("DELETE", "a.example.com", "A", &["1.2.3.6", "1.2.3.5"]);
    assert_eq!(client.change(&zone, &[reordered]).await.0, 200, "the order of values does not matter");
}

type Sent<'a> = (&'a str, &'a str, &'a str, &'a [&'a str]);

/// Batches that are refused where there are `a` as an A, `c` as a CNAME and `w` as a weighted A.
const REFUSED: [(&[Sent<'_>], &str); 9] = [
    (
        &[("CREATE", "example.com", "CNAME", &["x.com"])],
        "RRSet of type CNAME with DNS name example.com. is not permitted at apex in zone example.com.",
    ),
    (
        &[("CREATE", "a.example.com", "CNAME", &["x.com"])],
        "RRSet of type CNAME with DNS name a.example.com. is not permitted as it conflicts with other records with the \
         same DNS name in zone example.com.",
    ),
    (
        &[("CREATE", "c.example.com", "TXT", &["\"x\""])],
        "RRSet of type TXT with DNS name c.example.com. is not permitted because a conflicting RRSet of type CNAME with \
         the same DNS name already exists in zone example.com.",
    ),
    (
        &[("CREATE", "a.example.org", "A", &["1.2.3.4"])],
        "RRSet with DNS name a.example.org. is not permitted in zone example.com.",
    ),
    (
        &[("CREATE", "d.example.com", "A", &["1.2.3"])],
        "Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) \
         encountered with '1.2.3''",
    ),
    (&[("UPSERT", "d.example.com", "TXT", &["\"x\"", "\"x\""])], "Duplicate Resource Record: '\"x\"'"),
    (
        &[("UPSERT", "d.example.com", "A", &["1.2.3.4"]), ("UPSERT", "d.example.com", "A", &["1.2.3.5"])],
        "The request contains an invalid set of changes for a resource record set 'A d.example.com.'",
    ),
    (
        &[("DELETE", "a.example.com", "A", &["1.2.3.5"])],
        "Tried to delete resource record set [name='a.example.com.', type='A'] but the values provided do not match the \
         current values",
    ),
    (
        &[("UPSERT", "w.example.com", "A", &["1.2.3.4"])],
        "RRSet with DNS name w.example.com., type A cannot be created because a non-simple RRSet with the same name and \
         type already exists.",
    ),
];

fn weighted(name: &str, identifier: &str) -> String {
    let members = format!(
        "<SetIdentifier>{identifier}</SetIdentifier><Weight>1</Weight><TTL>60</TTL><ResourceRecords><ResourceRecord>\
         <Value>1.2.3.4</Value></ResourceRecord></ResourceRecords>"
    );
    change_with("CREATE", name, "A", &members)
}

#[tokio::test]
async fn each_change_is_refused_as_route_53_refuses_it() {
    let (_aws, client, zone) = start().await;
    let standing = [
        change("CREATE", "a.example.com", "A", &["1.2.3.4"]),
        change("CREATE", "c.example.com", "CNAME", &["a.example.com"]),
        weighted("w.example.com", "one"),
    ];
    assert_eq!(client.change(&zone, &standing).await.0, 200);
    let refused = |said: &str| (400, "InvalidChangeBatch".to_owned(), format!("[{said}]"));
    for (sent, said) in REFUSED {
        let changes: Vec<String> =
            sent.iter().map(|(action, name, kind, values)| change(action, name, kind, values)).collect();
        assert_eq!(client.change(&zone, &changes).await, refused(said));
    }
    let (_, code, said) = client.change(&zone, &[change_with("CREATE", "e.example.com", "A", "<TTL>60</TTL>")]).await;
    assert_eq!(code, "InvalidInput");
    assert!(said.ends_with("[Action=CREATE, Name=e.example.com., Type=A, SetIdentifier=null]"), "{said}");
    let (_, listed) = client.rest("GET", &format!("/hostedzone/{zone}/rrset"), "").await;
    let soa = change("DELETE", "example.com", "SOA", &[&texts(&listed, "Value")[4]]).replace("<TTL>60<", "<TTL>900<");
    assert_eq!(client.change(&zone, &[soa]).await, refused("A HostedZone must contain exactly one SOA record."));
}

#[tokio::test]
async fn an_alias_needs_its_target_in_the_same_zone() {
    let (_aws, client, zone) = start().await;
    let alias = |target: &str| {
        let members = format!(
            "<AliasTarget><HostedZoneId>{zone}</HostedZoneId><DNSName>{target}</DNSName><EvaluateTargetHealth>false\
             </EvaluateTargetHealth></AliasTarget>"
        );
        change_with("CREATE", "z.example.com", "A", &members)
    };
    for (target, problem) in [
        ("x.example.com", "but that target was not found"),
        ("x.example.org", "but the alias target name does not lie within the target zone"),
    ] {
        let said = format!("[Tried to create an alias that targets {target}., type A in zone {zone}, {problem}]");
        assert_eq!(client.change(&zone, &[alias(target)]).await.2, said);
    }
    let (value, alias) = (change("CREATE", "x.example.com", "A", &["1.2.3.4"]), alias("x.example.com"));
    assert!(client.change(&zone, &[alias.clone(), value.clone()]).await.2.contains("was not found"), "not yet");
    assert_eq!(client.change(&zone, &[value, alias]).await.0, 200);
    let (_, listed) = client.rest("GET", &format!("/hostedzone/{zone}/rrset?name=z.example.com"), "").await;
    assert_eq!((&*text(&listed, "DNSName"), &*text(&listed, "EvaluateTargetHealth")), ("x.example.com.", "false"));
}

#[tokio::test]
async fn a_batch_has_a_thousand_records_and_an_upsert_counts_twice() {
    let (_aws, client, zone) = start().await;
    let changes = |action: &str, count: usize, value: &str| {
        let kind = if value.starts_with('"') { "TXT" } else { "A" };
        (0..count).map(|n| change(action, &format!("r{n}.example.com"), kind, &[value])).collect::<Vec<_>>()
    };
    let limit = "[Number of records limit of 1000 exceeded.]".to_owned();
    let refused = |said| (400, "InvalidChangeBatch".to_owned(), said);
    assert_eq!(client.change(&zone, &changes("CREATE", 1001, "1.2.3.4")).await, refused(limit.clone()));
    assert_eq!(client.change(&zone, &changes("UPSERT", 501, "1.2.3.4")).await, refused(limit));
    let text = format!("\"{}\"", "x".repeat(198));
    let characters = "[Number of characters limit of 32000 exceeded.]".to_owned();
    assert_eq!(client.change(&zone, &changes("CREATE", 161, &text)).await, refused(characters));
    assert_eq!(client.change(&zone, &changes("CREATE", 160, &text)).await.0, 200);
    assert_eq!(client.change(&zone, &changes("CREATE", 1000, "1.2.3.4")).await.0, 200);
}

#[tokio::test]
async fn pages_go_on_inside_a_name_and_a_wildcard_is_escaped() {
    let (_aws, client, zone) = start().await;
    let changes = [
        change("CREATE", "*.example.com", "A", &["1.2.3.4"]),
        change("CREATE", "_a.b.example.com", "TXT", &["\"x\""]),
        change("CREATE", "c.example.com", "A", &["1.2.3.4"]),
        weighted("b.example.com", "two"),
        weighted("b.example.com", "one"),
    ];
    assert_eq!(client.change(&zone, &changes).await.0, 200);
    let (mut found, mut next) = (Vec::new(), String::new());
    for page in 1.. {
        let (_, listed) = client.rest("GET", &format!("/hostedzone/{zone}/rrset?maxitems=3{next}"), "").await;
        assert_eq!(text(&listed, "MaxItems"), "3");
        found.extend(texts(&listed, "Name").into_iter().zip(texts(&listed, "Type")));
        if text(&listed, "IsTruncated") == "false" {
            assert_eq!(page, 3);
            break;
        }
        let (name, kind) = (text(&listed, "NextRecordName"), text(&listed, "NextRecordType"));
        next = format!("&name={}&type={kind}", lab::http::call::encode(&name));
        if page == 1 {
            assert_eq!((&*name, &*text(&listed, "NextRecordIdentifier")), ("b.example.com.", "one"));
        }
        if !text(&listed, "NextRecordIdentifier").is_empty() {
            next += &format!("&identifier={}", text(&listed, "NextRecordIdentifier"));
        }
    }
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "example.com.",
            "example.com.",
            "\\052.example.com.",
            "b.example.com.",
            "b.example.com.",
            "_a.b.example.com.",
            "c.example.com."
        ]
    );
    let (_, zones) = client.rest("GET", "/hostedzonesbyname?dnsname=example.com&maxitems=1", "").await;
    assert_eq!((text(&zones, "IsTruncated"), text(&zones, "ResourceRecordSetCount")), ("false".into(), "7".into()));
}

#[tokio::test]
async fn a_change_is_pending_for_as_long_as_it_was_told_to() {
    let (aws, client, zone) = start().await;
    let mut submit = 0;
    let mut submitted = async || {
        submit += 1;
        let name = format!("r{submit}.example.com");
        client.change(&zone, &[change("CREATE", &name, "A", &["1.2.3.4"])]).await.2
    };
    let status = async |id: &str| text(&client.rest("GET", id, "").await.1, "Status");
    let at_once = submitted().await;
    assert_eq!(status(&at_once).await, "INSYNC");
    aws.sync(Sync::Polls(2));
    let polled = submitted().await;
    let seen = [status(&polled).await, status(&polled).await, status(&polled).await];
    assert_eq!(seen, ["PENDING", "PENDING", "INSYNC"]);
    aws.sync(Sync::Time(Duration::from_millis(200)));
    let timed = submitted().await;
    assert_eq!(status(&timed).await, "PENDING");
    let begin = Instant::now();
    while status(&timed).await == "PENDING" {
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(client.rest("GET", "/change/CNONE", "").await.0, 404);
}

#[tokio::test]
async fn a_zone_takes_one_change_at_a_time_and_an_account_so_many_calls_a_second() {
    let (aws, client, zone) = start().await;
    aws.process(Duration::from_secs(3600));
    let (a, b) =
        (change("CREATE", "a.example.com", "A", &["1.2.3.4"]), change("CREATE", "b.example.com", "A", &["1.2.3.4"]));
    let (a, b) = ([a], [b]);
    let (mut one, mut other) = (pin!(client.change(&zone, &a)), pin!(client.change(&zone, &b)));
    // Whichever comes later is answered first.
    let (refused, done) = tokio::select! {
        refused = &mut one => (refused, other),
        refused = &mut other => (refused, one),
    };
    let said = "The request was rejected because Route 53 was still processing a prior request.";
    assert_eq!(refused, (400, "PriorRequestNotComplete".to_owned(), said.to_owned()));
    aws.process(Duration::ZERO);
    assert_eq!(done.await.1, "PENDING");

    aws.limit("route53", 0.001, 2);
    let ask = async || client.rest("GET", &format!("/hostedzone/{zone}"), "").await;
    assert_eq!((ask().await.0, ask().await.0), (200, 200));
    let (status, refused) = ask().await;
    assert_eq!(
        (status, text(&refused, "Code"), text(&refused, "Message")),
        (400, "Throttling".into(), "Rate exceeded".into())
    );
    assert_eq!(client.iam("ListRoles", &[]).await.0, 200, "another service has its own rate");
    assert_eq!(aws.route53("GET", &format!("/hostedzone/{zone}"), "").0, 200, "who prepares is not slowed down");
}

#[tokio::test]
async fn calls_are_logged_by_service_and_operation_and_struck_by_faults() {
    let (aws, client, zone) = start().await;
    aws.clear_log();
    let unavailable = Aws::refusal("route53", "ServiceUnavailable", "try again");
    aws.fault(Fault::on("route53", "/ChangeResourceRecordSets").status(503, &unavailable));
    aws.fault(Fault::on("route53", "/ChangeResourceRecordSets").reset_after());
    let create =
        [change("CREATE", "a.example.com", "A", &["1.2.3.4"]), change("CREATE", "b.example.com", "A", &["1.2.3.4"])];
    let path = format!("/hostedzone/{zone}/rrset");
    let body = crate::aws_client::batch(&create);
    let (status, refused) = client.rest("POST", &path, &body).await;
    assert_eq!((status, &*text(&refused, "Code")), (503, "ServiceUnavailable"));
    client.route53("POST", &path, &body).send().await.unwrap_err();
    assert_eq!(
        client.change(&zone, &create).await.1,
        "InvalidChangeBatch",
        "the lost answer was to a change that was done"
    );
    assert_eq!(aws.count("route53", "/ChangeResourceRecordSets"), 3);
    let log = aws.requests();
    assert_eq!(log[0].fields["Id"], zone);
    let changes = log[0].fields["ChangeBatch"]["Changes"].as_array().unwrap();
    assert_eq!((changes.len(), &changes[1]["ResourceRecordSet"]["Name"]), (2, &"b.example.com".into()));
    client.iam("GetRole", &[("RoleName", "gone")]).await;
    let last = aws.requests().last().unwrap().to_string();
    assert_eq!(last, "iam /GetRole RoleName=\"gone\" → 404");
    assert_eq!(aws.violations(), [""; 0]);
}
