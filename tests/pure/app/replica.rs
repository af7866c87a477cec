//! A screen that is read from a replica says how far behind it is, and loudly when it matters.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::app::polled::replica_lag::Lag;
use dlqtop::app::session::Session;
use dlqtop::data::error::DataError;
use dlqtop::data::model::replica::Replica;
use dlqtop::data::model::{PollResult, Snapshot};
use dlqtop::ui::widgets::theme::Theme;
use support::rows::{heard, noon, place, render, snapshot};

const WELL: Replica = Replica {
    standby: true,
    receiving: true,
    lag: Some(Duration::from_millis(440)),
};

fn reading() -> Session {
    Session {
        read_replica: Some("db2:5432".to_owned()),
        ..place()
    }
}

fn shown(mut app: App, replica: Option<Replica>) -> App {
    app.update(Action::Tick(noon()));
    app.update(heard(Snapshot {
        replica,
        ..snapshot()
    }));
    app
}

/// The first line, and whether it has anything loud.
fn header(app: &App, width: u16) -> (String, bool) {
    let screen = render(app, width, 40);
    let buffer = screen.backend().buffer();
    let cells = || (0..width).map(|x| &buffer[(x, 0)]);
    let loud = cells().any(|cell| Some(cell.bg) == Theme::DARK.loud.bg);
    (cells().map(ratatui::buffer::Cell::symbol).collect(), loud)
}

#[test]
fn the_header_shows_the_lag_and_turns_loud() {
    let secs = Duration::from_secs;
    let lagging = |lag| Replica { lag, ..WELL };
    let cut_off = Replica {
        receiving: false,
        ..lagging(Some(secs(12)))
    };
    let primary = Replica {
        standby: false,
        lag: None,
        ..WELL
    };
    let cases = [
        (Some(WELL), "· replica · lag 0.4s ·", false),
        (
            Some(lagging(Some(secs(4)))),
            "· replica · lag 4.0s ·",
            false,
        ),
        (
            Some(lagging(Some(secs(5)))),
            "· replica · lag 5.0s ·",
            false,
        ),
        (Some(lagging(Some(secs(31)))), " REPLICA · lag 31s ", true),
        (Some(lagging(None)), " REPLICA · lag unknown ", true),
        (None, " REPLICA · lag unknown ", true),
        (Some(cut_off), " REPLICA CUT OFF · lag 12s ", true),
        (Some(primary), "· reads: no standby ·", false),
    ];
    for (replica, words, loud) in cases {
        let app = shown(App::new(reading()), replica);
        let (line, is_loud) = header(&app, 160);
        assert!(line.contains(words), "{words}: {line}");
        assert_eq!(is_loud, loud, "{line}");
    }
    let (line, _) = header(&shown(App::new(place()), Some(WELL)), 160);
    assert!(!line.contains("eplica"), "{line}");
    // What must not be overlooked stays on a narrow screen.
    let lost = shown(App::new(reading()), Some(lagging(Some(secs(90)))));
    let (line, is_loud) = header(&lost, 60);
    assert!(line.contains("REPLICA · lag 1m 30s") && is_loud, "{line}");
}

#[test]
fn more_than_two_intervals_is_behind_and_half_a_minute_is_lost() {
    let lag = |ms| {
        let replica = Replica {
            lag: Some(Duration::from_millis(ms)),
            ..WELL
        };
        let app = shown(App::new(reading()), Some(replica));
        app.polled.lag(&app.session)
    };
    assert!(matches!(lag(4_000), Lag::Fine(_)));
    assert!(matches!(lag(4_001), Lag::Behind(_)));
    assert!(matches!(lag(30_000), Lag::Behind(_)));
    assert!(matches!(lag(30_001), Lag::Lost(Some(_))));
    let new = App::new(reading());
    assert_eq!(new.polled.lag(&new.session), Lag::None, "no poll yet");
}

#[test]
fn the_wall_says_that_its_replica_is_behind() {
    let behind = Replica {
        lag: Some(Duration::from_secs(95)),
        ..WELL
    };
    for (replica, words) in [
        (Some(behind), "THE REPLICA IS 1m 35s BEHIND"),
        (None, "THE REPLICA IS LOST"),
    ] {
        let app = shown(App::new_watch(reading()), replica);
        let wall = render(&app, 100, 30).backend().to_string();
        assert!(wall.contains(words), "{wall}");
    }
    let app = shown(App::new_watch(reading()), Some(WELL));
    let wall = render(&app, 100, 30).backend().to_string();
    assert!(!wall.contains("REPLICA"), "{wall}");
}

#[test]
fn a_replica_that_is_away_is_named() {
    let mut app = shown(App::new(reading()), Some(WELL));
    app.update(Action::Polled(PollResult::Unreachable {
        error: Arc::new(DataError::SchemaMissing),
        retry_in: Duration::from_secs(2),
    }));
    app.update(Action::Tick(noon() + TimeDelta::seconds(1)));
    let screen = render(&app, 160, 40).backend().to_string();
    assert!(
        screen.contains("✖ replica db2:5432: this database"),
        "{screen}"
    );
    assert!(screen.contains("NOT CONNECTED"), "{screen}");
}
