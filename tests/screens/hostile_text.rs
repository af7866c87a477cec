//! Whoever can name a job, or fail one, can choose its text: none of it may reach the terminal as
//! anything but letters in their cells.

use std::sync::Arc;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Verb};
use dlqtop::app::pane::{Pane, Tab};
use dlqtop::data::model::Snapshot;
use dlqtop::data::model::safe_text::{SafeText, is_unsafe};
use support::rows::{self, heard, listed, looking, noon, place, render, showing, snapshot};
use unicode_width::UnicodeWidthStr as _;

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
