//! No dialog opens on what a poll has put under the cursor within the last second.

use dlqtop::app::action::{Action, Mark, Move, Verb};
use support::rows::acting::{asked, on_queue};
use support::rows::groups::{CHARGE, failed, grouped, queue_of, three_groups};
use support::rows::{detail, heard, looking, noon, polled, queue_rows, snapshot, step_id};

use super::{at, opens, queue, said, under_cursor};

#[test]
fn a_box_never_opens_on_rows_that_slid_under_the_cursor_in_the_last_second() {
    // The operator wants the second row, and a poll comes before the key.
    let mut app = on_queue(snapshot());
    let mut rows = queue_rows();
    rows.swap(1, 4);
    app.update(heard(queue(rows)));
    at(&mut app, 500);
    app.update(Action::Move(Move::Down));
    assert_eq!(under_cursor(&app), Some(15));
    assert!(!opens(&mut app, Verb::Note));
    assert!(said(&app).contains("have just moved"), "{}", said(&app));
    app.update(Action::Mark(Mark::Cursor));
    assert_eq!(app.lists.marked(), 0, "nor is it marked");
    at(&mut app, 999);
    assert!(!opens(&mut app, Verb::Note));
    at(&mut app, 1_000);
    assert!(opens(&mut app, Verb::Note), "it could be seen");

    // The one that stayed where it was is not refused, nor one that only went elsewhere.
    let mut app = on_queue(snapshot());
    let mut rows = queue_rows();
    rows.rotate_right(1);
    app.update(heard(queue(rows)));
    assert_eq!(under_cursor(&app), Some(11));
    assert!(opens(&mut app, Verb::Note));
}

#[test]
fn rows_that_come_into_an_empty_list_have_to_be_seen_first() {
    let mut app = on_queue(queue(Vec::new()));
    app.update(heard(queue(queue_rows())));
    assert!(!opens(&mut app, Verb::Note));
    at(&mut app, 1_000);
    assert!(opens(&mut app, Verb::Note));
}

#[test]
fn a_row_that_names_another_step_is_another_row() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    let mut rows = queue_rows();
    rows[1].workflow_step_uuid = Some(step_id(77));
    app.update(heard(queue(rows)));
    assert!(!opens(&mut app, Verb::Retry));
    at(&mut app, 1_000);
    assert!(opens(&mut app, Verb::Retry));
}

#[test]
fn polls_that_follow_fast_do_not_refuse_for_ever() {
    let mut app = on_queue(snapshot());
    for n in 0..12 {
        at(&mut app, n * 400);
        let mut rows = queue_rows();
        rows[2..].rotate_left(usize::try_from(n % 4).unwrap());
        app.update(heard(queue(rows)));
    }
    // The first two have not moved for long.
    app.update(Action::Move(Move::Down));
    assert_eq!(under_cursor(&app), Some(12));
    assert!(opens(&mut app, Verb::Note));
}

#[test]
fn a_group_is_acted_on_as_it_could_be_seen() {
    let mut app = grouped(three_groups(), 6);
    let mut more = three_groups();
    more.extend(failed(
        41,
        2,
        CHARGE,
        "card_declined: order # at gw-#.bank.example.com:443",
    ));
    app.update(heard(queue_of(more, 8)));
    at(&mut app, 300);
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).plan.change.count(), 3);
    let remarks = asked(&app).plan.remarks.join(" ");
    assert!(remarks.contains("2 more have only just come"), "{remarks}");
    app.update(Action::Back);
    at(&mut app, 1_300);
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).plan.change.count(), 5);
    assert!(asked(&app).plan.remarks.is_empty());
}

#[test]
fn the_step_that_a_task_hangs_on_has_to_be_seen_too() {
    let mut app = looking();
    let mut other = detail();
    other.steps[2].current_state = "complete".into();
    other.steps[4].current_state = "error".into();
    polled(&mut app, other);
    assert!(!opens(&mut app, Verb::Retry));
    assert!(said(&app).contains("has just changed"), "{}", said(&app));
    at(&mut app, 1_000);
    assert!(opens(&mut app, Verb::Retry));
}

#[test]
fn rows_that_are_only_loaded_are_no_arrivals() {
    let few = failed(1, 3, CHARGE, "card_declined: order #");
    let mut app = grouped(few, 400);
    let more = failed(1, 40, CHARGE, "card_declined: order #");
    app.update(heard(queue_of(more, 400)));
    at(&mut app, 100);
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).plan.change.count(), 40);
    app.update(Action::Back);
    // What was opened since the poll before is one.
    let mut newer = failed(1, 41, CHARGE, "card_declined: order #");
    newer[40].dlq_timestamp = noon();
    app.update(heard(queue_of(newer, 401)));
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).plan.change.count(), 40);
}
