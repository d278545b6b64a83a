//! Images of CDs with a few small files, as a machine reads its first settings from one.
//!
//! ISO 9660 with Joliet (ECMA-119; Joliet specification, 1995): names such as `user-data` are Joliet's, which Linux,
//! the BSDs and Windows read. The same files make the same bytes.

/// Bytes of a sector.
const SECTOR: usize = 2048;

/// Where the parts stand, by their sectors.
const PRIMARY: usize = 16;
const JOLIET: usize = 17;
const TERMINATOR: usize = 18;
const PRIMARY_PATHS: usize = 19;
const JOLIET_PATHS: usize = 21;
const PRIMARY_ROOT: usize = 23;
const JOLIET_ROOT: usize = 24;
const FILES: usize = 25;

/// 1980-01-01, since an image says nothing about when it was made.
const DATE: [u8; 7] = [80, 1, 1, 0, 0, 0, 0];

/// What a descriptor of either naming has in common.
#[derive(Clone, Copy, PartialEq)]
enum Naming {
    Primary,
    Joliet,
}

/// A file and where it begins.
struct Placed<'a> {
    name: &'a str,
    content: &'a [u8],
    sector: usize,
}

/// An image with this label and these files, whose names have no `/`.
pub fn image(label: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut next = FILES;
    let placed: Vec<Placed<'_>> = files
        .iter()
        .map(|(name, content)| {
            let sector = next;
            next += content.len().div_ceil(SECTOR).max(1);
            Placed { name, content, sector }
        })
        .collect();
    let mut image = vec![0; next * SECTOR];
    let mut put = |sector: usize, bytes: &[u8]| image[sector * SECTOR..][..bytes.len()].copy_from_slice(bytes);
    put(PRIMARY, &descriptor(Naming::Primary, label, next));
    put(JOLIET, &descriptor(Naming::Joliet, label, next));
    put(TERMINATOR, b"\xffCD001\x01");
    for (paths, root) in [(PRIMARY_PATHS, PRIMARY_ROOT), (JOLIET_PATHS, JOLIET_ROOT)] {
        put(paths, &path_table(number(root).to_le_bytes(), [1, 0]));
        put(paths + 1, &path_table(number(root).to_be_bytes(), [0, 1]));
    }
    put(PRIMARY_ROOT, &root(Naming::Primary, &placed));
    put(JOLIET_ROOT, &root(Naming::Joliet, &placed));
    placed.iter().for_each(|file| put(file.sector, file.content));
    image
}

/// A number of a field with four bytes: an image of some settings is far below its limits.
fn number(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

/// A number in both orders of bytes.
fn both(value: u32) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&value.to_le_bytes());
    bytes[4..].copy_from_slice(&value.to_be_bytes());
    bytes
}

fn both_short(value: u16) -> [u8; 4] {
    let [[a, b], [c, d]] = [value.to_le_bytes(), value.to_be_bytes()];
    [a, b, c, d]
}

impl Naming {
    fn root(self) -> usize {
        if self == Naming::Primary { PRIMARY_ROOT } else { JOLIET_ROOT }
    }

    /// A text that fills a field.
    fn text(self, text: &str, length: usize) -> Vec<u8> {
        let mut bytes: Vec<u8> = match self {
            Naming::Primary => text.bytes().collect(),
            Naming::Joliet => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        };
        while bytes.len() < length {
            match self {
                Naming::Primary => bytes.push(b' '),
                Naming::Joliet => bytes.extend([0, b' ']),
            }
        }
        bytes.truncate(length);
        bytes
    }

    /// The name of the file at a place: without Joliet it is a number, since eight capital letters say no more.
    fn file(self, index: usize, name: &str) -> Vec<u8> {
        match self {
            Naming::Primary => format!("FILE{index}.;1").into_bytes(),
            Naming::Joliet => name.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        }
    }
}

fn descriptor(naming: Naming, label: &str, sectors: usize) -> Vec<u8> {
    let mut bytes = vec![0; SECTOR];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    let (kind, paths) = match naming {
        Naming::Primary => (1, PRIMARY_PATHS),
        Naming::Joliet => (2, JOLIET_PATHS),
    };
    put(0, &[kind]);
    put(1, b"CD001\x01");
    put(8, &naming.text("", 32));
    put(40, &naming.text(label, 32));
    put(80, &both(number(sectors)));
    if naming == Naming::Joliet {
        put(88, b"%/E");
    }
    put(120, &both_short(1));
    put(124, &both_short(1));
    put(128, &both_short(2048));
    put(132, &both(10));
    put(140, &number(paths).to_le_bytes());
    put(148, &number(paths + 1).to_be_bytes());
    put(156, &record(&[0], naming.root(), SECTOR, true));
    for (at, length) in [(190, 128), (318, 128), (446, 128), (574, 128), (702, 37), (739, 37), (776, 37)] {
        put(at, &naming.text("", length));
    }
    for at in [813, 830, 847, 864] {
        put(at, b"0000000000000000\0");
    }
    put(881, &[1]);
    bytes
}

/// The table of directories, which has only the root.
fn path_table(root: [u8; 4], parent: [u8; 2]) -> Vec<u8> {
    [&[1, 0][..], &root, &parent, &[0, 0]].concat()
}

/// The root directory: itself, its parent, which it is too, and the files in the order of their names.
fn root(naming: Naming, files: &[Placed<'_>]) -> Vec<u8> {
    let own = |name: u8| record(&[name], naming.root(), SECTOR, true);
    let named = files.iter().enumerate().map(|(index, file)| (naming.file(index, file.name), file));
    let mut named: Vec<_> = named.collect();
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    let records = named.iter().map(|(name, file)| record(name, file.sector, file.content.len(), false));
    [own(0), own(1)].into_iter().chain(records).flatten().collect()
}

fn record(name: &[u8], sector: usize, length: usize, is_directory: bool) -> Vec<u8> {
    let mut record = vec![0, 0];
    record.extend(both(number(sector)));
    record.extend(both(number(length)));
    record.extend(DATE);
    record.extend([u8::from(is_directory) << 1, 0, 0]);
    record.extend(both_short(1));
    record.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
    record.extend(name);
    if record.len() % 2 == 1 {
        record.push(0);
    }
    record[0] = u8::try_from(record.len()).unwrap_or(u8::MAX);
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_whole_sectors_and_always_the_same() {
        let files: [(&str, &[u8]); 2] = [("user-data", &[b'x'; 3000]), ("meta-data", b"")];
        let image = image("cidata", &files);
        assert_eq!(image.len(), (FILES + 2 + 1) * SECTOR);
        assert_eq!(&image[PRIMARY * SECTOR + 1..][..5], b"CD001");
        assert_eq!(&image[PRIMARY * SECTOR + 40..][..8], b"cidata  ");
        assert_eq!(&image[FILES * SECTOR..][..3000], &[b'x'; 3000]);
        assert_eq!(image, super::image("cidata", &files));
    }
}
