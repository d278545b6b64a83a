//! What an attribute's name says about the form of its value, whichever provider has it.

/// Patterns by the end of a name: a name fits a word where it is the word, or ends with `_` and the word. The first
/// that fits holds.
const TEXTS: &[(&str, &str)] = &[
    ("account_id", "{account}"),
    ("owner_id", "{account}"),
    ("registry_id", "{account}"),
    ("user_id", "AIDA{upper}"),
    ("unique_id", "AROA{upper}"),
    ("certificate_arn", "arn:{partition}:acm:{region}:{account}:certificate/{uuid}"),
    ("key_arn", "arn:{partition}:kms:{region}:{account}:key/{uuid}"),
    ("log_group_arn", "arn:{partition}:logs:{region}:{account}:log-group:{hex}"),
    ("policy_arn", "arn:{partition}:iam::{account}:policy/{hex}"),
    ("role_arn", "arn:{partition}:iam::{account}:role/{hex}"),
    ("secret_arn", "arn:{partition}:secretsmanager:{region}:{account}:secret:{hex}"),
    ("user_arn", "arn:{partition}:iam::{account}:user/{hex}"),
    ("arn", "arn:{partition}:{service}:{region}:{account}:{noun}/{hex}"),
    ("partition", "aws"),
    ("dns_suffix", "amazonaws.com"),
    ("region", "{region}"),
    ("availability_zone", "{region}a"),
    ("hosted_zone_id", "Z{upper}"),
    ("zone_id", "Z{upper}"),
    ("kms_key_id", "{uuid}"),
    ("ipv6_cidr_block", "{net6}"),
    ("ipv6_cidr", "{net6}"),
    ("cidr_block", "{net}"),
    ("cidr", "{net}"),
    ("cidrs", "{net}"),
    ("cidr_blocks", "{net}"),
    ("ip", "{ip}"),
    ("ips", "{ip}"),
    ("ip_address", "{ip}"),
    ("ipv4_address", "{ip}"),
    ("policy", "{policy}"),
    ("json", "{policy}"),
    ("name_servers", "ns-{digits}.example.test"),
    ("dns_name", "{hex}.{region}.example.test"),
    ("domain_name", "{hex}.{region}.example.test"),
    ("hostname", "{hex}.{region}.example.test"),
    ("fqdn", "{hex}.{region}.example.test"),
    ("url", "https://{hex}.{region}.example.test"),
    ("uri", "https://{hex}.{region}.example.test"),
    ("endpoint", "https://{hex}.{region}.example.test"),
    ("host", "https://{hex}.{region}.example.test"),
    ("issuer", "https://{hex}.{region}.example.test/id/{upper}"),
    ("fingerprint", "{hex40}"),
    ("thumbprint", "{hex40}"),
    ("sha1", "{hex40}"),
    ("sha256", "{hex64}"),
    ("base64", "{base64}"),
    ("b64", "{base64}"),
    ("data", "{base64}"),
    ("cluster_ca_certificate", "{base64}"),
    ("client_certificate", "{base64}"),
    ("client_key", "{base64}"),
    ("private_key_pem", "-----BEGIN PRIVATE KEY-----\n{base64}\n-----END PRIVATE KEY-----\n"),
    ("private_key_openssh", "-----BEGIN OPENSSH PRIVATE KEY-----\n{base64}\n-----END OPENSSH PRIVATE KEY-----\n"),
    ("public_key_pem", "-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n"),
    ("public_key_openssh", "ssh-rsa {base64}\n"),
    ("pem", "-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n"),
    ("uuid", "{uuid}"),
    ("uid", "{uuid}"),
    ("rfc3339", "2026-01-01T00:00:00Z"),
    ("at", "2026-01-01T00:00:00Z"),
    ("date", "2026-01-01T00:00:00Z"),
    ("time", "2026-01-01T00:00:00Z"),
    ("timestamp", "2026-01-01T00:00:00Z"),
    ("created", "2026-01-01T00:00:00Z"),
    ("status", "ACTIVE"),
    ("state", "available"),
];

/// Numbers by the end of a name; any other number is 1.
const NUMBERS: &[(&str, u64)] = &[("port", 443), ("size", 20)];

/// Lists that have more than one element.
const COUNTS: &[(&str, usize)] = &[("name_servers", 4)];

/// The pattern of a text.
pub(super) fn text(name: &str) -> Option<&'static str> {
    find(TEXTS, name).copied()
}

/// A number that may stand there.
pub(super) fn number(name: &str) -> u64 {
    find(NUMBERS, name).copied().unwrap_or(1)
}

/// How many elements a list has.
pub(super) fn count(name: &str) -> usize {
    find(COUNTS, name).copied().unwrap_or(1)
}

fn find<'a, T>(table: &'a [(&str, T)], name: &str) -> Option<&'a T> {
    table.iter().find(|(word, _)| fits(name, word)).map(|(_, found)| found)
}

/// Whether a name is the word, or ends with it as a word of its own; `ids` fits `id`.
pub(super) fn fits(name: &str, word: &str) -> bool {
    let ends = |name: &str| name.strip_suffix(word).is_some_and(|before| before.is_empty() || before.ends_with('_'));
    ends(name) || name.strip_suffix('s').is_some_and(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_with_whole_words() {
        assert_eq!(text("kms_key_arn"), Some("arn:{partition}:kms:{region}:{account}:key/{uuid}"));
        assert_eq!(text("target_group_arns"), text("arn"));
        assert_eq!(text("created_at"), text("at"));
        assert_eq!(text("format"), None, "`at` is a part of the word");
        assert_eq!((number("port"), number("desired_size"), number("retries")), (443, 20, 1));
        assert_eq!((count("name_servers"), count("names")), (4, 1));
    }
}
