//! Entries: who has them, for how long they sleep, and how they are opened again.

use chrono::TimeDelta;
use dlqtop::app::action::{Action, Mark, Move, Toggle, Verb};
use dlqtop::app::writes::confirm::field::Field;
use dlqtop::data::messages::command::{Change, EntryVerb, Until};
use support::rows::acting::{asked, confirm, on_queue};
use support::rows::{entry, entry_id, noon, place, queue_rows, render, snapshot};

use super::{ask, on_detail, on_row, replace, said, send, with_queue, write};

#[test]
fn own_is_two_keys_and_yes_and_own_again_releases() {
    let mut app = on_row(1);
    ask(&mut app, Verb::Claim);
    let sent = write(send(&mut app));
    assert_eq!(sent.reason, "looking into it");
    let own = EntryVerb::Claim {
        minutes: 30,
        take_over: false,
    };
    assert!(
        matches!(&sent.change, Change::Entries(verb, t) if *verb == own && t[0].entry == entry_id(12))
    );

    let mut rows = queue_rows();
    rows[1].owner = Some(place().actor.as_str().into());
    let mut app = on_queue(with_queue(rows));
    app.update(Action::Move(Move::Down));
    ask(&mut app, Verb::Claim);
    let sent = write(send(&mut app));
    assert!(matches!(
        &sent.change,
        Change::Entries(EntryVerb::Release, _)
    ));
}

#[test]
fn what_another_owns_is_taken_over_only_alone_and_in_so_many_words() {
    let mut app = on_row(0);
    ask(&mut app, Verb::Claim);
    let screen = render(&app, 120, 40).backend().to_string();
    assert!(screen.contains("Take over 1 investigation"), "{screen}");
    assert!(screen.contains("owned by ana, 11m left"), "{screen}");
    let sent = write(send(&mut app));
    assert!(matches!(
        &sent.change,
        Change::Entries(
            EntryVerb::Claim {
                take_over: true,
                ..
            },
            _
        )
    ));

    let mut app = on_queue(snapshot());
    app.update(Action::Mark(Mark::Shown));
    ask(&mut app, Verb::Claim);
    let plan = &asked(&app).plan;
    assert_eq!(plan.change.count(), 5);
    assert_eq!(plan.excluded.len(), 1);
    assert!(
        plan.excluded[0].why.contains("owned by ana"),
        "{:?}",
        plan.excluded
    );
    assert!(matches!(
        &plan.change,
        Change::Entries(
            EntryVerb::Claim {
                take_over: false,
                ..
            },
            _
        )
    ));
}

#[test]
fn whoever_closes_reads_who_owns_it() {
    let mut app = on_row(0);
    ask(&mut app, Verb::Close);
    let screen = render(&app, 120, 40).backend().to_string();
    assert!(screen.contains("owned by ana, 11m left"), "{screen}");
    assert!(
        confirm(&mut app, "fixed").is_some(),
        "it stands in nobody's way"
    );
}

#[test]
fn a_snooze_offers_spans_takes_times_and_refuses_the_past() {
    let mut app = on_row(1);
    ask(&mut app, Verb::Snooze);
    let screen = render(&app, 120, 40).backend().to_string();
    assert!(screen.contains("For     15m"), "{screen}");
    for bad in ["2025-12-31 09:00", "soon", ""] {
        replace(&mut app, bad);
        app.update(Action::Accept);
        assert_eq!(asked(&app).field, Field::Span, "{bad:?}");
        assert!(asked(&app).complaint.is_some(), "{bad:?}");
    }
    // From the buttons too.
    app.update(Action::NextField(2));
    assert_eq!(app.update(Action::ConfirmYes), None);
    assert_eq!(asked(&app).field, Field::Span);
    app.update(Action::Choose(1));
    app.update(Action::Choose(1));
    app.update(Action::Accept);
    let sent = confirm(&mut app, "the bank opens at nine").unwrap();
    assert!(matches!(
        &sent.change,
        Change::Entries(EntryVerb::Snooze(Until::Minutes(60)), _)
    ));

    // The row that is snoozed already comes back.
    let mut app = on_row(4);
    ask(&mut app, Verb::Snooze);
    let sent = confirm(&mut app, "it is open").unwrap();
    assert!(matches!(
        &sent.change,
        Change::Entries(EntryVerb::Unsnooze, _)
    ));
}

#[test]
fn a_reason_is_asked_for_and_what_was_typed_is_kept() {
    let mut app = on_row(1);
    ask(&mut app, Verb::Snooze);
    replace(&mut app, "90m");
    app.update(Action::Accept);
    app.update(Action::Accept);
    assert!(
        asked(&app)
            .complaint
            .as_ref()
            .unwrap()
            .starts_with("Give a reason first")
    );
    app.update(Action::Back);
    ask(&mut app, Verb::Snooze);
    app.update(Action::Accept);
    let sent = confirm(&mut app, "waiting").unwrap();
    assert!(matches!(
        &sent.change,
        Change::Entries(EntryVerb::Snooze(Until::Minutes(90)), _)
    ));
}

#[test]
fn the_last_closed_entry_is_reopened_from_its_task() {
    let mut app = on_detail(|detail| detail.entries = vec![entry(92, "manually_resolved")]);
    ask(&mut app, Verb::Reopen);
    let sent = confirm(&mut app, "it came back").unwrap();
    assert!(
        matches!(&sent.change, Change::Entries(EntryVerb::Reopen, t) if t[0].entry == entry_id(92))
    );
    let mut app = on_detail(|_| ());
    ask(&mut app, Verb::Reopen);
    assert!(
        said(&app).contains("its investigation is open"),
        "{}",
        said(&app)
    );
}

#[test]
fn owners_and_snoozes_are_seen() {
    let app = on_queue(snapshot());
    let screen = render(&app, 250, 70).backend().to_string();
    assert!(screen.contains("owned by ana, 11m left"), "{screen}");
    assert!(screen.contains("1 snoozed"), "{screen}");
    assert!(screen.contains("snoozed, back in 41m"), "{screen}");
    let mut app = on_detail(|detail| {
        detail.entries[0].owner = Some("bob".into());
        detail.entries[0].owned_until = Some(noon() + TimeDelta::minutes(12));
        detail.entries[0].snoozed_until = Some(noon() + TimeDelta::minutes(42));
    });
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(screen.contains("owned by bob, 12m left"), "{screen}");
    assert!(screen.contains("snoozed, back in 42m"), "{screen}");
    app.update(Action::Toggle(Toggle::Times));
    app.update(Action::Toggle(Toggle::Times));
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(screen.contains("snoozed until 12:42Z"), "{screen}");
}
