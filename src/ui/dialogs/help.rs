//! The keys that work where the operator is, from the key table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::App;
use crate::app::viewport::Viewport;
use crate::ui::footer::below;
use crate::ui::keymap::{self, Mode};
use crate::ui::panes::boxed;
use crate::ui::text::{cut, fit};
use crate::ui::theme::Theme;

const KEYS: usize = 16;
const WIDTH: u16 = 76;

/// Draws the help.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, view: &Viewport, theme: &Theme) {
    let mode = match (app.log.is_some(), app.detail.is_some()) {
        (true, _) => Mode::Log,
        (_, true) => Mode::Detail,
        _ => Mode::Dashboard,
    };
    let mut lines = Vec::new();
    let help = keymap::help(mode);
    let (writes, looks): (Vec<_>, Vec<_>) = help.into_iter().partition(|(_, named)| named.writes());
    for (title, keys) in [("Changes something (asks first)", writes), ("Looks", looks)] {
        if keys.is_empty() {
            continue;
        }
        lines.push(Line::styled(title, theme.heading));
        for (keys, named) in keys {
            lines.push(Line::from(vec![
                Span::styled(fit(&keys, KEYS), theme.focused),
                Span::styled(format!("{}  ", cut(named.about, 56)), theme.text),
            ]));
        }
        lines.push(Line::default());
    }
    lines.push(Line::styled(
        "^C quits from anywhere. Lower case looks, capitals write.",
        theme.muted,
    ));
    let signs =
        "» the next sweep takes it · ● marked · ×4 the fourth entry of the task · ✎2 two notes";
    lines.push(Line::styled(signs, theme.muted));
    lines.push(Line::styled(
        "Filters: words, \"two words\", ns: state: step: error: age>2h, ! inverts;",
        theme.muted,
    ));
    lines.push(Line::styled(
        "in the queue also reason: owner: (owner:none), in Staleness health:.",
        theme.muted,
    ));
    draw_lines(frame, lines, "Keys", view, theme);
}

/// A box of lines that scrolls if they do not fit.
pub(super) fn draw_lines(
    frame: &mut Frame<'_>,
    lines: Vec<Line<'static>>,
    title: &str,
    view: &Viewport,
    theme: &Theme,
) {
    let wanted = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX);
    let fits = wanted <= frame.area().height;
    let inside = boxed(frame, (WIDTH + 6, wanted), title, theme);
    let height = usize::from(inside.height).saturating_sub(usize::from(!fits));
    let top = view.clamp(height, lines.len());
    let hidden = lines.len().saturating_sub(top + height);
    let mut shown: Vec<Line<'static>> = lines.into_iter().skip(top).take(height).collect();
    if !fits {
        shown.push(Line::styled(below(hidden), theme.warning));
    }
    for (line, y) in shown.into_iter().zip(inside.top()..inside.bottom()) {
        frame.render_widget(
            line,
            Rect {
                y,
                height: 1,
                ..inside
            },
        );
    }
}
