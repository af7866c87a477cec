//! Loud when it should be, and only then.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "rows/builders.rs"]
mod rows;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::data::model::{Counts, Reading, Snapshot};
use dlqtop::data::schedule::{Effort, Pace};
use rows::{counts, heard, noon, place, quiet, render, showing, snapshot};

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

fn header(snapshot: Snapshot, width: u16) -> String {
    let screen = render(&showing(snapshot), width, 45).backend().to_string();
    screen.lines().next().unwrap().to_owned()
}

#[test]
fn the_header_says_what_polls_cost_and_why_they_come_seldom() {
    let seldom = |pace, share, seconds| Snapshot {
        effort: Effort {
            share,
            budget: "1%".parse().unwrap(),
            pace,
        },
        took: Duration::from_millis(40),
        next_in: Duration::from_secs(seconds),
        ..snapshot()
    };
    for (pace, share, seconds, width, said) in [
        (Pace::AsAsked, 0.003, 2, 100, "data 1s · db 0.3% "),
        (Pace::AsAsked, 0.003, 2, 160, "data 1s · db 0.3% (40ms) "),
        (Pace::AsAsked, 0.000_01, 2, 100, "data 1s · db <0.1% "),
        (Pace::AsAsked, 0.12, 2, 100, "data 1s · db 12% "),
        (
            Pace::WithinBudget,
            0.0096,
            6,
            120,
            "data 1s · db 1.0% · every 6s (db budget 1%) ",
        ),
        (
            Pace::WithinBudget,
            0.0096,
            6,
            80,
            "data 1s · db 1.0% · every 6s ",
        ),
        (
            Pace::OverBudget,
            0.034,
            60,
            120,
            "db 3.4% · every 1m 00s (over the db budget 1%) ",
        ),
        (
            Pace::SlowAnswers,
            0.001,
            10,
            120,
            "db 0.1% · slow: every 10s ",
        ),
    ] {
        let line = header(seldom(pace, share, seconds), width);
        assert!(
            line.trim_end_matches('"').ends_with(said),
            "no {said:?} in {line:?}"
        );
    }
}

#[test]
fn numbers_that_were_not_read_for_two_of_their_own_intervals_say_so() {
    let carried = |every| Snapshot {
        counts_read: Reading {
            at: noon() - TimeDelta::seconds(40),
            every: Duration::from_secs(every),
        },
        stats_read: Reading {
            at: noon() - TimeDelta::seconds(90),
            every: Duration::from_secs(every),
        },
        ..snapshot()
    };
    for (every, counts, stats) in [(60, false, false), (30, false, true), (20, true, true)] {
        let app = showing(carried(every));
        let screen = render(&app, 160, 45).backend().to_string();
        assert_eq!(
            screen.contains(" counts 41s old "),
            counts,
            "every {every} s: {screen}"
        );
        assert_eq!(
            screen.contains("3 Stats · 1m 31s old"),
            stats,
            "every {every} s: {screen}"
        );
    }
    let mut wall = App::new_watch(place());
    wall.update(Action::Tick(noon()));
    wall.update(heard(carried(10)));
    let screen = render(&wall, 160, 45).backend().to_string();
    assert!(screen.contains("THE NUMBERS ARE 40s OLD"), "{screen}");
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
