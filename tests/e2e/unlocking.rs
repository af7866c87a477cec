//! A profile that is locked: what its header says, what an unlock lets happen, and that it ends.

use std::sync::Arc;

use support::database::Database;
use support::home::write_private;
use support::proxy::Proxy;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, with_history};
use tempfile::TempDir;

/// A configuration whose default profile is production and read-only.
fn profile(db: &Database, more: &str) -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.toml");
    let text = format!(
        "default_profile = \"prod-eu\"\n[profiles.prod-eu]\ndatabase_url = {:?}\n{more}\n",
        db.url()
    );
    write_private(&file, text);
    let file = file.to_str().unwrap().to_owned();
    (folder, file)
}

fn open(file: &str) -> PseudoTerminal {
    let screen = PseudoTerminal::dlqtop(&["--config", file], LARGE);
    screen.wait_for("· db ");
    screen
}

const ACTS: &str = "select count(*) from dlqtop.operator_log";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unlock_lets_act_under_an_incident_and_the_lock_comes_back() {
    let db = with_history().await;
    let before: i64 = db.one(ACTS).await;
    let (_folder, file) = profile(&db, "read_only = true\nproduction = true\nactor = \"ana\"");
    let mut screen = open(&file);
    let shown = screen.wait_for("READ-ONLY: profile");
    assert!(shown.contains("dlqtop ·  PRODUCTION  · prod-eu"), "{shown}");
    assert!(shown.contains("detector off: read-only"), "{shown}");
    screen.type_keys("2A");
    screen.wait_for("read-only: profile prod-eu is read-only; :unlock 15m INC-4411 allows writes");
    screen.type_keys(":unlock 15x INC-1\r");
    screen.wait_for("invalid duration \"15x\"");
    assert_eq!(db.one::<i64>(ACTS).await, before);

    // What was typed is still there, to be fixed.
    screen.type_keys("\x15unlock 15m INC-4411\r");
    screen.wait_for(" rw 14:5");
    screen.type_keys("Athe gateway is back\r");
    screen.wait_for("PRODUCTION: type prod-eu to confirm");
    screen.type_keys("prod-us\r");
    screen.wait_for("This is production: type prod-eu to confirm.");
    screen.type_keys("\x7f\x7feu\ry");
    screen.wait_for("Add a note to 1 investigation: 1 done");
    screen.type_keys(":lock\r");
    screen.wait_for("READ-ONLY: profile");
    screen.type_keys("A");
    screen.wait_for("allows writes for that long");
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);

    let lines: Vec<String> = sqlx::query_scalar(
        "select concat_ws('|', actor, action, incident, reason) from dlqtop.operator_log
         where incident is not null order by log_id",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(
        lines,
        [
            "ana|unlock|INC-4411|[INC-4411] unlocked for 15m",
            "ana|add_note|INC-4411|[INC-4411] the gateway is back",
            "ana|lock|INC-4411|[INC-4411] the unlock has ended",
        ]
    );
    assert_eq!(db.one::<i64>(ACTS).await, before + 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unlock_ends_by_itself_and_a_box_that_is_still_open_sends_nothing() {
    let db = with_history().await;
    let (_folder, file) = profile(&db, "production = true");
    let mut screen = open(&file);
    screen.wait_for("READ-ONLY: locked");
    screen.type_keys("2:unlock 4s INC-1\r");
    screen.wait_for(" INC-1 ");
    screen.type_keys("Aa slow answer");
    screen.wait_for("a slow answer");
    // It counts down, and then it is over.
    screen.wait_for(" rw 0:01 INC-1");
    screen.wait_for("READ-ONLY: locked");
    screen.type_keys("\rprod-eu\ry");
    let shown = screen.wait_for("The unlock has ended: nothing was sent.");
    assert!(shown.contains("a slow answer"), "{shown}");
    screen.type_keys("\x1b");
    screen.wait_for("nothing was changed");
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    let notes: i64 = db
        .one("select count(*) from dlqtop.operator_log where action = 'add_note' and incident is not null")
        .await;
    assert_eq!(notes, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_unlock_where_the_role_has_no_rights_or_the_command_line_promised() {
    let db = with_history().await;
    let (_folder, file) = profile(&db, "read_only = true");
    let viewer = format!("{}&options[role]=dlqtop_viewer", db.url());
    let cases = [
        (
            vec!["--config", &file, "--read-only"],
            "READ-ONLY: --read-only",
            "start without it",
        ),
        (
            vec!["--config", &file, "--database-url", &viewer],
            "READ-ONLY: role",
            "this role cannot write",
        ),
    ];
    for (arguments, header, refusal) in cases {
        let mut screen = PseudoTerminal::dlqtop(&arguments, LARGE);
        screen.wait_for(header);
        screen.type_keys(":unlock 15m INC-4411\r");
        let shown = screen.wait_for(refusal);
        assert!(shown.contains(":unlock 15m INC-4411"), "{shown}");
        screen.type_keys("\x1b");
        screen.wait("dashboard", |shown| !shown.contains("Commands"));
        screen.type_keys("q");
        assert_eq!(screen.exit_code(), 0);
    }
    let unlocks: i64 = db
        .one("select count(*) from dlqtop.operator_log where action = 'unlock'")
        .await;
    assert_eq!(unlocks, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_on_another_machine_that_no_profile_names_starts_locked() {
    let db = with_history().await;
    let before: i64 = db.one(ACTS).await;
    let proxy = Proxy::to(&db.options, Arc::new(|_| false)).await;
    let (port, database) = (
        proxy.options.get_port(),
        proxy.options.get_database().unwrap(),
    );
    // The address of no machine in particular leads here.
    let url = format!("postgres://dlqtop@0.0.0.0:{port}/{database}?sslmode=disable");
    let arguments = ["--database-url", &url, "--insecure-tls", "--as=ana"];
    let mut screen = PseudoTerminal::dlqtop(&arguments, LARGE);
    let shown = screen.wait_for("READ-ONLY: locked");
    assert!(shown.contains("detector off: read-only"), "{shown}");
    screen.type_keys("2A");
    screen.wait_for("is another machine that no profile names, and locked; :unlock 15m INC-4411");
    assert_eq!(db.one::<i64>(ACTS).await, before);
    screen.type_keys(":unlock 15m INC-1\r");
    screen.wait_for(" INC-1 ");
    screen.type_keys(":lock\r");
    screen.wait_for("READ-ONLY: locked");
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    let subject: String = db
        .one("select distinct subject from dlqtop.operator_log where incident = 'INC-1'")
        .await;
    assert_eq!(subject, format!("server 0.0.0.0:{port}"));

    // On this machine, a tunnel's end among them, and where it is meant: open.
    let here = url.replace("0.0.0.0", "127.0.0.1");
    for arguments in [
        &["--database-url", &here][..],
        &["--database-url", &url, "--insecure-tls", "--writable"],
    ] {
        let mut screen = PseudoTerminal::dlqtop(arguments, LARGE);
        screen.wait_for(" rw ");
        screen.type_keys("q");
        assert_eq!(screen.exit_code(), 0);
    }
}
