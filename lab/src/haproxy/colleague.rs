//! What others do to an edge meanwhile.

use std::fs;

use serde_json::{Value, json};

use crate::haproxy::server::HaProxy;
use crate::http::call::encode;

impl HaProxy {
    /// Opens a transaction as a colleague would, and leaves it open: its id.
    ///
    /// # Panics
    ///
    /// Too many are open.
    #[must_use]
    pub fn colleague_opens(&self) -> String {
        let version = self.version();
        let told = self.act("POST", &format!("/transactions?version={version}"), &Value::Null);
        told["id"].as_str().expect("a transaction has an id").to_owned()
    }

    /// Adds a backend as a colleague would, in a transaction of its own that is committed and reloaded.
    ///
    /// # Panics
    ///
    /// There is one of that name.
    pub fn colleague_adds_backend(&self, name: &str) {
        let id = self.colleague_opens();
        let path = format!("/configuration/backends?transaction_id={id}");
        self.act("POST", &path, &json!({ "name": name, "mode": "http" }));
        self.act("PUT", &format!("/transactions/{id}?force_reload=true"), &Value::Null);
    }

    /// Deletes the object of a resource as a colleague would, and returns its path.
    ///
    /// # Panics
    ///
    /// The type is not known here, or the API refuses.
    pub fn remove(&self, kind: &str, attribute: &dyn Fn(&str) -> String) -> String {
        let part = |name: &str| encode(&attribute(name));
        let path = match kind {
            "substrate_haproxy_backend" => format!("/configuration/backends/{}", part("name")),
            "substrate_haproxy_certificate" => format!("/storage/ssl_certificates/{}", part("storage_name")),
            "substrate_haproxy_frontend" => format!("/configuration/frontends/{}", part("name")),
            "substrate_haproxy_route" => return self.remove_route(&attribute("frontend"), &attribute("place")),
            other => panic!("say here how a colleague would delete a {other}"),
        };
        self.act("DELETE", &format!("{path}?version={}&force_reload=true", self.version()), &Value::Null);
        path
    }

    /// Takes a route out of the maps of a frontend, in the files and at run time: all entries with its beginning of the
    /// path that name its first host behind a bar.
    fn remove_route(&self, frontend: &str, place: &str) -> String {
        let (host, prefix) = place.split_at(place.find('/').unwrap_or(place.len()));
        let of_route = |line: &str| {
            let (key, value) = line.split_once(' ').unwrap_or((line, ""));
            let beginning = key.find('/').map_or("", |at| &key[at..]);
            beginning.trim_end_matches('/') == prefix && value.rsplit_once('|').is_some_and(|(_, first)| first == host)
        };
        let maps = self.paths().maps;
        let of_frontend = |name: &String| name.starts_with(&format!("{frontend}."));
        let files = fs::read_dir(&maps).expect("the folder of maps is there").filter_map(Result::ok);
        let mut names: Vec<String> = files.map(|file| file.file_name().to_string_lossy().into_owned()).collect();
        names.retain(of_frontend);
        for name in names {
            let path = maps.join(&name);
            let text = self.map_text(&name).unwrap_or_default();
            let (gone, kept): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| of_route(line));
            fs::write(&path, kept.iter().map(|line| format!("{line}\n")).collect::<String>())
                .expect("the file is there");
            for key in gone.iter().filter_map(|line| line.split(' ').next()) {
                drop(self.worker(&format!("del map {} {key}", path.display())));
            }
        }
        format!("/storage/maps/{frontend} {place}")
    }
}
