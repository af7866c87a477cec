//! Secrets of a task on screen: hidden until the operator asks, where the profile allows it; never copied.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use dlqtop::app::App;
use dlqtop::app::action::{Action, Toggle};
use dlqtop::app::pane::Tab;
use dlqtop::data::messages::command::Command;
use dlqtop::data::model::Detail;
use dlqtop::keymap::{self, Mode};
use serde_json::json;
use support::rows::{self, opened, place, polled, render, task_id};

const CANARY: &str = "canary7731";

/// The usual task; its error, a note and the snapshot hold secrets.
fn leaky() -> Detail {
    let mut detail = rows::detail();
    let error = format!("HTTP 401: cannot log in: password={CANARY}");
    for step in &mut detail.steps {
        step.last_error = step.last_error.as_ref().map(|_| error.as_str().into());
    }
    detail.notes[0].body = format!("try https://ana:{CANARY}@pay.example").into();
    detail.task_snapshot = Some(json!({ "context": { "token": "•••" }, "steps": [] }));
    let whole = json!({ "context": { "token": { "a": CANARY } }, "steps": [] });
    detail.unredacted_snapshot = Some(Box::new(whole));
    detail
}

fn screen(app: &App) -> String {
    render(app, 120, 40).backend().to_string()
}

fn press(app: &mut App, key: char) -> Option<Command> {
    let event = Event::Key(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE));
    let action = keymap::action(&event, Mode::of(app))?;
    app.update(action)
}

const PAGES: [Tab; 5] = [
    Tab::Why,
    Tab::Steps,
    Tab::Snapshot,
    Tab::History,
    Tab::Notes,
];

/// On how many pages the secret is seen.
fn seen(app: &mut App) -> usize {
    let pages = PAGES.iter().filter(|tab| {
        app.update(Action::Tab(**tab));
        screen(app).contains(CANARY)
    });
    pages.count()
}

#[test]
fn a_key_shows_them_where_the_profile_allows_it_and_hides_them_again() {
    let mut app = opened(leaky(), Tab::Why);
    assert_eq!(seen(&mut app), 0);
    press(&mut app, 'v');
    assert_eq!(seen(&mut app), 0);
    let said = &app.screen.notification.as_ref().unwrap().text;
    assert!(said.contains("show_secrets = true"), "{said}");

    app.session.may_show_secrets = true;
    press(&mut app, 'v');
    assert!(seen(&mut app) >= 3);
    assert!(
        screen(&app).contains("hidden values are shown"),
        "{}",
        screen(&app)
    );
    press(&mut app, 'v');
    assert_eq!(seen(&mut app), 0);
}

#[test]
fn copies_keep_them_hidden() {
    let mut app = opened(leaky(), Tab::Why);
    app.session.may_show_secrets = true;
    press(&mut app, 'v');
    for tab in PAGES {
        app.update(Action::Tab(tab));
        for _ in 0..4 {
            for action in [
                Action::Copy(dlqtop::app::action::CopyTarget::Here),
                Action::Copy(dlqtop::app::action::CopyTarget::Json),
                Action::Copy(dlqtop::app::action::CopyTarget::Error),
                Action::Copy(dlqtop::app::action::CopyTarget::Value),
            ] {
                if let Some(Command::Copy(text)) = app.update(action) {
                    assert!(!text.contains(CANARY), "{tab:?}: {text}");
                }
            }
            app.update(Action::Move(dlqtop::app::action::Move::Down));
        }
    }
}

#[test]
fn another_task_and_a_poll_begin_as_they_should() {
    let mut app = opened(leaky(), Tab::Why);
    app.session.may_show_secrets = true;
    press(&mut app, 'v');
    // A poll brings the same task again.
    polled(&mut app, leaky());
    assert!(seen(&mut app) >= 3);
    app.update(Action::Back);
    app.open_task(task_id(12));
    polled(&mut app, leaky());
    assert_eq!(seen(&mut app), 0);
}

#[test]
fn a_wall_never_shows_them() {
    let mut session = place();
    session.may_show_secrets = true;
    let mut app = App::new_watch(session);
    assert!(app.update(Action::Toggle(Toggle::Secrets)).is_none());
    assert!(app.screen.notification.is_none());
}
