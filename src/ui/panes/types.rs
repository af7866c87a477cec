//! The stats pane's table by type: what waits, what runs, what fails, and how long it takes.

use ratatui::text::Line;

use crate::data::model::TypeRow;
use crate::ui::widgets::text::{count, cut_name, fit, fit_right, short_duration};
use crate::ui::widgets::theme::Theme;

/// Names of the columns, their width, and how wide the table must be for them.
const COLUMNS: [(&str, usize, usize); 8] = [
    ("pend", 7, 0),
    ("run", 6, 0),
    ("retr", 6, 56),
    ("fail/h", 7, 0),
    ("wait p50", 9, 66),
    ("p95", 8, 46),
    ("run p50", 8, 74),
    ("p95", 8, 54),
];
/// Where there is only one number of how long it waits and how long it runs, it says which.
const NARROW: [(usize, &str); 2] = [(5, "wait95"), (7, "run95")];

/// The table, or nothing where the source does not tell.
pub(super) fn lines(types: &[TypeRow], width: usize, theme: &Theme) -> Vec<Line<'static>> {
    if types.is_empty() {
        return Vec::new();
    }
    let shown = |at: usize| COLUMNS[at].2 <= width;
    let numbers = (0..COLUMNS.len()).filter(|at| shown(*at));
    let numbers: usize = numbers.map(|at| COLUMNS[at].1).sum();
    let name = width.saturating_sub(numbers).clamp(8, 30);
    let row = |name_of: &str, cells: [&str; 8]| {
        let mut text = fit(&cut_name(name_of, name), name);
        for (at, cell) in cells.into_iter().enumerate().filter(|(at, _)| shown(*at)) {
            text.push_str(&fit_right(cell, COLUMNS[at].1));
        }
        text
    };
    let mut titles = COLUMNS.map(|(title, ..)| title);
    for (at, title) in NARROW {
        if !shown(at - 1) {
            titles[at] = title;
        }
    }
    let mut lines = vec![Line::styled(row("by type", titles), theme.muted)];
    for one in types {
        let span = |seconds: Option<f64>| seconds.map_or_else(|| "–".to_owned(), short_duration);
        let cells = [
            count(one.pending),
            count(one.running),
            count(one.retried),
            count(one.failed_last_hour),
            span(one.wait_p50_seconds),
            span(one.wait_p95_seconds),
            span(one.run_p50_seconds),
            span(one.run_p95_seconds),
        ];
        let style = if one.failed_last_hour > 0 {
            theme.warning
        } else {
            theme.text
        };
        let cells = cells.each_ref().map(String::as_str);
        lines.push(Line::styled(row(&one.name(), cells), style));
    }
    lines
}
