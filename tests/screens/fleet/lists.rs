//! Workers, queues and conditions as lists: the cursor, filters, and what is copied.

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::{Action, CopyTarget, Mark, Move, Verb};
use dlqtop::app::pane::Pane;
use dlqtop::app::screen::popup::Popup;
use dlqtop::data::messages::command::Command;
use dlqtop::data::model::{Page, Snapshot, StalenessRow, Total};
use support::rows::fleet::{at_work, manned, workers};
use support::rows::{heard, showing, snapshot, stale};

use super::{screen, typed, with_workers};

#[test]
fn the_cursor_stays_on_its_worker_while_the_others_move() {
    let mut app = at_work(manned());
    app.update(Action::Focus(Pane::Workers));
    app.update(Action::Move(Move::Down));
    let at = |app: &App| {
        app.lists
            .workers
            .selected(app.polled.workers())
            .unwrap()
            .worker
            .to_string()
    };
    assert_eq!(at(&app), "web2-113-77aa");
    let mut rows = workers();
    rows.rotate_left(2);
    app.update(heard(with_workers(rows)));
    assert_eq!(at(&app), "web2-113-77aa");
    app.update(Action::Move(Move::Bottom));
    assert_eq!(at(&app), "web2-113-77aa", "it is the last now");
    let bottom = screen(&app, 100, 24);
    assert!(
        bottom.contains("web2-113-77aa on web2: saturated"),
        "{bottom}"
    );
}

#[test]
fn workers_and_queues_are_filtered_by_what_they_have() {
    let shown = |pane: Pane, filter: &str| {
        let mut app = at_work(manned());
        app.update(Action::Focus(pane));
        typed(&mut app, filter);
        assert!(
            !app.lists.filtering,
            "{filter}: {:?}",
            app.screen.notification
        );
        match pane {
            Pane::Workers => app.lists.workers.shown().len(),
            _ => app.lists.queues.shown().len(),
        }
    };
    for (filter, want) in [
        ("health:dead", 1),
        ("health:alive", 3),
        ("!health:alive", 2),
        ("saturated", 1),
        ("state:holds", 1),
        ("web1", 2),
        ("ns:email", 5),
        ("age>1m", 1),
    ] {
        assert_eq!(shown(Pane::Workers, filter), want, "{filter}");
    }
    for (filter, want) in [("llm", 1), ("touch", 1), ("age>10m", 1), ("!llm", 2)] {
        assert_eq!(shown(Pane::Queues, filter), want, "{filter}");
    }
    for (pane, filter) in [
        (Pane::Workers, "owner:ana"),
        (Pane::Workers, "health:stale"),
        (Pane::Queues, "health:dead"),
    ] {
        let mut app = at_work(manned());
        app.update(Action::Focus(pane));
        typed(&mut app, filter);
        assert!(app.lists.filtering, "{filter} is not kept");
        app.update(Action::Back);
        assert_eq!(
            app.lists.counted(pane, &app.polled).unwrap(),
            if pane == Pane::Workers {
                "5 of 5"
            } else {
                "3 of 3"
            }
        );
    }
}

#[test]
fn a_condition_stands_with_the_state_and_is_found() {
    let row = |n, state: &str, condition: Option<&str>| StalenessRow {
        current_state: state.into(),
        condition: condition.map(Into::into),
        ..stale(n, ("jobs", "send_email"), 90.0)
    };
    let rows = vec![
        row(1, "running", Some("orphaned")),
        row(2, "running", None),
        row(3, "pending", Some("unclaimed")),
    ];
    let mut app = showing(Snapshot {
        staleness: Ok(Arc::new(Page {
            rows,
            total: Total::exact(3),
        })),
        ..snapshot()
    });
    let all = screen(&app, 160, 45);
    assert!(
        all.contains("running · orphaned") && all.contains("pending · unclaimed"),
        "{all}"
    );
    for (filter, want) in [
        ("orphaned", 1),
        ("state:orphaned", 1),
        ("state:running", 2),
        ("!state:orphaned", 2),
        ("error:orphaned", 0),
    ] {
        typed(&mut app, filter);
        assert_eq!(app.lists.staleness.shown().len(), want, "{filter}");
        app.update(Action::Back);
    }
}

#[test]
fn what_is_stuck_for_another_reason_than_its_time_has_no_share_of_a_threshold() {
    let orphan = StalenessRow {
        staleness_threshold_minutes: 0.0,
        condition: Some("orphaned".into()),
        current_state: "running".into(),
        minutes_to_breach: -94.5,
        ..stale(1, ("jobs", "send_email"), 95.0)
    };
    let row = |row: StalenessRow| {
        let app = showing(Snapshot {
            staleness: Ok(Arc::new(Page {
                rows: vec![row],
                total: Total::exact(1),
            })),
            ..snapshot()
        });
        let all = screen(&app, 160, 45);
        let line = all.lines().find(|line| line.contains("orphaned"));
        line.unwrap_or_else(|| panic!("{all}")).to_owned()
    };
    let shown = row(orphan.clone());
    assert!(
        shown.contains("            –") && shown.contains("1h34m over") && !shown.contains('%'),
        "{shown}"
    );
    // The same by its time, and one whose time cannot be.
    let measured = StalenessRow {
        staleness_threshold_minutes: 60.0,
        ..orphan.clone()
    };
    assert!(row(measured).contains("158%"));
    let suspect = StalenessRow {
        age_suspect: true,
        ..orphan
    };
    assert!(row(suspect).contains("     ? "));
}

#[test]
fn what_is_copied_of_a_worker_is_its_name_or_its_row() {
    let mut app = at_work(manned());
    app.update(Action::Focus(Pane::Workers));
    let name = app.update(Action::Copy(CopyTarget::Here));
    assert_eq!(name, Some(Command::Copy("web3-8812-c01d".to_owned())));
    app.update(Action::CopyMenu);
    let Some(Popup::Menu(menu)) = &app.screen.popup else {
        panic!("{:?}", app.screen.popup)
    };
    assert_eq!(menu.items.len(), 2, "{menu:?}");
    app.update(Action::Move(Move::Down));
    let Some(Command::Copy(json)) = app.update(Action::Accept) else {
        panic!("{:?}", app.screen.notification)
    };
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["condition"], "holds 4");
    app.update(Action::Focus(Pane::Queues));
    let name = app.update(Action::Copy(CopyTarget::Here));
    assert_eq!(name, Some(Command::Copy("attribution".to_owned())));
}

#[test]
fn nothing_is_changed_from_there() {
    for pane in [Pane::Workers, Pane::Queues] {
        let mut app = at_work(manned());
        app.update(Action::Focus(pane));
        app.update(Action::Mark(Mark::Shown));
        assert_eq!(app.lists.marked(), 0);
        for verb in [Verb::Retry, Verb::Cancel, Verb::Close, Verb::Claim] {
            assert_eq!(app.update(Action::Ask(verb)), None);
            assert!(app.screen.popup.is_none(), "{verb:?} on {pane:?}");
        }
        app.update(Action::Open);
        assert!(app.session.view.expanded && app.detail.is_none());
        app.update(Action::Back);
        app.update(Action::SortMenu);
        assert!(app.screen.popup.is_none());
    }
}
