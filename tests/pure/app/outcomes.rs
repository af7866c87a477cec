//! What the program makes of what became of a change.

use chrono::TimeDelta;
use dlqtop::app::action::{Action, Mark, Move, Verb};
use dlqtop::app::screen::popup::Popup;
use dlqtop::app::session::read_only::{Access, LockReason};
use dlqtop::app::writes::confirm::field::Field;
use dlqtop::data::messages::command::{Change, Command, EntryVerb, ItemResult, Resolution};
use support::rows::acting::{answer, asked, confirm, done, on_queue};
use support::rows::{entry_id, heard, noon, render, snapshot};

#[test]
fn what_failed_stays_marked_and_the_tally_is_told() {
    let mut app = on_queue(snapshot());
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Note));
    let write = confirm(&mut app, "seen").unwrap();
    app.update(answer(&write, |at| match at {
        0 => ItemResult::Changed {
            by: Some("ana".into()),
            at: None,
            now: "manually_resolved".into(),
        },
        1 => ItemResult::Failed {
            why: "permission denied".into(),
        },
        2 => ItemResult::Unknown,
        _ => done(),
    }));
    let left = &app.lists.queue.marks;
    assert_eq!(left.len(), 3);
    assert!([11, 12, 13].iter().all(|n| left.contains(&entry_id(*n))));
    let notice = app.screen.notification.as_ref().unwrap().text.as_str();
    for part in [
        "3 done",
        "1 changed meanwhile (ana 1)",
        "1 failed: permission denied",
        "1 unknown",
        "o shows each",
    ] {
        assert!(notice.contains(part), "{part} in {notice}");
    }
    assert_eq!(app.writes.outcomes.len(), 1);
    app.update(Action::Results);
    assert!(matches!(app.screen.popup, Some(Popup::Results(_))));
}

#[test]
fn after_a_step_is_resolved_closing_its_entry_is_offered_with_the_same_reason() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Resolve));
    let write = confirm(&mut app, "done by hand").unwrap();
    app.update(answer(&write, |_| done()));

    let offer = asked(&app);
    let lead = offer.offered.as_deref().unwrap();
    assert!(lead.starts_with("Done. Close the "), "{lead}");
    assert_eq!(offer.reason.text(), "done by hand");
    assert_eq!(offer.field, Field::Reason, "stray keys are letters");
    assert!(
        matches!(&offer.plan.change, Change::Entries(EntryVerb::Close(_), t) if t[0].entry == entry_id(12))
    );
    app.update(Action::Back);
    assert!(app.screen.popup.is_none());
}

#[test]
fn after_a_step_is_cancelled_its_entry_is_offered_to_be_closed_as_cancelled() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Cancel));
    let write = confirm(&mut app, "nobody wants it any more").unwrap();
    app.update(answer(&write, |_| done()));
    let Change::Entries(EntryVerb::Close(resolution), _) = &asked(&app).plan.change else {
        panic!("{:?}", asked(&app).plan.change);
    };
    assert_eq!(*resolution, Resolution::Cancelled);
    let lead = asked(&app).offered.as_deref().unwrap();
    assert!(lead.starts_with("Cancelled."), "{lead}");
}

#[test]
fn nothing_is_offered_over_something_being_typed_or_when_nothing_was_done() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Resolve));
    let write = confirm(&mut app, "gateway is back").unwrap();
    app.update(Action::Filter);
    app.update(answer(&write, |_| done()));
    assert!(app.screen.popup.is_none());

    app.update(Action::Back);
    app.update(Action::Ask(Verb::Resolve));
    let write = confirm(&mut app, "again").unwrap();
    app.update(answer(&write, |_| ItemResult::Unknown));
    assert!(app.screen.popup.is_none());
}

#[test]
fn a_refused_write_is_not_lost() {
    let mut app = on_queue(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    let write = confirm(&mut app, "gateway is back").unwrap();
    app.update(Action::CommandRejected(Command::Write(Box::new(write))));
    assert!(
        app.screen
            .notification
            .as_ref()
            .unwrap()
            .text
            .starts_with("not sent")
    );
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(asked(&app).reason.text(), "gateway is back");
}

#[test]
fn leaving_with_unanswered_changes_takes_two_keys() {
    for (leave, key) in [(Action::Leave, "q"), (Action::Quit, "Ctrl-C")] {
        let mut app = on_queue(snapshot());
        app.update(Action::Move(Move::Down));
        app.update(Action::Mark(Mark::Cursor));
        app.update(Action::Mark(Mark::Cursor));
        app.update(Action::Ask(Verb::Retry));
        let write = confirm(&mut app, "gateway is back").unwrap();
        assert_eq!(app.writes.unanswered(), 2);

        app.update(leave.clone());
        assert!(!app.screen.quitting);
        let told = format!("2 changes are in progress: {key} again quits; they continue");
        assert_eq!(app.screen.notification.as_ref().unwrap().text, told);

        app.update(Action::Move(Move::Down));
        app.update(leave.clone());
        assert!(!app.screen.quitting, "something else was done in between");
        app.update(heard(snapshot()));
        app.update(leave.clone());
        assert!(app.screen.quitting, "a poll is nothing the operator did");

        app.screen.quitting = false;
        app.update(answer(&write, |_| done()));
        app.update(Action::Back);
        assert_eq!(app.writes.unanswered(), 0);
        app.update(leave);
        assert!(app.screen.quitting);
    }
}

#[test]
fn who_loses_a_race_reads_who_and_when_and_what_it_is_now() {
    let mut app = on_queue(snapshot());
    app.update(Action::Ask(Verb::Note));
    let write = confirm(&mut app, "seen").unwrap();
    app.update(answer(&write, |_| ItemResult::Changed {
        by: Some("ana".into()),
        at: Some(noon() - TimeDelta::seconds(11)),
        now: "manually_resolved".into(),
    }));
    let notice = &app.screen.notification.as_ref().unwrap().text;
    let begins = "changed by ana 12s ago: it is manually_resolved;";
    assert!(notice.starts_with(begins), "{notice}");
    let screen = render(&app, 60, 15).backend().to_string();
    assert!(screen.contains("it is manually_resolved;"), "{screen}");
    assert!(screen.contains("skipped orders/fulfill"), "{screen}");
}

#[test]
fn of_many_it_is_said_who_was_faster_how_often() {
    let mut app = on_queue(snapshot());
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Note));
    let write = confirm(&mut app, "seen").unwrap();
    app.update(answer(&write, |at| ItemResult::Changed {
        by: Some(if at < 2 { "w-2" } else { "ana" }.into()),
        at: None,
        now: "manually_resolved".into(),
    }));
    let notice = &app.screen.notification.as_ref().unwrap().text;
    assert!(notice.contains("6 changed meanwhile (ana 4, w-2 2)"));
}

#[test]
fn news_goes_away_by_itself_and_is_not_left_under_a_new_box() {
    let mut app = on_queue(snapshot());
    app.session.access = Access::ReadOnly(LockReason::Role);
    app.update(Action::Ask(Verb::Retry));
    assert!(app.screen.notification.is_some());
    app.update(Action::Tick(app.session.now + TimeDelta::seconds(31)));
    assert!(app.screen.notification.is_none());

    app.update(Action::Ask(Verb::Retry));
    app.update(Action::Help);
    assert!(app.screen.notification.is_none());
}
