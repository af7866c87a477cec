//! What a run keeps on disk.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use dlqtop::data::bulk::receipt::{Circumstances, receipt};
use dlqtop::data::bulk::{Bulk, StopSignals};
use dlqtop::data::messages::command::{
    Change, Item, ItemResult, Outcome, Pace, StepVerb, Tally, Unfinished, Write,
};
use dlqtop::data::worker::Writer;
use serde_json::{Value, json};

use super::{Scene, per_second};

/// A run of which a few are done, interrupted as a program that ends does it.
async fn cut_short(scene: &Scene, write: &Write) -> (Outcome, Unfinished) {
    let brakes = StopSignals::default();
    let outcome = scene
        .bulk()
        .carry_out(write, &brakes, &mut |progress| {
            if progress.tally.done >= 2 {
                brakes.leave.cancel();
            }
        })
        .await;
    let mut left = scene.bulk().unfinished().await.unwrap();
    assert_eq!(left.len(), 1, "{left:?}");
    (outcome, left.remove(0))
}

fn lines(run: &Unfinished) -> Vec<Value> {
    let text = fs::read_to_string(&run.path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn taken_up(scene: &Scene, run: &Unfinished) -> Outcome {
    let brakes = StopSignals::default();
    scene.bulk().resume(run, &brakes, &mut |_| {}).await
}

fn failed(outcome: &Outcome) -> &str {
    match &outcome.items[0].result {
        ItemResult::Failed { why } => why.as_str(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_run_that_was_cut_short_is_taken_up() {
    let scene = Scene::of(6, "HTTP 503").await;
    let write = scene.retry(per_second(10.0));
    let (outcome, run) = cut_short(&scene, &write).await;
    let tally = outcome.tally();
    assert!(tally.untried > 0 && tally.done >= 2, "{tally:?}");
    assert_eq!((&run.write, run.actor.as_str()), (&write, "ana"));
    assert_eq!((run.profile.as_str(), run.done.done), ("prod", tally.done));

    let whole = taken_up(&scene, &run).await;
    assert_eq!(whole.tally().done, 6, "{whole:?}");
    assert_eq!(
        (scene.resets().await, scene.done_lines(write.batch).await),
        (6, 6)
    );
    assert_eq!(scene.bulk().unfinished().await.unwrap(), []);
    let kinds: Vec<String> = lines(&run)
        .iter()
        .map(|line| line.as_object().unwrap().keys().next().unwrap().clone())
        .collect();
    assert_eq!(kinds.iter().filter(|kind| *kind == "result").count(), 6);
    assert_eq!(
        (kinds[0].as_str(), kinds[kinds.len() - 1].as_str()),
        ("header", "ended")
    );
    assert!(kinds.contains(&"resumed".to_owned()), "{kinds:?}");

    let again = taken_up(&scene, &run).await;
    assert!(
        failed(&again).contains("come to its end already"),
        "{again:?}"
    );
}

#[tokio::test]
async fn a_torn_line_is_passed_over_and_what_it_said_is_asked_again() {
    let scene = Scene::of(6, "HTTP 503").await;
    let write = scene.retry(per_second(10.0));
    let (outcome, run) = cut_short(&scene, &write).await;
    let text = fs::read(&run.path).unwrap();
    fs::write(&run.path, &text[..text.len() - 9]).unwrap();
    let torn = scene.bulk().unfinished().await.unwrap().remove(0);
    assert_eq!(torn.done.done, outcome.tally().done - 1);

    let whole = taken_up(&scene, &torn).await;
    assert_eq!(whole.tally().done, 6, "{whole:?}");
    assert_eq!(scene.resets().await, 6);
    assert_eq!(scene.bulk().unfinished().await.unwrap(), []);
}

#[tokio::test]
async fn a_file_without_a_header_is_no_run() {
    let scene = Scene::of(2, "HTTP 503").await;
    fs::create_dir_all(scene.runs()).unwrap();
    for (name, text) in [
        ("empty.jsonl", ""),
        ("torn.jsonl", "{\"header\":{\"write\":"),
        ("other.jsonl", "{\"result\":{}}\n[1]\n\u{0}\n"),
        ("notes.txt", "mine"),
    ] {
        fs::write(scene.runs().join(name), text).unwrap();
    }
    assert_eq!(scene.bulk().unfinished().await.unwrap(), []);
    let (outcome, _) = scene.carried_out(&scene.retry(Pace::default())).await;
    assert_eq!(outcome.tally().done, 2);
}

#[tokio::test]
async fn a_run_is_never_taken_up_in_another_database() {
    let scene = Scene::of(5, "HTTP 503").await;
    let (_, run) = cut_short(&scene, &scene.retry(per_second(10.0))).await;
    let elsewhere = support::database::Database::new().await;
    let writer =
        Writer::new(&elsewhere.options, "ana".to_owned()).with_journal(Some(scene.runs()), "prod");
    let mut bulk = Bulk::new(writer);
    assert_eq!(bulk.unfinished().await.unwrap(), []);
    let refused = bulk
        .resume(&run, &StopSignals::default(), &mut |_| {})
        .await;
    assert!(
        failed(&refused).contains("belongs to the database"),
        "{refused:?}"
    );
    assert_eq!(refused.tally().failed, 5);
    assert!(bulk.give_up(&run).await.is_err());
}

#[tokio::test]
async fn a_run_that_somebody_has_in_hand_is_not_taken_up() {
    let scene = Scene::of(5, "HTTP 503").await;
    let (_, run) = cut_short(&scene, &scene.retry(per_second(10.0))).await;
    let theirs = File::open(&run.path).unwrap();
    theirs.lock().unwrap();
    assert_eq!(scene.bulk().unfinished().await.unwrap(), []);
    let before = scene.resets().await;
    let refused = taken_up(&scene, &run).await;
    assert!(failed(&refused).contains("another dlqtop"), "{refused:?}");
    assert_eq!(scene.resets().await, before);
    drop(theirs);
    assert_eq!(taken_up(&scene, &run).await.tally().done, 5);
}

#[tokio::test]
async fn a_run_that_is_given_up_is_not_offered_again() {
    let scene = Scene::of(5, "HTTP 503").await;
    let (_, run) = cut_short(&scene, &scene.retry(per_second(10.0))).await;
    scene.bulk().give_up(&run).await.unwrap();
    assert_eq!(scene.bulk().unfinished().await.unwrap(), []);
    assert!(failed(&taken_up(&scene, &run).await).contains("its end"));
}

#[tokio::test]
async fn nothing_is_sent_if_the_journal_cannot_be_written() {
    let scene = Scene::of(2, "HTTP 503").await;
    let file = scene.folder.path().join("file");
    fs::write(&file, "").unwrap();
    // A folder that cannot be made, a journal that is there already, and no folder at all.
    let taken = scene.folder.path().join("taken");
    fs::create_dir(&taken).unwrap();
    let write = scene.retry(Pace::default());
    fs::write(taken.join(format!("{}.jsonl", write.batch)), "").unwrap();
    let bulk_in = |folder: Option<PathBuf>| {
        let writer = Writer::new(&scene.db.options, "ana".to_owned()).with_journal(folder, "prod");
        Bulk::new(writer)
    };
    for folder in [Some(file.join("runs")), Some(taken), None] {
        let brakes = StopSignals::default();
        let mut bulk = bulk_in(folder.clone());
        let outcome = bulk.carry_out(&write, &brakes, &mut |_| {}).await;
        assert_eq!(outcome.tally().failed, 2, "{folder:?}");
        assert!(failed(&outcome).contains("journal"), "{outcome:?}");
    }
    assert_eq!(scene.resets().await, 0);

    let mut single = write.clone();
    single.change = Change::Steps(StepVerb::ResetForRetry, vec![scene.targets[0].clone()]);
    let outcome = bulk_in(None)
        .carry_out(&single, &StopSignals::default(), &mut |_| {})
        .await;
    assert_eq!(outcome.tally().done, 1, "{outcome:?}");
}

#[tokio::test]
async fn a_journal_is_for_nobody_else_and_is_kept_for_a_month() {
    let scene = Scene::of(4, "HTTP 503").await;
    let (_, run) = cut_short(&scene, &scene.retry(per_second(10.0))).await;
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(scene.runs()), mode(run.path.clone())), (0o700, 0o600));

    let old = |path: &std::path::Path| {
        let file = OpenOptions::new().append(true).open(path).unwrap();
        let long_ago = SystemTime::now() - Duration::from_hours(31 * 24);
        file.set_modified(long_ago).unwrap();
    };
    old(&run.path);
    let (_, ended) = {
        let write = scene.retry(Pace::default());
        let outcome = scene.carried_out(&write).await;
        (outcome, scene.runs().join(format!("{}.jsonl", write.batch)))
    };
    assert!(
        ended.exists() && run.path.exists(),
        "a run that can be resumed is kept"
    );
    old(&ended);
    scene.carried_out(&scene.retry(Pace::default())).await;
    assert!(!ended.exists() && run.path.exists());
}

#[tokio::test]
async fn numbers_that_no_float_can_hold_survive_the_journal() {
    let mut scene = Scene::of(3, "HTTP 503").await;
    let result: Value =
        serde_json::from_str(r#"{"id": 123456789012345678901234567890, "x": 0.1000}"#).unwrap();
    let write = Write {
        change: Change::Steps(
            StepVerb::CompleteManually(result.clone()),
            std::mem::take(&mut scene.targets),
        ),
        ..scene.retry(per_second(10.0))
    };
    let (_, run) = cut_short(&scene, &write).await;
    assert_eq!(run.write, write);
    assert_eq!(taken_up(&scene, &run).await.tally().done, 3);
    let kept: i64 = scene
        .db
        .one(
            "select count(*) from tasker_workflow_steps
             where results ->> 'id' = '123456789012345678901234567890'",
        )
        .await;
    assert_eq!(kept, 3);
}

#[tokio::test]
async fn a_run_whose_journal_can_no_longer_be_written_goes_on() {
    let scene = Scene::of(4, "HTTP 503").await;
    let (_, run) = cut_short(&scene, &scene.retry(per_second(10.0))).await;
    // Something else has written into it without a line feed.
    let mut file = OpenOptions::new().append(true).open(&run.path).unwrap();
    file.write_all(b"{\"result\":{\"pla").unwrap();
    assert_eq!(taken_up(&scene, &run).await.tally().done, 4);
    let text = fs::read_to_string(&run.path).unwrap();
    let broken: Vec<&str> = text
        .lines()
        .filter(|line| serde_json::from_str::<Value>(line).is_err())
        .collect();
    assert_eq!(broken, ["{\"result\":{\"pla"]);
}

#[tokio::test]
async fn a_receipt_says_who_did_what_to_what_and_is_safe_to_print() {
    let hostile = "x\u{1b}]0;t\u{7}\u{202e}";
    let mut write = Scene::of(0, "").await.retry(Pace {
        canary: Some(Duration::from_mins(2)),
        per_second: Some(5.0),
        halt_after: Some(3),
    });
    write.reason = hostile.to_owned();
    write.change = Change::Steps(
        StepVerb::CompleteManually(json!({ hostile: [hostile] })),
        Vec::new(),
    );
    let outcome = Outcome {
        batch: write.batch,
        action: write.change.name(),
        items: vec![Item {
            id: write.batch,
            label: hostile.into(),
            result: ItemResult::Untried {
                why: hostile.into(),
            },
        }],
    };
    let when = Circumstances {
        actor: "ana".into(),
        profile: "prod".into(),
        at: "2026-11-21T06:00:00Z".parse().unwrap(),
    };
    let receipt = receipt(&write, &outcome, &when, None);
    let text = serde_json::to_string(&receipt).unwrap();
    assert!(
        !text.contains("\\u001b") && !text.contains('\u{202e}'),
        "{text}"
    );
    let safe = "x\\x1b]0;t\\x07\\u{202e}";
    assert_eq!(
        receipt,
        json!({
            "batch": write.batch,
            "actor": "ana",
            "profile": "prod",
            "at": "2026-11-21T06:00:00Z",
            "action": "complete_manually",
            "details": { "verb": "complete_manually", "result": { safe: [safe] } },
            "reason": safe,
            "pace": { "canary_seconds": 120.0, "per_second": 5.0, "halt_after": 3 },
            "tally": serde_json::to_value(Tally { untried: 1, ..Tally::default() }).unwrap(),
            "retries": null,
            "subjects": [{
                "id": write.batch,
                "label": safe,
                "result": { "outcome": "untried", "why": safe },
            }],
        })
    );
}
