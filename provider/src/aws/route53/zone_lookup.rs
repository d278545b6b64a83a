//! Looks up zones that others made.

use super::record_name::{RecordName, bare, domain};
use super::zone_calls::{Found, Vpc, find, named, tags, zone as zone_of};
use crate::aws::client::Aws;
use futures_util::future::join;
use tfplugin::prelude::*;
use tfplugin::schema::Semantic;

/// Finds a Route 53 zone by its id, or by its name.
#[derive(Clone, Schema)]
#[tf(name = "route53_zone", one_of(zone_id, name))]
pub struct ZoneLookup {
    /// Id of the zone.
    #[tf(computed)]
    zone_id: Option<String>,

    /// Name of the zone.
    #[tf(computed, check = domain)]
    name: Option<RecordName>,

    /// Whether the zone that is looked for by name is private; with `vpc_id` it is.
    #[tf(default = false)]
    private_zone: bool,

    /// VPC that must see the private zone that is looked for by name.
    vpc_id: Option<String>,

    /// Tags that the zone must have, where several have the name; all of its tags are in `tags_all`.
    #[tf(default = BTreeMap::new())]
    tags: BTreeMap<String, String>,

    /// Tags of the zone.
    tags_all: Computed<BTreeMap<String, String>>,

    /// ARN of the zone.
    arn: Computed<String>,

    /// Note for people.
    comment: Computed<String>,

    /// Reference of the call that made the zone.
    caller_reference: Computed<String>,

    /// Name servers of the zone, in the order of their names.
    name_servers: Computed<Vec<String>>,

    /// The name server that is named first, in the zone's SOA record.
    primary_name_server: Computed<String>,

    /// Number of record sets in the zone.
    resource_record_set_count: Computed<u64>,

    /// VPCs that see the zone.
    vpc: Computed<BTreeSet<Vpc>>,
}

impl DataSource for ZoneLookup {
    type Client = Aws;

    async fn read(aws: &Aws, config: Self) -> Result<Self> {
        let found = match (&config.zone_id, &config.name) {
            (Some(id), _) => find(aws, bare(id)).await?.into_iter().collect(),
            (None, Some(name)) => candidates(aws, name.as_str(), &config).await?,
            (None, None) => Vec::new(),
        };
        let mut found = found.into_iter();
        match (found.next(), found.next()) {
            (Some((zone, tags)), None) => config.filled(aws, zone, tags),
            (None, _) => Err(Error::not_found("there is no such zone").hint(
                "Check the name, `private_zone`, `vpc_id` and `tags`, and that the credentials are of the right account.",
            )),
            (Some((one, _)), Some((other, _))) => {
                let text = format!("several zones are called {}: {}, {}", one.name, one.id, other.id);
                Err(Error::new(text).hint("Tell them apart with `zone_id`, `private_zone`, `vpc_id` or `tags`."))
            }
        }
    }
}

/// The zones of a name that are as they are to be.
async fn candidates(aws: &Aws, name: &str, config: &ZoneLookup) -> Result<Vec<(Found, BTreeMap<String, String>)>> {
    let mut matching = Vec::new();
    let private = config.private_zone || config.vpc_id.is_some();
    for zone in named(aws, name).await?.into_iter().filter(|zone| zone.private == private) {
        let (zone, tags) = join(zone_of(aws, &zone.id), tags(aws, &zone.id)).await;
        let (zone, tags) = (zone?, tags?);
        let seen = config.vpc_id.as_ref().is_none_or(|id| zone.vpcs.iter().any(|vpc| vpc.vpc_id == *id));
        if seen && config.tags.iter().all(|(key, value)| tags.get(key) == Some(value)) {
            matching.push((zone, tags));
        }
    }
    Ok(matching)
}

impl ZoneLookup {
    fn filled(self, aws: &Aws, zone: Found, tags: BTreeMap<String, String>) -> Result<Self> {
        let servers = zone.sorted_name_servers();
        let name = match self.name {
            Some(name) => name,
            None => RecordName::read(zone.name)?,
        };
        Ok(ZoneLookup {
            arn: format!("arn:{}:route53:::hostedzone/{}", aws.partition(), zone.id).into(),
            zone_id: Some(self.zone_id.unwrap_or(zone.id)),
            name: Some(name),
            private_zone: zone.private,
            vpc_id: self.vpc_id,
            tags: self.tags,
            tags_all: tags.into(),
            comment: zone.comment.into(),
            caller_reference: zone.caller_reference.into(),
            primary_name_server: zone.name_servers.first().cloned().unwrap_or_default().into(),
            name_servers: servers.into(),
            resource_record_set_count: zone.count.into(),
            vpc: zone.vpcs.into(),
        })
    }
}
