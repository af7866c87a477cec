//! The wall: read from five metres, touched by nobody, for months.
//!
//! It shows no error texts and no payloads, and proves that it is alive: its clock moves, the
//! data's age shows, and it turns loud when it cannot be trusted.

mod banner;
mod fleet;
mod pages;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use tui_big_text::{BigText, PixelSize};

use crate::app::App;
use crate::app::format::count;
use crate::data::model::poll_cost::Pace;
use crate::data::model::{Counts, Stats};
use crate::ui::layout::header;
use crate::ui::widgets::text::{cut, duration, duration_of_minutes, fit, width};
use crate::ui::widgets::theme::Theme;

/// Seconds a page stays.
const PAGE_SECONDS: i64 = 15;
/// From this many columns and rows on, the figures are big.
const BIG: (u16, u16) = (72, 18);
/// Below this many rows there are figures only.
const TINY: u16 = 9;

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
    // Where big figures would leave no room for anything else, three lines say the same.
    let big = screen.width >= BIG.0 && screen.height >= BIG.1;
    let tiny = screen.height < TINY;
    let rows = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(if tiny { 1 } else { 2 }),
        Constraint::Length(if big { 10 } else { 3 }),
        Constraint::Fill(1),
        Constraint::Length(u16::from(!tiny)),
    ]);
    let [top, banner, numbers, page, bottom] = screen.layout(&rows);
    frame.render_widget(clock(app, usize::from(top.width), theme), top);
    banner::draw(frame, banner, app, theme);
    match app.polled.counts.rows.as_deref() {
        Some(counts) => {
            let figures = figures(app, counts, theme);
            draw_figures(frame, numbers, figures, big, theme);
        }
        None => frame.render_widget(
            Line::styled(" waiting for the first answer…", theme.muted),
            numbers,
        ),
    }
    let hint = match app.polled.stats.rows.as_deref() {
        Some(stats) => draw_page(frame, page, app, stats, theme),
        None => String::new(),
    };
    let hint = format!(" q quits{hint}");
    frame.render_widget(Line::styled(hint, theme.muted), bottom);
}

/// The page whose turn it is; on a high screen the next one below it. Says which it is of how many.
fn draw_page(frame: &mut Frame<'_>, area: Rect, app: &App, stats: &Stats, theme: &Theme) -> String {
    const BOTH: u16 = 24;
    let halves = Layout::vertical([Constraint::Fill(1), Constraint::Fill(1)]);
    let [above, below] = if area.height < BOTH {
        [area, Rect::ZERO]
    } else {
        area.layout(&halves)
    };
    let fitting = pages::fitting(above, app, stats);
    let turns = i64::try_from(fitting.len()).unwrap_or(1);
    if turns == 0 {
        return String::new();
    }
    let turn = app.session.now.timestamp().div_euclid(PAGE_SECONDS);
    let at = usize::try_from(turn.rem_euclid(turns)).unwrap_or(0);
    let content = pages::Content { app, stats, theme };
    pages::draw(frame, above, fitting[at], content);
    let next = fitting[(at + 1) % fitting.len()];
    if next != fitting[at] {
        pages::draw(frame, below, next, content);
    }
    format!(" · page {} of {turns}", at + 1)
}

fn clock(app: &App, room: usize, theme: &Theme) -> Line<'static> {
    let scope = header::scope_words(&app.session, room);
    let scope = scope.map_or_else(String::new, |scope| format!(" · {scope}"));
    let place = format!(
        " {} · {}{scope}",
        app.session.profile, app.session.source.name
    );
    let clock = app.session.clock().format("%H:%M:%S UTC");
    let data = match app.polled.age(app.session.now) {
        Some(old) => format!("data {} old", duration(old)),
        None => "no data yet".to_owned(),
    };
    let style = if app.polled.is_outdated(&app.session) {
        theme.loud
    } else {
        theme.text
    };
    // How old the data is comes before the time of day, and that before what it costs.
    let cost = match app.polled.effort.pace {
        _ if app.polled.is_outdated(&app.session) || app.polled.age(app.session.now).is_none() => {
            String::new()
        }
        Pace::AsAsked => format!(" · {}", header::poll_cost_label(app, 0)),
        _ => {
            let every = duration(app.polled.poll_gap(&app.session).as_secs_f64());
            format!(" · {} · every {every}", header::poll_cost_label(app, 0))
        }
    };
    let right = [
        format!("{clock} · {data}{cost} "),
        format!("{clock} · {data} "),
    ];
    let fits = |text: &String| width(text) + width(&place) < room;
    let right = match right.into_iter().find(fits) {
        Some(right) => right,
        None => cut(&format!("{data} "), room),
    };
    Line::from(vec![
        Span::styled(
            fit(&place, room.saturating_sub(width(&right))),
            theme.heading,
        ),
        Span::styled(right, style),
    ])
}

/// A number with its name, in the style that says how bad it is.
struct Figure {
    name: String,
    value: String,
    style: Style,
}

/// The figures of the system that is shown.
fn figures(app: &App, counts: &Counts, theme: &Theme) -> Vec<Figure> {
    let source = &app.session.source;
    let none = if counts.suspect_entries > 0 {
        "unknown"
    } else {
        "none"
    };
    let span = |minutes: Option<f64>| minutes.map_or_else(|| none.to_owned(), duration_of_minutes);
    let when = |bad: bool, style: Style| if bad { style } else { theme.healthy };
    let mut figures = Vec::new();
    if source.has("staleness") {
        let style = when(counts.stale > 0, theme.stale);
        figures.push(Figure {
            name: "STALE".to_owned(),
            value: count(counts.stale),
            style,
        });
    }
    if source.has("queue") {
        let name = source.manifest.words.backlog(true).to_uppercase();
        let style = when(counts.pending > 0, theme.warning);
        figures.push(Figure {
            name,
            value: count(counts.pending),
            style,
        });
        // Where nobody can own one, the oldest of all counts.
        let (name, oldest, bad) = if source.has("own_entry") {
            let bad = counts.unowned > 0;
            ("OLDEST UNOWNED", counts.oldest_unowned_minutes, bad)
        } else {
            ("OLDEST", counts.oldest_pending_minutes, counts.pending > 0)
        };
        figures.push(Figure {
            name: name.to_owned(),
            value: span(oldest),
            style: when(bad, theme.warning),
        });
    }
    figures
}

fn draw_figures(frame: &mut Frame<'_>, area: Rect, figures: Vec<Figure>, big: bool, theme: &Theme) {
    if !big {
        for (Figure { name, value, style }, y) in figures.into_iter().zip(area.top()..area.bottom())
        {
            let room = usize::from(area.width).saturating_sub(width(&value) + 2);
            let line = Line::from(vec![
                Span::styled(fit(&format!(" {name}"), room.min(17)), theme.heading),
                Span::styled(value, style),
            ]);
            frame.render_widget(
                line,
                Rect {
                    y,
                    height: 1,
                    ..area
                },
            );
        }
        return;
    }
    let columns = Layout::horizontal([Constraint::Fill(1); 3]);
    let areas: [Rect; 3] = area.layout(&columns);
    for (figure, area) in figures.into_iter().zip(areas) {
        draw_figure(frame, area, figure, theme);
    }
}

/// One figure under its name. A span that is too long for large digits stands there in hours or
/// days alone, and whole beside its name.
fn draw_figure(frame: &mut Frame<'_>, area: Rect, figure: Figure, theme: &Theme) {
    let Figure { name, value, style } = figure;
    let whole = value.chars().count() * 8 < usize::from(area.width);
    let large = if whole { &value } else { largest(&value) };
    let title = if large == value {
        format!(" {name}")
    } else {
        format!(" {name} {value}")
    };
    let title = fit(&title, usize::from(area.width));
    let line = Rect {
        height: area.height.min(1),
        ..area
    };
    frame.render_widget(Line::styled(title, theme.heading), line);
    let below = Rect {
        y: area.y.saturating_add(1),
        height: area.height.saturating_sub(1),
        ..area
    };
    draw_big(frame, below, large, style);
}

/// `10h` of `10h31m`, `3d` of `3d 4h`; anything else as it is.
fn largest(value: &str) -> &str {
    match value.find(['d', 'h', 'm']) {
        Some(at) if value.starts_with(|c: char| c.is_ascii_digit()) => &value[..=at],
        _ => value,
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
