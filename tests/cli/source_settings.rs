//! `[sources.NAME]`: other limits for a system, checked before anything is asked.

use support::database::Database;
use support::home::Home;

const SCHEMA: &str = include_str!("../../src/demo/fleets/task-orchestrator/schema.sql");

#[test]
fn what_a_source_does_not_have_is_a_fault_with_its_line() {
    let home = Home::with(
        "[sources.task-orchestator]\n\
         claimed_minutes = 1\n\
         [sources.task-orchestrator]\n\
         claimed_minute = 1\n\
         running_minutes = \"30m\"\n\
         alerts = { no_leader = \"soon\" }\n\
         unclaimed_minutes = 2.5\n\
         running_minutes_by_type = { mail = 2, report = \"2h\" }\n\
         [sources]\n\
         celery_ = 3\n\
         [sources.celery]\n\
         priority.RateLimitError = \"high\"\n\
         routes = { \"app.*\" = 3 }\n",
    );
    let run = home.run(&["config", "show"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    for (line, says) in [
        (
            ":1:",
            "no source task-orchestator: did you mean task-orchestrator?",
        ),
        (
            ":4:",
            "sources.task-orchestrator.claimed_minute: no such setting: there are alert_",
        ),
        (":5:", "running_minutes: must be a number, as 30"),
        (":6:", "alerts: alerts.no_leader: write a time such as"),
        (
            ":8:",
            "running_minutes_by_type: \"report\" must be a number, as 30",
        ),
        (":10:", "there is no source celery_"),
        (
            ":12:",
            "priority: \"RateLimitError\" must be a number, as 100",
        ),
        (":13:", "routes: \"app.*\" must be a text, as 'queue'"),
    ] {
        let said = run.stderr.lines().find(|said| said.contains(line));
        assert!(
            said.is_some_and(|said| said.contains(says)),
            "{line} {says}: {run:?}"
        );
    }
    assert!(!run.stderr.contains(":7:"), "{run:?}");
}

#[test]
fn what_was_said_is_shown_and_a_first_file_has_all_of_it() {
    let home = Home::with(
        "[sources.task-orchestrator]\nrunning_minutes_by_type = { mail = 2, \"a b\" = 3.5 }\n",
    );
    let shown = home.run(&["config", "show"]);
    let shown = shown.expect_answer();
    let line = shown
        .lines()
        .find(|line| line.contains("running_minutes_by_type"));
    let said = line.unwrap_or_default();
    assert!(
        said.contains(r#"{ "a b" = 3.5, mail = 2 }  config.toml:2"#),
        "{shown}"
    );
    let json = home.run(&["config", "show", "--json"]).expect_json();
    assert_eq!(json["sources"][0]["from"], "config.toml:2", "{json}");
    assert_eq!(json["sources"][0]["value"]["mail"], 2);
    // A file to begin with names every setting; taken as it stands, it changes nothing.
    let first = home.run(&["config", "init", "--stdout"]);
    let first = first.expect_answer();
    let section = first
        .split("#[sources.task-orchestrator]\n")
        .nth(1)
        .unwrap();
    let section: Vec<&str> = section
        .lines()
        .take_while(|line| !line.is_empty())
        .collect();
    let plain: String = section
        .iter()
        .map(|line| line.replacen('#', "", 1) + "\n")
        .collect();
    assert!(plain.contains("alerts = { "), "{plain}");
    let plain = plain.replace(" How long", "# How long");
    let home = Home::with(&format!("[sources.task-orchestrator]\n{plain}"));
    home.run(&["config", "show"]).expect_answer();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_source_goes_by_it() {
    let db = Database::empty().await;
    db.run(SCHEMA).await;
    db.run(
        "insert into workers (id, hostname, pool_size) values ('w', 'w', 4);
         insert into tasks (type, status, worker_id, created_at, claimed_at)
         select 'mail', 'claimed', 'w', at, at
         from (select now() at time zone 'utc' - interval '2 minutes' as at) x",
    )
    .await;
    for (minutes, health) in [("1.5", "stale"), ("9", "healthy")] {
        let text = format!("[sources.task-orchestrator]\nclaimed_minutes = {minutes}\n");
        let home = Home::with(&text);
        let rows = home
            .run(&["--database-url", &db.url(), "staleness", "--json"])
            .expect_json();
        assert_eq!(rows["rows"][0]["health_status"], health, "{rows}");
    }
}
