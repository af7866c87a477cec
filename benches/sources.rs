//! What the staleness pane costs on an existing deployment of tasker-core, against that system's own view
//! of the same, in the same run. `TASKS=1000000 cargo bench --bench sources`; see docs/dev/performance.md.

#[allow(dead_code, unused_imports, reason = "each bench uses what it needs")]
mod common;

use std::collections::BTreeMap;
use std::sync::Arc;

use color_eyre::Result;
use color_eyre::eyre::ensure;
use common::measure::{Backend, Taken, Times};
use common::report::{Holds, line, progress, ratio, rounded, rounded_if};
use common::seed::{self, Scale};
use common::server::Server;
use common::{block_on, facts, rounds, sql};
use dlqtop::data::connection::transaction::begin;
use dlqtop::data::discovery::find;
use dlqtop::data::model::StalenessKey;
use dlqtop::data::model::{PAGE_SIZE, StalenessRow};
use dlqtop::data::poller::PollOptions;
use dlqtop::data::reads::keyset_pages::Keyed as _;
use dlqtop::data::reads::queries;
use dlqtop::data::source::recognise::{Given, Wanted};
use dlqtop::data::source::{Source, SourceCatalog};
use serde_json::json;
use sqlx::Executor as _;
use sqlx::postgres::PgConnection;
use uuid::Uuid;

/// How often each side is timed.
const ROUNDS: usize = 25;
const DATABASE: &str = "deployment";

fn main() -> Result<()> {
    block_on(async {
        let scale = Scale::from_environment()?;
        let server = Server::start().await?;
        facts::print("sources", &server, scale)?;
        server.create_empty(DATABASE).await?;
        seed::deployment(&server, DATABASE, scale).await?;
        let mut db = server.connect(DATABASE).await?;
        // The view's functions look for unqualified names; and what a process uses of a processor is
        // all that is used only if it has no helpers. The view could have none.
        db.execute("set search_path to tasker, public").await?;
        db.execute("set timezone to 'UTC'").await?;
        db.execute("set max_parallel_workers_per_gather to 0")
            .await?;
        let source = recognised(&mut db).await?;
        let rows = agree(&mut db, &source, scale).await?;
        let seen = measure(&mut db, &source).await?;
        report(&seen, scale, rows)?;
        server.stop().await;
        Ok(())
    })
}

async fn recognised(db: &mut PgConnection) -> Result<Arc<Source>> {
    let wanted = Wanted {
        catalog: Arc::new(SourceCatalog::embedded()),
        asked: Some("tasker-core".to_owned()),
        given: Given::default(),
    };
    Ok(find(db, &wanted).await?)
}

/// Both sides must have the same rows, and say the same of each. How many they are.
async fn agree(db: &mut PgConnection, source: &Source, scale: Scale) -> Result<usize> {
    type Row = (Uuid, String, String, String, f64, String, i32);
    // In one transaction: it has one present for both.
    begin(
        db,
        source.session(),
        PollOptions::default().statement_limit * 60,
    )
    .await?;
    let theirs: Vec<Row> = sqlx::query_as(sql!("deployment_rows"))
        .persistent(false)
        .fetch_all(&mut *db)
        .await?;
    let mut ours: BTreeMap<Uuid, StalenessRow> = BTreeMap::new();
    let mut after = StalenessKey::START;
    loop {
        let page = queries::staleness(db, source, &after, 20_000).await?;
        let Some(last) = page.last() else { break };
        after = last.key();
        ours.extend(page.into_iter().map(|row| (row.task_uuid.0, row)));
    }
    db.execute("rollback").await?;
    let same = |(task, namespace, name, state, threshold, health, priority): &Row| {
        ours.get(task).is_some_and(|row| {
            row.namespace_name == namespace.as_str()
                && row.task_name == name.as_str()
                && row.current_state == state.as_str()
                && (row.staleness_threshold_minutes - threshold).abs() < 1e-9
                && row.health_status.as_str() == health
                && row.priority == *priority
        })
    };
    let different = theirs.iter().filter(|row| !same(row)).count();
    let over = theirs.iter().filter(|row| row.5 == "stale").count();
    ensure!(
        different == 0 && ours.len() == theirs.len(),
        "the view has {} rows, we have {}; {different} differ",
        theirs.len(),
        ours.len()
    );
    // Some become stale while the rows are made.
    ensure!(
        i64::try_from(theirs.len())? == scale.active && i64::try_from(over)? >= scale.stale,
        "{over} of {} are stale",
        theirs.len()
    );
    progress(&format!(
        "the same {} rows, {over} of them stale",
        ours.len()
    ));
    Ok(ours.len())
}

/// What was seen of both sides.
#[derive(Default)]
struct Seen {
    ours: Times,
    theirs: Times,
    /// Their view without index scans.
    bitmaps: Times,
    counts: Times,
    rows: usize,
}

async fn measure(db: &mut PgConnection, source: &Source) -> Result<Seen> {
    let backend = Backend::of(db).await?;
    let mut seen = Seen::default();
    for warm in [true, true].into_iter().chain(vec![false; rounds(ROUNDS)]) {
        let (theirs, rows) = view(db, backend).await?;
        db.execute("set enable_indexscan to off").await?;
        let (bitmaps, _) = view(db, backend).await?;
        db.execute("reset enable_indexscan").await?;
        let (ours, page) = pane(db, (backend, source)).await?;
        let (counts, ()) = counts(db, (backend, source)).await?;
        ensure!(
            rows == PAGE_SIZE && page == PAGE_SIZE,
            "{rows} and {page} rows"
        );
        if !warm {
            seen.theirs.add(theirs);
            seen.bitmaps.add(bitmaps);
            seen.ours.add(ours);
            seen.counts.add(counts);
            seen.rows = page;
        }
    }
    Ok(seen)
}

async fn view(db: &mut PgConnection, backend: Backend) -> Result<(Taken, usize)> {
    let work = async {
        let rows = sqlx::query(sql!("deployment_view")).persistent(false);
        Ok(rows.fetch_all(db).await?.len())
    };
    let (rows, taken) = backend.take(work).await?;
    Ok((taken, rows))
}

/// The pane's first page, in a transaction as the poller begins it.
async fn pane(
    db: &mut PgConnection,
    (backend, source): (Backend, &Source),
) -> Result<(Taken, usize)> {
    begin(db, source.session(), PollOptions::default().statement_limit).await?;
    let first = StalenessKey::START;
    let work = async {
        let page = i64::try_from(PAGE_SIZE)?;
        Ok(queries::staleness(db, source, &first, page).await?.len())
    };
    let (rows, taken) = backend.take(work).await?;
    db.execute("rollback").await?;
    Ok((taken, rows))
}

async fn counts(
    db: &mut PgConnection,
    (backend, source): (Backend, &Source),
) -> Result<(Taken, ())> {
    begin(db, source.session(), PollOptions::default().statement_limit).await?;
    let work = async { Ok(queries::counts(db, source).await?) };
    let (_, taken) = backend.take(work).await?;
    db.execute("rollback").await?;
    Ok((taken, ()))
}

fn report(seen: &Seen, scale: Scale, all: usize) -> Result<()> {
    // Of two plans that the planner thinks about equal, whichever is better.
    let best = seen.theirs.median().min(seen.bitmaps.median());
    let best_cpu = match (seen.theirs.cpu(), seen.bitmaps.cpu()) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    let cpu_ratio = best_cpu.zip(seen.ours.cpu());
    let cpu_ratio = cpu_ratio.map(|(theirs, ours)| ratio(theirs, ours));
    line(&json!({
        "bench": "sources",
        "part": "staleness",
        "against": "v_task_staleness_monitoring",
        "tasks": scale.tasks,
        "active": scale.active,
        "same_rows": all,
        "page": seen.rows,
        "reference_ms": rounded(seen.theirs.median()),
        "reference_at_its_best_ms": rounded(best),
        "ours_ms": rounded(seen.ours.median()),
        "ratio": ratio(seen.theirs.median(), seen.ours.median()),
        "ratio_at_its_best": ratio(best, seen.ours.median()),
        "reference_at_its_best_cpu_ms": rounded_if(best_cpu),
        "ours_cpu_ms": rounded_if(seen.ours.cpu()),
        "cpu_ratio_at_its_best": cpu_ratio,
        "counts_ms": rounded(seen.counts.median()),
        "rounds": seen.ours.count(),
        "load": facts::load(),
    }))?;
    let mut holds = Holds::default();
    holds.at_least(
        "times_cheaper_than_taskers_own_view_at_its_best",
        4.0,
        best / seen.ours.median(),
    );
    if let Some(ratio) = cpu_ratio {
        holds.at_least(
            "times_cheaper_than_taskers_own_view_at_its_best_in_cpu",
            4.0,
            ratio,
        );
    }
    holds.finish("sources")
}
