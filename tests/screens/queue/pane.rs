//! The pane of the dead-letter queue.

use dlqtop::app::action::{Action, Mark, Move};
use dlqtop::app::pane::Pane;
use dlqtop::data::model::Snapshot;
use insta::assert_snapshot;
use support::rows::acting::typed;
use support::rows::pane;
use support::rows::{self, listed, render, showing, snapshot, timed_out};

#[test]
fn queue_full() {
    let rows = (0..200)
        .map(|n| {
            rows::queued(
                n,
                ("payments", "charge_order"),
                "max_retries_exceeded",
                40.0,
            )
        })
        .collect();
    let mut app = showing(Snapshot {
        queue: listed(rows, 200),
        ..snapshot()
    });
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Move(Move::Bottom));
    assert_snapshot!(pane(app, Pane::Queue).backend());
}

#[test]
fn queue_failing_before_it_had_rows() {
    let app = showing(Snapshot {
        queue: Err(timed_out("read the queue")),
        ..snapshot()
    });
    assert_snapshot!(pane(app, Pane::Queue).backend());
}

#[test]
fn queue_wide() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.session.view.expanded = true;
    assert_snapshot!(render(&app, 200, 15).backend());
}

#[test]
fn marked_filtered_and_sorted() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::SortBy(Some(dlqtop::app::pane::Column::Age)));
    app.update(Action::Mark(Mark::Cursor));
    app.update(Action::Mark(Mark::Cursor));
    app.update(Action::Filter);
    typed(&mut app, "!ns:media");
    app.update(Action::Accept);
    assert_snapshot!(render(&app, 110, 24).backend());
}
