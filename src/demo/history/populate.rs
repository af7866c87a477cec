//! Writes the invented history: a statement a table, all in one transaction.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::types::Json;
use sqlx::{PgConnection, PgPool, Postgres, Transaction};

use super::rows::{Phase, Plan};
use crate::data::error::{DataError, QueryContext};
use crate::data::native::templates;
use crate::demo::catalog;
use crate::demo::history::generate::generate;

/// How long finished work stays, in days. What has an investigation stays as long as that, too.
pub(in crate::demo) const RETENTION_DAYS: f64 = 7.0;

/// Fills an empty database with days of history that end in an incident.
///
/// Needs a superuser: a cycle of steps can come in only with the triggers set aside.
///
/// # Errors
///
/// When the database refuses or is gone; then nothing has been written but the templates.
pub(in crate::demo) async fn populate(
    pool: &PgPool,
    seed: u64,
    backlog: usize,
) -> Result<(), DataError> {
    const DOING: &str = "write the demo's history";
    let plan = generate(seed, clock(pool).await?.timestamp_millis(), backlog);
    let mut tx = pool.begin().await.while_doing(DOING)?;
    write(&mut tx, &plan).await.while_doing(DOING)?;
    tx.commit().await.while_doing(DOING)?;

    // With the triggers back: archiving relies on cascading deletes.
    let mut tx = pool
        .begin()
        .await
        .while_doing("archive the demo's history")?;
    archive(&mut tx)
        .await
        .while_doing("archive the demo's history")?;
    tx.commit().await.while_doing("archive the demo's history")
}

/// Adds the demo's templates as `template apply` would have, long ago, and arms the detector then, if it is to
/// be armed.
pub(in crate::demo) async fn put_templates(pool: &PgPool, armed: bool) -> Result<(), DataError> {
    const DOING: &str = "write the demo's templates";
    let mut tx = pool.begin().await.while_doing(DOING)?;
    for file in catalog::files() {
        let plan = templates::plan(&mut tx, file).await?;
        templates::write(&mut tx, &plan, "deploy@ci", "released").await?;
    }
    let arm = armed.then_some(include_str!("../sql/arm.sql"));
    let then = [
        include_str!("../sql/spoil_template.sql"),
        include_str!("../sql/age_templates.sql"),
        include_str!("../sql/triggers_aside.sql"),
        include_str!("../sql/age_log.sql"),
    ];
    for statement in arm.into_iter().chain(then) {
        sqlx::query(statement)
            .persistent(false)
            .execute(&mut *tx)
            .await
            .while_doing(DOING)?;
    }
    tx.commit().await.while_doing(DOING)
}

/// The database's clock.
pub(in crate::demo) async fn clock(pool: &PgPool) -> Result<DateTime<Utc>, DataError> {
    sqlx::query_scalar(include_str!("../sql/clock.sql"))
        .persistent(false)
        .fetch_one(pool)
        .await
        .while_doing("read the database's clock")
}

async fn write(tx: &mut Transaction<'_, Postgres>, plan: &Plan) -> sqlx::Result<()> {
    put(tx, include_str!("../sql/put_workers.sql"), &plan.workers).await?;
    sqlx::query(include_str!("../sql/triggers_aside.sql"))
        .persistent(false)
        .execute(&mut **tx)
        .await?;
    put(tx, include_str!("../sql/put_tasks.sql"), &plan.tasks).await?;
    put(tx, include_str!("../sql/put_steps.sql"), &plan.steps).await?;
    put(tx, include_str!("../sql/put_edges.sql"), &plan.edges).await?;
    for (number, phase) in plan.phases.iter().enumerate() {
        write_phase(tx, phase, number == 0).await?;
    }
    put(tx, include_str!("../sql/put_notes.sql"), &plan.notes).await?;
    put(tx, include_str!("../sql/put_claims.sql"), &plan.claims).await?;
    put(tx, include_str!("../sql/put_snoozes.sql"), &plan.snoozes).await?;
    put(tx, include_str!("../sql/put_log.sql"), &plan.log).await?;
    put(tx, include_str!("../sql/put_sweeps.sql"), &plan.sweeps).await?;
    sqlx::query(include_str!("../sql/reckon.sql"))
        .persistent(false)
        .execute(&mut **tx)
        .await?;
    Ok(())
}

async fn write_phase(
    tx: &mut Transaction<'_, Postgres>,
    phase: &Phase,
    first: bool,
) -> sqlx::Result<()> {
    if !first {
        put(tx, include_str!("../sql/put_steps.sql"), &phase.steps).await?;
        put(
            tx,
            include_str!("../sql/retire_task_moves.sql"),
            &phase.task_moves,
        )
        .await?;
        put(
            tx,
            include_str!("../sql/retire_step_moves.sql"),
            &phase.step_moves,
        )
        .await?;
    }
    put(
        tx,
        include_str!("../sql/put_task_moves.sql"),
        &phase.task_moves,
    )
    .await?;
    put(
        tx,
        include_str!("../sql/put_step_moves.sql"),
        &phase.step_moves,
    )
    .await?;
    if first {
        analyze(tx).await?;
    }
    put(tx, include_str!("../sql/put_entries.sql"), &phase.entries).await
}

async fn archive(tx: &mut Transaction<'_, Postgres>) -> sqlx::Result<()> {
    sqlx::query(include_str!("../sql/archive_old.sql"))
        .bind(RETENTION_DAYS)
        .bind(10_000)
        .persistent(false)
        .execute(&mut **tx)
        .await?;
    sqlx::query(include_str!("../sql/backdate_archive.sql"))
        .persistent(false)
        .execute(&mut **tx)
        .await?;
    analyze(tx).await
}

async fn analyze(db: &mut PgConnection) -> sqlx::Result<()> {
    sqlx::query(include_str!("../sql/analyze.sql"))
        .persistent(false)
        .execute(db)
        .await?;
    Ok(())
}

/// Writes a table's rows, which `sql` takes as one JSON array.
async fn put<T: Serialize + Sync>(
    db: &mut PgConnection,
    sql: &'static str,
    rows: &[T],
) -> sqlx::Result<()> {
    sqlx::query(sql)
        .bind(Json(rows))
        .persistent(false)
        .execute(db)
        .await?;
    Ok(())
}
