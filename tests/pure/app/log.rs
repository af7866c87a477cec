//! The log as a list: its cursor, its lines as a whole, and acts as commands on the clipboard.

use std::sync::Arc;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, CopyTarget, Mark, Move, Verb};
use dlqtop::app::screen::commands;
use dlqtop::app::screen::copy::shell_command;
use dlqtop::app::screen::popup::Popup;
use dlqtop::data::messages::command::{Answer, Command, Question};
use dlqtop::data::model::log_act::NewestActs;
use dlqtop::data::model::safe_text::SafeText;
use dlqtop::data::model::{LOG_ACTS, LogRow, Snapshot};
use dlqtop::keymap::{self, Mode};
use support::rows::acting::{asked, on_queue, typed};
use support::rows::{heard, log_rows, minutes_ago, noon, render, showing, snapshot, step_id};

fn with_log(log: Vec<LogRow>) -> Snapshot {
    Snapshot {
        log: Ok(Arc::new(log)),
        ..snapshot()
    }
}

fn on_log(log: Vec<LogRow>) -> App {
    let mut app = showing(with_log(log));
    app.update(Action::Log);
    // Drawing says how high it is.
    render(&app, 120, 20);
    app
}

fn copied(app: &mut App, what: CopyTarget) -> String {
    match app.update(Action::Copy(what)) {
        Some(Command::Copy(text)) => text,
        other => panic!("{other:?}: {:?}", app.screen.notification),
    }
}

fn open_line(app: &App) -> &LogRow {
    match &app.screen.popup {
        Some(Popup::LogLine(row, _)) => row,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_cursor_stays_with_its_line_while_others_come_in() {
    let mut app = on_log(log_rows());
    app.update(Action::Move(Move::Down));
    app.update(Action::Open);
    assert_eq!(open_line(&app).action, "close_entry");
    app.update(Action::Back);
    let mut longer = log_rows();
    longer.insert(
        0,
        LogRow {
            log_id: 2_000,
            action: "add_note".into(),
            at: minutes_ago(1),
            ..longer[0].clone()
        },
    );
    app.update(heard(with_log(longer.clone())));
    app.update(Action::Open);
    assert_eq!(open_line(&app).action, "close_entry", "the same line");
    app.update(Action::Back);
    // So it does at the top; the newest is one key away.
    app.update(Action::Move(Move::Top));
    longer.insert(
        0,
        LogRow {
            log_id: 2_001,
            action: "cancel".into(),
            ..longer[0].clone()
        },
    );
    app.update(heard(with_log(longer.clone())));
    app.update(Action::Open);
    assert_eq!(open_line(&app).action, "add_note");
    app.update(Action::Back);
    app.update(Action::Tick(noon() + TimeDelta::seconds(3)));
    app.update(Action::Move(Move::Top));
    app.update(Action::Open);
    assert_eq!(open_line(&app).action, "cancel");
    // What is copied of an open line is of that line, whatever has come since.
    longer.insert(
        0,
        LogRow {
            log_id: 2_002,
            action: "add_note".into(),
            ..longer[0].clone()
        },
    );
    app.update(heard(with_log(longer)));
    app.update(Action::CopyMenu);
    let Some(Command::Copy(json)) = app.update(Action::Accept) else {
        panic!("nothing was copied: {:?}", app.screen.notification);
    };
    assert!(json.contains("\"action\": \"cancel\""), "{json}");
}

#[test]
fn a_line_is_shown_whole_and_scrolls() {
    let mut log = log_rows();
    let values: Vec<String> = (0..60).map(|n| format!("key_{n}: value")).collect();
    log[0].after = Some(SafeText::new(&values.join("\n")));
    let mut app = on_log(log);
    app.update(Action::Open);
    let seen = |app: &App| render(app, 100, 24).backend().to_string();
    let first = seen(&app);
    assert!(
        first.contains("key_0: value") && first.contains("card processor is back"),
        "{first}"
    );
    assert!(!first.contains("key_59"), "{first}");
    let mut all = first;
    for _ in 0..8 {
        app.update(Action::Move(Move::PageDown));
        all += &seen(&app);
    }
    for n in 0..60 {
        assert!(
            all.contains(&format!("key_{n}: value")),
            "key_{n} is never seen"
        );
    }
    assert!(all.contains("dlqtop step retry"), "and how to do it again");
}

#[test]
fn a_line_is_copied_as_json_and_as_the_command_that_does_it_again() {
    let mut log = log_rows();
    log[0].reason = Some(SafeText::new("it's back"));
    let mut app = on_log(log);
    let json: serde_json::Value =
        serde_json::from_str(&copied(&mut app, CopyTarget::Here)).unwrap();
    assert_eq!(json["action"], "reset_for_retry");
    assert_eq!(json["reason"], "it's back");
    let step = step_id(1);
    let again = format!("dlqtop step retry {step} --reason \"it's back\"");
    assert_eq!(copied(&mut app, CopyTarget::Again), again);
    // By the menu, while lines come in above.
    app.update(Action::CopyMenu);
    let mut longer = log_rows();
    longer.insert(
        0,
        LogRow {
            log_id: 9_999,
            at: minutes_ago(0),
            ..longer[2].clone()
        },
    );
    longer[1].reason = Some(SafeText::new("it's back"));
    app.update(heard(with_log(longer)));
    app.update(Action::Move(Move::Down));
    let Some(Command::Copy(text)) = app.update(Action::Accept) else {
        panic!("nothing was copied: {:?}", app.screen.notification);
    };
    assert_eq!(text, again);
    // How the second was closed its line does not say.
    app.update(Action::Move(Move::Top));
    app.update(Action::Move(Move::Down));
    app.update(Action::Move(Move::Down));
    assert_eq!(app.update(Action::Copy(CopyTarget::Again)), None);
    let said = app.screen.notification.as_ref().unwrap().text.clone();
    assert!(said.contains("how it was to be closed"), "{said}");
}

/// What the log says was done, what it is then, and the command that does it again; `ID` is its subject.
#[rustfmt::skip]
const AGAIN: [(&str, &str, &str); 14] = [
    ("resolve_manually", "resolved_manually", "step resolve ID"),
    ("cancel", "cancelled", "step cancel ID"),
    ("set_limits", "5 attempts, 30 s", "step limits ID --max-attempts 5 --timeout-seconds 30"),
    ("set_limits", "5 attempts, no timeout", "step limits ID --max-attempts 5 --timeout-seconds 0"),
    ("resume_task", "enqueuing_steps", "task requeue ID"),
    ("cancel_task", "cancelled", "task cancel ID"),
    ("send_to_dlq", "pending", "task dlq ID"),
    ("close_entry", "cancelled", "entry close ID --status cancelled"),
    ("reopen_entry", "pending", "entry reopen ID"),
    ("add_note", "", "entry note ID"),
    ("own_entry", "owned by ana until 14:10 UTC", "entry claim ID"),
    ("release_entry", "owned by nobody", "entry release ID"),
    ("snooze_entry", "snoozed until 14:10 UTC", "entry snooze ID"),
    ("unsnooze_entry", "not snoozed", "entry unsnooze ID"),
];

#[test]
fn every_action_of_the_log_is_said_again_or_it_is_said_why_not() {
    let row = |action: &str, after: &str| LogRow {
        action: action.into(),
        after: Some(after.into()),
        reason: Some("why".into()),
        ..log_rows().remove(0)
    };
    let id = step_id(1).to_string();
    for (action, after, want) in AGAIN {
        let want = format!("dlqtop {} --reason why", want.replace("ID", &id));
        assert_eq!(
            shell_command::repeat(&row(action, after)),
            Ok(want),
            "{action}"
        );
    }
    for action in [
        "complete_manually",
        "configure",
        "apply_template",
        "whatever",
    ] {
        assert!(
            shell_command::repeat(&row(action, "x")).is_err(),
            "{action}"
        );
    }
}

#[test]
fn the_copy_menu_offers_the_acts_that_apply() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    let step = step_id(12);
    let retry = copied(&mut app, CopyTarget::Act(Verb::Retry));
    assert_eq!(retry, format!("dlqtop step retry {step} --reason ''"));
    app.update(Action::CopyMenu);
    let Some(Popup::Menu(menu)) = &app.screen.popup else {
        panic!("{:?}", app.screen.popup);
    };
    let offered: Vec<&str> = menu.items.iter().map(|(text, _)| text.as_str()).collect();
    assert!(offered.contains(&"as a command  retry"), "{offered:?}");
    assert!(
        !offered.contains(&"as a command  dlq"),
        "it is there: {offered:?}"
    );
    app.update(Action::Back);
    // What is marked is in it.
    app.update(Action::Mark(Mark::Shown));
    let resolve = copied(&mut app, CopyTarget::Act(Verb::Resolve));
    assert!(
        resolve.matches(&"-7000-8000-".to_owned()).count() > 1,
        "{resolve}"
    );
}

#[test]
fn the_box_is_copied_as_it_stands() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Close));
    typed(&mut app, "paid 'by hand'");
    let change = asked(&app).plan.change.clone();
    let line = copied(&mut app, CopyTarget::Box);
    assert_eq!(Ok(line), shell_command::command(&change, "paid 'by hand'"));
    // And it is still there, as it was.
    assert_eq!(asked(&app).reason.text(), "paid 'by hand'");
    for mode in [Mode::Reason, Mode::Choice, Mode::Buttons, Mode::Count] {
        let bound = keymap::help(mode);
        let keys = bound.iter().find(|key| key.command.name == "copy-command");
        assert!(
            keys.is_some_and(|key| key.keys.contains("^Y")),
            "{mode:?}: {keys:?}"
        );
    }
    assert!(!commands::find("copy-command").unwrap().writes());
}

#[test]
fn what_lies_below_a_box_to_read_is_not_copied() {
    let mut app = showing(snapshot());
    app.update(Action::Help);
    assert_eq!(app.update(Action::Copy(CopyTarget::Id)), None);
    app.update(Action::CopyMenu);
    assert!(
        matches!(app.screen.popup, Some(Popup::Help(_))),
        "{:?}",
        app.screen.popup
    );
}

/// Lines of one bulk run, newest first; one in ten was changed by somebody else.
fn bulk_lines(batch: u128, lines: i64, minutes: i64) -> Vec<LogRow> {
    let line = |n: i64| LogRow {
        log_id: i64::try_from(batch).unwrap() * 100_000 - n,
        batch: Some(uuid::Uuid::from_u128(batch)),
        at: minutes_ago(minutes),
        outcome: if n % 10 == 9 {
            "changed meanwhile".into()
        } else {
            "done".into()
        },
        ..log_rows().remove(0)
    };
    (0..lines).map(line).collect()
}

fn on_screen(app: &App) -> String {
    render(app, 160, 20).backend().to_string()
}

#[test]
fn a_bulk_run_is_one_line_that_opens() {
    let mut log = bulk_lines(7, 120, 5);
    log.extend(log_rows().split_off(1));
    let mut app = on_log(log);
    let folded = on_screen(&app);
    for piece in [
        "+ reset_for_retry",
        "120 × payments/charge_order · charge_card",
        "108 done, 12 changed",
        "card processor is back",
    ] {
        assert!(folded.contains(piece), "{piece}: {folded}");
    }
    let lines = |seen: &str| seen.matches("reset_for_retry").count();
    assert_eq!(lines(&folded), 1);
    assert!(
        folded.contains("close_entry"),
        "what came before is in sight: {folded}"
    );

    app.update(Action::Open);
    let open = on_screen(&app);
    assert!(open.contains("- reset_for_retry"), "{open}");
    assert!(lines(&open) > 10, "{open}");
    // A line in it opens whole, and is copied as the command that does it again.
    app.update(Action::Move(Move::Down));
    app.update(Action::Open);
    assert_eq!(open_line(&app).action, "reset_for_retry");
    app.update(Action::Back);
    assert!(copied(&mut app, CopyTarget::Again).starts_with("dlqtop step retry "));

    app.update(Action::Move(Move::Top));
    let json: serde_json::Value =
        serde_json::from_str(&copied(&mut app, CopyTarget::Here)).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 120, "all of it");
    assert_eq!(app.update(Action::Copy(CopyTarget::Again)), None);
    let why = app.screen.notification.as_ref().unwrap().text.clone();
    assert!(why.contains("no command of its own"), "{why}");
    app.update(Action::Open);
    assert_eq!(lines(&on_screen(&app)), 1, "folded again");
}

#[test]
fn the_newest_are_counted_by_acts_and_not_by_lines() {
    // A poll brings the lines of one act alone.
    let bulk = bulk_lines(7, 5_000, 5);
    let mut app = showing(with_log(bulk[..200].to_vec()));
    let asked = app.update(Action::Log);
    assert_eq!(asked, Some(Command::Query(Question::NewestActs)));
    assert!(
        on_screen(&app).contains("200 × payments"),
        "{}",
        on_screen(&app)
    );
    assert_eq!(app.update(Action::Tick(noon())), None, "once");

    let alone = |n: i64| LogRow {
        log_id: n,
        at: minutes_ago(60 + n),
        action: "add_note".into(),
        ..log_rows().remove(0)
    };
    let mut lines = bulk.clone();
    lines.extend((1..200).map(alone));
    let answer = Answer::NewestActs(Ok(NewestActs { lines, more: true }));
    app.update(Action::QueryAnswered(Box::new(answer)));
    let seen = on_screen(&app);
    for piece in [
        "the newest 200 acts",
        "5,000 × payments/charge_order",
        "4,500 done, 500 changed",
        "add_note",
    ] {
        assert!(seen.contains(piece), "{piece}: {seen}");
    }
    assert_eq!(app.screen.operator_log.as_ref().unwrap().acts(), LOG_ACTS);
    // The next poll takes nothing of that away, and brings what is new.
    let mut newer = bulk_lines(8, 3, 1);
    newer.extend(bulk[..197].to_vec());
    app.update(heard(with_log(newer)));
    let seen = on_screen(&app);
    assert!(
        seen.contains("3 × payments") && seen.contains("5,000 × payments"),
        "{seen}"
    );
    // It is read again while it is looked at, and only then.
    let later = noon() + TimeDelta::seconds(30);
    assert_eq!(
        app.update(Action::Tick(later)),
        Some(Command::Query(Question::NewestActs))
    );
    app.update(Action::Back);
    assert_eq!(
        app.update(Action::Tick(later + TimeDelta::seconds(30))),
        None
    );
}
