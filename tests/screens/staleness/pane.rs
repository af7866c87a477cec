//! The pane of stale tasks.

use dlqtop::app::action::Action;
use dlqtop::app::pane::Pane;
use dlqtop::data::model::Snapshot;
use insta::assert_snapshot;
use support::rows::acting::typed;
use support::rows::pane;
use support::rows::{self, heard, listed, render, showing, snapshot, timed_out};

#[test]
fn staleness_full() {
    let rows = (0..200)
        .map(|n| rows::stale(n, ("payments", "charge_order"), 300.0))
        .collect();
    let app = showing(Snapshot {
        staleness: listed(rows, 12_400),
        ..snapshot()
    });
    assert_snapshot!(pane(app, Pane::Staleness).backend());
}

#[test]
fn staleness_failing_keeps_its_rows() {
    let mut app = showing(snapshot());
    app.update(heard(Snapshot {
        staleness: Err(timed_out("read stale tasks")),
        ..snapshot()
    }));
    assert_snapshot!(pane(app, Pane::Staleness).backend());
}

#[test]
fn a_filter_with_an_error_in_it() {
    let mut app = showing(snapshot());
    app.update(Action::Filter);
    typed(&mut app, "charge age>2x");
    assert_snapshot!(render(&app, 80, 24).backend());
}
