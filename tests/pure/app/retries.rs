//! A retry is sent; later it has passed or failed again. Nothing is called done before that.

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Mark, Move, Verb};
use dlqtop::app::message::Tone;
use dlqtop::app::screen::popup::Popup;
use dlqtop::data::bulk::retry_outcome::{Retried, Verdict};
use dlqtop::data::messages::command::{
    Answer, Change, Command, EntryVerb, ItemResult, Question, RetriedRequest, TaskVerb, Write,
};
use dlqtop::data::model::Snapshot;
use support::rows::acting::{
    answer, asked, confirm, done, on_queue, passes, retried, seconds_later, typed,
};
use support::rows::{entry_id, heard, listed, queued, render, snapshot};
use uuid::Uuid;

/// A queue of so many dead letters.
fn letters(count: u128) -> Snapshot {
    let rows = (0..count).map(|n| queued(n, ("orders", "fulfill"), "max_retries_exceeded", 1.0));
    Snapshot {
        queue: listed(rows.collect(), i64::try_from(count).unwrap()),
        ..snapshot()
    }
}

/// All of them are retried, all at once.
fn sent(count: u128) -> (App, Write) {
    let mut app = on_queue(letters(count));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "gateway is back");
    app.update(Action::Accept);
    if count >= 20 {
        typed(&mut app, &count.to_string());
    }
    let Some(Command::Write(write)) = app.update(Action::ConfirmYes) else {
        panic!("{:?}", app.screen.popup)
    };
    (app, *write)
}

fn said(app: &App) -> &str {
    app.screen
        .notification
        .as_ref()
        .map_or("", |notice| &notice.text)
}

/// The question of a command, if it asks what became of retries.
fn question(command: Option<Command>) -> Option<RetriedRequest> {
    match command {
        Some(Command::Query(Question::Retried(asked))) => Some(asked),
        _ => None,
    }
}

/// Of 120: 54 passed, 41 failed again, 25 are on their way.
const fn halfway(at: usize) -> Option<Verdict> {
    match at {
        0..54 => Some(Verdict::Passed),
        54..95 => Some(Verdict::FailedAgain),
        _ => None,
    }
}

#[test]
fn what_was_sent_is_not_called_done_and_nothing_is_offered_to_be_closed() {
    let (mut app, write) = sent(120);
    let asks = question(app.update(answer(&write, |_| done()))).unwrap();
    assert_eq!((asks.batch, asks.tasks), (write.batch, false));
    assert_eq!(asks.ids, write.change.ids());
    assert_eq!(
        said(&app),
        "Retry 120 steps (o shows each): 120 sent; not known yet whether they pass"
    );
    assert_eq!(app.screen.notification.as_ref().unwrap().tone, Tone::Plain);
    seconds_later(&mut app, 10);
    assert!(app.screen.popup.is_none(), "{:?}", app.screen.popup);

    app.update(retried(&write, halfway));
    seconds_later(&mut app, 10);
    assert!(app.screen.popup.is_none(), "25 are not known");
    let screen = render(&app, 160, 45).backend().to_string();
    let line = "Retry 120 steps: 54 passed, 41 failed again, 25 running · o shows each";
    assert!(screen.contains(line), "{screen}");
}

#[test]
fn when_all_is_known_those_that_passed_are_offered_to_be_closed_and_no_others() {
    let (mut app, write) = sent(120);
    app.update(answer(&write, |_| done()));
    app.update(retried(&write, |at| halfway(at).or(Some(Verdict::Passed))));
    assert_eq!(
        said(&app),
        "Retry 120 steps (o shows each): 79 passed, 41 failed again"
    );
    assert_eq!(app.screen.notification.as_ref().unwrap().tone, Tone::Bad);
    seconds_later(&mut app, 3);
    let offer = asked(&app);
    assert_eq!(offer.plan.title(), "Close 79 investigations");
    assert_eq!(offer.reason.text(), "gateway is back");
    let lead = offer.offered.as_deref().unwrap();
    let begins = "79 passed, 41 failed again. Close those that passed?";
    assert!(lead.starts_with(begins), "{lead}");
    let Change::Entries(EntryVerb::Close(_), targets) = &offer.plan.change else {
        panic!("{:?}", offer.plan.change)
    };
    let failed = |n: u128| targets.iter().any(|one| one.entry == entry_id(n));
    assert!((54..95).all(|n| !failed(n)), "one that failed again");

    app.update(Action::Back);
    seconds_later(&mut app, 3);
    app.update(heard(letters(120)));
    app.update(retried(&write, |at| halfway(at).or(Some(Verdict::Passed))));
    seconds_later(&mut app, 3);
    assert!(app.screen.popup.is_none(), "once is enough");
}

#[test]
fn a_box_does_not_open_by_itself_while_keys_are_pressed_or_something_is_open() {
    let (mut app, write) = sent(3);
    app.update(answer(&write, |_| done()));
    app.update(Action::Move(Move::Down));
    app.update(retried(&write, |_| Some(Verdict::Passed)));
    seconds_later(&mut app, 1);
    assert!(app.screen.popup.is_none(), "a key was pressed a second ago");
    app.update(Action::Filter);
    seconds_later(&mut app, 5);
    assert!(app.screen.popup.is_none(), "a filter is being typed");
    app.update(Action::Back);
    app.update(Action::Results);
    seconds_later(&mut app, 5);
    assert!(matches!(app.screen.popup, Some(Popup::Results(_))));
    app.update(Action::Back);
    let screen = render(&app, 160, 45).backend().to_string();
    assert!(screen.contains("Retry 3 steps: 3 passed"), "{screen}");
    seconds_later(&mut app, 3);
    assert_eq!(asked(&app).plan.title(), "Close 3 investigations");
}

#[test]
fn what_is_not_known_is_asked_again_after_each_poll_until_it_is_settled() {
    let (mut app, write) = sent(3);
    assert!(question(app.update(answer(&write, |_| done()))).is_some());
    let again = app.update(heard(letters(3)));
    assert_eq!(question(again), None, "one question at a time");
    let some = retried(&write, |at| (at == 0).then_some(Verdict::Passed));
    // The poll that came meanwhile is reason enough.
    let next = question(app.update(some)).unwrap();
    assert_eq!(next.ids, write.change.ids()[1..]);
    let unreadable = Answer::Retried(
        write.batch,
        Err(std::sync::Arc::new(
            dlqtop::data::error::DataError::SchemaMissing,
        )),
    );
    app.update(Action::QueryAnswered(Box::new(unreadable)));
    assert_eq!(question(seconds_later(&mut app, 1)), None, "no poll since");
    let refused = question(app.update(heard(letters(3)))).unwrap();
    app.update(Action::CommandRejected(Command::Query(Question::Retried(
        refused,
    ))));
    let next = question(app.update(heard(letters(3)))).unwrap();
    assert_eq!(next.ids.len(), 2);
    app.update(retried(&write, |_| Some(Verdict::Passed)));
    assert_eq!(
        question(app.update(heard(letters(3)))),
        None,
        "all is known"
    );
}

#[test]
fn an_answer_that_never_comes_is_not_waited_for_for_ever() {
    let (mut app, write) = sent(3);
    app.update(answer(&write, |_| done()));
    app.update(heard(letters(3)));
    assert_eq!(question(seconds_later(&mut app, 69)), None);
    assert!(question(seconds_later(&mut app, 1)).is_some());
}

#[test]
fn what_fails_again_with_attempts_left_may_still_pass() {
    let (mut app, write) = sent(3);
    app.update(answer(&write, |_| done()));
    let waits = |at: usize, id: Uuid| Retried {
        id,
        state: if at == 0 {
            "waiting_for_retry"
        } else {
            "complete"
        }
        .into(),
        verdict: Some(if at == 0 {
            Verdict::FailedAgain
        } else {
            Verdict::Passed
        }),
        error: (at == 0).then(|| "HTTP 503".into()),
        settled: at > 0,
    };
    let ids = write.change.ids().into_iter().enumerate();
    let rows = ids.map(|(at, id)| waits(at, id)).collect();
    app.update(Action::QueryAnswered(Box::new(Answer::Retried(
        write.batch,
        Ok(rows),
    ))));
    let first = "Retry 3 steps (o shows each): 2 passed, 1 failed again (1 with attempts left)";
    assert_eq!(said(&app), first);
    seconds_later(&mut app, 3);
    assert_eq!(asked(&app).plan.title(), "Close 2 investigations");
    app.update(Action::Back);

    let asks = question(app.update(heard(letters(3)))).unwrap();
    assert_eq!(asks.ids, write.change.ids()[..1]);
    app.update(retried(&write, |_| Some(Verdict::Passed)));
    assert_eq!(said(&app), "Retry 3 steps (o shows each): 3 passed");
    seconds_later(&mut app, 3);
    assert_eq!(
        asked(&app).plan.title(),
        "Close 1 investigation",
        "the others were offered before"
    );
}

#[test]
fn after_half_an_hour_it_says_what_is_still_running_and_offers_what_passed() {
    let (mut app, write) = sent(120);
    app.update(answer(&write, |_| done()));
    app.update(retried(&write, halfway));
    seconds_later(&mut app, 30 * 60 + 1);
    let told = "54 passed, 41 failed again, 25 running after 30m";
    assert!(said(&app).contains(told), "{}", said(&app));
    assert_eq!(question(app.update(heard(letters(120)))), None);
    seconds_later(&mut app, 3);
    assert_eq!(asked(&app).plan.title(), "Close 54 investigations");
    let lead = asked(&app).offered.as_deref().unwrap();
    assert!(lead.starts_with(told), "{lead}");
}

#[test]
fn one_may_close_sooner_and_reads_that_it_is_not_known() {
    let (mut app, write) = sent(120);
    app.update(Action::CloseRetried);
    assert_eq!(said(&app), "nothing has been retried from here yet");
    app.update(answer(&write, |_| done()));
    app.update(retried(&write, halfway));
    app.update(Action::Results);
    app.update(Action::CloseRetried);
    let sooner = asked(&app);
    assert_eq!(sooner.plan.title(), "Close 79 investigations");
    let lead = sooner.offered.as_deref().unwrap();
    let says = "Of 25 retries it is not known yet whether they pass";
    assert!(lead.contains(says), "{lead}");
}

#[test]
fn closing_by_hand_says_what_is_not_known_and_what_failed_again() {
    let (mut app, write) = sent(3);
    app.update(answer(&write, |_| done()));
    app.update(retried(&write, |at| {
        (at == 1).then_some(Verdict::FailedAgain)
    }));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Close));
    let remarks = asked(&app).plan.remarks.join("; ");
    assert_eq!(
        remarks,
        "2 of them retried, and not known yet whether they pass; \
         1 of them failed again after their retry"
    );
}

#[test]
fn after_a_canary_that_failed_nothing_is_offered_to_be_closed() {
    let (mut app, write) = sent(6);
    app.update(answer(&write, |at| match at {
        // It was retried, and failed again.
        0 => done(),
        _ => ItemResult::Untried {
            why: "the canary failed: HTTP 503".into(),
        },
    }));
    app.update(retried(&write, |at| {
        (at == 0).then_some(Verdict::FailedAgain)
    }));
    seconds_later(&mut app, 3);
    assert!(app.screen.popup.is_none(), "{:?}", app.screen.popup);
    assert!(said(&app).ends_with("1 failed again"), "{}", said(&app));
}

#[test]
fn after_a_task_is_back_at_work_closing_its_entry_is_offered() {
    let mut app = on_queue(snapshot());
    for _ in 0..3 {
        app.update(Action::Move(Move::Down));
    }
    app.update(Action::Ask(Verb::Retry));
    let write = confirm(&mut app, "its worker had finished").unwrap();
    assert!(matches!(write.change, Change::Tasks(TaskVerb::Requeue, _)));
    let asks = question(app.update(answer(&write, |_| done()))).unwrap();
    assert!(asks.tasks);
    passes(&mut app, &write);
    let offer = asked(&app);
    assert!(
        matches!(&offer.plan.change, Change::Entries(EntryVerb::Close(_), t) if t[0].entry == entry_id(14))
    );
}

#[test]
fn each_row_and_the_receipt_carry_the_verdict() {
    let (mut app, write) = sent(4);
    app.update(answer(&write, |_| done()));
    app.update(retried(&write, |at| match at {
        0 => Some(Verdict::Passed),
        1 => Some(Verdict::FailedAgain),
        2 => Some(Verdict::Gone),
        _ => None,
    }));
    app.update(Action::Results);
    let screen = render(&app, 120, 40).backend().to_string();
    for piece in [
        "4 sent",
        "1 passed, 1 failed again, 1 gone, 1 running",
        "passed, now complete",
        "failed again: HTTP 503 again",
        "no longer there",
        "running, now in_progress",
    ] {
        assert!(screen.contains(piece), "{piece}: {screen}");
    }
    app.writes.receipt_folder = Some("/state/receipts".into());
    let Some(Command::Save(file)) = app.update(Action::Receipt(String::new())) else {
        panic!("{:?}", app.screen.notification)
    };
    let receipt: serde_json::Value = serde_json::from_str(&file.text).unwrap();
    assert_eq!(receipt["retries"]["passed"], 1);
    assert_eq!(receipt["retries"]["running"], 1);
    let verdicts: Vec<_> = (0..4)
        .map(|at| receipt["subjects"][at]["retry"]["verdict"].clone())
        .collect();
    assert_eq!(verdicts, ["passed", "failed_again", "gone", "running"]);
    assert_eq!(receipt["subjects"][1]["retry"]["error"], "HTTP 503 again");
}

#[test]
fn time_that_passes_asks_for_nothing_once_it_was_given_up() {
    let (mut app, write) = sent(2);
    app.update(answer(&write, |_| done()));
    app.update(Action::Tick(app.session.now + TimeDelta::hours(1)));
    for _ in 0..3 {
        assert_eq!(question(app.update(heard(letters(2)))), None);
    }
    assert!(app.screen.popup.is_none(), "nothing has passed");
}
