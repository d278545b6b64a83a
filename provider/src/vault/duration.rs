//! Times as Vault takes them.

use tfplugin::schema::check::parse_duration;

/// Refuses what is neither a number of seconds nor a time such as `20m`, `1h30m` or `7d`.
pub fn is_duration(text: &str) -> Result<(), String> {
    let days = text.strip_suffix('d').is_some_and(|days| days.parse::<u32>().is_ok());
    match days || text.parse::<u64>().is_ok() || (!text.is_empty() && parse_duration(text).is_ok()) {
        true => Ok(()),
        false => Err(format!("is `{text}`, not a time such as `20m`, `1h30m` or `7d`")),
    }
}
