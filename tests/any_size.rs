//! Whatever the size, the text and the keys: no panic, nothing out of place, nothing written that
//! may not be.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "rows/builders.rs"]
mod rows;

use std::sync::Arc;

use chrono::TimeDelta;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Pane, Tab, Verb};
use dlqtop::data::command::Command;
use dlqtop::data::model::Snapshot;
use dlqtop::data::safe_text::{SafeText, is_unsafe};
use dlqtop::ui::keymap::{self, Mode};
use dlqtop::ui::theme::Theme;
use proptest::prelude::*;
use rows::{
    counts, heard, listed, looking, noon, place, quiet, render, render_with, showing, snapshot,
    waiting,
};
use unicode_width::UnicodeWidthStr as _;

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
        wall,
    ];
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
    fn resizing_never_panics(width in 0..250_u16, height in 0..70_u16, state in 0..17_usize) {
        let states = states();
        render(&states[state % states.len()], width, height);
    }

    #[test]
    fn no_key_writes_when_read_only(keys in prop::collection::vec(any_key(), 0..120)) {
        let mut app = looking();
        app.place.read_only = Some("a viewer's role".to_owned());
        for key in keys {
            let command = pressed(&mut app, key);
            prop_assert!(!matches!(command, Some(Command::Write(_))));
            app.quitting = false;
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
        prop_assert!(app.overlay.is_none() && app.detail.is_none());
    }

    #[test]
    fn random_keys_never_write_without_a_reason(keys in prop::collection::vec(any_key(), 0..200)) {
        let mut app = showing(snapshot());
        for key in keys {
            if let Some(Command::Write(write)) = pressed(&mut app, key) {
                prop_assert!(!write.reason.trim().is_empty());
                prop_assert!(write.change.count() > 0);
            }
            app.quitting = false;
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

/// What an attacker who can name a job, or fail one, might write.
const HOSTILE: &[&str] = &[
    "\x1b]52;c;cm0gLXJmIC8=\x07",
    "\x1b]0;owned\x07\x1b[2J\x1b[1;1H",
    "\u{9b}31mred\u{9d}8;;http://x\u{9c}",
    "\x1bPq#0;2;0;0;0\x1b\\",
    "unterminated \x1b[",
    "over\rwrite\x08\x08\x7f",
    "tab\there\nline\u{b}\u{c}",
    "id\u{202e}gnp.exe\u{2066}",
    "zero\u{200b}width\u{200d}joiner",
    "tags\u{e0041}\u{e007f}",
    "z\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}algo",
    "日本語のタスク名がとても長い場合でも",
    "👩‍👩‍👧‍👦 family 🏳️‍🌈 flag 🇩🇪",
    "\u{3164}\u{ffa0}filler",
    "",
];

/// A poll in which every text is `raw`.
fn hostile(raw: &str) -> (Snapshot, dlqtop::data::model::Detail) {
    let text = SafeText::new(raw);
    let mut stale = rows::stale(1, (raw, raw), 90.0);
    stale.current_state = text.clone();
    stale.blocking_step = Some(text.clone());
    stale.blocking_error = Some(text.clone());
    let mut queued = rows::queued(1, (raw, raw), raw, 90.0);
    queued.step_name = Some(text.clone());
    queued.current_error = Some(text.clone());
    queued.owner = Some(text.clone());
    queued.step_state = Some("error".into());
    let mut stats = rows::stats();
    for one in &mut stats.reasons {
        one.dlq_reason = text.clone();
    }
    for one in &mut stats.namespaces {
        one.namespace_name = text.clone();
    }
    for one in &mut stats.sweeps {
        one.instance = text.clone();
    }
    let mut log = rows::log_rows();
    for row in &mut log {
        row.subject = text.clone();
        row.reason = Some(text.clone());
        row.actor = text.clone();
    }
    let mut detail = rows::detail();
    detail.task.namespace_name = text.clone();
    detail.task.initiator = Some(text.clone());
    for step in &mut detail.steps {
        step.last_error = Some(text.clone());
        step.step_name = text.clone();
        step.parents = vec![text.clone()];
    }
    detail.notes[0].body = text.clone();
    detail.entries[1].resolution_notes = Some(text.clone());
    detail.task_snapshot =
        Some(serde_json::json!({ raw: raw, "steps": [{ "name": raw, "state": raw }] }));
    let snapshot = Snapshot {
        staleness: listed(vec![stale], 1),
        queue: listed(vec![queued], 1),
        stats: Ok(Arc::new(stats)),
        log: Ok(Arc::new(log)),
        ..snapshot()
    };
    (snapshot, detail)
}

#[test]
fn hostile_text_stays_in_its_cells_everywhere() {
    for raw in HOSTILE {
        let (polled, detail) = hostile(raw);
        let with_detail = || Snapshot {
            detail: Some((rows::task_id(12), Ok(Arc::new(Some(detail.clone()))))),
            ..polled.clone()
        };
        let mut screens = vec![showing(polled.clone())];
        for tab in Tab::ALL {
            let mut app = looking();
            app.update(heard(with_detail()));
            app.update(Action::Tab(tab));
            screens.push(app);
        }
        for actions in [
            vec![Action::Log],
            vec![
                Action::Focus(Pane::Queue),
                Action::Ask(Verb::Retry),
                Action::Edit(Edit::Paste((*raw).to_owned())),
            ],
            vec![Action::Filter, Action::Edit(Edit::Paste((*raw).to_owned()))],
            vec![
                Action::Palette,
                Action::Edit(Edit::Paste((*raw).to_owned())),
            ],
        ] {
            let mut app = showing(polled.clone());
            for action in actions {
                app.update(action);
            }
            screens.push(app);
        }
        for app in screens {
            for (width, height) in [(80, 24), (160, 45)] {
                let terminal = render(&app, width, height);
                check_cells(terminal.backend().buffer(), raw);
            }
        }
    }
}

fn check_cells(buffer: &ratatui::buffer::Buffer, raw: &str) {
    let area = buffer.area();
    for y in 0..area.height {
        for x in 0..area.width {
            let symbol = buffer[(x, y)].symbol();
            assert!(
                !symbol.chars().any(is_unsafe),
                "{symbol:?} at {x},{y} from {raw:?}"
            );
            assert!(symbol.len() <= 32, "{symbol:?}");
            assert!(
                x + u16::try_from(symbol.width()).unwrap().max(1) <= area.width,
                "{symbol:?} hangs over"
            );
        }
    }
    // The right border of whatever ends at the edge is where it belongs.
    let body = 3..area.height - 3;
    let edges = body.filter(|y| {
        matches!(
            buffer[(area.width - 1, *y)].symbol(),
            "│" | "┐" | "┘" | "┌" | "└"
        )
    });
    assert_eq!(
        edges.count(),
        usize::from(area.height - 6),
        "a border was pushed by {raw:?}"
    );
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
fn the_wall_shows_no_errors_and_no_payloads() {
    let secret = "card 4111-1111";
    let (polled, _) = hostile(secret);
    let mut wall = App::new_watch(place());
    wall.update(Action::Tick(noon()));
    wall.update(heard(Snapshot {
        stats: snapshot().stats,
        ..polled
    }));
    for seconds in [0, 15, 30] {
        wall.update(Action::Tick(noon() + TimeDelta::seconds(seconds)));
        assert!(
            !render(&wall, 200, 50)
                .backend()
                .to_string()
                .contains("4111")
        );
    }
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
