//! Whatever the size, the text and the keys: no panic, nothing out of place, nothing written that
//! may not be.

use std::sync::Arc;

use chrono::TimeDelta;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Verb};
use dlqtop::app::pane::{Pane, Tab};
use dlqtop::app::session::read_only::{Access, LockReason};
use dlqtop::data::messages::command::Command;
use dlqtop::data::model::Snapshot;
use dlqtop::keymap::{self, Mode};
use dlqtop::ui::widgets::theme::Theme;
use proptest::prelude::*;
use support::rows::{
    self, counts, heard, looking, noon, place, quiet, render, render_with, showing, snapshot,
    waiting,
};

/// An app in each state that is drawn differently.
fn states() -> Vec<App> {
    let on_queue = |actions: &[Action]| {
        let mut app = showing(snapshot());
        app.update(Action::Focus(Pane::Queue));
        for action in actions {
            app.update(action.clone());
        }
        app
    };
    let mut wall = App::new_watch(place());
    wall.update(Action::Tick(noon()));
    wall.update(heard(snapshot()));
    let mut states = vec![
        waiting(),
        showing(snapshot()),
        showing(quiet()),
        on_queue(&[Action::Mark(Mark::Shown), Action::Ask(Verb::Close)]),
        on_queue(&[Action::Filter, Action::Edit(Edit::Paste("age>".repeat(60)))]),
        on_queue(&[Action::Palette]),
        on_queue(&[Action::Help]),
        on_queue(&[Action::SortMenu]),
        on_queue(&[Action::CopyMenu]),
        on_queue(&[Action::Log]),
        on_queue(&[Action::Focus(Pane::Stats)]),
        rows::detector::arming(),
        rows::detector::undoing(),
        wall,
    ];
    states.extend([Pane::Workers, Pane::Queues].map(|pane| {
        let mut app = rows::fleet::at_work(rows::fleet::manned());
        app.update(Action::Focus(pane));
        app
    }));
    for tab in Tab::ALL {
        let mut app = looking();
        app.update(Action::Tab(tab));
        states.push(app);
    }
    states
}

#[test]
fn every_state_at_every_small_size() {
    for app in states() {
        for width in (0..130).step_by(7) {
            for height in [0, 1, 2, 3, 5, 9, 14, 15, 16, 24] {
                render(&app, width, height);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn resizing_never_panics(width in 0..250_u16, height in 0..70_u16, state in 0..21_usize) {
        let states = states();
        render(&states[state % states.len()], width, height);
    }

    #[test]
    fn no_key_writes_when_read_only(keys in prop::collection::vec(any_key(), 0..120)) {
        let mut app = looking();
        app.session.access = Access::ReadOnly(LockReason::Role);
        for key in keys {
            let command = pressed(&mut app, key);
            prop_assert!(!matches!(
                command,
                Some(Command::Write(_) | Command::Decide(_))
            ));
            app.screen.quitting = false;
        }
    }

    #[test]
    fn no_key_does_anything_on_the_wall(keys in prop::collection::vec(any_key(), 0..60)) {
        let mut app = App::new_watch(place());
        app.update(Action::Tick(noon()));
        app.update(heard(snapshot()));
        for key in keys {
            prop_assert_eq!(pressed(&mut app, key), None);
        }
        prop_assert!(app.screen.popup.is_none() && app.detail.is_none());
    }

    #[test]
    fn random_keys_never_write_without_a_reason(keys in prop::collection::vec(any_key(), 0..200)) {
        let mut app = showing(snapshot());
        for key in keys {
            if let Some(Command::Write(write)) = pressed(&mut app, key) {
                prop_assert!(!write.reason.trim().is_empty());
                prop_assert!(write.change.count() > 0);
            }
            app.screen.quitting = false;
        }
    }
}

fn any_key() -> impl Strategy<Value = KeyEvent> {
    let letters = prop::char::range(' ', '~').prop_map(KeyCode::Char);
    let writing = prop::sample::select(vec!['R', 'B', 'X', 'U', 'A', 'D', 'y', 'a', ' ', '2'])
        .prop_map(KeyCode::Char);
    let others = prop::sample::select(vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Backspace,
        KeyCode::End,
    ]);
    let modifiers = prop::sample::select(vec![
        KeyModifiers::NONE,
        KeyModifiers::NONE,
        KeyModifiers::NONE,
        KeyModifiers::CONTROL,
        KeyModifiers::ALT,
    ]);
    (
        prop_oneof![2 => letters, 3 => writing, 3 => others],
        modifiers,
    )
        .prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

fn pressed(app: &mut App, key: KeyEvent) -> Option<Command> {
    let action = keymap::action(&Event::Key(key), Mode::of(app))?;
    app.update(action)
}

#[test]
fn colour_says_what_the_words_say() {
    let terminal = render(&showing(snapshot()), 80, 24);
    let buffer = terminal.backend().buffer();
    let style = |x, y| buffer[(x, y)].style();
    assert_eq!(
        style(5, 4).fg,
        Theme::DARK.selected.fg,
        "the cursor's row has one colour"
    );
    assert_eq!(style(5, 5).fg, Theme::DARK.stale.fg);
    assert_eq!(style(5, 7).fg, Theme::DARK.warning.fg);
    assert_eq!(
        style(0, 2).fg,
        Theme::DARK.focused.fg,
        "the focused pane's border"
    );
    assert_eq!(style(0, 12).fg, Theme::DARK.border.fg);
    assert_eq!(style(7, 1).fg, Theme::DARK.stale.fg, "STALE 19");
}

#[test]
fn nobody_agrees_to_what_they_cannot_see() {
    for (width, height, writes) in [
        (80, 24, true),
        (60, 15, true),
        (80, 9, false),
        (30, 24, false),
    ] {
        let mut app = showing(snapshot());
        app.update(Action::Focus(Pane::Queue));
        app.update(Action::Ask(Verb::Note));
        app.update(Action::Edit(Edit::Paste("seen".to_owned())));
        app.update(Action::Accept);
        app.update(Action::NextField(1));
        render(&app, width, height);
        let written = app.update(Action::ConfirmYes);
        assert_eq!(written.is_some(), writes, "{width}x{height}");
    }
}

#[test]
fn old_data_is_loud() {
    let mut app = showing(snapshot());
    let loud = |app: &App| {
        let terminal = render(app, 80, 24);
        let buffer = terminal.backend().buffer();
        (0..80).any(|x| buffer[(x, 0)].style().bg == Theme::DARK.loud.bg)
    };
    assert!(!loud(&app));
    app.update(Action::Tick(noon() + TimeDelta::seconds(60)));
    assert!(loud(&app));
}

#[test]
fn the_wall_is_loud_when_it_cannot_be_trusted() {
    let loud = |app: &App, line| {
        let terminal = render(app, 160, 45);
        let buffer = terminal.backend().buffer();
        buffer[(1, line)].style().bg == Theme::DARK.loud.bg
    };
    let mut wall = App::new_watch(place());
    wall.update(Action::Tick(noon()));
    wall.update(heard(snapshot()));
    assert!(!loud(&wall, 1));
    let mut silent = App::new_watch(place());
    silent.update(Action::Tick(noon()));
    silent.update(Action::Tick(noon() + TimeDelta::seconds(30)));
    assert!(loud(&silent, 1), "nobody has ever answered");
    let mut unswept = counts();
    unswept.seconds_since_sweep = Some(1_800.0);
    unswept.backlog_minutes = None;
    wall.update(heard(Snapshot {
        counts: Ok(Arc::new(unswept)),
        ..snapshot()
    }));
    assert!(loud(&wall, 1), "nobody sweeps");
    wall.update(heard(snapshot()));
    wall.update(Action::Tick(noon() + TimeDelta::seconds(30)));
    assert!(loud(&wall, 1), "nobody answers");
}

#[test]
fn without_utf8_everything_is_ascii() {
    let ascii = Theme::PLAIN.in_ascii();
    for app in states() {
        let terminal = render_with(&app, &ascii, (160, 45));
        let cells = &terminal.backend().buffer().content;
        assert!(cells.iter().all(|cell| cell.symbol().is_ascii()));
    }
}

#[test]
fn without_colour_nothing_is_coloured() {
    for app in states() {
        let terminal = render_with(&app, &Theme::PLAIN, (120, 40));
        for cell in &terminal.backend().buffer().content {
            assert_eq!(
                (cell.fg, cell.bg),
                Default::default(),
                "{:?}",
                cell.symbol()
            );
        }
    }
}

#[test]
fn the_random_keys_do_write_where_they_may() {
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    let scripts = prop::collection::vec(any_key(), 120);
    let mut written = 0;
    for _ in 0..100 {
        let mut app = looking();
        for key in scripts.new_tree(&mut runner).unwrap().current() {
            let command = pressed(&mut app, key);
            written += usize::from(matches!(command, Some(Command::Write(_))));
            app.screen.quitting = false;
        }
    }
    assert!(
        written > 20,
        "{written} writes: the tests above would prove nothing"
    );
}
