//! Whether anything sweeps here, and whether that changes anything.

use chrono::{DateTime, Utc};
use ratatui::text::Span;

use super::super::pieces::{Piece, ROOMY, WIDE};
use crate::app::App;
use crate::app::polled::arming::Arming;
use crate::detector::status::{Phase, Status};
use crate::ui::widgets::text::count;
use crate::ui::widgets::theme::Theme;

/// From this many columns on, there is room for the command that helps.
const NARROW: usize = 80;

/// The state of the detector, in as many words as there may be room for, the longest first.
pub(super) fn pieces(app: &App, room: usize, theme: &Theme) -> Vec<Piece> {
    let status = &app.polled.detector;
    match (&status.phase, app.polled.arming()) {
        (Phase::Failing(_), Arming::Dry { .. }) => {
            let text = "✖ detector failing (dry)".to_owned();
            vec![Piece::one(0, text, theme.stale)]
        }
        (Phase::Failing(_), _) | (_, Arming::Armed) => vec![running(status, app, theme)],
        (_, Arming::Dry { due }) => (dry(due, status, room).into_iter())
            .map(|text| Piece::one(0, text, theme.warning))
            .collect(),
        (_, Arming::Held { due, limit }) => (held(due, limit, room).into_iter())
            .map(|text| Piece::one(0, text, theme.loud))
            .collect(),
    }
}

fn running(status: &Status, app: &App, theme: &Theme) -> Piece {
    let (style, text) = match &status.phase {
        Phase::Off => (theme.muted, off(status)),
        Phase::Waiting => (
            theme.healthy,
            format!("● detector {}", next(status, app.session.now)),
        ),
        Phase::Sweeping => (theme.healthy, "● detector sweeping".to_owned()),
        Phase::Failing(_) => (theme.stale, "✖ detector failing".to_owned()),
    };
    let mut spans = vec![Span::styled(text, style)];
    if status.dry_run {
        spans.push(Span::styled(" (dry run)", theme.warning));
    }
    Piece { rank: 2, spans }
}

/// `○ detector dry · would take 19 · :arm`. That nobody may act matters more than that this screen would
/// not sweep anyway, which is said where there is room.
fn dry(due: Option<i64>, status: &Status, room: usize) -> Vec<String> {
    let (long, short) = match due {
        None => (String::new(), String::new()),
        Some(0) => (" · nothing due".to_owned(), String::new()),
        Some(due) => (
            format!(" · would take {}", count(due)),
            format!(" · {} due", count(due)),
        ),
    };
    let full = format!("○ detector dry{long} · :arm");
    let mut texts = Vec::new();
    if let (Phase::Off, Some(why)) = (&status.phase, &status.off_because)
        && room >= WIDE
    {
        texts.push(format!("{full} · off here: {why}"));
    }
    if room >= ROOMY {
        texts.push(full);
    }
    if room >= NARROW {
        texts.push(format!("○ dry{long} · :arm"));
    }
    texts.push(format!("○ dry{short}"));
    texts.push("○ dry".to_owned());
    texts
}

/// ` ✖ detector holds · 312 due, limit 50 · :confirm-sweep `.
fn held(due: i64, limit: Option<i64>, room: usize) -> Vec<String> {
    let due = count(due);
    let mut texts = Vec::new();
    if room >= ROOMY {
        let limit = limit.map_or_else(String::new, |limit| format!(", limit {}", count(limit)));
        texts.push(format!(
            " ✖ detector holds · {due} due{limit} · :confirm-sweep "
        ));
    }
    if room >= NARROW {
        texts.push(format!(" ✖ holds · {due} due · :confirm-sweep "));
    }
    texts.push(format!(" ✖ holds · {due} due "));
    texts.push(" ✖ holds ".to_owned());
    texts
}

/// Why it is off is worth knowing: a screen without a detector hides what nobody sweeps.
fn off(status: &Status) -> String {
    match &status.off_because {
        Some(why) => format!("○ detector off: {why}"),
        None => "○ detector off".to_owned(),
    }
}

fn next(status: &Status, now: DateTime<Utc>) -> String {
    match status.next_sweep {
        Some(at) => {
            let left = (at - now).num_seconds().max(0);
            format!("next {}:{:02}", left / 60, left % 60)
        }
        None => "waiting".to_owned(),
    }
}
