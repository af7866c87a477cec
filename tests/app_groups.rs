//! The queue by error: groups, what is marked through them, what is gathered beyond the screen,
//! and what fixed the same error before.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "rows/builders.rs"]
mod rows;

use std::sync::Arc;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Move, Pane, Verb};
use dlqtop::app::overlay::Overlay;
use dlqtop::data::command::{
    Answer, Change, Command, Gather, Gathered, ItemResult, Question, Template,
};
use dlqtop::data::model::{FixRow, Listed, PAGE, QueueRow, Reach, SEARCHED, Snapshot, Total};
use dlqtop::data::pages::Found;
use rows::acting::{answer, asked, confirm, done, on_queue, typed};
use rows::{entry_id, heard, minutes_ago, noon, queued, render, snapshot, task_id, timed_out};

/// `count` entries of one template, from number `from` on, that failed with `error`.
fn failed(from: u128, count: u128, template: (&str, &str), error: &str) -> Vec<QueueRow> {
    let rows = (from..from + count).map(|n| QueueRow {
        current_error: Some(error.replace('#', &n.to_string()).as_str().into()),
        dlq_timestamp: minutes_ago(i64::try_from(n).unwrap()),
        ..queued(n, template, "max_retries_exceeded", 1.0)
    });
    rows.collect()
}

const CHARGE: (&str, &str) = ("payments", "charge_order");

/// Three groups: 3 declined, 2 timed out, and 1 of another template.
fn three_groups() -> Vec<QueueRow> {
    let mut rows = failed(1, 2, CHARGE, "gateway timed out after # ms");
    rows.extend(failed(
        11,
        3,
        CHARGE,
        "card_declined: order # at \"bank #\"",
    ));
    rows.extend(failed(
        21,
        1,
        ("orders", "fulfill"),
        "card_declined: order # at \"bank\"",
    ));
    rows
}

fn queue_of(rows: Vec<QueueRow>, total: i64) -> Snapshot {
    Snapshot {
        queue: Ok(Arc::new(Listed {
            rows,
            total: Total::about(total),
        })),
        ..snapshot()
    }
}

fn grouped(rows: Vec<QueueRow>, total: i64) -> App {
    let mut app = on_queue(queue_of(rows, total));
    app.update(Action::Groups);
    app
}

fn names(app: &App) -> Vec<String> {
    let groups = app.groups.all().iter();
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
    let first = &app.groups.all()[0];
    assert_eq!(first.first_seen, minutes_ago(13));
    assert_eq!(first.last_seen, minutes_ago(11));
    assert_eq!(app.counted(Pane::Queue).unwrap(), "3 groups of ~6");
}

#[test]
fn grouping_looks_through_a_thousand_rows_as_a_filter_does_and_asks_for_them_once() {
    let mut app = on_queue(queue_of(failed(1, 100, CHARGE, "e"), 12_400));
    let more = Command::Reach(Reach {
        staleness: PAGE,
        queue: SEARCHED,
    });
    assert_eq!(app.update(Action::Groups), Some(more));
    let first = app.update(Action::Move(Move::Down));
    let template = Template {
        namespace: "payments".into(),
        name: "charge_order".into(),
    };
    let look_up = Command::Ask(Question::Fixes(template));
    assert_eq!(first, Some(look_up), "how it was fixed, and no more rows");
    for action in [Action::Move(Move::Down), Action::Groups, Action::Groups] {
        assert_eq!(app.update(action), None);
    }
    assert_eq!(
        app.counted(Pane::Queue).unwrap(),
        "1 group of 100 of ~12,400"
    );
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(
        screen.contains("of 100 of ~12,400 · by priority"),
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
        "card_declined: order # at 'x'",
    ));
    app.update(heard(queue_of(rows, 11)));
    assert_eq!(app.groups.at(), 2, "{:?}", names(&app));
    assert!(
        app.groups
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
    assert!(!app.is_grouped());
    assert_eq!(app.counted(Pane::Queue).unwrap(), "2 of ~6");
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
    assert!(app.is_grouped() && !app.quitting, "q leads back as well");
    assert_eq!(app.groups.at(), 1, "to where one came from");
    app.update(Action::Back);
    assert!(!app.groups.on);
    assert_eq!(app.queue.shown().len(), 6);
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
    assert_eq!(app.queue.shown().len(), 1, "order 12 of the group");
    app.update(Action::Back);
    assert_eq!(
        app.queue.shown().len(),
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
    assert_eq!(app.queue.marks.len(), 3);
    assert_eq!(app.groups.at(), 1);
    app.update(Action::Mark(Mark::Cursor));
    assert_eq!(app.queue.marks.len(), 5);
    assert_eq!(write_of(&mut app, Verb::Retry).len(), 5);
    app.update(Action::Back);
    app.update(Action::Move(Move::Top));
    app.update(Action::Mark(Mark::Cursor));
    assert_eq!(app.queue.marks.len(), 2, "again unmarks it");
}

#[test]
fn the_set_is_fixed_when_the_box_opens_and_what_failed_is_marked() {
    let mut app = grouped(three_groups(), 6);
    app.update(Action::Ask(Verb::Retry));
    let mut rows = three_groups();
    rows.extend(failed(14, 4, CHARGE, "card_declined: order # at 'x'"));
    app.update(heard(queue_of(rows, 10)));
    let write = confirm(&mut app, "bank is back").unwrap();
    assert_eq!(write.change.count(), 3);
    app.update(answer(&write, |at| match at {
        1 => ItemResult::Failed { why: "no".into() },
        _ => done(),
    }));
    let marks: Vec<_> = app.queue.marks.iter().copied().collect();
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
    let Some(Overlay::Confirm(offer)) = &app.overlay else {
        panic!("{:?}", app.notice)
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
    let Some(Overlay::Confirm(offer)) = &app.overlay else {
        panic!("{:?}", app.notice)
    };
    assert_eq!(offer.plan.title(), "Close 5 investigations");
}

// ---- all that match ---------------------------------------------------------------------------

/// `a a` with so many rows on screen; returns the request.
fn gathering(app: &mut App) -> Gather {
    let first = app.update(Action::Mark(Mark::Shown));
    assert!(!matches!(first, Some(Command::Ask(Question::Gather(_)))));
    match app.update(Action::Mark(Mark::Shown)) {
        Some(Command::Ask(Question::Gather(gather))) => gather,
        other => panic!("{other:?}, {:?}", app.notice),
    }
}

fn brought(gather: &Gather, rows: Vec<QueueRow>, matching: usize, whole: bool) -> Action {
    let gathered = Gathered {
        found: Found {
            looked_at: rows.len(),
            rows,
            matching,
            total: Total::about(12_400),
            whole,
        },
        taken_at: noon(),
    };
    Action::Answered(Box::new(Answer::Gathered(gather.ticket, Ok(gathered))))
}

fn tick(app: &mut App, seconds: i64) {
    app.update(Action::Tick(noon() + TimeDelta::seconds(seconds)));
}

#[test]
fn a_marks_what_is_shown_and_again_all_that_match() {
    let all = failed(1, 300, CHARGE, "card_declined: #");
    let mut app = on_queue(queue_of(all[..100].to_vec(), 12_400));
    app.update(Action::Filter);
    typed(&mut app, "declined");
    app.update(Action::Accept);
    let gather = gathering(&mut app);
    assert_eq!(app.queue.marks.len(), 100);
    assert!(gather.keep.wants(&all[200]));
    assert!(!gather.keep.wants(&failed(1, 1, CHARGE, "timed out")[0]));

    app.update(Action::Ask(Verb::Retry));
    assert!(
        app.overlay.is_none(),
        "what it would act on is not known yet"
    );
    app.update(brought(&gather, all.clone(), 300, true));
    tick(&mut app, 12);
    app.update(heard(queue_of(all[..100].to_vec(), 12_400)));
    tick(&mut app, 24);
    assert_eq!(app.queue.marks.len(), 300, "a poll takes none of them away");
    let words = app.gathered_words().unwrap();
    assert!(
        words.starts_with("300 marked, all that match · gathered "),
        "{words}"
    );
    assert!(render(&app, 160, 45).backend().to_string().contains(&words));

    app.update(Action::Ask(Verb::Retry));
    let targets = match &asked(&app).plan.change {
        Change::Steps(_, targets) => targets.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(targets, 300);
    assert_eq!(
        asked(&app).since.gone,
        0,
        "what lies beyond the list is not gone"
    );
}

#[test]
fn rows_are_acted_upon_as_they_were_gathered() {
    let all = failed(1, 150, CHARGE, "card_declined: #");
    let mut app = on_queue(queue_of(all[..100].to_vec(), 12_400));
    let gather = gathering(&mut app);
    app.update(brought(&gather, all.clone(), 150, true));
    let mut later = all[..100].to_vec();
    later[0].step_state = Some("pending".into());
    later[1].version = 9;
    app.update(heard(queue_of(later, 12_400)));
    app.update(Action::Ask(Verb::Close));
    let Change::Entries(_, targets) = &asked(&app).plan.change else {
        panic!()
    };
    assert_eq!(targets.len(), 150);
    assert!(targets.iter().all(|target| target.seen_version == 1));
    assert_eq!(asked(&app).since.changed, 0);
    app.update(Action::Back);
    let write = {
        app.update(Action::Ask(Verb::Retry));
        typed(&mut app, "go");
        app.update(Action::Accept);
        typed(&mut app, "150");
        match app.update(Action::Yes) {
            Some(Command::Write(write)) => *write,
            other => panic!("{other:?}"),
        }
    };
    app.update(answer(&write, |at| match at {
        149 => ItemResult::Failed { why: "no".into() },
        _ => done(),
    }));
    app.update(Action::Back);
    app.update(heard(queue_of(all[..100].to_vec(), 12_400)));
    let marks: Vec<_> = app.queue.marks.iter().copied().collect();
    assert_eq!(
        marks,
        [entry_id(150)],
        "what failed stays marked, also beyond the list"
    );
    app.update(Action::Back);
    assert!(app.queue.marks.is_empty());
    assert_eq!(app.gathered_words(), None);
}

#[test]
fn a_group_that_may_go_on_further_down_says_so_beside_the_box() {
    for (total, more) in [(6, false), (12_400, true)] {
        let mut app = grouped(three_groups(), total);
        app.update(Action::Ask(Verb::Retry));
        assert_eq!(asked(&app).plan.tasks.len(), 3);
        let said = app
            .notice
            .as_ref()
            .is_some_and(|news| news.text.contains("a a marks all"));
        assert_eq!(said, more, "{total}: {:?}", app.notice);
    }
}

#[test]
fn ten_thousand_are_planned_and_settled_in_a_moment() {
    let all = failed(1, 10_000, CHARGE, "card_declined: #");
    let mut app = on_queue(queue_of(all[..100].to_vec(), 12_400));
    let gather = gathering(&mut app);
    app.update(brought(&gather, all.clone(), 10_000, true));
    let begun = std::time::Instant::now();
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "go");
    app.update(Action::Accept);
    typed(&mut app, "10000");
    let Some(Command::Write(write)) = app.update(Action::Yes) else {
        panic!("{:?}", app.notice)
    };
    app.update(answer(&write, |_| done()));
    app.update(heard(queue_of(all[..100].to_vec(), 12_400)));
    let took = begun.elapsed();
    // A tenth of that without the quadratic ways of doing it, in an unoptimised build.
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
}

#[test]
fn the_limit_is_said() {
    let all = failed(1, 200, CHARGE, "e");
    let mut app = on_queue(queue_of(all[..100].to_vec(), 12_400));
    let gather = gathering(&mut app);
    app.update(brought(&gather, all.clone(), 12_400, false));
    let words = app.gathered_words().unwrap();
    assert!(
        words.starts_with("200 of ~12,400 marked: the limit · "),
        "{words}"
    );
    // A third time: none.
    assert_eq!(app.update(Action::Mark(Mark::Shown)), None);
    assert!(app.queue.marks.is_empty(), "{}", app.queue.marks.len());
}

#[test]
fn a_whole_group_is_gathered_from_its_row_or_from_within() {
    let mut rows = failed(1, 60, CHARGE, "card_declined: #");
    rows.extend(failed(61, 40, CHARGE, "timed out"));
    for open in [false, true] {
        let mut app = grouped(rows.clone(), 900);
        if open {
            app.update(Action::Open);
        }
        let gather = gathering(&mut app);
        assert_eq!(
            app.queue.marks.len(),
            60,
            "{open}: first what is in the list"
        );
        assert!(gather.keep.wants(&rows[3]) && !gather.keep.wants(&rows[70]));
        let found = failed(1_000, 10, CHARGE, "card_declined: #");
        app.update(brought(&gather, found, 70, true));
        let words = app.gathered_words().unwrap();
        assert!(words.contains("70 marked"), "{words}");
    }
}

#[test]
fn a_short_list_has_no_more_to_mark_and_a_third_time_unmarks() {
    let mut app = grouped(three_groups(), 6);
    let mark = |app: &mut App| app.update(Action::Mark(Mark::Shown));
    mark(&mut app);
    assert_eq!(app.queue.marks.len(), 3);
    assert_eq!(mark(&mut app), None);
    assert_eq!(app.queue.marks.len(), 3, "{:?}", app.notice);
    mark(&mut app);
    assert_eq!(app.queue.marks.len(), 0);
}

#[test]
fn esc_waits_for_nothing_and_an_error_is_said() {
    let mut app = on_queue(queue_of(failed(1, 100, CHARGE, "e"), 12_400));
    let gather = gathering(&mut app);
    app.update(Action::Back);
    assert!(app.queue.marks.is_empty());
    app.update(brought(&gather, failed(1, 200, CHARGE, "e"), 200, true));
    assert!(app.queue.marks.is_empty(), "nobody asked any more");

    let gather = gathering(&mut app);
    let failed = Answer::Gathered(gather.ticket, Err(timed_out("gather the rows")));
    app.update(Action::Answered(Box::new(failed)));
    assert_eq!(app.queue.marks.len(), 100);
    let said = app.notice.clone().unwrap().text;
    assert!(said.contains("no more were marked"), "{said}");
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
    Action::Answered(Box::new(Answer::Fixes(template, Ok(rows))))
}

#[test]
fn what_fixed_the_same_error_before_is_said() {
    let mut app = grouped(three_groups(), 6);
    app.update(fixes(vec![
        fix(
            1,
            "card_declined: order 1 at \"y\"",
            "permanently_failed",
            1,
        ),
        fix(2, "card_declined: order 2 at \"z\"", "manually_resolved", 2),
        fix(3, "card_declined: order 3 at \"z\"", "manually_resolved", 9),
        fix(4, "gateway timed out after 3 ms", "cancelled", 4),
        fix(5, "something else", "manually_resolved", 1),
    ]));
    let words = |app: &App| {
        let group = app.groups.selected().unwrap();
        app.fix(&group.key).unwrap().words(app.database_now())
    };
    assert_eq!(
        words(&app),
        "fixed twice: last by ana 2d 0h ago: restarted the gateway"
    );
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(
        screen.contains("fixed twice: last by ana") && screen.contains("2×"),
        "{screen}"
    );
    app.update(Action::Move(Move::Down));
    let never = words(&app);
    assert!(
        never.starts_with("closed once, never fixed: last cancelled by ana"),
        "{never}"
    );
    app.update(Action::Move(Move::Down));
    assert!(app.fix(&app.groups.selected().unwrap().key).is_none());
}

#[test]
fn fixes_are_asked_for_once_a_minute_and_not_while_nobody_looks() {
    let mut app = grouped(three_groups(), 6);
    let second = app.update(fixes(Vec::new()));
    assert!(
        matches!(second, Some(Command::Ask(Question::Fixes(ref one))) if one.name == "fulfill"),
        "the other template: {second:?}"
    );
    app.update(Action::Answered(Box::new(Answer::Fixes(
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
        Some(Command::Ask(Question::Fixes(_)))
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
    assert!(app.filtering);
    let screen = render(&app, 120, 24).backend().to_string();
    assert!(
        screen.contains("not kept: age>2x: an age looks like 30m, 2h or 1d"),
        "{screen}"
    );
    // The cursor stands behind the term that is wrong: what is typed next mends it.
    app.update(Action::Edit(Edit::DeleteBefore));
    typed(&mut app, "m");
    assert_eq!(app.queue.filter.field.text(), "charge age>2m ns:pay");
    app.update(Action::Accept);
    assert!(!app.filtering);
    app.update(Action::Filter);
    app.update(Action::Back);
    assert!(app.queue.filter.field.text().is_empty());
}
