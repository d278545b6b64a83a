//! Archives in the ZIP format, such as the plans that the tools save.

use miniz_oxide::inflate::decompress_to_vec;

/// The end of the central directory, the record of one file in it, and what stands before a file's content
/// (PKWARE's APPNOTE 6.3.10, sections 4.3.16, 4.3.12 and 4.3.7).
const END: &[u8] = b"PK\x05\x06";
const RECORD: &[u8] = b"PK\x01\x02";
const CONTENT: &[u8] = b"PK\x03\x04";

/// One file in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its path in the archive.
    pub name: String,
    /// What it holds, unpacked.
    pub content: Vec<u8>,
}

/// Whether the bytes begin as an archive does.
pub fn is_archive(bytes: &[u8]) -> bool {
    bytes.starts_with(CONTENT)
}

/// The files in an archive, in its order. One of more than 4 GiB, or with another method than `stored` and `deflate`, is
/// an error.
pub fn members(archive: &[u8]) -> Result<Vec<Member>, String> {
    let at = archive.windows(END.len()).rposition(|window| window == END).ok_or("the archive has no directory")?;
    let count = number(archive, at + 10, 2)?;
    let mut record = number(archive, at + 16, 4)?;
    let mut members = Vec::with_capacity(count);
    for _ in 0..count {
        expect(archive, record, RECORD)?;
        let lengths = [28, 30, 32].map(|field| number(archive, record + field, 2));
        let [name, extra, comment] = lengths;
        let end_of_name = record + 46 + name?;
        let name = String::from_utf8_lossy(slice(archive, record + 46, end_of_name)?).into_owned();
        members.push(Member { content: content(archive, record, &name)?, name });
        record = end_of_name + extra? + comment?;
    }
    Ok(members)
}

fn content(archive: &[u8], record: usize, name: &str) -> Result<Vec<u8>, String> {
    let (method, packed) = (number(archive, record + 10, 2)?, number(archive, record + 20, 4)?);
    let local = number(archive, record + 42, 4)?;
    expect(archive, local, CONTENT)?;
    let start = local + 30 + number(archive, local + 26, 2)? + number(archive, local + 28, 2)?;
    let content = slice(archive, start, start + packed)?;
    match method {
        0 => Ok(content.to_vec()),
        8 => decompress_to_vec(content).map_err(|error| format!("`{name}` cannot be unpacked: {error}")),
        other => Err(format!("`{name}` is packed with method {other}")),
    }
}

fn expect(archive: &[u8], at: usize, signature: &[u8]) -> Result<(), String> {
    match slice(archive, at, at + signature.len())? == signature {
        true => Ok(()),
        false => Err(format!("the archive is broken at byte {at}")),
    }
}

/// A little-endian number of so many bytes.
fn number(archive: &[u8], at: usize, length: usize) -> Result<usize, String> {
    Ok(slice(archive, at, at + length)?.iter().rev().fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

fn slice(archive: &[u8], start: usize, end: usize) -> Result<&[u8], String> {
    archive.get(start..end).ok_or_else(|| format!("the archive ends before byte {end}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use miniz_oxide::deflate::compress_to_vec;

    /// One record or header: a signature, then fields of the given lengths.
    fn fields(signature: &[u8], fields: &[(usize, usize)]) -> Vec<u8> {
        let mut bytes = signature.to_vec();
        fields.iter().for_each(|(length, number)| bytes.extend(&number.to_le_bytes()[..*length]));
        bytes
    }

    /// An archive as Go writes it: sizes stand in the directory alone.
    fn archive(files: &[(&str, usize, &[u8])]) -> Vec<u8> {
        let (mut bytes, mut directory) = (Vec::new(), Vec::new());
        for (name, method, content) in files {
            let packed = if *method == 8 { compress_to_vec(content, 6) } else { content.to_vec() };
            let local = bytes.len();
            bytes.extend(fields(CONTENT, &[(2, 20), (2, 8), (2, *method), (8, 0), (8, 0), (2, name.len()), (2, 3)]));
            bytes.extend([name.as_bytes(), b"abc", &packed].concat());
            let sizes = [(4, 0), (4, packed.len()), (4, content.len()), (2, name.len()), (2, 2), (2, 1)];
            let record = [&[(2, 20), (2, 20), (2, 8), (2, *method), (4, 0)][..], &sizes, &[(8, 0), (4, local)]];
            directory.extend(fields(RECORD, &record.concat()));
            directory.extend([name.as_bytes(), b"ab", b"c"].concat());
        }
        let start = bytes.len();
        bytes.extend(&directory);
        let count = files.len();
        bytes.extend(fields(END, &[(4, 0), (2, count), (2, count), (4, directory.len()), (4, start), (2, 0)]));
        bytes
    }

    #[test]
    fn stored_and_deflated_files_come_out_as_they_went_in() {
        let long = b"0123456789".repeat(1000);
        let bytes = archive(&[("tfplan", 8, &long), ("a/b", 0, b"plain"), ("empty", 8, b"")]);
        let member = |name: &str, content: &[u8]| Member { name: name.to_owned(), content: content.to_vec() };
        assert!(is_archive(&bytes));
        assert_eq!(members(&bytes).unwrap(), [member("tfplan", &long), member("a/b", b"plain"), member("empty", b"")]);
    }

    #[test]
    fn what_cannot_be_read_is_an_error_and_not_an_empty_list() {
        let whole = archive(&[("tfplan", 8, b"0123456789")]);
        assert_eq!(members(b"PK\x03\x04").unwrap_err(), "the archive has no directory");
        assert_eq!(members(&archive(&[("tfplan", 12, b"")])).unwrap_err(), "`tfplan` is packed with method 12");
        members(&whole[4..]).unwrap_err();
        let mut broken = whole.clone();
        broken[39..44].fill(0xff);
        assert!(members(&broken).unwrap_err().contains("cannot be unpacked"));
    }
}
