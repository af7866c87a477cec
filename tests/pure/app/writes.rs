//! Nothing is changed without being asked, and what is asked is what is changed.

use std::sync::Arc;

use dlqtop::app::action::{Action, Edit, Mark, Move, Verb};
use dlqtop::app::pane::{Pane, Tab};
use dlqtop::app::session::read_only::{Access, LockReason};
use dlqtop::app::writes::confirm::field::Field;
use dlqtop::data::messages::command::{Change, Command, EntryVerb, Resolution, StepVerb, TaskVerb};
use dlqtop::data::model::Snapshot;
use support::rows::acting::{asked, confirm, on_queue, typed};
use support::rows::{
    detail, entry_id, heard, listed, looking, queue_rows, queued, showing, snapshot, step_id,
    task_id,
};

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
    assert!(app.screen.popup.is_none());
    assert_eq!(app.update(Action::ConfirmYes), None, "one yes, one write");
}

#[test]
fn enter_alone_never_does_it() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "because");
    assert_eq!(app.update(Action::Accept), None);
    assert_eq!(
        asked(&app).field,
        Field::Cancel,
        "Cancel has the focus first"
    );
    assert_eq!(
        app.update(Action::Accept),
        None,
        "and pressing it changes nothing"
    );
    assert!(app.screen.popup.is_none());
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(
        asked(&app).reason.text(),
        "because",
        "what was typed is not lost"
    );
}

#[test]
fn a_reason_that_was_given_up_never_turns_up_on_another_task() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "card processor is back");
    app.update(Action::Back);
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    assert!(
        asked(&app).reason.is_blank(),
        "{}",
        asked(&app).reason.text()
    );
}

#[test]
fn y_is_a_letter_while_the_reason_is_typed() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(app.update(Action::ConfirmYes), None);
    assert_eq!(asked(&app).field, Field::Reason);
}

#[test]
fn a_blank_reason_is_refused_and_the_box_stays() {
    for blank in ["", "   ", "\u{200b}"] {
        let mut app = on_queue(snapshot());
        app.update(Action::Move(Move::Down));
        app.update(Action::Ask(Verb::Retry));
        typed(&mut app, blank);
        app.update(Action::Accept);
        assert_eq!(app.update(Action::ConfirmYes), None);
        app.update(Action::NextField(2));
        assert_eq!(asked(&app).field, Field::DoIt);
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
            assert_eq!(
                app.update(Action::ConfirmYes),
                None,
                "the count is not {wrong}"
            );
        }
        app.update(Action::Edit(Edit::DeleteToStart));
        typed(&mut app, "20");
        app.update(Action::Accept);
        assert!(matches!(
            app.update(Action::ConfirmYes),
            Some(Command::Write(_))
        ));
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
        .change
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
        .change
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
            "its steps wait for each other: none can ever start",
            "needs no retry: select it alone and press R to requeue it"
        ]
    );
}

#[test]
fn if_it_applies_to_nothing_the_notice_says_why() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::SendToDlq));
    assert!(app.screen.popup.is_none());
    let notice = app.screen.notification.unwrap().text;
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
            |c| matches!(c, Change::Entries(EntryVerb::Note, t) if t[0].entry == entry_id(12)),
        ),
        (
            Pane::Queue,
            Verb::Close,
            |c| matches!(c, Change::Entries(EntryVerb::Close(Resolution::ManuallyResolved), t) if t[0].seen_version == 1),
        ),
        (
            Pane::Staleness,
            Verb::SendToDlq,
            |c| matches!(c, Change::Tasks(TaskVerb::SendToDlq, t) if t[0].task == task_id(2)),
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
    assert!(
        matches!(write.change, Change::Tasks(TaskVerb::Cancel, targets) if targets[0].task == task_id(4))
    );
}

#[test]
fn how_to_close_is_chosen_with_the_arrows() {
    let mut app = on_queue(snapshot());
    app.update(Action::Ask(Verb::Close));
    app.update(Action::Choose(1));
    let write = confirm(&mut app, "never worked").unwrap();
    assert!(matches!(
        write.change,
        Change::Entries(EntryVerb::Close(Resolution::PermanentlyFailed), _)
    ));
}

#[test]
fn on_steps_the_keys_act_on_the_chosen_step() {
    let mut app = looking();
    app.update(Action::Ask(Verb::Resolve));
    assert_eq!(
        asked(&app).plan.change.labels()[0].as_str(),
        "payments/charge_order · charge_card (7a00000c)"
    );
    app.update(Action::Back);
    app.update(Action::Tab(Tab::Steps));
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Resolve));
    assert_eq!(
        asked(&app).plan.change.labels()[0].as_str(),
        "payments/charge_order · send_receipt (7a00000c)"
    );
}

#[test]
fn read_only_says_why_and_opens_nothing() {
    let mut app = looking();
    app.session.access = Access::ReadOnly(LockReason::Profile("prod-eu".to_owned()));
    for verb in [
        Verb::Retry,
        Verb::Resolve,
        Verb::Cancel,
        Verb::Close,
        Verb::Note,
        Verb::SendToDlq,
    ] {
        app.update(Action::Ask(verb));
        assert!(app.screen.popup.is_none());
        assert!(
            app.screen
                .notification
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
    assert!(app.screen.popup.is_none());
    let detail = Some((task_id(12), Ok(Arc::new(Some(detail())))));
    app.update(heard(Snapshot {
        detail,
        ..snapshot()
    }));
    app.update(Action::Ask(Verb::Cancel));
    assert!(app.screen.popup.is_none(), "that was another task");
}
