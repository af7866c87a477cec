//! What every act takes: on what, why and how.

use std::path::PathBuf;

use clap::Args;
use uuid::Uuid;

use super::pacing::Pacing;
use super::resolve_words::IntendedChange;
use crate::app::text_input::TextInput;
use crate::cli::args::parse_id;
use crate::config::global::Global;
use crate::data::model::safe_text::is_unsafe;
use crate::failure::Failure;

/// On what, why and how.
#[derive(Debug, Clone, Args)]
pub struct ChangeArgs {
    /// Ids of steps, tasks or entries; a task or an entry means its step that needs an operator, or
    /// its open investigation.
    #[arg(value_name = "ID", required_unless_present_any = ["filter", "ids_from"])]
    pub ids: Vec<String>,

    /// The ids in a file, or - for standard input: one a line.
    #[arg(long, value_name = "FILE", conflicts_with = "ids")]
    pub ids_from: Option<PathBuf>,

    /// All open investigations that match, in the language of the queue's `/`: `reason:max_retries age>2h`.
    #[arg(long, value_name = "FILTER", conflicts_with_all = ["ids", "ids_from"])]
    pub filter: Option<String>,

    /// Why; required. It goes into the operator log.
    #[arg(long, visible_aliases = ["notes"], value_name = "TEXT", required_unless_present = "dry_run")]
    pub reason: Option<String>,

    /// Show what would be done and change nothing.
    #[arg(long)]
    pub dry_run: bool,

    /// Do not ask for confirmation. Needed without a terminal.
    #[arg(long, short = 'y', conflicts_with = "dry_run")]
    pub yes: bool,

    /// Print JSON: the plan of a dry run, else the outcome of each change.
    #[arg(long)]
    pub json: bool,

    /// Also write the outcome of each change to this file as JSON.
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    pub receipt: Option<PathBuf>,

    /// How fast.
    #[command(flatten)]
    pub pacing: Pacing,
}

/// An act of the command line, before anybody has looked at what it names.
#[derive(Debug, Clone)]
pub struct ChangeCommand {
    /// What to do.
    pub intended: IntendedChange,
    /// On what, why and how.
    pub args: ChangeArgs,
}

/// The reason, as the screen would take it; a dry run needs none.
pub(super) fn reason(global: &Global, args: &ChangeArgs) -> Result<String, Failure> {
    let reason = args.reason.as_deref().unwrap_or_default();
    if args.dry_run && reason.trim().is_empty() {
        return Ok(String::new());
    }
    checked_reason(global, reason)
}

/// A reason that says something, with the incident in front of it.
///
/// # Errors
///
/// [`Failure`] if it is blank or too long.
pub(in crate::cli) fn checked_reason(global: &Global, reason: &str) -> Result<String, Failure> {
    let reason = reason.trim();
    let says_something = reason.chars().any(|c| !c.is_whitespace() && !is_unsafe(c));
    if !says_something {
        return Err(Failure::usage("the reason is blank: say why with --reason"));
    }
    if reason.chars().count() > TextInput::MAX_CHARS {
        return Err(Failure::usage(format!(
            "the reason is longer than {} characters",
            TextInput::MAX_CHARS
        )));
    }
    Ok(match &global.flags.incident {
        Some(incident) => incident.in_reason(reason),
        None => reason.to_owned(),
    })
}

/// The ids that were given, each once, in their order.
pub(super) fn ids(args: &ChangeArgs) -> Result<Vec<Uuid>, Failure> {
    let mut texts = args.ids.clone();
    if let Some(path) = &args.ids_from {
        let read = if path.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(path)
        };
        let read = read
            .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
        texts.extend(read.lines().map(str::trim).map(str::to_owned));
        texts.retain(|line| !line.is_empty() && !line.starts_with('#'));
    }
    let mut ids = Vec::with_capacity(texts.len());
    let mut seen = std::collections::HashSet::new();
    for text in &texts {
        let id = parse_id(text)?;
        if seen.insert(id) {
            ids.push(id);
        }
    }
    Ok(ids)
}
