//! What arrives on the terminal and is no key: pasted text, and other sizes.

use std::time::Duration;

use support::database::Database;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, ROOT, dashboard, with_history};
use support::wait::wait_until;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pasted_text_acts_on_nothing_and_is_text_where_text_is_typed() {
    let db = with_history().await;
    let acts = "select count(*) from dlqtop.operator_log";
    let before: i64 = db.one(acts).await;
    let mut screen = dashboard(&db, &["--no-detect"], LARGE);
    assert!(
        screen.raw().contains("\x1b[?2004h"),
        "it asks for no brackets"
    );
    screen.type_keys("2");
    screen.wait_for("▸");
    screen.type_keys("\x1b[200~Ry\nX\x1b[201~");
    // Keys are taken in order: what the paste could have opened would be in the way of this.
    screen.type_keys("/");
    let shown = screen.wait_for("Enter keep");
    assert!(!shown.contains("Retry 1 step"), "{shown}");
    screen.type_keys("\x1b[200~Ry\nX\x1b[201~");
    screen.wait_for("/Ry");
    screen.type_keys("\x1b");
    screen.wait_for(ROOT);
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    assert!(screen.is_restored());
    assert_eq!(db.one::<i64>(acts).await, before);
}

fn resize(screen: &PseudoTerminal, columns: u16, rows: u16) {
    let sent = screen.raw().len();
    screen.resize(columns, rows);
    let drawn = wait_until(Duration::from_secs(10), || screen.raw().len() > sent);
    assert!(drawn, "nothing is drawn on {columns}x{rows}");
    assert!(!screen.has_ended(), "{columns}x{rows} ends it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_size_is_drawn_and_none_ends_it() {
    let db = Database::new().await;
    let mut screen = dashboard(&db, &[], (60, 15));
    screen.wait_for("1 Staleness");
    resize(&screen, 20, 5);
    screen.wait("fewer words", |shown| !shown.contains("1 Staleness"));
    resize(&screen, 1, 1);
    resize(&screen, 250, 70);
    screen.wait("a screen of 250 columns", |shown| {
        let widest = shown.lines().map(|line| line.chars().count()).max();
        shown.contains(ROOT) && shown.contains("3 Stats") && widest >= Some(245)
    });
    resize(&screen, 80, 24);
    screen.wait("a screen of 80 columns", |shown| {
        shown.contains("1 Staleness")
            && shown
                .lines()
                .nth(23)
                .is_some_and(|line| line.contains("Enter"))
    });
    screen.type_keys("@");
    screen.wait_for("Log · what was done");
    screen.type_keys("@q");
    assert_eq!(screen.exit_code(), 0);
    assert!(screen.is_restored());
}
