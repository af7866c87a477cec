//! Undoing a sweep: what nobody has touched since goes back to work.

use std::collections::BTreeMap;

use dlqtop::data::model::incident::Incident;
use dlqtop::data::native::detector_control::{self, Decision, Undo, UndoneTask, undo_preview};
use dlqtop::data::native::sweep::SweepOutcome;
use support::database::Database;
use support::seed::Tasks;
use uuid::Uuid;

const WHY: Decision<'static> = Decision {
    actor: "ana@lap7",
    reason: "the clock was wrong",
    incident: None,
};

/// A database in which a sweep has taken so many tasks; the sweep.
async fn swept(count: usize) -> (Database, i64) {
    let db = Database::with(Tasks::STALE.count(count)).await;
    let report = db.sweep().await;
    assert_eq!(
        report.count(SweepOutcome::Moved),
        i32::try_from(count).unwrap()
    );
    (db, report.sweep_id.unwrap())
}

async fn undone(db: &Database, sweep: i64) -> Vec<UndoneTask> {
    let mut undo = Undo::new(&db.options, sweep, Some(WHY));
    undo.all().await.unwrap();
    undo.done
}

/// How many tasks there are of each outcome, with who has touched them.
fn outcomes(tasks: &[UndoneTask]) -> BTreeMap<String, usize> {
    let mut alike = BTreeMap::new();
    for task in tasks {
        let by = task
            .by_whom
            .as_ref()
            .map_or(String::new(), |by| format!(" by {by}"));
        *alike.entry(format!("{}{by}", task.outcome)).or_default() += 1;
    }
    alike
}

fn expected<const N: usize>(outcomes: [(&str, usize); N]) -> BTreeMap<String, usize> {
    outcomes
        .map(|(outcome, tasks)| (outcome.to_owned(), tasks))
        .into()
}

/// Tasks of the sweep that are in error, in the order in which it took them.
async fn taken(db: &Database) -> Vec<Uuid> {
    db.one("select array_agg(t order by c.chunk_id, n) from dlqtop.sweep_chunks c, unnest(c.tasks) with ordinality u (t, n)")
        .await
}

#[tokio::test]
async fn everything_goes_back_to_work_with_one_full_threshold() {
    let (db, sweep) = swept(450).await;
    let before: String = db.one("select md5(string_agg(t::text, ',' order by t)) from (select * from tasker_task_transitions) t").await;
    let planned = undo_preview(&db.options, sweep).await.unwrap();
    assert_eq!(outcomes(&planned), expected([("put_back", 450)]));
    let after: String = db.one("select md5(string_agg(t::text, ',' order by t)) from (select * from tasker_task_transitions) t").await;
    assert_eq!(before, after, "a dry run");
    assert!(
        db.one::<bool>("select armed_at is not null from v_detector")
            .await
    );

    let done = undone(&db, sweep).await;
    assert_eq!(outcomes(&done), expected([("put_back", 450)]));
    let states: String = db
        .one("select string_agg(distinct to_state, ' ') from tasker_task_transitions where most_recent")
        .await;
    assert_eq!(states, "steps_in_process");
    // The lifetime is over for none, and the threshold begins now.
    let minutes: f64 = db
        .one("select extract(epoch from min(breaches_at) - now())::float8 / 60 from dlqtop.deadlines")
        .await;
    assert!((29.0..=30.0).contains(&minutes), "{minutes}");
    let entries: String = db
        .one("select string_agg(distinct concat_ws('|', resolution_status, resolved_by, resolution_notes), ', ') from tasker_tasks_dlq")
        .await;
    assert_eq!(entries, "cancelled|ana@lap7|the clock was wrong");
    assert!(
        db.one::<bool>("select armed_at is null from v_detector")
            .await,
        "disarmed"
    );
    assert_eq!(db.one::<i64>("select count(*) from v_drift").await, 0);
    let logged: i64 = db
        .one("select count(*) from dlqtop.operator_log where action = 'undo_sweep' and entry is not null and batch = (select max(batch::text)::uuid from dlqtop.operator_log)")
        .await;
    assert_eq!(logged, 450, "a line for each, with one batch");
    let by: String = db.one("select undone_by from v_sweeps").await;
    assert_eq!(by, "ana@lap7");
}

#[tokio::test]
async fn a_task_past_its_lifetime_gets_its_threshold_as_well() {
    let db = Database::new().await;
    db.template_in(Tasks::STALE.of, r#"{"max_duration_minutes": 60}"#)
        .await;
    db.seed(Tasks::STALE.count(5)).await;
    let sweep = db.sweep().await.sweep_id.unwrap();
    assert_eq!(
        outcomes(&undone(&db, sweep).await),
        expected([("put_back", 5)])
    );
    let minutes: f64 = db
        .one("select extract(epoch from min(breaches_at) - now())::float8 / 60 from dlqtop.deadlines")
        .await;
    assert!((29.0..=30.0).contains(&minutes), "{minutes}");
    db.run("select dlqtop.arm_detector(0, 'ana', 'again')")
        .await;
    assert_eq!(db.sweep().await.tasks.len(), 0);
}

#[tokio::test]
async fn what_somebody_has_touched_stays_as_it_is() {
    let (db, sweep) = swept(8).await;
    let tasks = taken(&db).await;
    let entry = async |task: Uuid| -> Uuid {
        db.one(&format!(
            "select dlq_entry_uuid from tasker_tasks_dlq where task_uuid = '{task}'"
        ))
        .await
    };
    let step = async |task: Uuid| db.step(task, "first").await;
    db.run(&format!(
        "select dlqtop.update_investigation('{}', 1, 'permanently_failed', 'bob', 'it is lost');
         select dlqtop.add_investigation_note('{}', 'cyd', 'I am on it');
         select dlqtop.own_entry('{}', 1, 'dee', 'mine', 60);
         select public.resolve_manually('{}', 'in_progress', 'eve', 'done by hand');
         select dlqtop.set_step_limits('{}', 'in_progress', 'fay', 'more time', 5, null);
         select dlqtop.cancel_task('{}', 'error', 'gil', 'not needed')",
        entry(tasks[0]).await,
        entry(tasks[1]).await,
        entry(tasks[2]).await,
        step(tasks[3]).await,
        step(tasks[4]).await,
        tasks[5],
    ))
    .await;
    let wanted = expected([
        ("put_back", 2),
        ("touched by bob", 1),
        ("touched by cyd", 1),
        ("touched by dee", 1),
        ("touched by eve", 1),
        ("touched by fay", 1),
        ("touched by gil", 1),
    ]);
    assert_eq!(
        outcomes(&undo_preview(&db.options, sweep).await.unwrap()),
        wanted
    );
    assert_eq!(outcomes(&undone(&db, sweep).await), wanted);
    assert_eq!(db.state(tasks[0]).await, "error");
    assert_eq!(db.state(tasks[5]).await, "cancelled");
    assert_eq!(db.state(tasks[7]).await, "steps_in_process");
}

#[tokio::test]
async fn an_act_that_began_before_the_sweep_and_ended_after_it_counts_as_later() {
    let db = Database::with(Tasks::STALE.count(2)).await;
    let mut act = db.pool.begin().await.unwrap();
    // It has begun, so its log will be dated before the sweep.
    sqlx::query("select now()")
        .execute(&mut *act)
        .await
        .unwrap();
    let sweep = db.sweep().await.sweep_id.unwrap();
    sqlx::raw_sql(
        "select dlqtop.add_investigation_note(dlq_entry_uuid, 'bob', 'mine')
         from tasker_tasks_dlq order by task_uuid limit 1",
    )
    .execute(&mut *act)
    .await
    .unwrap();
    act.commit().await.unwrap();
    let wanted = expected([("put_back", 1), ("touched by bob", 1)]);
    assert_eq!(outcomes(&undone(&db, sweep).await), wanted);
}

#[tokio::test]
async fn undoing_twice_puts_nothing_back_twice() {
    let (db, sweep) = swept(30).await;
    assert_eq!(
        outcomes(&undone(&db, sweep).await),
        expected([("put_back", 30)])
    );
    let transitions: i64 = db.one("select count(*) from tasker_task_transitions").await;
    assert_eq!(
        outcomes(&undone(&db, sweep).await),
        expected([("touched by ana@lap7", 30)])
    );
    let now: i64 = db.one("select count(*) from tasker_task_transitions").await;
    assert_eq!(now, transitions);
}

#[tokio::test]
async fn the_same_batch_asked_again_after_a_lost_answer_says_what_it_did() {
    let (db, sweep) = swept(5).await;
    let batch = Uuid::now_v7();
    let ask = format!(
        "select string_agg(distinct outcome, ' ') from dlqtop.undo_sweep({sweep}, 'ana', 'why', false, '{batch}')"
    );
    assert_eq!(db.one::<String>(&ask).await, "put_back");
    assert_eq!(db.one::<String>(&ask).await, "put_back");
    let logged: i64 = db
        .one("select count(*) from dlqtop.operator_log where action = 'undo_sweep'")
        .await;
    assert_eq!(logged, 5);
}

#[tokio::test]
async fn what_cannot_work_stays_in_error_with_its_entry() {
    let db = Database::with(Tasks::FAILED.count(3)).await;
    let sweep = db.sweep().await.sweep_id.unwrap();
    assert_eq!(
        outcomes(&undone(&db, sweep).await),
        expected([("blocked", 3)])
    );
    let open: i64 = db
        .one("select count(*) from v_dlq_investigation_queue")
        .await;
    assert_eq!(open, 3);
}

#[tokio::test]
async fn entries_without_a_failure_are_closed_and_archived_tasks_are_gone() {
    let db = Database::new().await;
    db.template_in(Tasks::STALE.of, r#"{"auto_fail_on_timeout": false}"#)
        .await;
    db.seed(Tasks::STALE.count(3)).await;
    let sweep = db.sweep().await.sweep_id.unwrap();
    assert_eq!(
        outcomes(&undone(&db, sweep).await),
        expected([("entry_closed", 3)])
    );
    let open: i64 = db
        .one("select count(*) from v_dlq_investigation_queue")
        .await;
    assert_eq!(open, 0);

    let (db, sweep) = swept(3).await;
    let tasks = taken(&db).await;
    db.run(&format!(
        "delete from tasker_tasks_dlq where task_uuid = '{0}'; delete from tasker_tasks where task_uuid = '{0}'",
        tasks[0]
    ))
    .await;
    assert_eq!(
        outcomes(&undone(&db, sweep).await),
        expected([("gone", 1), ("put_back", 2)])
    );
}

#[tokio::test]
async fn a_task_that_another_session_holds_is_left_for_another_try() {
    let (db, sweep) = swept(3).await;
    let tasks = taken(&db).await;
    let mut other = db.pool.begin().await.unwrap();
    sqlx::query("select from tasker_tasks where task_uuid = $1 for update")
        .bind(tasks[1])
        .execute(&mut *other)
        .await
        .unwrap();
    assert_eq!(
        outcomes(&undone(&db, sweep).await),
        expected([("busy", 1), ("put_back", 2)])
    );
    other.rollback().await.unwrap();
    let wanted = expected([("put_back", 1), ("touched by ana@lap7", 2)]);
    assert_eq!(outcomes(&undone(&db, sweep).await), wanted);
}

#[tokio::test]
async fn a_sweep_that_is_not_there_and_an_undo_without_a_reason_are_refused() {
    let (db, sweep) = swept(1).await;
    let error = undo_preview(&db.options, 4711).await.unwrap_err();
    assert!(
        error.one_line().contains("there is no sweep 4711"),
        "{}",
        error.one_line()
    );
    let mut undo = Undo::new(
        &db.options,
        sweep,
        Some(Decision {
            actor: "ana",
            reason: " ",
            incident: None,
        }),
    );
    let error = undo.all().await.unwrap_err();
    assert!(
        error.one_line().contains("the reason is blank"),
        "{}",
        error.one_line()
    );
    assert!(
        db.one::<bool>("select armed_at is not null from v_detector")
            .await
    );
}

#[tokio::test]
async fn what_is_decided_under_an_incident_is_logged_under_it() {
    let (db, sweep) = swept(2).await;
    let incident = Incident::new("INC-4411").unwrap();
    let decision = Decision {
        incident: Some(&incident),
        ..WHY
    };
    let mut undo = Undo::new(&db.options, sweep, Some(decision));
    undo.all().await.unwrap();
    detector_control::arm(&db.options, 2, decision)
        .await
        .unwrap();
    detector_control::confirm(&db.options, 2, decision)
        .await
        .unwrap();
    detector_control::disarm(&db.options, decision)
        .await
        .unwrap();
    let logged: Vec<String> = sqlx::query_scalar(
        "select action || ' ' || incident from dlqtop.operator_log
         where incident is not null order by log_id",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert_eq!(
        logged,
        [
            "disarm_detector INC-4411",
            "undo_sweep INC-4411",
            "undo_sweep INC-4411",
            "arm_detector INC-4411",
            "confirm_sweep INC-4411",
            "disarm_detector INC-4411",
        ]
    );
}
