//! The popup that asks before anything is changed.

use dlqtop::app::action::{Action, Mark, Move, Verb};
use dlqtop::app::pane::Pane;
use dlqtop::data::model::Snapshot;
use insta::assert_snapshot;
use support::rows::acting::typed;
use support::rows::{self, listed, queue_rows, render, showing, snapshot};

#[test]
fn confirm_one() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "card processor is back");
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn confirm_cancel_with_a_choice() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Cancel));
    assert_snapshot!(render(&app, 80, 24).backend());
    app.update(Action::NextField(-1));
    app.update(Action::Choose(1));
    assert_snapshot!(
        "confirm_cancel_of_the_whole_task",
        render(&app, 80, 24).backend()
    );
}

#[test]
fn confirm_many_with_some_left_out() {
    let mut rows = queue_rows();
    rows.extend(
        (100..130).map(|n| rows::queued(n, ("orders", "fulfill"), "staleness_timeout", 5.0)),
    );
    let mut app = showing(Snapshot {
        queue: listed(rows, 36),
        ..snapshot()
    });
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "card processor is back");
    app.update(Action::Accept);
    app.update(Action::Accept);
    assert_snapshot!(render(&app, 110, 34).backend());
}

#[test]
fn confirm_without_a_reason() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Ask(Verb::Close));
    app.update(Action::Accept);
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn confirm_many_on_a_small_screen() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    assert_snapshot!(render(&app, 60, 15).backend());
}
