//! What the queue, its groups and the bottom line say alike of an entry.

use crate::app::App;
use crate::app::pane::Pane;
use crate::data::model::QueueRow;
use crate::data::source::{Source, Words};
use crate::keymap::key_for;

/// Columns of the queue and of the groups of which this source knows nothing.
pub(super) fn unsupported_columns(source: &Source) -> Vec<&'static str> {
    let needs = [
        ("failing {step}", "steps"),
        ("owner", "own_entry"),
        ("fixed", "fixes"),
    ];
    let missing = needs.iter().filter(|(_, file)| !source.has(file));
    missing.map(|(column, _)| *column).collect()
}

/// What is left to do for a task that is over already.
pub(crate) fn closing_hint(row: &QueueRow, app: &App) -> Option<String> {
    let state = row.current_state.first_line();
    let Words { task, entry, .. } = app.session.words();
    matches!(state, "complete" | "cancelled" | "resolved_manually").then(|| {
        match app.session.access.read_only() {
            None if app.session.source.has("close_entry") => {
                format!("{task} {state}: {} closes the {entry}", key_for('U'))
            }
            _ => format!("{task} {state}: only its {entry} is open"),
        }
    })
}

/// Where the row went that the cursor of a pane stood on, if it is gone.
pub(super) fn lost(app: &App, pane: Pane) -> Option<String> {
    app.lists.where_lost(pane, &app.polled, app.session.words())
}

/// What an empty pane says, and where the row went that the cursor stood on.
pub(super) fn nothing_left(app: &App, pane: Pane, why: &str) -> String {
    match lost(app, pane) {
        Some(lost) => format!("{why} · {lost}"),
        None => why.to_owned(),
    }
}
