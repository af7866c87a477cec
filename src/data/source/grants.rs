//! Which grant somebody is to ask for, where a role may not do what was asked of it.

use std::time::Duration;

use sqlx::Executor as _;
use sqlx::postgres::PgConnection;
use tokio::time::timeout;

use crate::data::connection::sql::sql;
use crate::data::connection::transaction::begin;
use crate::data::error::DataError;
use crate::data::source::Source;

/// What is wanted of a relation that is only read.
pub(in crate::data) const READING: &[&str] = &["select"];
/// The question may take so long.
const LIMIT: Duration = Duration::from_secs(2);

/// What a statement wants of the relations that it names.
pub(in crate::data) fn wanted(statement: &str) -> Vec<&'static str> {
    let text = statement.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let bare = |word: &str| word.trim_matches(['(', ')', ',']).to_owned();
    let has = |first: &str, second: &str| {
        words
            .windows(2)
            .any(|pair| bare(pair[0]) == first && bare(pair[1]) == second)
    };
    let locks = has("for", "update") || has("for", "no");
    let updates = locks || (words.iter()).any(|word| bare(word) == "update");
    let mut wanted = READING.to_vec();
    wanted.extend(has("insert", "into").then_some("insert"));
    wanted.extend(updates.then_some("update"));
    wanted.extend(has("delete", "from").then_some("delete"));
    wanted
}

/// The same error, with the grant to ask for if it says that one is missing. Only of a system that is
/// not ours: there, the roles of the schema have all that is needed. The transaction at hand has
/// failed; it is ended, and there is a new one afterwards, which only reads.
pub(in crate::data) async fn explained(
    db: &mut PgConnection,
    source: &Source,
    wanted: &[&str],
    error: DataError,
) -> DataError {
    if error.sqlstate().as_deref() != Some("42501") || source.is_native() {
        return error;
    }
    // What is wrong with this question is of no interest to who put the first.
    match timeout(LIMIT * 2, ask(db, source, wanted, &error.cause())).await {
        Ok(Ok(Some(grant))) => error.with_missing_grant(grant),
        _ => error,
    }
}

async fn ask(
    db: &mut PgConnection,
    source: &Source,
    wanted: &[&str],
    message: &str,
) -> Result<Option<String>, sqlx::Error> {
    db.execute("rollback").await?;
    if begin(db, source.session(), LIMIT).await.is_err() {
        return Ok(None);
    }
    sqlx::query_scalar(sql!("pg_catalog/missing_grant"))
        .bind(message)
        .bind(wanted)
        .persistent(false)
        .fetch_optional(db)
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_wants_stands_in_it() {
        assert_eq!(wanted("with a as (select) select"), ["select"]);
        assert_eq!(
            wanted("with f as (select from t\nfor update), n as (insert into l select 1) select 2"),
            ["select", "insert", "update"]
        );
        assert_eq!(
            wanted("with d as (delete from t) select"),
            ["select", "delete"]
        );
        assert_eq!(
            wanted("with d as (UPDATE t set a = 1) select"),
            ["select", "update"]
        );
    }
}
