//! *Why stuck*: the verdict, what to do first, and how it was fixed before.

use ratatui::text::{Line, Span};

use super::{Page, fixed};
use crate::app::verdict::{Advice, Verdict, judge};
use crate::ui::text::{age_of_minutes, cut, instant};

/// The page's lines.
pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let verdict = judge(page.detail, page.app.database_now());
    let theme = page.theme;
    let mut lines = page.prose("", &verdict.sentence, theme.heading);
    lines.push(Line::default());
    lines.extend(root(page, &verdict));
    if !verdict.advice.is_empty() {
        lines.push(Line::styled("What to do first", theme.focused));
        for (at, advice) in verdict.advice.iter().enumerate() {
            lines.extend(advised(at, advice, page));
        }
        lines.push(Line::default());
    }
    lines.extend(earlier(page, &verdict));
    lines.extend(fixed::lines(page));
    lines.extend(about(page));
    lines
}

/// The step that holds everything up, its whole error, and who waits for it.
fn root(page: &Page<'_>, verdict: &Verdict<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let root = page
        .detail
        .steps
        .iter()
        .find(|step| Some(step.workflow_step_uuid) == verdict.root);
    let Some(step) = root else { return Vec::new() };
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
                age_of_minutes(step.time_in_state_minutes)
            ),
            theme.muted,
        ),
    ])];
    if let Some(error) = &step.last_error {
        for line in error.lines().take(3) {
            lines.extend(page.flow("            ", line, theme.stale));
        }
    }
    if !verdict.waiting.is_empty() {
        let names = cut(&verdict.waiting.join(", "), page.room.saturating_sub(12));
        lines.push(Line::from(vec![
            Span::styled("Waiting     ", theme.focused),
            Span::styled(names, theme.text),
        ]));
    }
    lines.push(Line::default());
    lines
}

fn advised(at: usize, advice: &Advice, page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let key = advice
        .key
        .map_or_else(|| "  ".to_owned(), |key| format!("{key} "));
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
fn earlier(page: &Page<'_>, verdict: &Verdict<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    if verdict.earlier.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::styled("How it was fixed before", theme.focused)];
    for entry in verdict.earlier.iter().take(4) {
        let when = entry.resolution_timestamp.unwrap_or(entry.dlq_timestamp);
        let when = instant(when, page.app.database_now(), page.app.looks.times);
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
        || "no threshold in this state".to_owned(),
        |minutes| format!("threshold {}", age_of_minutes(minutes)),
    );
    let by = task
        .initiator
        .as_ref()
        .map_or_else(String::new, |by| format!(" · asked for by {by}"));
    let age = age_of_minutes(task.task_age_minutes);
    vec![
        Line::styled(
            cut(
                &format!("{age} old · {limit} · priority {}{by}", task.priority),
                page.room,
            ),
            theme.muted,
        ),
        Line::styled(format!("task {}", task.task_uuid), theme.muted),
        Line::styled(format!("correlation {}", task.correlation_id), theme.muted),
    ]
}
