//! Runs that were interrupted, and receipts.

use std::path::PathBuf;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Move, Verb};
use dlqtop::app::session::read_only::{Access, LockReason};
use dlqtop::app::writes::confirm::field::Field;
use dlqtop::data::messages::command::{
    Change, Command, ItemResult, Pace, StepTarget, StepVerb, Tally, Unfinished, Write,
};
use insta::assert_snapshot;
use support::rows::acting::{answer, asked, confirm, done, on_queue, typed};
use support::rows::{self, entry_id, noon, queued, render, snapshot, step_id, task_id};
use uuid::Uuid;

/// A run over the first of the queue's rows, interrupted two hours ago.
fn cut_short(count: u128) -> Unfinished {
    let target = |n| StepTarget {
        step: step_id(n),
        task: task_id(n),
        seen_state: "error".into(),
        seen_error: Some("card_declined: insufficient funds".into()),
        label: "orders/fulfill · charge_card".into(),
    };
    let targets = (0..count).map(target).collect();
    Unfinished {
        write: Write {
            batch: Uuid::from_u128(77),
            change: Change::Steps(StepVerb::ResetForRetry, targets),
            reason: "processor is back".to_owned(),
            pace: Pace {
                per_second: Some(5.0),
                ..Pace::default()
            },
        },
        actor: "ana@lap7".into(),
        profile: "prod-eu".into(),
        started_at: noon() - TimeDelta::hours(2),
        done: Tally {
            done: 11,
            changed: 2,
            ..Tally::default()
        },
        path: PathBuf::from("/state/runs/77.jsonl"),
    }
}

fn with_rest(count: u128) -> App {
    let rows: Vec<_> = (0..count)
        .map(|n| queued(n, ("orders", "fulfill"), "max_retries_exceeded", 1.0))
        .collect();
    let mut app = on_queue(dlqtop::data::model::Snapshot {
        queue: rows::listed(rows, i64::try_from(count).unwrap()),
        ..snapshot()
    });
    app.update(Action::Interrupted(vec![cut_short(count)]));
    app
}

#[test]
fn what_was_cut_short_is_said_until_it_is_dealt_with() {
    let app = with_rest(30);
    let said = app
        .writes
        .interrupted_summary(&app.session, &app.polled)
        .unwrap();
    assert!(
        said.starts_with("1 run was interrupted 2h00m ago"),
        "{said}"
    );
    assert!(said.ends_with("Retry 30 steps, 13 tried"), "{said}");
    for (wide, high) in [(160, 45), (80, 24), (60, 15)] {
        let screen = render(&app, wide, high).backend().to_string();
        assert!(
            screen.contains("1 run was interrupted 2h00m ago"),
            "{screen}"
        );
    }
}

#[test]
fn going_on_is_asked_with_the_count_and_keeps_batch_reason_and_pace() {
    let mut app = with_rest(30);
    app.update(Action::Resume);
    assert_snapshot!(render(&app, 110, 34).backend());
    assert_eq!(asked(&app).title(), "Resume: Retry 30 steps");
    assert_eq!(asked(&app).field, Field::Count, "there is no new reason");
    assert_eq!(app.update(Action::ConfirmYes), None);
    typed(&mut app, "30");
    let command = app.update(Action::ConfirmYes);
    assert_eq!(command, Some(Command::Resume(Box::new(cut_short(30)))));
    assert!(app.writes.interrupted.is_empty());
    let run = app.writes.under_way().unwrap();
    assert_eq!(run.write, cut_short(30).write);

    app.update(Action::Filter); // nothing is offered over it
    app.update(answer(&cut_short(30).write, |at| match at {
        7 => ItemResult::Failed { why: "no".into() },
        _ => done(),
    }));
    assert_eq!(
        app.lists.queue.marks.len(),
        1,
        "{:?}",
        app.lists.queue.marks
    );
    assert!(
        app.lists.queue.marks.contains(&entry_id(7)),
        "what failed is marked"
    );
}

#[test]
fn a_wish_to_go_on_that_was_not_taken_can_be_repeated() {
    let mut app = with_rest(5);
    app.update(Action::Resume);
    assert_eq!(asked(&app).field, Field::Cancel);
    let command = app.update(Action::ConfirmYes).unwrap();
    app.update(Action::CommandRejected(command));
    assert_eq!(app.writes.interrupted.len(), 1);
    assert!(app.writes.under_way().is_none());
}

#[test]
fn giving_up_is_asked_too_and_sends_no_write() {
    let mut app = with_rest(30);
    app.update(Action::Discard);
    assert_eq!(asked(&app).title(), "Discard the rest: Retry 30 steps");
    assert_eq!(asked(&app).field, Field::Cancel);
    app.update(Action::Accept);
    assert!(app.screen.popup.is_none(), "Enter changes nothing");
    app.update(Action::Discard);
    let command = app.update(Action::ConfirmYes);
    assert_eq!(command, Some(Command::GiveUp(Box::new(cut_short(30)))));
    app.update(Action::Interrupted(Vec::new()));
    assert_eq!(
        app.writes.interrupted_summary(&app.session, &app.polled),
        None
    );
    app.update(Action::Resume);
    assert!(app.screen.popup.is_none());
}

#[test]
fn esc_in_the_box_about_a_rest_keeps_no_reason_for_others() {
    let mut app = with_rest(5);
    app.update(Action::Resume);
    app.update(Action::Back);
    app.update(Action::Ask(Verb::Retry));
    assert!(asked(&app).reason.is_blank());
}

#[test]
fn read_only_takes_up_nothing() {
    let mut app = with_rest(5);
    app.session.access = Access::ReadOnly(LockReason::Standby);
    for action in [Action::Resume, Action::Discard] {
        app.update(action);
        assert!(app.screen.popup.is_none());
    }
}

#[test]
fn a_receipt_is_of_the_latest_change_and_names_its_file() {
    let mut app = on_queue(snapshot());
    assert_eq!(app.update(Action::Receipt(String::new())), None);
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Note));
    let write = confirm(&mut app, "seen by \u{1b}[31m nobody").unwrap();
    app.update(answer(&write, |_| done()));

    assert_eq!(app.update(Action::Receipt(String::new())), None);
    let notice = app.screen.notification.clone().unwrap().text;
    assert!(notice.contains("no folder for receipts"), "{notice}");
    app.writes.receipt_folder = Some(PathBuf::from("/state/receipts"));
    let Some(Command::Save(file)) = app.update(Action::Receipt(String::new())) else {
        panic!("{:?}", app.screen.notification)
    };
    let name = format!("/state/receipts/{}.json", write.batch);
    assert_eq!(file.path.to_str().unwrap(), name);
    assert!(!file.text.contains('\u{1b}'));
    let receipt: serde_json::Value = serde_json::from_str(&file.text).unwrap();
    assert_eq!(receipt["tally"]["done"], 1);
    assert_eq!(receipt["actor"], app.session.actor.as_str());
    assert_eq!(
        receipt["subjects"][0]["id"],
        write.change.ids()[0].to_string()
    );

    let Some(Command::Save(other)) = app.update(Action::Receipt(" /tmp/mine.json ".into())) else {
        panic!("{:?}", app.screen.notification)
    };
    assert_eq!(other.path.to_str().unwrap(), "/tmp/mine.json");
    let copied = app.update(Action::CopyReceipt);
    assert_eq!(copied, Some(Command::Copy(file.text)));
    app.update(Action::Message(Err("no receipt was written: x".into())));
    assert_eq!(
        app.screen.notification.unwrap().text,
        "no receipt was written: x"
    );
}
