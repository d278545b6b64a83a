//! Write-only values that somebody else wrote over.

use tfplugin::prelude::*;
use tfplugin::schema::decode;
use tfplugin::value::{Object, Value};

use crate::host::{Answered, Host, at, map, row};
use crate::shelf::{Librarian, number};

/// What lies in a letter.
#[derive(Clone, Nested)]
pub struct Enclosure {
    /// Number of its lock.
    pin_wo: Option<WriteOnly<String>>,

    /// Number to raise when `pin_wo` changes.
    #[tf(local)]
    pin_wo_version: Option<u64>,
}

/// Manages a letter, which counts how often its text was written.
#[derive(Clone, Schema)]
#[tf(name = "letter", key(row, name))]
pub struct Letter {
    /// Row that holds it.
    row: String,

    /// Name.
    name: String,

    /// Stamp.
    stamp: Option<String>,

    /// Text, which nobody can read again.
    #[tf(api = "text")]
    text_wo: Option<WriteOnly<String>>,

    /// Number to raise when `text_wo` changes.
    #[tf(local)]
    text_wo_version: Option<u64>,

    /// What lies in it.
    enclosure: Option<Enclosure>,

    /// How often the text was written.
    #[tf(volatile(text_wo_version))]
    edition: Computed<Option<u64>>,
}

impl Letter {
    fn edition(&self) -> Option<u64> {
        self.edition.get().copied().flatten()
    }
}

fn edition_of(object: &Object) -> u64 {
    object.get("edition").and_then(|edition| edition.as_number()?.as_u64()).unwrap_or_default()
}

/// The number under which the shelf keeps a letter.
fn number_of(shelf: &Librarian, row: &str, name: &str) -> Result<u64> {
    let is_it = |letter: &&Object| letter.get("row") == Some(&row.into()) && letter.get("name") == Some(&name.into());
    let id = shelf.all().iter().find(is_it).and_then(|letter| letter.get("id")?.as_number()?.as_u64());
    id.ok_or_else(|| Error::not_found("404 Not Found"))
}

impl Resource for Letter {
    type Client = Librarian;

    async fn create(shelf: &Librarian, plan: Self) -> Result<Self> {
        let known = plan.clone().into_object();
        let answer = shelf.create(Body::create(plan), |_, letter| {
            letter.insert("edition".to_owned(), number(1));
        });
        decode(&answer.await?, &known)
    }

    async fn read(shelf: &Librarian, (row, name): <Self as Schema>::Key) -> Result<Option<Self>> {
        let answer = shelf.find(&[("row", row.into()), ("name", name.into())]).await?;
        answer.map(|answer| decode(&answer, &Object::new())).transpose()
    }

    async fn update(shelf: &Librarian, (row, name): <Self as Schema>::Key, change: Change<Self>) -> Result<()> {
        let body = change.diff();
        let written = u64::from(body.set.contains_key("text"));
        let count = |_, letter: &mut Object| {
            let edition = edition_of(letter) + written;
            letter.insert("edition".to_owned(), number(edition));
        };
        shelf.update(number_of(shelf, &row, &name)?, body, count).await
    }

    async fn delete(shelf: &Librarian, (row, name): <Self as Schema>::Key, _: Self) -> Result<()> {
        shelf.delete(number_of(shelf, &row, &name)?, "").await
    }

    fn overwritten(prior: &Self, actual: &Self) -> bool {
        prior.edition().is_some() && prior.edition() != actual.edition()
    }
}

fn letter(members: &[(&str, Value)]) -> Object {
    let enclosure = map(&[("pin_wo", "0815".into()), ("pin_wo_version", number(7))]);
    let usual = [
        ("row", "a".into()),
        ("name", "home".into()),
        ("text_wo", "Dear".into()),
        ("text_wo_version", number(1)),
        ("enclosure", enclosure),
    ];
    row(Letter::TABLE, &[&usual, members].concat())
}

async fn written(host: &Host, prior: &Value, config: &Object) -> Answered {
    let config = Value::Map(config.clone());
    let planned = host.plan_of("test_letter", prior, &config).await;
    assert_eq!(planned.diagnostics, [""; 0]);
    host.apply_of("test_letter", prior, &planned.state, &config).await
}

/// Somebody else writes the letter.
fn rewrite(host: &Host, edition: u64) {
    host.shelf.put(1, &[("text", "Sir".into()), ("edition", number(edition))]);
}

#[tokio::test]
async fn what_somebody_wrote_over_is_sent_again_by_the_next_apply() {
    let host = Host::new("overwritten").await;
    let config = letter(&[]);
    let state = written(&host, &Value::Null, &config).await.state;
    assert_eq!(host.read_of("test_letter", &state).await.state, state, "our own write is no drift");
    rewrite(&host, 5);
    let drifted = host.read_of("test_letter", &state).await.state;
    assert_eq!((at(&drifted, "text_wo_version"), at(&drifted, "edition")), (&Value::Null, &number(5)));
    assert_eq!(at(at(&drifted, "enclosure"), "pin_wo_version"), &Value::Null, "wherever a write-only value stands");
    assert_eq!(host.read_of("test_letter", &drifted).await.state, drifted, "it stays so until it is sent");
    let planned = host.plan_of("test_letter", &drifted, &Value::Map(config.clone())).await;
    assert_eq!((at(&planned.state, "text_wo_version"), at(&planned.state, "edition")), (&number(1), &Value::Unknown));
    host.shelf.calls();
    let sent = written(&host, &drifted, &config).await;
    assert_eq!(sent.diagnostics, [""; 0]);
    assert_eq!(
        host.shelf.calls(),
        ["update 1 enclosure={pin_wo:(secret)} text=(secret)", "find row=a name=home"],
        "and nothing else"
    );
    assert_eq!((at(&sent.state, "text_wo_version"), at(&sent.state, "edition")), (&number(1), &number(6)));
    assert_eq!(host.shelf.objects()[&1]["text"], "Dear".into());
    assert_eq!(host.read_of("test_letter", &sent.state).await.state, sent.state);
}

#[tokio::test]
async fn another_change_is_no_reason_to_send_a_write_only_value() {
    let host = Host::new("stamped").await;
    let state = written(&host, &Value::Null, &letter(&[])).await.state;
    host.shelf.put(1, &[("stamp", "red".into())]);
    let drifted = host.read_of("test_letter", &state).await.state;
    assert_eq!((at(&drifted, "text_wo_version"), at(&drifted, "stamp")), (&number(1), &"red".into()));
    host.shelf.calls();
    written(&host, &drifted, &letter(&[("stamp", "blue".into())])).await;
    assert_eq!(host.shelf.calls(), ["update 1 stamp=blue", "find row=a name=home"]);
}

#[tokio::test]
async fn who_manages_no_value_is_not_told_that_it_changed() {
    let host = Host::new("unmanaged").await;
    let config = letter(&[("text_wo", Value::Null), ("text_wo_version", Value::Null), ("enclosure", Value::Null)]);
    let state = written(&host, &Value::Null, &config).await.state;
    rewrite(&host, 3);
    let drifted = host.read_of("test_letter", &state).await.state;
    let planned = host.plan_of("test_letter", &drifted, &Value::Map(config)).await;
    assert_eq!(planned.state, drifted, "there is nothing to do");
}

#[tokio::test]
async fn an_import_is_not_taken_for_something_overwritten() {
    let host = Host::new("imported-letter").await;
    written(&host, &Value::Null, &letter(&[])).await;
    rewrite(&host, 2);
    let imported = host.import("test_letter", "a:home").await;
    assert_eq!((at(&imported.state, "edition"), imported.diagnostics), (&number(2), vec![]));
}
