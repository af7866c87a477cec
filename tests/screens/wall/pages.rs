//! The wall, its pages, and that it is loud when its data are old.

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::data::model::Snapshot;
use insta::assert_snapshot;
use support::rows::detector::{held, unarmed, with_detector};
use support::rows::{heard, noon, place, quiet, render, snapshot};

fn wall(snapshot: Option<Snapshot>, seconds: i64) -> App {
    let mut app = App::new_watch(place());
    app.update(Action::Tick(noon()));
    if let Some(snapshot) = snapshot {
        app.update(heard(snapshot));
    }
    app.update(Action::Tick(noon() + TimeDelta::seconds(seconds)));
    app
}

#[test]
fn watch_160x45() {
    assert_snapshot!(render(&wall(Some(snapshot()), 1), 160, 45).backend());
}

#[test]
fn watch_second_page_80x24() {
    assert_snapshot!(render(&wall(Some(snapshot()), 16), 80, 24).backend());
}

#[test]
fn watch_with_old_data() {
    assert_snapshot!(render(&wall(Some(quiet()), 75), 120, 30).backend());
}

#[test]
fn watch_waiting() {
    assert_snapshot!(render(&wall(None, 3), 80, 24).backend());
}

#[test]
fn watch_says_that_sweeps_are_dry() {
    let screen = render(&wall(Some(with_detector(unarmed(19))), 1), 80, 24);
    assert_snapshot!(screen.backend());
}

#[test]
fn watch_says_that_the_breaker_holds_sweeps() {
    let screen = render(&wall(Some(with_detector(held())), 1), 80, 24);
    assert_snapshot!(screen.backend());
}
