//! XML as the services write and read it: trees of elements without attributes, here as JSON.

use std::ops::Range;

use roxmltree::{Document, Node};
use serde_json::{Map, Value};

/// Elements whose children are the items of a list, and what an item is called. Those of IAM are called `member`.
const LISTS: [(&str, &str); 6] = [
    ("Changes", "Change"),
    ("ResourceRecords", "ResourceRecord"),
    ("AddTags", "Tag"),
    ("RemoveTagKeys", "Key"),
    ("ResourceIds", "ResourceId"),
    ("NameServers", "NameServer"),
];

/// The order of elements in a record set and in what it consists of; others come last, by name.
const ORDER: [&str; 18] = [
    "Name",
    "Type",
    "SetIdentifier",
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
    "TTL",
    "ResourceRecords",
    "AliasTarget",
    "HostedZoneId",
    "DNSName",
    "EvaluateTargetHealth",
    "HealthCheckId",
    "TrafficPolicyInstanceId",
    "CidrRoutingConfig",
    "GeoProximityLocation",
];

/// Replaces what text must not hold.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// `<name>text</name>`.
pub fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// The children of an element by name: lists as arrays, elements with children as objects, others as texts.
pub fn members(node: Node<'_, '_>) -> Map<String, Value> {
    let children = node.children().filter(Node::is_element);
    children.map(|child| (child.tag_name().name().to_owned(), value(child))).collect()
}

fn value(node: Node<'_, '_>) -> Value {
    let name = node.tag_name().name();
    let mut children = node.children().filter(Node::is_element).peekable();
    if LISTS.iter().any(|(list, _)| *list == name) {
        return children.map(value).collect();
    }
    if children.peek().is_some() { Value::Object(members(node)) } else { Value::from(node.text().unwrap_or_default()) }
}

/// The elements that [`members`] read, in the order of the services.
pub fn elements(members: &Map<String, Value>) -> String {
    let mut names: Vec<&String> = members.keys().collect();
    names.sort_by_key(|name| ORDER.iter().position(|known| known == name).unwrap_or(ORDER.len()));
    names.iter().map(|name| written(name, &members[*name])).collect()
}

fn written(name: &str, value: &Value) -> String {
    match value {
        Value::Object(members) => format!("<{name}>{}</{name}>", elements(members)),
        Value::Array(items) => {
            let item = LISTS.iter().find(|(list, _)| *list == name).map_or("member", |(_, item)| item);
            let items: String = items.iter().map(|value| written(item, value)).collect();
            format!("<{name}>{items}</{name}>")
        }
        Value::String(text) => element(name, text),
        other => element(name, &other.to_string()),
    }
}

/// The element's text at this path of names.
pub fn text<'a>(node: Node<'a, '_>, path: &[&str]) -> Option<&'a str> {
    let found = path.iter().try_fold(node, |node, name| child(node, name));
    found.map(|node| node.text().unwrap_or_default())
}

/// The first child of this name.
pub fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|child| child.tag_name().name() == name)
}

/// All elements of this name, wherever they are.
pub fn all<'a, 'i>(document: &'a Document<'i>, name: &'a str) -> impl Iterator<Item = Node<'a, 'i>> {
    document.descendants().filter(move |node| node.tag_name().name() == name)
}

/// The text with parts of it replaced. What is no XML, such as an internal error of moto, stays as it is.
pub fn edited(text: &str, edits: impl FnOnce(&Document<'_>) -> Vec<(Range<usize>, String)>) -> String {
    let Ok(document) = Document::parse(text) else { return text.to_owned() };
    let mut edits = edits(&document);
    edits.sort_by_key(|(range, _)| range.start);
    let mut edited = text.to_owned();
    for (range, replacement) in edits.into_iter().rev() {
        edited.replace_range(range, &replacement);
    }
    edited
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_in_the_order_of_the_services() {
        let text = "<R><TTL>60</TTL><Name>a&amp;b</Name>\
                    <ResourceRecords><ResourceRecord><Value>\"x\"</Value></ResourceRecord></ResourceRecords></R>";
        let document = Document::parse(text).unwrap();
        assert_eq!(
            elements(&members(document.root_element())),
            "<Name>a&amp;b</Name><TTL>60</TTL>\
             <ResourceRecords><ResourceRecord><Value>&quot;x&quot;</Value></ResourceRecord></ResourceRecords>"
        );
    }

    #[test]
    fn parts_are_replaced_and_the_rest_stays() {
        let edit = |document: &Document<'_>| all(document, "a").map(|node| (node.range(), "<x/>".to_owned())).collect();
        assert_eq!(edited("<r><a>1</a><b/><a/></r>", edit), "<r><x/><b/><x/></r>");
        assert_eq!(edited("no XML", |_| Vec::new()), "no XML");
    }
}
