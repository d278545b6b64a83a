//! Many records of one zone as one resource.

use super::edit::{Edit, Strangers};
use super::record_map::{check, edits, kept, keyed, named, reconciled, sets};
use super::record_name::ZoneId;
use super::record_set::RecordSet;
use crate::aws::client::Aws;
use tfplugin::prelude::*;

/// Manages many records of a Route 53 zone as one resource, for zones that are large: a thousand records are one request.
///
/// Each record has the key `<name> <type>`, or `<name> <type> <set identifier>` where it has a routing policy. The name
/// is whole or below the zone: `www A` and `www.example.com A` are the same. All records of a name change in one step, so
/// that one can become an alias or a CNAME without a moment in which it answers nothing. An import has whole names and all
/// records: the plan after it shows those that the configuration leaves out as gone.
///
/// One zone has one such resource; records can be managed beside it, unless it purges.
#[derive(Clone, Schema)]
#[tf(name = "route53_records", key(zone_id), timeouts(create = "30m", update = "30m", delete = "30m"))]
pub struct Records {
    /// Id of the zone.
    zone_id: ZoneId,

    /// The records.
    #[tf(check = check)]
    records: BTreeMap<String, RecordSet>,

    /// Whether records of the zone that are not among `records` are deleted. From the plan after this is applied on, plans
    /// show what. The zone's own NS and SOA records stay.
    #[tf(local, default = false)]
    purge: bool,

    /// Whether records that are there already are taken over, and what somebody else changed is overwritten.
    #[tf(local, default = false)]
    allow_overwrite: bool,

    /// Name of the zone, without a dot at its end.
    zone_name: Computed<String>,
}

type Key = <Records as Schema>::Key;

impl Resource for Records {
    type Client = Aws;

    /// What fails is tried again by the update that follows, which says why.
    async fn create(aws: &Aws, mut plan: Self) -> Result<Self> {
        let zone = aws.zone(plan.zone_id.bare());
        let name = zone.name().await?;
        let edits = edits(&BTreeMap::new(), &sets(&plan.records, name)?);
        let results = zone.edit(&edits, Strangers::of(plan.allow_overwrite)).await;
        if results.iter().all(Result::is_err) {
            return named(&edits, results).map(|()| plan);
        }
        let made = edits.iter().zip(&results).filter(|(_, result)| result.is_ok()).flat_map(|(edit, _)| edit.keys());
        let made: BTreeSet<_> = made.collect();
        plan.records.retain(|key, _| keyed(key, name).is_some_and(|key| made.contains(&key)));
        plan.zone_name = name.to_owned().into();
        Ok(plan)
    }

    /// None where the zone has no more than its own NS and SOA records.
    async fn read(aws: &Aws, zone_id: Key) -> Result<Option<Self>> {
        let zone = aws.zone(zone_id.bare());
        let Some(listing) = if_there(zone.sets().await)? else { return Ok(None) };
        let name = zone.name().await?;
        if listing.keys().all(|key| key.is_essential(name)) {
            return Ok(None);
        }
        // A traffic policy's record sets are not changed by themselves.
        let own = listing.iter().filter(|(_, set)| set.traffic_policy_instance_id.is_none());
        let records = own.map(|(key, set)| Ok((key.to_string(), RecordSet::answered(set)?)));
        let records = records.collect::<Result<_>>()?;
        Ok(Some(Records { zone_id, records, purge: false, allow_overwrite: false, zone_name: name.to_owned().into() }))
    }

    async fn update(aws: &Aws, _: Key, change: Change<Self>) -> Result<()> {
        let zone = aws.zone(change.prior.zone_id.bare());
        let name = zone.name().await?;
        let (mut before, after) = (sets(&change.prior.records, name)?, sets(&change.plan.records, name)?);
        before.retain(|key, _| after.contains_key(key) || !key.is_essential(name));
        let edits = edits(&before, &after);
        named(&edits, zone.edit(&edits, Strangers::of(change.plan.allow_overwrite)).await).map_err(kept)?;
        zone.in_sync(edits.iter().flat_map(Edit::keys)).await
    }

    async fn delete(aws: &Aws, _: Key, state: Self) -> Result<()> {
        let zone = aws.zone(state.zone_id.bare());
        let name = zone.name().await?;
        let mut before = sets(&state.records, name)?;
        before.retain(|key, _| !key.is_essential(name));
        let edits = edits(&before, &BTreeMap::new());
        named(&edits, zone.edit(&edits, Strangers::of(state.allow_overwrite)).await)
    }

    async fn ready(aws: &Aws, _: Key, created: Self) -> Result<()> {
        let zone = aws.zone(created.zone_id.bare());
        let name = zone.name().await?;
        zone.in_sync(created.records.keys().filter_map(|key| keyed(key, name))).await
    }

    /// A zone's records are no object that could be there already.
    fn is_vacant(&self) -> bool {
        true
    }

    fn reconcile(prior: Option<&Self>, mut actual: Self) -> Self {
        let zone = actual.zone_name.get().cloned().unwrap_or_default();
        let others = prior.is_none_or(|prior| prior.purge);
        actual.records = reconciled(prior.map(|prior| &prior.records), actual.records, &zone, others);
        actual
    }
}
