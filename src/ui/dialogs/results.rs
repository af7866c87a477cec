//! What became of this session's writes, row by row, newest first.

use ratatui::Frame;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::help::{draw_lines, room, wrapped};
use crate::app::App;
use crate::app::format::error_line;
use crate::app::viewport::Viewport;
use crate::app::writes::outcome_summary::{changed_by, tally};
use crate::app::writes::retries::SentRetries;
use crate::data::bulk::retry_outcome::Verdict;
use crate::data::messages::command::{Item, ItemResult};
use crate::data::model::safe_text::SafeText;
use crate::ui::widgets::text::{cut, instant, width};
use crate::ui::widgets::theme::Theme;

/// Draws the results.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, view: &Viewport, theme: &Theme) {
    let room = room(frame);
    let mut lines = Vec::new();
    for done in app.writes.outcomes.iter().rev() {
        let when = instant(done.at, app.session.now, app.session.view.times);
        let head = format!("{} · {when}", done.title);
        lines.extend(wrapped("", &head, room, theme.heading));
        lines.extend(wrapped("", &tally(&done.outcome), room, theme.muted));
        let retries = app.writes.retries.of(done.outcome.batch);
        if let Some(retries) = retries {
            lines.extend(wrapped("", &retries.in_words(), room, theme.text));
        }
        for item in &done.outcome.items {
            let became = match (&item.result, retries) {
                (ItemResult::Done { now }, Some(retries)) => passed(item, now, retries, theme),
                _ => became(item, app, theme),
            };
            lines.extend(in_lines(item, became, room, theme));
        }
        lines.push(Line::default());
    }
    draw_lines(frame, lines, "Results of this session", view, theme);
}

/// What became of one row, and how it looks.
struct Became {
    symbol: &'static str,
    style: Style,
    words: String,
}

/// What became of one row that was retried: that it was sent is no success yet.
fn passed(item: &Item, now: &SafeText, retries: &SentRetries, theme: &Theme) -> Became {
    let answer = retries.answer_about(item.id);
    let state = answer.map_or(now, |answer| &answer.state);
    let (symbol, style, words) = match answer.and_then(|answer| answer.verdict) {
        Some(Verdict::Passed) => ("✓", theme.healthy, format!("passed, now {state}")),
        Some(Verdict::FailedAgain) => {
            let error = answer.and_then(|answer| answer.error.as_ref());
            let why = error.map_or_else(|| format!("now {state}"), error_line);
            ("✖", theme.stale, format!("failed again: {why}"))
        }
        Some(Verdict::Cancelled) => ("≠", theme.warning, "cancelled since".to_owned()),
        Some(Verdict::Gone) => ("≠", theme.warning, "no longer there".to_owned()),
        None if retries.why_unknown.is_some() => ("·", theme.text, format!("sent, now {state}")),
        None => ("·", theme.text, format!("running, now {state}")),
    };
    Became {
        symbol,
        style,
        words,
    }
}

/// What became of one row by itself.
fn became(item: &Item, app: &App, theme: &Theme) -> Became {
    let (symbol, style, words) = match &item.result {
        ItemResult::Done { now } => ("✓", theme.healthy, format!("now {now}")),
        changed @ ItemResult::Changed { .. } => {
            let words =
                changed_by(changed, app.polled.database_now(app.session.now)).unwrap_or_default();
            ("≠", theme.warning, words)
        }
        ItemResult::Failed { why } => ("✖", theme.stale, why.to_string()),
        ItemResult::Untried { why } => ("·", theme.muted, format!("not tried: {why}")),
        ItemResult::Unknown => (
            "?",
            theme.warning,
            "unknown: the connection was lost".to_owned(),
        ),
    };
    Became {
        symbol,
        style,
        words,
    }
}

/// The row and what became of it, whole: on a line of its own where it is long.
fn in_lines(item: &Item, became: Became, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    let Became {
        symbol,
        style,
        words,
    } = became;
    let label = item.label.first_line();
    let short = width(label) + width(&words) + 4 <= room && !words.contains('\n');
    let mut lines = vec![Line::from(vec![
        Span::styled(format!("{symbol} "), style),
        Span::styled(cut(label, room.saturating_sub(2)), theme.text),
    ])];
    if short {
        lines[0].push_span(Span::styled(format!("  {words}"), style));
    } else {
        lines.extend(wrapped("    ", &words, room, style));
    }
    lines
}
