//! The settings that all dashboards and detectors share: what is in force, and how it is changed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _, FromRow};

use crate::data::connection::Connection;
use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::safe_text::SafeText;

const DOING: &str = "put the configuration in force";
/// A changed threshold concerns every running task: longer than an act on one.
const LIMIT: Duration = Duration::from_secs(70);

/// One setting as the database has it.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct InForce {
    /// The column of `dlqtop.settings`.
    pub setting: SafeText,
    /// What it holds.
    pub value: Value,
    /// Who put it there; `None` if that is not known.
    pub changed_by: Option<SafeText>,
    /// When.
    pub changed_at: Option<DateTime<Utc>>,
}

/// What became of an attempt to change settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Configured {
    /// These have changed; none, if all was in force already.
    Changed(Vec<SafeText>),
    /// This role may not; nothing has changed.
    NotAllowed,
}

/// Every setting in force.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn in_force(db: &mut PgConnection) -> Result<Vec<InForce>, DataError> {
    sqlx::query_as(sql!("native/settings_in_force"))
        .persistent(false)
        .fetch_all(db)
        .await
        .while_doing("read the settings in force")
}

/// Puts `settings`, an object named by the columns of `dlqtop.settings`, in force. Writes only what
/// differs, and who, why, before and after to the operators' log.
///
/// # Errors
///
/// [`DataError`] if the database cannot be asked, or refuses a value. Nothing has changed then.
pub async fn configure(
    options: &PgConnectOptions,
    settings: &Value,
    actor: &str,
    reason: &str,
) -> Result<Configured, DataError> {
    let mut connection = Connection::new(options);
    let answer = connection
        .run(DOING, LIMIT, async |db| {
            // Rolls back when it is dropped before its end.
            let mut transaction = db.begin().await.while_doing(DOING)?;
            let configured = put(&mut transaction, settings, actor, reason).await?;
            transaction.commit().await.while_doing(DOING)?;
            Ok(configured)
        })
        .await;
    connection.close().await;
    match answer {
        // It may call the function, but not do what the function does; or nobody may write here.
        Err(error) if matches!(error.sqlstate().as_deref(), Some("42501" | "25006")) => {
            Ok(Configured::NotAllowed)
        }
        answer => answer,
    }
}

async fn put(
    db: &mut PgConnection,
    settings: &Value,
    actor: &str,
    reason: &str,
) -> Result<Configured, DataError> {
    db.execute(sql!("session/configure_limits"))
        .await
        .while_doing(DOING)?;
    // Asked first: a refusal would stand in the server's log at every start of a detector.
    let may: bool = sqlx::query_scalar(sql!("native/may_configure"))
        .persistent(false)
        .fetch_one(&mut *db)
        .await
        .while_doing(DOING)?;
    if !may {
        return Ok(Configured::NotAllowed);
    }
    let changed = sqlx::query_scalar(sql!("native/configure"))
        .bind(settings)
        .bind(actor)
        .bind(reason)
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing(DOING)?;
    Ok(Configured::Changed(changed))
}
