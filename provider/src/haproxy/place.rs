//! Where a route stands: its first host and the beginning of the path, as in `www.example.com/api`.

use std::fmt;

use super::map_store::MapKind;
use super::section::section_name;

/// What tells a route from the others of its frontend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The host that it was made with first.
    pub host: String,
    /// The beginning of the path, such as `/api`.
    pub prefix: Option<String>,
}

impl Place {
    /// Reads `www.example.com/api`.
    pub fn of(text: &str) -> Self {
        let (host, prefix) = text.split_at(text.find('/').unwrap_or(text.len()));
        Place { host: host.to_owned(), prefix: (!prefix.is_empty()).then(|| prefix.to_owned()) }
    }

    /// The key of a host's entry in the map that leads to backends.
    pub fn key(&self, host: &str) -> String {
        match &self.prefix {
            Some(prefix) => format!("{host}{prefix}/"),
            None => host.to_owned(),
        }
    }

    /// The key of a host's entry in the map of redirects.
    pub fn redirect_key(&self, host: &str) -> String {
        format!("{host}{}/", self.prefix.as_deref().unwrap_or_default())
    }

    /// The host of a key, if the key has this place's beginning of the path.
    pub fn host_of<'k>(&self, key: &'k str) -> Option<&'k str> {
        match &self.prefix {
            Some(prefix) => key.strip_suffix('/')?.strip_suffix(prefix.as_str()).filter(|host| !host.contains('/')),
            None => (!key.contains('/')).then_some(key),
        }
    }

    /// The map that leads to its backend.
    pub fn map(&self, sni: bool) -> MapKind {
        match (sni, &self.prefix) {
            (true, _) => MapKind::Sni,
            (false, Some(_)) => MapKind::Prefix,
            (false, None) => MapKind::Host,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.host, self.prefix.as_deref().unwrap_or_default())
    }
}

/// Refuses a frontend that cannot have routes: the names of its maps would be those of another one's.
pub fn routed_frontend(name: &str) -> Result<(), String> {
    section_name(name)?;
    match name.contains(':') {
        true => Err(format!("is `{name}`; a frontend with a colon in its name can have no routes")),
        false => Ok(()),
    }
}

/// Refuses what no request can have as its host, or a map cannot hold.
pub fn host_name(host: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    match !host.is_empty() && host.split('.').all(|label| !label.is_empty() && label.bytes().all(fits)) {
        true => Ok(()),
        false => Err(format!("`{host}` is not a host name in lower case, such as `www.example.com`")),
    }
}

/// Refuses hosts of which one is no name, or stands there twice, or none.
pub fn host_names(hosts: &[String]) -> Result<(), String> {
    if hosts.is_empty() {
        return Err("is empty; name at least one host".to_owned());
    }
    for (index, host) in hosts.iter().enumerate() {
        host_name(host).map_err(|reason| format!("has something else than names: {reason}"))?;
        if hosts[..index].contains(host) {
            return Err(format!("has `{host}` twice"));
        }
    }
    Ok(())
}

/// Refuses what no path begins with, or a map cannot hold.
pub fn path_prefix(prefix: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !b"?#;|\\\"'".contains(&byte);
    let parts = prefix.strip_prefix('/').is_some_and(|rest| rest.split('/').all(|part| !part.is_empty()));
    match parts && prefix.bytes().all(fits) {
        true => Ok(()),
        false => Err(format!("is `{prefix}`; write it as `/api` or `/api/v2`, without a slash at the end")),
    }
}

/// Refuses an address that a client cannot be sent to, or a map cannot hold.
pub fn location(address: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_graphic() && !b";\\".contains(&byte);
    let absolute =
        ["http://", "https://"].iter().any(|scheme| address.len() > scheme.len() && address.starts_with(scheme));
    match absolute && address.bytes().all(fits) {
        true => Ok(()),
        false => Err(format!("is `{address}`; write an address such as `https://www.example.com/`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_reads_as_it_is_written() {
        for (text, host, prefix) in
            [("www.example.com", "www.example.com", None), ("a.test/api/v2", "a.test", Some("/api/v2"))]
        {
            let place = Place::of(text);
            assert_eq!((place.host.as_str(), place.prefix.as_deref()), (host, prefix));
            assert_eq!(place.to_string(), text);
        }
    }

    #[test]
    fn a_key_leads_back_to_its_host() {
        let place = Place::of;
        assert_eq!(place("a.test").host_of("b.test"), Some("b.test"));
        assert_eq!(place("a.test").host_of("b.test/api/"), None);
        assert_eq!(place("a.test/api").host_of("b.test/api/"), Some("b.test"));
        assert_eq!(place("a.test/api").host_of("b.test/v1/api/"), None);
        assert_eq!(place("a.test/api").key("b.test"), "b.test/api/");
        assert_eq!(place("a.test").redirect_key("b.test"), "b.test/");
    }

    #[test]
    fn what_a_map_cannot_hold_is_refused() {
        for wrong in ["", "A.test", "*.a.test", "a..test", "a b"] {
            assert!(host_name(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "/", "api", "/api/", "/a//b", "/a;b", "/a b", "/a?b"] {
            assert!(path_prefix(wrong).is_err(), "{wrong}");
        }
        for wrong in ["", "https://", "/there", "https://a.test/ b", "https://a.test/;b"] {
            assert!(location(wrong).is_err(), "{wrong}");
        }
        assert!(host_names(&["a.test".to_owned(), "a.test".to_owned()]).is_err());
        assert!(path_prefix("/api/v2").is_ok() && location("https://a.test/?b=c").is_ok());
    }
}
