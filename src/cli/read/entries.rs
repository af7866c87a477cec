//! `dlqtop entries`: investigations, open and closed.

use std::io::{Write as _, stdout};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::filter;
use crate::app::format::{count_usize, duration_of_minutes, error_line, title};
use crate::app::lists::filter::fields::FilterFields;
use crate::app::pane::Pane;
use crate::cli::args::Output;
use crate::cli::output::json::print_json;
use crate::cli::output::table::{SourceTable, put};
use crate::cli::query::ask_for;
use crate::config::global::Global;
use crate::data::model::MAX_ROWS;
use crate::data::model::safe_text::SafeText;
use crate::data::reads::history;
use crate::data::reads::history::{EntryState, Record};
use crate::data::reads::keyset_pages::SearchLimits;
use crate::data::source::vocabulary::Noun;
use crate::failure::Failure;

/// Which investigations, and how they are printed.
#[derive(Debug, Clone, Args)]
pub struct EntriesArgs {
    /// Only those that match, in the language of the queue's `/`: `reason:max_retries age>2h`. The
    /// newest 5,000 are looked at.
    #[arg(long, value_name = "FILTER")]
    pub filter: Option<String>,
    /// Which of them.
    #[arg(long, value_enum, default_value_t)]
    pub status: Status,
    /// Rows at most.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: u32,
    /// How it is printed.
    #[command(flatten)]
    pub output: Output,
}

/// How investigations stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Status {
    /// Open ones.
    #[default]
    Pending,
    /// Closed ones.
    Closed,
    /// Both.
    All,
}

/// Prints investigations, newest first.
///
/// # Errors
///
/// [`Failure`].
pub async fn run(global: &Global, args: EntriesArgs) -> Result<ExitCode, Failure> {
    let filter = filter::parse(args.filter.as_deref(), Pane::Queue)?;
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    let most = if filter.is_empty() {
        limit + 1
    } else {
        MAX_ROWS
    };
    let standing = match args.status {
        Status::Pending => EntryState::Pending,
        Status::Closed => EntryState::Closed,
        Status::All => EntryState::All,
    };
    let admits = |row: &Record| filter.admits(&facts(row));
    let ((rows, more), source) = ask_for(global, "entries_page", async |db, source| {
        history::entries(
            db,
            source,
            standing,
            SearchLimits {
                matches: limit,
                scanned: most,
            },
            admits,
        )
        .await
    })
    .await?;
    if args.output.json {
        return print_json(&serde_json::json!({ "rows": rows, "more": more }));
    }
    let headings = [
        "OPENED", "REASON", "{TASK}", "{STEP}", "ERROR", "STATUS", "BY", ">OPEN", "NOTES",
        "{ENTRY}",
    ];
    let mut shown = SourceTable::new(&headings, &source);
    for row in &rows {
        shown.add(cells(row));
    }
    let mut out = stdout().lock();
    if !rows.is_empty() {
        put(&mut out, &shown.table)?;
    }
    let tail = match (more, filter.is_empty()) {
        (false, _) => String::new(),
        (true, false) if rows.len() < limit => {
            format!(
                " among the newest {}; there are older ones",
                count_usize(MAX_ROWS)
            )
        }
        (true, _) => ", and there are more".to_owned(),
    };
    let noun = source.manifest.words.noun(rows.len(), Noun::Investigation);
    writeln!(out, "{} {noun}{tail}", count_usize(rows.len()))?;
    Ok(ExitCode::SUCCESS)
}

fn text(text: Option<&SafeText>) -> &str {
    text.map_or("", |text| text.first_line())
}

fn facts(row: &Record) -> FilterFields<'_> {
    FilterFields {
        text: [
            row.namespace_name.as_str(),
            row.task_name.as_str(),
            text(row.failed_step.as_ref()),
            text(row.failed_error.as_ref()),
        ],
        fingerprint: &row.fingerprint,
        ids: [Some(row.task_uuid.0), Some(row.dlq_entry_uuid.0)],
        reason: row.dlq_reason.as_str(),
        namespace: row.namespace_name.as_str(),
        states: [row.current_state.as_str(), row.resolution_status.as_str()],
        owner: text(row.owner.as_ref()),
        age_minutes: row.minutes_open,
        ..FilterFields::default()
    }
}

fn cells(row: &Record) -> [String; 10] {
    let by = row.resolved_by.as_ref().or(row.owner.as_ref());
    [
        row.dlq_timestamp.format("%F %T UTC").to_string(),
        row.dlq_reason.to_string(),
        title(row.namespace_name.as_str(), row.task_name.as_str()),
        text(row.failed_step.as_ref()).to_owned(),
        row.failed_error
            .as_ref()
            .map_or_else(String::new, error_line),
        row.resolution_status.to_string(),
        text(by).to_owned(),
        duration_of_minutes(row.minutes_open),
        text(row.resolution_notes.as_ref()).to_owned(),
        row.dlq_entry_uuid.to_string(),
    ]
}
