//! The wall's pages of workers and queues.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::format::count;
use crate::ui::panes::workers;
use crate::ui::widgets::text::{bar, duration, fit, fit_right};
use crate::ui::widgets::theme::Theme;

/// Workers and queues that are named: the worst come first.
const NAMED: usize = 8;
/// Cells of a name.
const NAME: usize = 26;

/// Who works: the numbers, who leads, and the worst.
pub(super) fn workers(app: &App, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let crew = app.polled.worker_summary(&app.session.source);
    let mut head = vec![Span::styled("WORKERS  ", theme.heading)];
    if let Some(leader) = workers::leader(&crew, theme) {
        head.extend([leader, Span::raw("  ")]);
    }
    head.extend(workers::numbers(&crew, room, theme).spans);
    let mut lines = vec![Line::from(head), Line::default()];
    for row in app.polled.workers().iter().take(NAMED) {
        let (symbol, word, style) = workers::health(row, theme);
        let seen = row.seen_seconds.map_or_else(String::new, duration);
        let mut spans = vec![
            Span::styled(fit(&format!("{symbol} {word}"), 9), style),
            Span::styled(fit(row.worker.first_line(), NAME), theme.text),
            Span::styled(format!("{} ", fit_right(&seen, 8)), style),
        ];
        if let Some(share) = workers::share(row) {
            let wide = room.saturating_sub(70).min(40);
            spans.push(Span::styled(bar(share, wide), theme.chart));
            spans.push(Span::styled(
                format!(" {:>4.0}%  ", share * 100.0),
                theme.text,
            ));
        }
        let (leader, leads) = workers::lease(row, theme);
        spans.push(Span::styled(leader, leads));
        lines.push(Line::from(spans));
    }
    if app.polled.workers().is_empty() {
        lines.push(Line::styled("no workers have reported", theme.warning));
    }
    lines
}

/// What waits where, and what was given up there.
pub(super) fn queues(app: &App, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let rows = app.polled.queues();
    let most = rows.iter().map(|row| row.depth).max().unwrap_or(0).max(1);
    let mut lines = vec![Line::styled("QUEUES", theme.heading), Line::default()];
    for row in rows.iter().take(NAMED) {
        #[expect(clippy::cast_precision_loss, reason = "a share for a bar")]
        let share = row.depth as f64 / most as f64;
        let oldest = row.oldest(duration);
        let failed: Style = if row.failed > 0 {
            theme.stale
        } else {
            theme.muted
        };
        let wide = room.saturating_sub(NAME + 40).min(50);
        lines.push(Line::from(vec![
            Span::styled(fit(row.name.first_line(), NAME), theme.text),
            Span::styled(bar(share, wide), theme.chart),
            Span::styled(
                format!("{} wait ", fit_right(&count(row.depth), 8)),
                theme.text,
            ),
            Span::styled(fit_right(&oldest, 8), theme.text),
            Span::styled(
                format!("{} failed", fit_right(&count(row.failed), 8)),
                failed,
            ),
        ]));
    }
    lines
}
