//! What a source has decides what can be seen and done, and its words how that is called.

mod acts;
mod panes;

use dlqtop::app::App;
use support::rows::foreign::{dead_letters, failed_jobs, letter, letters, of};
use support::rows::render;

/// The screen as text, line by line.
fn lines(app: &App, (width, height): (u16, u16)) -> Vec<String> {
    let screen = render(app, width, height);
    let buffer = screen.backend().buffer();
    let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect();
    (0..height).map(line).collect()
}

fn told(app: &App) -> &str {
    app.screen
        .notification
        .as_ref()
        .map_or("", |notice| &notice.text)
}

/// Failed jobs, two of them taken up.
fn jobs() -> App {
    let rows = (1..=4).map(|n| letter(n, if n > 2 { "in_progress" } else { "pending" }));
    of(&failed_jobs(), letters(rows.collect()))
}

fn pool(states: &[&str]) -> App {
    let rows = states.iter().zip(1..).map(|(state, n)| letter(n, state));
    of(&dead_letters(), letters(rows.collect()))
}
