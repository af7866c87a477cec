//! Nothing is changed without being asked, and what is asked is what is changed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "rows/builders.rs"]
mod rows;

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Move, Pane, Tab, Verb};
use dlqtop::app::confirm::{Confirm, Spot};
use dlqtop::app::overlay::Overlay;
use dlqtop::data::command::{
    Change, Command, Item, ItemResult, Outcome, Resolution, StepVerb, Write,
};
use dlqtop::data::model::Snapshot;
use rows::{
    detail, entry_id, heard, listed, looking, queue_rows, queued, showing, snapshot, step_id,
    task_id,
};
use uuid::Uuid;

fn typed(app: &mut App, text: &str) {
    for c in text.chars() {
        app.update(Action::Edit(Edit::Insert(c)));
    }
}

fn asked(app: &App) -> &Confirm {
    match &app.overlay {
        Some(Overlay::Confirm(confirm)) => confirm,
        other => panic!("no box is open but {other:?}: {:?}", app.notice),
    }
}

fn on_queue(snapshot: Snapshot) -> App {
    let mut app = showing(snapshot);
    app.update(Action::Focus(Pane::Queue));
    app
}

/// Types a reason, goes to the buttons and says yes.
fn confirm(app: &mut App, reason: &str) -> Option<Write> {
    typed(app, reason);
    app.update(Action::Accept);
    match app.update(Action::Yes) {
        Some(Command::Write(write)) => Some(*write),
        Some(other) => panic!("{other:?}"),
        None => None,
    }
}

fn answer(write: &Write, result: impl Fn(usize) -> ItemResult) -> Action {
    let ids: Vec<Uuid> = match &write.change {
        Change::Steps(_, targets) => targets.iter().map(|target| target.step.0).collect(),
        Change::CancelTasks(targets) | Change::SendToDlq(targets) => {
            targets.iter().map(|target| target.task.0).collect()
        }
        Change::CloseEntries(_, targets) | Change::AddNote(targets) => {
            targets.iter().map(|target| target.entry.0).collect()
        }
    };
    let items = ids.into_iter().enumerate().map(|(at, id)| Item {
        id,
        label: "orders/fulfill".into(),
        result: result(at),
    });
    Action::Finished(Outcome {
        batch: write.batch,
        action: write.change.name(),
        items: items.collect(),
    })
}

fn done() -> ItemResult {
    ItemResult::Done {
        now: "pending".into(),
    }
}

#[test]
fn the_quick_way_is_reason_enter_y() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    let write = confirm(&mut app, " card processor is back ").unwrap();

    assert_eq!(write.reason, "card processor is back");
    let Change::Steps(StepVerb::ResetForRetry, targets) = &write.change else {
        panic!("{:?}", write.change)
    };
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0].step, step_id(12));
    assert_eq!(targets[0].task, task_id(12));
    assert_eq!(targets[0].seen_state, "error");
    assert!(app.overlay.is_none());
    assert_eq!(app.update(Action::Yes), None, "one yes, one write");
}

#[test]
fn enter_alone_never_does_it() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "because");
    assert_eq!(app.update(Action::Accept), None);
    assert_eq!(asked(&app).spot, Spot::Cancel, "Cancel has the focus first");
    assert_eq!(
        app.update(Action::Accept),
        None,
        "and pressing it changes nothing"
    );
    assert!(app.overlay.is_none());
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(
        asked(&app).reason.text(),
        "because",
        "what was typed is not lost"
    );
}

#[test]
fn y_is_a_letter_while_the_reason_is_typed() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(app.update(Action::Yes), None);
    assert_eq!(asked(&app).spot, Spot::Reason);
}

#[test]
fn a_blank_reason_is_refused_and_the_box_stays() {
    for blank in ["", "   ", "\u{200b}"] {
        let mut app = on_queue(snapshot());
        app.update(Action::Move(Move::Down));
        app.update(Action::Ask(Verb::Retry));
        typed(&mut app, blank);
        app.update(Action::Accept);
        assert_eq!(app.update(Action::Yes), None);
        app.update(Action::Field(2));
        assert_eq!(asked(&app).spot, Spot::DoIt);
        assert_eq!(app.update(Action::Accept), None);
        assert!(asked(&app).complaint.is_some());
        assert_eq!(asked(&app).reason.text(), blank);
    }
}

#[test]
fn from_twenty_targets_up_their_number_is_typed() {
    for (targets, wants) in [(19, false), (20, true)] {
        let rows = (0..targets).map(|n| queued(n, ("orders", "fulfill"), "manual_dlq", 1.0));
        let mut app = on_queue(Snapshot {
            queue: listed(rows.collect(), 20),
            ..snapshot()
        });
        app.update(Action::Mark(Mark::Shown));
        app.update(Action::Ask(Verb::Retry));
        assert_eq!(asked(&app).wants_count(), wants, "{targets} targets");
        let written = confirm(&mut app, "because");
        assert_eq!(written.is_some(), !wants);
        if !wants {
            continue;
        }
        for wrong in ["2", "1"] {
            typed(&mut app, wrong);
            app.update(Action::Accept);
            assert_eq!(app.update(Action::Yes), None, "the count is not {wrong}");
        }
        app.update(Action::Edit(Edit::DeleteToStart));
        typed(&mut app, "20");
        app.update(Action::Accept);
        assert!(matches!(app.update(Action::Yes), Some(Command::Write(_))));
    }
}

#[test]
fn the_targets_are_those_that_were_shown_whatever_is_polled_meanwhile() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Mark(Mark::Cursor));
    app.update(Action::Mark(Mark::Cursor));
    app.update(Action::Ask(Verb::Retry));
    let before: Vec<String> = asked(&app)
        .plan
        .labels()
        .iter()
        .map(ToString::to_string)
        .collect();

    let mut other = queue_rows();
    other.reverse();
    other.truncate(3);
    for row in &mut other {
        row.step_state = Some("pending".into());
        row.version = 9;
    }
    app.update(heard(Snapshot {
        queue: listed(other, 3),
        ..snapshot()
    }));
    let after: Vec<String> = asked(&app)
        .plan
        .labels()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(before, after);
    let write = confirm(&mut app, "because").unwrap();
    let Change::Steps(_, targets) = write.change else {
        panic!()
    };
    assert_eq!(
        targets.iter().map(|t| t.step).collect::<Vec<_>>(),
        [step_id(12), step_id(13)]
    );
    assert!(targets.iter().all(|target| target.seen_state == "error"));
}

#[test]
fn rows_that_a_verb_does_not_apply_to_are_named_before_anything_is_sent() {
    let mut app = on_queue(snapshot());
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    let plan = &asked(&app).plan;
    assert_eq!(plan.change.count(), 4);
    let excluded: Vec<&str> = plan.excluded.iter().map(|one| one.why.as_str()).collect();
    assert_eq!(
        excluded,
        [
            "no step of it can be named; open it and choose one",
            "charge_card is in_progress"
        ]
    );
}

#[test]
fn if_it_applies_to_nothing_the_notice_says_why() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::SendToDlq));
    assert!(app.overlay.is_none());
    let notice = app.notice.unwrap().text;
    assert!(
        notice.contains("has an open investigation already"),
        "{notice}"
    );
}

#[test]
fn each_verb_becomes_its_change() {
    type Check = fn(&Change) -> bool;
    let cases: [(Pane, Verb, Check); 6] = [
        (Pane::Queue, Verb::Resolve, |c| {
            matches!(c, Change::Steps(StepVerb::ResolveManually, _))
        }),
        (Pane::Queue, Verb::Cancel, |c| {
            matches!(c, Change::Steps(StepVerb::Cancel, _))
        }),
        (
            Pane::Queue,
            Verb::Note,
            |c| matches!(c, Change::AddNote(t) if t[0].entry == entry_id(12)),
        ),
        (
            Pane::Queue,
            Verb::Close,
            |c| matches!(c, Change::CloseEntries(Resolution::ManuallyResolved, t) if t[0].seen_version == 1),
        ),
        (
            Pane::Staleness,
            Verb::SendToDlq,
            |c| matches!(c, Change::SendToDlq(t) if t[0].task == task_id(2)),
        ),
        (
            Pane::Staleness,
            Verb::Cancel,
            |c| matches!(c, Change::Steps(StepVerb::Cancel, t) if t[0].step == step_id(2)),
        ),
    ];
    for (pane, verb, check) in cases {
        let mut app = showing(snapshot());
        app.update(Action::Focus(pane));
        app.update(Action::Move(Move::Down));
        app.update(Action::Ask(verb));
        let write = confirm(&mut app, "because").unwrap();
        assert!(check(&write.change), "{verb:?}: {:?}", write.change);
    }
}

#[test]
fn without_a_step_the_task_is_cancelled() {
    let mut app = showing(snapshot());
    for _ in 0..3 {
        app.update(Action::Move(Move::Down));
    }
    app.update(Action::Ask(Verb::Cancel));
    let write = confirm(&mut app, "because").unwrap();
    assert!(matches!(write.change, Change::CancelTasks(targets) if targets[0].task == task_id(4)));
}

#[test]
fn how_to_close_is_chosen_with_the_arrows() {
    let mut app = on_queue(snapshot());
    app.update(Action::Ask(Verb::Close));
    app.update(Action::Choose(1));
    let write = confirm(&mut app, "never worked").unwrap();
    assert!(matches!(
        write.change,
        Change::CloseEntries(Resolution::PermanentlyFailed, _)
    ));
}

#[test]
fn on_steps_the_keys_act_on_the_chosen_step() {
    let mut app = looking();
    app.update(Action::Ask(Verb::Resolve));
    assert_eq!(
        asked(&app).plan.labels()[0].as_str(),
        "payments/charge_order · charge_card (7a00000c)"
    );
    app.update(Action::Back);
    app.update(Action::Tab(Tab::Steps));
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Resolve));
    assert_eq!(
        asked(&app).plan.labels()[0].as_str(),
        "payments/charge_order · send_receipt (7a00000c)"
    );
}

#[test]
fn what_failed_stays_marked_and_the_tally_is_told() {
    let mut app = on_queue(snapshot());
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Note));
    let write = confirm(&mut app, "seen").unwrap();
    app.update(answer(&write, |at| match at {
        0 => ItemResult::Changed {
            by: Some("ana".into()),
            at: None,
            now: "manually_resolved".into(),
        },
        1 => ItemResult::Failed {
            why: "permission denied".into(),
        },
        2 => ItemResult::Unknown,
        _ => done(),
    }));
    let left = &app.queue.marks;
    assert_eq!(left.len(), 3);
    assert!([11, 12, 13].iter().all(|n| left.contains(&entry_id(*n))));
    let notice = app.notice.as_ref().unwrap().text.as_str();
    for part in [
        "3 done",
        "1 changed meanwhile by ana",
        "1 failed: permission denied",
        "1 unknown",
    ] {
        assert!(notice.contains(part), "{part} in {notice}");
    }
    assert_eq!(app.done.len(), 1);
    app.update(Action::Results);
    assert!(matches!(app.overlay, Some(Overlay::Results(_))));
}

#[test]
fn after_a_step_is_dealt_with_closing_its_entry_is_offered_with_the_same_reason() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    let write = confirm(&mut app, "gateway is back").unwrap();
    app.update(answer(&write, |_| done()));

    let offer = asked(&app);
    assert!(offer.offered);
    assert_eq!(offer.reason.text(), "gateway is back");
    assert_eq!(offer.spot, Spot::Reason, "stray keys are letters");
    assert!(matches!(&offer.plan.change, Change::CloseEntries(_, t) if t[0].entry == entry_id(12)));
    app.update(Action::Back);
    assert!(app.overlay.is_none());
}

#[test]
fn nothing_is_offered_over_something_being_typed_or_when_nothing_was_done() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    let write = confirm(&mut app, "gateway is back").unwrap();
    app.update(Action::Filter);
    app.update(answer(&write, |_| done()));
    assert!(app.overlay.is_none());

    app.update(Action::Back);
    app.update(Action::Ask(Verb::Retry));
    let write = confirm(&mut app, "again").unwrap();
    app.update(answer(&write, |_| ItemResult::Unknown));
    assert!(app.overlay.is_none());
}

#[test]
fn a_refused_write_is_not_lost() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    let write = confirm(&mut app, "gateway is back").unwrap();
    app.update(Action::Refused(Command::Write(Box::new(write))));
    assert!(app.notice.as_ref().unwrap().text.starts_with("not sent"));
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).reason.text(), "gateway is back");
}

#[test]
fn read_only_says_why_and_opens_nothing() {
    let mut app = looking();
    app.place.read_only = Some("profile prod-eu is read-only".to_owned());
    for verb in [
        Verb::Retry,
        Verb::Resolve,
        Verb::Cancel,
        Verb::Close,
        Verb::Note,
        Verb::SendToDlq,
    ] {
        app.update(Action::Ask(verb));
        assert!(app.overlay.is_none());
        assert!(
            app.notice
                .as_ref()
                .unwrap()
                .text
                .contains("profile prod-eu is read-only")
        );
    }
}

#[test]
fn a_task_without_details_yet_cannot_be_acted_upon() {
    let mut app = showing(snapshot());
    app.open_task(task_id(77));
    app.update(Action::Ask(Verb::Cancel));
    assert!(app.overlay.is_none());
    let detail = Some((task_id(12), Ok(Arc::new(Some(detail())))));
    app.update(heard(Snapshot {
        detail,
        ..snapshot()
    }));
    app.update(Action::Ask(Verb::Cancel));
    assert!(app.overlay.is_none(), "that was another task");
}
