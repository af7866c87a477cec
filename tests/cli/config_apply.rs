//! Shared settings reach the database by `dlqtop config apply` alone.

use support::database::Database;
use support::dlqtop::{Run, run};
use support::home::{Home, RETRY, RETRY_VARIABLE};

use crate::doctor_findings::{answer, fleet};

const KEPT: &str =
    "select concat_ws(' ', max_waiting_for_retry_minutes, batch_size) from dlqtop.settings";
const LOG: &str = "select coalesce(string_agg(
        concat_ws(' ', actor, action, subject, before, '->', after, reason), '|' order by log_id), '')
    from dlqtop.operator_log";

fn asked(home: &Home, db: &Database, arguments: &[&str]) -> Run {
    run(home.command(arguments).env("DATABASE_URL", db.url()))
}

/// A laptop on which a task is stale after a minute.
fn impatient() -> Home {
    Home::with(&format!(
        "{RETRY} = 1\nstaleness_detection.batch_size = 7\n"
    ))
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_detector_nor_the_archive_puts_a_laptops_settings_in_force() {
    let db = Database::new().await;
    let home = impatient();
    for arguments in [
        &["detect", "--once"][..],
        &["archive"],
        &["doctor"],
        &["queue"],
        &["config", "show"],
    ] {
        let run = asked(&home, &db, arguments);
        assert!(run.code.is_some_and(|code| code < 2), "{run:?}");
        assert_eq!(db.one::<String>(KEPT).await, "30 100", "{arguments:?}");
    }
    assert_eq!(db.one::<String>(LOG).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_differs_is_shown_with_what_it_does_and_applied_with_a_reason() {
    let db = Database::new().await;
    fleet(&db).await;
    let home = impatient();
    let dry = asked(&home, &db, &["config", "apply", "--dry-run"]);
    assert_eq!(dry.code, Some(1), "{dry:?}");
    for piece in [
        "SETTING",
        "staleness_detection.batch_size",
        "config.toml:2",
        RETRY,
        "config.toml:1",
        "1 become stale, 0 stop being so",
        "a dry run: nothing was written\n",
    ] {
        assert!(dry.stdout.contains(piece), "no {piece}: {dry:?}");
    }
    let json = asked(&home, &db, &["config", "apply", "--dry-run", "--json"]);
    assert_eq!(json.code, Some(1), "{json:?}");
    let json: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["outcome"], "would_apply", "{json:#}");
    assert_eq!(json["settings"][1]["in_force"], 30.0, "{json:#}");
    assert_eq!(json["settings"][1]["to_apply"], 1.0, "{json:#}");
    assert_eq!(json["effect"]["become_stale"], 1, "{json:#}");
    assert_eq!(db.one::<String>(KEPT).await, "30 100");

    let order = [
        "config",
        "apply",
        "--yes",
        "--reason",
        "a slow night",
        "--as=ana",
    ];
    let done = asked(&home, &db, &order);
    assert!(
        done.expect_answer()
            .ends_with("applied: it holds for all from now on\n"),
        "{done:?}"
    );
    assert_eq!(db.one::<String>(KEPT).await, "1 7");
    assert_eq!(
        db.one::<String>(LOG).await,
        "ana configure batch_size 100 -> 7 a slow night\
         |ana configure max_waiting_for_retry_minutes 30 -> 1 a slow night"
    );
    let again = asked(&home, &db, &order);
    let nothing = "nothing to apply: the database has the 2 settings already\n";
    assert_eq!(again.expect_answer(), nothing);
    let dry = asked(&home, &db, &["config", "apply", "--dry-run"]);
    assert_eq!(dry.expect_answer(), nothing);

    // Another laptop's differ, and it is said by whom these were set.
    let other = Home::with(&format!("{RETRY} = 30\n"));
    let dry = asked(&other, &db, &["config", "apply", "--dry-run"]);
    assert!(dry.stdout.contains("  ana, 20"), "{dry:?}");
    let none = asked(&Home::new(), &db, &["config", "apply", "--dry-run"]);
    assert_eq!(
        none.expect_answer(),
        "nothing to apply: no shared setting was given\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn it_asks_before_it_writes_and_refuses_where_it_may_not() {
    let db = Database::new().await;
    let home = impatient();
    asked(&home, &db, &["config", "apply"])
        .expect_complaint(2, &["no terminal to ask on", "--yes --reason WHY"]);
    let unsaid = asked(&home, &db, &["config", "apply", "--yes"]);
    assert_eq!(unsaid.code, Some(2), "{unsaid:?}");
    assert!(unsaid.stderr.contains("--reason"), "{unsaid:?}");
    let blank = ["config", "apply", "--yes", "--reason", " "];
    let blank = asked(&home, &db, &blank);
    assert_eq!(blank.code, Some(2), "{blank:?}");
    assert!(blank.stderr.contains("the reason is blank"), "{blank:?}");
    let order = ["config", "apply", "--yes", "--reason", "x"];
    asked(&home, &db, &[&order[..], &["--read-only"]].concat())
        .expect_complaint(2, &["--read-only and config apply contradict each other"]);

    let viewer = format!("{}&options[role]=dlqtop_viewer", db.url());
    let refused = run(home.command(&order).env("DATABASE_URL", &viewer));
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert!(
        refused.stderr.contains("this role may not configure"),
        "{refused:?}"
    );
    let looked = ["config", "apply", "--dry-run"];
    let looked = run(home.command(&looked).env("DATABASE_URL", &viewer));
    assert_eq!(looked.code, Some(1), "{looked:?}");
    assert_eq!(db.one::<String>(KEPT).await, "30 100");
    assert_eq!(db.one::<String>(LOG).await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_warns_of_what_is_not_in_force() {
    let db = Database::new().await;
    let examined = |home: &Home, variable: Option<&str>| {
        let mut command = home.command(&["doctor", "--json"]);
        command.env("DATABASE_URL", db.url());
        command.envs(variable.map(|value| (RETRY_VARIABLE, value)));
        let run = run(&mut command);
        serde_json::from_str::<serde_json::Value>(&run.stdout).unwrap()
    };
    let whole = examined(&Home::new(), Some("30"));
    assert_eq!(answer(&whole, "settings")["level"], "fine");
    let whole = examined(&Home::new(), Some("1"));
    let found = answer(&whole, "settings");
    assert_eq!(found["level"], "warning", "{found:#}");
    let said = found.to_string();
    for piece in [
        "1 setting differs from the database",
        "waiting_for_retry_minutes is 30; environment DLQTOP_",
        "dlqtop config apply",
    ] {
        assert!(said.contains(piece), "no {piece}: {said}");
    }
}
