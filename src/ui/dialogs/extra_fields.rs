//! What the confirm box asks beside the reason: limits, spans of time, a result.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::app::writes::confirm::Confirm;
use crate::app::writes::confirm::duration_field::Span;
use crate::app::writes::confirm::extra_fields::ExtraField;
use crate::app::writes::confirm::field::Field;
use crate::app::writes::confirm::json_field::JsonResult;
use crate::app::writes::verb_plan::Plan;
use crate::data::model::safe_text::SafeText;
use crate::ui::widgets::input_field::{Label, draw_field};
use crate::ui::widgets::text::{cut, width, wrap};
use crate::ui::widgets::theme::Theme;

/// Lines of a result that are shown before it is sent.
const SHOWN: usize = 6;

/// Who else looks into it, where there is a blank line otherwise.
pub(super) fn warnings(plan: &Plan, room: usize, theme: &Theme) -> Vec<Line<'static>> {
    if plan.remarks.is_empty() {
        return vec![Line::default()];
    }
    let told = plan.remarks.iter();
    told.flat_map(|told| wrap(&SafeText::new(told).to_string(), room))
        .map(|line| Line::styled(line, theme.warning))
        .collect()
}

/// What was written.
pub(super) fn facts(
    confirm: &Confirm,
    room: usize,
    most: usize,
    theme: &Theme,
) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(ExtraField::Result(result)) = &confirm.extra {
        lines.push(Line::default());
        lines.extend(written(result, room, most.min(SHOWN), theme));
    }
    lines
}

/// The first lines of a result, as they were written.
fn written(result: &JsonResult, room: usize, most: usize, theme: &Theme) -> Vec<Line<'static>> {
    if !result.is_written() {
        let text = "Write JSON and leave the editor: it is checked here before it is sent.";
        return vec![Line::styled(text, theme.muted)];
    }
    let all = result.text().lines().count();
    let shown = result.text().lines().take(most);
    let mut lines: Vec<Line<'static>> = shown
        .map(|line| {
            let line = line.replace('\t', "  ");
            let line = SafeText::new(&line).to_string();
            Line::styled(cut(&format!("  {line}"), room), theme.text)
        })
        .collect();
    if all > most {
        let more = format!("  … {} lines more", all - most);
        lines.push(Line::styled(more, theme.muted));
    }
    lines
}

/// How to go on from there.
pub(super) const fn next_field_hint(spot: Field) -> &'static str {
    match spot {
        Field::Attempts => "Enter: to the timeout · Esc: cancel",
        Field::Span => "↑ ↓ choose, or type · Enter: to the reason · Esc: cancel",
        Field::Result => "Enter: edit it · Tab: to the reason · Esc: cancel",
        _ => "Enter: to the reason · Esc: cancel",
    }
}

/// One of those fields.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    confirm: &Confirm,
    spot: Field,
    theme: &Theme,
) {
    let focused = confirm.field == spot;
    let label = if focused { theme.focused } else { theme.muted };
    let (name, field, hint) = match (&confirm.extra, spot) {
        (Some(ExtraField::Limits(limits)), Field::Attempts) => {
            ("Attempts ", &limits.attempts, "1 to 1000".to_owned())
        }
        (Some(ExtraField::Limits(limits)), Field::Timeout) => {
            ("Timeout  ", &limits.timeout, "seconds, or none".to_owned())
        }
        (Some(ExtraField::Span(span)), Field::Span) => {
            ("For     ", &span.field, meaning(span, confirm))
        }
        (Some(ExtraField::Result(result)), Field::Result) => {
            let (text, style) = match (result.value(), result.is_written()) {
                (Ok(_), _) => (format!("JSON, {}", result.size()), theme.healthy),
                (Err(_), true) => (format!("no JSON, {}", result.size()), theme.stale),
                (Err(_), false) => ("not written yet".to_owned(), theme.muted),
            };
            let line = Line::from(vec![
                ratatui::text::Span::styled("Result  ", label),
                ratatui::text::Span::styled(text, if focused { theme.selected } else { style }),
            ]);
            return frame.render_widget(line, area);
        }
        _ => return,
    };
    draw_field(frame, area, field, Label { name, style: label }, focused);
    let typed = width(&SafeText::new(field.text()).to_string());
    let x = (area.x)
        .saturating_add(u16::try_from(width(name) + typed + 3).unwrap_or(u16::MAX))
        .min(area.right());
    let room = area.right() - x;
    let hint = Line::styled(cut(&hint, usize::from(room)), theme.muted);
    frame.render_widget(
        hint,
        Rect {
            x,
            width: room,
            ..area
        },
    );
}

/// When that is, or how it can be written.
fn meaning(span: &Span, confirm: &Confirm) -> String {
    let written = || {
        let offered = span.offered.join(" ");
        format!("{offered} · 2h30m · 14:30 · 2026-11-22 09:00")
    };
    span.meaning(confirm.now).unwrap_or_else(written)
}
