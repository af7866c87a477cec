//! Walking: out of and into folds, along the steps, and back through the history.

use crossterm::event::KeyCode;
use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::app::pane::Tab;
use support::rows::{self, opened, polled, step};

use super::{at_cursor, detail, press, screen};

#[test]
fn h_and_l_go_out_and_in() {
    let mut app = opened(detail(), Tab::Snapshot);
    app.update(Action::Choose(6));
    press(&mut app, KeyCode::Char('l'));
    assert!(
        at_cursor(&app).contains("[0] reserve_stock"),
        "{}",
        at_cursor(&app)
    );
    press(&mut app, KeyCode::Char('l'));
    assert!(at_cursor(&app).contains("name: \"reserve_stock\""));
    press(&mut app, KeyCode::Char('h'));
    press(&mut app, KeyCode::Char('h'));
    assert!(
        at_cursor(&app).contains("▸ [0] reserve_stock"),
        "folded first"
    );
    press(&mut app, KeyCode::Char('h'));
    assert!(at_cursor(&app).contains("▾ steps"));
}

#[test]
fn on_steps_h_and_l_walk_the_graph_and_arrows_turn_pages() {
    let mut app = opened(detail(), Tab::Steps);
    let here = |app: &App| {
        let screen = app.detail.as_ref().unwrap();
        let step = &screen.detail().unwrap().steps[screen.step_at()];
        step.step_name.to_string()
    };
    assert_eq!(here(&app), "charge_card");
    press(&mut app, KeyCode::Char('h'));
    press(&mut app, KeyCode::Char('h'));
    assert_eq!(here(&app), "validate_order");
    press(&mut app, KeyCode::Char('h'));
    assert_eq!(here(&app), "validate_order");
    assert!(
        app.screen
            .notification
            .as_ref()
            .unwrap()
            .text
            .contains("waits for no step")
    );
    for name in [
        "reserve_stock",
        "charge_card",
        "send_receipt",
        "notify_customer",
    ] {
        press(&mut app, KeyCode::Char('l'));
        assert_eq!(here(&app), name);
    }
    press(&mut app, KeyCode::Char('l'));
    assert!(
        app.screen
            .notification
            .as_ref()
            .unwrap()
            .text
            .contains("no step waits for notify_customer")
    );
    press(&mut app, KeyCode::Char('h'));
    assert_eq!(here(&app), "send_receipt", "back the way it came");
    press(&mut app, KeyCode::Down);
    press(&mut app, KeyCode::Down);
    press(&mut app, KeyCode::Char('l'));
    assert_eq!(here(&app), "notify_customer");
    press(&mut app, KeyCode::Char('h'));
    assert_eq!(here(&app), "book_carrier", "back to the other parent");
    polled(&mut app, detail());
    assert_eq!(here(&app), "book_carrier", "a poll leaves the cursor");
    press(&mut app, KeyCode::Right);
    assert_eq!(app.detail.as_ref().unwrap().tab, Tab::Snapshot);
    app.update(Action::Tab(Tab::History));
    press(&mut app, KeyCode::Char('l'));
    assert_eq!(app.detail.as_ref().unwrap().tab, Tab::Notes);
}

#[test]
fn a_step_that_waits_for_itself_can_be_walked() {
    let mut knot = detail();
    knot.steps = vec![
        step(1, "one", "pending", &["one", "two"]),
        step(2, "two", "pending", &["one"]),
    ];
    let mut app = opened(knot, Tab::Steps);
    press(&mut app, KeyCode::Home);
    for key in "hlhllhhl".chars() {
        press(&mut app, KeyCode::Char(key));
    }
    assert_eq!(
        app.detail.as_ref().unwrap().step_at(),
        0,
        "eight steps of two"
    );
}

#[test]
fn how_an_earlier_entry_was_fixed_is_in_the_history() {
    let mut fixed = detail();
    let mut note = fixed.notes[0].clone();
    note.dlq_entry_uuid = fixed.entries[1].dlq_entry_uuid;
    note.body = "rolled the gateway's certificate".into();
    fixed.notes.push(note);
    fixed.entries[1].dlq_timestamp = rows::minutes_ago(60 * 24 * 10);
    let mut silent = fixed.entries[1].clone();
    silent.resolution_notes = None;
    silent.resolution_status = "permanently_failed".into();
    fixed.entries.push(silent);
    let screen = screen(&opened(fixed, Tab::History));
    for words in [
        "manually_resolved  by bo@desk 9d 0h ago",
        "gateway had rotated its certificate; retried after the deploy",
        "bo@desk (40m ago): rolled the gateway's certificate",
        "permanently_failed  by bo@desk 9d 0h ago",
        "no resolution notes",
        "1 note (page 5)",
    ] {
        assert!(screen.contains(words), "{words:?} in {screen}");
    }
}
