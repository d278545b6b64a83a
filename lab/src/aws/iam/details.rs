//! `GetAccountAuthorizationDetails`, page by page; moto gives all at once.

use std::collections::BTreeMap;

use roxmltree::Document;

use crate::aws::error::{self, Refusal};
use crate::aws::xml::{all, child, element};
use crate::http::call::Answer;

/// The lists of the answer, in the order in which pages go through them.
const LISTS: [&str; 4] = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"];

/// The page that was asked for, from the answer with all; `None` where that is a refusal.
pub fn page(whole: &Answer, parameters: &BTreeMap<String, String>) -> Result<Option<Answer>, Refusal> {
    let invalid = |what: &str| Refusal::new(400, "ValidationError", what);
    let number = |name: &str, otherwise: usize| parameters.get(name).map_or(Ok(otherwise), |text| text.parse());
    let size = number("MaxItems", 100).ok().filter(|size| (1..=1000).contains(size));
    let size = size.ok_or_else(|| invalid("MaxItems is not between 1 and 1000"))?;
    let start = number("Marker", 0).map_err(|_| invalid("Invalid Marker."))?;
    let body = String::from_utf8_lossy(&whole.body);
    let Some(document) = Document::parse(&body).ok().filter(|_| whole.status == 200) else { return Ok(None) };
    let mut content = String::new();
    let (mut at, end) = (0, start + size);
    for name in LISTS {
        let result = all(&document, "GetAccountAuthorizationDetailsResult").next();
        let list = result.and_then(|result| child(result, name));
        let members = list.into_iter().flat_map(|list| list.children().filter(roxmltree::Node::is_element));
        content += &format!("<{name}>");
        for member in members {
            if (start..end).contains(&at) {
                content += &body[member.range()];
            }
            at += 1;
        }
        content += &format!("</{name}>");
    }
    content += &element("IsTruncated", if at > end { "true" } else { "false" });
    if at > end {
        content += &element("Marker", &end.to_string());
    }
    Ok(Some(error::iam("GetAccountAuthorizationDetails", &content)))
}
