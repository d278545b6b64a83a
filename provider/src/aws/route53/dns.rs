//! Calls of Route 53, so that what outlives an operation can make them, too.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use aws_sdk_route53::Client;
use aws_sdk_route53::error::SdkError;
use aws_sdk_route53::operation::change_resource_record_sets::ChangeResourceRecordSetsError;
use aws_sdk_route53::types::{Change, ChangeBatch, ChangeStatus, ResourceRecordSet, RrType};
use tfplugin::prelude::*;

use super::change_queue::Said;
use super::record_name::{absolute, bare, shown};
use super::set_key::{SetKey, Sets};
use crate::aws::refusal::is_denied;
use crate::http::{Action, Method, Sdk};

/// Record sets on a page at most.
const PAGE: i32 = 300;

/// Changes of a batch that operations at once share, and that is tried in parts where it is not allowed: the right to change
/// can end at some names, types and actions (condition keys of `route53:ChangeResourceRecordSets`). A larger one is that of
/// one resource.
const SHARED: RangeInclusive<usize> = 2..=20;

/// Route 53's client with what sends for it.
#[derive(Clone)]
pub struct Dns {
    client: Client,
    sdk: Sdk,
}

/// Record sets that follow each other.
pub struct Page {
    /// The sets.
    pub sets: Sets,
    /// The set after the last one.
    pub next: Option<SetKey>,
}

/// An action that reads.
pub const fn reading(name: &'static str) -> Action {
    Action { service: "route53", name, method: Method::Get }
}

/// An action that may not be done twice.
pub const fn writing(name: &'static str) -> Action {
    Action { service: "route53", name, method: Method::Post }
}

/// An action that does no harm when it is done twice.
pub const fn repeatable(name: &'static str) -> Action {
    Action { service: "route53", name, method: Method::Put }
}

/// An action that deletes.
pub const fn deleting(name: &'static str) -> Action {
    Action { service: "route53", name, method: Method::Delete }
}

impl Dns {
    /// A client whose calls `sdk` sends.
    pub fn new(client: Client, sdk: Sdk) -> Self {
        Dns { client, sdk }
    }

    /// Makes one batch of changes; its id, or what Route 53 refuses it for.
    pub async fn change(&self, zone: &str, changes: Vec<Change>) -> Result<Said<String>> {
        let is_shared = SHARED.contains(&changes.len());
        let batch = ChangeBatch::builder().set_changes(Some(changes)).build();
        let batch = batch.map_err(|error| Error::new(format!("the batch is not complete: {error}")))?;
        let send = || async {
            let request = self.client.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch.clone());
            match request.send().await {
                Ok(done) => Ok(Ok(done.change_info.map(|info| bare(&info.id).to_owned()).unwrap_or_default())),
                Err(SdkError::ServiceError(refused))
                    if is_of_changes(refused.err()) || (is_shared && is_denied(refused.err().meta())) =>
                {
                    Ok(Err(messages(refused.err())))
                }
                Err(error) => Err(error),
            }
        };
        self.sdk.call(writing("ChangeResourceRecordSets"), send).await
    }

    /// Whether all of Route 53's servers have a change.
    pub async fn is_in_sync(&self, change: &str) -> Result<bool> {
        let change = self.sdk.call(reading("GetChange"), || self.client.get_change().id(change).send()).await?;
        Ok(change.change_info.is_some_and(|info| info.status == ChangeStatus::Insync))
    }

    /// Name of a zone, as people write it.
    pub async fn zone_name(&self, zone: &str) -> Result<String> {
        let found = self.sdk.call(reading("GetHostedZone"), || self.client.get_hosted_zone().id(zone).send()).await?;
        let zone = found.hosted_zone.ok_or_else(|| Error::new("route53:GetHostedZone names no zone"))?;
        Ok(shown(&zone.name))
    }

    /// Record sets from this one on, or from the first.
    pub async fn page(&self, zone: &str, from: Option<&SetKey>, size: i32) -> Result<Page> {
        let list = || {
            let list = self.client.list_resource_record_sets().hosted_zone_id(zone).max_items(size);
            let list = match from {
                Some(from) => list.start_record_name(absolute(&from.name())),
                None => list,
            };
            let kind = from.map(|from| from.kind.as_str()).filter(|kind| !kind.is_empty());
            let list = list.set_start_record_type(kind.map(RrType::from));
            list.set_start_record_identifier(from.and_then(|from| from.identifier.clone())).send()
        };
        let page = self.sdk.call(reading("ListResourceRecordSets"), list).await?;
        let kind = page.next_record_type.as_ref().map(RrType::as_str).unwrap_or_default();
        let next = page.next_record_name.as_ref().map(|name| SetKey::new(name, kind, page.next_record_identifier));
        let sets = page.resource_record_sets.into_iter().map(|set| (SetKey::of(&set), set));
        Ok(Page { sets: sets.collect(), next: next.filter(|_| page.is_truncated) })
    }

    /// All record sets of a zone.
    pub async fn list(&self, zone: &str) -> Result<Sets> {
        let mut page = self.page(zone, None, PAGE).await?;
        let mut sets = page.sets;
        while let Some(next) = page.next {
            page = self.page(zone, Some(&next), PAGE).await?;
            sets.append(&mut page.sets);
        }
        Ok(sets)
    }

    /// What lies between the first and the last of these sets, without what fills whole pages between two of them.
    pub async fn list_around(&self, zone: &str, keys: &BTreeSet<SetKey>) -> Result<Sets> {
        let mut sets = Sets::new();
        let mut from = keys.first().map(|key| key.first_of_name());
        while let Some(start) = from {
            let mut page = self.page(zone, Some(&start), PAGE).await?;
            sets.append(&mut page.sets);
            from = page.next.and_then(|next| {
                let wanted = keys.range(&next..).next()?.first_of_name();
                // Never back, should Route 53 order a name in another way.
                Some(next.max(wanted)).filter(|from| *from > start)
            });
        }
        Ok(sets)
    }

    /// One record set.
    pub async fn find(&self, zone: &str, key: &SetKey) -> Result<Option<ResourceRecordSet>> {
        let mut page = self.page(zone, Some(key), 1).await?;
        Ok(page.sets.remove(key))
    }
}

/// Whether a batch is refused for what some of it says, so that the rest may be taken: values that do not fit their form and
/// health checks that do not exist have codes of their own.
fn is_of_changes(refused: &ChangeResourceRecordSetsError) -> bool {
    refused.is_invalid_change_batch() || refused.is_invalid_input() || refused.is_no_such_health_check()
}

/// What is wrong with a batch, each problem by itself.
fn messages(refused: &ChangeResourceRecordSetsError) -> Vec<String> {
    let listed = match refused {
        ChangeResourceRecordSetsError::InvalidChangeBatch(refused) => refused.messages(),
        _ => &[],
    };
    match listed {
        [] => apart(refused.meta().message().or_else(|| refused.meta().code()).unwrap_or_default()),
        listed => listed.to_vec(),
    }
}

/// The problems of `[one, another]`: each begins with a capital letter, and what they put in brackets does not.
fn apart(text: &str) -> Vec<String> {
    let inner = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let mut messages = vec![String::new()];
    let mut rest = inner.split(", ").peekable();
    while let Some(part) = rest.next() {
        let last = messages.last_mut().expect("there is one from the beginning");
        last.push_str(part);
        let open = last.matches('[').count() > last.matches(']').count();
        match rest.peek() {
            Some(next) if !open && next.starts_with(char::is_uppercase) => messages.push(String::new()),
            Some(_) => last.push_str(", "),
            None => {}
        }
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_told_apart() {
        let text = "[Tried to create resource record set [name='a.example.com.', type='A'] but it already exists, Tried \
                    to create an alias that targets z.example.com., type A in zone Z1, but that target was not found, \
                    RRSet with DNS name x.org. is not permitted in zone example.com.]";
        let apart = apart(text);
        assert_eq!(apart.len(), 3, "{apart:?}");
        assert_eq!(
            apart[0],
            "Tried to create resource record set [name='a.example.com.', type='A'] but it already exists"
        );
        assert!(apart[2].starts_with("RRSet with DNS name x.org. is"));
        assert_eq!(super::apart("InvalidChangeBatch"), ["InvalidChangeBatch"]);
    }
}
