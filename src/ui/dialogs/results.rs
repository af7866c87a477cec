//! What became of this session's writes, row by row, newest first.

use ratatui::Frame;
use ratatui::text::{Line, Span};

use super::help::draw_lines;
use crate::app::App;
use crate::app::notice::tally;
use crate::app::viewport::Viewport;
use crate::data::command::ItemResult;
use crate::ui::text::{cut, instant};
use crate::ui::theme::Theme;

/// Draws the results.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, view: &Viewport, theme: &Theme) {
    let mut lines = Vec::new();
    for done in app.done.iter().rev() {
        let when = instant(done.at, app.now, app.looks.times);
        lines.push(Line::styled(
            cut(&format!("{} · {when}", done.title), 76),
            theme.heading,
        ));
        lines.push(Line::styled(cut(&tally(&done.outcome), 76), theme.muted));
        for item in &done.outcome.items {
            let (symbol, style, words) = match &item.result {
                ItemResult::Done { now } => ("✓", theme.healthy, format!("now {now}")),
                ItemResult::Changed { by, at, now } => {
                    let by = by
                        .as_ref()
                        .map_or_else(String::new, |by| format!(" by {by}"));
                    let at = at.map_or_else(String::new, |at| {
                        format!(" {}", instant(at, app.database_now(), app.looks.times))
                    });
                    ("≠", theme.warning, format!("changed{by}{at}: now {now}"))
                }
                ItemResult::Failed { why } => ("✖", theme.stale, why.to_string()),
                ItemResult::Unknown => (
                    "?",
                    theme.warning,
                    "unknown: the connection was lost".to_owned(),
                ),
            };
            lines.push(Line::from(vec![
                Span::styled(format!("{symbol} "), style),
                Span::styled(cut(&format!("{}  ", item.label), 40), theme.text),
                Span::styled(cut(&words, 36), style),
            ]));
        }
        lines.push(Line::default());
    }
    draw_lines(frame, lines, "Results of this session", view, theme);
}
