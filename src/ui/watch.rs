//! The wall: read from five metres, touched by nobody, for months.
//!
//! It shows no error texts and no payloads, and proves that it is alive: its clock moves, the
//! data's age shows, and it turns loud when it cannot be trusted.

mod banner;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Sparkline;
use tui_big_text::{BigText, PixelSize};

use crate::app::App;
use crate::app::words::count;
use crate::data::model::{Counts, Stats};
use crate::ui::text::{age, age_of_minutes, bar, cut, fit, fit_right, reason};
use crate::ui::theme::Theme;

/// Seconds a page stays.
const PAGE_SECONDS: i64 = 15;
const PAGES: i64 = 3;

/// Draws the wall.
///
/// ```text
///  prod-eu · 14:02:11 UTC · data 1s old
///  STALE        DLQ PENDING      OLDEST UNOWNED
///  ▟▛ ▜▙        ▟▛ ▜▙            ▟▛ ▜▙
///  arrived / resolved            worst namespaces
/// ```
pub fn draw_watch(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let screen = frame.area();
    if screen.is_empty() {
        return;
    }
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Length(10),
        Constraint::Fill(1),
        Constraint::Length(1),
    ]);
    let [top, banner, numbers, page, bottom] = screen.layout(&rows);
    frame.render_widget(clock(app, usize::from(top.width), theme), top);
    banner::draw(frame, banner, app, theme);
    match app.data.counts.rows.as_deref() {
        Some(counts) => draw_numbers(frame, numbers, counts, theme),
        None => frame.render_widget(
            Line::styled(" waiting for the first answer…", theme.muted),
            numbers,
        ),
    }
    if let Some(stats) = app.data.stats.rows.as_deref() {
        draw_page(frame, page, app, stats, theme);
    }
    let page = app
        .now
        .timestamp()
        .div_euclid(PAGE_SECONDS)
        .rem_euclid(PAGES)
        + 1;
    let hint = format!(" q quits · page {page} of {PAGES}");
    frame.render_widget(Line::styled(hint, theme.muted), bottom);
}

fn clock(app: &App, room: usize, theme: &Theme) -> Line<'static> {
    let place = format!(" {} · {}", app.place.profile, app.place.source);
    let clock = app.clock().format("%H:%M:%S UTC");
    let data = match app.data_age() {
        Some(old) => format!("data {} old", age(old)),
        None => "no data yet".to_owned(),
    };
    let style = if app.is_outdated() {
        theme.loud
    } else {
        theme.text
    };
    let right = format!("{clock} · {data} ");
    Line::from(vec![
        Span::styled(
            fit(&place, room.saturating_sub(right.chars().count())),
            theme.heading,
        ),
        Span::styled(right, style),
    ])
}

fn draw_numbers(frame: &mut Frame<'_>, area: Rect, counts: &Counts, theme: &Theme) {
    let oldest = counts
        .oldest_unowned_minutes
        .map_or_else(|| "none".to_owned(), age_of_minutes);
    let oldest = oldest.split(' ').next().unwrap_or_default().to_owned();
    let when = |bad: bool, style: Style| if bad { style } else { theme.healthy };
    let numbers = [
        (
            "STALE",
            count(counts.stale),
            when(counts.stale > 0, theme.stale),
        ),
        (
            "DLQ PENDING",
            count(counts.pending),
            when(counts.pending > 0, theme.warning),
        ),
        (
            "OLDEST UNOWNED",
            oldest,
            when(counts.unowned > 0, theme.warning),
        ),
    ];
    let columns = Layout::horizontal([Constraint::Fill(1); 3]);
    let areas: [Rect; 3] = area.layout(&columns);
    for ((name, value, style), area) in numbers.into_iter().zip(areas) {
        let title = Line::styled(
            fit(&format!(" {name}"), usize::from(area.width)),
            theme.heading,
        );
        frame.render_widget(
            title,
            Rect {
                height: area.height.min(1),
                ..area
            },
        );
        let below = Rect {
            y: area.y.saturating_add(1),
            height: area.height.saturating_sub(1),
            ..area
        };
        draw_big(frame, below, &value, style);
    }
}

/// The largest digits that fit.
fn draw_big(frame: &mut Frame<'_>, area: Rect, text: &str, style: Style) {
    let letters = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
    let sizes = [
        (PixelSize::Full, 8, 8),
        (PixelSize::HalfWidth, 4, 8),
        (PixelSize::Quadrant, 4, 4),
        (PixelSize::Sextant, 4, 3),
    ];
    let fits = |(_, width, height): &&(PixelSize, u16, u16)| {
        letters.saturating_mul(*width) < area.width && *height <= area.height
    };
    let Some((size, ..)) = sizes.iter().find(fits) else {
        let line = Line::styled(format!(" {}", cut(text, usize::from(area.width))), style);
        return frame.render_widget(
            line,
            Rect {
                height: area.height.min(1),
                ..area
            },
        );
    };
    let big = BigText::builder()
        .pixel_size(*size)
        .style(style)
        .lines([Line::from(text.to_owned())])
        .build();
    let area = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(1),
        ..area
    };
    frame.render_widget(big, area);
}

/// The page whose turn it is; on a high screen the next one below it.
fn draw_page(frame: &mut Frame<'_>, area: Rect, app: &App, stats: &Stats, theme: &Theme) {
    const BOTH: u16 = 24;
    let turn = app
        .now
        .timestamp()
        .div_euclid(PAGE_SECONDS)
        .rem_euclid(PAGES);
    if area.height < BOTH {
        return draw_turn(frame, area, (turn, app, stats), theme);
    }
    let halves = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]);
    let [above, below] = area.layout(&halves);
    draw_turn(frame, above, (turn, app, stats), theme);
    draw_turn(frame, below, ((turn + 1) % PAGES, app, stats), theme);
}

fn draw_turn(
    frame: &mut Frame<'_>,
    area: Rect,
    (turn, app, stats): (i64, &App, &Stats),
    theme: &Theme,
) {
    let room = usize::from(area.width).saturating_sub(2);
    let lines = match turn {
        0 => return draw_flow(frame, area, (app, stats), theme),
        1 => namespaces(stats, room, theme),
        _ => reasons(stats, room, theme),
    };
    for (line, y) in lines.into_iter().zip(area.top()..area.bottom()) {
        let width = area.width.saturating_sub(1);
        frame.render_widget(
            line,
            Rect {
                x: area.x + 1,
                y,
                width,
                height: 1,
            },
        );
    }
}

/// Three curves, as high as there is room for: a curve of one line cannot be seen from afar.
fn draw_flow(frame: &mut Frame<'_>, area: Rect, (app, stats): (&App, &Stats), theme: &Theme) {
    let rates = app
        .data
        .counts
        .rows
        .as_deref()
        .map_or_else(String::new, |counts| {
            let (arrived, resolved) = (
                count(counts.arrived_last_hour),
                count(counts.resolved_last_hour),
            );
            format!("   last hour +{arrived} −{resolved}")
        });
    let title = Line::from(vec![
        Span::styled(" ARRIVED AGAINST RESOLVED, last 3 h", theme.heading),
        Span::styled(rates, theme.text),
    ]);
    let rows = Layout::vertical([
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Fill(1),
        Constraint::Length(1),
        Constraint::Fill(1),
    ]);
    let [top, one, _, two, _, three] = area.layout(&rows);
    frame.render_widget(
        title,
        Rect {
            height: top.height.min(1),
            ..top
        },
    );
    let arrived: Vec<i64> = stats.flow.iter().map(|bucket| bucket.arrived).collect();
    let resolved: Vec<i64> = stats.flow.iter().map(|bucket| bucket.resolved).collect();
    let pending: Vec<i64> = stats.flow.iter().map(|bucket| bucket.pending).collect();
    // One scale for both, or a trickle of fixes would look like a match for a flood.
    let most = arrived.iter().chain(&resolved).copied().max().unwrap_or(0);
    draw_curve(frame, one, ("arrived", &arrived, most), theme.stale, theme);
    draw_curve(
        frame,
        two,
        ("resolved", &resolved, most),
        theme.healthy,
        theme,
    );
    let most = pending.iter().copied().max().unwrap_or(0);
    draw_curve(frame, three, ("open", &pending, most), theme.chart, theme);
}

fn draw_curve(
    frame: &mut Frame<'_>,
    area: Rect,
    (name, values, most): (&str, &[i64], i64),
    style: Style,
    theme: &Theme,
) {
    let columns = Layout::horizontal([Constraint::Length(12), Constraint::Fill(1)]);
    let [left, right] = area.layout(&columns);
    frame.render_widget(
        Line::styled(format!(" {name}"), theme.heading),
        Rect {
            height: left.height.min(1),
            ..left
        },
    );
    let wide = (usize::from(right.width) / values.len().max(1)).max(1);
    let bars = values
        .iter()
        .flat_map(|value| std::iter::repeat_n(u64::try_from(*value).unwrap_or(0), wide));
    let bars: Vec<u64> = bars.collect();
    let most = u64::try_from(most).unwrap_or(0).max(1);
    frame.render_widget(
        Sparkline::default().data(bars).max(most).style(style),
        right,
    );
}

fn namespaces(stats: &Stats, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let most = stats
        .namespaces
        .iter()
        .map(|one| one.pending + one.stale)
        .max()
        .unwrap_or(0)
        .max(1);
    let mut lines = vec![
        Line::styled("WORST NAMESPACES", theme.heading),
        Line::default(),
    ];
    for one in stats.namespaces.iter().take(8) {
        #[expect(clippy::cast_precision_loss, reason = "a share for a bar")]
        let share = (one.pending + one.stale) as f64 / most as f64;
        let numbers = format!(
            "{} stale {} open",
            fit_right(&count(one.stale), 6),
            fit_right(&count(one.pending), 6)
        );
        lines.push(Line::from(vec![
            Span::styled(fit(one.namespace_name.first_line(), 22), theme.text),
            Span::styled(bar(share, room.saturating_sub(50).min(60)), theme.warning),
            Span::styled(numbers, theme.text),
        ]));
    }
    if stats.namespaces.is_empty() {
        lines.push(Line::styled(
            "nothing is wrong in any namespace",
            theme.healthy,
        ));
    }
    lines
}

fn reasons(stats: &Stats, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let most = stats
        .reasons
        .iter()
        .map(|one| one.pending)
        .max()
        .unwrap_or(0)
        .max(1);
    let mut lines = vec![
        Line::styled("OPEN BY REASON", theme.heading),
        Line::default(),
    ];
    for one in &stats.reasons {
        #[expect(clippy::cast_precision_loss, reason = "a share for a bar")]
        let share = one.pending as f64 / most as f64;
        lines.push(Line::from(vec![
            Span::styled(fit(reason(one.dlq_reason.as_str()), 22), theme.text),
            Span::styled(bar(share, room.saturating_sub(40).min(60)), theme.warning),
            Span::styled(fit_right(&count(one.pending), 7), theme.text),
        ]));
    }
    if stats.reasons.is_empty() {
        lines.push(Line::styled("no investigation yet", theme.healthy));
    }
    lines
}
