//! What a poll of all panes costs, spread as the poller's own schedule spreads it, against the plain
//! staleness view alone, and again with ten times the history. `TASKS=1000000 cargo bench --bench poll`; see docs/dev/performance.md.

#[allow(dead_code, reason = "each bench uses what it needs")]
mod common;
mod poll {
    pub mod parts;
}

use std::time::Duration;

use color_eyre::Result;
use color_eyre::eyre::ensure;
use common::measure::{Backend, Taken, Times};
use common::report::{Holds, line, progress, ratio, rounded, rounded_if};
use common::seed::{self, Scale};
use common::server::{self, Server};
use common::{block_on, facts, plans, rounds, sql};
use dlqtop::data::connection::transaction::begin;
use dlqtop::data::poller::PollOptions;
use dlqtop::data::poller::schedule;
use dlqtop::data::poller::schedule::{Budget, Schedule};
use dlqtop::data::reads::queries;
use dlqtop::data::source::Source;
use poll::parts::Part;
use serde_json::json;
use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

/// How often each side is timed.
const ROUNDS: usize = 15;
/// The database as seeded, and its copy with the longer history.
const SHORT: &str = "short";
const LONG: &str = "long";

/// How many times as long the longer history is: ten, or `HISTORY` where the disk is too small.
fn longer() -> i32 {
    std::env::var("HISTORY")
        .ok()
        .and_then(|text| text.parse().ok())
        .filter(|times| (1..=10).contains(times))
        .unwrap_or(10)
}

fn main() -> Result<()> {
    block_on(async {
        let scale = Scale::from_environment()?;
        let server = Server::start().await?;
        facts::print("poll", &server, scale)?;
        server.create(SHORT).await?;
        seed::seed(&server, SHORT, scale).await?;
        server.copy(SHORT, LONG).await?;
        seed::lengthen_history(&server, LONG, scale, longer()).await?;
        let [short, long] = measure(&server, scale).await?;

        let mut holds = Holds::default();
        for (name, reference) in [
            ("times_cheaper_than_the_plain_view", &short.reference),
            ("times_cheaper_than_the_plain_view_at_its_best", &short.best),
        ] {
            holds.at_least(name, 40.0, reference.wall / short.ours.wall);
            let name = format!("{name}_in_cpu");
            holds.at_least(&name, 40.0, reference.cpu / short.ours.cpu);
        }
        holds.at_most(
            "times_dearer_with_the_longer_history",
            1.3,
            long.ours.wall / short.ours.wall,
        );
        holds.at_most(
            "times_dearer_with_the_longer_history_in_cpu",
            1.3,
            long.ours.cpu / short.ours.cpu,
        );
        holds.finish("poll")?;
        server.stop().await;
        Ok(())
    })
}

/// What one length of history came to.
struct Cost {
    /// The plain view by the plan that the planner took.
    reference: Sides,
    /// The plain view by the better of two plans.
    best: Sides,
    ours: Sides,
}

/// The same cost in two measures, in milliseconds.
#[derive(Default)]
struct Sides {
    wall: f64,
    cpu: f64,
}

impl Sides {
    /// The smaller of each.
    fn or_less(&self, other: &Self) -> Self {
        Self {
            wall: self.wall.min(other.wall),
            cpu: self.cpu.min(other.cpu),
        }
    }

    /// A part that is read once in `every` polls.
    fn add(&mut self, times: &Times, every: f64) {
        self.wall += times.median() / every;
        self.cpu += times.cpu().unwrap_or_default() / every;
    }
}

/// What was seen of a part.
#[derive(Default)]
struct Seen {
    ours: Times,
    reference: Times,
    /// The plain staleness view without index scans.
    bitmaps: Times,
    rows: usize,
    blocks: Option<i32>,
    reference_blocks: Option<i32>,
}

/// Both histories and both sides in turns: whatever else the machine does meets all alike.
async fn measure(server: &Server, scale: Scale) -> Result<[Cost; 2]> {
    let mut short = History::open(server, scale, SHORT, 1).await?;
    let mut long = History::open(server, scale, LONG, longer()).await?;
    for _ in 0..rounds(ROUNDS) {
        short.round().await?;
        long.round().await?;
    }
    Ok([short.finish(scale).await?, long.finish(scale).await?])
}

/// One length of history, and what was seen of it.
struct History {
    db: PgConnection,
    backend: Backend,
    times_as_long: i32,
    parts: Vec<Seen>,
    whole: Times,
}

impl History {
    /// Everything once for the caches, and to count what is touched.
    async fn open(
        server: &Server,
        scale: Scale,
        database: &str,
        times_as_long: i32,
    ) -> Result<Self> {
        let mut db = server.connect(database).await?;
        agree(&mut db, scale).await?;
        let backend = Backend::of(&mut db).await?;
        let mut parts: Vec<Seen> = Part::ALL.iter().map(|_| Seen::default()).collect();
        for _ in 0..2 {
            poll(&mut db, backend).await?;
            count_blocks(&mut db, &mut parts).await?;
        }
        Ok(Self {
            db,
            backend,
            times_as_long,
            parts,
            whole: Times::default(),
        })
    }

    async fn round(&mut self) -> Result<()> {
        for (part, seen) in Part::ALL.iter().zip(&mut self.parts) {
            if let Some(plain) = part.plain() {
                let work = rows(&mut self.db, plain);
                let (_, taken) = self.backend.take(work).await?;
                seen.reference.add(taken);
            }
            if *part == Part::Staleness {
                let taken = plain_by_bitmaps(&mut self.db, self.backend).await?;
                seen.bitmaps.add(taken);
            }
        }
        let parts = poll(&mut self.db, self.backend).await?;
        self.whole
            .add(parts.iter().map(|(_, taken)| *taken).sum::<Taken>());
        for (seen, (rows, taken)) in self.parts.iter_mut().zip(parts) {
            seen.ours.add(taken);
            seen.rows = rows;
        }
        Ok(())
    }

    async fn finish(mut self, scale: Scale) -> Result<Cost> {
        if let Some(folder) = plans::wanted() {
            let suffix = format!("_{}", self.times_as_long);
            plans::keep(&mut self.db, &folder, &suffix).await?;
        }
        self.report(scale)
    }

    fn report(&self, scale: Scale) -> Result<Cost> {
        let schedule = self.schedule();
        let (mut ours, mut reference) = (Sides::default(), Sides::default());
        let mut best = Sides::default();
        let mut blocks = 0.0;
        let mut reference_blocks = None;
        for (part, seen) in Part::ALL.iter().zip(&self.parts) {
            let every = part.every(&schedule);
            ours.add(&seen.ours, every);
            blocks += f64::from(seen.blocks.unwrap_or_default()) / every;
            if *part == Part::Staleness {
                reference.add(&seen.reference, 1.0);
                best.add(&seen.bitmaps, 1.0);
                best = best.or_less(&reference);
                reference_blocks = seen.reference_blocks;
            }
            self.report_part(scale, *part, (seen, every))?;
        }
        line(&json!({
            "bench": "poll",
            "part": "whole",
            "against": "the plain staleness view alone",
            "tasks": scale.tasks,
            "history": self.times_as_long,
            "reference_ms": rounded(reference.wall),
            "ours_ms": rounded(ours.wall),
            "ratio": ratio(reference.wall, ours.wall),
            "reference_cpu_ms": rounded(reference.cpu),
            "ours_cpu_ms": rounded(ours.cpu),
            "cpu_ratio": ratio(reference.cpu, ours.cpu),
            "reference_at_its_best_ms": rounded(best.wall),
            "reference_at_its_best_cpu_ms": rounded(best.cpu),
            "ratio_at_its_best": ratio(best.wall, ours.wall),
            "cpu_ratio_at_its_best": ratio(best.cpu, ours.cpu),
            "rows": self.parts.iter().map(|seen| seen.rows).sum::<usize>(),
            "unamortised_ms": rounded(self.whole.median()),
            "longest_transaction_ms": rounded(self.whole.longest()),
            "buffers": {"reference": reference_blocks, "ours": rounded(blocks)},
            "rounds": rounds(ROUNDS),
            "load": facts::load(),
        }))?;
        Ok(Cost {
            reference,
            best,
            ours,
        })
    }

    /// What the poller would make of these costs, unhurried by anybody else on the machine.
    fn schedule(&self) -> Schedule {
        let mut schedule = Schedule::new(PollOptions::default().every, Budget::default());
        let cost = |part: &Part| {
            let seen = &self.parts[Part::ALL.iter().position(|p| p == part).unwrap_or(0)];
            let ms = seen.ours.cpu().unwrap_or_else(|| seen.ours.median());
            Duration::from_secs_f64(ms / 1000.0)
        };
        let lists = [Part::Frame, Part::Staleness, Part::Queue, Part::Log];
        for _ in 0..3 {
            schedule.note(schedule::Part::Lists, lists.iter().map(cost).sum(), false);
            schedule.note(schedule::Part::Counts, cost(&Part::Counts), false);
            schedule.note(schedule::Part::Stats, cost(&Part::Stats), false);
        }
        schedule
    }

    fn report_part(&self, scale: Scale, part: Part, (seen, every): (&Seen, f64)) -> Result<()> {
        let reference = part.plain().map(|_| &seen.reference);
        line(&json!({
            "bench": "poll",
            "part": part.name(),
            "tasks": scale.tasks,
            "history": self.times_as_long,
            "reference_ms": rounded_if(reference.map(Times::median)),
            "ours_ms": rounded(seen.ours.median()),
            "ratio": reference.map(|times| ratio(times.median(), seen.ours.median())),
            "reference_cpu_ms": rounded_if(reference.and_then(Times::cpu)),
            "ours_cpu_ms": rounded_if(seen.ours.cpu()),
            "one_in_polls": every,
            "rows": seen.rows,
            "buffers": {"reference": seen.reference_blocks, "ours": seen.blocks},
        }))
    }
}

/// The plain view may be read by plans that the planner thinks about equal and that are not: which it
/// takes is a matter of luck with its sample of the rows. This is the one by bitmaps.
async fn plain_by_bitmaps(db: &mut PgConnection, backend: Backend) -> Result<Taken> {
    db.execute("set enable_indexscan = off").await?;
    let (_, taken) = backend.take(rows(db, sql!("plain_staleness"))).await?;
    db.execute("reset enable_indexscan").await?;
    Ok(taken)
}

async fn rows(db: &mut PgConnection, statement: &'static str) -> Result<usize> {
    let rows = sqlx::query(statement)
        .persistent(false)
        .fetch_all(db)
        .await?;
    Ok(rows.len())
}

/// One poll as the poller makes it; the rows of each part, and what it took.
async fn poll(db: &mut PgConnection, backend: Backend) -> Result<Vec<(usize, Taken)>> {
    let mut parts = Vec::new();
    let begin = async {
        begin(
            db,
            Source::native().session(),
            PollOptions::default().statement_limit,
        )
        .await?;
        Ok(queries::clock(db).await?)
    };
    let (_, opened) = backend.take(begin).await?;
    for part in &Part::ALL[1..] {
        parts.push(backend.take(part.read(db)).await?);
    }
    let rollback = async { Ok(db.execute("rollback").await?) };
    let (_, ended) = backend.take(rollback).await?;
    parts.insert(0, (0, opened + ended));
    Ok(parts)
}

/// Blocks that each part touches, and each plain statement.
async fn count_blocks(db: &mut PgConnection, seen: &mut [Seen]) -> Result<()> {
    for (part, seen) in Part::ALL.iter().zip(seen) {
        let before = server::blocks(db).await?;
        part.read(db).await?;
        seen.blocks = server::blocks_since(db, before).await?;
        if let Some(plain) = part.plain() {
            let before = server::blocks(db).await?;
            rows(db, plain).await?;
            seen.reference_blocks = server::blocks_since(db, before).await?;
        }
    }
    Ok(())
}

/// Both formulations must speak of the same tasks.
async fn agree(db: &mut PgConnection, scale: Scale) -> Result<()> {
    let (plain, ours): (i64, i64) = sqlx::query_as(sql!("agreement"))
        .persistent(false)
        .fetch_one(&mut *db)
        .await?;
    let counts = queries::counts(db, &Source::native()).await?;
    ensure!(
        plain == ours && ours == counts.stale && ours >= scale.stale,
        "the plain view has {plain} stale tasks, ours {ours}, the counts {} of {}",
        counts.stale,
        scale.stale
    );
    progress(&format!("stale by both definitions: {ours}"));
    Ok(())
}
