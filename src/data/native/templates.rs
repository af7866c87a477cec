//! Templates in the database: lists them, plans a change and applies it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::postgres::PgConnection;
use sqlx::types::Json;
use sqlx::{Executor as _, FromRow};

use crate::data::connection::Connection;
use crate::data::connection::sql::sql;
use crate::data::error::{DataError, QueryContext as _};
use crate::data::model::safe_text::SafeText;
use crate::data::redaction;
use crate::template::Template;
use crate::template::diff::{self, Change};

/// A change is one short transaction.
const APPLY_LIMIT: Duration = Duration::from_secs(10);
const APPLYING: &str = "apply the template";

type Answer<T> = Result<T, DataError>;

/// Where a threshold comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// From the template.
    Template,
    /// The template has none: from the shared settings.
    Settings,
}

/// A threshold in force.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Threshold {
    /// In minutes.
    pub minutes: f64,
    /// Where it comes from.
    pub from: Origin,
}

/// The thresholds of one template.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Thresholds {
    /// For steps whose dependencies are not done.
    pub max_waiting_for_dependencies_minutes: Threshold,
    /// For a pause between attempts.
    pub max_waiting_for_retry_minutes: Threshold,
    /// For steps that workers have.
    pub max_steps_in_process_minutes: Threshold,
    /// For the whole task.
    pub max_duration_minutes: Threshold,
}

/// A template version, as a list shows it.
#[derive(Debug, Clone, Serialize, FromRow)]
pub struct TemplateRow {
    /// Whose it is.
    pub namespace_name: SafeText,
    /// Its name there.
    pub task_name: SafeText,
    /// Its version.
    pub task_version: SafeText,
    /// What its tasks are measured by.
    #[sqlx(json)]
    pub thresholds: Thresholds,
    /// `dlq`, or `alert` if the detector only reports.
    pub staleness_action: SafeText,
    /// The sweep opens an entry.
    pub auto_dlq_on_timeout: bool,
    /// The sweep fails the task.
    pub auto_fail_on_timeout: bool,
    /// Running tasks.
    pub running: i64,
    /// Tasks that are stale.
    pub stale: i64,
    /// Lifecycle keys whose values cannot be used.
    pub warnings: Vec<SafeText>,
}

/// Every template version.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn list(db: &mut PgConnection) -> Answer<Vec<TemplateRow>> {
    sqlx::query_as(sql!("native/templates"))
        .persistent(false)
        .fetch_all(db)
        .await
        .while_doing("list the templates")
}

/// The part of a template that describes what its tasks are given.
const SCHEMA: &str = "input_schema";

/// A template as it is stored. Its text is not checked and may hold anything.
#[derive(Debug, Clone, FromRow)]
pub struct Stored {
    namespace_name: String,
    task_name: String,
    task_version: String,
    configuration: String,
}

impl Stored {
    /// As YAML that can be applied again; or why the configuration cannot be read.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in a few words.
    pub fn yaml(&self) -> Result<String, SafeText> {
        let configuration = self.configuration()?;
        let names = [&*self.namespace_name, &*self.task_name, &*self.task_version];
        crate::template::yaml(names, &configuration)
            .map_err(|error| SafeText::from(error.to_string()))
    }

    /// The whole template as JSON.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in a few words.
    pub fn json(&self) -> Result<Value, SafeText> {
        let mut all = Map::new();
        for (key, value) in [
            ("name", &self.task_name),
            ("namespace_name", &self.namespace_name),
            ("version", &self.task_version),
        ] {
            all.insert(key.to_owned(), value.as_str().into());
        }
        all.extend(self.configuration()?);
        Ok(all.into())
    }

    fn configuration(&self) -> Result<Map<String, Value>, SafeText> {
        let read = serde_json::from_str(&self.configuration);
        let mut all: Map<String, Value> =
            read.map_err(|error| SafeText::from(error.to_string()))?;
        // A schema describes a password and holds none.
        let schema = all.get_mut(SCHEMA).map(Value::take);
        let mut value = Value::Object(all);
        redaction::json(&mut value);
        let Value::Object(mut all) = value else {
            return Ok(Map::new());
        };
        if let Some((place, schema)) = all.get_mut(SCHEMA).zip(schema) {
            *place = schema;
        }
        Ok(all)
    }
}

/// A template by its name; without a version, the version that new tasks get.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn find(
    db: &mut PgConnection,
    namespace: &str,
    name: &str,
    version: Option<&str>,
) -> Answer<Option<Stored>> {
    sqlx::query_as(sql!("native/find_template"))
        .bind(namespace)
        .bind(name)
        .bind(version)
        .persistent(false)
        .fetch_optional(db)
        .await
        .while_doing("read the template")
}

/// The effect of a change on running tasks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Effect {
    /// Running tasks of this version.
    pub running: i64,
    /// Stale now.
    pub stale_before: i64,
    /// Stale with the new thresholds.
    pub stale_after: i64,
    /// Stale with the new thresholds and not now.
    pub become_stale: i64,
    /// Stale now and not with the new thresholds.
    pub stop_being_stale: i64,
    /// Sweeps would take them with the new thresholds and would not take them now.
    pub become_due: i64,
    /// The breaker's limit, if so many becoming due disarm the detector.
    pub disarms_beyond: Option<i64>,
    /// Running tasks of the template's other versions: the change does not touch them.
    pub running_elsewhere: i64,
}

/// A threshold in force, before and after.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThresholdChange {
    /// The key in `lifecycle`.
    pub key: SafeText,
    /// Nothing for a version that is not there yet.
    pub before: Option<Threshold>,
    /// What the change makes of it.
    pub after: Threshold,
}

/// What applying a template would change.
#[derive(Debug, Clone)]
pub struct TemplatePlan {
    /// What is to be applied.
    pub template: Template,
    /// The version does not exist yet.
    pub is_new: bool,
    /// It exists already and is the same: there is nothing to write.
    pub unchanged: bool,
    /// All four thresholds.
    pub thresholds: Vec<ThresholdChange>,
    /// The effect on running tasks.
    pub effect: Effect,
    /// Everything but the thresholds.
    pub changes: Vec<Change>,
    /// The present configuration, to compare with when the change is applied.
    seen: Option<String>,
}

#[derive(FromRow)]
struct PresentRow {
    configuration: Option<String>,
    same: bool,
    #[sqlx(flatten)]
    effect: Effect,
}

#[derive(FromRow)]
struct ThresholdRow {
    key: SafeText,
    before_minutes: Option<f64>,
    before_own: Option<bool>,
    after_minutes: f64,
    after_own: bool,
}

impl From<ThresholdRow> for ThresholdChange {
    fn from(row: ThresholdRow) -> Self {
        let threshold = |minutes, own| Threshold {
            minutes,
            from: if own {
                Origin::Template
            } else {
                Origin::Settings
            },
        };
        Self {
            key: row.key,
            before: row
                .before_minutes
                .zip(row.before_own)
                .map(|(minutes, own)| threshold(minutes, own)),
            after: threshold(row.after_minutes, row.after_own),
        }
    }
}

/// Compares a template with the stored one. Writes nothing. Call it in a transaction.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn plan(db: &mut PgConnection, template: Template) -> Answer<TemplatePlan> {
    const DOING: &str = "compare the template";
    db.execute(sql!("session/no_jit"))
        .await
        .while_doing(DOING)?;
    let present: PresentRow = sqlx::query_as(sql!("native/template_impact"))
        .bind(&template.namespace_name)
        .bind(&template.name)
        .bind(&template.version)
        .bind(Json(&template.configuration))
        .persistent(false)
        .fetch_one(&mut *db)
        .await
        .while_doing(DOING)?;
    let thresholds: Vec<ThresholdRow> = sqlx::query_as(sql!("native/template_thresholds"))
        .bind(&present.configuration)
        .bind(Json(&template.configuration))
        .persistent(false)
        .fetch_all(&mut *db)
        .await
        .while_doing(DOING)?;
    // What cannot be read is replaced as a whole.
    let old = present
        .configuration
        .as_deref()
        .and_then(|old| serde_json::from_str(old).ok())
        .unwrap_or_default();
    Ok(TemplatePlan {
        is_new: present.configuration.is_none(),
        unchanged: present.same,
        thresholds: thresholds.into_iter().map(ThresholdRow::into).collect(),
        effect: present.effect,
        changes: diff::changes(&old, &template.configuration),
        seen: present.configuration,
        template,
    })
}

/// The result of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applied {
    /// It is written.
    Done,
    /// There was nothing to write.
    Unchanged,
    /// Someone else changed it first; nothing was written.
    Changed {
        /// Who, if they have left a name.
        by: Option<SafeText>,
        /// When.
        at: Option<DateTime<Utc>>,
    },
}

#[derive(FromRow)]
struct AppliedRow {
    outcome: SafeText,
    changed_by: Option<SafeText>,
    changed_at: Option<DateTime<Utc>>,
}

/// Applies a planned change, if nobody has changed the template since, in the caller's transaction.
///
/// # Errors
///
/// [`DataError::Query`].
pub async fn write(
    db: &mut PgConnection,
    plan: &TemplatePlan,
    actor: &str,
    reason: &str,
) -> Answer<Applied> {
    let template = &plan.template;
    let row: AppliedRow = sqlx::query_as(sql!("native/apply_template"))
        .bind(&template.namespace_name)
        .bind(&template.name)
        .bind(&template.version)
        .bind(Json(&template.configuration))
        .bind(&plan.seen)
        .bind(actor)
        .bind(reason)
        .persistent(false)
        .fetch_one(db)
        .await
        .while_doing(APPLYING)?;
    Ok(match row.outcome.as_str() {
        "done" => Applied::Done,
        "unchanged" => Applied::Unchanged,
        _ => Applied::Changed {
            by: row.changed_by,
            at: row.changed_at,
        },
    })
}

/// Applies a planned change in a transaction of its own. Writes nothing if there is nothing to change.
///
/// # Errors
///
/// [`DataError`]. If the connection failed, it is unknown whether the change was applied; applying it
/// again is safe.
pub async fn apply(
    connection: &mut Connection,
    plan: &TemplatePlan,
    actor: &str,
    reason: &str,
) -> Answer<Applied> {
    if plan.unchanged {
        return Ok(Applied::Unchanged);
    }
    let applied = connection
        .run(APPLYING, APPLY_LIMIT, async |db| {
            db.execute("begin").await.while_doing(APPLYING)?;
            db.execute(sql!("session/write_limits"))
                .await
                .while_doing(APPLYING)?;
            let applied = write(db, plan, actor, reason).await?;
            db.execute("commit").await.while_doing(APPLYING)?;
            Ok(applied)
        })
        .await;
    // An open transaction goes with its connection.
    applied.inspect_err(|_| connection.abandon())
}
