//! What every login says of the tokens that it issues (`sdk/helper/tokenutil`).
//!
//! The older names of these fields, such as `policies` for `token_policies`, are not modelled.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use crate::openbao::fields::{Field, Kind, Unset, flag, number, strings, text};
use crate::openbao::reply::Refusal;
use crate::openbao::tokens::Grant;

/// The fields.
pub const FIELDS: &[Field] = &[
    Field::new("token_bound_cidrs", Kind::Texts, Unset::Zero),
    Field::new("token_explicit_max_ttl", Kind::Seconds, Unset::Zero),
    Field::new("token_max_ttl", Kind::Seconds, Unset::Zero),
    Field::new("token_no_default_policy", Kind::Boolean, Unset::Zero),
    Field::new("token_num_uses", Kind::Integer, Unset::Zero),
    Field::new("token_period", Kind::Seconds, Unset::Zero),
    Field::new("token_policies", Kind::Texts, Unset::Zero),
    Field::new("token_strictly_bind_ip", Kind::Boolean, Unset::Zero),
    Field::new("token_ttl", Kind::Seconds, Unset::Zero),
    Field::new("token_type", Kind::Text, Unset::Is("default")),
];

/// Refuses settings that contradict each other, and writes the type as answers show it.
pub fn check(settings: &mut Map<String, Value>) -> Result<(), Refusal> {
    let kind = match text(settings, "token_type") {
        "" | "default" => "default",
        "service" | "default-service" => "service",
        "batch" | "default-batch" => "batch",
        other => return Err(Refusal::bad_request(format!("invalid 'token_type' value {other:?}"))),
    };
    settings.insert("token_type".to_owned(), json!(kind));
    let refuse = |error: &str| Err(Refusal::bad_request(error));
    if number(settings, "token_num_uses") < 0 {
        return refuse("'token_num_uses' cannot be negative");
    }
    if kind == "batch" && number(settings, "token_period") != 0 {
        return refuse("'token_type' cannot be 'batch' or 'default_batch' when set to generate periodic tokens");
    }
    if kind == "batch" && number(settings, "token_num_uses") != 0 {
        return refuse(
            "'token_type' cannot be 'batch' or 'default_batch' when set to generate tokens with limited use count",
        );
    }
    let (ttl, max) = (number(settings, "token_ttl"), number(settings, "token_max_ttl"));
    if max > 0 && ttl > max {
        return refuse("'token_ttl' cannot be greater than 'token_max_ttl'");
    }
    match strings(settings, "token_bound_cidrs").iter().find(|address| !is_address(address) && !is_block(address)) {
        Some(wrong) => Err(Refusal::bad_request(format!(
            "error parsing address {wrong:?}: Unable to convert {wrong} to an IPv4 or IPv6 address, or a UNIX Socket"
        ))),
        None => Ok(()),
    }
}

/// What a token of these settings is to be.
pub fn grant(settings: &Map<String, Value>, path: String, display_name: String, metadata: Value) -> Grant {
    Grant {
        path,
        display_name,
        policies: strings(settings, "token_policies"),
        no_default_policy: flag(settings, "token_no_default_policy"),
        ttl: number(settings, "token_ttl"),
        max_ttl: number(settings, "token_max_ttl"),
        explicit_max_ttl: number(settings, "token_explicit_max_ttl"),
        period: number(settings, "token_period"),
        num_uses: number(settings, "token_num_uses"),
        metadata,
        renewable: true,
        batch: text(settings, "token_type") == "batch",
        parent: None,
        role: None,
        login: true,
        bound_cidrs: strings(settings, "token_bound_cidrs"),
    }
}

/// Whether a text is a block of addresses such as `10.0.0.0/8`.
pub fn is_block(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let longest = match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => 32,
        Ok(IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    bits.parse::<u8>().is_ok_and(|bits| bits <= longest)
}

fn is_address(text: &str) -> bool {
    text.parse::<IpAddr>().is_ok()
}
