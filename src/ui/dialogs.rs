//! What lies over the screen, one file each.

mod choice;
mod confirm;
mod extra_fields;
mod help;
mod log_line;
mod results;

use ratatui::Frame;

use crate::app::App;
use crate::app::screen::popup::Overlay;
use crate::ui::widgets::theme::Theme;

/// Draws what lies over the screen, if anything does.
pub(super) fn draw(frame: &mut Frame<'_>, app: &App, theme: &Theme) {
    match &app.overlay {
        None => {}
        Some(Overlay::Confirm(confirm)) => confirm::draw(frame, confirm, app, theme),
        Some(Overlay::Help(view)) => help::draw(frame, app, view, theme),
        Some(Overlay::Palette(palette)) => choice::draw_palette(frame, palette, theme),
        Some(Overlay::Menu(menu)) => choice::draw_menu(frame, menu, theme),
        Some(Overlay::LogLine(row, view)) => log_line::draw(frame, app, row, view, theme),
        Some(Overlay::Results(view)) => results::draw(frame, app, view, theme),
    }
}
