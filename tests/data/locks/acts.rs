//! Every function that writes, as somebody would call it on one task, in the order in which a transaction may
//! call several: docs/dev/locks.md has the reasons.

use std::collections::BTreeSet;

use support::database::Database;
use uuid::Uuid;

/// One call.
pub struct Act {
    /// Its place in the order of locks.
    pub rank: u8,
    /// The statement. `{task}`, `{entry}` and the steps by their state, `{error}` and `{running}`, stand
    /// for what the scene has.
    pub sql: &'static str,
}

const fn act(rank: u8, sql: &'static str) -> Act {
    Act { rank, sql }
}

/// Locks whole tables: alone in its transaction.
pub const TABLES: u8 = 0;
/// The settings, before any task.
const SETTINGS: u8 = 1;
/// Many tasks, none of which is waited for.
const MANY: u8 = 2;
/// One task with its steps.
const TASK: u8 = 3;
/// An entry, without its task.
const ENTRY: u8 = 4;
/// Only rows of its own.
pub const OWN: u8 = 5;

/// All of them.
#[rustfmt::skip]
pub const ACTS: &[Act] = &[
    act(TABLES, "dlqtop.configure(jsonb_build_object('max_steps_in_process_minutes', 20 + random() * 20), 'ana', 'why')"),
    act(TABLES, "dlqtop.apply_template('pay', 'race', '1.0.0', (select jsonb_set(configuration, '{lifecycle,max_duration_minutes}', to_jsonb(9000 + floor(random() * 900)))
        from tasker_named_tasks where name = 'race'), (select configuration from tasker_named_tasks where name = 'race'), 'ana', 'why')"),
    act(TABLES, "dlqtop.repair('deadlines', 'ana', 'why')"),
    act(TABLES, "dlqtop.repair('tallies', 'ana', 'why')"),
    act(TABLES, "dlqtop.repair('archive', 'ana', 'why')"),
    act(TABLES, "dlqtop.repair('groups', 'ana', 'why')"),
    act(TABLES, "dlqtop.drop_archive_partitions(1, false)"),
    act(TABLES, "dlqtop.grant_roles()"),
    act(SETTINGS, "dlqtop.arm_detector(100, 'ana', 'why')"),
    act(SETTINGS, "dlqtop.disarm_detector('ana', 'why')"),
    act(SETTINGS, "dlqtop.confirm_sweep(100, 'ana', 'why')"),
    act(SETTINGS, "dlqtop.undo_sweep((select max(sweep_id) from dlqtop.sweeps), 'ana', 'why', false)"),
    act(MANY, "dlqtop.detect_and_transition_stale_tasks(false)"),
    act(MANY, "dlqtop.archive_batch(10, false)"),
    act(MANY, "dlqtop.archive_policy_batch('cancelled', 10, false)"),
    act(MANY, "archive_completed_tasks(30, 10, false)"),
    act(MANY, "dlqtop.advance_tasks('o1')"),
    act(MANY, "dlqtop.fail_overdue_steps('o1')"),
    act(MANY, "dlqtop.claim_step('w1', 'pay')"),
    act(TASK, "dlqtop.create_task('pay', 'race')"),
    act(TASK, "dlqtop.finish_step('{running}', 'w1', '{}')"),
    act(TASK, "dlqtop.fail_step('{running}', 'w1', 'HTTP 503')"),
    act(TASK, "reevaluate_task('{task}', 'o1', 'ana')"),
    act(TASK, "reset_for_retry('{error}', dlqtop.step_state('{error}'), 'ana', 'why')"),
    act(TASK, "resolve_manually('{error}', dlqtop.step_state('{error}'), 'ana', 'why')"),
    act(TASK, "complete_manually('{error}', dlqtop.step_state('{error}'), 'ana', 'why', '{}')"),
    act(TASK, "dlqtop.cancel_step('{running}', dlqtop.step_state('{running}'), 'ana', 'why')"),
    act(TASK, "dlqtop.set_step_limits('{error}', dlqtop.step_state('{error}'), 'ana', 'why', 9, 60)"),
    act(TASK, "dlqtop.resume_task('{task}', dlqtop.task_state('{task}'), 'ana', 'why')"),
    act(TASK, "dlqtop.cancel_task('{task}', dlqtop.task_state('{task}'), 'ana', 'why')"),
    act(TASK, "dlqtop.send_to_dlq('{task}', dlqtop.task_state('{task}'), 'ana', 'why')"),
    act(TASK, "dlqtop.reopen_investigation('{entry}', {version}, 'ana', 'why')"),
    act(ENTRY, "dlqtop.update_investigation('{entry}', {version}, 'manually_resolved', 'ana', 'why')"),
    act(ENTRY, "dlqtop.add_investigation_note('{entry}', 'ana', 'why')"),
    act(ENTRY, "dlqtop.own_entry('{entry}', {version}, 'ana', 'why', 30, null, true)"),
    act(ENTRY, "dlqtop.release_entry('{entry}', {version}, 'ana', 'why')"),
    act(ENTRY, "dlqtop.snooze_entry('{entry}', {version}, 'ana', 'why', 30, null)"),
    act(ENTRY, "dlqtop.unsnooze_entry('{entry}', {version}, 'ana', 'why')"),
    act(OWN, "dlqtop.log_refused_act('ana', 'cancel_task', 'pay/race', '{task}', 'why', null, 'failed')"),
    act(OWN, "dlqtop.bind_actor('dlqtop_viewer', 'vic', 'ana', 'why')"),
    act(OWN, "dlqtop.unbind_actor('dlqtop_viewer', 'vera', 'ana', 'why')"),
    act(OWN, "dlqtop.worker_heartbeat('w1', 'pay')"),
    act(OWN, "dlqtop.store_fingerprints(1, 'r', array(select change from dlqtop.error_changes), array(select entry from dlqtop.error_changes), array(select 'e' from dlqtop.error_changes))"),
    act(OWN, "dlqtop.record_sweep('d1', 1, 1, 1, 0, 0, false)"),
];

/// Volatile, but they write nothing.
const WRITE_NOTHING: &[&str] = &["tasker_uuid_v7"];

/// What the acts are done to.
pub struct Scene {
    pub name: &'static str,
    pub task: Uuid,
    pub entry: Uuid,
    pub error: Uuid,
    pub running: Uuid,
}

impl Scene {
    /// The statement of a call here.
    pub fn sql(&self, call: &str) -> String {
        let version = "(select version from tasker_tasks_dlq where dlq_entry_uuid = '{entry}')";
        format!("select {call}")
            .replace("{version}", version)
            .replace("{task}", &self.task.to_string())
            .replace("{entry}", &self.entry.to_string())
            .replace("{error}", &self.error.to_string())
            .replace("{running}", &self.running.to_string())
    }
}

/// Steps that do not depend on each other: one fails, one is taken and overdue, one is enqueued.
const STEPS: &str = r#"[
    {"name": "a", "timeout_seconds": 1, "retry": {"max_attempts": 1}},
    {"name": "b", "timeout_seconds": 1, "retry": {"max_attempts": 1}},
    {"name": "c", "timeout_seconds": 1, "retry": {"max_attempts": 1}}
]"#;

/// What all scenes need.
pub async fn prepare(db: &Database) {
    db.template_named("race", r#"{"max_duration_minutes": 9999}"#, STEPS)
        .await;
    db.run(
        "select dlqtop.arm_detector(0, 'ana', 'why');
         select dlqtop.bind_actor('dlqtop_viewer', 'vera', 'ana', 'why');
         select dlqtop.ensure_archive_partitions(now() - interval '3 years')",
    )
    .await;
}

/// A stale task with one step in error, one running and one enqueued, and a pending entry.
pub async fn working(db: &Database) -> Scene {
    // The most urgent one: its steps are claimed first, whatever earlier rounds have left.
    let task: Uuid = db
        .one(
            "select dlqtop.create_task('pay', 'race', '{}',
                 (select coalesce(max(priority), 0) + 1 from tasker_tasks))",
        )
        .await;
    db.run("select dlqtop.advance_tasks('o1')").await;
    let error = db.claimed().await;
    let running = db.claimed().await;
    db.run(&format!(
        "select dlqtop.fail_step('{error}', 'w1', 'HTTP 503', false);
         select dlqtop.send_to_dlq('{task}', 'steps_in_process', 'ana', 'why')"
    ))
    .await;
    db.date_back(task, 100.0).await;
    let entry = db
        .one(&format!(
            "select dlq_entry_uuid from tasker_tasks_dlq where task_uuid = '{task}'"
        ))
        .await;
    Scene {
        name: "working",
        task,
        entry,
        error,
        running,
    }
}

/// The same with what else has happened to it.
async fn then(db: &Database, name: &'static str, calls: &[&str]) -> Scene {
    let scene = working(db).await;
    for call in calls {
        db.run(&scene.sql(call)).await;
    }
    Scene { name, ..scene }
}

/// Put back to work: the orchestrator takes it up.
pub async fn returned(db: &Database) -> Scene {
    let retry = "reset_for_retry('{error}', 'error', 'ana', 'why')";
    then(db, "returned", &[retry]).await
}

/// In error although no step has failed: it can be resumed.
pub async fn failed(db: &Database) -> Scene {
    let resolve = "resolve_manually('{error}', 'error', 'ana', 'why')";
    let sweep = "dlqtop.detect_and_transition_stale_tasks(false)";
    then(db, "failed", &[resolve, sweep]).await
}

const CLOSE: &str = "dlqtop.update_investigation('{entry}', 1, 'cancelled', 'ana', 'why')";

/// The entry is closed: it can be reopened, and another one opened.
pub async fn closed(db: &Database) -> Scene {
    then(db, "closed", &[CLOSE]).await
}

/// It ended long ago: it is due for the archive.
pub async fn ended(db: &Database) -> Scene {
    let cancel = "dlqtop.cancel_task('{task}', 'steps_in_process', 'ana', 'why')";
    let scene = then(db, "ended", &[CLOSE, cancel]).await;
    db.run(
        "update tasker_tasks set completed_at = now() - interval '1 year';
         update tasker_tasks_dlq set resolution_timestamp = now() - interval '1 year'",
    )
    .await;
    scene
}

/// The functions that write and that neither an act nor anything that an act calls names.
pub async fn forgotten(db: &Database) -> Vec<String> {
    let functions: Vec<(String, String, bool, bool)> = sqlx::query_as(
        "select p.proname::text, p.prosrc, p.prorettype = 'trigger'::regtype,
                p.provolatile = 'v' and p.prorettype <> 'trigger'::regtype
         from pg_proc p
         where p.pronamespace in ('public'::regnamespace, 'dlqtop'::regnamespace)",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let mut reached: BTreeSet<&str> = BTreeSet::new();
    let fired = functions.iter().filter(|(_, _, is_trigger, _)| *is_trigger);
    let mut texts: Vec<&str> = fired.map(|(_, body, ..)| body.as_str()).collect();
    texts.extend(ACTS.iter().map(|act| act.sql));
    while let Some(text) = texts.pop() {
        for (name, body, ..) in &functions {
            let calls = text.match_indices(name.as_str()).any(|(at, _)| {
                let before = text[..at].chars().next_back();
                let is_whole = !before.is_some_and(|c| c.is_alphanumeric() || c == '_');
                is_whole && text[at + name.len()..].starts_with('(')
            });
            if calls && reached.insert(name) {
                texts.push(body);
            }
        }
    }
    let forgotten = functions.iter().filter(|(name, _, _, writes)| {
        *writes && !reached.contains(name.as_str()) && !WRITE_NOTHING.contains(&name.as_str())
    });
    forgotten.map(|(name, ..)| name.clone()).collect()
}
