//! The command bar and short lists to choose from.

use ratatui::Frame;
use ratatui::layout::{Rect, Size};
use ratatui::text::{Line, Span};

use crate::app::screen::command_support;
use crate::app::screen::commands::{CommandSpec, with_args};
use crate::app::screen::popup::{Menu, Palette};
use crate::data::model::safe_text::SafeText;
use crate::keymap::key_of;
use crate::ui::widgets::frame::dialog_area;
use crate::ui::widgets::input_field::{Label, draw_field};
use crate::ui::widgets::text::{fit, fit_right, width, wrap};
use crate::ui::widgets::theme::Theme;

const WIDTH: u16 = 72;
const OFFERS: usize = 12;

/// Draws the command bar with what it offers.
pub(super) fn draw_palette(frame: &mut Frame<'_>, palette: &Palette, theme: &Theme) {
    let offers = palette.offers();
    let height = u16::try_from(OFFERS + 3).unwrap_or(u16::MAX);
    let inside = dialog_area(frame, Size::new(WIDTH, height), "Commands", theme);
    if inside.is_empty() {
        return;
    }
    let line = Rect {
        height: 1,
        ..inside
    };
    draw_field(
        frame,
        line,
        &palette.field,
        Label {
            name: ":",
            style: theme.focused,
        },
        true,
    );
    let at = palette.at.min(offers.len().saturating_sub(1));
    let top = at.saturating_sub(OFFERS - 1);
    let about = usize::from(inside.width).saturating_sub(28);
    for ((place, offer), y) in offers
        .iter()
        .enumerate()
        .skip(top)
        .zip(inside.top() + 1..inside.bottom())
    {
        let line = offer_line(offer, palette, about, place == at, theme);
        frame.render_widget(
            line,
            Rect {
                y,
                height: 1,
                ..inside
            },
        );
    }
    if offers.is_empty() && inside.height > 1 {
        let line = Line::styled(" no matching command", theme.muted);
        frame.render_widget(
            line,
            Rect {
                y: inside.y + 1,
                height: 1,
                ..inside
            },
        );
    } else if let Some((named, _)) = with_args(palette.field.text()) {
        draw_words(frame, inside, named, palette, theme);
    }
}

/// One command: its name, what it does, its key.
fn offer_line(
    offer: &CommandSpec,
    palette: &Palette,
    about: usize,
    selected: bool,
    theme: &Theme,
) -> Line<'static> {
    let name = fit(offer.name, 16);
    let about = fit(&command_support::describe(&palette.source, offer), about);
    let key = fit_right(&key_of(offer.name).unwrap_or_default(), 10);
    if selected {
        return Line::styled(format!(" {name} {about}{key}"), theme.selected);
    }
    Line::from(vec![
        Span::styled(format!(" {name} "), theme.text),
        Span::styled(about, theme.muted),
        Span::styled(key, theme.focused),
    ])
}

/// What may follow the name, or what is wrong with what does.
fn draw_words(
    frame: &mut Frame<'_>,
    area: Rect,
    named: &CommandSpec,
    palette: &Palette,
    theme: &Theme,
) {
    let (text, style) = match (&palette.complaint, named.args) {
        (Some(complaint), _) => (complaint.clone(), theme.stale),
        (None, Some(args)) => (
            format!("like this: {} {}", named.name, args.example),
            theme.muted,
        ),
        (None, None) => return,
    };
    let area = Rect {
        y: area.y + 2,
        height: area.height.saturating_sub(2),
        ..area
    };
    let room = usize::from(area.width).saturating_sub(2);
    let lines = wrap(&SafeText::new(&text).to_string(), room);
    for (text, y) in lines.into_iter().zip(area.top()..area.bottom()) {
        let line = Rect {
            y,
            height: 1,
            ..area
        };
        frame.render_widget(Line::styled(format!(" {text}"), style), line);
    }
}

/// Draws a short list.
pub(super) fn draw_menu(frame: &mut Frame<'_>, menu: &Menu, theme: &Theme) {
    let height = u16::try_from(menu.items.len() + 2).unwrap_or(u16::MAX);
    let widest = menu
        .items
        .iter()
        .map(|(text, _)| width(text))
        .max()
        .unwrap_or(0)
        + 6;
    let size = u16::try_from(widest).unwrap_or(u16::MAX).clamp(44, 120);
    let inside = dialog_area(frame, Size::new(size, height), menu.title, theme);
    let top = menu
        .at
        .saturating_sub(usize::from(inside.height).saturating_sub(1));
    let shown = menu.items.iter().enumerate().skip(top);
    for ((place, (text, _)), y) in shown.zip(inside.top()..inside.bottom()) {
        let style = if place == menu.at {
            theme.selected
        } else {
            theme.text
        };
        let text = format!(
            " {}",
            fit(text, usize::from(inside.width).saturating_sub(1))
        );
        frame.render_widget(
            Line::styled(text, style),
            Rect {
                y,
                height: 1,
                ..inside
            },
        );
    }
}
