//! The settings that all dashboards and detectors share: reads and changes them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection as _, Executor as _, FromRow};

use crate::data::connection::Connection;
use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::safe_text::SafeText;

const DOING: &str = "put the configuration in force";
/// The time limit of a change; a threshold affects every running task.
const LIMIT: Duration = Duration::from_secs(70);

/// One setting as the database has it.
#[derive(Debug, Clone, PartialEq, FromRow)]
pub struct InForce {
    /// The column of `dlqtop.settings`.
    pub setting: SafeText,
    /// Its value.
    pub value: Value,
    /// Who set it; `None` if unknown.
    pub changed_by: Option<SafeText>,
    /// When.
    pub changed_at: Option<DateTime<Utc>>,
}

impl InForce {
    /// Who set it, and when, if it is known: `ana, 2026-11-22 10:00:00 UTC`.
    #[must_use]
    pub fn changed(&self) -> Option<String> {
        let (who, at) = (self.changed_by.as_ref()?, self.changed_at?);
        Some(format!("{who}, {}", at.format("%F %T UTC")))
    }
}

/// The result of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Configured {
    /// These have changed; none, if all had these values already.
    Changed(Vec<SafeText>),
    /// This role may not change settings; nothing has changed.
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

/// How other settings would change which running tasks are stale.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct SettingsEffect {
    /// Running tasks.
    pub running: i64,
    /// Stale now.
    pub stale_before: i64,
    /// Stale with the new settings.
    pub stale_after: i64,
    /// Stale with the new settings and not now.
    pub become_stale: i64,
    /// Stale now and not with the new settings.
    pub stop_being_stale: i64,
    /// Sweeps would take them with the new settings and would not take them now.
    pub become_due: i64,
    /// The breaker's limit, if so many becoming due disarm the detector.
    pub disarms_beyond: Option<i64>,
}

/// What `settings`, an object with the column names of `dlqtop.settings`, would change. Writes nothing. Call it in
/// a transaction.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn effect(db: &mut PgConnection, settings: &Value) -> Result<SettingsEffect, DataError> {
    const COUNTING: &str = "count what would become stale";
    db.execute(sql!("session/no_jit"))
        .await
        .while_doing(COUNTING)?;
    sqlx::query_as(sql!("native/settings_impact"))
        .bind(settings)
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing(COUNTING)
}

/// Applies `settings`, an object with the column names of `dlqtop.settings`. Writes only what differs, and
/// logs who, why, before and after in the operators' log.
///
/// # Errors
///
/// [`DataError`] if the database cannot be queried, or refuses a value. Nothing has changed then.
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
        // The role may call the function but lacks its rights, or the server is read-only.
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
    // Ask first: a refusal would stand in the server's log as an error.
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
