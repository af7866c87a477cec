//! What an operator looks at is taken away by somebody else, and no key means what comes in its place.

use support::database::Database;
use support::dlqtop::asked;
use support::screens::{LARGE, dashboard};
use uuid::Uuid;

/// Closes this entry from another terminal.
fn close(db: &Database, who: &str, entries: &[Uuid]) {
    let ids: Vec<String> = entries.iter().map(Uuid::to_string).collect();
    let mut words = vec!["entry", "close", "--status", "manually_resolved"];
    words.extend(ids.iter().map(String::as_str));
    words.extend(["--reason", "fixed", "--as", who, "--yes"]);
    asked(&db.url(), &words).expect_answer();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_that_somebody_closes_leaves_the_cursor_on_nothing_and_it_is_said_who() {
    let db = Database::new().await;
    db.template("{}").await;
    let mut letters = Vec::new();
    for n in 1..=3 {
        letters.push(db.dead_letter(&format!("boom {n}")).await.entry);
    }
    let more = ["--no-detect", "--as", "tester@pty", "--interval", "300ms"];
    let mut screen = dashboard(&db, &more, LARGE);
    screen.type_keys("2");
    screen.wait_for("2 Queue · 3 of 3");
    // The oldest stands at the top, and the cursor on it.
    close(&db, "ana@lap7", &letters[..1]);
    screen.wait_for("pay/charge: closed by ana@lap7");
    screen.type_keys("U");
    screen.wait_for("nothing is under the cursor");
    let open: i64 = db
        .one("select count(*) from tasker_tasks_dlq where resolution_status = 'pending'")
        .await;
    assert_eq!(open, 2);
    screen.type_keys("j");
    screen.wait("the cursor on a row", |shown| {
        !shown.contains("closed by ana@lap7")
    });
    screen.type_keys("U");
    screen.wait_for("Close 1 investigation");
    screen.type_keys("\x1b");
    screen.wait_for("nothing was changed");
    // By error they are one group, and it goes as one.
    screen.type_keys("g");
    screen.wait_for("1 group of 2");
    close(&db, "bo@desk", &letters[1..]);
    screen.wait_for("2 closed by bo@desk");
}
