//! What the server remembers, and how its objects hang together.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use time::format_description::well_known::Iso8601;
use time::{Date, Duration, OffsetDateTime, UtcOffset};

/// ID of the namespace of the one user.
pub const USER_NAMESPACE: i64 = 1;

/// The one user, who owns everything.
pub const USER: i64 = 1;

/// All objects. IDs start far apart, so that one of the wrong kind is not found by chance.
#[derive(Debug)]
pub struct Store {
    /// Groups by ID.
    pub groups: BTreeMap<i64, Group>,
    /// Projects by ID.
    pub projects: BTreeMap<i64, Project>,
    /// Labels by ID.
    pub labels: BTreeMap<i64, Label>,
    /// Variables by ID, which the API does not show.
    pub variables: BTreeMap<i64, Variable>,
    /// Protected branches by ID.
    pub branches: BTreeMap<i64, Branch>,
    /// Access tokens of projects by ID, those that are no longer active, too.
    pub tokens: BTreeMap<i64, AccessToken>,
    /// Where projects were, by full path in lower case.
    left: BTreeMap<String, i64>,
    next_group: i64,
    next_project: i64,
    next: i64,
}

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// ID.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Last segment of the full path.
    pub path: String,
    /// Parent, or `None` at the top level.
    pub parent: Option<i64>,
    /// Settings, as answers show them.
    pub settings: Map<String, Value>,
    /// When it was created.
    pub created_at: String,
    /// Set once it is marked for deletion.
    pub doom: Option<Doom>,
}

/// A project.
#[derive(Clone, Debug)]
pub struct Project {
    /// ID.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Last segment of the full path.
    pub path: String,
    /// Group, or [`USER_NAMESPACE`].
    pub namespace: i64,
    /// Settings, as answers show them.
    pub settings: Map<String, Value>,
    /// When it was created.
    pub created_at: String,
    /// Branches of the repository.
    pub repository: BTreeSet<String>,
    /// Default branch, once the repository has one.
    pub default_branch: Option<String>,
    /// Requests until the server protects the default branch.
    pub protects_in: Option<u32>,
    /// Set once it is marked for deletion.
    pub doom: Option<Doom>,
}

/// A deletion that is under way.
#[derive(Clone, Debug)]
pub struct Doom {
    /// Date on which it was asked for.
    pub since: String,
    /// Name before it was marked.
    pub name: String,
    /// Path before it was marked.
    pub path: String,
    /// Reads of the object until it is gone; `None` while it is only marked.
    pub polls: Option<u32>,
}

/// Owner of a label or variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// A group.
    Group(i64),
    /// A project.
    Project(i64),
}

/// A label.
#[derive(Clone, Debug)]
pub struct Label {
    /// ID.
    pub id: i64,
    /// Owner.
    pub owner: Owner,
    /// Title.
    pub name: String,
    /// Color as it was given; names are turned into digits.
    pub color: String,
    /// Description.
    pub description: Value,
    /// Whether it is archived.
    pub archived: bool,
    /// Priority by project.
    pub priorities: BTreeMap<i64, i64>,
}

/// A CI variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Owner.
    pub owner: Owner,
    /// Key.
    pub key: String,
    /// Scope.
    pub scope: String,
    /// Value.
    pub value: String,
    /// Whether jobs hide it.
    pub masked: bool,
    /// Whether the API never shows it.
    pub hidden: bool,
    /// Whether it is taken as it stands.
    pub raw: bool,
    /// The other settings, as answers show them.
    pub settings: Map<String, Value>,
}

/// A protected branch.
#[derive(Clone, Debug)]
pub struct Branch {
    /// ID.
    pub id: i64,
    /// Project.
    pub project: i64,
    /// Name or wildcard.
    pub name: String,
    /// Who may push, merge and unprotect.
    pub rules: BTreeMap<Right, Vec<Rule>>,
    /// Whether those who may push may force it.
    pub allow_force_push: bool,
    /// Whether code owners must approve.
    pub code_owner_approval_required: bool,
}

/// An access token of a project.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// ID.
    pub id: i64,
    /// Project.
    pub project: i64,
    /// ID of the bot user that the token signs in.
    pub user: i64,
    /// Name.
    pub name: String,
    /// Description.
    pub description: Value,
    /// Scopes.
    pub scopes: Vec<String>,
    /// Role of the bot user in the project.
    pub access_level: i64,
    /// When it was created.
    pub created_at: String,
    /// Day at whose start it expires.
    pub expires_at: String,
    /// When it was last used.
    pub last_used_at: Option<String>,
    /// Whether it was revoked.
    pub revoked: bool,
    /// The token itself.
    pub secret: String,
}

/// What a rule allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Right {
    /// Pushing.
    Push,
    /// Merging.
    Merge,
    /// Removing the protection.
    Unprotect,
}

/// Whom a rule allows it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// ID.
    pub id: i64,
    /// The holder.
    pub holder: Holder,
}

/// Holder of a right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// Members from this level on.
    Level(i64),
    /// A user.
    User(i64),
    /// A group.
    Group(i64),
    /// A deploy key.
    DeployKey(i64),
}

impl Default for Store {
    fn default() -> Self {
        Self {
            groups: BTreeMap::new(),
            projects: BTreeMap::new(),
            labels: BTreeMap::new(),
            variables: BTreeMap::new(),
            branches: BTreeMap::new(),
            tokens: BTreeMap::new(),
            left: BTreeMap::new(),
            next_group: 100,
            next_project: 5000,
            next: 70_000,
        }
    }
}

impl Store {
    /// ID of the next group.
    pub fn next_group(&mut self) -> i64 {
        self.next_group += 1;
        self.next_group
    }

    /// ID of the next project.
    pub fn next_project(&mut self) -> i64 {
        self.next_project += 1;
        self.next_project
    }

    /// ID of the next label, variable, protected branch, rule, access token or bot user.
    pub fn next_id(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    /// The group itself, its parent, and so on.
    pub fn lineage(&self, group: i64) -> Vec<&Group> {
        let mut lineage = Vec::new();
        let mut next = self.groups.get(&group);
        while let Some(group) = next {
            lineage.push(group);
            next = group.parent.and_then(|parent| self.groups.get(&parent));
        }
        lineage
    }

    /// Whether a group is in another, at any depth, or is that group.
    pub fn is_in(&self, group: i64, ancestor: i64) -> bool {
        self.lineage(group).iter().any(|group| group.id == ancestor)
    }

    /// Full path of a namespace.
    pub fn full_path(&self, namespace: i64) -> String {
        self.join(namespace, "root", "/", |group| &group.path)
    }

    /// Full name of a namespace.
    pub fn full_name(&self, namespace: i64) -> String {
        self.join(namespace, "Administrator", " / ", |group| &group.name)
    }

    /// Full path of a project.
    pub fn project_path(&self, project: &Project) -> String {
        format!("{}/{}", self.full_path(project.namespace), project.path)
    }

    /// The group of an ID or a full path.
    pub fn group(&self, id_or_path: &str) -> Option<&Group> {
        match id_or_path.parse::<i64>() {
            Ok(id) => self.groups.get(&id),
            Err(_) => self.groups.values().find(|group| self.full_path(group.id).eq_ignore_ascii_case(id_or_path)),
        }
    }

    /// The project of an ID or a full path.
    pub fn project(&self, id_or_path: &str) -> Option<&Project> {
        match id_or_path.parse::<i64>() {
            Ok(id) => self.projects.get(&id),
            Err(_) => {
                self.projects.values().find(|project| self.project_path(project).eq_ignore_ascii_case(id_or_path))
            }
        }
    }

    /// The project that was at a full path before it moved. GitLab keeps such paths until another one takes them
    /// (`RedirectRoute`).
    pub fn moved(&self, path: &str) -> Option<&Project> {
        self.left.get(&path.to_lowercase()).and_then(|project| self.projects.get(project))
    }

    /// Full paths of all projects in lower case.
    pub fn project_paths(&self) -> BTreeMap<String, i64> {
        self.projects.values().map(|project| (self.project_path(project).to_lowercase(), project.id)).collect()
    }

    /// Notes which of these paths were left.
    pub fn note_moves(&mut self, before: BTreeMap<String, i64>) {
        let after = self.project_paths();
        self.left.extend(before);
        self.left.retain(|path, _| !after.contains_key(path));
    }

    /// Groups whose labels and settings reach an owner, the nearest first.
    pub fn ancestors(&self, owner: Owner) -> Vec<i64> {
        let nearest = match owner {
            Owner::Group(group) => self.groups.get(&group).and_then(|group| group.parent),
            Owner::Project(project) => self.projects.get(&project).map(|project| project.namespace),
        };
        nearest.map(|group| self.lineage(group).iter().map(|group| group.id).collect()).unwrap_or_default()
    }

    /// Whether a group or project of this path is in the namespace (`None`: at the top level), other than the given one.
    pub fn path_taken(&self, namespace: Option<i64>, path: &str, except: Owner) -> bool {
        let same = |other: &str| other.eq_ignore_ascii_case(path);
        let group = self
            .groups
            .values()
            .any(|group| group.parent == namespace && same(&group.path) && except != Owner::Group(group.id));
        let project = self.projects.values().any(|project| {
            Some(project.namespace) == namespace && same(&project.path) && except != Owner::Project(project.id)
        });
        group || project || (namespace.is_none() && same("root"))
    }

    /// Removes a group with everything in it.
    pub fn remove_group(&mut self, id: i64) {
        let groups: BTreeSet<i64> = self.groups.keys().copied().filter(|group| self.is_in(*group, id)).collect();
        let projects: Vec<i64> =
            self.projects.values().filter(|project| groups.contains(&project.namespace)).map(|p| p.id).collect();
        for project in projects {
            self.remove_project(project);
        }
        self.groups.retain(|group, _| !groups.contains(group));
        self.labels.retain(|_, label| !matches!(label.owner, Owner::Group(group) if groups.contains(&group)));
        self.variables.retain(|_, variable| !matches!(variable.owner, Owner::Group(group) if groups.contains(&group)));
    }

    /// Removes a project with everything in it.
    pub fn remove_project(&mut self, id: i64) {
        self.projects.remove(&id);
        self.labels.retain(|_, label| label.owner != Owner::Project(id));
        self.variables.retain(|_, variable| variable.owner != Owner::Project(id));
        self.branches.retain(|_, branch| branch.project != id);
        self.tokens.retain(|_, token| token.project != id);
    }

    fn join<'a>(&'a self, namespace: i64, user: &str, between: &str, part: impl Fn(&'a Group) -> &'a str) -> String {
        if namespace == USER_NAMESPACE {
            return user.to_owned();
        }
        let mut parts: Vec<&str> = self.lineage(namespace).into_iter().map(part).collect();
        parts.reverse();
        parts.join(between)
    }
}

impl AccessToken {
    /// Whether its last day is over (`app/models/concerns/expirable.rb`): it does not live to see the day of its expiry.
    pub fn expired(&self) -> bool {
        self.expires_at <= today()
    }

    /// Moves its dates into the past.
    pub fn age(&mut self, days: i64) {
        let earlier = |date: &str| Date::parse(date, &Iso8601::DATE).map(|date| date - Duration::days(days));
        let dates = [&mut self.created_at, &mut self.expires_at].into_iter().chain(&mut self.last_used_at);
        for text in dates {
            let (date, _) = text.split_at(text.len().min(10));
            if let Ok(date) = earlier(date) {
                text.replace_range(..10, &date.to_string());
            }
        }
    }

    /// Whether it signs in.
    pub fn active(&self) -> bool {
        !self.revoked && !self.expired()
    }
}

/// Now, as the API writes times.
pub fn now() -> String {
    timestamp(OffsetDateTime::now_utc())
}

/// A time, as the API writes it.
pub fn timestamp(time: OffsetDateTime) -> String {
    let time = time.to_offset(UtcOffset::UTC);
    format!("{}T{:02}:{:02}:{:02}.{:03}Z", time.date(), time.hour(), time.minute(), time.second(), time.millisecond())
}

/// Today, as the API writes dates.
pub fn today() -> String {
    in_days(0)
}

/// The date in so many days.
pub fn in_days(days: i64) -> String {
    (OffsetDateTime::now_utc().date() + Duration::days(days)).to_string()
}
