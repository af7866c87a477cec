//! The report as Markdown. Whatever the database says is text there, and forges no markup.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use crate::app::words::{age, count, plural};
use crate::data::handover::{Handover, Held, LINES};
use crate::data::safe_text::SafeText;

/// The whole report.
pub(super) fn report(report: &Handover, place: &str) -> String {
    let mut text = String::new();
    head(&mut text, report, place);
    opened(&mut text, report);
    closed(&mut text, report);
    held(&mut text, "Still owned", "owner", "until", &report.owned);
    held(&mut text, "Snoozed", "by", "comes back", &report.snoozed);
    notes(&mut text, report);
    done_to_many(&mut text, report);
    sweeps(&mut text, report);
    text
}

fn head(text: &mut String, report: &Handover, place: &str) {
    let window = &report.window;
    let span = (window.until - window.since).as_seconds_f64();
    let oldest = window.oldest_pending.map_or_else(String::new, |at| {
        let age = age((window.until - at).as_seconds_f64());
        format!(", the oldest for {age}")
    });
    let _ = writeln!(
        text,
        "# Handover of {}\n\n{} to {} ({}, by the database's clock)\n\n\
         - opened: {}\n- closed: {}\n- open now: {}{oldest}\n- still owned: {}",
        escaped(place),
        minute(window.since),
        minute(window.until),
        age(span),
        count(window.opened),
        count(window.closed),
        count(window.pending),
        listed(report.owned.len()),
    );
}

/// How many lines there are, and whether there may be more.
fn listed(lines: usize) -> String {
    if lines >= LINES {
        format!("{LINES} or more")
    } else {
        lines.to_string()
    }
}

fn opened(text: &mut String, report: &Handover) {
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
    section(text, "Opened", &head, rows, "nothing was opened");
    let rows: Vec<_> = (report.errors.iter())
        .take(10)
        .map(|row| {
            vec![
                option(row.sample.as_ref()),
                option(row.step_name.as_ref()),
                name(&row.namespace_name, &row.task_name),
                count(row.opened),
                count(row.still_open),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let head = ["error", "step", "template", "opened", "open yet"];
        section(text, "Errors behind it", &head, rows, "");
    }
}

fn closed(text: &mut String, report: &Handover) {
    let rows: Vec<_> = (report.closed_by.iter())
        .map(|row| {
            vec![
                safe(&row.resolution_status),
                option(row.resolved_by.as_ref()),
                count(row.closed),
            ]
        })
        .collect();
    let head = ["how", "by", "closed"];
    section(text, "Closed", &head, rows, "nothing was closed");
    let rows: Vec<_> = (report.closed_entries.iter())
        .map(|row| {
            vec![
                minute(row.at),
                name(&row.namespace_name, &row.task_name),
                safe(&row.resolution_status),
                option(row.resolved_by.as_ref()),
                option(row.resolution_notes.as_ref()),
                row.dlq_entry_uuid.to_string(),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let head = ["when", "task", "how", "by", "notes", "entry"];
        section(text, "Closed, one by one", &head, rows, "");
    }
}

fn held(text: &mut String, title: &str, who: &str, until: &str, rows: &[Held]) {
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            vec![
                safe(&row.owner),
                minute(row.until),
                name(&row.namespace_name, &row.task_name),
                safe(&row.dlq_reason),
                minute(row.dlq_timestamp),
                row.dlq_entry_uuid.to_string(),
            ]
        })
        .collect();
    let head = [who, until, "task", "reason", "open since", "entry"];
    section(text, title, &head, rows, "nothing");
}

fn notes(text: &mut String, report: &Handover) {
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
    let head = ["when", "who", "task", "note", "entry"];
    section(text, "Notes", &head, rows, "nobody wrote one");
}

fn done_to_many(text: &mut String, report: &Handover) {
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
    section(text, "Done to several at once", &head, rows, "nothing");
}

fn sweeps(text: &mut String, report: &Handover) {
    let failed: i64 = report.sweeps.iter().map(|row| row.failed).sum();
    let rows: Vec<_> = (report.sweeps.iter())
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
    section(
        text,
        "Sweeps",
        &head,
        rows,
        "no detector has swept: nobody looks for stale tasks",
    );
    if failed > 0 {
        let failed = plural(usize::try_from(failed).unwrap_or(usize::MAX), "task");
        let _ = writeln!(
            text,
            "\n{failed} could not be processed: see `dlqtop detect --once --dry-run --verbose`."
        );
    }
}

/// A headline and a table, or a word that there is nothing.
fn section(text: &mut String, title: &str, head: &[&str], rows: Vec<Vec<String>>, none: &str) {
    let _ = writeln!(text, "\n## {title}\n");
    if rows.is_empty() {
        let _ = writeln!(text, "{none}");
        return;
    }
    let _ = writeln!(text, "| {} |", head.join(" | "));
    let _ = writeln!(text, "|{}", " --- |".repeat(head.len()));
    let full = rows.len() >= LINES;
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    if full {
        let _ = writeln!(
            text,
            "\nOnly the first {LINES}; `dlqtop entries` and `dlqtop log` have the rest."
        );
    }
}

fn minute(at: DateTime<Utc>) -> String {
    at.format("%F %H:%M UTC").to_string()
}

fn name(namespace: &SafeText, task: &SafeText) -> String {
    format!("{}/{}", safe(namespace), safe(task))
}

fn option(text: Option<&SafeText>) -> String {
    text.map_or_else(|| "–".to_owned(), safe)
}

fn safe(text: &SafeText) -> String {
    escaped(text.as_str().trim())
}

/// Text that Markdown shows as it is, on one line. What it would take for markup gets a backslash,
/// which also breaks what would be made a link of by itself.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        let is_markup = match c {
            '\\' | '`' | '*' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '!'
            | '$' | '@' | '=' | '+' => true,
            // within a word it is a letter like any other
            '_' => !(before.is_alphanumeric() && next.is_alphanumeric()),
            ':' => !next.is_whitespace(),
            '.' => before.eq_ignore_ascii_case(&'w'),
            '-' => matches!(before, ' ' | '-'),
            _ => false,
        };
        if is_markup {
            safe.push('\\');
        }
        match c {
            '\n' => safe.push_str(" ⏎ "),
            _ => safe.push(c),
        }
        before = c;
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_forges_markup() {
        for (text, want) in [
            ("a | b", r"a \| b"),
            ("`code` <b>", r"\`code\` \<b\>"),
            ("one\n\n# two", r"one ⏎  ⏎ \# two"),
            ("[x](javascript:1)", r"\[x\](javascript\:1)"),
            ("www.evil.example", r"www\.evil.example"),
            ("plain words, 12.5 %", "plain words, 12.5 %"),
            ("--- a-b", r"\-\-\- a-b"),
            ("max_retries _x_", r"max_retries \_x\_"),
            ("refused: http://x", r"refused: http\://x"),
        ] {
            assert_eq!(escaped(text), want);
        }
    }
}
