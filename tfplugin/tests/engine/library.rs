//! What stands on the shelf: resources that together use every word of the vocabulary.

use std::fmt;
use std::str::FromStr;

use tfplugin::operation;
use tfplugin::prelude::*;
use tfplugin::schema::{Semantic, decode};
use tfplugin::value::{Object, Value};

use crate::shelf::{Librarian, number};

/// The provider with all of it.
pub fn provider() -> tfplugin::engine::Provider {
    let shelf = Registry::<Librarian>::new()
        .resource::<Book>()
        .resource::<Slip>()
        .resource::<crate::letters::Letter>()
        .look_up::<Book>()
        .look_up::<Slip>()
        .data_source::<crate::others::Census>()
        .ephemeral::<crate::others::Loan>()
        .list::<crate::others::Books>()
        .action::<crate::others::Dust>()
        .function::<crate::others::Shout>()
        .function::<crate::others::Weigh>();
    tfplugin::engine::Provider::new("test", "Manages shelves.", vec![shelf.build()])
}

/// A title whose case means nothing.
#[derive(Clone, Debug)]
pub struct Caseless(String);

impl FromStr for Caseless {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.contains('!') {
            true => Err("has an exclamation mark".to_owned()),
            false => Ok(Caseless(text.to_owned())),
        }
    }
}

impl PartialEq for Caseless {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl fmt::Display for Caseless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Semantic for Caseless {
    fn warnings(&self) -> Vec<String> {
        let unsure = self.0.ends_with('?').then(|| format!("whether it is `{}` is not certain", self.0));
        unsure.into_iter().collect()
    }
}

/// Language of a text.
#[derive(Clone, Copy, OneOf)]
pub enum Language {
    /// English.
    English,
    /// German.
    #[tf(api = "de")]
    German,
}

/// Rank of a book, a number to the API.
#[derive(Clone, Copy, OneOf)]
pub enum Rank {
    /// For all.
    #[tf(api = 10)]
    Low,
    /// For few.
    #[tf(api = 20)]
    High,
}

/// Binding of a book.
#[derive(Clone, Nested)]
pub struct Binding {
    /// Material.
    material: String,

    /// Color.
    #[tf(default = "black")]
    color: String,

    /// Weight in grams; the binder weighs it.
    #[tf(computed)]
    weight: Option<u64>,

    /// Number of the stamp.
    #[tf(volatile(material))]
    stamp: Computed<u64>,

    /// Lock's number.
    pin: Option<WriteOnly<String>>,

    /// Number to raise when `pin` changes.
    #[tf(local)]
    pin_version: Option<u64>,
}

/// Chapter of a book.
#[derive(Clone, Nested)]
pub struct Chapter {
    /// Heading.
    heading: Caseless,

    /// Note of the author.
    note: Option<String>,

    /// Number of the chapter.
    number: Computed<u64>,
}

/// Copy of a book.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Nested)]
pub struct Specimen {
    /// Place where it stands.
    place: String,

    /// Note of the owner.
    note: Option<String>,

    /// Bar code.
    barcode: Computed<u64>,
}

/// Price in one country.
#[derive(Clone, Nested)]
pub struct Price {
    /// Amount.
    amount: f64,

    /// Class of the price.
    class: Computed<u64>,
}

/// What the registers say of a book.
#[derive(Clone, Nested)]
#[tf(conflicts(isbn, issn), when_true(rare, isbn), implies(rare, locked))]
pub struct Registered {
    /// Whether few know it.
    #[tf(default = false)]
    rare: bool,

    /// Whether it stands behind glass.
    #[tf(default = false)]
    locked: bool,

    /// Number of a book.
    isbn: Option<String>,

    /// Number of a journal.
    issn: Option<String>,
}

/// What is particular to an edition.
#[derive(Clone, Nested)]
pub struct Edition {
    /// Format of the paper.
    #[tf(on = create, replace)]
    format: Option<String>,

    /// Review, which only a book that is there can have.
    #[tf(on = update)]
    review: Option<String>,

    /// Cover, which has a call of its own.
    #[tf(on = call)]
    cover: Option<String>,
}

/// Manages a book.
#[derive(Clone, Schema)]
#[tf(name = "book", key(id), also(row, title), version = 2, moved_from("other_book"))]
#[tf(one_of(author, editor), requires(code, code_version), timeouts(create = "5m", delete = "5m"))]
pub struct Book {
    /// Row that holds it.
    #[tf(url)]
    row: String,

    /// Title.
    #[tf(api = "name", check = length(1..=20))]
    title: String,

    /// Pages.
    #[tf(check = between(1..=9999))]
    pages: Option<u64>,

    /// Language.
    #[tf(computed)]
    language: Option<Language>,

    /// Rank.
    #[tf(default = Rank::Low, api = "rank_level", read = "rank.level")]
    rank: Rank,

    #[tf(flatten)]
    registered: Registered,

    /// Author.
    author: Option<Caseless>,

    /// Editor.
    editor: Option<String>,

    /// Words to find it by.
    #[tf(comma)]
    tags: Option<Vec<String>>,

    /// Shelf marks.
    marks: Option<BTreeSet<String>>,

    /// Names in other languages.
    names: Option<BTreeMap<String, String>>,

    /// Binding.
    binding: Option<Binding>,

    /// Chapters.
    chapters: Option<Vec<Chapter>>,

    /// Copies.
    copies: Option<BTreeSet<Specimen>>,

    /// Prices by country.
    prices: Option<BTreeMap<String, Price>>,

    /// Anything else.
    extra: Option<Value>,

    #[tf(flatten)]
    edition: Edition,

    /// Note that only the owner may see.
    secret: Option<Secret<String>>,

    /// Code of the lock.
    code: Option<WriteOnly<String>>,

    /// Number to raise when `code` changes.
    #[tf(local)]
    code_version: Option<u64>,

    /// Note on the loan, which nobody reads again.
    #[tf(unread)]
    loan_note: Option<String>,

    /// How the book was called.
    #[tf(deprecated = "Use `title`.")]
    old_name: Option<String>,

    /// Whether to take over a book of this title.
    #[tf(local, default = false, adopts)]
    adopt_existing: bool,

    /// Number of the book.
    id: Computed<u64>,

    /// Address of the book.
    #[tf(volatile(title, row))]
    slug: Computed<String>,

    /// Address of the book's page.
    #[tf(volatile(slug))]
    page: Computed<String>,

    /// Count of changes.
    #[tf(volatile)]
    changed: Computed<u64>,

    /// Summary; not every book has one.
    summary: Computed<Option<String>>,

    /// Token of the book, which is shown once.
    #[tf(local)]
    token: Computed<Secret<String>>,
}

/// What the server decides: numbers inside, addresses, the count of changes.
fn complete(row: &str, count: u64, object: &mut Object) {
    let name = object.get("name").and_then(Value::as_str).unwrap_or("?").to_owned();
    object.insert("row".to_owned(), row.into());
    object.insert("slug".to_owned(), format!("{row}/{name}").into());
    object.insert("page".to_owned(), format!("https://{row}/{name}").into());
    object.insert("changed".to_owned(), number(count));
    object.entry("language".to_owned()).or_insert("de".into());
    object.entry("summary".to_owned()).or_default();
    if let Some(level) = object.remove("rank_level") {
        object.insert("rank".to_owned(), Value::Map(Object::from([("level".to_owned(), level)])));
    }
    for hidden in ["code", "loan_note"] {
        object.remove(hidden);
    }
    let numbered = |value: &mut Value, name: &str, by: &str| {
        if let Value::Map(members) = value {
            members.remove("pin");
            let length = members.get(by).map_or(0, |value| value.as_str().map_or(7, str::len));
            members.insert(name.to_owned(), number(length as u64));
        }
    };
    if let Some(binding) = object.get_mut("binding") {
        numbered(binding, "stamp", "material");
        if let Value::Map(members) = binding {
            members.entry("weight".to_owned()).or_insert(number(300));
        }
    }
    for (name, inside, by) in [("chapters", "number", "heading"), ("copies", "barcode", "place")] {
        if let Some(Value::List(elements)) = object.get_mut(name) {
            elements.iter_mut().for_each(|element| numbered(element, inside, by));
        }
    }
    if let Some(Value::Map(prices)) = object.get_mut("prices") {
        prices.values_mut().for_each(|price| numbered(price, "class", "amount"));
    }
}

impl Resource for Book {
    type Client = Librarian;

    async fn create(shelf: &Librarian, plan: Self) -> Result<Self> {
        let (known, row) = (plan.clone().into_object(), plan.row.clone());
        let answer = shelf.create(Body::create(plan), |id, object| {
            complete(&row, id, object);
            object.insert("token".to_owned(), format!("token-{id}").into());
        });
        let answer = answer.await?;
        let mut book: Book = decode(&answer, &known)?;
        book.token = answer
            .get("token")
            .and_then(Value::as_str)
            .map(|token| Secret::from(token.to_owned()))
            .map(Computed::from)
            .unwrap_or_default();
        Ok(book)
    }

    async fn read(shelf: &Librarian, id: u64) -> Result<Option<Self>> {
        shelf.read(id).await?.map(|answer| found(&answer)).transpose()
    }

    async fn update(shelf: &Librarian, id: u64, change: Change<Self>) -> Result<()> {
        let (cover, prior) = (change.plan.edition.cover.clone(), change.prior.edition.cover.clone());
        if let Some(cover) = cover.filter(|cover| prior.as_ref() != Some(cover)) {
            let body = Body::default().with("cover", cover);
            shelf.update(id, body, |count, object| complete(&change.plan.row, count, object)).await?;
        }
        let body = change.diff();
        match body.is_empty() && change.plan.row == change.prior.row {
            true => Ok(()),
            false => shelf.update(id, body, |count, object| complete(&change.plan.row, count, object)).await,
        }
    }

    async fn delete(shelf: &Librarian, id: u64, state: Self) -> Result<()> {
        shelf.delete(id, if state.registered.rare { " rare" } else { "" }).await
    }

    async fn locate(shelf: &Librarian, (row, title): (String, String)) -> Result<Option<Self>> {
        let answer = shelf.find(&[("row", row.into()), ("name", title.into())]).await?;
        answer.map(|answer| found(&answer)).transpose()
    }

    async fn ready(shelf: &Librarian, _: u64, created: Self) -> Result<()> {
        if created.title == "Slow" {
            shelf.note("wait");
            operation::sleep(std::time::Duration::from_secs(3600)).await?;
        }
        Ok(())
    }

    fn reconcile(prior: Option<&Self>, mut actual: Self) -> Self {
        // A secret that somebody else set is not ours to keep.
        if prior.is_some_and(|prior| prior.secret.is_none()) {
            actual.secret = None;
        }
        actual
    }

    fn upgrade(version: i64, mut state: Object) -> Result<Object> {
        match version {
            0 => Err(Error::new("a book of version 0 cannot be read")),
            _ => {
                let title = state.remove("name").unwrap_or_default();
                state.insert("title".to_owned(), title);
                Ok(state)
            }
        }
    }
}

fn found(answer: &Object) -> Result<Book> {
    let row = answer.get("row").cloned().unwrap_or_default();
    decode(answer, &Object::from([("row".to_owned(), row)]))
}

/// Manages a slip, whose key the user chooses and which cannot be changed.
#[derive(Clone, Schema)]
#[tf(name = "slip", key(row, word), import = "{row}/{word}")]
pub struct Slip {
    /// Row that holds it.
    row: String,

    /// Word on the slip.
    word: String,

    /// Weight of the paper.
    #[tf(replace, default = 80u64)]
    weight: u64,

    /// Bytes that are stored nowhere.
    #[tf(local)]
    remark: Option<String>,
}

impl Resource for Slip {
    type Client = Librarian;

    fn permit(config: &crate::shelf::Config, change: &Change<Self>) -> Result<()> {
        match config.token.is_some() && change.prior.remark != change.plan.remark {
            true => Err(Error::new("no remark changes with a token").at_attribute("remark")),
            false => Ok(()),
        }
    }

    async fn create(shelf: &Librarian, plan: Self) -> Result<Self> {
        let known = plan.clone().into_object();
        decode(&shelf.create(Body::create(plan), |_, _| {}).await?, &known)
    }

    async fn read(shelf: &Librarian, (row, word): <Self as Schema>::Key) -> Result<Option<Self>> {
        let answer = shelf.find(&[("row", row.into()), ("word", word.into())]).await?;
        answer.map(|answer| decode(&answer, &Object::new())).transpose()
    }

    async fn delete(shelf: &Librarian, (row, word): <Self as Schema>::Key, _: Self) -> Result<()> {
        let answer = shelf.find(&[("row", row.into()), ("word", word.into())]).await?;
        let id = answer.and_then(|answer| answer.get("id")?.as_number()?.as_u64());
        shelf.delete(id.unwrap_or_default(), "").await
    }
}
