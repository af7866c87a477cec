//! The rows: many finished tasks, fewer active ones, some of them stale, and what the dead-letter
//! queue has seen. The same in every run, dated back from the start of the run.

use std::time::Instant;

use color_eyre::Result;
use color_eyre::eyre::{WrapErr as _, bail};
use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

use super::report::progress;
use super::server::Server;
use super::sql;

/// Tasks that one statement makes.
const SLICE: i64 = 250_000;
/// Days that the first history spans.
const DAYS: f64 = 30.0;
/// The newest finished task ended this many days ago.
const SINCE_THE_LAST: f64 = 0.05;
/// Where the numbers of each kind of task begin: no two tasks share one.
const FIRST_HISTORY: i64 = 100_000_000;
const FIRST_ARCHIVED: i64 = 400_000_000;
const FIRST_OLDER_ARCHIVED: i64 = 500_000_000;

/// How much of everything.
#[derive(Debug, Clone, Copy)]
pub struct Scale {
    /// All tasks.
    pub tasks: i64,
    /// A tenth of them in a state that can become stale.
    pub active: i64,
    /// A fifth of those past their threshold.
    pub stale: i64,
    /// Open dead letters, each of a task in `error`.
    pub open: i64,
}

impl Scale {
    /// `TASKS`, 100,000 unless set.
    pub fn from_environment() -> Result<Self> {
        let tasks = match std::env::var("TASKS") {
            Ok(text) => text
                .replace('_', "")
                .parse()
                .wrap_err("TASKS is a number of tasks, such as 1000000")?,
            Err(_) => 100_000,
        };
        if !(1_000..=2_000_000).contains(&tasks) {
            bail!("TASKS is from 1000 to 2000000, not {tasks}");
        }
        let active = tasks / 10;
        Ok(Self {
            tasks,
            active,
            stale: active / 5,
            open: active / 20,
        })
    }

    const fn finished(self) -> i64 {
        self.tasks - self.active - self.open
    }

    const fn archived(self) -> i64 {
        self.tasks / 5
    }
}

/// Fills a migrated database, and adds the plain formulation of everything beside it.
pub async fn seed(server: &Server, database: &str, scale: Scale) -> Result<()> {
    let mut db = server.connect(database).await?;
    run(&mut db, sql!("values")).await?;
    run(&mut db, sql!("ground")).await?;
    set(&mut db, "bench.active", scale.active).await?;
    set(&mut db, "bench.open", scale.open).await?;
    db.execute("set session_replication_role = replica").await?;
    let history = Span {
        first: FIRST_HISTORY,
        count: scale.finished(),
        from_days: DAYS,
        to_days: SINCE_THE_LAST,
    };
    fill(&mut db, "finished", sql!("history"), history).await?;
    let archive = Span {
        first: FIRST_ARCHIVED,
        count: scale.archived(),
        ..history
    };
    fill_archive(&mut db, archive).await?;
    history.dates(&mut db).await?;
    run(&mut db, sql!("sweeps")).await?;
    progress(&format!("active tasks: {}", scale.active));
    run(&mut db, sql!("active")).await?;
    run(&mut db, sql!("open_entries")).await?;
    db.execute("set session_replication_role = origin").await?;
    finish(&mut db).await?;
    run(&mut db, sql!("plain_views")).await?;
    run(&mut db, sql!("plain_sweep")).await?;
    db.execute("vacuum (freeze, analyze)").await?;
    Ok(())
}

/// Makes history `times` as long: as much again and again, older than what is there, at the same
/// pace. What is active stays as it is.
pub async fn lengthen_history(
    server: &Server,
    database: &str,
    scale: Scale,
    times: i32,
) -> Result<()> {
    let more = i64::from(times - 1);
    let mut db = server.connect(database).await?;
    db.execute("set session_replication_role = replica").await?;
    let older = Span {
        first: 0,
        count: more * scale.finished(),
        from_days: f64::from(times) * DAYS,
        to_days: DAYS,
    };
    fill(&mut db, "finished, older", sql!("history"), older).await?;
    let archive = Span {
        first: FIRST_OLDER_ARCHIVED,
        count: more * scale.archived(),
        ..older
    };
    fill_archive(&mut db, archive).await?;
    older.dates(&mut db).await?;
    run(&mut db, sql!("sweeps")).await?;
    db.execute("set session_replication_role = origin").await?;
    finish(&mut db).await?;
    db.execute("vacuum (freeze, analyze)").await?;
    Ok(())
}

/// What triggers would have kept.
async fn finish(db: &mut PgConnection) -> Result<()> {
    let started = Instant::now();
    run(db, sql!("rebuild")).await?;
    progress(&format!(
        "rebuilt in {:.1} s",
        started.elapsed().as_secs_f64()
    ));
    Ok(())
}

/// Tasks `first + 1` to `first + count`, from `from_days` to `to_days` ago.
#[derive(Clone, Copy)]
struct Span {
    first: i64,
    count: i64,
    from_days: f64,
    to_days: f64,
}

impl Span {
    async fn dates(self, db: &mut PgConnection) -> Result<()> {
        set(db, "bench.from_days", self.from_days).await?;
        set(db, "bench.to_days", self.to_days).await
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "task numbers are far below 2^52"
    )]
    fn part(self, done: i64, count: i64) -> Self {
        let days = self.to_days - self.from_days;
        let at = |n: i64| self.from_days + days * n as f64 / self.count as f64;
        Self {
            first: self.first + done,
            count,
            from_days: at(done),
            to_days: at(done + count),
        }
    }
}

/// The archive's own triggers count its rows.
async fn fill_archive(db: &mut PgConnection, span: Span) -> Result<()> {
    db.execute("set session_replication_role = origin").await?;
    fill(db, "archived", sql!("archive"), span).await?;
    db.execute("set session_replication_role = replica").await?;
    Ok(())
}

/// Fills a database without schema with a deployment of tasker-core.
pub async fn deployment(server: &Server, database: &str, scale: Scale) -> Result<()> {
    let mut db = server.connect(database).await?;
    let schema = include_str!("../../src/demo/fleets/tasker-core/schema.sql");
    run(&mut db, schema).await?;
    db.execute("set timezone = 'UTC'").await?;
    run(&mut db, sql!("values")).await?;
    run(&mut db, sql!("deployment_ground")).await?;
    set(&mut db, "bench.active", scale.active).await?;
    db.execute("set session_replication_role = replica").await?;
    let history = Span {
        first: FIRST_HISTORY,
        count: scale.tasks - scale.active,
        from_days: DAYS,
        to_days: SINCE_THE_LAST,
    };
    fill(&mut db, "finished", sql!("deployment_history"), history).await?;
    progress(&format!("active tasks: {}", scale.active));
    run(&mut db, sql!("deployment_active")).await?;
    db.execute("set session_replication_role = origin").await?;
    db.execute("vacuum (freeze, analyze)").await?;
    Ok(())
}

async fn fill(db: &mut PgConnection, what: &str, script: &'static str, span: Span) -> Result<()> {
    let started = Instant::now();
    let mut done = 0;
    while done < span.count {
        let part = span.part(done, SLICE.min(span.count - done));
        part.dates(db).await?;
        set(db, "bench.first", part.first + 1).await?;
        set(db, "bench.last", part.first + part.count).await?;
        run(db, script).await?;
        done += part.count;
        progress(&format!(
            "{what}: {done} of {} tasks, {:.0} s",
            span.count,
            started.elapsed().as_secs_f64()
        ));
    }
    Ok(())
}

async fn set(db: &mut PgConnection, name: &str, value: impl ToString) -> Result<()> {
    sqlx::query("select set_config($1, $2, false)")
        .bind(name)
        .bind(value.to_string())
        .execute(db)
        .await?;
    Ok(())
}

/// Runs a script of several statements in one transaction.
pub async fn run(db: &mut PgConnection, script: &'static str) -> Result<()> {
    let title = script.lines().next().unwrap_or_default();
    sqlx::raw_sql(script).execute(db).await.wrap_err(title)?;
    Ok(())
}
