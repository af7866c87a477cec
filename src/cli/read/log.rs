//! `dlqtop log`: who did what to what, when, why, with which outcome, from all dashboards. A bulk run is one line.

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::app::format::plural;
use crate::app::screen::copy::shell_command;
use crate::app::screen::operator_log::{ends, subjects};
use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::output::table::{put, table};
use crate::cli::query::ask;
use crate::config::global::Global;
use crate::data::model::LogRow;
use crate::data::model::log_act::{LogAct, acts_of};
use crate::data::model::safe_text::SafeText;
use crate::data::reads::history;
use crate::data::reads::history::LogWanted;
use crate::failure::Failure;

/// What is asked of the log.
#[derive(Debug, Clone, Args)]
pub struct LogArgs {
    /// No older lines: 8h, 7d.
    #[arg(long, value_name = "TIME", value_parser = crate::cli::args::span)]
    pub since: Option<Duration>,
    /// Only what this operator did: ana@lap7, or ana wherever she was.
    #[arg(long, value_name = "WHO")]
    pub by: Option<String>,
    /// A line for each subject, also of a bulk run.
    #[arg(long)]
    pub each: bool,
    /// Acts at most; with --each or --json lines at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// How it is printed.
    #[command(flatten)]
    pub output: Output,
}

/// A line, and the command that does the same again.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    row: &'a LogRow,
    command: Option<SafeText>,
}

/// Prints the log, newest first: acts for people, single lines for programs and with `--each`.
///
/// # Errors
///
/// [`Failure`].
pub async fn run(global: &Global, args: LogArgs) -> Result<ExitCode, Failure> {
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let wanted = LogWanted {
        back: args.since,
        by: args.by,
        limit,
    };
    if !args.each && !args.output.json {
        return print_acts(global, &wanted).await;
    }
    let mut rows = ask(global, async |db, source| {
        history::log(db, source, &wanted).await
    })
    .await?;
    let more = rows.len() > limit;
    rows.truncate(limit);
    if args.output.json {
        let line = |row| Line {
            row,
            command: shell_command::repeat(row).ok().map(SafeText::from),
        };
        let lines: Vec<Line<'_>> = rows.iter().map(line).collect();
        return print_json(&serde_json::json!({ "rows": lines, "more": more }));
    }
    print(rows.iter().map(cells), "line", more)
}

/// Prints each act on one line.
async fn print_acts(global: &Global, wanted: &LogWanted) -> Result<ExitCode, Failure> {
    let newest = ask(global, async |db, source| {
        history::newest_acts(db, source, wanted).await
    })
    .await?;
    let acts = acts_of(newest.lines);
    print(acts.iter().map(act_cells), "act", newest.more)
}

fn print(
    rows: impl ExactSizeIterator<Item = [String; 11]>,
    noun: &str,
    more: bool,
) -> Result<ExitCode, Failure> {
    let count = rows.len();
    let mut shown = table(&[
        "WHEN", "WHO", "DB USER", "DID", "TO", "BEFORE", "AFTER", "OUTCOME", "REASON", "INCIDENT",
        "BATCH",
    ]);
    shown.add_rows(rows);
    let mut out = stdout().lock();
    if count > 0 {
        put(&mut out, &shown)?;
    }
    let tail = if more { ", and there are more" } else { "" };
    writeln!(out, "{}{tail}", plural(count, noun))?;
    Ok(ExitCode::SUCCESS)
}

/// An act as one line: of a bulk run how many, how they ended, and only what all of them have in common.
fn act_cells(act: &LogAct) -> [String; 11] {
    let mut cells = cells(act.newest());
    if !act.is_bulk() {
        return cells;
    }
    let newest = act.newest();
    cells[4] = cut(&subjects(act));
    if act.lines.iter().any(|line| line.before != newest.before) {
        cells[5].clear();
    }
    if act.lines.iter().any(|line| line.after != newest.after) {
        cells[6].clear();
    }
    cells[7] = ends(act);
    cells
}

fn cells(row: &LogRow) -> [String; 11] {
    let text = |text: &Option<SafeText>| {
        text.as_ref()
            .map_or_else(String::new, |text| cut(text.first_line()))
    };
    [
        row.at.format("%F %T UTC").to_string(),
        row.actor.to_string(),
        row.other_user()
            .map_or_else(String::new, SafeText::to_string),
        row.action.to_string(),
        row.subject.to_string(),
        text(&row.before),
        text(&row.after),
        row.outcome.to_string(),
        text(&row.reason),
        text(&row.incident),
        // the end of it: the beginning is only the time
        row.batch.map_or_else(String::new, |batch| {
            batch.simple().to_string()[24..].to_owned()
        }),
    ]
}

/// A template's change is longer than any line; `--json` has all of it.
fn cut(line: &str) -> String {
    const LONGEST: usize = 120;
    match line.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line.to_owned(),
    }
}
