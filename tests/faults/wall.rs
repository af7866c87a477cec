//! Row 14: the wall writes nothing, whatever is stale and whatever is typed.

use std::time::{Duration, Instant};

use support::database::Database;
use support::pseudo_terminal::PseudoTerminal;
use support::report::Row;
use support::screens::{LARGE, writes};
use support::seed::Tasks;

/// Every key there is but those that leave: printable ones, control keys, arrows, function keys.
fn every_key() -> Vec<String> {
    let printable = (' '..='~').filter(|key| *key != 'q').map(String::from);
    let control = ('\u{1}'..='\u{1a}')
        .filter(|key| !matches!(key, '\u{3}' | '\u{1a}'))
        .map(String::from);
    let special = [
        "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[5~", "\x1b[6~", "\x1b[Z",
        "\x1b[2~", "\x1b[3~", "\x1bOP", "\x1bOQ", "\x1b[15~", "\x1b[24~", "\x7f", "\x1b", "\x1bx",
        "é", "日",
    ];
    printable
        .chain(control)
        .chain(special.map(str::to_owned))
        .collect()
}

/// Leaves a wall on for so long, with stale tasks in sight, and types everything again and again.
async fn watch_writes_nothing(row: &Row, lasting: Duration) {
    let db = Database::with(Tasks::STALE.count(50)).await;
    db.pool.close().await;
    let before = writes(&db).await;
    assert!(before.iter().any(|(_, writes)| *writes > 0), "{before:?}");
    let polls = ["watch", "--interval", "200ms", "--database-url", &db.url()];
    let mut screen = PseudoTerminal::dlqtop(&polls, LARGE);
    screen.wait_for("DLQ PENDING");
    let until = Instant::now() + lasting;
    let mut typed = 0;
    while Instant::now() < until {
        for key in every_key() {
            screen.type_keys(&key);
            typed += 1;
        }
        let (sent, limit) = (screen.raw().len(), Duration::from_secs(10));
        assert!(
            screen.wait_within(limit, |_| true).is_ok() && !screen.has_ended(),
            "it has ended"
        );
        // Another frame: what was typed has been read, and the wall goes on.
        let drawn = support::eventually::eventually(limit, async || {
            (screen.raw().len() > sent).then_some(())
        });
        assert!(drawn.await.is_some(), "the wall stands still");
    }
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    let after = writes(&db).await;
    let logged = db.logged_by("dlqtop");
    let written: i64 =
        after.iter().map(|(_, n)| n).sum::<i64>() - before.iter().map(|(_, n)| n).sum::<i64>();
    row.found(
        format!("{typed} keys in {} s", lasting.as_secs()),
        format!(
            "writes {written} by the tables' counters, {} by the server's log",
            logged.len()
        ),
    );
    assert_eq!(after, before);
    assert_eq!(logged, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wall_writes_nothing_while_tasks_are_stale_and_keys_are_pressed() {
    let row = Row::begin("14", 0);
    watch_writes_nothing(&row, Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "slow: an hour, or DLQTOP_WALL_SECONDS"]
async fn the_wall_writes_nothing_for_an_hour() {
    let row = Row::begin("14", 0);
    let seconds = std::env::var("DLQTOP_WALL_SECONDS");
    let seconds = seconds.map_or(3600, |text| text.parse().unwrap());
    watch_writes_nothing(&row, Duration::from_secs(seconds)).await;
}
