//! Tokens: issued, renewed, shown and revoked with their children (`vault/token_store.go`).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::openbao::ids;
use crate::openbao::times::{self, SYSTEM_TTL};

/// All tokens by ID.
#[derive(Debug, Default)]
pub struct Tokens(BTreeMap<String, Token>);

/// A token.
#[derive(Clone, Debug)]
pub struct Token {
    /// ID, which is the token itself.
    pub id: String,
    /// Name for it that gives no access; empty for a batch token.
    pub accessor: String,
    /// Namespace that issued it: empty, or a path with a slash at its end.
    pub namespace: String,
    /// What it was issued for.
    pub grant: Grant,
    /// When it was issued.
    pub issued: OffsetDateTime,
    /// Lifetime at issue, in seconds; 0 for one that never expires.
    pub ttl: i64,
    /// When it expires.
    pub expires: Option<OffsetDateTime>,
    /// Uses that are left, for one with a limit.
    pub uses: i64,
    /// Entity of the login.
    pub entity: String,
}

/// What a token is to be.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// Path of the request that made it, such as `auth/token/create`.
    pub path: String,
    /// Display name.
    pub display_name: String,
    /// Policies, without `default` unless it was named.
    pub policies: Vec<String>,
    /// Whether `default` is not added.
    pub no_default_policy: bool,
    /// Lifetime in seconds; 0 for the mount's.
    pub ttl: i64,
    /// Longest lifetime in seconds; 0 for the mount's.
    pub max_ttl: i64,
    /// Longest lifetime that renewals keep to; 0 for none.
    pub explicit_max_ttl: i64,
    /// Lifetime after each renewal; 0 for one that is not periodic.
    pub period: i64,
    /// How often it may be used; 0 for always.
    pub num_uses: i64,
    /// Metadata, or null.
    pub metadata: Value,
    /// Whether it may be renewed.
    pub renewable: bool,
    /// Whether it is a batch token.
    pub batch: bool,
    /// Token that made it; none for an orphan.
    pub parent: Option<String>,
    /// Token role.
    pub role: Option<String>,
    /// Whether it comes from a login, which has an entity.
    pub login: bool,
    /// Addresses that may use it.
    pub bound_cidrs: Vec<String>,
}

impl Grant {
    /// Policies with `default`, sorted and each once.
    fn all_policies(&self) -> Vec<String> {
        let mut policies: BTreeSet<String> = self.policies.iter().map(|policy| policy.to_lowercase()).collect();
        if self.no_default_policy {
            policies.remove("default");
        } else if !policies.contains("root") {
            policies.insert("default".to_owned());
        }
        policies.into_iter().collect()
    }

    /// Lifetime in seconds, and the warning if it was cut (`framework.CalculateTTL`).
    fn lifetime(&self, default: i64, max: i64) -> (i64, Option<String>) {
        if self.policies.iter().any(|policy| policy == "root") && self.ttl == 0 && self.period == 0 {
            return (self.explicit_max_ttl, None);
        }
        let longest = [self.max_ttl, self.explicit_max_ttl].into_iter().filter(|limit| *limit > 0).fold(max, i64::min);
        let wanted = [self.period, self.ttl, default].into_iter().find(|ttl| *ttl > 0).unwrap_or(SYSTEM_TTL);
        if self.period > 0 || wanted <= longest {
            return (wanted, None);
        }
        let cut = format!(
            "TTL of {:?} exceeded the effective max_ttl of {:?}; TTL value is capped accordingly",
            times::duration(wanted),
            times::duration(longest)
        );
        (longest, (self.ttl > 0).then_some(cut))
    }
}

impl Token {
    fn lives(&self, now: OffsetDateTime) -> bool {
        self.expires.is_none_or(|expires| expires > now)
    }

    /// Seconds until it expires; 0 for never.
    fn seconds_left(&self) -> i64 {
        self.expires.map_or(0, |expires| (expires - times::now()).whole_seconds())
    }

    /// What `lookup` shows.
    pub fn show(&self) -> Value {
        let mut shown = json!({
            "id": self.id,
            "accessor": self.accessor,
            "policies": self.grant.policies,
            "path": self.grant.path,
            "meta": self.grant.metadata,
            "display_name": self.grant.display_name,
            "num_uses": self.uses,
            "orphan": self.grant.parent.is_none(),
            "creation_time": self.issued.unix_timestamp(),
            "creation_ttl": self.ttl,
            "expire_time": self.expires.map(times::text),
            "ttl": self.seconds_left(),
            "explicit_max_ttl": self.grant.explicit_max_ttl,
            "entity_id": self.entity,
            "type": if self.grant.batch { "batch" } else { "service" },
        });
        let mut add = |name: &str, value: Value| {
            if let Some(shown) = shown.as_object_mut() {
                shown.insert(name.to_owned(), value);
            }
        };
        if self.expires.is_some() {
            add("renewable", json!(self.grant.renewable));
            add("issue_time", json!(times::text(self.issued)));
        }
        if let Some(role) = &self.grant.role {
            add("role", json!(role));
        }
        if self.grant.period > 0 {
            add("period", json!(self.grant.period));
        }
        if !self.grant.bound_cidrs.is_empty() {
            add("bound_cidrs", json!(self.grant.bound_cidrs));
        }
        if !self.namespace.is_empty() {
            add("namespace_path", json!(self.namespace));
        }
        shown
    }

    /// What a login and a renewal answer.
    fn auth(&self) -> Value {
        json!({
            "client_token": self.id,
            "accessor": self.accessor,
            "policies": self.grant.policies,
            "token_policies": self.grant.policies,
            "metadata": self.grant.metadata,
            "lease_duration": self.seconds_left_rounded(),
            "renewable": self.grant.renewable,
            "entity_id": self.entity,
            "token_type": if self.grant.batch { "batch" } else { "service" },
            "orphan": self.grant.parent.is_none(),
            "mfa_requirement": null,
            "num_uses": self.grant.num_uses,
        })
    }

    fn seconds_left_rounded(&self) -> i64 {
        self.expires.map_or(0, |expires| {
            let left = expires - times::now();
            left.whole_seconds() + i64::from(left.subsec_nanoseconds() > 0)
        })
    }
}

impl Tokens {
    /// Issues a token. The lifetimes are those of the mount. Gives the answer and, if the lifetime was cut, a warning.
    pub fn issue(&mut self, namespace: &str, mut grant: Grant, default: i64, max: i64) -> (Value, Option<String>) {
        let (ttl, warning) = grant.lifetime(default, max);
        grant.policies = grant.all_policies();
        grant.renewable &= ttl > 0 && !grant.batch;
        let issued = times::now();
        let token = Token {
            id: format!("{}.{}", if grant.batch { "b" } else { "s" }, ids::letters()),
            accessor: if grant.batch { String::new() } else { ids::letters() },
            namespace: namespace.to_owned(),
            expires: (ttl > 0).then(|| times::after(issued, ttl)),
            uses: grant.num_uses,
            entity: if grant.login { ids::uuid() } else { String::new() },
            grant,
            issued,
            ttl,
        };
        let auth = token.auth();
        self.0.insert(token.id.clone(), token);
        (auth, warning)
    }

    /// Puts the first token in place.
    pub fn plant_root(&mut self, id: &str) {
        let grant = Grant {
            path: "auth/token/root".to_owned(),
            display_name: "root".to_owned(),
            policies: vec!["root".to_owned()],
            ..Grant::default()
        };
        let token = Token {
            id: id.to_owned(),
            accessor: ids::letters(),
            namespace: String::new(),
            grant,
            issued: times::now(),
            ttl: 0,
            expires: None,
            uses: 0,
            entity: String::new(),
        };
        self.0.insert(token.id.clone(), token);
    }

    /// A token that has not expired.
    pub fn get(&self, id: &str) -> Option<&Token> {
        self.0.get(id).filter(|token| token.lives(times::now()))
    }

    /// The token of an accessor.
    pub fn by_accessor(&self, accessor: &str) -> Option<&Token> {
        let now = times::now();
        self.0.values().find(|token| !accessor.is_empty() && token.accessor == accessor && token.lives(now))
    }

    /// Accessors of a namespace's tokens.
    pub fn accessors(&self, namespace: &str) -> Vec<String> {
        let now = times::now();
        let here = self.0.values().filter(|token| token.namespace == namespace && token.lives(now));
        here.map(|token| token.accessor.clone()).filter(|accessor| !accessor.is_empty()).collect()
    }

    /// Renews a token by its period or by what was asked for; `None` if it cannot be renewed.
    pub fn renew(&mut self, id: &str, increment: i64, max: i64) -> Option<Value> {
        let token = self.0.get_mut(id).filter(|token| token.grant.renewable && token.expires.is_some())?;
        let now = times::now();
        let wanted = [token.grant.period, increment, token.ttl].into_iter().find(|ttl| *ttl > 0).unwrap_or_default();
        let limits = [token.grant.max_ttl, token.grant.explicit_max_ttl, max];
        let longest = limits.into_iter().filter(|limit| *limit > 0).min().unwrap_or(max);
        let end = times::after(now, wanted);
        let periodic = token.grant.period > 0 && token.grant.explicit_max_ttl == 0;
        token.expires = Some(if periodic { end } else { end.min(times::after(token.issued, longest)) });
        Some(token.auth())
    }

    /// Counts a use of a token with a limit; the last one revokes it.
    pub fn count_use(&mut self, id: &str) {
        let Some(token) = self.0.get_mut(id).filter(|token| token.grant.num_uses > 0) else { return };
        token.uses -= 1;
        if token.uses == 0 {
            self.revoke(id);
        }
    }

    /// Revokes a token and all that it made.
    pub fn revoke(&mut self, id: &str) {
        self.0.remove(id);
        let children: Vec<String> = self.children(id).map(|token| token.id.clone()).collect();
        for child in children {
            self.revoke(&child);
        }
    }

    /// Revokes a token; what it made lives on without a parent.
    pub fn revoke_alone(&mut self, id: &str) {
        self.0.remove(id);
        for token in self.0.values_mut().filter(|token| token.grant.parent.as_deref() == Some(id)) {
            token.grant.parent = None;
        }
    }

    /// Revokes the tokens that match.
    pub fn revoke_where(&mut self, matches: impl Fn(&Token) -> bool) {
        let revoked: Vec<String> =
            self.0.values().filter(|token| matches(token)).map(|token| token.id.clone()).collect();
        for id in revoked {
            self.revoke(&id);
        }
    }

    fn children<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Token> {
        self.0.values().filter(move |token| token.grant.parent.as_deref() == Some(id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(policies: &[&str]) -> Grant {
        let policies = policies.iter().map(|policy| (*policy).to_owned()).collect();
        Grant { policies, renewable: true, ..Grant::default() }
    }

    fn issue(tokens: &mut Tokens, grant: Grant) -> String {
        tokens.issue("", grant, 3600, SYSTEM_TTL).0["client_token"].as_str().unwrap().to_owned()
    }

    #[test]
    fn revoking_takes_the_children_along() {
        let mut tokens = Tokens::default();
        let parent = issue(&mut tokens, grant(&["a"]));
        let child = issue(&mut tokens, Grant { parent: Some(parent.clone()), ..grant(&["a"]) });
        let grandchild = issue(&mut tokens, Grant { parent: Some(child.clone()), ..grant(&["a"]) });
        tokens.revoke_alone(&parent);
        assert!(tokens.get(&child).unwrap().grant.parent.is_none());
        tokens.revoke(&child);
        assert!(tokens.get(&grandchild).is_none() && tokens.accessors("").is_empty());
    }

    #[test]
    fn the_last_use_revokes() {
        let mut tokens = Tokens::default();
        let id = issue(&mut tokens, Grant { num_uses: 2, ..grant(&["a"]) });
        tokens.count_use(&id);
        assert_eq!(tokens.get(&id).unwrap().show()["num_uses"], json!(1));
        tokens.count_use(&id);
        assert!(tokens.get(&id).is_none());
    }

    #[test]
    fn lifetimes_keep_to_the_shortest_limit() {
        let lifetime = |grant: Grant| grant.lifetime(3600, 7200).0;
        assert_eq!(lifetime(grant(&["a"])), 3600);
        assert_eq!(lifetime(Grant { ttl: 9000, ..grant(&["a"]) }), 7200);
        assert_eq!(lifetime(Grant { ttl: 900, max_ttl: 60, ..grant(&["a"]) }), 60);
        assert_eq!(lifetime(Grant { period: 9000, ..grant(&["a"]) }), 9000);
        assert_eq!(lifetime(grant(&["root"])), 0);
        let (_, warning) = Grant { ttl: 9000, ..grant(&["a"]) }.lifetime(3600, 7200);
        assert_eq!(
            warning.unwrap(),
            "TTL of \"2h30m0s\" exceeded the effective max_ttl of \"2h0m0s\"; TTL value is capped accordingly"
        );
    }

    #[test]
    fn a_renewal_lasts_no_longer_than_the_limit() {
        let mut tokens = Tokens::default();
        let id = issue(&mut tokens, Grant { explicit_max_ttl: 4000, ..grant(&["a"]) });
        let renewed = tokens.renew(&id, 9000, SYSTEM_TTL).unwrap();
        assert!((3990..=4000).contains(&renewed["lease_duration"].as_i64().unwrap()), "{renewed}");
        assert_eq!(tokens.renew("s.none", 0, SYSTEM_TTL), None);
    }
}
