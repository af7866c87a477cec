//! The two formulations of the sweep, each on a copy of the same database.

use std::time::{Duration, Instant};

use color_eyre::Result;
use color_eyre::eyre::ensure;
use dlqtop::data::native::sweep::{SweepOptions, SweepOutcome, Sweeper};
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, Row as _};
use tokio_util::sync::CancellationToken;

use super::contention;
use crate::SEEDED;
use crate::common::measure::{Backend, Taken, Times};
use crate::common::report::progress;
use crate::common::seed::{self, Scale};
use crate::common::server::{self, Server};
use crate::common::sql;

/// What both sides take at a time unless told otherwise.
const DEFAULT_BATCH: i64 = 100;
/// The name that both sides' sweeps go by.
pub const SWEEPER: &str = "dlqtop";
/// No sweep is interrupted.
const BUDGET: Duration = Duration::from_hours(6);

/// Who sweeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The loop over functions of one row, on tables as tasker-core has them.
    Plain,
    /// The native tables without what is kept beside them. Nobody sweeps here: transitions only.
    Bare,
    /// The detector's own sweep.
    Ours,
}

/// How many tasks a transaction takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// One hundred.
    Default,
    /// All there are.
    Everything,
}

impl Batch {
    /// For the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default batch",
            Self::Everything => "one batch",
        }
    }

    /// In tasks.
    pub const fn size(self, scale: Scale) -> i64 {
        match self {
            Self::Default => DEFAULT_BATCH,
            Self::Everything => scale.active,
        }
    }
}

/// What a sweep did.
pub struct Swept {
    /// From its start to the end of its last transaction.
    pub taken: Taken,
    /// Tasks recorded and failed.
    pub moved: i64,
    /// Blocks touched.
    pub blocks: Option<i32>,
    /// Its longest transaction, in milliseconds, to within a look.
    pub longest: f64,
}

impl Side {
    /// The reference first.
    pub const BOTH: [Self; 2] = [Self::Plain, Self::Ours];

    /// For the report.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Bare => "bare",
            Self::Ours => "ours",
        }
    }

    /// Sweeps a fresh copy and removes it.
    pub async fn sweep(self, server: &Server, scale: Scale, batch: Batch) -> Result<Swept> {
        let name = self.copy(server, scale).await?;
        let mut db = server.connect(name).await?;
        let (open_before, _) = state(&mut db).await?;
        let before = server::blocks(&mut db).await?;
        let stop = CancellationToken::new();
        let looks = server.connect(name).await?;
        let observer = tokio::spawn(contention::observe(looks, stop.clone()));
        let ran = self.run(server, name, batch.size(scale)).await;
        stop.cancel();
        let longest = observer.await??;
        let (taken, moved) = ran?;
        let blocks = server::blocks_since(&mut db, before).await?;
        let (open, in_error) = state(&mut db).await?;
        ensure!(
            moved == open - open_before && open == in_error && moved >= scale.stale,
            "{} moved {moved} of {} tasks: {open_before} entries became {open}, with {in_error} tasks in error",
            self.name(),
            scale.stale
        );
        db.close().await?;
        server.remove(name).await?;
        Ok(Swept {
            taken,
            moved,
            blocks,
            longest,
        })
    }

    /// A copy of the seeded database, in the shape that this side has, with what is active read
    /// once. Returns its name.
    pub async fn copy(self, server: &Server, scale: Scale) -> Result<&'static str> {
        let name = self.name();
        server.copy(SEEDED, name).await?;
        let mut db = server.connect(name).await?;
        if self != Self::Ours {
            let tables = if self == Self::Plain {
                sql!("plain_tables")
            } else {
                sql!("bare")
            };
            seed::run(&mut db, tables).await?;
            seed::run(&mut db, sql!("bare_transition")).await?;
        }
        db.execute(sql!("warm")).await?;
        if self == Self::Ours {
            db.execute(sql!("arm")).await?;
        }
        if self == Self::Plain {
            choose_plan(&mut db).await?;
        }
        sqlx::query(sql!("warm_sweeps"))
            .bind(i32::try_from(scale.active)?)
            .fetch_one(&mut db)
            .await?;
        db.close().await?;
        Ok(name)
    }

    /// Sweeps until nothing is left; the time, and how many tasks were moved.
    pub async fn run(self, server: &Server, database: &str, batch: i64) -> Result<(Taken, i64)> {
        match self {
            // A batch of any size is one statement of the same function.
            Self::Ours if batch > DEFAULT_BATCH => {
                loop_over(server, database, sql!("whole_chunk"), batch).await
            }
            Self::Ours => detect(server, database).await,
            Self::Plain | Self::Bare => {
                loop_over(server, database, sql!("plain_chunk"), batch).await
            }
        }
    }
}

/// The plain discovery may be done by two plans that the planner thinks about equal and that are not.
/// The plain side gets the better one.
async fn choose_plan(db: &mut PgConnection) -> Result<()> {
    let mut times = [Times::default(), Times::default()];
    for _ in 0..3 {
        for (times, setting) in times
            .iter_mut()
            .zip([sql!("plain_by_itself"), sql!("plain_by_bitmaps")])
        {
            db.execute(setting).await?;
            times
                .time(async { Ok(db.execute(sql!("plain_discovery")).await?) })
                .await?;
        }
    }
    let [itself, bitmaps] = times;
    if itself.median() < bitmaps.median() {
        db.execute(sql!("plain_by_itself")).await?;
    }
    progress(&format!(
        "the plain discovery: {:.0} ms by the planner's choice, {:.0} ms by bitmaps",
        itself.median(),
        bitmaps.median()
    ));
    Ok(())
}

/// As the detector does it.
async fn detect(server: &Server, database: &str) -> Result<(Taken, i64)> {
    let mut sweeper = Sweeper::new(
        &server.options(database),
        SweepOptions {
            instance: "bench".to_owned(),
            dry_run: false,
            budget: BUDGET,
        },
    );
    let started = Instant::now();
    let report = sweeper.sweep(&CancellationToken::new()).await?;
    let wall = started.elapsed();
    let cpu = session_cpu(server, database).await?;
    // Its numbers are in the server's statistics when its session has ended.
    sweeper.close().await;
    Ok((
        Taken { wall, cpu },
        i64::from(report.count(SweepOutcome::Moved)),
    ))
}

/// Batch after batch, each a transaction, until one comes back empty or not full.
async fn loop_over(
    server: &Server,
    database: &str,
    statement: &'static str,
    batch: i64,
) -> Result<(Taken, i64)> {
    let options = server.options(database).application_name(SWEEPER);
    let mut db = options.connect().await?;
    let size = i32::try_from(batch)?;
    let mut moved = 0;
    let started = Instant::now();
    loop {
        let rows = sqlx::query(statement).bind(size).fetch_all(&mut db).await?;
        moved += rows.iter().filter(|row| was_moved(row)).count();
        if rows.len() < usize::try_from(size)? {
            break;
        }
    }
    let wall = started.elapsed();
    let cpu = session_cpu(server, database).await?;
    db.close().await?;
    Ok((Taken { wall, cpu }, i64::try_from(moved)?))
}

/// What the session that sweeps has used of a processor, from its start.
async fn session_cpu(server: &Server, database: &str) -> Result<Option<Duration>> {
    let mut db = server.connect(database).await?;
    let cpu = match Backend::named(&mut db, SWEEPER).await? {
        Some(backend) => backend.used().await,
        None => None,
    };
    db.close().await?;
    Ok(cpu)
}

fn was_moved(row: &PgRow) -> bool {
    row.try_get::<String, _>("action_taken")
        .is_ok_and(|action| action == "transitioned_to_dlq_and_error")
}

/// Open entries, and tasks in error.
async fn state(db: &mut PgConnection) -> Result<(i64, i64)> {
    Ok(sqlx::query_as(sql!("swept")).fetch_one(db).await?)
}
