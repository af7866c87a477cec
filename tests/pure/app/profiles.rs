//! From one profile or system to another: nobody loses sight of what they asked for; and a server that may be
//! another one than was meant is shown in red.

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::{Action, Move, Verb};
use dlqtop::app::screen::popup::Popup;
use dlqtop::app::session::profile_switch::Switch;
use dlqtop::data::messages::command::{Command, SwitchTo};
use dlqtop::data::source::SourceKind;
use ratatui::style::Color;
use support::rows::acting::{answer, confirm, done, on_queue, typed};
use support::rows::{render, snapshot};

fn app() -> App {
    let mut app = on_queue(snapshot());
    app.session.profiles = vec!["local".to_owned(), "prod-eu".to_owned()];
    app
}

/// Types into the command bar and presses Enter.
fn command(app: &mut App, text: &str) -> Option<Command> {
    app.update(Action::Palette);
    typed(app, text);
    app.update(Action::Accept)
}

/// What the command bar complains of; closes it.
fn complaint(app: &mut App) -> String {
    match app.screen.popup.take() {
        Some(Popup::Palette(palette)) => palette.complaint.unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn another_profile_is_looked_at_before_it_is_gone_to() {
    let mut app = app();
    let asked = command(&mut app, "profile local");
    assert!(matches!(asked, Some(Command::Switch(SwitchTo::Profile(name))) if name == "local"));
    assert!(app.screen.popup.is_none());
    assert_eq!(command(&mut app, "profile local"), None);
    assert!(complaint(&mut app).contains("still checking local"));

    app.update(Action::SwitchChecked(Err("could not connect".to_owned())));
    assert_eq!(app.session.switch, Switch::Idle);
    assert_eq!(
        app.screen.notification.as_ref().unwrap().text,
        "could not switch: could not connect"
    );

    command(&mut app, "profile local").unwrap();
    app.update(Action::SwitchChecked(Ok(SwitchTo::Profile(
        "local".to_owned(),
    ))));
    assert_eq!(
        app.session.switch,
        Switch::Ready(SwitchTo::Profile("local".to_owned()))
    );
}

#[test]
fn a_name_that_is_none_is_answered_with_those_there_are() {
    for (typed, said) in [
        (
            "profile prod",
            "no profile prod; choose from local, prod-eu",
        ),
        ("profile", "which profile? choose from local, prod-eu"),
    ] {
        let mut app = app();
        assert_eq!(command(&mut app, typed), None);
        let told = match &app.screen.popup {
            Some(Popup::Palette(_)) => complaint(&mut app),
            _ => app.screen.notification.as_ref().unwrap().text.clone(),
        };
        assert_eq!(told, said);
    }
    let mut none = on_queue(snapshot());
    assert_eq!(command(&mut none, "profile local"), None);
    assert!(complaint(&mut none).contains("there are no profiles"));
}

#[test]
fn a_change_must_be_answered_first_even_one_that_was_sent_meanwhile() {
    let mut app = app();
    command(&mut app, "profile local").unwrap();
    app.update(Action::Ask(Verb::Note));
    let write = confirm(&mut app, "seen").unwrap();
    app.update(Action::SwitchChecked(Ok(SwitchTo::Profile(
        "local".to_owned(),
    ))));
    assert_eq!(app.session.switch, Switch::Idle);
    let said = app.screen.notification.as_ref().unwrap().text.clone();
    assert!(said.contains("1 change not answered yet"), "{said}");
    assert_eq!(command(&mut app, "profile local"), None);
    assert!(complaint(&mut app).contains("1 change not answered yet"));

    app.update(answer(&write, |_| done()));
    assert!(command(&mut app, "profile local").is_some());
}

#[test]
fn a_server_that_may_be_another_one_is_shown_in_red_and_in_words() {
    for width in [60, 80, 160] {
        let mut app = app();
        app.session.tls_warning = Some("TLS not verified");
        let screen = render(&app, width, 24);
        let buffer = screen.backend().buffer();
        let line: String = (0..width).map(|x| buffer[(x, 0)].symbol()).collect();
        let at = line
            .find("TLS not verified")
            .unwrap_or_else(|| panic!("{line}"));
        let at = u16::try_from(line[..at].chars().count()).unwrap();
        let colour = buffer[(at, 0)].fg;
        assert!(matches!(colour, Color::Red | Color::LightRed), "{colour:?}");
        app.session.tls_warning = None;
        let screen = render(&app, width, 24);
        let buffer = screen.backend().buffer();
        let line: String = (0..width).map(|x| buffer[(x, 0)].symbol()).collect();
        assert!(!line.contains("TLS"), "{line}");
    }
}

/// An app on the first of two systems in one database.
fn of_two() -> App {
    let files = [("source.toml", "title = \"Shop\"\n")];
    let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
    let mut source = SourceKind::new("shop", files.into()).unwrap().plain();
    source.siblings = [("shop", "Shop"), ("mail", "Mail\u{1b}[2J")]
        .map(|(name, title)| (name.to_owned(), title.to_owned()))
        .to_vec();
    let mut app = app();
    app.session.source = Arc::new(source);
    app
}

#[test]
fn another_system_in_the_database_is_chosen_from_a_list_or_by_name() {
    let mut app = of_two();
    app.begin_choosing_source(false);
    let screen = render(&app, 100, 30).backend().to_string();
    assert!(screen.contains("This database holds several systems"));
    assert!(screen.contains("shop  Shop"), "{screen}");
    // What is on the screen already is gone on with.
    assert_eq!(app.update(Action::Accept), None);
    assert!(app.screen.popup.is_none() && app.session.switch == Switch::Idle);

    assert_eq!(command(&mut app, "source "), None);
    app.update(Action::Move(Move::Down));
    let chosen = app.update(Action::Accept);
    let mail = SwitchTo::Source("mail".to_owned());
    assert_eq!(chosen, Some(Command::Switch(mail.clone())));
    app.update(Action::SwitchChecked(Ok(mail.clone())));
    assert_eq!(app.session.switch, Switch::Ready(mail));
}

#[test]
fn a_system_that_is_not_there_is_answered_with_those_that_are() {
    let mut app = of_two();
    assert_eq!(command(&mut app, "source celery"), None);
    assert_eq!(
        complaint(&mut app),
        "no celery here; choose from shop, mail"
    );
    let mut one = on_queue(snapshot());
    one.begin_choosing_source(false);
    assert!(one.screen.popup.is_none());
    assert_eq!(command(&mut one, "source celery"), None);
    assert_eq!(complaint(&mut one), "this database holds only tasker");
}
