//! Every counter, label and bucket, around real sweeps and real changes.

use std::collections::{BTreeMap, BTreeSet};

use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, ItemResult, Pace, Resolution, TaskTarget, TaskVerb, Write,
};
use dlqtop::data::model::{EntryId, TaskId};
use dlqtop::data::worker::Writer;
use sqlx::postgres::PgConnectOptions;
use support::database::Database;
use support::seed::Tasks;
use uuid::Uuid;

use super::exposition::{Labels, Scrape, labelled};
use super::served::{Served, all_kinds_of_stuck};

const CREATED: &str = "tasker_dlq_entries_created_total";
const DETECTED: &str = "tasker_staleness_tasks_detected_total";
const TRANSITIONED: &str = "tasker_staleness_tasks_transitioned_to_error_total";
const RUNS: &str = "tasker_staleness_detection_runs_total";
const DURATION: &str = "tasker_staleness_detection_duration_milliseconds";
const IN_QUEUE: &str = "tasker_dlq_time_in_queue_hours";
const PENDING: &str = "tasker_dlq_pending_investigations";
const TASKS: &str = "tasker_staleness_tasks";
const ARMED: &str = "tasker_staleness_detector_armed";
const DUE: &str = "tasker_staleness_detector_due";
const HELD: &str = "tasker_staleness_detector_held";
const SWEPT_AGO: &str = "tasker_staleness_last_sweep_age_seconds";

/// All series of a name that are not 0.
fn counted(scrape: &Scrape, name: &str) -> BTreeMap<Labels, f64> {
    let samples = scrape.of(name).filter(|sample| sample.value > 0.0);
    samples.map(|s| (s.labels.clone(), s.value)).collect()
}

fn series<const N: usize>(name: [&str; N], rows: &[([&str; N], f64)]) -> BTreeMap<Labels, f64> {
    let rows = rows.iter().map(|(values, count)| {
        let pairs: Vec<_> = name.into_iter().zip(*values).collect();
        (labelled(&pairs), *count)
    });
    rows.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_is_counted_as_it_went() {
    let db = all_kinds_of_stuck().await;
    let served = Served::start(&db.options).await;
    let status = served.detect(false).await;
    assert_eq!(status.last.unwrap().failed, 1);
    let sweeps: i64 = db.one("select count(*) from dlqtop.sweeps").await;
    let scrape = served.scrape().await;

    // As the database has it.
    let kept: Vec<(String, String, i64)> = sqlx::query_as(
        "select dlq_reason::text, original_state, count(*) from tasker_tasks_dlq group by 1, 2",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(kept.len(), 4, "{kept:?}");
    let kept = kept.iter().map(|(reason, state, count)| {
        let labels = labelled(&[("dlq_reason", reason), ("original_state", state)]);
        (labels, f64::from(i32::try_from(*count).unwrap()))
    });
    assert_eq!(counted(&scrape, CREATED), kept.collect());

    let sweeps = f64::from(i32::try_from(sweeps).unwrap());
    let wanted = series(
        ["state", "time_bucket"],
        &[
            (["blocked_by_failures", "<60"], 1.0),
            // no_dlq and no_fail are like it; the one that cannot be swept is found each time
            (["steps_in_process", "60-120"], 3.0 + sweeps),
            (["waiting_for_retry", "120-360"], 1.0),
            (["waiting_for_dependencies", ">360"], 1.0),
        ],
    );
    assert_eq!(counted(&scrape, DETECTED), wanted);
    let wanted = series(
        ["original_state", "reason"],
        &[
            (["blocked_by_failures", "max_retries_exceeded"], 1.0),
            (["steps_in_process", "staleness_timeout"], 2.0),
            (["waiting_for_retry", "staleness_timeout"], 1.0),
            (["waiting_for_dependencies", "staleness_timeout"], 1.0),
        ],
    );
    assert_eq!(counted(&scrape, TRANSITIONED), wanted);
    assert_eq!(scrape.value(RUNS, &[("dry_run", "false")]), Some(sweeps));
    assert_eq!(scrape.of(RUNS).count(), 1);

    let buckets = scrape.buckets(DURATION, &Labels::new());
    let bounds: Vec<f64> = buckets.iter().map(|(bound, _)| *bound).collect();
    assert!(bounds.contains(&4000.0) && bounds.contains(&5000.0) && bounds.contains(&6000.0));
    assert_eq!(buckets.last().unwrap().1, sweeps);
    // The same time that the table of sweeps has, in milliseconds.
    let took: f64 = db
        .one("select sum(extract(epoch from took))::float8 * 1000 from dlqtop.sweeps")
        .await;
    let sum = scrape.value(&format!("{DURATION}_sum"), &[]).unwrap();
    assert!((sum - took).abs() < 0.1, "{sum} {took}");

    let values = scrape
        .samples
        .iter()
        .flat_map(|sample| sample.labels.values());
    let ids: Vec<_> = values
        .filter(|value| Uuid::try_parse(value).is_ok())
        .collect();
    assert!(ids.is_empty(), "ids are no labels: {ids:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_is_silent_but_for_having_run() {
    let db = all_kinds_of_stuck().await;
    let served = Served::start(&db.options).await;
    let status = served.detect(true).await;
    assert!(status.last.unwrap().detected >= 6);
    let runs: i64 = db
        .one("select count(*) from dlqtop.sweeps where dry_run")
        .await;
    let runs = f64::from(i32::try_from(runs).unwrap());
    let scrape = served
        .scrape_until(|scrape| scrape.of(TASKS).count() > 0)
        .await;
    assert_eq!(
        scrape.names(),
        BTreeSet::from([PENDING, DURATION, RUNS, TASKS, "target_info"])
    );
    assert_eq!(
        counted(&scrape, RUNS),
        series(["dry_run"], &[(["true"], runs)])
    );
    assert_eq!(scrape.value(&format!("{DURATION}_count"), &[]), Some(runs));
    assert_eq!(counted(&scrape, PENDING), BTreeMap::new());
    // What it left alone is there to be seen.
    assert_eq!(scrape.value(TASKS, &[("health", "stale")]), Some(6.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_that_breaks_off_counts_what_it_had_done() {
    let db = all_kinds_of_stuck().await;
    // The chunks are done by then.
    db.run("alter table dlqtop.sweeps add check (detected < 1)")
        .await;
    let served = Served::start(&db.options).await;
    let status = served.detect(false).await;
    assert_eq!(status.last, None);
    let scrape = served.scrape().await;
    let entries: i64 = db.one("select count(*) from tasker_tasks_dlq").await;
    let sum: f64 = counted(&scrape, CREATED).values().sum();
    assert_eq!(sum, f64::from(i32::try_from(entries).unwrap()));
    assert_eq!(sum, 5.0);
    // It did not end: neither a run nor a time to compare with others.
    assert_eq!(scrape.value(RUNS, &[("dry_run", "false")]), Some(0.0));
    assert_eq!(scrape.value(&format!("{DURATION}_count"), &[]), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_stands_aside_for_another_detector_is_no_run() {
    let db = all_kinds_of_stuck().await;
    let served = Served::start(&db.options).await;
    let mut report = dlqtop::data::native::sweep::SweepReport {
        stood_aside: true,
        ..Default::default()
    };
    served.meters.sweep_ended(&report, false);
    assert_eq!(served.scrape().await.of(RUNS).count(), 0);
    report.stood_aside = false;
    served.meters.sweep_ended(&report, false);
    assert_eq!(
        served.scrape().await.value(RUNS, &[("dry_run", "false")]),
        Some(1.0)
    );
}

/// An operator whose changes are counted by `served`.
struct Operator<'a> {
    db: &'a Database,
    writer: Writer,
}

impl<'a> Operator<'a> {
    fn new(db: &'a Database, served: &Served) -> Self {
        Self::connecting(&db.options, db, served)
    }

    fn connecting(options: &PgConnectOptions, db: &'a Database, served: &Served) -> Self {
        let meters = served.meters.clone();
        let writer = Writer::new(options, "ana".to_owned());
        let writer = writer.on_event(move |deed| meters.done(deed));
        Self { db, writer }
    }

    async fn act(&mut self, change: Change) -> ItemResult {
        let write = Write {
            batch: Uuid::now_v7(),
            change,
            reason: "looked at it".to_owned(),
            pace: Pace::default(),
        };
        self.writer.carry_out(&write).await.items.remove(0).result
    }

    /// Closes an entry of this reason that has been open for so long.
    async fn close(&mut self, reason: &str, hours: f64, how: Resolution) -> EntryTarget {
        let entry: Uuid = self
            .db
            .one(&format!(
                "update tasker_tasks_dlq set dlq_timestamp = now() - {hours} * interval '1 hour'
                 where dlq_entry_uuid = (
                     select dlq_entry_uuid from tasker_tasks_dlq
                     where dlq_reason = '{reason}' and resolution_status = 'pending' limit 1)
                 returning dlq_entry_uuid"
            ))
            .await;
        let target = EntryTarget {
            entry: EntryId(entry),
            seen_version: 1,
            label: "pay/charge".into(),
        };
        let closed = self
            .act(Change::Entries(EntryVerb::Close(how), vec![target.clone()]))
            .await;
        assert!(matches!(closed, ItemResult::Done { .. }), "{closed:?}");
        target
    }
}

fn in_queue<'a>(status: &'a str, reason: &'a str) -> [(&'a str, &'a str); 2] {
    [("resolution_status", status), ("dlq_reason", reason)]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_investigation_that_is_closed_leaves_its_time_in_the_queue() {
    let db = all_kinds_of_stuck().await;
    let served = Served::start(&db.options).await;
    served.detect(false).await;
    let mut ana = Operator::new(&db, &served);
    let resolved = Resolution::ManuallyResolved;
    let first = ana.close("max_retries_exceeded", 3.0, resolved).await;
    ana.close("staleness_timeout", 0.2, resolved).await;
    ana.close("staleness_timeout", 30.0, resolved).await;
    ana.close("staleness_timeout", 1000.0, Resolution::Cancelled)
        .await;
    // Dated in the future: closed, and no time at all.
    ana.close("staleness_timeout", -2.0, Resolution::PermanentlyFailed)
        .await;
    // It is closed already: nothing was done.
    let again = ana
        .act(Change::Entries(
            EntryVerb::Close(Resolution::Cancelled),
            vec![first],
        ))
        .await;
    assert!(matches!(again, ItemResult::Changed { .. }), "{again:?}");

    let scrape = served.scrape().await;
    let counts = counted(&scrape, &format!("{IN_QUEUE}_count"));
    let wanted = series(
        ["resolution_status", "dlq_reason"],
        &[
            (["manually_resolved", "max_retries_exceeded"], 1.0),
            (["manually_resolved", "staleness_timeout"], 2.0),
            (["cancelled", "staleness_timeout"], 1.0),
        ],
    );
    assert_eq!(counts, wanted);
    let three = labelled(&in_queue("manually_resolved", "max_retries_exceeded"));
    let at = |bound: f64| {
        let buckets = scrape.buckets(IN_QUEUE, &three);
        buckets.iter().find(|(b, _)| *b == bound).unwrap().1
    };
    assert_eq!((at(2.0), at(4.0), at(720.0)), (0.0, 1.0, 1.0));
    let sum = scrape.value(
        &format!("{IN_QUEUE}_sum"),
        &in_queue("manually_resolved", "staleness_timeout"),
    );
    assert!((sum.unwrap() - 30.2).abs() < 0.05, "{sum:?}");
    let cancelled = labelled(&in_queue("cancelled", "staleness_timeout"));
    let over = scrape.buckets(IN_QUEUE, &cancelled);
    assert_eq!(over[over.len() - 2..], [(720.0, 0.0), (f64::INFINITY, 1.0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn gauges_say_that_nobody_has_armed_it_and_that_the_breaker_holds() {
    let db = Database::unarmed().await;
    db.template_in(Tasks::STALE.of, "{}").await;
    db.seed(Tasks::STALE.count(51)).await;
    db.run("delete from dlqtop.sweep_allowance").await;
    let served = Served::start(&db.options).await;
    let scrape = served
        .scrape_until(|scrape| scrape.value(DUE, &[]) == Some(51.0))
        .await;
    assert_eq!(scrape.value(ARMED, &[]), Some(0.0));
    let held = scrape.value(HELD, &[]);
    assert_eq!(held, Some(0.0), "nothing acts, so nothing is held");
    db.run("select dlqtop.arm_detector(51, 'ana', 'why'); delete from dlqtop.sweep_allowance")
        .await;
    let scrape = served
        .scrape_until(|scrape| scrape.value(HELD, &[]) == Some(1.0))
        .await;
    assert_eq!(scrape.value(ARMED, &[]), Some(1.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_gauges_follow_the_database_and_a_letter_sent_by_hand_counts() {
    let db = all_kinds_of_stuck().await;
    let served = Served::start(&db.options).await;
    served.detect(false).await;
    let pending = |reason| [("dlq_reason", reason)];
    let scrape = served
        .scrape_until(|scrape| {
            // What a sweep has taken is seen before the sweep is at its end.
            scrape.value(PENDING, &pending("staleness_timeout")) == Some(4.0)
                && scrape.value(SWEPT_AGO, &[]).is_some()
        })
        .await;
    assert_eq!(
        scrape.value(PENDING, &pending("max_retries_exceeded")),
        Some(1.0)
    );
    assert_eq!(scrape.value(PENDING, &pending("manual_dlq")), Some(0.0));
    assert_eq!(
        scrape.of(PENDING).count(),
        5,
        "every reason is there, if only with 0"
    );
    let ago = scrape.value(SWEPT_AGO, &[]).unwrap();
    assert!((0.0..60.0).contains(&ago), "{ago}");
    let health: BTreeSet<_> = scrape
        .of(TASKS)
        .map(|s| s.labels["health"].as_str())
        .collect();
    assert_eq!(
        health,
        BTreeSet::from(["healthy", "stale", "unknown", "warning"])
    );
    for name in [PENDING, TASKS, SWEPT_AGO, ARMED, DUE, HELD] {
        assert_eq!(scrape.kind(name), Some("gauge"), "{name}");
    }
    assert_eq!(scrape.value(ARMED, &[]), Some(1.0));
    assert_eq!(scrape.value(HELD, &[]), Some(0.0));

    let task = db.started().await;
    let mut ana = Operator::new(&db, &served);
    let target = TaskTarget {
        task: TaskId(task),
        seen_state: "steps_in_process".into(),
        label: "pay/charge".into(),
    };
    ana.act(Change::Tasks(TaskVerb::SendToDlq, vec![target.clone()]))
        .await;
    // Refused: there is one.
    ana.act(Change::Tasks(TaskVerb::SendToDlq, vec![target]))
        .await;
    let by_hand = [
        ("dlq_reason", "manual_dlq"),
        ("original_state", "steps_in_process"),
    ];
    let scrape = served
        .scrape_until(|scrape| scrape.value(PENDING, &pending("manual_dlq")) == Some(1.0))
        .await;
    assert_eq!(scrape.value(CREATED, &by_hand), Some(1.0));

    ana.close("max_retries_exceeded", 1.0, Resolution::Cancelled)
        .await;
    served
        .scrape_until(|scrape| scrape.value(PENDING, &pending("max_retries_exceeded")) == Some(0.0))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_counted_needs_no_rights_but_those_to_do_it() {
    let db = all_kinds_of_stuck().await;
    let as_role = |role| db.options.clone().options([("role", role)]);
    let served = Served::start(&as_role("dlqtop_detector")).await;
    let status = served.detect(false).await;
    assert_eq!(status.last.map(|last| last.failed), Some(1));
    let mut ana = Operator::connecting(&as_role("dlqtop_operator"), &db, &served);
    ana.close("max_retries_exceeded", 3.0, Resolution::Cancelled)
        .await;
    let scrape = served.scrape().await;
    let waiting = [("state", "waiting_for_retry"), ("time_bucket", "120-360")];
    assert_eq!(scrape.value(DETECTED, &waiting), Some(1.0));
    let count = format!("{IN_QUEUE}_count");
    let closed = in_queue("cancelled", "max_retries_exceeded");
    assert_eq!(scrape.value(&count, &closed), Some(1.0));
}
