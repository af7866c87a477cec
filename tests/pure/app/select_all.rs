//! All that match, read once when somebody asks for it, and what is done with it.

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Mark, Verb};
use dlqtop::data::fingerprint::rules::Rules;
use dlqtop::data::messages::command::{
    Answer, Change, CollectRequest, Collected, Command, ItemResult, Question,
};
use dlqtop::data::model::{QueueRow, Total};
use dlqtop::data::reads::keyset_pages::SearchResult;
use support::rows::acting::{answer, asked, done, on_queue, typed};
use support::rows::groups::{CHARGE, failed, grouped, queue_of, three_groups};
use support::rows::{entry_id, heard, noon, render, timed_out};
use support::work::worked;

/// `a a` with so many rows on screen; returns the request.
fn gathering(app: &mut App) -> CollectRequest {
    let first = app.update(Action::Mark(Mark::Shown));
    assert!(!matches!(first, Some(Command::Query(Question::Collect(_)))));
    match app.update(Action::Mark(Mark::Shown)) {
        Some(Command::Query(Question::Collect(gather))) => gather,
        other => panic!("{other:?}, {:?}", app.screen.notification),
    }
}

fn brought(gather: &CollectRequest, rows: Vec<QueueRow>, matching: usize, whole: bool) -> Action {
    let gathered = Collected {
        found: SearchResult {
            looked_at: rows.len(),
            rows,
            matching,
            total: Total::about(12_400),
            whole,
        },
        taken_at: noon(),
    };
    Action::QueryAnswered(Box::new(Answer::Collected(gather.ticket, Ok(gathered))))
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
    assert_eq!(app.lists.queue.marks.len(), 100);
    assert!(gather.keep.wants(&all[200]));
    assert!(!gather.keep.wants(&failed(1, 1, CHARGE, "timed out")[0]));

    app.update(Action::Ask(Verb::Retry));
    assert!(
        app.screen.popup.is_none(),
        "what it would act on is not known yet"
    );
    app.update(brought(&gather, all.clone(), 300, true));
    tick(&mut app, 12);
    app.update(heard(queue_of(all[..100].to_vec(), 12_400)));
    tick(&mut app, 24);
    assert_eq!(
        app.lists.queue.marks.len(),
        300,
        "a poll takes none of them away"
    );
    let words = app
        .lists
        .select_all_status(app.polled.database_now(app.session.now))
        .unwrap();
    assert!(
        words.starts_with("300 marked, all that match · loaded "),
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
        asked(&app).drift.gone,
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
    assert_eq!(asked(&app).drift.changed, 0);
    app.update(Action::Back);
    let write = {
        app.update(Action::Ask(Verb::Retry));
        typed(&mut app, "go");
        app.update(Action::Accept);
        typed(&mut app, "150");
        match app.update(Action::ConfirmYes) {
            Some(Command::Write(write)) => *write,
            other => panic!("{other:?}"),
        }
    };
    app.update(answer(&write, |at| match at {
        149 => ItemResult::Failed { why: "no".into() },
        _ => done(),
    }));
    app.update(heard(queue_of(all[..100].to_vec(), 12_400)));
    let marks: Vec<_> = app.lists.queue.marks.iter().copied().collect();
    assert_eq!(
        marks,
        [entry_id(150)],
        "what failed stays marked, also beyond the list"
    );
    app.update(Action::Back);
    assert!(app.lists.queue.marks.is_empty());
    assert_eq!(
        app.lists
            .select_all_status(app.polled.database_now(app.session.now)),
        None
    );
}

#[test]
fn rows_that_newer_ones_push_below_the_loaded_ones_are_not_called_gone() {
    let all = failed(1, 150, CHARGE, "card_declined: #");
    for (total, gone) in [(12_400, 0), (50, 50)] {
        let mut app = on_queue(queue_of(all[..100].to_vec(), total.max(100)));
        app.update(Action::Mark(Mark::Shown));
        app.update(Action::Ask(Verb::Close));
        assert_eq!(asked(&app).plan.change.count(), 100);
        app.update(heard(queue_of(all[50..100].to_vec(), total)));
        assert_eq!(asked(&app).drift.gone, gone, "of {total}");
    }
}

#[test]
fn a_group_that_may_go_on_further_down_says_so_beside_the_box() {
    for (total, more) in [(6, false), (12_400, true)] {
        let mut app = grouped(three_groups(), total);
        app.update(Action::Ask(Verb::Retry));
        assert_eq!(asked(&app).plan.tasks.len(), 3);
        let said = app
            .screen
            .notification
            .as_ref()
            .is_some_and(|news| news.text.contains("press a twice"));
        assert_eq!(said, more, "{total}: {:?}", app.screen.notification);
    }
}

#[test]
fn ten_thousand_are_planned_and_settled_in_a_moment() {
    let all = failed(1, 10_000, CHARGE, "card_declined: #");
    let mut app = on_queue(queue_of(all[..100].to_vec(), 12_400));
    let gather = gathering(&mut app);
    app.update(brought(&gather, all.clone(), 10_000, true));
    let begun = worked();
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "go");
    app.update(Action::Accept);
    typed(&mut app, "10000");
    let Some(Command::Write(write)) = app.update(Action::ConfirmYes) else {
        panic!("{:?}", app.screen.notification)
    };
    app.update(answer(&write, |_| done()));
    app.update(heard(queue_of(all[..100].to_vec(), 12_400)));
    let took = worked().saturating_sub(begun);
    // A tenth of that without the quadratic ways of doing it, in an unoptimised build.
    assert!(took < std::time::Duration::from_secs(5), "{took:?}");
}

#[test]
fn the_limit_is_said() {
    let all = failed(1, 200, CHARGE, "e");
    let mut app = on_queue(queue_of(all[..100].to_vec(), 12_400));
    let gather = gathering(&mut app);
    app.update(brought(&gather, all.clone(), 12_400, false));
    let words = app
        .lists
        .select_all_status(app.polled.database_now(app.session.now))
        .unwrap();
    assert!(
        words.starts_with("200 of ~12,400 marked: the limit · "),
        "{words}"
    );
    // A third time: none.
    assert_eq!(app.update(Action::Mark(Mark::Shown)), None);
    assert!(
        app.lists.queue.marks.is_empty(),
        "{}",
        app.lists.queue.marks.len()
    );
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
            app.lists.queue.marks.len(),
            60,
            "{open}: first what is in the list"
        );
        let wants = |row: &QueueRow| {
            let row = row.clone().with_fingerprint(&Rules::default());
            gather.keep.wants(&row)
        };
        assert!(wants(&rows[3]) && !wants(&rows[70]));
        let found = failed(1_000, 10, CHARGE, "card_declined: #");
        app.update(brought(&gather, found, 70, true));
        let words = app
            .lists
            .select_all_status(app.polled.database_now(app.session.now))
            .unwrap();
        assert!(words.contains("70 marked"), "{words}");
    }
}

#[test]
fn a_short_list_has_no_more_to_mark_and_a_third_time_unmarks() {
    let mut app = grouped(three_groups(), 6);
    let mark = |app: &mut App| app.update(Action::Mark(Mark::Shown));
    mark(&mut app);
    assert_eq!(app.lists.queue.marks.len(), 3);
    assert_eq!(mark(&mut app), None);
    assert_eq!(
        app.lists.queue.marks.len(),
        3,
        "{:?}",
        app.screen.notification
    );
    mark(&mut app);
    assert_eq!(app.lists.queue.marks.len(), 0);
}

#[test]
fn esc_waits_for_nothing_and_an_error_is_said() {
    let mut app = on_queue(queue_of(failed(1, 100, CHARGE, "e"), 12_400));
    let gather = gathering(&mut app);
    app.update(Action::Back);
    assert!(app.lists.queue.marks.is_empty());
    app.update(brought(&gather, failed(1, 200, CHARGE, "e"), 200, true));
    assert!(app.lists.queue.marks.is_empty(), "nobody asked any more");

    let gather = gathering(&mut app);
    let failed = Answer::Collected(gather.ticket, Err(timed_out("gather the rows")));
    app.update(Action::QueryAnswered(Box::new(failed)));
    assert_eq!(app.lists.queue.marks.len(), 100);
    let said = app.screen.notification.clone().unwrap().text;
    assert!(said.contains("could not mark more"), "{said}");
}
