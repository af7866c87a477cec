//! The `dlqtop` program.

use std::process::ExitCode;

use dlqtop::data::private_postgres::{GUARD_ARGUMENT, guard_main};

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    if arguments
        .next()
        .is_some_and(|first| first == GUARD_ARGUMENT)
    {
        return guard_main(arguments);
    }
    ExitCode::SUCCESS
}
