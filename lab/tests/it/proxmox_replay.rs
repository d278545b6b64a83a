//! Every exchange that was recorded with Proxmox VE 8.4, played again in the same order: the lab answers each with the
//! same status, the same reason and a body with the same names and kinds, and with the same values but for identifiers,
//! times and measures.

use std::time::Duration;

use lab::Proxmox;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::proxmox_client::{Pve, Reply, encode};

/// One request a line, with its answer. Secrets, tickets and keys were replaced by words in angle brackets, and requests
/// have no headers.
const RECORDING: &str = include_str!("fixtures/pve-8.4.jsonl");

/// Paths that are not replayed, each with the reason.
const NOT_REPLAYED: &[(&str, &str)] = &[
    ("/access/domains/", "Realms that are made are not modelled; those that are there are replayed."),
    ("/access/tfa", "Nothing that is managed needs second factors."),
    ("/access/users/u1@pve/tfa", "Nothing that is managed needs second factors."),
    ("/cluster/acme/", "Certificates are not modelled."),
    ("/cluster/backup", "Backup jobs are not modelled."),
    ("/cluster/ceph/", "The lab's own Ceph is another server."),
    ("/cluster/firewall/", "The firewall is not modelled."),
    ("/cluster/ha/", "High availability is not modelled."),
    ("/cluster/mapping/", "Mappings are not modelled."),
    ("/cluster/metrics/", "Metrics are not modelled."),
    ("/cluster/notifications/", "Notifications are not modelled."),
    ("/cluster/replication", "Replication is not modelled."),
    ("/cluster/sdn/", "Zones and networks of the cluster are not modelled."),
    ("/nodes/vm/certificates/", "Certificates are not modelled."),
    ("/nodes/vm/dns", "Settings of nodes are not modelled."),
    ("/nodes/vm/firewall/", "The firewall is not modelled."),
    ("/nodes/vm/hosts", "Settings of nodes are not modelled."),
    ("/nodes/vm/network", "Settings of nodes are not modelled."),
    ("/nodes/vm/services", "Settings of nodes are not modelled."),
    ("/nodes/vm/subscription", "Settings of nodes are not modelled."),
    ("/nodes/vm/time", "Settings of nodes are not modelled."),
];

/// The same for single exchanges.
const NOT_REPLAYED_ONCE: &[(usize, &str)] =
    &[(9, "Options of the cluster can be read and not changed."), (32, "Realms that are made are not modelled.")];

/// Names whose values differ from server to server and from moment to moment, though their kinds do not.
const MEASURES: &[&str] = &[
    "avail",
    "cpu",
    "cpuinfo",
    "current-kernel",
    "disk",
    "endtime",
    "free",
    "ip",
    "kversion",
    "loadavg",
    "maxdisk",
    "mem",
    "pid",
    "pstart",
    "rootfs",
    "snaptime",
    "ssl_fingerprint",
    "starttime",
    "total",
    "upid",
    "uptime",
    "used",
    "used_fraction",
    "ctime",
];

/// The same for what a guest does now.
const OF_GUESTS: &[&str] = &["mem", "pid", "uptime"];

/// Names whose values have the same form.
const FORMS: &[&str] = &["digest", "smbios1", "vmgenid", "net0"];

/// Guest 110 does not heed the reboot of exchange 118, which holds its file for as long.
const REBOOT: usize = 118;
/// Here the reboot was over.
const REBOOTED: usize = 133;
/// No word about who asks.
const NOBODY: usize = 0;
/// The token of exchange 160, which has no rights of its own.
const WITH_TOKEN: std::ops::RangeInclusive<usize> = 161..=163;
/// A token that the server does not know.
const WITH_WRONG_TOKEN: usize = 164;
/// A ticket without what protects it.
const WITHOUT_CSRF: usize = 165;
/// The container's template was put there by hand.
const TEMPLATE: &str = "local:vztmpl/debian-12-tiny_1_amd64.tar.gz";

#[derive(Deserialize)]
struct Exchange {
    method: String,
    path: String,
    params: Option<Map<String, Value>>,
    body: Value,
    reason: String,
    status: u16,
}

/// Who asks, as exchanges learn it.
struct Callers {
    client: Pve,
    ticket: (String, String),
    token: String,
}

#[tokio::test]
async fn the_lab_answers_as_the_recorded_server() {
    let instant = Duration::from_millis(1);
    let builder = Proxmox::builder().nodes(&["vm"]).bare().lag(Duration::ZERO).penalty(instant).patience(instant * 30);
    let lab = builder.start().await.expect("a port is free");
    lab.call("DELETE", "/access/users/root@pam/token/lab", &[]).expect("the recorded server has no token");
    lab.put_file(TEMPLATE, &[0; 1_031_363]);
    lab.slow("qmreboot", Duration::from_secs(3600));
    let mut callers = Callers { client: Pve::of(&lab), ticket: Default::default(), token: String::new() };
    let mut findings = Vec::new();
    let (mut replayed, mut left_out) = (0, vec![0; NOT_REPLAYED.len()]);
    for (number, line) in RECORDING.lines().enumerate() {
        let exchange: Exchange = serde_json::from_str(line).expect("a line of the recording is an exchange");
        let path = exchange.path.strip_prefix("/api2/json").expect("the recording is of the API").to_owned();
        if NOT_REPLAYED_ONCE.iter().any(|(once, _)| *once == number) {
            continue;
        }
        if let Some(rule) = NOT_REPLAYED.iter().position(|(start, _)| path.starts_with(start)) {
            left_out[rule] += 1;
            continue;
        }
        if number == REBOOTED {
            lab.finish_tasks();
        }
        let reply = send(&callers.of(number), &path, &exchange).await;
        let place = format!("{number} {} {path}", exchange.method);
        if (reply.status, &reply.reason) != (exchange.status, &exchange.reason) {
            findings.push(format!("{place}: {} {} instead of {}", reply.status, reply.reason, exchange.reason));
        }
        assert_eq!(reply.text.is_empty(), exchange.body == "", "{place}: {}", reply.text);
        if exchange.body != "" {
            compare(&place, "", &exchange.body, &reply.body, &mut findings);
        }
        callers.learn(&reply.body["data"]);
        if !(REBOOT..REBOOTED).contains(&number) {
            lab.finish_tasks();
        }
        replayed += 1;
    }
    let refused = lab.excuse();
    assert_eq!(refused.len(), 6, "what the recording asked in vain on purpose: {refused:?}");
    assert!(findings.is_empty(), "{} differences:\n{}", findings.len(), findings.join("\n"));
    assert!(
        left_out.iter().all(|number| *number > 0),
        "a path that is not replayed is not in the recording: {left_out:?}"
    );
    assert_eq!((replayed, left_out.iter().sum::<usize>(), NOT_REPLAYED_ONCE.len()), (126, 54, 2));
}

async fn send(client: &Pve, path: &str, exchange: &Exchange) -> Reply {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let params = exchange.params.iter().flatten().map(|(name, value)| (name.as_str(), text(value)));
    let params: Vec<(&str, String)> = params.collect();
    let form: Vec<(&str, &str)> = params.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let takes_body = ["POST", "PUT"].contains(&exchange.method.as_str());
    let segments: Vec<String> = path.split('?').take(1).flat_map(|path| path.split('/')).map(encode).collect();
    let query = path.split_once('?').map(|(_, query)| format!("?{query}")).unwrap_or_default();
    let path = segments.join("/") + &query;
    client.send(&exchange.method, &path, if takes_body { &form } else { &[] }).await
}

impl Callers {
    fn of(&self, number: usize) -> Pve {
        let (ticket, csrf) = &self.ticket;
        match number {
            NOBODY => self.client.unknown(),
            WITH_WRONG_TOKEN => self.client.with_token("u1@pve!t9=00000000-0000-0000-0000-000000000000"),
            WITHOUT_CSRF => self.client.with_ticket(ticket, Some("66A6A6A6:wrong")),
            _ if WITH_TOKEN.contains(&number) => self.client.with_token(&self.token),
            _ => self.client.with_ticket(ticket, Some(csrf)),
        }
    }

    fn learn(&mut self, data: &Value) {
        let text = |name: &str| data[name].as_str().unwrap_or_default().to_owned();
        if data["ticket"].is_string() {
            self.ticket = (text("ticket"), text("CSRFPreventionToken"));
        }
        if data["full-tokenid"].is_string() {
            self.token = format!("{}={}", text("full-tokenid"), text("value"));
        }
    }
}

#[test]
fn a_difference_is_found() {
    let recorded =
        serde_json::json!({"data": {"digest": "00ff", "cores": 1, "mem": 5, "net0": "virtio=BC:24,bridge=x"}});
    let found = |data: Value| {
        let mut findings = Vec::new();
        compare("", "", &recorded, &serde_json::json!({ "data": data }), &mut findings);
        findings.len()
    };
    let same = serde_json::json!({"digest": "11ee", "cores": 1, "mem": 7, "net0": "virtio=AA:11,bridge=x"});
    assert_eq!(found(same), 0);
    assert_eq!(
        found(serde_json::json!({"digest": "11e", "cores": "1", "mem": "7", "net0": "virtio=AA:11,bridge=y"})),
        4
    );
    assert_eq!(found(serde_json::json!({"digest": "11ee", "cores": 1, "mem": 7, "more": 1})), 2);
}

/// Compares two values. The name is that of the member which holds them.
fn compare(place: &str, name: &str, recorded: &Value, answered: &Value, findings: &mut Vec<String>) {
    match (recorded, answered) {
        (Value::Object(recorded), Value::Object(answered)) => {
            for (name, recorded) in recorded {
                match answered.get(name) {
                    Some(answered) => compare(&format!("{place} .{name}"), name, recorded, answered, findings),
                    None => findings.push(format!("{place}: no member `{name}`")),
                }
            }
            let more = answered.keys().filter(|name| !recorded.contains_key(*name));
            findings.extend(more.map(|name| format!("{place}: member `{name}` is not in the recording")));
        }
        (Value::Array(recorded), Value::Array(answered)) if recorded.len() == answered.len() => {
            for (recorded, answered) in ordered(recorded).into_iter().zip(ordered(answered)) {
                let key = recorded["key"].as_str().unwrap_or(name).to_owned();
                compare(place, &key, recorded, answered, findings);
            }
        }
        (recorded, answered) if means_the_same(place, name, recorded, answered) => {}
        (recorded, answered) => findings.push(format!("{place}: {answered} instead of {recorded}")),
    }
}

/// Rows by what names them, since their order is another one each time.
fn ordered(rows: &[Value]) -> Vec<&Value> {
    let mut rows: Vec<&Value> = rows.iter().collect();
    if !rows.iter().any(|row| row["upid"].is_string() || row["snaptime"].is_number()) {
        rows.sort_by_key(|row| {
            ["id", "key", "userid", "realm", "storage", "volid", "vmid"].map(|name| row[name].to_string())
        });
    }
    rows
}

fn means_the_same(place: &str, name: &str, recorded: &Value, answered: &Value) -> bool {
    let key = place.rsplit(' ').next().unwrap_or_default();
    let of_guest = place.contains("/status/current");
    let measure = match (of_guest, place.contains("/status .data")) {
        (true, _) => OF_GUESTS.contains(&name),
        (_, of_node) => of_node || MEASURES.contains(&name),
    };
    match (recorded, answered) {
        _ if recorded == answered => true,
        (Value::Number(_), Value::Number(_)) => measure,
        (Value::String(recorded), Value::String(answered)) => measure || same_text(name, key, recorded, answered),
        _ => false,
    }
}

fn same_text(name: &str, key: &str, recorded: &str, answered: &str) -> bool {
    let sorted = |text: &str| {
        let mut words: Vec<String> = text.split(',').map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    match (name, recorded) {
        (_, text) if text.starts_with('<') => !answered.is_empty(),
        (_, text) if text.starts_with("UPID:") => same_form(recorded, answered) && task(recorded) == task(answered),
        ("content", _) => sorted(recorded) == sorted(answered),
        (_, text) if text.starts_with("creation-qemu=") => {
            answered.starts_with("creation-qemu=") && answered.contains(",ctime=")
        }
        ("ticket", _) => answered.starts_with("PVE:root@pam:"),
        _ => {
            let named = FORMS.contains(&name) || key == ".value";
            named && same_form(recorded, answered)
        }
    }
}

/// What a task is called besides its numbers.
fn task(upid: &str) -> Vec<&str> {
    let parts: Vec<&str> = upid.split(':').collect();
    [&parts[..2], &parts[5..]].concat()
}

/// Whether hexadecimal digits stand where such stand, and all else is the same.
fn same_form(recorded: &str, answered: &str) -> bool {
    let same = |(one, other): (char, char)| one == other || (one.is_ascii_hexdigit() && other.is_ascii_hexdigit());
    recorded.len() == answered.len() && recorded.chars().zip(answered.chars()).all(same)
}
