//! Help, menus, the command bar and the operator log.

use dlqtop::app::action::{Action, Move};
use insta::assert_snapshot;
use support::rows::acting::typed;
use support::rows::{render, showing, snapshot};

#[test]
fn help_for_the_dashboard() {
    let mut app = showing(snapshot());
    app.update(Action::Help);
    assert_snapshot!(render(&app, 100, 50).backend());
}

#[test]
fn help_scrolls_80x24() {
    let mut app = showing(snapshot());
    app.update(Action::Help);
    app.update(Action::Move(Move::Down));
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn command_bar() {
    let mut app = showing(snapshot());
    app.update(Action::Palette);
    typed(&mut app, "re");
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn sort_menu() {
    let mut app = showing(snapshot());
    app.update(Action::SortMenu);
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn log() {
    let mut app = showing(snapshot());
    app.update(Action::Log);
    assert_snapshot!(render(&app, 120, 15).backend());
}
