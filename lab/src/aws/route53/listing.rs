//! Listings of record sets, page by page.

use crate::aws::error::Refusal;
use crate::aws::route53::names::canonical;
use crate::aws::route53::zone::{Key, RecordSet, Zone};
use crate::aws::xml::{element, elements};
use crate::http::call::Call;

/// Record sets on a page at most, and without a word.
const PAGE: usize = 300;

/// The content of the answer to `ListResourceRecordSets`.
pub fn page(zone: &Zone, call: &Call) -> Result<String, Refusal> {
    let parameter = |name: &str| call.query.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
    let (name, kind) = (parameter("name"), parameter("type").unwrap_or_default());
    let invalid = |what: &str| Err(Refusal::new(400, "InvalidInput", what));
    if !kind.is_empty() && name.is_none() {
        return invalid("The input is not valid: a type needs a name");
    }
    let size: usize = match parameter("maxitems").map(str::parse) {
        None => PAGE,
        Some(Ok(size)) if size > 0 => std::cmp::min(size, PAGE),
        Some(_) => return invalid("MaxItems is not a positive number"),
    };
    let start = name.map(|name| Key::new(&canonical(name), kind, parameter("identifier").unwrap_or_default()));
    let from = |key: &Key| start.as_ref().is_none_or(|start| key >= start);
    let mut rest = zone.records.iter().filter(|(key, _)| from(key)).map(|(_, set)| set);
    let shown: String = rest
        .by_ref()
        .take(size)
        .map(|set| format!("<ResourceRecordSet>{}</ResourceRecordSet>", elements(&set.0)))
        .collect();
    let next = rest.next();
    Ok(format!(
        "<ResourceRecordSets>{shown}</ResourceRecordSets><IsTruncated>{}</IsTruncated>{}<MaxItems>{size}</MaxItems>",
        next.is_some(),
        next.map(continuation).unwrap_or_default(),
    ))
}

fn continuation(next: &RecordSet) -> String {
    let identifier = match next.text("SetIdentifier") {
        "" => String::new(),
        identifier => element("NextRecordIdentifier", identifier),
    };
    element("NextRecordName", next.name()) + &element("NextRecordType", next.kind()) + &identifier
}
