//! Files beside the configuration: maps, and certificates with their keys.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::haproxy::certificate;
use crate::haproxy::multipart::{last_part, upload};
use crate::haproxy::refusal::Refusal;
use crate::haproxy::reply::{Outcome, Reply};
use crate::haproxy::request::Request;
use crate::haproxy::state::{After, State};

impl State {
    /// Answers a call below `/storage`; `None` where there is nothing at its path.
    pub fn storage(&mut self, request: &Request) -> Option<Outcome> {
        let path: Vec<&str> = request.path.iter().skip(1).map(String::as_str).collect();
        let (maps, certificates) = (self.paths.maps.clone(), self.paths.certificates.clone());
        Some(match (request.call.method.as_str(), path.as_slice()) {
            ("GET", ["maps"]) => Ok(Reply::json(200, list(&maps, "managed map file"))),
            ("POST", ["maps"]) => self.create_map(&maps, request),
            ("GET", ["maps", name]) => {
                let text = existing(&maps, name).map(|path| fs::read_to_string(path).unwrap_or_default());
                text.map(|text| Reply::text(200, "application/octet-stream", text))
            }
            ("PUT", ["maps", name]) => self.replace_map(&maps, name, request),
            ("DELETE", ["maps", name]) => self.delete_map(&maps, name),
            ("GET", ["ssl_certificates"]) => Ok(Reply::json(200, list(&certificates, "managed SSL file"))),
            ("POST", ["ssl_certificates"]) => self.create_certificate(&certificates, request),
            ("GET", ["ssl_certificates", name]) => {
                let path = existing(&certificates, name);
                path.and_then(|path| describe(&path, &fs::read_to_string(&path).unwrap_or_default()))
                    .map(|told| Reply::json(200, told))
            }
            ("PUT", ["ssl_certificates", name]) => self.replace_certificate(&certificates, name, request),
            ("DELETE", ["ssl_certificates", name]) => self.delete_certificate(&certificates, name, request),
            _ => return None,
        })
    }

    fn create_map(&mut self, folder: &Path, request: &Request) -> Outcome {
        let (name, content) = uploaded(request)?;
        let path = vacant(folder, &name)?;
        write(&path, &content)?;
        let told = json!({
            "description": "managed but not loaded map file (no runtime ID)", "file": path, "size": content.len(),
            "storage_name": name,
        });
        Ok(Reply::json(201, told))
    }

    fn replace_map(&mut self, folder: &Path, name: &str, request: &Request) -> Outcome {
        write(&existing(folder, name)?, &request.text())?;
        self.take_up(request, 204, None)
    }

    /// A file that the configuration names stays. The line is counted without the header and the line itself.
    fn delete_map(&mut self, folder: &Path, name: &str) -> Outcome {
        let path = existing(folder, name)?;
        let named = path.display().to_string();
        let text = self.file.render(self.version);
        if let Some((at, line)) = text.lines().enumerate().find(|(_, line)| line.contains(&named)) {
            let place = format!("referenced in haproxy conf at line {}: {}", at.saturating_sub(2), line.trim());
            return Err(Refusal::new(409, format!("rejecting attempt to delete file {named} {place}")));
        }
        remove(&path)?;
        Ok(Reply::empty(204))
    }

    fn create_certificate(&mut self, folder: &Path, request: &Request) -> Outcome {
        let (name, content) = uploaded(request)?;
        let path = vacant(folder, &name)?;
        let told = describe(&path, &content)?;
        write(&path, &content)?;
        self.take_up(request, 201, Some(told))
    }

    fn replace_certificate(&mut self, folder: &Path, name: &str, request: &Request) -> Outcome {
        let path = existing(folder, name)?;
        let told = describe(&path, &request.text())?;
        write(&path, &request.text())?;
        self.take_up(request, 200, Some(told))
    }

    fn delete_certificate(&mut self, folder: &Path, name: &str, request: &Request) -> Outcome {
        remove(&existing(folder, name)?)?;
        self.take_up(request, 204, None)
    }

    /// Lets HAProxy take up what was written. What a reload that fails is answered with here is unrecorded.
    fn take_up(&mut self, request: &Request, done: u16, told: Option<Value>) -> Outcome {
        let after = request.after();
        let reload = match after {
            After::Queue => Some(self.reloads.queue()),
            After::Nothing => None,
            After::Force => {
                let failed = |said| Refusal::new(400, format!("Reload failed: failed to reload configuration, {said}"));
                self.reload().map_err(failed)?;
                None
            }
        };
        Ok(Reply::changed(after, done, told, reload))
    }
}

fn uploaded(request: &Request) -> Result<(String, String), Refusal> {
    upload(request.call).ok_or_else(|| Refusal::unprocessable(602, "file_upload in formData is required".to_owned()))
}

fn vacant(folder: &Path, name: &str) -> Result<PathBuf, Refusal> {
    let path = folder.join(name);
    if path.exists() { Err(Refusal::exists(format!("file {}", path.display()))) } else { Ok(path) }
}

fn existing(folder: &Path, name: &str) -> Result<PathBuf, Refusal> {
    let path = folder.join(last_part(name));
    let missing = || Refusal::missing(format!("file {name} doesn't exist in dir: {}", folder.display()));
    if path.is_file() { Ok(path) } else { Err(missing()) }
}

fn write(path: &Path, content: &str) -> Result<(), Refusal> {
    fs::write(path, content).map_err(|error| Refusal::new(500, error.to_string()))
}

fn remove(path: &Path) -> Result<(), Refusal> {
    fs::remove_file(path).map_err(|error| Refusal::new(500, error.to_string()))
}

fn list(folder: &Path, description: &str) -> Vec<Value> {
    let files = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path());
    let mut files: Vec<PathBuf> = files.collect();
    files.sort();
    let told = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        json!({ "description": description, "file": path, "storage_name": name })
    };
    files.iter().map(told).collect()
}

fn describe(path: &Path, pem: &str) -> Result<Value, Refusal> {
    let certificate = certificate::read(pem).map_err(|text| Refusal::new(500, text))?;
    Ok(json!({
        "description": "managed SSL file", "file": path, "issuers": certificate.issuer,
        "not_after": certificate.not_after, "not_before": certificate.not_before, "size": pem.len(),
        "storage_name": path.file_name().map(|name| name.to_string_lossy()),
    }))
}
