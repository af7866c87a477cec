//! Five hundred of one cause, as one operator deals with them: a canary, its verdict, the others.

use std::fs;
use std::time::Duration;

use dlqtop::demo;
use nix::sys::signal::Signal;
use support::database::Database;
use support::eventually::eventually;
use support::home::write_private;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, ROOT};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

const REASON: &str = "the gateway is up again";
const MANY: usize = 500;
/// Keys that may be needed from the chosen group to the act, the reason aside.
const MOST_KEYS: usize = 6;

/// The demo's company with a backlog, at work.
struct Company {
    db: Database,
    stop: CancellationToken,
    fleet: tokio::task::JoinHandle<()>,
    home: TempDir,
}

impl Company {
    async fn new() -> Self {
        let db = Database::new().await;
        demo::prepare_with_backlog(&db.pool, 3, MANY).await.unwrap();
        let stop = CancellationToken::new();
        let fleet = tokio::spawn(demo::run(db.pool.clone(), 3, stop.clone()));
        let home = TempDir::new().unwrap();
        Self {
            db,
            stop,
            fleet,
            home,
        }
    }

    /// A dashboard that retries so many a second.
    fn dashboard(&self, per_second: u32) -> PseudoTerminal {
        let file = self.home.path().join("config.toml");
        let text = format!("[bulk]\nrate_per_second = {per_second}\n");
        write_private(&file, text);
        let mut command = portable_pty::CommandBuilder::new(env!("CARGO_BIN_EXE_dlqtop"));
        let url = self.db.url();
        command.args(["--database-url", &url, "--as", "tester@pty", "--no-detect"]);
        command.args(["--config", file.to_str().unwrap(), "--db-budget", "off"]);
        let screen = PseudoTerminal::start_at_home(command, LARGE, self.home.path());
        screen.wait_for("· db ");
        screen
    }

    /// How many of the letters were retried, by the operators' log.
    async fn retried(&self) -> i64 {
        self.db
            .one(
                "select count(distinct subject_uuid) from dlqtop.operator_log
                 where actor = 'tester@pty' and action = 'reset_for_retry' and outcome = 'done'",
            )
            .await
    }

    async fn end(self) {
        self.stop.cancel();
        self.fleet.await.unwrap();
    }
}

/// Chooses those of the error that the filter names: all of them are marked then.
fn choose(screen: &mut PseudoTerminal, filter: &str, count: usize) {
    screen.type_keys("2/");
    screen.type_keys(filter);
    screen.wait_for(&format!("2 Queue · {count} of "));
    screen.type_keys("\ra");
    screen.wait_for(&format!("{count} marked"));
}

/// From what is chosen to the act; how many keys it took, the reason aside.
fn retry(screen: &mut PseudoTerminal, count: usize) -> usize {
    let mut keys = 1;
    screen.press_until("R", &format!("Retry {count} steps"));
    let mut press = |screen: &mut PseudoTerminal, pressed: &str| {
        keys += pressed.chars().count();
        screen.type_keys(pressed);
    };
    screen.wait_for("● canary, then");
    screen.type_keys(REASON);
    screen.wait_for(REASON);
    press(screen, "\r");
    press(screen, &count.to_string());
    screen.wait_for("y: confirm");
    press(screen, "y");
    keys
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_hundred_are_retried_through_a_canary_with_six_keys() {
    let company = Company::new().await;
    let mut screen = company.dashboard(200);
    // The largest group, counted over the whole queue.
    screen.type_keys("2g");
    screen.wait_for("▸     500 connection refused");
    let keys = retry(&mut screen, MANY);
    assert!(keys <= MOST_KEYS, "{keys} keys");

    screen.wait_for("canary: payments/charge_order · capture_payment");
    screen.wait_for("canary passed after");
    screen.wait("progress", |shown| {
        shown.contains(" of 500 · ") && shown.contains("comes back")
    });
    screen.wait_for("Retry 500 steps (o shows each): 500 sent");
    assert_eq!(company.retried().await, 500);
    let batches: i64 = company
        .db
        .one("select count(distinct batch) from dlqtop.operator_log where actor = 'tester@pty'")
        .await;
    assert_eq!(batches, 1);

    // What was retried is worked off.
    let passed = eventually(Duration::from_mins(1), async || {
        let passed: i64 = company
            .db
            .one(
                "select count(*) from dlqtop.operator_log l
                 where l.actor = 'tester@pty' and dlqtop.step_state(l.subject_uuid) = 'complete'",
            )
            .await;
        (passed >= 50).then_some(())
    });
    assert!(passed.await.is_some(), "nobody works them off");
    let failed: i64 = company
        .db
        .one(
            "select count(*) from dlqtop.operator_log l
             where l.actor = 'tester@pty' and dlqtop.step_state(l.subject_uuid) = 'error'",
        )
        .await;
    assert_eq!(failed, 0, "their cause is gone");

    // The dashboard hears of them with its next poll.
    screen.wait_for(" passed");
    // A receipt, from the list of results: no box is open, for many are still on their way.
    screen.type_keys("o");
    screen.wait_for("Results of this session");
    screen.type_keys("s");
    screen.wait_for("the receipt is in ");
    let folder = company.home.path().join("dlqtop/receipts");
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap();
    let receipt: serde_json::Value =
        serde_json::from_slice(&fs::read(file.path()).unwrap()).unwrap();
    assert_eq!(receipt["tally"]["done"], 500);
    assert!(
        receipt["retries"]["passed"].as_i64().unwrap() > 0,
        "{}",
        receipt["retries"]
    );
    assert_eq!(receipt["subjects"].as_array().unwrap().len(), 500);
    screen.type_keys("\x1b");
    screen.wait_for(ROOT);
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
    company.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_canary_that_fails_again_keeps_the_others_from_it() {
    let company = Company::new().await;
    let mut screen = company.dashboard(200);
    // Their cards are refused for good; some are younger than the backlog.
    screen.type_keys("2/card_declined insufficient reason:max_retries");
    // Fifty of the backlog, and a few that were there before it.
    let shown = screen.wait("group", |shown| {
        let count = filtered(shown).unwrap_or_default();
        shown.contains("insufficient reason:max_retries ─") && (50..100).contains(&count)
    });
    let count = filtered(&shown).unwrap();
    screen.type_keys("\ra");
    screen.wait_for(&format!("{count} marked"));
    retry(&mut screen, count);
    let shown = screen.wait_for("not tried: the canary failed: card_declined");
    assert!(
        shown.contains(&format!("1 sent · {} not tried", count - 1)),
        "{shown}"
    );
    assert_eq!(company.retried().await, 1);
    screen.type_keys("\x1b");
    screen.wait_for(&format!("{} marked", count - 1));
    company.end().await;
}

/// How many rows of the queue the filter lets through.
pub fn filtered(shown: &str) -> Option<usize> {
    let (_, rest) = shown.split_once("2 Queue · ")?;
    rest.split(' ').next()?.parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_killed_is_gone_on_with_and_does_nothing_twice() {
    let company = Company::new().await;
    let mut screen = company.dashboard(20);
    choose(&mut screen, "connection refused", MANY);
    retry(&mut screen, MANY);
    screen.wait_for("canary passed after");
    let begun = eventually(Duration::from_mins(1), async || {
        (company.retried().await > 40).then_some(())
    });
    assert!(begun.await.is_some());
    screen.signal(Signal::SIGKILL);
    screen.exit_code();
    let before = company.retried().await;
    assert!(before < 500, "it was not in the middle of it");

    let mut screen = company.dashboard(200);
    screen.wait_for("1 run was interrupted");
    screen.type_keys(":resume\r");
    screen.wait_for("Resume: Retry 500 steps");
    screen.wait_for("Nothing is done twice");
    screen.type_keys("500");
    screen.wait_for("y: confirm");
    screen.type_keys("y");
    screen.wait("end", |shown| {
        shown.contains("Retry 500 steps (o shows each): 500 sent")
    });
    assert_eq!(company.retried().await, 500);
    let lines: i64 = company
        .db
        .one(
            "select count(*) from dlqtop.operator_log
             where actor = 'tester@pty' and outcome = 'done'",
        )
        .await;
    assert_eq!(lines, 500, "none is done twice");
    assert!(!screen.screen().contains("was interrupted"));
    company.end().await;
}
