//! The workers pane: who works, who should and does not, and who leads.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::entry::{lost, nothing_left};
use crate::app::App;
use crate::app::lists::list::Row as _;
use crate::app::pane::Pane;
use crate::app::polled::workers::{Leadership, WorkerSummary};
use crate::data::model::WorkerRow;
use crate::data::model::fleet::Lease;
use crate::ui::widgets::frame::{block, draw_lines, failure, list_title, placeholder, waiting};
use crate::ui::widgets::table;
use crate::ui::widgets::table::{Cell, Column, Gone, Sheet, Shown, cell, number, words};
use crate::ui::widgets::text::{bar, count, count_usize, cut, duration, width};
use crate::ui::widgets::theme::Theme;

/// Cells of a pool's bar, and of the numbers after it.
const BAR: usize = 5;
const POOL: usize = 7;
/// A pool that is fuller than this is about to be too small.
const FULL: f64 = 0.9;

const COLUMNS: [Column; 11] = [
    words("health", 7, 7, 0),
    words("worker", 11, 36, 0),
    words("busy", 12, 12, 1),
    number("seen", 7, 2),
    words("leader", 10, 14, 4),
    words("condition", 12, 100, 3),
    words("serves", 8, 30, 6),
    number("done/h", 7, 7),
    number("failed/h", 8, 5),
    words("host", 8, 24, 8),
    words("version", 7, 14, 9),
];

/// Draws the pane into `area`.
///
/// ```text
/// ┌ 4 Workers · 3 of 3 ────────────────────────────────────────────────┐
/// │ 2 alive · 1 dead · pool 11/20 55% · leader: db1-4711-a             │
/// │  health  worker      busy          seen  leader      condition     │
/// │▸ ✖ dead  db2-812-c   ██    4/10   2m 10s             holds 4       │
/// └────────────────────────────────────────────────────────────────────┘
/// ```
pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let focused = app.lists.focus == Pane::Workers;
    let title = list_title(
        "4 Workers",
        app.lists.counted(Pane::Workers, &app.polled),
        &app.lists.workers,
    );
    let area = block(frame, area, &title, focused, theme);
    let held = &app.polled.fleet;
    let area = failure(frame, area, held.error.as_ref(), theme);
    let Some(fleet) = &held.rows else {
        return waiting(frame, area, held.error.as_ref(), theme);
    };
    let area = draw_summary(
        frame,
        area,
        &app.polled.worker_summary(&app.session.source),
        theme,
    );
    let list = &app.lists.workers;
    if list.shown().is_empty() {
        let why = nothing_left(app, Pane::Workers, nothing(app));
        return placeholder(frame, area, &why, theme);
    }
    let used = used(&fleet.workers);
    let columns = kept(&COLUMNS, &used);
    let height = usize::from(area.height.saturating_sub(1));
    let window = list.window(height);
    let gone = Gone::of(&window, lost(app, Pane::Workers));
    let on_screen = window.rows.clone().zip(&list.shown()[window.rows.clone()]);
    let rows = on_screen.map(|(at, place)| {
        let row = &fleet.workers[*place];
        Shown {
            cells: kept(&cells(row, theme), &used),
            at_cursor: Some(at) == list.cursor.row(),
            marked: list.marks.contains(&row.id()),
        }
    });
    let sheet = Sheet {
        rows: rows.collect(),
        columns: &columns,
        focused,
        gone,
    };
    table::draw(frame, area, &sheet, theme);
}

/// What it means that there are no rows.
fn nothing(app: &App) -> &'static str {
    if app.lists.workers.filter.is_empty() {
        "no workers have reported"
    } else {
        "no row matches the filter (Esc clears it)"
    }
}

/// Which columns any of the workers has something in: not every system knows hosts, pools or
/// leaders. Conditions must not come and go with every trouble.
fn used(workers: &[WorkerRow]) -> [bool; COLUMNS.len()] {
    let any = |has: fn(&WorkerRow) -> bool| workers.iter().any(has);
    [
        true,
        true,
        any(|row| row.busy.is_some()),
        any(|row| row.seen_seconds.is_some()),
        any(|row| row.is_leader),
        true,
        any(|row| row.namespace_name.is_some()),
        any(|row| row.finished_last_hour.is_some()),
        any(|row| row.failed_last_hour.is_some()),
        any(|row| row.host.is_some()),
        any(|row| row.version.is_some()),
    ]
}

fn kept<T: Clone>(all: &[T], used: &[bool; COLUMNS.len()]) -> Vec<T> {
    let kept = all.iter().zip(used).filter(|(_, used)| **used);
    kept.map(|(one, _)| one.clone()).collect()
}

/// A health in a symbol and a word, and its style.
pub(crate) fn health<'a>(row: &'a WorkerRow, theme: &Theme) -> (&'static str, &'a str, Style) {
    let word = row.health.first_line();
    let (symbol, style) = match word {
        "alive" => ("✓", theme.healthy),
        "late" => ("⚠", theme.warning),
        "dead" => ("✖", theme.stale),
        _ => ("?", theme.muted),
    };
    (symbol, word, style)
}

fn cells(row: &WorkerRow, theme: &Theme) -> Vec<Cell> {
    let (symbol, word, style) = health(row, theme);
    let safe = |text: Option<&crate::data::model::safe_text::SafeText>| {
        text.map_or_else(String::new, |text| text.first_line().to_owned())
    };
    let seen = row.seen_seconds.map_or_else(|| "–".to_owned(), duration);
    let number = |n: Option<i64>| n.map_or_else(String::new, count);
    let failed = match row.failed_last_hour {
        Some(1..) => theme.warning,
        _ => theme.text,
    };
    let condition = match word {
        "alive" => theme.warning,
        _ => style,
    };
    let (leader, leads) = lease(row, theme);
    vec![
        cell(format!("{symbol} {word}"), style),
        cell(row.worker.first_line(), theme.text),
        cell(pool(row), full(share(row), theme)),
        cell(seen, if word == "alive" { theme.text } else { style }),
        cell(leader, leads),
        cell(safe(row.condition.as_ref()), condition),
        cell(safe(row.namespace_name.as_ref()), theme.text),
        cell(number(row.finished_last_hour), theme.text),
        cell(number(row.failed_last_hour), failed),
        cell(safe(row.host.as_ref()), theme.muted),
        cell(safe(row.version.as_ref()), theme.muted),
    ]
}

/// Whether it leads and for how long yet.
pub(crate) fn lease(row: &WorkerRow, theme: &Theme) -> (String, Style) {
    match row.lease() {
        Lease::None => (String::new(), theme.text),
        Lease::Leads(None) => ("leader".to_owned(), theme.healthy),
        Lease::Leads(Some(left)) => (format!("leader {}", duration(left)), theme.healthy),
        Lease::RanOut(ago) => (format!("was, -{}", duration(ago)), theme.stale),
        Lease::Died => ("was, dead".to_owned(), theme.stale),
    }
}

/// What share of what it can have in hand it has.
pub(crate) fn share(row: &WorkerRow) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "a share for a bar")]
    let share = |busy: i64, size: i64| busy as f64 / size as f64;
    match (row.busy, row.size) {
        (Some(busy), Some(size @ 1..)) => Some(share(busy, size)),
        _ => None,
    }
}

fn full(share: Option<f64>, theme: &Theme) -> Style {
    if share.is_some_and(|share| share > FULL) {
        theme.warning
    } else {
        theme.text
    }
}

/// `████▌  9/10`.
fn pool(row: &WorkerRow) -> String {
    let numbers = match (row.busy, row.size) {
        (Some(busy), Some(size)) => format!("{}/{}", count(busy), count(size)),
        (Some(busy), None) => count(busy),
        (None, _) => return String::new(),
    };
    let bar = bar(share(row).unwrap_or(0.0), BAR);
    format!("{bar}{numbers:>POOL$}")
}

/// The workers in one line, in two where one is too narrow; returns what is left.
fn draw_summary(
    frame: &mut Frame<'_>,
    area: Rect,
    crew: &WorkerSummary<'_>,
    theme: &Theme,
) -> Rect {
    let room = usize::from(area.width).saturating_sub(2);
    let numbers = numbers(crew, room, theme);
    let lines = match leader(crew, theme) {
        None => vec![numbers],
        Some(leader) if numbers.width() + leader.width() + 3 <= room => {
            let mut line = numbers;
            if line.width() > 0 {
                line.push_span(Span::styled(" · ", theme.muted));
            }
            line.push_span(leader);
            vec![line]
        }
        // Who leads comes first: nobody may be the news.
        Some(leader) => vec![Line::from(leader), numbers],
    };
    let high = u16::try_from(lines.len()).unwrap_or(1).min(area.height);
    let indented = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(2),
        height: high,
        ..area
    };
    draw_lines(frame, indented, lines);
    Rect {
        y: area.y + high,
        height: area.height - high,
        ..area
    }
}

/// `5 alive · 1 late · 2 dead · pool 34/48 71%`, as much of it as there is room for.
pub(crate) fn numbers(crew: &WorkerSummary<'_>, room: usize, theme: &Theme) -> Line<'static> {
    let alive = if crew.alive > 0 {
        theme.healthy
    } else {
        theme.stale
    };
    let mut parts = vec![(format!("{} alive", count_usize(crew.alive)), alive)];
    if crew.late > 0 {
        parts.push((format!("{} late", count_usize(crew.late)), theme.warning));
    }
    if crew.dead > 0 {
        parts.push((format!("{} dead", count_usize(crew.dead)), theme.stale));
    }
    if let (Some((busy, size)), Some(used)) = (crew.pool, crew.used()) {
        let percent = format!("{:.0}%", used * 100.0);
        let whole = format!("pool {}/{} {percent}", count(busy), count(size));
        let taken: usize = parts.iter().map(|(text, _)| width(text) + 3).sum();
        let mut texts = [whole, format!("pool {percent}"), percent].into_iter();
        parts.extend(
            texts
                .find(|text| taken + width(text) <= room)
                .map(|text| (text, full(Some(used), theme))),
        );
    }
    let mut spans = Vec::new();
    for (text, style) in parts {
        if !spans.is_empty() {
            spans.push(Span::styled(" · ", theme.muted));
        }
        spans.push(Span::styled(text, style));
    }
    Line::from(spans)
}

/// `leader: db1-4711-a`; loud if there is none, or more than one.
pub(crate) fn leader(crew: &WorkerSummary<'_>, theme: &Theme) -> Option<Span<'static>> {
    let loud = |text: &str| Some(Span::styled(format!(" {text} "), theme.loud));
    match crew.lead {
        Leadership::Unknown => None,
        Leadership::Nobody => loud("no leader"),
        Leadership::Many(2) => loud("two leaders"),
        Leadership::Many(n) => loud(&format!("{n} leaders")),
        Leadership::One(row) => {
            let name = cut(row.worker.first_line(), 40);
            Some(Span::styled(format!("leader: {name}"), theme.text))
        }
    }
}
