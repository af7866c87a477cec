//! The cursor stays with what it stood on. When that is gone it stands on nothing, says where it went, and
//! no dialog opens on what a poll has put in its place.

mod slid;

use std::sync::Arc;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Mark, Move, Verb};
use dlqtop::app::pane::{Column, Pane, Tab};
use dlqtop::data::messages::command::{Answer, Command, Question};
use dlqtop::data::model::lookup::{Kind, LookedUp};
use dlqtop::data::model::{Fleet, LogRow, QueueRow, Snapshot};
use support::rows::acting::on_queue;
use support::rows::fleet::{at_work, manned, queues, workers};
use support::rows::groups::{queue_of, three_groups};
use support::rows::{
    detail, entry_id, heard, listed, log_rows, looking, noon, polled, queue_rows, render, showing,
    snapshot, stale_rows, task_id,
};

fn queue(rows: Vec<QueueRow>) -> Snapshot {
    let total = i64::try_from(rows.len()).unwrap();
    Snapshot {
        queue: listed(rows, total),
        ..snapshot()
    }
}

/// The queue without these entries.
fn without(gone: &[u128]) -> Vec<QueueRow> {
    let gone: Vec<_> = gone.iter().map(|n| entry_id(*n)).collect();
    let mut rows = queue_rows();
    rows.retain(|row| !gone.contains(&row.dlq_entry_uuid));
    rows
}

fn under_cursor(app: &App) -> Option<u128> {
    let row = app.lists.queue.selected(app.polled.entries())?;
    (1..100).find(|n| entry_id(*n) == row.dlq_entry_uuid)
}

fn said(app: &App) -> String {
    let notification = app.screen.notification.as_ref();
    notification.map_or_else(String::new, |it| it.text.clone())
}

fn screen(app: &App) -> String {
    render(app, 120, 30).backend().to_string()
}

/// So many milliseconds after noon and a second, when the app was made.
fn at(app: &mut App, milliseconds: i64) {
    let passed = TimeDelta::milliseconds(1_000 + milliseconds);
    app.update(Action::Tick(noon() + passed));
}

/// Presses a key that asks, and says whether a dialog has opened.
fn opens(app: &mut App, verb: Verb) -> bool {
    app.update(Action::Ask(verb));
    let is_open = app.screen.popup.is_some();
    app.screen.popup = None;
    is_open
}

fn closing(entry: u128, by: &str) -> LogRow {
    LogRow {
        log_id: 5_000 + i64::try_from(entry).unwrap(),
        action: "close_entry".into(),
        actor: by.into(),
        subject_uuid: Some(entry_id(entry).0),
        entry: Some(entry_id(entry)),
        outcome: "done".into(),
        ..log_rows().remove(0)
    }
}

#[test]
fn no_key_means_the_row_that_takes_the_place_of_another() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    assert_eq!(under_cursor(&app), Some(12));
    app.update(heard(queue(without(&[12]))));
    at(&mut app, 60_000);
    assert_eq!(under_cursor(&app), None);
    for verb in [Verb::Retry, Verb::Close, Verb::Note, Verb::Cancel] {
        assert!(!opens(&mut app, verb), "{verb:?}");
    }
    let why = said(&app);
    assert!(why.starts_with("nothing is under the cursor"), "{why}");
    app.update(Action::Mark(Mark::Cursor));
    assert_eq!(app.lists.marked(), 0);
    assert_eq!(app.update(Action::Open), None, "nor does Enter");
    assert!(app.detail.is_none());

    // Down is to the row below, up to the one above.
    let mut up = on_queue(snapshot());
    up.update(Action::Move(Move::Down));
    up.update(heard(queue(without(&[12]))));
    at(&mut up, 60_000);
    app.update(Action::Move(Move::Down));
    up.update(Action::Move(Move::Up));
    assert_eq!(
        (under_cursor(&app), under_cursor(&up)),
        (Some(13), Some(11))
    );
    assert!(opens(&mut app, Verb::Note));
}

#[test]
fn of_the_last_row_and_of_the_only_one_it_is_the_same() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Bottom));
    app.update(heard(queue(without(&[16]))));
    at(&mut app, 60_000);
    assert_eq!(under_cursor(&app), None);
    assert!(
        screen(&app).contains("gone from the queue"),
        "{}",
        screen(&app)
    );
    app.update(Action::Move(Move::Down));
    assert_eq!(under_cursor(&app), Some(15));

    app.update(heard(queue(Vec::new())));
    assert!(
        screen(&app).contains("gone from the queue"),
        "{}",
        screen(&app)
    );
    assert!(!opens(&mut app, Verb::Note));
    // It was there all the time, or is there again.
    app.update(heard(queue(without(&[16]))));
    assert_eq!(under_cursor(&app), Some(15));
}

#[test]
fn what_a_filter_or_an_order_does_the_operator_did() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::SortBy(Some(Column::Age)));
    assert_eq!(under_cursor(&app), Some(12), "it goes along");
    app.update(Action::Filter);
    support::rows::acting::typed(&mut app, "ns:media");
    app.update(Action::Accept);
    assert_eq!(under_cursor(&app), Some(16), "what was looked for");
    assert!(opens(&mut app, Verb::Note));
}

#[test]
fn the_log_says_who_closed_it() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(heard(Snapshot {
        log: Ok(Arc::new(vec![closing(12, "ana@lap7")])),
        ..queue(without(&[12]))
    }));
    let seen = screen(&app);
    assert!(
        seen.contains("▸  payments/charge_order: closed by ana@lap7"),
        "{seen}"
    );
    assert!(!opens(&mut app, Verb::Retry));
    assert!(said(&app).contains("closed by ana@lap7"), "{}", said(&app));
}

#[test]
fn of_a_group_it_is_said_how_many_went_where() {
    let mut app = support::rows::groups::grouped(three_groups(), 6);
    let first = app.lists.groups.selected().unwrap().key.clone();
    let rest: Vec<QueueRow> = three_groups()
        .into_iter()
        .filter(|row| {
            ![11, 12, 13]
                .iter()
                .any(|n| entry_id(*n) == row.dlq_entry_uuid)
        })
        .collect();
    app.update(heard(Snapshot {
        log: Ok(Arc::new(vec![
            closing(11, "ana@lap7"),
            closing(12, "ana@lap7"),
            closing(13, "bo@desk"),
        ])),
        ..queue_of(rest, 3)
    }));
    assert!(app.lists.groups.selected().is_none(), "{first:?}");
    let seen = screen(&app);
    assert!(
        seen.contains("2 closed by ana@lap7 · 1 closed by bo@desk"),
        "{seen}"
    );
    at(&mut app, 60_000);
    assert!(!opens(&mut app, Verb::Retry));
    app.update(Action::Groups);
    app.update(Action::Groups);
    assert!(app.lists.groups.selected().is_some(), "chosen anew");
}

#[test]
fn a_group_that_was_emptied_while_it_was_open_is_missed_when_it_is_left() {
    let mut app = support::rows::groups::grouped(three_groups(), 6);
    app.update(Action::Open);
    let rest: Vec<QueueRow> = three_groups().into_iter().take(2).collect();
    app.update(heard(queue_of(rest, 2)));
    app.update(Action::Back);
    assert!(app.lists.is_grouped());
    assert!(app.lists.groups.selected().is_none());
    let seen = screen(&app);
    assert!(seen.contains("3 gone from the queue"), "{seen}");
}

/// What the database says of an entry.
fn looked_up(n: u128, status: Option<&str>, by: Option<&str>, state: &str) -> LookedUp {
    LookedUp {
        id: entry_id(n).0,
        kind: Kind::Entry,
        task_uuid: task_id(n),
        namespace_name: "payments".into(),
        task_name: "charge_order".into(),
        current_state: state.into(),
        dlq_entry_uuid: status.map(|_| entry_id(n)),
        dlq_reason: None,
        resolution_status: status.map(Into::into),
        resolved_by: by.map(Into::into),
        version: None,
        steps: Vec::new(),
    }
}

#[test]
fn what_the_log_does_not_tell_the_database_is_asked() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    let question = vec![entry_id(12).0];
    let asked = app.update(heard(queue(without(&[12]))));
    assert_eq!(
        asked,
        Some(Command::Query(Question::LookUp(question.clone())))
    );
    assert_eq!(app.update(Action::Tick(noon())), None, "once");
    let answers = [
        (None, None, "complete", "gone from the queue: complete"),
        (
            Some("manually_resolved"),
            Some("bo@desk"),
            "error",
            "closed by bo@desk",
        ),
        (Some("pending"), None, "error", "still open, further down"),
    ];
    for (status, by, state, want) in answers {
        let found = vec![looked_up(12, status, by, state)];
        let answer = Answer::LookedUp(question.clone(), Ok(found));
        app.update(Action::QueryAnswered(Box::new(answer)));
        let seen = screen(&app);
        assert!(seen.contains(want), "{want}: {seen}");
    }
    let answer = Answer::LookedUp(question, Ok(Vec::new()));
    app.update(Action::QueryAnswered(Box::new(answer)));
    assert!(screen(&app).contains("there is no such task any more"));
}

#[test]
fn of_what_is_stale_no_more_it_is_said_too() {
    let mut app = showing(snapshot());
    let mut rows = stale_rows();
    rows.remove(0);
    let asked = app.update(heard(Snapshot {
        staleness: listed(rows, 4),
        ..snapshot()
    }));
    let question = vec![task_id(1).0];
    assert_eq!(
        asked,
        Some(Command::Query(Question::LookUp(question.clone())))
    );
    let mut found = looked_up(1, None, None, "complete");
    found.id = task_id(1).0;
    let answer = Answer::LookedUp(question, Ok(vec![found]));
    app.update(Action::QueryAnswered(Box::new(answer)));
    let seen = screen(&app);
    assert!(
        seen.contains("payments/charge_order: no longer stale: complete"),
        "{seen}"
    );
    at(&mut app, 60_000);
    assert!(!opens(&mut app, Verb::Retry));
}

#[test]
fn a_step_that_is_gone_leaves_the_cursor_on_nothing() {
    let mut app = looking();
    app.update(Action::Tab(Tab::Steps));
    let mut fewer = detail();
    fewer.steps.remove(2);
    polled(&mut app, fewer);
    at(&mut app, 60_000);
    assert!(app.detail.as_ref().unwrap().target().is_none());
    assert!(!opens(&mut app, Verb::Retry), "not even the task is meant");
    assert!(
        said(&app).contains("step under the cursor is gone"),
        "{}",
        said(&app)
    );
    assert!(
        screen(&app).contains("the step is gone"),
        "{}",
        screen(&app)
    );
    app.update(Action::Move(Move::Down));
    assert!(app.detail.as_ref().unwrap().target().is_some());
}

#[test]
fn a_worker_that_is_gone_leaves_no_other_under_the_cursor() {
    let mut app = at_work(manned());
    app.update(Action::Focus(Pane::Workers));
    let name = |app: &App| app.lists.named_row(&app.polled).map(|row| row.name);
    assert!(name(&app).is_some());
    let fleet = Fleet {
        workers: workers().split_off(1),
        queues: queues(),
        ..Fleet::default()
    };
    app.update(heard(Snapshot {
        fleet: Ok(Arc::new(fleet)),
        ..manned()
    }));
    assert_eq!(name(&app), None);
    assert!(
        screen(&app).contains("no longer reported"),
        "{}",
        screen(&app)
    );
    assert_eq!(app.lists.focus, Pane::Workers);
}
