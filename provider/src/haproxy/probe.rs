//! One request to a public host, and what its answer says of the layers on the way.

use std::net::SocketAddr;
use std::time::Duration;

use tfplugin::prelude::*;

use crate::http::{Answer, ApiPath, Origins, Request, Settings, Transport};

/// A layer between a client and a public host, from the client on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, OneOf)]
pub enum Layer {
    /// The name has no address.
    Dns,
    /// Nothing takes connections at the address.
    Edge,
    /// There is no certificate for the name that a client trusts.
    Tls,
    /// HAProxy answers by itself: it has no route for the host, or no server that is up.
    Haproxy,
    /// What HAProxy forwards to does not know the host, or does not answer.
    Ingress,
    /// None: everything is there.
    None,
}

/// What was found.
pub struct Finding {
    /// The first layer that is missing.
    pub missing: Layer,
    /// What was found, in words.
    pub detail: String,
    /// Status of the answer.
    pub status: Option<u64>,
}

impl Finding {
    /// Of what was found at all addresses of a host, that where the first layer is missing.
    ///
    /// An IPv6 address that cannot be reached, where an IPv4 one can, tells of the way from here and not of the edge.
    pub fn first_missing(mut findings: Vec<(SocketAddr, Finding)>) -> Option<Finding> {
        let is_reached = |(address, found): &(SocketAddr, Finding)| address.is_ipv4() && found.missing != Layer::Edge;
        if findings.iter().any(is_reached) {
            findings.retain(|(address, found)| address.is_ipv4() || found.missing != Layer::Edge);
        }
        findings.into_iter().map(|(_, found)| found).min_by_key(|found| found.missing)
    }

    /// Nothing answered.
    pub fn without_answer(missing: Layer, detail: String) -> Self {
        Finding { missing, detail, status: None }
    }
}

const ORIGINS: Origins =
    Origins { address: "`host`", credential: "`host`", ca_certificate: "the system's trusted certificates" };

/// How long the answer may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Bodies that HAProxy has for its own answers (`src/http.c`, `http_err_msgs`).
const OF_HAPROXY: [(u16, &str, Layer, &str); 4] = [
    (
        503,
        "No server is available to handle this request.",
        Layer::Haproxy,
        "it has no route for the host, or no server is up",
    ),
    (403, "Request forbidden by administrative rules.", Layer::Haproxy, "a rule of the frontend denies the request"),
    (
        502,
        "The server returned an invalid or incomplete response.",
        Layer::Ingress,
        "the server behind it answers wrongly",
    ),
    (504, "The server didn't respond in time.", Layer::Ingress, "the server behind it does not answer"),
];

/// Bodies of ingress controllers that do not know a host or have nothing behind it: ingress-nginx, Traefik, Envoy, Istio.
const OF_INGRESS: [&str; 5] =
    ["default backend - 404", "<center>nginx</center>", "404 page not found", "no healthy upstream", "Bad Gateway"];

/// Asks for a path of a host at an address.
pub async fn probe(host: &str, path: &str, tls: bool, insecure: bool, address: SocketAddr) -> Result<Finding> {
    let scheme = if tls { "https" } else { "http" };
    let mut settings = Settings::new(format!("{scheme}://{host}:{}", address.port()), ORIGINS, |_| None);
    settings.resolve = Some((host.to_owned(), address));
    settings.insecure = insecure;
    settings.timeout = LIMIT;
    settings.retry.tries = 1;
    let request = (300..=599).fold(asking(path), Request::accept);
    match Transport::new(settings)?.send(request).await {
        Ok(answer) => Ok(judged(address, &answer)),
        Err(error) if !error.is_unreachable() => Err(error),
        Err(error) => {
            let said = error.message();
            let tls = ["trust the server", "agree on TLS", "not TLS"].iter().any(|words| said.contains(words));
            let layer = if tls { Layer::Tls } else { Layer::Edge };
            Ok(Finding::without_answer(layer, format!("{address}: {said}")))
        }
    }
}

/// The request for a path with its query.
fn asking(path: &str) -> Request {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let decoded =
        path.split('/').skip(1).map(|segment| percent_encoding::percent_decode_str(segment).decode_utf8_lossy());
    let path = decoded.fold(ApiPath::default(), |path, segment| match segment.is_empty() {
        true => path.literal(""),
        false => path.segment(segment),
    });
    let pairs = url::form_urlencoded::parse(query.as_bytes());
    pairs.fold(Request::get(path), |request, (name, value)| request.query(name, value))
}

/// Refuses what is no path, or what would be asked for as another one.
pub fn request_path(path: &str) -> Result<(), String> {
    let (before, _) = path.split_once('?').unwrap_or((path, ""));
    let Some(rest) = before.strip_prefix('/') else { return Err(format!("is `{path}`; a path begins with `/`")) };
    let segments: Vec<_> =
        rest.split('/').map(|segment| percent_encoding::percent_decode_str(segment).decode_utf8_lossy()).collect();
    let inner = &segments[..segments.len() - 1];
    if path.contains('#') {
        Err(format!("is `{path}`; what follows a `#` is never sent"))
    } else if segments.iter().any(|segment| segment == "." || segment == "..") {
        Err(format!("is `{path}`; write it without the parts `.` and `..`"))
    } else if inner.iter().any(|segment| segment.is_empty()) {
        Err(format!("is `{path}`; write it without an empty part between two slashes"))
    } else {
        Ok(())
    }
}

fn judged(address: SocketAddr, answer: &Answer) -> Finding {
    let (status, body) = (answer.status(), answer.text());
    let (missing, detail) = verdict(status, &body);
    Finding { missing, detail: format!("{address}: {detail}"), status: Some(status.into()) }
}

fn verdict(status: u16, body: &str) -> (Layer, String) {
    let own = OF_HAPROXY.iter().find(|(of, text, ..)| *of == status && body.contains(text));
    if let Some((_, _, layer, meaning)) = own {
        return (*layer, format!("HAProxy itself answers {status}: {meaning}"));
    }
    let ingress = [404, 502, 503, 504].contains(&status) && OF_INGRESS.iter().any(|text| body.contains(text));
    match ingress {
        true => (
            Layer::Ingress,
            format!("the ingress behind HAProxy answers {status}: it does not know the host, or has nothing behind it"),
        ),
        false => (Layer::None, format!("something behind HAProxy answers {status}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layer_is_told_by_its_words() {
        let haproxy = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>";
        assert_eq!(verdict(503, haproxy).0, Layer::Haproxy);
        assert_eq!(verdict(504, "<h1>504</h1>The server didn't respond in time.").0, Layer::Ingress);
        assert_eq!(verdict(404, "default backend - 404").0, Layer::Ingress);
        assert_eq!(verdict(503, "<hr><center>nginx</center>").0, Layer::Ingress);
        assert_eq!(verdict(503, "the shop is closed").0, Layer::None);
        assert_eq!(verdict(200, "404 page not found").0, Layer::None);
    }

    #[test]
    fn a_path_that_would_be_another_one_is_refused() {
        for path in ["/", "/shop", "/shop/", "/a%20b", "/x?y=//1&z", "/?q=.."] {
            assert_eq!(request_path(path), Ok(()), "{path}");
        }
        for path in ["", "shop", "?x", "/a//b", "//", "/.", "/a/../b", "/%2e%2E/a", "/a#b"] {
            assert!(request_path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn the_address_that_lacks_most_is_told() {
        let found = |address: &str, missing| {
            let address: SocketAddr = address.parse().unwrap();
            (address, Finding::without_answer(missing, address.to_string()))
        };
        let told = |findings: Vec<_>| Finding::first_missing(findings).map(|found| (found.missing, found.detail));
        let (four, other, six) = ("192.0.2.1:80", "192.0.2.2:80", "[2001:db8::1]:80");
        let all = vec![found(four, Layer::None), found(other, Layer::Haproxy), found(six, Layer::None)];
        assert_eq!(told(all), Some((Layer::Haproxy, other.to_owned())));
        let no_way = vec![found(four, Layer::None), found(six, Layer::Edge)];
        assert_eq!(told(no_way), Some((Layer::None, four.to_owned())));
        let down = vec![found(four, Layer::Edge), found(six, Layer::Edge)];
        assert_eq!(told(down), Some((Layer::Edge, four.to_owned())));
        assert_eq!(told(Vec::new()), None);
    }
}
