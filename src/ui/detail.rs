//! The detail screen: one task on five pages, a file for each.
//!
//! A new page is a [`Tab`], a file here that makes lines of a `Page`, and a branch in [`draw`].

mod fix_history;
mod history;
mod page;
mod snapshot;
mod snapshot_diff;
mod steps;
mod why;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use self::page::Page;
use crate::app::App;
use crate::app::capabilities;
use crate::app::detail::DetailScreen;
use crate::app::pane::Tab;
use crate::data::source::vocabulary::capital;
use crate::ui::widgets::frame::{block, failure, placeholder};
use crate::ui::widgets::text::{cut, duration, duration_of_minutes, width};
use crate::ui::widgets::theme::Theme;

/// Draws the screen into `area`.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    app: &App,
    screen: &DetailScreen,
    theme: &Theme,
) {
    let area = block(frame, area, &title(screen, app), true, theme);
    let area = failure(frame, area, screen.error.as_ref(), theme);
    let rows = Layout::vertical([Constraint::Length(2), Constraint::Fill(1)]);
    let [tabs, body] = area.layout(&rows);
    frame.render_widget(
        tab_line(screen, app, theme),
        Rect {
            height: tabs.height.min(1),
            ..tabs
        },
    );
    let Some(detail) = screen.shown() else {
        let why = match (&screen.answer, &screen.error) {
            (Some(_), _) => {
                "there is no such {task} any more: it was archived or deleted (Esc goes back)"
            }
            (None, Some(_)) => "",
            (None, None) => "asking for this {task}…",
        };
        return placeholder(frame, body, &app.session.words().fill(why), theme);
    };
    let room = usize::from(body.width).saturating_sub(2);
    let page = Page {
        app,
        screen,
        detail,
        theme,
        room,
        height: usize::from(body.height),
    };
    match screen.tab {
        Tab::Why => draw_lines(frame, body, why::lines(&page), &page),
        Tab::Steps => steps::draw(frame, body, &page),
        Tab::Snapshot => snapshot::draw(frame, body, &page),
        Tab::History => draw_lines(frame, body, history::lines(&page), &page),
        Tab::Notes => draw_lines(frame, body, history::notes(&page), &page),
    }
}

/// `payments/charge_order v1.2.0 (…) · error for 1h33m · owned by bob, 12m left`.
fn title(screen: &DetailScreen, app: &App) -> String {
    let Some(detail) = screen.detail() else {
        let task = capital(&app.session.words().task);
        return format!("{task} {}", screen.task.short());
    };
    let task = &detail.task;
    let secrets = if screen.is_revealed() {
        " · hidden values are shown"
    } else {
        ""
    };
    let since = duration_of_minutes(task.time_in_state_minutes);
    let version = match task.task_version.as_str() {
        "" => String::new(),
        version => format!(" v{version}"),
    };
    format!(
        "{}{version} ({}) · {} for {since}",
        crate::app::format::title(task.namespace_name.as_str(), task.task_name.as_str()),
        task.task_uuid.short(),
        task.current_state,
    ) + secrets
        + &claim_and_snooze(screen, app)
}

/// Who has claimed its investigation, and until when it is put aside.
fn claim_and_snooze(screen: &DetailScreen, app: &App) -> String {
    let now = app.polled.database_now(app.session.now);
    let Some(entry) = screen.pending() else {
        return String::new();
    };
    let mut words = String::new();
    if let Some(owner) = &entry.owner {
        let is_me = owner.as_str() == app.session.actor;
        let name = if is_me { "you" } else { owner.first_line() };
        words = format!(" · owned by {name}");
        if let Some(until) = entry.owned_until {
            let left = duration((until - now).as_seconds_f64().max(0.0));
            words = format!("{words}, {left} left");
        }
    }
    if let Some(until) = entry.snoozed_until {
        words = format!(
            "{words} · {}",
            app.session
                .snoozed_until(until, app.polled.database_now(app.session.now))
        );
    }
    words
}

/// `1 Why stuck  2 Steps (6)  3 Snapshot  4 History (12)  5 Notes (2)`.
fn tab_line(screen: &DetailScreen, app: &App, theme: &Theme) -> Line<'static> {
    let detail = screen.detail();
    let many = |n: Option<usize>| {
        n.filter(|n| *n > 0)
            .map_or_else(String::new, |n| format!(" ({n})"))
    };
    let mut spans = vec![Span::raw(" ")];
    for tab in capabilities::tabs(&app.session.source) {
        let name = match tab {
            Tab::Why => "Why stuck".to_owned(),
            Tab::Steps => {
                let steps = capital(&app.session.words().steps);
                format!("{steps}{}", many(detail.map(|d| d.steps.len())))
            }
            Tab::Snapshot => "Snapshot".to_owned(),
            Tab::History => format!("History{}", many(detail.map(|d| d.transitions.len()))),
            Tab::Notes => format!("Notes{}", many(detail.map(|d| d.notes.len()))),
        };
        let style = if tab == screen.tab {
            theme.selected
        } else {
            theme.muted
        };
        spans.push(Span::styled(format!(" {} {name} ", tab.index() + 1), style));
        spans.push(Span::raw(" "));
    }
    Line::from(spans)
}

/// Lines that scroll.
fn draw_lines(frame: &mut Frame<'_>, area: Rect, lines: Vec<Line<'static>>, page: &Page<'_>) {
    let height = usize::from(area.height);
    let view = &page.screen.views[page.screen.tab.index()];
    let top = view.clamp(height, lines.len());
    let hidden = lines.len().saturating_sub(top + height);
    let on_screen = lines.into_iter().skip(top).take(height);
    for (line, y) in on_screen.zip(area.top()..area.bottom()) {
        let width = area.width.saturating_sub(2);
        frame.render_widget(
            with_ellipsis(line, usize::from(width)),
            Rect {
                x: area.x + 1,
                y,
                width,
                height: 1,
            },
        );
    }
    if hidden > 0 && area.height > 0 {
        let more = Line::styled(format!(" {hidden} more ↓ "), page.theme.warning).right_aligned();
        frame.render_widget(
            more,
            Rect {
                y: area.bottom() - 1,
                height: 1,
                ..area
            },
        );
    }
}

/// The line, with `…` where it is cut.
fn with_ellipsis(mut line: Line<'static>, room: usize) -> Line<'static> {
    if line.width() <= room {
        return line;
    }
    let mut left = room;
    let spans = std::mem::take(&mut line.spans);
    for span in spans {
        let full = width(&span.content);
        if full >= left {
            // One cell more than there is, so that even what just fits says that more follows.
            let text = cut(&format!("{} ", span.content), left);
            line.spans.push(Span::styled(text, span.style));
            break;
        }
        left -= full;
        line.spans.push(span);
    }
    line
}
