//! What commands print.

use crate::problem::Problem;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Prints a result; that nobody reads it any more, as behind `| head`, is no error.
///
/// # Errors
/// Where standard output cannot be written for another reason.
pub fn print(text: &str) -> Result<(), Problem> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Problem::new(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Prints problems to standard error and gives the exit code of a failure.
pub fn fail(problems: &[Problem]) -> ExitCode {
    let mut text: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
    if problems.len() > 1 {
        text.push_str(&format!("{} problems\n", problems.len()));
    }
    eprint!("{text}");
    ExitCode::FAILURE
}
