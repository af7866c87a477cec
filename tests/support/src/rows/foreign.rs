//! Sources that are not the native one, made of files that nobody sends.

use std::collections::BTreeMap;
use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::data::model::{Detail, HintRow, QueueRow, Snapshot, TransitionRow};
use dlqtop::data::source::{Source, SourceKind};

use super::{detail, heard, listed, minutes_ago, noon, place, queued, snapshot};

/// A source of this name with these files.
pub fn source(name: &str, manifest: &str, files: &[&str]) -> Arc<Source> {
    let mut all = BTreeMap::from([("source.toml".to_owned(), manifest.to_owned())]);
    for file in files {
        all.insert(format!("{file}.sql"), String::new());
    }
    Arc::new(SourceKind::new(name, all).unwrap().plain())
}

/// Failed jobs that are taken up and closed, and never run again from here.
pub fn failed_jobs() -> Arc<Source> {
    let manifest = r#"
        title = "Celery"
        [words]
        task = "job"
        tasks = "jobs"
        namespace = "queue"
        namespaces = "queues"
        entry = "failed job"
        entries = "failed jobs"
        staleness = "Remediation"
        queue = "Failed jobs"
        claim = "take up"
        close = "close"
        [actions.own_entry]
        from = ["pending"]
        [actions.close_entry]
        from = ["pending", "in_progress"]
        [resolutions]
        manually_resolved = "resolved"
        permanently_failed = "abandoned"
    "#;
    let files = [
        "staleness",
        "staleness_total",
        "queue",
        "queue_total",
        "counts",
        "task",
        "find_task",
        "named",
        "snapshot",
        "history",
        "entries",
        "entries_page",
        "notes",
        "add_note",
        "own_entry",
        "close_entry",
        "stats_reasons",
        "stats_flow",
        "stats_namespaces",
    ];
    source("celery", manifest, &files)
}

/// A queue of dead letters that are retried as a whole; nothing is kept beside it.
pub fn dead_letters() -> Arc<Source> {
    let manifest = r#"
        title = "Pool"
        [words]
        namespace = "type"
        entry = "dead letter"
        entries = "dead letters"
        queue = "Dead letters"
        requeue = "retry"
        [actions.resume_task]
        from = ["failed", "dead_letter", "claimed", "running"]
        way = "by SQL"
    "#;
    let files = [
        "queue",
        "queue_total",
        "counts",
        "task",
        "find_task",
        "named",
        "history",
        "hints",
        "resume_task",
        "stats_types",
    ];
    source("pool", manifest, &files)
}

/// A screen of this source.
pub fn of(source: &Arc<Source>, snapshot: Snapshot) -> App {
    let mut place = place();
    place.source = Arc::clone(source);
    let mut app = App::new(place);
    app.update(Action::Tick(noon()));
    app.update(heard(snapshot));
    app
}

/// A row of its queue.
pub fn letter(n: u128, state: &str) -> QueueRow {
    QueueRow {
        current_state: state.into(),
        step_name: None,
        workflow_step_uuid: None,
        step_state: None,
        ..queued(n, ("mail", "send_receipt"), "max_retries_exceeded", 33.0)
    }
}

/// A poll that brought these rows and nothing stale.
pub fn letters(rows: Vec<QueueRow>) -> Snapshot {
    let total = i64::try_from(rows.len()).unwrap();
    Snapshot {
        staleness: listed(Vec::new(), 0),
        queue: listed(rows, total),
        ..snapshot()
    }
}

/// A task without steps, looked at closely.
pub fn whole(state: &str) -> Detail {
    let mut whole = detail();
    whole.steps.clear();
    whole.notes.clear();
    whole.task_snapshot = None;
    whole.task.current_state = state.into();
    whole.task.staleness_threshold_minutes = None;
    whole.task.minutes_since_namespace_finished = None;
    whole.task.same_error_elsewhere = 4;
    whole.task.same_error_at_least = false;
    whole
        .entries
        .retain(|entry| entry.resolution_status == "pending");
    whole.transitions = vec![TransitionRow {
        created_at: minutes_ago(33),
        step_name: None,
        from_state: Some("running".into()),
        to_state: state.into(),
        processor: Some("w-3".into()),
        reason: Some("smtp: connection refused\nTraceback".into()),
    }];
    whole.hints = vec![HintRow {
        text: "no worker serves the type mail".into(),
        severity: Some("bad".into()),
    }];
    whole
}
