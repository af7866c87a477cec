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

#[test]
fn the_log_names_the_database_user_who_is_not_the_actor() {
    let mut app = showing(snapshot());
    app.update(Action::Log);
    let wide = render(&app, 200, 15).backend().to_string();
    assert!(wide.contains("db user"), "{wide}");
    let line = |who: &str| wide.lines().find(|line| line.contains(who)).unwrap();
    assert!(line("bo@desk").contains("oncall"), "{wide}");
    let hers = line("reset_for_retry");
    assert_eq!(hers.matches("ana").count(), 1, "ana says the same: {hers}");
    app.update(Action::Move(Move::Down));
    app.update(Action::Open);
    let whole = render(&app, 120, 30).backend().to_string();
    assert!(whole.contains("db user  oncall"), "{whole}");
}
