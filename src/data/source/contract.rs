//! The contract: every file that a source may have, as data: its purpose, its parameters, its columns,
//! and the row type that reads them. A new file is a `File` in one of the tables below.
//!
//! A check goes through them in this order: files that find tasks and entries come first.

mod acts;
mod fleet;
mod groups;
mod lists;
mod records;
mod shape;
mod stats;
mod task;

pub use self::shape::{Column, Does, File, Param, Sample, Subject, Type};

/// Whether a column of this file is optional.
#[must_use]
pub fn optional(file: &File, column: &Column) -> bool {
    OPTIONAL.contains(&(file.name, column.name))
}

const OPTIONAL: &[(&str, &str)] = &[
    ("alerts", "severity"),
    ("close_entry", "dlq_reason"),
    ("close_entry", "hours_in_dlq"),
    ("counts", "suspect_entries"),
    ("queues", "oldest_message"),
    ("queues", "newest_message"),
    ("queues", "late_seconds"),
    ("stats_sweeps", "sweep_id"),
    ("stats_sweeps", "held"),
    ("stats_sweeps", "undone_by"),
    ("task", "can_requeue"),
];

/// The values that a column may have, if they are limited.
#[must_use]
pub fn words_of(column: &str, file: &str) -> Option<&'static [&'static str]> {
    WORDS
        .iter()
        .find(|(of, name, _)| *of == file && *name == column)
        .map(|(.., words)| *words)
}

const WORDS: &[(&str, &str, &[&str])] = &[
    (
        "staleness",
        "health_status",
        &["stale", "warning", "healthy", "unknown"],
    ),
    ("staleness", "staleness_action", &["dlq", "alert"]),
    ("workers", "health", &["alive", "late", "dead"]),
    ("alerts", "severity", &["bad", "warning"]),
    ("hints", "severity", &["bad", "warning", "info"]),
    ("doctor", "level", &["fine", "warning", "wrong"]),
    ("named", "kind", &["task", "entry", "step", "correlation"]),
    (
        "retried_steps",
        "verdict",
        &["passed", "failed_again", "cancelled", "gone"],
    ),
    (
        "retried_tasks",
        "verdict",
        &["passed", "failed_again", "cancelled", "gone"],
    ),
];

/// Every file there may be.
pub fn files() -> impl Iterator<Item = &'static File> {
    [
        lists::FILES,
        groups::FILES,
        task::FILES,
        stats::FILES,
        fleet::FILES,
        records::FILES,
        acts::FILES,
    ]
    .into_iter()
    .flatten()
}

/// The file of this name.
#[must_use]
pub fn file(name: &str) -> Option<&'static File> {
    files().find(|file| file.name == name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::data::source::{Source, SourceCatalog};

    #[test]
    fn no_file_stands_there_twice_and_none_is_missing() {
        let names: Vec<&str> = files().map(|file| file.name).collect();
        let distinct: BTreeSet<&str> = names.iter().copied().collect();
        assert_eq!(names.len(), distinct.len());
        for name in Source::native().names() {
            assert!(distinct.contains(name), "{name} is in no contract");
        }
        let catalog = SourceCatalog::embedded();
        for name in &names {
            let somebody = catalog
                .kinds
                .iter()
                .any(|kind| kind.files.contains_key(*name));
            let is_new = ["workers", "queues", "alerts", "hints", "stats_types"].contains(name);
            assert!(somebody || is_new, "nobody has {name}");
        }
    }

    #[test]
    fn words_are_those_of_columns_that_there_are() {
        for (name, column, words) in WORDS {
            let file = file(name).unwrap();
            let found = file.gives.iter().find(|given| given.name == *column);
            assert_eq!(found.map(|found| found.kind), Some(Type::Text), "{column}");
            assert!(!words.is_empty());
        }
    }

    #[test]
    fn every_act_names_its_subject_first() {
        for file in files() {
            if let Does::Acts(subject) = file.does {
                assert_eq!(file.takes[0].name, subject.word(), "{}", file.name);
            }
        }
    }
}
