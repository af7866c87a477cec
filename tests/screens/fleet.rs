//! What the screen shows of workers, queues and types where a source knows them, and that it shows
//! nothing of them where it does not.

mod lists;
mod panes;

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit};
use dlqtop::app::pane::Pane;
use dlqtop::data::model::{Fleet, Snapshot, WorkerRow};
use support::rows::fleet::manned;
use support::rows::{render, snapshot};

fn screen(app: &App, width: u16, height: u16) -> String {
    render(app, width, height).backend().to_string()
}

/// A poll that brings these workers and nothing else of a fleet.
fn with_workers(workers: Vec<WorkerRow>) -> Snapshot {
    let alerts = manned().fleet.unwrap().alerts.clone();
    Snapshot {
        fleet: Ok(Arc::new(Fleet {
            workers,
            alerts,
            ..Fleet::default()
        })),
        ..snapshot()
    }
}

/// The pane, alone on the screen.
fn pane(mut app: App, pane: Pane, width: u16) -> String {
    app.update(Action::Focus(pane));
    app.session.view.expanded = true;
    screen(&app, width, 15)
}

fn typed(app: &mut App, text: &str) {
    app.update(Action::Filter);
    for c in text.chars() {
        app.update(Action::Edit(Edit::Insert(c)));
    }
    app.update(Action::Accept);
}
