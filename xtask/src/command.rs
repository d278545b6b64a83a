//! Dispatch: one table of commands, their help, and their arguments.

use anyhow::{Result, anyhow, bail};
use std::env;
use std::process::ExitCode;

/// One task.
pub struct Command {
    /// What the user types after `cargo xtask`.
    pub name: &'static str,
    /// One line for the list of commands.
    pub summary: &'static str,
    /// The rest of the help: what it does, then its options.
    pub help: &'static str,
    /// The task itself.
    pub run: fn(&mut Arguments) -> Result<()>,
}

/// What the user typed after the command's name.
pub struct Arguments(Vec<String>);

impl Arguments {
    /// Takes `name` out of the arguments and says whether it was there.
    pub fn flag(&mut self, name: &str) -> bool {
        let position = self.0.iter().position(|argument| argument == name);
        position.map(|position| self.0.remove(position)).is_some()
    }

    /// Takes `name VALUE` or `name=VALUE` out of the arguments.
    pub fn value(&mut self, name: &str) -> Result<Option<String>> {
        let prefix = format!("{name}=");
        if let Some(position) = self.0.iter().position(|argument| argument.starts_with(&prefix)) {
            return Ok(Some(self.0.remove(position)[prefix.len()..].to_owned()));
        }
        let Some(position) = self.0.iter().position(|argument| argument == name) else { return Ok(None) };
        self.0.remove(position);
        if position == self.0.len() {
            bail!("{name} needs a value");
        }
        Ok(Some(self.0.remove(position)))
    }

    /// Refuses what no option has taken.
    pub fn finish(&self) -> Result<()> {
        self.0.first().map_or(Ok(()), |extra| Err(anyhow!("unexpected argument `{extra}`; try --help")))
    }
}

/// Finds the command that the user named and runs it.
pub fn main(commands: &[&Command]) -> ExitCode {
    let mut typed = env::args().skip(1);
    let Some(name) = typed.next() else { return overview(commands) };
    if ["--help", "-h", "help"].contains(&name.as_str()) {
        return overview(commands);
    }
    let Some(command) = commands.iter().find(|command| command.name == name) else {
        eprintln!("error: there is no command `{name}`; `cargo xtask --help` lists them");
        return ExitCode::from(2);
    };
    let mut arguments = Arguments(typed.collect());
    if arguments.flag("--help") || arguments.flag("-h") {
        println!("{}.\n\n{}", command.summary, command.help.trim());
        return ExitCode::SUCCESS;
    }
    match (command.run)(&mut arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn overview(commands: &[&Command]) -> ExitCode {
    println!("The repository's tasks.\n\nUsage: cargo xtask <command> [options]\n\nCommands:");
    for command in commands {
        println!("  {:<12}{}", command.name, command.summary);
    }
    println!("\n`cargo xtask <command> --help` says more.");
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(words: &[&str]) -> Arguments {
        Arguments(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn options_come_in_any_order_and_in_both_spellings() {
        let mut typed = arguments(&["--root=/a", "--keep", "--with", "tofu"]);
        assert_eq!(typed.value("--with").unwrap().as_deref(), Some("tofu"));
        assert_eq!(typed.value("--root").unwrap().as_deref(), Some("/a"));
        assert_eq!(typed.value("--binary").unwrap(), None);
        assert!(typed.flag("--keep"));
        assert!(!typed.flag("--keep"));
        typed.finish().unwrap();
    }

    #[test]
    fn what_no_option_takes_is_refused() {
        assert_eq!(arguments(&["--kep"]).finish().unwrap_err().to_string(), "unexpected argument `--kep`; try --help");
        assert_eq!(arguments(&["--with"]).value("--with").unwrap_err().to_string(), "--with needs a value");
    }
}
