//! Workers and queues as a source that knows them would bring them.

use std::collections::BTreeMap;
use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::app::session::Session;
use dlqtop::data::model::{AlertRow, Fleet, HintRow, QueueDepthRow, Snapshot, TypeRow, WorkerRow};
use dlqtop::data::source::SourceKind;

use super::{counts, heard, noon, place, snapshot, text};

/// A place whose source has these files besides the native ones.
pub fn place_with(files: &[&str]) -> Session {
    let native = place().source;
    let names = native.names().chain(files.iter().copied());
    let kind = SourceKind {
        name: "jobs".to_owned(),
        files: names
            .map(|name| (name.to_owned(), String::new()))
            .collect::<BTreeMap<_, _>>(),
        ..SourceKind::default()
    };
    Session {
        source: Arc::new(kind.plain()),
        ..place()
    }
}

pub fn worker(name: &str, health: &str, pool: (i64, i64)) -> WorkerRow {
    WorkerRow {
        worker: text(name),
        host: Some(text(name.split('-').next().unwrap())),
        namespace_name: Some(text("email, billing")),
        health: text(health),
        condition: None,
        seen_seconds: Some(match health {
            "alive" => 3.0,
            "late" => 24.0,
            _ => 130.0,
        }),
        busy: Some(pool.0),
        size: Some(pool.1),
        is_leader: false,
        lease_seconds: None,
        version: Some(text("2.4.1")),
        started_at: Some(noon()),
        finished_last_hour: Some(1_204),
        failed_last_hour: Some(0),
    }
}

/// Five workers, the worst first.
pub fn workers() -> Vec<WorkerRow> {
    let mut rows = vec![
        worker("web3-8812-c01d", "dead", (4, 10)),
        worker("web2-113-77aa", "late", (10, 10)),
        worker("web1-4711-ab12", "alive", (9, 10)),
        worker("web1-4712-ab13", "alive", (2, 10)),
        worker("web4-91-0b0b", "alive", (0, 10)),
    ];
    rows[0].condition = Some(text("holds 4"));
    rows[0].failed_last_hour = Some(12);
    rows[1].condition = Some(text("saturated"));
    rows[2].is_leader = true;
    rows[2].lease_seconds = Some(21.0);
    rows
}

pub fn queues() -> Vec<QueueDepthRow> {
    let row = |name, depth, oldest, failed, routes: &[&str]| QueueDepthRow {
        name: text(name),
        depth,
        oldest_seconds: oldest,
        at_least_seconds: None,
        delayed: Some(depth / 10),
        routes: routes.iter().map(|route| text(route)).collect(),
        failed,
        oldest_message: None,
        newest_message: None,
        late_seconds: None,
    };
    vec![
        row(
            "attribution",
            1_204,
            Some(1_320.0),
            17,
            &["app.tasks.attribution.*", "app.tasks.touch.*"],
        ),
        row("llm", 31, Some(45.0), 2, &["app.tasks.llm.*"]),
        row("housekeeping", 0, None, 0, &[]),
    ]
}

pub fn types() -> Vec<TypeRow> {
    let row = |name, numbers: [i64; 4], times: [f64; 4]| TypeRow {
        namespace_name: text(name),
        task_name: text(name),
        pending: numbers[0],
        running: numbers[1],
        retried: numbers[2],
        failed_last_hour: numbers[3],
        wait_p50_seconds: Some(times[0]),
        wait_p95_seconds: Some(times[1]),
        run_p50_seconds: Some(times[2]),
        run_p95_seconds: (times[3] > 0.0).then_some(times[3]),
    };
    vec![
        row("send_email", [412, 18, 31, 9], [0.4, 12.0, 0.085, 2.4]),
        row("invoice", [3, 1, 0, 0], [0.012, 0.9, 95.0, 0.0]),
    ]
}

pub fn hints() -> Vec<HintRow> {
    let hint = |severity: Option<&str>, what| HintRow {
        text: text(what),
        severity: severity.map(text),
    };
    vec![
        hint(
            Some("bad"),
            "its worker web3-8812-c01d has been dead for 2m 10s: release the task",
        ),
        hint(
            Some("warning"),
            "the partial index for claims is missing: claims are slow",
        ),
        hint(None, "the type has 412 pending tasks"),
    ]
}

/// A poll of a system that knows its workers and queues.
pub fn manned() -> Snapshot {
    Snapshot {
        fleet: Ok(Arc::new(Fleet {
            workers: workers(),
            queues: queues(),
            alerts: vec![AlertRow {
                alert: text("no_leader"),
                over: false,
                value: Some(1.0),
                severity: None,
                text: text("no leader"),
            }],
        })),
        stats: Ok(Arc::new(dlqtop::data::model::Stats {
            types: types(),
            ..super::stats()
        })),
        counts: Ok(Arc::new(counts())),
        ..snapshot()
    }
}

/// An app at such a place, a second after `snapshot`.
pub fn at_work(snapshot: Snapshot) -> App {
    let mut app = App::new(place_with(&["workers", "queues"]));
    app.update(Action::Tick(noon()));
    app.update(heard(snapshot));
    app.update(Action::Tick(noon() + chrono::TimeDelta::seconds(1)));
    app
}
