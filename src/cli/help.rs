//! What `--help` shows beyond the arguments: examples, exit codes, and which global options matter.
//!
//! A new command gets two examples in [`examples`](self::examples::of) and its global options in [`matters`].

mod examples;

use clap::builder::{OsStr, Resettable};
use clap::error::ErrorKind;
use clap::{ArgMatches, Command};

/// Options that say which database is meant.
const CONNECTION: [&str; 5] = [
    "database_url",
    "insecure_tls",
    "profile",
    "source",
    "config",
];
/// Options of what is shown on a screen.
const SCREEN: [&str; 5] = [
    "read_url",
    "interval",
    "db_budget",
    "metrics_listen",
    "theme",
];
/// Options of the detector that a dashboard runs.
const DETECTOR: [&str; 3] = ["detect_interval", "no_detect", "detect_dry_run"];
/// Options that open for one command what is locked.
const UNLOCKING: [&str; 2] = ["incident", "writable"];

/// Whether a command has any use for this global option; its help is silent about the others.
fn matters(path: &str, option: &str) -> bool {
    let one_of = |lists: &[&[&str]]| lists.iter().any(|list| list.contains(&option));
    let first = path.split(' ').next().unwrap_or_default();
    // Of the configuration, only this command writes.
    let name = if path == "config apply" { path } else { first };
    match name {
        "" => option != "incident",
        "completions" | "man" | "help" => false,
        "fingerprint" => one_of(&[&["source", "profile", "config"]]),
        "config" if path == "config init" => option == "config",
        "config" => one_of(&[&CONNECTION, &SCREEN, &DETECTOR, &["actor", "read_only"]]),
        "demo" => {
            option != "read_url"
                && one_of(&[
                    &SCREEN,
                    &DETECTOR,
                    &["source", "actor", "config", "read_only"],
                ])
        }
        "watch" => one_of(&[&CONNECTION, &SCREEN]),
        "detect" => {
            option != "source" && one_of(&[&CONNECTION, &["actor", "metrics_listen"], &UNLOCKING])
        }
        "step" | "task" | "entry" | "resume" | "undo" | "template" | "migrate" | "install"
        | "uninstall" | "doctor" | "config apply" => {
            one_of(&[&CONNECTION, &["actor", "read_only"], &UNLOCKING])
        }
        "archive" => one_of(&[&CONNECTION, &["actor", "read_only"]]),
        _ => one_of(&[&CONNECTION]),
    }
}

/// The program with everything that its help shows.
pub(super) fn decorated(mut program: Command) -> Command {
    // Built first: only then do the subcommands have the global options.
    program.build();
    with_help(program, "")
}

/// The command and all below it, each with its examples and without the options that do not matter.
fn with_help(command: Command, path: &str) -> Command {
    let names: Vec<String> = (command.get_subcommands())
        .map(|below| below.get_name().to_owned())
        .collect();
    let mut command = command.mut_args(|arg| {
        let hidden = arg.is_global_set() && !matters(path, arg.get_id().as_str());
        if hidden { arg.hide(true) } else { arg }
    });
    if let Some(text) = examples::of(path) {
        command = command.after_help(text);
    }
    for name in names {
        let below = if path.is_empty() {
            name.clone()
        } else {
            format!("{path} {name}")
        };
        command = command.mut_subcommand(name, |it| with_help(it, &below));
    }
    command
}

/// Reads the command line. On a mistake it prints what is wrong and ends the program.
///
/// What is wrong is said without the options that only the environment gave: a usage line with an
/// address that nobody typed explains nothing.
pub(super) fn matches(program: &Command) -> ArgMatches {
    let mistake = match decorated(program.clone()).try_get_matches() {
        Ok(matches) => return matches,
        Err(mistake) => mistake,
    };
    if !matches!(
        mistake.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        let typed_only = (program.clone()).mut_args(|arg| arg.env(Resettable::<OsStr>::Reset));
        if let Err(mistake) = decorated(typed_only).try_get_matches() {
            mistake.exit();
        }
    }
    // What is wrong came from the environment.
    mistake.exit()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::{Cli, command};

    fn leaves(command: &Command, path: &str, found: &mut Vec<String>) {
        let mut below = (command.get_subcommands())
            .filter(|one| one.get_name() != "help")
            .peekable();
        if below.peek().is_none() {
            found.push(path.to_owned());
        }
        for one in below {
            leaves(
                one,
                format!("{path} {}", one.get_name()).trim_start(),
                found,
            );
        }
    }

    #[test]
    fn every_command_has_two_examples_that_it_understands() {
        let mut found = Vec::new();
        leaves(&Cli::command(), "", &mut found);
        assert!(found.len() > 35, "{found:?}");
        for path in found {
            let text = examples::of(&path).unwrap_or_default();
            let lines: Vec<&str> = (text.lines().map(str::trim))
                .filter(|line| line.starts_with("dlqtop"))
                .collect();
            assert_eq!(lines.len(), 2, "{path}: {lines:?}");
            for line in lines {
                let without_files = line
                    .split(" > ")
                    .next()
                    .unwrap()
                    .split(" < ")
                    .next()
                    .unwrap();
                let words = shlex::split(without_files).unwrap();
                assert!(line.contains(&path), "{path}: {line}");
                let read = Cli::command().try_get_matches_from(words);
                assert!(read.is_ok(), "{line}: {}", read.unwrap_err());
            }
        }
    }

    #[test]
    fn only_options_that_matter_are_shown() {
        let mut program = command();
        let mut help = |path: &[&str]| {
            let mut found = &mut program;
            for name in path {
                found = found.find_subcommand_mut(name).unwrap();
            }
            found.render_long_help().to_string()
        };
        assert!(!help(&["completions"]).contains("--database-url"));
        let retry = help(&["step", "retry"]);
        assert!(
            retry.contains("--incident") && !retry.contains("--theme"),
            "{retry}"
        );
        let own = retry.find("--reason").unwrap();
        assert!(own < retry.find("Global options").unwrap(), "{retry}");
        assert!(help(&[]).contains("--no-detect"));
    }
}
