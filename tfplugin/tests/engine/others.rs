//! Data sources, functions, ephemeral resources, lists and actions.

use std::time::{Duration, SystemTime};

use tfplugin::action::{Action, Progress};
use tfplugin::ephemeral::{Ephemeral, Opened};
use tfplugin::list::{List, Listed};
use tfplugin::prelude::*;
use tfplugin::proto::tfplugin6::provider_server::Provider as _;
use tfplugin::proto::tfplugin6::{self as proto, invoke_action};
use tfplugin::schema::{decode, object_type};
use tfplugin::value::{Object, Type, Value};
use tokio_stream::StreamExt;
use tonic::Request;

use crate::host::{Host, at, map, row, small, told, unwire, wire};
use crate::library::{Book, Caseless};
use crate::shelf::{Fault, Librarian, number};

/// Counts the books of a row.
#[derive(Clone, Schema)]
#[tf(name = "census")]
pub struct Census {
    /// Row to count in.
    #[tf(default = "a")]
    row: String,

    /// Count.
    books: Computed<u64>,

    /// Name of the first; null in an empty row.
    first: Computed<Option<String>>,
}

impl DataSource for Census {
    type Client = Librarian;

    async fn read(shelf: &Librarian, config: Self) -> Result<Self> {
        let here: Vec<_> =
            shelf.all().into_iter().filter(|book| book.get("row") == Some(&config.row.as_str().into())).collect();
        let first = here.first().and_then(|book| book.get("name")?.as_str().map(str::to_owned));
        Ok(Census { row: config.row, books: (here.len() as u64).into(), first: first.into() })
    }
}

/// Opens a loan for the run.
#[derive(Clone, Schema)]
#[tf(name = "loan")]
pub struct Loan {
    /// Reader.
    reader: Caseless,

    /// Days until the book is due.
    days: Option<u64>,

    /// Token of the loan.
    token: Computed<Secret<String>>,
}

impl Ephemeral for Loan {
    type Client = Librarian;

    async fn open(shelf: &Librarian, config: Self) -> Result<Opened<Self>> {
        shelf.note(format!("open {}", config.reader));
        let token = Secret::from(format!("token of {}", config.reader));
        let reader = config.reader.to_string().to_uppercase().parse().map_err(Error::new)?;
        let value = Loan { reader, days: Some(30), token: token.into() };
        Ok(Opened {
            value,
            renew_at: Some(SystemTime::UNIX_EPOCH + Duration::from_secs(60)),
            handle: b"loan-1".to_vec(),
        })
    }

    async fn renew(shelf: &Librarian, handle: &[u8]) -> Result<Option<SystemTime>> {
        shelf.note(format!("renew {}", String::from_utf8_lossy(handle)));
        Ok(Some(SystemTime::UNIX_EPOCH + Duration::from_secs(120)))
    }

    async fn close(shelf: &Librarian, handle: &[u8]) -> Result<()> {
        shelf.note(format!("close {}", String::from_utf8_lossy(handle)));
        Ok(())
    }
}

/// Lists the books of a row.
#[derive(Clone, Schema)]
#[tf(name = "book_list")]
pub struct Books {
    /// Row to list.
    row: Option<String>,
}

impl List for Books {
    type Client = Librarian;
    type Item = Book;

    async fn list(shelf: &Librarian, filter: Self, _: usize) -> Result<Vec<Listed<Book>>> {
        let row = filter.row.unwrap_or("a".to_owned());
        let found = shelf.all().into_iter().map(|answer| {
            let display_name = answer.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
            Ok(Listed {
                display_name,
                object: decode(&answer, &Object::from([("row".to_owned(), row.as_str().into())]))?,
            })
        });
        found.collect()
    }
}

/// Dusts a row.
#[derive(Clone, Schema)]
#[tf(name = "dust")]
pub struct Dust {
    /// Row to dust.
    row: String,

    /// How often.
    #[tf(default = 2u64)]
    times: u64,
}

impl Action for Dust {
    type Client = Librarian;

    async fn invoke(shelf: &Librarian, config: Self, progress: Progress) -> Result<()> {
        for time in 1..=config.times {
            progress.say(format!("dusting {} for the {time}. time", config.row));
        }
        shelf.note(format!("dust {}", config.row));
        match config.row.as_str() {
            "z" => Err(Error::new("the row is too high")),
            _ => Ok(()),
        }
    }
}

/// Shouts a text.
#[derive(Clone, Schema)]
#[tf(name = "shout")]
pub struct Shout {
    /// What to shout.
    #[tf(check = length(1..=10))]
    text: String,

    /// Who is called; nobody in particular if null.
    name: Option<String>,
}

impl Function for Shout {
    type Output = String;

    fn call(self) -> Result<String> {
        match (self.text.as_str(), self.name) {
            ("panic", _) => panic!("nobody panics"),
            (_, Some(name)) if name == "?" => Err(Error::new("nobody is called so").at_attribute("name")),
            (text, name) => {
                Ok(format!("{}{}!", text.to_uppercase(), name.map(|name| format!(", {name}")).unwrap_or_default()))
            }
        }
    }
}

/// Says what parcels weigh.
#[derive(Schema)]
#[tf(name = "weigh")]
pub struct Weigh {
    /// The parcels.
    parcels: Vec<Parcel>,
}

/// A parcel.
#[derive(Nested)]
struct Parcel {
    /// Who gets it.
    name: String,

    /// Its weight; nothing if null.
    grams: Option<u64>,
}

impl Function for Weigh {
    type Output = String;

    fn call(self) -> Result<String> {
        let weights =
            self.parcels.iter().map(|parcel| format!("{}: {}", parcel.name, parcel.grams.unwrap_or_default()));
        Ok(weights.collect::<Vec<_>>().join(", "))
    }
}

async fn read_data_source(host: &Host, name: &str, ty: &Type, config: &Object) -> (Value, Vec<String>) {
    let request = proto::read_data_source::Request {
        type_name: name.to_owned(),
        config: wire(&Value::Map(config.clone()), ty),
        ..Default::default()
    };
    let answer = host.service.read_data_source(Request::new(request)).await.unwrap().into_inner();
    (unwire(answer.state.as_ref(), ty), told(&answer.diagnostics))
}

/// The type of a data source's values, as its schema tells it.
async fn schema_type(host: &Host, name: &str) -> Type {
    let schema = host.service.get_provider_schema(Request::new(proto::get_provider_schema::Request {})).await.unwrap();
    let block = schema.into_inner().data_source_schemas.remove(name).unwrap().block.unwrap();
    Type::Object(block.attributes.iter().map(|attribute| (attribute.name.clone(), attribute_type(attribute))).collect())
}

fn attribute_type(attribute: &proto::schema::Attribute) -> Type {
    use proto::schema::object::NestingMode;
    let Some(nested) = &attribute.nested_type else {
        return Type::from_json(&attribute.r#type).unwrap();
    };
    let object = Type::Object(nested.attributes.iter().map(|one| (one.name.clone(), attribute_type(one))).collect());
    match nested.nesting() {
        NestingMode::List => Type::List(Box::new(object)),
        NestingMode::Set => Type::Set(Box::new(object)),
        NestingMode::Map => Type::Map(Box::new(object)),
        _ => object,
    }
}

fn nulls(ty: &Type, members: &[(&str, Value)]) -> Object {
    let Type::Object(attributes) = ty else { panic!("{ty} is no object") };
    let mut object: Object = attributes.keys().map(|name| (name.clone(), Value::Null)).collect();
    object.extend(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    object
}

#[tokio::test]
async fn a_data_source_of_its_own_has_defaults_and_nulls() {
    let host = Host::new("census").await;
    let ty = object_type(Census::TABLE.fields);
    let (state, diagnostics) = read_data_source(&host, "test_census", &ty, &row(Census::TABLE, &[])).await;
    assert_eq!(diagnostics, [""; 0]);
    assert_eq!(state, map(&[("row", "a".into()), ("books", number(0)), ("first", Value::Null)]));
}

#[tokio::test]
async fn a_resource_is_looked_up_by_either_key_without_what_only_its_state_knows() {
    let host = Host::new("look-up").await;
    let mut config = small("Trial");
    config.insert("loan_note".to_owned(), "for a week".into());
    config.insert("secret".to_owned(), "mine".into());
    host.settled(&Value::Null, &config).await;
    let ty = schema_type(&host, "test_book").await;
    for searched in [vec![("id", number(1))], vec![("row", "a".into()), ("title", "Trial".into())]] {
        let (state, diagnostics) = read_data_source(&host, "test_book", &ty, &nulls(&ty, &searched)).await;
        assert_eq!(diagnostics, [""; 0]);
        assert_eq!((at(&state, "id"), at(&state, "title")), (&number(1), &"Trial".into()));
        let hidden = ["token", "code", "loan_note", "adopt_existing", "timeouts"];
        assert!(hidden.iter().all(|name| !state.as_map().unwrap().contains_key(*name)), "{state:?}");
    }
    let (_, diagnostics) = read_data_source(&host, "test_book", &ty, &nulls(&ty, &[("id", number(9))])).await;
    assert!(
        diagnostics[0].starts_with("error: cannot read `test_book`: There is no object with id = 9."),
        "{diagnostics:?}"
    );
}

async fn shout(host: &Host, arguments: &[Value]) -> Result<String, (String, Option<i64>)> {
    call(host, "shout", arguments, &Type::String).await
}

async fn call(host: &Host, name: &str, arguments: &[Value], ty: &Type) -> Result<String, (String, Option<i64>)> {
    let arguments = arguments.iter().map(|argument| wire(argument, ty).unwrap()).collect();
    let request = proto::call_function::Request { name: name.to_owned(), arguments };
    let answer = match host.service.call_function(Request::new(request)).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => return Err((status.message().to_owned(), None)),
    };
    match answer.error {
        Some(error) => Err((error.text, error.function_argument)),
        None => Ok(unwire(answer.result.as_ref(), &Type::String).as_str().unwrap().to_owned()),
    }
}

#[tokio::test]
async fn a_function_takes_null_where_it_may_and_points_at_the_argument() {
    let host = Host::unconfigured("functions");
    assert_eq!(shout(&host, &["hello".into(), Value::Null]).await.unwrap(), "HELLO!");
    assert_eq!(shout(&host, &["hello".into(), "Ada".into()]).await.unwrap(), "HELLO, Ada!");
    assert_eq!(shout(&host, &["hello".into(), "?".into()]).await.unwrap_err().1, Some(1));
    let (text, argument) = shout(&host, &["far too long".into(), Value::Null]).await.unwrap_err();
    assert_eq!((text.as_str(), argument), ("`text` has 12 characters; 1 to 10 are allowed", Some(0)));
    let (text, _) = shout(&host, &["panic".into(), Value::Null]).await.unwrap_err();
    assert!(text.contains("nobody panics"), "{text}");
    assert_eq!(shout(&host, &["again".into(), Value::Null]).await.unwrap(), "AGAIN!");
}

#[tokio::test]
async fn an_object_in_an_argument_may_leave_out_what_may_be_null_and_says_nothing_else() {
    let host = Host::unconfigured("arguments");
    let object = |members: &[(&str, Value)]| {
        Value::Map(members.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect())
    };
    let weigh = async |parcels: &[Value]| call(&host, "weigh", &[Value::List(parcels.to_vec())], &Type::Dynamic).await;
    let light = object(&[("name", "Ada".into())]);
    let heavy = object(&[("name", "Bob".into()), ("grams", "70".into())]);
    assert_eq!(weigh(&[light.clone(), heavy]).await.unwrap(), "Ada: 0, Bob: 70");
    for (wrong, text) in [
        (object(&[("name", "Bob".into()), ("gram", number(70))]), "there is no argument `parcels[1].gram`"),
        (object(&[("grams", number(70))]), "`parcels[1].name` is required"),
        (object(&[("name", "Bob".into()), ("grams", "x".into())]), "`parcels[1].grams` needs a number"),
        ("Bob".into(), "`parcels[1]` needs an object"),
    ] {
        assert_eq!(weigh(&[light.clone(), wrong]).await, Err((text.to_owned(), Some(0))));
    }
    assert_eq!(call(&host, "weigh", &[light], &Type::Dynamic).await.unwrap_err().0, "`parcels` needs a list");
}

async fn open(host: &Host, reader: &str) -> proto::open_ephemeral_resource::Response {
    let config = wire(&Value::Map(row(Loan::TABLE, &[("reader", reader.into())])), &object_type(Loan::TABLE.fields));
    let request =
        proto::open_ephemeral_resource::Request { type_name: "test_loan".to_owned(), config, ..Default::default() };
    let opened = host.service.open_ephemeral_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(told(&opened.diagnostics), [""; 0]);
    opened
}

async fn close(host: &Host, private: Option<Vec<u8>>) {
    let request = proto::close_ephemeral_resource::Request { type_name: "test_loan".to_owned(), private };
    let closed = host.service.close_ephemeral_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(told(&closed.diagnostics), [""; 0]);
}

#[tokio::test]
async fn a_loan_is_opened_renewed_and_closed_even_after_an_interrupt() {
    let host = Host::new("loans").await;
    let ty = object_type(Loan::TABLE.fields);
    let opened = open(&host, "Ada").await;
    let result = unwire(opened.result.as_ref(), &ty);
    assert_eq!(at(&result, "token"), &"token of Ada".into());
    assert_eq!((at(&result, "reader"), at(&result, "days")), (&"Ada".into(), &Value::Null), "it stays as configured");
    assert_eq!(opened.renew_at.unwrap().seconds, 60);
    let request =
        proto::renew_ephemeral_resource::Request { type_name: "test_loan".to_owned(), private: opened.private.clone() };
    let renewed = host.service.renew_ephemeral_resource(Request::new(request)).await.unwrap().into_inner();
    assert_eq!((renewed.renew_at.unwrap().seconds, &renewed.private), (120, &opened.private));
    host.stop().await;
    close(&host, renewed.private).await;
    assert_eq!(host.shelf.calls(), ["connect token=none", "open Ada", "renew loan-1", "close loan-1"]);
}

/// Core passes by what it opened where something that uses it fails.
#[tokio::test]
async fn what_core_leaves_open_is_closed_at_the_end_and_nothing_is_closed_twice() {
    let host = Host::new("left loans").await;
    let private = open(&host, "Ada").await.private;
    open(&host, "Bob").await;
    close(&host, private).await;
    assert_eq!(host.shelf.calls(), ["connect token=none", "open Ada", "open Bob", "close loan-1"]);
    host.service.provider().shut_down().await;
    assert_eq!(host.shelf.calls(), ["close loan-1"]);
    host.service.provider().shut_down().await;
    assert_eq!(host.shelf.calls(), [""; 0]);
}

#[tokio::test]
async fn a_list_tells_names_identities_and_objects_without_secrets() {
    let host = Host::new("lists").await;
    for title in ["Trial", "Castle"] {
        host.settled(&Value::Null, &small(title)).await;
    }
    let request = proto::list_resource::Request {
        type_name: "test_book".to_owned(),
        config: wire(&Value::Map(row(Books::TABLE, &[])), &object_type(Books::TABLE.fields)),
        include_resource_object: true,
        limit: 1,
    };
    let events = host.service.list_resource(Request::new(request)).await.unwrap().into_inner();
    let events: Vec<_> = events.map(|event| event.unwrap()).collect().await;
    assert_eq!(events.len(), 1, "the limit holds");
    assert_eq!((events[0].display_name.as_str(), told(&events[0].diagnostic)), ("Trial", vec![]));
    let object = unwire(events[0].resource_object.as_ref(), &crate::host::ty("test_book"));
    assert!(object.is_wholly_known());
    assert_eq!((at(&object, "id"), at(&object, "token")), (&number(1), &Value::Null));
    assert!(events[0].identity.is_some());
}

#[tokio::test]
async fn an_ephemeral_resource_is_warned_about_as_a_resource_is() {
    let host = Host::unconfigured("doubtful-loans");
    let request = proto::validate_ephemeral_resource_config::Request {
        type_name: "test_loan".to_owned(),
        config: wire(&Value::Map(row(Loan::TABLE, &[("reader", "Ada?".into())])), &object_type(Loan::TABLE.fields)),
    };
    let answer = host.service.validate_ephemeral_resource_config(Request::new(request)).await.unwrap().into_inner();
    let expected =
        "warning: doubtful configuration of `test_loan`: `reader`: whether it is `Ada?` is not certain. .reader";
    assert_eq!(told(&answer.diagnostics), [expected]);
}

async fn dust(host: &Host, where_: &str) -> (Vec<String>, Vec<String>) {
    let request = proto::invoke_action::Request {
        action_type: "test_dust".to_owned(),
        config: wire(&Value::Map(row(Dust::TABLE, &[("row", where_.into())])), &object_type(Dust::TABLE.fields)),
        ..Default::default()
    };
    let mut events = host.service.invoke_action(Request::new(request)).await.unwrap().into_inner();
    let (mut progress, mut end) = (Vec::new(), Vec::new());
    while let Some(event) = events.next().await {
        match event.unwrap().r#type.unwrap() {
            invoke_action::event::Type::Progress(said) => progress.push(said.message),
            invoke_action::event::Type::Completed(completed) => end = told(&completed.diagnostics),
        }
    }
    (progress, end)
}

#[tokio::test]
async fn an_action_shows_all_of_its_progress_and_its_failure() {
    let host = Host::new("actions").await;
    let (progress, end) = dust(&host, "a").await;
    assert_eq!((progress.len(), end), (2, vec![]), "what is said in the last step is shown too");
    let (_, end) = dust(&host, "z").await;
    assert_eq!(end, ["error: cannot invoke `test_dust`: The row is too high."]);
}

#[tokio::test]
async fn an_interrupt_refuses_a_data_source() {
    let host = Host::new("stopped-look-up").await;
    host.shelf.fault("read", Fault::Refused);
    host.stop().await;
    let ty = schema_type(&host, "test_book").await;
    let (_, diagnostics) = read_data_source(&host, "test_book", &ty, &nulls(&ty, &[("id", number(1))])).await;
    assert!(diagnostics[0].contains("The run was interrupted."), "{diagnostics:?}");
    assert_eq!(host.shelf.calls(), [""; 0]);
}
