//! Borders, the area of a dialog, and the lines that stand in for rows.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Margin, Rect, Size};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};

use super::text::cut;
use super::theme::Theme;
use crate::app::lists::list::List;
use crate::data::error::DataError;
use crate::data::model::safe_text::SafeText;

/// Below this many columns or rows there is no pane at all.
pub(in crate::ui) const SMALLEST: (u16, u16) = (60, 15);

/// Draws the border and title that everything with a border has; returns what is inside.
pub(in crate::ui) fn block(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    focused: bool,
    theme: &Theme,
) -> Rect {
    let style = if focused {
        theme.focused.patch(theme.heading)
    } else {
        theme.heading
    };
    let title = cut(title, usize::from(area.width.saturating_sub(4)));
    let block = Block::bordered()
        .title(Line::styled(format!(" {title} "), style))
        .border_style(theme.pane(focused));
    let inside = block.inner(area);
    frame.render_widget(block, area);
    inside
}

/// Where boxes go: between the header, which says where one is and how old the data is, and the
/// keys at the bottom. On a screen that is too low for panes, all of it.
pub(in crate::ui) fn body_area(frame: &Frame<'_>) -> Rect {
    let screen = frame.area();
    if screen.height < SMALLEST.1 {
        return screen;
    }
    Rect {
        y: screen.y + 2,
        height: screen.height - 3,
        ..screen
    }
}

/// Clears the middle of the screen for a box of this size, draws its border, returns its inside.
/// If it is too high to stay clear of the header, it takes what it needs.
pub(in crate::ui) fn dialog_area(
    frame: &mut Frame<'_>,
    size: Size,
    title: &str,
    theme: &Theme,
) -> Rect {
    let screen = match body_area(frame) {
        body if size.height <= body.height => body,
        _ => frame.area(),
    };
    let area = screen.centered(
        ratatui::layout::Constraint::Length(size.width.min(screen.width)),
        ratatui::layout::Constraint::Length(size.height.min(screen.height)),
    );
    frame.render_widget(Clear, area);
    block(frame, area, title, true, theme).inner(Margin::new(1, 0))
}

/// Draws one line below the other, as many as there is room for.
pub(in crate::ui) fn draw_lines<'a>(
    frame: &mut Frame<'_>,
    area: Rect,
    lines: impl IntoIterator<Item = Line<'a>>,
) {
    for (line, row) in lines.into_iter().zip(area.rows()) {
        frame.render_widget(line, row);
    }
}

/// Fills a pane that has no rows with the reason why.
pub(in crate::ui) fn placeholder(frame: &mut Frame<'_>, area: Rect, why: &str, theme: &Theme) {
    let text = Paragraph::new(why.to_owned())
        .style(theme.muted)
        .wrap(Wrap { trim: true });
    frame.render_widget(text, area.inner(Margin::new(1, 0)));
}

/// Fills a pane that has not heard anything yet: an error has said why on its own line already.
pub(in crate::ui) fn waiting(
    frame: &mut Frame<'_>,
    area: Rect,
    error: Option<&Arc<DataError>>,
    theme: &Theme,
) {
    if error.is_none() {
        placeholder(frame, area, "waiting for the first answer…", theme);
    }
}

/// If the pane's latest rows could not be read, says so on its first line; returns what is left.
pub(in crate::ui) fn failure(
    frame: &mut Frame<'_>,
    area: Rect,
    error: Option<&Arc<DataError>>,
    theme: &Theme,
) -> Rect {
    let Some(error) = error.filter(|_| area.height > 0) else {
        return area;
    };
    let text = cut(&format!("✖ {}", error.one_line()), usize::from(area.width));
    frame.render_widget(Line::styled(text, theme.stale), Rect { height: 1, ..area });
    Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    }
}

/// A list's title: its name, how much of it is shown, its order and its filter, so that neither
/// can be forgotten.
pub(in crate::ui) fn list_title<Id>(
    name: &str,
    counted: Option<String>,
    list: &List<Id>,
) -> String {
    let mut parts = vec![name.to_owned()];
    parts.extend(counted);
    if let Some(sort) = list.sort {
        let arrow = if sort.falling { "↓" } else { "↑" };
        parts.push(format!("by {} {arrow}", sort.column.title()));
    }
    if let Some(group) = &list.filter.within {
        parts.push(group.to_string());
    }
    if !list.filter.is_empty() {
        parts.push(format!("/{}", SafeText::new(list.filter.field.text())));
    }
    parts.join(" · ")
}
