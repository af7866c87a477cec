//! What workers notice while a sweep runs, and how long its transactions are.

use std::time::{Duration, Instant};

use color_eyre::Result;
use serde_json::json;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::sides::{Batch, SWEEPER, Side};
use crate::common::measure::Times;
use crate::common::report::{Holds, line, progress, rounded};
use crate::common::seed::Scale;
use crate::common::server::Server;
use crate::common::{facts, sql};

const WORKERS: usize = 2;
/// Between two acts of a worker, and between two looks at the transactions.
const PAUSE: Duration = Duration::from_millis(1);
/// How long the workers are watched without a sweep.
const QUIET: Duration = Duration::from_secs(3);
/// Rows that all workers want, of each kind.
const TARGETS: i64 = 2_000;

/// A row that a worker wants.
type Target = (Uuid, String, bool);

/// Sweeps once on each side with workers at work on random tasks, stale ones and others.
pub async fn measure(server: &Server, scale: Scale, holds: &mut Holds) -> Result<()> {
    // Ours first: at the full size the plain sweep takes many times as long.
    for side in [Side::Ours, Side::Plain] {
        let name = side.copy(server, scale).await?;
        progress(&format!("{}: workers at work", side.name()));
        let quiet = watch(server, name, side, async {
            sleep(QUIET).await;
            Ok(0)
        })
        .await?;
        let sweep = Box::pin(async {
            let batch = Batch::Default.size(scale);
            Ok(side.run(server, name, batch).await?.1)
        });
        let busy = watch(server, name, side, sweep).await?;
        server.remove(name).await?;
        line(&json!({
            "bench": "sweep",
            "measure": "workers during a sweep",
            "side": side.name(),
            "tasks": scale.tasks,
            "rows": busy.moved,
            "workers": WORKERS,
            "acts": busy.waits.count(),
            "wait_p50_ms": rounded(busy.waits.median()),
            "wait_p99_ms": rounded(busy.waits.percentile(99)),
            "wait_longest_ms": rounded(busy.waits.longest()),
            "without_sweep": {
                "wait_p50_ms": rounded(quiet.waits.median()),
                "wait_p99_ms": rounded(quiet.waits.percentile(99)),
                "wait_longest_ms": rounded(quiet.waits.longest()),
            },
            "longest_transaction_ms": rounded(busy.longest),
            "load": facts::load(),
        }))?;
        if side == Side::Ours {
            holds.at_most("longest_transaction_ms", 250.0, busy.longest);
            holds.at_most("worker_p99_wait_ms", 50.0, busy.waits.percentile(99));
        }
    }
    Ok(())
}

/// What was seen meanwhile.
struct Seen {
    waits: Times,
    longest: f64,
    moved: i64,
}

async fn watch(
    server: &Server,
    database: &str,
    side: Side,
    sweep: impl Future<Output = Result<i64>>,
) -> Result<Seen> {
    let stop = CancellationToken::new();
    let mut db = server.connect(database).await?;
    let targets: Vec<Target> = sqlx::query_as(sql!("worker_targets"))
        .bind(TARGETS)
        .fetch_all(&mut db)
        .await?;
    let hop = match side {
        Side::Plain | Side::Bare => sql!("hop_bare"),
        Side::Ours => sql!("hop_ours"),
    };
    let mut workers = JoinSet::new();
    for n in 0..WORKERS {
        let mine = targets.iter().skip(n).step_by(WORKERS).cloned().collect();
        let db = server.connect(database).await?;
        workers.spawn(work(db, mine, hop, stop.clone()));
    }
    let observer = tokio::spawn(observe(db, stop.clone()));
    let moved = sweep.await;
    stop.cancel();
    let mut waits = Times::default();
    while let Some(times) = workers.join_next().await {
        waits.extend(times??);
    }
    Ok(Seen {
        waits,
        longest: observer.await??,
        moved: moved?,
    })
}

/// Locks one task after another, stale or not, and moves on those that are not.
async fn work(
    mut db: PgConnection,
    mut targets: Vec<Target>,
    hop: &'static str,
    stop: CancellationToken,
) -> Result<Times> {
    let mut times = Times::default();
    let count = targets.len();
    let mut n = 0;
    while !stop.is_cancelled() && count > 0 {
        // Not in the order in which a sweep takes them.
        let (task, state, is_stale) = &mut targets[(n * 7919) % count];
        n += 1;
        let started = Instant::now();
        sqlx::query(sql!("worker_lock"))
            .bind(*task)
            .execute(&mut db)
            .await?;
        times.add(started.elapsed());
        if !*is_stale {
            let next = next(state);
            let started = Instant::now();
            let moved: bool = sqlx::query_scalar(hop)
                .bind(*task)
                .bind(state.as_str())
                .bind(next)
                .fetch_one(&mut db)
                .await?;
            times.add(started.elapsed());
            if moved {
                next.clone_into(state);
            }
        }
        sleep(PAUSE).await;
    }
    db.close().await?;
    Ok(times)
}

/// Where a task goes next, in circles.
fn next(state: &str) -> &'static str {
    match state {
        "waiting_for_retry" => "enqueuing_steps",
        "enqueuing_steps" => "steps_in_process",
        "evaluating_results" => "waiting_for_dependencies",
        _ => "evaluating_results",
    }
}

/// The longest transaction of the sweep, in milliseconds, to within a look.
pub async fn observe(mut db: PgConnection, stop: CancellationToken) -> Result<f64> {
    let mut longest: f64 = 0.0;
    while !stop.is_cancelled() {
        let now: f64 = sqlx::query_scalar(sql!("longest_transaction"))
            .bind(SWEEPER)
            .fetch_one(&mut db)
            .await?;
        longest = longest.max(now);
        sleep(PAUSE).await;
    }
    db.close().await?;
    Ok(longest)
}
