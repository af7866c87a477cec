//! Whatever is typed, a dashboard that was told to write nothing writes nothing.

use std::time::Duration;

use fastrand::Rng;
use sqlx::{Connection as _, Executor as _, PgConnection};

use crate::database::Database;
use crate::pseudo_terminal::PseudoTerminal;
use crate::scene::{LARGE, ROOT, dashboard, with_history, writes};
use crate::wait::wait_until;

const ROUNDS: usize = 50;
const KEYS_A_ROUND: usize = 30;

/// Every printable key and most others, but none that leaves: those that write and those that
/// agree are typed most.
fn any_key(rng: &mut Rng) -> String {
    const SPECIAL: [&str; 17] = [
        "\t", "\x1b[Z", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[5~",
        "\x1b[6~", "\x1bOP", "\x10", "\x12", "\x04", "\x15", "\x7f", "\x17",
    ];
    const WRITING: [&str; 9] = ["R", "B", "U", "A", "X", "D", "O", "P", "Z"];
    const AGREEING: [&str; 6] = ["\r", "\r", "y", "2", " ", "a"];
    let chosen = match rng.u8(0..10) {
        0..3 => rng.choice(WRITING),
        3..6 => rng.choice(AGREEING),
        6..8 => rng.choice(SPECIAL),
        _ => {
            let key = rng.char(' '..='~');
            return if key == 'q' { 'Q' } else { key }.to_string();
        }
    };
    chosen.unwrap_or_default().to_owned()
}

/// Back to the dashboard from wherever the keys have led; whether it is still there.
fn to_the_root(screen: &mut PseudoTerminal) -> bool {
    for _ in 0..100 {
        let limit = Duration::from_millis(300);
        if screen
            .wait_within(limit, |shown| shown.contains(ROOT))
            .is_ok()
        {
            return true;
        }
        if screen.has_ended() {
            // The command bar can quit as well.
            assert_eq!(screen.exit_code(), 0);
            assert!(screen.is_restored());
            return false;
        }
        screen.type_keys("\x1b");
    }
    panic!("no way back:\n{}", screen.screen());
}

/// Quits. Keys that were typed earlier may still be on their way: as often as it takes.
fn leave(screen: &mut PseudoTerminal) {
    while to_the_root(screen) {
        screen.type_keys("q");
        if wait_until(Duration::from_secs(1), || screen.has_ended()) {
            return;
        }
    }
}

/// What is measured would be seen: the same look at a database that is written to by something
/// of that name.
pub async fn expect_writes_to_be_seen(db: &Database) {
    let before = writes(db).await;
    let options = db.options.clone().application_name("dlqtop");
    let mut writer = PgConnection::connect_with(&options).await.unwrap();
    writer
        .execute("insert into dlqtop.operator_log (actor, action, subject, outcome) values ('a', 'b', 'c', 'd')")
        .await
        .unwrap();
    writer.close().await.unwrap();
    assert_ne!(writes(db).await, before);
    assert!(!db.logged_by("dlqtop").is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_writes_in_a_dashboard_that_is_read_only() {
    let seed = 20_261_121;
    let mut rng = Rng::with_seed(seed);
    let db = with_history().await;
    db.pool.close().await;
    let before = writes(&db).await;
    assert!(before.iter().any(|(_, writes)| *writes > 0), "{before:?}");

    let start = || dashboard(&db, &["--read-only"], LARGE);
    let mut screen = start();
    assert!(screen.screen().contains("READ-ONLY"));
    for round in 0..ROUNDS {
        for _ in 0..KEYS_A_ROUND {
            screen.type_keys(&any_key(&mut rng));
        }
        if !to_the_root(&mut screen) {
            screen = start();
        }
        let shown = screen.screen();
        assert!(
            !shown.contains("Do it"),
            "seed {seed}, round {round}:\n{shown}"
        );
    }
    leave(&mut screen);
    assert_eq!(screen.exit_code(), 0, "seed {seed}");
    assert!(screen.is_restored());

    assert_eq!(writes(&db).await, before, "seed {seed}");
    assert_eq!(db.logged_by("dlqtop"), Vec::<String>::new(), "seed {seed}");
    expect_writes_to_be_seen(&db).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_key_does_anything_to_the_wall() {
    let seed = 11_212_026;
    let mut rng = Rng::with_seed(seed);
    let db = with_history().await;
    db.pool.close().await;
    let before = writes(&db).await;

    let mut screen = PseudoTerminal::dlqtop(&["watch", "--database-url", &db.url()], LARGE);
    screen.wait_for("DLQ PENDING");
    for _ in 0..500 {
        screen.type_keys(&any_key(&mut rng));
    }
    let typed = screen.raw().len();
    assert!(wait_until(Duration::from_secs(10), || screen.raw().len() > typed));
    let wall = screen.screen();
    assert!(
        wall.contains("DLQ PENDING") && wall.contains("q quits"),
        "seed {seed}:\n{wall}"
    );
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0, "seed {seed}");
    assert!(screen.is_restored());

    assert_eq!(writes(&db).await, before, "seed {seed}");
    assert_eq!(db.logged_by("dlqtop"), Vec::<String>::new(), "seed {seed}");
}
