//! Certificates with their keys, in PEM, as HAProxy loads them from one file.

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use rustls::{Error, InconsistentKeys};

/// Refuses what HAProxy would not load: a key that is missing or of another certificate. The reason holds nothing of
/// the text.
pub fn certificate_with_key(pem: &str) -> Result<(), String> {
    let chain: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| "holds something that is not PEM".to_owned())?;
    if chain.is_empty() {
        return Err("holds no certificate: it begins with `-----BEGIN CERTIFICATE-----`".to_owned());
    }
    let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
        .map_err(|_| "holds no private key; put it behind the certificates, without a passphrase".to_owned())?;
    // A kind of key that is unknown here may be known to HAProxy.
    match CertifiedKey::from_der(chain, key, &ring::default_provider()) {
        Err(Error::InconsistentKeys(InconsistentKeys::KeyMismatch)) => {
            Err("holds a private key that is not the first certificate's".to_owned())
        }
        _ => Ok(()),
    }
}

/// Refuses a name that the API would cut or that is none of a file.
pub fn file_name(name: &str) -> Result<(), String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match !name.is_empty() && !name.starts_with('.') && name.bytes().all(fits) {
        true => Ok(()),
        false => Err(format!("is `{name}`; write the name of a file, such as `www.example.com.pem`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair() -> (String, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate =
            rcgen::CertificateParams::new(["www.example.com".to_owned()]).unwrap().self_signed(&key).unwrap();
        (certificate.pem(), key.serialize_pem())
    }

    #[test]
    fn a_certificate_needs_its_own_key() {
        let ((certificate, key), (_, other)) = (pair(), pair());
        assert_eq!(certificate_with_key(&format!("{certificate}{key}")), Ok(()));
        assert_eq!(certificate_with_key(&format!("{key}{certificate}")), Ok(()));
        for wrong in [format!("{certificate}{other}"), certificate.clone(), key.clone(), "secret".to_owned()] {
            let reason = certificate_with_key(&wrong).unwrap_err();
            assert!(reason.starts_with("holds ") && !reason.contains("secret"), "{reason}");
        }
    }

    #[test]
    fn a_name_is_one_of_a_file() {
        assert_eq!(file_name("www.example.com.pem"), Ok(()));
        for wrong in ["", "a/b.pem", "../x.pem", ".hidden", "a b"] {
            assert!(file_name(wrong).is_err(), "{wrong}");
        }
    }
}
