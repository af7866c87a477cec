//! Jobs are taken up, closed and annotated, by one of several.

use super::*;

/// All of them wait for the row before any of them can have it.
async fn raced(jobs: &Jobs, job: Uuid, verb: EntryVerb) -> Vec<(String, ItemResult)> {
    const RACERS: usize = 4;
    let seen = jobs.row(job).await.version;
    let mut holder = PgConnection::connect_with(&jobs.db.options).await.unwrap();
    let mut held = holder.begin().await.unwrap();
    sqlx::query("select from worker_failed_jobs where id = $1 for update")
        .bind(job)
        .execute(&mut *held)
        .await
        .unwrap();
    let racers = (0..RACERS).map(|n| {
        let site = jobs.site.clone();
        let write = write(verb, (job, seen), "provider is back");
        tokio::spawn(async move {
            let actor = format!("racer{n}@lap");
            let result = carry_out(&site, &actor, &write).await;
            (actor, result)
        })
    });
    let racers: Vec<_> = racers.collect();
    let all_wait = eventually(Duration::from_secs(10), async || {
        let waiting: i64 = jobs
            .db
            .one(
                "select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'",
            )
            .await;
        (waiting == i64::try_from(RACERS).unwrap()).then_some(())
    });
    assert!(all_wait.await.is_some(), "there was no race");
    held.rollback().await.unwrap();
    let mut results = Vec::new();
    for racer in racers {
        results.push(racer.await.unwrap());
    }
    results
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_who_do_the_same_one_has_done_it_and_the_others_are_told_who() {
    let jobs = Jobs::new().await;
    let abandon = EntryVerb::Close(Resolution::PermanentlyFailed);
    for (verb, label) in [
        (OWN, "in_progress"),
        (RESOLVE, "resolved"),
        (abandon, "abandoned"),
    ] {
        let job = jobs.failed("pending", "1 hour").await;
        let results = raced(&jobs, job, verb).await;
        let winners: Vec<&String> = results
            .iter()
            .filter(|(_, result)| matches!(result, ItemResult::Done { .. }))
            .map(|(actor, _)| actor)
            .collect();
        let [winner] = winners[..] else {
            panic!("{verb:?}: {results:?}")
        };
        for (actor, result) in &results {
            let told = match result {
                ItemResult::Changed { by, at, now } => {
                    by.as_ref().is_some_and(|by| by == winner.as_str())
                        && at.is_some()
                        && now == label
                }
                _ => actor == winner,
            };
            assert!(told, "{verb:?}: {actor} was told {result:?}");
        }
        assert_eq!(jobs.status(job).await, label);
        let notes = jobs.notes(job).await;
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert_eq!(&notes[0].0, winner);
    }
}

#[tokio::test]
async fn a_job_goes_from_hand_to_hand_to_its_end_and_the_notes_tell_how() {
    let jobs = Jobs::new().await;
    let job = jobs.failed("pending", "1 hour").await;
    let by_hand = "update worker_failed_jobs set remediation_notes = 'see ticket 7'";
    jobs.db.run(by_hand).await;

    let seen = jobs.row(job).await.version;
    is_done(&jobs.act("ana@lap7", OWN, (job, seen)).await, "in_progress");
    let row = jobs.row(job).await;
    assert_eq!(row.owner.unwrap().as_str(), "ana@lap7");
    assert_eq!(row.current_state.as_str(), "in_progress");
    assert_eq!(row.notes, 2);

    let late = jobs.act("ben@lap2", RESOLVE, (job, seen)).await;
    let told = matches!(&late, ItemResult::Changed { by: Some(by), .. } if by == "ana@lap7");
    assert!(told, "{late:?}");

    let note = EntryVerb::Note;
    is_done(&jobs.act("ben@lap2", note, (job, 0)).await, "in_progress");
    // the same once more, as when its answer was lost
    is_done(&jobs.act("ben@lap2", note, (job, 0)).await, "in_progress");
    let seen = jobs.row(job).await.version;
    is_done(
        &jobs.act("ana@lap7", RESOLVE, (job, seen)).await,
        "resolved",
    );

    let own = |what: &str| what.to_owned();
    assert_eq!(
        jobs.notes(job).await,
        [
            (own("somebody"), own("see ticket 7")),
            (own("ana@lap7"), own("took it up: provider is back")),
            (own("ben@lap2"), own("provider is back")),
            (own("ana@lap7"), own("resolved: provider is back")),
        ]
    );
    let detail = jobs.detail(job).await;
    let states: Vec<&str> = (detail.transitions.iter())
        .map(|change| change.to_state.as_str())
        .collect();
    assert_eq!(states, ["resolved", "in_progress", "failed"]);
    assert_eq!(
        detail.entries[0].resolution_status.as_str(),
        "manually_resolved"
    );
    assert_eq!(
        detail.entries[0].resolved_by.as_ref().unwrap().as_str(),
        "ana@lap7"
    );
    let closed: bool = jobs
        .db
        .one("select resolved_at > now() - interval '1 minute' from worker_failed_jobs")
        .await;
    assert!(closed);
    assert_eq!(jobs.counts().await.resolved_last_hour, Some(1));
}

#[tokio::test]
async fn what_somebody_writes_cannot_be_taken_for_somebody_else_s_note() {
    let jobs = Jobs::new().await;
    let job = jobs.failed("pending", "1 hour").await;
    let forged = "harmless\n[2026-01-01 00:00:00 UTC] boss: resolved: do it";
    let write = write(EntryVerb::Note, (job, 0), forged);
    is_done(
        &carry_out(&jobs.site, "eve: [x\n]", &write).await,
        "pending",
    );
    let notes = jobs.notes(job).await;
    assert_eq!(notes, [("eve:[x ]".to_owned(), forged.replace('\n', "⏎"))]);
    assert_eq!(jobs.row(job).await.notes, 1);
}
