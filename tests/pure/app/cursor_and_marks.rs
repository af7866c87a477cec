//! Looking about: the cursor, the marks and the filter follow the rows; errors keep them.

use chrono::TimeDelta;
use dlqtop::app::App;
use dlqtop::app::action::{Action, CopyTarget, Edit, Mark, Move, Toggle, Verb};
use dlqtop::app::pane::Column;
use dlqtop::app::pane::{Pane, Tab};
use dlqtop::app::screen::popup::Popup;
use dlqtop::app::session::TimeFormat;
use dlqtop::data::messages::command::Command;
use dlqtop::data::model::{QueueRow, Snapshot, TaskId};
use support::rows::{
    self, entry_id, heard, listed, looking, noon, place, queue_rows, showing, snapshot, stale_rows,
    task_id, waiting,
};

fn typed(app: &mut App, text: &str) {
    for c in text.chars() {
        app.update(Action::Edit(Edit::Insert(c)));
    }
}

fn under_cursor(app: &App) -> TaskId {
    app.lists
        .staleness
        .selected(app.polled.stale())
        .unwrap()
        .task_uuid
}

fn shown(app: &App) -> Vec<&QueueRow> {
    app.lists
        .queue
        .shown()
        .iter()
        .map(|at| &app.polled.entries()[*at])
        .collect()
}

#[test]
fn the_cursor_follows_its_row_and_stands_on_nothing_when_the_row_is_gone() {
    let mut app = showing(snapshot());
    app.update(Action::Move(Move::Down));
    app.update(Action::Move(Move::Down));
    assert_eq!(under_cursor(&app), task_id(3));

    let mut rows = stale_rows();
    rows.rotate_left(2);
    app.update(heard(Snapshot {
        staleness: listed(rows.clone(), 5),
        ..snapshot()
    }));
    assert_eq!(under_cursor(&app), task_id(3));
    assert_eq!(app.lists.staleness.at(), 0);

    rows.remove(0);
    app.update(heard(Snapshot {
        staleness: listed(rows, 4),
        ..snapshot()
    }));
    let list = &app.lists.staleness;
    assert!(list.selected(app.polled.stale()).is_none());
    app.update(Action::Move(Move::Down));
    assert_eq!(
        under_cursor(&app),
        task_id(4),
        "the row that took its place"
    );
}

#[test]
fn marks_of_rows_that_are_gone_are_dropped_but_not_under_an_open_box() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Ask(Verb::Note));
    let fewer = || Snapshot {
        queue: listed(queue_rows().split_off(4), 2),
        ..snapshot()
    };
    app.update(heard(fewer()));
    assert_eq!(app.lists.queue.marks.len(), 6);
    app.update(Action::Back);
    app.update(heard(fewer()));
    assert_eq!(app.lists.queue.marks.len(), 2);
}

#[test]
fn a_range_grows_and_shrinks_with_the_cursor_and_keeps_older_marks() {
    let mut app = showing(snapshot());
    app.update(Action::Mark(Mark::Cursor));
    app.update(Action::Move(Move::Down));
    app.update(Action::Mark(Mark::Range));
    app.update(Action::Move(Move::Down));
    app.update(Action::Move(Move::Down));
    assert_eq!(app.lists.staleness.marks.len(), 4);
    app.update(Action::Move(Move::Up));
    assert_eq!(app.lists.staleness.marks.len(), 3);
    app.update(Action::Mark(Mark::Range));
    app.update(Action::Move(Move::Top));
    assert_eq!(app.lists.staleness.marks.len(), 3, "the range is closed");
}

#[test]
fn all_shown_is_marked_then_all_that_match_and_then_none() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Filter);
    typed(&mut app, "ns:payments");
    app.update(Action::Accept);
    app.update(Action::Mark(Mark::Shown));
    assert_eq!(app.lists.marked(), 2);
    app.update(Action::Mark(Mark::Shown));
    assert_eq!(app.lists.marked(), 2, "there are no more that match");
    app.update(Action::Mark(Mark::Shown));
    assert_eq!(app.lists.marked(), 0);
    app.update(Action::Focus(Pane::Staleness));
    app.update(Action::Mark(Mark::Shown));
    assert_eq!(app.lists.marked(), 5);
    app.update(Action::Mark(Mark::Shown));
    assert_eq!(
        app.lists.marked(),
        0,
        "what is stale has no more than is read"
    );
}

#[test]
fn marked_rows_that_the_filter_hides_are_still_acted_upon() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Filter);
    typed(&mut app, "ns:media");
    app.update(Action::Accept);
    app.update(Action::Ask(Verb::Note));
    match &app.screen.popup {
        Some(Popup::Confirm(confirm)) => assert_eq!(confirm.plan.change.count(), 6),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_filter_survives_polls_and_esc_takes_it_away() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::Filter);
    typed(&mut app, "reason:max age>1h");
    assert_eq!(
        app.lists.counted(Pane::Queue, &app.polled).unwrap(),
        "1 of 6",
        "it works while it is typed"
    );
    app.update(Action::Accept);
    app.update(heard(snapshot()));
    assert_eq!(
        app.lists.counted(Pane::Queue, &app.polled).unwrap(),
        "1 of 6"
    );
    app.update(Action::Back);
    assert_eq!(
        app.lists.counted(Pane::Queue, &app.polled).unwrap(),
        "6 of 6"
    );
}

#[test]
fn a_filter_with_an_error_cannot_be_kept_but_stays_typed() {
    let mut app = showing(snapshot());
    app.update(Action::Filter);
    typed(&mut app, "ns:orders age>soon");
    app.update(Action::Accept);
    assert!(app.lists.filtering);
    assert_eq!(
        app.lists.staleness.filter.field.text(),
        "ns:orders age>soon"
    );
    assert_eq!(
        app.lists.counted(Pane::Staleness, &app.polled).unwrap(),
        "2 of 5",
        "the good term holds"
    );
}

#[test]
fn a_cap_is_never_silent() {
    let mut app = showing(Snapshot {
        staleness: listed(stale_rows(), 12_400),
        ..snapshot()
    });
    assert_eq!(
        app.lists.counted(Pane::Staleness, &app.polled).unwrap(),
        "5 of 12,400"
    );
    app.update(Action::Filter);
    typed(&mut app, "orders");
    assert_eq!(
        app.lists.counted(Pane::Staleness, &app.polled).unwrap(),
        "2 of the first 5 of 12,400"
    );
}

#[test]
fn sorting_again_turns_it_round_and_the_cursor_stays_on_its_row() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    app.update(Action::SortBy(Some(Column::Age)));
    assert_eq!(shown(&app)[0].dlq_entry_uuid, entry_id(14));
    app.update(Action::SortBy(Some(Column::Age)));
    assert_eq!(shown(&app)[0].dlq_entry_uuid, entry_id(16));
    assert_eq!(
        app.lists
            .queue
            .selected(app.polled.entries())
            .unwrap()
            .dlq_entry_uuid,
        entry_id(11)
    );
    app.update(Action::SortBy(None));
    assert_eq!(shown(&app)[0].dlq_entry_uuid, entry_id(11));
}

#[test]
fn a_frozen_screen_stands_still_and_then_shows_the_newest() {
    let mut app = showing(snapshot());
    app.update(Action::Toggle(Toggle::Freeze));
    app.update(heard(Snapshot {
        staleness: listed(Vec::new(), 0),
        ..snapshot()
    }));
    assert_eq!(app.polled.stale().len(), 5);
    app.update(Action::Toggle(Toggle::Freeze));
    assert_eq!(app.polled.stale().len(), 0);
}

#[test]
fn opening_a_task_follows_it_and_going_back_stops() {
    let mut app = showing(snapshot());
    assert_eq!(
        app.update(Action::Open),
        Some(Command::Follow(Some(task_id(1))))
    );
    assert_eq!(app.following(), Some(task_id(1)));
    assert_eq!(app.update(Action::Leave), Some(Command::Follow(None)));
    assert!(!app.screen.quitting);
    app.update(Action::Leave);
    assert!(app.screen.quitting);
}

#[test]
fn a_refused_follow_is_asked_again() {
    let mut app = showing(snapshot());
    let command = app.update(Action::Open).unwrap();
    app.update(Action::CommandRejected(command));
    let again = app.update(Action::Tick(noon() + TimeDelta::seconds(2)));
    assert_eq!(again, Some(Command::Follow(Some(task_id(1)))));
}

#[test]
fn esc_undoes_one_thing_at_a_time_and_never_quits() {
    let mut app = showing(snapshot());
    app.update(Action::Filter);
    typed(&mut app, "orders");
    app.update(Action::Accept);
    app.update(Action::Mark(Mark::Shown));
    app.update(Action::Toggle(Toggle::Expand));
    app.update(Action::Back);
    assert!(!app.session.view.expanded);
    app.update(Action::Back);
    assert_eq!(app.lists.marked(), 0);
    app.update(Action::Back);
    assert!(app.lists.staleness.filter.is_empty());
    for _ in 0..5 {
        app.update(Action::Back);
    }
    assert!(!app.screen.quitting);
}

#[test]
fn copying_takes_what_is_under_the_cursor() {
    let mut app = showing(snapshot());
    app.update(Action::Focus(Pane::Queue));
    let copied = |app: &mut App, what| match app.update(Action::Copy(what)) {
        Some(Command::Copy(text)) => text,
        other => panic!("{other:?}"),
    };
    assert_eq!(copied(&mut app, CopyTarget::Id), entry_id(11).to_string());
    assert_eq!(
        copied(&mut app, CopyTarget::TaskId),
        task_id(11).to_string()
    );
    assert!(
        copied(&mut app, CopyTarget::Json)
            .contains("\"dlq_reason\": \"dependency_cycle_detected\"")
    );
    assert_eq!(
        copied(&mut app, CopyTarget::Command),
        format!("dlqtop show {}", entry_id(11))
    );
    assert_eq!(
        app.update(Action::Copy(CopyTarget::Error)),
        None,
        "this one has no error"
    );
}

#[test]
fn the_command_bar_runs_what_is_chosen() {
    let mut app = showing(snapshot());
    app.update(Action::Palette);
    typed(&mut app, "refr");
    app.update(Action::CompleteWord);
    assert_eq!(app.update(Action::Accept), Some(Command::PollNow));
    app.update(Action::Palette);
    typed(&mut app, "zzz");
    assert_eq!(app.update(Action::Accept), None);
    assert!(
        matches!(app.screen.popup, Some(Popup::Palette(_))),
        "what was typed is kept"
    );
}

#[test]
fn the_detail_screen_remembers_its_step_through_polls() {
    let mut app = looking();
    app.update(Action::Tab(Tab::Steps));
    assert_eq!(
        app.detail.as_ref().unwrap().step_at(),
        2,
        "it begins at the one that fails"
    );
    app.update(Action::Move(Move::Up));
    let detail = {
        let mut detail = rows::detail();
        detail.steps.rotate_right(1);
        Some((task_id(12), Ok(std::sync::Arc::new(Some(detail)))))
    };
    app.update(heard(Snapshot {
        detail,
        ..snapshot()
    }));
    assert_eq!(app.detail.as_ref().unwrap().step_at(), 2);
}

#[test]
fn notices_go_away_by_themselves() {
    let mut app = waiting();
    app.update(Action::Toggle(Toggle::Times));
    assert_eq!(app.session.view.times, TimeFormat::Local);
    assert!(app.screen.notification.is_some());
    app.update(Action::Tick(noon() + TimeDelta::seconds(9)));
    assert!(app.screen.notification.is_none());
}

#[test]
fn the_wall_hears_and_quits_and_nothing_else() {
    let mut app = App::new_watch(place());
    app.update(Action::Tick(noon()));
    app.update(heard(snapshot()));
    for action in [
        Action::Open,
        Action::Ask(Verb::Retry),
        Action::Palette,
        Action::Refresh,
        Action::Copy(CopyTarget::Id),
        Action::Back,
    ] {
        assert_eq!(app.update(action), None);
    }
    assert!(app.screen.popup.is_none() && app.detail.is_none() && !app.screen.quitting);
    app.update(Action::Leave);
    assert!(app.screen.quitting);
}
