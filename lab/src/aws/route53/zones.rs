//! What moto says of zones, put right.

use std::ops::Range;

use roxmltree::{Document, Node};

use crate::aws::route53::names::{canonical, place};
use crate::aws::xml::{all, child, edited, element, text};
use crate::http::call::{Answer, Call};

/// Name and id of the zone in an answer, and its name servers.
pub fn made(body: &str) -> Option<(String, String, Vec<String>)> {
    let document = Document::parse(body).ok()?;
    let zone = all(&document, "HostedZone").next()?;
    let servers = all(&document, "NameServer").filter_map(|server| server.text().map(str::to_owned)).collect();
    Some((text(zone, &["Name"])?.to_owned(), id(zone)?.to_owned(), servers))
}

/// The answer with the number of record sets that the lab counts, with a comment where moto leaves an empty one out,
/// and without the id and the reference that only a reusable delegation set has.
pub fn corrected(answer: Answer, count: &dyn Fn(&str) -> Option<usize>) -> Answer {
    let edit = |document: &Document<'_>| {
        let mut edits = Vec::new();
        for zone in all(document, "HostedZone") {
            edits.extend(counted(zone, count));
            edits.extend(commented(zone));
        }
        for set in all(document, "DelegationSet").filter(|set| text(*set, &["Id"]) == Some("")) {
            edits.extend(
                ["Id", "CallerReference"].iter().filter_map(|name| Some((child(set, name)?.range(), String::new()))),
            );
        }
        edits
    };
    Answer { body: edited(&String::from_utf8_lossy(&answer.body), edit).into(), ..answer }
}

/// The answer with this description of its change.
pub fn submitted(answer: Answer, info: &str) -> Answer {
    let edit =
        |document: &Document<'_>| all(document, "ChangeInfo").map(|node| (node.range(), info.to_owned())).collect();
    Answer { body: edited(&String::from_utf8_lossy(&answer.body), edit).into(), ..answer }
}

/// `ListHostedZonesByName` from all zones: from a name on, in the order of record sets, page by page.
pub fn by_name(all_zones: &str, call: &Call) -> Option<String> {
    let parameter = |name: &str| call.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let (name, from) = (parameter("dnsname"), parameter("hostedzoneid").unwrap_or_default());
    let size = parameter("maxitems").and_then(|size| size.parse().ok()).unwrap_or(100_usize).clamp(1, 100);
    let document = Document::parse(all_zones).ok()?;
    let stands = |zone: &Node<'_, '_>| {
        (place(text(*zone, &["Name"]).unwrap_or_default()), id(*zone).unwrap_or_default().to_owned())
    };
    let mut zones: Vec<Node<'_, '_>> = all(&document, "HostedZone").collect();
    zones.sort_by_key(stands);
    let start = name.map(|name| (place(&canonical(name)), from.to_owned()));
    let mut rest = zones.into_iter().filter(|zone| start.as_ref().is_none_or(|start| stands(zone) >= *start));
    let shown: String = rest.by_ref().take(size).map(|zone| all_zones[zone.range()].to_owned()).collect();
    let next = rest.next().map(|zone| {
        let (name, id) = (text(zone, &["Name"]).unwrap_or_default(), id(zone).unwrap_or_default());
        element("NextDNSName", name) + &element("NextHostedZoneId", id)
    });
    let asked = name.map(|name| element("DNSName", &canonical(name))).unwrap_or_default();
    Some(format!(
        "<HostedZones>{shown}</HostedZones>{asked}<IsTruncated>{}</IsTruncated>{}<MaxItems>{size}</MaxItems>",
        next.is_some(),
        next.unwrap_or_default(),
    ))
}

fn counted(zone: Node<'_, '_>, count: &dyn Fn(&str) -> Option<usize>) -> Option<(Range<usize>, String)> {
    let (shown, number) = (child(zone, "ResourceRecordSetCount")?, count(id(zone)?)?);
    Some((shown.range(), element("ResourceRecordSetCount", &number.to_string())))
}

fn commented(zone: Node<'_, '_>) -> Option<(Range<usize>, String)> {
    let private = child(child(zone, "Config").filter(|config| child(*config, "Comment").is_none())?, "PrivateZone")?;
    Some((private.range().start..private.range().start, "<Comment></Comment>".to_owned()))
}

fn id<'a>(zone: Node<'a, '_>) -> Option<&'a str> {
    Some(text(zone, &["Id"])?.trim_start_matches("/hostedzone/"))
}
