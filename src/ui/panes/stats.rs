//! The stats pane: is it getting better or worse, how long do fixes take, does anybody sweep.

use std::ops::Add;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::types;
use crate::app::App;
use crate::app::pane::Pane;
use crate::data::model::safe_text::SafeText;
use crate::data::model::{Stats, SweepRow};
use crate::ui::panes::layout::{Scrolled, scroll, side_by_side, stack};
use crate::ui::widgets::frame::{block, failure, waiting};
use crate::ui::widgets::sparklines::Curves;
use crate::ui::widgets::text::{
    bar, broken_sparkline, count, cut, duration, duration_of_minutes, fit, fit_right, instant,
    plural, reason, sparkline,
};
use crate::ui::widgets::theme::Theme;

/// Draws the pane into `area`.
///
/// ```text
/// ┌ 3 Stats ─────────────────────────┐
/// │ reason            pend  done  p50│
/// │ max_retries         41    12  18m│
/// │ arrived / resolved, last 3 h     │
/// │ ▁▁▂▃▅▇▇▆▅▃▂                      │
/// └──────────────────────────────────┘
/// ```
pub(crate) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let focused = app.lists.focus == Pane::Stats;
    let title = match app.polled.overdue(app.polled.stats_read, &app.session) {
        Some(old) => format!("3 Stats · {} old", duration(old)),
        None => "3 Stats".to_owned(),
    };
    let area = block(frame, area, &title, focused, theme);
    let held = &app.polled.stats;
    let area = failure(frame, area, held.error.as_ref(), theme);
    let Some(stats) = &held.rows else {
        return waiting(frame, area, held.error.as_ref(), theme);
    };
    let room = Room::new(area);
    let whole = Room {
        width: usize::from(area.width).saturating_sub(2),
        columns: 1,
    };
    let table = reasons(stats, app, whole, theme);
    let types = types::lines(&stats.types, whole.width, theme);
    let mut parts = vec![
        flow(stats, app, room, theme),
        ages(stats, room, theme),
        namespaces(stats, app, room, theme),
    ];
    parts.push(templates(stats, room, theme));
    parts.push(sweeps(stats, app, room, theme));
    parts.push(archive(stats, room, theme));
    parts.retain(|part| !part.is_empty());
    let height = usize::from(area.height);
    let lines = if room.columns == 1 {
        let first = [table, types].into_iter().filter(|part| !part.is_empty());
        parts.splice(0..0, first);
        stack(parts, height)
    } else {
        let right = parts.split_off(parts.len().min(2));
        let mut table = table;
        if !types.is_empty() {
            table.push(Line::default());
            table.extend(types);
        }
        let height = height.saturating_sub(table.len() + 1);
        let (left, right) = (stack(parts, height), stack(right, height));
        let half = usize::from(area.width / 2);
        let mut lines = table;
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(side_by_side(left, right, half));
        lines
    };
    let view = &app.lists.stats;
    scroll(frame, area, lines, Scrolled { view, focused }, theme);
}

/// How wide the text may be, and in how many columns it stands.
#[derive(Clone, Copy)]
struct Room {
    width: usize,
    columns: u16,
}

impl Room {
    fn new(area: Rect) -> Self {
        let columns = if area.width >= 74 { 2 } else { 1 };
        let width = usize::from(area.width / columns).saturating_sub(2);
        Self { width, columns }
    }
}

fn reasons(stats: &Stats, app: &App, room: Room, theme: &Theme) -> Vec<Line<'static>> {
    if !app.session.source.has("stats_reasons") {
        return Vec::new();
    }
    let wide = room.width >= 56;
    let name = room
        .width
        .saturating_sub(if wide { 44 } else { 20 })
        .clamp(8, 26);
    let row = |cells: [&str; 7]| {
        let mut text = fit(cells[0], name);
        let numbers: &[usize] = if wide {
            &[1, 2, 3, 4, 5, 6]
        } else {
            &[1, 2, 5]
        };
        for at in numbers {
            let width = match (wide, *at) {
                (true, 3..) => 8,
                (false, 1) => 5,
                (false, 5) => 7,
                _ => 6,
            };
            text.push_str(&fit_right(cells[*at], width));
        }
        text
    };
    let head = ["reason", "open", "fixed", "failed", "canc.", "p50", "p90"];
    let mut lines = vec![Line::styled(row(head), theme.muted)];
    for one in &stats.reasons {
        let minutes = |m: Option<f64>| m.map_or_else(|| "–".to_owned(), duration_of_minutes);
        let (open, fixed) = (count(one.pending), count(one.manually_resolved));
        let (failed, cancelled) = (count(one.permanent_failures), count(one.cancelled));
        let p50 = minutes(one.p50_resolution_time_minutes);
        let p90 = minutes(one.p90_resolution_time_minutes);
        let label = reason(one.dlq_reason.as_str());
        let style = if one.pending > 0 {
            theme.text
        } else {
            theme.muted
        };
        lines.push(Line::styled(
            row([label, &open, &fixed, &failed, &cancelled, &p50, &p90]),
            style,
        ));
    }
    if stats.reasons.is_empty() {
        let none = app.session.words().fill("no {investigation} yet");
        lines.push(Line::styled(none, theme.muted));
    }
    lines
}

fn flow(stats: &Stats, app: &App, room: Room, theme: &Theme) -> Vec<Line<'static>> {
    if stats.flow.is_empty() {
        return Vec::new();
    }
    let width = room.width.saturating_sub(17).min(72);
    let curves = Curves::of(&stats.flow, width);
    let top = Some(curves.top);
    let row = |label: &str, curve: String, last: String, style| {
        Line::from(vec![
            Span::styled(fit(label, 9), theme.muted),
            Span::styled(curve, style),
            Span::styled(format!(" {last}"), theme.text),
        ])
    };
    let arrived: i64 = curves.arrived.iter().sum();
    let resolved = match curves.resolved.iter().flatten().copied().reduce(Add::add) {
        Some(sum) => row(
            "resolved",
            broken_sparkline(&curves.resolved, width, top),
            format!("−{}", count(sum)),
            theme.healthy,
        ),
        None => Line::styled(unknown(app, room.width), theme.muted),
    };
    let now = curves.open.last().copied().unwrap_or_default();
    vec![
        Line::styled(
            format!("last 3 h, {} min a bar", curves.minutes),
            theme.muted,
        ),
        row(
            "arrived",
            sparkline(&curves.arrived, width, top),
            format!("+{}", count(arrived)),
            theme.stale,
        ),
        resolved,
        row(
            "open",
            sparkline(&curves.open, width, None),
            count(now),
            theme.chart,
        ),
    ]
}

/// Why it is not known what was closed, as far as there is room to say.
fn unknown(app: &App, room: usize) -> String {
    let source = &app.session.source;
    let short = if source.has("samples") {
        "resolved: no recent samples"
    } else {
        "resolved unknown: see dlqtop install"
    };
    let whole = format!("resolved {}", source.why_no_trace());
    if whole.chars().count() <= room {
        whole
    } else {
        cut(short, room)
    }
}

fn ages(stats: &Stats, room: Room, theme: &Theme) -> Vec<Line<'static>> {
    let most = stats
        .ages
        .iter()
        .map(|age| age.pending)
        .max()
        .unwrap_or(0)
        .max(1);
    if stats.ages.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::styled("age of what is open", theme.muted)];
    for (at, one) in stats.ages.iter().enumerate() {
        #[expect(clippy::cast_precision_loss, reason = "a share for a bar")]
        let share = one.pending as f64 / most as f64;
        let style = match at {
            0 | 1 => theme.chart,
            2 => theme.warning,
            _ => theme.stale,
        };
        lines.push(Line::from(vec![
            Span::styled(fit(one.label.first_line(), 9), theme.text),
            Span::styled(bar(share, room.width.saturating_sub(17).min(40)), style),
            Span::styled(fit_right(&count(one.pending), 7), theme.text),
        ]));
    }
    lines
}

fn namespaces(stats: &Stats, app: &App, room: Room, theme: &Theme) -> Vec<Line<'static>> {
    if stats.namespaces.is_empty() {
        return Vec::new();
    }
    let name = room.width.saturating_sub(14).clamp(8, 30);
    let row = |a: &str, b: &str, c: &str| {
        format!("{}{}{}", fit(a, name), fit_right(b, 7), fit_right(c, 7))
    };
    let title = app.session.words().fill("worst {namespaces}");
    let mut lines = vec![Line::styled(row(&title, "stale", "open"), theme.muted)];
    for one in stats.namespaces.iter().take(5) {
        let text = row(
            one.namespace_name.first_line(),
            &count(one.stale),
            &count(one.pending),
        );
        lines.push(Line::styled(text, theme.text));
    }
    lines
}

/// Templates of which some values cannot be read, and which: nobody else says so.
fn templates(stats: &Stats, room: Room, theme: &Theme) -> Vec<Line<'static>> {
    const NAMED: usize = 4;
    if stats.templates.is_empty() {
        return Vec::new();
    }
    // The number stands in front: the names may not all fit.
    let title = format!("{} on defaults", plural(stats.templates.len(), "template"));
    let mut lines = vec![Line::styled(title, theme.warning)];
    for one in stats.templates.iter().take(NAMED) {
        let keys: Vec<&str> = one.warnings.iter().map(SafeText::first_line).collect();
        let name = format!("{}/{}", one.namespace_name, one.task_name);
        let text = format!("{name}: {}", keys.join(", "));
        lines.push(Line::styled(cut(&text, room.width), theme.text));
    }
    lines
}

fn sweeps(stats: &Stats, app: &App, room: Room, theme: &Theme) -> Vec<Line<'static>> {
    if !app.session.source.has("stats_sweeps") {
        return Vec::new();
    }
    let mut lines = vec![Line::styled("last sweeps", theme.muted)];
    if stats.sweeps.is_empty() {
        lines.push(Line::styled("none yet", theme.warning));
    }
    for sweep in stats.sweeps.iter().take(4) {
        let style = if sweep.failed > 0 {
            theme.warning
        } else {
            theme.text
        };
        lines.push(Line::styled(cut(&swept(sweep, app), room.width), style));
    }
    lines
}

fn swept(sweep: &SweepRow, app: &App) -> String {
    let when = instant(
        sweep.started,
        app.polled.database_now(app.session.now),
        app.session.view.times,
    );
    let moved = match sweep {
        _ if sweep.acted() => format!("{} moved", count(sweep.moved)),
        SweepRow { held: true, .. } => "held".to_owned(),
        SweepRow { dry_run: true, .. } => "dry run".to_owned(),
        _ => "0 moved".to_owned(),
    };
    let failed = match sweep.failed {
        1.. => format!(", {} failed", sweep.failed),
        _ => String::new(),
    };
    let undone = (sweep.undone_by.as_ref()).map_or("", |_| ", undone");
    let (found, took_ms, instance) = (count(sweep.detected), sweep.took_ms, &sweep.instance);
    format!("{when}: {found} found, {moved}{undone}{failed}, {took_ms:.0} ms, {instance}")
}

fn archive(stats: &Stats, room: Room, theme: &Theme) -> Vec<Line<'static>> {
    if stats.archive.is_empty() {
        return Vec::new();
    }
    // What came today matters less than how fast it grows.
    let (wide, narrow) = (room.width >= 50, room.width < 35);
    let numbers = match (wide, narrow) {
        (true, _) => 37,
        (_, true) => 19,
        _ => 27,
    };
    let name = room.width.saturating_sub(numbers).clamp(8, 30);
    let row = |name_and_rows: [&str; 2], today: &str, growth_and_size: [&str; 2]| {
        let mut text = fit(name_and_rows[0], name);
        text.push_str(&fit_right(name_and_rows[1], 9));
        if wide {
            text.push_str(&fit_right(today, 10));
        }
        text.push_str(&fit_right(growth_and_size[0], 10));
        if !narrow {
            text.push_str(&fit_right(growth_and_size[1], 8));
        }
        text
    };
    let head = row(["archive", "rows"], "last 24 h", ["growth", "size"]);
    let mut lines = vec![Line::styled(head, theme.muted)];
    for one in &stats.archive {
        let today = format!("+{}", count(one.archived_last_day));
        let growth = format!("+{}/day", short(one.archived_per_day));
        let text = row(
            [one.archive_table.first_line(), &count(one.row_count)],
            &today,
            [&growth, &size(one.bytes)],
        );
        lines.push(Line::styled(text, theme.text));
    }
    lines
}

/// `0`, `870`, `12k`, `3.4M`.
fn short(n: f64) -> String {
    match n {
        n if n < 9_999.5 => format!("{n:.0}"),
        n if n < 999_500.0 => format!("{:.0}k", n / 1e3),
        n => format!("{:.1}M", n / 1e6),
    }
}

/// `820 kB`, `1.4 GB`.
fn size(bytes: i64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
    let mut size = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 1_000.0 {
            return if size < 10.0 && unit != "B" {
                format!("{size:.1} {unit}")
            } else {
                format!("{size:.0} {unit}")
            };
        }
        size /= 1_000.0;
    }
    format!("{size:.1} TB")
}
