//! What a user may write for a secret: its name and its data.

use serde_json::Value as Json;
use tfplugin::prelude::*;

/// Refuses a name that Vault would not take, or take for another one.
pub fn secret_name(name: &str) -> Result<(), String> {
    match name.split('/').all(|part| !matches!(part, "" | "." | "..")) {
        true => Ok(()),
        false => Err(format!("is `{name}`; a name has no slash at its ends, and no empty parts, `.` or `..`")),
    }
}

/// Refuses what is not an object in JSON. The reason holds nothing of the text, which is a secret.
pub fn json_object(text: &str) -> Result<(), String> {
    parsed(text).map(drop)
}

fn parsed(text: &str) -> Result<Json, String> {
    match serde_json::from_str(text) {
        Ok(object @ Json::Object(_)) => Ok(object),
        Ok(_) => Err("is JSON, but not an object; write `jsonencode({ … })`".to_owned()),
        Err(error) => Err(format!("is not JSON: {error}")),
    }
}

/// The object that a text is.
pub fn object_of(text: &str) -> Result<Json> {
    parsed(text).map_err(|reason| Error::new(format!("`data_json_wo` {reason}")).at_attribute("data_json_wo"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_that_is_no_object_is_refused_without_being_shown() {
        assert_eq!(json_object("{\"a\": 1}"), Ok(()));
        for wrong in
            ["hunter2", "\"hunter2\"", "[\"hunter2\"]", "{\"hunter2\"", "{\"hunter2\": hunter2}", "{hunter2: 1}", ""]
        {
            let reason = json_object(wrong).expect_err(wrong);
            assert!(!reason.contains("hunter2"), "{reason}");
        }
    }

    #[test]
    fn a_name_leads_to_one_place() {
        for right in ["db", "app/db", "with space", "Ümlaut/x%2Fy", "a..b"] {
            assert_eq!(secret_name(right), Ok(()), "{right}");
        }
        for wrong in ["", "/db", "db/", "app//db", "app/../db", "."] {
            assert!(secret_name(wrong).is_err(), "{wrong}");
        }
    }
}
