//! Secrets in what others have written into the database: hidden in every way out, by one rule.

use serde_json::Value as Json;
use support::database::Database;
use support::dlqtop::{Run, everything_in, run};
use support::home::Home;
use uuid::Uuid;

const CANARY: &str = "canary7731";

/// A task whose error, result, snapshot, history, entry, note and log hold secrets.
async fn leaky() -> (Database, String) {
    let db = Database::new().await;
    db.template("{}").await;
    let error = format!(
        "GatewayError: cannot reach postgres://ana:{CANARY}@db/prod: Authorization: Bearer {CANARY}x"
    );
    let dead = db.dead_letter(&error).await;
    db.run(&format!(
        "update tasker_workflow_steps set results =
             '{{\"api_key\": \"{CANARY}\", \"max_tokens\": 4096}}';
         update tasker_tasks_dlq set task_snapshot = task_snapshot ||
             '{{\"context\": {{\"user\": \"ana\", \"credentials\": {{\"login\": [\"{CANARY}\"]}},
                \"accessToken\": \"{CANARY}\", \"tokenizer\": \"bpe\"}}}}'"
    ))
    .await;
    let task: Uuid = dead.task;
    (db, task.to_string())
}

fn asked(home: &Home, db: &Database, arguments: &[&str]) -> Run {
    run(home
        .command(arguments)
        .env("DATABASE_URL", db.url())
        .env("DLQTOP_ACTOR", "ana")
        .env("DLQTOP_LOG", "trace")
        .env("XDG_STATE_HOME", home.folder.path()))
}

#[tokio::test(flavor = "multi_thread")]
async fn no_command_file_or_log_tells_a_secret_that_is_in_the_database() {
    let (db, task) = leaky().await;
    let home = Home::new();
    let entry: Uuid = db.one("select dlq_entry_uuid from tasker_tasks_dlq").await;
    let entry = entry.to_string();
    let reason = format!("told password={CANARY} to bo");
    let note = [
        "entry", "note", &entry, "--reason", &reason, "--yes", "--json",
    ];
    let noted = asked(&home, &db, &note);
    assert_eq!(noted.code, Some(0), "{noted:?}");
    assert!(!noted.stdout.contains(CANARY), "{noted:?}");
    let batch: Uuid = db
        .one("select batch from dlqtop.operator_log where batch is not null limit 1")
        .await;
    let batch = batch.to_string();
    let mut marks = 0;
    for command in [
        &["queue"][..],
        &["queue", "--json"],
        &["queue", "--group"],
        &["queue", "--group", "--json"],
        &["entries", "--json"],
        &["show", &task],
        &["show", &task, "--json"],
        &["steps", &task],
        &["steps", &task, "--json"],
        &["log"],
        &["log", "--json"],
        &["handover"],
        &["handover", "--json"],
        &["receipt", &batch],
        &["receipt", &batch, "--json"],
        &["stats", "--json"],
        &["doctor"],
    ] {
        let run = asked(&home, &db, command);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert!(!said.contains(CANARY), "{command:?}: {said}");
        marks += said.matches("•••").count();
    }
    assert!(marks > 15, "{marks}");
    let files = everything_in(home.folder.path());
    assert!(files.contains("TRACE"), "the log was not talkative");
    assert!(!files.contains(CANARY), "{files}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_whole_words_and_what_lies_below_them_is_hidden_whole() {
    let (db, task) = leaky().await;
    let shown = asked(&Home::new(), &db, &["show", &task, "--json"]).expect_json();
    let context = &shown["detail"]["task_snapshot"]["context"];
    assert_eq!(context["credentials"], "•••", "{shown:#}");
    assert_eq!(context["accessToken"], "•••", "{shown:#}");
    assert_eq!(
        (&context["user"], &context["tokenizer"]),
        (&"ana".into(), &"bpe".into())
    );
    let results: Vec<&Json> = (shown["detail"]["steps"].as_array().unwrap().iter())
        .map(|step| &step["results"])
        .filter(|result| result.is_object())
        .collect();
    assert!(!results.is_empty(), "{shown:#}");
    for result in results {
        assert_eq!(
            (&result["api_key"], &result["max_tokens"]),
            (&"•••".into(), &4096.into())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configuration_adds_keys_and_takes_them_away() {
    let (db, task) = leaky().await;
    let home = Home::with("[redaction]\nhide = ['user']\nshow = ['access_token']\n");
    let shown = asked(&home, &db, &["show", &task, "--json"]).expect_json();
    let context = &shown["detail"]["task_snapshot"]["context"];
    assert_eq!(
        (&context["user"], &context["accessToken"]),
        (&"•••".into(), &CANARY.into())
    );
    assert_eq!(context["credentials"], "•••", "{shown:#}");

    let config = home.run(&["config", "show", "--json"]).stdout;
    let config: Json = serde_json::from_str(&config).unwrap();
    let redaction = serde_json::json!({ "hide": ["user"], "show": ["access_token"] });
    assert_eq!(config["redaction"], redaction);

    for (text, says) in [
        ("hide = 'user'", "redaction.hide: must be a list"),
        ("hide = ['--']", "redaction.hide: must be a list"),
        ("hidden = []", "redaction.hidden"),
    ] {
        let home = Home::with(&format!("[redaction]\n{text}\n"));
        let run = home.run(&["config", "show"]);
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(
            run.stderr.contains(says) && run.stderr.contains("config.toml:2"),
            "{run:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_was_copied_with_its_mark_is_not_written_back() {
    let (db, _) = leaky().await;
    let step: Uuid = db
        .one("select workflow_step_uuid from tasker_workflow_steps limit 1")
        .await;
    let step = step.to_string();
    let complete = [
        "step",
        "complete",
        &step,
        "--result",
        "{\"api_key\": \"•••\"}",
        "--reason",
        "x",
        "--yes",
    ];
    let run = asked(&Home::new(), &db, &complete);
    run.expect_complaint(2, &["•••", "stands for a hidden value"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_are_the_same_whatever_is_hidden() {
    let (db, _) = leaky().await;
    db.dead_letter("GatewayError: user ana has no stock").await;
    let count = |home: &Home| {
        let json = asked(home, &db, &["queue", "--group", "--json"]).expect_json();
        let filter = json["groups"][0]["filter"].as_str().unwrap().to_owned();
        let found = asked(home, &db, &["queue", "--filter", &filter, "--json"]).expect_json();
        (
            json["groups"].as_array().unwrap().len(),
            found["rows"].as_array().unwrap().len(),
        )
    };
    let plain = count(&Home::new());
    assert_eq!(plain, (2, 1));
    assert_eq!(count(&Home::with("[redaction]\nhide = ['user']\n")), plain);
}
