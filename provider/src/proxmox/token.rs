//! API tokens of users.

use std::time::SystemTime;

use super::client::{Clear, Proxmox, has, object, text_of, with_form};
use super::moment::{Moment, with_end, without_zero_end};
use super::token_name::{beginning, numbered, unnumbered};
use super::user_words::with_realm;
use crate::http::{ApiPath, Request, path};
use tfplugin::prelude::*;
use tfplugin::schema::{Known, decode};
use tfplugin::value::{Object, Value};

/// Manages an API token of a user.
///
/// The secret goes to the place that `deliver` names, and is in neither the state nor a plan. Each change issues a
/// successor, whose name ends in another number, delivers its secret, and only then revokes every other token of the
/// user whose name begins the same: `token_name` belongs to the resource alone. Give a right to the attribute `id`, so
/// that it follows.
#[derive(Clone, Schema)]
#[tf(name = "proxmox_token", key(user_id, token_id), also(user_id, token_name), import = "{user_id}!{token_id}")]
pub struct Token {
    /// User that the token acts for, with the realm.
    #[tf(url, check = with_realm)]
    user_id: String,

    /// What the token's name begins with; the number of the issue follows.
    #[tf(url, check = beginning)]
    token_name: String,

    /// Note for people.
    comment: Option<String>,

    /// When the token ends, such as `2027-01-31T00:00:00Z`; omit it for as long as the user.
    #[tf(api = "expire")]
    expiration_date: Option<Moment>,

    /// Whether the token has rights of its own, and no more than the user's; else it has those of the user.
    #[tf(api = "privsep", default = true)]
    privileges_separation: bool,

    /// Name of the token; each successor has another one.
    #[tf(read = "tokenid")]
    token_id: Computed<String>,

    /// The token as rights name it: `user@realm!name`.
    id: Computed<String>,
}

fn tokens(user: &str) -> ApiPath {
    path!("access/users" / user / "token")
}

/// A token as the list has it, as a resource.
fn shown(token: Object, user: &str) -> Result<Token> {
    let mut token = without_zero_end(token);
    let id = token.get("tokenid").map(text_of).unwrap_or_default();
    token.insert("id".to_owned(), Value::from(format!("{user}!{id}")));
    let shown: Token =
        decode(&token, &Known::from([("user_id".to_owned(), user.into()), ("token_name".to_owned(), "".into())]))?;
    Ok(Token { token_name: unnumbered(&id).to_owned(), ..shown })
}

impl Generated for Token {
    type Client = Proxmox;

    fn check(plan: &Token, now: SystemTime) -> Result<()> {
        plan.expiration_date.as_ref().map_or(Ok(()), |end| end.is_to_come(now))
    }

    async fn issue(proxmox: &Proxmox, plan: Token) -> Result<Issued<Token>> {
        let id = numbered(&plan.token_name, SystemTime::now());
        let body = with_end(Body::create(plan.clone()), plan.expiration_date.as_ref());
        let request = Request::post(tokens(&plan.user_id).segment(&id)).confidential().purpose("create the token");
        let request = with_form::<Token>(request, &body, Clear::Empty);
        let answer = object(proxmox.write(request).await?)?;
        proxmox.wrote(&tokens(&plan.user_id));
        let Some(secret) = answer.get("value").and_then(Value::as_str) else {
            // There is a token now, and nobody will ever know it.
            return Err(Error::answer_lost("the answer to a new token does not show its secret"));
        };
        let whole = format!("{}!{id}", plan.user_id);
        let secret = Secret::from(format!("{whole}={secret}"));
        Ok(Issued { object: Token { token_id: id.into(), id: whole.into(), ..plan }, secret })
    }

    async fn read(proxmox: &Proxmox, (user, id): Self::Key) -> Result<Option<Token>> {
        let list = match proxmox.list(tokens(&user)).await {
            Err(error) if error.is_not_found() => return Ok(None),
            list => list?,
        };
        let token = list.iter().find(|token| has(token, "tokenid", id.as_str()));
        token.map(|token| shown(token.clone(), &user)).transpose()
    }

    async fn live(proxmox: &Proxmox, (user, name): Self::Natural) -> Result<Vec<Token>> {
        let list = proxmox.list(tokens(&user)).await?;
        let all = list.iter().map(|token| shown(token.clone(), &user)).collect::<Result<Vec<_>>>()?;
        Ok(all.into_iter().filter(|token| token.token_name == name).collect())
    }

    async fn revoke(proxmox: &Proxmox, (user, id): Self::Key) -> Result<()> {
        proxmox.delete(tokens(&user).segment(&id)).await
    }

    /// An imported token keeps its name, whatever it is.
    fn reconcile(prior: Option<&Self>, actual: Self) -> Self {
        match prior {
            Some(prior) => Token { token_name: prior.token_name.clone(), ..actual },
            None => actual,
        }
    }
}
