//! The dashboard as a whole, from the smallest screen to the largest, and when something is amiss.

use std::time::Duration;

use chrono::TimeDelta;
use dlqtop::app::action::{Action, Verb};
use dlqtop::app::session::read_only::{Access, LockReason};
use dlqtop::data::model::{PollResult, Snapshot};
use insta::assert_snapshot;
use support::rows::{
    listed, noon, quiet, render, showing, snapshot, stale_rows, timed_out, waiting,
};

#[test]
fn waiting_for_the_first_answer() {
    assert_snapshot!(render(&waiting(), 80, 24).backend());
}

#[test]
fn whole_screen_80x24() {
    assert_snapshot!(render(&showing(snapshot()), 80, 24).backend());
}

#[test]
fn whole_screen_160x45() {
    assert_snapshot!(render(&showing(snapshot()), 160, 45).backend());
}

#[test]
fn whole_screen_250x70() {
    assert_snapshot!(render(&showing(snapshot()), 250, 70).backend());
}

#[test]
fn smallest_screen_with_panes_60x15() {
    assert_snapshot!(render(&showing(snapshot()), 60, 15).backend());
}

#[test]
fn too_small_for_panes_55x8() {
    assert_snapshot!(render(&showing(snapshot()), 55, 8).backend());
}

#[test]
fn too_small_for_anything_20x5() {
    assert_snapshot!(render(&showing(snapshot()), 20, 5).backend());
}

#[test]
fn nothing_is_wrong() {
    assert_snapshot!(render(&showing(quiet()), 110, 24).backend());
}

#[test]
fn not_connected_is_loud_and_keeps_the_rows() {
    let mut app = showing(snapshot());
    app.update(Action::Polled(PollResult::Unreachable {
        error: timed_out("reach the database"),
        retry_in: Duration::from_secs(4),
    }));
    app.update(Action::Tick(noon() + TimeDelta::seconds(42)));
    let terminal = render(&app, 120, 24);
    assert_snapshot!(terminal.backend());
}

#[test]
fn read_only_offers_no_writes_and_says_why_when_asked() {
    let mut app = showing(snapshot());
    app.session.access = Access::ReadOnly(LockReason::Profile("prod-eu".to_owned()));
    app.update(Action::Ask(Verb::Retry));
    assert_snapshot!(render(&app, 110, 24).backend());
}

#[test]
fn rows_can_be_empty_one_or_many_without_a_word_missing() {
    let app = showing(Snapshot {
        staleness: listed(stale_rows(), 5),
        ..quiet()
    });
    let screen = render(&app, 80, 24).backend().to_string();
    assert!(screen.contains("5 of 5"), "{screen}");
    assert!(screen.contains("the queue is empty"), "{screen}");
}
