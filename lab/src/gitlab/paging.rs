//! Pages of a list and the headers that describe them (`doc/api/rest/_index.md`, "Pagination").

use serde_json::{Map, Value, json};

use crate::gitlab::context::{Context, number};
use crate::gitlab::errors::{Outcome, Refusal};
use crate::http::call::{Answer, encode};

/// Above this GitLab leaves out the totals and the last page.
const COUNTED: usize = 10_000;

/// Answers with the page that the parameters ask for: 20 items unless told, 100 at most.
pub fn page<T>(context: &Context, params: &Map<String, Value>, items: &[T], show: impl Fn(&T) -> Value) -> Outcome {
    let page = size(params, "page", 1)?;
    let per_page = size(params, "per_page", 20)?.min(100);
    let pages = items.len().div_ceil(per_page).max(1);
    let start = (page - 1).saturating_mul(per_page).min(items.len());
    let shown: Vec<Value> = items[start..(start + per_page).min(items.len())].iter().map(show).collect();

    let known = |exists: bool, page: usize| if exists { page.to_string() } else { String::new() };
    let mut links = Vec::new();
    let mut link =
        |page: usize, rel: &str| links.push(format!("<{}>; rel=\"{rel}\"", address(context, page, per_page)));
    if page > 1 {
        link(page - 1, "prev");
    }
    if page < pages {
        link(page + 1, "next");
    }
    link(1, "first");
    if items.len() <= COUNTED {
        link(pages, "last");
    }
    let mut answer = Answer::json(200, &json!(shown))
        .with_header("Link", &links.join(", "))
        .with_header("X-Next-Page", &known(page < pages, page + 1))
        .with_header("X-Page", &page.to_string())
        .with_header("X-Per-Page", &per_page.to_string())
        .with_header("X-Prev-Page", &known(page > 1, page.saturating_sub(1)));
    if items.len() <= COUNTED {
        answer =
            answer.with_header("X-Total", &items.len().to_string()).with_header("X-Total-Pages", &pages.to_string());
    }
    Ok(answer)
}

fn size(params: &Map<String, Value>, name: &str, unset: usize) -> Result<usize, Refusal> {
    match number(params, name) {
        None => Ok(unset),
        Some(0) if name == "per_page" => Err(Refusal::parameter("per_page has a value not allowed")),
        Some(number) => usize::try_from(number)
            .ok()
            .filter(|number| *number > 0)
            .ok_or_else(|| Refusal::parameter(&format!("{name} does not have a valid value"))),
    }
}

fn address(context: &Context, page: usize, per_page: usize) -> String {
    let mut query: Vec<String> = context
        .call
        .query
        .iter()
        .filter(|(name, _)| name != "page" && name != "per_page")
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    query.push(format!("page={page}"));
    query.push(format!("per_page={per_page}"));
    format!("{}{}?{}", context.url, context.call.path, query.join("&"))
}
