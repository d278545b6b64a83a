//! Every exchange that was recorded with the Data Plane API 3.0.10, with HAProxy 3.0 and with 2.6, played again in the
//! same order: the lab answers each with the same status, the same version and the same body, but for identifiers, times
//! and what HAProxy says of itself.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::time::Duration;

use lab::HaProxy;
use lab::haproxy::{Builder, free_port};
use serde::Deserialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::haproxy_client::{Edge, certificate, multipart};
use crate::haproxy_words::{differences, masked};

const WITH_3_0: &str = include_str!("fixtures/haproxy-dataplane-3.0.10.jsonl");
const WITH_2_6: &str = include_str!("fixtures/haproxy-dataplane-3.0.10-on-haproxy-2.6.jsonl");
const EDGE_WITH_3_0: &str = include_str!("fixtures/haproxy-dataplane-3.0.10-edge.jsonl");
const EDGE_WITH_2_6: &str = include_str!("fixtures/haproxy-dataplane-3.0.10-on-haproxy-2.6-edge.jsonl");

/// Where the recorded server had its files.
const RECORDED_FOLDER: &str = "/var/lib/haproxy-test";

/// Ports that frontends were bound to; on the last, somebody listened.
const RECORDED_PORTS: [&str; 5] = ["18081", "18082", "18443", "18998", "18999"];

/// Exchanges that are not replayed: recording, number, and the reason.
const NOT_REPLAYED: &[(&str, usize, &str)] = &[
    ("3.0", 81, "statistics are not modelled"),
    ("2.6", 81, "statistics are not modelled"),
    ("3.0 edge", 96, "statistics are not modelled"),
    ("2.6 edge", 95, "statistics are not modelled"),
    ("3.0 edge", 113, "the recorded HAProxy could not see the API's folder for temporary files"),
    ("3.0 edge", 114, "the recorded HAProxy could not see the API's folder for temporary files"),
];

/// The configuration with which the recordings begin.
const CONFIGURATION: &str = "\
# _version=1
global
@GLOBAL@  stats socket @DIR@/run/admin.sock user root mode 600 level admin
defaults unnamed_defaults_1
  mode http
  timeout connect 2s
  timeout client 10s
  timeout server 10s
userlist controller
  user admin insecure-password adminpwd
frontend http
  bind 127.0.0.1:18081 name b1
  use_backend %[req.hdr(host),field(1,:),lower,map(@DIR@/maps/hosts.map,be_a)]
backend be_a
  server s1 127.0.0.1:19001
";

#[derive(Deserialize)]
struct Exchange {
    content_type: Option<String>,
    headers: BTreeMap<String, String>,
    method: String,
    #[serde(default)]
    note: String,
    path: String,
    request: Value,
    response: Value,
    status: u16,
}

/// A recording, and how to play it.
struct Recording {
    name: &'static str,
    text: &'static str,
    builder: Builder,
    global: &'static str,
    map: &'static str,
    /// Numbers of exchanges in front of which the recorder waited for a reload.
    waits: &'static [usize],
    replayed: usize,
}

/// A server with what stands for recorded words.
struct Stage {
    lab: HaProxy,
    client: Edge,
    stranger: Edge,
    ports: Vec<(&'static str, String)>,
    folder: String,
    transactions: BTreeMap<String, String>,
    tells_reloads: bool,
    _occupied: TcpListener,
}

#[tokio::test]
async fn the_lab_answers_as_recorded_with_haproxy_3_0() {
    let recording = Recording {
        name: "3.0",
        text: WITH_3_0,
        builder: HaProxy::builder(),
        global: "  master-worker\n",
        map: "a.test be_a\n",
        waits: &[56],
        replayed: 90,
    };
    recording.play().await;
}

#[tokio::test]
async fn the_lab_answers_as_recorded_with_haproxy_2_6() {
    let recording = Recording {
        name: "2.6",
        text: WITH_2_6,
        builder: HaProxy::builder().old(),
        global: "",
        map: "a.test be_a\n",
        waits: &[56],
        replayed: 90,
    };
    recording.play().await;
}

#[tokio::test]
async fn the_lab_answers_as_recorded_at_the_edge_with_haproxy_3_0() {
    let recording = Recording {
        name: "3.0 edge",
        text: EDGE_WITH_3_0,
        builder: HaProxy::builder(),
        global: "",
        map: "a.example.com be_a\n",
        waits: &[35, 65],
        replayed: 126,
    };
    recording.play().await;
}

#[tokio::test]
async fn the_lab_answers_as_recorded_at_the_edge_with_haproxy_2_6() {
    let recording = Recording {
        name: "2.6 edge",
        text: EDGE_WITH_2_6,
        builder: HaProxy::builder().old(),
        global: "",
        map: "a.example.com be_a\n",
        waits: &[34, 64],
        replayed: 127,
    };
    recording.play().await;
}

impl Recording {
    async fn play(self) {
        let mut stage = self.stage().await;
        let (mut findings, mut replayed) = (Vec::new(), 0);
        for (number, line) in self.text.lines().enumerate() {
            let exchange: Exchange = serde_json::from_str(line).expect("a line of the recording is an exchange");
            if NOT_REPLAYED.iter().any(|(name, left_out, _)| (*name, *left_out) == (self.name, number)) {
                continue;
            }
            if exchange.note == "before" {
                // The recorder started again here.
                stage = self.stage().await;
            }
            if self.waits.contains(&number) {
                stage.lab.carry_out_reload();
            }
            findings.extend(stage.play(number, &exchange).await);
            replayed += 1;
        }
        assert!(findings.is_empty(), "{} differences:\n{}", findings.len(), findings.join("\n"));
        assert_eq!(replayed, self.replayed);
        assert_eq!(stage.lab.violations(), [""; 0]);
    }

    /// Reloads happen where the recording says so, however slow the machine is.
    async fn stage(&self) -> Stage {
        let ports: Vec<(&str, String)> = RECORDED_PORTS.map(|port| (port, free_port().to_string())).to_vec();
        let occupied = ports[4].1.parse::<u16>().expect("a port is a number");
        let _occupied = TcpListener::bind(("127.0.0.1", occupied)).expect("the port is free");
        let configuration = CONFIGURATION.replace("@GLOBAL@", self.global).replace(ports[0].0, &ports[0].1);
        let builder = self.builder.clone().reload_delay(Duration::from_secs(3600)).map("hosts.map", self.map);
        let lab = builder.configuration(&configuration).start().await.expect("HAProxy starts");
        let configuration = lab.paths().configuration;
        let folder = configuration.parent().expect("it lies in a folder").display().to_string();
        let (client, stranger) = (Edge::of(&lab), Edge::with_password(&lab, "wrong"));
        Stage {
            lab,
            client,
            stranger,
            ports,
            folder,
            transactions: BTreeMap::new(),
            tells_reloads: !self.name.ends_with("edge"),
            _occupied,
        }
    }
}

impl Stage {
    async fn play(&mut self, number: usize, exchange: &Exchange) -> Vec<String> {
        let client = if exchange.status == 401 { &self.stranger } else { &self.client };
        let (content_type, body) = self.body(exchange);
        let path = self.here(&exchange.path);
        let reply = client.send_text(&exchange.method, &path, &content_type, body).await;
        let place = format!("{number} {} {}", exchange.method, exchange.path);
        let mut findings = Vec::new();
        let mut compare = |what: &str, recorded: &str, answered: &str| {
            if recorded != answered {
                findings.push(format!("{place}: {what} {answered} instead of {recorded}"));
            }
        };
        compare("status", &exchange.status.to_string(), &reply.status.to_string());
        for (name, recorded) in &exchange.headers {
            let answered = reply.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            // Where it refuses a text, the API calls its JSON a text.
            let is_type = name == "Content-Type" && answered == "application/json";
            compare(name, &masked(recorded), &masked(if is_type { recorded } else { answered }));
        }
        // The edge's recordings have the types of the bodies, and no reloads.
        let is_told = exchange.headers.contains_key("Reload-ID");
        if self.tells_reloads {
            compare("a reload", &is_told.to_string(), &reply.headers.contains_key("Reload-ID").to_string());
        }
        let answered = match &exchange.response {
            Value::String(_) => Value::from(self.recorded(&reply.text)),
            _ => serde_json::from_str(&self.recorded(&reply.text)).unwrap_or_default(),
        };
        findings.extend(differences(&place, &exchange.response, &answered));
        if let (Some(recorded), Some(here)) = (exchange.response["id"].as_str(), reply.body["id"].as_str()) {
            self.transactions.insert(recorded.to_owned(), here.to_owned());
        }
        findings
    }

    /// The type and the text of a request; the contents of files were left out of the recording.
    fn body(&self, exchange: &Exchange) -> (String, String) {
        let content_type = exchange.content_type.clone().unwrap_or_default();
        match &exchange.request {
            Value::Null => (content_type, String::new()),
            Value::String(text) if text == "<multipart>" => {
                let (name, content) = uploaded(&exchange.note);
                multipart(name, &content)
            }
            Value::String(text) if text == "<PEM><PEM>" => (content_type, certificate("a.example.com")),
            Value::String(text) => (content_type, self.here(text)),
            json => (content_type, self.here(&json.to_string())),
        }
    }

    /// A recorded text with what stands for its words here.
    fn here(&self, text: &str) -> String {
        let mut text = text.replace(RECORDED_FOLDER, &self.folder);
        for (recorded, here) in &self.ports {
            text = text.replace(recorded, here);
        }
        for (recorded, here) in &self.transactions {
            text = text.replace(recorded, here);
        }
        let today = OffsetDateTime::now_utc().date().to_string();
        text.replace("/reloads/2026-11-20-", &format!("/reloads/{today}-"))
            .replace("/reloads/2026-11-21-", &format!("/reloads/{today}-"))
    }

    /// The other way round.
    fn recorded(&self, text: &str) -> String {
        let text = text.replace(&self.folder, RECORDED_FOLDER);
        self.ports.iter().fold(text, |text, (recorded, here)| text.replace(here, recorded))
    }
}

/// What the recorder uploaded, by its notes.
fn uploaded(note: &str) -> (&'static str, String) {
    match note {
        "upload pem" | "same name again" => ("a.pem", certificate("a.example.com")),
        "not a certificate" => ("b.pem", "not a certificate".to_owned()),
        "certificate without key" => {
            let whole = certificate("a.example.com");
            let end = "-----END CERTIFICATE-----\n";
            let certificate = whole.split_inclusive(end).next().expect("a certificate is first");
            ("c.pem", certificate.to_owned())
        }
        "name with a path" => ("../../x.pem", certificate("a.example.com")),
        "new map file" => ("sni.map", "a.example.com be_a\n".to_owned()),
        other => panic!("say here what was uploaded: {other}"),
    }
}
