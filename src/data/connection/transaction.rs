//! How a transaction begins: read-only with a time limit, and with the settings of its source.

use std::time::Duration;

use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};

/// Settings that a source wants for each transaction.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionSettings {
    /// Their names.
    pub names: Vec<String>,
    /// The value of each.
    pub values: Vec<String>,
}

/// Begins a read-only transaction with its own statement timeout. Nothing outlives the transaction, so a
/// PgBouncer may hand the session to others between two of them.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn begin(
    db: &mut PgConnection,
    settings: &SessionSettings,
    limit: Duration,
) -> Result<(), DataError> {
    db.execute(sql!("session/begin_read_only"))
        .await
        .while_doing("begin a poll")?;
    sqlx::query(sql!("session/poll_limits"))
        .bind(limit.as_millis().to_string())
        .persistent(false)
        .execute(&mut *db)
        .await
        .while_doing("begin a poll")?;
    set_session(db, settings).await
}

/// Applies the source's settings to the current transaction.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn set_session(
    db: &mut PgConnection,
    settings: &SessionSettings,
) -> Result<(), DataError> {
    if settings.names.is_empty() {
        return Ok(());
    }
    sqlx::query(sql!("session/source_settings"))
        .bind(&settings.names)
        .bind(&settings.values)
        .persistent(false)
        .execute(db)
        .await
        .while_doing("set up the session")?;
    Ok(())
}
