//! What acts can be on, and the write of each act.

use super::*;
use dlqtop::data::reads::keyset_pages::SearchLimits;

/// Something that could be acted on, as it is now.
#[derive(Debug, Clone)]
pub(super) struct Thing {
    pub(super) id: Uuid,
    pub(super) task: Uuid,
    pub(super) state: String,
    pub(super) version: i32,
}

/// The write of an act on one thing.
#[expect(clippy::too_many_lines, reason = "a table of acts")]
pub(super) fn write(name: &str, thing: &Thing, resolution: Resolution) -> Write {
    let task = |verb| {
        let target = TaskTarget {
            task: TaskId(thing.id),
            seen_state: thing.state.as_str().into(),
            label: "it".into(),
        };
        Change::Tasks(verb, vec![target])
    };
    let step = |verb| {
        let target = StepTarget {
            step: StepId(thing.id),
            task: TaskId(thing.task),
            seen_state: thing.state.as_str().into(),
            seen_error: None,
            label: "it".into(),
        };
        Change::Steps(verb, vec![target])
    };
    let entry = |verb| {
        let target = EntryTarget {
            entry: EntryId(thing.id),
            seen_version: thing.version,
            label: "it".into(),
        };
        Change::Entries(verb, vec![target])
    };
    let limits = Limits {
        max_attempts: Some(7),
        timeout_seconds: None,
    };
    let own = EntryVerb::Claim {
        minutes: 30,
        take_over: false,
    };
    let change = match name {
        "reset_for_retry" => step(StepVerb::ResetForRetry),
        "resolve_manually" => step(StepVerb::ResolveManually),
        "complete_manually" => step(StepVerb::CompleteManually(
            serde_json::json!({"paid": true}),
        )),
        "cancel_step" => step(StepVerb::Cancel),
        "set_step_limits" => step(StepVerb::SetLimits(limits)),
        "resume_task" => task(TaskVerb::Requeue),
        "cancel_task" => task(TaskVerb::Cancel),
        "send_to_dlq" => task(TaskVerb::SendToDlq),
        "close_entry" => entry(EntryVerb::Close(resolution)),
        "add_note" => entry(EntryVerb::Note),
        "own_entry" => entry(own),
        "release_entry" => entry(EntryVerb::Release),
        "snooze_entry" => entry(EntryVerb::Snooze(Until::Minutes(60))),
        "unsnooze_entry" => entry(EntryVerb::Unsnooze),
        "reopen_entry" => entry(EntryVerb::Reopen),
        other => panic!("no test knows the act {other}"),
    };
    assert_eq!(file_of(&change), name);
    Write {
        batch: Uuid::now_v7(),
        change,
        reason: "the gateway is back".to_owned(),
        pace: Pace::default(),
    }
}

/// All things of this sort that the source names, by their states.
pub(super) async fn things(standing: &Standing, of: Subject) -> BTreeMap<String, Vec<Thing>> {
    let site = standing.site();
    let (staleness, queue) = lists(&site).await;
    let mut found: Vec<Thing> = match of {
        Subject::Entry => queue
            .iter()
            .map(|row| Thing {
                id: row.dlq_entry_uuid.0,
                task: row.task_uuid.0,
                state: "pending".to_owned(),
                version: row.version,
            })
            .collect(),
        Subject::Task | Subject::Step => {
            let of_queue = queue.iter().map(|row| (row.task_uuid, &row.current_state));
            let stale = staleness
                .iter()
                .map(|row| (row.task_uuid, &row.current_state));
            let tasks: BTreeMap<TaskId, String> = of_queue
                .chain(stale)
                .map(|(task, state)| (task, state.as_str().to_owned()))
                .collect();
            let tasks = tasks.into_iter().map(|(task, state)| Thing {
                id: task.0,
                task: task.0,
                state,
                version: 0,
            });
            tasks.collect()
        }
    };
    if of == Subject::Step {
        found = steps(standing, &found).await;
    }
    if of == Subject::Entry && standing.source.has("entries_page") {
        found.extend(closed(standing).await);
    }
    let mut by_state: BTreeMap<String, Vec<Thing>> = BTreeMap::new();
    for thing in found {
        by_state.entry(thing.state.clone()).or_default().push(thing);
    }
    by_state
}

/// The steps of some of these tasks, of each state of a task a few.
pub(super) async fn steps(standing: &Standing, tasks: &[Thing]) -> Vec<Thing> {
    let mut taken: BTreeMap<&str, usize> = BTreeMap::new();
    let some = tasks.iter().filter(|task| {
        let taken = taken.entry(task.state.as_str()).or_default();
        *taken += 1;
        *taken <= 10
    });
    let some: Vec<Uuid> = some.map(|task| task.id).collect();
    let site = standing.site();
    ad_hoc::once(&site, "read the steps", LIMIT, async |db| {
        let mut all = Vec::new();
        for task in some {
            let detail = queries::detail(db, &site.source, TaskId(task)).await?;
            for step in detail.into_iter().flat_map(|detail| detail.steps) {
                all.push(Thing {
                    id: step.workflow_step_uuid.0,
                    task,
                    state: step.current_state.as_str().to_owned(),
                    version: 0,
                });
            }
        }
        Ok(all)
    })
    .await
    .unwrap()
}

pub(super) async fn closed(standing: &Standing) -> Vec<Thing> {
    let site = standing.site();
    let (closed, _) = ad_hoc::once(&site, "read what is closed", LIMIT, async |db| {
        history::entries(
            db,
            &site.source,
            Which::Closed,
            SearchLimits {
                matches: 200,
                scanned: 200,
            },
            |_| true,
        )
        .await
    })
    .await
    .unwrap();
    let thing = |row: history::Record| Thing {
        id: row.dlq_entry_uuid.0,
        task: row.task_uuid.0,
        state: "closed".to_owned(),
        version: row.version,
    };
    closed.into_iter().map(thing).collect()
}
