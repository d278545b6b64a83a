//! Patterns of texts, such as `arn:aws:s3:::{bucket}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::seed::Seed;

const HEX: &str = "0123456789abcdef";
const DIGITS: &str = "0123456789";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// Fills a pattern: some words in braces are made of the seed, all others are what `named` says.
pub(super) fn fill(pattern: &str, seed: Seed, named: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some((before, (word, after))) =
        rest.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        text.push_str(before);
        text.push_str(&made(word, seed).unwrap_or_else(|| named(word)));
        rest = after;
    }
    text + rest
}

fn made(word: &str, seed: Seed) -> Option<String> {
    let [first, second, third, ..] = seed.bytes();
    Some(match word {
        "base64" => STANDARD.encode(seed.bytes()),
        "digits" => seed.letters(DIGITS, 12),
        "hex" => seed.letters(HEX, 17),
        "hex40" => seed.letters(HEX, 40),
        "hex64" => seed.letters(HEX, 64),
        "ip" => format!("10.{first}.{second}.{}", third.clamp(4, 254)),
        "net" => format!("10.{first}.0.0/16"),
        "net6" => format!("2600:1f{first:02x}:{second:x}{third:02x}::/56"),
        "policy" => r#"{"Statement":[],"Version":"2012-10-17"}"#.to_owned(),
        "suffix" => seed.letters(DIGITS, 26),
        "upper" => seed.letters(UPPER, 13),
        "uuid" => seed.to_string(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_made_or_named() {
        let text = fill("arn:aws:kms:{region}:x/{hex}/{name}.", Seed::new("x"), |word| format!("<{word}>"));
        assert!(text.starts_with("arn:aws:kms:<region>:x/") && text.ends_with("/<name>."), "{text}");
        assert_eq!(fill("no braces", Seed::new("x"), |_| String::new()), "no braces");
        assert_eq!(fill("an open {brace", Seed::new("x"), |_| String::new()), "an open {brace");
    }

    #[test]
    fn addresses_are_addresses() {
        for name in ["a", "b", "c", "d"] {
            let address = fill("{ip}", Seed::new(name), |_| String::new());
            address.parse::<std::net::Ipv4Addr>().unwrap();
            let net = fill("{net6}", Seed::new(name), |_| String::new());
            net.split_once('/').unwrap().0.parse::<std::net::Ipv6Addr>().unwrap();
        }
    }
}
