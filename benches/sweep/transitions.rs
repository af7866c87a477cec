//! What is kept beside the tables costs every transition something. How much: a task's whole way
//! through its states, as the schema has it and on a twin of the same tables where nothing is kept.

use color_eyre::Result;
use color_eyre::eyre::ensure;
use serde_json::json;
use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

use super::sides::Side;
use crate::common::measure::Times;
use crate::common::report::{Holds, line, progress, rounded};
use crate::common::seed::Scale;
use crate::common::server::Server;
use crate::common::{facts, sql};

/// A task's way, through all that it usually meets.
const WAY: [&str; 13] = [
    "pending",
    "initializing",
    "enqueuing_steps",
    "steps_in_process",
    "evaluating_results",
    "waiting_for_dependencies",
    "evaluating_results",
    "waiting_for_retry",
    "enqueuing_steps",
    "steps_in_process",
    "evaluating_results",
    "enqueuing_steps",
    "steps_in_process",
];
/// Ends of the way: to `complete` by way of `evaluating_results`.
const END: [&str; 2] = ["evaluating_results", "complete"];
const ROUNDS: usize = 9;
/// Tasks of a round: enough for a statement of some milliseconds.
const TASKS: i32 = 400;
/// Those that go their way one statement and one transaction at a time.
const ALONE: usize = 100;

/// A transition: from (if any) and to.
type Hop = (Option<&'static str>, &'static str);

fn way() -> Vec<Hop> {
    let mut from = None;
    WAY.iter()
        .chain(&END)
        .map(|to| (from.replace(*to), *to))
        .collect()
}

/// The time of each hop.
struct Way {
    side: Side,
    db: PgConnection,
    /// Many tasks in one statement: what the server does, and nothing else.
    together: Vec<Times>,
    /// One task, one statement, one transaction: what a worker waits for.
    alone: Vec<Times>,
}

impl Way {
    async fn new(server: &Server, scale: Scale, side: Side) -> Result<Self> {
        let db = server.connect(side.copy(server, scale).await?).await?;
        Ok(Self {
            side,
            db,
            together: vec![Times::default(); way().len()],
            alone: vec![Times::default(); way().len()],
        })
    }

    const fn statements(&self) -> (&'static str, &'static str) {
        match self.side {
            Side::Plain | Side::Bare => (sql!("hops_bare"), sql!("hop_bare")),
            Side::Ours => (sql!("hops_ours"), sql!("hop_ours")),
        }
    }

    async fn round(&mut self) -> Result<()> {
        let (hops, hop) = self.statements();
        let tasks = self.new_tasks(TASKS).await?;
        for (times, (from, to)) in self.together.iter_mut().zip(way()) {
            let query = sqlx::query_scalar(hops).bind(&tasks).bind(from).bind(to);
            let made: i64 = times
                .time(async { Ok(query.fetch_one(&mut self.db).await?) })
                .await?;
            ensure!(made == i64::from(TASKS), "{made} of {TASKS} went to {to}");
        }
        let tasks = self.new_tasks(i32::try_from(ALONE)?).await?;
        for task in tasks {
            for (times, (from, to)) in self.alone.iter_mut().zip(way()) {
                let query = sqlx::query_scalar(hop).bind(task).bind(from).bind(to);
                let made: bool = times
                    .time(async { Ok(query.fetch_one(&mut self.db).await?) })
                    .await?;
                ensure!(made, "a task did not go to {to}");
            }
        }
        Ok(())
    }

    async fn new_tasks(&mut self, count: i32) -> Result<Vec<Uuid>> {
        Ok(sqlx::query_scalar(sql!("new_tasks"))
            .bind(count)
            .fetch_all(&mut self.db)
            .await?)
    }
}

/// Walks both ways in turns.
pub async fn measure(server: &Server, scale: Scale, holds: &mut Holds) -> Result<()> {
    progress("transitions");
    let mut bare = Way::new(server, scale, Side::Bare).await?;
    let mut ours = Way::new(server, scale, Side::Ours).await?;
    for _ in 0..ROUNDS {
        bare.round().await?;
        ours.round().await?;
    }
    let alone = report("one a transaction", scale, &bare.alone, &ours.alone, 1)?;
    let tasks = usize::try_from(TASKS)?;
    let together = report(
        "many in one statement",
        scale,
        &bare.together,
        &ours.together,
        tasks,
    )?;
    holds.at_most("transition_a_transaction_each", 1.5, alone.cycle);
    holds.at_most("transition_within_the_server", 1.5, together.cycle);
    holds.at_most("worst_transition_a_transaction_each", 1.5, alone.worst);
    for (way, side) in [(bare, Side::Bare), (ours, Side::Ours)] {
        way.db.close().await?;
        server.remove(side.name()).await?;
    }
    Ok(())
}

/// How many times as long ours takes.
struct Slower {
    cycle: f64,
    worst: f64,
}

fn report(
    measure: &str,
    scale: Scale,
    bare: &[Times],
    ours: &[Times],
    tasks: usize,
) -> Result<Slower> {
    #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
    let tasks = tasks as f64;
    let median = |times: &Times| times.median() / tasks;
    let mut worst = (0.0, (None, ""));
    let (mut reference_ms, mut ours_ms) = (0.0, 0.0);
    for ((bare, ours), hop) in bare.iter().zip(ours).zip(way()) {
        reference_ms += median(bare);
        ours_ms += median(ours);
        let slower = median(ours) / median(bare);
        if slower > worst.0 {
            worst = (slower, hop);
        }
    }
    let cycle = ours_ms / reference_ms;
    line(&json!({
        "bench": "sweep",
        "measure": format!("transitions, {measure}"),
        "tasks": scale.tasks,
        "transitions": way().len(),
        "reference_ms": rounded(reference_ms),
        "ours_ms": rounded(ours_ms),
        "ours_to_reference": rounded(cycle),
        "worst": {"from": worst.1.0, "to": worst.1.1, "ours_to_reference": rounded(worst.0)},
        "rows": bare.iter().map(Times::count).sum::<usize>(),
        "load": facts::load(),
    }))?;
    Ok(Slower {
        cycle,
        worst: worst.0,
    })
}
