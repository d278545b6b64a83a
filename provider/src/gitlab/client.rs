//! The connection to GitLab's REST API, version 4.

use std::sync::Arc;

use tfplugin::collection::Collections;
use tfplugin::prelude::*;
use tfplugin::schema::{Kind, Known, decode};
use tfplugin::value::{Object, Value, from_plain_json, plain_json};

use super::deletion::{is_doomed, is_marked};
use super::listing::{self, Listing};
use super::refusal::explain;
use crate::http::{Answer, ApiPath, ClientCertificate, Origins, Request, Settings, Transport};

const ORIGINS: Origins = Origins {
    address: "`gitlab.base_url` or GITLAB_BASE_URL",
    credential: "`gitlab.token` or GITLAB_TOKEN",
    ca_certificate: "`gitlab.cacert_file`",
};

/// GitLab shows the value of every variable and the token of every group and project to whoever may change them, and an
/// access token to whoever makes it.
const SECRET_MEMBERS: &[&str] = &["import_url", "runners_token", "token", "value"];

/// The status for a path that led to a project before it was renamed, transferred or marked for deletion.
pub const MOVED: u16 = 301;

/// How a GitLab is reached.
#[derive(Nested)]
pub struct Config {
    /// Address of the instance, with or without `/api/v4`.
    #[tf(default = "https://gitlab.com", env("GITLAB_BASE_URL"))]
    base_url: String,

    /// Personal, group or project access token with the scope `api`, or an OAuth token.
    #[tf(env("GITLAB_TOKEN"))]
    token: Option<Secret<String>>,

    /// File with certificates in PEM that are trusted besides those of the system.
    #[tf(env("GITLAB_CACERT_FILE"))]
    cacert_file: Option<String>,

    /// File with the client's certificate in PEM, for an instance that asks for one.
    client_cert: Option<String>,

    /// File with the client certificate's key in PEM.
    client_key: Option<Secret<String>>,

    /// Whether any certificate is accepted; for a laboratory only.
    #[tf(default = false)]
    insecure: bool,

    /// Headers that a proxy in front of GitLab needs; their values are kept out of logs and errors.
    headers: Option<Secret<BTreeMap<String, String>>>,
}

/// A connection to one instance with one token.
pub struct GitLab {
    transport: Transport,
    collections: Collections,
}

/// A resource from an answer, if there is one, and from what the URL says.
pub fn found<R: Schema>(answer: Option<Object>, known: &Known) -> Result<Option<R>> {
    answer.map(|answer| decode(&answer, known)).transpose()
}

/// Whether a member of an answer is this value.
pub fn has(answer: &Object, name: &str, value: impl Into<Value>) -> bool {
    answer.get(name) == Some(&value.into())
}

impl Client for GitLab {
    const NAME: &'static str = "gitlab";
    const DOC: &'static str = "GitLab instance to manage.";
    const TITLE: &'static str = "GitLab";
    type Config = Config;

    async fn connect(config: Config) -> Result<GitLab> {
        let Some(token) = config.token else {
            let hint = format!("Set {} to an access token with the scope `api`.", ORIGINS.credential);
            return Err(Error::new("there is no token for GitLab").hint(hint));
        };
        let mut settings = Settings::new(api_address(&config.base_url), ORIGINS, explain);
        // GitLab takes access tokens of every kind this way, and OAuth tokens only this way (doc/api/rest/authentication).
        settings.credentials.push(("authorization".to_owned(), format!("Bearer {}", token.expose())));
        settings.credentials.extend(config.headers.iter().flat_map(|headers| headers.expose().clone()));
        settings.secret_members = SECRET_MEMBERS;
        settings.insecure = config.insecure;
        settings.ca_certificate = config.cacert_file.as_deref().map(|file| read("cacert_file", file)).transpose()?;
        settings.client_certificate = match (&config.client_cert, &config.client_key) {
            (Some(certificate), Some(key)) => {
                let (certificate, key) = (read("client_cert", certificate)?, read("client_key", key.expose())?);
                Some(ClientCertificate { certificate, key })
            }
            (None, None) => None,
            _ => {
                return Err(
                    Error::new("`gitlab.client_cert` and `gitlab.client_key` belong together").hint("Set both.")
                );
            }
        };
        Ok(GitLab { transport: Transport::new(settings)?, collections: Collections::default() })
    }
}

impl GitLab {
    /// Reads an object that must be there.
    pub async fn get<R: Schema>(&self, url: ApiPath) -> Result<R> {
        let answer = self.transport.send(Request::get(url)).await?;
        decode(&object(&answer)?, &Known::new())
    }

    /// Reads a group or project; none when GitLab says that there is none, or that it only waits for its removal.
    pub async fn find_unmarked<R: Schema>(&self, request: Request) -> Result<Option<R>> {
        let there = self.look_up(request).await?.filter(|answer| !is_marked(answer) && !is_doomed(answer));
        found(there, &Known::new())
    }

    /// Reads an object from the list that holds it, which is read once for all who look there; or by itself after a
    /// write to that list.
    pub async fn find_among(
        &self,
        list: Listing,
        one: Request,
        is_it: impl Fn(&Object) -> bool,
    ) -> Result<Option<Object>> {
        match self.list(list).await? {
            Some(all) => Ok(all.iter().find(|candidate| is_it(candidate)).cloned()),
            None => self.look_up(one).await,
        }
    }

    /// Looks for an object in a list, even if the list was written to.
    pub async fn search(&self, list: Listing, is_it: impl Fn(&Object) -> bool) -> Result<Option<Object>> {
        Ok(self.all(list).await?.iter().find(|candidate| is_it(candidate)).cloned())
    }

    /// A list as it is, even if it was written to.
    pub async fn all(&self, list: Listing) -> Result<Arc<Vec<Object>>> {
        match self.list(list.clone()).await? {
            Some(all) => Ok(all),
            None => listing::pages(&self.transport, &list).await.map(Arc::new),
        }
    }

    /// Creates an object below `url`.
    pub async fn post<R: Schema + Clone>(&self, url: ApiPath, plan: R) -> Result<R> {
        self.post_as(url, plan, |answer| answer).await
    }

    /// [`post`](Self::post) where the answer must be brought into the table's form.
    pub async fn post_as<R: Schema + Clone>(&self, url: ApiPath, plan: R, form: fn(Object) -> Object) -> Result<R> {
        let known = plan.clone().into_object();
        let answer = self.write(with_body::<R>(creation::<R>(url), Body::create(plan))).await?;
        decode(&form(object(&answer)?), &known)
    }

    /// Creates an object below `url` that comes with a token, which GitLab shows this once.
    pub async fn issue<R: Schema>(&self, url: ApiPath, body: Body, known: &Known) -> Result<Issued<R>> {
        let answer = self.write(with_body::<R>(creation::<R>(url), body)).await?;
        let issued = object(&answer).and_then(|answer| {
            let token = answer.get("token").and_then(Value::as_str);
            let token = token.ok_or_else(|| Error::new("it does not show the token"))?;
            Ok(Issued { object: decode(&answer, known)?, secret: token.to_owned().into() })
        });
        // There is a token now, and nobody will ever know it.
        issued.map_err(|unread| Error::answer_lost(unread.message()).context("the answer to a new token is of no use"))
    }

    /// Does something to an object that is no attribute of it, with one number as its parameter.
    pub async fn act(&self, request: Request, parameter: Option<(&str, u64)>) -> Result<()> {
        let parameters = parameter.map(|(name, number)| (name.to_owned(), serde_json::Value::from(number)));
        let body: serde_json::Map<_, _> = parameters.into_iter().collect();
        self.write(request.json(body.into())).await.map(drop)
    }

    /// Changes an object; nothing is sent when nothing changed.
    pub async fn put<R: Schema>(&self, url: ApiPath, body: Body) -> Result<()> {
        self.change::<R>(Request::put(url), body).await
    }

    /// [`put`](Self::put) for a request that needs more than a path, or another method.
    pub async fn change<R: Schema>(&self, request: Request, body: Body) -> Result<()> {
        if body.is_empty() {
            return Ok(());
        }
        self.write(with_body::<R>(request, body)).await.map(drop)
    }

    /// Deletes an object.
    pub async fn delete(&self, url: ApiPath) -> Result<()> {
        self.write(Request::delete(url)).await.map(drop)
    }

    /// Sends a write, which makes the lists stale that hold its object.
    pub async fn write(&self, request: Request) -> Result<Answer> {
        let path = request.path().as_str().to_owned();
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent).to_owned();
        let stale = || [&path, &parent].into_iter().for_each(|list| self.collections.wrote(list));
        stale();
        let answer = self.transport.send(request).await;
        stale();
        answer
    }

    /// Reads an object as GitLab shows it; none when it says that there is none.
    pub async fn look_up(&self, request: Request) -> Result<Option<Object>> {
        let answer = if_there(self.transport.send(request).await)?;
        answer.filter(|answer| !leads_elsewhere(answer)).as_ref().map(object).transpose()
    }

    /// [`look_up`](Self::look_up), once for all who ask until something at `subject` is written.
    pub async fn look_up_once(&self, subject: &ApiPath, request: Request) -> Result<Option<Object>> {
        let again = request.clone();
        let read = self.collections.read_current(subject.as_str(), || self.look_up(request)).await?;
        match read {
            Some(object) => Ok(Option::clone(&object)),
            None => self.look_up(again).await,
        }
    }

    /// The whole list, read once for all who ask; none after a write to it.
    async fn list(&self, list: Listing) -> Result<Option<Arc<Vec<Object>>>> {
        let name = list.path.as_str().to_owned();
        self.collections.read(&name, || async move { listing::pages(&self.transport, &list).await }).await
    }
}

/// Whether GitLab sends a request that accepts it to where a project has moved: to its number
/// (`url_with_project_id` in `lib/api/helpers.rb`), so that nothing is at the path any more.
fn leads_elsewhere(answer: &Answer) -> bool {
    let place = answer.header("location").and_then(|place| place.split('?').next()?.rsplit_once("/projects/"));
    answer.status() == MOVED && place.is_some_and(|(_, project)| project.parse::<u64>().is_ok())
}

fn api_address(base: &str) -> String {
    let base = base.trim_end_matches('/');
    match base.ends_with("/api/v4") {
        true => base.to_owned(),
        false => format!("{base}/api/v4"),
    }
}

fn read(setting: &str, file: &str) -> Result<String> {
    std::fs::read_to_string(file)
        .map_err(|error| Error::new(format!("`gitlab.{setting}`: cannot read `{file}`: {error}")))
}

fn object(answer: &Answer) -> Result<Object> {
    match from_plain_json(answer.json()?) {
        Value::Map(object) => Ok(object),
        _ => Err(unexpected("an object")),
    }
}

/// The request that brings an object of this type into being.
fn creation<R: Schema>(url: ApiPath) -> Request {
    Request::post(url).purpose(format!("create the {}", R::TABLE.name.replace('_', " ")))
}

/// An answer that is no GitLab's.
pub fn unexpected(wanted: &str) -> Error {
    let hint = format!("Check that {} is the address of a GitLab.", ORIGINS.address);
    Error::new(format!("GitLab answered something that is not {wanted}")).hint(hint)
}

/// GitLab clears a text with `""`, a list with `[]` and anything else with null.
fn with_body<R: Schema>(request: Request, body: Body) -> Request {
    let mut json = serde_json::Map::new();
    for (name, value) in &body.set {
        json.insert((*name).to_owned(), plain_json(value));
    }
    for name in &body.unset {
        let field = R::TABLE.fields.iter().find(|field| field.api == *name);
        let cleared = match field.map(|field| (field.comma, field.kind)) {
            Some((true, _)) => "".into(),
            Some((_, Kind::String(text))) if text.words.is_empty() => "".into(),
            Some((_, Kind::List(_) | Kind::Set(_))) => serde_json::Value::Array(Vec::new()),
            _ => serde_json::Value::Null,
        };
        json.insert((*name).to_owned(), cleared);
    }
    body.secrets.iter().fold(request, Request::secret).json(json.into())
}
