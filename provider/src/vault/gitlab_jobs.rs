//! Jobs of a GitLab, as people describe them and as the claims of their ID tokens.
//!
//! Facts come from GitLab's manual, "ID token payload", version 18: `iss` is the address without a slash at its end,
//! `ref_type` is `branch` or `tag`, `ref_protected` is a text, and `environment` is missing where a job has none.

use tfplugin::prelude::*;
use tfplugin::schema::Attribute;
use tfplugin::value::{Object, Value};

use super::jwt_role::{self, Claims, ClaimsType, RoleType};

/// Which jobs are trusted.
#[derive(Clone, Debug, PartialEq, Nested)]
#[tf(one_of(project, group), conflicts(branch, tag), when_true(include_subgroups, group))]
pub struct GitlabJobs {
    /// Address of the GitLab, such as `https://gitlab.example.com`: the claim `iss`, which is bound even if the auth
    /// method accepts any.
    #[tf(check = address)]
    pub gitlab_url: String,

    /// Full path of the project whose jobs are trusted, such as `acme/web`.
    #[tf(check = project_path)]
    pub project: Option<String>,

    /// Full path of the group whose projects' jobs are trusted, such as `acme`.
    #[tf(check = full_path)]
    pub group: Option<String>,

    /// Whether the jobs of projects in all groups below `group` are trusted too.
    #[tf(default = false)]
    pub include_subgroups: bool,

    /// Branch that a job must run on; `*` stands for any text, with slashes in it too. Everybody who can push such a
    /// branch is trusted, so set `protected_only` for one that is protected. Without `branch` and `tag`, jobs of every
    /// branch and tag are trusted.
    #[tf(check = ref_name)]
    pub branch: Option<String>,

    /// Tag that a job must run on; `*` stands for any text.
    #[tf(check = ref_name)]
    pub tag: Option<String>,

    /// Environment that a job must deploy to; `*` stands for any text.
    #[tf(check = not_empty)]
    pub environment: Option<String>,

    /// Whether the branch or tag must be a protected one.
    #[tf(default = false)]
    pub protected_only: bool,

    /// Audiences of which an ID token must have one: what its job says as `aud`, such as the address of this Vault.
    #[tf(check = audiences)]
    pub bound_audiences: BTreeSet<String>,

    /// Claims that an ID token must have, each with one of these texts.
    #[tf(volatile(gitlab_url, project, group, include_subgroups, branch, tag, environment, protected_only))]
    pub bound_claims: Computed<Claims>,

    /// Job for a `.gitlab-ci.yml` that others extend: it asks for an ID token and logs in with it, by the program `vault`.
    #[tf(volatile(environment, bound_audiences))]
    pub ci_snippet: Computed<String>,
}

/// What stands for any text in a claim.
const ANY: char = '*';

impl GitlabJobs {
    /// The claims of these jobs.
    pub fn claims(&self) -> Claims {
        let ref_type = self.branch.as_ref().map(|_| "branch").or_else(|| self.tag.as_ref().map(|_| "tag"));
        let mut claims = Claims::new();
        for (name, value) in [
            ("iss", Some(self.gitlab_url.clone())),
            ("project_path", self.project.clone()),
            ("namespace_path", self.group.clone()),
            ("namespace_path", self.group.as_ref().filter(|_| self.include_subgroups).map(|group| below(group))),
            ("ref_type", ref_type.map(str::to_owned)),
            ("ref", self.branch.clone().or_else(|| self.tag.clone())),
            ("ref_protected", self.protected_only.then(|| "true".to_owned())),
            ("environment", self.environment.clone()),
        ] {
            if let Some(value) = value {
                claims.entry(name.to_owned()).or_default().insert(value);
            }
        }
        claims
    }

    /// How their claims are compared: as they are, unless one has a `*`.
    pub fn claims_type(&self) -> ClaimsType {
        match self.claims().values().flatten().any(|value| value.contains(ANY)) {
            true => ClaimsType::Glob,
            false => ClaimsType::String,
        }
    }

    /// The jobs that a role admits. If a description cannot tell which, it names neither a project nor a group, so that
    /// the next plan says what the role is to be.
    pub fn admitted(role: &Object) -> Result<GitlabJobs> {
        let (claims, word) = (jwt_role::claims(role), |name: &str| role.get(name).and_then(Value::as_str));
        let told = GitlabJobs::told(&claims);
        let plain = told.claims_type() == ClaimsType::String;
        let compared = plain || word("bound_claims_type") == Some(ClaimsType::Glob.word());
        let all = told.claims() == claims && compared && word("role_type") == Some(RoleType::Jwt.word());
        let (project, group) = if all { (told.project, told.group) } else { (None, None) };
        let audiences = Option::from_value(role.get("bound_audiences").cloned().unwrap_or_default())?;
        let bound_audiences = audiences.unwrap_or_default();
        Ok(GitlabJobs { project, group, bound_audiences, bound_claims: claims.into(), ..told })
    }

    /// What claims tell about jobs, whatever else they say.
    fn told(claims: &Claims) -> GitlabJobs {
        let one = |name: &str| claims.get(name).filter(|values| values.len() == 1).and_then(BTreeSet::first).cloned();
        let ref_type = one("ref_type");
        let on = |word: &str| one("ref").filter(|_| ref_type.as_deref() == Some(word));
        let groups = claims.get("namespace_path");
        GitlabJobs {
            gitlab_url: one("iss").unwrap_or_default(),
            project: one("project_path"),
            group: groups.and_then(|groups| groups.iter().find(|group| !group.contains(ANY))).cloned(),
            include_subgroups: groups.is_some_and(|groups| groups.len() > 1),
            branch: on("branch"),
            tag: on("tag"),
            environment: one("environment"),
            protected_only: claims.contains_key("ref_protected"),
            bound_audiences: BTreeSet::new(),
            bound_claims: Computed::unset(),
            ci_snippet: Computed::unset(),
        }
    }

    /// What `.gitlab-ci.yml` needs for a login with this role, in the namespace where the role is. Texts of JSON are texts
    /// of YAML. The ID token goes through a pipe: a machine shows everybody what a program's arguments are.
    pub fn snippet(&self, namespace: Option<&str>, backend: &str, role_name: &str) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        let audience = self.bound_audiences.first().map(|audience| text(audience)).unwrap_or_default();
        // Part of an environment's name is usually made of the branch's.
        let environment = self.environment.as_ref().map(|name| text(&name.replace(ANY, "$CI_COMMIT_REF_SLUG")));
        let environment = environment.map(|name| format!("  environment: {name}\n")).unwrap_or_default();
        // GitLab replaces variables in variables; `$$` is a `$`.
        let namespace = namespace.map(|name| text(&name.replace('$', "$$")));
        let variables =
            namespace.map(|name| format!("  variables:\n    VAULT_NAMESPACE: {name}\n")).unwrap_or_default();
        let login = quoted(&format!("auth/{backend}/login"));
        let script = format!(
            "export VAULT_TOKEN=\"$(printf %s \"$VAULT_ID_TOKEN\" | vault write -field=token {login} role={role_name} jwt=-)\""
        );
        // Plain YAML as long as nothing in it could be anything else.
        let script = if login.starts_with('\'') { text(&script) } else { script };
        format!(
            ".vault-{role_name}:\n{environment}{variables}  id_tokens:\n    VAULT_ID_TOKEN:\n      aud: {audience}\n  \
             before_script:\n    - {script}\n"
        )
    }
}

/// The word as a shell takes it, in quotes if it needs them.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "/_-.".contains(letter);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Everything below a group. Vault's `*` takes slashes too, and `g/*` is no prefix of `g-evil`.
fn below(group: &str) -> String {
    format!("{group}/{ANY}")
}

fn address(url: &str) -> Result<(), String> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    match rest {
        Some(rest) if rest.ends_with('/') => Err(format!(
            "is `{url}`; GitLab's claim `iss` has no slash at its end: write `{}`",
            url.trim_end_matches('/')
        )),
        Some(rest) if !rest.is_empty() && !rest.contains(|letter: char| "*?#@".contains(letter) || letter <= ' ') => {
            Ok(())
        }
        _ => Err(format!("is `{url}`, not an address such as `https://gitlab.example.com`")),
    }
}

fn full_path(path: &str) -> Result<(), String> {
    let is_part = |part: &str| !part.is_empty() && !part.contains(|letter: char| letter == ANY || letter <= ' ');
    match path.split('/').all(is_part) {
        true => Ok(()),
        false => Err(format!("is `{path}`, not one full path such as `acme/web`; it has no `{ANY}`")),
    }
}

fn project_path(path: &str) -> Result<(), String> {
    match path.contains('/') {
        true => full_path(path),
        false => Err(format!("is `{path}`, not a path with a group and a project such as `acme/web`")),
    }
}

fn ref_name(name: &str) -> Result<(), String> {
    match name.strip_prefix("refs/heads/").or_else(|| name.strip_prefix("refs/tags/")) {
        Some(short) => Err(format!("is `{name}`; write `{short}`, as GitLab's claim `ref` does")),
        None => not_empty(name),
    }
}

fn not_empty(text: &str) -> Result<(), String> {
    match text.is_empty() {
        true => Err("is empty".to_owned()),
        false => Ok(()),
    }
}

fn audiences(audiences: &BTreeSet<String>) -> Result<(), String> {
    match audiences.is_empty() || audiences.contains("") {
        true => {
            Err("is or holds nothing; name what the job's `aud` says, such as the address of this Vault".to_owned())
        }
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(claims: &[(&str, &[&str])], kind: &str) -> Object {
        let list = |values: &[&str]| Value::List(values.iter().map(|value| Value::from(*value)).collect());
        let claims = claims.iter().map(|(name, values)| ((*name).to_owned(), list(values)));
        let members = [
            ("bound_claims", Value::Map(claims.collect())),
            ("bound_claims_type", kind.into()),
            ("bound_audiences", list(&["https://vault.example.com"])),
            ("role_type", "jwt".into()),
        ];
        members.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn admitted(claims: &[(&str, &[&str])], kind: &str) -> GitlabJobs {
        GitlabJobs::admitted(&role(claims, kind)).unwrap()
    }

    const ISS: (&str, &[&str]) = ("iss", &["https://gitlab.example.com"]);
    const WEB: (&str, &[&str]) = ("project_path", &["acme/web"]);

    #[test]
    fn the_claims_of_a_description_are_described_so() {
        let tagged = [ISS, WEB, ("ref_type", &["tag"]), ("ref", &["v*"]), ("ref_protected", &["true"])];
        let jobs = admitted(&tagged, "glob");
        assert_eq!(
            (jobs.project.as_deref(), jobs.tag.as_deref(), jobs.protected_only),
            (Some("acme/web"), Some("v*"), true)
        );
        assert_eq!(jobs.claims_type(), ClaimsType::Glob);
        let below = [ISS, ("namespace_path", &["acme", "acme/*"] as &[&str]), ("environment", &["production"])];
        let jobs = admitted(&below, "glob");
        assert_eq!((jobs.group.as_deref(), jobs.include_subgroups), (Some("acme"), true));
        assert_eq!(Some(&jobs.claims()), jobs.bound_claims.get());
    }

    #[test]
    fn a_role_that_no_description_tells_names_nobody() {
        for (claims, kind) in [
            (vec![WEB], "string"),
            (vec![ISS], "string"),
            (vec![ISS, ("project_path", &["acme/web", "acme/api"])], "string"),
            (vec![ISS, WEB, ("ref", &["main"])], "string"),
            (vec![ISS, WEB, ("ref_type", &["merge_request"]), ("ref", &["main"])], "string"),
            (vec![ISS, WEB, ("ref_protected", &["false"])], "string"),
            (vec![ISS, WEB, ("user_login", &["root"])], "string"),
            (vec![ISS, ("namespace_path", &["acme", "other"])], "string"),
            (vec![ISS, ("namespace_path", &["acme", "acme/*"])], "string"),
            (vec![ISS, ("namespace_path", &["acme/*"])], "glob"),
        ] {
            let jobs = admitted(&claims, kind);
            assert_eq!((jobs.project, jobs.group), (None, None), "{claims:?}");
        }
        let mut oidc = role(&[ISS, WEB], "string");
        assert_eq!(GitlabJobs::admitted(&oidc).unwrap().project.as_deref(), Some("acme/web"));
        oidc.insert("role_type".to_owned(), "oidc".into());
        assert_eq!(GitlabJobs::admitted(&oidc).unwrap().project, None);
    }

    #[test]
    fn a_snippet_is_yaml_whatever_the_environment_is_called() {
        let snippet = admitted(&[ISS, WEB, ("environment", &["a \"b\": #c"])], "string").snippet(None, "jwt", "web");
        assert!(snippet.contains("\n  environment: \"a \\\"b\\\": #c\"\n"), "{snippet}");
    }

    #[test]
    fn a_snippet_is_safe_whatever_the_path_and_the_namespace_are_called() {
        let snippet = admitted(&[ISS, WEB], "string").snippet(Some("a: $b"), "a $(b) \"c\" 'd'", "web");
        assert!(snippet.contains("\n  variables:\n    VAULT_NAMESPACE: \"a: $$b\"\n"), "{snippet}");
        let script = snippet.split_once("    - ").map(|(_, script)| serde_json::from_str::<String>(script).unwrap());
        let words = r#"vault write -field=token 'auth/a $(b) "c" '\''d'\''/login' role=web jwt=-"#;
        assert!(script.unwrap().contains(words), "{snippet}");
    }
}
