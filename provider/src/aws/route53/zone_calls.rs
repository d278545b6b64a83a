//! What Route 53 says of a zone, and the calls that make and change one.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

use aws_sdk_route53::types::{self as api, HostedZone, HostedZoneConfig, Tag, TagResourceType, VpcRegion};
use futures_util::future::join;
use tfplugin::prelude::*;

use super::dns::{reading, repeatable, writing};
use super::edit::{Edit, Strangers};
use super::record_name::{absolute, bare, shown};
use super::set_key::SetKey;
use crate::aws::client::Aws;
use crate::aws::tags::TagChanges;

/// Tags of an object that one call changes at most.
const MOST_TAGS: usize = 10;

/// A VPC that sees a private zone.
#[derive(Clone, Debug, Nested)]
pub struct Vpc {
    /// Id of the VPC.
    pub vpc_id: String,

    /// Region of the VPC; omit it for the provider's.
    #[tf(computed)]
    pub vpc_region: Option<String>,
}

/// A zone as Route 53 has it.
pub struct Found {
    /// Without the path before it.
    pub id: String,
    /// As people write it.
    pub name: String,
    /// Empty where there is none.
    pub comment: String,
    /// Whether only VPCs see it.
    pub private: bool,
    /// What the creator called the call.
    pub caller_reference: String,
    /// Number of its record sets.
    pub count: u64,
    /// Id of the set of name servers that it shares.
    pub delegation_set_id: Option<String>,
    /// In the order of the answer: the first is the one in the SOA record.
    pub name_servers: Vec<String>,
    /// Those that see it.
    pub vpcs: BTreeSet<Vpc>,
}

impl PartialEq for Vpc {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Vpc {}

impl PartialOrd for Vpc {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Ids of VPCs are unique in all regions.
impl Ord for Vpc {
    fn cmp(&self, other: &Self) -> Ordering {
        self.vpc_id.cmp(&other.vpc_id)
    }
}

impl Found {
    fn new(zone: &HostedZone, servers: Option<&api::DelegationSet>, vpcs: &[api::Vpc]) -> Self {
        let config = zone.config.as_ref();
        let vpcs = vpcs.iter().filter_map(|vpc| {
            let vpc_region = vpc.vpc_region.as_ref().map(|region| region.as_str().to_owned());
            Some(Vpc { vpc_id: vpc.vpc_id.clone()?, vpc_region })
        });
        Found {
            id: bare(&zone.id).to_owned(),
            name: shown(&zone.name),
            comment: config.and_then(|config| config.comment.clone()).unwrap_or_default(),
            private: config.is_some_and(|config| config.private_zone),
            caller_reference: zone.caller_reference.clone(),
            count: zone.resource_record_set_count.and_then(|count| u64::try_from(count).ok()).unwrap_or_default(),
            delegation_set_id: servers.and_then(|set| set.id.as_deref()).map(bare).map(str::to_owned),
            name_servers: servers.map(|set| set.name_servers.clone()).unwrap_or_default(),
            vpcs: vpcs.collect(),
        }
    }

    /// The name servers in the order of their names.
    pub fn sorted_name_servers(&self) -> Vec<String> {
        let mut servers = self.name_servers.clone();
        servers.sort();
        servers
    }
}

/// Refuses no VPCs, which would be a public zone.
pub fn associations(vpcs: &BTreeSet<Vpc>) -> Result<(), String> {
    match vpcs.is_empty() {
        true => Err("is empty; omit it for a public zone".to_owned()),
        false => Ok(()),
    }
}

/// Refuses to make a public zone private, or the other way round.
pub fn stays_private(prior: &Option<BTreeSet<Vpc>>, planned: &Option<BTreeSet<Vpc>>) -> Result<(), String> {
    match prior.is_some() == planned.is_some() {
        true => Ok(()),
        false => Err("cannot come or go: a zone is private or public from its beginning; replace it".to_owned()),
    }
}

/// The zone with this id, with its tags.
pub async fn find(aws: &Aws, id: &str) -> Result<Option<(Found, BTreeMap<String, String>)>> {
    let (zone, tags) = join(zone(aws, id), tags(aws, id)).await;
    if_there(zone)?.map(|zone| Ok((zone, tags?))).transpose()
}

/// The zone with this id.
pub async fn zone(aws: &Aws, id: &str) -> Result<Found> {
    let answer = aws.call(reading("GetHostedZone"), || aws.route53().get_hosted_zone().id(id).send()).await?;
    let zone = answer.hosted_zone().ok_or_else(|| Error::new("route53:GetHostedZone names no zone"))?;
    let found = Found::new(zone, answer.delegation_set(), answer.vpcs());
    with_servers(aws, found).await
}

/// A private zone has no delegation set: its NS record names its servers.
async fn with_servers(aws: &Aws, mut found: Found) -> Result<Found> {
    if found.private && found.name_servers.is_empty() {
        let key = SetKey::new(&found.name, "NS", None);
        let set = aws.zone(&found.id).by_itself(&key).await?;
        let servers = set.iter().flat_map(|set| set.resource_records());
        found.name_servers = servers.map(|server| server.value.trim_end_matches('.').to_owned()).collect();
    }
    Ok(found)
}

/// Tags of a zone.
pub async fn tags(aws: &Aws, id: &str) -> Result<BTreeMap<String, String>> {
    let list =
        || aws.route53().list_tags_for_resource().resource_type(TagResourceType::Hostedzone).resource_id(id).send();
    let answer = aws.call(reading("ListTagsForResource"), list).await?;
    let tags = answer.resource_tag_set().map(api::ResourceTagSet::tags).unwrap_or_default();
    Ok(tags.iter().filter_map(|tag| Some((tag.key.clone()?, tag.value.clone().unwrap_or_default()))).collect())
}

/// Makes a zone. One that was made without an answer is found by its reference.
pub async fn made(aws: &Aws, name: &str, comment: &str, set: Option<&str>, vpc: Option<&Vpc>) -> Result<Found> {
    // It is to differ from any other; the hasher's keys are random.
    let reference =
        format!("terraform-{:016x}{:016x}", RandomState::new().hash_one(name), RandomState::new().hash_one(name));
    let config = HostedZoneConfig::builder().comment(comment).private_zone(vpc.is_some()).build();
    let create = || {
        let create = aws.route53().create_hosted_zone().name(absolute(name)).caller_reference(&reference);
        let create = create.hosted_zone_config(config.clone()).set_delegation_set_id(set.map(str::to_owned));
        create.set_vpc(vpc.map(|vpc| sent(aws, vpc))).send()
    };
    let answer = match aws.call(writing("CreateHostedZone"), create).await {
        Ok(answer) => answer,
        Err(lost) if lost.is_answer_lost() => {
            let zones = named(aws, name).await.unwrap_or_default();
            return match zones.into_iter().find(|zone| zone.caller_reference == reference) {
                Some(found) => zone(aws, &found.id).await,
                None => Err(lost),
            };
        }
        Err(error) => return Err(error),
    };
    let zone = answer.hosted_zone().ok_or_else(|| Error::answer_lost("route53:CreateHostedZone names no zone"))?;
    let vpcs: Vec<api::Vpc> = answer.vpc().cloned().into_iter().collect();
    let found = Found::new(zone, answer.delegation_set(), &vpcs);
    note(aws, &found.id, answer.change_info());
    Ok(found)
}

/// All zones of this name.
pub async fn named(aws: &Aws, name: &str) -> Result<Vec<Found>> {
    let mut zones = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let list = || {
            let list = aws.route53().list_hosted_zones_by_name().dns_name(absolute(name));
            list.set_hosted_zone_id(next.clone()).send()
        };
        let page = aws.call(reading("ListHostedZonesByName"), list).await?;
        let of_name = page.hosted_zones().iter().filter(|zone| shown(&zone.name) == shown(name));
        zones.extend(of_name.map(|zone| Found::new(zone, None, &[])));
        let goes_on = page.is_truncated && page.next_dns_name().is_some_and(|next| shown(next) == shown(name));
        next = page.next_hosted_zone_id;
        if !goes_on || next.is_none() {
            return Ok(zones);
        }
    }
}

/// Changes the tags of a zone.
pub async fn tag(aws: &Aws, id: &str, changes: TagChanges) -> Result<()> {
    let set = changes.set.into_iter().map(|(key, value)| Tag::builder().key(key).value(value).build());
    let set: Vec<Tag> = set.collect();
    let action = repeatable("ChangeTagsForResource");
    let request =
        || aws.route53().change_tags_for_resource().resource_type(TagResourceType::Hostedzone).resource_id(id);
    for removed in changes.removed.chunks(MOST_TAGS) {
        aws.call(action, || request().set_remove_tag_keys(Some(removed.to_vec())).send()).await?;
    }
    for set in set.chunks(MOST_TAGS) {
        aws.call(action, || request().set_add_tags(Some(set.to_vec())).send()).await?;
    }
    Ok(())
}

/// Changes the VPCs that see a zone, and waits for that; what comes goes first, since a private zone has always one.
pub async fn associate(
    aws: &Aws,
    id: &str,
    before: Option<&BTreeSet<Vpc>>,
    after: Option<&BTreeSet<Vpc>>,
) -> Result<()> {
    let none = BTreeSet::new();
    let (before, after) = (before.unwrap_or(&none), after.unwrap_or(&none));
    for vpc in after.difference(before) {
        let request = || aws.route53().associate_vpc_with_hosted_zone().hosted_zone_id(id).vpc(sent(aws, vpc)).send();
        let answer = aws.call(writing("AssociateVPCWithHostedZone"), request).await?;
        note(aws, id, answer.change_info());
    }
    for vpc in before.difference(after) {
        let request =
            || aws.route53().disassociate_vpc_from_hosted_zone().hosted_zone_id(id).vpc(sent(aws, vpc)).send();
        let answer = aws.call(writing("DisassociateVPCFromHostedZone"), request).await?;
        note(aws, id, answer.change_info());
    }
    aws.zone(id).ready().await
}

/// Deletes all records but those that a zone cannot do without.
pub async fn empty(aws: &Aws, id: &str) -> Result<()> {
    let zone = aws.zone(id);
    let listing = zone.sets().await?;
    let name = zone.name().await?;
    let rest = listing.iter().filter(|(key, _)| !key.is_essential(name));
    let edits: Vec<Edit> = rest.map(|(_, set)| Edit { before: vec![set.clone()], after: Vec::new() }).collect();
    zone.edit(&edits, Strangers::Overwrite).await.into_iter().collect()
}

/// Notes a change of a zone, which is awaited when it is ready.
fn note(aws: &Aws, id: &str, change: Option<&api::ChangeInfo>) {
    if let Some(change) = change {
        aws.zone(id).changed(bare(&change.id).to_owned());
    }
}

fn sent(aws: &Aws, vpc: &Vpc) -> api::Vpc {
    let region = vpc.vpc_region.clone().unwrap_or_else(|| aws.region());
    api::Vpc::builder().vpc_id(&vpc.vpc_id).vpc_region(VpcRegion::from(region.as_str())).build()
}
