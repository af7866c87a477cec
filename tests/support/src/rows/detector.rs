//! A detector that nobody has armed, one that the breaker holds, and the dialogs about it.

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::{Action, DetectorAsk};
use dlqtop::data::messages::command::{Answer, Command, Question};
use dlqtop::data::model::detector::{DetectorState, PreviewRow, UndoneTask};
use dlqtop::data::model::{Counts, Snapshot};

use super::{counts, minutes_ago, showing, snapshot, task_id};

/// Nobody has armed it, and so many tasks are due.
pub fn unarmed(due: i64) -> DetectorState {
    DetectorState {
        due,
        breaker_limit: 50,
        ..DetectorState::default()
    }
}

/// Bob has armed it two hours ago.
pub fn armed(due: i64) -> DetectorState {
    DetectorState {
        armed_at: Some(minutes_ago(120)),
        armed_by: Some("bob@lap3".into()),
        armed_reason: Some("thresholds agreed with payments".into()),
        ..unarmed(due)
    }
}

/// Armed, and more is due than a sweep takes without a confirmation.
pub fn held() -> DetectorState {
    DetectorState {
        holds: true,
        why: Some("312 tasks are due, more than 50".into()),
        ..armed(312)
    }
}

/// A poll that brings this.
pub fn with_detector(state: DetectorState) -> Snapshot {
    Snapshot {
        counts: Ok(Arc::new(Counts {
            detector: Some(state),
            ..counts()
        })),
        ..snapshot()
    }
}

fn preview_row(name: (&str, &str), state: (&str, &str), tasks: i64, minutes: f64) -> PreviewRow {
    PreviewRow {
        namespace: name.0.into(),
        task_name: name.1.into(),
        task_version: "1.2.0".into(),
        state: state.0.into(),
        dlq_reason: state.1.into(),
        tasks,
        oldest_minutes: Some(minutes),
        newest_minutes: Some(minutes / 3.0),
    }
}

/// Nineteen tasks of three templates.
pub fn preview() -> Vec<PreviewRow> {
    let stale = "staleness_timeout";
    vec![
        preview_row(
            ("payments", "charge_order"),
            ("waiting_for_retry", stale),
            12,
            132.0,
        ),
        preview_row(
            ("orders", "fulfill"),
            ("waiting_for_dependencies", "worker_unavailable"),
            6,
            75.0,
        ),
        preview_row(
            ("billing", "close_month"),
            ("blocked_by_failures", "dependency_cycle_detected"),
            1,
            61.0,
        ),
    ]
}

/// What an undo says of one task.
pub fn undone(place: i64, outcome: &str, by: Option<&str>) -> UndoneTask {
    UndoneTask {
        place,
        task_uuid: task_id(u128::from(place.unsigned_abs())).0,
        outcome: outcome.into(),
        by_whom: by.map(Into::into),
        now_state: Some("error".into()),
    }
}

/// Three can be put back, one entry can be closed, two were touched since.
pub fn undo_preview() -> Vec<UndoneTask> {
    vec![
        undone(1, "put_back", None),
        undone(2, "put_back", None),
        undone(3, "put_back", None),
        undone(4, "entry_closed", None),
        undone(5, "touched", Some("bob@lap3")),
        undone(6, "touched", Some("bob@lap3")),
    ]
}

/// Asks about the detector; the database answers with what it would be about.
pub fn asking(mut app: App, ask: DetectorAsk) -> App {
    let answer = match app.update(Action::AskDetector(ask)) {
        Some(Command::Query(Question::SweepPreview)) => Answer::SweepPreview(Ok(preview())),
        Some(Command::Query(Question::UndoPreview(sweep))) => {
            Answer::UndoPreview(sweep, Ok(undo_preview()))
        }
        None => return app,
        Some(other) => panic!("{other:?}"),
    };
    app.update(Action::QueryAnswered(Box::new(answer)));
    app
}

/// The dialog that arms it.
pub fn arming() -> App {
    asking(showing(with_detector(unarmed(19))), DetectorAsk::Arm)
}

/// The dialog that undoes the newest sweep that took something.
pub fn undoing() -> App {
    let app = showing(with_detector(armed(0)));
    let stats = app.polled.stats.rows.clone().unwrap();
    let took = stats.sweeps.iter().find(|sweep| sweep.moved > 0).unwrap();
    let sweep = took.sweep_id.unwrap();
    asking(app, DetectorAsk::UndoSweep(sweep))
}
