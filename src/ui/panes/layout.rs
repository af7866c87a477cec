//! Parts of a pane below and beside each other, and what to do when they do not fit.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::viewport::Viewport;
use crate::ui::widgets::text::{count_usize, plural};
use crate::ui::widgets::theme::Theme;

/// The parts below each other, with a line between them if there is room for it.
pub(super) fn stack(parts: Vec<Vec<Line<'static>>>, height: usize) -> Vec<Line<'static>> {
    let needed: usize = parts.iter().map(Vec::len).sum();
    let spaced = needed + parts.len() <= height + 1;
    let mut lines = Vec::new();
    for part in parts {
        if spaced && !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(part);
    }
    lines
}

/// Two columns as one, the right one after `half` cells.
pub(super) fn side_by_side(
    left: Vec<Line<'static>>,
    right: Vec<Line<'static>>,
    half: usize,
) -> Vec<Line<'static>> {
    let high = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    let mut lines = Vec::with_capacity(high);
    for _ in 0..high {
        let mut line = left.next().unwrap_or_default();
        let mut joined: Vec<Span<'static>> = Vec::new();
        let gap = half.saturating_sub(line.width());
        for span in line.spans.drain(..) {
            joined.push(Span::styled(span.content, line.style.patch(span.style)));
        }
        joined.push(Span::raw(" ".repeat(gap)));
        let beside = right.next().unwrap_or_default();
        let style = beside.style;
        let styled = |span: Span<'static>| Span::styled(span.content, style.patch(span.style));
        joined.extend(beside.spans.into_iter().map(styled));
        lines.push(Line::from(joined));
    }
    lines
}

/// How far a pane is scrolled, and whether its keys scroll it now.
#[derive(Clone, Copy)]
pub(super) struct Scrolled<'a> {
    pub(super) view: &'a Viewport,
    pub(super) focused: bool,
}

/// Draws as many lines as there is room for, and says how the others can be read.
pub(super) fn scroll(
    frame: &mut Frame<'_>,
    area: Rect,
    lines: Vec<Line<'static>>,
    scrolled: Scrolled<'_>,
    theme: &Theme,
) {
    let Scrolled { view, focused } = scrolled;
    let high = usize::from(area.height);
    let cut_off = lines.len() > high;
    let height = high.saturating_sub(usize::from(cut_off));
    let top = view.clamp(height, lines.len());
    let below = lines.len().saturating_sub(top + height);
    let mut shown: Vec<Line<'static>> = lines.into_iter().skip(top).take(height).collect();
    if cut_off {
        let how = if focused { "j/k" } else { "3 then j/k" };
        let more = match below {
            0 => format!("… {} above: k", plural(top, "line")),
            1 => format!("… 1 line more: {how}"),
            _ => format!("… {} lines more: {how}", count_usize(below)),
        };
        shown.push(Line::styled(more, theme.warning));
    }
    let line = Rect {
        x: area.x + 1,
        width: area.width.saturating_sub(1),
        height: 1,
        ..area
    };
    for (text, y) in shown.into_iter().zip(area.top()..area.bottom()) {
        frame.render_widget(text, Rect { y, ..line });
    }
}
