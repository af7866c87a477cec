//! Detects a pooler that hands the connection to another client after every transaction. Poolers do not
//! announce this.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};

use crate::data::connection::Connection;
use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};

const DOING: &str = "look whether a pooler is in between";
const LIMIT: Duration = Duration::from_secs(10);
/// Another client may take the server connection before the second query.
const TRIES: usize = 5;

/// Whether one server process answered on two open connections: without a pooler that never happens.
///
/// # Errors
///
/// [`DataError`] if the database cannot be queried.
pub async fn shares_sessions(options: &PgConnectOptions) -> Result<bool, DataError> {
    let (mut one, mut other) = (Connection::new(options), Connection::new(options));
    let mut shared = false;
    for _ in 0..TRIES {
        let first = one.run(DOING, LIMIT, backend).await?;
        shared |= other.run(DOING, LIMIT, backend).await? == first;
    }
    one.close().await;
    other.close().await;
    Ok(shared)
}

async fn backend(db: &mut PgConnection) -> Result<i32, DataError> {
    sqlx::query_scalar(sql!("session/backend_pid"))
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing(DOING)
}
