//! Words of a download's attributes.

use tfplugin::prelude::*;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum ContentType {
    /// An image of a CD.
    Iso,
    /// A template for containers.
    Vztmpl,
    /// A disk, for machines to be made of.
    Import,
}

/// A kind of checksum.
#[derive(Clone, Copy, Debug, PartialEq, OneOf)]
pub enum Algorithm {
    /// MD5, which says nothing about who made the file.
    Md5,
    /// SHA-1, which says nothing about who made the file.
    Sha1,
    /// SHA-224.
    Sha224,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Refuses a name that Proxmox VE would change (`PVE::Storage::normalize_content_filename`): the file would not be found.
pub fn file(name: &str) -> Result<(), String> {
    let stays = |letter: char| letter.is_ascii_alphanumeric() || "_.-".contains(letter);
    match name.chars().find(|letter| !stays(*letter)) {
        Some(letter) => Err(format!("has `{letter}`; names of files have letters, digits, `_`, `.` and `-` only")),
        None => length(1..=255)(name),
    }
}

/// How a file can be packed (`PVE::Storage::Plugin`, `COMPRESSOR_RE`, and bzip2).
pub const PACKINGS: &[&str] = &["gz", "lzo", "zst", "bz2"];

/// Refuses an end of a name that its content has not (`PVE::Storage`, `$ISO_EXT_RE_0`, `$VZTMPL_EXT_RE_1` and
/// `$IMPORT_EXT_RE_1`).
pub fn has_end(name: &str, content: ContentType) -> Result<(), String> {
    let ends: &[&str] = match content {
        ContentType::Iso => &[".iso", ".img"],
        ContentType::Vztmpl => &[".tar.gz", ".tar.xz", ".tar.zst"],
        ContentType::Import => &[".ova", ".qcow2", ".raw", ".vmdk"],
    };
    match ends.iter().any(|end| name.to_lowercase().ends_with(end) && name.len() > end.len()) {
        true => Ok(()),
        false => {
            let ends: Vec<String> = ends.iter().map(|end| format!("`{end}`")).collect();
            Err(format!("has none of the ends of `content_type = {:?}`: {}", content.word(), ends.join(", ")))
        }
    }
}

/// Refuses what is no checksum.
pub fn checksum(text: &str) -> Result<(), String> {
    match text.len() >= 32 && text.bytes().all(|c| c.is_ascii_hexdigit()) {
        true => Ok(()),
        false => Err("is no checksum: it has hexadecimal digits, at least 32 of them".to_owned()),
    }
}

/// Refuses what nodes do not download from.
pub fn address(url: &str) -> Result<(), String> {
    match url.starts_with("https://") || url.starts_with("http://") {
        true => Ok(()),
        false => Err("begins with neither `https://` nor `http://`".to_owned()),
    }
}
