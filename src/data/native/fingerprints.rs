//! Stores the fingerprints of open entries, which the program makes and the database counts. Whoever may write
//! does it: a dashboard, a detector. Nothing depends on who, or on there being one: what nobody has stored is
//! read by those who look.

use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use crate::data::connection::sql::{QueryResult, rows, sql};
use crate::data::error::QueryContext as _;
use crate::data::fingerprint::rules::{ErrorText, Rules};
use crate::data::model::EntryId;
use crate::data::model::safe_text::SafeText;
use crate::data::native::fingerprint_rules;
use crate::data::reads::error_groups::algorithm;

/// Entries of a round: a tenth of a second's work for the database.
pub const ROUND: i32 = 1_000;
pub(in crate::data) const DOING: &str = "store fingerprints";

/// An entry whose fingerprint is to be stored.
#[derive(Debug, FromRow)]
struct Unread {
    entry: EntryId,
    changes: Vec<i64>,
    namespace_name: Option<SafeText>,
    task_name: Option<SafeText>,
    /// `None` if it is closed.
    dlq_reason: Option<SafeText>,
    current_error: Option<SafeText>,
}

impl Unread {
    /// Its fingerprint; `None` if it is closed.
    fn fingerprint(&self, rules: &Rules) -> Option<String> {
        self.dlq_reason.as_ref()?;
        Some(rules.fingerprint(&ErrorText {
            namespace: self.namespace_name.as_ref()?.as_str(),
            name: self.task_name.as_ref()?.as_str(),
            text: (self.current_error.as_ref()).map_or("", SafeText::unredacted),
        }))
    }
}

/// Stores fingerprints of the entries that have changed last, by the rules of the database, in the current
/// transaction. Says whether there may
/// be more to do: not if somebody else is at it.
///
/// # Errors
///
/// `DataError::Query`.
pub async fn store_round(db: &mut PgConnection, limit: i32) -> QueryResult<bool> {
    let Some(rules) = fingerprint_rules::usable(db).await? else {
        return Ok(false);
    };
    let unread: Vec<Unread> = rows(sql!("native/unread_errors"))
        .bind(rules.version())
        .bind(limit)
        .fetch_all(&mut *db)
        .await
        .while_doing(DOING)?;
    if unread.is_empty() {
        return Ok(false);
    }
    let changes: Vec<i64> = unread.iter().flat_map(|it| &it.changes).copied().collect();
    let entries: Vec<EntryId> = unread.iter().map(|it| it.entry).collect();
    let prints: Vec<Option<String>> = unread.iter().map(|it| it.fingerprint(&rules)).collect();
    let stored: i32 = sqlx::query_scalar(sql!("native/store_fingerprints"))
        .bind(algorithm())
        .bind(rules.version())
        .bind(changes)
        .bind(entries)
        .bind(prints)
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing(DOING)?;
    Ok(stored >= 0 && i32::try_from(unread.len()).is_ok_and(|read| read >= limit))
}
