//! What bulk runs look like: the box that asks for them, and how they go on.

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Mark, Verb};
use dlqtop::app::pane::Pane;
use dlqtop::data::messages::command::{Command, Phase, Progress, Tally, Write};
use dlqtop::data::model::Snapshot;
use dlqtop::ui::draw::draw;
use dlqtop::ui::widgets::theme::Theme;
use insta::assert_snapshot;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use support::rows::acting::{on_queue, typed};
use support::rows::{heard, listed, noon, queued, render, snapshot};

fn many(changed: usize) -> Snapshot {
    let rows = (0..500).map(|n| {
        let mut row = queued(n, ("payments", "charge_order"), "max_retries_exceeded", 9.0);
        if usize::try_from(n).unwrap() < changed {
            row.step_state = Some("pending".into());
        }
        row
    });
    Snapshot {
        queue: listed(rows.collect(), 500),
        ..snapshot()
    }
}

fn asked() -> App {
    let mut app = on_queue(many(0));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "the acquirer is up again");
    app.update(Action::Accept);
    typed(&mut app, "500");
    app
}

fn going(phase: Phase, done: usize, seconds: i64) -> App {
    let mut app = asked();
    let Some(Command::Write(write)) = app.update(Action::ConfirmYes) else {
        panic!("{:?}", app.screen.notification)
    };
    let progress = |write: &Write, tally: Tally, phase: Phase| {
        Action::Progress(Progress {
            batch: write.batch,
            tally,
            phase,
        })
    };
    app.update(progress(&write, Tally::default(), canary()));
    app.update(Action::Tick(noon() + TimeDelta::seconds(12)));
    if phase == Phase::Running {
        let first = Tally {
            done: 1,
            ..Tally::default()
        };
        app.update(progress(&write, first, Phase::Running));
    }
    let tally = Tally {
        done,
        changed: done / 40,
        failed: done / 100,
        ..Tally::default()
    };
    app.update(Action::Tick(noon() + TimeDelta::seconds(seconds)));
    app.update(heard(many(0)));
    app.update(progress(&write, tally, phase));
    app
}

fn canary() -> Phase {
    Phase::Canary {
        label: "payments/charge_order · charge_card (7a000000)".into(),
        state: "in_progress".into(),
    }
}

fn running() -> App {
    going(Phase::Running, 204, 54)
}

#[test]
fn the_box_says_how_and_what_has_changed_since() {
    let mut app = asked();
    app.update(heard(many(3)));
    assert_snapshot!(render(&app, 110, 34).backend());
}

#[test]
fn the_box_on_80x24() {
    assert_snapshot!(render(&asked(), 80, 24).backend());
}

#[test]
fn the_canary_is_watched_160x45() {
    assert_snapshot!(render(&going(canary(), 0, 12), 160, 45).backend());
}

#[test]
fn the_others_follow_160x45() {
    assert_snapshot!(render(&running(), 160, 45).backend());
}

#[test]
fn the_others_follow_80x24() {
    assert_snapshot!(render(&running(), 80, 24).backend());
}

#[test]
fn the_others_follow_in_ascii() {
    let theme = Theme {
        ascii: true,
        ..Theme::DARK
    };
    let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
    let app = running();
    terminal.draw(|frame| draw(frame, &app, &theme)).unwrap();
    let text = terminal.backend().to_string();
    assert!(text.is_ascii(), "{text}");
    assert_snapshot!(text);
}

#[test]
fn stopping_is_said_and_seen_from_every_screen() {
    let mut app = running();
    app.update(Action::Stop);
    for look in [
        Action::Focus(Pane::Staleness),
        Action::Focus(Pane::Stats),
        Action::Focus(Pane::Queue),
        Action::Open,
        Action::Log,
    ] {
        app.update(look);
        for size in [(160, 45), (80, 24), (60, 15)] {
            let screen = render(&app, size.0, size.1).backend().to_string();
            assert!(screen.contains("211 of 500"), "{size:?}\n{screen}");
            assert!(screen.contains("stopping: the rest"), "{size:?}\n{screen}");
        }
    }
}
