//! *History* and *Notes*: what happened to the task, and what people wrote about it.

use ratatui::text::{Line, Span};

use super::page::Page;
use crate::app::format::error_line;
use crate::data::model::EntryRow;
use crate::keymap::key_for;
use crate::ui::widgets::text::{fit, instant, plural};

/// The lines of *History*: entries first, then every state change, newest first.
pub(super) fn lines(page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let mut lines = vec![Line::styled("Investigations", theme.focused)];
    if page.detail.entries.is_empty() {
        lines.push(Line::styled(
            format!("  none yet ({} opens one)", key_for('D')),
            theme.muted,
        ));
    }
    for entry in &page.detail.entries {
        lines.extend(investigation(entry, page));
    }
    lines.push(Line::default());
    lines.extend(changes(page));
    lines
}

/// One entry: when and why it was opened; how, when and by whom it was closed, and what was written
/// about it.
fn investigation(entry: &EntryRow, page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let when = |at| {
        instant(
            at,
            page.app.polled.database_now(page.app.session.now),
            page.app.session.view.times,
        )
    };
    let status = entry.resolution_status.as_str();
    let is_open = status == "pending";
    let by = entry.resolved_by.as_ref().filter(|_| !is_open);
    let by = by.map_or_else(String::new, |by| format!("by {by} "));
    let closed = entry.resolution_timestamp.filter(|_| !is_open);
    let closed = closed.map_or_else(String::new, |at| format!("{by}{}", when(at)));
    let closed = if closed.is_empty() { by } else { closed };
    let head = Line::from(vec![
        Span::styled(
            format!("  {} ", fit(&when(entry.dlq_timestamp), 14)),
            theme.muted,
        ),
        Span::styled(fit(entry.dlq_reason.first_line(), 26), theme.text),
        Span::styled(status.to_owned(), theme.state(status)),
    ]);
    let mut lines = page.followed(head, closed.trim());
    match &entry.resolution_notes {
        Some(notes) if !notes.is_blank() => {
            lines.extend(page.flow("      ", notes.as_str(), theme.text));
        }
        _ if !is_open => lines.push(Line::styled("      no resolution notes", theme.muted)),
        _ => {}
    }
    let notes = page.detail.notes.iter();
    let notes = notes.filter(|note| note.dlq_entry_uuid == entry.dlq_entry_uuid);
    if is_open {
        // They have a page of their own.
        if let n @ 1.. = notes.count() {
            let text = format!("      {} (page 5)", plural(n, "note"));
            lines.push(Line::styled(text, theme.muted));
        }
        return lines;
    }
    for note in notes {
        let text = format!(
            "{} ({}): {}",
            note.author,
            when(note.at),
            note.body.as_str()
        );
        lines.extend(page.flow("      ", &text, theme.muted));
    }
    lines
}

fn changes(page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    let mut lines = Vec::new();
    lines.push(Line::styled("State changes, newest first", theme.focused));
    for change in &page.detail.transitions {
        let when = instant(
            change.created_at,
            page.app.polled.database_now(page.app.session.now),
            page.app.session.view.times,
        );
        let subject = change
            .step_name
            .as_ref()
            .map_or("the task", |step| step.first_line());
        let from = change
            .from_state
            .as_ref()
            .map_or("–", |from| from.first_line());
        let by = change.processor.as_ref().map_or("", |by| by.first_line());
        let reason = change.reason.as_ref().map_or_else(String::new, error_line);
        let head = Line::from(vec![
            Span::styled(format!("  {} ", fit(&when, 14)), theme.muted),
            Span::styled(fit(subject, 24), theme.text),
            Span::styled(format!("{from} → "), theme.muted),
            Span::styled(
                change.to_state.first_line().to_owned(),
                theme.state(change.to_state.as_str()),
            ),
        ]);
        lines.extend(page.followed(head, format!("{by} {reason}").trim()));
    }
    lines
}

/// The lines of *Notes*, oldest first, as they are read.
pub(super) fn notes(page: &Page<'_>) -> Vec<Line<'static>> {
    let theme = page.theme;
    if page.detail.notes.is_empty() {
        return vec![Line::styled(
            format!("no notes yet ({} adds one)", key_for('A')),
            theme.muted,
        )];
    }
    let mut lines = Vec::new();
    for note in &page.detail.notes {
        let when = instant(
            note.at,
            page.app.polled.database_now(page.app.session.now),
            page.app.session.view.times,
        );
        lines.push(Line::from(vec![
            Span::styled(note.author.first_line().to_owned(), theme.heading),
            Span::styled(format!("  {when}"), theme.muted),
        ]));
        lines.extend(page.prose("  ", note.body.as_str(), theme.text));
        lines.push(Line::default());
    }
    lines
}
