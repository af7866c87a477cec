//! Every act of every source: guarded by what was seen, and done once if two do it at once.

mod things;
mod written;

use std::collections::BTreeMap;
use std::time::Duration;

use dlqtop::data::ad_hoc;
use dlqtop::data::messages::change::{Limits, Until};
use dlqtop::data::messages::command::{
    Change, EntryTarget, EntryVerb, ItemResult, Pace, Resolution, StepTarget, StepVerb, TaskTarget,
    TaskVerb, Write,
};
use dlqtop::data::model::{EntryId, StepId, TaskId};
use dlqtop::data::reads::history;
use dlqtop::data::reads::history::EntryState as Which;
use dlqtop::data::reads::queries;
use dlqtop::data::source::contract::{Does, Subject, file, files};
use dlqtop::data::source::{NATIVE, file_of};
use dlqtop::data::worker::Writer;
use fastrand::Rng;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use crate::looking::lists;
use crate::seed::chances;
use crate::systems::{Standing, empty, full, systems};
use things::{Thing, things, write};
use written::{assert_its_own, before, marks, written};

const LIMIT: Duration = Duration::from_secs(30);
/// How many subjects of one state are tried until one of them lets an act be done.
const TRIED: usize = 8;
/// How many of them are raced for.
const RACES: usize = 2;
/// What the second finds as it wants it, or what is only ever added: both are told that it is done.
const AGAIN: [&str; 5] = [
    "add_note",
    "release_entry",
    "snooze_entry",
    "unsnooze_entry",
    "set_step_limits",
];

#[test]
fn every_act_of_the_contract_is_tried() {
    let thing = Thing {
        id: Uuid::nil(),
        task: Uuid::nil(),
        state: String::new(),
        version: 0,
    };
    for act in files().filter(|file| matches!(file.does, Does::Acts(_))) {
        write(act.name, &thing, Resolution::Cancelled);
    }
}

/// What two operators hear who do the same in the same moment.
async fn raced(standing: &Standing, write: &Write) -> [ItemResult; 2] {
    let site = standing.site();
    let by = async |name: &str| {
        let mut writer = Writer::new(&site, name.to_owned());
        let write = Write {
            batch: Uuid::now_v7(),
            ..write.clone()
        };
        writer.carry_out(&write).await.items.remove(0).result
    };
    let (ana, ben) = tokio::join!(by("ana@a"), by("ben@b"));
    [ana, ben]
}

fn done(results: &[ItemResult]) -> usize {
    results
        .iter()
        .filter(|result| matches!(result, ItemResult::Done { .. }))
        .count()
}

/// How entries can be closed here.
fn resolution(standing: &Standing) -> Resolution {
    let open = |resolution: &Resolution| standing.source.resolves(*resolution);
    Resolution::ALL.into_iter().find(open).unwrap()
}

/// Things of a state have an act raced for; says whether any could be done at all.
async fn race_for(
    standing: &Standing,
    (name, state): (&str, &str),
    mut some: Vec<Thing>,
    rng: &mut Rng,
) -> usize {
    rng.shuffle(&mut some);
    let (mut races, of) = (0, format!("{} {name} from {state}", standing.kind.name));
    let is_offered = standing.source.open_to(name, state) == Some(true);
    for thing in some
        .into_iter()
        .take(if is_offered { TRIED } else { RACES })
    {
        if races == RACES {
            break;
        }
        let before = before(standing).await;
        let results = Box::pin(raced(standing, &write(name, &thing, resolution(standing)))).await;
        let written = written(standing, &before).await;
        let unknown = results.contains(&ItemResult::Unknown);
        assert!(!unknown, "{of}: {results:?}");
        match (done(&results), AGAIN.contains(&name)) {
            (0, _) => assert!(
                written.is_empty(),
                "{of} said no and wrote {written:?}: {results:?}"
            ),
            (1, _) | (2, true) => races += 1,
            _ => panic!("{of}: both have done it to {thing:?}: {results:?}"),
        }
        if !written.is_empty() {
            assert_its_own(&written, &marks(standing, &thing).await, &of);
        }
    }
    races
}

/// What must be so before an act can be done.
async fn beforehand(standing: &Standing, name: &str, things: &mut BTreeMap<String, Vec<Thing>>) {
    let first = match name {
        // Of Tasker's tasks in error those go on whose steps have not failed: what a sweep has moved.
        "resume_task" if standing.source.is_native() => {
            let sweep = "select dlqtop.detect_and_transition_stale_tasks(false, 1000, 'ana', '{}', false, null, null)";
            standing.db.run(sweep).await;
            *things = self::things(standing, Subject::Task).await;
            let blocked: Vec<Uuid> = sqlx::query_scalar(
                "select task_uuid from tasker_tasks
                 where dlqtop.task_state_by_steps(task_uuid) = 'blocked_by_failures'",
            )
            .fetch_all(&standing.db.pool)
            .await
            .unwrap();
            // Some of both: only two of a state are tried.
            let tasks = things.remove("error").unwrap_or_default().into_iter();
            let (blocked, free) = tasks.partition(|task| blocked.contains(&task.id));
            things.insert("error".to_owned(), free);
            things.insert("error, with failed steps".to_owned(), blocked);
            return;
        }
        "release_entry" => "own_entry",
        "unsnooze_entry" => "snooze_entry",
        _ => return,
    };
    let mut writer = Writer::new(standing.site(), "ana@a".to_owned());
    for thing in things
        .values()
        .flatten()
        .filter(|thing| thing.state == "pending")
        .take(TRIED)
    {
        writer
            .carry_out(&write(first, thing, Resolution::Cancelled))
            .await;
    }
    *things = self::things(standing, Subject::Entry).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_who_do_the_same_one_has_done_it() {
    let mut rng = chances("races");
    for kind in systems() {
        let acts = kind.files.keys().filter_map(|name| file(name));
        for act in acts {
            let Does::Acts(of) = act.does else { continue };
            // Each has its own: another act may have left nothing for it.
            let standing = full(&kind).await;
            let mut by_state = things(&standing, of).await;
            beforehand(&standing, act.name, &mut by_state).await;
            let mut total = 0;
            for (state, some) in by_state {
                let open = standing.source.open_to(act.name, &state);
                let race = race_for(&standing, (act.name, &state), some, &mut rng);
                let races = Box::pin(race).await;
                assert!(
                    open != Some(true) || races > 0 || of == Subject::Entry,
                    "{}: {} is offered to what is {state}, and refused",
                    kind.name,
                    act.name
                );
                assert!(
                    open != Some(false) || races == 0 || of == Subject::Entry,
                    "{}: {} is not offered to what is {state}, and done",
                    kind.name,
                    act.name
                );
                total += races;
            }
            assert!(
                total > 0,
                "{}: nothing lets {} be done",
                kind.name,
                act.name
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_seen_something_else_changes_nothing() {
    let mut rng = chances("guards");
    for kind in systems() {
        let standing = full(&kind).await;
        let before = before(&standing).await;
        let mut writer = Writer::new(standing.site(), "ana@a".to_owned());
        for act in kind.files.keys().filter_map(|name| file(name)) {
            let Does::Acts(of) = act.does else { continue };
            if act.name == "add_note" {
                continue;
            }
            for some in things(&standing, of).await.into_values() {
                let mut thing = rng.choice(&some).unwrap().clone();
                thing.state = "a state of long ago".to_owned();
                thing.version ^= 0x0055_5555;
                let write = write(act.name, &thing, resolution(&standing));
                let result = writer.carry_out(&write).await.items.remove(0).result;
                assert_eq!(
                    done(std::slice::from_ref(&result)),
                    0,
                    "{} {}",
                    kind.name,
                    act.name
                );
            }
        }
        let written = written(&standing, &before).await;
        assert!(written.is_empty(), "{}: {written:?}", kind.name);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_answered_with_a_row_too() {
    for kind in systems() {
        let standing = empty(&kind).await;
        let mut writer = Writer::new(standing.site(), "ana@a".to_owned());
        for act in kind.files.keys().filter_map(|name| file(name)) {
            let Does::Acts(_) = act.does else { continue };
            let nobody = Thing {
                id: Uuid::from_u128(7),
                task: Uuid::from_u128(7),
                state: "pending".to_owned(),
                version: 1,
            };
            let write = write(act.name, &nobody, resolution(&standing));
            let result = writer.carry_out(&write).await.items.remove(0).result;
            let why = match &result {
                ItemResult::Failed { why } => why.to_string(),
                ItemResult::Changed { .. } => String::new(),
                other => panic!("{} {}: {other:?}", kind.name, act.name),
            };
            let no_row = "no rows returned";
            assert!(!why.contains(no_row), "{} {}: {why}", kind.name, act.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_only_read_is_refused_and_told_what_to_ask_for() {
    for kind in systems().into_iter().filter(|kind| kind.name != NATIVE) {
        let standing = full(&kind).await;
        let role = format!("looker_at_{}", standing.db.options.get_database().unwrap());
        standing
            .db
            .run(&format!("create role {role} nologin"))
            .await;
        for schema in standing.schemas().await {
            standing
                .db
                .run(&format!(
                    "grant usage on schema {schema} to {role};
                     grant select on all tables in schema {schema} to {role}"
                ))
                .await;
        }
        let before = before(&standing).await;
        let options = standing
            .db
            .options
            .clone()
            .options([("role", role.as_str())]);
        let mut writer = Writer::new(standing.site_with(options), "ana@a".to_owned());
        for act in kind.files.keys().filter_map(|name| file(name)) {
            let Does::Acts(of) = act.does else { continue };
            for some in things(&standing, of).await.into_values() {
                let write = write(act.name, &some[0], resolution(&standing));
                let result = writer.carry_out(&write).await.items.remove(0).result;
                let ItemResult::Failed { why } = result else {
                    panic!("{} {}: {result:?}", kind.name, act.name);
                };
                let told =
                    why.as_str().contains("ask for: grant ") && why.as_str().ends_with(&role);
                assert!(told, "{} {}: {why}", kind.name, act.name);
            }
        }
        let written = written(&standing, &before).await;
        assert!(written.is_empty(), "{}: {written:?}", kind.name);
    }
}
