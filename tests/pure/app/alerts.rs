//! Loud when it should be, and only then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Toggle};
use dlqtop::app::polled::alerts::Severity;
use dlqtop::data::error::DataError;
use dlqtop::data::model::{AlertRow, Counts, Fleet, PollResult, Reading, Snapshot};
use dlqtop::data::poller::schedule::{Pace, PollCost};
use dlqtop::data::source::SourceKind;
use support::rows::{counts, heard, noon, place, quiet, render, showing, snapshot};

#[test]
fn polls_that_come_seldom_because_the_database_is_slow_are_not_old() {
    let mut app = showing(Snapshot {
        took: Duration::from_secs(2),
        next_in: Duration::from_secs(10),
        ..snapshot()
    });
    for (seconds, outdated) in [(5, false), (24, false), (25, true)] {
        app.update(Action::Tick(noon() + TimeDelta::seconds(seconds)));
        assert_eq!(
            app.polled.is_outdated(&app.session),
            outdated,
            "after {seconds} s"
        );
    }
    let mut app = showing(Snapshot {
        next_in: Duration::from_millis(500),
        ..snapshot()
    });
    app.update(Action::Tick(noon() + TimeDelta::seconds(3)));
    assert!(
        !app.polled.is_outdated(&app.session),
        "never less than what was asked for"
    );
}

fn header(snapshot: Snapshot, width: u16) -> String {
    let screen = render(&showing(snapshot), width, 45).backend().to_string();
    screen.lines().next().unwrap().to_owned()
}

#[test]
fn the_header_says_what_polls_cost_and_why_they_come_seldom() {
    let seldom = |pace, share, seconds| Snapshot {
        effort: PollCost {
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
            .polled
            .alerts(&app.session.source)
            .iter()
            .any(|alert| alert.text.starts_with("no detector has swept"));
        assert_eq!(said, news, "{ago} s, usually {usual:?}");
    }
}

/// A dashboard on a system that watches itself: without a leader for two minutes is news.
fn watching_itself() -> App {
    let manifest = "title = \"Shop\"\n[alerts]\nno_leader = \"2m\"\n";
    let files = BTreeMap::from([("source.toml".to_owned(), manifest.to_owned())]);
    let kind = SourceKind::new("shop", files).unwrap();
    let mut place = place();
    place.source = Arc::new(kind.plain());
    App::new(place)
}

fn over(alert: &str, text: &str, severity: Option<&str>) -> AlertRow {
    AlertRow {
        alert: alert.into(),
        over: true,
        value: Some(1.0),
        text: text.into(),
        severity: severity.map(Into::into),
    }
}

fn polled(app: &mut App, seconds: i64, alerts: Vec<AlertRow>) {
    let fleet = Fleet {
        alerts,
        ..Fleet::default()
    };
    polled_as(app, seconds, Ok(Arc::new(fleet)));
}

fn polled_as(app: &mut App, seconds: i64, fleet: Result<Arc<Fleet>, Arc<DataError>>) {
    let at = noon() + TimeDelta::seconds(seconds);
    let snapshot = Snapshot {
        taken_at: at,
        fleet,
        ..quiet()
    };
    app.update(Action::Polled(PollResult::Snapshot(Arc::new(snapshot))));
    app.update(Action::Tick(at));
}

fn said(app: &App) -> Vec<String> {
    app.polled
        .alerts(&app.session.source)
        .into_iter()
        .map(|alert| alert.text)
        .collect()
}

#[test]
fn what_a_source_calls_wrong_is_said_once_it_has_lasted() {
    let no_leader = || vec![over("no_leader", "no leader", None)];
    let mut app = watching_itself();
    polled(&mut app, 0, no_leader());
    polled(&mut app, 119, no_leader());
    assert_eq!(said(&app), Vec::<String>::new());
    polled(&mut app, 120, no_leader());
    assert_eq!(said(&app), ["no leader for 2m 00s"]);
    // It was not so for a moment: it begins anew.
    polled(&mut app, 130, Vec::new());
    assert_eq!(said(&app), Vec::<String>::new());
    polled(&mut app, 140, no_leader());
    polled(&mut app, 250, no_leader());
    assert_eq!(said(&app), Vec::<String>::new());
    polled(&mut app, 270, no_leader());
    assert_eq!(said(&app), ["no leader for 2m 10s"]);
}

#[test]
fn an_alert_that_could_not_be_read_stands_and_a_frozen_screen_does_not_begin_it_anew() {
    let no_leader = || vec![over("no_leader", "no leader", None)];
    let mut app = watching_itself();
    polled(&mut app, 0, no_leader());
    polled_as(&mut app, 60, Err(Arc::new(DataError::SchemaMissing)));
    app.update(Action::Toggle(Toggle::Freeze));
    polled(&mut app, 100, no_leader());
    app.update(Action::Toggle(Toggle::Freeze));
    polled(&mut app, 125, no_leader());
    polled_as(&mut app, 200, Err(Arc::new(DataError::SchemaMissing)));
    assert_eq!(said(&app), ["no leader for 2m 05s"]);
}

#[test]
fn a_clock_that_is_set_back_makes_no_alert_older() {
    let no_leader = || vec![over("no_leader", "no leader", None)];
    let mut app = watching_itself();
    polled(&mut app, 3_600, no_leader());
    polled(&mut app, 0, no_leader());
    polled(&mut app, 119, no_leader());
    assert_eq!(said(&app), Vec::<String>::new());
    polled(&mut app, 120, no_leader());
    assert_eq!(said(&app).len(), 1);
}

#[test]
fn the_header_and_the_wall_show_it_the_worst_first_and_nothing_of_our_detector() {
    let mut app = watching_itself();
    let alerts = || {
        vec![
            over("letters", "3 new dead letters in 5 m", Some("warning")),
            over("two_leaders", "2 leaders\u{1b}[2J", None),
        ]
    };
    polled(&mut app, 0, alerts());
    let shown: Vec<(Severity, String)> = (app.polled.alerts(&app.session.source).into_iter())
        .map(|alert| (alert.severity, alert.text))
        .collect();
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(shown[0].0, Severity::Bad);
    assert!(shown[0].1.starts_with("2 leaders"), "{shown:?}");
    assert_eq!(
        shown[1],
        (Severity::Warning, "3 new dead letters in 5 m".to_owned())
    );
    let screen = render(&app, 200, 45).backend().to_string();
    assert!(screen.contains("⚠ 2 leaders"), "{screen}");
    assert!(screen.contains("3 new dead letters in 5 m"), "{screen}");
    assert!(!screen.contains("no detector has swept"), "{screen}");
    app.session.is_wall = true;
    let wall = render(&app, 160, 45).backend().to_string();
    assert!(wall.contains("3 NEW DEAD LETTERS IN 5 M"), "{wall}");
    assert!(!wall.contains('\u{1b}'), "{wall}");
}
