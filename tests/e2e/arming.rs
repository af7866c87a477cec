//! The first time on a database: nothing moves before somebody arms the detector, and what a sweep took can
//! be put back.

use support::database::Database;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, ROOT, dashboard};
use uuid::Uuid;

/// Three tasks, each two hours in a state that may last one.
async fn with_stuck_tasks() -> (Database, Vec<Uuid>) {
    let db = Database::unarmed().await;
    db.template(r#"{"max_steps_in_process_minutes": 60}"#).await;
    let mut tasks = Vec::new();
    for _ in 0..3 {
        tasks.push(db.in_state_since("steps_in_process", 120.0).await);
    }
    (db, tasks)
}

async fn states(db: &Database, tasks: &[Uuid]) -> Vec<String> {
    let mut states = Vec::new();
    for task in tasks {
        states.push(db.state(*task).await);
    }
    states
}

fn open(db: &Database) -> PseudoTerminal {
    let more = [
        "--detect-interval",
        "2s",
        "--db-budget",
        "off",
        "--as",
        "ana@one",
    ];
    dashboard(db, &more, LARGE)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_moves_before_the_detector_is_armed_and_a_sweep_can_be_undone() {
    let (db, tasks) = with_stuck_tasks().await;
    let mut screen = open(&db);
    screen.wait_for("detector dry · would take 3 · :arm");
    // A sweep has looked, and changed nothing.
    screen.type_keys("3");
    screen.wait_for("3 found, dry run");
    assert_eq!(states(&db, &tasks).await, ["steps_in_process"; 3]);

    screen.type_keys(":arm\r");
    screen.wait_for("The first sweep would take 3 tasks:");
    screen.type_keys("thresholds agreed\r2y");
    screen.wait_for("Type 3 to confirm that many.");
    assert_eq!(states(&db, &tasks).await, ["steps_in_process"; 3]);
    screen.type_keys("\x7f3y");
    screen.wait_for("armed: sweeps act on this database");
    screen.wait_for("detector next");
    screen.wait_for("3 found, 3 moved");
    assert_eq!(states(&db, &tasks).await, ["error"; 3]);

    screen.type_keys(":sweeps\r");
    screen.wait_for("Last sweeps");
    screen.wait_for("3 moved");
    screen.type_keys("\r");
    let shown = screen.wait_for("put back to work");
    assert!(shown.contains("disarms the detector"), "{shown}");
    screen.type_keys("a wrong threshold\r3y");
    screen.wait_for("undone: 3 put back to work; the detector is disarmed");
    screen.wait_for("detector dry");
    screen.wait_for(ROOT);
    let after = states(&db, &tasks).await;
    assert!(!after.contains(&"error".to_owned()), "{after:?}");
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);

    let acts: Vec<String> = sqlx::query_scalar(
        "select concat_ws('|', actor, action, reason) from dlqtop.operator_log
         where actor = 'ana@one' and action like '%detector' order by log_id",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(
        acts,
        [
            "ana@one|arm_detector|thresholds agreed",
            "ana@one|disarm_detector|a wrong threshold",
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_has_become_due_meanwhile_is_not_taken_unseen() {
    let (db, tasks) = with_stuck_tasks().await;
    let mut screen = open(&db);
    screen.wait_for("would take 3");
    screen.type_keys(":arm\r");
    screen.wait_for("The first sweep would take 3 tasks:");
    let late = db.in_state_since("steps_in_process", 120.0).await;
    screen.type_keys("thresholds agreed\r3y");
    screen.wait_for("not armed: 4 tasks are due now, more than 3");
    screen.wait_for("would take 4");
    let tasks = [tasks.as_slice(), &[late]].concat();
    assert_eq!(states(&db, &tasks).await, ["steps_in_process"; 4]);
    screen.type_keys("q");
    assert_eq!(screen.exit_code(), 0);
}
