//! Bodies of the type `multipart/form-data`.

use bytes::Bytes;

use crate::http::call::Call;

/// One part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Name of the field.
    pub name: String,
    /// Name of the file, where it is one.
    pub file: Option<String>,
    /// Content.
    pub content: Bytes,
}

/// The parts of a call's body, or `None` where it is no such body.
#[must_use]
pub fn parts(call: &Call) -> Option<Vec<Part>> {
    let content_type = call.header("content-type")?;
    let boundary = content_type.strip_prefix("multipart/form-data")?.split("boundary=").nth(1)?;
    let boundary = format!("--{}", boundary.split(';').next()?.trim().trim_matches('"'));
    let mut parts = Vec::new();
    let mut rest = find(&call.body, boundary.as_bytes()).map(|start| start + boundary.len())?;
    while call.body.get(rest..rest + 2)? == b"\r\n" {
        let head = rest + 2;
        let blank = head + find(&call.body[head..], b"\r\n\r\n")?;
        let start = blank + 4;
        let end = start + find(&call.body[start..], format!("\r\n{boundary}").as_bytes())?;
        let headers = std::str::from_utf8(&call.body[head..blank]).ok()?;
        parts.push(part(headers, call.body.slice(start..end))?);
        rest = end + 2 + boundary.len();
    }
    (call.body.get(rest..rest + 2)? == b"--").then_some(parts)
}

fn part(headers: &str, content: Bytes) -> Option<Part> {
    let disposition = headers.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let quoted = |name: &str| {
        let start = disposition.find(&format!(" {name}=\""))? + name.len() + 3;
        disposition[start..].split('"').next().map(str::to_owned)
    };
    Some(Part { name: quoted("name")?, file: quoted("filename"), content })
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(body: &'static str) -> Call {
        let mut call = Call::new("POST", "/x").with_header("content-type", "multipart/form-data; boundary=ab");
        call.body = Bytes::from_static(body.as_bytes());
        call
    }

    #[test]
    fn parts_are_found_whatever_they_hold() {
        let body = "--ab\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\niso\r\n--ab\r\n\
            content-disposition: form-data; name=\"filename\"; filename=\"a.iso\"\r\nContent-Type: x/y\r\n\r\n\r\n--a\r\n\r\n--ab--\r\n";
        let part = |name: &str, file: Option<&str>, content: &'static str| Part {
            name: name.to_owned(),
            file: file.map(str::to_owned),
            content: Bytes::from_static(content.as_bytes()),
        };
        let expected = [part("content", None, "iso"), part("filename", Some("a.iso"), "\r\n--a\r\n")];
        assert_eq!(parts(&call(body)).as_deref(), Some(expected.as_slice()));
        assert_eq!(parts(&call("--ab\r\nContent-Disposition: form-data; name=\"content\"\r\n\r\niso")), None);
        assert_eq!(parts(&Call::new("POST", "/x")), None);
    }
}
