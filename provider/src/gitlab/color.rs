//! Colors of labels: CSS names and hexadecimal spellings that mean the same.

use std::fmt;
use std::str::FromStr;

use tfplugin::schema::Semantic;

/// A color as the user spells it, such as `#d9534f`, `#FFF` or `crimson`.
#[derive(Clone, Debug)]
pub struct Color {
    spelling: String,
    rgb: [u8; 4],
}

impl FromStr for Color {
    type Err = String;

    fn from_str(spelling: &str) -> Result<Self, String> {
        let refused = || format!("`{spelling}` is not a color such as `#d9534f` or `crimson`");
        // Without the `#`, digits are no color to GitLab; no name consists of such digits alone.
        let named = !spelling.bytes().all(|byte| byte.is_ascii_hexdigit())
            && spelling.bytes().all(|byte| byte.is_ascii_alphabetic());
        let hexadecimal = spelling.starts_with('#') && matches!(spelling.len(), 4 | 7);
        if !named && !hexadecimal {
            return Err(refused());
        }
        let color = csscolorparser::parse(spelling).map_err(|_| refused())?;
        Ok(Color { spelling: spelling.to_owned(), rgb: color.to_rgba8() })
    }
}

impl PartialEq for Color {
    fn eq(&self, other: &Self) -> bool {
        self.rgb == other.rgb
    }
}

impl fmt::Display for Color {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

impl Semantic for Color {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_color_are_equal() {
        let color = |spelling: &str| spelling.parse::<Color>().unwrap();
        assert_eq!(color("#DC143C"), color("crimson"));
        assert_eq!(color("#fff"), color("#FFFFFF"));
        assert_ne!(color("#fff"), color("#000"));
    }

    #[test]
    fn what_gitlab_refuses_is_refused() {
        for wrong in ["", "#ff", "#12345g", "rgb(1,2,3)", "transparentish", "fff"] {
            assert!(wrong.parse::<Color>().is_err(), "{wrong}");
        }
    }
}
