//! The queue pane by error: what fails alike, the most frequent first, and what fixed it before.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::entry::{closing_hint, lost, unsupported_columns};
use crate::app::App;
use crate::app::format::{count_usize, error_line};
use crate::app::lists::groups::{Group, Owners};
use crate::app::pane::Pane;
use crate::app::session::TimeFormat;
use crate::data::model::QueueRow;
use crate::ui::widgets::table;
use crate::ui::widgets::table::{Cell, Column, Gone, Sheet, Shown, cell, number, words};
use crate::ui::widgets::text::{cut, duration, instant};
use crate::ui::widgets::theme::Theme;

const COLUMNS: [Column; 8] = [
    number("count", 6, 0),
    words("error", 16, 140, 1),
    words("{task}", 14, 36, 2),
    words("failing {step}", 12, 26, 3),
    time("first", 6),
    time("last", 5),
    words("owner", 6, 14, 7),
    words("fixed before", 12, 12, 4),
];

const fn time(title: &'static str, rank: u8) -> Column {
    Column {
        title,
        min: 7,
        max: 13,
        rank,
        right: true,
        from: 0,
    }
}

/// Draws the groups into the pane.
///
/// ```text
/// │  count error                 task            failing step  first   last owner fixed before │
/// │▸    41 card_declined: orde…  payments/charge charge_card   4h12m    12m ana   3            │
/// │ fixed 3 times: last by ana 2d 4h ago: restarted the gateway                                │
/// ```
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let rows = app.polled.entries();
    let (area, bottom) = match area.height {
        0..5 => (area, None),
        height => (
            Rect {
                height: height - 1,
                ..area
            },
            Some(Rect {
                y: area.bottom() - 1,
                height: 1,
                ..area
            }),
        ),
    };
    let groups = &app.lists.groups;
    let height = usize::from(area.height.saturating_sub(1));
    let window = groups.cursor.window(&groups.view, height);
    let on_screen = window.rows.clone().zip(&groups.all()[window.rows.clone()]);
    let shown = on_screen.map(|(at, group)| Shown {
        cells: cells(group, app, rows, theme),
        at_cursor: Some(at) == groups.cursor.row(),
        marked: app.lists.marked_in(group, rows) >= group.entries,
    });
    let sheet = Sheet {
        columns: &table::without(COLUMNS, &unsupported_columns(&app.session.source)),
        rows: shown.collect(),
        focused: app.lists.focus == Pane::Queue,
        gone: Gone::of(&window, lost(app, Pane::Queue)),
    };
    table::draw_in(app.session.words(), frame, area, &sheet, theme);
    if let (Some(area), Some(group)) = (bottom, groups.selected()) {
        let text = cut(
            &before(group, app),
            usize::from(area.width).saturating_sub(2),
        );
        let style = match app.lists.fix_history.fix(&group.key) {
            Some(fix) if fix.fixed > 0 => theme.healthy,
            _ => theme.muted,
        };
        frame.render_widget(Line::styled(format!(" {text}"), style), area);
    }
}

/// How entries like these were closed, as far as is known.
fn before(group: &Group, app: &App) -> String {
    if !app.session.source.has("fixes") {
        return app.session.source.why_not("fixes");
    }
    match app.lists.fix_history.fix(&group.key) {
        Some(fix) => fix.summary(app.polled.database_now(app.session.now)),
        None if app.lists.fix_history.is_known(&group.key) => "no earlier fix known".to_owned(),
        None => String::new(),
    }
}

fn cells(group: &Group, app: &App, rows: &[QueueRow], theme: &Theme) -> Vec<Cell> {
    let sample = group.rows.first().and_then(|at| rows.get(*at));
    let error = sample.and_then(|row| row.current_error.as_ref());
    let error = error.filter(|_| !group.key.error.is_empty());
    let is_over = || {
        if group.is_partial() {
            return false;
        }
        let mut all = group.rows.iter().filter_map(|at| rows.get(*at));
        all.all(|row| closing_hint(row, app).is_some())
    };
    let (error, error_style) = match error {
        Some(error) => (error_line(error), theme.text),
        None if is_over() => (
            sample
                .and_then(|row| closing_hint(row, app))
                .unwrap_or_default(),
            theme.healthy,
        ),
        None => (group.key.name(), theme.muted),
    };
    let marked = app.lists.marked_in(group, rows);
    let all = group.entries;
    let count = match marked {
        0 => count_usize(all),
        n if n == all => count_usize(all),
        n => format!("{n}/{}", count_usize(all)),
    };
    let owner = group.claimed().unwrap_or("–".into());
    let owner_style = match group.owners {
        Owners::One(_) => theme.healthy,
        Owners::Nobody | Owners::Several { .. } => theme.muted,
    };
    let (fixed, fixed_style) = match app.lists.fix_history.fix(&group.key) {
        Some(fix) if fix.fixed > 0 => (count_usize(fix.fixed), theme.healthy),
        Some(_) => ("none".to_owned(), theme.warning),
        None => (String::new(), theme.muted),
    };
    let step = match group.key.step.as_str() {
        "" => "–",
        step => step,
    };
    let at = |seen: chrono::DateTime<chrono::Utc>| match app.session.view.times {
        TimeFormat::Relative => {
            duration((app.polled.database_now(app.session.now) - seen).as_seconds_f64())
        }
        times => instant(seen, app.polled.database_now(app.session.now), times),
    };
    vec![
        cell(count, theme.text),
        cell(error, error_style),
        cell(group.key.template.clone(), theme.text),
        cell(step, theme.text),
        cell(at(group.first_seen), theme.text),
        cell(at(group.last_seen), theme.text),
        cell(owner, owner_style),
        cell(fixed, fixed_style),
    ]
}
