//! Each word of the vocabulary, from the configuration to the request and back.

use expect_test::expect;
use tfplugin::proto::tfplugin6::provider_server::Provider as _;
use tfplugin::proto::tfplugin6::{self as proto, RawState};
use tfplugin::value::{Object, Type, Value};
use tonic::Request;

use crate::host::{Host, at, book, map, small, told, ty, unwire};
use crate::shelf::number;

fn binding(members: &[(&str, Value)]) -> Value {
    let mut object: Object = ["material", "color", "weight", "stamp", "pin", "pin_version"]
        .map(|name| (name.to_owned(), Value::Null))
        .into();
    object.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Value::Map(object)
}

fn chapter(heading: &str) -> Value {
    map(&[("heading", heading.into()), ("note", Value::Null), ("number", Value::Null)])
}

fn specimen(place: &str) -> Value {
    map(&[("place", place.into()), ("note", Value::Null), ("barcode", Value::Null)])
}

fn price(amount: u64) -> Value {
    map(&[("amount", number(amount)), ("class", Value::Null)])
}

/// A book in which everything is set that the user can set together.
fn full() -> Object {
    let texts = |texts: &[&str]| Value::List(texts.iter().map(|text| (*text).into()).collect());
    book(&[
        ("row", "a".into()),
        ("title", "Trial".into()),
        ("pages", number(300)),
        ("language", "german".into()),
        ("rank", "high".into()),
        ("rare", true.into()),
        ("locked", true.into()),
        ("author", "Kafka".into()),
        ("isbn", "3-16".into()),
        ("tags", texts(&["law", "dread"])),
        ("marks", texts(&["x", "y"])),
        ("names", map(&[("de", "Der Process".into())])),
        ("binding", binding(&[("material", "linen".into()), ("pin", "4711".into()), ("pin_version", number(1))])),
        ("chapters", Value::List(vec![chapter("Arrest"), chapter("Talk")])),
        ("copies", Value::List(vec![specimen("Prague"), specimen("Rome")])),
        ("prices", map(&[("cz", price(200)), ("it", price(9))])),
        ("extra", Value::Dynamic(Type::Bool, Box::new(true.into()))),
        ("format", "octavo".into()),
        ("review", "good".into()),
        ("cover", "red".into()),
        ("secret", "whispered".into()),
        ("code", "0815".into()),
        ("code_version", number(1)),
        ("loan_note", "for a week".into()),
        ("old_name", "Process".into()),
    ])
}

#[tokio::test]
async fn a_full_book_is_created_with_what_each_call_knows() {
    let host = Host::new("full").await;
    let state = host.settled(&Value::Null, &full()).await;
    expect![[r#"
        connect token=none
        find row=a name=Trial
        create author=Kafka binding={color:black,material:linen,pin:(secret)} chapters=[{heading:Arrest},{heading:Talk}] code=(secret) copies=[{place:Prague},{place:Rome}] extra=true format=octavo isbn=3-16 language=de loan_note=for a week locked=true marks=[x,y] name=Trial names={de:Der Process} old_name=Process pages=300 prices={cz:{amount:200},it:{amount:9}} rank_level=20 rare=true secret=(secret) tags=law,dread
        update 1 cover=red
        update 1 review=good
        read 1
        read 1"#]].assert_eq(&host.shelf.calls().join("\n"));
    assert_eq!(at(&state, "code"), &Value::Null);
    assert_eq!(at(at(&state, "binding"), "pin"), &Value::Null);
    assert_eq!(at(at(&state, "binding"), "color"), &"black".into());
    assert_eq!(at(at(&state, "binding"), "stamp"), &number(5));
    assert_eq!(at(&state, "loan_note"), &"for a week".into());
    assert_eq!(at(&state, "token"), &"token-1".into());
}

#[tokio::test]
async fn an_update_sends_what_changed() {
    let host = Host::new("changes").await;
    let state = host.settled(&Value::Null, &full()).await;
    host.shelf.calls();
    let mut config = full();
    for cleared in ["pages", "tags", "old_name", "secret"] {
        config.insert(cleared.to_owned(), Value::Null);
    }
    config.insert("rank".to_owned(), "low".into());
    config.insert("code".to_owned(), "0816".into());
    config.insert("code_version".to_owned(), number(2));
    config.insert("cover".to_owned(), "blue".into());
    config.insert("chapters".to_owned(), Value::List(vec![chapter("Dream"), chapter("Arrest"), chapter("Talk")]));
    let state = host.settled(&state, &config).await;
    expect![[r#"
        update 1 cover=blue
        update 1 chapters=[{heading:Dream},{heading:Arrest},{heading:Talk}] code=(secret) rank_level=10 -pages -tags -secret -old_name
        read 1
        read 1"#]].assert_eq(&host.shelf.calls().join("\n"));
    let numbers: Vec<_> =
        at(&state, "chapters").as_list().unwrap().iter().map(|chapter| at(chapter, "number").clone()).collect();
    assert_eq!(numbers, [number(5), number(6), number(4)], "each chapter has its own number");
    host.shelf.calls();
    host.delete(&state).await;
    assert_eq!(host.shelf.calls(), ["delete 1 rare"]);
}

#[tokio::test]
async fn every_wrong_input_is_refused_with_its_path() {
    let host = Host::unconfigured("wrong");
    let texts = |texts: Vec<Value>| Value::List(texts);
    let table = [
        ("title", Value::Null, "`title` is required. .title"),
        ("title", "far too long for a title".into(), "`title` has 24 characters; 1 to 20 are allowed. .title"),
        ("pages", number(0), "`pages` is 0; 1 to 9999 are allowed. .pages"),
        ("language", "latin".into(), "`language`: `latin` is not one of `english`, `german`. .language"),
        ("author", "Kafka!".into(), "`author`: has an exclamation mark. .author"),
        ("editor", "Brod".into(), "Only one of `author`, `editor` can be set."),
        ("code", "1".into(), "`code` needs `code_version`."),
        ("id", number(1), "`id` is set by the backend.\n\nRemove it from the configuration. .id"),
        ("id", Value::Unknown, "`id` is set by the backend.\n\nRemove it from the configuration. .id"),
        ("tags", texts(vec!["a".into(), Value::Null]), "`tags` holds a null.\n\nLeave the element out. .tags"),
        (
            "chapters",
            texts(vec![chapter("a"), chapter("!")]),
            "`chapters[1].heading`: has an exclamation mark. .chapters[1].heading",
        ),
        (
            "prices",
            map(&[("cz", map(&[("amount", Value::Null), ("class", Value::Null)]))]),
            "`prices[\"cz\"].amount` is required. .prices[\"cz\"].amount",
        ),
        ("binding", binding(&[]), "`binding.material` is required. .binding.material"),
        (
            "timeouts",
            map(&[("create", "soon".into()), ("read", Value::Null), ("update", Value::Null), ("delete", Value::Null)]),
            "`timeouts.create`: `soon` is not a duration such as `30s`, `20m` or `1h30m`. .timeouts.create",
        ),
    ];
    for (name, value, expected) in table {
        let mut config = small("Trial");
        config.insert(name.to_owned(), value);
        let told = host.validate(&config).await;
        assert_eq!(told.len(), 1, "{name}: {told:?}");
        let told = told[0].strip_prefix("error: invalid configuration of `test_book`: ").unwrap();
        assert!(told.starts_with(expected), "{name}: {told}");
    }
    let mut rare = small("Trial");
    rare.insert("rare".to_owned(), true.into());
    rare.insert("locked".to_owned(), false.into());
    let told = host.validate(&rare).await;
    assert!(
        told[0].contains("`rare = true` needs `isbn`.") && told[1].contains("`rare = true` needs `locked = true`."),
        "{told:?}"
    );
}

#[tokio::test]
async fn what_is_allowed_and_may_not_be_meant_is_a_warning_at_its_path() {
    let host = Host::unconfigured("doubtful");
    let mut config = small("Trial");
    config.insert("author".to_owned(), "Kafka?".into());
    config.insert("chapters".to_owned(), Value::List(vec![chapter("Arrest"), chapter("Talk?"), chapter("Dream!")]));
    expect![[r#"
        error: invalid configuration of `test_book`: `chapters[2].heading`: has an exclamation mark. .chapters[2].heading
        warning: doubtful configuration of `test_book`: `author`: whether it is `Kafka?` is not certain. .author
        warning: doubtful configuration of `test_book`: `chapters[1].heading`: whether it is `Talk?` is not certain. .chapters[1].heading"#]]
    .assert_eq(&host.validate(&config).await.join("\n"));
}

#[tokio::test]
async fn a_host_without_write_only_attributes_gets_none() {
    let host = Host::unconfigured("old-host");
    let request = proto::validate_resource_config::Request {
        type_name: "test_book".to_owned(),
        config: crate::host::wire(&Value::Map(full()), &ty("test_book")),
        client_capabilities: None,
    };
    let answer = host.service.validate_resource_config(Request::new(request)).await.unwrap().into_inner();
    let told = told(&answer.diagnostics);
    assert!(told.len() == 2 && told[0].ends_with(".binding.pin") && told[1].ends_with(".code"), "{told:?}");
}

#[tokio::test]
async fn a_change_of_what_cannot_change_replaces() {
    let host = Host::new("replace").await;
    let state = host.settled(&Value::Null, &full()).await;
    let mut config = full();
    config.insert("format".to_owned(), "folio".into());
    let planned = host.plan(&state, &config).await;
    assert_eq!((planned.replace, &planned.private[..]), (vec!["format".to_owned()], &b"kept"[..]));
    assert_eq!(host.plan(&Value::Null, &config).await.replace, [""; 0]);
}

async fn upgraded(host: &Host, version: i64, json: &str) -> (Value, Vec<String>) {
    let request = proto::upgrade_resource_state::Request {
        type_name: "test_book".to_owned(),
        version,
        raw_state: Some(RawState { json: json.to_owned().into(), ..Default::default() }),
    };
    let answer = host.service.upgrade_resource_state(Request::new(request)).await.unwrap().into_inner();
    (unwire(answer.upgraded_state.as_ref(), &ty("test_book")), told(&answer.diagnostics))
}

#[tokio::test]
async fn a_state_of_an_older_version_is_upgraded_and_usable() {
    let host = Host::new("upgrade").await;
    host.settled(&Value::Null, &small("Trial")).await;
    let (state, diagnostics) =
        upgraded(&host, 1, r#"{"id": 1, "name": "Trial", "row": "a", "gone": [1], "code": "x"}"#).await;
    assert_eq!(diagnostics, [""; 0]);
    assert_eq!((at(&state, "title"), at(&state, "code")), (&"Trial".into(), &Value::Null));
    // The object is deleted although its state lacks what newer versions added.
    assert_eq!(host.delete(&state).await.diagnostics, [""; 0]);
    let (_, diagnostics) = upgraded(&host, 0, "{}").await;
    assert!(diagnostics[0].contains("book of version 0 cannot be read"), "{diagnostics:?}");
    let (_, diagnostics) = upgraded(&host, 3, "{}").await;
    assert!(diagnostics[0].contains("has version 3, and this provider knows only 2"), "{diagnostics:?}");
}

#[tokio::test]
async fn a_state_of_another_provider_is_moved() {
    let host = Host::new("moved").await;
    let moved = async |source: &str, json: &str| {
        let request = proto::move_resource_state::Request {
            source_type_name: source.to_owned(),
            target_type_name: "test_book".to_owned(),
            source_state: Some(RawState { json: json.to_owned().into(), ..Default::default() }),
            ..Default::default()
        };
        let answer = host.service.move_resource_state(Request::new(request)).await.unwrap().into_inner();
        (unwire(answer.target_state.as_ref(), &ty("test_book")), told(&answer.diagnostics))
    };
    let (state, diagnostics) = moved("other_book", r#"{"id": 7, "title": "Trial", "strange": true}"#).await;
    assert_eq!((at(&state, "id"), diagnostics), (&number(7), vec![]));
    assert!(moved("other_book", "{}").await.1[0].contains("has no `id`"));
    assert!(moved("other_chair", "{}").await.1[0].contains("A `other_chair` cannot become a `test_book`"));
}

#[tokio::test]
async fn a_state_is_written_as_a_configuration() {
    let host = Host::new("generated").await;
    let state = host.settled(&Value::Null, &full()).await;
    let request = proto::generate_resource_config::Request {
        type_name: "test_book".to_owned(),
        state: crate::host::wire(&state, &ty("test_book")),
    };
    let answer = host.service.generate_resource_config(Request::new(request)).await.unwrap().into_inner();
    let config = unwire(answer.config.as_ref(), &ty("test_book"));
    assert_eq!(told(&answer.diagnostics), [""; 0]);
    assert_eq!(host.validate(config.as_map().unwrap()).await, [""; 0], "it can be applied as it is");
    assert_eq!(at(&at(&config, "chapters").as_list().unwrap()[0], "number"), &Value::Null);
}
