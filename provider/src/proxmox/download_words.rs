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

/// Refuses what nodes do not download from.
pub fn address(url: &str) -> Result<(), String> {
    match url.starts_with("https://") || url.starts_with("http://") {
        true => Ok(()),
        false => Err("begins with neither `https://` nor `http://`".to_owned()),
    }
}
