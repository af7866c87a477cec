//! The page *Snapshot* from the keyboard: folding, searching, walking and copying; and walking the
//! steps.

mod walking;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::app::pane::Tab;
use dlqtop::app::screen::popup::Popup;
use dlqtop::data::messages::command::Command;
use dlqtop::data::model::Detail;
use dlqtop::keymap::{self, Mode};
use proptest::prelude::*;
use serde_json::json;
use support::rows::{self, opened, polled, render, task_id};

/// The usual task with a short snapshot.
fn detail() -> Detail {
    Detail {
        task_snapshot: Some(json!({
            "task_uuid": task_id(12),
            "namespace": "payments",
            "task_name": "charge_order",
            "current_state": "waiting_for_retry",
            "snapshot_timestamp": "2026-01-01T10:27:00Z",
            "lifecycle": {"max_waiting_for_retry_minutes": 60, "staleness_action": "dlq"},
            "steps": [
                {"name": "reserve_stock", "state": "complete", "attempts": 1},
                {"name": "charge_card", "state": "waiting_for_retry", "attempts": 2},
            ],
        })),
        ..rows::detail()
    }
}

/// Presses keys as they come from a terminal.
fn press(app: &mut App, code: KeyCode) -> Option<Command> {
    let event = Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
    let action = keymap::action(&event, Mode::of(app))?;
    app.update(action)
}

fn typed(app: &mut App, text: &str) {
    for c in text.chars() {
        press(app, KeyCode::Char(c));
    }
}

fn copied(app: &mut App, key: char) -> String {
    match press(app, KeyCode::Char(key)) {
        Some(Command::Copy(text)) => text,
        other => panic!("{other:?}, {:?}", app.screen.notification),
    }
}

fn screen(app: &App) -> String {
    render(app, 110, 34).backend().to_string()
}

/// The line of the screen that the cursor is on.
fn at_cursor(app: &App) -> String {
    let screen = screen(app);
    let line = screen.lines().find(|line| line.contains("│ ›"));
    let line = line.unwrap_or_else(|| panic!("no cursor in {screen}"));
    line.to_owned()
}

#[test]
fn a_search_goes_to_what_it_finds_and_unfolds_what_hides_it() {
    let mut app = opened(detail(), Tab::Snapshot);
    app.update(Action::Choose(6)); // steps
    press(&mut app, KeyCode::Char(' '));
    assert!(!screen(&app).contains("charge_card\""), "it is folded");
    press(&mut app, KeyCode::Home);

    press(&mut app, KeyCode::Char('/'));
    assert_eq!(Mode::of(&app), Mode::Search);
    typed(&mut app, "CHARGE_c");
    assert!(
        at_cursor(&app).contains("name: \"charge_card\""),
        "{}",
        screen(&app)
    );
    assert!(
        screen(&app).contains("/CHARGE_c   1 of 1"),
        "{}",
        screen(&app)
    );

    app.update(Action::Edit(dlqtop::app::action::Edit::DeleteToStart));
    typed(&mut app, "state");
    assert!(
        at_cursor(&app).contains("current_state"),
        "{}",
        at_cursor(&app)
    );
    assert!(screen(&app).contains("1 of 3"), "{}", screen(&app));
    press(&mut app, KeyCode::Enter);
    assert_eq!(Mode::of(&app), Mode::Detail, "letters are keys again");
    press(&mut app, KeyCode::Char('n'));
    press(&mut app, KeyCode::Char('n'));
    assert!(screen(&app).contains("/state  3 of 3"), "{}", screen(&app));
    assert!(at_cursor(&app).contains("state: \"waiting_for_retry\""));
    press(&mut app, KeyCode::Char('n'));
    assert!(screen(&app).contains("1 of 3"), "round the end");
    press(&mut app, KeyCode::Char('N'));
    assert!(screen(&app).contains("3 of 3"), "and back");

    press(&mut app, KeyCode::Esc);
    assert!(!screen(&app).contains("of 3"), "Esc ends the search first");
    assert!(app.detail.is_some());
    press(&mut app, KeyCode::Esc);
    assert!(app.detail.is_none());
}

#[test]
fn a_search_given_up_leaves_the_cursor_where_it_was() {
    let mut app = opened(detail(), Tab::Snapshot);
    press(&mut app, KeyCode::Down);
    let before = at_cursor(&app);
    press(&mut app, KeyCode::Char('/'));
    typed(&mut app, "dlq");
    assert_ne!(at_cursor(&app), before);
    typed(&mut app, "zzz");
    assert_eq!(at_cursor(&app), before, "nothing is found any more");
    assert!(screen(&app).contains("no match"));
    press(&mut app, KeyCode::Esc);
    assert_eq!(at_cursor(&app), before);
    assert!(app.detail.is_some() && Mode::of(&app) == Mode::Detail);
}

#[test]
fn a_poll_disturbs_neither_the_search_nor_the_folds() {
    let mut app = opened(detail(), Tab::Snapshot);
    app.update(Action::Choose(5));
    press(&mut app, KeyCode::Char(' '));
    press(&mut app, KeyCode::Char('/'));
    typed(&mut app, "reserve");
    let before = screen(&app);
    polled(&mut app, detail());
    assert_eq!(screen(&app), before);
    typed(&mut app, "_stock");
    assert!(screen(&app).contains("/reserve_stock   1 of 1"));
    assert!(screen(&app).contains("▸ lifecycle"), "{}", screen(&app));
}

#[test]
fn where_there_is_nothing_to_search_it_is_said() {
    let mut none = detail();
    none.task_snapshot = None;
    let mut app = opened(none, Tab::Snapshot);
    press(&mut app, KeyCode::Char('/'));
    assert_eq!(Mode::of(&app), Mode::Detail);
    assert!(
        app.screen
            .notification
            .as_ref()
            .unwrap()
            .text
            .contains("no snapshot")
    );
    press(&mut app, KeyCode::Char('n'));
    assert!(
        app.screen
            .notification
            .as_ref()
            .unwrap()
            .text
            .contains("search first")
    );
    app.update(Action::Tab(Tab::Why));
    press(&mut app, KeyCode::Char('/'));
    assert_eq!(Mode::of(&app), Mode::Detail);
}

#[test]
fn y_copies_the_chosen_value_and_the_menu_its_path() {
    let mut app = opened(detail(), Tab::Snapshot);
    app.update(Action::Choose(1));
    assert_eq!(copied(&mut app, 'y'), "payments", "a text as it reads");
    app.update(Action::Choose(4)); // lifecycle
    let whole = copied(&mut app, 'y');
    assert!(whole.contains("\"staleness_action\": \"dlq\""), "{whole}");

    press(&mut app, KeyCode::Char('/'));
    typed(&mut app, "charge_card");
    press(&mut app, KeyCode::Enter);
    press(&mut app, KeyCode::Char('Y'));
    let Some(Popup::Menu(menu)) = &app.screen.popup else {
        panic!("no menu");
    };
    assert_eq!(menu.items[0].0, "value         .steps[1].name");
    press(&mut app, KeyCode::Down);
    let path = app.update(Action::Accept);
    assert_eq!(path, Some(Command::Copy(".steps[1].name".to_owned())));

    app.update(Action::Tab(Tab::Why));
    assert_eq!(copied(&mut app, 'y'), task_id(12).to_string());
}

#[test]
fn paths_are_what_jq_takes_and_nothing_copied_is_hostile() {
    let mut odd = detail();
    odd.task_snapshot = Some(json!({
        "a key": { "9": [[1], ["\u{1b}]52;c;x\u{7}\u{202e}"]] },
        "steps": [],
    }));
    let mut app = opened(odd, Tab::Snapshot);
    let mut paths = Vec::new();
    for _ in 0..7 {
        paths.push(app.detail.as_ref().unwrap().chosen().unwrap());
        press(&mut app, KeyCode::Down);
    }
    let got: Vec<&str> = paths.iter().map(|(path, _)| path.as_str()).collect();
    let want = [
        r#".["a key"]"#,
        r#".["a key"]["9"]"#,
        r#".["a key"]["9"][0]"#,
        r#".["a key"]["9"][0][0]"#,
        r#".["a key"]["9"][1]"#,
        r#".["a key"]["9"][1][0]"#,
        ".steps",
    ];
    assert_eq!(got, want);
    for (_, value) in &paths {
        assert!(
            !value.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{value:?}"
        );
    }
}

#[test]
fn lines_that_differ_are_marked_even_behind_a_fold() {
    let mut app = opened(detail(), Tab::Snapshot);
    let open = screen(&app);
    assert!(
        open.contains("≠   current_state: \"waiting_for_retry\"  now: blocked_by_failures"),
        "{open}"
    );
    assert!(
        open.contains("state: \"waiting_for_retry\"  now: error"),
        "{open}"
    );
    app.update(Action::Choose(6));
    press(&mut app, KeyCode::Char(' '));
    let line = at_cursor(&app);
    assert!(line.contains("≠ ▸ steps"), "{line}");
}

#[test]
fn a_value_longer_than_the_screen_says_what_is_missing() {
    let mut long = detail();
    let error = "at frame ".repeat(900);
    long.task_snapshot = Some(json!({ "a": error, "b": error, "steps": [], "z": 1 }));
    let mut app = opened(long, Tab::Snapshot);
    app.session.view.wrap = true;
    assert!(
        screen(&app).contains("lines more, y copies all"),
        "{}",
        screen(&app)
    );
    press(&mut app, KeyCode::Down);
    assert!(at_cursor(&app).contains("b:"), "{}", at_cursor(&app));
    assert!(screen(&app).contains("lines more, y copies all"));
    press(&mut app, KeyCode::End);
    assert!(
        at_cursor(&app).contains("z: 1"),
        "it is not pushed off the screen"
    );
    app.session.view.wrap = false;
    assert!(screen(&app).contains('…'));
    assert!(!screen(&app).contains("lines more"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever is pressed, the cursor is on a line that can be seen.
    #[test]
    fn the_cursor_is_always_on_screen(
        keys in proptest::collection::vec("[hljk \\[\\]nN]|/e|/name|/state|hh", 1..40),
        enters in proptest::collection::vec(any::<bool>(), 40),
    ) {
        let mut app = opened(detail(), Tab::Snapshot);
        // The most is behind one fold to begin with.
        app.update(Action::Choose(6));
        typed(&mut app, " ");
        for (key, enter) in keys.iter().zip(enters) {
            typed(&mut app, key);
            if enter && app.is_searching() {
                press(&mut app, KeyCode::Enter);
            }
            let tree = &app.detail.as_ref().unwrap().tree;
            prop_assert!(tree.visible().contains(&tree.cursor()));
            prop_assert!(render(&app, 80, 24).backend().to_string().contains("│ ›"));
        }
    }
}
