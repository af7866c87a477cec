//! `dlqtop archive`: counts, moves, stops between batches, and refuses where it cannot write.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use support::database::Database;
use support::dlqtop::{Run, asked, command};
use support::eventually::eventually;

const ARCHIVED: &str = "select count(*) from tasker_tasks_archive";
const WAITING: &str = "select count(*) from pg_stat_activity
    where datname = current_database() and wait_event = 'PgSleep'";
/// Holds up every batch until a row stands in `gate`.
const GATE: &str = "
    create table public.gate (open boolean);
    create function wait_for_gate() returns trigger language plpgsql security definer as $$ begin
        while not exists (select from public.gate) loop perform pg_sleep(0.02); end loop;
        return null;
    end $$;
    create trigger gate after insert on tasker_tasks_archive
        for each statement execute function wait_for_gate()";

/// A database with cancelled tasks past their retention.
async fn with_cancelled(n: i32) -> Database {
    let db = Database::new().await;
    db.template("{}").await;
    db.run(&format!(
        "select dlqtop.create_task('pay', 'charge') from generate_series(1, {n});
         select dlqtop.transition_task(task_uuid, 'pending', 'cancelled', 'ana') from tasker_tasks;
         update tasker_tasks set completed_at = now() - interval '40 days'"
    ))
    .await;
    db
}

#[tokio::test(flavor = "multi_thread")]
async fn it_counts_moves_and_then_has_nothing_to_do() {
    let db = with_cancelled(5).await;
    db.run("update dlqtop.settings set archive_failed_days = null")
        .await;
    let url = db.url();
    let would = asked(&url, &["archive", "--dry-run", "--batch-size", "2"]);
    let would = would.expect_answer();
    assert!(
        would.ends_with("would move 5 tasks in 4 transactions\n"),
        "{would}"
    );
    // Nobody who may only look is kept from counting.
    let json = asked(&url, &["archive", "--dry-run", "--read-only", "--json"]).expect_json();
    assert_eq!(json["policies"][2]["tasks"], 5, "{json}");
    assert_eq!(db.one::<i64>(ARCHIVED).await, 0, "a dry run moved tasks");

    let json = asked(&url, &["archive", "--json", "--batch-size", "2"]).expect_json();
    assert_eq!(json["finished"], true, "{json}");
    assert_eq!(json["dry_run"], false, "{json}");
    assert_eq!(json["error"], serde_json::Value::Null, "{json}");
    assert_eq!(
        json["policies"][2],
        serde_json::json!({
            "policy": "cancelled", "retention_days": 30.0, "tasks": 5, "steps": 10,
            "transitions": 10, "step_transitions": 10, "entries": 0, "more": false
        })
    );
    assert_eq!(
        json["policies"][1]["retention_days"],
        serde_json::Value::Null
    );
    assert_eq!(db.one::<i64>(ARCHIVED).await, 5);

    let again = asked(&url, &["archive"]);
    let again = again.expect_answer();
    assert!(again.contains("failed     for ever"), "{again}");
    assert!(again.contains("cancelled  30 days"), "{again}");
    assert!(
        again.ends_with("moved 0 tasks in 2 transactions\n"),
        "{again}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_statistics_are_a_table_and_json() {
    let db = with_cancelled(3).await;
    let url = db.url();
    asked(&url, &["archive"]).expect_answer();
    let shown = asked(&url, &["archive", "--stats", "--read-only"]);
    let shown = shown.expect_answer();
    assert!(shown.starts_with("ARCHIVE") && shown.contains("step transitions"));
    let json = asked(&url, &["archive", "--stats", "--json"]).expect_json();
    let steps = json.as_array().unwrap().iter();
    let steps = steps.filter(|row| row["archive_table"] == "steps");
    let rows: Vec<_> = steps.map(|row| row["row_count"].as_i64()).collect();
    assert_eq!(rows, [Some(6)], "{json}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_refuses_where_it_must_not_or_cannot_write() {
    let db = with_cancelled(1).await;
    asked(&db.url(), &["archive", "--read-only"]).expect_complaint(2, &["--dry-run"]);
    for size in ["0", "10001", "many"] {
        let run = asked(&db.url(), &["archive", "--batch-size", size]);
        assert_eq!(run.code, Some(2), "{run:?}");
    }
    let run = asked(&db.url(), &["archive", "--stats", "--dry-run"]);
    assert_eq!(run.code, Some(2), "{run:?}");
    let name = db.options.get_database().unwrap();
    db.run(&format!(
        "alter database {name} set default_transaction_read_only = on"
    ))
    .await;
    asked(&db.url(), &["archive"]).expect_complaint(3, &["set to read only", "--dry-run"]);
    assert_eq!(db.one::<i64>(ARCHIVED).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_moved_before_a_batch_failed_is_told() {
    let db = with_cancelled(5).await;
    db.run(
        "create function refuse() returns trigger language plpgsql security definer as $$ begin
             if (select count(*) from public.tasker_tasks_archive) > 4 then
                 raise exception 'the disk is full';
             end if;
             return null;
         end $$;
         create trigger refuse after insert on tasker_tasks_archive
             for each statement execute function refuse()",
    )
    .await;
    let run = asked(&db.url(), &["archive", "--json", "--batch-size", "2"]);
    assert_eq!(run.code, Some(3), "{run:?}");
    let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(json["policies"][2]["tasks"], 4, "{json}");
    assert_eq!(json["policies"][2]["more"], true, "{json}");
    assert_eq!(json["finished"], false, "{json}");
    let error = "could not archive a batch: the disk is full";
    assert_eq!(json["error"], error, "{json}");
    assert_eq!(run.stderr, format!("dlqtop: {error}\n"));
    assert_eq!(db.one::<i64>(ARCHIVED).await, 4);
}

/// Sends signals in the middle of the first batch, opens the gate if asked, and waits for the end.
async fn interrupted(db: &Database, signals: &[Signal], open: bool) -> Run {
    db.run(GATE).await;
    let mut child = command(&["archive", "--json", "--batch-size", "2"])
        .env("DATABASE_URL", db.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let in_a_batch = eventually(Duration::from_secs(30), async || {
        (db.one::<i64>(WAITING).await > 0).then_some(())
    });
    assert!(in_a_batch.await.is_some(), "it never began");
    let process = Pid::from_raw(i32::try_from(child.id()).unwrap());
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let mut stderr = String::new();
    for signal in signals {
        kill(process, *signal).unwrap();
        // It has heard this one when it says so.
        if stderr.is_empty() {
            said.read_line(&mut stderr).unwrap();
        }
    }
    if open {
        db.run("insert into gate values (true)").await;
    }
    let out = tokio::task::spawn_blocking(|| child.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    said.read_to_string(&mut stderr).unwrap();
    Run {
        code: out.status.code(),
        stdout: String::from_utf8(out.stdout).unwrap(),
        stderr,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_stops_it_after_the_batch_and_says_what_was_done() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let db = with_cancelled(6).await;
        let run = interrupted(&db, &[signal], true).await;
        assert_eq!(run.code, Some(code), "{run:?}");
        let json: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(json["policies"][2]["tasks"], 2, "{json}");
        assert_eq!(json["finished"], false, "{json}");
        assert!(run.stderr.contains("run it again to go on"), "{run:?}");
        assert_eq!(db.one::<i64>(ARCHIVED).await, 2);
        let rest = asked(&db.url(), &["archive"]);
        assert!(rest.expect_answer().contains("moved 4 tasks"), "{rest:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_waits_for_no_batch() {
    let db = with_cancelled(6).await;
    let run = interrupted(&db, &[Signal::SIGINT, Signal::SIGTERM], false).await;
    assert_eq!(run.code, Some(130), "{run:?}");
    assert!(run.stderr.contains("whole or not at all"), "{}", run.stderr);
    db.run("insert into gate values (true)").await;
    let done = eventually(Duration::from_secs(30), async || {
        (db.one::<i64>(WAITING).await == 0).then_some(())
    });
    assert!(done.await.is_some());
    let moved = db.one::<i64>(ARCHIVED).await;
    assert!(moved == 0 || moved == 2, "{moved}");
}
