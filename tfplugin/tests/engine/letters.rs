//! Write-only values that somebody else wrote over, objects that nobody may read, and names that are free again.

use tfplugin::prelude::*;
use tfplugin::schema::decode;
use tfplugin::value::{Object, Value};

use crate::host::{Answered, Host, at, map, row};
use crate::shelf::{Fault, Librarian, number};

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

    /// Whether nobody may read it.
    #[tf(local, default = false, stops_reading)]
    sealed: bool,

    /// How often the text was written; none is left of a letter that was burnt.
    #[tf(volatile(text_wo_version))]
    edition: Computed<Option<u64>>,
}

impl Letter {
    fn edition(&self) -> Option<u64> {
        self.edition.get().copied().flatten()
    }
}

/// A letter on the shelf, found without a call.
fn on_shelf(shelf: &Librarian, row: &str, name: &str) -> Option<Object> {
    let is_it = |letter: &Object| letter.get("row") == Some(&row.into()) && letter.get("name") == Some(&name.into());
    shelf.all().into_iter().find(is_it)
}

fn edition_of(object: &Object) -> u64 {
    object.get("edition").and_then(|edition| edition.as_number()?.as_u64()).unwrap_or_default()
}

/// The number under which the shelf keeps a letter.
fn number_of(shelf: &Librarian, row: &str, name: &str) -> Result<u64> {
    let id = on_shelf(shelf, row, name).and_then(|letter| letter.get("id")?.as_number()?.as_u64());
    id.ok_or_else(|| Error::not_found("404 Not Found"))
}

impl Resource for Letter {
    type Client = Librarian;

    async fn create(shelf: &Librarian, plan: Self) -> Result<Self> {
        let known = plan.clone().into_object();
        match on_shelf(shelf, &plan.row, &plan.name) {
            Some(letter) if edition_of(&letter) > 0 => return Err(Error::conflict("409 Conflict")),
            Some(_) => shelf.delete(number_of(shelf, &plan.row, &plan.name)?, " ashes").await?,
            None => {}
        }
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
        let mut edition = 0;
        let count = |_, letter: &mut Object| {
            edition = edition_of(letter) + written;
            letter.insert("edition".to_owned(), number(edition));
        };
        shelf.update(number_of(shelf, &row, &name)?, body, count).await?;
        change.answered(Letter { edition: Some(edition).into(), ..change.plan.clone() });
        Ok(())
    }

    async fn delete(shelf: &Librarian, (row, name): <Self as Schema>::Key, _: Self) -> Result<()> {
        shelf.delete(number_of(shelf, &row, &name)?, "").await
    }

    fn is_vacant(&self) -> bool {
        self.edition() == Some(0)
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

/// A letter that nobody may read.
fn sealed(members: &[(&str, Value)]) -> Object {
    letter(&[&[("sealed", true.into())], members].concat())
}

#[tokio::test]
async fn what_nobody_may_read_is_created_changed_and_refreshed_without_a_read() {
    let host = Host::new("sealed").await;
    let created = written(&host, &Value::Null, &sealed(&[])).await;
    assert_eq!((at(&created.state, "edition"), created.diagnostics), (&number(1), vec![]), "the create told it");
    let config = sealed(&[("text_wo_version", number(2)), ("stamp", "red".into())]);
    let updated = written(&host, &created.state, &config).await;
    assert_eq!((at(&updated.state, "edition"), updated.diagnostics), (&number(2), vec![]), "the update told it");
    let stamped = written(&host, &updated.state, &sealed(&[("text_wo_version", number(2))])).await;
    assert_eq!((at(&stamped.state, "edition"), at(&stamped.state, "stamp")), (&number(2), &Value::Null));
    rewrite(&host, 9);
    assert_eq!(host.read_of("test_letter", &stamped.state).await.state, stamped.state);
    let create = "create enclosure={pin_wo:(secret)} name=home row=a text=(secret)";
    let updates = ["update 1 stamp=red text=(secret)", "update 1 -stamp"];
    assert_eq!(host.shelf.calls(), ["connect token=none", create, updates[0], updates[1]]);
}

#[tokio::test]
async fn a_refresh_of_what_nobody_may_read_does_not_even_connect() {
    let host = Host::new("sealed-refresh").await;
    let state = written(&host, &Value::Null, &sealed(&[])).await.state;
    host.configure(map(&[("shelf", "sealed-refresh".into()), ("token", Value::Null)])).await;
    host.shelf.calls();
    assert_eq!(host.read_of("test_letter", &state).await.state, state);
    assert_eq!(host.shelf.calls(), [""; 0]);
}

#[tokio::test]
async fn what_may_be_read_again_shows_what_happened_meanwhile() {
    let host = Host::new("unsealed").await;
    let state = written(&host, &Value::Null, &sealed(&[])).await.state;
    rewrite(&host, 4);
    let opened = written(&host, &state, &letter(&[])).await;
    assert_eq!(opened.diagnostics, [""; 0]);
    let read = host.read_of("test_letter", &opened.state).await.state;
    assert_eq!((at(&read, "edition"), at(&read, "text_wo_version")), (&number(4), &Value::Null));
}

#[tokio::test]
async fn what_nobody_may_read_is_not_created_twice_and_not_looked_for() {
    let host = Host::new("sealed-faults").await;
    host.shelf.put(1, &[("row", "a".into()), ("name", "home".into()), ("edition", number(1))]);
    let refused = written(&host, &Value::Null, &sealed(&[])).await;
    let expected =
        "error: cannot create `test_letter`: 409 Conflict.\n\nImport it with the id `a:home`, or choose another name.";
    assert_eq!((refused.state, refused.diagnostics), (Value::Null, vec![expected.to_owned()]));
    host.shelf.remove(1);
    host.shelf.fault("create", Fault::AnswerLost);
    let lost = written(&host, &Value::Null, &sealed(&[])).await;
    assert_eq!(lost.state, Value::Null);
    assert!(lost.diagnostics[0].contains("It may exist all the same"), "{:?}", lost.diagnostics);
    host.shelf.remove(2);
    let state = written(&host, &Value::Null, &sealed(&[])).await.state;
    host.shelf.fault("update", Fault::Refused);
    let failed = written(&host, &state, &sealed(&[("stamp", "red".into())])).await;
    assert_eq!(failed.state, state, "nobody can tell more than the state");
    assert!(!host.shelf.calls().iter().any(|call| call.starts_with("find") || call.starts_with("read")));
}

#[tokio::test]
async fn a_create_goes_over_what_is_only_a_name() {
    let host = Host::new("ashes").await;
    let ashes = [("row", "a".into()), ("name", "home".into()), ("edition", number(0))];
    host.shelf.put(1, &ashes);
    let imported = host.import("test_letter", "a:home").await;
    assert_eq!(at(&imported.state, "edition"), &number(0), "it can be imported all the same");
    let created = written(&host, &Value::Null, &letter(&[])).await;
    assert_eq!((at(&created.state, "edition"), created.diagnostics), (&number(1), vec![]));
    let refused = written(&host, &Value::Null, &letter(&[])).await;
    assert!(refused.diagnostics[0].contains("It exists already"), "{:?}", refused.diagnostics);
    host.shelf.put(2, &ashes);
    let drifted = host.read_of("test_letter", &created.state).await.state;
    assert_eq!(at(&drifted, "text_wo_version"), &Value::Null, "a refresh keeps it: the next apply sends the value");
}
