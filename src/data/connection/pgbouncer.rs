//! Whether a pooler stands between us and the server that gives a connection to somebody else after
//! every transaction. It does not say so.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};

use crate::data::connection::Connection;
use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};

const DOING: &str = "look whether a pooler is in between";
const LIMIT: Duration = Duration::from_secs(10);
/// Others may take the connection that the second question should have had.
const TRIES: usize = 5;

/// Whether two open connections were answered by one server process: those of a server never are.
///
/// # Errors
///
/// [`DataError`] if the database cannot be asked.
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
