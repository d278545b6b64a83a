//! The issuer's key: signs tokens and shows its public half.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

/// A key on P-256.
#[derive(Debug)]
pub struct Key {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Key {
    /// Makes a new one.
    pub fn generate() -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("the system has randomness");
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).expect("ring reads its own keys");
        Self { pair, random }
    }

    /// A JWT with these claims (RFC 7519), in the compact form of RFC 7515.
    pub fn sign(&self, claims: &Value) -> String {
        let header = json!({ "typ": "JWT", "alg": "ES256", "kid": self.id() });
        let text = format!("{}.{}", encode(header.to_string()), encode(claims.to_string()));
        let signature = self.pair.sign(&self.random, text.as_bytes()).expect("the system has randomness");
        format!("{text}.{}", encode(signature))
    }

    /// The public half (RFC 7517).
    pub fn public(&self) -> Value {
        let mut key = self.point();
        for (name, value) in [("kid", self.id().as_str()), ("use", "sig"), ("alg", "ES256")] {
            key[name] = Value::from(value);
        }
        key
    }

    /// The thumbprint of RFC 7638, which wants the members in the order of the alphabet, as serde_json keeps them.
    fn id(&self) -> String {
        encode(digest(&SHA256, self.point().to_string().as_bytes()))
    }

    /// Ring shows the point uncompressed: a 4, then the coordinates, 32 bytes each.
    fn point(&self) -> Value {
        let (x, y) = self.pair.public_key().as_ref()[1..].split_at(32);
        json!({ "crv": "P-256", "kty": "EC", "x": encode(x), "y": encode(y) })
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    #[test]
    fn a_token_is_verified_by_the_published_key() {
        let key = Key::generate();
        let token = key.sign(&json!({ "sub": "a" }));
        let (text, signature) = token.rsplit_once('.').unwrap();
        let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).unwrap();
        let coordinate = |name: &str| decode(key.public()[name].as_str().unwrap());
        let point = [&[4], &*coordinate("x"), &*coordinate("y")].concat();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        public.verify(text.as_bytes(), &decode(signature)).unwrap();
        public.verify(b"another text", &decode(signature)).unwrap_err();
        let (header, claims) = text.split_once('.').unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&decode(header)).unwrap()["kid"], key.public()["kid"]);
        assert_eq!(decode(claims), br#"{"sub":"a"}"#);
    }
}
