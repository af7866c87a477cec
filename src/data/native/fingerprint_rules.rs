//! The rules of the fingerprint that are a setting of the database: stored fingerprints are made with them.

use serde_json::Value;
use sqlx::postgres::PgConnection;

use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::fingerprint::rules::{RuleText, Rules};
use crate::data::source::NATIVE;

const DOING: &str = "read the rules of the fingerprint";

/// The column of `dlqtop.settings`.
pub const COLUMN: &str = "fingerprint_rules";

/// The shared rules; none for a role that may not read the settings, or if this program cannot read them.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn shared(db: &mut PgConnection) -> Result<Rules, DataError> {
    Ok(usable(db).await?.unwrap_or_default())
}

/// The shared rules; `None` if this role may not read them, or if this program cannot. Then it stores nothing: what it
/// makes would not be what others make.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn usable(db: &mut PgConnection) -> Result<Option<Rules>, DataError> {
    let may: bool = sqlx::query_scalar(sql!("native/may_read_settings"))
        .persistent(false)
        .fetch_one(&mut *db)
        .await
        .while_doing(DOING)?;
    if !may {
        return Ok(None);
    }
    let kept: Option<Value> = sqlx::query_scalar(sql!("native/fingerprint_rules"))
        .persistent(false)
        .fetch_optional(db)
        .await
        .while_doing(DOING)?;
    let rules = read(&kept.unwrap_or_default());
    Ok(rules
        .inspect_err(|why| tracing::warn!(%why, "the shared rules of the fingerprint are not used"))
        .ok())
}

/// The rules that a column holds.
///
/// # Errors
///
/// Why this program cannot use them, in one line.
pub fn read(kept: &Value) -> Result<Rules, String> {
    let texts = texts(kept)?;
    let rules = Rules::compile(&texts).map_err(|faults| {
        let all = faults
            .iter()
            .map(|fault| format!("rule {} {}", fault.number, fault.what));
        all.collect::<Vec<_>>().join("; ")
    })?;
    Ok(rules.for_source(NATIVE))
}

fn texts(kept: &Value) -> Result<Vec<RuleText>, String> {
    if kept.is_null() {
        return Ok(Vec::new());
    }
    serde_json::from_value(kept.clone()).map_err(|error| error.to_string())
}
