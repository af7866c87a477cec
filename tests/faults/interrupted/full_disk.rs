//! A disk on which no file may grow.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use dlqtop::data::bulk::StopSignals;
use dlqtop::data::messages::command::{ItemResult, Pace, Write};
use support::database::Database;
use support::seed::Tasks;

use super::{SUBJECTS, bulk, carried_out, done_lines, double_and_lost, retry_of_new};

/// Not a test: what the test below runs where files may not grow.
#[tokio::test]
#[ignore = "a process for the test below"]
async fn the_process_whose_disk_is_full() {
    let Ok(folder) = std::env::var("DLQTOP_TEST_RUNS") else {
        return;
    };
    let url = std::env::var("DATABASE_URL").unwrap();
    let folder = Path::new(&folder);
    let order = std::fs::read("/dev/stdin").unwrap();
    let write: Write = serde_json::from_slice(&order).unwrap();
    let mut bulk = bulk(&url.parse().unwrap(), folder, Duration::from_secs(20));
    let outcome = carried_out(&mut bulk, &write).await;
    eprintln!("tally {}", serde_json::to_string(&outcome.tally()).unwrap());
    let why = outcome.items.iter().find_map(|item| match &item.result {
        ItemResult::Failed { why } => Some(why.to_string()),
        _ => None,
    });
    eprintln!("why {}", why.unwrap_or_default());
}

/// The program of these tests again, where no file may grow beyond so many kilobytes; what it said.
fn with_a_full_disk(db: &Database, folder: &Path, write: &Write, kilobytes: usize) -> String {
    let order = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(order.path(), serde_json::to_vec(write).unwrap()).unwrap();
    // The signal that comes with it is not what a full disk sends.
    let limited = format!("trap '' XFSZ; ulimit -f {kilobytes}; exec \"$0\" \"$@\"");
    let ran = Command::new("bash")
        .args(["-c", &limited])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "--ignored", "--nocapture"])
        .arg("interrupted::full_disk::the_process_whose_disk_is_full")
        .env("DLQTOP_TEST_RUNS", folder)
        .env("DATABASE_URL", db.url())
        .stdin(std::fs::File::open(order.path()).unwrap())
        .output()
        .unwrap();
    String::from_utf8_lossy(&ran.stderr).into_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_stops_a_run_before_it_begins_and_loses_nothing_when_it_fills_up() {
    let db = Database::new().await;
    db.template_in(Tasks::FAILED.of, "{}").await;
    let folder = tempfile::tempdir().unwrap();

    // No room for the header: nothing is sent, and it says why.
    let write = retry_of_new(&db, "full", Pace::default()).await;
    let said = with_a_full_disk(&db, folder.path(), &write, 1);
    assert!(said.contains("its journal cannot be written"), "{said}");
    assert_eq!(db.count(&done_lines(&write)).await, 0, "{said}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);

    // Room for the header only: all is done, and taking it up again does nothing twice.
    let header = serde_json::to_vec(&write).unwrap().len() / 1024 + 2;
    let said = with_a_full_disk(&db, folder.path(), &write, header);
    assert!(said.contains(&format!("\"done\":{SUBJECTS}")), "{said}");
    assert_eq!(double_and_lost(&db, &write).await, (0, 0));
    let mut later = bulk(&db.options, folder.path(), Duration::from_secs(20));
    let left = later.unfinished().await.unwrap();
    assert_eq!(left.len(), 1, "its end could not be written: {said}");
    assert!(
        left[0].done.done < SUBJECTS,
        "the disk was not full: {said}"
    );
    let outcome = later
        .resume(&left[0], &StopSignals::default(), &mut |_| {})
        .await;
    assert_eq!(outcome.tally().done, SUBJECTS, "{outcome:?}");
    later.close().await;
    assert_eq!(double_and_lost(&db, &write).await, (0, 0));
    db.expect_tidy().await;
}
