//! Which service and which operation a call is for, and its parameters.

use std::collections::BTreeMap;

use roxmltree::Document;
use serde_json::{Map, Value};

use crate::aws::xml;
use crate::http::call::{Call, pairs, segments};
use crate::http::params;

/// A service of AWS. All listen at the same address here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Service {
    /// DNS.
    Route53,
    /// Roles and policies.
    Iam,
    /// Credentials.
    Sts,
    /// Any other, as the scope of the signature names it; its calls are forwarded as they come.
    Other(String),
}

/// A call as the API's description names it.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose operation it is.
    pub service: Service,
    /// Such as `CreateRole`; method and path where the operation is not known.
    pub name: String,
    /// The part of the path that names the object, such as the id of a zone.
    pub id: String,
}

/// The operations of Route 53 by method and path; `*` stands for the object's id.
const ROUTE53: [(&str, &str, &str); 20] = [
    ("POST", "hostedzone", "CreateHostedZone"),
    ("GET", "hostedzone", "ListHostedZones"),
    ("GET", "hostedzone/*", "GetHostedZone"),
    ("POST", "hostedzone/*", "UpdateHostedZoneComment"),
    ("DELETE", "hostedzone/*", "DeleteHostedZone"),
    ("POST", "hostedzone/*/rrset", "ChangeResourceRecordSets"),
    ("GET", "hostedzone/*/rrset", "ListResourceRecordSets"),
    ("POST", "hostedzone/*/associatevpc", "AssociateVPCWithHostedZone"),
    ("POST", "hostedzone/*/disassociatevpc", "DisassociateVPCFromHostedZone"),
    ("GET", "hostedzone/*/dnssec", "GetDNSSEC"),
    ("GET", "hostedzonesbyname", "ListHostedZonesByName"),
    ("GET", "hostedzonesbyvpc", "ListHostedZonesByVPC"),
    ("GET", "hostedzonecount", "GetHostedZoneCount"),
    ("GET", "change/*", "GetChange"),
    ("POST", "tags/hostedzone/*", "ChangeTagsForResource"),
    ("GET", "tags/hostedzone/*", "ListTagsForResource"),
    ("POST", "tags/hostedzone", "ListTagsForResources"),
    ("POST", "delegationset", "CreateReusableDelegationSet"),
    ("GET", "delegationset/*", "GetReusableDelegationSet"),
    ("DELETE", "delegationset/*", "DeleteReusableDelegationSet"),
];

const VERSION: &str = "2013-04-01";

impl Service {
    /// The service that signatures name so.
    pub fn named(name: &str) -> Self {
        match name {
            "route53" => Self::Route53,
            "iam" => Self::Iam,
            "sts" => Self::Sts,
            other => Self::Other(other.to_owned()),
        }
    }

    /// As signatures name it.
    pub fn name(&self) -> &str {
        match self {
            Self::Route53 => "route53",
            Self::Iam => "iam",
            Self::Sts => "sts",
            Self::Other(name) => name,
        }
    }

    /// The namespace of its answers.
    pub fn namespace(&self) -> String {
        let version = match self {
            Self::Iam => "2010-05-08",
            Self::Sts => "2011-06-15",
            _ => VERSION,
        };
        format!("https://{}.amazonaws.com/doc/{version}/", self.name())
    }

    /// The scope is `…Credential=KEY/DATE/REGION/SERVICE/aws4_request…`; a call without a signature, such as
    /// `AssumeRoleWithWebIdentity`, is told by its path or by its version.
    fn of(call: &Call) -> Self {
        let scope = call.header("authorization").and_then(|text| text.split_once("Credential="));
        let signed = scope.and_then(|(_, rest)| rest.split('/').nth(3));
        match signed {
            Some(name) => Self::named(name),
            None if call.path.starts_with(&format!("/{VERSION}/")) => Self::Route53,
            None => match form(call).get("Version").map(String::as_str) {
                Some("2010-05-08") => Self::Iam,
                Some("2011-06-15") => Self::Sts,
                _ => Self::Other("unsigned".to_owned()),
            },
        }
    }
}

impl Request {
    /// Reads a call.
    pub fn of(call: &Call) -> Self {
        let service = Service::of(call);
        if service != Service::Route53 {
            let target = call.header("x-amz-target").and_then(|target| target.rsplit('.').next());
            let action = form(call).remove("Action").or_else(|| target.map(str::to_owned));
            let name = action.unwrap_or_else(|| call.method.clone());
            return Self { service, name, id: String::new() };
        }
        let path = segments(&call.path);
        let path = path.strip_prefix(&[VERSION.to_owned()][..]).unwrap_or(&path);
        let same = |pattern: &str| {
            let parts: Vec<&str> = pattern.split('/').collect();
            parts.len() == path.len() && parts.iter().zip(path).all(|(part, found)| *part == "*" || part == found)
        };
        let known = ROUTE53.iter().find(|(method, pattern, _)| *method == call.method && same(pattern));
        let id = known.and_then(|(_, pattern, _)| pattern.split('/').position(|part| part == "*"));
        let unknown = || format!("{} {}", call.method, path.join("/"));
        let name = known.map_or_else(unknown, |(_, _, operation)| (*operation).to_owned());
        Self { service, name, id: id.map(|at| path[at].clone()).unwrap_or_default() }
    }
}

/// The parameters of IAM and STS, such as `Tags.member.1.Key`.
pub fn form(call: &Call) -> BTreeMap<String, String> {
    if call.header("content-type").is_some_and(|kind| !kind.starts_with("application/x-www-form-urlencoded")) {
        return BTreeMap::new();
    }
    pairs(&String::from_utf8_lossy(&call.body)).into_iter().collect()
}

/// The parameters as the log shows them; which action it is stands in the path.
pub fn fields(call: &Call) -> Map<String, Value> {
    let request = Request::of(call);
    let body = String::from_utf8_lossy(&call.body);
    let mut fields = match (&request.service, Document::parse(&body)) {
        (Service::Route53, Ok(document)) => xml::members(document.root_element()),
        (Service::Route53, Err(_)) => Map::new(),
        _ => params::body(call).unwrap_or_default(),
    };
    if request.service != Service::Route53 {
        fields.retain(|name, _| name != "Action" && name != "Version");
    }
    if !request.id.is_empty() {
        fields.insert("Id".to_owned(), Value::from(request.id));
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_named_as_the_description_names_them() {
        let named = |method: &str, target: &str, service: &str| {
            let scope = format!("AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/{service}/aws4_request, Signature=x");
            let request = Request::of(&Call::new(method, target).with_header("authorization", &scope));
            (request.name, request.id)
        };
        let pair = |name: &str, id: &str| (name.to_owned(), id.to_owned());
        assert_eq!(named("GET", "/2013-04-01/hostedzone/Z1/rrset?maxitems=2", "route53"), {
            pair("ListResourceRecordSets", "Z1")
        });
        assert_eq!(named("POST", "/2013-04-01/hostedzone/Z1/rrset/", "route53"), {
            pair("ChangeResourceRecordSets", "Z1")
        });
        assert_eq!(named("GET", "/2013-04-01/tags/hostedzone/Z1", "route53"), pair("ListTagsForResource", "Z1"));
        assert_eq!(named("GET", "/2013-04-01/geolocation", "route53"), pair("GET geolocation", ""));
        let mut unsigned = Call::new("POST", "/");
        unsigned.body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15".into();
        let request = Request::of(&unsigned);
        assert_eq!((request.service, &*request.name), (Service::Sts, "AssumeRoleWithWebIdentity"));
    }
}
