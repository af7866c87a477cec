//! What is shown while polls fail, are late, or have not come yet.

use std::time::Duration;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::data::model::{PollResult, Snapshot};
use support::rows::{heard, listed, noon, place, queue_rows, showing, snapshot, timed_out};

#[test]
fn a_pane_that_fails_keeps_its_rows_and_the_others_go_on() {
    let mut app = showing(snapshot());
    let staleness = Err(timed_out("read stale tasks"));
    let queue = listed(queue_rows().split_off(5), 1);
    app.update(heard(Snapshot {
        staleness,
        queue,
        ..snapshot()
    }));
    assert_eq!(app.polled.stale().len(), 5);
    assert!(app.polled.staleness.error.is_some());
    assert_eq!(app.polled.entries().len(), 1);
    app.update(heard(snapshot()));
    assert!(app.polled.staleness.error.is_none());
}

#[test]
fn data_is_outdated_after_two_intervals_or_when_nobody_answers() {
    let mut app = showing(snapshot());
    app.update(Action::Tick(noon() + TimeDelta::seconds(4)));
    assert!(!app.polled.is_outdated(&app.session));
    app.update(Action::Tick(noon() + TimeDelta::seconds(5)));
    assert!(app.polled.is_outdated(&app.session));

    let mut app = showing(snapshot());
    let error = timed_out("reach the database");
    app.update(Action::Polled(PollResult::Unreachable {
        error,
        retry_in: Duration::from_secs(1),
    }));
    assert!(app.polled.is_outdated(&app.session));
    assert_eq!(app.polled.stale().len(), 5, "the rows stay");
    app.update(heard(snapshot()));
    assert!(!app.polled.is_outdated(&app.session));
}

#[test]
fn a_poll_before_the_first_tick_is_not_fifty_years_old() {
    let mut app = App::new(place());
    app.update(heard(snapshot()));
    app.update(Action::Tick(noon()));
    assert_eq!(app.polled.age(app.session.now), Some(0.0));
}
