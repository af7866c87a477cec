//! Rows as the database would bring them, and the screen drawn to a buffer.

pub mod acting;
mod detail;
pub mod detector;
mod drawing;
pub mod fleet;
pub mod foreign;
pub mod groups;
mod stats;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::app::pane::Tab;
use dlqtop::app::session::Session;
use dlqtop::app::session::read_only::Access;
use dlqtop::data::error::DataError;
use dlqtop::data::fingerprint::rules::Rules;
use dlqtop::data::model::pg_timestamp::PgTimestamp;
use dlqtop::data::model::safe_text::SafeText;
use dlqtop::data::model::{
    Counts, Detail, EntryId, Health, LogRow, Page, Part, PollResult, QueueRow, Reading, Snapshot,
    StalenessRow, Stats, StepId, TaskId, Total,
};
use dlqtop::data::poller::schedule::PollCost;
use dlqtop::data::source::Source;
use dlqtop::detector::status::{Phase, Status};
use uuid::Uuid;

pub use self::detail::{detail, entry, step};
pub use self::drawing::{pane, render, render_with};
pub use self::stats::{counts, stats};

pub fn noon() -> DateTime<Utc> {
    "2026-01-01T12:00:00Z".parse().unwrap()
}

pub fn minutes_ago(minutes: i64) -> DateTime<Utc> {
    noon() - TimeDelta::minutes(minutes)
}

pub fn place() -> Session {
    Session {
        profile: "prod-eu".to_owned(),
        database: "tasker@db1".to_owned(),
        actor: "ana@lap7".to_owned(),
        access: Access::Writable,
        poll_interval: Duration::from_secs(2),
        ..Session::new(Source::native())
    }
}

fn seconds(seconds: f64) -> TimeDelta {
    TimeDelta::from_std(Duration::from_secs_f64(seconds.abs()))
        .map(|delta| if seconds < 0.0 { -delta } else { delta })
        .unwrap()
}

pub fn task_id(n: u128) -> TaskId {
    TaskId(Uuid::from_u128(
        0x0198_0000_0000_7000_8000_0000_7a00_0000 + n,
    ))
}

pub fn step_id(n: u128) -> StepId {
    StepId(Uuid::from_u128(
        0x0198_0000_0000_7000_8000_0000_5e00_0000 + n,
    ))
}

pub fn entry_id(n: u128) -> EntryId {
    EntryId(Uuid::from_u128(
        0x0198_0000_0000_7000_8000_0000_e100_0000 + n,
    ))
}

fn text(raw: &str) -> SafeText {
    SafeText::new(raw)
}

/// A task `minutes` in its state, with a threshold of an hour.
pub fn stale(n: u128, name: (&str, &str), minutes: f64) -> StalenessRow {
    let health = match minutes {
        m if m >= 60.0 => Health::Stale,
        m if m >= 48.0 => Health::Warning,
        _ => Health::Healthy,
    };
    StalenessRow {
        pending_entry: None,
        pending_entry_version: None,
        condition: None,
        task_uuid: task_id(n),
        namespace_name: text(name.0),
        task_name: text(name.1),
        task_version: text("1.2.0"),
        current_state: text("waiting_for_retry"),
        time_in_state_minutes: minutes,
        staleness_threshold_minutes: 60.0,
        task_age_minutes: minutes + 30.0,
        max_lifetime_minutes: 1_440.0,
        lifetime_exceeded: false,
        minutes_to_breach: 60.0 - minutes,
        breaches_at: PgTimestamp::from(noon() + seconds((60.0 - minutes) * 60.0)),
        health_status: health,
        staleness_action: text("dlq"),
        sweep_takes: health == Health::Stale,
        priority: 5,
        blocking_step: Some(text("charge_card")),
        blocking_step_uuid: Some(step_id(n)),
        blocking_step_state: Some(text("waiting_for_retry")),
        fingerprint: String::new(),
        blocking_error: Some(text("upstream timed out after 30 s (payments-gw-2)")),
        age_suspect: false,
    }
}

pub fn queued(n: u128, name: (&str, &str), reason: &str, minutes: f64) -> QueueRow {
    let base = match reason {
        "dependency_cycle_detected" => 1_000.0,
        "max_retries_exceeded" => 500.0,
        "staleness_timeout" => 100.0,
        "worker_unavailable" => 50.0,
        _ => 10.0,
    };
    QueueRow {
        dlq_entry_uuid: entry_id(n),
        task_uuid: task_id(n),
        original_state: text("blocked_by_failures"),
        dlq_reason: text(reason),
        dlq_timestamp: noon(),
        minutes_in_dlq: minutes,
        namespace_name: text(name.0),
        task_name: text(name.1),
        current_state: text("error"),
        time_in_state_minutes: minutes,
        priority_base: base,
        priority_age: minutes,
        priority_score: base + minutes,
        priority_instant: PgTimestamp::from(noon() - seconds((base + minutes) * 60.0)),
        owner: None,
        owned_until: None,
        snoozed_until: None,
        step_name: Some(text("charge_card")),
        workflow_step_uuid: Some(step_id(n)),
        step_state: Some(text("error")),
        attempts: Some(3),
        max_attempts: Some(3),
        fingerprint: String::new(),
        current_error: Some(text("card_declined: insufficient funds")),
        earlier_entries: 0,
        notes: 0,
        version: 1,
    }
}

pub fn stale_rows() -> Vec<StalenessRow> {
    let mut rows = vec![
        stale(1, ("payments", "charge_order"), 127.0),
        stale(2, ("orders", "fulfill"), 84.6),
        stale(3, ("orders", "fulfill"), 61.0),
        stale(4, ("shipping", "label"), 54.0),
        stale(5, ("billing", "close_month"), 49.0),
    ];
    rows[1].current_state = text("steps_in_process");
    rows[1].blocking_step = Some(text("reserve_stock"));
    rows[1].blocking_step_state = Some(text("in_progress"));
    rows[1].blocking_error = None;
    rows[3].blocking_step_uuid = None;
    rows[3].blocking_step = None;
    rows[3].current_state = text("waiting_for_dependencies");
    rows[4].staleness_action = text("alert");
    rows
}

pub fn queue_rows() -> Vec<QueueRow> {
    let mut rows = vec![
        queued(
            11,
            ("billing", "close_month"),
            "dependency_cycle_detected",
            12.0,
        ),
        queued(
            12,
            ("payments", "charge_order"),
            "max_retries_exceeded",
            93.0,
        ),
        queued(13, ("payments", "refund"), "max_retries_exceeded", 41.0),
        queued(14, ("orders", "fulfill"), "staleness_timeout", 252.0),
        queued(15, ("shipping", "label"), "worker_unavailable", 8.0),
        queued(16, ("media", "transcode"), "manual_dlq", 3.0),
    ];
    rows[0].owner = Some(text("ana"));
    rows[0].owned_until = Some(noon() + TimeDelta::minutes(12));
    rows[0].step_name = None;
    rows[0].workflow_step_uuid = None;
    rows[0].step_state = None;
    rows[0].current_error = None;
    rows[0].attempts = None;
    rows[1].earlier_entries = 3;
    rows[1].notes = 2;
    rows[3].step_state = Some(text("in_progress"));
    rows[3].attempts = Some(1);
    rows[3].current_error = None;
    rows[4].snoozed_until = Some(noon() + TimeDelta::minutes(42));
    rows
}

pub fn log_rows() -> Vec<LogRow> {
    let row = |minutes, actor: &str, action: &str, outcome: &str| LogRow {
        log_id: 1_000 - minutes,
        subject_uuid: Some(step_id(1).0),
        task_uuid: Some(task_id(1)),
        entry: None,
        incident: None,
        batch: None,
        at: minutes_ago(minutes),
        actor: text(actor),
        // a login of her own, and one that several share
        database_user: Some(text(if actor == "ana@lap7" { "ana" } else { "oncall" })),
        action: text(action),
        subject: text("payments/charge_order · charge_card"),
        reason: Some(text("card processor is back")),
        before: Some(text("error")),
        after: Some(text("pending")),
        outcome: text(outcome),
    };
    vec![
        row(2, "ana@lap7", "reset_for_retry", "done"),
        row(9, "bo@desk", "close_entry", "done"),
        row(31, "bo@desk", "resolve_manually", "changed meanwhile"),
    ]
}

#[allow(
    clippy::unnecessary_wraps,
    reason = "it is one part of a poll, and those can fail"
)]
pub fn listed<T>(rows: Vec<T>, total: i64) -> Part<Page<T>> {
    Ok(Arc::new(Page {
        rows,
        total: Total::exact(total),
    }))
}

/// A poll in which everything could be read.
pub fn snapshot() -> Snapshot {
    Snapshot {
        next_in: Duration::from_secs(2),
        replica: None,
        taken_at: noon(),
        took: Duration::from_millis(4),
        effort: PollCost {
            share: 0.003,
            ..PollCost::default()
        },
        counts_read: Reading {
            at: noon(),
            every: Duration::from_secs(2),
        },
        stats_read: Reading {
            at: noon(),
            every: Duration::from_secs(6),
        },
        counts: Ok(Arc::new(counts())),
        staleness: listed(stale_rows(), 5),
        queue: listed(queue_rows(), 6),
        error_groups: Ok(Arc::default()),
        stats: Ok(Arc::new(stats())),
        fleet: Ok(Arc::default()),
        rules_version: Rules::default().version(),
        log: Ok(Arc::new(log_rows())),
        detail: None,
    }
}

/// A poll in which everything could be read and nothing is wrong.
pub fn quiet() -> Snapshot {
    Snapshot {
        counts: Ok(Arc::new(Counts {
            healthy: 412,
            resolved_last_hour: Some(0),
            seconds_since_sweep: Some(12.0),
            ..Counts::default()
        })),
        staleness: listed(Vec::new(), 0),
        queue: listed(Vec::new(), 0),
        stats: Ok(Arc::new(Stats::default())),
        log: Ok(Arc::new(Vec::new())),
        ..snapshot()
    }
}

pub fn timed_out(doing: &'static str) -> Arc<DataError> {
    Arc::new(DataError::TimedOut { doing, seconds: 5 })
}

/// The news of a poll, with the fingerprints that its reader would have computed.
pub fn heard(snapshot: Snapshot) -> Action {
    let rules = Rules::default();
    let snapshot = Snapshot {
        staleness: snapshot.staleness.map(|page| {
            let rows = page.rows.iter().cloned();
            Arc::new(Page {
                rows: rows.map(|row| row.with_fingerprint(&rules)).collect(),
                total: page.total,
            })
        }),
        queue: snapshot.queue.map(|page| {
            let rows = page.rows.iter().cloned();
            Arc::new(Page {
                rows: rows.map(|row| row.with_fingerprint(&rules)).collect(),
                total: page.total,
            })
        }),
        ..snapshot
    };
    Action::Polled(PollResult::Snapshot(Arc::new(snapshot)))
}

/// An app at noon that has heard nothing.
pub fn waiting() -> App {
    let mut app = App::new(place());
    app.update(Action::Tick(noon()));
    app.update(Action::Detector(Status {
        off_because: None,
        phase: Phase::Waiting,
        next_sweep: Some(noon() + TimeDelta::seconds(131)),
        dry_run: false,
        last: None,
    }));
    app
}

/// An app at noon, one second after `snapshot`.
pub fn showing(snapshot: Snapshot) -> App {
    let mut app = waiting();
    app.update(heard(snapshot));
    app.update(Action::Tick(noon() + TimeDelta::seconds(1)));
    app
}

/// An app that looks at the task of entry 12.
pub fn looking() -> App {
    let mut app = showing(snapshot());
    app.open_task(task_id(12));
    polled(&mut app, detail());
    app
}

/// A poll brings this of the task of entry 12.
pub fn polled(app: &mut App, detail: Detail) {
    let detail = Some((task_id(12), Ok(Arc::new(Some(detail)))));
    app.update(heard(Snapshot {
        detail,
        ..snapshot()
    }));
}

/// An app that looks at `detail`, on `tab`.
pub fn opened(detail: Detail, tab: Tab) -> App {
    let mut app = looking();
    polled(&mut app, detail);
    app.update(Action::Tab(tab));
    app
}
