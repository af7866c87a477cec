//! Results, limits, claims and snoozes: from a key to what is sent.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "rows/builders.rs"]
mod rows;

use std::sync::Arc;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, EditedText, Mark, Move, Toggle, Verb};
use dlqtop::app::session::access::{Access, LockReason};
use dlqtop::app::writes::confirm::Field;
use dlqtop::data::messages::command::{
    Change, Command, EntryVerb, ItemResult, Limits, StepVerb, Until, Write,
};
use dlqtop::data::model::{PollResult, QueueRow, Snapshot};
use rows::acting::{answer, asked, confirm, done, on_queue, typed};
use rows::{
    detail, entry, entry_id, listed, noon, place, queue_rows, render, showing, snapshot, step_id,
    task_id,
};
use serde_json::json;

fn ask(app: &mut App, verb: Verb) -> Option<Command> {
    app.update(Action::Ask(verb))
}

fn said(app: &App) -> String {
    app.notice.as_ref().unwrap().text.clone()
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
    assert_eq!(asked(&app).spot, Field::Reason);
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
    assert!(offer.offered);
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
        assert!(app.overlay.is_none(), "{words}");
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
    assert_eq!(asked(&app).spot, Field::Reason);
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
    app.place.access = Access::ReadOnly(LockReason::Flag);
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
        assert!(app.overlay.is_none());
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
    assert_eq!(asked(&app).spot, Field::Attempts);
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
    assert!(asked(&app).offered);
}

#[test]
fn own_is_two_keys_and_yes_and_own_again_releases() {
    let mut app = on_row(1);
    ask(&mut app, Verb::Claim);
    let sent = write(send(&mut app));
    assert_eq!(sent.reason, "looking into it");
    let own = EntryVerb::Claim {
        minutes: 30,
        take_over: false,
    };
    assert!(
        matches!(&sent.change, Change::Entries(verb, t) if *verb == own && t[0].entry == entry_id(12))
    );

    let mut rows = queue_rows();
    rows[1].owner = Some(place().actor.as_str().into());
    let mut app = on_queue(with_queue(rows));
    app.update(Action::Move(Move::Down));
    ask(&mut app, Verb::Claim);
    let sent = write(send(&mut app));
    assert!(matches!(
        &sent.change,
        Change::Entries(EntryVerb::Release, _)
    ));
}

#[test]
fn what_another_owns_is_taken_over_only_alone_and_in_so_many_words() {
    let mut app = on_row(0);
    ask(&mut app, Verb::Claim);
    let screen = render(&app, 120, 40).backend().to_string();
    assert!(screen.contains("Take over 1 investigation"), "{screen}");
    assert!(screen.contains("owned by ana, 11m left"), "{screen}");
    let sent = write(send(&mut app));
    assert!(matches!(
        &sent.change,
        Change::Entries(
            EntryVerb::Claim {
                take_over: true,
                ..
            },
            _
        )
    ));

    let mut app = on_queue(snapshot());
    app.update(Action::Mark(Mark::Shown));
    ask(&mut app, Verb::Claim);
    let plan = &asked(&app).plan;
    assert_eq!(plan.change.count(), 5);
    assert_eq!(plan.excluded.len(), 1);
    assert!(
        plan.excluded[0].why.contains("owned by ana"),
        "{:?}",
        plan.excluded
    );
    assert!(matches!(
        &plan.change,
        Change::Entries(
            EntryVerb::Claim {
                take_over: false,
                ..
            },
            _
        )
    ));
}

#[test]
fn whoever_closes_reads_who_owns_it() {
    let mut app = on_row(0);
    ask(&mut app, Verb::Close);
    let screen = render(&app, 120, 40).backend().to_string();
    assert!(screen.contains("owned by ana, 11m left"), "{screen}");
    assert!(
        confirm(&mut app, "fixed").is_some(),
        "it stands in nobody's way"
    );
}

#[test]
fn a_snooze_offers_spans_takes_times_and_refuses_the_past() {
    let mut app = on_row(1);
    ask(&mut app, Verb::Snooze);
    let screen = render(&app, 120, 40).backend().to_string();
    assert!(screen.contains("For     15m"), "{screen}");
    for bad in ["2025-12-31 09:00", "soon", ""] {
        replace(&mut app, bad);
        app.update(Action::Accept);
        assert_eq!(asked(&app).spot, Field::Span, "{bad:?}");
        assert!(asked(&app).complaint.is_some(), "{bad:?}");
    }
    // From the buttons too.
    app.update(Action::NextField(2));
    assert_eq!(app.update(Action::ConfirmYes), None);
    assert_eq!(asked(&app).spot, Field::Span);
    app.update(Action::Choose(1));
    app.update(Action::Choose(1));
    app.update(Action::Accept);
    let sent = confirm(&mut app, "the bank opens at nine").unwrap();
    assert!(matches!(
        &sent.change,
        Change::Entries(EntryVerb::Snooze(Until::Minutes(60)), _)
    ));

    // The row that is snoozed already comes back.
    let mut app = on_row(4);
    ask(&mut app, Verb::Snooze);
    let sent = confirm(&mut app, "it is open").unwrap();
    assert!(matches!(
        &sent.change,
        Change::Entries(EntryVerb::Unsnooze, _)
    ));
}

#[test]
fn a_reason_is_asked_for_and_what_was_typed_is_kept() {
    let mut app = on_row(1);
    ask(&mut app, Verb::Snooze);
    replace(&mut app, "90m");
    app.update(Action::Accept);
    app.update(Action::Accept);
    assert!(
        asked(&app)
            .complaint
            .as_ref()
            .unwrap()
            .starts_with("Say why first")
    );
    app.update(Action::Back);
    ask(&mut app, Verb::Snooze);
    app.update(Action::Accept);
    let sent = confirm(&mut app, "waiting").unwrap();
    assert!(matches!(
        &sent.change,
        Change::Entries(EntryVerb::Snooze(Until::Minutes(90)), _)
    ));
}

#[test]
fn the_last_closed_entry_is_reopened_from_its_task() {
    let mut app = on_detail(|detail| detail.entries = vec![entry(92, "manually_resolved")]);
    ask(&mut app, Verb::Reopen);
    let sent = confirm(&mut app, "it came back").unwrap();
    assert!(
        matches!(&sent.change, Change::Entries(EntryVerb::Reopen, t) if t[0].entry == entry_id(92))
    );
    let mut app = on_detail(|_| ());
    ask(&mut app, Verb::Reopen);
    assert!(
        said(&app).contains("its investigation is open"),
        "{}",
        said(&app)
    );
}

#[test]
fn owners_and_snoozes_are_seen() {
    let app = on_queue(snapshot());
    let screen = render(&app, 250, 70).backend().to_string();
    assert!(screen.contains("owned by ana, 11m left"), "{screen}");
    assert!(screen.contains("1 snoozed"), "{screen}");
    assert!(screen.contains("snoozed, back in 41m"), "{screen}");
    let mut app = on_detail(|detail| {
        detail.entries[0].owner = Some("bob".into());
        detail.entries[0].owned_until = Some(noon() + TimeDelta::minutes(12));
        detail.entries[0].snoozed_until = Some(noon() + TimeDelta::minutes(42));
    });
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(screen.contains("owned by bob, 12m left"), "{screen}");
    assert!(screen.contains("snoozed, back in 42m"), "{screen}");
    app.update(Action::Toggle(Toggle::Times));
    app.update(Action::Toggle(Toggle::Times));
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(screen.contains("snoozed until 12:42Z"), "{screen}");
}
