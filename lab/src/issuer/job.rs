//! The ID token of a CI job, claim by claim.

use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use crate::issuer::Issuer;

/// A job that asks for an ID token.
///
/// It runs on the unprotected branch `main` without an environment, unless told, and its audience is the issuer.
///
/// ```no_run
/// let issuer = lab::Issuer::start();
/// let token = issuer.job("acme/web").tag("v1").protected().environment("production", "production").token();
/// ```
#[derive(Clone, Debug)]
pub struct Job<'a> {
    issuer: &'a Issuer,
    project: String,
    kind: Ref,
    name: String,
    protected: bool,
    environment: Option<(String, String)>,
    audience: String,
    overrides: Map<String, Value>,
}

#[derive(Clone, Copy, Debug)]
enum Ref {
    Branch,
    Tag,
}

impl<'a> Job<'a> {
    pub(super) fn new(issuer: &'a Issuer, project: &str) -> Self {
        Self {
            issuer,
            project: project.to_owned(),
            kind: Ref::Branch,
            name: "main".to_owned(),
            protected: false,
            environment: None,
            audience: issuer.url.clone(),
            overrides: Map::new(),
        }
    }

    /// Runs on this branch.
    #[must_use]
    pub fn branch(self, name: &str) -> Self {
        Self { kind: Ref::Branch, name: name.to_owned(), ..self }
    }

    /// Runs on this tag.
    #[must_use]
    pub fn tag(self, name: &str) -> Self {
        Self { kind: Ref::Tag, name: name.to_owned(), ..self }
    }

    /// Its branch or tag is protected, and so is its environment.
    #[must_use]
    pub fn protected(self) -> Self {
        Self { protected: true, ..self }
    }

    /// Deploys to this environment, of a tier such as `production`, `staging`, `testing`, `development` or `other`.
    #[must_use]
    pub fn environment(self, name: &str, tier: &str) -> Self {
        Self { environment: Some((name.to_owned(), tier.to_owned())), ..self }
    }

    /// The token is for this audience.
    #[must_use]
    pub fn audience(self, audience: &str) -> Self {
        Self { audience: audience.to_owned(), ..self }
    }

    /// Another value of a claim, such as `iss`, `exp` or `user_login`; null takes the claim away. The key stays.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.overrides.insert(name.to_owned(), value.into());
        self
    }

    /// The claims, as GitLab makes them; numbers and booleans are texts, and only times are not.
    #[must_use]
    pub fn claims(&self) -> Value {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let namespace = self.project.rsplit_once('/').map_or("", |(namespace, _)| namespace);
        let (ref_type, folder) = match self.kind {
            Ref::Branch => ("branch", "heads"),
            Ref::Tag => ("tag", "tags"),
        };
        let mut claims = json!({
            "namespace_id": number(namespace),
            "namespace_path": namespace,
            "project_id": number(&self.project),
            "project_path": self.project,
            "user_id": "1",
            "user_login": "root",
            "user_email": "admin@example.com",
            "pipeline_id": "574",
            "pipeline_source": "push",
            "job_id": "302",
            "ref": self.name,
            "ref_type": ref_type,
            "ref_path": format!("refs/{folder}/{}", self.name),
            "ref_protected": self.protected.to_string(),
            "jti": unique(),
            "iss": self.issuer.url,
            "iat": now,
            "nbf": now - 5,
            "exp": now + 3600,
            "sub": format!("project_path:{}:ref_type:{ref_type}:ref:{}", self.project, self.name),
            "aud": self.audience,
        });
        if let Some((name, tier)) = &self.environment {
            claims["environment"] = json!(name);
            claims["environment_protected"] = json!(self.protected.to_string());
            claims["deployment_tier"] = json!(tier);
        }
        for (name, value) in &self.overrides {
            claims[name] = value.clone();
        }
        if let Some(claims) = claims.as_object_mut() {
            claims.retain(|_, value| !value.is_null());
        }
        claims
    }

    /// The signed token.
    #[must_use]
    pub fn token(&self) -> String {
        self.issuer.sign(&self.claims())
    }
}

/// A number that a group or project of this path has, and hardly any other.
fn number(path: &str) -> String {
    path.bytes().fold(7_u32, |number, byte| (number * 31 + u32::from(byte)) % 1_000_003).to_string()
}

fn unique() -> String {
    let mut bytes = [0; 16];
    SystemRandom::new().fill(&mut bytes).expect("the system has randomness");
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_claims_are_those_of_the_job() {
        let issuer = Issuer::start();
        let claims = issuer.job("acme/platform/web").claims();
        assert_eq!(claims["sub"], "project_path:acme/platform/web:ref_type:branch:ref:main");
        assert_eq!((&claims["namespace_path"], &claims["iss"]), (&json!("acme/platform"), &json!(issuer.url)));
        assert_eq!((&claims["ref_protected"], claims.get("environment")), (&json!("false"), None));

        let job = issuer.job("acme/web").tag("v1").protected().environment("production", "production");
        let claims = job.claim("iss", "https://other.example.com").claim("user_email", Value::Null).claims();
        assert_eq!((&claims["ref_path"], &claims["ref_protected"]), (&json!("refs/tags/v1"), &json!("true")));
        assert_eq!((&claims["deployment_tier"], &claims["environment"]), (&json!("production"), &json!("production")));
        assert_eq!((&claims["iss"], claims.get("user_email")), (&json!("https://other.example.com"), None));
        assert_ne!(claims["project_id"], issuer.job("acme/webb").claims()["project_id"]);
        assert_ne!(claims["jti"], issuer.job("acme/web").claims()["jti"]);
    }
}
