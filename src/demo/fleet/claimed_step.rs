//! A step that a worker has taken.

use std::time::Duration;

use serde_json::Value;
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

/// A task created longer ago than this has waited for an operator: it is not held up again by
/// chance, and slow steps go on where they were.
pub(in crate::demo) const YOUNG: Duration = Duration::from_mins(20);

/// A step that was just claimed.
#[derive(Debug, FromRow)]
pub(in crate::demo) struct Claim {
    pub(in crate::demo) workflow_step_uuid: Uuid,
    pub(in crate::demo) task_uuid: Uuid,
    pub(in crate::demo) step_name: String,
    pub(in crate::demo) attempts: i32,
    /// Whether it has failed before; with `attempts` at one, an operator has retried it.
    pub(in crate::demo) failed_before: bool,
    pub(in crate::demo) inputs: Json<Value>,
    /// Which run of the step this is.
    #[sqlx(rename = "claim")]
    pub(in crate::demo) run: i32,
}
