//! As which HAProxy the API behaves, whichever runs.

/// What the Data Plane API 3.0.10 does differs between the two versions of HAProxy with which it was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Personality {
    /// As with HAProxy 3.0: a reload that fails is told, and a forced one restores the file.
    #[default]
    Current,
    /// As with HAProxy 2.6: every reload is told to have succeeded; a file keeps the line that made it fail; the help text
    /// of the master's socket is taken for entries of maps.
    Old,
}

impl Personality {
    /// What is told of a reload: HAProxy's lines, which only a newer master hands out.
    ///
    /// # Errors
    ///
    /// It failed, and that is told.
    pub fn told(self, result: Result<String, String>) -> Result<Option<String>, String> {
        match self {
            Self::Current => result.map(Some),
            Self::Old => Ok(None),
        }
    }

    /// The alerts among what `haproxy -c` says, as the API repeats them.
    ///
    /// That a defaults section is referred to in both ways is an alert before 3.0 and a warning there.
    pub fn alerts(self, said: &str) -> impl Iterator<Item = String> + '_ {
        let both_ways = "is explicitly referenced by another proxy and implicitly used here";
        let alerts = said.lines().filter(|line| line.starts_with("[ALERT]"));
        let alerts = alerts.filter(move |line| self == Self::Old || !line.contains(both_ways));
        alerts.map(|line| line.split(" : ").skip(1).collect::<Vec<_>>().join(" ").trim().to_owned())
    }

    /// Whether a server that is added by itself is taken for added at run time, without a reload.
    ///
    /// The API tries so with both; on 2.6 it takes the help text for success.
    #[must_use]
    pub fn adds_servers(self) -> bool {
        self == Self::Old
    }

    /// A command for the worker, as the API sends it over the master's socket.
    ///
    /// It sets the form of answers first. The master of 2.6 does not know that and answers with help.
    #[must_use]
    pub fn command(self, command: &str) -> String {
        match self {
            Self::Current => format!("@1 {command}"),
            Self::Old => format!("set severity-output number;@1 {command};quit"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alerts_lose_their_colons_as_recorded() {
        let said = "[NOTICE] (1) : haproxy version\n[ALERT]    (1) : config : parsing [f:2] : 'bind x' in section 'frontend' : \
                    unable to stat SSL certificate from file '/n' : No such file.\n[ALERT] (1) : config : parsing [f:3] : 'bind' \
                    in section 'frontend': unknown keyword 'bogus'.\n";
        assert_eq!(
            Personality::Current.alerts(said).collect::<Vec<_>>(),
            [
                "config parsing [f:2] 'bind x' in section 'frontend' unable to stat SSL certificate from file '/n' No such file.",
                "config parsing [f:3] 'bind' in section 'frontend': unknown keyword 'bogus'.",
            ]
        );
    }
}
