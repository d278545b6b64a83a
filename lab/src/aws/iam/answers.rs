//! What moto answers, put right: documents that are encoded, times in seconds, and IAM's own words.

use std::ops::Range;

use roxmltree::{Document, Node};

use crate::aws::xml::{all, child, edited, element, text};
use crate::http::call::{Answer, encode};

const DOCUMENTS: [&str; 3] = ["AssumeRolePolicyDocument", "PolicyDocument", "Document"];
const TIMES: [&str; 3] = ["CreateDate", "UpdateDate", "Expiration"];

/// The answer as IAM would give it, without what is not known everywhere yet.
pub fn corrected(answer: Answer, is_hidden: &dyn Fn(&str) -> bool) -> Answer {
    let edit = |document: &Document<'_>| {
        let hidden: Vec<Range<usize>> = all(document, "member")
            .filter(|member| text(*member, &["Arn"]).is_some_and(is_hidden))
            .map(|member| member.range())
            .collect();
        let within = |node: &Node<'_, '_>| hidden.iter().any(|range| range.contains(&node.range().start));
        let nodes = document.descendants().filter(|node| node.is_element() && !within(node));
        let mut edits: Vec<(Range<usize>, String)> = nodes.filter_map(edit_of).collect();
        edits.extend(hidden.into_iter().map(|range| (range, String::new())));
        edits
    };
    Answer { body: edited(&String::from_utf8_lossy(&answer.body), edit).into(), ..answer }
}

/// The first element of this name in an answer.
pub fn first(answer: &Answer, name: &str) -> Option<String> {
    let body = String::from_utf8_lossy(&answer.body);
    let document = Document::parse(&body).ok()?;
    let found = all(&document, name).next()?.text()?;
    Some(found.to_owned())
}

fn edit_of(node: Node<'_, '_>) -> Option<(Range<usize>, String)> {
    let (name, shown) = (node.tag_name().name(), node.text()?);
    let better = if DOCUMENTS.contains(&name) && shown.starts_with('{') {
        encode(shown)
    } else if TIMES.contains(&name) {
        let (seconds, _) = shown.split_once('.')?;
        format!("{seconds}Z")
    } else if name == "Message" && child(node.parent()?, "Code")?.text() == Some("NoSuchEntity") {
        worded(shown)?
    } else {
        return None;
    };
    Some((node.range(), element(name, &better)))
}

/// IAM's words for what moto calls `Role x not found`.
fn worded(said: &str) -> Option<String> {
    if let Some((name, _)) = said.strip_prefix("Policy Document ").and_then(|rest| rest.split_once(" not attached")) {
        return Some(format!("The role policy with name {name} cannot be found."));
    }
    let (kind, name) = said.strip_suffix(" not found")?.split_once(' ')?;
    Some(match kind {
        "Policy" => format!("Policy {name} was not found."),
        "Role" | "User" | "Group" => format!("The {} with name {name} cannot be found.", kind.to_lowercase()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_iam() {
        assert_eq!(worded("Role a not found").as_deref(), Some("The role with name a cannot be found."));
        assert_eq!(worded("Policy arn:x not found").as_deref(), Some("Policy arn:x was not found."));
        let inline = "Policy Document p not attached to role r";
        assert_eq!(worded(inline).as_deref(), Some("The role policy with name p cannot be found."));
        assert_eq!(worded("Policy arn:x was not found."), None);
    }
}
