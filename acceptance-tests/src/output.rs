//! What a tool answered: its exit code, its text, and the diagnostics in its JSON.

use serde_json::Value;
use std::process;

/// The result of one run of a tool.
#[derive(Debug)]
pub struct Output {
    /// The command as a person would type it, for the text of a failed assertion.
    pub command: String,
    /// The exit code; a process that a signal ended has none.
    pub code: Option<i32>,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Output {
    /// Keeps what the process left behind.
    pub fn new(command: String, output: &process::Output) -> Self {
        Self {
            command,
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Both streams, for searches.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// # Panics
    /// Where the run failed.
    #[track_caller]
    pub fn success(self) -> Self {
        self.exits(0)
    }

    /// # Panics
    /// Where the run ended with another code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "`{}` should exit with {code}:\n{}", self.command, self.text());
        self
    }

    /// The diagnostics of a run with `-json`: one object a line, or one document in the case of `validate`.
    pub fn diagnostics(&self) -> Vec<Diagnostic> {
        if let Ok(document) = serde_json::from_str::<Value>(&self.stdout)
            && let Some(found) = document["diagnostics"].as_array()
        {
            return found.iter().map(Diagnostic::new).collect();
        }
        self.stdout
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line["type"] == "diagnostic")
            .map(|line| Diagnostic::new(&line["diagnostic"]))
            .collect()
    }

    /// The errors among the diagnostics.
    pub fn errors(&self) -> Vec<Diagnostic> {
        self.diagnostics().into_iter().filter(|found| found.severity == "error").collect()
    }
}

/// One message of a tool, with the line of the configuration that it points to.
#[derive(Clone, Debug)]
pub struct Diagnostic {
    /// `error` or `warning`.
    pub severity: String,
    /// The first line.
    pub summary: String,
    /// The text below it.
    pub detail: String,
    /// The line of the configuration that the attribute path leads to.
    pub code: String,
    /// The address of the resource and the head of its block, as far as the tool names them.
    pub place: String,
}

impl Diagnostic {
    fn new(json: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            severity: text(&json["severity"]),
            summary: text(&json["summary"]),
            detail: text(&json["detail"]),
            code: text(&json["snippet"]["code"]),
            place: format!("{} {}", text(&json["address"]), text(&json["snippet"]["context"])),
        }
    }

    /// Summary and detail in one text.
    pub fn text(&self) -> String {
        format!("{}\n{}", self.summary, self.detail)
    }
}
