//! *Steps*: the graph, parents before children, and where each step stands.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use super::page::Page;
use crate::app::format::error_line;
use crate::data::model::StepRow;
use crate::data::model::safe_text::SafeText;
use crate::ui::widgets::frame::draw_lines;
use crate::ui::widgets::table;
use crate::ui::widgets::table::{Cell, Column, Gone, Sheet, Shown, cell, number, words};
use crate::ui::widgets::text::{duration_of_minutes, instant, plural};

const COLUMNS: [Column; 7] = [
    words("step", 20, 44, 0),
    words("state", 14, 24, 0),
    number("tries", 5, 1),
    number("for", 8, 2),
    words("readiness", 14, 30, 4),
    words("after", 10, 36, 5),
    words("error", 12, 120, 3),
];

/// Lines for the step under the cursor.
const CLOSE_UP: u16 = 6;

/// Draws the page: the steps, and below them the one under the cursor with its whole error.
pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, page: &Page<'_>) {
    let close_up = close_up(area.height, page);
    let rows = Layout::vertical([Constraint::Fill(1), Constraint::Length(close_up)]);
    let [list, below] = area.layout(&rows);
    let steps = &page.detail.steps;
    let height = usize::from(list.height.saturating_sub(1));
    let cursor = &page.screen.steps;
    let window = cursor.window(&page.screen.views[page.screen.tab.index()], height);
    let on_screen = window.rows.clone().zip(&steps[window.rows.clone()]);
    let rows = on_screen.map(|(place, step)| Shown {
        cells: cells(step, page),
        at_cursor: Some(place) == cursor.row(),
        marked: false,
    });
    let sheet = Sheet {
        columns: &COLUMNS,
        rows: rows.collect(),
        focused: true,
        gone: Gone::of(
            &window,
            Some(page.app.session.words().fill("the {step} is gone")),
        ),
    };
    table::draw(frame, list, &sheet, page.theme);
    if let Some(step) = cursor.row().and_then(|at| steps.get(at)) {
        let lines = visible(selected(step, page), usize::from(below.height), page);
        let indented = Rect {
            x: below.x + 1,
            width: below.width.saturating_sub(2),
            ..below
        };
        draw_lines(frame, indented, lines);
    }
}

/// Lines for the step under the cursor: what the list leaves, at least [`CLOSE_UP`].
fn close_up(height: u16, page: &Page<'_>) -> u16 {
    if height < CLOSE_UP * 2 {
        return 0;
    }
    let steps = u16::try_from(page.detail.steps.len()).unwrap_or(u16::MAX);
    let spare = height.saturating_sub(steps.saturating_add(1));
    spare.clamp(CLOSE_UP, height - CLOSE_UP)
}

/// As many lines as fit, and how many do not.
fn visible(mut lines: Vec<Line<'static>>, height: usize, page: &Page<'_>) -> Vec<Line<'static>> {
    if lines.len() <= height || height == 0 {
        return lines;
    }
    let hidden = lines.len() + 1 - height;
    lines.truncate(height - 1);
    let wraps = if page.app.session.view.wrap {
        "cuts"
    } else {
        "wraps"
    };
    let text = format!("… {} more, w {wraps}", plural(hidden, "line"));
    lines.push(Line::styled(text, page.theme.warning));
    lines
}

fn cells(step: &StepRow, page: &Page<'_>) -> Vec<Cell> {
    let theme = page.theme;
    let state = theme.state(step.current_state.as_str());
    let error = step
        .last_error
        .as_ref()
        .map_or_else(String::new, error_line);
    let spent = step.attempts >= step.max_attempts && step.current_state == "error";
    vec![
        cell(name(step, page), theme.text),
        cell(format!("{} {}", symbol(step), step.current_state), state),
        cell(
            format!("{}/{}", step.attempts, step.max_attempts),
            if spent { theme.stale } else { theme.text },
        ),
        cell(duration_of_minutes(step.time_in_state_minutes), theme.text),
        cell(stands(step, page), theme.text),
        cell(join(&step.parents), theme.muted),
        cell(error, theme.muted),
    ]
}

fn name(step: &StepRow, page: &Page<'_>) -> String {
    let name = &step.step_name;
    if waits_for_itself(step, page) {
        return format!("{name} (cycle)");
    }
    format!("{}{name}", branch(step, page))
}

/// Whether a step is among those that must come before it.
fn waits_for_itself(step: &StepRow, page: &Page<'_>) -> bool {
    let steps = &page.detail.steps;
    let mut before: Vec<&SafeText> = step.parents.iter().collect();
    let mut at = 0;
    while let Some(name) = before.get(at).copied() {
        let parent = steps.iter().find(|one| one.step_name == *name);
        for name in parent.map_or(&[][..], |one| &one.parents) {
            if !before.contains(&name) {
                before.push(name);
            }
        }
        at += 1;
    }
    before.contains(&&step.step_name)
}

/// Whether the way up from it never ends, as from whatever comes after a cycle.
fn is_endless(step: &StepRow, page: &Page<'_>) -> bool {
    let steps = &page.detail.steps;
    let parent = |step: &StepRow| {
        let name = step.parents.first()?;
        steps.iter().find(|one| one.step_name == *name)
    };
    let mut at = Some(step);
    for _ in 0..=steps.len() {
        at = at.and_then(parent);
    }
    at.is_some()
}

/// Indents a step by how many steps must come before it.
fn branch(step: &StepRow, page: &Page<'_>) -> String {
    let depth = depth(step, page, 0);
    if depth == 0 || is_endless(step, page) {
        String::new()
    } else {
        format!("{}└─", "  ".repeat(depth - 1))
    }
}

fn depth(step: &StepRow, page: &Page<'_>, so_far: usize) -> usize {
    // Deeper graphs are rare and cycles are possible: both stop here.
    const DEEPEST: usize = 8;
    if so_far >= DEEPEST {
        return 0;
    }
    // One parent is enough for the indent; the column "after" names them all.
    let Some(parent) = step.parents.first() else {
        return 0;
    };
    let parent = page
        .detail
        .steps
        .iter()
        .find(|one| one.step_name == *parent);
    parent.map_or(0, |parent| {
        (1 + depth(parent, page, so_far + 1)).min(DEEPEST)
    })
}

fn symbol(step: &StepRow) -> &'static str {
    match step.current_state.as_str() {
        "complete" | "resolved_manually" => "✓",
        "error" => "✖",
        "in_progress" => "▸",
        "cancelled" => "–",
        "waiting_for_retry" => "↻",
        _ => "○",
    }
}

/// What keeps a step from running.
fn stands(step: &StepRow, page: &Page<'_>) -> String {
    let state = step.current_state.as_str();
    if matches!(state, "complete" | "resolved_manually" | "cancelled") {
        return String::new();
    }
    if let Some(at) = step.next_retry_at.filter(|_| state == "waiting_for_retry") {
        return format!(
            "retry {}",
            instant(
                at,
                page.app.polled.database_now(page.app.session.now),
                page.app.session.view.times
            )
        );
    }
    if state == "error" {
        return if step.retry_eligible {
            "may be retried".to_owned()
        } else {
            "attempts used up".to_owned()
        };
    }
    if step.ready_for_execution {
        return "ready".to_owned();
    }
    if !step.blocked_by.is_empty() {
        return format!("waits for {}", join(&step.blocked_by));
    }
    if step.satisfied_parents < step.total_parents {
        return format!(
            "{} of {} parents done",
            step.satisfied_parents, step.total_parents
        );
    }
    String::new()
}

fn selected(step: &StepRow, page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let limit = step
        .timeout_seconds
        .map_or_else(String::new, |s| format!(" · timeout {s} s"));
    let failed = step.last_failure_at.map_or_else(String::new, |at| {
        format!(
            " · failed {}",
            instant(
                at,
                page.app.polled.database_now(page.app.session.now),
                page.app.session.view.times
            )
        )
    });
    let facts = format!(
        "{} · step {}{limit}{failed}",
        step.step_name, step.workflow_step_uuid
    );
    let mut lines = vec![Line::default()];
    lines.extend(page.flow("", &facts, theme.heading));
    if let Some(error) = &step.last_error {
        lines.extend(page.flow("", error.as_str(), theme.stale));
    }
    lines
}

fn join(names: &[SafeText]) -> String {
    let names: Vec<&str> = names.iter().map(SafeText::first_line).collect();
    names.join(", ")
}
