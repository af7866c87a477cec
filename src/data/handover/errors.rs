//! Limits of the report, and its errors grouped as the queue groups them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::postgres::PgConnection;

use crate::data::error::DataError;
use crate::data::fingerprint::rules::Rules;
use crate::data::model::QueueRow;
use crate::data::model::handover::{ErrorGroup, OpenGroup};
use crate::data::model::shown_fingerprint::fingerprint_of;
use crate::data::reads::collect::SELECT_ALL_LIMIT;
use crate::data::reads::keyset_pages;
use crate::data::reads::keyset_pages::SearchLimits;
use crate::data::source::Source;

/// The most lines of each part; the numbers above them count everything.
pub const LINES: usize = 50;

/// The most lines that are read of closed, claimed and snoozed entries and of notes: in the text, lines that
/// differ only by their entry are one.
pub const FOLDED: usize = 500;

/// The most entries that are read for their errors.
pub const ENTRIES: usize = 5_000;

pub(super) const DOING: &str = "read the handover";

/// Groups errors as the queue does, the most frequent first, with a sample of the most frequent error.
pub(super) fn group_errors(errors: Vec<ErrorGroup>, rules: &Rules) -> Vec<ErrorGroup> {
    let mut places = HashMap::new();
    let mut groups: Vec<ErrorGroup> = Vec::new();
    for error in errors {
        let alike = error
            .sample
            .as_ref()
            .map(|text| fingerprint_of(Some(text), &error.namespace_name, &error.task_name, rules));
        let key = (
            error.namespace_name.clone(),
            error.task_name.clone(),
            error.step_name.clone(),
            alike,
        );
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => {
                group.opened += error.opened;
                group.still_open += error.still_open;
            }
            None => groups.push(error),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.opened));
    groups.truncate(LINES);
    groups
}

/// What is open, by error.
pub(super) struct OpenErrors {
    /// The groups, the largest first.
    pub(super) groups: Vec<OpenGroup>,
    /// Of how many entries, if not of all.
    pub(super) cut: Option<usize>,
}

/// Groups all open entries by their errors, as the queue does.
pub(super) async fn open_errors(
    db: &mut PgConnection,
    source: &Source,
    since: DateTime<Utc>,
) -> Result<OpenErrors, DataError> {
    let limits = SearchLimits {
        matches: SELECT_ALL_LIMIT,
        scanned: SELECT_ALL_LIMIT,
    };
    let found = keyset_pages::search(db, source, |_: &QueueRow| true, limits).await?;
    let cut = found.is_cut().then_some(found.looked_at);
    let mut places = HashMap::new();
    let mut groups: Vec<OpenGroup> = Vec::new();
    for row in found.rows {
        // Without an error, the reason is what they have in common.
        let has_error = !row.fingerprint.is_empty();
        let alike = if has_error {
            row.fingerprint.clone()
        } else {
            row.dlq_reason.as_str().to_owned()
        };
        let key = (
            row.namespace_name.clone(),
            row.task_name.clone(),
            row.step_name.clone(),
            has_error,
            alike,
        );
        let place = *places.entry(key).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => add(group, &row, since),
            None => groups.push(begin(row, since)),
        }
    }
    groups.sort_by_key(|group| std::cmp::Reverse(group.open));
    groups.truncate(LINES);
    Ok(OpenErrors { groups, cut })
}

fn begin(row: QueueRow, since: DateTime<Utc>) -> OpenGroup {
    OpenGroup {
        open: 1,
        opened: i64::from(row.dlq_timestamp >= since),
        owned: i64::from(row.owner.is_some()),
        oldest: row.dlq_timestamp,
        namespace_name: row.namespace_name,
        task_name: row.task_name,
        step_name: row.step_name,
        dlq_reason: row.dlq_reason,
        sample: row.current_error,
    }
}

fn add(group: &mut OpenGroup, row: &QueueRow, since: DateTime<Utc>) {
    group.open += 1;
    group.opened += i64::from(row.dlq_timestamp >= since);
    group.owned += i64::from(row.owner.is_some());
    group.oldest = group.oldest.min(row.dlq_timestamp);
}
