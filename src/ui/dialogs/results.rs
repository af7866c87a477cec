//! What became of this session's writes, row by row, newest first.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::help::{draw_lines, room, wrapped};
use crate::app::App;
use crate::app::viewport::Viewport;
use crate::app::writes::outcome_summary::{changed_by, tally};
use crate::data::messages::command::{Item, ItemResult};
use crate::ui::widgets::text::{cut, instant, width};
use crate::ui::widgets::theme::Theme;

/// Draws the results.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, view: &Viewport, theme: &Theme) {
    let room = room(frame);
    let mut lines = Vec::new();
    for done in app.writes.outcomes.iter().rev() {
        let when = instant(done.at, app.session.now, app.session.view.times);
        let head = format!("{} · {when}", done.title);
        lines.extend(wrapped("", &head, room, theme.heading));
        lines.extend(wrapped("", &tally(&done.outcome), room, theme.muted));
        for item in &done.outcome.items {
            lines.extend(became(item, app, room, theme));
        }
        lines.push(Line::default());
    }
    draw_lines(frame, lines, "Results of this session", view, theme);
}

/// What became of one row, whole: on a line of its own where it is long.
fn became(item: &Item, app: &App, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let (symbol, style, words) = match &item.result {
        ItemResult::Done { now } => ("✓", theme.healthy, format!("now {now}")),
        changed @ ItemResult::Changed { .. } => {
            let words =
                changed_by(changed, app.polled.database_now(app.session.now)).unwrap_or_default();
            ("≠", theme.warning, words)
        }
        ItemResult::Failed { why } => ("✖", theme.stale, why.to_string()),
        ItemResult::Untried { why } => ("·", theme.muted, format!("not tried: {why}")),
        ItemResult::Unknown => (
            "?",
            theme.warning,
            "unknown: the connection was lost".to_owned(),
        ),
    };
    let label = item.label.first_line();
    let short = width(label) + width(&words) + 4 <= room && !words.contains('\n');
    let mut lines = vec![Line::from(vec![
        Span::styled(format!("{symbol} "), style),
        Span::styled(cut(label, room.saturating_sub(2)), theme.text),
    ])];
    if short {
        lines[0].push_span(Span::styled(format!("  {words}"), style));
    } else {
        lines.extend(wrapped("    ", &words, room, style));
    }
    lines
}
