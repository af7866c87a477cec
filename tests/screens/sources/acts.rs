//! What can be done, and why the rest cannot.

use dlqtop::app::App;
use dlqtop::app::action::{Action, Mark, Verb};
use dlqtop::app::detail::diagnosis::diagnose_in;
use dlqtop::app::pane::{Pane, Tab};
use dlqtop::app::screen::popup::Popup;
use dlqtop::app::writes::confirm::field::Field;
use dlqtop::app::writes::pace::PaceMode;
use dlqtop::data::messages::command::{Change, EntryVerb, ItemResult, Resolution, TaskVerb};
use support::rows::acting::{answer, asked, confirm, typed};
use support::rows::foreign::{dead_letters, failed_jobs, letter, letters, of, source, whole};
use support::rows::noon;

use super::{jobs, lines, pool, told};

#[test]
fn a_key_whose_act_is_not_there_says_why() {
    let mut app = jobs();
    app.update(Action::Focus(Pane::Queue));
    for (action, why) in [
        (
            Action::Ask(Verb::Retry),
            "Celery has no steps to retry, and cannot requeue a job from here",
        ),
        (Action::Ask(Verb::Resolve), "Celery has no steps"),
        (
            Action::Ask(Verb::Cancel),
            "Celery has no steps, and cannot cancel a job from here",
        ),
        (
            Action::Ask(Verb::SendToDlq),
            "Celery cannot open a failed job by hand",
        ),
        (
            Action::Ask(Verb::Snooze),
            "Celery keeps no snoozes; `dlqtop install` adds them",
        ),
        (
            Action::Log,
            "Celery keeps no operator log; `dlqtop install` adds them",
        ),
        (Action::Tab(Tab::Steps), "Celery has no steps"),
    ] {
        assert!(app.update(action.clone()).is_none());
        assert_eq!(told(&app), why);
        assert!(
            app.screen.popup.is_none() && app.screen.operator_log.is_none(),
            "{action:?}"
        );
    }
    let mut app = pool(&["failed"]);
    app.update(Action::Focus(Pane::Staleness));
    assert_eq!(told(&app), "Pool has nothing that can become stale");
    assert_eq!(app.lists.focus, Pane::Queue);
    app.update(Action::Ask(Verb::Note));
    assert_eq!(
        told(&app),
        "Pool keeps no notes; `dlqtop install` adds them"
    );
}

#[test]
fn nobody_is_told_of_a_log_that_is_not_kept() {
    let mut app = jobs();
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Ask(Verb::Close));
    let asks = |app: &mut App| {
        let screen = lines(app, (110, 30)).join("\n");
        app.update(Action::Accept);
        (screen, lines(app, (110, 30)).join("\n"))
    };
    let (asked, refused) = asks(&mut app);
    assert!(asked.contains("Reason  why?"), "{asked}");
    assert!(!asked.contains("in the log"), "{asked}");
    assert!(refused.contains("Give a reason first."), "{refused}");
    assert!(!refused.contains("the log that"), "{refused}");

    // Where there is one, it is said.
    let logged = source(
        "logged",
        "title = \"Logged\"",
        &["queue", "counts", "close_entry", "log"],
    );
    let mut app = of(&logged, letters(vec![letter(1, "lost")]));
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Ask(Verb::Close));
    let (asked, refused) = asks(&mut app);
    assert!(asked.contains("everyone can read it in the log"), "{asked}");
    assert!(
        refused.contains("everyone can read it in the log"),
        "{refused}"
    );
}

#[test]
fn the_command_bar_offers_what_there_is_and_says_of_the_rest_why_not() {
    let mut app = jobs();
    app.update(Action::Palette);
    typed(&mut app, "sn");
    let Some(Popup::Palette(palette)) = &app.screen.popup else {
        panic!()
    };
    let names: Vec<&str> = palette.offers().iter().map(|it| it.name).collect();
    assert!(
        names.contains(&"snapshot") && !names.contains(&"snooze"),
        "{names:?}"
    );
    typed(&mut app, "ooze");
    app.update(Action::Accept);
    assert!(told(&app).contains("dlqtop install"), "{}", told(&app));
}

#[test]
fn a_task_without_steps_is_retried_as_a_whole_from_the_states_that_allow_it() {
    let mut app = pool(&["dead_letter", "running", "completed"]);
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    let plan = &asked(&app).plan;
    assert_eq!(plan.title(), "Retry 2 tasks");
    assert_eq!(plan.meaning(), "Runs it again, wherever it is now.");
    assert_eq!(plan.excluded[0].why, "the task is completed");
    let write = confirm(&mut app, "the mail server is back").unwrap();
    let Change::Tasks(TaskVerb::Requeue, tasks) = &write.change else {
        panic!("{:?}", write.change)
    };
    assert_eq!(tasks[0].seen_state, "dead_letter");
    assert_eq!(tasks[1].seen_state, "running");
    // There is nothing to close afterwards.
    app.update(answer(&write, |_| ItemResult::Done {
        now: "pending".into(),
    }));
    assert!(app.screen.popup.is_none(), "{:?}", app.screen.popup);
    assert!(told(&app).starts_with("Retry 2 tasks"), "{}", told(&app));
}

#[test]
fn many_are_retried_without_a_canary_where_nobody_could_judge_it() {
    let mut app = pool(&["dead_letter"; 30]);
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    assert_eq!(
        asked(&app).how,
        Some(PaceMode::Canary),
        "many are done with care"
    );
    let screen = lines(&app, (120, 40)).join("\n");
    assert!(screen.contains("one after the other, 5/s"), "{screen}");
    assert!(
        screen.contains("No canary: Pool does not report"),
        "{screen}"
    );
    assert!(!screen.contains("canary, then"), "{screen}");
    let pace = asked(&app).pace();
    assert_eq!((pace.canary, pace.halt_after), (None, None));
    assert_eq!(pace.per_second, Some(5.0));
}

#[test]
fn a_canary_of_whole_tasks_is_offered_where_it_can_be_judged_and_no_halt_is_promised() {
    let manifest = "title = \"Pool\"\n[actions.resume_task]\nfrom = [\"dead_letter\"]\n";
    let files = ["queue", "task", "named", "resume_task", "retried_tasks"];
    let rows = (1..=30).map(|n| letter(n, "dead_letter"));
    let mut app = of(&source("pool", manifest, &files), letters(rows.collect()));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    let screen = lines(&app, (120, 40)).join("\n");
    assert!(screen.contains("canary, then 5/s"), "{screen}");
    assert!(screen.contains("Canary first;"), "{screen}");
    // Nobody notices that others fail again.
    assert!(!screen.contains("Halts"), "{screen}");
    let pace = asked(&app).pace();
    assert!(pace.canary.is_some());
    assert_eq!(pace.halt_after, None);
}

#[test]
fn entries_are_closed_as_the_source_calls_it_and_not_otherwise() {
    let mut app = jobs();
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Ask(Verb::Close));
    assert_eq!(asked(&app).plan.title(), "Close 1 failed job");
    assert_eq!(asked(&app).field, Field::Reason);
    let screen = lines(&app, (120, 40)).join("\n");
    assert!(
        screen.contains("● resolved") && screen.contains("○ abandoned"),
        "{screen}"
    );
    assert!(
        !screen.contains("cancelled") && !screen.contains("manually"),
        "{screen}"
    );
    let seen = |app: &App| match &asked(app).plan.change {
        Change::Entries(EntryVerb::Close(resolution), _) => *resolution,
        other => panic!("{other:?}"),
    };
    app.update(Action::NextField(-1));
    assert_eq!(asked(&app).field, Field::Resolution);
    let mut all = Vec::new();
    for _ in 0..3 {
        all.push(seen(&app));
        app.update(Action::Choose(1));
    }
    assert_eq!(
        all,
        [
            Resolution::ManuallyResolved,
            Resolution::PermanentlyFailed,
            Resolution::ManuallyResolved
        ]
    );
}

#[test]
fn what_is_taken_up_already_is_left_out_and_no_time_is_asked_for() {
    let mut app = jobs();
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Claim));
    let confirm = asked(&app);
    assert_eq!(confirm.plan.title(), "Take up 2 failed jobs");
    assert_eq!(confirm.plan.excluded.len(), 2);
    assert_eq!(confirm.plan.excluded[0].why, "the job is in_progress");
    assert!(confirm.extra.is_none());
    assert_eq!(
        confirm.plan.meaning(),
        "Everyone sees that someone is working on it."
    );
}

#[test]
fn the_verdict_on_a_task_without_steps() {
    let pool = dead_letters();
    let detail = whole("dead_letter");
    let verdict = diagnose_in(&pool, &detail, noon());
    assert_eq!(
        verdict.sentence,
        "the task has been dead_letter for 1h33m (max_retries): smtp: connection refused; \
         4 other tasks have the same error; no worker serves the type mail"
    );
    let keys: Vec<_> = verdict
        .advice
        .iter()
        .map(|it| (it.key, it.text.as_str()))
        .collect();
    assert_eq!(
        keys,
        [(Some('R'), "retry the task: the error looks transient")]
    );
    let verdict = diagnose_in(&failed_jobs(), &detail, noon());
    assert!(
        verdict.sentence.starts_with("the job has been"),
        "{}",
        verdict.sentence
    );
    assert!(
        verdict.sentence.contains("4 other jobs"),
        "{}",
        verdict.sentence
    );
    assert!(
        verdict.advice.is_empty(),
        "it is in neither state: {:?}",
        verdict.advice
    );
    let pending = whole("pending");
    let verdict = diagnose_in(&failed_jobs(), &pending, noon());
    let keys: Vec<_> = verdict
        .advice
        .iter()
        .map(|it| (it.key, it.text.as_str()))
        .collect();
    assert_eq!(
        keys,
        [
            (
                Some('O'),
                "take up the failed job: others see that someone is working on it"
            ),
            (Some('U'), "close the failed job: say what fixed it"),
        ]
    );
}
