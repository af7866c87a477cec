//! Looks at a source as the program does, and as its check does.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use dlqtop::data::ad_hoc;
use dlqtop::data::doctor::Level;
use dlqtop::data::error::DataError;
use dlqtop::data::handover;
use dlqtop::data::model::QueueKey;
use dlqtop::data::model::StalenessKey;
use dlqtop::data::model::safe_text::is_unsafe;
use dlqtop::data::model::{
    LatestPoll, PollResult, QueueRow, RowsWanted, Snapshot, StalenessRow, TaskId,
};
use dlqtop::data::poller::{self, PollOptions, PollerChannels};
use dlqtop::data::reads::history;
use dlqtop::data::reads::history::{EntryState as Which, LogWanted};
use dlqtop::data::reads::keyset_pages::SearchLimits;
use dlqtop::data::reads::{lookup, queries};
use dlqtop::data::source::Site;
use dlqtop::data::source::check::{self, CheckResult, Depth};
use dlqtop::data::source::recognise::Given;
use sqlx::postgres::PgConnection;
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::systems::Standing;

const LIMIT: Duration = Duration::from_secs(30);

/// The first answer of the real poller.
pub async fn poll(site: &Site, follow: Option<TaskId>) -> Arc<Snapshot> {
    let (newest, mut latest) = watch::channel::<LatestPoll>(None);
    let (_follow, follow) = watch::channel(follow);
    let (_reach, reach) = watch::channel(RowsWanted::default());
    let stop = CancellationToken::new();
    let wires = PollerChannels {
        newest,
        follow,
        reach,
        wake: Arc::new(Notify::new()),
        stop: stop.clone(),
    };
    let poller = tokio::spawn(poller::run(site.clone(), PollOptions::default(), wires));
    let heard = tokio::time::timeout(LIMIT, latest.wait_for(Option::is_some));
    let heard = heard.await.unwrap().unwrap().clone();
    stop.cancel();
    poller.await.unwrap();
    match heard {
        Some(PollResult::Snapshot(snapshot)) => snapshot,
        Some(PollResult::Unreachable { error, .. }) => panic!("{}", error.one_line()),
        None => unreachable!("it was waited for"),
    }
}

/// Every part of a poll by name, with its error.
pub fn parts(snapshot: &Snapshot) -> Vec<(&'static str, Option<String>)> {
    let line = |error: &Arc<DataError>| error.one_line();
    vec![
        ("counts", snapshot.counts.as_ref().err().map(line)),
        ("staleness", snapshot.staleness.as_ref().err().map(line)),
        ("queue", snapshot.queue.as_ref().err().map(line)),
        (
            "error_groups",
            snapshot.error_groups.as_ref().err().map(line),
        ),
        ("stats", snapshot.stats.as_ref().err().map(line)),
        ("fleet", snapshot.fleet.as_ref().err().map(line)),
        ("log", snapshot.log.as_ref().err().map(line)),
        (
            "detail",
            (snapshot.detail.as_ref()).and_then(|(_, part)| part.as_ref().err().map(line)),
        ),
    ]
}

/// Parts of a poll that could not be read.
pub fn failures(snapshot: &Snapshot) -> Vec<String> {
    let parts = parts(snapshot).into_iter();
    parts
        .filter_map(|(part, error)| Some(format!("{part}: {}", error?)))
        .collect()
}

/// What a check of the source tells, beyond that it is fine.
pub async fn complaints(standing: &Standing) -> Vec<String> {
    let given = Given::default();
    let depth = Depth { tasks: 8 };
    let options = &standing.db.options;
    let told = check::database(options, &standing.kind, &given, depth).await;
    let told = told.unwrap_or_else(|error| panic!("{}", error.one_line()));
    assert!(told.len() > 3, "{told:?}");
    told.iter()
        .filter(|told| told.finding.level != Level::Fine)
        .map(line)
        .collect()
}

fn line(told: &CheckResult) -> String {
    format!(
        "{}: {} ({:?})",
        told.file, told.finding.what, told.finding.first
    )
}

/// All the program ever reads of it, as text; what fails is told in `failed`.
pub async fn everything(standing: &Standing, failed: &mut Vec<String>) -> String {
    let site = standing.site();
    let first = poll(&site, None).await;
    failed.extend(failures(&first));
    let mut tasks = tasks(&first);
    tasks.truncate(12);
    let mut all = format!("{first:?}");
    for task in &tasks {
        let snapshot = poll(&site, Some(*task)).await;
        failed.extend(failures(&snapshot));
        write!(all, "{:?}", snapshot.detail).unwrap();
    }
    let ids: Vec<Uuid> = tasks.iter().map(|task| task.0).collect();
    let asked = ad_hoc::once(&site, "read the rest", LIMIT, async |db| {
        Ok(rest(db, &site, &ids).await)
    });
    match asked.await.unwrap() {
        Ok(text) => all += &text,
        Err(error) => failed.push(error.one_line()),
    }
    all
}

async fn rest(db: &mut PgConnection, site: &Site, ids: &[Uuid]) -> Result<String, DataError> {
    let source = &site.source;
    let mut all = String::new();
    if source.has("entries_page") {
        let most = SearchLimits {
            matches: 500,
            scanned: 500,
        };
        let found = history::entries(&mut *db, source, Which::All, most, |_| true).await?;
        write!(all, "{found:?}").unwrap();
    }
    if source.has("log_page") {
        let wanted = LogWanted {
            limit: 500,
            ..LogWanted::default()
        };
        write!(all, "{:?}", history::log(db, source, &wanted).await?).unwrap();
    }
    if source.has("handover_window") || source.has("entries_page") {
        let back = Duration::from_hours(24 * 30);
        write!(all, "{:?}", handover::read(db, source, back).await?).unwrap();
    }
    if source.has("named") {
        write!(all, "{:?}", lookup::look_up(db, source, ids).await?).unwrap();
    }
    if source.has("find_task") {
        for id in ids {
            assert!(queries::find_task(db, source, *id).await?.is_some(), "{id}");
        }
    }
    Ok(all)
}

/// The tasks that the two lists of a poll name.
pub fn tasks(snapshot: &Snapshot) -> Vec<TaskId> {
    let mut tasks = Vec::new();
    if let Ok(queue) = &snapshot.queue {
        tasks.extend(queue.rows.iter().step_by(9).map(|row| row.task_uuid));
    }
    if let Ok(staleness) = &snapshot.staleness {
        tasks.extend(staleness.rows.iter().step_by(9).map(|row| row.task_uuid));
    }
    tasks
}

/// All rows of both lists.
pub async fn lists(site: &Site) -> (Vec<StalenessRow>, Vec<QueueRow>) {
    ad_hoc::once(site, "read the lists", LIMIT, async |db| {
        let first = StalenessKey::START;
        let staleness = queries::staleness(db, &site.source, &first, 2_000).await?;
        let first = QueueKey::START;
        Ok((
            staleness,
            queries::queue(db, &site.source, &first, 2_000).await?,
        ))
    })
    .await
    .unwrap_or_else(|error| panic!("{}", error.one_line()))
}

/// Nothing in it that a terminal would obey.
pub fn assert_safe(text: &str, of: &str) {
    let unsafe_at = text
        .char_indices()
        .find(|(_, c)| *c != '\n' && is_unsafe(*c));
    if let Some((at, c)) = unsafe_at {
        let around: String = text[..at].chars().rev().take(60).collect();
        let around: String = around.chars().rev().collect();
        panic!("{of}: {c:?} behind {around:?}");
    }
}
