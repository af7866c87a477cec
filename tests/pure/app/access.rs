//! What is locked stays locked, an unlock ends by itself, and production asks for its name.

use std::time::Duration;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Move, Verb};
use dlqtop::app::screen::popup::Popup;
use dlqtop::app::session::read_only::{Access, LockReason};
use dlqtop::app::writes::confirm::field::Field;
use dlqtop::data::messages::command::{Command, Write};
use support::rows::acting::{answer, asked, confirm, done, on_queue, passes, typed};
use support::rows::{self, render, snapshot};

const PROFILE: &str = "prod-eu";

fn locked(why: LockReason) -> App {
    let mut app = on_queue(snapshot());
    app.session.access = Access::ReadOnly(why);
    app.update(Action::Move(Move::Down));
    app
}

fn production() -> App {
    let mut app = locked(LockReason::Production(PROFILE.to_owned()));
    app.session.production = Some(PROFILE.to_owned());
    app
}

/// Types into the command bar and presses Enter.
fn command(app: &mut App, text: &str) -> Option<Command> {
    app.update(Action::Palette);
    typed(app, text);
    app.update(Action::Accept)
}

fn unlocked(app: &mut App, text: &str) {
    let command = command(app, text);
    assert!(
        matches!(command, Some(Command::Unlock { .. })),
        "{command:?}"
    );
    assert!(app.screen.popup.is_none(), "the bar stays");
}

/// So many seconds later.
fn wait(app: &mut App, seconds: i64) -> Option<Command> {
    app.update(Action::Tick(app.session.now + TimeDelta::seconds(seconds)))
}

fn first_line(app: &App, width: u16) -> String {
    let screen = render(app, width, 24);
    let buffer = screen.backend().buffer();
    (0..width).map(|x| buffer[(x, 0)].symbol()).collect()
}

fn said(app: &App) -> &str {
    app.screen
        .notification
        .as_ref()
        .map_or("", |notice| &notice.text)
}

fn complaint(app: &App) -> Option<&str> {
    match &app.screen.popup {
        Some(Popup::Palette(palette)) => palette.complaint.as_deref(),
        other => panic!("no command bar but {other:?}"),
    }
}

fn retry(app: &mut App) -> Option<Write> {
    app.update(Action::Ask(Verb::Retry));
    confirm(app, "it is back")
}

#[test]
fn an_unlock_lets_act_and_every_reason_names_the_incident() {
    let mut app = locked(LockReason::Profile(PROFILE.to_owned()));
    assert!(first_line(&app, 120).contains("READ-ONLY: profile"));
    app.update(Action::Ask(Verb::Retry));
    assert!(app.screen.popup.is_none());
    assert!(said(&app).contains("profile prod-eu is read-only; :unlock 15m INC-4411"));

    let Some(Command::Unlock { lasting, incident }) = command(&mut app, "unlock 15m INC-4411")
    else {
        panic!("not unlocked: {:?}", app.screen.notification);
    };
    assert_eq!(lasting, Duration::from_mins(15));
    assert_eq!(incident.as_str(), "INC-4411");
    assert!(first_line(&app, 80).contains(" rw 15:00 INC-4411 "));
    assert_eq!(wait(&mut app, 28), None);
    assert!(first_line(&app, 120).contains(" rw 14:32 INC-4411 "));

    let write = retry(&mut app).unwrap();
    assert_eq!(write.reason, "[INC-4411] it is back");
    // What is offered next has the reason as it was typed.
    app.update(answer(&write, |_| done()));
    passes(&mut app, &write);
    assert_eq!(asked(&app).reason.text(), "it is back");
}

#[test]
fn it_ends_by_itself_and_what_was_confirmed_in_time_goes_on() {
    let mut app = locked(LockReason::Production(PROFILE.to_owned()));
    unlocked(&mut app, "unlock 1m INC-1");
    let write = retry(&mut app).unwrap();
    assert_eq!(wait(&mut app, 59), None);
    assert_eq!(wait(&mut app, 1), Some(Command::Lock));
    assert_eq!(
        said(&app),
        "the unlock has ended: read-only again (INC-1); 1 change in progress will continue, but a paced run stops"
    );
    assert!(first_line(&app, 120).contains("READ-ONLY: locked"));
    assert_eq!(wait(&mut app, 1), None, "once is enough");
    // Its outcome is told, and nothing more is offered.
    app.update(answer(&write, |_| done()));
    passes(&mut app, &write);
    assert!(app.screen.popup.is_none());
    assert!(retry_is_refused(&mut app));
}

fn retry_is_refused(app: &mut App) -> bool {
    app.update(Action::Ask(Verb::Retry));
    app.screen.popup.is_none() && said(app).contains("read-only")
}

#[test]
fn what_is_confirmed_too_late_is_refused_in_the_box_and_its_reason_kept() {
    let mut app = locked(LockReason::Profile(PROFILE.to_owned()));
    unlocked(&mut app, "unlock 10s INC-1");
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "it took me a while");
    app.update(Action::Accept);
    assert_eq!(wait(&mut app, 11), Some(Command::Lock));
    for key in [Action::ConfirmYes, Action::ConfirmYes] {
        assert_eq!(app.update(key), None);
        let refused = asked(&app).complaint.as_deref().unwrap();
        assert_eq!(
            refused,
            "The unlock has ended: nothing was sent. Esc keeps the reason."
        );
        assert_eq!(asked(&app).reason.text(), "it took me a while");
    }
    let screen = render(&app, 80, 24);
    assert!(
        screen
            .backend()
            .to_string()
            .contains("nothing was sent. Esc keeps the reason.")
    );
    app.update(Action::Back);
    unlocked(&mut app, "unlock 10s INC-2");
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).reason.text(), "it took me a while");
    app.update(Action::Accept);
    let Some(Command::Write(write)) = app.update(Action::ConfirmYes) else {
        panic!("{:?}", app.screen.popup);
    };
    assert_eq!(write.reason, "[INC-2] it took me a while");
}

#[test]
fn lock_and_ro_end_it_at_once() {
    for name in ["lock", "ro"] {
        let mut app = locked(LockReason::Profile(PROFILE.to_owned()));
        assert_eq!(command(&mut app, name), None);
        assert_eq!(said(&app), "it is read-only already");
        unlocked(&mut app, "unlock 1h INC-1");
        assert_eq!(command(&mut app, name), Some(Command::Lock), "{name}");
        assert!(retry_is_refused(&mut app));
    }
    let mut writable = on_queue(snapshot());
    assert_eq!(command(&mut writable, "ro"), None);
    assert!(said(&writable).contains("start it with --read-only"));
    assert_eq!(writable.session.access, Access::Writable);
}

#[test]
fn what_is_wrong_is_said_in_the_bar_and_what_was_typed_stays() {
    let cases = [
        ("unlock ", "how long, and for which incident?"),
        ("unlock soon INC-1", "invalid duration \"soon\""),
        ("unlock 5h INC-1", "4h at most"),
        ("unlock 15m", "for which incident?"),
        ("unlock 15m INC-1 now", "unexpected \"now\""),
    ];
    for (text, wanted) in cases {
        let mut app = locked(LockReason::Profile(PROFILE.to_owned()));
        assert_eq!(command(&mut app, text), None, "{text}");
        assert!(complaint(&app).unwrap().contains(wanted), "{text}");
        let Some(Popup::Palette(palette)) = &app.screen.popup else {
            panic!("the bar is gone");
        };
        assert_eq!(palette.field.text(), text);
        let screen = render(&app, 80, 24).backend().to_string();
        assert!(screen.contains(wanted), "{screen}");
        assert!(app.session.access.unlocked().is_none());
        typed(&mut app, "x");
        assert_eq!(complaint(&app), None, "it is being fixed");
    }
}

#[test]
fn what_no_profile_locked_cannot_be_unlocked() {
    for why in [
        LockReason::Flag,
        LockReason::Standby,
        LockReason::Session,
        LockReason::Role,
        LockReason::Grants,
    ] {
        let mut app = locked(why.clone());
        assert_eq!(command(&mut app, "unlock 15m INC-1"), None, "{why:?}");
        assert_eq!(complaint(&app), why.refusal());
        assert_eq!(app.session.access, Access::ReadOnly(why));
    }
    let mut writable = on_queue(snapshot());
    assert_eq!(command(&mut writable, "unlock 15m INC-1"), None);
    assert_eq!(complaint(&writable), Some("nothing is locked here"));
    let mut wall = App::new_watch(rows::place());
    wall.session.access = Access::ReadOnly(LockReason::Profile(PROFILE.to_owned()));
    assert_eq!(wall.update(Action::Unlock("15m INC-1".to_owned())), None);
    assert!(wall.session.access.unlocked().is_none());
}

#[test]
fn tab_completes_the_name_and_begins_the_words() {
    let text = |app: &App| match &app.screen.popup {
        Some(Popup::Palette(palette)) => palette.field.text().to_owned(),
        _ => String::new(),
    };
    let mut app = locked(LockReason::Profile(PROFILE.to_owned()));
    app.update(Action::Palette);
    typed(&mut app, "unl");
    app.update(Action::CompleteWord);
    assert_eq!(text(&app), "unlock 15m ");
    assert!(
        render(&app, 80, 24)
            .backend()
            .to_string()
            .contains("like this: unlock 15m INC-4411")
    );
    typed(&mut app, "INC-7");
    app.update(Action::CompleteWord);
    assert_eq!(
        text(&app),
        "unlock 15m INC-7",
        "what was typed is not overwritten"
    );
    assert!(matches!(
        app.update(Action::Accept),
        Some(Command::Unlock { .. })
    ));

    // Enter on the name alone stays and asks for the rest.
    app.update(Action::Palette);
    typed(&mut app, "unlo");
    assert_eq!(app.update(Action::Accept), None);
    assert_eq!(text(&app), "unlock ");
    assert!(complaint(&app).unwrap().contains("how long"));
}

#[test]
fn an_unlock_that_was_not_taken_is_none_and_a_lock_is_asked_for_again() {
    let mut app = locked(LockReason::Profile(PROFILE.to_owned()));
    let asked = command(&mut app, "unlock 1m INC-1").unwrap();
    app.update(Action::CommandRejected(asked));
    assert!(app.session.access.unlocked().is_none());
    assert!(said(&app).contains("not unlocked"));

    unlocked(&mut app, "unlock 1m INC-1");
    app.update(Action::CommandRejected(Command::Lock));
    assert_eq!(wait(&mut app, 1), Some(Command::Lock));
}

#[test]
fn production_is_marked_without_colour_and_asks_for_its_name_for_every_change() {
    let mut app = production();
    assert!(first_line(&app, 80).contains(" PRODUCTION "));
    assert!(first_line(&app, 120).contains("READ-ONLY: locked"));
    unlocked(&mut app, "unlock 15m INC-1");
    assert!(first_line(&app, 80).contains(" PRODUCTION "));

    app.update(Action::Ask(Verb::Retry));
    assert!(asked(&app).fields().contains(&Field::Name));
    assert!(
        render(&app, 80, 24)
            .backend()
            .to_string()
            .contains("PRODUCTION: type prod-eu to confirm")
    );
    typed(&mut app, "it is back");
    app.update(Action::Accept);
    assert_eq!(asked(&app).field, Field::Name);
    typed(&mut app, "prod-us");
    assert_eq!(app.update(Action::Accept), None);
    assert_eq!(
        asked(&app).complaint.as_deref(),
        Some("This is production: type prod-eu to confirm.")
    );
    for _ in 0..2 {
        app.update(Action::Edit(dlqtop::app::action::Edit::DeleteBefore));
    }
    typed(&mut app, "eu");
    app.update(Action::Accept);
    let Some(Command::Write(write)) = app.update(Action::ConfirmYes) else {
        panic!("{:?}", asked(&app).complaint);
    };
    assert_eq!(write.change.count(), 1);
    // What is offered afterwards asks as well.
    app.update(answer(&write, |_| done()));
    passes(&mut app, &write);
    assert!(asked(&app).wants_count());
    app.update(Action::Accept);
    assert_eq!(app.update(Action::ConfirmYes), None);
}
