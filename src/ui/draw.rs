//! The whole screen.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};

use crate::app::App;
use crate::app::capabilities::has_pane;
use crate::app::pane::Pane;
use crate::ui::layout::{footer, header, progress};
use crate::ui::widgets::ascii;
use crate::ui::widgets::frame::SMALLEST;
use crate::ui::widgets::theme::Theme;
use crate::ui::{detail, dialogs, operator_log, panes, wall};

/// Below this many columns or rows there is one pane at a time.
const SIDE_BY_SIDE: u16 = 110;
const STACKED: (u16, u16) = (80, 20);

/// Draws one frame. Reads `app`, changes nothing but how far things are scrolled.
///
/// ```text
///  where and whether alive
///  how bad
/// ┌ Staleness ────────────┐┌ Stats ─────┐
/// ├ Queue ────────────────┤│            │
/// └───────────────────────┘└────────────┘
///  news                           n of m
///  keys
/// ```
pub fn draw(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    if app.session.is_wall {
        wall::draw_watch(frame, app, theme);
    } else {
        draw_dashboard(frame, app, theme);
    }
    if theme.ascii {
        ascii::transliterate(frame.buffer_mut());
    }
}

fn draw_dashboard(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let screen = frame.area();
    if screen.width < SMALLEST.0 || screen.height < SMALLEST.1 {
        return draw_smallest(frame, app, theme);
    }
    let rows = Layout::vertical([
        Constraint::Length(2),
        Constraint::Fill(1),
        Constraint::Length(footer::height(app, screen.width)),
    ]);
    let [top, body, bottom] = screen.layout(&rows);
    header::draw(frame, top, app, theme);
    if let Some(screen) = &app.screen.operator_log {
        let body = progress::dock(frame, body, app, theme);
        operator_log::draw(frame, body, app, screen, theme);
    } else if let Some(screen) = &app.detail {
        let body = progress::dock(frame, body, app, theme);
        detail::draw(frame, body, app, screen, theme);
    } else {
        draw_panes(frame, body, app, theme);
    }
    footer::draw(frame, bottom, app, theme);
    dialogs::draw(frame, app, theme);
}

fn draw_panes(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let alone = app.session.view.expanded || area.width < STACKED.0 || area.height < STACKED.1 - 4;
    if alone {
        let area = progress::dock(frame, area, app, theme);
        return draw_pane(frame, area, app, theme);
    }
    let source = &app.session.source;
    let has_lists = [Pane::Staleness, Pane::Queue]
        .iter()
        .any(|it| has_pane(source, *it));
    if has_lists && area.width >= SIDE_BY_SIDE && has_pane(source, Pane::Stats) {
        let stats = (area.width / 4).clamp(34, 74);
        let columns = Layout::horizontal([Constraint::Fill(1), Constraint::Length(stats)]);
        let [left, right] = area.layout(&columns);
        draw_lists(frame, left, app, theme);
        draw_side(frame, right, app, theme);
    } else if has_lists && matches!(app.lists.focus, Pane::Staleness | Pane::Queue) {
        draw_lists(frame, area, app, theme);
    } else {
        let area = progress::dock(frame, area, app, theme);
        draw_pane(frame, area, app, theme);
    }
}

/// The two lists below each other. Neither takes room that it cannot fill; one alone has all of it.
fn draw_lists(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    let source = &app.session.source;
    if !has_pane(source, Pane::Staleness) {
        let area = progress::dock(frame, area, app, theme);
        return panes::queue::draw(frame, area, app, theme);
    }
    if !has_pane(source, Pane::Queue) {
        let area = progress::dock(frame, area, app, theme);
        return panes::staleness::draw(frame, area, app, theme);
    }
    let wanted = |rows: usize| {
        u16::try_from(rows.max(1))
            .unwrap_or(u16::MAX)
            .saturating_add(3)
    };
    let half = area.height / 2;
    let stale = wanted(app.lists.staleness.shown().len());
    let queue = wanted(app.lists.queue.shown().len());
    let top = if stale <= half {
        // The queue may have more to show; but both keep a quarter, so that nothing jumps.
        stale
            .max(area.height / 4)
            .max(area.height.saturating_sub(queue).min(half))
    } else {
        half.max(
            area.height
                .saturating_sub(queue.max(area.height / 4))
                .min(stale),
        )
    };
    let rows = Layout::vertical([Constraint::Length(top), Constraint::Fill(1)]);
    let [mut above, mut below] = area.layout(&rows);
    // In the pane that keys act on; the stats are too narrow for it.
    let docked = if app.lists.focus == Pane::Staleness {
        &mut above
    } else {
        &mut below
    };
    *docked = progress::dock(frame, *docked, app, theme);
    panes::staleness::draw(frame, above, app, theme);
    panes::queue::draw(frame, below, app, theme);
}

/// The statistics, and below them what the source has besides. Where there is no room for all of
/// it, one of them: the one that keys act on.
fn draw_side(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    const STATS: u16 = 16;
    const LEAST: u16 = 7;
    let beside: Vec<Pane> = app.session.optional_panes().collect();
    let many = u16::try_from(beside.len()).unwrap_or(u16::MAX);
    let left = area.height.saturating_sub(STATS);
    if many == 0 || left / many < LEAST {
        return match app.lists.focus {
            Pane::Workers | Pane::Queues => draw_pane(frame, area, app, theme),
            _ => panes::stats::draw(frame, area, app, theme),
        };
    }
    let wanted = |pane: &Pane| {
        let (rows, lines) = match pane {
            Pane::Workers => (app.lists.workers.shown().len(), 5),
            _ => (app.lists.queues.shown().len(), 3),
        };
        let rows = u16::try_from(rows).unwrap_or(u16::MAX);
        rows.saturating_add(lines).clamp(LEAST, left / many)
    };
    let mut heights = vec![Constraint::Fill(1)];
    heights.extend(beside.iter().map(|pane| Constraint::Length(wanted(pane))));
    let areas = Layout::vertical(heights).split(area);
    panes::stats::draw(frame, areas[0], app, theme);
    for (pane, area) in beside.iter().zip(areas.iter().skip(1)) {
        match pane {
            Pane::Workers => panes::workers::draw(frame, *area, app, theme),
            _ => panes::queues::draw(frame, *area, app, theme),
        }
    }
}

fn draw_pane(frame: &mut Frame<'_>, area: Rect, app: &App, theme: &Theme) {
    match app.lists.focus {
        Pane::Staleness => panes::staleness::draw(frame, area, app, theme),
        Pane::Queue => panes::queue::draw(frame, area, app, theme),
        Pane::Stats => panes::stats::draw(frame, area, app, theme),
        Pane::Workers => panes::workers::draw(frame, area, app, theme),
        Pane::Queues => panes::queues::draw(frame, area, app, theme),
    }
}

/// What is wrong in one line, and where if there is room. A box that asks something is drawn all
/// the same: nobody must answer what they cannot see.
fn draw_smallest(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    let screen = frame.area();
    if screen.is_empty() {
        return;
    }
    let room = usize::from(screen.width);
    let line = Rect {
        height: 1,
        ..screen
    };
    frame.render_widget(footer::summary(app, room, theme), line);
    if screen.height >= 2 {
        header::draw(
            frame,
            Rect {
                y: screen.y + 1,
                height: 1,
                ..screen
            },
            app,
            theme,
        );
    }
    if screen.height >= 3 {
        footer::draw(
            frame,
            Rect {
                y: screen.bottom() - 1,
                height: 1,
                ..screen
            },
            app,
            theme,
        );
    }
    dialogs::draw(frame, app, theme);
}
