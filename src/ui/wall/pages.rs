//! The pages of the wall, one after the other. A page that does not fit is left out.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::Sparkline;

use super::fleet;
use crate::app::App;
use crate::app::format::count;
use crate::app::pane::Pane;
use crate::data::model::Stats;
use crate::ui::widgets::frame::draw_lines;
use crate::ui::widgets::sparklines::Curves;
use crate::ui::widgets::text::{bar, cut, fit, fit_right, reason};
use crate::ui::widgets::theme::Theme;

/// Cells that a curve needs to be one, its name aside.
const NARROWEST: u16 = 30;
const NAME: u16 = 12;

/// Something to look at for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Page {
    /// Arrivals, resolutions and what is open.
    Flow,
    /// The worst namespaces.
    Namespaces,
    /// What is open by reason.
    Reasons,
    /// Who works.
    Workers,
    /// What waits where.
    Queues,
}

/// The pages that can be read in `area`.
pub(super) fn fitting(area: Rect, app: &App, stats: &Stats) -> Vec<Page> {
    let list = |rows: usize| usize::from(area.height) >= 2 + rows.clamp(1, 3) && area.width >= 60;
    let mut pages = Vec::new();
    // Two lines of title, three curves, and a line between them.
    if area.height >= 7 && area.width >= NARROWEST + NAME && !stats.flow.is_empty() {
        pages.push(Page::Flow);
    }
    if list(stats.namespaces.len()) {
        pages.push(Page::Namespaces);
    }
    if list(stats.reasons.len()) {
        pages.push(Page::Reasons);
    }
    for pane in app
        .session
        .optional_panes()
        .filter(|_| app.polled.fleet.rows.is_some())
    {
        let (page, rows) = match pane {
            Pane::Workers => (Page::Workers, app.polled.workers().len()),
            _ => (Page::Queues, app.polled.queues().len()),
        };
        if list(rows) {
            pages.push(page);
        }
    }
    pages
}

/// What a page is drawn from.
#[derive(Clone, Copy)]
pub(super) struct Content<'a> {
    pub(super) app: &'a App,
    pub(super) stats: &'a Stats,
    pub(super) theme: &'a Theme,
}

/// Draws a page, and says how many of its lines there was no room for.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, page: Page, content: Content<'_>) {
    let Content { app, stats, theme } = content;
    let room = usize::from(area.width).saturating_sub(2);
    let lines = match page {
        Page::Flow => return draw_flow(frame, area, app, stats, theme),
        Page::Namespaces => namespaces(stats, app, room, theme),
        Page::Reasons => reasons(stats, app, room, theme),
        Page::Workers => fleet::workers(app, room, theme),
        Page::Queues => fleet::queues(app, room, theme),
    };
    let hidden = lines.len().saturating_sub(usize::from(area.height));
    let indented = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(1),
        ..area
    };
    draw_lines(frame, indented, lines);
    if hidden > 0 && area.height > 0 {
        let more = Line::styled(format!("{hidden} more "), theme.muted).right_aligned();
        let y = area.bottom() - 1;
        frame.render_widget(
            more,
            Rect {
                y,
                height: 1,
                ..area
            },
        );
    }
}

/// Three curves, as high as there is room for: a curve of one line cannot be seen from afar.
fn draw_flow(frame: &mut Frame<'_>, area: Rect, app: &App, stats: &Stats, theme: &Theme) {
    let room = usize::from(area.width.saturating_sub(NAME));
    let curves = Curves::of(&stats.flow, room);
    let is_told = curves.resolved.iter().any(Option::is_some);
    let [top, one, _, two, _, three] = flow_rows(area, is_told);
    frame.render_widget(
        flow_title(app, area.width, theme),
        Rect {
            height: top.height.min(1),
            ..top
        },
    );
    draw_curve(
        frame,
        one,
        &Curve {
            name: "arrived",
            values: &known(&curves.arrived),
            most: curves.top,
            style: theme.stale,
        },
        theme,
    );
    if is_told {
        draw_curve(
            frame,
            two,
            &Curve {
                name: "resolved",
                values: &curves.resolved,
                most: curves.top,
                style: theme.healthy,
            },
            theme,
        );
    } else {
        let name = Span::styled(fit(" resolved", usize::from(NAME)), theme.heading);
        let why = cut(&app.session.source.why_no_trace(), room);
        let line = Line::from(vec![name, Span::styled(why, theme.muted)]);
        frame.render_widget(line, two);
    }
    let most = curves.open.iter().copied().max().unwrap_or(0);
    draw_curve(
        frame,
        three,
        &Curve {
            name: "open",
            values: &known(&curves.open),
            most,
            style: theme.chart,
        },
        theme,
    );
}

/// The title, and the three curves with a line between them. One that is not known has a line.
fn flow_rows(area: Rect, resolved_is_known: bool) -> [Rect; 6] {
    let resolved = if resolved_is_known {
        Constraint::Fill(1)
    } else {
        Constraint::Length(1)
    };
    area.layout(&Layout::vertical([
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(1),
        resolved,
        Constraint::Length(1),
        Constraint::Fill(1),
    ]))
}

fn flow_title(app: &App, width: u16, theme: &Theme) -> Line<'static> {
    let rates = app
        .polled
        .counts
        .rows
        .as_deref()
        .map_or_else(String::new, |counts| {
            let arrived = count(counts.arrived_last_hour);
            let resolved = counts.resolved_last_hour;
            let resolved = resolved.map_or_else(String::new, |it| format!(" −{}", count(it)));
            format!("   last hour +{arrived}{resolved}")
        });
    let head = " ARRIVED AGAINST RESOLVED, last 3 h";
    let rates = cut(&rates, usize::from(width).saturating_sub(head.len()));
    Line::from(vec![
        Span::styled(head, theme.heading),
        Span::styled(rates, theme.text),
    ])
}

fn known(values: &[i64]) -> Vec<Option<i64>> {
    values.iter().copied().map(Some).collect()
}

/// Values over time, and the most that a curve beside it has.
struct Curve<'a> {
    name: &'a str,
    values: &'a [Option<i64>],
    most: i64,
    style: Style,
}

/// A curve with dots in place of each value that is not known.
fn draw_curve(frame: &mut Frame<'_>, area: Rect, curve: &Curve<'_>, theme: &Theme) {
    let Curve {
        name,
        values,
        most,
        style,
    } = *curve;
    let columns = Layout::horizontal([Constraint::Length(NAME), Constraint::Fill(1)]);
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
        .map(|value| value.map(|value| u64::try_from(value).unwrap_or(0)))
        .flat_map(|value| std::iter::repeat_n(value, wide));
    let bars: Vec<Option<u64>> = bars.collect();
    let most = u64::try_from(most).unwrap_or(0).max(1);
    frame.render_widget(
        Sparkline::default()
            .data(bars)
            .max(most)
            .style(style)
            .absent_value_symbol("·")
            .absent_value_style(theme.muted),
        right,
    );
}

fn namespaces(stats: &Stats, app: &App, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let most = stats
        .namespaces
        .iter()
        .map(|one| one.pending + one.stale)
        .max()
        .unwrap_or(0)
        .max(1);
    let mut lines = vec![
        Line::styled(
            app.session.words().fill("WORST {NAMESPACES}"),
            theme.heading,
        ),
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
            app.session
                .words()
                .fill("nothing is wrong in any {namespace}"),
            theme.healthy,
        ));
    }
    lines
}

fn reasons(stats: &Stats, app: &App, room: usize, theme: &Theme) -> Vec<Line<'static>> {
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
        let none = app.session.words().fill("no {investigation} yet");
        lines.push(Line::styled(none, theme.healthy));
    }
    lines
}
