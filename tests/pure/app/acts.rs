//! Results, limits, claims and snoozes: from a key to what is sent.

mod entries;

use std::sync::Arc;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, EditedText, Mark, Move, Verb};
use dlqtop::app::session::read_only::{Access, LockReason};
use dlqtop::app::writes::confirm::field::Field;
use dlqtop::data::messages::command::{
    Change, Command, EntryVerb, ItemResult, Limits, StepVerb, Write,
};
use dlqtop::data::model::{PollResult, QueueRow, Snapshot};
use serde_json::json;
use support::rows::acting::{answer, asked, confirm, done, on_queue, typed};
use support::rows::{detail, listed, noon, render, showing, snapshot, step_id, task_id};

fn ask(app: &mut App, verb: Verb) -> Option<Command> {
    app.update(Action::Ask(verb))
}

fn said(app: &App) -> String {
    app.screen.notification.as_ref().unwrap().text.clone()
}

fn write(command: Option<Command>) -> Write {
    match command {
        Some(Command::Write(write)) => *write,
        other => panic!("{other:?}"),
    }
}

/// The queue with the cursor on the `n`th row.
fn on_row(n: usize) -> App {
    let mut app = on_queue(snapshot());
    for _ in 0..n {
        app.update(Action::Move(Move::Down));
    }
    app
}

/// On the detail of entry 12, whose step `charge_card` has failed.
fn on_detail(change: impl FnOnce(&mut dlqtop::data::model::Detail)) -> App {
    let mut opened = detail();
    change(&mut opened);
    let mut app = showing(snapshot());
    app.open_task(task_id(12));
    let heard = Snapshot {
        detail: Some((task_id(12), Ok(Arc::new(Some(opened))))),
        ..snapshot()
    };
    app.update(Action::Polled(PollResult::Snapshot(Arc::new(heard))));
    app
}

fn with_queue(rows: Vec<QueueRow>) -> Snapshot {
    Snapshot {
        queue: listed(rows, 6),
        ..snapshot()
    }
}

fn wrote(app: &mut App, text: &str) {
    let written = EditedText {
        text: text.to_owned(),
        problem: None,
    };
    app.update(Action::EditorClosed(written));
}

fn replace(app: &mut App, text: &str) {
    app.update(Action::Edit(Edit::DeleteToStart));
    typed(app, text);
}

#[test]
fn a_result_is_edited_checked_and_sent_and_the_entry_offered_to_close() {
    let mut app = on_row(1);
    assert_eq!(
        ask(&mut app, Verb::Complete),
        Some(Command::Edit("{}\n".to_owned())),
        "the editor opens at once"
    );
    wrote(&mut app, "{\n  \"charge_id\": 4711\n  \"ok\": true\n}");
    let complaint = asked(&app).complaint.clone().unwrap();
    assert_eq!(complaint, "line 3, column 3: expected `,` or `}`");
    assert_eq!(app.update(Action::ConfirmYes), None, "nothing is sent");
    // Enter edits again, with what was written.
    let Some(Command::Edit(text)) = app.update(Action::Accept) else {
        panic!();
    };
    assert!(text.contains("4711\n  \"ok\""), "{text}");
    wrote(&mut app, "{\"charge_id\": 4711, \"ok\": true}");
    assert_eq!(asked(&app).field, Field::Reason);
    let screen = render(&app, 120, 40).backend().to_string();
    assert!(
        screen.contains("{\"charge_id\": 4711, \"ok\": true}"),
        "{screen}"
    );
    assert!(screen.contains("JSON, 1 line, 31 bytes"), "{screen}");

    let sent = confirm(&mut app, "charged by hand").unwrap();
    let Change::Steps(StepVerb::CompleteManually(result), targets) = &sent.change else {
        panic!("{sent:?}");
    };
    assert_eq!(*result, json!({"charge_id": 4711, "ok": true}));
    assert_eq!(targets[0].step, step_id(12));
    app.update(answer(&sent, |_| done()));
    let offer = asked(&app);
    assert!(offer.offered.is_some());
    assert_eq!(offer.reason.text(), "charged by hand");
    assert!(matches!(
        offer.plan.change,
        Change::Entries(EntryVerb::Close(_), _)
    ));
}

#[test]
fn a_result_begins_with_what_the_step_has_returned() {
    let mut app = on_detail(|detail| detail.steps[2].results = Some(json!({"half": 1})));
    let Some(Command::Edit(text)) = ask(&mut app, Verb::Complete) else {
        panic!();
    };
    assert_eq!(text, "{\n  \"half\": 1\n}\n");
}

#[test]
fn nothing_written_or_a_failing_editor_sends_nothing_and_says_so() {
    for (text, problem, words) in [
        ("{}\n", None, "the result was not changed: nothing was sent"),
        ("", None, "the result was left empty: nothing was sent"),
        (
            "[1]",
            Some("vi ended with exit code 1"),
            "vi ended with exit code 1: nothing was sent",
        ),
    ] {
        let mut app = on_row(1);
        ask(&mut app, Verb::Complete);
        app.update(Action::EditorClosed(EditedText {
            text: text.to_owned(),
            problem: problem.map(str::to_owned),
        }));
        assert!(app.screen.popup.is_none(), "{words}");
        assert_eq!(said(&app), words);
    }
}

#[test]
fn what_was_written_outlives_the_box_and_an_act_that_came_too_late() {
    let mut app = on_row(1);
    ask(&mut app, Verb::Complete);
    wrote(&mut app, "{\"a\": 1}");
    app.update(Action::Back);
    assert_eq!(
        ask(&mut app, Verb::Complete),
        None,
        "there is something to send: the editor waits for Enter"
    );
    assert_eq!(asked(&app).field, Field::Reason);
    let sent = confirm(&mut app, "by hand").unwrap();
    app.update(answer(&sent, |_| ItemResult::Changed {
        by: Some("bob".into()),
        at: Some(noon() - TimeDelta::seconds(12)),
        now: "in_progress".into(),
    }));
    let words = said(&app);
    assert!(
        words.starts_with("changed by bob 13s ago: it is in_progress"),
        "{words}"
    );
    ask(&mut app, Verb::Complete);
    assert_eq!(asked(&app).reason.text(), "by hand");
    assert_eq!(write(send(&mut app)).change, sent.change);
}

/// Goes to the buttons and says yes.
fn send(app: &mut App) -> Option<Command> {
    app.update(Action::Accept);
    app.update(Action::ConfirmYes)
}

#[test]
fn a_result_is_for_one_step_and_only_where_something_can_be_changed() {
    let mut app = on_queue(snapshot());
    app.update(Action::Mark(Mark::Shown));
    assert_eq!(ask(&mut app, Verb::Complete), None);
    assert!(said(&app).contains("one step at a time"), "{}", said(&app));
    let mut app = on_row(1);
    app.session.access = Access::ReadOnly(LockReason::Flag);
    for verb in [
        Verb::Complete,
        Verb::Limits,
        Verb::Claim,
        Verb::Release,
        Verb::Snooze,
        Verb::Unsnooze,
        Verb::Reopen,
    ] {
        assert_eq!(ask(&mut app, verb), None);
        assert!(app.screen.popup.is_none());
        assert!(said(&app).starts_with("read-only: "), "{}", said(&app));
    }
}

#[test]
fn limits_begin_with_what_is_seen_and_complain_in_the_box() {
    let mut app = on_detail(|_| ());
    ask(&mut app, Verb::Limits);
    let screen = render(&app, 120, 40).backend().to_string();
    assert!(screen.contains("Attempts 3"), "{screen}");
    assert!(screen.contains("Timeout  30"), "{screen}");
    replace(&mut app, "none");
    app.update(Action::Accept);
    app.update(Action::Accept);
    let complaint = asked(&app).complaint.clone().unwrap();
    assert!(
        complaint.contains("attempts: a whole number from 1 to 1000"),
        "{complaint}"
    );
    assert_eq!(asked(&app).field, Field::Attempts);
    replace(&mut app, "5");
    app.update(Action::Accept);
    replace(&mut app, "none");
    app.update(Action::Accept);
    let sent = confirm(&mut app, "it is slow").unwrap();
    let limits = Limits {
        max_attempts: Some(5),
        timeout_seconds: Some(0),
    };
    assert!(matches!(&sent.change, Change::Steps(StepVerb::SetLimits(l), _) if *l == limits));
    app.update(answer(&sent, |_| done()));
    assert!(app.screen.popup.is_none(), "other limits repair nothing");
}
