//! What the API tells about a certificate, read from its DER.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Object identifier of a common name, 2.5.4.3, with its tag and length.
const COMMON_NAME: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];

const SEQUENCE: u8 = 0x30;
const GENERALIZED_TIME: u8 = 0x18;

/// Who issued it, and when it is valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Common name of the issuer.
    pub issuer: String,
    /// Such as `2026-11-21T06:54:46.000Z`.
    pub not_before: String,
    /// The same.
    pub not_after: String,
}

/// Reads the first certificate of a PEM file that holds its key too.
///
/// # Errors
///
/// The API's own words for what is wrong.
pub fn read(pem: &str) -> Result<Certificate, &'static str> {
    let failed = "failed to parse certificate";
    let der = block(pem, "CERTIFICATE").ok_or(failed)?;
    let certificate = parse(&der).ok_or(failed)?;
    if !pem.contains("PRIVATE KEY-----") {
        return Err("file should contain both certificate and private key");
    }
    Ok(certificate)
}

fn block(pem: &str, label: &str) -> Option<Vec<u8>> {
    let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = rest.split_once(&format!("-----END {label}-----"))?;
    STANDARD.decode(body.split_whitespace().collect::<String>()).ok()
}

fn parse(der: &[u8]) -> Option<Certificate> {
    let (_, certificate, _) = element(der)?;
    let (_, mut body, _) = element(certificate)?;
    let mut sequences = Vec::new();
    // Signature algorithm, issuer, validity: version and serial number in front of them are no sequences.
    while sequences.len() < 3 {
        let (tag, content, rest) = element(body)?;
        if tag == SEQUENCE {
            sequences.push(content);
        }
        body = rest;
    }
    let (from_tag, from, rest) = element(sequences[2])?;
    let (until_tag, until, _) = element(rest)?;
    let (not_before, not_after) = (time(from_tag, from)?, time(until_tag, until)?);
    Some(Certificate { issuer: common_name(sequences[1]).unwrap_or_default(), not_before, not_after })
}

/// Tag, content and what follows.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        ..0x80 => (usize::from(first), rest),
        _ => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

fn common_name(name: &[u8]) -> Option<String> {
    let at = name.windows(COMMON_NAME.len()).position(|window| window == COMMON_NAME)?;
    let (_, text, _) = element(&name[at + COMMON_NAME.len()..])?;
    Some(String::from_utf8_lossy(text).into_owned())
}

fn time(tag: u8, digits: &[u8]) -> Option<String> {
    let digits = std::str::from_utf8(digits).ok()?;
    let digits = match tag {
        GENERALIZED_TIME => digits.to_owned(),
        // Years from 50 on belong to the last century (RFC 5280).
        _ => format!("{}{digits}", if digits.get(..2)? < "50" { "20" } else { "19" }),
    };
    let part = |range: std::ops::Range<usize>| digits.get(range);
    let (date, clock) = ([part(0..4)?, part(4..6)?, part(6..8)?], [part(8..10)?, part(10..12)?, part(12..14)?]);
    Some(format!("{}T{}.000Z", date.join("-"), clock.join(":")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, DnType, KeyPair, date_time_ymd};

    #[test]
    fn a_certificate_tells_its_issuer_and_its_time() {
        let mut params = CertificateParams::new(["a.example.com".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "a.example.com");
        (params.not_before, params.not_after) = (date_time_ymd(2026, 11, 21), date_time_ymd(2051, 1, 2));
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap().pem();
        let found = read(&format!("{certificate}{}", key.serialize_pem())).unwrap();
        assert_eq!(found.issuer, "a.example.com");
        assert_eq!(found.not_before, "2026-11-21T00:00:00.000Z");
        assert_eq!(found.not_after, "2051-01-02T00:00:00.000Z");
        assert_eq!(read(&certificate), Err("file should contain both certificate and private key"));
        assert_eq!(read("garbage"), Err("failed to parse certificate"));
    }
}
