//! *Why stuck*: the verdict, what to do first, and how it was fixed before.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::page::Page;
use crate::app::detail::diagnosis::{Advice, Diagnosis, diagnose_in};
use crate::app::detail::snapshot_diff::{SnapshotDiff, compare};
use crate::app::format::error_line;
use crate::data::model::StepRow;
use crate::data::model::safe_text::SafeText;
use crate::keymap::key_for;
use crate::ui::detail::{fix_history, snapshot_diff};
use crate::ui::widgets::text::{cut, duration_of_minutes, fit, instant};

/// What stands under the names at the left.
const INDENT: &str = "            ";

/// The page's lines. What to do first must be seen without scrolling: where the table would push it
/// off the screen, it comes after.
pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let source = &page.app.session.source;
    let verdict = diagnose_in(
        source,
        page.detail,
        page.app.polled.database_now(page.app.session.now),
    );
    let mut lines = page.prose("", &verdict.sentence, page.theme.heading);
    lines.extend(hints(page, &verdict.sentence));
    lines.push(Line::default());
    let advice = advice(page, &verdict);
    let mut table = snapshot_diff::lines(page);
    let compared =
        matches!(compare(page.detail), SnapshotDiff::Known(known) if !known.is_unchanged());
    let rest = rest_of(page, &verdict);
    let wanted = lines.len() + table.len() + rest.len() + advice.len();
    if compared && wanted <= page.height + 2 {
        // The table names the step and how often it has failed; the rest belongs to it.
        table.pop();
        lines.extend(table);
        lines.extend(rest);
        lines.extend(advice);
    } else {
        lines.extend(root(page, &verdict));
        lines.extend(advice);
        lines.extend(table);
    }
    lines.extend(earlier(page, &verdict));
    lines.extend(fix_history::lines(page));
    lines.extend(about(page));
    lines
}

/// What else the system itself knows of why, the worst first as it comes.
fn hints(page: &Page<'_>, said: &str) -> Vec<Line<'static>> {
    let theme = page.theme;
    let others = page.detail.hints.iter();
    let others = others.filter(|hint| !said.contains(hint.text.first_line()));
    let hints = others.flat_map(|hint| {
        let (symbol, style) = match hint.severity.as_ref().map(SafeText::as_str) {
            Some("bad") => ("✖", theme.stale),
            Some("warning") => ("⚠", theme.warning),
            _ => ("·", theme.text),
        };
        let mut lines = page.prose("  ", hint.text.as_str(), style);
        if let Some(first) = lines.first_mut() {
            let text = first.to_string().trim_start().to_owned();
            *first = Line::styled(format!("{symbol} {text}"), style);
        }
        lines
    });
    hints.collect()
}

/// What to do first.
fn advice(page: &Page<'_>, verdict: &Diagnosis<'_>) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if !verdict.advice.is_empty() {
        lines.push(Line::styled("What to do first", page.theme.focused));
        for (at, advice) in verdict.advice.iter().enumerate() {
            lines.extend(advised(at, advice, page));
        }
        lines.push(Line::default());
    }
    lines
}

/// The step that holds everything up, its whole error, and who waits for it.
fn root(page: &Page<'_>, verdict: &Diagnosis<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let Some(step) = blocking(page, verdict) else {
        return Vec::new();
    };
    let mut lines = vec![Line::from(vec![
        Span::styled("Blocked by  ", theme.focused),
        Span::styled(step.step_name.first_line().to_owned(), theme.heading),
        Span::raw("  "),
        Span::styled(
            step.current_state.first_line().to_owned(),
            theme.state(step.current_state.as_str()),
        ),
        Span::styled(
            format!(
                "  attempt {} of {}  for {}",
                step.attempts,
                step.max_attempts,
                duration_of_minutes(step.time_in_state_minutes)
            ),
            theme.muted,
        ),
    ])];
    lines.extend(error(step, page));
    lines.extend(waiting(page, verdict));
    lines.push(Line::default());
    lines
}

/// What the table leaves out: the error below its first line, and who waits for the step.
fn rest_of(page: &Page<'_>, verdict: &Diagnosis<'_>) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(step) = blocking(page, verdict) {
        let whole = error(step, page);
        if let [_, more @ ..] = &whole[..]
            && !more.is_empty()
        {
            lines = whole;
            let first = step
                .last_error
                .as_ref()
                .map_or_else(String::new, error_line);
            lines[0] = named("Error", &first, page.theme.stale, page);
        }
        lines.extend(waiting(page, verdict));
    }
    lines.push(Line::default());
    lines
}

fn blocking<'a>(page: &Page<'a>, verdict: &Diagnosis<'_>) -> Option<&'a StepRow> {
    let mut steps = page.detail.steps.iter();
    steps.find(|step| Some(step.workflow_step_uuid) == verdict.root)
}

/// The line of the error that says what happened, and what its first lines say besides.
fn error(step: &StepRow, page: &Page<'_>) -> Vec<Line<'static>> {
    let Some(error) = &step.last_error else {
        return Vec::new();
    };
    let told = error_line(error);
    let others = error.lines().filter(|line| line.trim() != told.trim());
    let lines = std::iter::once(told.as_str()).chain(others).take(3);
    lines
        .flat_map(|line| page.flow(INDENT, line, page.theme.stale))
        .collect()
}

fn waiting(page: &Page<'_>, verdict: &Diagnosis<'_>) -> Option<Line<'static>> {
    if verdict.waiting.is_empty() {
        return None;
    }
    let names = verdict.waiting.join(", ");
    Some(named("Waiting", &names, page.theme.text, page))
}

fn named(name: &str, text: &str, style: Style, page: &Page<'_>) -> Line<'static> {
    Line::from(vec![
        Span::styled(fit(name, INDENT.len()), page.theme.focused),
        Span::styled(cut(text, page.room.saturating_sub(INDENT.len())), style),
    ])
}

fn advised(at: usize, advice: &Advice, page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let key = advice
        .key
        .map_or_else(|| "  ".to_owned(), |key| format!("{} ", key_for(key)));
    let mut lines = page.prose("       ", &advice.text, theme.text);
    if let Some(first) = lines.first_mut() {
        *first = Line::from(vec![
            Span::styled(format!("  {}. ", at + 1), theme.muted),
            Span::styled(key, theme.focused.patch(theme.heading)),
            Span::styled(first.to_string().trim_start().to_owned(), theme.text),
        ]);
    }
    lines
}

/// How this task was fixed before.
fn earlier(page: &Page<'_>, verdict: &Diagnosis<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    if verdict.earlier.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::styled("How it was fixed before", theme.focused)];
    for entry in verdict.earlier.iter().take(4) {
        let when = entry.resolution_timestamp.unwrap_or(entry.dlq_timestamp);
        let when = instant(
            when,
            page.app.polled.database_now(page.app.session.now),
            page.app.session.view.times,
        );
        let who = entry
            .resolved_by
            .as_ref()
            .map_or("somebody", |who| who.first_line());
        lines.push(Line::from(vec![
            Span::styled(format!("  {when}  "), theme.muted),
            Span::styled(
                entry.resolution_status.first_line().to_owned(),
                theme.state(entry.resolution_status.as_str()),
            ),
            Span::styled(format!(" by {who} ({})", entry.dlq_reason), theme.muted),
        ]));
        if let Some(notes) = &entry.resolution_notes {
            lines.extend(page.flow("    ", notes.as_str(), theme.text));
        }
    }
    lines.push(Line::default());
    lines
}

/// What else there is to know about the task.
fn about(page: &Page<'_>) -> Vec<Line<'static>> {
    let task = &page.detail.task;
    let theme = page.theme;
    let limit = task.staleness_threshold_minutes.map_or_else(
        || " · no threshold in this state".to_owned(),
        |minutes| format!(" · threshold {}", duration_of_minutes(minutes)),
    );
    let known = page.app.session.source.has("staleness");
    let limit = if known { limit } else { String::new() };
    let by = task
        .initiator
        .as_ref()
        .map_or_else(String::new, |by| format!(" · asked for by {by}"));
    let age = duration_of_minutes(task.task_age_minutes);
    vec![
        Line::styled(
            cut(
                &format!("{age} old{limit} · priority {}{by}", task.priority),
                page.room,
            ),
            theme.muted,
        ),
        Line::styled(
            format!("{} {}", page.app.session.words().task, task.task_uuid),
            theme.muted,
        ),
        Line::styled(format!("correlation {}", task.correlation_id), theme.muted),
    ]
}
