//! Fills what is unknown in an object.

use tfplugin::value::{Object, Type, Value, to_json};

use super::seed::Seed;
use super::{aws, names, pattern};
use crate::configured::Configured;
use crate::schema::Schema;

/// Invents the values of one object: a value comes from the type, all that is known of the object, and its path, so
/// that the same configuration has the same objects in each run.
pub(crate) struct Inventor<'a> {
    type_name: &'a str,
    configured: &'a Configured,
    schema: &'a Schema,
    known: &'a Object,
    seed: Seed,
}

impl<'a> Inventor<'a> {
    /// For an object of which `known` is known.
    pub(crate) fn new(type_name: &'a str, configured: &'a Configured, schema: &'a Schema, known: &'a Object) -> Self {
        let content = to_json(&Value::Map(known.clone()), schema.wire_type()).to_string();
        Inventor { type_name, configured, schema, known, seed: Seed::new(type_name).then(&content) }
    }

    /// The object with nothing unknown in it.
    pub(crate) fn complete(&self) -> Object {
        let Type::Object(types) = self.schema.wire_type() else { return self.known.clone() };
        let members = types.iter().map(|(name, ty)| {
            let value = match self.known.get(name) {
                // What the user could have listed, and did not, is nothing.
                Some(Value::Unknown) if self.is_optional(name) && holds_objects(ty) => Value::List(Vec::new()),
                Some(value) => self.fill(value, ty, name, name),
                None => Value::Null,
            };
            (name.clone(), value)
        });
        members.collect()
    }

    fn is_optional(&self, name: &str) -> bool {
        self.schema.block.attributes.get(name).is_some_and(|attribute| attribute.optional)
    }

    /// The value with all that is unknown in it invented. `name` is that of the attribute it belongs to.
    fn fill(&self, value: &Value, ty: &Type, name: &str, path: &str) -> Value {
        match (value, ty) {
            (Value::Unknown, ty) => self.invent(ty, name, path),
            (Value::List(elements), Type::List(element) | Type::Set(element)) => {
                let elements = elements.iter().enumerate();
                Value::List(
                    elements
                        .map(|(index, value)| self.fill(value, element, name, &format!("{path}/{index}")))
                        .collect(),
                )
            }
            (Value::Map(members), Type::Map(element)) => {
                let members = members.iter();
                Value::Map(
                    members
                        .map(|(key, value)| (key.clone(), self.fill(value, element, name, &format!("{path}/{key}"))))
                        .collect(),
                )
            }
            (Value::Map(members), Type::Object(types)) => {
                let filled = members.iter().map(|(name, value)| {
                    let ty = types.get(name).unwrap_or(&Type::Dynamic);
                    (name.clone(), self.fill(value, ty, name, &format!("{path}/{name}")))
                });
                Value::Map(filled.collect())
            }
            (Value::Dynamic(own, inner), Type::Dynamic) => {
                Value::Dynamic(own.clone(), Box::new(self.fill(inner, own, name, path)))
            }
            (value, _) => value.clone(),
        }
    }

    fn invent(&self, ty: &Type, name: &str, path: &str) -> Value {
        match ty {
            Type::Bool => false.into(),
            Type::Number => names::number(name).into(),
            Type::String | Type::Dynamic => self.text(name, path).into(),
            Type::List(element) | Type::Set(element) => {
                let elements =
                    (0..names::count(name)).map(|index| self.invent(element, name, &format!("{path}/{index}")));
                Value::List(elements.collect())
            }
            Type::Map(_) => Value::Map(Object::new()),
            Type::Object(types) => {
                let members =
                    types.iter().map(|(name, ty)| (name.clone(), self.invent(ty, name, &format!("{path}/{name}"))));
                Value::Map(members.collect())
            }
            Type::Tuple(types) => Value::List(types.iter().map(|ty| self.invent(ty, name, path)).collect()),
        }
    }

    fn text(&self, name: &str, path: &str) -> String {
        let seed = self.seed.then(path);
        let top = !path.contains('/');
        let prefix = self.known.get(&format!("{name}_prefix")).and_then(Value::as_str).filter(|_| top);
        if let Some(prefix) = prefix {
            return prefix.to_owned() + &pattern::fill("{suffix}", seed, |_| String::new());
        }
        pattern::fill(&self.pattern(name, top), seed, |word| self.named(word))
    }

    fn pattern(&self, name: &str, top: bool) -> String {
        let own = if top { aws::attribute(self.type_name, name) } else { None };
        if let Some(pattern) = own {
            return pattern.to_owned();
        }
        if name == "id" && top {
            return format!("{}{{hex}}", self.of_aws(self.type_name).unwrap_or_default());
        }
        let noun = name.strip_suffix("_id").or_else(|| name.strip_suffix("_ids"));
        let noun = if name == "ids" { Some(self.type_name) } else { noun };
        if let Some(prefix) = noun.and_then(|noun| self.of_aws(noun)) {
            return format!("{prefix}{{hex}}");
        }
        match names::text(name) {
            Some(_) if name == "arn" && top => "arn:{partition}:{service}:{region}:{account}:{noun}/{id}".to_owned(),
            found => found.unwrap_or("{hex}").to_owned(),
        }
    }

    fn of_aws(&self, noun: &str) -> Option<&'static str> {
        if self.type_name.starts_with("aws_") { aws::prefix(noun) } else { None }
    }

    /// A word of a pattern: a fact of the provider, or another attribute of the object.
    fn named(&self, word: &str) -> String {
        let (service, noun) = aws::service(self.type_name);
        match word {
            "account" => self.configured.account.clone(),
            "partition" => "aws".to_owned(),
            "service" => service.to_owned(),
            "noun" => noun,
            "host" => self.named("url").split("://").last().unwrap_or_default().to_owned(),
            "region" => match self.known.get("region") {
                Some(Value::String(region)) => region.clone(),
                _ => self.configured.region.clone(),
            },
            name => match self.known.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => self.text(name, name),
            },
        }
    }
}

/// Whether a type is a list or a set of objects.
fn holds_objects(ty: &Type) -> bool {
    matches!(ty, Type::List(element) | Type::Set(element) if matches!(**element, Type::Object(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(json: &str) -> Object {
        let members: serde_json::Map<String, serde_json::Value> = serde_json::from_str(json).unwrap();
        members
            .into_iter()
            .map(|(name, value)| match value.as_str() {
                Some("?") => (name, Value::Unknown),
                _ => (name, tfplugin::value::from_plain_json(value)),
            })
            .collect()
    }

    fn schema(attributes: &str) -> Schema {
        serde_json::from_str(&format!(r#"{{"block": {{"attributes": {attributes}}}}}"#)).unwrap()
    }

    fn complete(type_name: &str, attributes: &str, known: &str) -> Object {
        Inventor::new(type_name, &Configured::default(), &schema(attributes), &object(known)).complete()
    }

    const ROLE: &str = r#"{
        "arn": {"type": "string", "computed": true}, "id": {"type": "string", "computed": true},
        "name": {"type": "string", "optional": true, "computed": true},
        "name_prefix": {"type": "string", "optional": true, "computed": true}
    }"#;

    #[test]
    fn what_is_invented_fits_together() {
        let role = complete("aws_iam_role", ROLE, r#"{"arn": "?", "id": "?", "name": "deploy", "name_prefix": "?"}"#);
        assert_eq!(role["id"], "deploy".into());
        assert_eq!(role["arn"], "arn:aws:iam::123456789012:role/deploy".into());
    }

    #[test]
    fn a_prefix_begins_the_name() {
        let role = complete("aws_iam_role", ROLE, r#"{"arn": "?", "id": "?", "name": "?", "name_prefix": "deploy-"}"#);
        let name = role["name"].as_str().unwrap();
        assert!(name.starts_with("deploy-") && name.len() == "deploy-".len() + 26, "{name}");
        assert_eq!(role["id"].as_str(), Some(name));
        assert_eq!(role["arn"], format!("arn:aws:iam::123456789012:role/{name}").into());
    }

    #[test]
    fn objects_differ_as_their_configurations_do() {
        let of = |cidr: &str| {
            let attributes =
                r#"{"id": {"type": "string", "computed": true}, "cidr": {"type": "string", "required": true}}"#;
            complete("aws_vpc", attributes, &format!(r#"{{"id": "?", "cidr": "{cidr}"}}"#))["id"].clone()
        };
        assert_eq!(of("10.0.0.0/16"), of("10.0.0.0/16"));
        assert_ne!(of("10.0.0.0/16"), of("10.1.0.0/16"));
        assert!(of("10.0.0.0/16").as_str().unwrap().starts_with("vpc-"));
    }

    #[test]
    fn a_computed_list_of_objects_has_one() {
        let attributes = r#"{
            "identity": {"computed": true, "type": ["list", ["object", {"oidc": ["list", ["object", {"issuer": "string"}]]}]]},
            "ingress": {"computed": true, "optional": true, "type": ["set", ["object", {"port": "number"}]]}
        }"#;
        let made = complete("aws_eks_cluster", attributes, r#"{"identity": "?", "ingress": "?"}"#);
        let oidc = made["identity"].as_list().unwrap()[0].as_map().unwrap()["oidc"].clone();
        let issuer = oidc.as_list().unwrap()[0].as_map().unwrap()["issuer"].clone();
        assert!(issuer.as_str().unwrap().starts_with("https://"), "{issuer:?}");
        assert_eq!(made["ingress"], Value::List(Vec::new()), "what the user could list is nothing where he did not");
    }
}
