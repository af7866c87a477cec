//! The queue pane: open investigations, the most urgent first.

use ratatui::Frame;
use ratatui::layout::Rect;

use super::entry::{closing_hint, lost, nothing_left, unsupported_columns};
use super::groups;
use crate::app::App;
use crate::app::format::error_line;
use crate::app::lists::list::Row as _;
use crate::app::pane::Pane;
use crate::app::session::TimeFormat;
use crate::data::model::QueueRow;
use crate::ui::widgets::frame::{block, failure, list_title, placeholder, waiting};
use crate::ui::widgets::table;
use crate::ui::widgets::table::{Cell, Column, Gone, Sheet, Shown, cell, number, words};
use crate::ui::widgets::text::{count, duration_of_minutes, instant, reason, title};
use crate::ui::widgets::theme::Theme;

const COLUMNS: [Column; 10] = [
    number("score", 5, 0),
    words("=base+age", 9, 10, 7),
    words("reason", 11, 16, 2),
    words("{task}", 18, 36, 0),
    words("failing {step}", 12, 26, 5),
    number("tries", 5, 6),
    words("error", 10, 140, 4),
    words("owner", 6, 14, 3),
    Column {
        title: "age",
        min: 7,
        max: 13,
        rank: 1,
        right: true,
        from: 0,
    },
    // Where it is narrower, the error has the room.
    words("more", 8, 14, 8).from(140),
];

/// Draws the pane into `area`.
///
/// ```text
/// ┌ 2 Queue ───────────────────────────────────────────────────────────┐
/// │  score =base+age reason           task                   owner  age│
/// │▸  1012 =1000+12  dependency_cycle billing/close_month    ana    12m│
/// └────────────────────────────────────────────────────────────────────┘
/// ```
pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let focused = app.lists.focus == Pane::Queue;
    let counted =
        app.lists
            .counted(Pane::Queue, &app.polled)
            .map(|counted| match app.polled.snoozed() {
                0 => counted,
                n => format!("{counted} · {} snoozed", count(n)),
            });
    let name = format!("2 {}", app.session.words().queue);
    let mut title = list_title(&name, counted, &app.lists.queue);
    let window = window(app).map(str::to_owned);
    for more in [
        window,
        app.lists
            .select_all_status(app.polled.database_now(app.session.now)),
    ]
    .into_iter()
    .flatten()
    {
        title = format!("{title} · {more}");
    }
    let area = block(frame, area, &title, focused, theme);
    let held = &app.polled.queue;
    let area = failure(frame, area, held.error.as_ref(), theme);
    let Some(listed) = &held.rows else {
        return waiting(frame, area, held.error.as_ref(), theme);
    };
    let list = &app.lists.queue;
    if list.shown().is_empty() && (!app.lists.is_grouped() || app.lists.groups.all().is_empty()) {
        let why = if list.filter.is_empty() {
            let why = "the queue is empty: no {investigation} is open";
            app.session.words().fill(why)
        } else {
            "no row matches the filter (Esc clears it)".to_owned()
        };
        return placeholder(frame, area, &nothing_left(app, Pane::Queue, &why), theme);
    }

    if app.lists.is_grouped() {
        return groups::draw(frame, area, app, theme);
    }
    let height = usize::from(area.height.saturating_sub(1));
    let window = list.window(height);
    let gone = Gone::of(&window, lost(app, Pane::Queue));
    let on_screen = window.rows.clone().zip(&list.shown()[window.rows.clone()]);
    let rows = on_screen.map(|(at, place)| {
        let row = &listed.rows[*place];
        Shown {
            cells: cells(row, app, theme),
            at_cursor: Some(at) == list.cursor.row(),
            marked: list.marks.contains(&row.id()),
        }
    });
    let sheet = Sheet {
        columns: &table::without(COLUMNS, &unsupported_columns(&app.session.source)),
        rows: rows.collect(),
        focused,
        gone,
    };
    table::draw_in(app.session.words(), frame, area, &sheet, theme);
}

/// That the groups are of a part of the queue only, if they are; how much is said before.
fn window(app: &App) -> Option<&'static str> {
    let listed = app.polled.queue.rows.as_ref()?;
    let window = match app.polled.groups_beyond() {
        Some(groups) if app.lists.queue.filter.is_empty() => {
            (!groups.whole).then_some("newest first, reading the rest")
        }
        _ => listed.has_more().then_some("by priority · End loads more"),
    };
    window.filter(|_| app.lists.is_grouped())
}

fn cells(row: &QueueRow, app: &App, theme: &Theme) -> Vec<Cell> {
    let step = row.step_name.as_ref().map_or("", |step| step.first_line());
    let tries = match (row.attempts, row.max_attempts) {
        (Some(attempts), Some(max)) => format!("{attempts}/{max}"),
        (Some(attempts @ 1..), None) => attempts.to_string(),
        _ => String::new(),
    };
    let spent = row.max_attempts.is_some() && row.attempts >= row.max_attempts;
    let (error, error_style) = match closing_hint(row, app).or_else(|| snoozed_label(row, app)) {
        Some(words) if row.snoozed_until.is_some() => (words, theme.muted),
        Some(words) if row.current_state == "cancelled" => (words, theme.muted),
        Some(words) => (words, theme.healthy),
        None => (error_or_state(row, app), theme.muted),
    };
    let owner = row.owner.as_ref().map_or("–", |owner| owner.first_line());
    let urgent = match row.priority_base {
        base if base >= 500.0 => theme.stale,
        base if base >= 100.0 => theme.warning,
        _ => theme.text,
    };
    vec![
        cell(format!("{:.0}", row.priority_score), urgent),
        cell(
            format!("={:.0}+{:.0}", row.priority_base, row.priority_age),
            theme.muted,
        ),
        cell(reason(row.dlq_reason.as_str()), urgent),
        cell(
            title(row.namespace_name.as_str(), row.task_name.as_str()),
            theme.text,
        ),
        cell(step, theme.text),
        cell(tries, if spent { theme.stale } else { theme.text }),
        cell(error, error_style),
        cell(
            owner,
            if row.owner.is_some() {
                theme.healthy
            } else {
                theme.muted
            },
        ),
        cell(since(row, app), theme.text),
        cell(more(row, app), theme.muted),
    ]
}

/// `snoozed, back in 41m: card_declined`, if it is.
fn snoozed_label(row: &QueueRow, app: &App) -> Option<String> {
    let snoozed = app
        .session
        .snoozed_until(row.snoozed_until?, app.polled.database_now(app.session.now));
    let stands = error_or_state(row, app);
    let rest = if stands.is_empty() { "" } else { ": " };
    Some(format!("{snoozed}{rest}{stands}"))
}

/// The current error, or where a task without one has got to.
fn error_or_state(row: &QueueRow, app: &App) -> String {
    match (&row.current_error, row.current_state.as_str()) {
        (Some(error), _) => error_line(error),
        (None, "error" | "blocked_by_failures") => String::new(),
        (None, state) => format!("{} {state}", app.session.words().task),
    }
}

/// How long it has been in the queue, or since when.
fn since(row: &QueueRow, app: &App) -> String {
    match app.session.view.times {
        _ if row.age_suspect() => "AGE?".to_owned(),
        TimeFormat::Relative => duration_of_minutes(row.minutes_in_dlq),
        times => instant(
            row.dlq_timestamp,
            app.polled.database_now(app.session.now),
            times,
        ),
    }
}

/// Earlier entries, notes and a snooze, for who has room to see them.
fn more(row: &QueueRow, app: &App) -> String {
    let mut parts = Vec::new();
    if row.earlier_entries > 0 {
        parts.push(format!("×{}", row.earlier_entries + 1));
    }
    if row.notes > 0 {
        parts.push(format!("✎{}", row.notes));
    }
    if let Some(until) = row.snoozed_until {
        parts.push(format!(
            "z {}",
            instant(
                until,
                app.polled.database_now(app.session.now),
                app.session.view.times
            )
        ));
    }
    parts.join(" ")
}
