//! `dlqtop info`: which system is looked at, which else there are, and what can be seen and done.

use support::dlqtop::asked;
use support::home::Home;

use super::{READING, fresh, role};
use crate::systems::systems;

const TENANT: &str = "7b1d2c9e-4f60-4a83-9d2e-51c3a0e8f417";

#[tokio::test(flavor = "multi_thread")]
async fn every_system_is_called_by_its_name_and_nothing_is_said_of_another_schema() {
    for kind in systems() {
        if kind.folder.is_some() || kind.name == "tasker" {
            continue;
        }
        let standing = fresh(&kind.name).await;
        let run = asked(&standing.db.url(), &["info"]);
        let lines = run.expect_answer();
        let manifest = &kind.manifest;
        let named = format!(
            "source    {} ({}): {}\n",
            kind.name, manifest.title, manifest.summary
        );
        let shown = format!("shows     {}, ", manifest.words.staleness);
        for piece in [
            named.as_str(),
            &shown,
            "\nrole      dlqtop may look and act\n",
            "\nnotes     nothing is installed\n",
        ] {
            assert!(lines.contains(piece), "no {piece:?}: {lines}");
        }
        for native in [
            "\nschema ",
            "migrate",
            "no Tasker schema",
            "sweep",
            "\nalso ",
        ] {
            assert!(!lines.contains(native), "{native}: {lines}");
        }
        let json = asked(&standing.db.url(), &["info", "--json"]).expect_json();
        assert_eq!(json["source"], kind.name, "{json:#}");
        let database = &json["database"];
        assert_eq!(database["source"]["title"], manifest.title, "{json:#}");
        assert!(database["schema"].is_null(), "{json:#}");
        assert_eq!(database["may"]["act"], true, "{json:#}");
        let acts = database["source"]["offers"]["acts"].as_array().unwrap();
        let can = kind.files.contains_key("close_entry");
        let close = manifest.words.close.as_str();
        assert_eq!(acts.iter().any(|act| act == close), can, "{json:#}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_other_systems_of_the_database_are_named() {
    let standing = fresh("celery").await;
    let tasks = include_str!("../../../src/demo/fleets/task-orchestrator/schema.sql");
    standing.db.run(tasks).await;
    let url = standing.db.url();
    for (looked_at, title, other) in [
        (
            Some("celery"),
            "Celery",
            "Task orchestrator (--source task-orchestrator)",
        ),
        (
            Some("task-orchestrator"),
            "Task orchestrator",
            "Celery (--source celery)",
        ),
    ] {
        let mut arguments = vec!["info"];
        arguments.extend(looked_at.into_iter().flat_map(|name| ["--source", name]));
        let run = asked(&url, &arguments);
        let lines = run.expect_answer();
        assert!(lines.contains(&format!("({title}): ")), "{lines}");
        assert!(lines.contains(&format!("\nalso      {other}\n")), "{lines}");
    }
    let run = asked(&url, &["info"]);
    let said =
        "source    none: this database holds celery, task-orchestrator: say which with --source\n";
    assert!(run.expect_answer().contains(said), "{run:?}");
    let json = asked(&url, &["info", "--json", "--source", "celery"]).expect_json();
    let also = &json["database"]["source"]["also"];
    assert_eq!(also[0]["name"], "task-orchestrator", "{json:#}");
    assert_eq!(also.as_array().unwrap().len(), 1, "{json:#}");

    let run = asked(&url, &["info", "--source", "tasker-core"]);
    let said = "source    none: this database does not hold tasker-core: it holds celery, task-orchestrator";
    assert!(run.expect_answer().contains(said), "{run:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_whose_rows_are_seen() {
    let standing = fresh("celery").await;
    let (_, url) = role(&standing, READING).await;
    let run = asked(&url, &["info"]);
    let hidden = "others may be hidden by row-level security\n";
    let said = format!("sees      no tenant; {hidden}");
    assert!(run.expect_answer().contains(&said), "{run:?}");
    assert!(
        run.stdout
            .contains("may not act; `dlqtop doctor` says which grants"),
        "{run:?}"
    );
    let json = asked(&url, &["info", "--json"]).expect_json();
    assert_eq!(json["database"]["scope"]["may_hide"], true, "{json:#}");

    let home = Home::with(&format!(
        "[profiles.shop]\ndatabase_url = \"{url}\"\ntenant = \"{TENANT}\"\n"
    ));
    let run = home.run(&["info", "--profile", "shop"]);
    let said = format!("sees      tenant {TENANT}; {hidden}");
    assert!(run.expect_answer().contains(&said), "{run:?}");
    // Whom nothing is hidden from.
    let run = asked(&standing.db.url(), &["info"]);
    assert!(
        run.expect_answer().contains("sees      all tenants\n"),
        "{run:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_not_even_ask_is_told_which_grant_it_needs() {
    let standing = fresh("tasker-core").await;
    let (role, url) = role(&standing, "").await;
    let run = asked(&url, &["info"]);
    let lines = run.expect_answer();
    let said = format!("ask for: grant usage on schema tasker to {role}\n");
    assert!(lines.contains("source    tasker-core (Tasker)"), "{lines}");
    assert!(lines.contains(&said), "{lines}");
    let json = asked(&url, &["info", "--json"]).expect_json();
    assert_eq!(json["database"]["may"]["act"], false, "{json:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_installed_beside_it_is_said_and_what_it_adds() {
    let standing = fresh("celery").await;
    let url = standing.db.url();
    let before = asked(&url, &["info"]).expect_answer().to_owned();
    asked(&url, &["install", "--yes"]).expect_answer();
    let after = asked(&url, &["info"]).expect_answer().to_owned();
    let does = |lines: &str| {
        let line = lines.lines().find(|line| line.starts_with("does "));
        line.unwrap().to_owned()
    };
    assert!(!does(&before).contains("snooze"), "{before}");
    assert!(does(&after).contains("snooze"), "{after}");
    assert!(
        after.contains("\nnotes     installed: version 3, "),
        "{after}"
    );
    assert!(after.contains("beside celery; you may use it"), "{after}");
}
