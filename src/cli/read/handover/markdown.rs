//! The report as Markdown. Whatever the database says is text there, and forges no markup.

mod escape;

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use self::escape::escaped;
use crate::app::format::{count, duration, error_line, plural, title};
use crate::data::handover::{Acted, Handover, Held, LINES, Part, Swept};
use crate::data::messages::change::Resolution;
use crate::data::model::safe_text::SafeText;
use crate::data::source::Source;

/// The whole report, in the words of the system it is of.
pub(super) fn report(report: &Handover, source: &Source, place: &str) -> String {
    let mut text = Text {
        told: String::new(),
        source,
        report,
    };
    head(&mut text, report, place);
    opened(&mut text, report);
    closed(&mut text, report);
    held(
        &mut text,
        Heading::of(Part::Owned, "Still owned"),
        "owner",
        "until",
        &report.owned,
    );
    held(
        &mut text,
        Heading::of(Part::Snoozed, "Snoozed"),
        "by",
        "comes back",
        &report.snoozed,
    );
    notes(&mut text, report);
    done(&mut text, &report.acts);
    done_to_many(&mut text, report);
    if let Some(swept) = &report.sweeps {
        sweeps(&mut text, swept);
    }
    text.told
}

/// The title of a section, and the part of the report that it shows.
#[derive(Clone, Copy)]
struct Heading {
    part: Option<Part>,
    title: &'static str,
}

impl Heading {
    const fn of(part: Part, title: &'static str) -> Self {
        Self {
            part: Some(part),
            title,
        }
    }

    const fn plain(title: &'static str) -> Self {
        Self { part: None, title }
    }
}

/// What is written so far.
struct Text<'a> {
    told: String,
    source: &'a Source,
    report: &'a Handover,
}

impl Text<'_> {
    /// A headline and a table, or a word that there is nothing: why, where that is known.
    fn section(
        &mut self,
        heading: Heading,
        head: &[&'static str],
        rows: Vec<Vec<String>>,
        none: &'static str,
    ) {
        let words = &self.source.manifest.words;
        let text = &mut self.told;
        let _ = writeln!(text, "\n## {}\n", heading.title);
        let remark = heading.part.and_then(|part| self.report.remarks.get(&part));
        if rows.is_empty() {
            let none = remark.map_or_else(|| words.fill(none), safe);
            let _ = writeln!(text, "{none}");
            return;
        }
        let filled: Vec<String> = head.iter().map(|name| words.fill(name)).collect();
        let _ = writeln!(text, "| {} |", filled.join(" | "));
        let _ = writeln!(text, "|{}", " --- |".repeat(head.len()));
        let full = rows.len() >= LINES;
        for row in rows {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
        if let Some(remark) = remark {
            let _ = writeln!(text, "\n{}", safe(remark));
        }
        if full {
            let rest = if self.source.is_logged() {
                "`dlqtop entries` and `dlqtop log` have the rest"
            } else {
                "`dlqtop entries` has the rest"
            };
            let _ = writeln!(text, "\nOnly the first {LINES}; {rest}.");
        }
    }
}

fn head(text: &mut Text<'_>, report: &Handover, place: &str) {
    let window = &report.window;
    let span = (window.until - window.since).as_seconds_f64();
    let oldest = window.oldest_pending.map_or_else(String::new, |at| {
        let age = duration((window.until - at).as_seconds_f64());
        format!(", the oldest for {age}")
    });
    let remark = |part| report.remarks.get(&part);
    // Below it is said why.
    let unknown = |part, nothing: bool| nothing && remark(part).is_some();
    let closed = if unknown(Part::Closed, window.closed == 0) {
        "not known".to_owned()
    } else {
        count(window.closed)
    };
    let owned = if unknown(Part::Owned, report.owned.is_empty()) {
        "not known".to_owned()
    } else {
        listed(report.owned.len())
    };
    let _ = writeln!(
        text.told,
        "# Handover of {}\n\n{} to {} ({}, by the database's clock)\n\n\
         - opened: {}\n- closed: {closed}\n- open now: {}{oldest}\n- still owned: {owned}",
        escaped(place),
        minute(window.since),
        minute(window.until),
        duration(span),
        count(window.opened),
        count(window.pending),
    );
    if let Some(remark) = remark(Part::Numbers) {
        let _ = writeln!(text.told, "- {}", safe(remark));
    }
}

/// How many lines there are, and whether there may be more.
fn listed(lines: usize) -> String {
    if lines >= LINES {
        format!("{LINES} or more")
    } else {
        lines.to_string()
    }
}

fn opened(text: &mut Text<'_>, report: &Handover) {
    let rows: Vec<_> = (report.opened_by.iter())
        .map(|row| {
            vec![
                safe(&row.dlq_reason),
                name(&row.namespace_name, &row.task_name),
                count(row.opened),
                count(row.still_open),
            ]
        })
        .collect();
    let head = ["reason", "template", "opened", "open yet"];
    text.section(Heading::plain("Opened"), &head, rows, "nothing was opened");
    let rows: Vec<_> = (report.errors.iter())
        .take(10)
        .map(|row| {
            vec![
                (row.sample.as_ref())
                    .map_or_else(|| "–".to_owned(), |error| escaped(&error_line(error))),
                option(row.step_name.as_ref()),
                name(&row.namespace_name, &row.task_name),
                count(row.opened),
                count(row.still_open),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let head = ["error", "{step}", "template", "opened", "open yet"];
        text.section(Heading::plain("Errors behind it"), &head, rows, "");
    }
}

fn closed(text: &mut Text<'_>, report: &Handover) {
    let rows: Vec<_> = (report.closed_by.iter())
        .map(|row| {
            vec![
                how(text.source, &row.resolution_status),
                option(row.resolved_by.as_ref()),
                count(row.closed),
            ]
        })
        .collect();
    let head = ["how", "by", "closed"];
    let part = Heading::of(Part::Closed, "Closed");
    text.section(part, &head, rows, "nothing was closed");
    let rows: Vec<_> = (report.closed_entries.iter())
        .map(|row| {
            vec![
                minute(row.at),
                name(&row.namespace_name, &row.task_name),
                how(text.source, &row.resolution_status),
                option(row.resolved_by.as_ref()),
                option(row.resolution_notes.as_ref()),
                row.dlq_entry_uuid.to_string(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let head = ["when", "{task}", "how", "by", "notes", "{entry}"];
        text.section(Heading::plain("Closed, one by one"), &head, rows, "");
    }
}

fn held(
    text: &mut Text<'_>,
    heading: Heading,
    who: &'static str,
    until: &'static str,
    rows: &[Held],
) {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            vec![
                safe(&row.owner),
                row.until.map_or_else(|| "–".to_owned(), minute),
                name(&row.namespace_name, &row.task_name),
                safe(&row.dlq_reason),
                minute(row.dlq_timestamp),
                row.dlq_entry_uuid.to_string(),
            ]
        })
        .collect();
    let head = [who, until, "{task}", "reason", "open since", "{entry}"];
    text.section(heading, &head, rows, "nothing");
}

fn notes(text: &mut Text<'_>, report: &Handover) {
    let rows: Vec<_> = (report.notes.iter())
        .map(|row| {
            vec![
                minute(row.at),
                safe(&row.author),
                name(&row.namespace_name, &row.task_name),
                safe(&row.body),
                row.dlq_entry_uuid.to_string(),
            ]
        })
        .collect();
    let head = ["when", "who", "{task}", "note", "{entry}"];
    let part = Heading::of(Part::Notes, "Notes");
    text.section(part, &head, rows, "nobody wrote one");
}

/// Who did what how often, where the log is kept beside the system.
fn done(text: &mut Text<'_>, acts: &[Acted]) {
    let rows: Vec<_> = (acts.iter())
        .map(|row| {
            vec![
                safe(&row.actor),
                safe(&row.action),
                count(row.done),
                count(row.changed),
                count(row.failed),
                minute(row.latest),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let head = ["who", "did", "done", "changed", "failed", "latest"];
        text.section(Heading::plain("What operators did"), &head, rows, "");
    }
}

fn done_to_many(text: &mut Text<'_>, report: &Handover) {
    let rows: Vec<_> = (report.batches.iter())
        .map(|row| {
            vec![
                minute(row.at),
                safe(&row.actor),
                safe(&row.action),
                option(row.reason.as_ref()),
                count(row.done),
                count(row.changed),
                count(row.failed),
                row.batch.to_string(),
            ]
        })
        .collect();
    let head = [
        "when", "who", "did", "reason", "done", "changed", "failed", "batch",
    ];
    let part = Heading::of(Part::Batches, "Done to several at once");
    text.section(part, &head, rows, "nothing");
}

fn sweeps(text: &mut Text<'_>, swept: &[Swept]) {
    let failed: i64 = swept.iter().map(|row| row.failed).sum();
    let rows: Vec<_> = (swept.iter())
        .map(|row| {
            let dry = if row.dry_runs > 0 {
                format!(", {} dry", count(row.dry_runs))
            } else {
                String::new()
            };
            vec![
                safe(&row.instance),
                format!("{}{dry}", count(row.sweeps)),
                count(row.detected),
                count(row.moved),
                count(row.skipped),
                count(row.failed),
                minute(row.latest),
            ]
        })
        .collect();
    let head = [
        "detector", "sweeps", "found", "moved", "skipped", "failed", "latest",
    ];
    text.section(
        Heading::plain("Sweeps"),
        &head,
        rows,
        "no detector has swept: nobody looks for stale {tasks}",
    );
    if failed > 0 {
        let failed = plural(usize::try_from(failed).unwrap_or(usize::MAX), "task");
        let _ = writeln!(
            text.told,
            "\n{failed} could not be processed: see `dlqtop detect --once --dry-run --verbose`."
        );
    }
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%F %H:%M UTC").to_string()
}

/// How it was closed, as the system calls that.
fn how(source: &Source, status: &SafeText) -> String {
    let mut known = Resolution::ALL.into_iter();
    let native = known.find(|resolution| status.as_str() == resolution.as_str());
    native.map_or_else(|| safe(status), |native| escaped(source.resolution(native)))
}

fn name(namespace: &SafeText, task: &SafeText) -> String {
    escaped(&title(namespace.as_str().trim(), task.as_str().trim()))
}

fn option(text: Option<&SafeText>) -> String {
    text.map_or_else(|| "–".to_owned(), safe)
}

fn safe(text: &SafeText) -> String {
    escaped(text.as_str().trim())
}
