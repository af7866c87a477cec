//! What all sections are written with: a heading, a table, and cells that forge no markup.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::escape::escaped;
use crate::app::format::title;
use crate::data::handover::{Handover, LINES, Part};
use crate::data::messages::change::Resolution;
use crate::data::model::safe_text::SafeText;
use crate::data::source::Source;

/// The title of a section, and the part of the report that it shows.
#[derive(Clone, Copy)]
pub(super) struct Heading {
    pub(super) part: Option<Part>,
    pub(super) title: &'static str,
}

impl Heading {
    pub(super) const fn of(part: Part, title: &'static str) -> Self {
        Self {
            part: Some(part),
            title,
        }
    }

    pub(super) const fn plain(title: &'static str) -> Self {
        Self { part: None, title }
    }
}

/// What is written so far.
pub(super) struct Text<'a> {
    pub(super) told: String,
    pub(super) source: &'a Source,
    pub(super) report: &'a Handover,
}

impl Text<'_> {
    /// A headline and a table, or a word that there is nothing: why, where that is known.
    pub(super) fn section(
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
        for row in rows.into_iter().take(LINES) {
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

pub(super) fn minute(at: DateTime<Utc>) -> String {
    at.format("%F %H:%M UTC").to_string()
}

/// How it was closed, as the system calls that.
pub(super) fn how(source: &Source, status: &SafeText) -> String {
    let mut known = Resolution::ALL.into_iter();
    let native = known.find(|resolution| status.as_str() == resolution.as_str());
    native.map_or_else(|| safe(status), |native| escaped(source.resolution(native)))
}

pub(super) fn name(namespace: &SafeText, task: &SafeText) -> String {
    escaped(&title(namespace.as_str().trim(), task.as_str().trim()))
}

pub(super) fn option(text: Option<&SafeText>) -> String {
    text.map_or_else(|| "–".to_owned(), safe)
}

pub(super) fn safe(text: &SafeText) -> String {
    escaped(text.as_str().trim())
}
