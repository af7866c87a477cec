//! The queue by error: groups, what is marked through them, and what fixed the same error before.

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Move, Verb};
use dlqtop::app::pane::Pane;
use dlqtop::app::screen::popup::Popup;
use dlqtop::data::messages::command::{Answer, Command, ItemResult, Question, Template};
use dlqtop::data::model::{FILTER_SCAN, FixRow, PAGE_SIZE, RowsWanted};
use support::rows::acting::{answer, asked, confirm, done, on_queue, passes, typed};
use support::rows::groups::{CHARGE, failed, grouped, queue_of, three_groups};
use support::rows::{entry_id, heard, minutes_ago, noon, render, task_id};

fn names(app: &App) -> Vec<String> {
    let groups = app.lists.groups.all().iter();
    groups
        .map(|group| format!("{} {}", group.rows.len(), group.key))
        .collect()
}

fn write_of(app: &mut App, verb: Verb) -> Vec<uuid::Uuid> {
    app.update(Action::Ask(verb));
    asked(app).plan.tasks.iter().map(|task| task.0).collect()
}

#[test]
fn what_differs_in_values_is_one_group_and_the_largest_comes_first() {
    let app = grouped(three_groups(), 6);
    assert_eq!(
        names(&app),
        [
            "3 payments/charge_order · charge_card · card_declined: order # at #",
            "2 payments/charge_order · charge_card · gateway timed out after #",
            "1 orders/fulfill · charge_card · card_declined: order # at #",
        ]
    );
    let first = &app.lists.groups.all()[0];
    assert_eq!(first.first_seen, minutes_ago(13));
    assert_eq!(first.last_seen, minutes_ago(11));
    assert_eq!(
        app.lists.counted(Pane::Queue, &app.polled).unwrap(),
        "3 groups of ~6"
    );
}

#[test]
fn a_group_says_who_has_claimed_it_or_how_many_of_it_are_claimed() {
    let claimed = |owners: &[Option<&str>]| {
        let all = i64::try_from(owners.len()).unwrap();
        let mut rows = failed(1, all.unsigned_abs().into(), CHARGE, "gateway timed out");
        for (row, owner) in rows.iter_mut().zip(owners) {
            row.owner = owner.map(Into::into);
        }
        let app = grouped(rows, all);
        let group = &app.lists.groups.all()[0];
        group.claimed().map(std::borrow::Cow::into_owned)
    };
    let words = |owners: &[Option<&str>]| claimed(owners).unwrap_or_default();
    assert_eq!(claimed(&[None, None]), None);
    assert_eq!(words(&[Some("ana"), Some("ana")]), "ana");
    assert_eq!(words(&[Some("ana"), Some("ana"), None]), "2 of 3");
    assert_eq!(words(&[None, Some("ana"), None, Some("bo")]), "2 of 4");
    assert_eq!(words(&[Some("ana"), Some("bo")]), "2 of 2");
}

#[test]
fn grouping_looks_through_a_thousand_rows_as_a_filter_does_and_asks_for_them_once() {
    let mut app = on_queue(queue_of(failed(1, 100, CHARGE, "e"), 12_400));
    let more = Command::RowsWanted(RowsWanted {
        staleness: PAGE_SIZE,
        queue: FILTER_SCAN,
        group: None,
    });
    assert_eq!(app.update(Action::Groups), Some(more));
    let first = app.update(Action::Move(Move::Down));
    let template = Template {
        namespace: "payments".into(),
        name: "charge_order".into(),
    };
    let look_up = Command::Query(Question::Fixes(template));
    assert_eq!(first, Some(look_up), "how it was fixed, and no more rows");
    for action in [Action::Move(Move::Down), Action::Groups, Action::Groups] {
        assert_eq!(app.update(action), None);
    }
    assert_eq!(
        app.lists.counted(Pane::Queue, &app.polled).unwrap(),
        "1 group of 100 of ~12,400"
    );
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(
        screen.contains("of 100 of ~12,400 · 1 snoozed · by priority"),
        "{screen}"
    );
}

#[test]
fn the_cursor_stays_on_its_group_when_another_grows() {
    let mut app = grouped(three_groups(), 6);
    app.update(Action::Move(Move::Down));
    let mut rows = three_groups();
    rows.extend(failed(
        31,
        5,
        ("orders", "fulfill"),
        "card_declined: order # at gw.bank.example.com",
    ));
    app.update(heard(queue_of(rows, 11)));
    assert_eq!(app.lists.groups.at(), 2, "{:?}", names(&app));
    assert!(
        app.lists
            .groups
            .selected()
            .unwrap()
            .key
            .error
            .starts_with("gateway")
    );
}

#[test]
fn a_group_opens_to_its_entries_and_esc_leads_back() {
    let mut app = grouped(three_groups(), 6);
    app.update(Action::Move(Move::Down));
    app.update(Action::Open);
    assert!(!app.lists.is_grouped());
    assert_eq!(
        app.lists.counted(Pane::Queue, &app.polled).unwrap(),
        "2 of ~6"
    );
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(
        screen.contains("charge_card · gateway timed out after #"),
        "{screen}"
    );
    // A task of it, and back.
    app.update(Action::Open);
    assert!(app.detail.is_some());
    app.update(Action::Back);
    app.update(Action::Leave);
    assert!(
        app.lists.is_grouped() && !app.screen.quitting,
        "q leads back as well"
    );
    assert_eq!(app.lists.groups.at(), 1, "to where one came from");
    app.update(Action::Back);
    assert!(!app.lists.groups.on);
    assert_eq!(app.lists.queue.shown().len(), 6);
}

#[test]
fn the_filter_comes_before_the_groups_and_typing_goes_on_within_one() {
    let mut app = grouped(three_groups(), 6);
    app.update(Action::Filter);
    typed(&mut app, "declined");
    app.update(Action::Accept);
    assert_eq!(names(&app).len(), 2, "{:?}", names(&app));
    app.update(Action::Open);
    app.update(Action::Filter);
    typed(&mut app, " 12");
    assert_eq!(app.lists.queue.shown().len(), 1, "order 12 of the group");
    app.update(Action::Back);
    assert_eq!(
        app.lists.queue.shown().len(),
        3,
        "Esc drops what was typed, not the group"
    );
}

#[test]
fn a_write_on_a_group_acts_on_all_of_it_and_space_marks_all_of_it() {
    for verb in [
        Verb::Retry,
        Verb::Resolve,
        Verb::Cancel,
        Verb::Close,
        Verb::Note,
    ] {
        let mut app = grouped(three_groups(), 6);
        let tasks = write_of(&mut app, verb);
        assert_eq!(tasks, [11, 12, 13].map(|n| task_id(n).0), "{verb:?}");
    }
    let mut app = grouped(three_groups(), 6);
    app.update(Action::Mark(Mark::Cursor));
    assert_eq!(app.lists.queue.marks.len(), 3);
    assert_eq!(app.lists.groups.at(), 1);
    app.update(Action::Mark(Mark::Cursor));
    assert_eq!(app.lists.queue.marks.len(), 5);
    assert_eq!(write_of(&mut app, Verb::Retry).len(), 5);
    app.update(Action::Back);
    app.update(Action::Move(Move::Top));
    app.update(Action::Mark(Mark::Cursor));
    assert_eq!(app.lists.queue.marks.len(), 2, "again unmarks it");
}

#[test]
fn the_set_is_fixed_when_the_box_opens_and_what_failed_is_marked() {
    let mut app = grouped(three_groups(), 6);
    app.update(Action::Ask(Verb::Retry));
    let mut rows = three_groups();
    rows.extend(failed(
        14,
        4,
        CHARGE,
        "card_declined: order # at gw.bank.example.com",
    ));
    app.update(heard(queue_of(rows, 10)));
    let write = confirm(&mut app, "bank is back").unwrap();
    assert_eq!(write.change.count(), 3);
    app.update(answer(&write, |at| match at {
        1 => ItemResult::Failed { why: "no".into() },
        _ => done(),
    }));
    let marks: Vec<_> = app.lists.queue.marks.iter().copied().collect();
    assert_eq!(marks, [entry_id(12)]);
}

#[test]
fn what_the_list_has_let_go_meanwhile_is_offered_to_be_closed_too() {
    let mut app = grouped(failed(1, 15, CHARGE, "timed out"), 15);
    app.update(Action::Ask(Verb::Retry));
    let write = confirm(&mut app, "bank is back").unwrap();
    assert_eq!(write.change.count(), 15);
    app.update(heard(queue_of(failed(1, 5, CHARGE, "timed out"), 40)));
    app.update(answer(&write, |_| done()));
    passes(&mut app, &write);
    let Some(Popup::Confirm(offer)) = &app.screen.popup else {
        panic!("{:?}", app.screen.notification)
    };
    assert_eq!(offer.plan.title(), "Close 15 investigations");
}

#[test]
fn what_is_closed_meanwhile_is_not_offered_to_be_closed() {
    let mut app = grouped(failed(1, 15, CHARGE, "timed out"), 15);
    app.update(Action::Ask(Verb::Retry));
    let write = confirm(&mut app, "bank is back").unwrap();
    app.update(heard(queue_of(failed(1, 5, CHARGE, "timed out"), 5)));
    app.update(answer(&write, |_| done()));
    passes(&mut app, &write);
    let Some(Popup::Confirm(offer)) = &app.screen.popup else {
        panic!("{:?}", app.screen.notification)
    };
    assert_eq!(offer.plan.title(), "Close 5 investigations");
}

// ---- what fixed it before ---------------------------------------------------------------------

fn fix(n: u128, error: &str, status: &str, days: i64) -> FixRow {
    FixRow {
        dlq_entry_uuid: entry_id(n),
        task_uuid: task_id(n),
        dlq_reason: "max_retries_exceeded".into(),
        resolution_status: status.into(),
        resolution_timestamp: Some(minutes_ago(days * 1_440)),
        resolution_notes: Some("restarted the gateway".into()),
        resolved_by: Some("ana".into()),
        step_name: Some("charge_card".into()),
        error: Some(error.into()),
    }
}

fn fixes(rows: Vec<FixRow>) -> Action {
    let template = Template {
        namespace: CHARGE.0.into(),
        name: CHARGE.1.into(),
    };
    Action::QueryAnswered(Box::new(Answer::Fixes(template, Ok(rows))))
}

#[test]
fn what_fixed_the_same_error_before_is_said() {
    let mut app = grouped(three_groups(), 6);
    app.update(fixes(vec![
        fix(
            1,
            "card_declined: order 1 at gw.bank.example.com",
            "permanently_failed",
            1,
        ),
        fix(
            2,
            "card_declined: order 2 at eu.bank.example.com",
            "manually_resolved",
            2,
        ),
        fix(
            3,
            "card_declined: order 3 at eu.bank.example.com",
            "manually_resolved",
            9,
        ),
        fix(4, "gateway timed out after 3 ms", "cancelled", 4),
        fix(5, "something else", "manually_resolved", 1),
    ]));
    let words = |app: &App| {
        let group = app.lists.groups.selected().unwrap();
        app.lists
            .fix_history
            .fix(&group.key)
            .unwrap()
            .summary(app.polled.database_now(app.session.now))
    };
    assert_eq!(
        words(&app),
        "fixed twice: last by ana 2d 0h ago: restarted the gateway"
    );
    let screen = render(&app, 160, 45).backend().to_string();
    let row = screen.lines().rfind(|line| line.contains('▸'));
    let fixed = row.and_then(|row| row.split('│').nth(1)?.split_whitespace().last());
    assert_eq!(fixed, Some("2"), "{screen}");
    assert!(screen.contains("fixed twice: last by ana"), "{screen}");
    app.update(Action::Move(Move::Down));
    let never = words(&app);
    assert!(
        never.starts_with("closed once, never fixed: last cancelled by ana"),
        "{never}"
    );
    app.update(Action::Move(Move::Down));
    assert!(
        app.lists
            .fix_history
            .fix(&app.lists.groups.selected().unwrap().key)
            .is_none()
    );
}

#[test]
fn fixes_are_asked_for_once_a_minute_and_not_while_nobody_looks() {
    let mut app = grouped(three_groups(), 6);
    let second = app.update(fixes(Vec::new()));
    assert!(
        matches!(second, Some(Command::Query(Question::Fixes(ref one))) if one.name == "fulfill"),
        "the other template: {second:?}"
    );
    app.update(Action::QueryAnswered(Box::new(Answer::Fixes(
        Template {
            namespace: "orders".into(),
            name: "fulfill".into(),
        },
        Ok(Vec::new()),
    ))));
    let ask =
        |app: &mut App, seconds| app.update(Action::Tick(noon() + TimeDelta::seconds(seconds)));
    assert_eq!(ask(&mut app, 30), None);
    assert!(matches!(
        ask(&mut app, 61),
        Some(Command::Query(Question::Fixes(_)))
    ));
    app.update(Action::Groups);
    assert_eq!(ask(&mut app, 999), None, "by entries it is not shown");
}

// ---- a filter that cannot be read -------------------------------------------------------------

#[test]
fn enter_on_a_filter_that_is_not_understood_says_where_and_typing_goes_on() {
    let mut app = on_queue(queue_of(three_groups(), 6));
    app.update(Action::Filter);
    typed(&mut app, "charge age>2x ns:pay");
    app.update(Action::Accept);
    assert!(app.lists.filtering);
    let screen = render(&app, 120, 24).backend().to_string();
    assert!(
        screen.contains("not kept: age>2x: an age looks like 30m, 2h or 1d"),
        "{screen}"
    );
    // The cursor stands behind the term that is wrong: what is typed next mends it.
    app.update(Action::Edit(Edit::DeleteBefore));
    typed(&mut app, "m");
    assert_eq!(app.lists.queue.filter.field.text(), "charge age>2m ns:pay");
    app.update(Action::Accept);
    assert!(!app.lists.filtering);
    app.update(Action::Filter);
    app.update(Action::Back);
    assert!(app.lists.queue.filter.field.text().is_empty());
}
