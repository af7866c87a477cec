//! Lists that are read a page at a time: their keys, their order, and snoozed entries.

use sqlx::Row as _;
use sqlx::postgres::{PgConnection, PgRow};
use uuid::Uuid;

use super::result::CheckResult;
use crate::data::error::DataError;
use crate::data::model::pg_timestamp::PgTimestamp;
use crate::data::source::check::executor::{Executor, Value};
use crate::data::source::contract::File;

/// Rows of a page.
const PAGE: i64 = 3;

/// The list and the columns of its key.
const KEYED: &[(&str, &str, &str)] = &[
    ("staleness", "breaches_at", "task_uuid"),
    ("queue", "priority_instant", "dlq_entry_uuid"),
    ("queue_snoozed", "priority_instant", "dlq_entry_uuid"),
    ("entries_page", "place", "dlq_entry_uuid"),
    ("errors_scan", "place", "dlq_entry_uuid"),
];

/// A row's key.
type Key = (PgTimestamp, Uuid);

/// Two pages after each other must be what one of their length is, in the order of the key.
pub(super) async fn check_pages(
    db: &mut PgConnection,
    executor: &mut Executor<'_>,
    file: &File,
) -> Result<Vec<CheckResult>, DataError> {
    let name = format!("{}.sql", file.name);
    let Some((_, instant, id)) = KEYED.iter().find(|(name, ..)| *name == file.name) else {
        return Ok(Vec::new());
    };
    executor.begin(db).await?;
    let keys = |rows: &[PgRow]| -> Vec<Key> {
        rows.iter()
            .filter_map(|row| key(row, instant, id))
            .collect()
    };
    let mut results = Vec::new();
    let mut values = executor.samples(file).remove(0);
    values[0] = Value::Number(2 * PAGE);
    let whole = keys(&executor.rows(db, file, &values).await?);
    values[0] = Value::Number(PAGE);
    let mut paged = keys(&executor.rows(db, file, &values).await?);
    if whole.len() > 6 || paged.len() > 3 {
        results.push(CheckResult::wrong(
            &name,
            "it brings more rows than $1 says",
        ));
        return Ok(results);
    }
    if let Some(last) = paged.last().copied() {
        (values[1], values[2]) = (Value::PgTimestamp(last.0), Value::Id(last.1));
        paged.extend(keys(&executor.rows(db, file, &values).await?));
    }
    if paged != whole {
        let what = format!(
            "the page behind a row does not begin with the next: it must be by ({instant}, {id}), compared with ($2, $3)"
        );
        results.push(CheckResult::wrong(&name, what));
    }
    let falls = matches!(file.name, "entries_page" | "errors_scan");
    let in_order = |pair: &[Key]| {
        if falls {
            pair[0] > pair[1]
        } else {
            pair[0] < pair[1]
        }
    };
    if !whole.windows(2).all(in_order) {
        let what = format!("its rows are not in the order of {instant} and {id}");
        results.push(CheckResult::wrong(&name, what));
    }
    if file.name == "queue" && !executor.source.has("queue_snoozed") {
        results.extend(check_snoozed(db, executor, file, &whole).await?);
    }
    Ok(results)
}

/// Snoozed entries comes only when that is asked for, and then nothing else does.
async fn check_snoozed(
    db: &mut PgConnection,
    executor: &Executor<'_>,
    file: &File,
    whole: &[Key],
) -> Result<Vec<CheckResult>, DataError> {
    let mut values = executor.samples(file).remove(0);
    let Some((_, first)) = whole.first() else {
        return Ok(Vec::new());
    };
    let mut entries = Vec::new();
    for (put_aside, only_those) in [(vec![*first], true), (vec![*first], false), (vec![], true)] {
        (values[3], values[4]) = (Value::Ids(put_aside), Value::Flag(only_those));
        let rows = executor.rows(db, file, &values).await?;
        let ids = rows
            .iter()
            .filter_map(|row| row.try_get::<Uuid, _>("dlq_entry_uuid").ok());
        entries.push(ids.collect::<Vec<_>>());
    }
    let holds = entries[0] == [*first] && !entries[1].contains(first) && entries[2].is_empty();
    let what = "snoozed entries are not kept apart from the others: where (dlq_entry_uuid = any($4::uuid[])) = $5::boolean";
    Ok(if holds {
        Vec::new()
    } else {
        vec![CheckResult::wrong("queue.sql", what)]
    })
}

fn key(row: &PgRow, instant: &str, id: &str) -> Option<Key> {
    Some((row.try_get(instant).ok()?, row.try_get(id).ok()?))
}
