//! The operations of IAM, and those of STS that need roles.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::aws::error::Refusal;
use crate::aws::iam::relations::{Relation, Relations};
use crate::aws::iam::{answers, details, trust};
use crate::aws::propagation::Propagation;
use crate::aws::proxy::Moto;
use crate::aws::request::{Request, Service, form};
use crate::http::call::{Answer, Call};

/// IAM.
#[derive(Debug, Default)]
pub struct Iam {
    /// What is not known everywhere yet.
    pub propagation: Propagation,
    relations: Mutex<Relations>,
}

/// What each of these operations makes or deletes, and the parameter with its name.
const NAMED: [(&str, &str); 2] = [("role", "RoleName"), ("user", "UserName")];

impl Iam {
    /// Answers a call of IAM.
    pub async fn answer(&self, call: &Call, request: &Request, moto: &Moto<'_>) -> Answer {
        let parameters = form(call);
        let action = request.name.as_str();
        if let Err(refusal) = self.check(action, &parameters) {
            return refusal.answer(&Service::Iam);
        }
        let deleted = self.arn_of_deleted(action, &parameters);
        let answer = moto.forward(call).await;
        if action == "CreateOpenIDConnectProvider" && answer.status == 409 {
            let url = parameters.get("Url").cloned().unwrap_or_default();
            let said = format!("Provider with url {url} already exists.");
            return Refusal::new(409, "EntityAlreadyExists", said).answer(&Service::Iam);
        }
        if answer.status == 200 {
            self.relations().done(action, relation(&parameters));
            self.note(action, &answer, deleted.as_deref());
        }
        let answer = answers::corrected(answer, &|arn| action != "CreateRole" && self.propagation.is_hidden(arn));
        if action != "GetAccountAuthorizationDetails" {
            return answer;
        }
        match details::page(&answer, &parameters) {
            Ok(page) => page.unwrap_or(answer),
            Err(refusal) => refusal.answer(&Service::Iam),
        }
    }

    /// Answers a call of STS: a role that is not known cannot be assumed.
    pub async fn assume(&self, call: &Call, request: &Request, moto: &Moto<'_>) -> Answer {
        let parameters = form(call);
        let arn = parameters.get("RoleArn").map(String::as_str).unwrap_or_default();
        if !request.name.starts_with("AssumeRole") || self.propagation.exists(arn) {
            return answers::corrected(moto.forward(call).await, &|_| false);
        }
        let operation = &request.name;
        let caller = if operation == "AssumeRole" {
            format!("User: arn:aws:iam::{}:user/moto is not", crate::moto::Moto::ACCOUNT)
        } else {
            "Not".to_owned()
        };
        let resource = if operation == "AssumeRole" { format!(" on resource: {arn}") } else { String::new() };
        let said = format!("{caller} authorized to perform: sts:{operation}{resource}");
        Refusal::new(403, "AccessDenied", said).answer(&Service::Sts)
    }

    fn check(&self, action: &str, parameters: &BTreeMap<String, String>) -> Result<(), Refusal> {
        let parameter = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
        let none = |said: String| Err(Refusal::new(404, "NoSuchEntity", said));
        for (kind, field) in NAMED {
            let name = parameter(field);
            let hidden = self.propagation.arn_of(kind, name).is_some_and(|arn| self.propagation.is_hidden(&arn));
            if hidden && !action.starts_with("Create") {
                return none(format!("The {kind} with name {name} cannot be found."));
            }
        }
        let arn = parameter("PolicyArn");
        if self.propagation.is_hidden(arn) {
            return none(match action {
                "AttachRolePolicy" => format!("Policy {arn} does not exist or is not attachable."),
                _ => format!("Policy {arn} was not found."),
            });
        }
        let known = |arn: &str| self.propagation.exists(arn);
        match action {
            "CreateRole" => trust::check(parameter("AssumeRolePolicyDocument"), &known)?,
            "UpdateAssumeRolePolicy" => trust::check(parameter("PolicyDocument"), &known)?,
            _ => {}
        }
        self.relations().check(action, relation(parameters))
    }

    fn arn_of_deleted(&self, action: &str, parameters: &BTreeMap<String, String>) -> Option<String> {
        match action {
            "DeleteRole" => self.propagation.arn_of("role", parameters.get("RoleName")?),
            "DeleteUser" => self.propagation.arn_of("user", parameters.get("UserName")?),
            "DeletePolicy" => parameters.get("PolicyArn").cloned(),
            _ => None,
        }
    }

    fn note(&self, action: &str, answer: &Answer, deleted: Option<&str>) {
        if ["CreatePolicy", "CreateRole", "CreateUser"].contains(&action)
            && let Some(arn) = answers::first(answer, "Arn")
        {
            self.propagation.made(&arn);
        }
        if let Some(arn) = deleted {
            self.propagation.deleted(arn);
        }
    }

    fn relations(&self) -> MutexGuard<'_, Relations> {
        self.relations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn relation(parameters: &BTreeMap<String, String>) -> Relation<'_> {
    let parameter = |name: &str| parameters.get(name).map(String::as_str).unwrap_or_default();
    Relation {
        role: parameter("RoleName"),
        arn: parameter("PolicyArn"),
        policy: parameter("PolicyName"),
        document: parameter("PolicyDocument"),
    }
}
