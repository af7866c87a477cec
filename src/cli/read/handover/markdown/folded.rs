//! Sections in which lines repeat each other: what is alike but for its id is one line with a count.

use std::collections::HashMap;
use std::hash::Hash;

use super::text::{Heading, Text, how, minute, name, option, safe};
use crate::app::format::{count, count_usize};
use crate::data::handover::{Handover, Held, Part};
use crate::data::model::EntryId;

/// Puts what has the same key together, in the order in which the keys come.
fn folded<T, K: Eq + Hash>(rows: &[T], key: impl Fn(&T) -> K) -> Vec<Vec<&T>> {
    let mut places: HashMap<K, usize> = HashMap::new();
    let mut all: Vec<Vec<&T>> = Vec::new();
    for row in rows {
        let place = *places.entry(key(row)).or_insert(all.len());
        match all.get_mut(place) {
            Some(alike) => alike.push(row),
            None => all.push(vec![row]),
        }
    }
    all
}

/// The first id, and how many more there are.
fn ids(mut ids: impl ExactSizeIterator<Item = EntryId>) -> String {
    let Some(first) = ids.next() else {
        return String::new();
    };
    match ids.len() {
        0 => first.to_string(),
        more => format!("{first} and {} more", count_usize(more)),
    }
}

/// What was closed: how many by whom, then those that were closed alike, newest first.
pub(super) fn closed(text: &mut Text<'_>, report: &Handover) {
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
    let alike = folded(&report.closed_entries, |row| {
        (
            row.namespace_name.clone(),
            row.task_name.clone(),
            row.resolution_status.clone(),
            row.resolved_by.clone(),
            row.resolution_notes.clone(),
        )
    });
    let rows: Vec<_> = alike
        .into_iter()
        .map(|alike| {
            let newest = alike[0];
            vec![
                minute(newest.at),
                count_usize(alike.len()),
                name(&newest.namespace_name, &newest.task_name),
                how(text.source, &newest.resolution_status),
                option(newest.resolved_by.as_ref()),
                option(newest.resolution_notes.as_ref()),
                ids(alike.iter().map(|row| row.dlq_entry_uuid)),
            ]
        })
        .collect();
    if !rows.is_empty() {
        let head = [
            "latest", "closed", "{task}", "how", "by", "notes", "{entry}",
        ];
        text.section(Heading::plain("Closed, newest first"), &head, rows, "");
    }
}

/// What the columns of claims and of snoozes are called.
#[derive(Clone, Copy)]
pub(super) struct HeldHeads {
    pub(super) heading: Heading,
    pub(super) who: &'static str,
    pub(super) until: &'static str,
}

/// What is claimed or snoozed, by whom and until when; the first to end at the top.
pub(super) fn held(text: &mut Text<'_>, heads: HeldHeads, rows: &[Held]) {
    let alike = folded(rows, |row| {
        (
            row.owner.clone(),
            row.namespace_name.clone(),
            row.task_name.clone(),
            row.dlq_reason.clone(),
        )
    });
    let rows = alike
        .into_iter()
        .map(|alike| {
            let first = alike[0];
            let oldest = alike.iter().map(|row| row.dlq_timestamp).min();
            vec![
                safe(&first.owner),
                count_usize(alike.len()),
                first.until.map_or_else(|| "–".to_owned(), minute),
                name(&first.namespace_name, &first.task_name),
                safe(&first.dlq_reason),
                oldest.map_or_else(String::new, minute),
                ids(alike.iter().map(|row| row.dlq_entry_uuid)),
            ]
        })
        .collect();
    let head = [
        heads.who,
        "how many",
        heads.until,
        "{task}",
        "reason",
        "open since",
        "{entry}",
    ];
    text.section(heads.heading, &head, rows, "nothing");
}

/// What was written; the same note on several entries is one line.
pub(super) fn notes(text: &mut Text<'_>, report: &Handover) {
    let alike = folded(&report.notes, |row| {
        (
            row.author.clone(),
            row.body.clone(),
            row.namespace_name.clone(),
            row.task_name.clone(),
        )
    });
    let rows: Vec<_> = alike
        .into_iter()
        .map(|alike| {
            let newest = alike[0];
            vec![
                minute(newest.at),
                safe(&newest.author),
                name(&newest.namespace_name, &newest.task_name),
                safe(&newest.body),
                ids(alike.iter().map(|row| row.dlq_entry_uuid)),
            ]
        })
        .collect();
    let head = ["latest", "who", "{task}", "note", "{entry}"];
    let part = Heading::of(Part::Notes, "Notes");
    text.section(part, &head, rows, "nobody wrote one");
}
