//! The `lab` command: `lab gitlab [--port N] [--seed demo] [--tls] [--edition ce|ee]`.

use std::io::Read;
use std::process::ExitCode;

use lab::blocking::GitLab;
use lab::gitlab::{Builder, Edition};
use serde_json::json;

const USAGE: &str = "usage: lab gitlab [--port N] [--seed demo] [--tls] [--edition ce|ee]

Serves until its input ends. The first line of output is JSON with `url`, `token` and, with TLS, `pem`.
Control: GET, DELETE <url>/lab/requests; GET <url>/lab/violations; POST, DELETE <url>/lab/faults; POST <url>/lab/reset.";

/// Runs the command.
pub fn run(arguments: Vec<String>) -> ExitCode {
    match parse(&arguments).and_then(|builder| GitLab::build(builder).map_err(|error| error.to_string())) {
        Ok(lab) => {
            announce(&lab);
            wait();
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("lab: {problem}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: &[String]) -> Result<Builder, String> {
    let mut arguments = arguments.iter().map(String::as_str);
    match arguments.next() {
        Some("gitlab") => {}
        Some(other) => return Err(format!("there is no server `{other}`")),
        None => return Err("name a server".to_owned()),
    }
    let mut builder = lab::GitLab::builder();
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("`{argument}` needs a value"));
        builder = match argument {
            "--port" => builder.port(value()?.parse().map_err(|_| "`--port` needs a number up to 65535".to_owned())?),
            "--seed" => match value()? {
                "demo" => builder.demo(),
                other => return Err(format!("there is no seed `{other}`")),
            },
            "--tls" => builder.tls(),
            "--edition" => match value()? {
                "ce" => builder.edition(Edition::Community),
                "ee" => builder.edition(Edition::Enterprise),
                other => return Err(format!("there is no edition `{other}`")),
            },
            other => return Err(format!("there is no option `{other}`")),
        };
    }
    Ok(builder)
}

#[expect(clippy::print_stdout, reason = "the line is what the process that started this one reads")]
fn announce(lab: &GitLab) {
    println!("{}", json!({ "url": lab.url, "token": lab.token, "pem": lab.pem }));
}

fn wait() {
    let mut rest = [0; 1024];
    while matches!(std::io::stdin().read(&mut rest), Ok(read) if read > 0) {}
}
