//! Properties of every plan: core's rules hold, and a plan keeps what an earlier one promised.

use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use tfplugin::schema::Schema;
use tfplugin::value::{Object, Type, Value};

use crate::host::{Host, at, book, map, row};
use crate::letters::Letter;
use crate::shelf::number;

/// Each case has a shelf of its own.
static SHELVES: AtomicU64 = AtomicU64::new(0);

fn maybe(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 3 => value]
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![Just("Kafka".into()), Just("KAFKA".into()), Just("Brod".into()), Just("x".into())]
}

fn element(name: &'static str, unset: &'static str) -> impl Strategy<Value = Value> {
    (text(), maybe(text())).prop_map(move |(text, note)| map(&[(name, text), ("note", note), (unset, Value::Null)]))
}

fn binding() -> impl Strategy<Value = Value> {
    (text(), maybe(text()), maybe((1..9u64).prop_map(number))).prop_map(|(material, color, weight)| {
        let pin = [("pin", Value::Null), ("pin_version", Value::Null), ("stamp", Value::Null)];
        let members = [("material", material), ("color", color), ("weight", weight)];
        map(&[pin, members].concat())
    })
}

/// A configuration that is valid, apart from rules between attributes.
fn config() -> impl Strategy<Value = Object> {
    let plain = (text(), maybe((1..9u64).prop_map(number)), maybe(Just("german".into())), maybe(Just("high".into())));
    let lists = (
        maybe(prop::collection::vec(text(), 0..3).prop_map(Value::List)),
        maybe(prop::collection::vec(element("heading", "number"), 0..4).prop_map(Value::List)),
        maybe(prop::collection::btree_map("[abc]", Just(()), 0..4).prop_map(|places| {
            let copy = |place: &String| {
                map(&[("place", place.as_str().into()), ("note", Value::Null), ("barcode", Value::Null)])
            };
            Value::List(places.keys().map(copy).collect())
        })),
        maybe(prop::collection::btree_map("[abc]", (1..9u64).prop_map(number), 0..3).prop_map(|prices| {
            let prices =
                prices.into_iter().map(|(key, amount)| (key, map(&[("amount", amount), ("class", Value::Null)])));
            Value::Map(prices.collect())
        })),
    );
    let extra = maybe(any::<bool>().prop_map(|flag| Value::Dynamic(Type::Bool, Box::new(flag.into()))));
    (plain, lists, maybe(binding()), extra).prop_map(|(plain, lists, binding, extra)| {
        book(&[
            ("row", "a".into()),
            ("title", plain.0.clone()),
            ("author", plain.0),
            ("pages", plain.1),
            ("language", plain.2),
            ("rank", plain.3),
            ("tags", lists.0),
            ("chapters", lists.1),
            ("copies", lists.2),
            ("prices", lists.3),
            ("binding", binding),
            ("extra", extra),
        ])
    })
}

/// The configuration with some values not known yet: whole attributes, and values inside.
fn veiled(config: &Object, veil: &mut impl Iterator<Item = bool>) -> Object {
    fn cover(value: &Value, veil: &mut impl Iterator<Item = bool>) -> Value {
        match value {
            Value::Null => Value::Null,
            _ if veil.next() == Some(true) => Value::Unknown,
            Value::List(elements) => Value::List(elements.iter().map(|element| cover(element, veil)).collect()),
            Value::Map(members) => {
                Value::Map(members.iter().map(|(name, member)| (name.clone(), cover(member, veil))).collect())
            }
            value => value.clone(),
        }
    }
    config.iter().map(|(name, value)| (name.clone(), cover(value, veil))).collect()
}

/// Whether all that is known in `early` is the same in `late`.
fn keeps(early: &Value, late: &Value) -> bool {
    match (early, late) {
        (Value::Unknown, _) => true,
        (Value::Map(early), Value::Map(late)) => {
            early.len() == late.len()
                && early.iter().all(|(name, early)| late.get(name).is_some_and(|late| keeps(early, late)))
        }
        (Value::List(early), Value::List(late)) => {
            early.len() == late.len() && early.iter().zip(late).all(|(early, late)| keeps(early, late))
        }
        (early, late) => early == late,
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// A configuration of one letter.
fn letter_config() -> impl Strategy<Value = Object> {
    let pin = maybe(Just("4711".into()));
    let enclosure = (pin, maybe((1..3u64).prop_map(number)))
        .prop_map(|(pin, version)| map(&[("pin_wo", pin), ("pin_wo_version", version)]));
    let value = (maybe(text()), maybe((1..3u64).prop_map(number)));
    (maybe(text()), value, maybe(enclosure), maybe(any::<bool>().prop_map(Value::from))).prop_map(
        |(stamp, (text, version), enclosure, sealed)| {
            let named = [("row", "a".into()), ("name", "home".into()), ("stamp", stamp)];
            let written = [("text_wo", text), ("text_wo_version", version), ("enclosure", enclosure)];
            row(Letter::TABLE, &[&named[..], &written[..], &[("sealed", sealed)]].concat())
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_keeps_cores_rules_and_its_promises(
        first in config(),
        second in config(),
        veil in prop::collection::vec(prop::bool::weighted(0.2), 60),
    ) {
        block_on(async {
            let shelf = SHELVES.fetch_add(1, Ordering::Relaxed);
            let host = Host::new(&format!("plans-{shelf}")).await;
            let prior = host.settled(&Value::Null, &first).await;
            for prior in [&Value::Null, &prior] {
                let early = host.plan(prior, &veiled(&second, &mut veil.iter().copied())).await;
                assert_eq!(early.diagnostics, [""; 0]);
                let late = host.plan(prior, &second).await;
                assert_eq!(late.diagnostics, [""; 0]);
                assert!(keeps(&early.state, &late.state), "early: {:?}\nlate: {:?}", early.state, late.state);
                assert_eq!(host.plan(prior, &second).await.state, late.state, "the plan is not determined");
            }
            // The apply keeps what the plan promised, and the plan after it is empty.
            let state = host.settled(&prior, &second).await;
            assert_eq!(at(&state, "id"), &number(1));
        });
    }

    #[test]
    fn a_plan_for_what_somebody_wrote_over_or_nobody_may_read_keeps_them_too(
        first in letter_config(),
        second in letter_config(),
        drifts in any::<bool>(),
        veil in prop::collection::vec(prop::bool::weighted(0.2), 20),
    ) {
        block_on(async {
            let shelf = SHELVES.fetch_add(1, Ordering::Relaxed);
            let host = Host::new(&format!("letters-{shelf}")).await;
            let created = host.bring_of("test_letter", &Value::Null, &first).await;
            // Who may not read does not see what happened meanwhile.
            if drifts && at(&created, "sealed") != &true.into() {
                host.shelf.put(1, &[("edition", number(9))]);
            }
            let prior = host.read_of("test_letter", &created).await.state;
            let early = host.plan_of("test_letter", &prior, &Value::Map(veiled(&second, &mut veil.iter().copied()))).await;
            assert_eq!(early.diagnostics, [""; 0]);
            let late = host.plan_of("test_letter", &prior, &Value::Map(second.clone())).await;
            assert!(keeps(&early.state, &late.state), "early: {:?}\nlate: {:?}", early.state, late.state);
            let state = host.bring_of("test_letter", &prior, &second).await;
            let again = host.plan_of("test_letter", &state, &Value::Map(second)).await;
            assert_eq!(again.state, state, "the plan after the apply is not empty");
        });
    }
}
