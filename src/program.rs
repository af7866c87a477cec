//! The program as a whole: from the arguments to an exit code.
//!
//! It is here and not in `main.rs` because asynchronous code is compiled where it is first
//! run: there, all of it would be compiled a second time, after the library and on its own.

use std::io::{Write as _, stderr};
use std::process::ExitCode;

use crate::cli;
use crate::config::password_in_arguments;
use crate::data::private_postgres::{GUARD_ARGUMENT, guard_main};
use crate::failure::Failure;
use crate::telemetry;

/// Does what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_some_and(|first| first == GUARD_ARGUMENT)
    {
        return guard_main(arguments);
    }
    // Before the terminal is taken: its own hook must run first, and then this one's report.
    if color_eyre::install().is_err() {
        return ExitCode::FAILURE;
    }
    let cli = cli::parse();
    let _log = telemetry::log::start();
    if password_in_arguments() {
        complain(
            "a password on the command line can be read by every user of this machine: use DATABASE_URL, PGPASSWORD or ~/.pgpass",
        );
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => runtime.block_on(cli::run(cli)),
        Err(error) => Err(Failure::from(error)),
    };
    ended.unwrap_or_else(|failure| {
        if let Some(line) = failure.line() {
            complain(&line);
        }
        for detail in failure.details() {
            let _ = writeln!(stderr(), "  {detail}");
        }
        failure.exit_code()
    })
}

/// One line for the person at the keyboard. Who closed standard error does not want to hear it.
fn complain(line: &str) {
    let _ = writeln!(stderr(), "dlqtop: {line}");
}
