//! The pane of figures.

use dlqtop::app::action::Action;
use dlqtop::app::pane::Pane;
use dlqtop::data::model::Snapshot;
use insta::assert_snapshot;
use support::rows::pane;
use support::rows::{heard, render, showing, snapshot, timed_out};

#[test]
fn stats_alone_80x24() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Stats));
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn stats_failing_keeps_its_rows() {
    let mut app = showing(snapshot());
    app.update(heard(Snapshot {
        stats: Err(timed_out("read the stats")),
        ..snapshot()
    }));
    assert_snapshot!(pane(app, Pane::Stats).backend());
}
