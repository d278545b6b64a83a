//! Records: what a name of a zone answers.

use super::edit::{Edit, Strangers};
use super::record_name::{RecordName, ZoneId};
use super::record_set::{RecordSet, RecordType};
use super::set_key::SetKey;
use super::value_form::values_fit;
use super::zones::SharedZone;
use crate::aws::client::Aws;
use tfplugin::prelude::*;

/// Manages a record of a Route 53 zone.
///
/// All records that are changed at the same moment share a request, and a zone is read by one listing. Terraform works
/// on ten objects at a time, so a request has ten records at most: raise `-parallelism` for many changes, or use
/// `substrate_route53_records`.
///
/// A record that somebody else changed since the plan is not overwritten, unless `allow_overwrite` is set. A change of
/// `type` makes another record; in `substrate_route53_records` it is one step, in which the name always answers.
#[derive(Clone, Schema)]
#[expect(clippy::duplicated_attributes, reason = "an attribute can stand in several rules")]
#[tf(name = "route53_record", key(zone_id, name, type, set_identifier), moved_from("aws_route53_record"))]
#[tf(import = "{zone_id}_{name}_{type}[_{set_identifier}]")]
#[tf(timeouts(create = "30m", update = "30m", delete = "30m"))]
#[tf(
    requires_any(
        set_identifier,
        weighted_routing_policy,
        latency_routing_policy,
        failover_routing_policy,
        geolocation_routing_policy,
        geoproximity_routing_policy,
        cidr_routing_policy,
        multivalue_answer_routing_policy
    ),
    requires(weighted_routing_policy, set_identifier),
    requires(latency_routing_policy, set_identifier),
    requires(failover_routing_policy, set_identifier),
    requires(geolocation_routing_policy, set_identifier),
    requires(geoproximity_routing_policy, set_identifier),
    requires(cidr_routing_policy, set_identifier),
    when_true(multivalue_answer_routing_policy, set_identifier),
    fits(records, type, values_fit)
)]
pub struct Record {
    /// Id of the zone.
    zone_id: ZoneId,

    /// Name, whole or below the zone: `www.example.com` and `www` are the same. An empty one is the zone's own.
    name: RecordName,

    /// Type of the record.
    r#type: RecordType,

    /// What tells it from others of the same name and type; it belongs to a routing policy.
    #[tf(check = length(1..=128))]
    set_identifier: Option<String>,

    #[tf(flatten)]
    set: RecordSet,

    /// Whether a record that is there already is taken over, and what somebody else changed is overwritten.
    #[tf(local, default = false, adopts)]
    allow_overwrite: bool,

    /// The whole name, without a dot at its end.
    fqdn: Computed<String>,
}

type Key = <Record as Schema>::Key;

impl Record {
    /// The whole name: the state has it, and the zone tells it.
    async fn whole_name(&self, zone: &SharedZone) -> Result<String> {
        match self.fqdn.get() {
            Some(fqdn) => Ok(fqdn.clone()),
            None => zone.whole_name(&self.name).await,
        }
    }

    fn sent(&self, name: &str) -> Result<Vec<aws_sdk_route53::types::ResourceRecordSet>> {
        Ok(vec![self.set.sent(name, self.r#type.as_str(), self.set_identifier.as_deref())?])
    }

    fn key_in_zone(&self, name: &str) -> SetKey {
        SetKey::new(name, self.r#type.as_str(), self.set_identifier.clone())
    }
}

impl Resource for Record {
    type Client = Aws;

    async fn create(aws: &Aws, mut plan: Self) -> Result<Self> {
        let zone = aws.zone(plan.zone_id.bare());
        let name = zone.whole_name(&plan.name).await?;
        zone.edit_one(Edit { before: Vec::new(), after: plan.sent(&name)? }, Strangers::Refuse).await?;
        plan.fqdn = name.into();
        Ok(plan)
    }

    async fn read(aws: &Aws, (zone_id, name, r#type, set_identifier): Key) -> Result<Option<Self>> {
        let found = aws.zone(zone_id.bare()).find(&name, &r#type, set_identifier.clone()).await;
        let record = if_there(found)?.flatten().map(|(fqdn, set)| {
            let set = RecordSet::answered(&set)?;
            Ok(Record { zone_id, name, r#type, set_identifier, set, allow_overwrite: false, fqdn: fqdn.into() })
        });
        record.transpose()
    }

    async fn update(aws: &Aws, _: Key, change: Change<Self>) -> Result<()> {
        let (zone, prior, plan) = (aws.zone(change.prior.zone_id.bare()), &change.prior, &change.plan);
        let name = prior.whole_name(&zone).await?;
        zone.edit_one(
            Edit { before: prior.sent(&name)?, after: plan.sent(&name)? },
            Strangers::of(plan.allow_overwrite),
        )
        .await?;
        zone.in_sync([plan.key_in_zone(&name)]).await
    }

    async fn delete(aws: &Aws, _: Key, state: Self) -> Result<()> {
        let zone = aws.zone(state.zone_id.bare());
        let name = state.whole_name(&zone).await?;
        let key = state.key_in_zone(&name);
        // A zone cannot do without them: they go with it.
        if ["NS", "SOA"].contains(&&*key.kind) && key.is_essential(zone.name().await?) {
            return Ok(());
        }
        zone.edit_one(Edit { before: state.sent(&name)?, after: Vec::new() }, Strangers::of(state.allow_overwrite))
            .await
    }

    async fn ready(aws: &Aws, _: Key, created: Self) -> Result<()> {
        let zone = aws.zone(created.zone_id.bare());
        let name = created.whole_name(&zone).await?;
        zone.in_sync([created.key_in_zone(&name)]).await
    }

    fn reconcile(prior: Option<&Self>, mut actual: Self) -> Self {
        actual.set = actual.set.settled(prior.map(|prior| &prior.set));
        actual
    }
}
