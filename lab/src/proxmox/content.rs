//! What storages hold: lists, and uploads, downloads and deletions, which are unrecorded.

use bytes::Bytes;
use ring::digest::{self, Algorithm};
use serde_json::json;

use crate::proxmox::reply::{Outcome, Refusal, Reply};
use crate::proxmox::storage;
use crate::proxmox::volumes::{self, Volume};
use crate::proxmox::world::{Asked, World, unix_time};

/// Ends of the names that files of a content have.
const ENDS: &[(&str, &[&str])] = &[
    ("import", &[".qcow2", ".raw", ".vmdk", ".ova"]),
    ("iso", &[".iso", ".img"]),
    ("vztmpl", &[".tar.gz", ".tar.xz", ".tar.zst", ".tgz"]),
];

/// Names of checksums.
const ALGORITHMS: &[(&str, &Algorithm)] = &[
    ("sha1", &digest::SHA1_FOR_LEGACY_USE_ONLY),
    ("sha256", &digest::SHA256),
    ("sha384", &digest::SHA384),
    ("sha512", &digest::SHA512),
];

/// Answers what is about a storage's content. The file is that of an upload.
pub fn answer(world: &mut World, asked: &Asked, file: Option<Bytes>) -> Option<Outcome> {
    Some(match asked.method {
        ("GET", "/nodes/{node}/storage/{storage}/content") => list(world, asked),
        ("POST", "/nodes/{node}/storage/{storage}/content") => allocate(world, asked),
        ("GET", "/nodes/{node}/storage/{storage}/content/{volume}") => read(world, asked),
        ("PUT", "/nodes/{node}/storage/{storage}/content/{volume}") => describe(world, asked),
        ("DELETE", "/nodes/{node}/storage/{storage}/content/{volume}") => delete(world, asked),
        ("POST", "/nodes/{node}/storage/{storage}/upload") => upload(world, asked, file),
        ("POST", "/nodes/{node}/storage/{storage}/download-url") => download(world, asked),
        _ => return None,
    })
}

fn list(world: &World, asked: &Asked) -> Outcome {
    let storage = storage::on(world, asked.text("storage"), asked.node())?;
    let place = storage.place(asked.node());
    let contents = storage.contents();
    let wanted = |volume: &Volume| {
        asked.get("content").is_none_or(|content| content == volume.content)
            && asked.number("vmid").is_none_or(|vmid| volume.vmid == Some(vmid))
            && (contents.contains(&volume.content) || volume.content == "images")
    };
    let here = storage.volumes.iter().filter(|((_, node), volume)| *node == place && wanted(volume));
    Ok(Reply::Data(here.map(|((volid, _), volume)| volume.row(volid)).collect()))
}

fn allocate(world: &mut World, asked: &Asked) -> Outcome {
    let (storage, name) = (asked.text("storage"), asked.text("filename"));
    let vmid = asked.vmid();
    let bytes = |size: &str| match size.contains(['M', 'G']) {
        true => volumes::bytes(size),
        false => volumes::bytes(&format!("{size}K")),
    };
    let size = bytes(asked.text("size")).unwrap_or_default();
    let format = volumes::format(world, storage, asked.get("format")).map_err(Refusal::failed)?;
    let bare = name.rsplit_once('.').map_or(name, |(bare, _)| bare);
    if !bare.starts_with(&format!("vm-{vmid}-")) {
        let reason = format!("illegal name '{name}' - should be 'vm-{vmid}-*'");
        return Err(Refusal::failed(reason));
    }
    let volume = Volume::of_guest(vmid, size, &format);
    let made = volumes::allocate(world, asked.node(), storage, volume, &|_| bare.to_owned());
    Ok(Reply::Data(json!(made.map_err(Refusal::failed)?)))
}

fn volid(asked: &Asked) -> String {
    let volume = asked.text("volume");
    if volume.contains(':') { volume.to_owned() } else { format!("{}:{volume}", asked.text("storage")) }
}

fn read(world: &World, asked: &Asked) -> Outcome {
    let volid = volid(asked);
    let volume = volumes::find(world, asked.node(), &volid).map_err(Refusal::failed)?;
    let path = format!("/var/lib/vz/{}", volid.split_once(':').map_or("", |(_, name)| name));
    let mut row = json!({ "format": volume.format, "path": path, "size": volume.size, "used": volume.size });
    if let Some(notes) = &volume.notes {
        row["notes"] = json!(notes);
    }
    Ok(Reply::Data(row))
}

fn describe(world: &mut World, asked: &Asked) -> Outcome {
    let volid = volid(asked);
    volumes::find(world, asked.node(), &volid).map_err(Refusal::failed)?;
    let Some(storage) = world.storages.get_mut(volumes::storage_of(&volid)) else { return Ok(Reply::done()) };
    let place = storage.place(asked.node());
    if let (Some(volume), Some(notes)) = (storage.volumes.get_mut(&(volid, place)), asked.get("notes")) {
        volume.notes = Some(notes.to_owned());
    }
    Ok(Reply::done())
}

/// Deletes a volume. A file that is not there is a line in the log of a task that ends well
/// (`PVE::Storage::Plugin::free_image`).
fn delete(world: &mut World, asked: &Asked) -> Outcome {
    let volid = volid(asked);
    let has_files = storage::on(world, volumes::storage_of(&volid), asked.node())?.kind.files;
    let owner = volumes::find(world, asked.node(), &volid).ok().and_then(|volume| volume.vmid);
    if let Some(vmid) = owner.filter(|vmid| world.guests.contains_key(vmid)) {
        let used = world.guests[&vmid].volumes().iter().any(|(_, used)| *used == volid);
        let reason = match used {
            true => format!(
                "Cannot remove image, a guest with VMID '{vmid}' exists!\nYou can delete the image from the guest's hardware pane"
            ),
            false => format!("Cannot remove image, a guest with VMID '{vmid}' exists!"),
        };
        return Err(Refusal::failed(reason.replace('\n', " ")));
    }
    let node = asked.node().to_owned();
    let owner = owner.map(|vmid| format!("{vmid}@")).unwrap_or_default();
    let id = format!("{owner}{}", volumes::storage_of(&volid));
    world.order_for(
        "imgdel",
        id,
        asked,
        &[],
        Box::new(move |world| {
            let removed = format!("Removed volume '{volid}'");
            match volumes::find(world, &node, &volid).map(drop) {
                Err(missing) if has_files => return Ok(vec![missing, removed]),
                found => found?,
            }
            volumes::remove(world, &node, &volid);
            Ok(vec![removed])
        }),
    )
}

/// The name that the storage gives to a file (`PVE::Storage::normalize_content_filename`).
fn normalized(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    last.chars().map(|letter| if safe(letter) { letter } else { '_' }).collect()
}

/// The name that a file gets, where the storage takes such files.
fn named(world: &World, asked: &Asked) -> Result<(&'static str, String), Refusal> {
    let (name, content) = (asked.text("storage"), asked.text("content"));
    let file = normalized(asked.text("filename"));
    let storage = storage::on(world, name, asked.node())?;
    if !storage.kind.files {
        return Err(Refusal::failed(format!("can't upload to storage type '{}'", storage.kind.name)));
    }
    if !storage.contents().contains(&content) {
        return Err(Refusal::failed(match asked.method.1.ends_with("/upload") {
            true => format!("storage '{name}' does not support '{content}' content"),
            false => format!("storage '{name}' is not configured for content-type '{content}'"),
        }));
    }
    match ENDS.iter().find(|(known, ends)| *known == content && ends.iter().any(|end| file.ends_with(end))) {
        Some((content, _)) => Ok((content, format!("{name}:{content}/{file}"))),
        None => Err(Refusal::of_parameter("filename", "wrong file extension")),
    }
}

fn add(world: &mut World, node: &str, (content, volid): (&'static str, &str), bytes: Bytes) -> Result<(), String> {
    let storage = world.storages.get_mut(volumes::storage_of(volid)).ok_or("the storage is gone")?;
    let format = match volid.rsplit('.').next().unwrap_or_default() {
        "gz" if content == "vztmpl" => "tgz",
        "xz" if content == "vztmpl" => "txz",
        "zst" if content == "vztmpl" => "tzst",
        _ if content == "iso" => "iso",
        end => end,
    };
    let volume = Volume {
        content,
        format: format.to_owned(),
        size: bytes.len() as u64,
        vmid: None,
        parent: None,
        ctime: unix_time(),
        bytes: bytes.to_vec(),
        notes: None,
    };
    let place = storage.place(node);
    storage.volumes.insert((volid.to_owned(), place), volume);
    Ok(())
}

fn checked(bytes: &[u8], algorithm: Option<&str>, checksum: Option<&str>) -> Result<(), String> {
    let (Some(algorithm), Some(checksum)) = (algorithm, checksum) else { return Ok(()) };
    let Some((_, known)) = ALGORITHMS.iter().find(|(name, _)| *name == algorithm) else {
        return Err(format!("the lab has no checksums of the kind {algorithm}"));
    };
    let found: String = digest::digest(known, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    match found.eq_ignore_ascii_case(checksum) {
        true => Ok(()),
        false => Err(format!("checksum mismatch: got '{found}' != expect '{checksum}'")),
    }
}

fn upload(world: &mut World, asked: &Asked, file: Option<Bytes>) -> Outcome {
    let (content, volid) = named(world, asked)?;
    let Some(bytes) = file else { return Err(Refusal::failed("missing temporary file name")) };
    let node = asked.node().to_owned();
    let (algorithm, checksum) =
        (asked.get("checksum-algorithm").map(str::to_owned), asked.get("checksum").map(str::to_owned));
    world.order_for(
        "imgcopy",
        String::new(),
        asked,
        &[],
        Box::new(move |world| {
            checked(&bytes, algorithm.as_deref(), checksum.as_deref())?;
            add(world, &node, (content, &volid), bytes)?;
            Ok(vec!["finished file import successfully".to_owned()])
        }),
    )
}

fn download(world: &mut World, asked: &Asked) -> Outcome {
    let (content, volid) = named(world, asked)?;
    let node = asked.node().to_owned();
    let url = asked.text("url").to_owned();
    let (algorithm, checksum) =
        (asked.get("checksum-algorithm").map(str::to_owned), asked.get("checksum").map(str::to_owned));
    let id = volid.rsplit('/').next().unwrap_or_default().to_owned();
    let is_packed = asked.get("compression").is_some();
    world.order_for(
        "download",
        id,
        asked,
        &[],
        Box::new(move |world| {
            if is_packed && content != "iso" {
                return Err(format!("decompression not supported for {content}"));
            }
            if volumes::find(world, &node, &volid).is_ok() {
                let file = volid.split_once(':').map_or("", |(_, name)| name);
                return Err(format!("refusing to override existing file '/var/lib/vz/template/{file}'"));
            }
            let bytes = match world.web.get(&url) {
                Some(None) => return Err(format!("download failed: 404 Not Found: {url}")),
                Some(Some(bytes)) => {
                    checked(bytes, algorithm.as_deref(), checksum.as_deref())?;
                    bytes.clone()
                }
                // Nobody said what stands there, so it has the checksum that is expected.
                None => Bytes::from(url.clone()),
            };
            add(world, &node, (content, &volid), bytes)?;
            Ok(vec![format!("download of '{url}' finished")])
        }),
    )
}
