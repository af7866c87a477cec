//! The screen, drawn to memory.

use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::app::pane::Pane;
use dlqtop::ui::draw::draw;
use dlqtop::ui::widgets::theme::Theme;
use ratatui::Terminal;
use ratatui::backend::TestBackend;

pub fn render(app: &App, width: u16, height: u16) -> Terminal<TestBackend> {
    render_with(app, &Theme::DARK, (width, height))
}

pub fn render_with(app: &App, theme: &Theme, size: (u16, u16)) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(size.0, size.1)).unwrap();
    terminal.draw(|frame| draw(frame, app, theme)).unwrap();
    terminal
}

/// Draws one pane over the whole body.
pub fn pane(mut app: App, pane: Pane) -> Terminal<TestBackend> {
    app.update(Action::Focus(pane));
    app.session.view.expanded = true;
    render(&app, 100, 15)
}
