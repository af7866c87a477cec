//! What is drawn of workers, queues and types.

use std::sync::Arc;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit};
use dlqtop::app::pane::{Pane, Tab};
use dlqtop::app::screen::popup::Popup;
use dlqtop::data::model::{Fleet, Snapshot, WorkerRow};
use insta::assert_snapshot;
use support::rows::fleet::{at_work, hints, manned, place_with, worker, workers};
use support::rows::{detail, heard, noon, opened, render, showing, snapshot, timed_out};

use super::{pane, screen, with_workers};

#[test]
fn whole_screen_with_both_160x45() {
    assert_snapshot!(screen(&at_work(manned()), 160, 45));
}

#[test]
fn whole_screen_with_both_110x24() {
    let mut app = at_work(manned());
    assert!(!screen(&app, 110, 24).contains("4 Workers"), "no room");
    app.update(Action::Focus(Pane::Workers));
    assert_snapshot!(screen(&app, 110, 24));
}

#[test]
fn workers_80x24() {
    let mut app = at_work(manned());
    app.update(Action::Focus(Pane::Workers));
    assert_snapshot!(screen(&app, 80, 24));
}

#[test]
fn queues_80x24() {
    let mut app = at_work(manned());
    app.update(Action::Focus(Pane::Queues));
    assert_snapshot!(screen(&app, 80, 24));
}

#[test]
fn workers_wide() {
    assert_snapshot!(pane(at_work(manned()), Pane::Workers, 160));
}

#[test]
fn types_in_the_stats_80x24() {
    let mut app = at_work(manned());
    app.update(Action::Focus(Pane::Stats));
    assert_snapshot!(screen(&app, 80, 30));
}

#[test]
fn what_nobody_knows_of_any_worker_has_no_column() {
    let mut rows = workers();
    for row in &mut rows {
        (row.busy, row.size, row.version, row.host) = (None, None, None, None);
        row.is_leader = false;
    }
    let screen = pane(at_work(with_workers(rows)), Pane::Workers, 160);
    let titles = screen.lines().find(|line| line.contains("seen")).unwrap();
    for title in ["busy", "version", "host", "leader"] {
        assert!(!titles.contains(title), "{title} in {screen}");
    }
    assert!(
        screen.contains("serves") && screen.contains("failed/h"),
        "{screen}"
    );
}

#[test]
fn nothing_heard_empty_and_failing_are_three_things() {
    let mut app = App::new(place_with(&["workers", "queues"]));
    for (which, title) in [(Pane::Workers, "4 Workers"), (Pane::Queues, "5 Queues")] {
        app.update(Action::Focus(which));
        let screen = screen(&app, 80, 24);
        assert!(
            screen.contains(title) && screen.contains("waiting for the first"),
            "{screen}"
        );
    }
    let screen = pane(at_work(with_workers(Vec::new())), Pane::Workers, 100);
    assert!(screen.contains("no workers have reported"), "{screen}");
    assert!(
        screen.contains(" no leader ") && screen.contains("0 alive"),
        "{screen}"
    );
    let screen = pane(at_work(with_workers(Vec::new())), Pane::Queues, 100);
    assert!(screen.contains("no queues: "), "{screen}");

    let mut app = at_work(manned());
    app.update(heard(Snapshot {
        fleet: Err(timed_out("read who works")),
        ..snapshot()
    }));
    for (which, row) in [(Pane::Workers, "web3-8812"), (Pane::Queues, "attribution")] {
        app.update(Action::Focus(which));
        let screen = screen_of(&app);
        assert!(
            screen.contains("read who works") && screen.contains(row),
            "{screen}"
        );
    }
}

fn screen_of(app: &App) -> String {
    screen(app, 100, 24)
}

#[test]
fn a_missing_leader_and_two_of_them_are_loud() {
    let leading = |names: &[(&str, f64)]| {
        let rows = names.iter().map(|(name, left)| WorkerRow {
            is_leader: true,
            lease_seconds: Some(*left),
            ..worker(name, "alive", (1, 4))
        });
        let app = at_work(with_workers(rows.collect()));
        pane(app, Pane::Workers, 140)
    };
    let one = leading(&[("a-1", 12.0)]);
    assert!(
        one.contains("leader: a-1") && one.contains("leader 12s"),
        "{one}"
    );
    let none = leading(&[("a-1", -40.0), ("b-2", -90.0)]);
    assert!(
        none.contains(" no leader ") && none.contains("was, -40s"),
        "{none}"
    );
    let two = leading(&[("a-1", 12.0), ("b-2", 20.0)]);
    assert!(two.contains(" two leaders "), "{two}");

    let mut silent = with_workers(vec![worker("a-1", "alive", (1, 4))]);
    let without = pane(at_work(silent.clone()), Pane::Workers, 140);
    assert!(without.contains("no leader"), "one has to lead: {without}");
    silent.fleet = Ok(Arc::new(Fleet {
        workers: vec![worker("a-1", "alive", (1, 4))],
        ..Fleet::default()
    }));
    let unled = pane(at_work(silent), Pane::Workers, 140);
    assert!(!unled.contains("leader"), "these know no leaders: {unled}");
}

#[test]
fn where_a_source_knows_neither_there_is_no_trace_of_them() {
    let mut app = showing(manned());
    assert_eq!(
        app.session.panes(),
        [Pane::Staleness, Pane::Queue, Pane::Stats]
    );
    for name in ["Workers", "Queues"] {
        assert!(!screen(&app, 250, 70).contains(name));
    }
    app.update(Action::Focus(Pane::Workers));
    assert_eq!(app.lists.focus, Pane::Staleness);
    let news = app.screen.notification.as_ref().unwrap().text.clone();
    assert_eq!(news, "Tasker does not list its workers");
    for _ in 0..3 {
        app.update(Action::Cycle(1));
    }
    assert_eq!(app.lists.focus, Pane::Staleness);
    app.update(Action::Help);
    assert!(!screen(&app, 100, 70).contains("go to Workers"));
    app.update(Action::Back);
    app.update(Action::Palette);
    app.update(Action::Edit(Edit::Paste("worker".to_owned())));
    let Some(Popup::Palette(palette)) = &app.screen.popup else {
        panic!("{:?}", app.screen.popup)
    };
    assert!(palette.offers().is_empty(), "{:?}", palette.offers());
    // Whoever writes the whole name asks why.
    app.update(Action::Edit(Edit::Insert('s')));
    app.update(Action::Accept);
    let news = app.screen.notification.as_ref().unwrap().text.clone();
    assert_eq!(news, "Tasker does not list its workers");
}

#[test]
fn where_it_knows_one_of_them_there_is_that_one() {
    let mut app = App::new(place_with(&["queues"]));
    app.update(Action::Tick(noon()));
    app.update(heard(manned()));
    assert_eq!(app.session.panes().last(), Some(&Pane::Queues));
    app.update(Action::Focus(Pane::Stats));
    app.update(Action::Cycle(1));
    assert_eq!(app.lists.focus, Pane::Queues);
    app.update(Action::Cycle(1));
    assert_eq!(app.lists.focus, Pane::Staleness);
    app.update(Action::Cycle(-1));
    assert_eq!(app.lists.focus, Pane::Queues);
    let screen = screen(&app, 160, 45);
    assert!(
        screen.contains("5 Queues") && !screen.contains("4 Workers"),
        "{screen}"
    );
    app.update(Action::Help);
    let help = render(&app, 100, 80).backend().to_string();
    assert!(
        help.contains("go to Queues") && !help.contains("go to Workers"),
        "{help}"
    );
}

#[test]
fn a_list_that_was_cut_says_so_and_nobody_is_missed_in_it() {
    let rows = (0..Fleet::MAX_ROWS).map(|n| worker(&format!("w-{n}"), "alive", (1, 4)));
    let screen = pane(at_work(with_workers(rows.collect())), Pane::Workers, 120);
    assert!(screen.contains("200 of the first 200"), "{screen}");
    assert!(!screen.contains("no leader"), "{screen}");
}

#[test]
fn the_wall_has_pages_of_them() {
    let mut wall = App::new_watch(place_with(&["workers", "queues"]));
    wall.update(heard(manned()));
    let (mut workers, mut queues) = (0, 0);
    for page in 0..5 {
        wall.update(Action::Tick(noon() + TimeDelta::seconds(15 * page)));
        let screen = screen(&wall, 100, 30);
        assert!(screen.contains("of 5"), "{screen}");
        workers += usize::from(screen.contains("WORKERS") && screen.contains("leader: web1"));
        queues += usize::from(screen.contains("QUEUES") && screen.contains("attribution"));
    }
    assert_eq!((workers, queues), (1, 1));

    wall.update(heard(with_workers(Vec::new())));
    let screens: String = (0..5)
        .map(|page| {
            wall.update(Action::Tick(noon() + TimeDelta::seconds(15 * page)));
            screen(&wall, 100, 30)
        })
        .collect();
    assert!(screens.contains(" no leader "), "{screens}");
}

#[test]
fn what_the_source_knows_stands_below_the_verdict() {
    let mut known = detail();
    known.hints = hints();
    let app = opened(known, Tab::Why);
    let screen = screen(&app, 100, 30);
    let at = |what: &str| {
        screen
            .find(what)
            .unwrap_or_else(|| panic!("{what} in {screen}"))
    };
    assert!(at("✖ its worker web3-8812-c01d") < at("⚠ the partial index"));
    assert!(at("⚠ the partial index") < at("· the type has 412"));
    assert!(
        at("· the type has 412") < at("What to do first"),
        "{screen}"
    );
}
