//! How statements are sent: the text of one that is built in, and a query that returns rows.
//!
//! Statements are not kept prepared on the server: a PgBouncer in transaction mode could not find
//! them again.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use sqlx::{FromRow, Postgres, SqlSafeStr};

use crate::data::error::DataError;

/// The text of a statement of the program itself, by its path in `sql/`.
macro_rules! sql {
    ($name:literal) => {
        include_str!(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/src/data/sql/",
            $name,
            ".sql"
        ))
    };
}
pub(in crate::data) use sql;

/// The result of a function that sends statements.
pub(in crate::data) type QueryResult<T> = Result<T, DataError>;

/// A statement that reads rows.
pub(in crate::data) fn rows<T: for<'r> FromRow<'r, PgRow>>(
    sql: impl SqlSafeStr,
) -> QueryAs<'static, Postgres, T, PgArguments> {
    sqlx::query_as(sql).persistent(false)
}
