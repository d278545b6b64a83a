//! Files as the Data Plane API takes them: the part `file_upload` of a form.

use crate::http::Request;

/// Stands between the parts; no map and no PEM holds it.
const CONTENT_TYPE: &str = "multipart/form-data; boundary=substrate-5b1d0c7e-8f2a-4f0e-9d57-upload";

/// The request with a file of this name.
pub fn upload(request: Request, name: &str, content: &str) -> Request {
    let boundary = CONTENT_TYPE.rsplit('=').next().unwrap_or_default();
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"file_upload\"; filename=\"{name}\"\r\nContent-Type: \
         text/plain\r\n\r\n{content}\r\n--{boundary}--\r\n"
    );
    request.bytes(CONTENT_TYPE, body)
}
