//! Popups: what lies over the screen, one file each.
//!
//! A new one is a [`Popup`] and a file here with a `draw`.

mod choice;
mod confirm;
mod detector;
mod extra_fields;
mod help;
mod log_line;
mod results;

use ratatui::Frame;

use crate::app::App;
use crate::app::screen::popup::Popup;
use crate::ui::widgets::theme::Theme;

/// Draws what lies over the screen, if anything does.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    match &app.screen.popup {
        None => {}
        Some(Popup::Confirm(confirm)) => confirm::draw(frame, confirm, app, theme),
        Some(Popup::Detector(dialog)) => detector::draw(frame, dialog, app, theme),
        Some(Popup::Help(view)) => help::draw(frame, app, view, theme),
        Some(Popup::Palette(palette)) => choice::draw_palette(frame, palette, theme),
        Some(Popup::Menu(menu)) => choice::draw_menu(frame, menu, theme),
        Some(Popup::LogLine(row, view)) => log_line::draw(frame, app, row, view, theme),
        Some(Popup::Results(view)) => results::draw(frame, app, view, theme),
    }
}
