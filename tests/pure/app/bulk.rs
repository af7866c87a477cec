//! Changes of many: how they are asked for, how they go on, and how they end.

use std::time::Duration;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Move, Verb};
use dlqtop::app::writes::confirm::field::Field;
use dlqtop::app::writes::pace::{PaceMode, PaceSettings};
use dlqtop::data::messages::command::{Command, ItemResult, Pace, Phase, Progress, Tally, Write};
use dlqtop::data::model::{QueueRow, Snapshot};
use support::rows::acting::{answer, asked, confirm, done, on_queue, typed};
use support::rows::{entry_id, heard, listed, noon, queued, snapshot};

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
    assert_eq!(asked(&app).field, Field::Count);
    typed(&mut app, "500");
    let write = written(app.update(Action::ConfirmYes));
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
    assert_eq!(app.update(Action::ConfirmYes), None);
    let complaint = asked(&app).complaint.clone().unwrap();
    assert!(complaint.contains("25"), "{complaint}");
    app.update(Action::Edit(Edit::DeleteBefore));
    typed(&mut app, "5");
    app.update(Action::Accept);
    assert_eq!(
        asked(&app).field,
        Field::Cancel,
        "Enter does nothing by itself"
    );
    app.update(Action::NextField(-1));
    assert_eq!(written(app.update(Action::ConfirmYes)).change.count(), 25);
}

#[test]
fn how_is_chosen_with_the_arrows_and_goes_along() {
    let rule = PaceSettings {
        per_second: 0.5,
        canary_timeout: Duration::from_secs(9),
        halt_after: 3,
    };
    let mut app = on_queue(queue_of(many(30)));
    app.writes.pace = rule;
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).how, Some(PaceMode::Canary));
    assert_eq!(asked(&app).pace().per_second, Some(0.5));
    app.update(Action::NextField(-1));
    assert_eq!(asked(&app).field, Field::Pace);
    app.update(Action::Choose(1));
    assert_eq!(asked(&app).pace(), Pace::default());
    app.update(Action::Choose(1));
    assert_eq!(asked(&app).pace().halt_after, Some(3));
}

#[test]
fn a_few_go_at_once_and_only_retries_have_the_choice() {
    assert_eq!(asked(&retrying(1)).how, None);
    assert_eq!(asked(&retrying(2)).how, Some(PaceMode::AllAtOnce));
    assert_eq!(asked(&retrying(20)).how, Some(PaceMode::Canary));
    for verb in [Verb::Resolve, Verb::Cancel, Verb::Close, Verb::Note] {
        let mut app = on_queue(queue_of(many(30)));
        app.update(Action::Mark(Mark::Shown));
        app.update(Action::Ask(verb));
        assert_eq!(asked(&app).how, None, "{verb:?}");
    }
}

#[test]
fn a_group_has_one_cause_so_that_a_canary_goes_first_however_few_there_are() {
    let mut app = on_queue(queue_of(many(3)));
    app.update(Action::Groups);
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).plan.change.count(), 3);
    assert_eq!(asked(&app).how, Some(PaceMode::Canary));
}

#[test]
fn what_has_changed_since_is_said_and_the_set_stays() {
    let mut app = retrying(30);
    let before = asked(&app).plan.change.clone();
    assert!(asked(&app).drift.sentences().is_empty());
    let mut rows = many(30);
    for row in &mut rows[..3] {
        row.step_state = Some("pending".into());
    }
    rows.pop();
    app.update(heard(queue_of(rows)));
    assert_eq!(
        asked(&app).drift.sentences(),
        [
            "3 targets changed since; they will be skipped",
            "1 target is no longer in the list"
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
    assert_eq!(asked(&app).drift.changed, 1);
    let write = confirm(&mut app, "seen").unwrap();
    assert_eq!(write.change.count(), 1);
}

/// Five hundred are on their way, the canary first.
fn under_way(count: u128) -> (App, Write) {
    let mut app = retrying(count);
    typed(&mut app, "processor is back");
    app.update(Action::Accept);
    typed(&mut app, &count.to_string());
    let write = written(app.update(Action::ConfirmYes));
    (app, write)
}

fn stands(write: &Write, tally: Tally, phase: Phase) -> Action {
    Action::Progress(Progress {
        batch: write.batch,
        tally,
        phase,
    })
}

fn canary(state: &str) -> Phase {
    Phase::Canary {
        label: "orders/fulfill (7a000000)".into(),
        state: state.into(),
    }
}

fn tally(done: usize, changed: usize) -> Tally {
    Tally {
        done,
        changed,
        ..Tally::default()
    }
}

/// The run that is shown, in words.
fn words(app: &App) -> String {
    app.writes.under_way().unwrap().phase(app.session.now)
}

fn at(app: &mut App, seconds: i64) {
    app.update(Action::Tick(noon() + TimeDelta::seconds(seconds)));
}

#[test]
fn a_run_is_watched_from_its_canary_to_its_end() {
    let (mut app, write) = under_way(500);
    at(&mut app, 1);
    assert_eq!(words(&app), "queued");
    app.update(stands(&write, tally(0, 0), Phase::Running));
    assert_eq!(words(&app), "choosing a canary");
    app.update(stands(&write, tally(1, 0), canary("enqueued")));
    at(&mut app, 4);
    app.update(stands(&write, tally(1, 0), Phase::Settling));
    app.update(stands(&write, tally(1, 0), canary("in_progress")));
    at(&mut app, 13);
    assert_eq!(
        words(&app),
        "canary: orders/fulfill (7a000000) is in_progress, 12s"
    );
    app.update(stands(&write, tally(1, 0), Phase::Running));
    let verdict = app.screen.notification.as_ref().unwrap().text.clone();
    assert_eq!(verdict, "canary passed after 12s; retrying 499 more at 5/s");
    at(&mut app, 23);
    app.update(stands(&write, tally(46, 5), Phase::Running));
    let run = app.writes.under_way().unwrap();
    assert_eq!(run.tried(), 51);
    assert_eq!(
        run.rate(app.session.now),
        Some(5.0),
        "the canary's time does not count"
    );
    assert_eq!(run.left(app.session.now), Some(449.0 / 5.0));
    assert_eq!(run.halts().unwrap(), "halts when card_declined comes back");

    app.update(answer(&write, |_| done()));
    assert!(app.writes.under_way().is_none());
    assert!(app.lists.queue.marks.is_empty());
}

#[test]
fn one_can_go_on_working_while_it_goes() {
    let (mut app, write) = under_way(30);
    app.update(stands(&write, tally(3, 0), Phase::Running));
    app.update(Action::Move(Move::Bottom));
    app.update(Action::Ask(Verb::Note));
    assert_eq!(asked(&app).plan.change.count(), 30, "they are marked still");
    typed(&mut app, "one more");
    app.update(Action::Accept);
    typed(&mut app, "30");
    assert_eq!(
        app.update(Action::ConfirmYes),
        None,
        "there is one run at a time"
    );
    let complaint = asked(&app).complaint.clone().unwrap();
    assert!(complaint.contains("is in progress"), "{complaint}");
    app.update(Action::Back);
    app.lists.queue.unmark();
    app.update(Action::Ask(Verb::Note));
    app.update(Action::Edit(Edit::DeleteToStart));
    let note = confirm(&mut app, "one more").unwrap();
    assert_eq!(note.pace, Pace::default());
    assert_eq!(app.writes.runs().len(), 2);
    assert_eq!(app.writes.under_way().unwrap().write.batch, write.batch);
}

#[test]
fn it_can_be_stopped_once_and_what_was_not_tried_stays_marked() {
    let (mut app, write) = under_way(30);
    app.update(stands(&write, tally(3, 0), Phase::Running));
    assert_eq!(app.update(Action::Stop), Some(Command::Stop(write.batch)));
    assert_eq!(words(&app), "stopping: the rest stays unchanged");
    assert_eq!(app.update(Action::Stop), None, "once is enough");
    app.update(Action::CommandRejected(Command::Stop(write.batch)));
    assert_eq!(app.update(Action::Stop), Some(Command::Stop(write.batch)));

    app.lists.queue.unmark(); // as if they had come from a group
    app.update(Action::Filter); // nothing is offered over it
    app.update(answer(&write, |at| match at {
        0..3 => done(),
        3 => ItemResult::Failed { why: "no".into() },
        _ => ItemResult::Untried {
            why: "stopped".into(),
        },
    }));
    assert_eq!(app.lists.queue.marks.len(), 27);
    assert!((3..30).all(|n| app.lists.queue.marks.contains(&entry_id(n))));
    let notice = app.screen.notification.as_ref().unwrap().text.clone();
    assert!(notice.contains("26 not tried: stopped"), "{notice}");
    assert_eq!(app.update(Action::Stop), None);
}

#[test]
fn leaving_in_the_middle_says_where_the_rest_is() {
    let (mut app, write) = under_way(30);
    app.update(stands(&write, tally(10, 0), Phase::Running));
    app.update(Action::Leave);
    assert!(!app.screen.quitting);
    let notice = app.screen.notification.as_ref().unwrap().text.clone();
    assert!(notice.starts_with("20 changes are in progress"), "{notice}");
    assert!(notice.contains("journal for :resume"), "{notice}");
    app.update(Action::Leave);
    assert!(app.screen.quitting);
}
