//! One line of the log, whole: what the list has no room for.

use ratatui::Frame;
use ratatui::text::Line;

use super::help::{draw_lines, room, wrapped};
use crate::app::App;
use crate::app::screen::copy::shell_command;
use crate::app::viewport::Viewport;
use crate::data::model::LogRow;
use crate::data::model::safe_text::SafeText;
use crate::ui::widgets::text::instant;
use crate::ui::widgets::theme::Theme;

/// Draws the line.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, row: &LogRow, view: &Viewport, theme: &Theme) {
    let room = room(frame);
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (name, value) in parts(app, row) {
        let Some(value) = value else { continue };
        let mut first = true;
        for part in SafeText::new(&value).lines() {
            let indent = if first {
                format!("{name:<9}")
            } else {
                " ".repeat(9)
            };
            let wrapped = wrapped("", part, room.saturating_sub(9), theme.text);
            for (at, line) in wrapped.into_iter().enumerate() {
                let start = if at == 0 {
                    indent.clone()
                } else {
                    " ".repeat(9)
                };
                let mut whole = Line::styled(start, theme.muted);
                whole.extend(line.spans.into_iter().map(|span| span.style(theme.text)));
                lines.push(whole);
            }
            first = false;
        }
    }
    draw_lines(
        frame,
        lines,
        "A line of the log · y as JSON · Y as command",
        view,
        theme,
    );
}

/// What the line says, part by part, each with its name.
fn parts(app: &App, row: &LogRow) -> [(&'static str, Option<String>); 15] {
    let when = format!(
        "{} ({})",
        row.at.format("%F %T UTC"),
        instant(
            row.at,
            app.polled.database_now(app.session.now),
            app.session.view.times
        )
    );
    let id = |id: Option<uuid::Uuid>| id.map(|id| id.to_string());
    let text = |text: &Option<SafeText>| text.as_ref().map(|text| text.as_str().to_owned());
    [
        ("when", Some(when)),
        ("who", Some(row.actor.to_string())),
        ("db user", row.other_user().map(SafeText::to_string)),
        ("did", Some(row.action.to_string())),
        ("to", Some(row.subject.to_string())),
        ("outcome", Some(row.outcome.to_string())),
        ("reason", text(&row.reason)),
        ("incident", text(&row.incident)),
        ("before", text(&row.before)),
        ("after", text(&row.after)),
        ("id", id(row.subject_uuid)),
        ("task", id(row.task_uuid.map(|task| task.0))),
        ("entry", id(row.entry.map(|entry| entry.0))),
        ("batch", id(row.batch)),
        ("again", shell_command::repeat(row).ok()),
    ]
}
