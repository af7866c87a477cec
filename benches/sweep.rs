//! What it costs to sweep the stale tasks, against the plain loop over functions of one row; what a
//! worker notices of it; and what the upkeep costs each transition.
//! `TASKS=1000000 cargo bench --bench sweep`; see docs/dev/performance.md.

#[allow(dead_code, reason = "each bench uses what it needs")]
mod common;
mod sweep {
    pub mod contention;
    pub mod sides;
    pub mod transitions;
}

use color_eyre::Result;
use common::measure::Times;
use common::report::{Holds, line, progress, ratio, rounded, rounded_if};
use common::seed::{self, Scale};
use common::server::Server;
use common::{block_on, facts, rounds};
use serde_json::json;
use sweep::sides::{Batch, Side};
use sweep::{contention, transitions};

/// How often each sweep is timed, on a fresh copy each time.
const ROUNDS: usize = 3;
/// The database that all copies are made of.
const SEEDED: &str = "seeded";

fn main() -> Result<()> {
    block_on(async {
        let scale = Scale::from_environment()?;
        let server = Server::start().await?;
        facts::print("sweep", &server, scale)?;
        server.create(SEEDED).await?;
        seed::seed(&server, SEEDED, scale).await?;

        let mut holds = Holds::default();
        if wanted("default") {
            let faster = compare(&server, scale, Batch::Default).await?;
            holds.at_least("sweep_faster_at_default_batch", 10.0, faster);
        }
        if wanted("whole") {
            let faster = compare(&server, scale, Batch::Everything).await?;
            holds.at_least("sweep_faster_with_one_batch", 2.0, faster);
        }
        if wanted("transitions") {
            transitions::measure(&server, scale, &mut holds).await?;
        }
        // Last: at the full size its plain side takes many times as long as all others together.
        if wanted("workers") {
            Box::pin(contention::measure(&server, scale, &mut holds)).await?;
        }
        holds.finish("sweep")?;
        server.stop().await;
        Ok(())
    })
}

/// Whether a measurement is wanted: all are, unless `ONLY` names some.
fn wanted(measurement: &str) -> bool {
    std::env::var("ONLY").map_or(true, |only| only.split(',').any(|one| one == measurement))
}

/// Times both sides on equal copies, in turns, and returns how many times faster ours is.
async fn compare(server: &Server, scale: Scale, batch: Batch) -> Result<f64> {
    let mut times = [Times::default(), Times::default()];
    let mut rows = [0, 0];
    let mut blocks = [None, None];
    let mut longest = [0.0_f64; 2];
    let rounds = rounds(ROUNDS);
    for round in 1..=rounds {
        for (n, side) in Side::BOTH.into_iter().enumerate() {
            let swept = side.sweep(server, scale, batch).await?;
            progress(&format!(
                "{} {}, round {round} of {rounds}: {} tasks in {:.0} ms",
                side.name(),
                batch.name(),
                swept.moved,
                swept.taken.wall.as_secs_f64() * 1000.0
            ));
            times[n].add(swept.taken);
            rows[n] = swept.moved;
            blocks[n] = swept.blocks;
            longest[n] = longest[n].max(swept.longest);
        }
    }
    let [reference, ours] = &times;
    let times_faster = ratio(reference.median(), ours.median());
    line(&json!({
        "bench": "sweep",
        "measure": batch.name(),
        "batch": batch.size(scale),
        "tasks": scale.tasks,
        "stale": scale.stale,
        "reference_ms": rounded(reference.median()),
        "ours_ms": rounded(ours.median()),
        "ratio": times_faster,
        "reference_cpu_ms": rounded_if(reference.cpu()),
        "ours_cpu_ms": rounded_if(ours.cpu()),
        "cpu_ratio": reference.cpu().zip(ours.cpu()).map(|(plain, ours)| ratio(plain, ours)),
        "rows": {"reference": rows[0], "ours": rows[1]},
        "buffers": {"reference": blocks[0], "ours": blocks[1]},
        "longest_transaction_ms": rounded(longest[1]),
        "reference_longest_transaction_ms": rounded(longest[0]),
        "snapshot": {"reference": "eleven fields", "ours": "all fields and the steps"},
        "rounds": rounds,
        "load": facts::load(),
    }))?;
    Ok(times_faster)
}
