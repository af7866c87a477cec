//! Two operators, each with a dashboard of their own, who do the same to the same many at once.

use std::time::Duration;

use fastrand::Rng;
use support::database::Database;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, dashboard};
use support::seed::Tasks;

const LETTERS: usize = 200;
const ROUNDS: usize = 20;
const WHO: [&str; 2] = ["ana", "bob"];

/// What both of them do.
struct Deed {
    key: &'static str,
    /// What the box is called, without the count.
    asked: &'static str,
    /// In the log.
    action: &'static str,
    /// How often it was done, to be counted by the states that it leads to.
    applied: &'static str,
}

const DEEDS: [Deed; 4] = [
    Deed {
        key: "R",
        asked: "Retry 200 steps",
        action: "reset_for_retry",
        applied: "select count(*) from tasker_workflow_step_transitions
                  where from_state = 'error' and to_state = 'pending'",
    },
    Deed {
        key: "B",
        asked: "Resolve (bypass) 200 steps",
        action: "resolve_manually",
        applied: "select count(*) from tasker_workflow_step_transitions
                  where to_state = 'resolved_manually'",
    },
    Deed {
        key: "X",
        asked: "Cancel 200 steps",
        action: "cancel",
        applied: "select count(*) from tasker_workflow_step_transitions where to_state = 'cancelled'",
    },
    Deed {
        key: "U",
        asked: "Close 200 investigations",
        action: "close_entry",
        applied: "select sum(version - 1)::bigint from tasker_tasks_dlq
                  where resolution_status = 'manually_resolved'",
    },
];

/// A dashboard with all of the letters marked and the count typed: only `y` is left to do.
fn about_to(db: &Database, who: &str, deed: &Deed, upside_down: bool) -> PseudoTerminal {
    let more = ["--as", who, "--no-detect", "--interval", "300ms"];
    let mut screen = dashboard(db, &more, LARGE);
    screen.type_keys("2/ns:pay\r");
    screen.wait_for("2 Queue · 200 of 200");
    if upside_down {
        // One begins where the other ends.
        screen.type_keys("s");
        screen.wait_for("Sort by");
        screen.type_keys("j\r");
        screen.wait_for("200 of 200 · by ");
    }
    screen.type_keys("a");
    screen.wait_for("200 marked");
    screen.type_keys(deed.key);
    screen.wait_for(deed.asked);
    screen.type_keys("at once\r");
    if deed.key == "R" {
        screen.wait_for("● canary");
        // Nobody works here whom a canary could wait for.
        screen.type_keys("\x1b[B");
        screen.wait_for("● all at once");
    }
    screen.type_keys("200");
    screen.wait_for("y: confirm");
    screen
}

/// How many a dashboard says were done, and how many somebody else was faster with, and who.
fn told(screen: &PseudoTerminal, deed: &Deed) -> (usize, usize, String) {
    // A line arrives in pieces: it is whole when all are accounted for.
    let whole =
        |shown: &str| outcome(shown, deed).filter(|(done, changed, _)| done + changed == LETTERS);
    let shown = screen.wait("an outcome for all", |shown| whole(shown).is_some());
    whole(&shown).unwrap()
}

fn outcome(shown: &str, deed: &Deed) -> Option<(usize, usize, String)> {
    let (_, outcome) = shown.split_once(&format!("{} (o shows each): ", deed.asked))?;
    // What is marked stands at the end of the same line.
    let outcome = outcome.lines().next()?.split("  ").next()?;
    let (mut done, mut changed, mut by) = (0, 0, String::new());
    for part in outcome.trim().split(" · ") {
        let (number, what) = part.split_once(' ')?;
        let number = number.parse().ok()?;
        if what == "done" || what == "sent" {
            done = number;
        } else {
            changed = number;
            let who = what.strip_prefix("changed meanwhile (")?.split_once(')')?.0;
            who.clone_into(&mut by);
        }
    }
    Some((done, changed, by))
}

async fn forget_everything(db: &Database) {
    // Only a test may make the log forget.
    db.run(
        "alter table dlqtop.operator_log disable trigger operator_log_is_never_truncated;
         truncate tasker_tasks, dlqtop.operator_log cascade;
         alter table dlqtop.operator_log enable trigger operator_log_is_never_truncated",
    )
    .await;
}

/// One round; how many each of them did.
async fn round(db: &Database, rng: &mut Rng) -> [usize; 2] {
    forget_everything(db).await;
    db.seed(Tasks::FAILED.count(LETTERS)).await;
    db.sweep().await;
    let deed = rng.choice(&DEEDS).unwrap();
    let mut screens = WHO.map(|who| about_to(db, who, deed, who == "bob"));
    let first = rng.usize(0..2);
    let between = Duration::from_millis(rng.u64(0..120));
    screens[first].type_keys("y");
    tokio::time::sleep(between).await;
    screens[1 - first].type_keys("y");
    let heard = [told(&screens[0], deed), told(&screens[1], deed)];
    let story = format!("{} after {between:?}: {heard:?}", deed.action);

    assert_eq!(heard[0].0 + heard[1].0, LETTERS, "{story}");
    for (me, other) in [(0, 1), (1, 0)] {
        let (done, changed, by) = &heard[me];
        assert_eq!(done + changed, LETTERS, "{story}");
        let wanted = match changed {
            0 => String::new(),
            n => format!("{} {n}", WHO[other]),
        };
        assert_eq!(*by, wanted, "each loser is told by whom: {story}");
        let logged: i64 = db
            .one(&format!(
                "select count(distinct subject_uuid) from dlqtop.operator_log
                 where outcome = 'done' and action = '{}' and actor = '{}'",
                deed.action, WHO[me]
            ))
            .await;
        assert_eq!(logged, i64::try_from(*done).unwrap(), "{story}");
    }
    let lines: i64 = db
        .one("select count(*) from dlqtop.operator_log where outcome = 'done'")
        .await;
    assert_eq!(lines, 200, "none is logged twice: {story}");
    assert_eq!(db.one::<i64>(deed.applied).await, 200, "{story}");
    [heard[0].0, heard[1].0]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the seed and the figures")]
async fn two_who_do_the_same_to_two_hundred_at_once_share_them_and_are_told() {
    let seed: u64 = std::env::var("DLQTOP_SEED").map_or(20, |seed| seed.parse().unwrap());
    println!("seed {seed}");
    let mut rng = Rng::with_seed(seed);
    let db = Database::new().await;
    db.template_in(("pay", "charge"), "{}").await;
    db.run("update dlqtop.settings set batch_size = 1000").await;
    let mut shared = 0;
    for number in 0..ROUNDS {
        let did = round(&db, &mut rng).await;
        println!("round {number}: ana {}, bob {}", did[0], did[1]);
        shared += usize::from(did.iter().all(|did| *did > 0));
    }
    assert!(
        shared > 0,
        "in no round were both at it: they were not at it at once"
    );
}
