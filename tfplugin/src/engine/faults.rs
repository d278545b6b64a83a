//! What is wrong with a provider's schemas: core's rules at load, and those that the engine itself relies on.

use std::collections::BTreeSet;

use crate::delivery::DELIVER;
use crate::engine::import;
use crate::engine::provider::Provider;
use crate::schema::{Field, Kind, Presence, Rule, Sent, Table, Volatile, check};

/// Names that configurations use for Terraform's own purposes.
const RESERVED: [&str; 8] =
    ["connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner", "providers"];

/// Everything that is wrong with the schemas of `provider`, each with the path of the attribute; for tests.
pub fn schema_faults(provider: &Provider) -> Vec<String> {
    let mut faults = Vec::new();
    fields_faults(provider.name, provider.config_fields, Place::Data, &mut faults);
    for backend in &provider.backends {
        backend.resources.iter().for_each(|one| faults.extend(table_faults(one.table(), Place::Resource)));
        let readers = [
            backend.data_sources.iter().map(|one| one.table()).collect::<Vec<_>>(),
            backend.ephemerals.iter().map(|one| one.table()).collect(),
            backend.lists.iter().map(|one| one.table()).collect(),
            backend.actions.iter().map(|one| one.table()).collect(),
        ];
        readers.into_iter().flatten().for_each(|table| faults.extend(table_faults(table, Place::Data)));
        for function in &backend.functions {
            let computed = function.table().fields.iter().filter(|field| field.is_computed_only());
            faults.extend(computed.map(|field| format!("`{}`: a parameter is never computed", field.name)));
        }
    }
    faults
}

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Resource,
    Data,
    Set,
}

fn table_faults(table: &Table, place: Place) -> Vec<String> {
    let mut faults = Vec::new();
    fields_faults(table.name, table.fields, place, &mut faults);
    let mut fault = |text: String| faults.push(format!("`{}`: {text}", table.name));
    if table.version < 0 {
        fault(format!("the version {} is negative", table.version));
    }
    for field in table.fields.iter().filter(|field| RESERVED.contains(&field.name)) {
        fault(format!("`{}` is a reserved name", field.name));
    }
    let named = table.key.iter().chain(table.also).copied().chain(table.rules.iter().flat_map(names));
    for name in named.filter(|name| table.field(name).is_none()) {
        fault(format!("there is no attribute `{name}`"));
    }
    if place == Place::Resource {
        resource_faults(table, &mut fault);
    }
    faults
}

fn resource_faults(table: &Table, fault: &mut impl FnMut(String)) {
    if table.key.is_empty() {
        fault("it has no key".to_owned());
    }
    let pattern = import::pattern(table);
    for name in table.key.iter().filter(|name| !pattern.contains(&format!("{{{name}}}"))) {
        fault(format!("the import id `{pattern}` does not hold `{name}`"));
    }
    if table.fields.iter().any(|field| field.stops_reading) {
        for field in table.key.iter().filter_map(|name| table.field(name)).filter(|field| field.is_computed_only()) {
            fault(format!("`{}` names it, and would have to be read where nobody may", field.name));
        }
    }
    let limits = table.timeouts.map_or([""; 4], |limits| [limits.create, limits.read, limits.update, limits.delete]);
    for limit in limits.into_iter().filter(|limit| !limit.is_empty() && check::parse_duration(limit).is_err()) {
        fault(format!("the timeout `{limit}` is no duration"));
    }
    if table.generated {
        generated_faults(table, fault);
    }
}

/// What is issued is succeeded and never updated, and its secret is nowhere but in the sink.
fn generated_faults(table: &Table, fault: &mut impl FnMut(String)) {
    if table.also.is_empty() {
        fault("it is generated and has no natural key, so nobody finds what an interrupted run left behind".to_owned());
    }
    let is_assigned = |name: &&str| table.field(name).is_some_and(Field::is_computed_only);
    if !table.key.iter().any(is_assigned) {
        fault("it is generated, and the backend assigns no part of its key".to_owned());
    }
    for field in table.fields {
        let name = field.name;
        if field.is_computed_only() && field.sensitive {
            fault(format!("`{name}` is a secret that the backend makes, and stays in the state"));
        }
        if field.adopts || matches!(field.sent, Sent::OnUpdate | Sent::ByCall) {
            fault(format!("`{name}` needs an update, but what is generated has none"));
        }
    }
    match table.field(DELIVER).and_then(Field::nested) {
        None | Some([]) => fault("it is generated, and there is no sink".to_owned()),
        Some(sinks) => target_faults(sinks, DELIVER, fault),
    }
}

/// What says where a secret goes is the user's alone.
fn target_faults(fields: &[Field], at: &str, fault: &mut impl FnMut(String)) {
    for field in fields {
        let path = format!("{at}.{}", field.name);
        if field.is_computed_only() || field.computed || field.write_only {
            fault(format!("`{path}` is computed or write-only inside of a sink"));
        }
        target_faults(field.nested().unwrap_or_default(), &path, fault);
    }
}

fn names(rule: &Rule) -> Vec<&'static str> {
    match *rule {
        Rule::Conflicts(names) | Rule::OneOf(names) | Rule::CreatedWith(names) => names.to_vec(),
        Rule::RequiresAny(one, others) => [&[one], others].concat(),
        Rule::Requires(one, other)
        | Rule::RequiresWord(one, other, _)
        | Rule::AtMost(one, other)
        | Rule::Fits(one, other, _)
        | Rule::WhenTrue(one, other)
        | Rule::WhenWord(one, other, _)
        | Rule::Implies(one, other) => vec![one, other],
    }
}

fn fields_faults(at: &str, fields: &[Field], place: Place, faults: &mut Vec<String>) {
    let mut seen = BTreeSet::new();
    for field in fields {
        let path = format!("{at}.{}", field.name);
        let mut fault = |text: &str| faults.push(format!("`{path}` {text}"));
        let letters =
            field.name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_');
        if !letters || !field.name.starts_with(|letter: char| letter.is_ascii_lowercase()) {
            fault("is not a name of lowercase letters, digits and underscores");
        }
        if !seen.insert(field.name) {
            fault("stands there twice");
        }
        if field.doc.trim().is_empty() {
            fault("has no documentation");
        }
        field_faults(field, fields, place, &mut fault);
        for inner in field.nested().unwrap_or_default() {
            if inner.fixed.is_some() || inner.change.is_some() {
                faults.push(format!(
                    "`{path}.{}` judges changes inside of an attribute, where no plan asks it",
                    inner.name
                ));
            }
        }
        let inside = if matches!(field.kind, Kind::Set(_)) { Place::Set } else { place };
        match field.nested() {
            Some(nested) => fields_faults(&path, nested, inside, faults),
            None if holds_object(&field.kind) => faults.push(format!("`{path}` holds objects too deep for a schema")),
            None => {}
        }
    }
}

fn field_faults(field: &Field, siblings: &[Field], place: Place, fault: &mut impl FnMut(&str)) {
    let is_field = |name: &str| siblings.iter().any(|field| field.name == name);
    if field.presence == Presence::Computed && field.is_filled_in() {
        fault("is computed, so `computed` and `default` say nothing");
    }
    if field.computed && field.presence == Presence::Required {
        fault("is required, so the backend cannot fill it in");
    }
    if field.computed && field.default.is_some() {
        fault("is filled in by the backend and by a default");
    }
    if place == Place::Set && matches!(field.kind, Kind::Dynamic) {
        fault("is dynamic inside a set");
    }
    if field.write_only {
        match place {
            Place::Set => fault("is write-only inside a set"),
            Place::Data => fault("is write-only outside of a resource"),
            Place::Resource if field.is_filled_in() => fault("is write-only and filled in"),
            Place::Resource if !is_field(&format!("{}_version", field.name)) => {
                fault("is write-only, and no `…_version` says when it changed");
            }
            Place::Resource => {}
        }
    }
    if let Volatile::With(names) = field.volatile
        && !names.iter().all(|name| is_field(name))
    {
        fault("is volatile with an attribute that is not there");
    }
    if field.adopts && !(field.local && matches!(field.kind, Kind::Bool)) {
        fault("adopts and is not a local boolean");
    }
    if field.stops_reading && !(field.local && matches!(field.kind, Kind::Bool)) {
        fault("stops reading and is not a local boolean");
    }
    if field.adopts && siblings.iter().any(|field| field.stops_reading) {
        fault("adopts what another attribute may forbid to read");
    }
    if field.comma && !matches!(field.kind, Kind::List(Kind::String(_)) | Kind::Set(Kind::String(_))) {
        fault("has commas and is not a list of texts");
    }
}

fn holds_object(kind: &Kind) -> bool {
    match kind {
        Kind::Object(_) => true,
        Kind::List(kind) | Kind::Set(kind) | Kind::Map(kind) => holds_object(kind),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::Text;

    const TEXT: Kind = Kind::String(Text::ANY);
    const NAME: Field = Field::new("name", "Name.", TEXT, Presence::Required);
    const WRITE_ONLY: Field = Field { write_only: true, ..Field::new("pin", "Pin.", TEXT, Presence::Optional) };
    const ANY: Field = Field::new("any", "Any.", Kind::Dynamic, Presence::Optional);
    const PINS: Field = Field::new("x", "X.", Kind::Set(&Kind::Object(&[WRITE_ONLY])), Presence::Optional);
    const ANYS: Field = Field::new("x", "X.", Kind::Set(&Kind::Object(&[ANY])), Presence::Optional);
    const FIXED: Field = Field::new(
        "x",
        "X.",
        Kind::Map(&Kind::Object(&[Field { fixed: Some("deletes it"), ..NAME }])),
        Presence::Optional,
    );
    const DEEP: Field = Field::new("x", "X.", Kind::List(&Kind::List(&Kind::Object(&[NAME]))), Presence::Optional);

    const FLAG: Field = Field { local: true, ..Field::new("stop", "Stop.", Kind::Bool, Presence::Optional) };
    const STOPS: Field = Field { stops_reading: true, ..FLAG };
    const ADOPTS: Field = Field { adopts: true, name: "adopt", ..FLAG };

    fn faults_of(fields: &'static [Field]) -> Vec<String> {
        table_faults(&Table { fields, key: &["name"], ..Table::new("thing", "A thing.") }, Place::Resource)
    }

    #[test]
    fn a_good_schema_has_no_faults() {
        assert_eq!(faults_of(&[NAME, WRITE_ONLY, Field { name: "pin_version", ..NAME }, ANY]), [""; 0]);
    }

    #[test]
    fn each_bad_attribute_is_named() {
        const TABLE: [(&[Field], &str); 17] = [
            (
                &[NAME, Field { name: "Bad-Name", ..NAME }],
                "`thing.Bad-Name` is not a name of lowercase letters, digits and underscores",
            ),
            (&[NAME, NAME], "`thing.name` stands there twice"),
            (&[NAME, Field { name: "count", ..NAME }], "`thing`: `count` is a reserved name"),
            (&[NAME, Field { doc: " ", name: "x", ..NAME }], "`thing.x` has no documentation"),
            (
                &[NAME, Field { computed: true, name: "x", ..NAME }],
                "`thing.x` is required, so the backend cannot fill it in",
            ),
            (
                &[NAME, Field { computed: true, presence: Presence::Computed, name: "x", ..NAME }],
                "`thing.x` is computed, so `computed` and `default` say nothing",
            ),
            (&[NAME, WRITE_ONLY], "`thing.pin` is write-only, and no `…_version` says when it changed"),
            (&[NAME, FIXED], "`thing.x.name` judges changes inside of an attribute, where no plan asks it"),
            (&[NAME, PINS], "`thing.x.pin` is write-only inside a set"),
            (&[NAME, ANYS], "`thing.x.any` is dynamic inside a set"),
            (&[NAME, DEEP], "`thing.x` holds objects too deep for a schema"),
            (
                &[NAME, Field { volatile: Volatile::With(&["y"]), name: "x", ..NAME }],
                "`thing.x` is volatile with an attribute that is not there",
            ),
            (&[NAME, Field { adopts: true, name: "x", ..NAME }], "`thing.x` adopts and is not a local boolean"),
            (
                &[NAME, Field { stops_reading: true, name: "x", ..NAME }],
                "`thing.x` stops reading and is not a local boolean",
            ),
            (&[NAME, ADOPTS, STOPS], "`thing.adopt` adopts what another attribute may forbid to read"),
            (&[NAME, Field { comma: true, name: "x", ..NAME }], "`thing.x` has commas and is not a list of texts"),
            (&[ANY], "`thing`: there is no attribute `name`"),
        ];
        for (fields, expected) in TABLE {
            assert_eq!(faults_of(fields), [expected]);
        }
    }

    #[test]
    fn a_resource_needs_a_key_a_whole_import_id_and_durations() {
        let limits = crate::schema::Timeouts { create: "soon", ..crate::schema::Timeouts::NONE };
        let table = Table {
            fields: &[NAME],
            import: "{id}",
            key: &["name"],
            timeouts: Some(limits),
            version: -1,
            ..Table::new("thing", "A.")
        };
        let expected = [
            "`thing`: the version -1 is negative",
            "`thing`: the import id `{id}` does not hold `name`",
            "`thing`: the timeout `soon` is no duration",
        ];
        assert_eq!(table_faults(&table, Place::Resource), expected);
        const NUMBER: Field = Field { presence: Presence::Computed, name: "number", ..NAME };
        let numbered = Table { fields: &[NUMBER, STOPS], key: &["number"], ..Table::new("thing", "A.") };
        let expected = "`thing`: `number` names it, and would have to be read where nobody may";
        assert_eq!(table_faults(&numbered, Place::Resource), [expected]);
        let keyless = Table { fields: &[NAME], ..Table::new("thing", "A.") };
        assert_eq!(table_faults(&keyless, Place::Resource), ["`thing`: it has no key"]);
    }

    #[test]
    fn what_is_generated_can_be_found_succeeded_and_delivered() {
        const ID: Field = Field::new("id", "Number.", TEXT, Presence::Computed);
        const SINK: Field = Field::new("safe", "A safe.", Kind::Object(&[ID]), Presence::Optional);
        const GOOD: Field = Field::new("safe", "A safe.", Kind::Object(&[NAME]), Presence::Optional);
        const fn deliver(sinks: &'static [Field]) -> Field {
            Field { unread: true, ..Field::new(DELIVER, "Sink.", Kind::Object(sinks), Presence::Required) }
        }
        let thing = |fields: &[Field], key, also| {
            let fields = fields.to_vec().leak();
            let table = Table { fields, key, also, generated: true, ..Table::new("thing", "A thing.") };
            table_faults(&table, Place::Resource)
        };
        assert_eq!(thing(&[NAME, ID, deliver(&[GOOD])], &["id"], &["name"]), [""; 0]);
        let found = [
            "`thing`: it is generated and has no natural key, so nobody finds what an interrupted run left behind",
            "`thing`: it is generated, and the backend assigns no part of its key",
            "`thing`: it is generated, and there is no sink",
        ];
        assert_eq!(thing(&[NAME, deliver(&[])], &["name"], &[]), found);
        let secret = Field { sensitive: true, name: "token", ..ID };
        let called = Field { sent: Sent::ByCall, name: "cover", ..NAME };
        let told = [
            "`thing`: `token` is a secret that the backend makes, and stays in the state",
            "`thing`: `cover` needs an update, but what is generated has none",
            "`thing`: `deliver.safe.id` is computed or write-only inside of a sink",
        ];
        assert_eq!(thing(&[NAME, ID, secret, called, deliver(&[SINK])], &["id"], &["name"]), told);
    }
}
