//! The log: what operators did from any dashboard, newest first, one's own marked.

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::app::App;
use crate::app::screen::operator_log::LogScreen;
use crate::data::model::{LOG_WINDOW, LogRow};
use crate::ui::widgets::frame::{block, failure, placeholder};
use crate::ui::widgets::table;
use crate::ui::widgets::table::{Cell, Column, Sheet, Shown, cell, words};
use crate::ui::widgets::text::instant;
use crate::ui::widgets::theme::Theme;

const COLUMNS: [Column; 8] = [
    words("when", 12, 16, 0),
    words("who", 10, 20, 1),
    words("db user", 7, 16, 6),
    words("did", 12, 18, 0),
    words("to", 18, 48, 2),
    words("from → to", 16, 34, 4),
    words("outcome", 8, 30, 3),
    words("reason", 12, 120, 5),
];

/// Draws the log into `area`.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    app: &App,
    screen: &LogScreen,
    theme: &Theme,
) {
    let held = &app.polled.log;
    let rows = held.rows.as_deref();
    // The poll brings a window of the log, and never more: say so when it is full.
    let window = match rows.map_or(0, Vec::len) {
        n if n >= LOG_WINDOW => format!("the newest {n}"),
        _ => "newest first".to_owned(),
    };
    let title = format!("Log · what was done, {window} · ● is {}", app.session.actor);
    let area = block(frame, area, &title, true, theme);
    let area = failure(frame, area, held.error.as_ref(), theme);
    let Some(rows) = rows else {
        return placeholder(frame, area, "waiting for the first answer…", theme);
    };
    if rows.is_empty() {
        return placeholder(frame, area, "nobody has changed anything yet", theme);
    }
    let height = usize::from(area.height.saturating_sub(1));
    let at = screen.at(rows);
    let top = screen.view.follow(at, height, rows.len());
    let on_screen = rows.iter().enumerate().skip(top).take(height);
    let rows = on_screen.map(|(place, row)| Shown {
        cells: cells(row, app, theme),
        at_cursor: place == at,
        marked: row.actor == app.session.actor.as_str(),
    });
    let sheet = Sheet {
        columns: &COLUMNS,
        rows: rows.collect(),
        focused: true,
    };
    table::draw(frame, area, &sheet, theme);
}

fn cells(row: &LogRow, app: &App, theme: &Theme) -> Vec<Cell> {
    let text = |safe: &Option<crate::data::model::safe_text::SafeText>| {
        safe.as_ref()
            .map_or_else(String::new, |safe| safe.first_line().to_owned())
    };
    let done = if row.outcome == "done" {
        theme.healthy
    } else {
        theme.stale
    };
    vec![
        cell(
            instant(
                row.at,
                app.polled.database_now(app.session.now),
                app.session.view.times,
            ),
            theme.muted,
        ),
        cell(row.actor.first_line(), theme.text),
        cell(
            row.other_user().map_or("", |user| user.first_line()),
            theme.muted,
        ),
        cell(row.action.first_line(), theme.text),
        cell(row.subject.first_line(), theme.text),
        cell(
            format!("{} → {}", text(&row.before), text(&row.after)),
            theme.muted,
        ),
        cell(row.outcome.first_line(), done),
        cell(text(&row.reason), theme.text),
    ]
}
