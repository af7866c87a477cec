//! What can be seen, in the words of the source.

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::{Action, Move, Toggle};
use dlqtop::app::pane::{Pane, Tab};
use dlqtop::data::model::{Health, Snapshot};
use insta::assert_snapshot;
use support::rows::foreign::{dead_letters, failed_jobs, letter, letters, of, source, whole};
use support::rows::{self, heard, listed, noon, render, stale, task_id};

use super::{jobs, lines, pool, told};

#[test]
fn the_keys_at_the_bottom_are_those_of_what_there_is() {
    let mut app = jobs();
    app.update(Action::Focus(Pane::Queue));
    let bottom = lines(&app, (180, 24)).pop().unwrap();
    for there in ["U close", "O take up", "A note", "g group", "? help"] {
        assert!(bottom.contains(there), "{there}: {bottom}");
    }
    for missing in [
        "R retry",
        "B resolve",
        "X cancel",
        "D to DLQ",
        "Z snooze",
        "P ",
        "@ log",
    ] {
        assert!(!bottom.contains(missing), "{missing}: {bottom}");
    }
    let bottom = lines(&pool(&["failed"]), (180, 24)).pop().unwrap();
    assert!(bottom.contains("R retry"), "{bottom}");
    assert!(!bottom.contains("U "), "{bottom}");
}

#[test]
fn help_speaks_of_what_there_is_in_the_words_of_the_source() {
    let mut app = jobs();
    app.update(Action::Help);
    assert_snapshot!(render(&app, 100, 60).backend());
}

#[test]
fn without_staleness_the_queue_has_the_room_and_the_header_no_detector() {
    let app = pool(&["failed", "dead_letter", "dead_letter"]);
    assert_eq!(app.lists.focus, Pane::Queue);
    assert_snapshot!(render(&app, 120, 20).backend());
}

#[test]
fn all_panes_there_are_in_the_words_of_the_source() {
    let mut snapshot = letters(vec![letter(1, "pending"), letter(2, "in_progress")]);
    let mut row = stale(7, ("mail", "send_receipt"), 300.0);
    row.current_state = "in_progress".into();
    (row.blocking_step, row.blocking_step_uuid) = (None, None);
    snapshot.staleness = listed(vec![row], 1);
    assert_snapshot!(render(&of(&failed_jobs(), snapshot), 160, 24).backend());
}

#[test]
fn tab_goes_through_what_there_is_and_nothing_else() {
    let mut app = pool(&["failed"]);
    app.update(Action::Cycle(1));
    assert_eq!(app.lists.focus, Pane::Stats);
    app.update(Action::Cycle(1));
    assert_eq!(app.lists.focus, Pane::Queue);
    app.open_task(task_id(1));
    let mut seen = Vec::new();
    for _ in 0..2 {
        app.update(Action::Cycle(1));
        seen.push(app.detail.as_ref().unwrap().tab);
    }
    assert_eq!(seen, [Tab::History, Tab::Why]);
}

#[test]
fn a_task_without_steps_looked_at_closely() {
    let mut app = pool(&["dead_letter"]);
    app.open_task(task_id(12));
    app.update(heard(Snapshot {
        detail: Some((task_id(12), Ok(Arc::new(Some(whole("dead_letter")))))),
        ..letters(vec![letter(1, "dead_letter")])
    }));
    assert_snapshot!(render(&app, 110, 22).backend());
}

#[test]
fn the_wall_has_the_figures_there_are() {
    let mut place = rows::place();
    place.source = dead_letters();
    let mut app = App::new_watch(place);
    app.update(Action::Tick(noon()));
    app.update(heard(letters(vec![letter(1, "dead_letter")])));
    let screen = lines(&app, (110, 30)).join("\n");
    assert!(screen.contains("DEAD LETTERS"), "{screen}");
    assert!(
        !screen.contains("STALE") && !screen.contains("UNOWNED"),
        "{screen}"
    );
    assert!(screen.contains("OLDEST"), "{screen}");
    assert!(!screen.to_lowercase().contains("detector"), "{screen}");
}

#[test]
fn what_has_only_a_queue_is_a_queue_and_nothing_else() {
    let source = source("bare", "title = \"Bare\"", &["queue", "counts"]);
    let mut app = of(&source, letters(vec![letter(1, "lost")]));
    app.update(Action::Cycle(1));
    assert_eq!(app.lists.focus, Pane::Queue);
    app.update(Action::Move(Move::Down));
    assert!(app.update(Action::Open).is_none() && app.detail.is_none());
    assert_eq!(told(&app), "Bare does not show a single task");
    for size in [(60, 15), (80, 24), (200, 50)] {
        let screen = lines(&app, size).join("\n");
        assert!(
            screen.contains("2 Queue") && !screen.contains("Stats"),
            "{screen}"
        );
        app.update(Action::Toggle(Toggle::Expand));
    }
    let mut stale = letters(Vec::new());
    stale.staleness = listed(vec![rows::stale(7, ("a", "b"), 300.0)], 1);
    assert_eq!(
        stale.staleness.as_ref().unwrap().rows[0].health_status,
        Health::Stale
    );
    let screen = lines(&of(&source, stale), (120, 30)).join("\n");
    assert!(screen.contains("the queue is empty"), "{screen}");
    assert!(!screen.contains("STALE"), "{screen}");
}
