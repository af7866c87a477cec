//! Whether sweeps may act, and how an operator decides that: the dialogs, what they send, what is said.

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::{Action, DetectorAsk, Edit};
use dlqtop::app::polled::arming::Arming;
use dlqtop::app::screen::popup::Popup;
use dlqtop::app::session::read_only::{Access, LockReason};
use dlqtop::app::writes::confirm::field::Field;
use dlqtop::app::writes::detector::DetectorDialog;
use dlqtop::data::error::DataError;
use dlqtop::data::messages::command::{
    Answer, Command, DetectorAct, DetectorOrder, DetectorOutcome, Question,
};
use dlqtop::data::model::Stats;
use dlqtop::detector::status::{LastSweep, Status};
use support::rows::acting::typed;
use support::rows::detector::{
    armed, arming, asking, held, unarmed, undo_preview, undoing, undone, with_detector,
};
use support::rows::foreign::failed_jobs;
use support::rows::{noon, showing, snapshot, stats};

fn said(app: &App) -> &str {
    let news = app.screen.notification.as_ref();
    news.map_or("", |news| &news.text)
}

fn dialog(app: &App) -> &DetectorDialog {
    match &app.screen.popup {
        Some(Popup::Detector(dialog)) => dialog,
        other => panic!("no box but {other:?}: {}", said(app)),
    }
}

fn complaint(app: &App) -> &str {
    dialog(app).complaint.as_deref().unwrap_or_default()
}

fn order(command: Option<Command>) -> DetectorOrder {
    match command {
        Some(Command::Decide(order)) => *order,
        other => panic!("{other:?}"),
    }
}

fn answered(app: &mut App, outcome: DetectorOutcome) -> &str {
    app.update(Action::Decided(outcome));
    said(app)
}

#[test]
fn arming_wants_a_reason_and_the_number_that_was_shown() {
    let mut app = arming();
    assert_eq!(app.update(Action::Accept), None);
    assert!(complaint(&app).contains("Say why"));
    typed(&mut app, "thresholds agreed");
    app.update(Action::Accept);
    assert_eq!(dialog(&app).field, Field::Count);
    typed(&mut app, "1y8");
    assert_eq!(app.update(Action::ConfirmYes), None);
    assert_eq!(complaint(&app), "Type 19 to confirm that many.");
    assert_eq!(dialog(&app).count.text(), "18");
    app.update(Action::Edit(Edit::DeleteBefore));
    typed(&mut app, "9");
    let order = order(app.update(Action::ConfirmYes));
    assert_eq!(order.act, DetectorAct::Arm(19));
    assert_eq!(order.reason, "thresholds agreed");
    assert!(app.screen.popup.is_none());
    assert_eq!(said(&app), "Arm the detector…");

    // Until that is answered, nothing else is decided, and quitting says so.
    assert_eq!(app.update(Action::AskDetector(DetectorAsk::Arm)), None);
    assert!(said(&app).contains("still being carried out"));
    app.update(Action::Leave);
    assert!(
        said(&app).contains("1 change is in progress"),
        "{}",
        said(&app)
    );

    let more =
        DetectorOutcome::refused(order.act, "20 tasks are due now, more than 19: look again");
    assert_eq!(
        answered(&mut app, more),
        "not armed: 20 tasks are due now, more than 19: look again"
    );
    // The reason need not be typed again.
    app.update(Action::AskDetector(DetectorAsk::Arm));
    assert_eq!(dialog(&app).reason.text(), "thresholds agreed");
    app.update(Action::Back);
    assert_eq!(
        answered(&mut app, DetectorOutcome::done(order.act, true)),
        "armed: sweeps act on this database from now on, the first on at most 19 tasks"
    );
}

#[test]
fn production_wants_its_name_as_well() {
    let mut app = showing(with_detector(unarmed(19)));
    app.session.production = Some("prod-eu".to_owned());
    let mut app = asking(app, DetectorAsk::Arm);
    typed(&mut app, "agreed");
    app.update(Action::Accept);
    typed(&mut app, "19");
    assert_eq!(app.update(Action::ConfirmYes), None);
    assert!(
        complaint(&app).contains("type prod-eu"),
        "{}",
        complaint(&app)
    );
    assert_eq!(dialog(&app).field, Field::Name);
    typed(&mut app, "prod-eu");
    app.update(Action::Accept);
    let order = order(app.update(Action::ConfirmYes));
    assert_eq!(order.act, DetectorAct::Arm(19));
}

#[test]
fn nothing_is_sent_before_it_is_known_what_it_would_do() {
    let mut app = showing(with_detector(unarmed(19)));
    let asked = app.update(Action::AskDetector(DetectorAsk::Arm));
    assert_eq!(asked, Some(Command::Query(Question::SweepPreview)));
    typed(&mut app, "agreed");
    app.update(Action::Accept);
    typed(&mut app, "19");
    assert_eq!(app.update(Action::ConfirmYes), None);
    assert!(complaint(&app).contains("has not answered yet"));
    // What another dialog asked is no answer.
    let other = Answer::UndoPreview(3, Ok(undo_preview()));
    app.update(Action::QueryAnswered(Box::new(other)));
    assert_eq!(app.update(Action::ConfirmYes), None);
    let failed = Answer::SweepPreview(Err(Arc::new(DataError::SchemaMissing)));
    app.update(Action::QueryAnswered(Box::new(failed)));
    assert_eq!(app.update(Action::ConfirmYes), None);
    assert!(complaint(&app).contains("is not known"));
}

#[test]
fn a_read_only_session_and_a_system_without_it_say_why() {
    let mut app = showing(with_detector(unarmed(19)));
    app.session.access = Access::ReadOnly(LockReason::Profile("prod-eu".to_owned()));
    assert_eq!(app.update(Action::AskDetector(DetectorAsk::Arm)), None);
    assert!(app.screen.popup.is_none());
    assert!(said(&app).starts_with("read-only: profile prod-eu is read-only"));

    let mut app = arming();
    typed(&mut app, "agreed");
    app.update(Action::Accept);
    typed(&mut app, "19");
    app.session.access = Access::ReadOnly(LockReason::Profile("prod-eu".to_owned()));
    assert_eq!(app.update(Action::ConfirmYes), None);
    assert!(complaint(&app).contains("The unlock has ended"));

    let mut app = showing(snapshot());
    app.session.source = failed_jobs();
    for action in [Action::AskDetector(DetectorAsk::Arm), Action::Sweeps] {
        assert_eq!(app.update(action), None);
        assert!(app.screen.popup.is_none());
        assert!(said(&app).contains("has no detector"), "{}", said(&app));
    }
}

#[test]
fn what_is_so_already_is_said_and_not_asked() {
    let cases = [
        (
            armed(0),
            DetectorAsk::Arm,
            "armed already, since 2h00m ago by bob@lap3",
        ),
        (
            unarmed(0),
            DetectorAsk::Disarm,
            "the detector is not armed here",
        ),
        (unarmed(9), DetectorAsk::ConfirmSweep, "no sweep to confirm"),
        (
            armed(0),
            DetectorAsk::UndoSweep(999),
            "not among the last sweeps",
        ),
    ];
    for (state, ask, words) in cases {
        let mut app = showing(with_detector(state));
        assert_eq!(app.update(Action::AskDetector(ask)), None, "{ask:?}");
        assert!(app.screen.popup.is_none(), "{ask:?}");
        assert!(said(&app).contains(words), "{ask:?}: {}", said(&app));
    }
}

#[test]
fn a_dry_run_took_nothing_whatever_it_would_have_moved() {
    let mut dry = stats();
    dry.sweeps.truncate(1);
    dry.sweeps[0].dry_run = true;
    let sweep = dry.sweeps[0].sweep_id.unwrap();
    assert!(dry.sweeps[0].moved > 0);
    let mut snapshot = with_detector(armed(0));
    snapshot.stats = Ok(Arc::new(dry));
    let mut app = showing(snapshot);
    app.update(Action::Sweeps);
    let Some(Popup::Menu(menu)) = &app.screen.popup else {
        panic!("{:?}", app.screen.popup);
    };
    assert!(menu.items[0].0.contains("dry run"), "{}", menu.items[0].0);
    assert_eq!(app.update(Action::Accept), None);
    assert_eq!(
        said(&app),
        format!("sweep {sweep} took nothing: there is nothing to undo")
    );
}

#[test]
fn disarming_wants_a_reason_only() {
    let mut app = asking(showing(with_detector(armed(3))), DetectorAsk::Disarm);
    typed(&mut app, "a wrong threshold");
    app.update(Action::Accept);
    assert_eq!(dialog(&app).field, Field::Cancel);
    let order = order(app.update(Action::ConfirmYes));
    assert_eq!(order.act, DetectorAct::Disarm);
    assert_eq!(
        answered(&mut app, DetectorOutcome::done(order.act, true)),
        "disarmed: every sweep on this database is dry from now on"
    );
}

#[test]
fn a_held_sweep_is_confirmed_for_what_was_counted() {
    let mut app = asking(showing(with_detector(held())), DetectorAsk::ConfirmSweep);
    typed(&mut app, "an outage");
    app.update(Action::Accept);
    typed(&mut app, "19");
    let order = order(app.update(Action::ConfirmYes));
    assert_eq!(order.act, DetectorAct::ConfirmSweep(19));
    // Too many commands are waiting: it may be asked again.
    app.update(Action::CommandRejected(Command::Decide(Box::new(order))));
    assert!(said(&app).starts_with("not sent"), "{}", said(&app));
    assert!(app.writes.deciding.is_none());
}

#[test]
fn a_sweep_is_chosen_from_the_last_ones_and_undone() {
    let mut app = showing(with_detector(armed(0)));
    app.update(Action::Sweeps);
    let Some(Popup::Menu(menu)) = &app.screen.popup else {
        panic!("{:?}", app.screen.popup);
    };
    let chosen = match menu.items[menu.at].1 {
        Action::AskDetector(DetectorAsk::UndoSweep(sweep)) => sweep,
        ref other => panic!("{other:?}"),
    };
    let asked = app.update(Action::Accept);
    assert_eq!(asked, Some(Command::Query(Question::UndoPreview(chosen))));

    let mut app = undoing();
    typed(&mut app, "a wrong threshold");
    app.update(Action::Accept);
    typed(&mut app, "4");
    let order = order(app.update(Action::ConfirmYes));
    assert_eq!(order.act, DetectorAct::UndoSweep(chosen));
    let outcome = DetectorOutcome {
        undone: undo_preview(),
        ..DetectorOutcome::done(order.act, true)
    };
    assert_eq!(
        answered(&mut app, outcome),
        format!(
            "sweep {chosen} undone: 3 put back to work, 1 entry closed, 2 touched since; \
             the detector is disarmed, :arm"
        )
    );
    let broken = DetectorOutcome {
        undone: vec![undone(1, "put_back", None)],
        ..DetectorOutcome::refused(order.act, "the server went away")
    };
    assert_eq!(
        answered(&mut app, broken),
        format!(
            "sweep {chosen} undone in part, 1 put back to work; undo it again for the rest: \
             the server went away"
        )
    );
}

#[test]
fn a_sweep_of_which_nothing_is_left_is_not_undone() {
    let mut app = showing(with_detector(armed(0)));
    let sweeps = stats().sweeps;
    let took = sweeps.iter().find(|sweep| sweep.moved > 0).unwrap();
    let sweep = took.sweep_id.unwrap();
    app.update(Action::AskDetector(DetectorAsk::UndoSweep(sweep)));
    let touched = vec![undone(1, "touched", Some("bob"))];
    let answer = Answer::UndoPreview(sweep, Ok(touched));
    app.update(Action::QueryAnswered(Box::new(answer)));
    typed(&mut app, "a wrong threshold");
    app.update(Action::Accept);
    typed(&mut app, "0");
    assert_eq!(app.update(Action::ConfirmYes), None);
    assert!(complaint(&app).contains("Nothing of this sweep"));
}

#[test]
fn the_command_that_does_the_same_can_be_copied() {
    let mut app = arming();
    typed(&mut app, "it's agreed");
    let copied = app.update(Action::Copy(dlqtop::app::action::CopyTarget::Box));
    let line = "dlqtop detect --arm --reason \"it's agreed\"".to_owned();
    assert_eq!(copied, Some(Command::Copy(line)));
}

#[test]
fn what_a_sweep_has_found_counts_where_polls_do_not_look() {
    let mut found = stats();
    found.sweeps[0].held = true;
    found.sweeps[0].moved = 0;
    found.sweeps[0].detected = 80;
    let with = |stats: &Stats, due| {
        let mut snapshot = with_detector(armed(due));
        snapshot.stats = Ok(Arc::new(stats.clone()));
        showing(snapshot).polled.arming()
    };
    let held = Arming::Held {
        due: 80,
        limit: None,
    };
    assert_eq!(with(&found, 3), held);
    found.sweeps[0].held = false;
    assert_eq!(with(&found, 3), Arming::Armed);
    // A role that may not ask, and a detector of one's own that was told.
    let mut app = showing(snapshot());
    assert_eq!(app.polled.arming(), Arming::Armed);
    app.update(Action::Detector(Status {
        last: Some(LastSweep {
            ended: noon(),
            took: std::time::Duration::ZERO,
            detected: 3,
            moved: 0,
            skipped: 0,
            failed: 0,
            armed: false,
            held: None,
        }),
        ..Status::default()
    }));
    assert_eq!(app.polled.arming(), Arming::Dry { due: None });
}

#[test]
fn sweeps_that_do_not_act_are_not_called_missing() {
    let texts = |state| {
        let mut snapshot = with_detector(state);
        let counts = snapshot.counts.as_ref().unwrap();
        let mut counts = dlqtop::data::model::Counts::clone(counts);
        counts.seconds_since_sweep = None;
        snapshot.counts = Ok(Arc::new(counts));
        let app = showing(snapshot);
        let alerts = app.polled.alerts(&app.session.source);
        alerts
            .into_iter()
            .map(|alert| alert.text)
            .collect::<Vec<_>>()
    };
    let missing = "no detector has swept yet".to_owned();
    assert!(texts(armed(0)).contains(&missing));
    assert!(!texts(unarmed(19)).contains(&missing));
    let held = texts(held());
    assert!(!held.contains(&missing), "{held:?}");
    assert!(
        held.contains(&"detector holds: 312 due, limit 50".to_owned()),
        "{held:?}"
    );
}
