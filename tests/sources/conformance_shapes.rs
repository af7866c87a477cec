//! Every type that a manifest allows of a column is read and acted upon, whatever values it has.

use std::collections::BTreeSet;

use fastrand::Rng;
use support::dlqtop::asked;

use crate::looking::{assert_safe, complaints, everything, lists};
use crate::seed::chances;
use crate::shapes::{reshape, shapes_of};
use crate::spoiling;
use crate::systems::{Standing, full, systems};

/// Looks at everything of each shape of each system after `change` has been at it.
async fn in_every_shape(of: &str, change: impl AsyncFn(&Standing, &mut Rng)) {
    let mut rng = chances(of);
    let mut wrong = Vec::new();
    let mut seen = 0;
    for kind in systems() {
        for shape in 0..shapes_of(&kind) {
            let standing = reshape(full(&kind).await, shape).await;
            change(&standing, &mut rng).await;
            let mut failed = complaints(&standing).await;
            let text = everything(&standing, &mut failed).await;
            assert_safe(&text, &kind.name);
            wrong.extend(
                failed
                    .iter()
                    .map(|line| format!("{} in shape {shape}: {line}", kind.name)),
            );
            seen += 1;
        }
    }
    assert!(seen > 5, "{seen}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn every_type_that_a_manifest_allows_is_read() {
    in_every_shape("shapes", async |standing, _| {
        let (staleness, queue) = lists(&standing.site()).await;
        let tasks: BTreeSet<_> = queue.iter().map(|row| row.task_uuid).collect();
        assert_eq!(tasks.len(), queue.len(), "{}", standing.kind.name);
        assert!(!queue.is_empty() && !staleness.is_empty());
    })
    .await;
}

#[tokio::test]
async fn one_bad_value_of_another_type_hides_one_value() {
    in_every_shape("bad values in shapes", async |standing, rng| {
        spoiling::numbers(standing, rng).await;
        spoiling::instants(standing, rng).await;
        spoiling::texts(standing, rng).await;
    })
    .await;
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
