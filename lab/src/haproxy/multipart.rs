//! The file in a body of `multipart/form-data`.

use crate::http::call::Call;

/// The name and the content of the part `file_upload`. A path in the name is cut to its last part.
#[must_use]
pub fn upload(call: &Call) -> Option<(String, String)> {
    let body = String::from_utf8_lossy(&call.body);
    let (_, boundary) = call.header("content-type")?.split_once("boundary=")?;
    let separator = format!("--{}", boundary.trim_matches('"'));
    body.split(&separator).find_map(|part| {
        let (head, content) = part.split_once("\r\n\r\n")?;
        let name = value(head, "filename")?;
        let content = content.strip_suffix("\r\n").unwrap_or(content);
        (value(head, "name")? == "file_upload").then(|| (last_part(name).to_owned(), content.to_owned()))
    })
}

/// The last part of a path.
#[must_use]
pub fn last_part(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn value<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = head.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_upload_is_read() {
        let mut call = Call::new("POST", "/").with_header("content-type", "multipart/form-data; boundary=xx");
        call.body =
            "--xx\r\nContent-Disposition: form-data; name=\"file_upload\"; filename=\"../sni.map\"\r\nContent-Type: \
                     text/plain\r\n\r\na.test be_a\nb.test be_b\n\r\n--xx--\r\n"
                .into();
        assert_eq!(upload(&call), Some(("sni.map".to_owned(), "a.test be_a\nb.test be_b\n".to_owned())));
    }
}
