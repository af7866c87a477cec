//! `dlqtop log`: who did what to what, when, why, with which outcome, from all dashboards.

use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::app::format::plural;
use crate::app::screen::copy::shell_command;
use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::output::table::{put, table};
use crate::cli::query::ask;
use crate::config::global::Global;
use crate::data::model::LogRow;
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
    /// Lines at most.
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

/// Prints the log, newest first.
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
    let mut shown = table(&[
        "WHEN", "WHO", "DB USER", "DID", "TO", "BEFORE", "AFTER", "OUTCOME", "REASON", "INCIDENT",
        "BATCH",
    ]);
    for row in &rows {
        shown.add_row(cells(row));
    }
    let mut out = stdout().lock();
    if !rows.is_empty() {
        put(&mut out, &shown)?;
    }
    let tail = if more { ", and there are more" } else { "" };
    writeln!(out, "{}{tail}", plural(rows.len(), "line"))?;
    Ok(ExitCode::SUCCESS)
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
