//! Answers of Route 53 that users published, played against the lab: status, names of elements in their order, and the
//! texts that are not of one account. No exchange of IAM is published whole.

use std::pin::pin;
use std::time::Duration;

use lab::Aws;
use roxmltree::{Document, Node};
use serde::Deserialize;

use crate::aws_client::{Client, text};

#[derive(Deserialize)]
struct Exchange {
    from: String,
    method: String,
    path: String,
    body: String,
    status: u16,
    answer: String,
    #[serde(default)]
    r#while: String,
}

#[tokio::test]
async fn the_lab_answers_as_route_53_did() {
    let aws = Aws::start().await;
    let client = Client::of(&aws);
    let zone = client.zone("example.com").await;
    let (mut last_change, mut replayed) = (String::new(), 0);
    for line in include_str!("fixtures/route53-published.jsonl").lines() {
        let exchange: Exchange = serde_json::from_str(line).unwrap();
        let path = exchange.path.replace("{zone}", &zone).replace("{change}", &last_change);
        let (status, answer) = match exchange.r#while.as_str() {
            "busy" => while_busy(&aws, &client, &path, &exchange).await,
            "limited" => {
                aws.limit("route53", 0.001, 0);
                client.rest(&exchange.method, &path, &exchange.body).await
            }
            _ => client.rest(&exchange.method, &path, &exchange.body).await,
        };
        assert_eq!(status, exchange.status, "{}: {answer}", exchange.from);
        let mut differences = Vec::new();
        let (found, published) = (Document::parse(&answer).unwrap(), Document::parse(&exchange.answer).unwrap());
        compare(published.root_element(), found.root_element(), &mut differences);
        assert!(differences.is_empty(), "{}: {differences:?}\n{answer}", exchange.from);
        if answer.contains("<SubmittedAt>") {
            last_change = text(&answer, "Id").trim_start_matches("/change/").to_owned();
        }
        replayed += 1;
    }
    assert_eq!(replayed, 7);
}

/// Sends the same twice; the one that comes later is answered first.
async fn while_busy(aws: &Aws, client: &Client, path: &str, exchange: &Exchange) -> (u16, String) {
    aws.process(Duration::from_secs(3600));
    let send = || client.rest(&exchange.method, path, &exchange.body);
    let (mut one, mut other) = (pin!(send()), pin!(send()));
    let (refused, done) = tokio::select! {
        refused = &mut one => (refused, other),
        refused = &mut other => (refused, one),
    };
    aws.process(Duration::ZERO);
    assert_eq!(done.await.0, 200);
    refused
}

#[test]
fn a_difference_is_found() {
    let published = Document::parse("<a><b/><c>1</c></a>").unwrap();
    let differences = |found: &str| {
        let (mut differences, found) = (Vec::new(), Document::parse(found).unwrap());
        compare(published.root_element(), found.root_element(), &mut differences);
        differences.len()
    };
    assert_eq!(differences("<a><b>any</b><c>1</c></a>"), 0);
    assert_eq!(differences("<a><b/><c>2</c></a>"), 1);
    assert_eq!(differences("<a><c>1</c><b/></a>"), 1);
    assert_eq!(differences("<a><b/></a>"), 1);
}

/// An empty element of the published answer stands for any text.
fn compare(published: Node<'_, '_>, found: Node<'_, '_>, differences: &mut Vec<String>) {
    let children = |node: Node<'_, '_>| node.children().filter(Node::is_element).collect::<Vec<_>>().len();
    let names = |node: Node<'_, '_>| {
        node.children().filter(Node::is_element).map(|child| child.tag_name().name().to_owned()).collect::<Vec<_>>()
    };
    let place = published.tag_name().name();
    if place != found.tag_name().name() || names(published) != names(found) {
        differences.push(format!("{place}: {:?} instead of {:?}", names(found), names(published)));
        return;
    }
    if children(published) == 0 && published.text().is_some_and(|text| Some(text) != found.text()) {
        differences.push(format!("{place}: {:?} instead of {:?}", found.text(), published.text()));
    }
    let pairs = published.children().filter(Node::is_element).zip(found.children().filter(Node::is_element));
    pairs.for_each(|(published, found)| compare(published, found, differences));
}
