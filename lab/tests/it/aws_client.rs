//! A client of the AWS lab as plain as can be: the scope of a signature, and answers as text.

use lab::Aws;
use reqwest::RequestBuilder;

/// What authenticates a call; the lab reads the service from it and checks nothing.
fn scope(service: &str) -> String {
    format!("AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/{service}/aws4_request, Signature=0")
}

/// A client of one lab.
pub struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    pub fn of(aws: &Aws) -> Self {
        Self { http: crate::client::http(None), url: aws.url.clone() }
    }

    /// A call of Route 53; the path starts after the version.
    pub fn route53(&self, method: &str, path: &str, body: &str) -> RequestBuilder {
        let url = format!("{}/2013-04-01{path}", self.url);
        let request =
            self.http.request(method.parse().expect("a method"), url).header("Authorization", scope("route53"));
        request.header("Content-Type", "text/xml").body(body.to_owned())
    }

    /// The same, answered.
    pub async fn rest(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        answered(self.route53(method, path, body)).await
    }

    /// A call of IAM or STS.
    pub async fn query(&self, service: &str, action: &str, parameters: &[(&str, &str)]) -> (u16, String) {
        let version = if service == "iam" { "2010-05-08" } else { "2011-06-15" };
        let mut form = vec![("Action", action), ("Version", version)];
        form.extend(parameters);
        let body: Vec<String> =
            form.iter().map(|(name, value)| format!("{name}={}", lab::http::call::encode(value))).collect();
        let request = self.http.post(&self.url).header("Authorization", scope(service));
        answered(request.header("Content-Type", "application/x-www-form-urlencoded").body(body.join("&"))).await
    }

    /// The same of IAM, and the code and the text of its refusal, or two empty texts.
    pub async fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> (u16, String, String) {
        let (status, answer) = self.query("iam", action, parameters).await;
        (status, text(&answer, "Code"), text(&answer, "Message"))
    }

    /// Makes a zone and gives its id.
    pub async fn zone(&self, name: &str) -> String {
        let (status, answer) = self.rest("POST", "/hostedzone", &create_zone(name, name)).await;
        assert_eq!(status, 201, "{answer}");
        text(&answer, "Id").trim_start_matches("/hostedzone/").to_owned()
    }

    /// Sends a batch; the answer's code and text, or the status of the change and its id.
    pub async fn change(&self, zone: &str, changes: &[String]) -> (u16, String, String) {
        let (status, answer) = self.rest("POST", &format!("/hostedzone/{zone}/rrset/"), &batch(changes)).await;
        if status == 200 {
            return (status, text(&answer, "Status"), text(&answer, "Id"));
        }
        (status, text(&answer, "Code"), text(&answer, "Message"))
    }
}

pub fn create_zone(name: &str, reference: &str) -> String {
    format!(
        "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>{name}</Name>\
         <CallerReference>{reference}</CallerReference></CreateHostedZoneRequest>"
    )
}

pub fn batch(changes: &[String]) -> String {
    format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch>\
         <Changes>{}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>",
        changes.concat()
    )
}

/// A change of a record set with these values and a TTL of a minute.
pub fn change(action: &str, name: &str, kind: &str, values: &[&str]) -> String {
    let values: String =
        values.iter().map(|value| format!("<ResourceRecord><Value>{value}</Value></ResourceRecord>")).collect();
    change_with(action, name, kind, &format!("<TTL>60</TTL><ResourceRecords>{values}</ResourceRecords>"))
}

/// The same with other members.
pub fn change_with(action: &str, name: &str, kind: &str, members: &str) -> String {
    format!(
        "<Change><Action>{action}</Action><ResourceRecordSet><Name>{name}</Name><Type>{kind}</Type>{members}\
         </ResourceRecordSet></Change>"
    )
}

/// The text of the first element of this name; empty where there is none.
pub fn text(xml: &str, name: &str) -> String {
    let document = roxmltree::Document::parse(xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    let found = document.descendants().find(|node| node.tag_name().name() == name);
    found.and_then(|node| node.text()).unwrap_or_default().to_owned()
}

/// The texts of all elements of this name.
pub fn texts(xml: &str, name: &str) -> Vec<String> {
    let document = roxmltree::Document::parse(xml).unwrap_or_else(|error| panic!("{error}: {xml}"));
    let found = document.descendants().filter(|node| node.tag_name().name() == name);
    found.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

async fn answered(request: RequestBuilder) -> (u16, String) {
    let response = request.send().await.expect("the lab answers");
    (response.status().as_u16(), response.text().await.expect("the answer is whole"))
}
