//! What the screen looks like, drawn to a buffer: every pane in every state, at every size.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "rows/builders.rs"]
mod rows;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, Edit, Mark, Move, Pane, Tab, Verb};
use dlqtop::app::session::access::{Access, LockReason};
use dlqtop::data::model::{PollResult, Snapshot};
use dlqtop::ui::widgets::theme::Theme;
use insta::assert_snapshot;
use rows::{
    heard, listed, looking, noon, place, queue_rows, quiet, render, render_with, showing, snapshot,
    stale_rows, timed_out, waiting,
};

fn typed(app: &mut App, text: &str) {
    for c in text.chars() {
        app.update(Action::Edit(Edit::Insert(c)));
    }
}

/// Draws one pane over the whole body.
fn pane(mut app: App, pane: Pane) -> ratatui::Terminal<ratatui::backend::TestBackend> {
    app.update(Action::Focus(pane));
    app.looks.expanded = true;
    render(&app, 100, 15)
}

#[test]
fn waiting_for_the_first_answer() {
    assert_snapshot!(render(&waiting(), 80, 24).backend());
}

#[test]
fn whole_screen_80x24() {
    assert_snapshot!(render(&showing(snapshot()), 80, 24).backend());
}

#[test]
fn whole_screen_160x45() {
    assert_snapshot!(render(&showing(snapshot()), 160, 45).backend());
}

#[test]
fn whole_screen_250x70() {
    assert_snapshot!(render(&showing(snapshot()), 250, 70).backend());
}

#[test]
fn smallest_screen_with_panes_60x15() {
    assert_snapshot!(render(&showing(snapshot()), 60, 15).backend());
}

#[test]
fn too_small_for_panes_55x8() {
    assert_snapshot!(render(&showing(snapshot()), 55, 8).backend());
}

#[test]
fn too_small_for_anything_20x5() {
    assert_snapshot!(render(&showing(snapshot()), 20, 5).backend());
}

#[test]
fn nothing_is_wrong() {
    assert_snapshot!(render(&showing(quiet()), 110, 24).backend());
}

#[test]
fn staleness_full() {
    let rows = (0..200)
        .map(|n| rows::stale(n, ("payments", "charge_order"), 300.0))
        .collect();
    let app = showing(Snapshot {
        staleness: listed(rows, 12_400),
        ..snapshot()
    });
    assert_snapshot!(pane(app, Pane::Staleness).backend());
}

#[test]
fn staleness_failing_keeps_its_rows() {
    let mut app = showing(snapshot());
    app.update(heard(Snapshot {
        staleness: Err(timed_out("read stale tasks")),
        ..snapshot()
    }));
    assert_snapshot!(pane(app, Pane::Staleness).backend());
}

#[test]
fn queue_full() {
    let rows = (0..200)
        .map(|n| {
            rows::queued(
                n,
                ("payments", "charge_order"),
                "max_retries_exceeded",
                40.0,
            )
        })
        .collect();
    let mut app = showing(Snapshot {
        queue: listed(rows, 200),
        ..snapshot()
    });
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Move(Move::Bottom));
    assert_snapshot!(pane(app, Pane::Queue).backend());
}

#[test]
fn queue_failing_before_it_had_rows() {
    let app = showing(Snapshot {
        queue: Err(timed_out("read the queue")),
        ..snapshot()
    });
    assert_snapshot!(pane(app, Pane::Queue).backend());
}

#[test]
fn queue_wide() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.looks.expanded = true;
    assert_snapshot!(render(&app, 200, 15).backend());
}

#[test]
fn stats_alone_80x24() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Stats));
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn stats_failing_keeps_its_rows() {
    let mut app = showing(snapshot());
    app.update(heard(Snapshot {
        stats: Err(timed_out("read the stats")),
        ..snapshot()
    }));
    assert_snapshot!(pane(app, Pane::Stats).backend());
}

#[test]
fn not_connected_is_loud_and_keeps_the_rows() {
    let mut app = showing(snapshot());
    app.update(Action::Polled(PollResult::Unreachable {
        error: timed_out("reach the database"),
        retry_in: Duration::from_secs(4),
    }));
    app.update(Action::Tick(noon() + TimeDelta::seconds(42)));
    let terminal = render(&app, 120, 24);
    assert_snapshot!(terminal.backend());
}

#[test]
fn read_only_offers_no_writes_and_says_why_when_asked() {
    let mut app = showing(snapshot());
    app.place.access = Access::ReadOnly(LockReason::Profile("prod-eu".to_owned()));
    app.update(Action::Ask(Verb::Retry));
    assert_snapshot!(render(&app, 110, 24).backend());
}

#[test]
fn marked_filtered_and_sorted() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::SortBy(Some(dlqtop::app::lists::list::Column::Age)));
    app.update(Action::Mark(Mark::Cursor));
    app.update(Action::Mark(Mark::Cursor));
    app.update(Action::Filter);
    typed(&mut app, "!ns:media");
    app.update(Action::Accept);
    assert_snapshot!(render(&app, 110, 24).backend());
}

#[test]
fn a_filter_with_an_error_in_it() {
    let mut app = showing(snapshot());
    app.update(Action::Filter);
    typed(&mut app, "charge age>2x");
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn detail_why_stuck() {
    assert_snapshot!(render(&looking(), 110, 32).backend());
}

#[test]
fn detail_why_stuck_80x24() {
    assert_snapshot!(render(&looking(), 80, 24).backend());
}

#[test]
fn detail_why_stuck_160x45() {
    assert_snapshot!(render(&looking(), 160, 45).backend());
}

#[test]
fn detail_why_stuck_in_ascii() {
    let theme = Theme::PLAIN.in_ascii();
    assert_snapshot!(render_with(&looking(), &theme, (110, 32)).backend());
}

#[test]
fn detail_steps() {
    let mut app = looking();
    app.update(Action::Tab(Tab::Steps));
    assert_snapshot!(render(&app, 110, 26).backend());
}

#[test]
fn detail_snapshot() {
    let mut app = looking();
    app.update(Action::Tab(Tab::Snapshot));
    app.update(Action::Choose(5));
    app.update(Action::Mark(Mark::Cursor));
    assert_snapshot!(render(&app, 90, 30).backend());
}

/// The page *Snapshot*, with a search that was kept.
fn searched() -> App {
    let mut app = looking();
    app.update(Action::Tab(Tab::Snapshot));
    app.update(Action::Filter);
    typed(&mut app, "charge_card");
    app.update(Action::Accept);
    app.update(Action::Match(1));
    app
}

#[test]
fn detail_snapshot_searched_160x45() {
    assert_snapshot!(render(&searched(), 160, 45).backend());
}

#[test]
fn detail_snapshot_searching_80x24() {
    let mut app = looking();
    app.update(Action::Tab(Tab::Snapshot));
    app.update(Action::Filter);
    typed(&mut app, "wait");
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn detail_snapshot_in_ascii() {
    let theme = Theme::PLAIN.in_ascii();
    let mut app = searched();
    app.update(Action::Choose(0));
    app.update(Action::Mark(Mark::Cursor));
    assert_snapshot!(render_with(&app, &theme, (80, 24)).backend());
}

#[test]
fn detail_history() {
    let mut app = looking();
    app.update(Action::Tab(Tab::History));
    assert_snapshot!(render(&app, 90, 20).backend());
}

#[test]
fn detail_notes() {
    let mut app = looking();
    app.update(Action::Tab(Tab::Notes));
    assert_snapshot!(render(&app, 80, 15).backend());
}

#[test]
fn detail_of_a_task_that_is_gone() {
    let mut app = looking();
    let detail = Some((rows::task_id(12), Ok(Arc::new(None))));
    app.update(heard(Snapshot {
        detail,
        ..snapshot()
    }));
    assert_snapshot!(render(&app, 80, 15).backend());
}

#[test]
fn confirm_one() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "card processor is back");
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn confirm_cancel_with_a_choice() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Move(Move::Down));
    app.update(Action::Ask(Verb::Cancel));
    assert_snapshot!(render(&app, 80, 24).backend());
    app.update(Action::NextField(-1));
    app.update(Action::Choose(1));
    assert_snapshot!(
        "confirm_cancel_of_the_whole_task",
        render(&app, 80, 24).backend()
    );
}

#[test]
fn confirm_many_with_some_left_out() {
    let mut rows = queue_rows();
    rows.extend(
        (100..130).map(|n| rows::queued(n, ("orders", "fulfill"), "staleness_timeout", 5.0)),
    );
    let mut app = showing(Snapshot {
        queue: listed(rows, 36),
        ..snapshot()
    });
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    typed(&mut app, "card processor is back");
    app.update(Action::Accept);
    app.update(Action::Accept);
    assert_snapshot!(render(&app, 110, 34).backend());
}

#[test]
fn confirm_without_a_reason() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Ask(Verb::Close));
    app.update(Action::Accept);
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn help_for_the_dashboard() {
    let mut app = showing(snapshot());
    app.update(Action::Help);
    assert_snapshot!(render(&app, 100, 50).backend());
}

#[test]
fn help_scrolls_80x24() {
    let mut app = showing(snapshot());
    app.update(Action::Help);
    app.update(Action::Move(Move::Down));
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn command_bar() {
    let mut app = showing(snapshot());
    app.update(Action::Palette);
    typed(&mut app, "re");
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn sort_menu() {
    let mut app = showing(snapshot());
    app.update(Action::SortMenu);
    assert_snapshot!(render(&app, 80, 24).backend());
}

#[test]
fn confirm_many_on_a_small_screen() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Retry));
    assert_snapshot!(render(&app, 60, 15).backend());
}

#[test]
fn log() {
    let mut app = showing(snapshot());
    app.update(Action::Log);
    assert_snapshot!(render(&app, 120, 15).backend());
}

fn wall(snapshot: Option<Snapshot>, seconds: i64) -> App {
    let mut app = App::new_watch(place());
    app.update(Action::Tick(noon()));
    if let Some(snapshot) = snapshot {
        app.update(heard(snapshot));
    }
    app.update(Action::Tick(noon() + TimeDelta::seconds(seconds)));
    app
}

#[test]
fn watch_160x45() {
    assert_snapshot!(render(&wall(Some(snapshot()), 1), 160, 45).backend());
}

#[test]
fn watch_second_page_80x24() {
    assert_snapshot!(render(&wall(Some(snapshot()), 16), 80, 24).backend());
}

#[test]
fn watch_with_old_data() {
    assert_snapshot!(render(&wall(Some(quiet()), 75), 120, 30).backend());
}

#[test]
fn watch_waiting() {
    assert_snapshot!(render(&wall(None, 3), 80, 24).backend());
}

#[test]
fn rows_can_be_empty_one_or_many_without_a_word_missing() {
    let app = showing(Snapshot {
        staleness: listed(stale_rows(), 5),
        ..quiet()
    });
    let screen = render(&app, 80, 24).backend().to_string();
    assert!(screen.contains("5 of 5"), "{screen}");
    assert!(screen.contains("the queue is empty"), "{screen}");
}
