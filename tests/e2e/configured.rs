//! A dashboard that runs a detector puts its configuration in force; one that only looks does not.

use std::fs;

use support::database::Database;
use support::screens::{LARGE, dashboard};
use tempfile::TempDir;

const BATCH: &str = "select batch_size from dlqtop.settings";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_dashboard_with_a_detector_that_acts_writes_settings() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.toml");
    fs::write(&file, "[staleness_detection]\nbatch_size = 7\n").unwrap();
    let off = folder.path().join("off.toml");
    fs::write(
        &off,
        "[staleness_detection]\nbatch_size = 7\nenabled = false\n",
    )
    .unwrap();
    let (file, off) = (file.to_str().unwrap(), off.to_str().unwrap());
    let db = Database::new().await;

    for (arguments, header) in [
        (["--config", file, "--read-only"], "detector off: read-only"),
        (
            ["--config", file, "--no-detect"],
            "detector off: --no-detect",
        ),
        (["--config", file, "--detect-dry-run"], "(dry run)"),
        (
            ["--config", off, "--as=ana"],
            "detector off: by configuration",
        ),
    ] {
        let mut screen = dashboard(&db, &arguments, LARGE);
        screen.wait_for(header);
        screen.type_keys("q");
        assert_eq!(screen.exit_code(), 0);
        assert_eq!(db.one::<i32>(BATCH).await, 100, "{arguments:?}");
    }

    let mut screen = dashboard(&db, &["--config", file, "--as", "ana"], LARGE);
    screen.wait_for("detector next");
    assert_eq!(db.one::<i32>(BATCH).await, 7);
    let line: String = db
        .one("select concat_ws(' ', actor, action, subject, before, after, reason) from dlqtop.operator_log")
        .await;
    assert_eq!(
        line,
        "ana configure batch_size 100 7 configured by config.toml"
    );
    // The operators' log shows it as it shows any other act.
    screen.type_keys("@");
    screen.wait_for("configure");
    screen.type_keys("qq");
    assert_eq!(screen.exit_code(), 0);
}
