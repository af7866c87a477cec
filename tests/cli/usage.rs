//! Requests that are at fault: exit code 2, and what to write instead.

use support::database::Database;
use support::dlqtop::{asked, command, dlqtop, run};

/// The command-line parser's own complaints may take several lines.
fn expect_usage(arguments: &[&str], pieces: &[&str]) {
    let run = dlqtop(arguments);
    assert_eq!(run.code, Some(2), "{run:?}");
    assert_eq!(run.stdout, "", "{run:?}");
    for piece in pieces {
        assert!(run.stderr.contains(piece), "no {piece:?}: {run:?}");
    }
}

#[test]
fn an_address_that_is_none_is_refused_with_the_shape_of_one() {
    for command in [
        &["queue"][..],
        &["migrate"],
        &["show", "01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f"],
    ] {
        asked("what is this", command)
            .expect_complaint(2, &["cannot be read", "postgres://user@host:5432/database"]);
        asked("mysql://ana@db.example/prod", command)
            .expect_complaint(2, &["mysql://", "postgres:// only"]);
        asked("postgres://ana@db.example/prod?sslmode=requir", command)
            .expect_complaint(2, &["sslmode=requir", "did you mean require?"]);
    }
}

#[test]
fn without_an_address_it_says_where_one_can_be_given() {
    dlqtop(&["queue"]).expect_complaint(2, &["--database-url", "DATABASE_URL", "dlqtop demo"]);
}

#[test]
fn without_a_terminal_the_commands_for_scripts_are_named() {
    let url = "postgres://ana@db.example/prod";
    for screen in [
        &[][..],
        &["watch"],
        &["01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f"],
    ] {
        asked(url, screen).expect_complaint(2, &["needs a terminal", "queue", "--json"]);
    }
    dlqtop(&["demo"]).expect_complaint(2, &["needs a terminal", "--headless 20 --json"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_is_none_or_nobodys_says_where_ids_are() {
    let db = Database::new().await;
    for command in ["show", "steps"] {
        asked(&db.url(), &[command, "twelve"]).expect_complaint(2, &["\"twelve\"", "dlqtop queue"]);
        let unknown = "01939b2c-7c4e-7d3a-9f10-2b1a6c0e5d4f";
        asked(&db.url(), &[command, unknown]).expect_complaint(2, &[unknown, "dlqtop queue"]);
    }
    dlqtop(&["twelve"]).expect_complaint(2, &["\"twelve\"", "dlqtop --help"]);
}

#[test]
fn a_blank_name_is_nobodys() {
    let pieces = ["actor is blank", "--as WHO"];
    dlqtop(&["--as", " "]).expect_complaint(2, &pieces);
    dlqtop(&["demo", "--headless", "1", "--as", " "]).expect_complaint(2, &pieces);
    run(command(&["demo", "--headless", "1"]).env("DLQTOP_ACTOR", "\t"))
        .expect_complaint(2, &pieces);
}

#[test]
fn numbers_and_times_out_of_range_are_refused_with_what_would_do() {
    expect_usage(&["queue", "--interval", "5x"], &["'5x'", "2s, 5m or 1h30m"]);
    expect_usage(&["queue", "--interval", "1ms"], &["between 100ms and 1day"]);
    for budget in ["1", "0.01%", "200%", "cheap"] {
        expect_usage(
            &["watch", "--db-budget", budget],
            &[
                "--db-budget",
                budget,
                "a share of one core from 0.1% to 100%, or off",
            ],
        );
    }
    expect_usage(&["queue", "--limit", "0"], &["--limit", "1..=100000"]);
    expect_usage(&["demo", "--json"], &["--headless"]);
    expect_usage(&["demo", "--headless", "0"], &["1..=86400"]);
    expect_usage(
        &["queue", "--no-such-thing"],
        &["--no-such-thing", "--help"],
    );
    expect_usage(
        &["--no-detect", "--detect-dry-run"],
        &["cannot be used with"],
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn read_only_and_migrate_contradict_each_other() {
    let db = Database::empty().await;
    asked(&db.url(), &["migrate", "--read-only"]).expect_complaint(2, &["--dry-run"]);
    let tables: i64 = db.one("select count(*) from pg_stat_user_tables").await;
    assert_eq!(tables, 0);
}
