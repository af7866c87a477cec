//! Every type that a manifest allows of a column is read and acted upon, whatever values it has.

use std::collections::BTreeSet;

use support::dlqtop::asked;

use crate::looking::{assert_safe, complaints, everything, lists};
use crate::seed::chances;
use crate::shapes::{reshape, shapes_of};
use crate::spoiling;
use crate::systems::{Standing, full, systems};

#[tokio::test]
async fn every_type_that_a_manifest_allows_is_read_and_one_bad_value_of_it_hides_one_value() {
    let mut rng = chances("shapes");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for kind in systems() {
        for shape in 0..shapes_of(&kind) {
            let standing = reshape(full(&kind).await, shape).await;
            let mut failed = complaints(&standing).await;
            every_row_is_listed_once(&standing).await;
            spoiling::numbers(&standing, &mut rng).await;
            spoiling::instants(&standing, &mut rng).await;
            spoiling::texts(&standing, &mut rng).await;
            failed.extend(complaints(&standing).await);
            let text = everything(&standing, &mut failed).await;
            assert_safe(&text, &kind.name);
            let named = |line: &String| format!("{} in shape {shape}: {line}", kind.name);
            wrong.extend(failed.iter().map(named));
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

async fn every_row_is_listed_once(standing: &Standing) {
    let (staleness, queue) = lists(&standing.site()).await;
    let tasks: BTreeSet<_> = queue.iter().map(|row| row.task_uuid).collect();
    assert_eq!(tasks.len(), queue.len(), "{}", standing.kind.name);
    assert!(!queue.is_empty() && !staleness.is_empty());
}

/// The ids of a list, as the command line prints them.
fn ids(url: &str, list: &str, id: &str) -> Vec<String> {
    let rows = asked(url, &[list, "--json", "--limit", "1000"]).expect_json();
    let rows = rows["rows"].as_array().unwrap().clone();
    let ids = rows.iter().map(|row| row[id].as_str().unwrap().to_owned());
    ids.collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_row_is_found_and_acted_upon_whatever_its_id_is() {
    for kind in systems() {
        for shape in 0..shapes_of(&kind) {
            let standing = reshape(full(&kind).await, shape).await;
            let url = standing.db.url();
            let of = |told: &support::dlqtop::Run| {
                assert_eq!(
                    told.code,
                    Some(0),
                    "{} in shape {shape}: {told:?}",
                    kind.name
                );
            };
            // Of every kind of text there are some among so many.
            let some: Vec<String> = ids(&url, "queue", "task_uuid")
                .into_iter()
                .take(8)
                .collect();
            for id in &some {
                let told = asked(&url, &["show", id, "--json"]);
                of(&told);
                assert_eq!(told.expect_json()["detail"]["task"]["task_uuid"], **id);
            }
            let before = ids(&url, "queue", "dlq_entry_uuid").len();
            let act: &[&str] = if kind.files.contains_key("resume_task") {
                &["task", "requeue"]
            } else {
                &["entry", "close", "--status", "resolved"]
            };
            let some: Vec<&str> = some.iter().map(String::as_str).collect();
            let told = asked(
                &url,
                &[act, &["--reason", "mended", "--yes"], &some].concat(),
            );
            of(&told);
            let left = ids(&url, "queue", "dlq_entry_uuid");
            assert_eq!(left.len() + some.len(), before, "{}: {told:?}", kind.name);
            assert!(!left.iter().any(|id| some.contains(&id.as_str())));
        }
    }
}
