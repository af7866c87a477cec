//! `dlqtop config show`: what is in force, with a database and without one.

use dlqtop::config::keys::KEYS;
use serde_json::Value as Json;
use support::database::Database;
use support::dlqtop::run;
use support::home::{Home, RETRY, RETRY_VARIABLE, setting};

/// Below the table, where something differs.
const NOT_IN_FORCE: &str = "1 setting differs from the database, which holds for all: `dlqtop config apply --dry-run` shows how\n";

#[test]
fn without_a_database_it_shows_what_was_said_and_that_nobody_was_asked() {
    let home = Home::with(&format!("{RETRY} = 45\n"));
    let table = home.run(&["config", "show"]);
    let table = table.expect_answer();
    let file = format!("file      {}", home.file().display());
    assert!(table.starts_with(&file), "{table}");
    assert!(
        table.contains("database  none was named: not asked"),
        "{table}"
    );
    let line = table.lines().find(|line| line.starts_with(RETRY)).unwrap();
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(words, [RETRY, "45", "config.toml:1"]);
    for key in &KEYS {
        assert!(table.contains(key.name), "{}", key.name);
    }
    let json = home.run(&["config", "show", "--json"]).expect_json();
    assert_eq!(json["database"]["asked"], false, "{json}");
    assert_eq!(json["settings"].as_array().unwrap().len(), KEYS.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_database_it_shows_what_stands_there_and_who_put_it_there() {
    let db = Database::new().await;
    let home = Home::with(&format!("{RETRY} = 45\narchive.batch_size = 1000\n"));
    let asked = |home: &Home, json: bool| {
        let mut arguments = vec!["config", "show"];
        arguments.extend(json.then_some("--json"));
        run(home.command(&arguments).env("DATABASE_URL", db.url()))
    };

    // Not in force: nobody has applied this file.
    let json = asked(&home, true).expect_json();
    let line = setting(&json, RETRY);
    assert_eq!(line["value"], 45.0, "{line}");
    assert_eq!(line["from"], "config.toml:1", "{line}");
    assert_eq!(line["database_has"], 30.0, "{line}");
    assert_eq!(json["database"]["asked"], true, "{json}");
    let table = asked(&home, false);
    let table = table.expect_answer();
    for piece in ["not in force: the database has 30", NOT_IN_FORCE] {
        assert!(table.contains(piece), "no {piece}: {table}");
    }
    // Nothing was written by looking.
    let rows: i64 = db.one("select count(*) from dlqtop.operator_log").await;
    assert_eq!(rows, 0);

    let none = Home::new();
    let line = setting(&asked(&none, true).expect_json(), RETRY).clone();
    assert_eq!(
        (&line["value"], &line["from"]),
        (&30.0.into(), &"default".into())
    );

    db.run(
        "select dlqtop.configure('{\"max_waiting_for_retry_minutes\": 20, \"archive_failed_days\": null,
                            \"max_task_lifetime_minutes\": 90}', 'bob@lap', 'x')",
    )
    .await;
    let json = asked(&none, true).expect_json();
    for (key, value) in [
        (RETRY, Json::from(20.0)),
        ("archive.policies.failed_days", Json::from(false)),
        (
            "staleness_detection.thresholds.task_max_lifetime_hours",
            Json::from(1.5),
        ),
    ] {
        let line = setting(&json, key);
        assert_eq!(
            (&line["value"], &line["from"]),
            (&value, &"database".into())
        );
        let who = line["database_changed"].as_str().unwrap();
        assert!(who.starts_with("bob@lap, 20"), "{who}");
    }
    let table = asked(&none, false);
    let table = table.expect_answer();
    assert!(table.contains("set by bob@lap, "), "{table}");
    // The environment outranks the file; in force is what stands there until somebody applies it.
    let mut command = none.command(&["config", "show", "--json"]);
    command
        .env(RETRY_VARIABLE, "45")
        .env("DATABASE_URL", db.url());
    let line = setting(&run(&mut command).expect_json(), RETRY).clone();
    assert_eq!(line["from"], format!("environment {RETRY_VARIABLE}"));
    assert_eq!(line["database_has"], 20.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_cannot_be_asked_hides_nothing_else_and_no_password_is_shown() {
    let home = Home::with(&format!("{RETRY} = 45\n"));
    let url = "postgres://ana:canary-7731@127.0.0.1:1/prod?password=canary-7731";
    for arguments in [&["config", "show"][..], &["config", "show", "--json"]] {
        let run = run(home.command(arguments).env("DATABASE_URL", url));
        assert_eq!(run.code, Some(3), "{run:?}");
        assert_eq!(run.stderr, "", "{run:?}");
        for piece in [
            "postgres://ana@127.0.0.1:1/prod",
            "could not connect",
            RETRY,
            "config.toml:1",
        ] {
            assert!(run.stdout.contains(piece), "no {piece}: {run:?}");
        }
        assert!(!run.stdout.contains("canary-"), "{run:?}");
    }
    let empty = Database::empty().await;
    let run = run(home
        .command(&["config", "show"])
        .env("DATABASE_URL", empty.url()));
    assert_eq!(run.code, Some(3), "{run:?}");
    assert!(run.stdout.contains("no Tasker schema"), "{run:?}");
}
