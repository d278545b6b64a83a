//! Zones: the names below a domain, and who may see them.

use super::dns::{deleting, repeatable};
use super::record_name::{RecordName, domain};
use super::zone_calls::{Found, Vpc, associate, associations, empty, find, made, stays_private, tag};
use crate::aws::client::Aws;
use crate::aws::tags::Tagging;
use tfplugin::prelude::*;
use tfplugin::schema::Semantic;

/// Manages a Route 53 zone.
///
/// A zone with a `vpc` is private: only the VPCs see it. Its first VPC comes with the zone, so that one has to stay.
#[derive(Clone, Schema)]
#[tf(name = "route53_zone", key(zone_id), conflicts(delegation_set_id, vpc), moved_from("aws_route53_zone"))]
#[tf(timeouts(create = "30m", update = "30m", delete = "30m"))]
pub struct Zone {
    /// Domain, such as `example.com`.
    #[tf(replace, check = domain)]
    name: RecordName,

    /// Note for people.
    #[tf(default = "Managed by Terraform", check = length(0..=256))]
    comment: String,

    /// Id of a set of name servers that zones share.
    #[tf(replace)]
    delegation_set_id: Option<String>,

    /// VPCs that see the zone.
    #[tf(check = associations, change = stays_private)]
    vpc: Option<BTreeSet<Vpc>>,

    /// Whether a destroy deletes the zone's records, whoever made them.
    #[tf(local, default = false)]
    force_destroy: bool,

    #[tf(flatten)]
    tagging: Tagging,

    /// ARN of the zone.
    arn: Computed<String>,

    /// Id of the zone, such as `Z0123456789ABCDEFGHIJ`.
    zone_id: Computed<String>,

    /// Name servers of the zone, in the order of their names.
    name_servers: Computed<Vec<String>>,

    /// The name server that is named first, in the zone's SOA record.
    primary_name_server: Computed<String>,
}

impl Zone {
    fn of(aws: &Aws, found: Found, tags: BTreeMap<String, String>) -> Result<Self> {
        let name_servers = found.sorted_name_servers();
        Ok(Zone {
            name: RecordName::read(found.name)?,
            comment: found.comment,
            delegation_set_id: found.delegation_set_id,
            vpc: Some(found.vpcs).filter(|vpcs| !vpcs.is_empty()),
            force_destroy: false,
            tagging: Tagging::of(tags, &aws.default_tags),
            arn: format!("arn:{}:route53:::hostedzone/{}", aws.partition(), found.id).into(),
            zone_id: found.id.into(),
            primary_name_server: found.name_servers.first().cloned().unwrap_or_default().into(),
            name_servers: name_servers.into(),
        })
    }
}

impl Resource for Zone {
    type Client = Aws;

    async fn create(aws: &Aws, plan: Self) -> Result<Self> {
        let first = plan.vpc.as_ref().and_then(|vpcs| vpcs.first());
        let zone = made(aws, plan.name.as_str(), &plan.comment, plan.delegation_set_id.as_deref(), first).await?;
        Self::of(aws, zone, BTreeMap::new())
    }

    async fn read(aws: &Aws, zone_id: String) -> Result<Option<Self>> {
        find(aws, &zone_id).await?.map(|(zone, tags)| Self::of(aws, zone, tags)).transpose()
    }

    async fn update(aws: &Aws, zone_id: String, change: Change<Self>) -> Result<()> {
        let (prior, plan, route53) = (&change.prior, &change.plan, aws.route53());
        if prior.comment != plan.comment {
            let comment = || route53.update_hosted_zone_comment().id(&zone_id).comment(&plan.comment).send();
            aws.call(repeatable("UpdateHostedZoneComment"), comment).await?;
        }
        tag(aws, &zone_id, prior.tagging.changes(&plan.tagging, &aws.default_tags)).await?;
        associate(aws, &zone_id, prior.vpc.as_ref(), plan.vpc.as_ref()).await
    }

    async fn delete(aws: &Aws, zone_id: String, state: Self) -> Result<()> {
        if state.force_destroy {
            empty(aws, &zone_id).await?;
        }
        let delete = || aws.route53().delete_hosted_zone().id(&zone_id).send();
        let refused = match aws.call(deleting("DeleteHostedZone"), delete).await {
            Err(error) if error.message().contains("HostedZoneNotEmpty") => error,
            deleted => return deleted.map(drop),
        };
        Err(refused.hint(
            "Delete its records and its keys of DNSSEC; `force_destroy = true`, applied before, deletes the records.",
        ))
    }

    /// The call that makes a zone takes no tags; an update follows only for those of the object's own.
    async fn ready(aws: &Aws, zone_id: String, created: Self) -> Result<()> {
        let defaults = Tagging { tags: None, tags_all: Computed::unset() };
        tag(aws, &zone_id, created.tagging.changes(&defaults, &aws.default_tags)).await?;
        aws.zone(&zone_id).ready().await
    }

    fn reconcile(prior: Option<&Self>, mut actual: Self) -> Self {
        actual.tagging = Tagging::reconcile(prior.map(|prior| &prior.tagging), actual.tagging);
        actual
    }
}
