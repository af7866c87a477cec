//! What every source answers: of nothing, and of a full database.

use dlqtop::data::doctor::Level;
use dlqtop::data::source::SourceCatalog;
use dlqtop::data::source::check;
use dlqtop::data::source::recognise::{Given, recognise};

use crate::looking::{complaints, everything};
use crate::systems::{empty, full, systems};

#[test]
fn every_folder_is_sound() {
    for kind in systems() {
        for told in check::folder(&kind) {
            assert_eq!(told.finding.level, Level::Fine, "{}: {told:?}", kind.name);
        }
    }
}

#[tokio::test]
async fn every_system_is_recognised_as_itself_and_as_no_other() {
    let catalog = SourceCatalog {
        kinds: systems(),
        broken: Vec::new(),
    };
    for kind in &catalog.kinds {
        let standing = empty(kind).await;
        let mut db = standing.db.pool.acquire().await.unwrap();
        let found = recognise(&mut db, &catalog, &Given::default()).await;
        let found = found.unwrap().kinds;
        let found: Vec<&str> = found.iter().map(|kind| kind.name.as_str()).collect();
        assert_eq!(found, [kind.name.as_str()]);
    }
}

#[tokio::test]
async fn of_an_empty_database_every_file_is_prepared_and_answers() {
    let mut wrong = Vec::new();
    for kind in systems() {
        let standing = empty(&kind).await;
        let mut failed = complaints(&standing).await;
        everything(&standing, &mut failed).await;
        wrong.extend(failed.iter().map(|line| format!("{} {line}", kind.name)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn of_a_full_database_every_row_is_read() {
    let mut wrong = Vec::new();
    for kind in systems() {
        let standing = full(&kind).await;
        let mut failed = complaints(&standing).await;
        let text = everything(&standing, &mut failed).await;
        assert!(
            text.contains("QueueRow"),
            "{} has an empty queue",
            kind.name
        );
        assert!(
            text.contains("StalenessRow"),
            "{} has nothing stale",
            kind.name
        );
        wrong.extend(failed.iter().map(|line| format!("{} {line}", kind.name)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
