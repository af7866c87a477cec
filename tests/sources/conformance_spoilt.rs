//! Whatever stands in a database is shown, and nothing of it is obeyed.

use std::path::Path;

use dlqtop::data::source::{NATIVE, SourceKind};
use fastrand::Rng;
use support::dlqtop::{command, run};

use crate::looking::{assert_safe, complaints, everything, poll, tasks};
use crate::seed::chances;
use crate::spoiling;
use crate::systems::{Standing, full, systems};

/// Reads everything of each system after `spoil` has been at it, and fails with all that could not be
/// read.
async fn after(of: &str, spoil: impl AsyncFn(&Standing, &mut Rng) -> u64) {
    let mut rng = chances(of);
    let mut wrong = Vec::new();
    for kind in systems() {
        let standing = full(&kind).await;
        let set = spoil(&standing, &mut rng).await;
        assert!(set > 0, "{}: nothing was spoilt", kind.name);
        let mut failed = complaints(&standing).await;
        let text = everything(&standing, &mut failed).await;
        assert_safe(&text, &kind.name);
        wrong.extend(failed.iter().map(|line| format!("{} {line}", kind.name)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn nulls_here_and_there_are_read() {
    after("nulls here and there", async |standing, rng| {
        spoiling::nulls(standing, rng, 0.3).await
    })
    .await;
}

#[tokio::test]
async fn nulls_everywhere_are_read() {
    after("nulls everywhere", async |standing, rng| {
        spoiling::nulls(standing, rng, 2.0).await
    })
    .await;
}

#[tokio::test]
async fn labels_that_nobody_knows_are_read() {
    let mut rng = chances("labels");
    let mut wrong = Vec::new();
    let mut set = 0;
    for kind in systems() {
        let standing = full(&kind).await;
        set += spoiling::labels(&standing, &mut rng).await;
        let mut failed = complaints(&standing).await;
        everything(&standing, &mut failed).await;
        wrong.extend(failed.iter().map(|line| format!("{} {line}", kind.name)));
    }
    assert!(set > 0);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn instants_that_cannot_be_are_read() {
    after("instants", async |standing, rng| {
        spoiling::instants(standing, rng).await
    })
    .await;
}

#[tokio::test]
async fn the_greatest_and_the_least_of_numbers_are_read() {
    after("numbers", async |standing, rng| {
        spoiling::numbers(standing, rng).await
    })
    .await;
}

#[tokio::test]
async fn hostile_text_is_read_and_spelt_out() {
    after("texts", async |standing, rng| {
        spoiling::texts(standing, rng).await
    })
    .await;
}

/// What a command prints of a system.
fn printed(kind: &SourceKind, url: &str, arguments: &[&str]) -> String {
    let home = tempfile::tempdir().unwrap();
    if let Some(folder) = &kind.folder {
        let sources = home.path().join("dlqtop/sources");
        std::fs::create_dir_all(&sources).unwrap();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        std::os::unix::fs::symlink(folder, sources.join(&kind.name)).unwrap();
    }
    let ran = run(command(arguments)
        .env("DATABASE_URL", url)
        .env("DLQTOP_SOURCE", &kind.name)
        .env("XDG_CONFIG_HOME", home.path()));
    assert_eq!(
        ran.code,
        Some(0),
        "{} {arguments:?}: {}",
        kind.name,
        ran.stderr
    );
    format!("{}{}", ran.stdout, ran.stderr)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_command_prints_what_a_terminal_would_obey() {
    let mut rng = chances("printed");
    for kind in systems() {
        let standing = full(&kind).await;
        spoiling::texts(&standing, &mut rng).await;
        let snapshot = poll(&standing.site(), None).await;
        let url = standing.db.url();
        let mut asked: Vec<Vec<String>> = ["queue", "staleness", "stats"]
            .iter()
            .flat_map(|name| {
                [
                    vec![(*name).to_owned()],
                    vec![(*name).to_owned(), "--json".to_owned()],
                ]
            })
            .collect();
        if kind.name == NATIVE || kind.files.contains_key("entries_page") {
            asked.push(vec!["handover".to_owned()]);
            asked.push(vec!["handover".to_owned(), "--json".to_owned()]);
        }
        for task in tasks(&snapshot).iter().take(2) {
            asked.push(vec!["show".to_owned(), task.0.to_string()]);
            asked.push(vec![
                "show".to_owned(),
                task.0.to_string(),
                "--json".to_owned(),
            ]);
        }
        for arguments in asked {
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let text = printed(&kind, &url, &arguments);
            assert_safe(&text, &format!("{} {arguments:?}", kind.name));
            assert!(
                text.len() < 3_000_000,
                "{} {arguments:?}: {} bytes",
                kind.name,
                text.len()
            );
        }
    }
}
