//! What HAProxy's worker is asked: its state, the entries of maps, the state of servers.

use serde_json::{Map, Value, json};

use crate::haproxy::info;
use crate::haproxy::multipart::last_part;
use crate::haproxy::personality::Personality;
use crate::haproxy::refusal::Refusal;
use crate::haproxy::reply::{Outcome, Reply};
use crate::haproxy::request::Request;
use crate::haproxy::sections::Object;
use crate::haproxy::state::State;

/// An entry of a map as the API tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    id: String,
    key: String,
    value: String,
}

impl State {
    /// Answers a call below `/runtime`; `None` where there is nothing at its path.
    pub fn runtime(&mut self, request: &Request) -> Option<Outcome> {
        let path: Vec<&str> = request.path.iter().skip(1).map(String::as_str).collect();
        Some(match (request.call.method.as_str(), path.as_slice()) {
            ("GET", ["info"]) => self.info(),
            ("GET", ["maps"]) => self.all_maps(),
            ("GET", ["maps", name]) => self.map(name).map(|mut map| {
                map.remove("storage_name");
                Reply::json(200, map)
            }),
            ("PUT", ["maps", name]) => self.add_entries(name, request),
            ("DELETE", ["maps", name]) => self.clear_map(name, request),
            ("GET", ["maps", name, "entries"]) => self.all_entries(name),
            ("POST", ["maps", name, "entries"]) => self.add_entry(name, request),
            ("GET", ["maps", name, "entries", key]) => self.entry(name, key),
            ("PUT", ["maps", name, "entries", key]) => self.set_entry(name, key, request),
            ("DELETE", ["maps", name, "entries", key]) => self.delete_entry(name, key, request),
            ("GET", ["backends", backend, "servers"]) => self.all_servers(backend),
            ("GET", ["backends", backend, "servers", name]) => self.server(backend, name),
            ("PUT", ["backends", backend, "servers", name]) => self.set_server(backend, name, request),
            _ => return None,
        })
    }

    fn worker(&self, command: &str) -> Result<String, Refusal> {
        let failed = |error: std::io::Error| Refusal::new(500, format!("{}: {error}", self.socket()));
        self.master.command(&self.personality.command(command)).map_err(failed)
    }

    fn socket(&self) -> String {
        self.master.socket().display().to_string()
    }

    fn info(&self) -> Outcome {
        let said = self.worker("show info")?;
        Ok(Reply::json(200, json!({ "info": info::read(&said), "runtimeAPI": self.socket() })))
    }

    /// The map's file, which names it to HAProxy too.
    fn file_of(&self, name: &str) -> String {
        self.paths.maps.join(name).display().to_string()
    }

    /// Maps as `show map` lists them: `5 (/maps/hosts.map) pattern loaded from file …`.
    fn maps(&self) -> Result<Vec<Object>, Refusal> {
        let said = self.worker("show map")?;
        let maps = said.lines().filter_map(|line| {
            let (id, rest) = line.split_once(" (")?;
            let (file, description) = rest.split_once(") ")?;
            let id: u32 = id.trim().parse().ok()?;
            let folder = self.file_of("");
            let told = json!({
                "description": description, "file": file, "id": id.to_string(), "storage_name": last_part(file),
            });
            file.starts_with(&folder).then(|| told.as_object().cloned()).flatten()
        });
        Ok(maps.collect())
    }

    fn all_maps(&self) -> Outcome {
        Ok(Reply::json(200, json!(self.maps()?)))
    }

    fn map(&self, name: &str) -> Result<Object, Refusal> {
        let file = self.file_of(name);
        let missing = || self.not_found(&file);
        self.maps()?.into_iter().find(|map| map["file"] == *file).ok_or_else(missing)
    }

    fn not_found(&self, what: &str) -> Refusal {
        Refusal::new(404, format!("{} {what} not found", self.socket()))
    }

    /// Entries as the API reads them from `show map`: words of the help text are some, where there is such a text.
    fn entries(&self, name: &str) -> Result<Vec<Entry>, Refusal> {
        self.map(name)?;
        let said = self.worker(&format!("show map {}", self.file_of(name)))?;
        Ok(said.lines().filter_map(read_entry).collect())
    }

    fn all_entries(&self, name: &str) -> Outcome {
        let told = |entry: &Entry| json!({ "id": entry.id, "key": entry.key, "value": entry.value });
        Ok(Reply::json(200, self.entries(name)?.iter().map(told).collect::<Vec<_>>()))
    }

    fn entry(&self, name: &str, key: &str) -> Outcome {
        let found = self.entries(name)?.into_iter().find(|entry| entry.key == key);
        let found = found.ok_or_else(|| self.not_found(key))?;
        Ok(Reply::json(200, json!({ "key": found.key, "value": found.value })))
    }

    fn add_entry(&self, name: &str, request: &Request) -> Outcome {
        let entry = request.object()?;
        let (key, value) = pair(&entry)?;
        if self.entries(name)?.iter().any(|entry| entry.key == key) {
            return Err(Refusal::new(409, format!("{} already exists", self.socket())));
        }
        self.worker(&format!("add map {} {key} {value}", self.file_of(name)))?;
        self.synchronize(name, request)?;
        Ok(Reply::json(201, json!({ "key": key, "value": value })))
    }

    fn add_entries(&self, name: &str, request: &Request) -> Outcome {
        self.map(name)?;
        let entries = request.objects()?;
        for entry in &entries {
            let (key, value) = pair(entry)?;
            self.worker(&format!("add map {} {key} {value}", self.file_of(name)))?;
        }
        self.synchronize(name, request)?;
        Ok(Reply::json(201, json!(entries)))
    }

    fn set_entry(&self, name: &str, key: &str, request: &Request) -> Outcome {
        let entry = request.object()?;
        let value = entry.get("value").and_then(Value::as_str).unwrap_or_default();
        let said = self.worker(&format!("set map {} {key} {value}", self.file_of(name)))?;
        self.refused(&said, &format!("set map {} {key} {value}", self.file_of(name)))?;
        self.synchronize(name, request)?;
        Ok(Reply::json(200, json!({ "key": key, "value": value })))
    }

    fn delete_entry(&self, name: &str, key: &str, request: &Request) -> Outcome {
        let command = format!("del map {} {key}", self.file_of(name));
        let said = self.worker(&command)?;
        self.refused(&said, &command)?;
        self.synchronize(name, request)?;
        Ok(Reply::empty(204))
    }

    /// Empties a map; its answer is unrecorded.
    fn clear_map(&self, name: &str, request: &Request) -> Outcome {
        self.map(name)?;
        self.worker(&format!("clear map {}", self.file_of(name)))?;
        self.synchronize(name, request)?;
        Ok(Reply::empty(204))
    }

    /// What the worker says against a command, unless the help text in front of it hides that.
    fn refused(&self, said: &str, command: &str) -> Result<(), Refusal> {
        let said = said.trim();
        if said.is_empty() || self.personality == Personality::Old {
            return Ok(());
        }
        // Severity 3 is what HAProxy itself says of an error.
        Err(self.not_found(&format!("[3]  {said} [{command}]")))
    }

    fn synchronize(&self, name: &str, request: &Request) -> Result<(), Refusal> {
        if !request.is("force_sync") {
            return Ok(());
        }
        let lines: String =
            self.entries(name)?.iter().map(|entry| format!("{} {}\n", entry.key, entry.value)).collect();
        std::fs::write(self.file_of(name), lines).map_err(|error| Refusal::new(500, error.to_string()))
    }

    /// Servers as `show servers state` lists them. Behind the help text the API finds none.
    fn servers(&self, backend: &str) -> Result<Vec<Object>, Refusal> {
        let none = || Refusal::new(500, format!("no data for {backend}: not found"));
        if self.personality == Personality::Old {
            return Err(none());
        }
        let said = self.worker(&format!("show servers state {backend}"))?;
        let servers: Vec<Object> = said.lines().filter_map(read_server).collect();
        if servers.is_empty() { Err(none()) } else { Ok(servers) }
    }

    fn all_servers(&self, backend: &str) -> Outcome {
        Ok(Reply::json(200, json!(self.servers(backend)?)))
    }

    fn server(&self, backend: &str, name: &str) -> Outcome {
        let none = || Refusal::new(500, format!("no data for {backend}/{name}: not found"));
        if self.personality == Personality::Old {
            return Err(none());
        }
        let found = self.servers(backend)?.into_iter().find(|server| server["name"] == *name);
        Ok(Reply::json(200, found.ok_or_else(none)?))
    }

    fn set_server(&self, backend: &str, name: &str, request: &Request) -> Outcome {
        self.server(backend, name)?;
        let wanted = request.object()?;
        if let Some(state) = wanted.get("admin_state").and_then(Value::as_str) {
            self.worker(&format!("set server {backend}/{name} state {state}"))?;
        }
        self.server(backend, name)
    }
}

fn pair(entry: &Map<String, Value>) -> Result<(String, String), Refusal> {
    let part = |field: &str| {
        let absent = || Refusal::unprocessable(602, format!("{field} in body is required"));
        entry.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned).ok_or_else(absent)
    };
    Ok((part("key")?, part("value")?))
}

fn read_entry(line: &str) -> Option<Entry> {
    let mut words = line.split_whitespace();
    let mut word = || words.next().map(str::to_owned);
    Some(Entry { id: word()?, key: word()?, value: word()? })
}

/// A line of `show servers state`: names and numbers in a fixed order.
fn read_server(line: &str) -> Option<Object> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, _, id, name, address, operational, administrative, ..] = words.as_slice() else { return None };
    let port: u16 = words.get(18)?.parse().ok()?;
    id.parse::<u32>().ok()?;
    let (operational, administrative): (u32, u32) = (operational.parse().ok()?, administrative.parse().ok()?);
    // Bits of `srv_admin_state`: 1 is maintenance, 8 is drained.
    let admin_state = match administrative {
        state if state & 0x01 != 0 => "maint",
        state if state & 0x08 != 0 => "drain",
        _ => "ready",
    };
    let told = json!({
        "address": address, "admin_state": admin_state, "id": id, "name": name,
        "operational_state": if operational == 0 { "down" } else { "up" }, "port": port,
    });
    told.as_object().cloned()
}
