//! What a poll of all panes costs, against the plain staleness view alone, and again with ten times
//! the history. `TASKS=1000000 cargo bench --bench poll`; see docs/performance.md.

#[allow(dead_code, reason = "each bench uses what it needs")]
mod common;

use std::time::{Duration, Instant};

use color_eyre::Result;
use color_eyre::eyre::ensure;
use common::measure::Times;
use common::report::{Holds, line, progress, ratio, rounded};
use common::seed::{self, Scale};
use common::server::{self, Server};
use common::{block_on, facts, plans, sql};
use dlqtop::data::model::LOG_WINDOW;
use dlqtop::data::poller::{self, LIST_LIMIT, Polling};
use dlqtop::data::queries;
use serde_json::json;
use sqlx::Executor as _;
use sqlx::postgres::PgConnection;

/// How often each side is timed; the medians count.
const ROUNDS: usize = 15;
/// The database as seeded, and its copy with ten times the history.
const SHORT: &str = "short";
const LONG: &str = "long";

fn main() -> Result<()> {
    block_on(async {
        let scale = Scale::from_environment()?;
        let server = Server::start().await?;
        facts::print("poll", &server, scale)?;
        server.create(SHORT).await?;
        seed::seed(&server, SHORT, scale).await?;
        server.copy(SHORT, LONG).await?;
        seed::lengthen_history(&server, LONG, scale).await?;
        let [short, long] = measure(&server, scale).await?;

        let mut holds = Holds::default();
        holds.at_least("poll_cheaper_than_plain_view", 40.0, short.ratio());
        holds.at_most(
            "poll_with_ten_times_the_history",
            1.3,
            long.ours / short.ours,
        );
        holds.finish("poll")?;
        server.stop().await
    })
}

/// What one size of history came to, in milliseconds.
struct Cost {
    reference: f64,
    ours: f64,
}

impl Cost {
    fn ratio(&self) -> f64 {
        self.reference / self.ours
    }
}

/// A part of a poll, as the poller reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The transaction around all others, and the database's clock.
    Frame,
    Counts,
    Staleness,
    Queue,
    Stats,
    Log,
}

impl Part {
    const ALL: [Self; 6] = [
        Self::Frame,
        Self::Counts,
        Self::Staleness,
        Self::Queue,
        Self::Stats,
        Self::Log,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Frame => "frame",
            Self::Counts => "counts",
            Self::Staleness => "staleness",
            Self::Queue => "queue",
            Self::Stats => "stats",
            Self::Log => "log",
        }
    }

    /// In how many polls it is read once.
    const fn every(self) -> f64 {
        match self {
            Self::Frame
            | Self::Counts
            | Self::Staleness
            | Self::Queue
            | Self::Stats
            | Self::Log => 1.0,
        }
    }

    /// The plain statement that shows about the same.
    const fn plain(self) -> Option<&'static str> {
        match self {
            Self::Staleness => Some(sql!("plain_staleness")),
            Self::Queue => Some(sql!("plain_queue")),
            Self::Stats => Some(sql!("plain_dashboard")),
            Self::Frame | Self::Counts | Self::Log => None,
        }
    }

    /// Reads it; how many rows came.
    async fn read(self, db: &mut PgConnection) -> Result<usize> {
        Ok(match self {
            Self::Frame => 0,
            Self::Counts => queries::counts(db).await.map(|_| 1)?,
            Self::Staleness => queries::staleness(db, LIST_LIMIT).await?.rows.len(),
            Self::Queue => queries::queue(db, LIST_LIMIT).await?.rows.len(),
            Self::Stats => queries::stats(db).await?.reasons.len(),
            Self::Log => queries::log(db, i64::try_from(LOG_WINDOW)?).await?.len(),
        })
    }
}

/// What was seen of a part.
#[derive(Default)]
struct Seen {
    ours: Times,
    reference: Times,
    rows: usize,
    blocks: Option<i64>,
    reference_blocks: Option<i64>,
}

/// Both histories and both sides in turns: whatever else the machine does meets all alike.
async fn measure(server: &Server, scale: Scale) -> Result<[Cost; 2]> {
    let mut short = History::open(server, scale, SHORT, 1).await?;
    let mut long = History::open(server, scale, LONG, 10).await?;
    for _ in 0..ROUNDS {
        short.round().await?;
        long.round().await?;
    }
    Ok([short.finish(scale).await?, long.finish(scale).await?])
}

/// One length of history, and what was seen of it.
struct History {
    db: PgConnection,
    times_as_long: u32,
    parts: Vec<Seen>,
    whole: Times,
}

impl History {
    /// Everything once for the caches, and to count what is touched.
    async fn open(
        server: &Server,
        scale: Scale,
        database: &str,
        times_as_long: u32,
    ) -> Result<Self> {
        let mut db = server.connect(database).await?;
        agree(&mut db, scale).await?;
        let mut parts: Vec<Seen> = Part::ALL.iter().map(|_| Seen::default()).collect();
        for _ in 0..2 {
            poll(&mut db).await?;
            count_blocks(&mut db, &mut parts).await?;
        }
        Ok(Self {
            db,
            times_as_long,
            parts,
            whole: Times::default(),
        })
    }

    async fn round(&mut self) -> Result<()> {
        for (part, seen) in Part::ALL.iter().zip(&mut self.parts) {
            if let Some(plain) = part.plain() {
                let work = rows(&mut self.db, plain);
                seen.reference.time(async { Ok(work.await?) }).await?;
            }
        }
        let started = Instant::now();
        let times = poll(&mut self.db).await?;
        self.whole.add(started.elapsed());
        for (seen, (took, rows)) in self.parts.iter_mut().zip(times) {
            seen.ours.add(took);
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
        let (history, seen, whole) = (self.times_as_long, &self.parts, &self.whole);
        let mut cost = Cost {
            reference: 0.0,
            ours: 0.0,
        };
        let mut blocks = 0.0;
        let mut reference_blocks = None;
        for (part, seen) in Part::ALL.iter().zip(seen) {
            cost.ours += seen.ours.median() / part.every();
            #[expect(clippy::cast_precision_loss, reason = "blocks are far below 2^52")]
            {
                blocks += seen.blocks.unwrap_or_default() as f64 / part.every();
            }
            if *part == Part::Staleness {
                cost.reference = seen.reference.median();
                reference_blocks = seen.reference_blocks;
            }
            let reference = (seen.reference.count() > 0).then(|| seen.reference.median());
            line(&json!({
                "bench": "poll",
                "part": part.name(),
                "tasks": scale.tasks,
                "history": history,
                "reference_ms": reference.map(rounded),
                "ours_ms": rounded(seen.ours.median()),
                "ours_longest_ms": rounded(seen.ours.longest()),
                "ratio": reference.map(|reference| ratio(reference, seen.ours.median())),
                "one_in_polls": part.every(),
                "rows": seen.rows,
                "buffers": {"reference": seen.reference_blocks, "ours": seen.blocks},
            }))?;
        }
        line(&json!({
            "bench": "poll",
            "part": "whole",
            "against": "the plain staleness view alone",
            "tasks": scale.tasks,
            "history": history,
            "reference_ms": rounded(cost.reference),
            "ours_ms": rounded(cost.ours),
            "ratio": rounded(cost.ratio()),
            "rows": seen.iter().map(|seen| seen.rows).sum::<usize>(),
            "unamortised_ms": rounded(whole.median()),
            "longest_transaction_ms": rounded(whole.longest()),
            "buffers": {"reference": reference_blocks, "ours": rounded(blocks)},
            "rounds": ROUNDS,
            "load": facts::load(),
        }))?;
        Ok(cost)
    }
}

async fn rows(db: &mut PgConnection, statement: &'static str) -> sqlx::Result<usize> {
    let rows = sqlx::query(statement)
        .persistent(false)
        .fetch_all(db)
        .await?;
    Ok(rows.len())
}

/// One poll as the poller makes it; the time and the rows of each part.
async fn poll(db: &mut PgConnection) -> Result<Vec<(Duration, usize)>> {
    let started = Instant::now();
    poller::begin(db, Polling::default().statement_limit).await?;
    queries::clock(db).await?;
    let mut frame = started.elapsed();
    let mut times = Vec::new();
    for part in &Part::ALL[1..] {
        let started = Instant::now();
        let rows = part.read(db).await?;
        times.push((started.elapsed(), rows));
    }
    let started = Instant::now();
    db.execute("rollback").await?;
    frame += started.elapsed();
    times.insert(0, (frame, 0));
    Ok(times)
}

/// Blocks that each part touches, and each plain statement.
async fn count_blocks(db: &mut PgConnection, seen: &mut [Seen]) -> Result<()> {
    for (part, seen) in Part::ALL.iter().zip(seen) {
        let before = server::blocks(db).await?;
        part.read(db).await?;
        let after = server::blocks(db).await?;
        seen.blocks = before.zip(after).map(|(before, after)| after - before);
        if let Some(plain) = part.plain() {
            rows(db, plain).await?;
            let last = server::blocks(db).await?;
            seen.reference_blocks = after.zip(last).map(|(before, after)| after - before);
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
    let counts = queries::counts(db).await?;
    ensure!(
        plain == ours && ours == counts.stale && ours >= scale.stale,
        "the plain view has {plain} stale tasks, ours {ours}, the counts {} of {}",
        counts.stale,
        scale.stale
    );
    progress(&format!("stale by both definitions: {ours}"));
    Ok(())
}
