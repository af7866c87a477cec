//! The read commands: what the panes show, as a table or as JSON.

use crate::app::pane::Pane;
use crate::cli::output::json::print_json;
use crate::cli::output::table::{Counted, print_in_source_words};
use crate::cli::query::ask_for;
use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::sync::Arc;

use comfy_table::Table;
use serde::Serialize;

use super::{filter, fleet};
use crate::app::format::{
    count, count_or_estimate, count_usize, duration_of_minutes, error_line, title,
};
use crate::app::lists::list::Row;
use crate::cli::args::{Listing, Output, QueueListing};
use crate::cli::output::table::{SourceTable, put, table};
use crate::cli::read::queue_groups;
use crate::config::global::Global;
use crate::data::model::safe_text::SafeText;
use crate::data::model::stats::SweepRow;
use crate::data::model::{ArchiveRow, Page, QueueRow, StalenessRow, Stats, Total};
use crate::data::reads::collect::SCAN_LIMIT;
use crate::data::reads::keyset_pages;
use crate::data::reads::keyset_pages::Keyed;
use crate::data::reads::keyset_pages::SearchLimits;
use crate::data::reads::queries;
use crate::data::source::Source;
use crate::failure::Failure;

/// Rows that are read at a time: nobody watches, so fewer pages are better.
const CLI_PAGE: usize = 1_000;

/// The first rows of a list, page by page.
async fn listed<R: Keyed + Row>(
    global: &Global,
    listing: &Listing,
    pane: Pane,
    file: &'static str,
) -> Result<(Page<R>, String, Arc<Source>), Failure> {
    let filter = filter::parse(listing.filter.as_deref(), pane)?;
    let limit = usize::try_from(listing.limit).unwrap_or(usize::MAX);
    if filter.is_empty() {
        let (listed, source) = ask_for(global, file, async |db, source| {
            keyset_pages::top(db, source, limit, CLI_PAGE).await
        })
        .await?;
        return Ok((listed, String::new(), source));
    }
    let (found, source) = ask_for(global, file, async |db, source| {
        let wants = |row: &R| filter::admits(&filter, row);
        keyset_pages::search(
            db,
            source,
            wants,
            SearchLimits {
                matches: limit,
                scanned: SCAN_LIMIT,
            },
        )
        .await
    })
    .await?;
    let rows = i64::try_from(found.matching).unwrap_or(i64::MAX);
    let is_cut = found.is_cut();
    let among = if is_cut {
        format!(
            " that match, among the first {} of {}",
            count_usize(found.looked_at),
            count_or_estimate(found.total)
        )
    } else {
        format!(" that match, of {}", count_or_estimate(found.total))
    };
    let listed = Page {
        rows: found.rows,
        total: Total {
            rows,
            is_estimate: is_cut,
        },
    };
    Ok((listed, among, source))
}

/// `dlqtop staleness`.
///
/// # Errors
///
/// [`Failure`], as every command here.
pub async fn staleness(global: &Global, listing: &Listing) -> Result<ExitCode, Failure> {
    let (listed, among, source): (Page<StalenessRow>, _, _) =
        listed(global, listing, Pane::Staleness, "staleness").await?;
    if listing.output.json {
        return print_json(&listed);
    }
    let headings = [
        "HEALTH",
        "{TASK}",
        "STATE",
        ">IN STATE",
        ">OF",
        ">%",
        "BLOCKED BY",
        "ERROR",
        "ID",
    ];
    let mut shown = SourceTable::new(&headings, &source);
    for row in &listed.rows {
        shown.add(staleness_cells(row));
    }
    print_in_source_words(
        &shown,
        listed.rows.len(),
        listed.total,
        &Counted {
            one: "{task} that can become stale",
            several: "{tasks} that can become stale",
            among: &among,
            source: &source,
        },
    )
}

fn staleness_cells(row: &StalenessRow) -> [String; 9] {
    let none = || "–".to_owned();
    let in_state = duration_of_minutes(row.time_in_state_minutes);
    let (in_state, share) = match (row.age_suspect, row.is_measured()) {
        (true, _) => ("?".to_owned(), "?".to_owned()),
        (false, true) => (in_state, format!("{:.0}%", row.ratio() * 100.0)),
        (false, false) => (in_state, none()),
    };
    let threshold = match row.staleness_threshold_minutes {
        minutes if minutes > 0.0 => duration_of_minutes(minutes),
        _ => none(),
    };
    [
        row.health_status.as_str().to_owned(),
        title(row.namespace_name.as_str(), row.task_name.as_str()),
        match &row.condition {
            Some(condition) => format!("{} · {condition}", row.current_state),
            None => row.current_state.to_string(),
        },
        in_state,
        threshold,
        share,
        text(row.blocking_step.as_ref()),
        row.blocking_error
            .as_ref()
            .map_or_else(String::new, error_line),
        row.task_uuid.to_string(),
    ]
}

/// A row of the queue as JSON has it: who reads it cannot know which instants are none.
#[derive(Serialize)]
struct Entry<'a> {
    #[serde(flatten)]
    row: &'a QueueRow,
    age_suspect: bool,
}

/// `dlqtop queue`.
///
/// # Errors
///
/// [`Failure`].
pub async fn queue(global: &Global, args: &QueueListing) -> Result<ExitCode, Failure> {
    let listing = &args.listing;
    if args.group {
        return queue_groups::queue(global, listing).await;
    }
    let (listed, among, source): (Page<QueueRow>, _, _) =
        listed(global, listing, Pane::Queue, "queue").await?;
    if listing.output.json {
        let entry = |row| Entry {
            row,
            age_suspect: QueueRow::age_suspect(row),
        };
        return print_json(&Page {
            rows: listed.rows.iter().map(entry).collect(),
            total: listed.total,
        });
    }
    let headings = [
        ">SCORE", "REASON", "{TASK}", "{STEP}", ">TRIES", "ERROR", "OWNER", ">AGE", ">BEFORE",
        "{ENTRY}",
    ];
    let mut shown = SourceTable::new(&headings, &source);
    for row in &listed.rows {
        shown.add(queue_cells(row));
    }
    print_in_source_words(
        &shown,
        listed.rows.len(),
        listed.total,
        &Counted {
            one: "open {investigation}",
            several: "open {investigations}",
            among: &among,
            source: &source,
        },
    )
}

fn queue_cells(row: &QueueRow) -> [String; 10] {
    let tries = match (row.attempts, row.max_attempts) {
        (Some(attempts), Some(max)) => format!("{attempts}/{max}"),
        _ => String::new(),
    };
    [
        format!("{:.0}", row.priority_score),
        row.dlq_reason.to_string(),
        title(row.namespace_name.as_str(), row.task_name.as_str()),
        text(row.step_name.as_ref()),
        tries,
        row.current_error
            .as_ref()
            .map_or_else(String::new, error_line),
        text(row.owner.as_ref()),
        if row.age_suspect() {
            "AGE?".to_owned()
        } else {
            duration_of_minutes(row.minutes_in_dlq)
        },
        row.earlier_entries.to_string(),
        row.dlq_entry_uuid.to_string(),
    ]
}

/// `dlqtop stats`.
///
/// # Errors
///
/// [`Failure`].
pub async fn stats(global: &Global, output: Output) -> Result<ExitCode, Failure> {
    let ((counts, stats), source) = ask_for(global, "counts", async |db, source| {
        let counts = queries::counts(db, source).await?;
        Ok((counts, queries::stats(db, source).await?))
    })
    .await?;
    if output.json {
        return print_json(&serde_json::json!({ "counts": counts, "stats": stats }));
    }
    let none = if counts.suspect_entries > 0 {
        "unknown"
    } else {
        "none"
    };
    let oldest = counts
        .oldest_pending_minutes
        .map_or_else(|| none.to_owned(), duration_of_minutes);
    let mut out = stdout().lock();
    writeln!(
        out,
        "stale {}  warning {}  healthy {}  pending {}  oldest {}  +{}/h{}\n",
        count(counts.stale),
        count(counts.warning),
        count(counts.healthy),
        count(counts.pending),
        oldest,
        counts.arrived_last_hour,
        (counts.resolved_last_hour).map_or_else(String::new, |it| format!(" -{it}/h")),
    )?;
    let tables = [
        ("stats_reasons", reasons(&stats)),
        ("stats_ages", ages(&stats)),
        ("stats_types", fleet::types(&stats.types)),
        ("stats_templates", templates(&stats)),
        ("stats_sweeps", sweeps(&stats)),
        ("stats_archive", archive_table(&stats.archive)),
    ];
    for (file, shown) in tables {
        let is_empty = file == "stats_templates" && stats.templates.is_empty();
        if is_empty || !source.has(file) {
            continue;
        }
        put(&mut out, &shown)?;
        writeln!(out)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn reasons(stats: &Stats) -> Table {
    let mut shown = table(&[
        "REASON",
        ">PENDING",
        ">RESOLVED",
        ">FAILED",
        ">CANCELLED",
        ">P50",
        ">P90",
    ]);
    let minutes = |value: Option<f64>| value.map_or_else(String::new, duration_of_minutes);
    for row in &stats.reasons {
        shown.add_row([
            row.dlq_reason.to_string(),
            count(row.pending),
            count(row.manually_resolved),
            count(row.permanent_failures),
            count(row.cancelled),
            minutes(row.p50_resolution_time_minutes),
            minutes(row.p90_resolution_time_minutes),
        ]);
    }
    shown
}

fn ages(stats: &Stats) -> Table {
    let mut shown = table(&["OPEN FOR", ">PENDING"]);
    for row in &stats.ages {
        shown.add_row([row.label.to_string(), count(row.pending)]);
    }
    shown
}

fn templates(stats: &Stats) -> Table {
    let mut shown = table(&["TEMPLATE ON DEFAULTS", "KEYS"]);
    for row in &stats.templates {
        let keys: Vec<&str> = row.warnings.iter().map(SafeText::first_line).collect();
        let name = format!(
            "{}/{} {}",
            row.namespace_name, row.task_name, row.task_version
        );
        shown.add_row([name, keys.join(", ")]);
    }
    shown
}

/// What became of a sweep, if it was not an ordinary one.
fn ended(row: &SweepRow) -> String {
    match &row.undone_by {
        Some(by) => format!("undone by {by}"),
        None if row.held => "held".to_owned(),
        None if row.dry_run => "dry run".to_owned(),
        None => String::new(),
    }
}

fn sweeps(stats: &Stats) -> Table {
    let mut shown = table(&[
        "SWEEP", "SWEPT BY", "AT", ">MS", ">FOUND", ">MOVED", ">SKIPPED", ">FAILED", "ENDED",
    ]);
    for row in &stats.sweeps {
        shown.add_row([
            row.sweep_id.map_or_else(String::new, |id| id.to_string()),
            row.instance.to_string(),
            row.started.format("%F %T UTC").to_string(),
            format!("{:.0}", row.took_ms),
            count(row.detected),
            count(row.moved),
            count(row.skipped),
            count(row.failed),
            ended(row),
        ]);
    }
    shown
}

pub(in crate::cli) fn archive_table(growth: &[ArchiveRow]) -> Table {
    let mut shown = table(&[
        "ARCHIVE",
        ">ROWS",
        ">BYTES",
        ">LAST DAY",
        ">A DAY, LAST WEEK",
    ]);
    for row in growth {
        shown.add_row([
            row.archive_table.to_string(),
            count(row.row_count),
            count(row.bytes),
            count(row.archived_last_day),
            format!("{:.0}", row.archived_per_day),
        ]);
    }
    shown
}

fn text(text: Option<&SafeText>) -> String {
    text.map_or_else(String::new, ToString::to_string)
}
