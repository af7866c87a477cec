//! The staleness pane: tasks that have sat in one state for too long, or soon will have.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::entry::{lost, nothing_left};
use crate::app::App;
use crate::app::format::error_line;
use crate::app::lists::list::Row as _;
use crate::app::pane::Pane;
use crate::data::model::{Health, StalenessRow};
use crate::data::source::Source;
use crate::ui::widgets::frame::{block, failure, list_title, placeholder, waiting};
use crate::ui::widgets::table;
use crate::ui::widgets::table::{Cell, Column, Gone, Sheet, Shown, cell, number, words};
use crate::ui::widgets::text::{bar, count, duration_of_minutes, title};
use crate::ui::widgets::theme::Theme;

const BAR: u16 = 6;

const COLUMNS: [Column; 9] = [
    words("health", 9, 9, 0),
    words("{task}", 18, 40, 0),
    words("state", 13, 24, 3),
    words("of threshold", 12, 12, 1),
    number("due", 11, 2),
    number("in state", 8, 5).from(100),
    words("waits for", 12, 28, 4),
    words("error", 14, 120, 6),
    words("sweep", 6, 6, 7).from(130),
];

/// Draws the pane into `area`.
///
/// ```text
/// ┌ 1 Staleness ───────────────────────────────────────────────────────┐
/// │  health   task                  state             of threshold left│
/// │▸ ✖ stale  payments/charge_order waiting_for_retry ██████ 212%   -8m│
/// └────────────────────────────────────────────────────────────────────┘
/// ```
pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let focused = app.lists.focus == Pane::Staleness;
    let name = format!("1 {}", app.session.words().staleness);
    let title = list_title(
        &name,
        app.lists.counted(Pane::Staleness, &app.polled),
        &app.lists.staleness,
    );
    let area = block(frame, area, &title, focused, theme);
    let held = &app.polled.staleness;
    let area = failure(frame, area, held.error.as_ref(), theme);
    let Some(listed) = &held.rows else {
        return waiting(frame, area, held.error.as_ref(), theme);
    };
    let list = &app.lists.staleness;
    if list.shown().is_empty() {
        let why = nothing_left(app, Pane::Staleness, &nothing(app));
        return placeholder(frame, area, &why, theme);
    }

    let height = usize::from(area.height.saturating_sub(1));
    let window = list.window(height);
    let gone = Gone::of(&window, lost(app, Pane::Staleness));
    let on_screen = window.rows.clone().zip(&list.shown()[window.rows.clone()]);
    let rows = on_screen.map(|(at, place)| {
        let row = &listed.rows[*place];
        Shown {
            cells: cells(row, theme),
            at_cursor: Some(at) == list.cursor.row(),
            marked: list.marks.contains(&row.id()),
        }
    });
    let sheet = Sheet {
        columns: &columns(&app.session.source, &listed.rows),
        rows: rows.collect(),
        focused,
        gone,
    };
    table::draw_in(app.session.words(), frame, area, &sheet, theme);
}

/// The columns of which this source knows something.
fn columns(source: &Source, rows: &[StalenessRow]) -> [Column; COLUMNS.len()] {
    let mut unsupported_columns = Vec::new();
    // Without steps a source may still say what a task waits for.
    if !source.has("steps") && rows.iter().all(|row| row.blocking_step.is_none()) {
        unsupported_columns.push("waits for");
    }
    if !source.is_native() {
        unsupported_columns.push("sweep");
    }
    table::without(COLUMNS, &unsupported_columns)
}

/// What it means that there are no rows.
fn nothing(app: &App) -> String {
    if !app.lists.staleness.filter.is_empty() {
        return "no row matches the filter (Esc clears it)".to_owned();
    }
    match app.polled.counts.rows.as_deref() {
        Some(counts) => format!(
            "nothing is stale: {} {} within their thresholds",
            count(counts.healthy),
            app.session.words().tasks
        ),
        None => "nothing is stale".to_owned(),
    }
}

fn cells(row: &StalenessRow, theme: &Theme) -> Vec<Cell> {
    let health = theme.health(row.health_status);
    let symbol = match row.health_status {
        Health::Stale => "✖",
        Health::Warning => "⚠",
        Health::Healthy => "✓",
        Health::Unknown => "?",
    };
    let word = if row.health_status == Health::Warning {
        "warn"
    } else {
        row.health_status.as_str()
    };
    let next = if row.sweep_takes { " »" } else { "" };
    let left = if row.age_suspect {
        "clock?".to_owned()
    } else if row.lifetime_exceeded {
        "lifetime".to_owned()
    } else if row.minutes_to_breach <= 0.0 {
        format!("{} over", duration_of_minutes(-row.minutes_to_breach))
    } else {
        format!("in {}", duration_of_minutes(row.minutes_to_breach))
    };
    let in_state = if row.age_suspect {
        "?".to_owned()
    } else {
        duration_of_minutes(row.time_in_state_minutes)
    };
    let step = row
        .blocking_step
        .as_ref()
        .map_or("", |step| step.first_line());
    let error = row
        .blocking_error
        .as_ref()
        .map_or_else(String::new, error_line);
    vec![
        cell(format!("{symbol} {word}{next}"), health),
        cell(
            title(row.namespace_name.as_str(), row.task_name.as_str()),
            theme.text,
        ),
        cell(state(row), theme.text),
        cell(share(row), health),
        cell(left, health),
        cell(in_state, theme.text),
        cell(step, theme.text),
        cell(error, theme.muted),
        cell(sweep(row), theme.muted),
    ]
}

/// The state, and what is wrong that it does not say: `running · orphaned`.
fn state(row: &StalenessRow) -> String {
    let state = row.current_state.first_line();
    match &row.condition {
        Some(condition) => format!("{state} · {}", condition.first_line()),
        None => state.to_owned(),
    }
}

/// Whether the next sweep takes it; `alert` if none ever will.
fn sweep(row: &StalenessRow) -> &'static str {
    match (row.sweep_takes, row.staleness_action == "alert") {
        (true, _) => "next",
        (false, true) => "alert",
        (false, false) => "",
    }
}

/// A bar that is half full at the threshold, and the share in words; an impossible age is no share, and
/// what has no threshold has none.
fn share(row: &StalenessRow) -> String {
    if !row.is_measured() && !row.age_suspect {
        return format!("{:>width$}", "–", width = usize::from(BAR) + 6);
    }
    let ratio = if row.age_suspect {
        f64::NAN
    } else {
        row.ratio()
    };
    let percent = match ratio * 100.0 {
        p if !p.is_finite() => "?".to_owned(),
        p if p >= 9_999.5 => ">9999%".to_owned(),
        p => format!("{p:.0}%"),
    };
    format!("{}{percent:>6}", bar(ratio / 2.0, usize::from(BAR)))
}
