//! What a mount does: the engines that are modelled, behind one face.

use crate::openbao::approle::AppRole;
use crate::openbao::jwt::Jwt;
use crate::openbao::kv::KvV2;
use crate::openbao::kv_v1::KvV1;
use crate::openbao::reply::Outcome;
use crate::openbao::request::Request;
use crate::openbao::userpass::Userpass;

/// An engine with what it keeps.
#[derive(Debug)]
pub enum Engine {
    /// Secrets without versions.
    KvV1(KvV1),
    /// Secrets with versions.
    KvV2(KvV2),
    /// Login with JWTs.
    Jwt(Jwt),
    /// Login of machines.
    AppRole(AppRole),
    /// Login with a password.
    Userpass(Userpass),
    /// An engine that can be mounted and nothing more.
    Opaque,
}

/// Where an engine is mounted.
#[derive(Clone, Debug)]
pub struct Seat {
    /// Path of the mount with a slash at its end, such as `auth/approle/`.
    pub path: String,
    /// Default lease in seconds.
    pub default_ttl: i64,
    /// Longest lease in seconds.
    pub max_ttl: i64,
}

impl Engine {
    /// A new secrets engine.
    pub fn secrets(kind: &str, version: Option<&str>) -> Self {
        match (kind, version) {
            ("kv", Some("2")) => Self::KvV2(KvV2::default()),
            ("kv", _) => Self::KvV1(KvV1::default()),
            _ => Self::Opaque,
        }
    }

    /// A new auth engine.
    pub fn auth(kind: &str) -> Self {
        match kind {
            "jwt" | "oidc" => Self::Jwt(Jwt::default()),
            "approle" => Self::AppRole(AppRole::default()),
            "userpass" => Self::Userpass(Userpass::default()),
            _ => Self::Opaque,
        }
    }

    /// Whether the path needs no token.
    pub fn is_login(&self, path: &str) -> bool {
        match self {
            Self::Jwt(_) | Self::AppRole(_) => path == "login",
            Self::Userpass(_) => path.starts_with("login/"),
            _ => false,
        }
    }

    /// Whether what a write is about exists, where the engine tells the two apart.
    pub fn exists(&self, path: &str) -> Option<bool> {
        match self {
            Self::KvV1(kv) => Some(kv.exists(path)),
            Self::KvV2(kv) => kv.exists(path),
            Self::Jwt(jwt) => jwt.exists(path),
            Self::AppRole(approle) => approle.exists(path),
            Self::Userpass(userpass) => userpass.exists(path),
            Self::Opaque => None,
        }
    }

    /// Answers a call to a path below the mount.
    pub fn answer(&mut self, request: &mut Request, path: &str, seat: &Seat) -> Outcome {
        match self {
            Self::KvV1(kv) => kv.answer(request, path, seat),
            Self::KvV2(kv) => kv.answer(request, path),
            Self::Jwt(jwt) => jwt.answer(request, path, seat),
            Self::AppRole(approle) => approle.answer(request, path, seat),
            Self::Userpass(userpass) => userpass.answer(request, path, seat),
            Self::Opaque => request.unknown_path(),
        }
    }

    /// Gives each secret its first version.
    pub fn upgrade(&mut self) {
        if let Self::KvV1(old) = self {
            let mut new = KvV2::default();
            for (path, data) in std::mem::take(old).into_secrets() {
                new.put(&path, data);
            }
            *self = Self::KvV2(new);
        }
    }
}

/// Names right below a prefix; those with more below them end in a slash.
pub fn children<'a>(paths: impl Iterator<Item = &'a String>, prefix: &str) -> Vec<String> {
    let prefix = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
    let mut names: Vec<String> = paths
        .filter_map(|path| path.strip_prefix(&prefix))
        .map(|rest| rest.split_inclusive('/').next().unwrap_or_default().to_owned())
        .collect();
    names.sort();
    names.dedup();
    names
}

/// An operation on a name in a folder, such as `role/r`: the name, or none for the folder itself.
pub fn entry<'a>(path: &'a str, folder: &str) -> Option<Option<&'a str>> {
    if path == folder {
        return Some(None);
    }
    path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')).map(Some)
}
