//! How a colleague deletes what a resource manages, in AWS itself.

use roxmltree::{Document, Node};

use crate::aws::server::Aws;
use crate::aws::xml::{all, child, elements};
use crate::http::call::encode;

impl Aws {
    /// Deletes the object of a resource with these attributes, and what would keep it from being deleted, past the log
    /// and the faults. Returns the operation with the object.
    ///
    /// # Panics
    ///
    /// The type is not known here, or AWS refuses.
    pub fn remove(&self, kind: &str, attribute: &dyn Fn(&str) -> String) -> String {
        match kind.strip_prefix("substrate_").unwrap_or(kind) {
            "route53_zone" => self.remove_zone(&attribute("zone_id")),
            "route53_record" => {
                let (name, set) = (attribute("name"), attribute("set_identifier"));
                self.remove_record(&attribute("zone_id"), &name, &attribute("type"), &set)
            }
            "route53_records" => self.remove_zone(&attribute("zone_id")),
            "iam_role" => self.remove_role(&attribute("name")),
            "iam_policy" => self.remove_policy(&attribute("arn")),
            "iam_role_policy" => {
                let parameters = [("RoleName", attribute("role")), ("PolicyName", attribute("name"))];
                self.act("DeleteRolePolicy", &parameters)
            }
            "iam_role_policy_attachment" => {
                let parameters = [("RoleName", attribute("role")), ("PolicyArn", attribute("policy_arn"))];
                self.act("DetachRolePolicy", &parameters)
            }
            "iam_openid_connect_provider" => {
                self.act("DeleteOpenIDConnectProvider", &[("OpenIDConnectProviderArn", attribute("arn"))])
            }
            other => panic!("say here how a colleague would delete a {other}"),
        }
    }

    /// Deletes record sets of a zone, all but those that it must have.
    fn remove_zone(&self, zone: &str) -> String {
        let apex = |name: &str, kind: &str| ["NS", "SOA"].contains(&kind) && self.is_apex(zone, name);
        self.remove_records(zone, &|name, kind, _| !apex(name, kind));
        let (status, answer) = self.route53("DELETE", &format!("/hostedzone/{}", encode(zone)), "");
        assert_eq!(status, 200, "{answer}");
        format!("route53 /DeleteHostedZone {zone}")
    }

    /// A name counts with and without its zone.
    fn remove_record(&self, zone: &str, name: &str, kind: &str, identifier: &str) -> String {
        let wanted = crate::aws::route53::canonical(name);
        let same =
            |found: &str| found == wanted || (found.starts_with(&wanted) && self.is_apex(zone, &found[wanted.len()..]));
        let removed = self
            .remove_records(zone, &|found, its_kind, its_id| same(found) && its_kind == kind && its_id == identifier);
        assert_eq!(removed, 1, "{kind} {name} is in {zone} once");
        format!("route53 /ChangeResourceRecordSets {kind} {name}")
    }

    fn remove_records(&self, zone: &str, wanted: &dyn Fn(&str, &str, &str) -> bool) -> usize {
        let sets = self.records(zone);
        let sets = sets.iter().filter(|set| wanted(set.name(), set.kind(), set.text("SetIdentifier")));
        let changes: Vec<String> = sets
            .map(|set| {
                let set = elements(&set.0);
                format!("<Change><Action>DELETE</Action><ResourceRecordSet>{set}</ResourceRecordSet></Change>")
            })
            .collect();
        for batch in changes.chunks(100) {
            let body = format!(
                "<ChangeResourceRecordSetsRequest><ChangeBatch><Changes>{}</Changes></ChangeBatch>\
                 </ChangeResourceRecordSetsRequest>",
                batch.concat()
            );
            let (status, answer) = self.route53("POST", &format!("/hostedzone/{}/rrset", encode(zone)), &body);
            assert_eq!(status, 200, "{answer}");
        }
        changes.len()
    }

    fn is_apex(&self, zone: &str, name: &str) -> bool {
        self.records(zone).iter().any(|set| set.kind() == "SOA" && set.name() == name)
    }

    fn remove_role(&self, name: &str) -> String {
        for policy in self.listed("ListRolePolicies", ("RoleName", name), "member") {
            self.act("DeleteRolePolicy", &[("RoleName", name.to_owned()), ("PolicyName", policy)]);
        }
        for arn in self.listed("ListAttachedRolePolicies", ("RoleName", name), "PolicyArn") {
            self.act("DetachRolePolicy", &[("RoleName", name.to_owned()), ("PolicyArn", arn)]);
        }
        self.act("DeleteRole", &[("RoleName", name.to_owned())])
    }

    fn remove_policy(&self, arn: &str) -> String {
        for role in self.listed("ListEntitiesForPolicy", ("PolicyArn", arn), "RoleName") {
            self.act("DetachRolePolicy", &[("RoleName", role), ("PolicyArn", arn.to_owned())]);
        }
        // The default version goes with the policy.
        for version in self.listed_where("ListPolicyVersions", ("PolicyArn", arn), "VersionId", |version| {
            version.parent().and_then(|version| child(version, "IsDefaultVersion")).and_then(|is| is.text())
                == Some("false")
        }) {
            self.act("DeletePolicyVersion", &[("PolicyArn", arn.to_owned()), ("VersionId", version)]);
        }
        self.act("DeletePolicy", &[("PolicyArn", arn.to_owned())])
    }

    fn listed(&self, action: &str, parameter: (&str, &str), element: &str) -> Vec<String> {
        self.listed_where(action, parameter, element, |_| true)
    }

    fn listed_where(
        &self,
        action: &str,
        parameter: (&str, &str),
        element: &str,
        wanted: fn(Node) -> bool,
    ) -> Vec<String> {
        let (status, answer) = self.query("iam", action, &[parameter]);
        assert_eq!(status, 200, "{action}: {answer}");
        let document = Document::parse(&answer).expect("an answer is XML");
        let found = all(&document, element).filter(|node| wanted(*node));
        found.filter_map(|node| node.text().map(str::to_owned)).collect()
    }

    fn act(&self, action: &str, parameters: &[(&str, String)]) -> String {
        let borrowed: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let (status, answer) = self.query("iam", action, &borrowed);
        assert_eq!(status, 200, "{action}: {answer}");
        let values: Vec<&str> = borrowed.iter().map(|(_, value)| *value).collect();
        format!("iam /{action} {}", values.join(" "))
    }
}
