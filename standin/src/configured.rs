//! What the provider's configuration says that shows in objects: the account, the region, the tags of every object.

use tfplugin::value::{Object, Value};

/// The account of objects where the configuration names none.
const ACCOUNT: &str = "123456789012";
/// The region of objects where the configuration names none.
const REGION: &str = "us-east-1";

/// The provider's configuration; what is unknown in it is as if it was not there.
#[derive(Clone, Debug)]
pub(crate) struct Configured {
    pub account: String,
    pub region: String,
    /// `default_tags`.
    pub tags: Object,
}

impl Default for Configured {
    fn default() -> Self {
        Configured { account: ACCOUNT.to_owned(), region: REGION.to_owned(), tags: Object::new() }
    }
}

impl Configured {
    /// Reads what a provider's block says.
    pub(crate) fn new(config: &Object) -> Self {
        let mut configured = Configured::default();
        if let Some(region) = config.get("region").and_then(Value::as_str) {
            region.clone_into(&mut configured.region);
        }
        if let Some(account) = account(config) {
            configured.account = account;
        }
        let tags = config.get("default_tags").and_then(first).and_then(|block| block.get("tags"));
        if let Some(tags) = tags.and_then(Value::as_map) {
            configured.tags = tags.clone();
        }
        configured
    }
}

/// The account of the role that is assumed, else the one that alone is allowed.
fn account(config: &Object) -> Option<String> {
    let role = config.get("assume_role").and_then(first).and_then(|block| block.get("role_arn"));
    let of_role = role.and_then(Value::as_str).and_then(|arn| arn.split(':').nth(4));
    let allowed = config.get("allowed_account_ids").and_then(Value::as_list);
    let only = match allowed {
        Some([only]) => only.as_str(),
        _ => None,
    };
    of_role.filter(|account| !account.is_empty()).or(only).map(str::to_owned)
}

/// The first occurrence of a block, or the object of an attribute.
fn first(value: &Value) -> Option<&Object> {
    match value {
        Value::List(elements) => elements.first().and_then(Value::as_map),
        value => value.as_map(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(name: &str, value: Value) -> Value {
        Value::List(vec![Value::Map([(name.to_owned(), value)].into())])
    }

    #[test]
    fn the_role_tells_the_account() {
        let arn = Value::from("arn:aws:iam::210987654321:role/deploy");
        let allowed = Value::List(vec!["111111111111".into()]);
        let config: Object =
            [("assume_role".to_owned(), block("role_arn", arn)), ("allowed_account_ids".to_owned(), allowed)].into();
        assert_eq!(Configured::new(&config).account, "210987654321");
        let config: Object = [("assume_role".to_owned(), block("role_arn", Value::Unknown))].into();
        assert_eq!(Configured::new(&config).account, ACCOUNT);
    }

    #[test]
    fn default_tags_are_a_block() {
        let tags = Value::Map([("Owner".to_owned(), "us".into())].into());
        let config: Object = [("default_tags".to_owned(), block("tags", tags.clone()))].into();
        assert_eq!(Value::Map(Configured::new(&config).tags), tags);
    }
}
