//! What the pages of one task are drawn with.

use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::detail::DetailScreen;
use crate::data::model::Detail;
use crate::ui::widgets::text::{cut, width, wrap};
use crate::ui::widgets::theme::Theme;

/// What the pages are drawn with.
pub(super) struct Page<'a> {
    pub app: &'a App,
    pub screen: &'a DetailScreen,
    pub detail: &'a Detail,
    pub theme: &'a Theme,
    /// Cells of a line.
    pub room: usize,
    /// Lines on screen.
    pub height: usize,
}

impl Page<'_> {
    /// One text as lines: wrapped if that is wanted, else cut.
    pub(super) fn flow(
        &self,
        indent: &str,
        text: &str,
        style: ratatui::style::Style,
    ) -> Vec<Line<'static>> {
        let room = self.room.saturating_sub(indent.len());
        let lines = if self.app.session.view.wrap {
            wrap(text, room)
        } else {
            text.lines().map(|line| cut(line, room)).collect()
        };
        lines
            .into_iter()
            .map(|line| Line::styled(format!("{indent}{line}"), style))
            .collect()
    }

    /// A line and what follows in it: below it if that is too long and to be wrapped.
    pub(super) fn followed(&self, mut head: Line<'static>, rest: &str) -> Vec<Line<'static>> {
        let fits = head.width() + 2 + width(rest) <= self.room;
        if self.app.session.view.wrap && !fits {
            let mut lines = vec![head];
            lines.extend(self.flow("                 ", rest, self.theme.muted));
            return lines;
        }
        if !rest.is_empty() {
            head.push_span(Span::styled(format!("  {rest}"), self.theme.muted));
        }
        vec![head]
    }

    /// One text as lines, wrapped whatever is wanted: for what must be read whole.
    pub(super) fn prose(
        &self,
        indent: &str,
        text: &str,
        style: ratatui::style::Style,
    ) -> Vec<Line<'static>> {
        let lines = wrap(text, self.room.saturating_sub(indent.len()).min(110));
        lines
            .into_iter()
            .map(|line| Line::styled(format!("{indent}{line}"), style))
            .collect()
    }
}
