//! Lists: every page of them.

use super::client::unexpected;
use crate::http::{ApiPath, Request, Transport};
use tfplugin::prelude::*;
use tfplugin::value::{Object, Value, from_plain_json};

/// Elements of a page; GitLab gives no more.
const PAGE: usize = 100;

/// A list of an API, with what narrows it.
#[derive(Clone)]
pub struct Listing {
    /// Where the list is, and where a new element is posted.
    pub path: ApiPath,
    query: Vec<(&'static str, &'static str)>,
}

impl Listing {
    /// The whole list at `path`.
    pub fn of(path: ApiPath) -> Self {
        Listing { path, query: Vec::new() }
    }

    /// The list with a parameter.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &'static str) -> Self {
        self.query.push((name, value));
        self
    }

    fn page(&self, page: &str) -> Request {
        let narrowed = self
            .query
            .iter()
            .fold(Request::get(self.path.clone()), |request, (name, value)| request.query(*name, value));
        narrowed.query("per_page", PAGE).query("page", page)
    }
}

/// Every page of a list; the list of something that does not exist is empty.
pub async fn pages(transport: &Transport, list: &Listing) -> Result<Vec<Object>> {
    let mut all = Vec::new();
    let mut page = "1".to_owned();
    loop {
        let answer = match transport.send(list.page(&page)).await {
            Ok(answer) => answer,
            // A list that ends in the middle is no list: its owner vanished while it was read.
            Err(error) if error.is_not_found() && all.is_empty() => return Ok(all),
            Err(error) if error.is_not_found() => return Err(unexpected("the rest of a list")),
            Err(error) => return Err(error),
        };
        let before = all.len();
        match from_plain_json(answer.json()?) {
            Value::List(elements) => all.extend(elements.into_iter().filter_map(|element| match element {
                Value::Map(object) => Some(object),
                _ => None,
            })),
            _ => return Err(unexpected("a list")),
        }
        match answer.header("x-next-page") {
            Some(next) if !next.is_empty() => page = next.to_owned(),
            // A proxy can drop the header: then a full page is not the last one.
            None if all.len() - before >= PAGE => page = (all.len() / PAGE + 1).to_string(),
            _ => return Ok(all),
        }
    }
}
