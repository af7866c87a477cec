//! The queues pane: how much waits where, since when, and what was given up there.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::entry::{lost, nothing_left};
use crate::app::App;
use crate::app::lists::list::Row as _;
use crate::app::pane::Pane;
use crate::data::model::QueueDepthRow;
use crate::data::model::safe_text::SafeText;
use crate::ui::widgets::frame::{block, failure, list_title, placeholder, waiting};
use crate::ui::widgets::table;
use crate::ui::widgets::table::{Cell, Column, Gone, Sheet, Shown, cell, number, words};
use crate::ui::widgets::text::{count, duration};
use crate::ui::widgets::theme::Theme;

const COLUMNS: [Column; 6] = [
    words("queue", 11, 40, 0),
    number("depth", 8, 0),
    number("oldest", 7, 1),
    number("failed", 7, 2),
    number("delayed", 8, 4),
    words("routes", 10, 120, 3),
];

/// Draws the pane into `area`.
///
/// ```text
/// ┌ 5 Queues · 4 of 4 ─────────────────────────────────────────────────┐
/// │  queue         depth  oldest  failed delayed routes                │
/// │▸ attribution   1,204     22m      17         app.tasks.attribution.*│
/// └────────────────────────────────────────────────────────────────────┘
/// ```
pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let focused = app.lists.focus == Pane::Queues;
    let title = list_title(
        "5 Queues",
        app.lists.counted(Pane::Queues, &app.polled),
        &app.lists.queues,
    );
    let area = block(frame, area, &title, focused, theme);
    let held = &app.polled.fleet;
    let area = failure(frame, area, held.error.as_ref(), theme);
    let Some(fleet) = &held.rows else {
        return waiting(frame, area, held.error.as_ref(), theme);
    };
    let list = &app.lists.queues;
    if list.shown().is_empty() {
        let why = if list.filter.is_empty() {
            "no queues: nothing was ever sent to one"
        } else {
            "no row matches the filter (Esc clears it)"
        };
        let why = nothing_left(app, Pane::Queues, why);
        return placeholder(frame, area, &why, theme);
    }
    let height = usize::from(area.height.saturating_sub(1));
    let window = list.window(height);
    let gone = Gone::of(&window, lost(app, Pane::Queues));
    let on_screen = window.rows.clone().zip(&list.shown()[window.rows.clone()]);
    let rows = on_screen.map(|(at, place)| {
        let row = &fleet.queues[*place];
        Shown {
            cells: cells(row, theme),
            at_cursor: Some(at) == list.cursor.row(),
            marked: list.marks.contains(&row.id()),
        }
    });
    let sheet = Sheet {
        columns: &COLUMNS,
        rows: rows.collect(),
        focused,
        gone,
    };
    table::draw(frame, area, &sheet, theme);
}

fn cells(row: &QueueDepthRow, theme: &Theme) -> Vec<Cell> {
    let depth = if row.depth > 0 {
        theme.text
    } else {
        theme.muted
    };
    let failed = if row.failed > 0 {
        theme.stale
    } else {
        theme.muted
    };
    vec![
        cell(row.name.first_line(), theme.text),
        cell(count(row.depth), depth),
        cell(row.oldest(duration), depth),
        cell(count(row.failed), failed),
        cell(row.delayed.map_or_else(String::new, count), theme.muted),
        cell(routes(row), theme.muted),
    ]
}

/// All that is sent there, on one line.
pub(crate) fn routes(row: &QueueDepthRow) -> String {
    let routes: Vec<&str> = row.routes.iter().map(SafeText::first_line).collect();
    routes.join(", ")
}
