//! Long lists: more rows are asked for before they are missed, and let go when nobody looks.

use std::sync::Arc;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Move};
use dlqtop::app::pane::Column;
use dlqtop::app::pane::Pane;
use dlqtop::data::messages::command::Command;
use dlqtop::data::model::{FILTER_SCAN, MAX_ROWS, PAGE_SIZE, Page, RowsWanted, Snapshot, Total};
use support::rows::{heard, noon, queued, showing, snapshot, stale};

/// So many rows of each list read, of a list of twelve thousand or so.
fn read(rows: usize) -> Snapshot {
    let numbers = || 1..=u128::try_from(rows).unwrap();
    let total = Total::about(12_400);
    Snapshot {
        staleness: Ok(Arc::new(Page {
            rows: numbers().map(|n| stale(n, ("a", "b"), 61.0)).collect(),
            total,
        })),
        queue: Ok(Arc::new(Page {
            rows: numbers()
                .map(|n| queued(n, ("a", "b"), "manual_dlq", 5.0))
                .collect(),
            total,
        })),
        ..snapshot()
    }
}

fn go_to(app: &mut App, at: usize) -> Option<Command> {
    let mut asked = None;
    while app.lists.staleness.at() < at {
        asked = app.update(Action::Move(Move::Down)).or(asked);
    }
    asked
}

fn staleness(rows: usize) -> Command {
    Command::RowsWanted(RowsWanted {
        staleness: rows,
        queue: PAGE_SIZE,
        group: None,
    })
}

#[test]
fn the_next_page_is_asked_for_before_the_cursor_gets_there() {
    let mut app = showing(read(PAGE_SIZE));
    assert_eq!(
        app.lists.counted(Pane::Staleness, &app.polled).unwrap(),
        "100 of ~12,400"
    );
    assert_eq!(go_to(&mut app, 49), None);
    assert_eq!(go_to(&mut app, 50), Some(staleness(200)));
    assert_eq!(go_to(&mut app, 99), None, "it is asked for once");
    app.update(heard(read(200)));
    assert_eq!(
        app.lists.counted(Pane::Staleness, &app.polled).unwrap(),
        "200 of ~12,400"
    );
    assert_eq!(app.lists.staleness.at(), 99, "the cursor stays on its row");
    assert_eq!(app.update(Action::Move(Move::Down)), None);
    assert_eq!(go_to(&mut app, 150), Some(staleness(300)));
}

#[test]
fn a_list_that_is_all_there_asks_for_nothing() {
    let mut app = showing(snapshot());
    for action in [Action::Move(Move::Bottom), Action::Edit(Edit::Insert('x'))] {
        assert_eq!(app.update(action), None);
    }
    app.update(Action::SortBy(Some(Column::Name)));
    assert_eq!(
        app.update(Action::Tick(noon() + TimeDelta::seconds(99))),
        None
    );
}

#[test]
fn the_end_is_a_thousand_rows_on_and_five_thousand_are_the_most() {
    let mut app = showing(read(PAGE_SIZE));
    assert_eq!(
        app.update(Action::Move(Move::Bottom)),
        Some(staleness(1_100))
    );
    app.update(heard(read(4_800)));
    assert_eq!(
        app.update(Action::Move(Move::Bottom)),
        Some(staleness(MAX_ROWS))
    );
    app.update(heard(read(MAX_ROWS)));
    assert_eq!(app.update(Action::Move(Move::Bottom)), None);
    assert_eq!(
        app.lists.counted(Pane::Staleness, &app.polled).unwrap(),
        "5,000 of ~12,400"
    );
}

#[test]
fn the_end_is_the_last_of_what_it_brings_unless_another_key_was_pressed() {
    let mut app = showing(read(PAGE_SIZE));
    app.update(Action::Move(Move::Bottom));
    assert_eq!(app.lists.staleness.at(), 99);
    app.update(heard(read(600)));
    assert_eq!(
        app.lists.staleness.at(),
        599,
        "while the rest is being read"
    );
    app.update(heard(read(1_100)));
    assert_eq!(app.lists.staleness.at(), 1_099);
    let notice = app.screen.notification.as_ref().unwrap().text.clone();
    assert_eq!(notice, "1,100 loaded; End loads more");
    app.update(heard(read(1_200)));
    assert_eq!(app.lists.staleness.at(), 1_099, "that is where it ends");

    app.update(Action::Move(Move::Bottom));
    app.update(Action::Move(Move::Up));
    app.update(heard(read(2_200)));
    assert_eq!(
        app.lists.staleness.at(),
        1_198,
        "a cursor that was moved stays"
    );
}

#[test]
fn the_end_of_a_list_that_is_read_whole_is_said_to_be_the_last() {
    let mut app = showing(read(PAGE_SIZE));
    app.update(Action::Move(Move::Bottom));
    let mut whole = read(605);
    Arc::make_mut(whole.staleness.as_mut().unwrap()).total = Total::exact(605);
    app.update(heard(whole));
    assert_eq!(app.lists.staleness.at(), 604);
    let notice = app.screen.notification.as_ref().unwrap().text.clone();
    assert_eq!(notice, "end of the list: all 605 are loaded");
}

#[test]
fn filter_and_order_look_through_a_thousand_rows() {
    let queue = Some(Command::RowsWanted(RowsWanted {
        staleness: PAGE_SIZE,
        queue: FILTER_SCAN,
        group: None,
    }));
    let mut app = showing(read(PAGE_SIZE));
    app.update(Action::Focus(Pane::Queue));
    assert_eq!(app.update(Action::SortBy(Some(Column::Name))), queue);
    let mut app = showing(read(PAGE_SIZE));
    app.update(Action::Filter);
    assert_eq!(
        app.update(Action::Edit(Edit::Insert('z'))),
        Some(staleness(FILTER_SCAN))
    );
    let counted = app.lists.counted(Pane::Staleness, &app.polled).unwrap();
    assert_eq!(counted, "0 of the first 100 of ~12,400");
}

#[test]
fn rows_are_let_go_a_minute_after_the_last_look_but_not_while_they_are_marked() {
    let tick =
        |app: &mut App, seconds| app.update(Action::Tick(noon() + TimeDelta::seconds(seconds)));
    let mut app = showing(read(PAGE_SIZE));
    app.update(Action::Move(Move::Bottom));
    app.update(heard(read(1_100)));
    tick(&mut app, 50);
    app.update(Action::Mark(Mark::Cursor));
    app.update(Action::Move(Move::Top));
    assert_eq!(tick(&mut app, 100), None, "a row far down is marked");
    assert_eq!(tick(&mut app, 200), None);
    app.update(Action::Back);
    assert_eq!(tick(&mut app, 259), None);
    assert_eq!(tick(&mut app, 260), Some(staleness(PAGE_SIZE)));
    assert_eq!(tick(&mut app, 400), None);
}

#[test]
fn what_was_refused_is_asked_for_again() {
    let mut app = showing(read(PAGE_SIZE));
    let asked = app.update(Action::Move(Move::Bottom)).unwrap();
    app.update(Action::CommandRejected(asked));
    let again = app.update(Action::Tick(noon() + TimeDelta::seconds(2)));
    assert_eq!(again, Some(staleness(200)), "for what the cursor needs");
}
