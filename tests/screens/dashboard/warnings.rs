//! What the screen looks like when the database cannot be taken at its word: impossible ages,
//! templates that cannot be read.

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::Action;
use dlqtop::app::session::Session;
use dlqtop::data::model::{Counts, Scope, Snapshot, Stats, TemplateWarning};
use insta::assert_snapshot;
use support::rows::{
    counts, heard, listed, noon, place, quiet, render, showing, snapshot, stale_rows, stats,
};

fn warning(name: &str, keys: &[&str]) -> TemplateWarning {
    TemplateWarning {
        namespace_name: "billing".into(),
        task_name: name.into(),
        task_version: "1.0.0".into(),
        warnings: keys.iter().map(|key| (*key).into()).collect(),
    }
}

fn unreadable(templates: usize) -> Snapshot {
    let mut templates = vec![
        warning(
            "close_month",
            &["max_waiting_for_retry_minutes", "staleness_action"],
        );
        templates
    ];
    templates[0] = warning("invoice", &["max_steps_in_process_minutes"]);
    Snapshot {
        counts: Ok(Arc::new(Counts {
            template_warnings: i64::try_from(templates.len()).unwrap(),
            ..counts()
        })),
        stats: Ok(Arc::new(Stats {
            templates,
            ..stats()
        })),
        ..snapshot()
    }
}

fn suspicious() -> Snapshot {
    let mut rows = stale_rows();
    for (row, minutes) in rows.iter_mut().zip([-700.0, 9e12]) {
        row.age_suspect = true;
        row.time_in_state_minutes = minutes;
        row.sweep_takes = false;
    }
    Snapshot {
        counts: Ok(Arc::new(Counts {
            suspect: 2,
            ..counts()
        })),
        staleness: listed(rows, 5),
        ..snapshot()
    }
}

#[test]
fn templates_on_defaults_160x45() {
    assert_snapshot!(render(&showing(unreadable(2)), 160, 45).backend());
}

#[test]
fn templates_on_defaults_110x30() {
    assert_snapshot!(render(&showing(unreadable(7)), 110, 30).backend());
}

#[test]
fn impossible_ages_are_no_numbers() {
    assert_snapshot!(render(&showing(suspicious()), 160, 30).backend());
}

#[test]
fn the_wall_says_that_ages_are_impossible() {
    let wall = |snapshot| {
        let mut app = App::new_watch(place());
        app.update(Action::Tick(noon()));
        app.update(heard(snapshot));
        render(&app, 120, 30).backend().to_string()
    };
    let odd = Counts {
        suspect: 2,
        ..Counts::clone(quiet().counts.as_ref().unwrap())
    };
    let screen = wall(Snapshot {
        counts: Ok(Arc::new(odd)),
        ..quiet()
    });
    assert!(screen.contains("AGE? 2: IMPOSSIBLE AGES"), "{screen}");
    assert!(!wall(quiet()).contains("AGE?"));
}

/// A screen on rows of which others may be hidden, and its first line.
fn first_line(watching: bool, may_hide: bool, columns: u16) -> String {
    let place = Session {
        scope: Some(Scope {
            seeing: "tenant 7b1d2c9e-4f60-4a83-9d2e-51c3a0e8f417".into(),
            may_hide,
        }),
        ..place()
    };
    let mut app = if watching {
        App::new_watch(place)
    } else {
        App::new(place)
    };
    app.update(heard(snapshot()));
    app.update(Action::Tick(noon()));
    let shown = render(&app, columns, 40).backend().to_string();
    shown.lines().next().unwrap().to_owned()
}

#[test]
fn that_others_may_be_hidden_is_said_on_every_screen() {
    for watching in [false, true] {
        for (columns, said) in [
            (200, "tenant 7b1d2c9e…, others may be hidden"),
            (100, "tenant 7b1d2c9e… only"),
            (80, "tenant 7b1d2c9e… only"),
        ] {
            let line = first_line(watching, true, columns);
            assert!(line.contains(said), "{watching} {columns}: {line}");
        }
    }
    let line = first_line(false, false, 200);
    assert!(line.contains("tenant 7b1d2c9e…"), "{line}");
    assert!(!line.contains("hidden") && !line.contains("only"), "{line}");
}

/// The stats with what was closed known only of the last so many times five minutes.
fn forgetful(known: usize) -> App {
    showing(forgotten(known))
}

fn forgotten(known: usize) -> Snapshot {
    let mut stats = stats();
    let unknown = stats.flow.len() - known;
    for bucket in &mut stats.flow[..unknown] {
        bucket.resolved = None;
    }
    let counts = Counts {
        resolved_last_hour: None,
        ..counts()
    };
    Snapshot {
        counts: Ok(Arc::new(counts)),
        stats: Ok(Arc::new(stats)),
        ..snapshot()
    }
}

fn lines_with(app: &App, (width, height): (u16, u16), word: &str) -> Vec<String> {
    let screen = render(app, width, height).backend().to_string();
    let lines = screen.lines().filter(|line| line.contains(word));
    lines.map(str::to_owned).collect()
}

#[test]
fn what_was_closed_is_a_dot_where_nobody_knows() {
    let lines = lines_with(&forgetful(2), (160, 45), "resolved ");
    assert!(lines[0].contains("··▃ −4"), "{lines:?}");
    assert!(lines_with(&showing(snapshot()), (160, 45), "··").is_empty());
}

#[test]
fn where_nobody_knows_at_all_it_says_what_would_tell() {
    let lines = lines_with(&forgetful(0), (160, 45), "resolved ");
    assert!(
        lines[0].contains("resolved unknown: see dlqtop install"),
        "{lines:?}"
    );
    let head = lines_with(&forgetful(0), (160, 45), "/h");
    assert!(
        head[0].contains("+12/h") && !head[0].contains('−'),
        "{head:?}"
    );
}

#[test]
fn the_wall_draws_no_curve_of_what_nobody_knows() {
    let of = |snapshot: Snapshot| {
        let mut wall = App::new_watch(place());
        wall.update(Action::Tick(noon()));
        wall.update(heard(snapshot));
        lines_with(&wall, (130, 40), " resolved ")
    };
    let unknown = of(forgotten(0));
    assert!(
        unknown[0].contains("keeps no record of what was closed"),
        "{unknown:?}"
    );
    assert!(!unknown[0].contains('·'), "{unknown:?}");
    assert!(of(forgotten(6))[0].contains('·'));
    assert!(!of(snapshot())[0].contains('·'));
}
