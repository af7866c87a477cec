//! One line of text that is being typed, with its cursor.

use ratatui::Frame;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::text::{cut, tail, width};
use crate::app::text_input::TextInput;

/// What stands before a field, and how it is drawn.
#[derive(Clone, Copy)]
pub(in crate::ui) struct Label<'a> {
    pub(in crate::ui) name: &'a str,
    pub(in crate::ui) style: Style,
}

/// Draws the field after its label; the cursor stands in it if it has the focus.
pub(in crate::ui) fn draw_field(
    frame: &mut Frame<'_>,
    area: Rect,
    field: &TextInput,
    label: Label<'_>,
    focused: bool,
) {
    let room = usize::from(area.width).saturating_sub(width(label.name) + 1);
    let (before, after) = field.around_cursor();
    let before = tail(&before.to_string(), room);
    let after = cut(&after.to_string(), room - width(&before).min(room));
    let at = width(label.name) + width(&before);
    let line = Line::from(vec![
        Span::styled(label.name.to_owned(), label.style),
        Span::raw(before),
        Span::raw(after),
    ]);
    frame.render_widget(line, area);
    if focused && !area.is_empty() {
        let x = area
            .x
            .saturating_add(u16::try_from(at).unwrap_or(u16::MAX))
            .min(area.right() - 1);
        frame.set_cursor_position(Position { x, y: area.y });
    }
}
