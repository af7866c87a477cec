//! Two operators at two screens: each sees who has what in hand.

use std::time::{Duration, Instant};

use support::database::Database;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, ROOT, dashboard, with_history};

use crate::repair::{find, passing};

const POLL: Duration = Duration::from_secs(2);

/// Presses the key, goes to the buttons and says yes.
fn act(screen: &mut PseudoTerminal, key: &str, reason: &str, done: &str) {
    screen.type_keys(key);
    screen.wait_for("Enter: to the");
    screen.type_keys(reason);
    screen.type_keys("\r");
    screen.wait_for("press");
    screen.type_keys("y");
    screen.wait_for(done);
    screen.wait_for(ROOT);
}

/// Puts the entry under the cursor aside for a quarter of an hour.
fn snooze(screen: &mut PseudoTerminal, why: &str) {
    screen.type_keys("Z");
    screen.wait_for("For     15m");
    screen.type_keys("\r");
    screen.wait_for("Enter: to the buttons");
    screen.type_keys(&format!("{why}\r"));
    screen.wait_for("press");
    screen.type_keys("y");
    screen.wait_for("Snooze 1 investigation: 1 done");
}

/// What both have done, as the operator log has it.
async fn acts_of_both(db: &Database) -> Vec<String> {
    db.one(
        "select array_agg(actor || ' ' || action || ' ' || outcome order by log_id)
         from dlqtop.operator_log where actor in ('ana@one', 'bob@two')",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_owns_or_snoozes_the_other_sees_within_two_polls() {
    let db = with_history().await;
    let letter = passing(&db).await;
    let open = |actor: &str| {
        let more = [
            "--no-detect",
            "--interval",
            "2s",
            "--db-budget",
            "off",
            "--as",
            actor,
        ];
        let mut screen = dashboard(&db, &more, LARGE);
        find(&mut screen, &letter);
        screen
    };
    let (mut ana, mut bob) = (open("ana@one"), open("bob@two"));
    let seen_by_bob = |bob: &PseudoTerminal, words: &str| {
        let since = Instant::now();
        let seen = bob.wait_within(POLL * 2 + POLL / 2, |screen| screen.contains(words));
        let screen = seen.unwrap_or_else(|screen| panic!("no {words}:\n{screen}"));
        (since.elapsed(), screen)
    };

    act(&mut ana, "O", "", "Claim 1 investigation: 1 done");
    let (took, _) = seen_by_bob(&bob, "owned by ana@one, ");
    assert!(took <= POLL * 2 + POLL / 2, "{took:?}");

    // Whoever wants it as well is told, and may take it.
    bob.type_keys("U");
    bob.wait("who owns it", |screen| {
        screen.contains("Close 1 investigation") && screen.contains("owned by ana@one, ")
    });
    bob.type_keys("\x1b");
    bob.wait_for("nothing was changed");
    bob.type_keys("O");
    bob.wait_for("Take over 1 investigation");
    bob.type_keys("\r");
    bob.wait_for("press");
    bob.type_keys("y");
    bob.wait_for("Take over 1 investigation: 1 done");

    // Ana, who has not seen that yet or has, cannot give it away.
    ana.wait_for("owned by bob@two, ");
    act(&mut bob, "O", "", "Release 1 investigation: 1 done");
    ana.wait("nobody", |screen| !screen.contains("owned by"));

    snooze(&mut ana, "the bank is closed");
    seen_by_bob(&bob, "snoozed, back");
    act(
        &mut bob,
        "Z",
        "it is open",
        "Unsnooze 1 investigation: 1 done",
    );
    ana.wait("it again", |screen| !screen.contains("snoozed, back"));

    let acts = acts_of_both(&db).await;
    let told = [
        "ana@one own_entry done",
        "bob@two own_entry done",
        "bob@two release_entry done",
        "ana@one snooze_entry done",
        "bob@two unsnooze_entry done",
    ];
    assert_eq!(acts, told);
}
