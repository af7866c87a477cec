//! The `dlqtop` program. Everything that it does is in the library: see [`dlqtop::program`].

use std::process::ExitCode;

fn main() -> ExitCode {
    dlqtop::program::run()
}
