//! The table of deadlines against the definition, whatever is written by whomever.

use std::process::Command;

use sqlx::Executor as _;
use support::database::Database;

/// Nothing that is kept differs from what it is kept of, and every task's health is what the rules'
/// plain wording says.
async fn assert_true_to_the_definition(db: &Database, after: &str) {
    let drift: Vec<String> = sqlx::query_scalar(
        "select concat_ws(' ', kept, subject, problem) from dlqtop.drift order by 1",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert!(drift.is_empty(), "after {after}: {drift:#?}");
    let differ: Vec<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "select concat_ws(' ', task_uuid, 'plain:', p.health, 'kept:', v.health_status)
         from ({}) p
         full join v_task_staleness_monitoring v using (task_uuid)
         where p.health is distinct from v.health_status",
        include_str!("../sql/plain_staleness.sql")
    )))
    .fetch_all(&db.pool)
    .await
    .unwrap();
    assert!(differ.is_empty(), "after {after}: {differ:#?}");
}

async fn fleet(db: &Database) {
    db.template(r#"{"max_steps_in_process_minutes": 20, "max_duration_minutes": 90}"#)
        .await;
    db.template_named("other", "{}", r#"[{"name": "first"}]"#)
        .await;
    db.dead_letter("HTTP 503").await;
    for _ in 0..3 {
        for state in [
            "waiting_for_dependencies",
            "waiting_for_retry",
            "steps_in_process",
        ] {
            db.in_state_since(state, 10.0).await;
        }
    }
}

/// One thing that somebody does with plain SQL or by the functions, chosen by a number.
fn deed(random: &mut fastrand::Rng) -> String {
    let minutes = random.i32(-5..200);
    let task = "(select task_uuid from tasker_tasks order by md5(task_uuid::text || clock_timestamp()::text) limit 1)";
    let step = "(select workflow_step_uuid from tasker_workflow_steps order by md5(workflow_step_uuid::text || clock_timestamp()::text) limit 1)";
    let waiting = [
        "waiting_for_dependencies",
        "waiting_for_retry",
        "steps_in_process",
        "evaluating_results",
    ];
    let state = waiting[random.usize(..waiting.len())];
    let key = [
        "max_waiting_for_retry_minutes",
        "max_steps_in_process_minutes",
        "max_duration_minutes",
    ][random.usize(..3)];
    match random.u32(..19) {
        0 | 1 => format!("update tasker_task_transitions set created_at = now() - {minutes} * interval '1 minute' where most_recent and task_uuid = {task}"),
        2 => format!("update tasker_tasks set created_at = now() - {minutes} * interval '1 minute' where task_uuid = {task}"),
        3 => format!("update tasker_task_transitions set to_state = '{state}' where most_recent and task_uuid = {task}"),
        4 => format!("update tasker_named_tasks set configuration = jsonb_set(configuration, '{{lifecycle,{key}}}', '{}') where name = 'charge'", minutes.max(1)),
        5 => format!("update tasker_named_tasks set configuration = jsonb_set(configuration, '{{lifecycle,{key}}}', '\"30m\"') where name = 'other'"),
        6 => format!("update dlqtop.settings set max_waiting_for_retry_minutes = {}", minutes.max(1)),
        7 => format!("update dlqtop.settings set warning_ratio = {}", 0.5 + f64::from(minutes.max(1)) / 1000.0),
        8 => format!("update tasker_tasks set named_task_uuid = (select named_task_uuid from tasker_named_tasks order by random() limit 1) where task_uuid = {task}"),
        9 => "select dlqtop.create_task('pay', 'charge')".to_owned(),
        10 => "select dlqtop.advance_tasks('orchestrator')".to_owned(),
        11 => "select dlqtop.fail_step(workflow_step_uuid, 'w1', 'HTTP 503') from dlqtop.claim_step('w1', 'pay')".to_owned(),
        12 => "select dlqtop.finish_step(workflow_step_uuid, 'w1', '{}') from dlqtop.claim_step('w1', 'pay')".to_owned(),
        13 => format!("select reset_for_retry(s, dlqtop.step_state(s), 'ana', 'again') from (select {step} as s) x where dlqtop.step_state(s) in ('error', 'waiting_for_retry') and dlqtop.task_state((select task_uuid from tasker_workflow_steps where workflow_step_uuid = s)) not in ('complete', 'cancelled')"),
        14 => "select dlqtop.detect_and_transition_stale_tasks(false)".to_owned(),
        15 => "update tasker_tasks_dlq set resolution_status = 'cancelled', resolution_timestamp = now(), resolved_by = 'sql' where dlq_entry_uuid = (select dlq_entry_uuid from tasker_tasks_dlq where resolution_status = 'pending' limit 1)".to_owned(),
        16 => format!("with gone as (select {task} as t), d as (delete from tasker_tasks_dlq where task_uuid = (select t from gone) returning 1) select count(*) from d"),
        17 => format!("delete from tasker_tasks where task_uuid = {task} and not exists (select from tasker_tasks_dlq d where d.task_uuid = tasker_tasks.task_uuid)"),
        _ => format!("select dlqtop.send_to_dlq(t, dlqtop.task_state(t), 'ana', 'look') from (select {task} as t) x where not exists (select from tasker_tasks_dlq where task_uuid = t and resolution_status = 'pending')"),
    }
}

#[tokio::test]
async fn whatever_is_written_the_deadlines_and_tallies_stay_true() {
    for seed in [1, 2, 3] {
        let db = Database::new().await;
        fleet(&db).await;
        let mut random = fastrand::Rng::with_seed(seed);
        for number in 0..120 {
            let sql = deed(&mut random);
            db.run(&sql).await;
            assert_true_to_the_definition(&db, &format!("seed {seed}, deed {number}: {sql}")).await;
        }
    }
}

#[tokio::test]
async fn a_threshold_that_changes_while_tasks_move_leaves_no_deadline_behind() {
    let db = Database::new().await;
    fleet(&db).await;
    let tasks: Vec<uuid::Uuid> = sqlx::query_scalar(
        "select task_uuid from tasker_task_transitions where most_recent and to_state = 'steps_in_process'",
    )
    .fetch_all(&db.pool)
    .await
    .unwrap();
    let movers = tasks.into_iter().map(|task| {
        let pool = db.pool.clone();
        async move {
            for _ in 0..40 {
                for (from, to) in [
                    ("steps_in_process", "evaluating_results"),
                    ("evaluating_results", "waiting_for_retry"),
                    ("waiting_for_retry", "enqueuing_steps"),
                    ("enqueuing_steps", "steps_in_process"),
                ] {
                    sqlx::query("select dlqtop.transition_task($1, $2, $3, 'mover')")
                        .bind(task)
                        .bind(from)
                        .bind(to)
                        .execute(&pool)
                        .await
                        .unwrap();
                }
            }
        }
    });
    let changes = async {
        for minutes in 1..60 {
            db.run(&format!(
                "update dlqtop.settings set max_waiting_for_retry_minutes = {minutes};
                 update tasker_named_tasks set configuration =
                     jsonb_set(configuration, '{{lifecycle,max_steps_in_process_minutes}}', '{minutes}')
                 where name = 'charge'"
            ))
            .await;
        }
    };
    tokio::join!(futures_util::future::join_all(movers), changes);
    assert_true_to_the_definition(&db, "threshold changes among transitions").await;
}

#[tokio::test]
async fn a_checkpoint_keeps_a_batch_step_from_being_called_stuck() {
    let db = Database::new().await;
    db.template(r#"{"max_steps_in_process_minutes": 30}"#).await;
    let task = db.in_state_since("steps_in_process", 45.0).await;
    let health = "select health_status from v_task_staleness_monitoring";
    assert_eq!(db.one::<String>(health).await, "stale");
    let checkpoint = |when: &str| {
        format!(
            "update tasker_workflow_steps
             set results = jsonb_build_object('batch_cursor', jsonb_build_object('last_checkpoint', {when}))
             where task_uuid = '{task}' and step_name = 'first'"
        )
    };
    db.run(&checkpoint("now() - interval '1 minute'")).await;
    assert_eq!(db.one::<String>(health).await, "healthy");
    db.run("select dlqtop.detect_and_transition_stale_tasks(false)")
        .await;
    assert_eq!(db.state(task).await, "steps_in_process");
    for (when, expected) in [
        ("now() - interval '31 minutes'", "stale"),
        ("'next week, surely'::text", "stale"),
        ("now() + interval '1 hour'", "unknown"),
    ] {
        db.run(&checkpoint(when)).await;
        assert_eq!(db.one::<String>(health).await, expected, "{when}");
    }
}

#[tokio::test]
async fn what_was_loaded_behind_the_triggers_backs_is_found_and_put_right() {
    let db = Database::new().await;
    fleet(&db).await;
    db.run(
        "begin; set local session_replication_role = replica;
         update tasker_task_transitions set created_at = created_at - interval '3 hours'
         where most_recent and to_state = 'waiting_for_retry';
         delete from tasker_tasks_dlq;
         commit",
    )
    .await;
    let kinds: Vec<String> =
        sqlx::query_scalar("select distinct kept from dlqtop.drift order by 1")
            .fetch_all(&db.pool)
            .await
            .unwrap();
    assert_eq!(kinds, ["deadline", "tally"]);
    db.run("select dlqtop.rebuild_deadlines(); select dlqtop.rebuild_tallies()")
        .await;
    assert_true_to_the_definition(&db, "rebuilding").await;
}

#[tokio::test]
async fn a_dump_restores_with_its_deadlines() {
    let db = Database::new().await;
    fleet(&db).await;
    let copy = Database::empty().await;
    let bindir = &support::server::found().bindir;
    let run = |program: &str, url: &str, arguments: &[&str]| {
        let done = Command::new(bindir.join(program))
            .args(arguments)
            .arg(url)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert!(done.status.success(), "{program}: {said}");
        done.stdout
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dump.sql");
    std::fs::write(&file, run("pg_dump", &db.url(), &["--no-owner"])).unwrap();
    run(
        "psql",
        &copy.url(),
        &["-q", "-v", "ON_ERROR_STOP=1", "-f", file.to_str().unwrap()],
    );
    assert_true_to_the_definition(&copy, "a restore").await;
    let deadlines = "select count(*) from dlqtop.deadlines";
    assert_eq!(
        copy.one::<i64>(deadlines).await,
        db.one::<i64>(deadlines).await
    );
    assert!(copy.one::<i64>(deadlines).await >= 9);
    // And the triggers came along.
    copy.run("update tasker_task_transitions set created_at = created_at - interval '3 hours' where most_recent")
        .await;
    assert_true_to_the_definition(&copy, "writing to what was restored").await;
}

#[tokio::test]
async fn many_writers_do_not_wait_for_each_other_at_the_tallies() {
    let db = Database::new().await;
    fleet(&db).await;
    let mut first = db.pool.begin().await.unwrap();
    let mut second = db.pool.begin().await.unwrap();
    let open = "insert into tasker_tasks_dlq (task_uuid, original_state, dlq_reason, task_snapshot)
         select task_uuid, state, 'manual_dlq', '{}' from dlqtop.deadlines order by task_uuid limit 1";
    first.execute(open).await.unwrap();
    second
        .execute("set local lock_timeout = '2s'")
        .await
        .unwrap();
    second
        .execute(sqlx::AssertSqlSafe(format!("{open} offset 1")))
        .await
        .unwrap();
    first.commit().await.unwrap();
    second.commit().await.unwrap();
    db.run("select dlqtop.fold_tallies()").await;
    assert_true_to_the_definition(&db, "two writers").await;
}
