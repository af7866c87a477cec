//! Which database a run belongs to, so that it is resumed in no other.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::postgres::PgConnection;

use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::safe_text::SafeText;

/// Where and when a run begins.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RunOrigin {
    /// The server's own number, which its replicas share and nobody else has.
    pub system: SafeText,
    /// The database's name.
    pub database: SafeText,
    /// By the database's clock.
    pub at: chrono::DateTime<chrono::Utc>,
}

/// Where this session is, and what time it is there.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn run_origin(db: &mut PgConnection) -> Result<RunOrigin, DataError> {
    sqlx::query_as(sql!("session/bulk_run_origin"))
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing("look where the run begins")
}

/// Which database a run belongs to: it is never resumed in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The server's own number, which its replicas share and nobody else has.
    pub system: SafeText,
    /// The database's name.
    pub database: SafeText,
}

impl From<&RunOrigin> for Identity {
    fn from(beginning: &RunOrigin) -> Self {
        Self {
            system: beginning.system.clone(),
            database: beginning.database.clone(),
        }
    }
}
