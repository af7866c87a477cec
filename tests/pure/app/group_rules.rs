//! Rules for which errors belong together, as the screen uses them and speaks of them.

use std::sync::Arc;

use dlqtop::app::App;
use dlqtop::app::action::{Action, Mark, Move, Verb};
use dlqtop::data::fingerprint::rules::{RuleText, Rules};
use dlqtop::data::model::{QueueRow, Snapshot};
use dlqtop::data::source::{NATIVE, RulesInForce, SourceCatalog};
use support::rows::groups::{CHARGE, failed, grouped, queue_of, three_groups};
use support::rows::{heard, noon, place, render};

fn tenants() -> Rules {
    let text = RuleText {
        pattern: "tenant [a-z]+".to_owned(),
        replacement: Some("tenant #".to_owned()),
        ..RuleText::default()
    };
    Rules::compile(&[text]).unwrap()
}

/// An app that was given these rules; the database has others.
fn app_with(own: Option<Rules>, shared: Rules) -> App {
    let kinds = SourceCatalog::embedded().kinds;
    let kind = kinds.into_iter().find(|kind| kind.name == NATIVE).unwrap();
    let mut source = kind.plain();
    source.rules = RulesInForce::new(own, shared);
    let mut place = place();
    place.source = Arc::new(source);
    let mut app = App::new(place);
    app.update(Action::Tick(noon()));
    app
}

fn screen(app: &App) -> String {
    render(app, 160, 40).backend().to_string()
}

const OWN: &str = "own fingerprint rules";

#[test]
fn the_header_says_that_groups_are_not_those_of_the_others() {
    for (own, shared, says) in [
        (Some(tenants()), Rules::default(), true),
        (Some(Rules::default()), tenants(), true),
        (Some(tenants()), tenants(), false),
        (None, tenants(), false),
    ] {
        let mut app = app_with(own.clone(), shared);
        app.update(heard(queue_of(three_groups(), 6)));
        assert_eq!(screen(&app).contains(OWN), says, "{own:?}");
    }
}

#[test]
fn when_the_rules_change_the_open_group_is_left_and_somebody_says_why() {
    let mut app = grouped(three_groups(), 6);
    app.update(Action::Open);
    assert!(app.lists.queue.filter.within.is_some());
    let news = "the rules for which errors belong together have changed";
    // The same rules again change nothing.
    app.update(heard(queue_of(three_groups(), 6)));
    assert!(app.lists.queue.filter.within.is_some());
    assert!(!screen(&app).contains(news));
    app.update(heard(Snapshot {
        rules_version: tenants().version(),
        ..queue_of(three_groups(), 6)
    }));
    assert!(app.lists.queue.filter.within.is_none());
    assert!(app.lists.is_grouped(), "the groups are on the screen");
    assert!(screen(&app).contains(news), "{}", screen(&app));
}

fn tenants_failed() -> Vec<QueueRow> {
    let mut rows = failed(1, 1, CHARGE, "quota of tenant acme");
    rows.extend(failed(2, 1, CHARGE, "quota of tenant wayne"));
    rows
}

#[test]
fn the_box_names_the_error_that_the_rules_call_the_same() {
    let boxed = |own: Option<Rules>| {
        let mut app = app_with(own, Rules::default());
        app.update(Action::Focus(dlqtop::app::pane::Pane::Queue));
        app.update(heard(queue_of(tenants_failed(), 2)));
        app.update(Action::Move(Move::Top));
        app.update(Action::Mark(Mark::Shown));
        app.update(Action::Ask(Verb::Retry));
        screen(&app)
    };
    // In the box it stands below the names of both.
    let common = |text: &str| text.matches("quota of tenant acme").count();
    let (with, without) = (boxed(Some(tenants())), boxed(None));
    assert!(with.contains("2 steps"), "{with}");
    assert_eq!(common(&with), common(&without) + 1, "{with}\n{without}");
}
