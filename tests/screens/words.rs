//! Words that must be on the screen, and words that must not.

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Move, Toggle, Verb};
use dlqtop::app::pane::{Pane, Tab};
use dlqtop::app::session::read_only::{Access, LockReason};
use dlqtop::data::model::Snapshot;
use support::rows::acting::on_queue;
use support::rows::{
    self, detail, heard, listed, looking, noon, opened, place, queue_rows, render, showing,
    snapshot, step,
};

fn screen(app: &App, width: u16, height: u16) -> String {
    render(app, width, height).backend().to_string()
}

#[test]
fn stats_that_are_cut_say_so_and_scroll() {
    let mut app = showing(snapshot());
    let before = screen(&app, 110, 24);
    assert!(before.contains("lines more: 3 then j/k"), "{before}");
    assert!(!before.contains("last sweeps"), "{before}");

    app.update(Action::Focus(Pane::Stats));
    app.update(Action::Move(Move::Bottom));
    let after = screen(&app, 110, 24);
    assert!(after.contains("lines above: k"), "{after}");
    assert!(after.contains("archive"), "{after}");
    app.update(Action::Move(Move::Top));
    assert!(screen(&app, 110, 24).contains("lines more: j/k"));
}

#[test]
fn a_bar_says_how_many_minutes_it_is() {
    let app = showing(snapshot());
    for (width, label) in [(110, "15 min a bar"), (160, "10 min a bar")] {
        let screen = screen(&app, width, 45);
        assert!(screen.contains(label), "{label} in {screen}");
    }
}

#[test]
fn an_entry_of_a_task_that_is_over_says_how_to_close_it() {
    let mut rows = queue_rows();
    rows[0].current_state = "complete".into();
    rows[4].current_state = "steps_in_process".into();
    rows[4].current_error = None;
    let mut app = on_queue(Snapshot {
        queue: listed(rows, 6),
        ..snapshot()
    });
    app.session.view.expanded = true;
    let screen = screen(&app, 160, 20);
    let times = screen.matches("task complete: U closes the entry").count();
    assert_eq!(times, 2, "in its row and at the bottom: {screen}");
    assert!(screen.contains("task steps_in_process"), "{screen}");
}

#[test]
fn what_is_cut_in_the_history_can_be_wrapped() {
    let mut long = detail();
    long.transitions[0].reason = Some("after the third attempt nobody was left to try".into());
    let mut app = opened(long, Tab::History);
    let cut = screen(&app, 80, 24);
    assert!(!cut.contains("left to try"), "{cut}");
    assert!(cut.contains('…'), "{cut}");
    app.update(Action::Toggle(Toggle::Wrap));
    let wrapped = screen(&app, 80, 24);
    assert!(wrapped.contains("left to try"), "{wrapped}");
}

#[test]
fn the_step_under_the_cursor_has_room_for_its_error_or_says_what_is_missing() {
    let mut long = detail();
    let error: Vec<String> = (0..40).map(|n| format!("at frame {n}")).collect();
    long.steps[2].last_error = Some(error.join("\n").as_str().into());
    let app = opened(long, Tab::Steps);
    let screen = screen(&app, 80, 30);
    assert!(screen.contains("at frame 8"), "{screen}");
    assert!(screen.contains("lines more, w wraps"), "{screen}");
    assert!(screen.contains("error "), "the column is there: {screen}");
}

#[test]
fn steps_of_a_cycle_are_flat_and_called_so() {
    let mut cyclic = detail();
    cyclic.steps = vec![
        step(1, "one", "pending", &["three"]),
        step(2, "two", "pending", &["one"]),
        step(3, "three", "pending", &["two"]),
        step(4, "then", "pending", &["three"]),
        step(5, "thereupon", "pending", &["then"]),
    ];
    let screen = screen(&opened(cyclic, Tab::Steps), 80, 24);
    for name in ["one", "two", "three"] {
        assert!(screen.contains(&format!(" {name} (cycle)")), "{screen}");
    }
    assert!(!screen.contains("└─t"), "{screen}");
}

#[test]
fn help_lists_what_works_and_says_why_nothing_can_be_changed() {
    let mut app = looking();
    app.update(Action::Help);
    let why = screen(&app, 100, 60);
    assert!(
        !why.contains("snapshot, or") && !why.contains("fold"),
        "{why}"
    );
    assert!(!why.contains("Filters:"), "{why}");

    app.update(Action::Back);
    app.update(Action::Tab(Tab::Snapshot));
    app.update(Action::Help);
    assert!(screen(&app, 100, 60).contains("fold or unfold"));

    let mut app = showing(snapshot());
    app.session.access = Access::ReadOnly(LockReason::Profile("prod-eu".to_owned()));
    app.update(Action::Help);
    let help = screen(&app, 100, 60);
    assert!(help.contains("read-only, profile prod-eu is read-only; :unlock"));
    assert!(!help.contains("asks first"), "{help}");
}

#[test]
fn help_is_never_clipped() {
    let mut app = showing(snapshot());
    app.update(Action::Help);
    let help = screen(&app, 60, 80);
    for words in ["×4", "notes", "(owner:none)", "health:.", "unsnooze it"] {
        assert!(help.contains(words), "{words} in {help}");
    }
}

#[test]
fn all_targets_can_be_read() {
    let rows = (100..130)
        .map(|n| rows::queued(n, ("orders", "fulfill"), "staleness_timeout", 5.0))
        .collect();
    let mut app = on_queue(Snapshot {
        queue: listed(rows, 30),
        ..snapshot()
    });
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Note));
    let first = screen(&app, 80, 24);
    assert!(first.contains("1–8 of 30"), "{first}");
    for _ in 0..10 {
        app.update(Action::Move(Move::PageDown));
        screen(&app, 80, 24);
    }
    let last = screen(&app, 80, 24);
    assert!(last.contains("23–30 of 30"), "{last}");
}

#[test]
fn a_box_is_whole_or_says_that_it_is_not() {
    let mut app = on_queue(snapshot());
    app.update(Action::Ask(Verb::Close));
    let whole = screen(&app, 60, 15);
    for word in [
        "manually_resolved",
        "permanently_failed",
        "cancelled ",
        "[ Close investigation ]",
    ] {
        assert!(whole.contains(word), "{word} in {whole}");
    }
    let narrow = screen(&app, 50, 13);
    assert!(narrow.contains("manually_resolved (1 of 3"), "{narrow}");
    let small = screen(&app, 60, 8);
    assert!(small.contains("too small: enlarge the terminal"), "{small}");
    assert!(!small.contains("[ Cancel ]"), "{small}");
}

#[test]
fn below_the_panes_no_key_offers_a_change() {
    let app = showing(snapshot());
    assert!(screen(&app, 80, 24).contains("R retry"));
    assert!(!screen(&app, 59, 14).contains("R retry"));
}

#[test]
fn the_wall_says_its_three_numbers_at_any_size() {
    let mut app = App::new_watch(place());
    app.update(Action::Tick(noon()));
    app.update(heard(snapshot()));
    for (width, height) in [(60, 15), (20, 5)] {
        let wall = screen(&app, width, height);
        for words in ["STALE", "19", "63", "4h12m"] {
            assert!(wall.contains(words), "{words} at {width}: {wall}");
        }
    }
    for height in [24, 30] {
        let wall = screen(&app, 80, height);
        assert!(wall.contains("OLDEST UNOWNED 4h12m"), "{wall}");
    }
    // Every page of a low wall has something on it.
    for turn in 0..4 {
        app.update(Action::Tick(noon() + TimeDelta::seconds(turn * 15)));
        let wall = screen(&app, 60, 12);
        assert!(!wall.contains("ARRIVED"), "no curve fits: {wall}");
        assert!(wall.contains("WORST") || wall.contains("REASON"), "{wall}");
    }
}

#[test]
fn groups_are_of_the_rows_that_the_filter_shows() {
    let mut app = on_queue(snapshot());
    app.update(Action::Filter);
    app.update(Action::Edit(Edit::Paste("ns:payments".to_owned())));
    app.update(Action::Accept);
    app.update(Action::Groups);
    assert_eq!(
        app.lists.counted(Pane::Queue, &app.polled).unwrap(),
        "2 groups of 2 of 6"
    );
    app.update(Action::Open);
    assert_eq!(
        app.lists.counted(Pane::Queue, &app.polled).unwrap(),
        "1 of 6"
    );
    assert_eq!(app.lists.queue.filter.field.text(), "ns:payments");
}
