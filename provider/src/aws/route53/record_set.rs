//! Record sets: what a name answers for a type, as attributes and as Route 53 has it.

use std::fmt;
use std::str::FromStr;

use aws_sdk_route53::types::{
    self as api, ResourceRecord, ResourceRecordSet, ResourceRecordSetFailover, ResourceRecordSetRegion, RrType,
};
use aws_smithy_types::error::operation::BuildError;
use tfplugin::prelude::*;
use tfplugin::schema::{Attribute, Semantic, equal};

use super::record_name::{AliasName, ZoneId, absolute};
use super::record_value::RecordValue;

/// The types of records that Route 53 has.
const TYPES: [&str; 17] = [
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "SVCB",
    "TLSA", "TXT",
];

/// Type of a record, such as `A`.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordType(String);

impl RecordType {
    /// The type's word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RecordType {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match TYPES.contains(&text) {
            true => Ok(RecordType(text.to_owned())),
            false => Err(format!("`{text}` is not one of {}", TYPES.map(|word| format!("`{word}`")).join(", "))),
        }
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Semantic for RecordType {}

/// What a name answers for a type.
#[derive(Clone, Nested)]
#[tf(
    one_of(records, alias),
    requires(records, ttl),
    conflicts(alias, ttl),
    conflicts(
        weighted_routing_policy,
        latency_routing_policy,
        failover_routing_policy,
        geolocation_routing_policy,
        geoproximity_routing_policy,
        cidr_routing_policy,
        multivalue_answer_routing_policy
    )
)]
pub struct RecordSet {
    /// Seconds that resolvers may keep the answer; an alias has none.
    #[tf(check = between(0..=2_147_483_647))]
    ttl: Option<u64>,

    /// Values, such as addresses. Of a text, the quotation marks may be left out, and one that is too long for DNS is split.
    #[tf(check = some)]
    records: Option<BTreeSet<RecordValue>>,

    /// What in AWS to answer for, such as a load balancer, in the place of values.
    alias: Option<Alias>,

    /// Health check without which it is not answered.
    health_check_id: Option<String>,

    /// Share of the answers among the sets of the same name and type.
    weighted_routing_policy: Option<Weighted>,

    /// Answer to those who are nearest to a region by network.
    latency_routing_policy: Option<Latency>,

    /// Answer while it is healthy, or while the other is not.
    failover_routing_policy: Option<Failover>,

    /// Answer to those who ask from a place.
    geolocation_routing_policy: Option<Geolocation>,

    /// Answer to those who are nearest to a place on the map.
    geoproximity_routing_policy: Option<Geoproximity>,

    /// Answer to those who ask from networks that are listed.
    cidr_routing_policy: Option<Cidr>,

    /// Whether up to eight healthy sets of the same name and type are answered together.
    multivalue_answer_routing_policy: Option<bool>,
}

/// What in AWS to answer for.
#[derive(Clone, Nested)]
pub struct Alias {
    /// DNS name of the target.
    name: AliasName,

    /// Zone that the target's name belongs to; each service has its own.
    zone_id: ZoneId,

    /// Whether the target must be healthy.
    evaluate_target_health: bool,
}

/// A share.
#[derive(Clone, Nested)]
pub struct Weighted {
    /// Share in proportion to the sum of all; 0 for none.
    #[tf(check = between(0..=255))]
    weight: u64,
}

/// Near by network.
#[derive(Clone, Nested)]
pub struct Latency {
    /// Region that the answer leads to, such as `eu-central-1`.
    region: String,
}

/// One of two.
#[derive(Clone, Nested)]
pub struct Failover {
    /// Which of the two.
    r#type: FailoverRole,
}

/// One of two.
#[derive(Clone, Copy, OneOf)]
pub enum FailoverRole {
    /// Answered while it is healthy.
    #[tf(word = "PRIMARY")]
    Primary,
    /// Answered while the primary is not healthy.
    #[tf(word = "SECONDARY")]
    Secondary,
}

/// A place.
#[derive(Clone, Nested)]
#[tf(one_of(continent, country), requires(subdivision, country))]
pub struct Geolocation {
    /// Continent, in two letters, such as `EU`.
    continent: Option<String>,

    /// Country, in two letters, such as `DE`; `*` for all that no other set is for.
    country: Option<String>,

    /// State of the country, such as `CA`.
    subdivision: Option<String>,
}

/// A place on the map, grown or shrunk.
#[derive(Clone, Nested)]
#[tf(one_of(aws_region, local_zone_group, coordinates))]
pub struct Geoproximity {
    /// Region of AWS.
    aws_region: Option<String>,

    /// Group of local zones, such as `us-west-2-lax-1`.
    local_zone_group: Option<String>,

    /// Anywhere.
    coordinates: Option<Coordinates>,

    /// How much the area grows, up to 99, or shrinks, down to -99.
    #[tf(default = 0, check = bias)]
    bias: i64,
}

/// A point of the globe.
#[derive(Clone, Nested)]
pub struct Coordinates {
    /// Degrees north, such as `49.22`.
    latitude: String,

    /// Degrees east, such as `-74.01`.
    longitude: String,
}

/// Networks that are listed.
#[derive(Clone, Nested)]
pub struct Cidr {
    /// Collection of networks.
    collection_id: String,

    /// Location in the collection; `*` for all other networks.
    location_name: String,
}

fn some(values: &BTreeSet<RecordValue>) -> Result<(), String> {
    match values.is_empty() {
        true => Err("holds no value".to_owned()),
        false => Ok(()),
    }
}

fn bias(bias: &i64) -> Result<(), String> {
    match (-99..=99).contains(bias) {
        true => Ok(()),
        false => Err(format!("is {bias}; -99 to 99 are allowed")),
    }
}

impl RecordSet {
    /// As Route 53 takes it.
    pub fn sent(&self, name: &str, kind: &str, identifier: Option<&str>) -> Result<ResourceRecordSet> {
        let routed = self.is_routed();
        if routed != identifier.is_some() {
            let what = if routed { "needs a" } else { "has no routing policy, which belongs to its" };
            return Err(Error::new(format!("{name} {kind} {what} `set_identifier`")).at_attribute("set_identifier"));
        }
        self.built(name, kind, identifier).map_err(|error| Error::new(format!("{name} {kind}: {error}")))
    }

    /// Its values; an alias has none.
    pub fn values(&self) -> Option<&BTreeSet<RecordValue>> {
        self.records.as_ref()
    }

    /// Whether it is one of several.
    pub fn is_routed(&self) -> bool {
        let policies = [
            self.weighted_routing_policy.is_some(),
            self.latency_routing_policy.is_some(),
            self.failover_routing_policy.is_some(),
            self.geolocation_routing_policy.is_some(),
            self.geoproximity_routing_policy.is_some(),
            self.cidr_routing_policy.is_some(),
            self.multivalue_answer_routing_policy == Some(true),
        ];
        policies.contains(&true)
    }

    fn built(&self, name: &str, kind: &str, identifier: Option<&str>) -> Result<ResourceRecordSet, BuildError> {
        let values = self.records.as_ref().map(|values| {
            let values = values.iter().map(|value| ResourceRecord::builder().value(value.sent(kind)).build());
            values.collect::<Result<Vec<_>, _>>()
        });
        let (geolocation, proximity) = (self.geolocation_routing_policy.as_ref(), &self.geoproximity_routing_policy);
        let failover = self.failover_routing_policy.as_ref().map(|policy| policy.r#type.word());
        let region = self.latency_routing_policy.as_ref().map(|policy| policy.region.as_str());
        ResourceRecordSet::builder()
            .name(absolute(name))
            .r#type(RrType::from(kind))
            .set_set_identifier(identifier.map(str::to_owned))
            .set_ttl(self.ttl.and_then(|ttl| i64::try_from(ttl).ok()))
            .set_resource_records(values.transpose()?)
            .set_alias_target(self.alias.as_ref().map(Alias::sent).transpose()?)
            .set_health_check_id(self.health_check_id.clone())
            .set_weight(self.weighted_routing_policy.as_ref().and_then(|policy| i64::try_from(policy.weight).ok()))
            .set_region(region.map(ResourceRecordSetRegion::from))
            .set_failover(failover.map(ResourceRecordSetFailover::from))
            .set_geo_location(geolocation.map(Geolocation::sent))
            .set_geo_proximity_location(proximity.as_ref().map(Geoproximity::sent).transpose()?)
            .set_cidr_routing_config(self.cidr_routing_policy.as_ref().map(Cidr::sent).transpose()?)
            .set_multi_value_answer(self.multivalue_answer_routing_policy.filter(|answers| *answers))
            .build()
    }

    /// What Route 53 has.
    pub fn answered(set: &ResourceRecordSet) -> Result<Self> {
        let values = set.resource_records().iter().map(|record| parsed(&record.value));
        let values: BTreeSet<RecordValue> = values.collect::<Result<_>>()?;
        let failover = set.failover().map(|failover| FailoverRole::from_word(failover.as_str())).transpose()?;
        Ok(RecordSet {
            ttl: set.ttl.and_then(|ttl| u64::try_from(ttl).ok()),
            records: Some(values).filter(|values| !values.is_empty()),
            alias: set.alias_target().map(Alias::answered).transpose()?,
            health_check_id: set.health_check_id.clone(),
            weighted_routing_policy: set.weight.map(|weight| Weighted { weight: u64::try_from(weight).unwrap_or(0) }),
            latency_routing_policy: set.region().map(|region| Latency { region: region.as_str().to_owned() }),
            failover_routing_policy: failover.map(|r#type| Failover { r#type }),
            geolocation_routing_policy: set.geo_location().map(Geolocation::answered),
            geoproximity_routing_policy: set.geo_proximity_location().map(Geoproximity::answered),
            cidr_routing_policy: set.cidr_routing_config().map(Cidr::answered),
            multivalue_answer_routing_policy: set.multi_value_answer.filter(|answers| *answers),
        })
    }

    /// The same in the words of `prior`: `false` is what Route 53 does not answer, and an alias has no TTL, where states
    /// of other providers have 0.
    #[must_use]
    pub fn settled(mut self, prior: Option<&Self>) -> Self {
        if self.alias.is_some() {
            self.ttl = None;
        }
        let multivalue = &mut self.multivalue_answer_routing_policy;
        *multivalue = match prior.map(|prior| prior.multivalue_answer_routing_policy) {
            Some(Some(false)) if *multivalue != Some(true) => Some(false),
            _ => multivalue.filter(|answers| *answers),
        };
        self
    }

    /// Whether both mean the same.
    pub fn means(&self, other: &Self) -> bool {
        let plain = |set: &Self| set.clone().settled(None).into_value();
        equal(&Self::KIND, &plain(self), &plain(other))
    }
}

/// Whether two sets mean the same, apart from their names.
pub fn same(one: &ResourceRecordSet, other: &ResourceRecordSet) -> bool {
    match (RecordSet::answered(one), RecordSet::answered(other)) {
        (Ok(first), Ok(second)) => first.means(&second),
        _ => one == other,
    }
}

fn parsed<T: Semantic>(text: &str) -> Result<T> {
    T::read(text.to_owned())
}

impl Alias {
    fn sent(&self) -> Result<api::AliasTarget, BuildError> {
        api::AliasTarget::builder()
            .dns_name(self.name.to_string())
            .hosted_zone_id(self.zone_id.bare())
            .evaluate_target_health(self.evaluate_target_health)
            .build()
    }

    fn answered(target: &api::AliasTarget) -> Result<Self> {
        let name = target.dns_name.strip_suffix('.').unwrap_or(&target.dns_name);
        Ok(Alias {
            name: parsed(name)?,
            zone_id: parsed(&target.hosted_zone_id)?,
            evaluate_target_health: target.evaluate_target_health,
        })
    }
}

impl Geolocation {
    fn sent(&self) -> api::GeoLocation {
        api::GeoLocation::builder()
            .set_continent_code(self.continent.clone())
            .set_country_code(self.country.clone())
            .set_subdivision_code(self.subdivision.clone())
            .build()
    }

    fn answered(place: &api::GeoLocation) -> Self {
        Geolocation {
            continent: place.continent_code.clone(),
            country: place.country_code.clone(),
            subdivision: place.subdivision_code.clone(),
        }
    }
}

impl Geoproximity {
    fn sent(&self) -> Result<api::GeoProximityLocation, BuildError> {
        let coordinates = self
            .coordinates
            .as_ref()
            .map(|point| api::Coordinates::builder().latitude(&point.latitude).longitude(&point.longitude).build());
        let place = api::GeoProximityLocation::builder()
            .set_aws_region(self.aws_region.clone())
            .set_local_zone_group(self.local_zone_group.clone())
            .set_coordinates(coordinates.transpose()?)
            .set_bias(i32::try_from(self.bias).ok());
        Ok(place.build())
    }

    fn answered(place: &api::GeoProximityLocation) -> Self {
        Geoproximity {
            aws_region: place.aws_region.clone(),
            local_zone_group: place.local_zone_group.clone(),
            coordinates: place
                .coordinates()
                .map(|point| Coordinates { latitude: point.latitude.clone(), longitude: point.longitude.clone() }),
            bias: place.bias.map_or(0, i64::from),
        }
    }
}

impl Cidr {
    fn sent(&self) -> Result<api::CidrRoutingConfig, BuildError> {
        let config = api::CidrRoutingConfig::builder().collection_id(&self.collection_id);
        config.location_name(&self.location_name).build()
    }

    fn answered(config: &api::CidrRoutingConfig) -> Self {
        Cidr { collection_id: config.collection_id.clone(), location_name: config.location_name.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(values: &[&str], ttl: u64) -> RecordSet {
        let values = values.iter().map(|value| value.parse().unwrap()).collect();
        let set = ResourceRecordSet::builder().name("a.").r#type(RrType::A).build().unwrap();
        RecordSet { ttl: Some(ttl), records: Some(values), ..RecordSet::answered(&set).unwrap() }
    }

    #[test]
    fn what_is_sent_is_what_is_answered() {
        let mut set = plain(&["v=spf1 -all"], 300);
        set.weighted_routing_policy = Some(Weighted { weight: 0 });
        set.health_check_id = Some("check".to_owned());
        let sent = set.sent("www.example.com", "TXT", Some("blue")).unwrap();
        assert_eq!((&*sent.name, &*sent.resource_records()[0].value), ("www.example.com.", "\"v=spf1 -all\""));
        assert!(RecordSet::answered(&sent).unwrap().means(&set));
        set.weighted_routing_policy = Some(Weighted { weight: 1 });
        assert!(!RecordSet::answered(&sent).unwrap().means(&set));
    }

    #[test]
    fn a_policy_and_an_identifier_belong_together() {
        let mut set = plain(&["192.0.2.1"], 60);
        assert!(set.sent("a", "A", Some("blue")).is_err());
        set.latency_routing_policy = Some(Latency { region: "eu-central-1".to_owned() });
        assert!(set.sent("a", "A", None).unwrap_err().message().contains("set_identifier"));
    }

    #[test]
    fn what_is_not_answered_is_what_was_not_set() {
        let (mut prior, actual) = (plain(&["192.0.2.1"], 60), plain(&["192.0.2.1"], 60));
        prior.multivalue_answer_routing_policy = Some(false);
        assert!(prior.means(&actual));
        assert_eq!(actual.clone().settled(Some(&prior)).multivalue_answer_routing_policy, Some(false));
        assert_eq!(actual.settled(None).multivalue_answer_routing_policy, None);
    }
}
