//! The report as Markdown. Whatever the database says is text there, and forges no markup.

mod escape;
mod folded;
mod text;

use std::fmt::Write as _;

use self::escape::escaped;
use self::folded::{HeldHeads, closed, held, notes};
use self::text::{Heading, Text, minute, name, option, safe};
use crate::app::format::{count, duration, error_line, plural, reason_in_words};
use crate::data::handover::{Acted, FOLDED, Handover, Part, Swept};
use crate::data::source::Source;

/// Where the report is from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The profile, or the database and its server.
    pub name: &'a str,
    /// The database.
    pub database: &'a str,
    /// Its server.
    pub server: &'a str,
}

/// The whole report, in the words of the system it is of: first what the next shift has to know, then
/// what it can look up.
pub(super) fn report(report: &Handover, source: &Source, place: Place<'_>) -> String {
    let mut text = Text {
        told: String::new(),
        source,
        report,
    };
    head(&mut text, report, place);
    done_to_many(&mut text, report);
    opened(&mut text, report);
    open_by_error(&mut text, report);
    let owned = Heading::of(Part::Owned, "Still owned");
    let owned = HeldHeads {
        heading: owned,
        who: "owner",
        until: "until",
    };
    held(&mut text, owned, &report.owned);
    notes(&mut text, report);
    let snoozed = Heading::of(Part::Snoozed, "Snoozed");
    let snoozed = HeldHeads {
        heading: snoozed,
        who: "by",
        until: "comes back",
    };
    held(&mut text, snoozed, &report.snoozed);
    closed(&mut text, report);
    done(&mut text, &report.acts);
    if let Some(swept) = &report.sweeps {
        sweeps(&mut text, swept);
    }
    text.told
}

fn head(text: &mut Text<'_>, report: &Handover, place: Place<'_>) {
    let window = &report.window;
    let span = (window.until - window.since).as_seconds_f64();
    let oldest = window.oldest_pending.map_or_else(String::new, |at| {
        let age = duration((window.until - at).as_seconds_f64());
        format!(", the oldest for {age}")
    });
    let remark = |part| report.remarks.get(&part);
    // Below it is said why.
    let unknown = |part, nothing: bool| nothing && remark(part).is_some();
    // Older ones were not looked at.
    let least = if remark(Part::Numbers).is_some() {
        "at least "
    } else {
        ""
    };
    let closed = if unknown(Part::Closed, window.closed == 0) {
        "not known".to_owned()
    } else {
        format!("{least}{}", count(window.closed))
    };
    let owned = if unknown(Part::Owned, report.owned.is_empty()) {
        "not known".to_owned()
    } else {
        listed(report.owned.len())
    };
    let _ = writeln!(
        text.told,
        "# Handover of {}\n\nDatabase {} on {} ({})\n\n{} to {} ({}, by the database's clock)\n\n\
         - opened: {least}{}\n- closed: {closed}\n- open now: {}{oldest}\n- still owned: {owned}",
        escaped(place.name),
        escaped(place.database),
        escaped(place.server),
        escaped(&text.source.manifest.title),
        minute(window.since),
        minute(window.until),
        duration(span),
        count(window.opened),
        count(window.pending),
    );
    if let Some(scope) = &report.scope {
        let seen = safe(&scope.seeing);
        let _ = writeln!(
            text.told,
            "- seen: {seen} only; rows of others may be hidden"
        );
    }
    if let Some(remark) = remark(Part::Numbers) {
        let _ = writeln!(text.told, "- {}", safe(remark));
    }
}

/// How many lines there are, and whether there may be more.
fn listed(lines: usize) -> String {
    if lines >= FOLDED {
        format!("{FOLDED} or more")
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

/// What is open now, whenever it was opened, and how many of that are new.
fn open_by_error(text: &mut Text<'_>, report: &Handover) {
    let rows: Vec<_> = (report.open_by_error.iter())
        .map(|row| {
            vec![
                count(row.open),
                count(row.opened),
                count(row.owned),
                minute(row.oldest),
                row.sample.as_ref().map_or_else(
                    || escaped(&reason_in_words(row.dlq_reason.as_str())),
                    |error| escaped(&error_line(error)),
                ),
                option(row.step_name.as_ref()),
                name(&row.namespace_name, &row.task_name),
            ]
        })
        .collect();
    let head = [
        "open", "new", "owned", "since", "error", "{step}", "template",
    ];
    let part = Heading::of(Part::OpenErrors, "Still open by error");
    text.section(part, &head, rows, "nothing is open");
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
