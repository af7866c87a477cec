//! Groups of the whole queue: those of which no row was loaded, what is loaded of them, and what acts on them.

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Mark, Move, Verb};
use dlqtop::app::pane::Pane;
use dlqtop::data::fingerprint::rules::Rules;
use dlqtop::data::messages::command::{Answer, CollectRequest, Collected, Command, Question};
use dlqtop::data::model::{GroupId, QueueRow, Snapshot, Total};
use dlqtop::data::reads::keyset_pages::SearchResult;
use support::rows::acting::{asked, on_queue, typed};
use support::rows::groups::{CHARGE, counted, counted_queue, failed};
use support::rows::{heard, noon, render};

const OLD: &str = "gateway timed out after #";
const BURST: &str = "quota of # exceeded";

/// A hundred rows of 120,000, and a burst of 300 that is none of them.
fn long_queue() -> Snapshot {
    let rows = failed(1, 100, CHARGE, "gateway timed out after # ms");
    counted_queue(
        rows,
        120_000,
        vec![counted(BURST, 300), counted(OLD, 119_700)],
    )
}

/// The same, by error.
fn by_error() -> App {
    let mut app = on_queue(long_queue());
    app.update(Action::Groups);
    app
}

fn burst_rows(count: u128) -> Vec<QueueRow> {
    let rows = failed(1_001, count, CHARGE, "quota of # exceeded").into_iter();
    rows.map(|row| row.with_fingerprint(&Rules::default()))
        .collect()
}

/// The poll after it, with rows of the burst.
fn with_burst(count: u128) -> Snapshot {
    let mut rows = failed(1, 100, CHARGE, "gateway timed out after # ms");
    rows.extend(burst_rows(count));
    counted_queue(
        rows,
        120_000,
        vec![counted(BURST, 300), counted(OLD, 119_700)],
    )
}

fn wanted(command: Option<&Command>) -> Option<GroupId> {
    match command {
        Some(Command::RowsWanted(wanted)) => wanted.group,
        _ => None,
    }
}

fn tick(app: &mut App, seconds: i64) -> Option<Command> {
    app.update(Action::Tick(noon() + TimeDelta::seconds(seconds)))
}

fn request(command: Option<Command>) -> CollectRequest {
    match command {
        Some(Command::Query(Question::Collect(request))) => request,
        other => panic!("{other:?}"),
    }
}

fn said(app: &App) -> String {
    let message = app.screen.notification.as_ref();
    message.map_or_else(String::new, |message| message.text.clone())
}

#[test]
fn a_group_none_of_whose_rows_were_loaded_is_shown_with_its_size() {
    let app = by_error();
    let sizes: Vec<(usize, usize)> = (app.lists.groups.all().iter())
        .map(|group| (group.entries, group.rows.len()))
        .collect();
    assert_eq!(sizes, [(119_700, 100), (300, 0)]);
    assert_eq!(
        app.lists.counted(Pane::Queue, &app.polled).unwrap(),
        "2 groups of ~120,000"
    );
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(screen.contains("300 quota of # exceeded"), "{screen}");
    assert!(!screen.contains("End loads more"), "{screen}");
}

#[test]
fn the_title_says_how_far_a_scan_is() {
    let rows = failed(1, 100, CHARGE, "gateway timed out after # ms");
    let snapshot = counted_queue(
        rows,
        120_000,
        vec![counted(BURST, 300), counted(OLD, 42_700)],
    );
    let mut app = on_queue(snapshot);
    app.update(Action::Groups);
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(
        screen.contains("2 groups of 43,000 of ~120,000"),
        "{screen}"
    );
    assert!(screen.contains("reading the rest"), "{screen}");
}

#[test]
fn rows_are_asked_for_where_the_cursor_rests_and_not_where_it_passes() {
    let mut app = by_error();
    let burst = app.lists.groups.all()[1].id;
    tick(&mut app, 1);
    let moved = app.update(Action::Move(Move::Down));
    assert_eq!(wanted(moved.as_ref()), None, "it may go on");
    let mut asked = None;
    for second in 2..4 {
        asked = asked.or(wanted(tick(&mut app, second).as_ref()));
    }
    assert_eq!(asked, burst);
    // They come, and are asked for no more, nor dropped.
    assert_eq!(wanted(app.update(heard(with_burst(300))).as_ref()), None);
    assert_eq!(wanted(tick(&mut app, 5).as_ref()), None);
    assert_eq!(app.lists.groups.selected().unwrap().rows.len(), 300);
}

#[test]
fn an_open_group_and_one_that_a_filter_names_are_asked_for_at_once() {
    let mut app = by_error();
    let burst = app.lists.groups.all()[1].id;
    app.update(Action::Move(Move::Down));
    assert_eq!(wanted(app.update(Action::Open).as_ref()), burst);

    let mut app = on_queue(long_queue());
    app.update(Action::Filter);
    let name = format!("group:\"payments/charge_order · charge_card · {BURST}\"");
    let (most, last) = name.split_at(name.len() - 1);
    typed(&mut app, most);
    let mut asked = None;
    for c in last.chars() {
        let edit = dlqtop::app::action::Edit::Insert(c);
        asked = asked.or(wanted(app.update(Action::Edit(edit)).as_ref()));
    }
    assert_eq!(asked.or(wanted(app.update(Action::Accept).as_ref())), burst);
    app.update(heard(with_burst(300)));
    assert_eq!(app.lists.queue.shown().len(), 300);
}

#[test]
fn a_write_waits_for_the_rows_and_says_on_how_many_it_acts() {
    let mut app = by_error();
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    assert!(app.screen.popup.is_none());
    assert!(said(&app).contains("are on their way"), "{}", said(&app));
    app.update(heard(with_burst(200)));
    app.update(Action::Ask(Verb::Retry));
    assert!(app.screen.popup.is_none());
    assert!(
        said(&app).contains("200 of the group's 300 are loaded"),
        "{}",
        said(&app)
    );
    // They do not come.
    app.update(Action::Tick(app.session.now + TimeDelta::seconds(12)));
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).plan.tasks.len(), 200);
    assert!(
        said(&app).contains("only 200 of the group's 300"),
        "{}",
        said(&app)
    );
    app.update(Action::Back);
    app.update(heard(with_burst(300)));
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).plan.tasks.len(), 300);
    assert!(!said(&app).contains("only"), "{}", said(&app));
}

#[test]
fn marking_a_group_marks_all_of_it_wherever_its_rows_stand() {
    let mut app = by_error();
    app.update(Action::Move(Move::Down));
    let request = request(app.update(Action::Mark(Mark::Cursor)));
    let key = request.group.clone().unwrap();
    assert_eq!(key.fingerprint, BURST);
    let rows = burst_rows(300);
    assert!(rows.iter().all(|row| request.keep.wants(row)));
    let found = SearchResult {
        looked_at: 300,
        matching: 300,
        rows,
        total: Total::about(120_000),
        whole: true,
    };
    let taken_at = noon();
    let collected = Collected { found, taken_at };
    let answer = Answer::Collected(request.ticket, Ok(collected));
    app.update(Action::QueryAnswered(Box::new(answer)));
    let group = &app.lists.groups.all()[1];
    assert_eq!(app.lists.marked_in(group, app.polled.entries()), 300);
    // A poll without those rows takes no mark away, and a write acts on all of them.
    app.update(heard(long_queue()));
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).plan.tasks.len(), 300);
    app.update(Action::Back);
    app.update(Action::Mark(Mark::Cursor));
    assert!(app.lists.queue.marks.is_empty(), "again, and none is");
}

#[test]
fn a_filter_keeps_the_groups_that_it_lets_through_whole() {
    let mut app = by_error();
    app.update(Action::Filter);
    typed(&mut app, "quota");
    app.update(Action::Accept);
    let names: Vec<usize> = app
        .lists
        .groups
        .all()
        .iter()
        .map(|group| group.entries)
        .collect();
    assert_eq!(names, [300]);
    app.update(Action::Filter);
    typed(&mut app, " owner:ana");
    app.update(Action::Accept);
    assert!(
        app.lists.groups.all().is_empty(),
        "only a row tells who has claimed it"
    );
}

#[test]
fn a_queue_that_was_read_to_its_end_is_grouped_by_its_rows() {
    let rows = failed(1, 6, CHARGE, "gateway timed out after # ms");
    let mut app = on_queue(counted_queue(
        rows,
        6,
        vec![counted(OLD, 7), counted(BURST, 1)],
    ));
    app.update(Action::Groups);
    let sizes: Vec<usize> = app
        .lists
        .groups
        .all()
        .iter()
        .map(|group| group.entries)
        .collect();
    assert_eq!(sizes, [6]);
}
