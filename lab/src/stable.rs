//! Texts without what differs from run to run.

/// Replaces tokens, accessors, ids, times and days by what they are, such as `(token)`.
///
/// Facts about their shapes are those of Vault 1.21: service tokens begin with `hvs.` and batch tokens with `hvb.`
/// (`sdk/helper/consts/token_consts.go`); accessors of tokens are 24 characters in base62, those of mounts are the type
/// and 8 hexadecimal digits (`vault/mount.go`). GitLab's access tokens begin with `glpat-`.
///
/// Proxmox VE names its tasks in a form of its own, and the digest of a configuration is a parameter of that name.
pub fn words(text: &str) -> String {
    let text = without_tasks(text);
    let mut stable = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let end = rest.find(|letter| !belongs(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        // Other digests, such as a certificate's, are the same in each run.
        let digest = stable.ends_with("digest=\"");
        stable.push_str(if digest { "(digest)" } else { shape(word).unwrap_or(word) });
        let between = after.find(belongs).unwrap_or(after.len());
        stable.push_str(&after[..between]);
        rest = &after[between..];
    }
    stable
}

/// Names of tasks of Proxmox VE, such as `UPID:pve1:0000659C:…:qmstart:100:root@pam:`, in paths or in values.
fn without_tasks(text: &str) -> String {
    let mut parts = text.split("UPID");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |stable, part| {
        let end = part.find([' ', '/', '"', '?', '\n']).unwrap_or(part.len());
        match part.starts_with([':', '%']) {
            true => stable + "(task)" + &part[end..],
            false => stable + "UPID" + part,
        }
    })
}

fn belongs(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-._:".contains(letter)
}

fn shape(word: &str) -> Option<&'static str> {
    if ["glpat-", "hvb.", "hvs."].iter().any(|prefix| word.starts_with(prefix)) {
        return Some("(token)");
    }
    if word.starts_with("eyJ") && word.matches('.').count() == 2 {
        return Some("(JWT)");
    }
    if follows(word, "########-####-####-####-############", |digit| digit.is_ascii_hexdigit()) {
        return Some("(UUID)");
    }
    if word.starts_with("substrate-transaction-") {
        return Some("substrate-transaction-(UUID).map");
    }
    if word.len() > 18 && follows(&word[..19], "####-##-##T##:##:##", |digit| digit.is_ascii_digit()) {
        return Some("(time)");
    }
    // What has the time of its issue in its name, in milliseconds.
    let since = word.rsplit_once('-').map(|(_, number)| number);
    if since.is_some_and(|number| follows(number, "#############", |digit| digit.is_ascii_digit())) {
        return Some("(issue)");
    }
    if follows(word, "####-##-##", |digit| digit.is_ascii_digit()) {
        return Some("(day)");
    }
    if follows(word, "terraform-################################", |digit| digit.is_ascii_hexdigit()) {
        return Some("(reference)");
    }
    // Ids of zones, changes, roles and policies.
    if word.len() > 19 && word.chars().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit()) {
        return Some("(id)");
    }
    let of_mount = word.rsplit_once('_').is_some_and(|(_, id)| {
        id.contains(|digit: char| digit.is_ascii_digit()) && follows(id, "########", |digit| digit.is_ascii_hexdigit())
    });
    (of_mount || is_accessor_of_token(word)).then_some("(accessor)")
}

/// Whether the word has the pattern's letters, and such a digit at each `#`.
fn follows(word: &str, pattern: &str, digit: fn(char) -> bool) -> bool {
    let same = |(letter, wanted): (char, char)| if wanted == '#' { digit(letter) } else { letter == wanted };
    word.len() == pattern.len() && word.chars().zip(pattern.chars()).all(same)
}

fn is_accessor_of_token(word: &str) -> bool {
    let has = |kind: fn(&char) -> bool| word.chars().any(|letter| kind(&letter));
    word.len() == 24
        && word.chars().all(|letter| letter.is_ascii_alphanumeric())
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named_and_the_rest_stays() {
        for (text, stable) in [
            ("token=\"hvs.CAESIJ-_x1\" → 200", "token=\"(token)\" → 200"),
            ("GET /id/14041a52-d48f-2d9b-abc4-df46cb40f12b?a", "GET /id/(UUID)?a"),
            (
                "maps/substrate-transaction-14041a52-d48f-2d9b-abc4-df46cb40f12b.map",
                "maps/substrate-transaction-(UUID).map",
            ),
            ("at=\"2026-11-21T14:50:24.094997228Z\"", "at=\"(time)\""),
            ("value=\"glpat-00000000000000070002\"", "value=\"(token)\""),
            ("expires_at=\"2027-01-20\"", "expires_at=\"(day)\""),
            ("auth_jwt_1a2b3c4d/YdjKgXAjI8ylwdu5wODE1LZK", "(accessor)/(accessor)"),
            ("jwt=\"eyJhbGciOiJ.eyJzdWI.c2lnbg_-\"", "jwt=\"(JWT)\""),
            ("POST /sys/mounts/team_facade type=\"kv\" é", "POST /sys/mounts/team_facade type=\"kv\" é"),
            ("GET /hostedzone/YIOAYBI9RGJ8ICEE4Z499L/rrset", "GET /hostedzone/(id)/rrset"),
            ("CallerReference=\"terraform-a49b19c39a193693fd37e1711fc6675f\"", "CallerReference=\"(reference)\""),
            (
                "GET /nodes/pve1/tasks/UPID%3Apve1%3A0000659C%3Aqmstart%3A100%3Aroot%40pam%3A/status → 200",
                "GET /nodes/pve1/tasks/(task)/status → 200",
            ),
            ("digest=\"d800aa3feb58e5823780d588d5073e1be018ebc5\"", "digest=\"(digest)\""),
            (
                "member.1=\"d800aa3feb58e5823780d588d5073e1be018ebc5\"",
                "member.1=\"d800aa3feb58e5823780d588d5073e1be018ebc5\"",
            ),
            ("deletion_allowed_for_projects eyJ", "deletion_allowed_for_projects eyJ"),
        ] {
            assert_eq!(words(text), stable);
        }
    }
}
