//! Retrying and cancelling: the step or the task, whichever it takes.

use std::sync::Arc;

use dlqtop::app::action::{Action, Mark, Move, Verb};
use dlqtop::app::pane::Tab;
use dlqtop::app::writes::confirm::field::Field;
use dlqtop::data::messages::command::{Change, EntryVerb, TaskVerb};
use dlqtop::data::model::Snapshot;
use support::rows::acting::{asked, confirm, on_queue, typed};
use support::rows::{
    detail, entry_id, heard, listed, looking, queued, showing, snapshot, stale_rows, step_id,
    task_id,
};

#[test]
fn a_task_in_error_without_a_failed_step_is_put_back_to_work() {
    let states = [
        Some("enqueued"),
        Some("pending"),
        Some("in_progress"),
        Some("enqueued_for_orchestration"),
        None,
    ];
    for state in states {
        let mut row = queued(14, ("orders", "fulfill"), "staleness_timeout", 9.0);
        row.step_state = state.map(Into::into);
        if state.is_none() {
            row.workflow_step_uuid = None;
        }
        let mut done = queued(15, ("orders", "fulfill"), "staleness_timeout", 9.0);
        done.current_state = "complete".into();
        done.step_state = Some("complete".into());
        let mut app = on_queue(Snapshot {
            queue: listed(vec![row, done], 2),
            ..snapshot()
        });
        app.update(Action::Mark(Mark::Shown));
        app.update(Action::Ask(Verb::Retry));
        let plan = &asked(&app).plan;
        assert_eq!(plan.title(), "Requeue 1 task");
        assert_eq!(plan.excluded[0].why, "charge_card is complete");
        let write = confirm(&mut app, "the worker had finished").unwrap();
        let Change::Tasks(TaskVerb::Requeue, tasks) = &write.change else {
            panic!("{:?}", write.change)
        };
        assert_eq!(tasks[0].task, task_id(14), "{state:?}");
        assert_eq!(tasks[0].seen_state, "error");
    }
}

#[test]
fn on_steps_a_failed_step_elsewhere_is_named_instead_of_resuming() {
    let mut shown = detail();
    shown.task.current_state = "error".into();
    let open = |shown| {
        let mut app = looking();
        app.update(heard(Snapshot {
            detail: Some((task_id(12), Ok(Arc::new(Some(shown))))),
            ..snapshot()
        }));
        app.update(Action::Tab(Tab::Steps));
        app.update(Action::Move(Move::Top));
        app.update(Action::Ask(Verb::Retry));
        app
    };
    let app = open(shown.clone());
    let notice = app.screen.notification.unwrap().text;
    assert!(notice.contains("charge_card is error"), "{notice}");

    for step in &mut shown.steps {
        step.current_state = "complete".into();
    }
    let app = open(shown);
    assert!(matches!(
        asked(&app).plan.change,
        Change::Tasks(TaskVerb::Requeue, _)
    ));
}

#[test]
fn what_the_first_page_advises_acts_on_the_step_it_names() {
    let mut shown = detail();
    shown.steps[2].current_state = "pending".into();
    shown.steps[2].ready_for_execution = true;
    let mut app = looking();
    app.update(heard(Snapshot {
        detail: Some((task_id(12), Ok(Arc::new(Some(shown))))),
        ..snapshot()
    }));
    app.update(Action::Ask(Verb::Resolve));
    let Change::Steps(_, targets) = &asked(&app).plan.change else {
        panic!()
    };
    assert_eq!(targets[0].step, step_id(12));
}

#[test]
fn cancelling_offers_the_whole_task_and_what_is_shown_is_done() {
    let mut app = on_queue(snapshot());
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Cancel));
    assert_eq!(asked(&app).plan.title(), "Cancel 5 steps", "the step first");
    assert_eq!(asked(&app).plan.excluded.len(), 1);

    // Polls change neither plan.
    app.update(heard(Snapshot {
        queue: listed(Vec::new(), 0),
        ..snapshot()
    }));
    app.update(Action::NextField(-1));
    assert_eq!(asked(&app).field, Field::What);
    app.update(Action::Choose(1));
    assert_eq!(asked(&app).plan.title(), "Cancel 6 tasks");
    assert_eq!(asked(&app).plan.meaning(), "Cancels the whole task.");
    assert!(asked(&app).plan.excluded.is_empty());
    app.update(Action::Choose(1));
    assert_eq!(asked(&app).plan.title(), "Cancel 5 steps", "and back");
    app.update(Action::Choose(1));
    app.update(Action::Accept);
    let write = confirm(&mut app, "because").unwrap();
    let Change::Tasks(TaskVerb::Cancel, tasks) = &write.change else {
        panic!("{:?}", write.change)
    };
    assert_eq!(tasks.len(), 6);
}

#[test]
fn a_count_that_was_typed_for_the_steps_does_not_count_for_the_tasks() {
    let rows = (0..25).map(|n| queued(n, ("orders", "fulfill"), "manual_dlq", 1.0));
    let mut app = on_queue(Snapshot {
        queue: listed(rows.collect(), 25),
        ..snapshot()
    });
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Cancel));
    assert_eq!(confirm(&mut app, "because"), None);
    typed(&mut app, "25");
    app.update(Action::Choose(1));
    app.update(Action::Accept);
    assert_eq!(app.update(Action::ConfirmYes), None);
    assert_eq!(asked(&app).count.text(), "");
}

#[test]
fn there_is_no_choice_where_there_is_nothing_to_choose() {
    let over = {
        let mut row = queued(14, ("orders", "fulfill"), "staleness_timeout", 9.0);
        row.current_state = "complete".into();
        row
    };
    let mut app = on_queue(Snapshot {
        queue: listed(vec![over], 1),
        ..snapshot()
    });
    app.update(Action::Ask(Verb::Cancel));
    assert!(asked(&app).instead.is_none(), "the task is over");

    let mut app = on_queue(snapshot());
    app.update(Action::Ask(Verb::Cancel));
    assert!(matches!(
        asked(&app).plan.change,
        Change::Tasks(TaskVerb::Cancel, _)
    ));
    assert!(asked(&app).instead.is_none(), "it has no step");
    app.update(Action::Choose(1));
    assert!(matches!(
        asked(&app).plan.change,
        Change::Tasks(TaskVerb::Cancel, _)
    ));
}

#[test]
fn a_stale_row_knows_its_entry_even_if_the_queue_was_not_read_so_far() {
    let mut rows = stale_rows();
    rows[0].pending_entry = Some(entry_id(77));
    rows[0].pending_entry_version = Some(4);
    let mut app = showing(Snapshot {
        staleness: listed(rows, 5),
        queue: listed(Vec::new(), 400),
        ..snapshot()
    });
    app.update(Action::Ask(Verb::Note));
    let write = confirm(&mut app, "seen").unwrap();
    let Change::Entries(EntryVerb::Note, entries) = &write.change else {
        panic!("{:?}", write.change)
    };
    assert_eq!(
        (entries[0].entry, entries[0].seen_version),
        (entry_id(77), 4)
    );
}
