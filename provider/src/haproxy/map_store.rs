//! Map files of a frontend's routes in the API's storage.
//!
//! Files are written with `skip_reload`, and what runs is changed entry by entry without `force_sync`: on HAProxy 2.6
//! that one writes lines of a help text into the file.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tfplugin::prelude::*;
use tokio::sync::OnceCell;

use super::client::{Api, object, objects, text};
use super::map_text::MapText;
use super::upload::upload;
use crate::http::{ApiPath, Request, path};

/// What a map of routes is looked up by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum MapKind {
    /// The host: to a backend.
    Host,
    /// The host and the beginning of the path, with a slash at the end: to a backend.
    Prefix,
    /// The same, or the host with a slash: to an address that the client is sent to.
    Redirect,
    /// The name in a TLS hello: to a backend.
    Sni,
}

impl MapKind {
    /// All of them.
    pub const ALL: [MapKind; 4] = [MapKind::Host, MapKind::Prefix, MapKind::Redirect, MapKind::Sni];

    /// The storage name of a frontend's map.
    pub fn file(self, frontend: &str) -> String {
        let kind = match self {
            MapKind::Host => "host",
            MapKind::Prefix => "prefix",
            MapKind::Redirect => "redirect",
            MapKind::Sni => "sni",
        };
        format!("{frontend}.{kind}.map")
    }
}

type Slot = Arc<OnceCell<Option<Arc<MapText>>>>;

/// The maps that this connection has read or written.
#[derive(Default)]
pub struct MapStore {
    read: Mutex<BTreeMap<String, Slot>>,
}

impl MapStore {
    fn slot(&self, name: &str) -> Slot {
        self.lock().entry(name.to_owned()).or_default().clone()
    }

    /// Keeps what a map holds now.
    fn keep(&self, name: &str, map: Option<Arc<MapText>>) {
        self.lock().insert(name.to_owned(), Arc::new(OnceCell::new_with(Some(map))));
    }

    /// Forgets a map.
    pub fn forget(&self, name: &str) {
        self.lock().remove(name);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Slot>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Api {
    /// A map, read once for all who ask until it is written; none where there is no such file.
    pub async fn map(&self, name: &str) -> Result<Option<Arc<MapText>>> {
        let slot = self.maps.slot(name);
        slot.get_or_try_init(|| async { Ok(self.fetch_map(name).await?.map(Arc::new)) }).await.cloned()
    }

    /// A map as it is now.
    pub async fn fetch_map(&self, name: &str) -> Result<Option<MapText>> {
        let answer = if_there(self.send(Request::get(file(name))).await)?;
        Ok(answer.map(|answer| MapText::read(&answer.text())))
    }

    /// Writes a map file, reads it back, and keeps what stands there; HAProxy does not reload.
    pub async fn write_map(&self, name: &str, map: &MapText) -> Result<()> {
        self.maps.forget(name);
        let request = Request::put(file(name)).query("skip_reload", true).bytes("text/plain", map.to_string());
        self.send(request.purpose(format!("write the map `{name}`"))).await?;
        let written = self.fetch_map(name).await?;
        if written.as_ref() != Some(map) {
            return Err(Error::conflict(format!("the map `{name}` holds something else than what was written"))
                .hint("Somebody else writes it: find out who, and run again."));
        }
        self.maps.keep(name, written.map(Arc::new));
        Ok(())
    }

    /// Makes sure that a map file is there, and says where HAProxy finds it.
    pub async fn provide_map(&self, name: &str, content: &str) -> Result<String> {
        let request = upload(Request::post(files()).accept(409), name, content);
        let answer = self.send(request.purpose(format!("make the map `{name}`"))).await?;
        self.maps.forget(name);
        if answer.status() != 409
            && let Some(file) = text(&object(&answer)?, "file")
        {
            return Ok(file);
        }
        self.map_file(name).await?.ok_or_else(|| Error::new(format!("the map `{name}` is not in the API's storage")))
    }

    /// The storage names of all maps; none where the API has no place for them.
    pub async fn map_names(&self) -> Result<Vec<String>> {
        let answer = self.send(Request::get(files()).accept(404).accept(500)).await?;
        if answer.status() != 200 {
            return Ok(Vec::new());
        }
        Ok(objects(&answer)?.iter().filter_map(|file| text(file, "storage_name")).collect())
    }

    /// Where HAProxy finds a map file.
    async fn map_file(&self, name: &str) -> Result<Option<String>> {
        let files = objects(&self.send(Request::get(files())).await?)?;
        let found = files.iter().find(|file| text(file, "storage_name").as_deref() == Some(name));
        Ok(found.and_then(|found| text(found, "file")))
    }

    /// Removes a map file that no configuration uses and that holds no entry any more.
    pub async fn remove_map(&self, name: &str) -> Result<()> {
        if self.fetch_map(name).await?.is_some_and(|map| map.entries().next().is_none()) {
            self.maps.forget(name);
            self.send(Request::delete(file(name)).accept(404)).await?;
        }
        Ok(())
    }
}

/// Where map files are.
pub fn files() -> ApiPath {
    path!("services/haproxy/storage/maps")
}

/// Where a map file is.
pub fn file(name: &str) -> ApiPath {
    path!("services/haproxy/storage/maps" / name)
}
