//! What a configuration says of shared settings is in force once somebody has applied it, and not because a
//! dashboard was opened.

use support::database::Database;
use support::home::write_private;
use support::pseudo_terminal::PseudoTerminal;
use support::screens::{LARGE, dashboard};
use tempfile::TempDir;

const KEPT: &str = "select max_steps_in_process_minutes from dlqtop.settings";
const LOG: &str = "select coalesce(string_agg(
        concat_ws(' ', actor, action, subject, before, after, reason), '|'), '') from dlqtop.operator_log";

fn impatient() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.toml");
    let text = "[staleness_detection.thresholds]\nsteps_in_process_minutes = 1\n";
    write_private(&file, text);
    let file = file.to_str().unwrap().to_owned();
    (folder, file)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_laptops_threshold_does_not_become_everybodys_by_looking() {
    let (_folder, file) = impatient();
    let db = Database::new().await;
    for more in [
        &[][..],
        &["--read-only"],
        &["--no-detect"],
        &["--detect-dry-run"],
    ] {
        let arguments = [&["--config", file.as_str(), "--as=ana"], more].concat();
        let mut screen = dashboard(&db, &arguments, LARGE);
        screen.wait_for("1 setting differs from the database, which holds for all");
        screen.type_keys("q");
        assert_eq!(screen.exit_code(), 0);
    }
    let url = db.url();
    let arguments = ["watch", "--config", &file, "--database-url", &url];
    let mut wall = PseudoTerminal::dlqtop(&arguments, LARGE);
    wall.wait_for("q quits · page ");
    wall.type_keys("q");
    assert_eq!(wall.exit_code(), 0);
    assert_eq!(db.one::<f64>(KEPT).await.to_bits(), 30_f64.to_bits());
    assert_eq!(db.one::<String>(LOG).await, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn applying_asks_why_and_for_a_yes() {
    let (_folder, file) = impatient();
    let db = Database::new().await;
    let url = db.url();
    let arguments = [
        "config",
        "apply",
        "--config",
        &file,
        "--database-url",
        &url,
        "--as=ana",
    ];
    for (answer, said, code, minutes) in [
        ("n\r", "nothing was changed", 1, 30.0),
        ("y\r", "applied: it holds for all", 0, 1.0),
    ] {
        let mut screen = PseudoTerminal::dlqtop(&arguments, LARGE);
        screen.wait_for("Why?");
        screen.type_keys("a slow night\r");
        screen.wait_for("Put 1 setting in force for all, as ana on ");
        screen.type_keys(answer);
        screen.wait_for(said);
        assert_eq!(screen.exit_code(), code);
        assert_eq!(db.one::<f64>(KEPT).await.to_bits(), f64::to_bits(minutes));
    }
    assert_eq!(
        db.one::<String>(LOG).await,
        "ana configure max_steps_in_process_minutes 30 1 a slow night"
    );
    // Many that become stale are typed, as the targets of any change are.
    db.run("update dlqtop.settings set max_steps_in_process_minutes = 30")
        .await;
    db.template("{}").await;
    for _ in 0..20 {
        db.in_state_since("steps_in_process", 20.0).await;
    }
    let mut screen = PseudoTerminal::dlqtop(&arguments, LARGE);
    screen.wait_for("Why?");
    screen.type_keys("a slow night\r");
    screen.wait_for("Type 20 to confirm");
    screen.type_keys("y\r");
    screen.wait_for("nothing was changed");
    assert_eq!(screen.exit_code(), 1);
    assert_eq!(db.one::<f64>(KEPT).await.to_bits(), 30_f64.to_bits());
}
