//! Who may do what: users, tokens, tickets, roles and the list of rights.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::http::call::Call;
use crate::proxmox::privileges;
use crate::proxmox::reply::{Refusal, WRONG_PASSWORD};
use crate::proxmox::table::Check;
use crate::proxmox::world::{Asked, Pool, unix_time};

/// How long a ticket is good.
const TICKET: Duration = Duration::from_secs(2 * 60 * 60);

/// The user who may do everything.
pub const ROOT: &str = "root@pam";

/// Everything about users and rights.
#[derive(Debug)]
pub struct Access {
    /// Users by id.
    pub users: BTreeMap<String, User>,
    /// Comments of the groups.
    pub groups: BTreeMap<String, Option<String>>,
    /// Privileges of the roles that were made.
    pub roles: BTreeMap<String, BTreeSet<String>>,
    /// Comments of the pools, and their members.
    pub pools: BTreeMap<String, Pool>,
    /// Rights.
    pub rights: BTreeSet<Right>,
    tickets: BTreeMap<String, Ticket>,
    serial: u64,
}

/// A user.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// What is known of it, in the form of answers.
    pub facts: Map<String, Value>,
    /// Its groups.
    pub groups: BTreeSet<String>,
    /// Its password.
    pub password: Option<String>,
    /// Its tokens by name.
    pub tokens: BTreeMap<String, Token>,
}

/// A token.
#[derive(Clone, Debug, Default)]
pub struct Token {
    /// What is known of it, in the form of answers.
    pub facts: Map<String, Value>,
    /// Its secret.
    pub secret: String,
}

/// One line of the list of rights.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Right {
    /// Where.
    pub path: String,
    /// Whether it is also valid below.
    pub propagate: bool,
    /// Which role.
    pub role: String,
    /// `user`, `group` or `token`.
    pub kind: &'static str,
    /// Whose.
    pub whose: String,
}

#[derive(Debug)]
struct Ticket {
    user: String,
    csrf: String,
    until: Instant,
}

impl Access {
    /// Root with a password, and its token `lab`.
    #[must_use]
    pub fn new(secret: &str, password: &str) -> Self {
        let facts = |members: Value| members.as_object().cloned().unwrap_or_default();
        let token = Token { facts: facts(json!({ "expire": 0, "privsep": 0 })), secret: secret.to_owned() };
        let root = User {
            facts: facts(json!({ "enable": 1, "expire": 0 })),
            groups: BTreeSet::new(),
            password: Some(password.to_owned()),
            tokens: BTreeMap::from([("lab".to_owned(), token)]),
        };
        Self {
            users: BTreeMap::from([(ROOT.to_owned(), root)]),
            groups: BTreeMap::new(),
            roles: BTreeMap::new(),
            pools: BTreeMap::new(),
            rights: BTreeSet::new(),
            tickets: BTreeMap::new(),
            serial: 0,
        }
    }

    /// Who calls.
    ///
    /// # Errors
    ///
    /// Nobody who is known; the reason is said after `penalty`.
    pub fn caller(&self, call: &Call, penalty: Duration, now: Instant) -> Result<String, Refusal> {
        let refused = |reason: &str| Err(Refusal::new(401, reason).after(penalty));
        if let Some(token) = call.header("authorization").and_then(|text| text.strip_prefix("PVEAPIToken=")) {
            return match self.of_token(token) {
                Some(who) => Ok(who),
                None => refused("Authentication failed!"),
            };
        }
        let cookie = call.header("cookie").and_then(|text| {
            let pairs = text.split(';').filter_map(|pair| pair.trim().split_once('='));
            pairs.clone().find(|(name, _)| *name == "PVEAuthCookie").map(|(_, ticket)| decoded(ticket))
        });
        let Some(ticket) = cookie else { return Err(Refusal::new(401, "No ticket")) };
        let Some(known) = self.tickets.get(&ticket).filter(|known| known.until > now) else {
            return refused("permission denied - invalid PVE ticket");
        };
        if call.method != "GET" && call.header("csrfpreventiontoken") != Some(&known.csrf) {
            return refused("Permission denied - invalid csrf token");
        }
        Ok(known.user.clone())
    }

    fn of_token(&self, text: &str) -> Option<String> {
        let (id, secret) = text.split_once('=')?;
        let (user, name) = id.split_once('!')?;
        let token = self.users.get(user)?.tokens.get(name)?;
        (token.secret == secret && self.is_enabled(user) && !is_over(&token.facts)).then(|| id.to_owned())
    }

    fn is_enabled(&self, user: &str) -> bool {
        let known = self.users.get(user);
        known.is_some_and(|user| user.facts.get("enable") != Some(&json!(0)) && !is_over(&user.facts))
    }

    /// Gives a ticket for a password.
    ///
    /// # Errors
    ///
    /// The password is wrong, which is said after `penalty`.
    pub fn log_in(&mut self, asked: &Asked, penalty: Duration) -> Result<Value, Refusal> {
        let realm = asked.get("realm").map(|realm| format!("@{realm}")).unwrap_or_default();
        let user = format!("{}{realm}", asked.text("username"));
        let known = self.users.get(&user).filter(|_| self.is_enabled(&user));
        // A ticket that is still good is as good as the password.
        let renews =
            self.tickets.get(asked.text("password")).is_some_and(|held| held.user == user && held.until > asked.now);
        if known.is_none_or(|known| known.password.as_deref() != asked.get("password") && !renews) {
            return Err(Refusal::new(401, WRONG_PASSWORD).after(penalty));
        }
        self.serial += 1;
        let ticket = format!("PVE:{user}:{:08X}::{:016x}", unix_time(), self.serial);
        let csrf = format!("{:08X}:{:016x}", unix_time(), self.serial);
        let held = Ticket { user: user.clone(), csrf: csrf.clone(), until: asked.now + TICKET };
        self.tickets.insert(ticket.clone(), held);
        let cap: Map<String, Value> = privileges::CAPABILITIES
            .iter()
            .map(|(place, starts)| {
                let held = privileges::beginning_with(starts).filter(|privilege| self.has(&user, "/", privilege));
                (
                    (*place).to_owned(),
                    held.map(|privilege| (privilege.to_owned(), json!(1))).collect::<Map<_, _>>().into(),
                )
            })
            .collect();
        Ok(json!({ "ticket": ticket, "CSRFPreventionToken": csrf, "username": user, "cap": cap }))
    }

    /// Refuses who lacks the privileges of a method.
    ///
    /// # Errors
    ///
    /// One of them is missing.
    pub fn demand(&self, check: &Check, asked: &Asked) -> Result<(), Refusal> {
        let itself = asked.who.split('!').next().unwrap_or_default() == asked.text("userid");
        let place = match check.place {
            "self" if itself => return Ok(()),
            "self" => "/access/groups".to_owned(),
            place => asked
                .params
                .iter()
                .fold(place.to_owned(), |place, (name, value)| place.replace(&format!("{{{name}}}"), value)),
        };
        let has = |privilege: &&&str| self.has(&asked.who, &place, privilege);
        let enough = match check.any {
            true => check.privileges.iter().any(|privilege| has(&privilege)),
            false => check.privileges.iter().all(|privilege| has(&privilege)),
        };
        let words = check.privileges.join(if check.any { "|" } else { ", " });
        if enough { Ok(()) } else { Err(Refusal::denied(&place, &words)) }
    }

    /// Whether a user or a token has a privilege at a place.
    #[must_use]
    pub fn has(&self, who: &str, place: &str, privilege: &str) -> bool {
        self.privileges(who, place).contains_key(privilege)
    }

    /// The privileges of a user or a token at a place, and whether they are valid below it.
    #[must_use]
    pub fn privileges(&self, who: &str, place: &str) -> BTreeMap<String, bool> {
        if who == ROOT {
            return privileges::PRIVILEGES.iter().map(|privilege| ((*privilege).to_owned(), true)).collect();
        }
        let Some((user, name)) = who.split_once('!') else {
            let groups = self.users.get(who).map(|user| user.groups.clone()).unwrap_or_default();
            let direct = self.granted(place, |right| right.kind == "user" && right.whose == who);
            let through_groups = || self.granted(place, |right| right.kind == "group" && groups.contains(&right.whose));
            return direct.or_else(through_groups).unwrap_or_default();
        };
        let token = self.users.get(user).and_then(|user| user.tokens.get(name));
        if token.is_some_and(|token| token.facts.get("privsep") == Some(&json!(0))) {
            return self.privileges(user, place);
        }
        let mut own = self.granted(place, |right| right.kind == "token" && right.whose == who).unwrap_or_default();
        let of_user = self.privileges(user, place);
        own.retain(|privilege, _| of_user.contains_key(privilege));
        own
    }

    /// What is granted at a place, and to a guest or a storage through the pools that it belongs to
    /// (`PVE::RPCEnvironment`, `poolroles`).
    fn granted(&self, place: &str, whose: impl Fn(&Right) -> bool) -> Option<BTreeMap<String, bool>> {
        let through = |pool: &String| self.granted_on(&format!("/pool/{pool}"), &whose);
        let through: Vec<BTreeMap<String, bool>> = self.pools_with(place).filter_map(through).collect();
        let own = self.granted_on(place, &whose);
        if own.is_none() && through.is_empty() {
            return None;
        }
        let mut granted = own.unwrap_or_default();
        for privilege in through.into_iter().flat_map(BTreeMap::into_keys) {
            granted.entry(privilege).or_insert(false);
        }
        Some(granted)
    }

    /// The pools that the guest or the storage at a place belongs to.
    fn pools_with(&self, place: &str) -> impl Iterator<Item = &String> {
        let guest = place.strip_prefix("/vms/").and_then(|number| number.parse().ok());
        let storage = place.strip_prefix("/storage/");
        let is_member = move |pool: &Pool| {
            guest.is_some_and(|guest| pool.guests.contains(&guest))
                || storage.is_some_and(|storage| pool.storages.iter().any(|member| member == storage))
        };
        self.pools.iter().filter(move |(_, pool)| is_member(pool)).map(|(name, _)| name)
    }

    /// What is granted at the deepest place on the way that says anything.
    fn granted_on(&self, place: &str, whose: impl Fn(&Right) -> bool) -> Option<BTreeMap<String, bool>> {
        let ways = std::iter::successors(Some(place), |place| match place.rsplit_once('/') {
            _ if *place == "/" => None,
            Some(("", _)) => Some("/"),
            Some((above, _)) => Some(above),
            None => None,
        });
        for way in ways {
            let here = self.rights.iter().filter(|right| right.path == way && whose(right));
            let valid: Vec<&Right> = here.filter(|right| way == place || right.propagate).collect();
            if !valid.is_empty() {
                let each = |right: &Right| {
                    let propagate = right.propagate;
                    self.role(&right.role).unwrap_or_default().into_iter().map(move |name| (name, propagate))
                };
                return Some(valid.into_iter().flat_map(each).collect());
            }
        }
        None
    }

    /// The privileges of a role.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<BTreeSet<String>> {
        self.roles.get(name).cloned().or_else(|| privileges::of_built_in(name))
    }
}

/// Whether the time of a user or a token is over; 0 is never.
fn is_over(facts: &Map<String, Value>) -> bool {
    let end = facts.get("expire").and_then(Value::as_i64).unwrap_or_default();
    end != 0 && end <= unix_time()
}

fn decoded(ticket: &str) -> String {
    crate::http::call::segments(ticket).join("/")
}
