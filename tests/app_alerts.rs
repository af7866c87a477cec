//! Loud when it should be, and only then.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "rows/builders.rs"]
mod rows;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use dlqtop::app::action::Action;
use dlqtop::data::model::{Counts, Snapshot};
use rows::{counts, noon, quiet, render, showing, snapshot};

#[test]
fn polls_that_come_seldom_because_the_database_is_slow_are_not_old() {
    let mut app = showing(Snapshot {
        took: Duration::from_secs(2),
        next_in: Duration::from_secs(10),
        ..snapshot()
    });
    for (seconds, outdated) in [(5, false), (24, false), (25, true)] {
        app.update(Action::Tick(noon() + TimeDelta::seconds(seconds)));
        assert_eq!(app.is_outdated(), outdated, "after {seconds} s");
    }
    let mut app = showing(Snapshot {
        next_in: Duration::from_millis(500),
        ..snapshot()
    });
    app.update(Action::Tick(noon() + TimeDelta::seconds(3)));
    assert!(!app.is_outdated(), "never less than what was asked for");
}

#[test]
fn a_slow_database_is_named_next_to_what_a_poll_costs() {
    let slow = Snapshot {
        took: Duration::from_secs(2),
        next_in: Duration::from_secs(10),
        ..snapshot()
    };
    let screen = render(&showing(slow), 160, 45).backend().to_string();
    assert!(screen.contains("db 2000ms · slow: every 12s"), "{screen}");
    let screen = render(&showing(snapshot()), 160, 45).backend().to_string();
    assert!(!screen.contains("slow:"), "{screen}");
}

#[test]
fn no_sweep_is_news_after_ten_minutes_or_two_usual_gaps() {
    let cases = [
        (601.0, None, true),
        (599.0, None, false),
        (601.0, Some(60.0), true),
        (1_700.0, Some(900.0), false),
        (1_900.0, Some(900.0), true),
    ];
    for (ago, usual, news) in cases {
        let app = showing(Snapshot {
            counts: Ok(Arc::new(Counts {
                seconds_since_sweep: Some(ago),
                usual_sweep_gap_seconds: usual,
                ..counts()
            })),
            ..quiet()
        });
        let said = app
            .alerts()
            .iter()
            .any(|alert| alert.text.starts_with("no detector has swept"));
        assert_eq!(said, news, "{ago} s, usually {usual:?}");
    }
}
