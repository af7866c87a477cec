//! The dashboard on two servers, in a real terminal.

use std::time::Duration;

use support::database::Database;
use support::eventually::eventually;
use support::home::write_private;
use support::pseudo_terminal::PseudoTerminal;

use super::standby::Standby;

#[tokio::test(flavor = "multi_thread")]
async fn the_screen_reads_from_one_server_and_writes_to_the_other() {
    let db = Database::new().await;
    db.template("{}").await;
    let dead = db.dead_letter("HTTP 503").await;
    let mut standby = Standby::of(&db).await;
    let (primary, replica) = (db.url(), standby.url());
    let arguments = [
        "--database-url",
        &primary,
        "--read-url",
        &replica,
        "--no-detect",
        "--interval",
        "200ms",
    ];
    let mut screen = PseudoTerminal::dlqtop(&arguments, (160, 45));
    screen.wait_for("· rw ·");
    screen.wait_for("replica · lag 0.0s");
    screen.wait_for("HTTP 503");

    standby.run("select pg_wal_replay_pause()").await;
    screen.type_keys("2U");
    screen.wait_for("Close 1 investigation");
    screen.type_keys("fixed at the source\r");
    screen.wait_for("press");
    screen.type_keys("y");
    let open = format!(
        "select count(*) from tasker_tasks_dlq
         where dlq_entry_uuid = '{}' and resolution_status = 'pending'",
        dead.entry
    );
    let closed = eventually(Duration::from_secs(30), async || {
        (db.one::<i64>(&open).await == 0).then_some(())
    });
    assert!(closed.await.is_some(), "{}", screen.screen());
    assert_eq!(standby.number(&open).await, 1, "replayed while paused");
    // The row is still there, and the header says why.
    let behind = screen.wait("a lag of seconds", |screen| {
        screen.contains(" · lag ") && !screen.contains(" · lag 0.")
    });
    assert!(behind.contains("2 Queue · 1 of 1"), "{behind}");
    standby.run("select pg_wal_replay_resume()").await;
    screen.wait_for("2 Queue · 0 of 0");
    screen.wait_for("replica · lag 0.0s");

    // It never falls back to the primary in silence.
    standby.server.stop_server().await.unwrap();
    screen.wait_for("NOT CONNECTED");
    screen.wait_for("✖ replica …/socket:5432: could not");
    standby.server.start_server().await.unwrap();
    screen.wait("the replica again", |screen| {
        !screen.contains("NOT CONNECTED") && screen.contains("replica · lag")
    });
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_no_standby_is_named_and_works() {
    let db = Database::new().await;
    let url = db.url();
    let arguments = ["--database-url", &url, "--read-url", &url, "--no-detect"];
    let mut screen = PseudoTerminal::dlqtop(&arguments, (160, 45));
    screen.wait_for("reads: no standby");
    screen.wait_for("2 Queue · 0 of 0");
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_on_a_standby_cannot_be_unlocked() {
    let db = Database::new().await;
    let standby = Standby::of(&db).await;
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("config.toml");
    let text = format!(
        "[profiles.p]\ndatabase_url = {:?}\nproduction = true\n",
        standby.url()
    );
    write_private(&file, text);
    let arguments = ["--config", file.to_str().unwrap(), "--profile", "p"];
    let mut screen = PseudoTerminal::dlqtop(&arguments, (160, 45));
    screen.wait_for("READ-ONLY: standby");
    screen.type_keys(":unlock 15m INC-4411\r");
    let shown = screen.wait_for("this server is a standby: nothing can be written to it");
    assert!(
        shown.contains(":unlock 15m INC-4411"),
        "what was typed is kept: {shown}"
    );
    screen.type_keys("\x1b");
    screen.wait("no palette", |shown| !shown.contains("Commands"));
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
}
