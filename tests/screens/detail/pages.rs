//! One task and its pages.

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::{Action, Mark};
use dlqtop::app::pane::Tab;
use dlqtop::data::model::Snapshot;
use dlqtop::ui::widgets::theme::Theme;
use insta::assert_snapshot;
use support::rows::acting::typed;
use support::rows::{self, heard, looking, render, render_with, snapshot};

#[test]
fn detail_why_stuck() {
    assert_snapshot!(render(&looking(), 110, 32).backend());
}

#[test]
fn detail_why_stuck_80x24() {
    assert_snapshot!(render(&looking(), 80, 24).backend());
}

#[test]
fn detail_why_stuck_160x45() {
    assert_snapshot!(render(&looking(), 160, 45).backend());
}

#[test]
fn detail_why_stuck_in_ascii() {
    let theme = Theme::PLAIN.in_ascii();
    assert_snapshot!(render_with(&looking(), &theme, (110, 32)).backend());
}

#[test]
fn detail_steps() {
    let mut app = looking();
    app.update(Action::Tab(Tab::Steps));
    assert_snapshot!(render(&app, 110, 26).backend());
}

#[test]
fn detail_snapshot() {
    let mut app = looking();
    app.update(Action::Tab(Tab::Snapshot));
    app.update(Action::Choose(5));
    app.update(Action::Mark(Mark::Cursor));
    assert_snapshot!(render(&app, 90, 30).backend());
}

/// The page *Snapshot*, with a search that was kept.
fn searched() -> App {
    let mut app = looking();
    app.update(Action::Tab(Tab::Snapshot));
    app.update(Action::Filter);
    typed(&mut app, "charge_card");
    app.update(Action::Accept);
    app.update(Action::Match(1));
    app
}

#[test]
fn detail_snapshot_searched_160x45() {
    assert_snapshot!(render(&searched(), 160, 45).backend());
}

#[test]
fn detail_snapshot_searching_80x24() {
    let mut app = looking();
    app.update(Action::Tab(Tab::Snapshot));
    app.update(Action::Filter);
    typed(&mut app, "wait");
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn detail_snapshot_in_ascii() {
    let theme = Theme::PLAIN.in_ascii();
    let mut app = searched();
    app.update(Action::Choose(0));
    app.update(Action::Mark(Mark::Cursor));
    assert_snapshot!(render_with(&app, &theme, (80, 24)).backend());
}

#[test]
fn detail_history() {
    let mut app = looking();
    app.update(Action::Tab(Tab::History));
    assert_snapshot!(render(&app, 90, 20).backend());
}

#[test]
fn detail_notes() {
    let mut app = looking();
    app.update(Action::Tab(Tab::Notes));
    assert_snapshot!(render(&app, 80, 15).backend());
}

#[test]
fn detail_of_a_task_that_is_gone() {
    let mut app = looking();
    let detail = Some((rows::task_id(12), Ok(Arc::new(None))));
    app.update(heard(Snapshot {
        detail,
        ..snapshot()
    }));
    assert_snapshot!(render(&app, 80, 15).backend());
}
