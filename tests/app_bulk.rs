//! Changes of many: how they are asked for, how they go on, and how they end.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "rows/builders.rs"]
mod rows;

use std::time::Duration;

use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Move, Verb};
use dlqtop::app::confirm::Spot;
use dlqtop::app::pacing::{How, Pacing};
use dlqtop::data::command::{Command, Pace, Write};
use dlqtop::data::model::{QueueRow, Snapshot};
use rows::acting::{asked, confirm, on_queue, typed};
use rows::{heard, listed, queued, snapshot};

fn many(count: u128) -> Vec<QueueRow> {
    (0..count)
        .map(|n| queued(n, ("orders", "fulfill"), "max_retries_exceeded", 1.0))
        .collect()
}

fn queue_of(rows: Vec<QueueRow>) -> Snapshot {
    let total = i64::try_from(rows.len()).unwrap();
    Snapshot {
        queue: listed(rows, total),
        ..snapshot()
    }
}

/// All of `count` dead letters are marked and to be retried.
fn retrying(count: u128) -> App {
    let mut app = on_queue(queue_of(many(count)));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    app
}

fn written(command: Option<Command>) -> Write {
    match command {
        Some(Command::Write(write)) => *write,
        other => panic!("{other:?}"),
    }
}

#[test]
fn many_are_retried_by_reason_enter_count_y() {
    let mut app = retrying(500);
    typed(&mut app, "processor is back");
    app.update(Action::Accept);
    assert_eq!(asked(&app).spot, Spot::Count);
    typed(&mut app, "500");
    let write = written(app.update(Action::Yes));
    assert_eq!(write.change.count(), 500);
    let pace = Pace {
        canary: Some(Duration::from_mins(2)),
        per_second: Some(5.0),
        halt_after: Some(1),
    };
    assert_eq!(
        write.pace, pace,
        "a canary first, unless one says otherwise"
    );
}

#[test]
fn the_count_takes_digits_and_yes_only_with_the_right_ones() {
    let mut app = retrying(25);
    typed(&mut app, "because");
    app.update(Action::Accept);
    typed(&mut app, "2x-");
    app.update(Action::Edit(Edit::Paste(" 4y\n".to_owned())));
    assert_eq!(asked(&app).count.text(), "24");
    assert_eq!(app.update(Action::Yes), None);
    let complaint = asked(&app).complaint.clone().unwrap();
    assert!(complaint.contains("25"), "{complaint}");
    app.update(Action::Edit(Edit::DeleteBefore));
    typed(&mut app, "5");
    app.update(Action::Accept);
    assert_eq!(
        asked(&app).spot,
        Spot::Cancel,
        "Enter does nothing by itself"
    );
    app.update(Action::Field(-1));
    assert_eq!(written(app.update(Action::Yes)).change.count(), 25);
}

#[test]
fn how_is_chosen_with_the_arrows_and_goes_along() {
    let rule = Pacing {
        per_second: 0.5,
        canary_timeout: Duration::from_secs(9),
        halt_after: 3,
    };
    let mut app = on_queue(queue_of(many(30)));
    app.pacing = rule;
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).how, Some(How::Canary));
    assert_eq!(asked(&app).pace().per_second, Some(0.5));
    app.update(Action::Field(-1));
    assert_eq!(asked(&app).spot, Spot::How);
    app.update(Action::Choose(1));
    assert_eq!(asked(&app).pace(), Pace::default());
    app.update(Action::Choose(1));
    assert_eq!(asked(&app).pace().halt_after, Some(3));
}

#[test]
fn a_few_go_at_once_and_only_retries_have_the_choice() {
    assert_eq!(asked(&retrying(1)).how, None);
    assert_eq!(asked(&retrying(2)).how, Some(How::AllAtOnce));
    assert_eq!(asked(&retrying(20)).how, Some(How::Canary));
    for verb in [Verb::Resolve, Verb::Cancel, Verb::Close, Verb::Note] {
        let mut app = on_queue(queue_of(many(30)));
        app.update(Action::Mark(Mark::Shown));
        app.update(Action::Ask(verb));
        assert_eq!(asked(&app).how, None, "{verb:?}");
    }
}

#[test]
fn what_has_changed_since_is_said_and_the_set_stays() {
    let mut app = retrying(30);
    let before = asked(&app).plan.change.clone();
    assert!(asked(&app).since.words().is_empty());
    let mut rows = many(30);
    for row in &mut rows[..3] {
        row.step_state = Some("pending".into());
    }
    rows.pop();
    app.update(heard(queue_of(rows)));
    assert_eq!(
        asked(&app).since.words(),
        [
            "3 of them have changed since: they will be left alone",
            "1 of them is no longer in the list"
        ]
    );
    assert_eq!(asked(&app).plan.change, before);
}

#[test]
fn closing_is_stale_by_version() {
    let mut app = on_queue(queue_of(many(3)));
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Close));
    let mut rows = many(3);
    rows[1].version += 1;
    app.update(heard(queue_of(rows)));
    assert_eq!(asked(&app).since.changed, 1);
    let write = confirm(&mut app, "seen").unwrap();
    assert_eq!(write.change.count(), 1);
}
