//! What the program says of itself for others to use: completions for shells, pages for `man`.

use std::io::{Write as _, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::failure::Failure;

/// Which pages.
#[derive(Debug, Clone, Args)]
pub struct ManArgs {
    /// The command, as in `step retry`; the program itself unless given.
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    pub command: Vec<String>,
    /// Write a page for each command into this folder instead.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
}

/// `dlqtop completions`.
///
/// # Errors
///
/// [`Failure`] if they cannot be printed.
pub fn completions(mut program: Command, shell: Shell) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut program, "dlqtop", &mut text);
    stdout().lock().write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// `dlqtop man`.
///
/// # Errors
///
/// [`Failure`] if there is no such command, or the page cannot be written.
pub fn man(program: Command, args: &ManArgs) -> Result<ExitCode, Failure> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    if let Some(folder) = &args.out {
        std::fs::create_dir_all(folder)?;
        clap_mangen::generate_to(program, folder)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut found = &program;
    for name in &args.command {
        let below = found.find_subcommand(name);
        found = below.ok_or_else(|| {
            Failure::usage(format!(
                "there is no command {name:?}: `dlqtop --help` lists them"
            ))
        })?;
    }
    let mut page = Vec::new();
    clap_mangen::Man::new(found.clone()).render(&mut page)?;
    stdout().lock().write_all(&page)?;
    Ok(ExitCode::SUCCESS)
}
