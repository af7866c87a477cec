//! An operator who asks for changes, and a database that answers.

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit};
use dlqtop::app::pane::Pane;
use dlqtop::app::screen::popup::Popup;
use dlqtop::app::writes::confirm::Confirm;
use dlqtop::data::bulk::retry_outcome::{Retried, Verdict};
use dlqtop::data::messages::command::{Answer, Command, Item, ItemResult, Outcome, Write};
use dlqtop::data::model::Snapshot;

use super::showing;

pub fn typed(app: &mut App, text: &str) {
    for c in text.chars() {
        app.update(Action::Edit(Edit::Insert(c)));
    }
}

pub fn asked(app: &App) -> &Confirm {
    match &app.screen.popup {
        Some(Popup::Confirm(confirm)) => confirm,
        other => panic!(
            "no box is open but {other:?}: {:?}",
            app.screen.notification
        ),
    }
}

pub fn on_queue(snapshot: Snapshot) -> App {
    let mut app = showing(snapshot);
    app.update(Action::Focus(Pane::Queue));
    app
}

/// Types a reason, goes to the buttons and says yes.
pub fn confirm(app: &mut App, reason: &str) -> Option<Write> {
    typed(app, reason);
    app.update(Action::Accept);
    match app.update(Action::ConfirmYes) {
        Some(Command::Write(write)) => Some(*write),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

pub fn answer(write: &Write, result: impl Fn(usize) -> ItemResult) -> Action {
    let ids = write.change.ids();
    let items = ids.into_iter().enumerate().map(|(at, id)| Item {
        id,
        label: "orders/fulfill".into(),
        result: result(at),
    });
    Action::WriteFinished(Outcome {
        batch: write.batch,
        action: write.change.name(),
        items: items.collect(),
    })
}

pub fn done() -> ItemResult {
    ItemResult::Done {
        now: "pending".into(),
    }
}

/// What the database says of what `write` has retried; without a verdict it is on its way.
pub fn retried(write: &Write, verdict: impl Fn(usize) -> Option<Verdict>) -> Action {
    let ids = write.change.ids().into_iter().enumerate();
    let found = ids.map(|(at, id)| {
        let verdict = verdict(at);
        Retried {
            id,
            state: match verdict {
                Some(Verdict::Passed) => "complete",
                Some(Verdict::FailedAgain) => "error",
                Some(Verdict::Cancelled) => "cancelled",
                Some(Verdict::Gone) => "gone",
                None => "in_progress",
            }
            .into(),
            error: (verdict == Some(Verdict::FailedAgain)).then(|| "HTTP 503 again".into()),
            settled: verdict.is_some(),
            verdict,
        }
    });
    let answer = Answer::Retried(write.batch, Ok(found.collect()));
    Action::QueryAnswered(Box::new(answer))
}

/// So many seconds without a key.
pub fn seconds_later(app: &mut App, seconds: i64) -> Option<Command> {
    app.update(Action::Tick(app.session.now + TimeDelta::seconds(seconds)))
}

/// Everything that `write` has retried passes, and nobody presses a key.
pub fn passes(app: &mut App, write: &Write) {
    app.update(retried(write, |_| Some(Verdict::Passed)));
    seconds_later(app, 3);
}
